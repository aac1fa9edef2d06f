"""Documents to keep ready, prepared while nobody waits: the worker reads them with the engine, one after the other.

Whoever asks something comes first: reading stops within one batch, and goes on from there, in the same place of the
engine, once it is quiet again.
"""

import asyncio
import contextlib
import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from uuid import uuid4

from demeure.assistant.dossier.snapshots import (
    NO_ROOM,
    NO_SHARE,
    NO_TEXT,
    ROOM_TAKEN,
    TAKEN,
    TOO_LONG,
    Asker,
    Reading,
    Snapshots,
    Unready,
    close_own,
    engine_of,
)
from demeure.assistant.dossier.whole import Whole, whole_of
from demeure.clock import Clock
from demeure.engine import EngineDown, EngineFacts, EngineRefused, LeaseGate
from demeure.errors import DemeureError
from demeure.journal import Journal
from demeure.library import DAMAGED, Pin, Readiness, Rooms, Shelf
from demeure.library.whole import passages_of
from demeure.logs import note, surprise
from demeure.policy import THE_HOUSE, Right
from demeure.settings import Settings

ENTRY = "snapshot-prepare"
IDLE_SECONDS = 5.0
READABLE = ("searchable", "ready")
PLACE = 0  # of the engine: the gateway takes the last one
MORE_ROOM = 64 << 20
"""Bytes that the disk must have more of than when a state found no place there, for another try."""


@dataclass(frozen=True)
class Belongings:
    """What preparing is made of."""

    shelf: Shelf
    rooms: Rooms
    readiness: Readiness
    snapshots: Snapshots
    journal: Journal
    gate: LeaseGate
    settings: Settings
    clock: Clock


class Preparing:
    """``run()`` until cancelled; set ``wake`` when there may be something to do."""

    def __init__(self, belongings: Belongings) -> None:
        self._b = belongings
        self._cramped: dict[str, tuple[str, int]] = {}
        self._noted: set[tuple[str, str]] = set()
        self.wake = asyncio.Event()

    async def run(self) -> None:
        """Tidy, then prepare, for ever. What does not answer is waited for."""
        swept = False
        while True:
            self.wake.clear()
            try:
                if not swept:
                    await self._recover()
                    swept = True
                if await self.step():
                    continue
            except DemeureError as problem:
                if problem.http_status not in (503, 507):
                    note("worker", f"documents kept ready: {problem.code()}")
            except Exception as problem:  # noqa: BLE001 - one document's surprise must not stop the house's work
                surprise("worker snapshots", problem)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(IDLE_SECONDS):
                    await self.wake.wait()

    async def _recover(self) -> None:
        await close_own(self._b.journal, ENTRY)
        now = self._b.clock.now().timestamp()
        for space in await asyncio.to_thread(self._b.shelf.living_spaces):
            try:
                await asyncio.to_thread(self._b.snapshots.sweep, {space}, now)
            except DAMAGED as problem:
                self._passed_over(space, problem)

    def _passed_over(self, space: str, problem: DemeureError) -> None:
        """A space that does not open holds no other back; it is noted once in the life of this role."""
        if (space, problem.code()) not in self._noted:
            self._noted.add((space, problem.code()))
            note("worker", f"documents kept ready: {problem.code()}, space {space} is passed over")

    async def step(self) -> bool:
        """Let go of what no longer serves, then take one document on; False when there is nothing more to do."""
        b = self._b
        pins = await asyncio.to_thread(b.readiness.pins)
        rows = await asyncio.to_thread(b.readiness.all)
        if not pins and not rows:
            return False
        facts = await self._facts()
        if await asyncio.to_thread(b.snapshots.tidy, facts):
            pins = await asyncio.to_thread(b.readiness.pins)
        if facts is None:
            return False
        asked_for = frozenset(pin.document for pin in pins)
        for pin in pins:
            try:
                if await self._took(pin, facts, asked_for):
                    return True
            except DAMAGED as problem:
                row = await asyncio.to_thread(b.shelf.document, pin.document)
                self._passed_over(row.space if row else "", problem)
                why = Unready("space-shut", problem.sentence("fr"), problem.sentence("en"))
                await self._told(pin, "impossible", why)
        return False

    async def _facts(self) -> EngineFacts | None:
        try:
            return await self._b.snapshots.slots.facts()
        except (EngineDown, EngineRefused):
            return None

    async def _took(self, pin: Pin, facts: EngineFacts, asked_for: frozenset[str]) -> bool:
        """Was something done for this document? ``asked_for``: all that are to be kept ready."""
        b = self._b
        whole = await asyncio.to_thread(self._whole, pin.document)
        if whole is None:
            return await self._told(pin, "impossible", NO_TEXT)
        if await asyncio.to_thread(b.snapshots.kept, whole, facts):
            return await self._told(pin, "ready")
        if not b.snapshots.fits(whole, facts):
            return await self._told(pin, "impossible", TOO_LONG)
        decision = b.snapshots.decision(whole, THE_HOUSE, Right.NONE)
        if not decision.allowed:
            why = Unready(decision.rule, decision.sentence("fr"), decision.sentence("en"))
            return await self._told(pin, "impossible", why)
        if (why_not := await asyncio.to_thread(b.snapshots.prevents, whole.space)) is not None:
            return await self._told(pin, "impossible", why_not)
        trying = self._trying(whole, asked_for, facts)
        if pin.state == "impossible" and pin.tried == trying:
            return False  # it found no room, perhaps in another life of the house: nothing has changed since
        tried, free = self._cramped.get(pin.document, ("", 0))
        if tried == trying and await asyncio.to_thread(b.snapshots.free, whole.space) < free + MORE_ROOM:
            return False
        return await self._prepared(pin, whole, facts, asked_for)

    def _trying(self, whole: Whole, asked_for: frozenset[str], facts: EngineFacts) -> str:
        """Digest of all that says whether its state finds room among the others."""
        what = [whole.digest, sorted(asked_for), self._b.settings.snapshot_megabytes, engine_of(facts)]
        return hashlib.sha256(json.dumps(what).encode()).hexdigest()

    async def _told(self, pin: Pin, state: str, why: Unready | None = None, tried: str = "") -> bool:
        """The row says it; never work done: the next document has its turn."""
        reason = {"code": why.code, "fr": why.fr, "en": why.en} if why else None
        if (pin.state, pin.reason, pin.tried) != (state, reason, tried):
            tell = partial(self._b.readiness.tell, share=100 if state == "ready" else 0, reason=reason, tried=tried)
            await asyncio.to_thread(tell, pin.document, state)
        return False

    async def _prepared(self, pin: Pin, whole: Whole, facts: EngineFacts, asked_for: frozenset[str]) -> bool:
        b = self._b
        beginning = await b.snapshots.slots.beginning(whole.messages, whole.head)
        read = await self._read(pin, beginning)
        if read is None:
            return True  # somebody came: again, from where it was
        asker = Asker(THE_HOUSE, Right.NONE, uuid4().hex)
        try:
            why = await b.snapshots.keep(whole, facts, PLACE, read, asker, wait=True)
        finally:
            with contextlib.suppress(DemeureError):
                await b.snapshots.slots.erase(PLACE)
        if why == TAKEN:
            return True  # again
        pin = replace(pin, state="preparing")  # so its row says by now
        if why is not None:
            trying = self._trying(whole, asked_for, facts)
            if why == NO_ROOM:
                self._cramped[pin.document] = trying, await asyncio.to_thread(b.snapshots.free, whole.space)
            await self._told(pin, "impossible", why, trying if why in (NO_SHARE, ROOM_TAKEN) else "")
            return False
        await self._told(pin, "ready")
        return True

    async def _read(self, pin: Pin, beginning: str) -> Reading | None:
        """What was read; None when it had to stop for somebody."""
        b = self._b
        await b.gate.quiet()
        began, told, tokens = time.monotonic(), pin.share, 0

        async def read() -> None:
            nonlocal told, tokens
            async with contextlib.aclosing(b.snapshots.slots.read(beginning, PLACE)) as reading:
                async for done, total in reading:
                    tokens = total
                    share = min(99, 100 * done // max(1, total))
                    if share >= told + 5 or pin.state != "preparing":
                        told = share
                        await asyncio.to_thread(self._share(pin.document, share))

        reading = asyncio.create_task(read())
        taken = asyncio.create_task(b.gate.taken())
        try:
            await asyncio.wait({reading, taken}, return_when=asyncio.FIRST_COMPLETED)
            if not reading.done():
                return None
            reading.result()
            return Reading(tokens, time.monotonic() - began)
        finally:
            for task in (reading, taken):
                task.cancel()
            await asyncio.gather(reading, taken, return_exceptions=True)

    def _share(self, document: str, share: int) -> Callable[[], None]:
        return lambda: self._b.readiness.tell(document, "preparing", share=share)

    def _whole(self, document: str) -> Whole | None:
        row = self._b.shelf.document(document)
        if row is None or row.leaving or row.state not in READABLE:
            return None
        passages = passages_of(self._b.rooms.database(row.space), row.id)
        if not passages:
            return None
        told = self._b.settings
        return whole_of([(row, passages)], organisation=told.organisation, language=told.language)
