"""An assistant and its memory without models nor store: what they say is written by the test."""

# ruff: noqa: ARG002 - fakes have the signatures of their ports

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

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
    Through,
)
from demeure.assistant.citations import numbers_in
from demeure.assistant.errors import (
    ConversationBusy,
    ConversationMoved,
    ConversationUnknown,
    QuestionEmpty,
    TitleEmpty,
)
from demeure.errors import DemeureError
from demeure.gateway.house import About, Exchange, Past
from demeure.policy import Actor

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


@dataclass
class FakeAssistant:
    """Says ``words`` one by one with ``pause`` seconds between. ``stopped``: how many answers their reader left;
    ``closing``: seconds the closing of the journal entry takes, finished even then (``settled``); ``lingering``:
    the stream does not end meanwhile. ``failure``: raised at once; ``found``: False, it declines;
    ``supporting``: the sources of words without markers; ``loading``: the model is; ``queued``: places told;
    ``read``: (share, seconds left) told of documents read ``whole``;
    ``breaks``: told as a Problem before the first word (or after ``breaks_after`` words)."""

    words: Sequence[str] = ("La salle est ", "gratuite deux fois ", "par an [1], puis 85 € ", "le week-end [1][2].")
    sources: tuple[Source, ...] = (TARIFF, RULES)
    pause: float = 0.0
    closing: float = 0.0
    lingering: bool = False
    unsupported: tuple[str, ...] = ()
    searched: str = ""
    by_meaning: bool = True
    found: bool = True
    supporting: tuple[int, ...] = (1, 2)
    loading: bool = False
    queued: Sequence[int | None] = ()
    read: Sequence[tuple[int, float | None]] = ()
    failure: DemeureError | None = None
    breaks: DemeureError | None = None
    breaks_after: int = 0
    asked: list[tuple[str, tuple[str, ...], str | None, str]] = field(default_factory=list)
    chosen: list[tuple[str, ...] | None] = field(default_factory=list)
    about: list[tuple[str, ...]] = field(default_factory=list)
    whole: bool | None = None
    stopped: int = 0
    settled: int = 0
    told: int = 0
    memory: "FakeMemory | None" = None
    writing: set[str] = field(default_factory=set)

    def _about(self, documents: Sequence[str]) -> dict[str, Any]:
        self.about.append(tuple(documents))
        return {"documents": list(documents), "whole": self.whole} if documents else {}

    async def _waits(self) -> AsyncGenerator[Queued | Loading | BeingRead]:
        told: list[Queued | Loading | BeingRead] = [Queued(ahead) for ahead in self.queued]
        told += [Loading()] if self.loading else []
        for event in [*told, *(BeingRead(share, left) for share, left in self.read)]:
            yield event
            await asyncio.sleep(self.pause)

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
        documents: Sequence[str] = (),
        through: Through | None = None,
    ) -> AsyncGenerator[Event]:
        if conversation in self.writing:
            raise ConversationBusy()
        question = self._asked(question, conversation, again, after)
        if not question.strip():
            raise QuestionEmpty()
        if self.failure:
            raise self.failure
        self.asked.append((question, tuple(spaces), conversation, language))
        self.chosen += [None if chosen is None else tuple(chosen)]
        number, shown, outcome = len(self.asked), "", "interrupted"
        self.writing.add(conversation := conversation or f"c{number}")
        details = self._details(spaces) | self._about(documents)
        facts: dict[str, Any] = {"chain": f"chain{number}", "journal": 48_212 + number, "again": again}
        made = Exchange(str(number), question, "", "open", self.sources, ended_at=NOON, **facts)
        self._keep(conversation, made, tuple(chosen or ()), new=True)
        try:
            yield Started(f"chain{number}", conversation, str(number), 48_212 + number, self.searched, again)
            yield Sources(self.sources, self.by_meaning, self.whole, False, bool(self.read))
            async for event in self._waits():
                yield event
            for place, word in enumerate([*self.words, ""]):
                if self.breaks is not None and place == self.breaks_after:
                    outcome, code, sentence = "failed", self.breaks.code(), self.breaks.sentence(language)
                    details |= {"problem": sentence, "code": code}
                    yield Problem(code, sentence)
                    break
                await asyncio.sleep(self.pause)
                shown += word
                if word:
                    self._keep(conversation, replace(made, text=shown))
                    yield Text(word)
                self.told += 1
            else:
                outcome = "done"
        finally:
            details |= {"outcome": outcome, "found": self.found}
            self.stopped += outcome == "interrupted"
            await asyncio.sleep(self.closing)
            self.settled += 1
            self.writing.discard(conversation)
            self._keep(conversation, replace(made, text=shown, outcome=outcome, details=details))
        found = tuple(Finding(at, at + len(u), "amount", u) for u in self.unsupported if (at := shown.find(u)) >= 0)
        cited = (numbers_in(shown) or self.supporting) if self.found else ()
        yield Closed(outcome, shown, cited, self.found, found, (), details)
        while self.lingering:  # noqa: ASYNC110 - a test lets go from its own thread
            await asyncio.sleep(0.02)

    def _keep(
        self, conversation: str, made: Exchange, chosen: tuple[str, ...] | None = None, *, new: bool = False
    ) -> None:
        """As it grows; nothing of a conversation that was deleted meanwhile."""
        if self.memory is not None and (new or conversation in self.memory.kept):
            spaces = self.memory.spaces.get(conversation, ()) if chosen is None else chosen
            self.memory.keep(conversation, made, spaces)

    def _details(self, spaces: Sequence[str]) -> dict[str, Any]:
        told = {"by_meaning": self.by_meaning, "searched": self.searched}
        return {"model": "essai", "seconds": 7.2, "spaces": list(spaces), **told}

    def _asked(self, question: str, conversation: str | None, again: str, after: str | None) -> str:
        kept = self.memory.kept.get(conversation or "", []) if self.memory else []
        if again and not kept:
            raise ConversationMoved()
        if kept and (after not in (None, kept[-1].message) or again not in ("", kept[-1].message)):
            raise ConversationMoved()
        return kept[-1].question if again else question


class FakeMemory:
    """Conversations in memory, of everybody. ``titles``, ``spaces`` and ``classes``: by conversation."""

    def __init__(self) -> None:
        self.kept: dict[str, list[Exchange]] = {}
        self.titles: dict[str, str] = {}
        self.spaces: dict[str, tuple[str, ...]] = {}
        self.classes: dict[str, str] = {}

    def keep(self, conversation: str, exchange: Exchange, spaces: tuple[str, ...] = ()) -> None:
        kept = self.kept.setdefault(conversation, [])
        kept[:] = [one for one in kept if one.message != exchange.message or one.outcome != "open"]
        kept.append(exchange)
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
        classed = self.classes.get(conversation, "")
        return About(conversation, self.titles[conversation], self.spaces[conversation], classed)

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

    async def review(self, actor: Actor, conversation: str, message: str, at: datetime) -> None:
        kept = await self.conversation(actor, conversation)
        if message not in [one.message for one in kept]:
            raise ConversationUnknown()
        told = {"reviewed": {"by": actor.name, "at": at.isoformat()}}
        self.kept[conversation] = [
            replace(one, details={**one.details, **told}) if one.message == message else one for one in kept
        ]
