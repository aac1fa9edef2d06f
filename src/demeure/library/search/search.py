"""A question over the spaces an actor may read: words and meaning, fused; only those spaces' databases are opened.

Exact search: every vector is compared. Works without the embedding model, by words alone, and says so.
"""

import asyncio
import json
import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from demeure.engine import Embedded, Embedder
from demeure.errors import DemeureError
from demeure.identity import Membership
from demeure.library.rooms import Rooms
from demeure.library.search.confidence import Confidence, Features
from demeure.library.search.fuse import DEPTH, Signals, fuse
from demeure.library.search.lexical import BUDGET, Lexicon
from demeure.library.search.query import French, Question
from demeure.library.search.rerank import rerank
from demeure.library.search.shortlist import Shortlist, Words, by_meaning, by_words
from demeure.library.search.shut import Shut, shut
from demeure.library.search.synonyms import NoSynonyms, Synonyms, same, widened
from demeure.library.search.vectors import Snapshot, SpaceVectors
from demeure.library.shelf import Shelf
from demeure.library.standing import Named, Older, Standing, older
from demeure.policy import Action, Actor, Resource, Right, decide
from demeure.store.space_tables import passages

ABREAST = 2
"""Questions whose words are looked at at once, in their order: of a hundred, all would end with the last."""
_TOGETHER = 100  # candidates whose documents are looked at together: some are leaving, or have a newer version
_FIRST = 2  # times what is wanted, looked at first: it is nearly always enough
_PLACES = 100_000  # passages without vector whose document is remembered, of one space

_PLACED = sa.text("""
    SELECT json_group_array(json_array(id, document, ordinal)) FROM passages
    WHERE id IN (SELECT value FROM json_each(:ids))
""")


@dataclass(frozen=True)
class Hit:
    """One passage. ``text``: the stored text, byte for byte; ``context``: title and headings above it.
    ``score``: comparable within one question only. ``cosine``: None without a vector. ``digest``: SHA-256 of the
    file. ``also``: other spaces that hold the same passage of the same file. ``standing``: what whoever relies on
    the document must know. ``sensitivity``: the document's own class; empty: its space's."""

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
    digest: str = ""
    also: tuple[str, ...] = ()
    standing: tuple[Standing, ...] = ()
    sensitivity: str = ""


@dataclass(frozen=True)
class Retrieval:
    """``hits``: best first. ``by_meaning``: False when the embedding model was not there, or when a space still has
    to be embedded by it. ``found``: does the base seem to hold an answer (confidence.py)? ``spent``: milliseconds
    of each step; ``words`` goes on beside ``meaning``. ``spelt``: what was searched, when words of the question
    were put right first (corrected.py)."""

    hits: tuple[Hit, ...]
    by_meaning: bool
    features: Features
    found: bool
    spent: Mapping[str, float] = field(default_factory=dict)
    spelt: str = ""


class _Spent(dict[str, float]):
    """Milliseconds by step."""

    @contextmanager
    def on(self, step: str) -> Iterator[None]:
        begin = time.perf_counter()
        try:
            yield
        finally:
            self[step] = self.get(step, 0.0) + 1000 * (time.perf_counter() - begin)


@dataclass(frozen=True)
class _Ranked:
    """A candidate in its final place."""

    space: str
    passage: int
    document: str
    score: float
    cosine: float | None
    bm25: float


@dataclass
class _Space:
    """What is kept in memory of one space."""

    lexicon: Lexicon
    vectors: SpaceVectors
    places: dict[int, tuple[str, int]] = field(default_factory=dict)  # of passages, whose ids are never used twice


@dataclass(frozen=True)
class _Compared:
    """The vectors of one space, and how close each is to the question."""

    view: Snapshot
    cosines: NDArray[np.float32]


class Searcher:
    """Any number of concurrent searches, ``ABREAST`` of which look at words, however many wait for the model;
    matrices and frequencies are shared between them."""

    def __init__(
        self,
        rooms: Rooms,
        shelf: Shelf,
        membership: Membership,
        embedder: Embedder,
        confidence: Confidence = Confidence(),  # noqa: B008 - frozen
        reorder: Callable[[NDArray[np.float64], Signals], NDArray[np.float64]] = rerank,
        budget: int = BUDGET,
        synonyms: Synonyms = NoSynonyms(),  # noqa: B008 - holds nothing
    ) -> None:
        """``reorder``: the last step, from fused scores to final ones. ``budget``: of the lexical search."""
        self._synonyms = synonyms
        self._rooms, self._shelf, self._membership, self._embedder = rooms, shelf, membership, embedder
        self._confidence, self._reorder, self._budget = confidence, reorder, budget
        self._french = French()
        self._asking = frozenset(self._french.stems("numéro téléphone"))  # they ask, and no passage need say them
        self._spaces: dict[str, _Space] = {}
        self._abreast = asyncio.Semaphore(ABREAST)

    async def search(
        self, actor: Actor, question: str, spaces: Sequence[str], limit: int, former: bool = False, model: str = ""
    ) -> Retrieval:
        """At most ``limit`` passages of ``spaces``, best first. A document whose place another has taken is found
        when the question asks for it (standing.older), or with ``former``. ``model``: that reads what is found,
        when it is not the house's own. Raises policy.Denied for a space the actor may not read, the store's key
        errors for one being erased."""
        past = Older(every=True) if former else older(question)
        spent = _Spent()
        async with self._abreast:
            asked, right = await asyncio.to_thread(self._asked, actor, question, spaces, model)
            meaning = asyncio.create_task(self._meaning(asked.embedded, spent))
            try:
                words = await asyncio.to_thread(self._words, asked, spaces, spent)  # while the model works
            except BaseException:
                meaning.cancel()
                raise
        meant, may = await meaning, _Asking(actor, right, model)
        return await asyncio.to_thread(self._gathered, asked, words, meant, (limit, past, may), spent)

    def shut(self, actor: Actor, spaces: Sequence[str]) -> Shut:
        """Those of ``spaces`` that are damaged. Raises SpaceShut when none of them opens. Blocking."""
        return shut(self._rooms, spaces, lambda: {one.id: one.name for one in self._membership.spaces(actor)})

    def standings(self, documents: Sequence[str]) -> dict[str, tuple[Standing, ...]]:
        """What whoever relies on these documents must know, by id; their readers are the caller's to know.
        Blocking."""
        named = self._shelf.names(set(documents), Older(every=True))
        return {one: told.standing for one, told in named.items()}

    def _cosines(self, meant: Embedded, spaces: Iterable[str], spent: _Spent) -> dict[str, _Compared]:
        """The question's vector against those of each space that has comparable ones."""
        vector = np.asarray(meant.vectors[0], np.float32)
        with spent.on("compared"):
            views = {space: self._open(space).vectors.snapshot() for space in spaces}
            return {
                space: _Compared(view, view.cosines(vector))
                for space, view in views.items()
                if view.comparable(meant.model)
            }

    async def _meaning(self, text: str, spent: _Spent) -> Embedded | None:
        with spent.on("meaning"):
            try:
                return await self._embedder.embedded([text], "query")
            except DemeureError:  # down, busy, restarting: words alone still find, and the answer says so
                return None

    def _asked(self, actor: Actor, question: str, spaces: Sequence[str], model: str) -> tuple[Question, Right]:
        """What is looked for, once the actor is known to have a right to all the spaces, whose words it may use."""
        right = self.allow(actor, spaces, model)
        asked = self._french.question(question)
        return widened(asked, self._synonyms.others(asked.text, spaces), self._french), right

    def allow(self, actor: Actor, spaces: Sequence[str], model: str = "") -> Right:
        """May the actor ask of all the ``spaces``? Their lowest right there. Raises policy.Denied. Blocking."""
        right = self._membership.lowest(actor, spaces)
        decide(actor, Action.ASK, Resource("spaces", id=",".join(spaces), right=right, model=model)).require()
        return right

    def _words(self, asked: Question, spaces: Sequence[str], spent: _Spent) -> dict[str, Words]:
        with spent.on("words"):
            wanted = (*asked.stems, *asked.phrases)
            return {space: self._open(space).lexicon.search(wanted, DEPTH) for space in spaces}

    def _gathered(
        self,
        asked: Question,
        words: Mapping[str, Words],
        meant: Embedded | None,
        wanted: tuple[int, Older, "_Asking"],
        spent: _Spent,
    ) -> Retrieval:
        """``meant``: None without a vector."""
        with self._rooms.together(words):
            compared = None if meant is None else self._cosines(meant, words, spent)
            return self._search(asked, words, compared, wanted, spent)

    def _search(
        self,
        asked: Question,
        words: Mapping[str, Words],
        compared: Mapping[str, _Compared] | None,
        wanted: tuple[int, Older, "_Asking"],
        spent: _Spent,
    ) -> Retrieval:
        with spent.on("gathered"):
            lists = [
                short
                for space, found in words.items()
                for short in self._shortlists(space, found, compared.get(space) if compared else None)
            ]
            signals = Signals.together([short.signals for short in lists])
        with spent.on("fused"):
            fused = fuse(signals)
        with spent.on("reranked"):
            ranked = _ordered(lists, signals, self._reorder(fused, signals))
        with spent.on("read"):
            hits = self._read(ranked, *wanted)
        cosines = signals.cosine[~np.isnan(signals.cosine)]
        features = Features(
            cosine=float(np.max(cosines)) if len(cosines) else None,
            coverage=self._coverage(asked, list(words), hits),
            peak=float(np.max(fused)) if len(fused) else 0.0,
            candidates=len(fused),
            unheard=self._unheard(asked, list(words)),
            words=len(asked.stems),
        )
        found = bool(hits) and self._confidence.holds_an_answer(features)
        return Retrieval(tuple(hits), compared is not None and len(compared) == len(words), features, found, spent)

    def _shortlists(self, space: str, words: Words, compared: _Compared | None) -> Iterator[Shortlist]:
        if compared is not None:
            short, words = by_meaning(space, compared.view, compared.cosines, words)
            yield short
        if words:
            yield by_words(space, words, self._known(space, [passage for passage, _ in words]))

    def _open(self, space: str) -> _Space:
        database = self._rooms.database(space)
        if (kept := self._spaces.get(space)) is None:
            kept = self._spaces.setdefault(space, _Space(Lexicon(database, self._budget), SpaceVectors(database)))
        return kept

    def _known(self, space: str, ids: Sequence[int]) -> dict[int, tuple[str, int]]:
        """Document and ordinal of these passages. Each row lies in a page of its own, to be deciphered: they are
        read once."""
        kept = self._open(space)
        here = {one: place for one in ids if (place := kept.places.get(one)) is not None}
        if lacking := [one for one in ids if one not in here]:
            with self._rooms.database(space).read() as db:
                found = db.execute(_PLACED, {"ids": json.dumps(lacking)}).scalar_one()
            read = {int(one): (str(document), int(ordinal)) for one, document, ordinal in json.loads(found)}
            # another dict, never emptied under who reads it
            kept.places = read if len(kept.places) > _PLACES else kept.places | read
            here |= read
        return here

    def _read(self, ranked: Iterator[_Ranked], limit: int, past: Older, may: "_Asking") -> list[Hit]:
        names: dict[str, Named] = {}
        shown: list[_Ranked] = []
        together = _FIRST * limit
        # ten versions of one text must not hide all that follows
        while len(shown) < limit and (some := list(islice(ranked, together))):
            together = max(_TOGETHER, limit)
            names |= self._shelf.names({one.document for one in some}, past)
            shown += [one for one in some if one.document in names and may.ask(one.space, names[one.document])]
        shown = shown[:limit]
        rows: dict[tuple[str, int], Any] = {}
        for space in {one.space for one in shown}:
            ids, c = [one.passage for one in shown if one.space == space], passages.c
            query = sa.select(c.id, c.place, c.text, c.context).where(c.id.in_(ids))
            with self._rooms.database(space).read() as db:
                rows |= {(space, row.id): row for row in db.execute(query)}
        return [
            Hit(
                document_id=one.document,
                document=names[one.document].name,
                space=one.space,
                passage_id=one.passage,
                place=row.place,
                text=row.text,
                context=row.context,
                score=one.score,
                cosine=one.cosine,
                bm25=one.bm25,
                digest=names[one.document].sha256,
                standing=may.told(one.space, names[one.document]),
                sensitivity=names[one.document].sensitivity,
            )
            for one in shown
            if (row := rows.get((one.space, one.passage))) is not None
        ]

    def _unheard(self, asked: Question, spaces: Sequence[str]) -> int:
        """How many things that the question names are in none of the spaces, under any name: the glossary's, or
        what a sigle of everybody stands for, which is not searched (docs/words.md) but is no unknown thing."""
        left = set(asked.named)
        for space in spaces:
            left &= self._spaces[space].lexicon.unheard(tuple(left)) if left else left
        known = (*asked.same, *same(self._synonyms.spare(asked.text, spaces), self._french)) if left else ()
        for space in spaces:
            lexicon = self._spaces[space].lexicon
            for stems, phrases in known if left else ():
                if any(lexicon.rarity(phrases).values()):  # it is there under another name
                    left -= set(stems)
        return len(left)

    def _coverage(self, asked: Question, spaces: Sequence[str], hits: Sequence[Hit]) -> float:
        """Share of the question's words, rare ones counting more, that the best three passages hold together."""
        sought = tuple(s for s in asked.stems if s not in self._asking) or asked.stems
        if not sought:
            return 0.0
        weight = dict.fromkeys(sought, 0.0)
        for space in spaces:
            for stem, share in self._spaces[space].lexicon.rarity(sought).items():
                weight[stem] = max(weight[stem], share)
        # 1 at least: in a base of a few passages every word is frequent, and none would count
        weight = {stem: 1.0 - math.log(max(share, 1e-3)) for stem, share in weight.items()}
        texts = [self._french.stems(f"{hit.context}\n{hit.text}") for hit in hits[:3]]
        held = {stem for stems in texts for stem in stems}
        joined = [f" {' '.join(stems)} " for stems in texts] if asked.same else []
        for stems, phrases in asked.same:
            if any(f" {phrase} " in text for phrase in phrases for text in joined):
                held |= set(stems)
        total = sum(weight.values())
        return sum(w for stem, w in weight.items() if stem in held) / total if total else 0.0


@dataclass(frozen=True)
class _Asking:
    """Who asks, with which right: a document of a higher class than its space may be refused to them, or to the
    model."""

    actor: Actor
    right: Right
    model: str = ""

    def ask(self, space: str, named: Named) -> bool:
        return not named.sensitivity or self._allowed(space, named.sensitivity, Action.ASK, Action.DOCUMENT_READ)

    def told(self, space: str, named: Named) -> tuple[Standing, ...]:
        """Its standing, without the newer version that they may not see."""
        if not named.newer or self._allowed(space, named.newer, Action.DOCUMENT_READ):
            return named.standing
        return tuple(one for one in named.standing if not one.newer)

    def _allowed(self, space: str, sensitivity: str, *actions: Action) -> bool:
        about = Resource("document", space=space, right=self.right, sensitivity=sensitivity, model=self.model)
        return all(decide(self.actor, one, about).allowed for one in actions)


def _ordered(lists: Sequence[Shortlist], signals: Signals, scores: NDArray[np.float64]) -> Iterator[_Ranked]:
    """Best first; equal ones by space and passage."""
    owners = [(short, at) for short in lists for at in range(len(short.passages))]
    names = np.array([short.space for short, _ in owners], np.str_)
    ids = np.concatenate([short.passages for short in lists]) if lists else np.empty(0, np.int64)
    for row in np.lexsort((ids, names, -scores)).tolist():
        short, at = owners[row]
        cosine = float(signals.cosine[row])
        yield _Ranked(
            space=short.space,
            passage=int(ids[row]),
            document=short.documents[at],
            score=float(scores[row]),
            cosine=None if math.isnan(cosine) else cosine,
            bm25=float(signals.words[row]),
        )
