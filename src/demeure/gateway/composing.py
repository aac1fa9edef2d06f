"""Rooms of the gateway, composed from their parts: what ``role.compose`` would otherwise say at length."""

import sys
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

from demeure import contractors
from demeure.accountability import CourseRecords, Incidents, Registers, law
from demeure.assistant import History
from demeure.assistant.dossier import Dossiers, Snapshots
from demeure.assistant.tasks import TaskRoom, Turns
from demeure.assistant.tasks import compose as compose_tasks
from demeure.backup import stand
from demeure.clock import Clock, SystemClock, iso
from demeure.directories import Following
from demeure.engine import ChatClient, EmbedClient, EngineSlots, FairQueue, Tray
from demeure.engine.models import SpeechData, this_machine
from demeure.folders import Folders, Register
from demeure.gateway.classing import Classing, Things
from demeure.gateway.course_room import CourseRoom
from demeure.gateway.directory_room import DirectoryRoom
from demeure.gateway.entrance import Entrance
from demeure.gateway.figures import HouseFigures
from demeure.gateway.flows import undeclared
from demeure.gateway.hearing import Hearing
from demeure.gateway.hook_room import HookRoom
from demeure.gateway.house import House
from demeure.gateway.incident_room import IncidentRoom
from demeure.gateway.journal_room import JournalRoom
from demeure.gateway.known_models import known_models
from demeure.gateway.model_room import ModelRoom
from demeure.gateway.papers import Papers
from demeure.gateway.policy_room import PolicyRoom
from demeure.gateway.provider_room import ProviderRoom
from demeure.gateway.recovery import SNAPSHOT_MADE
from demeure.gateway.register_room import RegisterRoom
from demeure.gateway.register_rows import HouseRows
from demeure.gateway.rendering import Rendering
from demeure.gateway.retention import PastKeeping
from demeure.gateway.rooms import LibraryCatalogue, LibraryShelves
from demeure.gateway.sending import Sending
from demeure.gateway.supervising import Sources, Supervising
from demeure.gateway.threshold import Threshold
from demeure.gateway.vault_room import VaultRoom
from demeure.gateway.ways_out import WaysOut, terms_of
from demeure.gateway.withdrawing import PastContents
from demeure.gateway.worker_line import WorkerLine
from demeure.hooks import Places
from demeure.host import read_audit
from demeure.identity import Membership, People, Policies
from demeure.journal import ScribeJournal
from demeure.journal.sealing import Sealing
from demeure.library import (
    Cards,
    Catalogue,
    Comparing,
    Finder,
    French,
    FullText,
    Health,
    Library,
    Links,
    Readiness,
    Rooms,
    Searcher,
    Shelf,
    Tending,
)
from demeure.persons import PersonRoom
from demeure.policy import amend
from demeure.providers import Linking
from demeure.release import standing
from demeure.release.installed import differences, from_locks
from demeure.store import Database, room_left
from demeure.supervision import FOLDER, Kept
from demeure.supervisor import Birth
from demeure.supervisor.disk import ENCRYPTED
from demeure.supervisor.doors import Doors
from demeure.words import Words
from demeure.workshop import HandedEars, HandedExporter, HandedRenderer, HandedTypesetter, HandedWorkshop


def collection(
    shared: dict[str, Any],
    shelf: Shelf,
    cards: Cards,
    library: Library,
    searcher: Searcher,
    line: WorkerLine,
    words: Words,
) -> tuple[Catalogue, Tending, dict[str, Any]]:
    """What lists, finds and keeps true a collection, and the ports by which pages reach it."""
    links = Links(shelf.house, shared["clock"])
    catalogue = Catalogue(**shared, shelf=shelf, cards=cards, nudge=line.nudge)
    tending = Tending(**shared, cards=cards, links=links)
    ports = {
        "shelves": LibraryShelves(library),
        "catalogue": LibraryCatalogue(catalogue),
        "finder": Finder(**shared, cards=cards, searcher=searcher, synonyms=words),
        "tending": tending,
        "comparing": Comparing(library=library, rooms=shared["rooms"], journal=shared["journal"]),
        "health": Health(**shared, shelf=shelf, links=links),
    }
    return catalogue, tending, ports


def written(
    doors: Doors, words: Words, journal: ScribeJournal, rendering: Rendering, organisation: str
) -> dict[str, Any]:
    """The organisation's words, the papers and the files that leave in them."""
    exporter = HandedExporter(lambda: doors.open("workshop"))
    return {
        "words": words,
        "rendering": rendering,
        "papers": Papers(HandedTypesetter(lambda: doors.open("workshop")), rendering),
        "sending": Sending(exporter, words, journal, SystemClock(), rendering, organisation),
    }


def ruling(
    birth: Birth,
    database: Database,
    journal: ScribeJournal,
    entrance: Entrance,
    shelf: Shelf,
    rooms: Rooms,
    threshold: Threshold | None,
    queue: FairQueue,
    sealing: Sealing,
) -> dict[str, Any]:
    """The policy and the classes, as ``House`` names them; what the database says is in force from now on."""
    clock, rights = SystemClock(), entrance.membership
    erased, contents = PastKeeping(database, clock), PastContents(database, sealing, clock)
    kept = Policies(database, clock, in_clear=birth.disk != ENCRYPTED)
    kept.load()
    things = Things(rights, shelf)
    return {
        "policy": PolicyRoom(
            *(kept, journal, clock),
            who=entrance.actor,
            things=things.called,
            routes=lambda: terms_of(birth.instance),
            past=lambda coming: (*erased.counts(coming), len(contents.weeks(coming))),
            models=lambda routes: known_models(birth.instance, routes),
        ),
        "classing": Classing(kept, rights, shelf, journal),
        "queue": queue,
        "vaults": VaultRoom(birth.instance, rooms, database, journal, clock, threshold),
    }


def task_room(birth: Birth, doors: Doors, database: Database, rooms: Rooms, shelf: Shelf, **parts: Any) -> TaskRoom:
    """The room of the tasks; ``parts``: engine, journal, turns, rights, words, ways."""
    return compose_tasks(
        house=database,
        library=FullText(rooms=rooms, shelf=shelf, membership=parts["rights"], journal=parts["journal"]),
        instance=birth.instance,
        clock=SystemClock(),
        workshop=HandedWorkshop(lambda: doors.open("workshop")),
        settings=birth.settings,
        stems=French().stems,
        ears=HandedEars(lambda: doors.open("workshop")),
        speech=SpeechData(birth.instance / "models"),
        threads=birth.settings.engine_threads or this_machine().cores,
        **parts,
    )


def model_room(
    birth: Birth,
    doors: Doors,
    models: tuple[ChatClient, EmbedClient],
    journal: ScribeJournal,
    turns: Turns,
    queue: FairQueue,
) -> ModelRoom:
    """The models as programs use them."""
    threads = birth.settings.engine_threads or this_machine().cores
    speech, (chat, embed) = SpeechData(birth.instance / "models"), models
    return ModelRoom(
        completer=chat,
        count=chat.count,
        embedder=embed,
        hearing=Hearing(HandedEars(lambda: doors.open("workshop")), speech, threads),
        journal=journal,
        lease=turns,
        queue=queue,
    )


def told_all(*those: Callable[[str, str], None]) -> Callable[[str, str], None]:
    """Which model answers is told to the assistant, to the tasks, to the models' room and to the policy."""

    def use(model: str, weights: str) -> None:
        for one in those:
            one(model, weights)
        amend(writer=model)

    return use


def person_room(
    doors: Doors,
    shared: dict[str, Any],
    shelf: Shelf,
    library: Library,
    history: History,
    people: People,
    records: JournalRoom,
) -> PersonRoom:
    """Where people appear, and their requests."""
    parts: dict[str, Any] = {"shelf": shelf, "library": library, "history": history, "people": people}
    return PersonRoom(**shared, **parts, payloads=records, workshop=HandedWorkshop(lambda: doors.open("workshop")))


def outside(
    birth: Birth, database: Database, ways: WaysOut, journal: ScribeJournal, entrance: Entrance, clock: Clock
) -> dict[str, Any]:
    """What is at the end of routes: directories that are followed, which the doors ask about passwords from now on;
    identity providers; webhooks."""
    following, groups = Following(database, clock), entrance.membership.groups
    room = DirectoryRoom(birth.instance, following, ways.line, journal, clock, groups)
    entrance.passwords.outside = room
    linking = Linking(database, clock)
    providers = ProviderRoom(birth.instance, linking, entrance.people, ways.line, journal, clock)
    hooks = HookRoom(birth.instance, Places(database, clock), ways.line, journal, clock)
    return {"ways_out": ways, "directories": room, "providers": providers, "hooks": hooks}


def renderer_of(doors: Doors) -> HandedRenderer:
    """Pages are drawn by a job of the workshop."""
    return HandedRenderer(lambda: doors.open("workshop"))


def kept_dossiers(
    birth: Birth,
    database: Database,
    chat: ChatClient,
    searcher: Searcher,
    library: Library,
    line: WorkerLine,
    shared: dict[str, Any],
    turns: Turns,
    on_lost: Callable[[], None],
) -> Dossiers:
    """Whole documents read once by the engine, and kept ready; what waits for its question leaves before ``chat``
    serves anybody else."""
    readiness = Readiness(database, shared["clock"])
    snapshots = Snapshots(
        readiness=readiness,
        rooms=shared["rooms"],
        slots=EngineSlots(chat.http, Tray(birth.trays["gateway"])),
        journal=shared["journal"],
        settings=birth.settings,
        room=lambda: room_left(birth.instance),
        disk=birth.disk,
        entry=SNAPSHOT_MADE,
    )
    dossiers = Dossiers(
        library=library,
        rooms=shared["rooms"],
        membership=shared["membership"],
        readiness=readiness,
        snapshots=snapshots,
        engine=chat,
        searcher=searcher,
        journal=shared["journal"],
        settings=birth.settings,
        lease=turns,
        nudge=line.nudge,
        on_lost=on_lost,
    )
    chat.before = dossiers.let_go
    return dossiers


def figures(birth: Birth, clock: Clock, journal: ScribeJournal, shelf: Shelf) -> dict[str, Any]:
    """What is read of the house’s folder: room and sizes, and how the backups stand."""
    days = birth.settings.backup_late_days, birth.settings.drill_late_days
    return {
        "gauge": HouseFigures(birth.instance, journal, shelf.unexamined),
        "backups": lambda: stand(birth.instance, clock.now(), *days),
        "release": lambda: standing.read(birth.instance),
        "audit": lambda: read_audit(birth.instance),
    }


def supervising(house: House, birth: Birth, shelf: Shelf) -> Supervising:
    """What the house measures of itself, kept in its folder; mailed when a route and a mailbox are declared."""
    sources = Sources(
        folder=birth.instance / "house",
        pulse=house.pulse,
        queue=house.queue or FairQueue(1),
        proofs=house.proofs,
        backups=house.backups,
        documents=shelf.states,
        threshold=house.threshold,
        directories=house.directories.unfollowed if house.directories else tuple,
        reports=house.safeguards.contractors.waiting if house.safeguards else int,
        undeclared=partial(undeclared, house),
    )
    route, to = birth.settings.alert_route, birth.settings.alert_to.split()
    ways = house.ways_out

    async def mail(subject: str, text: str) -> None:
        if ways is not None:
            await ways.alert(route, to, subject, text, birth.settings.alert_class)

    kept = Kept(birth.instance / FOLDER)
    return Supervising(house.supervision, sources, kept, mail if route and to and ways else None)


def watched_folders(
    database: Database, shelf: Shelf, membership: Membership, journal: ScribeJournal, line: WorkerLine
) -> Folders:
    """The folders that are watched."""
    clock = SystemClock()
    return Folders(
        register=Register(database, clock),
        shelf=shelf,
        membership=membership,
        journal=journal,
        clock=clock,
        nudge=line.nudge,
    )


def register_room(birth: Birth, database: Database, clock: Clock, journal: ScribeJournal) -> RegisterRoom:
    """The registers of accountability."""
    rows = HouseRows(database, clock, birth.settings.review_days, law("gdpr-33").hours)
    incidents = IncidentRoom(Incidents(database, clock), journal)
    courses = CourseRoom(CourseRecords(database, clock), journal)
    brought = partial(_brought, database, clock)
    return RegisterRoom(
        Registers(database, clock), rows, journal, incidents, courses, disk=birth.disk, more=brought
    )


def _brought(database: Database, clock: Clock) -> dict[str, object]:
    """What other rooms bring to the checks: companies, windows that outlived their time, libraries that are not as
    the release lists them."""
    differ = differences(sys.prefix)
    register = contractors.Register(database, clock)
    kept = contractors.Windows(database, clock, register)
    came = kept.counted(iso(clock.now() - timedelta(days=365)))
    return {
        "companies": [
            vars(one)
            | {"workers": len(one.people), "accounts": tuple(person.id for person in one.people)}
            | {"came": came.get(one.id, (0, 0, ""))}
            for one in register.all()
        ],
        "windows": {
            "opened": sum(one[0] for one in came.values()),
            "signed": sum(one[1] for one in came.values()),
            "open": len(kept.open_ones()),
            "last": max((one[2] for one in came.values()), default=""),
        },
        "windows_over": sum(bool(one.over(clock)) for one in kept.open_ones()),
        **({} if differ is None else {"components_differ": differ, "components_of_locks": from_locks(sys.prefix)}),
    }
