"""Versions, comparisons, care and health over the documents in memory of ``FakeShelves``."""

# ruff: noqa: ARG002 - fakes have the signatures of their ports

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from demeure.library import Compared, Document, DocumentUnknown, Link, NearlySame, Report, Shown, Versions
from demeure.library.comparing import Text, compare
from demeure.library.health import KINDS, Alike, Asked, Row
from demeure.library.unanswered import Gap
from demeure.policy import Actor
from demeure.testing.catalogue import document_of


@dataclass
class FakeTending:
    """``former``: newer → former, both ids. ``asked``, ``twins``: pairs of ids. ``refused``: pairs somebody
    refused."""

    shelves: Any
    former: dict[str, str] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    twins: list[tuple[str, str]] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)

    async def versions(self, actor: Actor, document: str) -> Versions:
        self._shown(document)
        newer = {former: document for document, former in self.former.items()}
        line = [document]
        while line[0] in newer:
            line.insert(0, newer[line[0]])
        while line[-1] in self.former:
            line.append(self.former[line[-1]])
        links = {one: Link(one, former, "linked", "rule", "period", "") for one, former in self.former.items()}
        asked = [
            (Link(*pair, "proposed", "rule", "unmarked", ""), self._shown(next(o for o in pair if o != document)))
            for pair in self.asked
            if document in pair
        ]
        return Versions(tuple(map(self._shown, line)), tuple(asked), (), links)

    async def near(self, actor: Actor, document: str) -> list[NearlySame]:
        found = [next(o for o in pair if o != document) for pair in self.twins if document in pair]
        return [NearlySame(self._shown(one), 0.93) for one in found]

    async def candidates(self, actor: Actor, document: str, text: str = "") -> list[Shown]:
        rows = [row for row in self.shelves.rows.values() if row.id != document]
        return [self._shown(row.id) for row in rows if text.casefold() in row.name.casefold()]

    async def care(self, actor: Actor, documents: Sequence[str], values: Mapping[str, str]) -> int:
        for one in documents:
            self._shown(one)
            self.shelves.rows[one] = replace(self.shelves.rows[one], **values)
        return len(documents) if values else 0

    async def replaces(self, actor: Actor, document: str, former: str) -> None:
        self._shown(document), self._shown(former)
        self.former[document] = former
        self.asked = [pair for pair in self.asked if set(pair) != {document, former}]

    async def apart(self, actor: Actor, document: str, former: str) -> None:
        self._shown(document), self._shown(former)
        self.refused.append((document, former))
        self.former = {new: old for new, old in self.former.items() if {new, old} != {document, former}}
        self.asked = [pair for pair in self.asked if set(pair) != {document, former}]

    def _shown(self, document: str) -> Shown:
        row = self.shelves.rows.get(document)
        if row is None:
            raise DocumentUnknown()
        return Shown(document_of(row), row.added_by, row.tags)


@dataclass
class FakeComparing:
    """``texts``: what each document says, by id; its first line is page 1, the next one page 2…"""

    shelves: Any
    texts: dict[str, str] = field(default_factory=dict)

    async def compare(self, actor: Actor, former: str, newer: str) -> Compared:
        rows = [self._row(one) for one in (former, newer)]
        return Compared(rows[0], rows[1], compare(*(self._pages(row.id) for row in rows)))

    def _row(self, document: str) -> Document:
        if document not in self.shelves.rows:
            raise DocumentUnknown()
        return document_of(self.shelves.rows[document])

    def _pages(self, document: str) -> list[Text]:
        lines = self.texts.get(document, "").split("\n")
        return [Text({"kind": "page", "page": number}, line) for number, line in enumerate(lines, 1)]


@dataclass
class FakeHealth:
    """``rows``: ids of each kind. ``gaps``: shown while ``gathers``. ``manages``: with names."""

    shelves: Any
    rows: dict[str, list[str]] = field(default_factory=dict)
    proposed: list[tuple[str, str]] = field(default_factory=list)
    twins: list[list[str]] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    gathers: str = ""
    manages: bool = True

    async def report(self, actor: Actor, space: str, limit: int = 50) -> Report:
        if space not in self.shelves.names:
            raise DocumentUnknown()
        counts = {kind: len(self.rows.get(kind, ())) for kind in KINDS}
        counts |= {"proposed": len(self.proposed), "twins": len(self.twins)}
        gaps = tuple(self.gaps) if self.gathers else ()
        report = Report(space, self.shelves.names[space], len(self.shelves.rows), counts, {})
        if not self.manages:
            return replace(report, whole=False)
        return replace(
            report,
            counts=counts | {"gaps": len(gaps)},
            rows={kind: tuple(Row(self._row(one)) for one in ids) for kind, ids in self.rows.items()},
            proposed=tuple(
                Asked(Link(*pair, "proposed", "rule", "unmarked", ""), *map(self._row, pair))
                for pair in self.proposed
            ),
            twins=tuple(Alike(tuple(map(self._row, group)), 0.93) for group in self.twins),
            gaps=gaps,
            gathers=self.gathers,
        )

    async def gather(self, actor: Actor, space: str, wanted: bool) -> None:
        if space not in self.shelves.names:
            raise DocumentUnknown()
        self.gathers = "2026-11-26T00:00:00Z" if wanted else ""

    def _row(self, document: str) -> Document:
        return document_of(self.shelves.rows[document])
