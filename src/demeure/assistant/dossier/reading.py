"""Questions on chosen documents: read whole when the model can, from a state kept ready when there is one.

Rights first: a document that the asker may not read does not exist, and no state of it is looked for. The place of
the engine that served is emptied before anybody else is served there.
"""

import asyncio
import contextlib
import statistics
import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol
from uuid import uuid4

from demeure.assistant.dossier.advance import Advance
from demeure.assistant.dossier.place import Lease, Place
from demeure.assistant.dossier.snapshots import NO_TEXT, TOO_LONG, Asker, Reading, Snapshots, Unready
from demeure.assistant.dossier.whole import Whole, whole_of
from demeure.assistant.errors import DocumentsApart
from demeure.assistant.evidence import evidence
from demeure.assistant.leaning import Searcher
from demeure.assistant.units import Told
from demeure.engine import ANY_SLOT, Delta, Engine, EngineFacts, EngineRefused, Progress
from demeure.identity import Membership
from demeure.journal import Draft, Journal
from demeure.library import (
    Document,
    Features,
    French,
    Hit,
    Library,
    Readiness,
    Retrieval,
    Rooms,
    Standing,
    about,
    written,
)
from demeure.library.whole import passages_of
from demeure.policy import Action, Actor, Resource, Right, decide
from demeure.settings import Settings

MOST_DOCUMENTS = 20
READABLE = ("searchable", "ready")
WITHIN = 200  # passages of the space looked at, to find those of documents too long to be read whole


@dataclass(frozen=True)
class Ready:
    """How ready a document is for questions. ``state``: ready, preparing, waiting (asked for, not begun), no (read
    at the next question), impossible; ``why``: of the last two. ``pinned``: asked to be kept ready; ``share``:
    hundredths read. ``size``: bytes on disk; ``seconds``: that each question is spared, or, of one that is not
    ready, that reading all of it takes, as others took; 0: not known."""

    state: str
    pinned: bool = False
    may_pin: bool = False
    share: int = 0
    why: Mapping[str, str] | None = None
    tokens: int = 0
    size: int = 0
    seconds: float = 0.0


class Rights(Protocol):
    """What identity's Membership tells. Blocks."""

    def right(self, actor: Actor, space: str) -> Right: ...


class Finding(Searcher, Protocol):
    """What is asked of the library: see ``demeure.library.Searcher``."""

    def standings(self, documents: Sequence[str]) -> Mapping[str, tuple[Standing, ...]]: ...


class Dossiers:
    """Composed by the gateway. Concurrent calls are welcome. ``on_lost``: told each time that a question did not
    find in the engine what had been put there for it."""

    def __init__(
        self,
        *,
        library: Library,
        rooms: Rooms,
        membership: Membership,
        readiness: Readiness,
        snapshots: Snapshots,
        engine: Engine,
        searcher: Finding,
        journal: Journal,
        settings: Settings,
        lease: Lease,
        nudge: Any = lambda: None,
        on_lost: Callable[[], None] = lambda: None,
    ) -> None:
        self._library, self._rooms, self._membership, self._readiness = library, rooms, membership, readiness
        self._snapshots, self._engine, self._searcher, self._journal = snapshots, engine, searcher, journal
        self._settings, self._nudge, self._french = settings, nudge, French()
        self._place = Place(snapshots.slots, lease)
        self._bringing: asyncio.Task[bool] | None = None
        self._on_lost = on_lost

    # -- questions ------------------------------------------------------------------------------------------------

    async def rows(self, actor: Actor, documents: Sequence[str]) -> list[Document]:
        """The documents named, of one space. Raises DocumentUnknown (also of one that the actor may not read),
        DocumentsApart."""
        wanted = list(dict.fromkeys(documents))
        rows = [await self._library.document(actor, one) for one in wanted[: MOST_DOCUMENTS + 1]]
        if len(rows) > MOST_DOCUMENTS or len({row.space for row in rows}) > 1:
            raise DocumentsApart(most=MOST_DOCUMENTS)
        for row in rows:
            right = await asyncio.to_thread(self._membership.right, actor, row.space)
            decide(actor, Action.ASK, about(row, right)).require()
        return rows

    async def find(
        self, actor: Actor, rows: Sequence[Document], question: str, wanted: int
    ) -> tuple[Retrieval, Whole | None]:
        """All the passages, each with how much it speaks of ``question``, and the whole to read; or, of what is too
        long, the ``wanted`` best and None. Raises the store's errors, and those of search."""
        whole = await asyncio.to_thread(self._read, rows)
        standing = await asyncio.to_thread(self._searcher.standings, whole.ids)
        told = tuple(replace(hit, standing=standing.get(hit.document_id, ())) for hit in whole.hits)
        whole = replace(whole, hits=told)
        if self._snapshots.fits(whole):
            hits = await asyncio.to_thread(self._weighed, question, whole.hits)
            return _retrieval(hits, by_meaning=True), replace(whole, hits=tuple(hits))
        near = await self._searcher.search(actor, question, [rows[0].space], WITHIN)
        mine = [hit for hit in near.hits if hit.document_id in set(whole.ids)][:wanted]
        if len(mine) < wanted:
            known = {hit.passage_id for hit in mine}
            weighed = await asyncio.to_thread(self._weighed, question, whole.hits)
            rest = sorted((hit for hit in weighed if hit.passage_id not in known), key=lambda hit: -hit.score)
            mine += [hit for hit in rest if hit.score > 0][: wanted - len(mine)]
        return _retrieval(mine, by_meaning=near.by_meaning), None

    def _read(self, rows: Sequence[Document]) -> Whole:
        held = [(row, passages_of(self._rooms.database(row.space), row.id)) for row in rows]
        told = self._settings
        return whole_of(held, organisation=told.organisation, language=told.language)

    def _weighed(self, question: str, hits: Sequence[Hit]) -> list[Hit]:
        told = [Told(hit.document_id, hit.context, hit.text) for hit in hits]
        lines = evidence(question, told, self._french.stems, 100_000)
        return [replace(hit, score=line.worth) for hit, line in zip(hits, lines, strict=True)]

    async def stream(
        self,
        whole: Whole,
        asker: Actor,
        chain: str,
        messages: Sequence[Mapping[str, str]],
        advance: Advance | None = None,
        **how: Any,
    ) -> AsyncGenerator[Delta]:
        """The answer to ``messages``, which begin with the whole; ``advance`` is told how far that is read. Raises
        as the engine's ``chat``, and the journal's errors."""
        right = await asyncio.to_thread(self._membership.right, asker, whole.space)
        for_whom, following = (
            Asker(asker, right, chain),
            _Following(self._place, advance or Advance(), self._on_lost),
        )
        async with self._place.lock:
            slot = ANY_SLOT
            try:
                self._place.hand_over()
                facts = await self._facts()
                slot = facts.slots - 1 if facts is not None else ANY_SLOT
                for last in (False, True):
                    if facts is not None:
                        await self._there(whole, facts, for_whom, following)
                    else:
                        self._place.begun()
                    following.last = last
                    try:
                        asked = self._engine.chat(messages, slot=slot, progress=following.told, **how)
                        async with contextlib.aclosing(asked) as answer:
                            async for delta in answer:
                                self._place.begun()
                                yield delta
                        return
                    except _StateLost:  # once more: what is kept of it is brought back in an instant
                        await self._snapshots.drain()
            finally:
                self._place.begun()
                if slot != ANY_SLOT:
                    await asyncio.shield(asyncio.ensure_future(self._place.empty(slot)))

    async def _facts(self) -> EngineFacts | None:
        """None: an engine that keeps no states; it still answers."""
        with contextlib.suppress(EngineRefused):
            return await self._snapshots.slots.facts()
        return None

    async def _there(self, whole: Whole, facts: EngineFacts, asker: Asker, following: "_Following") -> None:
        """Its state is in the place, where it can be, and others wait for its question to begin."""
        self._place.hand_over()
        following.expected = 0
        with contextlib.suppress(EngineRefused):
            waits = await self._waits(whole, facts, asker)
            following.expected = waits or await self._brought(whole, facts, asker, following)
        self._place.hand_over()

    async def bring(self, actor: Actor, documents: Sequence[str]) -> bool:
        """Somebody begins to write a question on these: what is kept ready of them is brought into the engine's
        place, to wait there for the question. False: nothing is kept, or the place is taken. Raises as ``rows``,
        and EngineDown, EngineRefused, the journal's errors."""
        rows = await self.rows(actor, documents)
        whole = await asyncio.to_thread(self._read, rows)
        if not rows or self._place.lock.locked() or not self._snapshots.fits(whole):
            return False
        asker = Asker(actor, await asyncio.to_thread(self._membership.right, actor, whole.space), uuid4().hex)
        self._bringing = asyncio.create_task(self._waiting(whole, asker))
        return await asyncio.shield(self._bringing)  # who leaves meanwhile leaves nothing half way

    async def _waiting(self, whole: Whole, asker: Asker) -> bool:
        async with self._place.lock:
            facts = await self._snapshots.slots.facts()
            slot, others = facts.slots - 1, self._place.others
            tokens = await self._waits(whole, facts, asker)
            tokens = tokens or await self._snapshots.restore(whole, facts, slot, asker)
            if tokens and others != self._place.others:  # somebody was served meanwhile: it is no longer there
                await self._place.empty(slot)
                return False
            if tokens:
                self._place.hold(self._waited(whole, facts, asker), slot, tokens)
            return bool(tokens)

    async def _waits(self, whole: Whole, facts: EngineFacts, asker: Asker) -> int:
        """Tokens of its state, in the slot already, for this asker, and which still may be used; nothing else is
        there, from now on."""
        mine = await self._place.take(self._waited(whole, facts, asker))
        if mine and not self._snapshots.decision(whole, asker.actor, asker.right).allowed:
            await self._place.empty(facts.slots - 1)
            return 0
        return mine

    def _waited(self, whole: Whole, facts: EngineFacts, asker: Asker) -> dict[str, Any]:
        return {**self._snapshots.binding(whole, facts), "asker": asker.actor.id}

    async def let_go(self) -> None:
        """Somebody else is about to be served by the engine: nothing waits there."""
        await self._place.let_go()

    async def _brought(self, whole: Whole, facts: EngineFacts, asker: Asker, following: "_Following") -> int:
        """Tokens of its state, in the slot: brought back, or made and kept. 0: it is read with the question."""
        slot = facts.slots - 1
        if brought := await self._snapshots.restore(whole, facts, slot, asker):
            return brought
        self._place.begun()  # of a reading others need not wait for the end
        if not self._snapshots.decision(whole, asker.actor, asker.right).allowed:
            return 0  # it is read with the question, and nothing of it is kept
        began = time.monotonic()
        beginning = await self._snapshots.slots.beginning(whole.messages, whole.head)
        tokens = done = 0
        async with contextlib.aclosing(self._snapshots.slots.read(beginning, slot)) as reading:
            async for now, tokens in reading:
                following.advance.tell(Progress(now, tokens))
                if tokens - now <= now - done:  # in the last batch: whoever comes now is served after it
                    self._place.hand_over()
                done = now
        read = Reading(tokens, time.monotonic() - began)
        await self._snapshots.keep(whole, facts, slot, read, asker, wait=False)
        return tokens

    async def drain(self) -> None:
        """Wait for what is being kept; nothing waits for a question any more."""
        await self._place.let_go()
        await self._snapshots.drain()

    # -- keeping ready --------------------------------------------------------------------------------------------

    async def ready(self, actor: Actor, document: str) -> Ready:
        """How ready it is. Raises DocumentUnknown."""
        row = await self._library.document(actor, document)
        right = await asyncio.to_thread(self._membership.right, actor, row.space)
        pinning = decide(actor, Action.DOCUMENT_PIN, _resource(row, right)).allowed
        return replace(await asyncio.to_thread(self._ready, row, actor, right), may_pin=pinning)

    def _ready(self, row: Document, actor: Actor, right: Right) -> Ready:
        pin = self._readiness.pinned(row.id)
        if row.state not in READABLE:
            return _impossible(NO_TEXT, pin is not None)
        whole = self._read([row])
        decision = self._snapshots.decision(whole, actor, right, row.name)
        if not decision.allowed:
            why = Unready(decision.rule, decision.sentence("fr"), decision.sentence("en"))
            return _impossible(why, pin is not None)
        if not self._snapshots.fits(whole):
            return _impossible(TOO_LONG, pin is not None)
        if kept := self._readiness.of(row.id):
            one = kept[0]
            told = {"tokens": one.tokens, "size": one.size, "seconds": one.seconds}
            return Ready("ready", pin is not None, share=100, **told)  # type: ignore[arg-type] # numbers
        told = {"tokens": whole.tokens, "seconds": self._foreseen(whole.tokens)}
        prevented = self._snapshots.prevents(row.space)
        if pin is None:
            return Ready("no", why=vars(prevented) if prevented else None, **told)  # type: ignore[arg-type] # numbers
        if prevented is not None:  # a full disk cannot even be written that
            return _impossible(prevented, True)
        return Ready(pin.state, True, share=pin.share, why=pin.reason, **told)  # type: ignore[arg-type] # numbers

    def _foreseen(self, tokens: int) -> float:
        """Seconds that the engine takes to read so many, as it took those that are kept; 0: none is."""
        took = [row.seconds / row.tokens for row in self._readiness.all() if row.tokens and row.seconds]
        return tokens * statistics.median(took) if took else 0.0

    async def pin(self, actor: Actor, document: str, *, keep: bool) -> Ready:
        """Keep it ready from now on, or no longer: what is kept then goes like the others. Raises DocumentUnknown,
        Denied, the journal's errors."""
        row = await self._library.document(actor, document)
        right = await asyncio.to_thread(self._membership.right, actor, row.space)
        decision = decide(actor, Action.DOCUMENT_PIN, _resource(row, right))
        name = "document-pin" if keep else "document-unpin"
        draft = Draft(
            kind="administration",
            name=name,
            phase="intention",
            chain=uuid4().hex,
            actor=actor.id,
            space=row.space,
            object=row.id,
            decision=decision.rule,
        )
        async with written(self._journal, draft, decision):
            if keep:
                await asyncio.to_thread(self._readiness.pin, row.id, actor.id)
            else:
                await asyncio.to_thread(self._readiness.unpin, row.id)
        self._nudge()
        return await self.ready(actor, document)

    async def room(self) -> tuple[int, int]:
        """How many states are kept, and their bytes on disk."""
        rows = await asyncio.to_thread(self._readiness.all)
        return len(rows), sum(row.size for row in rows)


class _StateLost(Exception):
    """What had been put in the place for a question is not there."""


class _Following:
    """What the engine says of one question's prompt. ``expected``: tokens that the place should hold; without half
    of them, their state was lost. ``last``: what is missing then is read, and not brought again."""

    def __init__(self, place: Place, advance: Advance, on_lost: Callable[[], None]) -> None:
        self._place, self.advance, self._on_lost = place, advance, on_lost
        self.expected, self.last = 0, False

    def told(self, read: Progress) -> None:
        """Raises _StateLost."""
        expected, self.expected = self.expected, 0
        if 2 * read.spared < expected:
            self._on_lost()
            if not self.last:
                raise _StateLost
        self._place.begun()
        self.advance.tell(read)


def _resource(row: Document, right: Right) -> Resource:
    return about(row, right, owner=row.added_by)


def _impossible(why: Unready, pinned: bool) -> Ready:
    return Ready("impossible", pinned, why=vars(why))


def _retrieval(hits: Sequence[Hit], *, by_meaning: bool) -> Retrieval:
    features = Features(cosine=None, coverage=0.0, peak=0.0, candidates=len(hits), unheard=0)
    return Retrieval(tuple(hits), by_meaning, features, bool(hits))
