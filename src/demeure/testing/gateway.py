"""A house made of fakes, to open the gateway's pages without any other room; everything may be inspected."""

# ruff: noqa: ARG002 - fakes have the signatures of their ports

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from demeure.assistant import Closed, Event, Finding, Problem, Source, Sources, Started, Text
from demeure.assistant.errors import (
    ConversationBusy,
    ConversationMoved,
    ConversationUnknown,
    QuestionEmpty,
    TitleEmpty,
)
from demeure.clock import Clock, SystemClock
from demeure.errors import DemeureError
from demeure.gateway.house import (
    About,
    Added,
    DocumentRow,
    Exchange,
    House,
    Past,
    Space,
)
from demeure.gateway.locale import Sentences
from demeure.gateway.pulse import Pulse
from demeure.gateway.rate import Attempts
from demeure.gateway.rendering import Rendering
from demeure.gateway.threshold import Threshold
from demeure.identity import LinkUnknown, LinkUsed
from demeure.policy import Actor, decide
from demeure.settings import Settings
from demeure.testing.administration import FakeGauge, FakeModels, FakePorter
from demeure.testing.journal import MemoryJournal
from demeure.testing.viewer import FakeViewer

CLAIRE = Actor("person", "p1", "Claire Morvan", frozenset({"administrator"}))
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
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


class FakeReception:
    """``links``: token → actor, each used once. ``sessions``: token → actor; ``"claire"`` is always in."""

    def __init__(self) -> None:
        self.links: dict[str, Actor] = {"premier-lien": CLAIRE}
        self.used: set[str] = set()
        self.sessions: dict[str, Actor] = {"claire": CLAIRE}

    async def enter(self, link: str) -> str:
        if link in self.used:
            raise LinkUsed()
        if link not in self.links:
            raise LinkUnknown()
        self.used.add(link)
        session = f"session-{len(self.sessions)}"
        self.sessions[session] = self.links[link]
        return session

    async def guest(self, session: str) -> Actor | None:
        return self.sessions.get(session)

    async def leave(self, session: str) -> None:
        self.sessions.pop(session, None)

    async def invite(self, actor: Actor, login: str | None) -> str:
        token = f"lien-{len(self.links)}"
        self.links[token] = CLAIRE
        return token


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
        return [Space(id_, name, counts.count(id_)) for id_, name in self.names.items()]

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
    ``closing``: seconds the closing of the journal entry takes, finished even then (``settled``). ``failure``:
    raised at once; ``breaks``: told as a Problem before the first word (or after ``breaks_after`` words)."""

    words: Sequence[str] = ("La salle est ", "gratuite deux fois ", "par an [1], puis 85 € ", "le week-end [1][2].")
    sources: tuple[Source, ...] = (TARIFF, RULES)
    pause: float = 0.0
    closing: float = 0.0
    unsupported: tuple[str, ...] = ()
    searched: str = ""
    by_meaning: bool = True
    failure: DemeureError | None = None
    breaks: DemeureError | None = None
    breaks_after: int = 0
    asked: list[tuple[str, tuple[str, ...], str | None, str]] = field(default_factory=list)
    chosen: list[tuple[str, ...] | None] = field(default_factory=list)
    stopped: int = 0
    settled: int = 0
    told: int = 0
    memory: "FakeMemory | None" = None
    writing: set[str] = field(default_factory=set)

    async def ask(
        self,
        actor: Actor,
        question: str,
        spaces: Sequence[str],
        conversation: str | None = None,
        language: str = "fr",
        *,
        chosen: Sequence[str] | None = None,
        again: str = "",
        after: str | None = None,
    ) -> AsyncGenerator[Event]:
        if conversation in self.writing:
            raise ConversationBusy()
        question = self._asked(question, conversation, again, after)
        if not question.strip():
            raise QuestionEmpty()
        if self.failure:
            raise self.failure
        self.asked.append((question, tuple(spaces), conversation, language))
        self.chosen.append(None if chosen is None else tuple(chosen))
        number = len(self.asked)
        conversation = conversation or f"c{number}"
        self.writing.add(conversation)
        shown, outcome = "", "interrupted"
        details: dict[str, Any] = {"model": "essai", "seconds": 7.2, "spaces": list(spaces)}
        details |= {"by_meaning": self.by_meaning, "searched": self.searched}
        try:
            yield Started(f"chain{number}", conversation, str(number), 48_212 + number, self.searched, again)
            yield Sources(self.sources, self.by_meaning)
            for place, word in enumerate([*self.words, ""]):
                if self.breaks is not None and place == self.breaks_after:
                    details["problem"], outcome = self.breaks.sentence(language), "failed"
                    yield Problem(self.breaks.code(), self.breaks.sentence(language))
                    break
                await asyncio.sleep(self.pause)
                shown += word
                if word:
                    yield Text(word)
                self.told += 1
            else:
                outcome = "done"
        finally:
            details["outcome"] = outcome
            self.stopped += outcome == "interrupted"
            await asyncio.sleep(self.closing)
            self.settled += 1
            self.writing.discard(conversation)
            if self.memory is not None:
                facts: dict[str, Any] = {
                    "chain": f"chain{number}",
                    "journal": 48_212 + number,
                    "details": details,
                    "again": again,
                }
                made = Exchange(str(number), question, shown, outcome, self.sources, ended_at=NOON, **facts)
                self.memory.keep(conversation, made, tuple(chosen or ()))
        found = tuple(Finding(at, at + len(u), "amount", u) for u in self.unsupported if (at := shown.find(u)) >= 0)
        yield Closed(outcome, shown, (1, 2), True, found, (), details)

    def _asked(self, question: str, conversation: str | None, again: str, after: str | None) -> str:
        kept = self.memory.kept.get(conversation or "", []) if self.memory else []
        if kept and (after not in (None, kept[-1].message) or again not in ("", kept[-1].message)):
            raise ConversationMoved()
        return kept[-1].question if again else question


class FakeMemory:
    """Conversations in memory, of everybody. ``titles`` and ``spaces``: by conversation."""

    def __init__(self) -> None:
        self.kept: dict[str, list[Exchange]] = {}
        self.titles: dict[str, str] = {}
        self.spaces: dict[str, tuple[str, ...]] = {}

    def keep(self, conversation: str, exchange: Exchange, spaces: tuple[str, ...] = ()) -> None:
        self.kept.setdefault(conversation, []).append(exchange)
        self.titles.setdefault(conversation, exchange.question[:80])
        self.spaces[conversation] = spaces

    async def recent(self, actor: Actor, limit: int, skip: int = 0) -> list[Past]:
        return [Past(name, self.titles[name], NOON) for name in reversed(self.kept)][skip : skip + limit]

    async def search(self, actor: Actor, said: str, limit: int) -> list[Past]:
        found = []
        for past in await self.recent(actor, 10_000):
            text = " ".join([past.title, *(e.text for e in self.kept[past.conversation])])
            before, word, after = text.partition(said)
            if word:
                found.append(replace(past, excerpt=(before[-40:], word, after[:80])))
        return found[:limit]

    async def about(self, actor: Actor, conversation: str) -> About:
        await self.conversation(actor, conversation)
        return About(conversation, self.titles[conversation], self.spaces[conversation])

    async def conversation(self, actor: Actor, conversation: str) -> list[Exchange]:
        if conversation not in self.kept:
            raise ConversationUnknown()
        return list(self.kept[conversation])

    async def rename(self, actor: Actor, conversation: str, title: str) -> None:
        await self.conversation(actor, conversation)
        if not title.strip():
            raise TitleEmpty()
        self.titles[conversation] = title.strip()

    async def delete(self, actor: Actor, conversation: str) -> None:
        await self.conversation(actor, conversation)
        del self.kept[conversation]


@dataclass
class FakeRooms:
    """The fakes behind ``make_house``, by name."""

    reception: FakeReception = field(default_factory=FakeReception)
    shelves: FakeShelves = field(default_factory=FakeShelves)
    viewer: FakeViewer = field(init=False)
    assistant: FakeAssistant = field(default_factory=FakeAssistant)
    memory: FakeMemory = field(default_factory=FakeMemory)
    journal: MemoryJournal = field(default_factory=MemoryJournal)
    porter: FakePorter = field(default_factory=FakePorter)
    models: FakeModels = field(default_factory=FakeModels)
    gauge: FakeGauge = field(default_factory=FakeGauge)

    def __post_init__(self) -> None:
        around: dict[int, tuple[str, dict[str, Any], str]] = {
            11: ("d1", {"kind": "page", "page": 2}, "Les tarifs suivent."),
            13: ("d1", dict(TARIFF.place), "Fin."),
        }
        cited = {s.passage: (s.document_id, dict(s.place), s.quote) for s in (TARIFF, RULES)}
        passages = around | cited
        self.viewer = FakeViewer(self.shelves, {n: passages[n] for n in sorted(passages)})


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
    threshold: Threshold | None = None,
) -> House:
    """A House over ``rooms``. ``fresh``: 0 asks the journal at every request, a test sees its failure at once.
    ``room``: bytes left on the disk."""
    time = clock or SystemClock()
    rooms.assistant.memory = rooms.memory
    return House(
        settings=settings or Settings(organisation="Mairie de Saint-Aubin"),
        clock=time,
        reception=rooms.reception,
        shelves=rooms.shelves,
        viewer=rooms.viewer,
        assistant=rooms.assistant,
        memory=rooms.memory,
        journal=rooms.journal,
        porter=rooms.porter,
        models=rooms.models,
        gauge=rooms.gauge,
        decide=decision,
        pulse=Pulse(time, rooms.journal.head, rooms.porter.status, room=room, fresh=fresh),
        rendering=rendering or Rendering(Sentences.load()),
        attempts=Attempts(time),
        port=port,
        ladder=ladder,
        patience=patience,
        threshold=threshold,
    )
