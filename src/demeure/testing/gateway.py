"""A house made of fakes, to open the gateway's pages without any other room; everything may be inspected."""

# ruff: noqa: ARG002 - fakes have the signatures of their ports

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from typing import Any

from demeure.backup import Standing, nothing_declared
from demeure.clock import Clock, SystemClock
from demeure.engine import FairQueue
from demeure.errors import DemeureError
from demeure.gateway.catalogue import DocumentRow
from demeure.gateway.classing import Classing, Things
from demeure.gateway.hearing import Hearing
from demeure.gateway.house import (
    Added,
    House,
    Space,
)
from demeure.gateway.journal_room import JournalRoom
from demeure.gateway.locale import Sentences
from demeure.gateway.model_room import ModelRoom
from demeure.gateway.papers import Papers
from demeure.gateway.policy_room import PolicyRoom
from demeure.gateway.proofs import Proofs
from demeure.gateway.proving import Proving
from demeure.gateway.pulse import Pulse
from demeure.gateway.rate import Attempts
from demeure.gateway.rendering import Rendering
from demeure.gateway.sending import Sending
from demeure.policy import Actor, Force, decide
from demeure.release.standing import Release
from demeure.settings import Settings
from demeure.testing.administration import FakeGauge, FakeModels, FakePorter
from demeure.testing.applications import FakeApplications
from demeure.testing.catalogue import FakeCatalogue, FakeFinder
from demeure.testing.conversation import NOON, RULES, TARIFF, FakeAssistant, FakeMemory
from demeure.testing.dossiers import FakeDossiers
from demeure.testing.engine import FakeCompleter, FakeEmbedder
from demeure.testing.followed import FakeFolders
from demeure.testing.house import NoLease
from demeure.testing.journal import MemoryJournal
from demeure.testing.people import CLAIRE, FakeAccount, FakeDirectory, FakeReception, Register
from demeure.testing.persons import LazyPersons
from demeure.testing.policies import FakeRights, MemoryPolicies
from demeure.testing.tasks import Later, LazyTasks
from demeure.testing.tended import FakeComparing, FakeHealth, FakeTending
from demeure.testing.viewer import FakeViewer
from demeure.testing.words import FakeWords
from demeure.testing.workshop import FakeEars, FakeExporter, FakeTypesetter
from demeure.workshop import SpeechModel, announced_format

__all__ = ["CLAIRE", "NOON", "RULES", "TARIFF", "FakeAssistant", "FakeMemory"]  # used with what is here


class DocumentAbsent(DemeureError):
    """There is no such document, or it is not yours to see."""

    fr = "Ce document n’existe pas, ou ne vous est pas visible."
    exit_code = 2
    http_status = 404


class FakeShelves:
    """Documents in memory. ``received``: bytes by document id. ``failure``: raised by the next ``add``.
    ``gathering``: spaces that gather questions without an answer."""

    def __init__(self) -> None:
        self.names = {"mairie": "Mairie", "urbanisme": "Urbanisme"}
        self.rows: dict[str, DocumentRow] = {}
        self.received: dict[str, bytes] = {}
        self.failure: DemeureError | None = None
        self.aborted = 0
        self.gathering: set[str] = set()

    def put(self, name: str, **facts: Any) -> DocumentRow:
        """Place a row directly."""
        number = f"d{len(self.rows) + 1}"
        facts = {"format": announced_format(name), "added_by": CLAIRE.name, "sha256": "0" * 64} | facts
        row = DocumentRow(
            number, facts.pop("space", "mairie"), name, facts.pop("state", "ready"), 48_000, NOON, **facts
        )
        self.rows[number] = row
        return row

    async def spaces(self, actor: Actor) -> list[Space]:
        counts = [row.space for row in self.rows.values()]
        return [
            Space(id_, name, counts.count(id_), manages=actor.kind != "application", gathers=id_ in self.gathering)
            for id_, name in self.names.items()
        ]

    async def readable(self, actor: Actor) -> dict[str, str]:
        return dict(self.names)

    async def create_space(self, actor: Actor, name: str) -> Space:
        self.names[name.lower()] = name
        return Space(name.lower(), name, 0)

    async def delete_space(self, actor: Actor, space: str) -> None:
        if self.names.pop(space, None) is None:
            raise DocumentAbsent()

    async def documents(self, actor: Actor, space: str) -> list[DocumentRow]:
        if space not in self.names:
            raise DocumentAbsent()
        return [row for row in reversed(self.rows.values()) if row.space == space]

    async def document(self, actor: Actor, document: str) -> DocumentRow:
        if document not in self.rows:
            raise DocumentAbsent()
        return self.rows[document]

    async def add(
        self,
        actor: Actor,
        space: str,
        name: str,
        stream: AsyncIterator[bytes],
        *,
        door: str = "unknown",
        path: str = "",
    ) -> Added:
        if self.failure:
            raise self.failure
        if space not in self.names:
            raise DocumentAbsent()
        body = bytearray()
        try:
            async for part in stream:
                body += part
        except BaseException:
            self.aborted += 1
            raise
        for row in self.rows.values():
            if self.received.get(row.id) == bytes(body):
                return Added(row, new=False)
        row = replace(self.put(name, space=space, state="received", door=door, path=path), size=len(body))
        self.rows[row.id], self.received[row.id] = row, bytes(body)
        return Added(row, new=True)

    async def delete(self, actor: Actor, document: str) -> None:
        if self.rows.pop(document, None) is None:
            raise DocumentAbsent()


@dataclass
class FakeRooms:
    """The fakes behind ``make_house``, by name."""

    register: Register = field(default_factory=Register)
    shelves: FakeShelves = field(default_factory=FakeShelves)
    viewer: FakeViewer = field(init=False)
    catalogue: FakeCatalogue = field(init=False)
    finder: FakeFinder = field(init=False)
    tending: FakeTending = field(init=False)
    comparing: FakeComparing = field(init=False)
    health: FakeHealth = field(init=False)
    assistant: FakeAssistant = field(default_factory=FakeAssistant)
    memory: FakeMemory = field(default_factory=FakeMemory)
    journal: MemoryJournal = field(default_factory=MemoryJournal)
    applications: FakeApplications = field(default_factory=FakeApplications)
    folders: FakeFolders = field(default_factory=FakeFolders)
    dossiers: FakeDossiers = field(default_factory=FakeDossiers)
    porter: FakePorter = field(default_factory=FakePorter)
    models: FakeModels = field(default_factory=FakeModels)
    gauge: FakeGauge = field(default_factory=FakeGauge)
    completer: FakeCompleter = field(default_factory=FakeCompleter)
    embedder: FakeEmbedder = field(default_factory=FakeEmbedder)
    ears: FakeEars = field(default_factory=FakeEars)
    speech: SpeechModel | None = field(default_factory=lambda: SpeechModel("fake-ears", "fake-ears.tar", "0" * 64))
    standing: Standing = field(default_factory=nothing_declared)
    release: Release | None = None
    typesetter: FakeTypesetter = field(default_factory=FakeTypesetter)
    exporter: FakeExporter = field(default_factory=FakeExporter)
    words: FakeWords = field(default_factory=FakeWords)
    tasks: LazyTasks = field(init=False)
    policies: MemoryPolicies = field(default_factory=MemoryPolicies)
    persons: LazyPersons = field(init=False)
    queue: FairQueue = field(default_factory=lambda: FairQueue(2))
    past: Callable[[Force], tuple[int, int, int, int]] = lambda _: (0, 0, 0, 0)
    """What a policy would erase and withdraw: see ``PolicyRoom``."""
    erased: list[str] = field(default_factory=list)
    """Persons whose key was destroyed."""

    def __post_init__(self) -> None:
        around: dict[int, tuple[str, dict[str, Any], str]] = {
            11: ("d1", {"kind": "page", "page": 2}, "Les tarifs suivent."),
            13: ("d1", dict(TARIFF.place), "Fin."),
        }
        cited = {s.passage: (s.document_id, dict(s.place), s.quote) for s in (TARIFF, RULES)}
        passages = around | cited
        self.catalogue, self.finder = FakeCatalogue(self.shelves), FakeFinder(self.shelves)
        self.tending, self.comparing = FakeTending(self.shelves), FakeComparing(self.shelves)
        self.health = FakeHealth(self.shelves)
        self.viewer = FakeViewer(self.shelves, {n: passages[n] for n in sorted(passages)})
        self.tasks = LazyTasks(self.shelves, self.journal, self.words)
        self.persons = LazyPersons(self.journal)
        self.reception = FakeReception(self.register)
        self.account = FakeAccount(self.register)
        self.directory = FakeDirectory(self.register, self.shelves.names)

    def ruling(self, clock: Clock) -> dict[str, Any]:
        """The rooms of the policy and of classes, as ``House`` names them."""
        there = FakeRights(self.shelves, self.policies)
        things = Things(there, there).called
        return {
            "policy": PolicyRoom(self.policies, self.journal, clock, who=self.who, things=things, past=self.past),
            "classing": Classing(self.policies, there, there, self.journal),
            "backups": lambda: self.standing,
            "release": lambda: self.release,
            "queue": self.queue,
        }

    def model_room(self, places: int = 2) -> ModelRoom:
        """The real room over a scripted model."""
        made = ModelRoom(
            completer=self.completer,
            count=self.completer.count,
            embedder=self.embedder,
            hearing=Hearing(self.ears, lambda: self.speech, 1),
            journal=self.journal,
            lease=NoLease(),
            queue=FairQueue(places),
        )
        made.use("fake-chat", "0" * 64)
        return made

    def who(self, name: str) -> Actor | None:
        """Whoever that id is."""
        return self.register.people[name].actor if name in self.register.people else None


_TASK_PARTS = {"tasks": "tasks", "works": "listing", "playback": "playback"}
"""Port of the house → part of the room of tasks: the real one, made when it is asked."""


def make_house(
    rooms: FakeRooms,
    *,
    settings: Settings | None = None,
    port: int = 8420,
    clock: Clock | None = None,
    ladder: str = "A",
    patience: float = 5.0,
    decision: Callable[..., Any] = decide,
    fresh: float = 0.0,
    room: Callable[[], int] = lambda: 1 << 40,
    rendering: Rendering | None = None,
    **more: Any,
) -> House:
    """A House over ``rooms``. ``fresh``: 0 asks the journal at every request, a test sees its failure at once.
    ``room``: bytes left on the disk. ``more``: of House."""
    time, words = clock or SystemClock(), rendering or Rendering(Sentences.load())
    rooms.assistant.memory = rooms.memory
    organisation = settings or Settings(organisation="Mairie de Saint-Aubin")
    return House(
        settings=organisation,
        clock=time,
        reception=rooms.reception,
        account=rooms.account,
        directory=rooms.directory,
        applications=rooms.applications,
        shelves=rooms.shelves,
        viewer=rooms.viewer,
        catalogue=rooms.catalogue,
        folders=rooms.folders,
        dossiers=rooms.dossiers,
        finder=rooms.finder,
        tending=rooms.tending,
        comparing=rooms.comparing,
        health=rooms.health,
        assistant=rooms.assistant,
        memory=rooms.memory,
        **{port: Later(rooms.tasks, part) for port, part in _TASK_PARTS.items()},  # type: ignore[arg-type]
        journal=rooms.journal,
        records=JournalRoom(rooms.journal, rooms.erased.append),
        persons=Later(rooms.persons, None),  # type: ignore[arg-type]
        proving=Proving(rooms.journal, time, Proofs(rooms.journal), rooms.porter.prove, 23),
        porter=rooms.porter,
        models=rooms.models,
        model_room=rooms.model_room(),
        gauge=rooms.gauge,
        **rooms.ruling(time),
        decide=decision,
        pulse=Pulse(time, rooms.journal.head, rooms.porter.status, room=room, fresh=fresh),
        rendering=words,
        papers=Papers(rooms.typesetter, words),
        sending=Sending(rooms.exporter, rooms.words, rooms.journal, time, words, organisation.organisation),
        words=rooms.words,
        attempts=Attempts(time),
        port=port,
        ladder=ladder,
        patience=patience,
        **more,
    )
