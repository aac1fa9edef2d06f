"""A small real house in one process: true store, true library and search, fakes for the models and the journal."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from demeure.airlock import RouteUnknown
from demeure.antivirus import Antivirus
from demeure.assistant import Assistant, Conversations, History, Through
from demeure.assistant.dossier import Belongings, Dossiers, Preparing, Snapshots
from demeure.assistant.tasks import TaskRoom, Turns
from demeure.assistant.tasks import compose as compose_tasks
from demeure.clock import SystemClock
from demeure.engine import LeaseGate
from demeure.identity import Membership
from demeure.library import (
    Cards,
    Catalogue,
    Comparing,
    Confidence,
    Corrected,
    Document,
    EmbeddingModel,
    Finder,
    French,
    FullText,
    Health,
    Library,
    Links,
    Parts,
    Pipeline,
    Readiness,
    Rooms,
    Searcher,
    Shelf,
    Tending,
)
from demeure.policy import Actor, Right, Role
from demeure.settings import Settings
from demeure.store.tables import people
from demeure.testing.engine import FakeEmbedder, FakeEngine, FakeSlots
from demeure.testing.journal import MemoryJournal
from demeure.testing.store import Instance, add_space, make_instance, reopen_instance
from demeure.testing.workshop import FakeEars, FakeWorkshop
from demeure.words import Words
from demeure.workshop import Language, SpeechModel

ADMINISTRATOR = Actor("system", "uid:0", "root", frozenset({Role.ADMINISTRATOR}))
AGENT = Actor("person", "agent", "Agente d’accueil", frozenset({Role.AGENT}))
"""A reader of the space « mairie », and of no other."""


SPEECH = SpeechModel("essai", "essai.tar", "0" * 64)


class NoLease:
    """There is no background to hold back."""

    @contextlib.asynccontextmanager
    async def interactive(self) -> AsyncIterator[None]:
        yield


@dataclass
class Kept:
    """``slots``: the engine's places as the gateway knows them, ``quiet_slots``: as the worker does. ``free``:
    bytes left on the disk. ``gate``: the worker's half of the lease."""

    readiness: Readiness
    slots: FakeSlots
    quiet_slots: FakeSlots
    snapshots: Snapshots
    dossiers: Dossiers
    preparing: Preparing
    gate: LeaseGate
    free: list[int]


@dataclass
class SmallHouse:
    """Its parts, to look at and to provoke."""

    instance: Instance
    journal: MemoryJournal
    engine: FakeEngine
    embedder: FakeEmbedder
    workshop: FakeWorkshop
    shelf: Shelf
    rooms: Rooms
    worker_rooms: Rooms
    """The worker is another process: it has its own."""
    library: Library
    searcher: Searcher
    conversations: Conversations
    history: History
    assistant: Assistant
    pipeline: Pipeline
    catalogue: Catalogue
    finder: Finder
    tending: Tending
    comparing: Comparing
    health: Health
    tasks: TaskRoom
    languages: list[Language]
    """What text can be recognised with: empty, nothing can."""
    chosen: list[str]
    """The embedding model chosen, which ``embedder`` may not be serving yet."""
    ready: "Kept"
    """What keeps documents ready for questions."""
    words: Words
    ears: FakeEars
    ways: dict[str, Through]
    """Engines at the end of routes, by the name of the route: tasks may take them."""

    async def add(self, name: str, text: str, space: str = "mairie") -> Document:
        """Add a text and wait until it is ready or failed."""
        added = await self.library.add(ADMINISTRATOR, space, name, pieces(text.encode()))
        document = added if isinstance(added, Document) else added.document
        return await self.settled(document.id)

    async def outlined(self, document: str) -> Document:
        """The row once its outline is made, and its versions looked for (10 s at most)."""
        async with asyncio.timeout(10):
            while True:
                row = self.shelf.document(document)
                if row is not None and row.outlined:
                    return row
                self.pipeline.nudge()
                await asyncio.sleep(0.01)

    async def settled(
        self, document: str, states: tuple[str, ...] = ("ready", "failed"), patience: float = 10
    ) -> Document:
        """The row once it has reached one of ``states`` (``patience`` seconds at most); a ready one once it is
        outlined too, and the work on it written."""
        async with asyncio.timeout(patience):
            while True:
                row = self.shelf.document(document)
                if row is not None and row.state in states and (row.state != "ready" or await self._at_rest(row)):
                    return row
                await asyncio.sleep(0.01)

    async def _at_rest(self, row: Document) -> bool:
        if not row.outlined:
            return False
        return not [one for one in await self.journal.open_intentions() if one.entry.object == row.id]


async def pieces(data: bytes, size: int = 1 << 16) -> AsyncGenerator[bytes]:
    """``data`` as an upload would bring it."""
    for start in range(0, len(data), size):
        yield data[start : start + size]


@contextlib.asynccontextmanager
async def small_house(
    folder: Path,
    *,
    work: bool = True,
    settings: Settings | None = None,
    disk: str = "unknown",
    antivirus: Antivirus | None = None,
    unseen_allowed: bool = False,
) -> AsyncGenerator[SmallHouse]:
    """Spaces « mairie » (the agent reads it) and « secret » (she does not); the pipeline runs when ``work``."""
    house = compose(folder, settings=settings, disk=disk, antivirus=antivirus, unseen_allowed=unseen_allowed)
    running = asyncio.create_task(house.pipeline.run()) if work else None
    try:
        yield house
    finally:
        if running:
            running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await running
        await house.tasks.runner.drain()
        house.worker_rooms.close()
        house.rooms.close()
        house.instance.close()


def compose(
    folder: Path,
    *,
    fresh: bool = True,
    settings: Settings | None = None,
    disk: str = "unknown",
    antivirus: Antivirus | None = None,
    unseen_allowed: bool = False,
) -> SmallHouse:
    """Its parts, nothing running yet."""
    clock, settings = SystemClock(), settings or Settings()
    instance = make_instance(folder) if fresh else reopen_instance(folder)
    membership = _inhabited(instance) if fresh else Membership(instance.house)
    journal, engine, embedder, workshop = MemoryJournal(), FakeEngine(), FakeEmbedder(), FakeWorkshop()
    languages, chosen, rooms = list[Language](), [embedder.model], Rooms(folder, instance.keys)
    shelf, cards, worker_rooms = Shelf(instance.house, clock), Cards(instance.house), Rooms(folder, instance.keys)
    screen = {"antivirus": antivirus, "unseen_allowed": unseen_allowed}
    pipeline = _pipeline(worker_rooms, shelf, journal, workshop, embedder, chosen, languages, screen)
    shared: dict[str, Any] = {"rooms": rooms, "membership": membership, "journal": journal, "clock": clock}
    words, conversations = Words(**shared, house=instance.house, shelf=shelf), Conversations(instance.house, clock)
    searcher = Searcher(rooms, shelf, membership, embedder, Confidence(closeness=0.3), synonyms=words)
    screened, nudge = antivirus is not None, pipeline.nudge
    library = Library(**shared, shelf=shelf, upload_megabytes=1, nudge=nudge, screened=screened)
    ready = _kept(instance, shelf, shared, worker_rooms, settings, disk, library, engine, searcher)
    sought = Corrected(searcher, rooms, cards)
    asked: dict[str, Any] = {"searcher": sought, "engine": engine, "journal": journal, "rights": membership}
    told: dict[str, Any] = {"conversations": conversations, "settings": settings, "dossiers": ready.dossiers}
    assistant = Assistant(**told, **asked, lease=NoLease(), model="fake", words=words)
    served = {name: shared[name] for name in ("rooms", "membership", "journal")}
    ears, whole = FakeEars(), FullText(**served, shelf=shelf)
    ways = dict[str, Through]()
    room = _tasks(folder, instance, journal, engine, membership, whole, settings, words, searcher, ears, ways)
    return SmallHouse(
        instance,
        journal,
        engine,
        embedder,
        workshop,
        shelf,
        rooms,
        worker_rooms,
        library,
        searcher,
        conversations,
        History(instance.house, journal, membership),
        assistant,
        pipeline,
        Catalogue(**shared, shelf=shelf, cards=cards, nudge=pipeline.nudge),
        Finder(**shared, cards=cards, searcher=searcher, synonyms=words),
        *_tended(shared, shelf, cards, library),
        room,
        languages,
        chosen,
        ready,
        words,
        ears,
        ways,
    )


def _tended(
    shared: dict[str, Any], shelf: Shelf, cards: Cards, library: Library
) -> tuple[Tending, Comparing, Health]:
    links = Links(shelf.house, shared["clock"])
    comparing = Comparing(library=library, rooms=shared["rooms"], journal=shared["journal"])
    return Tending(**shared, cards=cards, links=links), comparing, Health(**shared, shelf=shelf, links=links)


def _pipeline(
    rooms: Rooms,
    shelf: Shelf,
    journal: MemoryJournal,
    workshop: FakeWorkshop,
    embedder: FakeEmbedder,
    chosen: list[str],
    languages: list[Language],
    screen: dict[str, Any],
) -> Pipeline:
    return Pipeline(
        Parts(
            rooms=rooms,
            shelf=shelf,
            journal=journal,
            workshop=workshop,
            embedder=embedder,
            model=lambda: EmbeddingModel(chosen[0], chosen[0]),
            clock=SystemClock(),
            languages=lambda: tuple(languages),
            **screen,
        )
    )


def _kept(
    instance: Instance,
    shelf: Shelf,
    shared: dict[str, Any],
    worker_rooms: Rooms,
    settings: Settings,
    disk: str,
    library: Library,
    engine: FakeEngine,
    searcher: Searcher,
) -> Kept:
    readiness, slots, quiet, gate, free = (
        Readiness(instance.house, shared["clock"]),
        FakeSlots(),
        FakeSlots(),
        LeaseGate(hold=0.01),
        [1 << 40],
    )
    engine.places = slots
    journal = shared["journal"]
    common: dict[str, Any] = {"readiness": readiness, "journal": journal, "settings": settings, "disk": disk}
    common |= {"room": lambda: free[0]}
    snapshots = Snapshots(**common, rooms=shared["rooms"], slots=slots, entry="snapshot-make")  # type: ignore[arg-type] # obeys the same law
    background = Snapshots(**common, rooms=worker_rooms, slots=quiet, entry="snapshot-prepare")  # type: ignore[arg-type] # as above
    dossiers = Dossiers(
        library=library,
        rooms=shared["rooms"],
        membership=shared["membership"],
        readiness=readiness,
        snapshots=snapshots,
        engine=engine,
        searcher=searcher,
        journal=journal,
        settings=settings,
        lease=NoLease(),
    )
    preparing = Preparing(
        Belongings(shelf, worker_rooms, readiness, background, journal, gate, settings, shared["clock"])
    )
    return Kept(readiness, slots, quiet, snapshots, dossiers, preparing, gate, free)


def _tasks(
    folder: Path,
    instance: Instance,
    journal: MemoryJournal,
    engine: FakeEngine,
    membership: Membership,
    whole: FullText,
    settings: Settings,
    words: Words,
    searcher: Searcher,
    ears: FakeEars,
    ways: dict[str, Through],
) -> TaskRoom:
    async def through(_actor: Actor, route: str) -> Through:
        if route not in ways:
            raise RouteUnknown(route=route)
        return ways[route]

    return compose_tasks(
        house=instance.house,
        instance=folder,
        journal=journal,
        clock=SystemClock(),
        engine=engine,
        turns=Turns(NoLease(), rest=0.0),
        rights=membership,
        library=whole,
        workshop=FakeWorkshop(),
        settings=settings,
        stems=French().stems,
        words=words,
        searcher=searcher,
        ears=ears,
        speech=lambda: SPEECH,
        ways=through,
    )


def _inhabited(instance: Instance) -> Membership:
    """A second space, and a person who reads the first only."""
    add_space(instance.folder, instance.keys, instance.house, "secret")
    row = {"id": AGENT.id, "name": AGENT.name, "login": "agent", "role": "agent", "created_at": "2026"}
    with instance.house.write() as db:
        db.execute(people.insert().values(row))
    membership = Membership(instance.house)
    membership.grant("mairie", AGENT.id, Right.READ)
    return membership
