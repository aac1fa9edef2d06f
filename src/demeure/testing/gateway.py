"""A house made of fakes, to open the gateway's pages without any other room; everything may be inspected."""

# ruff: noqa: ARG002 - fakes have the signatures of their ports

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from demeure.assistant import Closed, Event, Finding, Source, Sources, Started, Text
from demeure.assistant.errors import ConversationUnknown, QuestionEmpty
from demeure.clock import Clock, SystemClock
from demeure.errors import DemeureError
from demeure.gateway.house import Added, DocumentRow, Exchange, House, Past, Space
from demeure.gateway.locale import Sentences
from demeure.gateway.pulse import Pulse
from demeure.gateway.rate import Attempts
from demeure.gateway.rendering import Rendering
from demeure.policy import Actor, decide
from demeure.settings import Settings
from demeure.testing.journal import MemoryJournal
from demeure.testing.people import CLAIRE, NOON, FakeAccount, FakeDirectory, FakeReception, Register
from demeure.testing.viewer import FakeViewer

TARIFF = Source(
    number=1,
    document_id="d1",
    document="Tarifs municipaux 2026.pdf",
    space="mairie",
    place={"kind": "page", "page": 3},
    place_label="page 3",
    quote="Associations dont le siège est situé sur la commune : gratuité deux fois par année civile ; "
    "au-delà, 85 € par week-end. Une caution de 400 € est exigée dans tous les cas.",
    score=0.91,
    passage=12,
)
RULES = replace(
    TARIFF,
    number=2,
    document_id="d2",
    document="Règlement intérieur de la salle des fêtes.odt",
    place={"kind": "heading", "path": ["4. Location", "4.2 Assurance"]},
    place_label="4. Location › 4.2 Assurance",
    quote="L’association fournit une attestation d’assurance à son nom avant la remise des clés.",
    score=0.72,
    passage=31,
)


class DocumentAbsent(DemeureError):
    """There is no such document, or it is not yours to see."""

    fr = "Ce document n’existe pas, ou ne vous est pas visible."
    exit_code = 2
    http_status = 404


class FakeShelves:
    """Documents in memory. ``received``: bytes by document id. ``failure``: raised by the next ``add``."""

    def __init__(self) -> None:
        self.names = {"mairie": "Mairie", "urbanisme": "Urbanisme"}
        self.rows: dict[str, DocumentRow] = {}
        self.received: dict[str, bytes] = {}
        self.failure: DemeureError | None = None
        self.aborted = 0

    def put(self, name: str, **facts: Any) -> DocumentRow:
        """Place a row directly."""
        number = f"d{len(self.rows) + 1}"
        row = DocumentRow(
            number, facts.pop("space", "mairie"), name, facts.pop("state", "ready"), 48_000, NOON, **facts
        )
        self.rows[number] = row
        return row

    async def spaces(self, actor: Actor) -> list[Space]:
        counts = [row.space for row in self.rows.values()]
        return [Space(id_, name, counts.count(id_), manages=True) for id_, name in self.names.items()]

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

    async def add(self, actor: Actor, space: str, name: str, stream: AsyncIterator[bytes]) -> Added:
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
        row = replace(self.put(name, space=space, state="received"), size=len(body))
        self.rows[row.id], self.received[row.id] = row, bytes(body)
        return Added(row, new=True)

    async def delete(self, actor: Actor, document: str) -> None:
        if self.rows.pop(document, None) is None:
            raise DocumentAbsent()


@dataclass
class FakeAssistant:
    """Says ``words`` one by one with ``pause`` seconds between. ``stopped``: how many answers their reader left;
    ``closing``: seconds the closing of the journal entry takes, finished even then (``settled``)."""

    words: Sequence[str] = ("La salle est ", "gratuite deux fois ", "par an [1], puis 85 € ", "le week-end [1][2].")
    sources: tuple[Source, ...] = (TARIFF, RULES)
    pause: float = 0.0
    closing: float = 0.0
    unsupported: tuple[str, ...] = ()
    failure: DemeureError | None = None
    asked: list[tuple[str, tuple[str, ...], str | None, str]] = field(default_factory=list)
    stopped: int = 0
    settled: int = 0
    told: int = 0
    memory: "FakeMemory | None" = None

    async def ask(
        self,
        actor: Actor,
        question: str,
        spaces: Sequence[str],
        conversation: str | None = None,
        language: str = "fr",
    ) -> AsyncGenerator[Event]:
        if not question.strip():
            raise QuestionEmpty()
        if self.failure:
            raise self.failure
        self.asked.append((question, tuple(spaces), conversation, language))
        number = len(self.asked)
        conversation = conversation or f"c{number}"
        shown, finished = "", False
        try:
            yield Started(f"chain{number}", conversation, str(number))
            yield Sources(self.sources)
            for word in self.words:
                await asyncio.sleep(self.pause)
                shown += word
                yield Text(word)
                self.told += 1
            finished = True
        finally:
            if not finished:
                self.stopped += 1
            await asyncio.sleep(self.closing)
            self.settled += 1
            if self.memory is not None:
                outcome = "done" if finished else "interrupted"
                self.memory.keep(conversation, Exchange(str(number), question, shown, outcome, self.sources))
        found = tuple(Finding(at, at + len(u), "amount", u) for u in self.unsupported if (at := shown.find(u)) >= 0)
        yield Closed("done", shown, (1, 2), True, found)


class FakeMemory:
    """Conversations in memory, of everybody."""

    def __init__(self) -> None:
        self.kept: dict[str, list[Exchange]] = {}

    def keep(self, conversation: str, exchange: Exchange) -> None:
        self.kept.setdefault(conversation, []).append(exchange)

    async def recent(self, actor: Actor, limit: int) -> list[Past]:
        pairs = reversed(self.kept.items())
        return [Past(name, exchanges[0].question[:80], NOON) for name, exchanges in pairs][:limit]

    async def conversation(self, actor: Actor, conversation: str) -> list[Exchange]:
        if conversation not in self.kept:
            raise ConversationUnknown()
        return list(self.kept[conversation])


def process(role: str, pid: int, memory: int, **rest: Any) -> dict[str, Any]:
    """One line of ``demeure status``."""
    facts = {"NoNewPrivs": 1, "Seccomp": 2, "CapEff": "0000000000000000", "interfaces": ["lo"], "descriptors": 9}
    return {
        "role": role,
        "pid": pid,
        "state": "running",
        "resident_kb": memory // 1024,
        "restarts": 0,
        "uptime_s": 4000.0,
        "facts": facts,
        "differences": [],
    } | rest


@dataclass
class FakePorter:
    """``state``: what status says; ``failure``: raised instead."""

    state: dict[str, Any] = field(
        default_factory=lambda: {
            "ladder": "A",
            "processes": [
                process("supervisor", 4100, 30_000_000),
                process("gateway", 4101, 90_000_000),
                process("worker", 4102, 110_000_000),
                process("workshop", 4103, 60_000_000),
                process("scribe", 4104, 41_000_000),
                process("engine-chat", 4105, 1_900_000_000, restarts=1, uptime_s=250.0),
                process("engine-embed", 4106, 210_000_000),
            ],
        }
    )
    failure: DemeureError | None = None
    reloads: int = 0

    async def status(self) -> dict[str, Any]:
        if self.failure:
            raise self.failure
        return self.state

    async def reload_engines(self) -> None:
        self.reloads += 1


__all__ = ["CLAIRE", "NOON"]


@dataclass
class FakeRooms:
    """The fakes behind ``make_house``, by name."""

    register: Register = field(default_factory=Register)
    shelves: FakeShelves = field(default_factory=FakeShelves)
    viewer: FakeViewer = field(init=False)
    assistant: FakeAssistant = field(default_factory=FakeAssistant)
    memory: FakeMemory = field(default_factory=FakeMemory)
    journal: MemoryJournal = field(default_factory=MemoryJournal)
    porter: FakePorter = field(default_factory=FakePorter)

    def __post_init__(self) -> None:
        around: dict[int, tuple[str, dict[str, Any], str]] = {
            11: ("d1", {"kind": "page", "page": 2}, "Les tarifs suivent."),
            13: ("d1", dict(TARIFF.place), "Fin."),
        }
        cited = {s.passage: (s.document_id, dict(s.place), s.quote) for s in (TARIFF, RULES)}
        passages = around | cited
        self.viewer = FakeViewer(self.shelves, {n: passages[n] for n in sorted(passages)})
        self.reception = FakeReception(self.register)
        self.account = FakeAccount(self.register)
        self.directory = FakeDirectory(self.register, self.shelves.names)


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
) -> House:
    """A House over ``rooms``. ``fresh``: 0 asks the journal at every request, a test sees its failure at once.
    ``room``: bytes left on the disk."""
    time = clock or SystemClock()
    rooms.assistant.memory = rooms.memory
    return House(
        settings=settings or Settings(organisation="Mairie de Saint-Aubin"),
        clock=time,
        reception=rooms.reception,
        account=rooms.account,
        directory=rooms.directory,
        shelves=rooms.shelves,
        viewer=rooms.viewer,
        assistant=rooms.assistant,
        memory=rooms.memory,
        journal=rooms.journal,
        porter=rooms.porter,
        decide=decision,
        pulse=Pulse(time, rooms.journal.head, rooms.porter.status, room=room, fresh=fresh),
        rendering=rendering or Rendering(Sentences.load()),
        attempts=Attempts(time),
        port=port,
        ladder=ladder,
        patience=patience,
    )
