"""States of the engine after a beginning: kept, brought back, let go. One instance in each role that has a tray.

Promise: nothing reaches the engine that is not, byte for byte, what this house saved of this beginning with this
engine. What cannot be used is refused before, journalled, and prepared again. A critical part is never left half
way: it runs to its end even when whoever asked has gone.
"""

import asyncio
import contextlib
import hashlib
import json
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from typing import Any, TypeVar
from uuid import uuid4

from demeure.assistant.dossier.whole import Whole
from demeure.engine import EngineFacts, EngineRefused, EngineSlots
from demeure.errors import DemeureError
from demeure.journal import Draft, Journal, OpenIntention
from demeure.library import Readiness, Rooms, Snapshot
from demeure.policy import DISK_IN_CLEAR, NO_SNAPSHOTS, Action, Actor, Decision, Resource, Right, decide, in_force
from demeure.settings import Settings
from demeure.store import DiskFull, SnapshotRefused

_T = TypeVar("_T")
SPARE = 1 << 30
"""Bytes that keeping documents ready never takes from the disk."""
MARGIN = 1024  # tokens left to the question, to what it leans on and to the template
ENCRYPTED = "encrypted"


@dataclass(frozen=True)
class Unready:
    """Why a document is not kept ready, in both languages, under a stable code."""

    code: str
    fr: str
    en: str

    def sentence(self, language: str) -> str:
        return self.fr if language == "fr" else self.en


TOO_LONG = Unready(
    "too-long",
    "Il est trop long pour être lu en entier par le modèle choisi : à chaque question, les passages utiles y sont "
    "cherchés.",
    "It is too long for the chosen model to read whole: at each question, the passages that matter are looked for.",
)
NO_TEXT = Unready("no-text", "Il n’est pas encore lu.", "It has not been read yet.")
NO_ROOM = Unready(
    "no-room",
    "Il reste trop peu de place sur le disque : il est lu à chaque question.",
    "Too little room is left on the disk: it is read at each question.",
)
NO_SHARE = Unready(
    "too-large",
    "Il prendrait plus que la place donnée aux documents gardés prêts (réglage snapshot_megabytes).",
    "It would take more than the room given to documents kept ready (setting snapshot_megabytes).",
)
ROOM_TAKEN = Unready(
    "room-taken",
    "Les autres documents à garder prêts prennent toute la place qui leur est donnée (réglage snapshot_megabytes), "
    "et il est lu à chaque question.",
    "The other documents to keep ready take all the room given to them (setting snapshot_megabytes), and it is "
    "read at each question.",
)
TAKEN = Unready(
    "place-taken",
    "Le moteur a servi quelqu’un d’autre avant que sa lecture ne soit gardée : il sera lu de nouveau.",
    "The engine served somebody else before its reading could be kept: it will be read again.",
)
"""llama.cpp empties a place that is at rest when another begins."""


@dataclass(frozen=True)
class Reading:
    """What a place has just read: ``tokens``, in ``seconds``."""

    tokens: int
    seconds: float


@dataclass(frozen=True)
class Asker:
    """On whose behalf a state is used or made, in which chain of the journal."""

    actor: Actor
    right: Right
    chain: str


class Snapshots:
    """``room``: bytes free on the disk. ``disk``: encrypted, clear or unknown. ``entry``: the journal's name for
    what this role makes, so that its successor closes what it left open."""

    def __init__(
        self,
        *,
        readiness: Readiness,
        rooms: Rooms,
        slots: EngineSlots,
        journal: Journal,
        settings: Settings,
        room: Callable[[], int],
        disk: str,
        entry: str,
    ) -> None:
        self._readiness, self._rooms, self._slots, self._journal = readiness, rooms, slots, journal
        self._settings, self._room, self._disk, self._entry = settings, room, disk, entry
        self._tray = asyncio.Lock()
        self._running: set[asyncio.Task[Any]] = set()

    @property
    def slots(self) -> EngineSlots:
        """The engine's places."""
        return self._slots

    def limit(self, context: int, slots: int) -> int:
        """Tokens that a beginning may have: others must be able to ask something meanwhile."""
        return (context if slots == 1 else context * 3 // 4) - self._settings.answer_tokens - MARGIN

    def fits(self, whole: Whole, facts: EngineFacts | None = None) -> bool:
        """By estimation; ``facts``: of the engine, else what the settings say of it."""
        context = facts.context if facts else self._settings.engine_context
        slots = facts.slots if facts else self._settings.engine_slots
        return whole.tokens <= self.limit(context, slots)

    def decision(self, whole: Whole, actor: Actor, right: Right, name: str = "") -> Decision:
        """May a state be kept of these documents?"""
        kept = self._settings.snapshots
        marks = {NO_SNAPSHOTS} if kept == "never" or not self._settings.snapshot_megabytes else set()
        marks |= {DISK_IN_CLEAR} if kept == "encrypted-disk" and self._disk != ENCRYPTED else set()
        resource = Resource(
            "document", whole.ids[0], name=name, space=whole.space, right=right, marks=frozenset(marks)
        )
        own = [row.sensitivity for row in whole.documents if row.sensitivity]
        resource = replace(resource, sensitivity=in_force().policy.highest(*own).id) if own else resource
        return decide(actor, Action.SNAPSHOT_KEEP, resource)

    def binding(self, whole: Whole, facts: EngineFacts) -> dict[str, Any]:
        """What a state is the state of. Another instance, document, text, model, engine or context: another one."""
        return {
            "instance": hashlib.sha256(b"instance" + self._rooms.keys.house.blob_key()).hexdigest(),
            "space": whole.space,
            "documents": [[one.id, one.sha256] for one in whole.documents],
            "beginning": whole.digest,
            "engine": facts.told(),
        }

    def kept(self, whole: Whole, facts: EngineFacts) -> Snapshot | None:
        """The row of its state, when there is one. Blocking."""
        return self._readiness.found(self._rooms.snapshots(whole.space).name(self.binding(whole, facts)))

    # -- bringing back --------------------------------------------------------------------------------------------

    async def restore(self, whole: Whole, facts: EngineFacts, slot: int, asker: Asker) -> int:
        """Bring its state into ``slot``: its tokens; 0 when there is none that can be used. Raises EngineDown, the
        journal's errors."""
        row = await asyncio.to_thread(self.kept, whole, facts)
        if row is None or not self.decision(whole, asker.actor, asker.right).allowed:
            return 0
        return int(await asyncio.shield(self._started(self._restore(row, whole, facts, slot, asker))))

    async def _restore(self, row: Snapshot, whole: Whole, facts: EngineFacts, slot: int, asker: Asker) -> int:
        await self._tray.acquire()
        try:
            await self._opened(row, whole, facts, asker)
            if not (tokens := await self._slots.restore(slot)):  # of a version that did not count: spares nothing
                await self._forget([row])
                return 0
        except SnapshotRefused as problem:
            await self._refused(row, whole, problem, asker)
            return 0
        except (EngineRefused, OSError):  # the engine, or this machine, has no room for it just now
            return 0
        finally:
            self._started(self._cleared())  # giving so much memory back takes a while: nobody waits for it
        self._started(asyncio.to_thread(self._readiness.used, row.id))  # nor for this note
        return tokens

    async def _cleared(self) -> None:
        try:
            await asyncio.to_thread(self._slots.tray.clear)
        finally:
            self._tray.release()

    async def _opened(self, row: Snapshot, whole: Whole, facts: EngineFacts, asker: Asker) -> None:
        """It lies on the tray, and the journal says so, before the engine is told. Raises SnapshotRefused, OSError,
        the journal's errors."""
        sealed, binding = self._rooms.snapshots(whole.space), self.binding(whole, facts)
        said = asyncio.create_task(
            self._journal.record(self._draft("snapshot-opened", whole, asker, kind="extension"))
        )
        try:
            # a thread writes into the tray: it must have ended before the tray is cleared
            await asyncio.to_thread(sealed.bring, row.file, binding, self._slots.tray.room)
        finally:
            await said

    async def _refused(self, row: Snapshot, whole: Whole, problem: SnapshotRefused, asker: Asker) -> None:
        why = json.dumps({"snapshot": row.id, "why": problem.params["why"]}).encode()
        await self._journal.record(self._draft("snapshot-refused", whole, asker, kind="filter", payload=why))
        await self._forget([row])

    # -- keeping --------------------------------------------------------------------------------------------------

    def free(self, space: str) -> int:
        """Bytes free for a state of ``space``: of the house's disk, and of its own where its states have one.
        Blocking."""
        room, own = self._room(), self._rooms.snapshots(space).free()
        return room if own is None else min(room, own)

    def prevents(self, space: str) -> Unready | None:
        """What keeps any state of ``space`` from being kept just now. Blocking."""
        return NO_ROOM if self.free(space) < SPARE else None

    async def keep(
        self, whole: Whole, facts: EngineFacts, slot: int, reading: Reading, asker: Asker, *, wait: bool
    ) -> Unready | None:
        """Keep the state that ``slot`` has just after ``reading`` the beginning; why not, when it was
        not. On return the slot may go on; ``wait``: and the state is on the disk. Raises EngineDown, EngineRefused,
        the journal's errors."""
        decision = self.decision(whole, asker.actor, asker.right)
        if not decision.allowed:
            return Unready(decision.rule, decision.sentence("fr"), decision.sentence("en"))
        if (why := await asyncio.to_thread(self.prevents, whole.space)) is not None:
            return why
        saved = asyncio.get_running_loop().create_future()
        task = self._started(self._keep(whole, facts, slot, reading, asker, decision, saved))
        await asyncio.wait({task, saved}, return_when=asyncio.FIRST_COMPLETED)
        return await asyncio.shield(task) if wait or task.done() else None

    async def _keep(
        self,
        whole: Whole,
        facts: EngineFacts,
        slot: int,
        reading: Reading,
        asker: Asker,
        decision: Decision,
        saved: "asyncio.Future[None]",
    ) -> Unready | None:
        draft = self._draft(self._entry, whole, asker, kind="input", phase="intention", decision=decision.rule)
        intention = await self._journal.intention(draft)
        outcome = "failed"
        try:
            if not intention.may_add:  # the journal lives on its reserve: the disk is full
                outcome = "refused"
                return NO_ROOM
            async with self._tray:
                why = await self._seal(whole, facts, slot, reading, saved)
            outcome = "refused" if why else "done"
            return why
        finally:
            self._slots.tray.clear()
            await self._journal.close(intention, outcome)

    async def _seal(
        self, whole: Whole, facts: EngineFacts, slot: int, reading: Reading, saved: "asyncio.Future[None]"
    ) -> Unready | None:
        tray, sealed = self._slots.tray, self._rooms.snapshots(whole.space)
        tokens = await self._slots.save(slot)
        if not saved.done():
            saved.set_result(None)
        try:
            if tokens != reading.tokens:
                return TAKEN
            if tray.size > self._settings.snapshot_megabytes << 20:
                return NO_SHARE
            if self.free(whole.space) < SPARE + tray.size:
                return NO_ROOM
            with tray.content() as content:
                kept = await asyncio.to_thread(sealed.keep, self.binding(whole, facts), tokens, content)
        except DiskFull:
            return NO_ROOM
        finally:
            tray.clear()
        engine = engine_of(facts)
        row = self._readiness.fresh(whole.space, kept.file, engine, tokens, kept.size, reading.seconds)
        if not await asyncio.to_thread(self._readiness.add, row, whole.ids):
            await asyncio.to_thread(sealed.delete, kept.file)  # deleted meanwhile
            return NO_TEXT
        gone = await asyncio.to_thread(self.trim, row.id)
        return ROOM_TAKEN if row.id in gone else None

    # -- letting go -----------------------------------------------------------------------------------------------

    def trim(self, new: str = "") -> set[str]:
        """Down to the room that the settings give: ids of those that went. ``new`` takes the place of those that
        nobody asked for, never of those that somebody did: two of them would push each other out for ever.
        Blocking."""
        rows, asked_for = self._readiness.all(), self._readiness.asked_for()
        gone: set[str] = set()
        going = [row for row in rows if row.id != new and not (new and row.id in asked_for)]
        going += [row for row in rows if row.id == new]
        left = sum(row.size for row in rows)
        for row in going:
            if left <= self._settings.snapshot_megabytes << 20:
                break
            self._drop(row)
            left -= row.size
            gone.add(row.id)
        return gone

    def tidy(self, facts: EngineFacts | None) -> int:
        """Let go of what no longer serves: of another engine (``facts``: the one that runs, if known), of a policy
        that has changed, beyond the room given; how many. Blocking."""
        never = self._settings.snapshots == "never" or not self._settings.snapshot_megabytes
        never = never or (self._settings.snapshots == "encrypted-disk" and self._disk != ENCRYPTED)
        engine, gone = engine_of(facts) if facts else "", 0
        classed, force = self._readiness.classed(), in_force()
        for row in self._readiness.all():
            kept = force.policy.highest(force.class_of(row.space), *classed.get(row.id, ()))
            away = not kept.snapshots or (kept.disk == "encrypted" and self._disk != ENCRYPTED)
            if never or away or (engine and row.engine != engine):
                self._drop(row)
                gone += 1
        return gone + len(self.trim())

    def sweep(self, spaces: set[str], now: float) -> None:
        """Files of ``spaces`` that nobody knows any more, an hour old at least: a younger one may be in the making.
        Blocking."""
        rows = self._readiness.all()
        for space in spaces:
            known = {row.file for row in rows if row.space == space}
            self._rooms.snapshots(space).sweep(known, now=now)

    async def _forget(self, rows: list[Snapshot]) -> None:
        for row in rows:
            await asyncio.to_thread(self._drop, row)

    def _drop(self, row: Snapshot) -> None:
        with contextlib.suppress(DemeureError):  # its space is being erased, and its folder with it
            self._rooms.snapshots(row.space).delete(row.file)
        self._readiness.remove([row.id])

    async def drain(self) -> None:
        """Wait for what is being kept (at the end of this role)."""
        await asyncio.gather(*self._running, return_exceptions=True)

    # -- shared ---------------------------------------------------------------------------------------------------

    def _started(self, work: Coroutine[Any, Any, _T]) -> "asyncio.Task[_T]":
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: "asyncio.Task[Any]") -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.exception()  # seen: whoever asked may have left

    @staticmethod
    def _draft(name: str, whole: Whole, asker: Asker, **rest: Any) -> Draft:
        return Draft(
            name=name,
            chain=asker.chain or uuid4().hex,
            actor=asker.actor.id,
            space=whole.space,
            object=whole.named,
            **rest,
        )


def engine_of(facts: EngineFacts) -> str:
    """Digest of what a state is good for."""
    return hashlib.sha256(json.dumps(facts.told(), sort_keys=True).encode()).hexdigest()


async def close_own(journal: Journal, entry: str) -> int:
    """What a predecessor left open in the journal: its file has a row, or is swept; interrupted either way."""
    mine: list[OpenIntention] = [one for one in await journal.open_intentions() if one.entry.name == entry]
    for intention in mine:
        await journal.close(intention, "interrupted")
    return len(mine)
