"""A journal in memory that obeys the law of the port; inspectable, and able to fail or to be slow on request."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

from demeure.clock import Clock, SystemClock, iso
from demeure.errors import DemeureError
from demeure.journal import Draft, Entry, Head, OpenIntention, Page, Receipt, verify
from demeure.journal.checkpoint import parse
from demeure.journal.client import CLEAR_LIMIT, Closings
from demeure.journal.entry import LEAF_LIMIT, commit
from demeure.journal.errors import EntryInvalid, EntryTooLarge, EntryUnknown, IntentionNotOpen
from demeure.journal.wanted import Wanted
from demeure.testing.journal_evidence import SALT, MemoryEvidence


def published(folder: Path, size: Callable[[], int]) -> list[bytes]:
    """The first ``size`` leaves of a journal whose scribe is at work: when it publishes meanwhile, and takes the
    partial tile that was about to be read away, they are read again."""
    for _ in range(20):
        wanted = size()
        try:
            return list(verify.entries(folder, wanted))
        except verify.Fault:
            if size() == wanted:
                raise
    raise AssertionError("the journal never rests")


class MemoryJournal(Closings, MemoryEvidence):
    """``entries`` and ``payloads`` may be looked at freely.

    ``failure``: an error every operation raises while it is set (e.g. ``JournalUnavailable()``).
    ``fail_after(n, error)``: the next ``n`` records pass, then every one raises.
    ``delay``: seconds each record takes. ``state``: what receipts carry (``ok``, ``reserve``).
    ``role``: as whom the next records are written.
    """

    def __init__(self, *, role: str = "gateway", clock: Clock | None = None) -> None:
        self.entries: list[Entry] = []
        self.payloads: list[bytes] = []
        self.role, self.state, self.delay = role, "ok", 0.0
        self.failure: DemeureError | None = None
        self._opened: dict[int, Entry] = {}
        self._told = 0
        self._passes: int | None = None
        self._later: DemeureError | None = None
        self._clock = clock or SystemClock()

    def fail_after(self, count: int, error: DemeureError) -> None:
        """Let ``count`` records pass, then raise ``error`` from each."""
        self._passes, self._later = count, error

    def named(self, name: str) -> list[Entry]:
        """The entries of that name, oldest first."""
        return [entry for entry in self.entries if entry.name == name]

    def chain(self, chain: str) -> list[Entry]:
        """The entries of that chain, oldest first."""
        return [entry for entry in self.entries if entry.chain == chain]

    async def record(self, draft: Draft) -> Receipt:
        if self.delay:
            await asyncio.sleep(self.delay)
        self._may_fail()
        if self._passes is not None and self._later:
            if self._passes == 0:
                raise self._later
            self._passes -= 1
        self._check(draft)
        time = iso(self._clock.now())
        commitment = commit(SALT, draft.payload) if draft.payload else None
        self.entries.append(
            Entry(
                index=len(self.entries),
                time=time,
                boot="memory",
                mono=int(self._clock.monotonic() * 1e6),
                role=self.role,
                commitment=commitment,
                **draft.fields(),
            )
        )
        self.payloads.append(draft.payload)
        return Receipt(len(self.entries) - 1, time, self.state)

    async def open_intentions(self, *, everyone: bool = False) -> list[OpenIntention]:
        self._may_fail()
        return [OpenIntention(e, self.state) for e in self._open() if everyone or e.role == self.role]

    async def read(self, *, start: int | None = None, limit: int = 100, **wanted: str | None) -> Page:
        self._may_fail()
        if limit < 1 or (start is not None and start < 0):
            raise EntryInvalid(detail="from or limit")
        top = len(self.entries) - 1 if start is None else min(start, len(self.entries) - 1)
        found: list[Entry] = []
        for entry in reversed(self.entries[: top + 1]):
            if len(found) == limit:
                return Page(found, entry.index)
            if Wanted(**wanted).accepts(entry):
                found.append(entry)
        return Page(found, None)

    async def payload(self, index: int) -> bytes:
        self._may_fail()
        if not 0 <= index < len(self.payloads):
            raise EntryUnknown(index=index)
        return self.payloads[index]

    async def head(self, *, fresh: bool = False) -> Head:  # noqa: ARG002 - always fresh
        self._may_fail()
        _, size, note = self._tree()
        return Head(size, parse(note)[0].root.hex(), note, self.state, self.signer.vkey)

    def _may_fail(self) -> None:
        if self.failure:
            raise self.failure

    def _open(self) -> Iterator[Entry]:
        for entry in self.entries[self._told :]:
            if entry.phase == "intention":
                self._opened[entry.index] = entry
            elif entry.phase == "closing" and entry.of is not None:
                self._opened.pop(entry.of, None)
        self._told = len(self.entries)
        return iter(list(self._opened.values()))

    def _may_close(self, draft: Draft) -> bool:
        found = next((entry for entry in self._open() if entry.index == draft.of), None)
        return found is not None and found.chain == draft.chain

    def _check(self, draft: Draft) -> None:
        if len(draft.payload) > CLEAR_LIMIT:
            raise EntryTooLarge(size=len(draft.payload), limit=CLEAR_LIMIT)
        size = len(repr(draft.fields()).encode()) + 512
        if size > LEAF_LIMIT:
            raise EntryTooLarge(size=size, limit=LEAF_LIMIT)
        if draft.phase == "closing" and not self._may_close(draft):
            raise IntentionNotOpen(of=draft.of)
