"""The last proof of the walls, as the journal keeps it: its statement is sealed with the entry that closed it."""

import json
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from demeure.errors import DemeureError
from demeure.gateway.reds import leaked
from demeure.journal import Entry, Journal, JournalUnavailable

CLOSED = "walls-proved-closed"
_PAGES, _LINES, _BEFORE = 40, 100, 6
AHEAD = timedelta(minutes=5)
"""As ``demeure verify`` allows between two clocks."""

UNPROVEN, PROVEN, PARTIAL, STALE, RED, LOOSE = "unproven", "proven", "partial", "stale", "red", "loose"
"""What may be said of the house at this moment. RED: something got out. LOOSE: nothing did, but a fact is red."""


@dataclass(frozen=True)
class LastProof:
    """``index`` of its closing, written at ``time``. ``verdict``, ``ladder``, ``counts``: as the entry says.
    ``told``: the facts of its statement; empty when it can no longer be read. ``sha512``: of the statement."""

    index: int
    time: datetime
    verdict: str
    ladder: str
    counts: dict[str, int]
    sha512: str = ""
    told: dict[str, Any] = field(default_factory=dict)

    @property
    def expires(self) -> datetime:
        """When it stops being worth anything; at once when it cannot be read."""
        return datetime.fromisoformat(self.told["expires_at"]) if self.told else self.time

    @property
    def unanswered(self) -> bool:
        """Did core probes not answer in time, so that nothing was concluded? A machine less busy may conclude."""
        probes = self.told.get("probes", ()) if self.verdict == "inconclusive" else ()
        return any(probe["core"] and probe["why"] == "silent" for probe in probes)

    def counts_at(self, now: datetime) -> bool:
        """Is it worth something at ``now``? One dated in the future was made under a clock that was wrong since: it
        would be green for years."""
        return self.time - AHEAD <= now < self.expires

    def older(self, now: datetime, age: timedelta) -> bool:
        """Must another be made? ``age``: the most that the last may have."""
        return now - self.time >= age or self.time - AHEAD > now


@dataclass
class Proofs:
    """What was last found is kept: pages ask at every visit. ``refresh`` looks again. ``last``: what counts;
    ``tried``: the newest, which is another when its probes did not answer in time, on a machine that was too busy:
    it says nothing against the one before."""

    journal: Journal
    last: LastProof | None = None
    tried: LastProof | None = None

    async def refresh(self) -> LastProof | None:
        """The last proof that came to its end, by reading the journal back. Raises what the journal raises."""
        found = next(iter(await self._entries(1)), None)
        if found is None or (self.tried and self.tried.index == found.index):
            return self.last
        tried = await self._read(found)
        self.tried, self.last = tried, await self._before(tried) if tried.unanswered else tried
        return self.last

    async def _before(self, tried: LastProof) -> LastProof:
        """The last one that said something, among the few before; that one when there is none."""
        for entry in (await self._entries(_BEFORE))[1:]:
            one = await self._read(entry)
            if not one.unanswered:
                return one
        return tried

    @property
    def unanswered(self) -> LastProof | None:
        """A newer one than that which counts."""
        return self.tried if self.tried and self.last and self.tried.index != self.last.index else None

    def standing(self, now: datetime) -> str:
        """UNPROVEN, PROVEN, PARTIAL (not every wall), STALE (too old, or inconclusive), RED, LOOSE."""
        last = self.last
        if last is None:
            return UNPROVEN
        if last.verdict == "open":
            return RED if leaked(last.counts, last.told) else LOOSE
        if last.verdict != "blocked" or not last.counts_at(now):
            return STALE
        return PROVEN if last.ladder == "A" else PARTIAL

    async def history(self, most: int) -> list[LastProof]:
        """The proofs that the journal still keeps, newest first, as their entries tell them (``told`` is empty)."""
        return [_line(entry) for entry in await self._entries(most)]

    async def _entries(self, most: int) -> list[Entry]:
        found: list[Entry] = []
        start: int | None = None
        for _ in range(_PAGES):
            page = await self.journal.read(start=start, limit=_LINES, name=CLOSED)
            found += [entry for entry in page.entries if entry.outcome == "done"]
            if page.next is None or len(found) >= most:
                break
            start = page.next
        return found[:most]

    async def _read(self, entry: Entry) -> LastProof:
        line = _line(entry)
        if not entry.commitment:
            return line
        try:
            told = json.loads(await self.journal.payload(entry.index))["predicate"]["demeure"]
        except JournalUnavailable:
            raise  # it is there: what cannot be read now is not taken for erased
        except (DemeureError, ValueError, KeyError, TypeError):
            return line  # erased, or of a version that said it otherwise: the entry's own line is left
        return replace(line, told=told)


def _line(entry: Entry) -> LastProof:
    verdict, *pairs = entry.object.split()
    words = dict(pair.partition("=")[::2] for pair in pairs)
    counts = {name: int(words.get(name, 0)) for name in ("blocked", "open", "inconclusive")}
    ladder, digest = words.get("ladder", ""), words.get("statement", "")
    return LastProof(entry.index, datetime.fromisoformat(entry.time), verdict, ladder, counts, digest)
