"""The journal as the other rooms see it: a port, and its client over a connection to the scribe.

Nothing happens before it is written: a receipt means the entry is on the disk. No receipt, no service.
"""

import asyncio
import contextlib
import os
import socket
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any, Protocol

from demeure.errors import DemeureError, RemoteError, Surprise
from demeure.journal.entry import SALT, Draft, Entry, commit, entry_from, envelope, open_envelope
from demeure.journal.errors import EntryTooLarge, JournalCorrupt, JournalFull, JournalUnavailable
from demeure.journal.evidence import Evidence, Opening, ScribeEvidence
from demeure.journal.owed import Letter, Owed
from demeure.journal.wanted import Wanted
from demeure.wire import Channel, ChannelClosed, Reply

Connect = Callable[[], Awaitable[socket.socket]]
"""A fresh connected stream socket to the scribe. May raise DemeureError or OSError when there is none."""
Seal = Callable[[str | None, str, bytes], bytes]
"""(space, or None for the house; actor; bytes) → bytes, sealed or unsealed under their keys."""

PAUSES = (0.0, 0.1)
"""Seconds before each new connection after one broke. Two: the first may still reach the process that is dying."""
CLEAR_LIMIT = (4 << 20) - 4096  # a sealed payload stays below entry.PAYLOAD_LIMIT


@dataclass(frozen=True)
class Receipt:
    """The entry is durable. ``index``: its place in the tree. ``time``: the scribe's, ISO UTC.
    ``state``: ``ok``, or ``reserve`` when the disk is full and the journal lives on its reserve."""

    index: int
    time: str
    state: str = "ok"

    @property
    def may_add(self) -> bool:
        """May the caller add data to the house now? In ``reserve`` it must refuse (errors.AddingRefused)."""
        return self.state == "ok"


@dataclass(frozen=True)
class OpenIntention:
    """An intention without a closing: just written, or left behind by a crash."""

    entry: Entry
    state: str = "ok"

    @property
    def index(self) -> int:
        return self.entry.index

    @property
    def may_add(self) -> bool:
        """As Receipt.may_add."""
        return self.state == "ok"


@dataclass(frozen=True)
class Page:
    """``entries``: newest first. ``next``: give it as ``start`` to read on; None: the beginning was reached."""

    entries: list[Entry]
    next: int | None


@dataclass(frozen=True)
class Head:
    """``size`` entries, all covered by the signed ``checkpoint`` (a C2SP note; empty before the first). ``root``:
    hexadecimal. ``state``: ok, reserve or full. ``vkey``: the key that signs."""

    size: int
    root: str
    checkpoint: str
    state: str
    vkey: str


class Journal(Evidence, Protocol):
    """The law of the journal.

    - ``record`` returns after the entry is durable, in the order of the indexes; concurrent callers are welcome and
      share one write. Raises JournalUnavailable (nothing may be served), JournalFull, EntryInvalid, EntryTooLarge,
      IntentionNotOpen (closing something that is not open). After JournalUnavailable, or when the caller is
      cancelled, the entry may or may not be there; it is never there twice, and no intention stays open for it: it
      is closed as interrupted, or by the closing that was given, once the journal answers again.
    - A closing is accepted once per intention; ``chain`` must be the intention's.
    - ``open_intentions`` lists, oldest first, what this role left open (``everyone``: all roles). A role that just
      started owns no running work: whatever it finds was left by a crash, and it closes it.
    - ``read`` gives entries newest first, from index ``start`` down; ``wanted``: the fields of Wanted. A page may
      hold fewer entries than ``limit`` although there are more: go on with ``next``.
    - ``payload`` gives the clear payload of an entry (``b""`` when it had none), checked against the leaf's
      commitment: JournalCorrupt when it is not the committed one, EntryUnknown when there is no such entry; the
      unsealing key's own error when it was destroyed.
    - ``head`` is cheap and may lag half a second behind the receipts; ``fresh`` waits for a checkpoint that covers
      every receipt given before the call.
    """

    async def record(self, draft: Draft) -> Receipt: ...

    async def intention(self, draft: Draft) -> OpenIntention: ...

    async def close(
        self,
        intention: OpenIntention,
        outcome: str,
        *,
        name: str | None = None,
        object: str | None = None,  # noqa: A002 - the entry's own word
        decision: str | None = None,
        payload: bytes = b"",
    ) -> Receipt: ...

    async def open_intentions(self, *, everyone: bool = False) -> list[OpenIntention]: ...

    async def read(self, *, start: int | None = None, limit: int = 100, **wanted: str | None) -> Page: ...

    async def payload(self, index: int) -> bytes: ...

    async def head(self, *, fresh: bool = False) -> Head: ...


class Closings(ABC):
    """``intention`` and ``close`` in terms of ``record``, for every adapter of the port."""

    @abstractmethod
    async def record(self, draft: Draft) -> Receipt: ...

    async def intention(self, draft: Draft) -> OpenIntention:
        """Write an intention (the draft's phase is set). Raises as ``record``."""
        if draft.phase != "intention":
            draft = replace(draft, phase="intention")
        return _opened(draft, await self.record(draft))

    async def close(
        self,
        intention: OpenIntention,
        outcome: str,
        *,
        name: str | None = None,
        object: str | None = None,  # noqa: A002 - the entry's own word
        decision: str | None = None,
        payload: bytes = b"",
    ) -> Receipt:
        """Write the closing of ``intention``; what is not given is the intention's own (the name gets ``-closed``
        instead of ``-opened``, or after it). Raises as ``record``."""
        opened = intention.entry
        return await self.record(
            Draft(
                kind=opened.kind,
                name=name or closing_name(opened.name),
                phase="closing",
                chain=opened.chain,
                actor=opened.actor,
                space=opened.space,
                object=opened.object if object is None else object,
                decision=opened.decision if decision is None else decision,
                outcome=outcome,
                of=opened.index,
                payload=payload,
            )
        )


def _opened(draft: Draft, receipt: Receipt) -> OpenIntention:
    fields = draft.fields()
    entry = Entry(index=receipt.index, time=receipt.time, boot="", mono=0, role="", commitment=None, **fields)
    return OpenIntention(entry, receipt.state)


def closing_name(name: str) -> str:
    """``answer-opened`` → ``answer-closed``; ``import`` → ``import-closed``."""
    return name.removesuffix("-opened")[:57] + "-closed"


class ScribeJournal(Closings, ScribeEvidence):
    """The port over the wire. One connection, asked for again when it breaks (see PAUSES): a draft carries a random
    id and the scribe answers a repeated id with its first receipt, also after it was killed and restarted. When no
    connection can be had, JournalUnavailable at once.

    ``seconds``: how long one operation may take before JournalUnavailable."""

    def __init__(self, connect: Connect, seal: Seal, unseal: Seal, *, seconds: float = 15.0) -> None:
        self._connect, self._seal, self._unseal, self._seconds = connect, seal, unseal, seconds
        self._channel: Channel | None = None
        self._connecting = asyncio.Lock()
        self._owed = Owed(self._deliver)

    async def record(self, draft: Draft) -> Receipt:
        return await self._record(self._letter(draft))

    async def intention_sealed(self, draft: Draft, commitment: str, sealed: bytes) -> OpenIntention:
        """As ``intention``, of a payload that was committed to here and sealed by whoever holds the key. Raises as
        ``record``."""
        letter = Letter(draft, _arguments(draft, commitment), sealed)
        return _opened(draft, await self._record(letter))

    async def _record(self, letter: Letter) -> Receipt:
        try:
            return await self._send(letter)
        except (JournalUnavailable, JournalFull, asyncio.CancelledError) as problem:
            if letter.owed_after(problem):
                self._owed.add(letter)
            raise

    def _letter(self, draft: Draft) -> Letter:
        commitment, sealed = None, b""
        if draft.payload:
            if len(draft.payload) > CLEAR_LIMIT:
                raise EntryTooLarge(size=len(draft.payload), limit=CLEAR_LIMIT)
            salt = os.urandom(32)
            commitment, sealed = (
                commit(salt, draft.payload),
                self._seal(draft.space, draft.actor, envelope(salt, draft.payload)),
            )
        return Letter(draft, _arguments(draft, commitment), sealed)

    async def _send(self, letter: Letter) -> Receipt:
        answer = (await self._ask("record", letter.args, letter)).data
        return Receipt(int(answer["index"]), str(answer["time"]), str(answer["state"]))

    async def _deliver(self, letter: Letter) -> None:
        """For ``Owed``: nobody waits for it any more, so an intention is closed at once."""
        try:
            receipt = await self._send(letter)
            if letter.draft.phase == "intention":
                await self.close(_opened(letter.draft, receipt), "interrupted")
        except (JournalUnavailable, JournalFull):
            raise
        except DemeureError:
            return  # refused for good, or closed already

    async def open_intentions(self, *, everyone: bool = False) -> list[OpenIntention]:
        answer = (await self._ask("open-intentions", {"everyone": everyone})).data
        return [OpenIntention(_entry(item), str(answer["state"])) for item in answer["intentions"]]

    async def read(self, *, start: int | None = None, limit: int = 100, **wanted: str | None) -> Page:
        args = {"from": start, "limit": limit, **vars(Wanted(**wanted))}
        answer = (await self._ask("read", args)).data
        return Page([_entry(item) for item in answer["entries"]], answer["next"])

    async def payload(self, index: int) -> bytes:
        return (await self.opening(index)).payload

    async def opening(self, index: int) -> Opening:
        answer = await self._ask("payload", {"index": index})
        entry = _entry(answer.data["entry"])
        if entry.commitment is None:
            return Opening(b"", b"")
        clear = self._unseal(entry.space, entry.actor, answer.body)
        payload = open_envelope(clear, entry.commitment)
        if payload is None:
            raise JournalCorrupt(index=index, place="payload")
        return Opening(clear[:SALT], payload)

    async def head(self, *, fresh: bool = False) -> Head:
        return Head(**(await self._ask("head", {"fresh": fresh})).data)

    async def aclose(self) -> None:
        """Close the connection; a later operation opens a new one, but nothing owed is delivered any more."""
        await self._owed.aclose()
        channel, self._channel = self._channel, None
        if channel:
            await channel.close()

    async def _ask(self, op: str, args: dict[str, Any], letter: Letter | None = None) -> Reply:
        try:
            async with asyncio.timeout(self._seconds):
                for pause in PAUSES:
                    with contextlib.suppress(ChannelClosed):
                        return await self._once(op, args, letter)
                    await asyncio.sleep(pause)
                return await self._once(op, args, letter)
        except (TimeoutError, ChannelClosed, RemoteError, Surprise) as problem:
            raise JournalUnavailable from problem

    async def _once(self, op: str, args: dict[str, Any], letter: Letter | None) -> Reply:
        channel = await self._open()
        if letter is None:
            return await channel.call(op, args)
        letter.posted = True
        return await channel.call(op, args, letter.sealed)

    async def _open(self) -> Channel:
        async with self._connecting:
            if self._channel is None or self._channel.closed.is_set():
                try:
                    sock = await self._connect()
                except (DemeureError, OSError) as problem:
                    raise JournalUnavailable from problem
                self._channel = await Channel(sock, peer="scribe").start()
            return self._channel


def _arguments(draft: Draft, commitment: str | None) -> dict[str, Any]:
    return {"draft": os.urandom(16).hex(), "fields": draft.fields(), "commitment": commitment}


def _entry(item: dict[str, Any]) -> Entry:
    fields = dict(item)
    return entry_from(int(fields.pop("index")), fields)
