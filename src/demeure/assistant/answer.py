"""A question, from the first journal entry to the last: ``ask()`` reads top to bottom.

Promise: nothing is shown before the request and the retrieval are written; the opening of the answer is written
before its first word and its closing before the end; every word shown is already kept in the conversation.
"""

import asyncio
import contextlib
import os
from collections.abc import AsyncGenerator, Awaitable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Protocol

from demeure.assistant import abroad, asides, ending, leaning, listing, plainly, prompt, second_look
from demeure.assistant.allowed import Base, Rights, decided
from demeure.assistant.citations import MarkerFilter, numbers_in
from demeure.assistant.composed import composed
from demeure.assistant.conversations import Conversations
from demeure.assistant.declining import told
from demeure.assistant.dossier import Dossiers
from demeure.assistant.errors import ConversationBusy, ConversationMoved
from demeure.assistant.events import BeingRead, Event, Problem, Sources, Started, Text
from demeure.assistant.followup import Turn, lean
from demeure.assistant.heads import WithoutHeads
from demeure.assistant.loading import loaded, waited
from demeure.assistant.pasted import asked_in_mail
from demeure.assistant.precedence import Precedence
from demeure.assistant.sources import extracts_of, findings_of, kept, sources_of
from demeure.assistant.through import Through
from demeure.assistant.wording import NoWords, WordsInForce, hand_of, in_force
from demeure.assistant.work import Work, cleaned
from demeure.engine import QUESTION, Delta, Engine, FairQueue
from demeure.errors import DemeureError
from demeure.journal import Journal
from demeure.journal.entry import commit
from demeure.library import Document, DocumentUnknown, French, Retrieval
from demeure.policy import Actor, Decision, edition
from demeure.settings import Settings

FLUSH_SECONDS, FEW = 0.12, 8  # at 40 tokens/s about five tokens: smooth to read; longer beyond so many answers
SENTENCE_ENDS = (".", "!", "?", "…", ":", "]")
"""Shown at once: the last words would otherwise wait until the engine has drawn the token that ends the answer."""


class Lease(Protocol):
    """Holding it makes background work wait."""

    def interactive(self) -> contextlib.AbstractAsyncContextManager[None]: ...


class Assistant:
    """Composes a searcher, an engine, the journal and the conversations. Safe for concurrent questions."""

    def __init__(
        self,
        *,
        searcher: Base,
        engine: Engine,
        journal: Journal,
        conversations: Conversations,
        rights: Rights,
        lease: Lease,
        settings: Settings,
        model: str = "",
        dossiers: Dossiers | None = None,
        words: WordsInForce = NoWords(),  # noqa: B008 - holds nothing
        queue: FairQueue | None = None,
    ) -> None:
        self._searcher, self._engine, self._journal, self._words = searcher, engine, journal, words
        self._conversations, self._rights, self._lease = conversations, rights, lease
        self._settings, self._model, self._weights, self._dossiers = settings, model, "", dossiers
        self._french = French()
        self._queue = queue or FairQueue(settings.engine_slots)
        self._closings: set[asyncio.Task[None]] = set()
        self._written_in: set[str] = set()
        self._precedence = Precedence()

    def use(self, model: str, weights: str = "") -> None:
        """``model`` is the name written from now on, ``weights`` the SHA-256 of its file."""
        self._model, self._weights = model, weights

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
        """Answer ``question`` from the ``spaces`` (ids). Yields events, see events.py.

        ``chosen``: what the conversation remembers of them (empty: all; None: ``spaces``). ``again``: the last
        answer of the conversation, whose question is asked once more in place of ``question``. ``after``: the last
        answer that the asker has seen, to be refused if it is not the last. ``documents``: what it is about, of one
        space, instead of ``spaces``: they are read whole, when the model can. ``through``: another engine
        (through.py).

        Raises DocumentUnknown, DocumentsApart, QuestionEmpty, QuestionTooLong, ConversationUnknown,
        ConversationBusy, ConversationMoved, SpaceShut, policy.Denied, the journal's errors, before anything shows.
        Later failures are a Problem followed by Closed. Closing the generator stops the engine and closes the entry
        as interrupted, with the text shown.
        """
        about = await self._about(actor, documents)
        wanted = tuple(dict.fromkeys(row.space for row in about) if about else dict.fromkeys(spaces))
        work = Work(actor, question, wanted, language, self._model, again=again, after=after, through=through)
        work.chosen = wanted if chosen is None else tuple(dict.fromkeys(chosen))
        work.documents, work.conversation = tuple(about), conversation or ""
        work.classes, work.weights = frozenset(row.sensitivity for row in about), self._weights
        work.house = self._settings.organisation
        work.began, work.question = asyncio.get_running_loop().time(), question if again else cleaned(question)
        decision = await asyncio.to_thread(decided, self._rights, self._searcher, actor, work)
        if not decision.allowed:
            await self._refuse(work, decision)
        with self._alone_in(work):
            if work.conversation:
                mine = await self._conversations.sight(self._rights, actor)
                former = await self._conversations.about(actor.id, work.conversation)
                work.classes |= {former["sensitivity"] or ""}
                self._remember(work, await self._conversations.turns(actor.id, work.conversation, mine))
            try:
                async with self._lease.interactive():
                    async for event in self._answer(work, decision):
                        yield event
            finally:
                if work.request is not None:
                    await self._settle(work)
        yield work.last_word()

    async def _about(self, actor: Actor, documents: Sequence[str]) -> list[Document]:
        if documents and self._dossiers is None:
            raise DocumentUnknown()  # never an answer from elsewhere in their stead
        return await self._dossiers.rows(actor, documents) if documents and self._dossiers else []

    @contextlib.contextmanager
    def _alone_in(self, work: Work) -> Iterator[None]:
        """One answer at a time in a conversation, or two windows would mix theirs. Raises ConversationBusy."""
        if work.conversation in self._written_in:
            raise ConversationBusy()
        if work.conversation:
            self._written_in.add(work.conversation)
        try:
            yield
        finally:
            self._written_in.discard(work.conversation)

    def _remember(self, work: Work, turns: Sequence[Turn]) -> None:
        """What the conversation says of this question. Raises ConversationMoved."""
        last = turns[-1].message if turns else ""
        if (work.again and work.again != last) or work.after not in (None, last):
            raise ConversationMoved()
        if work.again:
            work.question, work.tries = cleaned(turns[-1].question), turns[-1].tries
            turns = turns[:-1]
        turns = [turn for turn in turns if asides.heard(turn.question, work.language) is None]
        if not asked_in_mail(work.question):  # an e-mail says what it is about
            work.lean, work.before = lean(work.question, turns, self._french.stems), tuple(turns[-1:])

    async def drain(self) -> None:
        """Wait for the closings of readers who left (at shutdown)."""
        await asyncio.gather(*self._closings, return_exceptions=True)
        if self._dossiers is not None:
            await self._dossiers.drain()

    async def _answer(self, work: Work, decision: Decision) -> AsyncGenerator[Event]:
        retrieval = await self._retrieve(work, decision)
        if isinstance(retrieval, DemeureError):
            work.outcome = "refused" if retrieval.http_status == 403 else "failed"
            yield self._problem(work, retrieval)
            return
        work.classes |= {hit.sensitivity for hit in retrieval.hits}
        built = self._prompt(work, retrieval)
        words = work.found_by_words_alone
        work.found = (retrieval.found or words) and bool(work.sources) and built.extracts > 0
        rows = (listing.whole_table(work) or work.unsaid) if retrieval.found else ""
        work.found = work.found and (bool(rows) or words or not abroad.told_by_lines_alone(work))
        work.called = work.found and not rows
        stream = self._engine_stream(work, built) if work.called else told(work, self._settings.organisation)
        async with contextlib.aclosing(stream):
            first = asyncio.create_task(anext(stream, None))  # the engine may start while the journal writes
            try:
                await self._write_retrieval(work, retrieval, built)
                yield self._started(work)
                aside, reading = work.aside is not None, work.to_read
                yield Sources(work.sources, work.by_meaning, work.read_whole, aside, reading)
                async for event in self._tell(work, first, stream):
                    yield event
            finally:
                first.cancel()
                with contextlib.suppress(asyncio.CancelledError, DemeureError):
                    await first

    async def _retrieve(self, work: Work, decision: Decision) -> Retrieval | DemeureError:
        """What search finds, or why it could not, while the request is being written. Raises what stops that."""
        with self._precedence.preparing():
            requested = asyncio.create_task(self._request(work, decision))
            try:
                return await self._search(work)
            except DemeureError as problem:
                return problem
            finally:
                await asyncio.shield(requested)

    async def _tell(
        self, work: Work, first: "asyncio.Task[Delta | None]", stream: AsyncGenerator[Delta]
    ) -> AsyncGenerator[Event]:
        markers, heads = MarkerFilter(len(work.sources), work.corrected), WithoutHeads(work.heads, work.question)
        hand = hand_of(work.spoken, work.voice, (source.document for source in work.sources))
        try:
            # written while the engine reads the prompt: a slow disk then costs the reader nothing
            await self._open(work)
            async for wait in waited(first, work.loading, work.rank, work.advance if work.to_read else None):
                yield wait
            delta = await first
            if work.to_read:
                yield BeingRead(100, 0.0)
            pending, due = "", 0.0
            clock = asyncio.get_running_loop().time
            while delta is not None:
                pending += hand.feed(markers.feed(heads.feed(delta.text))) + hand.settle()
                if pending and (clock() >= due or delta.finish or pending.endswith(SENTENCE_ENDS)):
                    yield await self._show(work, pending)
                    pending, due = "", clock() + FLUSH_SECONDS * max(1.0, len(self._written_in) / FEW)
                delta = await anext(stream, None)
            left = markers.feed(heads.finish()) + markers.finish()
            if last := pending + hand.feed(left) + hand.finish():
                yield await self._show(work, last)
            if lines := ending.of(work, markers.cited, self._french.stems):
                yield await self._show(work, lines)
                markers.cited += [n for n in numbers_in(lines) if n not in markers.cited]
            await self._precedence.give_way()
            self._judge(work, markers)
            if work.citations and not markers.cited:  # the model named none: what supports its words is named
                yield await self._show(work, " " + "".join(f"[{n}]" for n in work.citations))
            work.outcome = "done"
        except DemeureError as problem:
            work.outcome = "failed"
            yield self._problem(work, problem)

    @staticmethod
    def _started(work: Work) -> Started:
        entry = work.request.index if work.request is not None else None
        searched = work.searched, work.again, work.spelt, work.left_out, work.shut
        return Started(work.chain, work.conversation, work.message, entry, *searched)

    @staticmethod
    def _problem(work: Work, problem: DemeureError) -> Problem:
        work.problem, work.code = problem.sentence(work.language), problem.code()
        return Problem(work.code, work.problem)

    async def _search(self, work: Work) -> Retrieval:
        """Of the question as it stands, or as the conversation completes it."""
        if work.aside is not None:
            return leaning.NOTHING_SOUGHT
        wanted, work.mailed = self._settings.passages, asked_in_mail(work.question)
        work.glossary, work.voice = await asyncio.to_thread(in_force, self._words, work.spaces)
        if work.documents and self._dossiers is not None:
            work.searched = work.lean.text if work.lean is not None else " ".join(work.mailed)
            asked = (work.actor, work.documents, work.looked_for, wanted)
            retrieval, work.whole = await self._dossiers.find(*asked)
            work.by_meaning = retrieval.by_meaning
            return retrieval
        leant = (work.question, work.lean, work.spaces, wanted, self._french.stems, work.mailed)
        searcher = leaning.ReadBy(self._searcher, work.through.model) if work.through else self._searcher
        found = await leaning.find(searcher, work.actor, *leant)
        if french := abroad.otherwise(work, found.retrieval):
            other = await leaning.find(searcher, work.actor, french, None, *leant[2:])
            found = replace(other, searched=french) if other.retrieval.found else found
            work.reworded = other.retrieval.found
        work.searched, work.spelt, work.absent = found.searched, found.retrieval.spelt, found.absent
        work.by_meaning = found.retrieval.by_meaning
        return found.retrieval

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
        work.wordings = work.glossary.check(work.shown, passages)
        work.citations = tuple(markers.cited) or work.supporting()
        told = (work.looked_for, self._settings.organisation, work.citations, work.words)
        work.findings = findings_of(work.shown, work.sources, *told)

    def _prompt(self, work: Work, retrieval: Retrieval) -> prompt.Prompt:
        leant = work.searched and not work.reworded
        before = [(turn.question, turn.answer) for turn in work.before if leant and turn.answer]
        if work.whole is not None:
            work.sources = sources_of(retrieval.hits, work.language)
            asked = prompt.asked(work.question, work.spoken, before)
            work.unsaid = plainly.told(work, retrieval.hits, self._french.stems)
            return prompt.Prompt((*work.whole.messages, asked), len(retrieval.hits))
        limit = prompt.characters_about(self._settings.prompt_tokens)
        extracts = extracts_of(work.looked_for, retrieval.hits, work.spoken, self._french.stems, limit)
        if leant and leaning.nowhere(work.question, extracts, self._french.stems):
            extracts = []
        built = composed(work, extracts, self._settings, len(retrieval.hits), before)
        work.tables = tuple(extract for extract in extracts[: built.extracts] if extract.rows)
        work.named = listing.named(work.looked_for, work.listed, retrieval.hits, self._french.stems)
        work.unsaid = plainly.told(work, retrieval.hits, self._french.stems)
        work.sources = sources_of(retrieval.hits, work.language, work.read)
        return built

    def _engine_stream(self, work: Work, built: prompt.Prompt) -> AsyncGenerator[Delta]:
        tokens = self._settings.answer_tokens
        if work.through is not None:
            return work.through.answered(self._conversations, work, built.messages, max_tokens=tokens)
        how = {"max_tokens": tokens, **work.drawing}
        begin = partial(self._engine.chat, built.messages, **how)
        if work.whole is not None and self._dossiers is not None:
            asked = (work.whole, work.actor, work.chain, built.messages, work.advance)
            whole = partial(self._dossiers.stream, *asked, **how)
            look = second_look.Looking(self._engine, self._journal, self._settings, self._french.stems)
            begin = partial(look.over, work, whole, how)
        return self._queue.stream(work.actor.id, QUESTION, lambda: loaded(begin, work.loading), work.rank)

    # -- what is written ------------------------------------------------------------------------------------------

    async def _request(self, work: Work, decision: Decision) -> None:
        rules = f"policy={edition()} {work.decided_on}".rstrip()
        draft = work.draft("request", "question-asked", work.asked, decision=decision.rule, object=rules)
        work.request = await self._journal.intention(draft)
        try:
            work.conversation, work.message = await self._conversations.begin(
                work.actor.id, work.conversation or None, work.opening
            )
            self._written_in.add(work.conversation)  # a new one has its name from now on
        except DemeureError as problem:
            work.outcome = "refused" if problem.http_status in (404, 409) else "failed"
            raise

    async def _open(self, work: Work) -> None:
        """Before any word, where it comes from: a crash never leaves words without their sources."""
        sources = asyncio.create_task(self._conversations.keep(work.message, "", kept(work.sources)))
        try:
            work.opened = await self._journal.intention(work.draft("answer", "answer-opened"))
        finally:
            await sources

    async def _refuse(self, work: Work, decision: Decision) -> None:
        how = {"decision": decision.rule, "object": work.decided_on}
        await self._journal.record(work.draft("request", "question-refused", work.asked, **how))
        decision.require()

    async def _write_retrieval(self, work: Work, retrieval: Retrieval, built: prompt.Prompt) -> None:
        salt = os.urandom(32)  # sealed with the scores: who opens them can check the passages, nobody can guess
        passages = " ".join(f"{h.space}/{h.passage_id}={commit(salt, h.text.encode())}" for h in retrieval.hits)
        scores = {"scores": [round(h.score, 4) for h in retrieval.hits], "found": retrieval.found}
        scores |= {"passages_salt": salt.hex()}
        scores |= {name: said for name, said in (("searched", work.searched), ("spelt", work.spelt)) if said}
        drafts = [
            work.draft("retrieval", "passages-found", scores, object=passages),
            work.draft("input", "prompt-built", {"messages": work.told_to(built.messages)}),
        ]
        if work.called:
            drafts.append(work.call())
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
        work.seconds = asyncio.get_running_loop().time() - work.began
        writing: list[Awaitable[object]] = []
        if work.opened is not None:
            told = work.kept({"text": work.shown} | (verdict := work.verdict))
            writing.append(self._journal.record(work.draft("filter", "answer-checked", verdict)))
            writing.append(self._journal.close(work.opened, work.outcome, payload=told))
        if work.request is not None:
            writing.append(self._journal.close(work.request, work.outcome, name="question-closed"))
        try:
            await asyncio.gather(*writing)
        finally:  # a closing that could not be written is owed to the journal; this row does not wait for it
            if work.message:
                what = kept(work.sources), work.details, work.cited
                await self._conversations.end(work.message, work.shown, work.outcome, *what)
