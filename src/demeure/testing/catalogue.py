"""A catalogue and a finder over the documents in memory of ``FakeShelves``, as the gateway's pages ask them."""

# ruff: noqa: ARG002 - fakes have the signatures of their ports

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from demeure.clock import iso
from demeure.errors import DemeureError
from demeure.gateway.catalogue import DocumentRow, ShelfPage
from demeure.library import Document, Facets, Finding, FoundDocument, FoundPassage, French, Shown, Shut, Wanted
from demeure.library.catalogue import tag_word
from demeure.library.errors import DocumentUnknown
from demeure.library.search.seeking import Marks, sought
from demeure.library.wanted import STATES, tag_form
from demeure.policy import Actor


class FakeCatalogue:
    """``shelves``: a FakeShelves. ``kept``: ids that nobody may delete. ``failure``: raised by the next call."""

    def __init__(self, shelves: Any) -> None:
        self._shelves = shelves
        self.kept: set[str] = set()
        self.failure: DemeureError | None = None

    async def page(self, actor: Actor, space: str, wanted: Wanted, number: int = 1, size: int = 50) -> ShelfPage:
        if self.failure:
            raise self.failure
        here = await self._shelves.documents(actor, space)
        rows = [row for row in here if _matches(row, wanted.checked())]
        keys: dict[str, Any] = {"name": lambda r: tag_form(r.name), "size": lambda r: r.size}
        if wanted.sort in keys:
            rows.sort(key=keys[wanted.sort], reverse=wanted.down)
        pages = max(1, -(-len(rows) // size))
        number = min(max(1, number), pages)
        people = Counter(row.added_by for row in here)
        facets = Facets(
            states=dict(Counter(row.state for row in here)),
            formats=dict(Counter(row.format for row in here)),
            people={name: (name, count) for name, count in people.items()},
            tags=dict(Counter(tag for row in here for tag in row.tags)),
        )
        return ShelfPage(tuple(rows[(number - 1) * size :][:size]), len(rows), number, pages, facets)

    async def shown(self, actor: Actor, documents: Sequence[str]) -> list[DocumentRow]:
        return [self._shelves.rows[one] for one in dict.fromkeys(documents) if one in self._shelves.rows]

    async def matching(self, actor: Actor, space: str, wanted: Wanted) -> list[str]:
        return [row.id for row in (await self.page(actor, space, wanted, 1, 1001)).rows]

    async def erasable(self, actor: Actor, documents: Sequence[str]) -> list[DocumentRow]:
        return [row for row in await self.shown(actor, documents) if row.id not in self.kept]

    async def tag(
        self, actor: Actor, documents: Sequence[str], add: Sequence[str] = (), remove: Sequence[str] = ()
    ) -> int:
        if self.failure:
            raise self.failure
        put, off = [tag_word(word) for word in add], {tag_form(tag_word(word)) for word in remove}
        for row in await self._all(actor, documents):
            tags = {tag_form(word): word for word in (*put, *row.tags) if tag_form(word) not in off}
            self._shelves.rows[row.id] = replace(row, tags=tuple(sorted(tags.values(), key=tag_form)))
        return len(documents)

    async def delete(self, actor: Actor, documents: Sequence[str]) -> int:
        if self.failure:
            raise self.failure
        for row in await self._all(actor, documents):
            del self._shelves.rows[row.id]
        return len(documents)

    async def _all(self, actor: Actor, documents: Sequence[str]) -> list[DocumentRow]:
        rows = await self.shown(actor, documents)
        if len(rows) != len(set(documents)):
            raise DocumentUnknown()
        return rows


class FakeFinder:
    """``texts``: what each document says, by id. ``meant``: proposed when nothing was found. ``whole``: do those
    found hold all of what is sought? ``near``: ids of those found by their meaning, last."""

    def __init__(self, shelves: Any) -> None:
        self._shelves = shelves
        self.texts: dict[str, str] = {}
        self.meant: str | None = None
        self.near: set[str] = set()
        self.by_meaning = self.whole = True
        self.shut: Shut = {}
        self.asked: list[tuple[str, tuple[str, ...], Wanted, int]] = []

    async def find(
        self,
        actor: Actor,
        text: str,
        spaces: Sequence[str] = (),
        wanted: Wanted = Wanted(),  # noqa: B008 - frozen
        page: int = 1,
        size: int = 20,
    ) -> Finding:
        french = French()
        asked = sought(text, french)
        if not asked.nothing:
            self.asked.append((text, tuple(spaces), wanted, page))
        marks = Marks(asked, french.terms)
        found = []
        for id_, said in self.texts.items():
            row = self._shelves.rows[id_]
            if spaces and row.space not in spaces:
                continue
            if not asked.nothing and marks.spans(said):
                passage = FoundPassage(7, {"kind": "page", "page": 3}, tuple(marks.excerpt(said)))
                shown = Shown(document_of(row), row.added_by, row.tags)
                found.append(FoundDocument(shown, self._shelves.names[row.space], self.whole, (passage,), 1))
        whole = len(found) * self.whole
        for id_ in sorted(self.near):
            row = self._shelves.rows[id_]
            passage = FoundPassage(7, {"kind": "page", "page": 3}, ((self.texts[id_], False),))
            shown = Shown(document_of(row), row.added_by, row.tags)
            found.append(FoundDocument(shown, self._shelves.names[row.space], False, (passage,), 1))
        first = (page - 1) * size
        meant = None if found else self.meant
        shown_ = tuple(found[first : first + size])
        return Finding(asked, shown_, len(found), whole, False, meant, self.by_meaning, 0.012, self.shut)

    async def choices(self, actor: Actor) -> tuple[list[str], list[str]]:
        rows = list(self._shelves.rows.values())
        return sorted({row.format for row in rows}), sorted({tag for row in rows for tag in row.tags}, key=tag_form)


def _matches(row: DocumentRow, wanted: Wanted) -> bool:
    day = iso(row.added_at)[:10]
    return (
        (
            not wanted.state
            or row.state in STATES.get(wanted.state, ())
            or wanted.state in [one.kind for one in row.standing]
        )
        and (not wanted.format or row.format == wanted.format)
        and (not wanted.person or row.added_by == wanted.person)
        and (not wanted.tag or tag_form(wanted.tag) in map(tag_form, row.tags))
        and (not wanted.since or day >= wanted.since)
        and (not wanted.until or day <= wanted.until)
    )


def document_of(row: DocumentRow) -> Document:
    """The row as the library knows it."""
    return Document(
        id=row.id,
        space=row.space,
        name=row.name,
        format=row.format,
        size=row.size,
        sha256=row.sha256,
        state=row.state,
        chain="",
        added_by=row.added_by,
        added_at=iso(row.added_at),
        pages=row.pages,
        author=row.author,
        written_on=row.written_on,
        reason=row.reason,
        owner=row.owner,
        review_on=row.review_on,
        keep_until=row.keep_until,
        ends=row.written_on,
    )
