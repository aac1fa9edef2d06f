"""From the assistant's events to what a browser reads: a stream of events, or one whole page.

When the reader leaves, or stops reading, the generator of events is closed at once: what that stops is its giver's
to say (an answer to a person goes on, see assistant/going.py).
"""

import asyncio
import contextlib
import re
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

from starlette.types import Message, Receive, Scope, Send

from demeure.airlock.errors import LOCAL
from demeure.assistant import (
    BeingRead,
    Closed,
    Event,
    Finding,
    Loading,
    Problem,
    Queued,
    Source,
    Sources,
    Started,
    Text,
    key_words,
    spoken,
)
from demeure.assistant.citations import numbers_in
from demeure.assistant.rested import said_of
from demeure.engine import EngineLoading
from demeure.errors import DemeureError
from demeure.gateway.confiding import confided
from demeure.gateway.excerpts import Piece, pieces
from demeure.gateway.markdown import Marks, render
from demeure.gateway.problems import described
from demeure.gateway.sending import Review
from demeure.gateway.standings import relied_on, sentences
from demeure.gateway.streams import STREAM_HEADERS, frame, gone, until_left
from demeure.gateway.touched import classed
from demeure.gateway.unsourced import marks, notice, together, worded
from demeure.gateway.visit import Visit
from demeure.gateway.waits import being_read, place_in_queue
from demeure.library import French, Standing, page_of
from demeure.words import Wording
from demeure.workshop import telling

_FRENCH = French()  # one: what it has learnt of words, and others of passages by it, is kept
_MARK = re.compile(r"\[\d{1,3}\]")
FOREMOST = 5
EXCERPT = 260  # characters of a passage where there is no room for all of it


@dataclass
class Reading:
    """One answer as it becomes known; what templates show. ``names``: spaces by id. ``former``: the answers that
    this one replaces, latest first. ``noticed``: by document, what whoever quotes it must know; ``standing``: how
    it stands today. See house.Exchange for the other fields."""

    question: str
    names: Mapping[str, str] = field(default_factory=dict)
    message: str = ""
    conversation: str = ""
    chain: str = ""
    journal: int | None = None
    sources: tuple[Source, ...] = ()
    text: str = ""
    outcome: str = "interrupted"
    found: bool = True
    citations: tuple[int, ...] = ()
    unsupported: tuple[Finding, ...] = ()
    computed: tuple[Finding, ...] = ()
    wordings: tuple[Wording, ...] = ()
    problem: str = ""
    searched: str = ""
    spelt: str = ""
    by_meaning: bool = True
    again: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)
    ended_at: datetime | None = None
    withdrawn: bool = False
    whole: bool | None = None
    aside: bool = False
    to_read: bool = False
    noticed: Mapping[str, str] = field(default_factory=dict)
    standing: Mapping[str, Sequence[Standing]] = field(default_factory=dict)
    former: list["Reading"] = field(default_factory=list)

    def path(self, source: Source, conversation: str = "") -> str:
        """Where the source opens, and from which answer; ``conversation``: of the page, when it knows it."""
        return source_path(source, conversation or self.conversation, self.message)

    def spoken(self, source: Source) -> str:
        """Of its passage, the sentences and rows that speak of the question, the one that the answer rests on among
        them."""
        asked = self.spelt or self.searched or self.question
        said = said_of(source.number, self.text) if source.number in self.used else ""
        return "\n".join(spoken(asked, source.quote, _FRENCH.stems, EXCERPT, said))

    @property
    def french_words(self) -> str:
        """What an English question was looked for with: « horaires d’ouverture, mairie »; empty for any other."""
        return ", ".join(key_words(self.question, self.searched))

    def excerpt(self, source: Source) -> list[Piece]:
        """Its passage, what the model read apart, the line that the answer rests on named."""
        return pieces(source, self.text if self.found else "")

    def also(self, source: Source) -> str:
        """Names of the other spaces, among those that the reader may see, that hold the same file."""
        return ", ".join(self.names[one] for one in source.also if one in self.names)

    def confided(self, language: str) -> str:
        """« 1 IBAN, 1 numéro de sécurité sociale »: what the question holds that identifies somebody by itself."""
        return confided(self.question, language)

    @property
    def local_can(self) -> bool:
        """A route let nothing out, or did not answer: the house's own model can."""
        return self.problem.endswith(LOCAL)

    @property
    def cited_text(self) -> str:
        """The text with its marks; when the model wrote none, the sources that support it are named at its end."""
        if self.citations and not _MARK.search(self.text):
            return f"{self.text} {''.join(f'[{n}]' for n in self.citations)}"
        return self.text

    @property
    def used(self) -> frozenset[int]:
        """Numbers of the sources that its words rest on; none of an answer that says it did not find."""
        known = {source.number for source in self.sources}
        return frozenset(known.intersection(self.citations or numbers_in(self.text))) if self.found else frozenset()

    @property
    def sorted_out(self) -> bool:
        """Are the passages that count known from the others? Not before the answer has cited one, or declined."""
        return bool(self.sources) and not self.withdrawn and (bool(self.used) or not self.found)

    @property
    def foremost(self) -> tuple[Source, ...]:
        """The sources to look at first: those that the answer cites. Until that is known, all of them; of documents
        read whole, the few that speak most of the question."""
        kept = self.used
        if not self.sorted_out:
            if not self.whole or len(self.sources) <= FOREMOST:
                return self.sources
            kept = frozenset(s.number for s in sorted(self.sources, key=lambda source: -source.score)[:FOREMOST])
        return tuple(source for source in self.sources if source.number in kept)

    @property
    def others(self) -> tuple[Source, ...]:
        """What was looked at besides."""
        first = {source.number for source in self.foremost}
        return tuple(source for source in self.sources if source.number not in first)

    @property
    def about(self) -> str:
        """Names of the documents that were chosen."""
        return ", ".join(dict.fromkeys(source.document for source in self.sources))

    @property
    def review(self) -> Review | None:
        """Who said that they had read it again, and when."""
        told = self.details.get("reviewed")
        return Review(str(told["by"]), datetime.fromisoformat(told["at"])) if told else None

    @property
    def spaces(self) -> list[str]:
        """Names of the spaces searched that still exist for the reader."""
        return [one for one in self._named("spaces") if one not in self.left_out]

    @property
    def left_out(self) -> list[str]:
        """Names of those that the policy does not let the reader ask."""
        return self._named("left_out")

    @property
    def shut(self) -> dict[str, Mapping[str, str]]:
        """By name, those that did not open, and why in each language."""
        return {self.names[one]: why for one, why in self.details.get("shut", {}).items() if one in self.names}

    def _named(self, of: str) -> list[str]:
        return [self.names[one] for one in self.details.get(of, ()) if one in self.names]

    @property
    def only_found(self) -> bool:
        """Nothing was written, but passages were found: the engine was away."""
        return not self.text and bool(self.sources) and self.outcome == "failed"

    @property
    def still_loading(self) -> bool:
        """It was not written because the model was loading, and took longer than one waits."""
        return self.details.get("code") == EngineLoading.code()

    def take(self, event: Event) -> None:
        """Learn from one event."""
        match event:
            case Started():
                self.chain, self.conversation, self.message = event.chain, event.conversation, event.message
                self.journal, self.searched, self.again = event.journal, event.searched, event.again
                self.spelt, left = event.spelt, {"left_out": event.left_out, "shut": event.shut}
                self.details = {**self.details, **left}
            case Sources():
                self.sources, self.by_meaning, self.whole = event.items, event.by_meaning, event.whole
                self.aside, self.to_read = event.aside, event.reading
            case BeingRead():
                self.to_read = event.share < 100
            case Text():
                self.text += event.delta
            case Problem():
                self.problem = event.sentence
            case Closed():
                self.text, self.outcome, self.found = event.text, event.outcome, event.found
                self.citations = event.citations
                self.unsupported, self.computed = event.unsupported, event.computed
                self.details, self.wordings = event.details, event.wordings


def source_path(source: Source, conversation: str, message: str) -> str:
    """The page, or the passage, of a source; ``source=`` in it tells the viewer which answer to lead back to."""
    query = {"passage": str(source.passage)} if source.passage else {}
    if conversation:
        query["source"] = f"{conversation}.{message}.{source.number}"
    document = f"/documents/{quote(source.document_id, safe='')}"
    if (page := page_of(source.place)) is not None:
        document += f"/page/{page}"
    elif source.passage:
        document += f"/passage/{query.pop('passage')}"
    return document + (f"?{urlencode(query)}" if query else "")


def shown(came: Visit, reading: Reading) -> dict[str, Any]:
    """The values of the answer templates: rendered text, sources title, notes."""
    names = {s.number: ", ".join(filter(None, (s.document, s.place_label))) for s in reading.sources}
    names |= {s.number: came.t("answer.gone") for s in reading.sources if s.gone}
    findings = sorted((*reading.unsupported, *reading.computed), key=lambda found: found.start)
    pieces = together(marks(came.t, findings), worded(came.t, reading.wordings))
    known = Marks(names, reading.message, pieces)
    return {
        "reading": reading,
        "html": render(reading.cited_text, known),
        "sources_title": sources_title(came, reading),
        "unsourced": notice(came.t, reading.unsupported),
        "relied": relied_on(came, reading.sources, reading.citations, reading.standing),
        "former": [shown(came, one) for one in reading.former],
    }


def told(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    """For JSON."""
    return [found.told() for found in findings]


def sources_title(came: Visit, reading: Reading) -> str:
    """« 2 sources », those that the answer cites, « Aucune source » when it declines; until that is known,
    « 5 passages trouvés »; of documents read whole, « 31 passages (à lire, puis) lus »."""
    sentences, language, found = came.house.rendering.sentences, came.language, len(reading.sources)
    if reading.whole:
        if reading.to_read:
            return sentences.count(language, "answer.passages_to_read", found)
        return sentences.count(language, "answer.passages_read", found)
    if reading.sorted_out and not reading.used:
        return came.t("answer.sources_none")
    if reading.sorted_out:
        return sentences.count(language, "answer.sources", len(reading.used))
    return sentences.count(language, "answer.passages_found", found) if found else came.t("answer.sources_coming")


async def learn(came: Visit, readings: Sequence[Reading]) -> None:
    """Of the documents quoted, what whoever quotes them must know: how they stand today, and what reading them
    noticed."""
    sources = [source for reading in readings for source in reading.sources]
    rows = await came.house.catalogue.shown(came.actor, [source.document_id for source in sources])
    standing = {row.id: row.standing for row in rows if row.standing}
    told = {row.id: sentences(came, row.standing) for row in rows}
    for row in rows:
        if said := telling(row.flags, came.language):
            told[row.id].append(came.t("answer.noticed", what=said))
    for reading in readings:
        reading.standing = standing
        reading.noticed = {document: " ".join(said) for document, said in told.items() if said}


def frames(came: Visit, reading: Reading, event: Event) -> Mapping[str, Any]:
    """The data of one event. ``sources`` and ``closed`` carry HTML made by the same templates as the page."""
    reading.take(event)
    match event:
        case Started():
            return {**vars(event), "page": f"/conversation/{event.conversation}"}
        case Sources():
            values = shown(came, reading)
            return {
                "items": [vars(source) for source in event.items],
                "by_meaning": event.by_meaning,
                "whole": event.whole,
                "reading": event.reading,
                "title": values["sources_title"],
                **came.fragments({"html": "_sources.html", "trail": "_trail.html"}, **values),
            }
        case Queued(ahead):
            return {"ahead": ahead, "sentence": place_in_queue(came, ahead)}
        case Loading():
            return {"sentence": came.t("answer.loading")}
        case BeingRead():
            values = shown(came, reading)
            trail = came.fragments({"trail": "_trail.html"}, **values)
            return {**being_read(came, event), **trail, "title": values["sources_title"]}
        case Closed():
            reading.ended_at = came.house.clock.now()
            found = {"unsupported": told(event.unsupported), "computed": told(event.computed)}
            found["wordings"] = [wording.told() for wording in event.wordings]
            values = shown(came, reading)
            pieces = {"html": "_answer.html", "sources": "_sources.html", "trail": "_trail.html"}
            return {**vars(event), **found, **came.fragments(pieces, **values), "title": values["sources_title"]}
        case _:
            return vars(event)


class EventStream:
    """An ASGI response: the events of one answer. ``patience``: seconds a reader may take to accept bytes; beyond,
    they are taken for gone, so that a stalled reader holds nothing."""

    def __init__(self, came: Visit, events: AsyncGenerator[Event], reading: Reading, patience: float) -> None:
        self._came, self._events, self._reading, self._patience = came, events, reading, patience

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del scope
        writing = asyncio.create_task(self._write(send))
        leaving = asyncio.create_task(gone(receive))
        try:
            await asyncio.wait({writing, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (writing, leaving):
                task.cancel()
            # the assistant closes its journal entry while its generator is being closed: let it finish
            await asyncio.gather(writing, leaving, return_exceptions=True)
        if not writing.cancelled() and (problem := writing.exception()):
            raise problem

    async def _write(self, send: Send) -> None:
        async with contextlib.aclosing(self._events) as events:
            first = await _first(events)  # an error before the first event is still an ordinary error page
            await send({"type": "http.response.start", "status": 200, "headers": STREAM_HEADERS})
            try:
                if first is not None:
                    await self._event(send, first)
                    async for event in events:
                        await self._event(send, event)
            except DemeureError as problem:
                data = described(problem, self._came.language)
                await self._send(send, frame("problem", data))
            await self._send(send, b"", more=False)

    async def _event(self, send: Send, event: Event) -> None:
        name = type(event).__name__.lower()
        if isinstance(event, Sources):
            self._reading.sources = event.items
            await learn(self._came, [self._reading])
        data = dict(frames(self._came, self._reading, event))
        if isinstance(event, Closed):
            data["classed"] = await classed(self._came, self._reading.conversation)
        await self._send(send, frame(name, data))

    async def _send(self, send: Send, body: bytes, *, more: bool = True) -> None:
        message: Message = {"type": "http.response.body", "body": body, "more_body": more}
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._patience):
                await send(message)
                return
        raise asyncio.CancelledError  # the reader stopped reading


async def _first(events: AsyncGenerator[Event]) -> Event | None:
    return await anext(events, None)


async def whole(came: Visit, events: AsyncGenerator[Event], reading: Reading) -> bool:
    """Read the answer to its end for a page without scripts. False when the reader left meanwhile."""

    async def read() -> None:
        async with contextlib.aclosing(events):
            async for event in events:
                reading.take(event)

    return await until_left(came.request.receive, read())
