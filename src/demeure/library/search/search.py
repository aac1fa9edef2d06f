"""A question over the spaces an actor may read: words and meaning, fused; only those spaces' databases are opened.

Exact search: every vector is compared. Works without the embedding model, by words alone, and says so.
"""

import asyncio
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from demeure.engine import Embedder
from demeure.errors import DemeureError
from demeure.identity import Membership
from demeure.library.rooms import Rooms
from demeure.library.search.confidence import Confidence, Features
from demeure.library.search.fuse import DEPTH, Candidate, Scored, fuse
from demeure.library.search.lexical import Lexicon
from demeure.library.search.query import French, Question
from demeure.library.search.vectors import SpaceVectors
from demeure.library.shelf import Shelf
from demeure.policy import Action, Actor, Resource, decide
from demeure.store.space_tables import passages

Words = Sequence[tuple[int, float]]
"""Passages that hold words of the question, with their BM25."""

_SPARE = 3  # candidates read per hit wanted: some may belong to a document that is leaving


@dataclass(frozen=True)
class Hit:
    """One passage. ``text``: the stored text, byte for byte; ``context``: title and headings above it.
    ``score``: comparable within one question only. ``cosine``: None without a vector."""

    document_id: str
    document: str
    space: str
    passage_id: int
    place: Mapping[str, Any]
    text: str
    context: str
    score: float
    cosine: float | None
    bm25: float


@dataclass(frozen=True)
class Retrieval:
    """``hits``: best first. ``by_meaning``: False when the embedding model was not there.
    ``found``: does the base seem to hold an answer (confidence.py)?"""

    hits: tuple[Hit, ...]
    by_meaning: bool
    features: Features
    found: bool


@dataclass
class _Space:
    """What is kept in memory of one space."""

    lexicon: Lexicon
    vectors: SpaceVectors


class Searcher:
    """Any number of concurrent searches; matrices and frequencies are shared between them."""

    def __init__(
        self,
        rooms: Rooms,
        shelf: Shelf,
        membership: Membership,
        embedder: Embedder,
        confidence: Confidence = Confidence(),  # noqa: B008 - frozen
    ) -> None:
        self._rooms, self._shelf, self._membership, self._embedder = rooms, shelf, membership, embedder
        self._confidence = confidence
        self._french = French()
        self._spaces: dict[str, _Space] = {}

    async def search(self, actor: Actor, question: str, spaces: Sequence[str], limit: int) -> Retrieval:
        """At most ``limit`` passages of ``spaces``, best first. Raises policy.Denied for a space the actor may not
        read, the store's key errors for one being erased."""
        asked = self._french.question(question)
        meaning = asyncio.create_task(self._meaning(asked.text))
        try:
            words = await asyncio.to_thread(self._words, actor, asked, spaces)  # 11 ms while the model takes 25
        except BaseException:
            meaning.cancel()
            raise
        vector = await meaning
        return await asyncio.to_thread(self._search, asked, words, vector, limit)

    async def _meaning(self, text: str) -> NDArray[np.float32] | None:
        try:
            vectors = await self._embedder.embed([text], "query")
            return np.asarray(vectors[0], np.float32)
        except DemeureError:  # down, busy, restarting: words alone still find, and the answer says so
            return None

    def _words(self, actor: Actor, asked: Question, spaces: Sequence[str]) -> dict[str, Words]:
        """Of each space, once the actor is known to have a right to all of them."""
        right = self._membership.lowest(actor, spaces)
        decide(actor, Action.ASK, Resource("spaces", id=",".join(spaces), right=right)).require()
        return {space: self._open(space).lexicon.search(asked.stems, DEPTH) for space in spaces}

    def _search(
        self, asked: Question, words: Mapping[str, Words], vector: NDArray[np.float32] | None, limit: int
    ) -> Retrieval:
        candidates = [c for space, found in words.items() for c in self._candidates(space, dict(found), vector)]
        ranked = fuse(candidates)
        hits = self._read(ranked[: limit * _SPARE + 10], limit)
        best = max((c.cosine for c in candidates if c.cosine is not None), default=None)
        peak = ranked[0].score if ranked else 0.0
        features = Features(best, self._coverage(asked, list(words), hits), peak, len(candidates))
        return Retrieval(
            tuple(hits), vector is not None, features, bool(hits) and self._confidence.holds_an_answer(features)
        )

    def _candidates(
        self, space: str, words: dict[int, float], vector: NDArray[np.float32] | None
    ) -> list[Candidate]:
        if vector is None:
            names = self._documents(space, list(words))
            return [Candidate(space, i, names[i], None, s) for i, s in words.items() if i in names]
        view = self._open(space).vectors.snapshot()
        cosines = view.cosines(vector)
        rows = np.argpartition(-cosines, DEPTH)[:DEPTH] if len(cosines) > DEPTH else np.arange(len(cosines))
        around = view.around(cosines)
        by_words = np.flatnonzero(np.isin(view.ids, list(words))) if words else np.empty(0, np.int64)
        found = [
            Candidate(
                space=space,
                passage=int(view.ids[r]),
                document=view.document(r),
                cosine=float(cosines[r]),
                bm25=words.pop(int(view.ids[r]), 0.0),
                around=float(around[r]),
            )
            for r in map(int, np.union1d(rows, by_words))
        ]
        names = self._documents(space, list(words))  # those that have no vector yet
        return found + [Candidate(space, i, names[i], None, s) for i, s in words.items() if i in names]

    def _open(self, space: str) -> _Space:
        database = self._rooms.database(space)
        kept = self._spaces.get(space)
        if kept is None:
            kept = self._spaces.setdefault(space, _Space(Lexicon(database), SpaceVectors(database)))
        return kept

    def _documents(self, space: str, ids: Sequence[int]) -> dict[int, str]:
        if not ids:
            return {}
        query = sa.select(passages.c.id, passages.c.document).where(passages.c.id.in_(ids))
        with self._rooms.database(space).read() as db:
            return {row.id: row.document for row in db.execute(query)}

    def _read(self, ranked: Sequence[Scored], limit: int) -> list[Hit]:
        names = self._shelf.names({s.candidate.document for s in ranked})
        shown = [s for s in ranked if s.candidate.document in names][:limit]
        rows: dict[tuple[str, int], Any] = {}
        for space in {s.candidate.space for s in shown}:
            ids = [s.candidate.passage for s in shown if s.candidate.space == space]
            c = passages.c
            query = sa.select(c.id, c.place, c.text, c.context).where(c.id.in_(ids))
            with self._rooms.database(space).read() as db:
                rows |= {(space, row.id): row for row in db.execute(query)}
        return [
            Hit(
                document_id=one.candidate.document,
                document=names[one.candidate.document],
                space=one.candidate.space,
                passage_id=one.candidate.passage,
                place=row.place,
                text=row.text,
                context=row.context,
                score=one.score,
                cosine=one.candidate.cosine,
                bm25=one.candidate.bm25,
            )
            for one in shown
            if (row := rows.get((one.candidate.space, one.candidate.passage))) is not None
        ]

    def _coverage(self, asked: Question, spaces: Sequence[str], hits: Sequence[Hit]) -> float:
        """Share of the question's words, rare ones counting more, that the best three passages hold together."""
        if not asked.stems:
            return 0.0
        weight = dict.fromkeys(asked.stems, 0.0)
        for space in spaces:
            for stem, share in self._spaces[space].lexicon.rarity(asked.stems).items():
                weight[stem] = max(weight[stem], share)
        # 1 at least: in a base of a few passages every word is frequent, and none would count
        weight = {stem: 1.0 - math.log(max(share, 1e-3)) for stem, share in weight.items()}
        held = {s for hit in hits[:3] for s in self._french.stems(f"{hit.context}\n{hit.text}")}
        total = sum(weight.values())
        return sum(w for stem, w in weight.items() if stem in held) / total if total else 0.0
