"""A figure of a row that says what each of its figures is (« Week-end — Habitant : 290 € ; Extérieur : 540 € »),
told as that of another column, or added to that of another, which is paid in its stead. Pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from demeure.assistant.grounding.claims import Claim, Date, Quantity
from demeure.assistant.grounding.held import Held, agree
from demeure.assistant.grounding.lexicon import words
from demeure.assistant.grounding.plain import folded, in_place

_NAME = re.compile(r"\s[—–]\s")
_CELL = re.compile(r"\s*(?P<label>[^:;]{1,60}?)\s*:\s+(?P<text>[^;]+?)\s*(?:;|$)")
_WORD = re.compile(r"[^\W\d_]{4,}")
_STOPS = re.compile(r"[.!?…](?=\s|$)|\n")
_PARTS = re.compile(r"[,;()]|\b(?:et|ou|mais|contre|sinon|and|or|but|against)\b", re.IGNORECASE)
_LEAST = 2
_PRICES = re.compile(r"\b(?:tarif|prix|redevance|price|fee|rate)s?\b")
_MONEY = frozenset("€$£")


@dataclass(frozen=True)
class Cell:
    """``text``: what stands under ``label``, from ``start`` to ``end`` of the line."""

    label: str
    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Row:
    """Its name, then two cells at least, each with a label of its own."""

    name: str
    cells: tuple[Cell, ...]


def row_of(line: str) -> Row | None:
    """``line`` as a row that says what each of its figures is; None when it is none."""
    parted = _NAME.search(line)
    if parted is None or len(line) > 400:
        return None
    cells, at = [], parted.end()
    while at < len(line):
        found = _CELL.match(line, at)
        if found is None:
            return None
        cells.append(Cell(found["label"], found["text"], found.start("text"), found.end("text")))
        at = found.end()
    labels = {folded(cell.label) for cell in cells}
    return Row(line[: parted.start()], tuple(cells)) if len(labels) == len(cells) >= _LEAST else None


class Labelled:
    """The lines of some sources that have figures, read once."""

    def __init__(self, sources: Sequence[Held], years: set[int]) -> None:
        self._years = years
        self._lines = [(held, *line) for held in sources for line in _lines(held)]
        self._rows = any(cells for _, _, cells in self._lines)

    def mistaken(self, claim: Claim, text: str, claims: Sequence[Claim]) -> tuple[str, Claim, Held] | None:
        """The label that ``text`` (an answer, its ``claims``) puts beside ``claim``, the figure that it has in the
        row of this one, and where; None when nothing says so: the label of the figure itself is beside it too,
        another line has the figure, or the row has it under both."""
        if not self._rows:
            return None
        beside = _beside(claim, text, claims)
        found: tuple[str, Claim, Held] | None = None
        for held, figures, cells in self._lines:
            if not any(agree(claim, one, self._years) for one in figures):
                continue
            mine = [cell for cell, inside in cells if any(agree(claim, one, self._years) for one in inside)]
            if not mine or any(_words(cell.label) & beside for cell in mine):
                return None  # told as what it is; of the name of its row; or held by an ordinary line
            others = [(cell, inside) for cell, inside in cells if cell not in mine and _words(cell.label) & beside]
            if len(others) == 1 and len(others[0][1]) == 1:
                found = found or (others[0][0].label, others[0][1][0], held)
        return found

    def instead(self, terms: Sequence[Claim], question: Held) -> tuple[str, Held] | None:
        """Two of ``terms`` that stand for one another (« Habitant : 290 € ; Extérieur : 540 € »), and where: prices
        of one row of a list of prices, under two of its columns, and nowhere else. None otherwise; where
        ``question`` asks for all of both; and where one is called what comes on top of the other (« Charges »)."""
        paid = [one for one in terms if isinstance(one.value, Quantity) and one.value.unit in _MONEY]
        asked = _words(question.text)
        for one, other in combinations(paid if self._rows else (), 2):
            lines = [line for line in self._lines if self._has(line[1], one) or self._has(line[1], other)]
            both = [(held, self._cells(cells, one, other)) for held, _, cells in lines]
            if not both or not all(pair and _PRICES.search(held.lower) for held, pair in both):
                continue
            held, (first, second) = both[0][0], both[0][1]
            mine, its = _words(first.label) - _words(second.label), _words(second.label) - _words(first.label)
            if _ADDED & _whole(f"{first.label} {second.label}") or (
                asked & mine and asked & its and asked & _IN_ALL
            ):
                continue
            return f"{first.label} : {first.text} ; {second.label} : {second.text}", held
        return None

    def _has(self, figures: Sequence[Claim], claim: Claim) -> bool:
        return any(agree(claim, one, self._years) for one in figures)

    def _cells(self, cells: Sequence[tuple[Cell, list[Claim]]], one: Claim, other: Claim) -> tuple[Cell, ...]:
        """Those of the two amounts; empty unless each is in its own, and in no other."""
        first = [cell for cell, inside in cells if self._has(inside, one)]
        second = [cell for cell, inside in cells if self._has(inside, other)]
        return (*first, *second) if len(first) == len(second) == 1 and first != second else ()


def _beside(claim: Claim, text: str, claims: Sequence[Claim]) -> frozenset[str]:
    """Stems of the words of its sentence that stand with it: up to the figures before and after it, and to what
    parts one from the next (« 290 € aux habitants, 540 € aux autres »)."""
    begin = max((stop.end() for stop in _STOPS.finditer(text, 0, claim.start)), default=0)
    stop = _STOPS.search(text, claim.end)
    end = stop.start() if stop else len(text)
    figures = [one for one in claims if isinstance(one.value, Quantity | Date)]
    begin = max([begin, *(one.end for one in figures if one.end <= claim.start)])
    end = min([end, *(one.start for one in figures if one.start >= claim.end)])
    return _words(_PARTS.split(text[begin : claim.start])[-1]) | _words(_PARTS.split(text[claim.end : end])[0])


def _lines(held: Held) -> Iterator[tuple[list[Claim], list[tuple[Cell, list[Claim]]]]]:
    """Of each line with figures: these, and its cells with theirs; no cell of what is no row."""
    known = [one for one in held.claims if isinstance(one.value, Quantity | Date)]
    at = nth = 0
    for line in held.text.split("\n"):
        first = nth
        while nth < len(known) and known[nth].start < at + len(line):
            nth += 1
        if figures := known[first:nth]:
            row = row_of(line)
            cells = row.cells if row else ()
            yield figures, [(cell, [c for c in figures if cell.start <= c.start - at < cell.end]) for cell in cells]
        at += len(line) + 1


def _words(text: str) -> frozenset[str]:
    return frozenset(word[:6].rstrip("sx") for word in _WORD.findall(in_place(text.lower())))


def _whole(text: str) -> frozenset[str]:
    return frozenset(word.rstrip("s") for word in _WORD.findall(in_place(text.lower())))


_ADDED, _IN_ALL = _whole(" ".join(words("added"))), _words(" ".join(words("in_all")))
