"""Finding: the documents that hold all of what is sought first, then those that come near; no model is needed.

Only the databases of spaces the actor may read are opened: no word, suggestion or count comes from elsewhere. What
was sought is written in the journal before anything is shown.
"""

import asyncio
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import uuid4

import sqlalchemy as sa

from demeure.clock import Clock, iso
from demeure.identity import Membership, Place
from demeure.journal import Draft, Journal
from demeure.library.hidden import hidden
from demeure.library.listing import Cards, Shown
from demeure.library.rooms import Rooms
from demeure.library.search.allowed import askable, readable
from demeure.library.search.lexical import Found, Lexicon, token
from demeure.library.search.query import French
from demeure.library.search.search import Retrieval, Searcher
from demeure.library.search.seeking import Marks, Piece, Sought, sought
from demeure.library.search.shut import Shut, shut
from demeure.library.search.spelling import Spelling
from demeure.library.search.synonyms import NoSynonyms, Synonyms, said_otherwise, same
from demeure.library.standing import Older, older
from demeure.library.wanted import Wanted
from demeure.policy import Actor
from demeure.store.space_tables import passages

MOST = 2000
"""Passages that hold all of it, read of each space; beyond, the number of documents is « more than »."""

NEAR = 10
"""Documents shown that do not hold all of it."""

PASSAGES = 3  # shown of each document
_NEAR_PASSAGES = 100
_APART = 5
"""Words looked for each by itself: a whole sentence would cost 0.2 s, and what comes near answers it better."""
_CHECKED = 400  # passages whose text is read to see a phrase in it
_PATIENCE = 3.0  # seconds the embedding model has to answer
_CLOSE = 0.84
"""Cosine from which a passage without any of the words is worth showing (E5 gives 0.7 to 0.8 to any two texts)."""


@dataclass(frozen=True)
class FoundPassage:
    """``pieces``: an excerpt, what was sought marked. ``place``: see docs/architecture.md."""

    passage: int
    place: Mapping[str, Any]
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class FoundDocument:
    """``whole``: it holds all of what was sought. ``passages``: the best ones, out of ``count``."""

    shown: Shown
    space: str
    whole: bool
    passages: tuple[FoundPassage, ...]
    count: int = 0


@dataclass(frozen=True)
class Finding:
    """``documents``: one page of them, ``total`` in all; ``whole``: how many hold all of it (``more``: at least).
    ``meant``: the search that was probably meant. ``by_meaning``: the embedding model put them in order too.
    ``shut``: by name, spaces that do not open and were left out."""

    sought: Sought
    documents: tuple[FoundDocument, ...]
    total: int
    whole: int
    more: bool
    meant: str | None
    by_meaning: bool
    seconds: float
    shut: Shut = field(default_factory=dict)


@dataclass
class _Document:
    """A document while it is being ranked. ``held``: 2, all of it in one passage; 1, all of it here and there; 0,
    some of it. ``passages``: the best PASSAGES of the ``count`` found."""

    id: str
    space: str
    held: int
    score: float
    passages: list[int] = field(default_factory=list)
    count: int = 0

    def take(self, passage: int) -> None:
        self.count += 1
        if len(self.passages) < PASSAGES and passage not in self.passages:
            self.passages.append(passage)


class Finder:
    """Composed by the gateway beside the Searcher. Any number of searches at once."""

    def __init__(
        self,
        *,
        rooms: Rooms,
        cards: Cards,
        membership: Membership,
        searcher: Searcher,
        journal: Journal,
        clock: Clock,
        synonyms: Synonyms = NoSynonyms(),  # noqa: B008 - holds nothing
    ) -> None:
        self._synonyms = synonyms
        self._rooms, self._cards, self._membership = rooms, cards, membership
        self._searcher, self._journal, self._clock = searcher, journal, clock
        self._french = French()
        self._spelling = Spelling(rooms, cards, self._french)

    async def find(
        self,
        actor: Actor,
        text: str,
        spaces: Sequence[str] = (),
        wanted: Wanted = Wanted(),  # noqa: B008 - frozen
        page: int = 1,
        size: int = 20,
    ) -> Finding:
        """``spaces``: empty for all one may read; one that the actor may not read does not exist. Raises the
        journal's errors, SpaceShut when none of them opens."""
        began = self._clock.monotonic()
        asked = sought(text, self._french)
        places, unopened = await asyncio.to_thread(self._open, actor, spaces)
        asked = await asyncio.to_thread(self._widened, asked, [place.id for place in places])
        if asked.nothing or not places:
            return Finding(asked, (), 0, 0, False, None, False, self._clock.monotonic() - began, unopened)
        past = Older(every=True) if wanted.former else older(text)
        away = await asyncio.to_thread(hidden, self._cards, actor, {place.id: place.right for place in places})
        wanted = replace(wanted, dated=True, today=iso(self._clock.now())[:10], hidden=away).checked()
        ids = [place.id for place in places]
        near = asyncio.create_task(self._near(actor, asked, askable(actor, places), wanted.former))
        try:
            allowed = await asyncio.to_thread(self._allowed, places, wanted, past)
            whole, more = await asyncio.to_thread(self._whole, asked, places, allowed)
        except BaseException:
            near.cancel()
            raise
        retrieval = await near
        ranked = await asyncio.to_thread(self._ranked, asked, whole, retrieval, allowed, past)
        first = (max(1, page) - 1) * size
        documents = await asyncio.to_thread(self._read, asked, ranked[first : first + size], places, past, away)
        count = sum(one.held > 0 for one in ranked)
        meant = await asyncio.to_thread(self._spelling.meant, asked, ids, allowed) if count < 3 else None
        await self._write(actor, asked, places, wanted, documents)
        seconds, by_meaning = self._clock.monotonic() - began, bool(retrieval and retrieval.by_meaning)
        return Finding(asked, tuple(documents), len(ranked), count, more, meant, by_meaning, seconds, unopened)

    async def choices(self, actor: Actor) -> tuple[list[str], list[str]]:
        """(formats, tags) of the documents one may read, to filter by."""
        places = await asyncio.to_thread(readable, self._membership, actor, ())
        away = await asyncio.to_thread(hidden, self._cards, actor, {place.id: place.right for place in places})
        return await asyncio.to_thread(self._cards.facets_of, [place.id for place in places], away)

    def _widened(self, asked: Sought, spaces: Sequence[str]) -> Sought:
        """With the other names that glossaries of these spaces give to what is sought outside quotation marks."""
        if not asked.words or not spaces:
            return asked
        lexicons = [Lexicon(self._rooms.database(space)) for space in spaces]

        def says(phrase: str) -> bool:
            return any(lexicon.rarity([phrase])[phrase] for lexicon in lexicons)

        others = said_otherwise(self._synonyms, " ".join(asked.words), spaces, says, self._french)
        return replace(asked, same=same(others, self._french))

    # -- what may be read -----------------------------------------------------------------------------------------

    def _open(self, actor: Actor, spaces: Sequence[str]) -> tuple[list[Place], Shut]:
        """Those that are searched; by name, those that do not open."""
        places = readable(self._membership, actor, spaces)
        names = {place.id: place.name for place in places}
        away = shut(self._rooms, list(names), lambda: names)
        return [place for place in places if place.id not in away], {names[one]: why for one, why in away.items()}

    def _allowed(self, places: Sequence[Place], wanted: Wanted, past: Older) -> dict[str, set[str]] | None:
        """Documents that pass the filters, by space; None when there is no filter."""
        return None if wanted.everything else self._cards.allowed([place.id for place in places], wanted, past)

    # -- all of it ------------------------------------------------------------------------------------------------

    def _whole(
        self, asked: Sought, places: Sequence[Place], allowed: Mapping[str, set[str]] | None
    ) -> tuple[list[_Document], bool]:
        """Documents with a passage that holds all of it, then those that hold it here and there; are there more?"""
        together: dict[str, _Document] = {}
        apart: dict[str, _Document] = {}
        more = False
        for place in places:
            of = _of(allowed, place.id)
            here = self._passages(asked, asked.every, place.id, of, MOST)
            more = more or len(here) >= MOST
            for one in here:
                together.setdefault(one.document, _Document(one.document, place.id, 2, one.score)).take(one.passage)
            if len(together) >= 2 * NEAR:
                continue
            for one in self._here_and_there(asked, place.id, of, together.keys()):
                apart.setdefault(one.document, _Document(one.document, place.id, 1, one.score)).take(one.passage)
        return [*together.values(), *apart.values()], more

    def _here_and_there(
        self, asked: Sought, space: str, documents: Collection[str] | None, without: Collection[str]
    ) -> list[Found]:
        """Passages of documents that hold all of it, though no passage of theirs does."""
        terms = asked.terms
        if not 2 <= len(terms) + len(asked.phrases) <= _APART or (asked.phrases and not asked.quoted):
            return []
        lexicon = Lexicon(self._rooms.database(space))
        held = documents
        if asked.phrases:
            held = {one.document for one in self._passages(asked, asked.quoted, space, held, MOST)}
        for term in terms:
            if held is not None and not held:
                return []
            held = lexicon.documents(term, held)
        left = set(held or ()) - set(without)
        return self._passages(asked, asked.quoted or " OR ".join(terms), space, left, MOST)

    def _passages(
        self, asked: Sought, expression: str, space: str, documents: Collection[str] | None, limit: int
    ) -> list[Found]:
        if documents is not None and not documents:
            return []
        database = self._rooms.database(space)
        if expression:
            found = Lexicon(database).passages(expression, documents, limit)
        else:  # a phrase of small words only, which the index does not know
            found = self._by_reading(asked, space, documents, limit)
        if not asked.phrases:
            return found
        marks = Marks(asked, self._french.terms)
        texts = self._texts(space, [one.passage for one in found[:_CHECKED]])
        return [one for one in found[:_CHECKED] if marks.holds_phrases(_whole_text(texts.get(one.passage)))]

    def _by_reading(self, asked: Sought, space: str, documents: Collection[str] | None, limit: int) -> list[Found]:
        pattern = "%" + "%".join(asked.phrases[0].words) + "%"
        query = sa.select(passages.c.id, passages.c.document).where(passages.c.text.ilike(pattern)).limit(limit)
        with self._rooms.database(space).read() as db:
            rows = db.execute(query).all()
        return [Found(r.id, r.document, 0.0) for r in rows if documents is None or r.document in documents]

    # -- near it --------------------------------------------------------------------------------------------------

    async def _near(self, actor: Actor, asked: Sought, spaces: Sequence[str], former: bool) -> Retrieval | None:
        """As the assistant searches, by meaning and by words; None when that takes too long, or where none may."""
        if not spaces:
            return None
        try:
            async with asyncio.timeout(_PATIENCE):
                return await self._searcher.search(actor, asked.text, spaces, _NEAR_PASSAGES, former)
        except TimeoutError:
            return None

    def _ranked(
        self,
        asked: Sought,
        whole: Sequence[_Document],
        retrieval: Retrieval | None,
        allowed: Mapping[str, set[str]] | None,
        past: Older,
    ) -> list[_Document]:
        """Documents that hold all of it, in the order of meaning and words; then those that come near."""
        order = {h.document_id: h.score for h in reversed(retrieval.hits)} if retrieval else {}
        ranked = self._visible(whole, past)
        ranked.sort(key=lambda one: (-one.held, *_rank(order.get(one.id), one.score)))
        if len(ranked) >= 2 * NEAR or not (asked.stems or asked.phrases):
            return ranked  # nothing comes near a number
        near = self._near_documents(asked, retrieval, allowed, {one.id for one in whole})
        return ranked + self._visible(near, past)[:NEAR]

    def _visible(self, documents: Iterable[_Document], past: Older) -> list[_Document]:
        """Without those that are being deleted or read again, or whose place another has taken."""
        listed = list(documents)
        seen = self._cards.visible([one.id for one in listed], past)
        return [one for one in listed if one.id in seen]

    def _near_documents(
        self,
        asked: Sought,
        retrieval: Retrieval | None,
        allowed: Mapping[str, set[str]] | None,
        without: Collection[str],
    ) -> list[_Document]:
        """In the order of the assistant's search; a phrase in quotation marks is never left out."""
        found: dict[str, _Document] = {}
        marks = Marks(asked, self._french.terms)
        for hit in retrieval.hits if retrieval else ():
            of = _of(allowed, hit.space)
            close = hit.bm25 > 0 or (hit.cosine or 0.0) >= _CLOSE
            if not close or hit.document_id in without or (of is not None and hit.document_id not in of):
                continue
            if marks.holds_phrases(f"{hit.context}\n{hit.text}"):
                one = found.setdefault(hit.document_id, _Document(hit.document_id, hit.space, 0, hit.score))
                one.take(hit.passage_id)
        if allowed is not None and len(found) < NEAR:
            self._near_by_words(asked, allowed, found, without)
        return list(found.values())

    def _near_by_words(
        self, asked: Sought, allowed: Mapping[str, set[str]], found: dict[str, _Document], without: Collection[str]
    ) -> None:
        """Among filtered documents, which the assistant's search does not know how to look for."""
        some = " OR ".join(f'"{token(stem)}"' for stem in (*asked.stems, *asked.forms))
        expression = " AND ".join(filter(None, [asked.quoted, f"({some})" if some else ""]))
        before = set(found)
        for space, documents in allowed.items():
            for one in self._passages(asked, expression, space, documents, _NEAR_PASSAGES) if expression else ():
                if one.document not in without and one.document not in before:
                    kept = found.setdefault(one.document, _Document(one.document, space, 0, one.score))
                    kept.take(one.passage)

    # -- what is shown --------------------------------------------------------------------------------------------

    def _read(
        self,
        asked: Sought,
        ranked: Sequence[_Document],
        places: Sequence[Place],
        past: Older,
        away: Collection[str],
    ) -> list[FoundDocument]:
        names = {place.id: place.name for place in places}
        shown = {
            one.document.id: one for one in self._cards.named([d.id for d in ranked], found=past, without=away)
        }
        marks = Marks(asked, self._french.terms)
        texts: dict[tuple[str, int], Any] = {}
        found = []
        for space in {d.space for d in ranked}:
            ids = [i for d in ranked if d.space == space for i in d.passages]
            texts |= {(space, i): row for i, row in self._texts(space, ids).items()}
        for one in ranked:
            if one.id not in shown:
                continue
            rows = [(i, texts[(one.space, i)]) for i in one.passages if (one.space, i) in texts]
            excerpts = tuple(FoundPassage(i, row.place, tuple(marks.excerpt(row.text))) for i, row in rows)
            found.append(FoundDocument(shown[one.id], names[one.space], one.held > 0, excerpts, one.count))
        return found

    def _texts(self, space: str, ids: Sequence[int]) -> dict[int, Any]:
        c = passages.c
        query = sa.select(c.id, c.place, c.text, c.context).where(c.id.in_(ids))
        with self._rooms.database(space).read() as db:
            return {row.id: row for row in db.execute(query)} if ids else {}

    # -- what is written ------------------------------------------------------------------------------------------

    async def _write(
        self,
        actor: Actor,
        asked: Sought,
        places: Sequence[Place],
        wanted: Wanted,
        documents: Iterable[FoundDocument],
    ) -> None:
        ids = [one.shown.document.id for one in documents]
        told = {"sought": asked.text, "spaces": [place.id for place in places], "documents": ids}
        filters = {
            name: value
            for name, value in vars(wanted).items()
            if name != "hidden" and value != getattr(Wanted(today=wanted.today), name)
        }
        draft = Draft(
            kind="retrieval",
            name="documents-sought",
            chain=uuid4().hex,
            actor=actor.id,
            object=" ".join(ids[:50]),
            decision="reader",
            payload=json.dumps(told | {"filters": filters}, ensure_ascii=False).encode(),
        )
        await self._journal.record(draft)


def _of(allowed: Mapping[str, set[str]] | None, space: str) -> Collection[str] | None:
    return None if allowed is None else allowed.get(space, set())


def _whole_text(row: Any) -> str:
    return f"{row.context}\n{row.text}" if row is not None else ""


def _rank(score: float | None, bm25: float) -> tuple[int, float]:
    """Those that the assistant's own search puts in order first, then by their words."""
    return (0, -score) if score is not None else (1, -bm25)
