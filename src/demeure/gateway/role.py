"""The gateway process: its objects composed by hand, what a crash left closed, then pages and commands.

The listeners were opened by the launcher and are only adopted here; every other connection comes through the doors.
"""

import asyncio
import contextlib
import os
import signal
import socket
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from typing import Any

from demeure.airlock import AirlockLine
from demeure.assistant import Assistant, Conversations, History
from demeure.assistant.tasks import TaskRoom, Turns
from demeure.clock import Clock, SystemClock
from demeure.confinement import AIRLOCK
from demeure.engine import ChatClient, EmbedClient, FairQueue, LeaseHolder
from demeure.gateway.app import make_app
from demeure.gateway.backing import Backing
from demeure.gateway.box_refusals import BoxRefusals
from demeure.gateway.box_watch import watch
from demeure.gateway.composing import (
    collection,
    figures,
    kept_dossiers,
    model_room,
    outside,
    person_room,
    register_room,
    renderer_of,
    ruling,
    supervising,
    task_room,
    told_all,
    watched_folders,
    written,
)
from demeure.gateway.control import ControlDoor
from demeure.gateway.engines import Following, chat_weights
from demeure.gateway.entrance import Entrance
from demeure.gateway.flow_watch import FlowWatch
from demeure.gateway.flows import undeclared
from demeure.gateway.house import House
from demeure.gateway.journal_room import JournalRoom
from demeure.gateway.locale import Sentences
from demeure.gateway.models_room import InstalledModels
from demeure.gateway.observed import ObservedEngine, observed
from demeure.gateway.pace import composed
from demeure.gateway.proofs import Proofs
from demeure.gateway.proving import Proving
from demeure.gateway.pulse import Pulse
from demeure.gateway.rate import Attempts
from demeure.gateway.recovery import recover
from demeure.gateway.rendering import Rendering
from demeure.gateway.retention import Keeping, Retention
from demeure.gateway.rooms import ConversationMemory
from demeure.gateway.serving import adopt, make_server
from demeure.gateway.threshold import Threshold, follow, given, own, receive, remind
from demeure.gateway.ways_out import WaysOut
from demeure.gateway.withdrawing import Withdrawing
from demeure.gateway.worker_line import WorkerLine
from demeure.identity import Membership
from demeure.journal import Head, ScribeJournal
from demeure.journal.sealing import PAYLOAD_KEY, PERSON_KEY, Sealing
from demeure.library import (
    Cards,
    Catalogue,
    Corrected,
    Library,
    Rooms,
    Searcher,
    Shelf,
    Tending,
    Viewing,
    cuts,
)
from demeure.logs import note
from demeure.policy import decide, in_force
from demeure.store import (
    Database,
    Keys,
    keys_folder,
    open_house,
    payloads_folder,
    people_folder,
    room_left,
    sweep_payloads,
)
from demeure.supervision import Steady, Supervision
from demeure.supervisor import Birth
from demeure.supervisor.doors import Doors
from demeure.supervisor.given import GIVEN, OWN
from demeure.tls import Material
from demeure.words import Words

STOP_SECONDS = 3
CHATS, EMBEDS = 128, 16
"""Connections to each engine: people wait for the engine's own places, where it sees them, not for a connection.
Embedding is short: more would only be more sockets."""


@dataclass
class Composition:
    """The house, and what must be closed after it."""

    house: House
    assistant: Assistant
    library: Library
    catalogue: Catalogue
    tending: Tending
    conversations: Conversations
    history: History
    journal: ScribeJournal
    line: WorkerLine
    rooms: Rooms
    database: Database
    engines: tuple[ChatClient, EmbedClient]
    recovered: asyncio.Event
    entrance: Entrance
    material: Material
    room: TaskRoom
    airlock: AirlockLine
    sealing: Sealing
    shelf: Shelf
    steady: Steady

    def keeping(self) -> Keeping:
        """What the house does of its own accord, by the policy in force."""
        clock, kept, rests = self.house.clock, self.house.vaults, self.steady.rests
        retention = Retention(self.database, self.library, self.history, self.room.expiring, clock, rests)
        withdrawing = Withdrawing(self.database, self.sealing, self.journal, clock, rests)
        return Keeping(retention, withdrawing, *([kept] if kept else []))

    def follow_certificate(self, birth: Birth, doors: Doors) -> asyncio.Task[None]:
        """What has to be presented next comes from the launcher (a given one) or from the worker's file."""
        held = self.house.threshold
        if held is None:
            return asyncio.create_task(asyncio.sleep(0))
        if birth.way == GIVEN:
            doors.on_peer(lambda _, connection: receive(held, self.journal, connection, doors.kept))
            return asyncio.create_task(remind(held, self.house.clock.now, birth.settings.language))
        return asyncio.create_task(self._follow_own(held, birth))

    async def _follow_own(self, held: Threshold, birth: Birth) -> None:
        reminding = remind(held, self.house.clock.now, birth.settings.language)
        await asyncio.gather(follow(held, self.material, self.journal), reminding)

    async def aclose(self) -> None:
        """Let closings be written, then close connections and databases."""
        await self.house.going.drain()
        await self.assistant.drain()
        await self.room.runner.drain()
        await self.house.model_room.drain()
        await self.entrance.aclose()
        await self.line.aclose()
        await self.airlock.aclose()
        await self.journal.aclose()
        for engine in self.engines:
            await engine.http.aclose()
        self.rooms.close()
        self.database.close()


def main(birth: Birth) -> None:
    """Run until SIGTERM, or the supervisor's end."""
    asyncio.run(_run(birth))


async def _run(birth: Birth) -> None:
    doors = await Doors(birth).start()
    public = adopt(birth.listeners["public"]) if "public" in birth.listeners else None
    control = adopt(birth.listeners["control"])
    port = int(public.getsockname()[1]) if public else birth.settings.port
    made = await compose(birth, doors, port)
    composed()
    following = made.follow_certificate(birth, doors)
    ending = _ending(doors)
    recovering = asyncio.create_task(_recover(made))
    door = ControlDoor(made.house, birth.instance / "run" / "control.sock", owner=birth.owner)
    tasks = [asyncio.create_task(door.serve(control)), recovering, following, asyncio.create_task(_windows(made))]
    if public is not None:  # a private house lives for one command
        always = (made.house.proving.keep(), _retained(made), made.airlock.keep(), *_watched(made, birth))
        tasks += [asyncio.create_task(work) for work in always]
    try:
        await _serve(made.house, public, doors, ending)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await made.aclose()
        await doors.close()


async def compose(birth: Birth, doors: Doors, port: int) -> Composition:
    """Everything that lives in this process. Engines and worker are not waited for: they are asked when needed."""
    clock, settings, queue = SystemClock(), birth.settings, FairQueue(birth.settings.engine_slots)
    keys, sealing, journal = await asyncio.to_thread(_journal, birth, doors)
    material, line = Material(birth.instance, keys), WorkerLine(lambda: doors.open("worker"))
    database, rendering, status, held = await _opened(birth, keys, doors, material)
    entrance, membership = Entrance(database, clock, settings, journal), Membership(database, clock)
    conversations, shelf = Conversations(database, clock), Shelf(database, clock)
    rooms, history = Rooms(birth.instance, keys), History(database, journal, membership)
    chat, embed = ChatClient(doors.open, connections=CHATS), EmbedClient(doors.open, connections=EMBEDS)
    shared: dict[str, Any] = {"rooms": rooms, "membership": membership, "journal": journal, "clock": clock}
    words, cards = Words(**shared, house=database, shelf=shelf), Cards(database)
    searcher = Searcher(rooms=rooms, shelf=shelf, membership=membership, embedder=embed, synonyms=words)
    limit, screened = settings.upload_megabytes, bool(settings.antivirus_socket)
    library = Library(**shared, shelf=shelf, upload_megabytes=limit, nudge=line.nudge, screened=screened)
    turns, records = Turns(LeaseHolder(line.channel)), JournalRoom(journal, sealing.erase)
    seen, steady = Supervision(clock), Steady(birth.instance, clock)
    lost = partial(seen.count, "states_lost")
    dossiers = kept_dossiers(birth, database, chat, searcher, library, line, shared, turns, lost)
    catalogue, tending, ports = collection(shared, shelf, cards, library, searcher, line, words)
    ways = _ways_out(birth, doors, sealing, journal, membership, rooms)
    engine = ObservedEngine(chat, seen)
    asked: dict[str, Any] = {"engine": engine, "journal": journal, "rights": membership, "queue": queue}
    told: dict[str, Any] = {"conversations": conversations, "dossiers": dossiers, "settings": settings}
    assistant = Assistant(**asked, **told, searcher=Corrected(searcher, rooms, cards), lease=turns, words=words)
    read = {"turns": turns, "words": words, "searcher": searcher, "ways": ways.through}
    room = task_room(birth, doors, database, rooms, shelf, **asked, **read)
    spoken = model_room(birth, doors, (chat, embed), journal, turns, queue)
    porter = _porter(birth, doors, told_all(assistant.use, room.runner.use, spoken.use), line, status)
    house = House(
        settings=settings,
        clock=clock,
        **entrance.ports(),
        **(ports | {"model_room": spoken}),
        viewer=Viewing(**shared, shelf=shelf, library=library, renderer=renderer_of(doors), screened=screened),
        folders=watched_folders(database, shelf, membership, journal, line),
        **observed(assistant, seen),
        dossiers=dossiers,
        memory=ConversationMemory(conversations, history, membership),
        **room.ports(),
        journal=journal,
        records=records,
        persons=person_room(doors, shared, shelf, library, history, entrance.people, records),
        proving=Proving(journal, clock, Proofs(journal), porter.prove, settings.prove_hours),
        porter=porter,
        models=InstalledModels(birth.instance, settings, journal, clock, porter.reload_engines),
        **figures(birth, clock, journal, shelf),
        **ruling(birth, database, journal, entrance, shelf, rooms, held, queue, sealing),
        decide=decide,
        pulse=_pulse(birth, doors, journal, (recovered := asyncio.Event()), clock),
        **written(doors, words, journal, rendering, settings.organisation),
        attempts=Attempts(clock),
        **_standing(birth, port, held, line),
        registers=register_room(birth, database, clock, journal),
        **outside(birth, database, ways, journal, entrance, clock),
    )
    return Composition(
        *(house, assistant, library, catalogue, tending, conversations, history, journal, line, rooms, database),
        *((chat, embed), recovered, entrance, material, room, ways.line, sealing, shelf, steady),
    )


def _standing(birth: Birth, port: int, held: Threshold | None, line: WorkerLine) -> dict[str, Any]:
    return {"port": port, "ladder": birth.ladder, "threshold": held, "certificate": line.certificate}


def _ways_out(
    birth: Birth, doors: Doors, sealing: Sealing, journal: ScribeJournal, membership: Membership, rooms: Rooms
) -> WaysOut:
    line = AirlockLine(birth.instance, lambda: doors.open(AIRLOCK.role), sealing.seal, lambda: in_force().policy)
    return WaysOut(birth.instance, line, journal, membership.groups, partial(cuts, rooms))


def _porter(
    birth: Birth, doors: Doors, use: Callable[[str, str], None], line: WorkerLine, status: dict[str, Any]
) -> Following:
    porter = Following(doors, use, lambda: chat_weights(birth.instance), line.nudge)
    porter.follow(status)
    return porter


def _pulse(birth: Birth, doors: Doors, journal: ScribeJournal, recovered: asyncio.Event, clock: Clock) -> Pulse:
    async def head() -> Head:
        await recovered.wait()  # what a crash left open is closed first, or it would be taken for new work
        return await journal.head()

    return Pulse(clock, head, doors.status, room=lambda: room_left(birth.instance))


async def _opened(
    birth: Birth, keys: Keys, doors: Doors, material: Material
) -> tuple[Database, Rendering, dict[str, Any], Threshold | None]:
    """What takes a while, side by side."""
    database, rendering, status, held = await asyncio.gather(
        asyncio.to_thread(open_house, birth.instance, keys),
        asyncio.to_thread(lambda: Rendering(Sentences.load())),
        doors.status(),
        asyncio.to_thread(_threshold, birth, material),
    )
    return database, rendering, status, held


def _threshold(birth: Birth, material: Material) -> Threshold | None:
    """The certificate of this life of the house. Raises CertificateUnusable, KeyElsewhere, SealBroken."""
    if birth.way == GIVEN:
        return given(birth.secrets["tls"])
    return own(material) if birth.way == OWN else None


def _journal(birth: Birth, doors: Doors) -> tuple[Keys, Sealing, ScribeJournal]:
    spaces, people, weeks = house_keys(birth)
    sealing = Sealing(spaces, people, weeks)
    return spaces, sealing, ScribeJournal(lambda: doors.open("scribe"), sealing.seal, sealing.unseal)


def house_keys(birth: Birth) -> tuple[Keys, Keys, Keys]:
    """The keys of spaces, of persons, of the journal's weeks. What a crash left of keys goes before anything
    opens: those whose destruction it interrupted, and half-written ones."""
    secret = read_secret(birth.secrets["house"])
    spaces = Keys(secret, keys_folder(birth.instance))
    people = Keys(secret, people_folder(birth.instance), PERSON_KEY)
    weeks = Keys(secret, payloads_folder(birth.instance), PAYLOAD_KEY)
    try:
        for keys in (spaces, people, weeks):
            keys.sweep()
        sweep_payloads(birth.instance)
    except OSError as problem:  # marked keys open nothing already; the next start tries again
        note("gateway", f"destroyed keys still have a file: {problem.strerror}")
    return spaces, people, weeks


def read_secret(descriptor: int) -> bytes:
    """The 32 bytes of a key, read once; the descriptor is closed."""
    try:
        return os.pread(descriptor, 32, 0)
    finally:
        os.close(descriptor)


async def _recover(made: Composition) -> None:
    room = made.house.records
    tasks, policy = made.house.tasks, made.house.policy
    await recover(
        *(made.journal, made.conversations, made.library, made.history, made.catalogue, room, made.tending),
        *(tasks, policy, made.keeping()),
    )
    made.recovered.set()
    await tasks.take_up(made.entrance.actor)
    await made.house.proofs.refresh()
    house = made.house
    refusals = BoxRefusals(made.journal, house.clock, house.pulse.status)
    sockets = FlowWatch(made.journal, partial(undeclared, house))
    await asyncio.gather(watch(made.journal, house.pulse.status), refusals.keep(), sockets.keep())


async def _windows(made: Composition) -> None:
    """Windows of contractors close by themselves, those that ended while nobody looked first."""
    await made.recovered.wait()
    await made.entrance.contractors.keep()


async def _retained(made: Composition) -> None:
    """What its class keeps no longer goes, once what a crash left is settled."""
    await made.recovered.wait()
    outside = (made.house.directories, made.house.hooks)
    await asyncio.gather(made.keeping().keep(), *(one.keep() for one in outside if one is not None))


def _watched(made: Composition, birth: Birth) -> tuple[Coroutine[Any, Any, None], ...]:
    """What looks at the house from inside, and what it does each night."""
    return (
        supervising(made.house, birth, made.shelf).keep(),
        Backing(made.house.journal, made.house.clock, made.house.backups, made.house.porter, birth.settings).keep(),
    )


def _ending(doors: Doors) -> asyncio.Event:
    """Set when this process should stop: told to, or orphaned."""
    ending = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, ending.set)  # Ctrl-C is the launcher's to hear
    orphan = loop.create_task(doors.closed.wait())
    orphan.add_done_callback(lambda _: ending.set())
    return ending


async def _serve(house: House, public: socket.socket | None, doors: Doors, ending: asyncio.Event) -> None:
    """Pages when there is a public listener; in both cases until ``ending``."""
    if public is None:
        doors.ready()
        await ending.wait()
        return
    context = house.threshold.context if house.threshold else None
    server = make_server(make_app(house), stop_seconds=STOP_SECONDS, context=context)
    serving = asyncio.create_task(server.serve(sockets=[public]))
    await asyncio.wait({serving, asyncio.create_task(server.serves.wait())}, return_when=asyncio.FIRST_COMPLETED)
    doors.ready()
    stopped = asyncio.create_task(ending.wait())
    await asyncio.wait({serving, stopped}, return_when=asyncio.FIRST_COMPLETED)
    server.should_exit = True
    stopped.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await serving
