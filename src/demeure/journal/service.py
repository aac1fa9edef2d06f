"""The scribe role: only writer of instance/journal, holder of its key. Serves the journal over the doors.

First entries of each start: the house or the scribe started (with the confinement ladder), a torn frame was cut,
the clock went backwards.
"""

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from demeure.clock import Clock, SystemClock
from demeure.journal.checkpoint import Signer, invalid
from demeure.journal.disk import Disk
from demeure.journal.duties import Duties
from demeure.journal.entry import PAYLOAD_LIMIT, Draft, draft_from, entry_from
from demeure.journal.errors import (
    EntryInvalid,
    EntryTooLarge,
    HeldRefused,
    JournalCorrupt,
    JournalKeyInvalid,
    JournalUnavailable,
    NoteInvalid,
)
from demeure.journal.log import SEGMENT, Log
from demeure.journal.scribe import Scribe
from demeure.journal.wanted import Wanted
from demeure.journal.witness import Witness
from demeure.supervisor import Birth
from demeure.wire import Channel, Handler, Reply, Request

PAGE_LIMIT = 500
SWITCH_SECONDS = 0.0005
"""How long a busy thread keeps the interpreter from the one whose sync just ended, at most. At the usual 5 ms the
thread that writes waits longer for the interpreter than for the disk."""
_BOOT = Path("/proc/sys/kernel/random/boot_id")


class Doorway(Protocol):
    """What the scribe needs of supervisor.doors.Doors."""

    closed: asyncio.Event

    async def start(self) -> Any: ...

    def on_peer(self, callback: Callable[[str, socket.socket], None]) -> None: ...

    def ready(self) -> None: ...

    async def close(self) -> None: ...


class Desk:
    """The operations offered to one role."""

    def __init__(self, log: Log, scribe: Scribe, role: str, duties: Duties | None = None) -> None:
        self._log, self._scribe, self._role, self._duties = log, scribe, role, duties

    def handlers(self) -> dict[str, Handler]:
        """Operation → handler."""
        duties = self._duties.handlers(self._role) if self._duties else {}
        return duties | {
            "record": self.record,
            "open-intentions": self.open_intentions,
            "read": self.read,
            "payload": self.payload,
            "head": self.head,
        }

    async def record(self, request: Request) -> Reply:
        """{draft: 32 hex digits, fields, commitment}, body: sealed payload → {index, time, state}."""
        draft = draft_from(_of_type(request.args, "fields", dict))
        commitment = request.args.get("commitment")
        sealed = await _body(request)
        if (commitment is None) != (not sealed):
            raise EntryInvalid(detail="commitment and payload go together")
        try:
            number = bytes.fromhex(_of_type(request.args, "draft", str))
        except ValueError as problem:
            raise EntryInvalid(detail="draft") from problem
        if len(number) != 16:
            raise EntryInvalid(detail="draft")
        written = await self._scribe.record(
            draft, role=self._role, number=number, commitment=commitment, sealed=sealed
        )
        return Reply(vars(written))

    async def open_intentions(self, request: Request) -> Reply:
        """{everyone} → {intentions: [entry], state}."""
        found = self._scribe.open_intentions(None if request.args.get("everyone") is True else self._role)
        return Reply({"intentions": [_shown(entry) for entry in found], "state": self._log.state})

    async def read(self, request: Request) -> Reply:
        """{from, limit, and the fields of Wanted} → {entries, next}."""
        start, limit = request.args.get("from"), _of_type(request.args, "limit", int)
        if limit < 1 or not (start is None or (type(start) is int and start >= 0)):
            raise EntryInvalid(detail="from or limit")
        wanted = Wanted(**{name: _text_or_none(request.args, name) for name in Wanted.FIELDS})
        found, after = await asyncio.to_thread(self._log.read, start, min(limit, PAGE_LIMIT), wanted)
        return Reply({"entries": [_shown(entry) for entry in found], "next": after})

    async def payload(self, request: Request) -> Reply:
        """{index} → {entry}, body: sealed payload."""
        index = _of_type(request.args, "index", int)
        sealed = await asyncio.to_thread(self._log.payload, index)
        data = await asyncio.to_thread(self._log.leaf, index)
        return Reply({"entry": _shown(entry_from(index, data))}, sealed)

    async def head(self, request: Request) -> Reply:
        """{fresh} → client.Head."""
        return Reply(await self._scribe.head(fresh=request.args.get("fresh") is True))


class Service:
    """Answers every peer until told to stop."""

    def __init__(self, log: Log, scribe: Scribe, duties: Duties | None = None) -> None:
        self._log, self._scribe, self._duties = log, scribe, duties
        self._channels: set[Channel] = set()
        self._tasks: set[asyncio.Task[Any]] = set()
        self.over = asyncio.Event()

    def welcome(self, role: str, sock: socket.socket) -> None:
        """A peer came."""
        self._keep(asyncio.create_task(self._serve(role, sock)))

    async def run(self, doors: Doorway) -> None:
        """Until ``over`` is set, the house is gone, or the disk fails (then raises JournalUnavailable)."""
        self._scribe.start()
        doors.on_peer(self.welcome)
        await doors.start()
        doors.ready()
        waits = [asyncio.create_task(event.wait()) for event in (self.over, self._scribe.failed, doors.closed)]
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for task in waits:
            task.cancel()
        await self._scribe.stop()
        await doors.close()
        for channel in list(self._channels):
            await channel.close()
        if self._scribe.failed.is_set():
            raise JournalUnavailable

    async def _serve(self, role: str, sock: socket.socket) -> None:
        channel = await Channel(
            sock, Desk(self._log, self._scribe, role, self._duties).handlers(), peer=role
        ).start()
        self._channels.add(channel)
        await channel.closed.wait()
        self._channels.discard(channel)

    def _keep(self, task: asyncio.Task[Any]) -> None:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def first_facts(birth: Birth, log: Log, held: int | None = None) -> list[Draft]:
    """What the scribe writes before anything else. ``held``: size of the checkpoint kept elsewhere."""
    accepted = "yes" if birth.accepted_unconfined else "no"
    name = "scribe-restarted" if birth.spec.get("restarts") else "house-started"
    facts = [Draft("administration", name, object=f"ladder={birth.ladder} accepted-unconfined={accepted}")]
    if log.cut:
        facts.append(Draft("administration", "torn-frame-cut", object=f"bytes={log.cut}"))
    if held is not None:
        facts.append(Draft("administration", "held-checkpoint-compared", object=f"size={held}"))
    return facts


async def serve(
    birth: Birth,
    doors: Doorway,
    seed: bytes,
    *,
    disk: Disk | None = None,
    clock: Clock | None = None,
    segment: int = SEGMENT,
) -> None:
    """Open the journal, then answer until SIGTERM. Raises what Log and Service.run raise."""
    sys.setswitchinterval(SWITCH_SECONDS)
    signer, clock = Signer(seed, birth.spec.get("origin")), clock or SystemClock()
    disk = disk or Disk(float(birth.spec.get("sync_delay", 0.0)))
    try:
        log = Log(
            birth.instance / "journal",
            signer,
            reserve_bytes=birth.settings.journal_reserve_megabytes << 20,
            disk=disk,
            segment=segment,
            months=birth.settings.journal_months,
        )
    except NoteInvalid as problem:  # our own checkpoint is no longer one
        raise JournalCorrupt(index=0, place="checkpoint") from problem
    try:
        held = _compared(log, birth.secrets["held"]) if "held" in birth.secrets else None
        scribe = Scribe(log, clock, _boot_id(birth), group=int(birth.spec.get("group", 1024)))
        scribe.owed = first_facts(birth, log, held)
        duties = Duties(log, scribe, signer, Witness(log.folder, seed, disk), clock, disk)
        service = Service(log, scribe, duties)
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, service.over.set)
        await service.run(doors)
    finally:
        log.close()


def main(birth: Birth) -> int:
    """The role: 0 after SIGTERM. Raises as ``serve``: whoever gave birth tells it to the house, and to people."""
    from demeure.supervisor import Doors

    asyncio.run(serve(birth, Doors(birth), read_seed(birth.secrets["journal"])))
    return 0


def read_seed(descriptor: int) -> bytes:
    """The signing key, read once; the descriptor is closed. Raises JournalKeyInvalid."""
    try:
        seed = os.pread(descriptor, 64, 0)
    finally:
        os.close(descriptor)
    if len(seed) != 32:
        raise JournalKeyInvalid(detail=f"{len(seed)} bytes")
    return seed


def _compared(log: Log, descriptor: int) -> int:
    """Size of the checkpoint kept elsewhere. Raises HeldRefused, JournalRolledBack, JournalForked: the house then
    stays shut."""
    try:
        return log.check_held(read_held(descriptor))
    except NoteInvalid as problem:
        raise HeldRefused(**problem.params) from problem


def read_held(descriptor: int) -> str:
    """The checkpoint kept elsewhere, as the launcher read it. Raises NoteInvalid."""
    try:
        return os.pread(descriptor, 1 << 20, 0).decode()
    except UnicodeDecodeError as problem:
        raise invalid("shape") from problem
    finally:
        os.close(descriptor)


def _boot_id(birth: Birth) -> str:
    """Given at birth, since the box hides /proc/sys; read there where there is no box."""
    given = birth.spec.get("boot")
    with contextlib.suppress(OSError):
        return str(given or _BOOT.read_text(encoding="ascii").strip())
    return ""


async def _body(request: Request) -> bytes:
    parts, size = [], 0
    async for part in request.body():
        size += len(part)
        if size > PAYLOAD_LIMIT:
            raise EntryTooLarge(size=size, limit=PAYLOAD_LIMIT)
        parts.append(part)
    return b"".join(parts)


def _shown(entry: Any) -> dict[str, Any]:
    return {**vars(entry), "v": 1}


def _of_type(args: dict[str, Any], name: str, kind: type) -> Any:
    if type(args.get(name)) is not kind:
        raise EntryInvalid(detail=name)
    return args[name]


def _text_or_none(args: dict[str, Any], name: str) -> str | None:
    value = args.get(name)
    if not (value is None or type(value) is str):
        raise EntryInvalid(detail=name)
    return value
