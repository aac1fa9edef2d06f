"""A question, from the first journal entry to the last: ``ask()`` reads top to bottom.

Promise: nothing is shown before the request and the retrieval are written; the opening of the answer is written
before its first word and its closing before the end; every word shown is already kept in the conversation.
"""

import asyncio
import contextlib
import json
import unicodedata
from collections.abc import AsyncGenerator, Awaitable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol
from uuid import uuid4

from demeure.assistant import grounding, prompt
from demeure.assistant.citations import MarkerFilter
from demeure.assistant.conversations import Conversations
from demeure.assistant.errors import QuestionEmpty, QuestionTooLong
from demeure.assistant.events import Closed, Event, Problem, Source, Sources, Started, Text
from demeure.assistant.sources import chosen, extracts_of, findings_of, sources_of
from demeure.engine import Delta, Engine
from demeure.errors import DemeureError
from demeure.journal import Draft, Journal, OpenIntention
from demeure.library import French, Retrieval
from demeure.policy import Action, Actor, Decision, Resource, Right, decide
from demeure.settings import Settings

QUESTION_LIMIT = 4000
FLUSH_SECONDS = 0.12  # at 40 tokens/s about five tokens: smooth to read, and eight small writes a second
TEMPERATURE = 0.0
LOOKED_AT = 4  # times the passages wanted: where further documents are looked for
TITLE_TOKENS = 40  # at most, beside the lines read of a passage: its document, headings and page


class Searcher(Protocol):
    """What the assistant asks of the library: rights are checked inside, before any space is opened."""

    async def search(self, actor: Actor, question: str, spaces: Sequence[str], limit: int) -> Retrieval: ...


class Rights(Protocol):
    """What identity's Membership tells. Blocks: called in a thread."""

    def lowest(self, actor: Actor, wanted: Iterable[str]) -> Right: ...


class Lease(Protocol):
    """Holding it makes background work wait."""

    def interactive(self) -> contextlib.AbstractAsyncContextManager[None]: ...


@dataclass
class Work:
    """One question being answered: identifiers, journal indexes of what is open, what the reader already has."""

    actor: Actor
    question: str
    spaces: tuple[str, ...]
    language: str
    model: str
    chain: str = field(default_factory=lambda: uuid4().hex)
    conversation: str = ""
    message: str = ""
    request: OpenIntention | None = None
    opened: OpenIntention | None = None
    shown: str = ""
    sources: tuple[Source, ...] = ()
    outcome: str = "interrupted"
    citations: tuple[int, ...] = ()
    found: bool = True
    findings: tuple[grounding.Finding, ...] = ()

    @property
    def seal_space(self) -> str | None:
        """The space whose key seals the payloads: destroying it erases them. Several spaces: the house's key."""
        return self.spaces[0] if len(self.spaces) == 1 else None


class Assistant:
    """Composes a searcher, an engine, the journal and the conversations. Safe for concurrent questions."""

    def __init__(
        self,
        *,
        searcher: Searcher,
        engine: Engine,
        journal: Journal,
        conversations: Conversations,
        rights: Rights,
        lease: Lease,
        settings: Settings,
        model: str,
    ) -> None:
        self._searcher, self._engine, self._journal = searcher, engine, journal
        self._conversations, self._rights, self._lease = conversations, rights, lease
        self._settings, self._model = settings, model
        self._french = French()
        self._closings: set[asyncio.Task[None]] = set()

    def use(self, model: str) -> None:
        """``model`` is the name written for the questions asked from now on."""
        self._model = model

    async def ask(
        self,
        actor: Actor,
        question: str,
        spaces: Sequence[str],
        conversation: str | None = None,
        language: str = "fr",
    ) -> AsyncGenerator[Event]:
        """Answer ``question`` from the ``spaces`` (ids). Yields events, see events.py.

        Raises QuestionEmpty, QuestionTooLong, policy.Denied, and the journal's errors, before anything is shown.
        Later failures are a Problem followed by Closed. Closing the generator stops the engine and closes the
        entry as interrupted, with the text shown so far.
        """
        work = Work(actor, cleaned(question), tuple(dict.fromkeys(spaces)), language, self._model)
        right = await asyncio.to_thread(self._rights.lowest, actor, work.spaces)
        decision = decide(actor, Action.ASK, Resource("spaces", ",".join(work.spaces), right=right))
        if not decision.allowed:
            await self._refuse(work, decision)
        try:
            async with self._lease.interactive():
                async for event in self._answer(work, decision, conversation):
                    yield event
        finally:
            if work.request is not None:
                await self._settle(work)
        yield Closed(
            work.outcome,
            work.shown,
            work.citations,
            work.found,
            grounding.unsupported(work.findings),
            grounding.computed(work.findings),
        )

    async def drain(self) -> None:
        """Wait for the closings of readers who left (at shutdown)."""
        await asyncio.gather(*self._closings, return_exceptions=True)

    async def _answer(self, work: Work, decision: Decision, conversation: str | None) -> AsyncGenerator[Event]:
        requested = asyncio.create_task(self._request(work, decision, conversation))
        try:
            retrieval = await self._passages(work)
        except DemeureError as problem:
            await requested
            work.outcome = "refused" if problem.http_status == 403 else "failed"
            yield Problem(problem.code(), problem.sentence(work.language))
            return
        finally:
            await asyncio.shield(requested)
        built = self._prompt(work, retrieval)
        work.found = retrieval.found and bool(work.sources)
        stream = self._engine_stream(built) if work.found else _nothing(work.language)
        async with contextlib.aclosing(stream):
            first = asyncio.create_task(anext(stream, None))  # the engine may start while the journal writes
            try:
                await self._write_retrieval(work, retrieval, built)
                yield Started(work.chain, work.conversation, work.message)
                yield Sources(work.sources)
                async for event in self._tell(work, first, stream):
                    yield event
            finally:
                first.cancel()
                with contextlib.suppress(asyncio.CancelledError, DemeureError):
                    await first

    async def _passages(self, work: Work) -> Retrieval:
        wanted = self._settings.passages
        found = await self._searcher.search(work.actor, work.question, work.spaces, wanted * LOOKED_AT)
        return replace(found, hits=chosen(found.hits, wanted))

    async def _tell(
        self, work: Work, first: "asyncio.Task[Delta | None]", stream: AsyncGenerator[Delta]
    ) -> AsyncGenerator[Event]:
        passages = [s.quote for s in work.sources]
        markers = MarkerFilter(len(passages), lambda said, numbers: grounding.corrected(said, numbers, passages))
        try:
            # written while the engine reads the prompt: a slow disk then costs the reader nothing
            work.opened = await self._journal.intention(self._draft(work, "answer", "answer-opened"))
            delta = await first
            pending, due = "", 0.0
            clock = asyncio.get_running_loop().time
            while delta is not None:
                pending += markers.feed(delta.text)
                if pending and (clock() >= due or delta.finish):
                    yield await self._show(work, pending)
                    pending, due = "", clock() + FLUSH_SECONDS
                delta = await anext(stream, None)
            if last := pending + markers.finish():
                yield await self._show(work, last)
            self._judge(work, markers)
            if work.citations and not markers.cited:  # the model named none: what supports its words is named
                yield await self._show(work, " " + "".join(f"[{n}]" for n in work.citations))
            work.outcome = "done"
        except DemeureError as problem:
            work.outcome = "failed"
            yield Problem(problem.code(), problem.sentence(work.language))

    async def _show(self, work: Work, text: str) -> Text:
        text = text if work.shown else text.lstrip()
        work.shown += text
        await self._conversations.keep(work.message, work.shown)
        return Text(text)

    def _judge(self, work: Work, markers: MarkerFilter) -> None:
        passages = [s.quote for s in work.sources]
        if not work.found or prompt.says_not_found(work.shown):
            work.found, work.citations = False, ()
            return
        work.citations = tuple(markers.cited) or grounding.supporting(work.shown, passages)
        work.findings = findings_of(
            work.shown, work.sources, work.question, self._settings.organisation, work.citations
        )

    def _prompt(self, work: Work, retrieval: Retrieval) -> prompt.Prompt:
        built = prompt.build(
            work.question,
            extracts_of(
                work.question,
                retrieval.hits,
                work.language,
                self._french.stems,
                prompt.characters_about(self._settings.prompt_tokens),
            ),
            organisation=self._settings.organisation,
            language=work.language,
            budget=self._settings.prompt_tokens + TITLE_TOKENS * len(retrieval.hits),
            count=prompt.tokens_about,
        )
        work.sources = sources_of(retrieval.hits, work.language)
        return built

    def _engine_stream(self, built: prompt.Prompt) -> AsyncGenerator[Delta]:
        return self._engine.chat(
            built.messages, max_tokens=self._settings.answer_tokens, temperature=TEMPERATURE, seed=1
        )

    # -- what is written ------------------------------------------------------------------------------------------

    async def _request(self, work: Work, decision: Decision, conversation: str | None) -> None:
        payload = {"question": work.question, "spaces": work.spaces, "language": work.language}
        draft = self._draft(work, "request", "question-asked", payload, decision=decision.rule)
        work.request = await self._journal.intention(draft)
        work.conversation, work.message = await self._conversations.begin(
            work.actor.id, conversation, work.chain, work.question, work.spaces
        )

    async def _refuse(self, work: Work, decision: Decision) -> None:
        payload = {"question": work.question, "spaces": work.spaces}
        await self._journal.record(
            self._draft(work, "request", "question-refused", payload, decision=decision.rule)
        )
        decision.require()

    async def _write_retrieval(self, work: Work, retrieval: Retrieval, built: prompt.Prompt) -> None:
        passages = " ".join(f"{h.space}/{h.passage_id}" for h in retrieval.hits)
        scores = {"scores": [round(h.score, 4) for h in retrieval.hits], "found": retrieval.found}
        drafts = [
            self._draft(work, "retrieval", "passages-found", scores, object=passages),
            self._draft(work, "input", "prompt-built", {"messages": built.messages}),
        ]
        if work.found:
            facts = {"model": work.model, "temperature": TEMPERATURE, "seed": 1}
            drafts.append(self._draft(work, "extension", "model-called", facts, object=work.model))
        await asyncio.gather(*[self._journal.record(d) for d in drafts])

    async def _settle(self, work: Work) -> None:
        """Close what is open, even when the reader left: the task outlives a cancelled request."""
        task = asyncio.create_task(self._close(work))
        self._closings.add(task)
        task.add_done_callback(self._closed)
        await asyncio.shield(task)

    def _closed(self, task: "asyncio.Task[None]") -> None:
        self._closings.discard(task)
        if not task.cancelled():
            task.exception()  # seen: its reader may have left, and what could not be written is owed

    async def _close(self, work: Work) -> None:
        verdict = {"citations": work.citations, "found": work.found, **grounding.told(work.findings)}
        writing: list[Awaitable[object]] = []
        if work.opened is not None:
            told = _payload({"text": work.shown} | verdict)
            writing.append(self._journal.record(self._draft(work, "filter", "answer-checked", verdict)))
            writing.append(self._journal.close(work.opened, work.outcome, payload=told))
        if work.request is not None:
            writing.append(self._journal.close(work.request, work.outcome, name="question-closed"))
        try:
            await asyncio.gather(*writing)
        finally:  # a closing that could not be written is owed to the journal; this row does not wait for it
            if work.message:
                sources = [vars(s) for s in work.sources]
                await self._conversations.end(work.message, work.shown, work.outcome, sources)

    def _draft(self, work: Work, kind: str, name: str, payload: dict[str, Any] | None = None, **rest: Any) -> Draft:
        return Draft(
            kind=kind,
            name=name,
            chain=work.chain,
            actor=work.actor.id,
            space=work.seal_space,
            payload=b"" if payload is None else _payload(payload),
            **rest,
        )


def _payload(data: dict[str, Any]) -> bytes:
    return json.dumps(data, ensure_ascii=False).encode()


def cleaned(question: str) -> str:
    """NFC, no control characters, no outer space. Raises QuestionEmpty, QuestionTooLong."""
    text = "".join(
        c for c in unicodedata.normalize("NFC", question) if c in "\n\t" or unicodedata.category(c)[0] != "C"
    )
    text = text.strip()
    if not text:
        raise QuestionEmpty()
    if len(text) > QUESTION_LIMIT:
        raise QuestionTooLong(length=len(text), limit=QUESTION_LIMIT)
    return text


async def _nothing(language: str) -> AsyncGenerator[Delta]:
    """The answer when the base has none: no model is asked to invent one."""
    yield Delta(prompt.NOT_FOUND[language], "stop")
