"""A figure of a table, told under the label of another row of that table. Pure.

Only where the sources have the figure in rows of tables and nowhere else, and the sentence names another row, by
words that this row alone has or by a number within its bounds (« de 651 à 1 150 »), and none of those that hold it.
"""

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from demeure.assistant.grounding.claims import Claim, Date, Quantity
from demeure.assistant.grounding.held import Held, agree
from demeure.assistant.grounding.plain import in_place

_WIDTH, _LEAST = 200, 2  # characters of a row; rows of a table
_OPENS = re.compile(r"[^\Wa-zà-ÿ_]|[|•●▪–—+(-]")
_CLOSED = re.compile(r"[.!?…,:][»”\"’')\]\s]*$")
_WORD = re.compile(r"[^\W\d_]{4,}")
_NAMED = re.compile(r"([^\W\d_]{3,})\s+(?:n[°o]\s*)?(\d{1,3}|[ivx]{1,5})(?![\w,.]\d|\w)")
_CODE = re.compile(r"\b[a-z]{1,4}-?\d{1,5}\b")
_TOTAL = re.compile(r"\b(?:total|totaux|ensemble|moyenne|cumul|average|sum|overall)\b")
_N = r"(\d{1,3}(?: \d{3})+(?:,\d+)?|\d+(?:[.,]\d+)?)"
_BELOW = re.compile(
    rf"(?:jusqu'?a|inferieure?s?(?: ou egale?s?)? a|moins de|au plus|<=?|≤|under|up to|less than) ?{_N}"
)
_ABOVE = re.compile(
    rf"(?:plus de|superieure?s?(?: ou egale?s?)? a|au-dela de|a partir de|>=?|≥|over|above|more than) ?{_N}"
)
_BETWEEN = re.compile(rf"(?:\b(?:de|entre|from|between) )?{_N} ?(?:a|et|-|–|to|and) ?{_N}(?![\w/])")
_OR_MORE = re.compile(rf"{_N} ?€? ?(?:et|ou|and|or) (?:plus|davantage|au-dela|more|over|above)\b")
_OR_LESS = re.compile(rf"{_N} ?€? ?(?:et|ou|and|or) (?:moins|less|under|below)\b")
_STRICT = re.compile(
    r"(?:moins de|plus de|inferieure?s? a|superieure?s? a|au-dela|under|over|above|less|more|[<>](?!=))"
)
"""« Plus de 1 150 » does not hold 1 150."""
_WITHIN = re.compile(rf"{_N} ?€? ?(?P<low><=?|≤) ?[^\W\d][^\d<≤]{{0,30}}(?P<high><=?|≤) ?{_N}")
"""« 500 ≤ QF < 800 »."""
_SENTENCE = re.compile(r"[.!?…](?=\s|$)|\n")
UNIQUE, SHARED, NAMED = 1.0, 0.5, 1.5
"""What a word of the sentence is worth for the row that alone has it, for a few rows of many; « lot 2 » more."""


@dataclass(frozen=True)
class Misread:
    """The row named by the sentence: its first words, the figure that it has, in source ``source``."""

    row: str
    instead: Claim
    source: int


@dataclass
class _Row:
    text: str
    words: frozenset[str]
    figures: list[Claim]
    bounds: tuple[float, float] | None


@dataclass
class _Table:
    source: int
    rows: list[_Row] = field(default_factory=list)
    weights: dict[str, float] = field(default_factory=dict)

    def close(self) -> None:
        """Learn what tells the rows apart."""
        count = Counter(word for row in self.rows for word in row.words)
        most = max(len(self.rows) // 3, 1)
        for word, times in count.items():
            if times == 1 or (times <= most and len(self.rows) > _LEAST):
                worth = UNIQUE if times == 1 else SHARED
                self.weights[word] = worth * (NAMED if " " in word else 1)
        spans = sorted(row.bounds for row in self.rows if row.bounds)
        if len(spans) < _LEAST or any(b[0] < a[1] for a, b in pairwise(spans)):
            for row in self.rows:
                row.bounds = None

    def score(self, row: _Row, words: frozenset[str]) -> float:
        return sum(self.weights.get(word, 0.0) for word in row.words & words)


class Rows:
    """The tables of some sources, each with its number, read once."""

    def __init__(self, sources: Sequence[tuple[int, Held]], years: set[int]) -> None:
        self._years = years
        self._tables: list[_Table] = []
        self._loose: list[Claim] = []
        for number, held in sources:
            self._read(number, held)

    def misread(self, claim: Claim, text: str, claims: Sequence[Claim], question: Held) -> Misread | None:
        """Whether the sentence of ``claim`` in ``text`` (an answer, its ``claims``) names another row than those
        that have it; where it names none, the question does."""
        if not self._tables or not _tells(claim):
            return None
        if any(self._agree(claim, other) for other in (*self._loose, *question.claims)):
            return None
        holding = [table for table in self._tables if any(self._has(row, claim) for row in table.rows)]
        if not holding:
            return None
        start, end = _sentence(text, claim)
        figures = [c for c in claims if start <= c.start and c.end <= end and isinstance(c.value, Quantity | Date)]
        words, said = _words(in_place(text[start:end]), figures, start), [c for c in figures if c is not claim]
        first: Misread | None = None
        for table in holding:
            given = [c for c in said if any(self._agree(c, other) for other in question.claims)]
            found = self._elsewhere(table, claim, words, said, given)
            if found is None and not any(table.score(row, words) for row in table.rows):
                asked = _words(question.low, [c for c in question.claims if not isinstance(c.value, str)], 0)
                found = self._elsewhere(table, claim, asked, (*said, *question.claims), question.claims)
            if found is None:
                return None
            first = first or found
        return first

    def _elsewhere(
        self, table: _Table, claim: Claim, words: frozenset[str], said: Sequence[Claim], given: Sequence[Claim]
    ) -> Misread | None:
        """``said``: the other figures of the sentence; ``given``: those that the question gave."""
        here = [row for row in table.rows if self._has(row, claim)]
        if any(_TOTAL.search(in_place(row.text)) for row in here):
            return None
        inside = self._bounded(table, given)
        if inside is not None:
            apart = all(row.bounds or not table.score(row, words) for row in here)
            named = [inside] if apart and not any(row is inside for row in here) else []
        else:
            if any(table.score(row, words) for row in here):
                return None
            best = max(table.score(row, words) for row in table.rows)
            named = [row for row in table.rows if best >= UNIQUE and table.score(row, words) == best]
        if len(named) != 1 or any(self._has(named[0], other) for other in _like(claim, said)):
            return None  # none, several, or one whose own figure is told beside
        instead = self._same_column(claim, here[0], named[0])
        return None if instead is None else Misread(_label(named[0]), instead, table.source)

    def _bounded(self, table: _Table, given: Sequence[Claim]) -> _Row | None:
        """The only row whose bounds hold the numbers that the question gives, those of the table itself apart."""
        found: list[_Row] = []
        for one in given:
            value = one.value
            if not isinstance(value, Quantity) or value.ordinal or value.unit == "%":
                continue
            if not one.said[:1].isdigit():
                continue  # « un quotient »
            if any(self._has(row, one) or value.values[0] in (row.bounds or ()) for row in table.rows):
                continue
            found += [row for row in table.rows if row.bounds and row.bounds[0] <= value.values[0] <= row.bounds[1]]
        return found[0] if found and all(row is found[0] for row in found) else None

    def _same_column(self, claim: Claim, here: _Row, named: _Row) -> Claim | None:
        """The figure of ``named`` that stands where ``here`` has this one, counted from the end."""
        mine = next(c for c in here.figures if self._agree(claim, c))
        wanted, there = (_like(mine, row.figures) for row in (here, named))
        place = len(wanted) - next(n for n, c in enumerate(wanted) if c is mine)
        return there[-place] if place <= len(there) else None

    def _has(self, row: _Row, claim: Claim) -> bool:
        return any(self._agree(claim, other) for other in row.figures)

    def _agree(self, claim: Claim, other: Claim) -> bool:
        return claim.kind != "quotation" and agree(claim, other, self._years)

    def _read(self, number: int, held: Held) -> None:
        figures = [c for c in held.claims if isinstance(c.value, Quantity | Date)]
        rows: list[tuple[int, str, list[Claim]]] = []
        at = nth = 0
        for line in held.text.split("\n"):
            end = at + len(line)
            first = nth
            while nth < len(figures) and figures[nth].end <= end:
                nth += 1
            mine = figures[first:nth]
            if _is_row(line) and any(_tells(c) and not _year(c) for c in mine):
                rows.append((at, line, mine))
            else:
                self._close(number, held, rows)
                self._loose += mine
                rows = []
            at = end + 1
        self._close(number, held, rows)

    def _close(self, number: int, held: Held, rows: Sequence[tuple[int, str, list[Claim]]]) -> None:
        """Rows that follow each other are a table; one by itself is a line like others."""
        if len(rows) < _LEAST:
            self._loose += [claim for _, _, mine in rows for claim in mine]
            return
        table = _Table(number, [_row(line, held.low[at : at + len(line)], mine, at) for at, line, mine in rows])
        table.close()
        self._tables.append(table)


def _tells(claim: Claim) -> bool:
    """A figure that a cell may hold: a number, or a whole date."""
    value = claim.value
    return bool(value.day) if isinstance(value, Date) else isinstance(value, Quantity) and not value.ordinal


def _year(claim: Claim) -> bool:
    """A bare year names a column rather than it is one of its figures."""
    value = claim.value
    return (
        isinstance(value, Quantity) and not value.unit and claim.said.isdigit() and 1900 <= value.values[0] < 2100
    )


def _is_row(line: str) -> bool:
    bare = line.strip()
    return 0 < len(bare) <= _WIDTH and bool(_OPENS.match(bare)) and not _CLOSED.search(bare)


def _row(line: str, low: str, figures: list[Claim], at: int) -> _Row:
    return _Row(" ".join(line.split()), _words(low, figures, at), figures, bounds(low))


def _words(low: str, figures: Sequence[Claim], at: int) -> frozenset[str]:
    """Stems outside the figures, and « lot 2 » as one. ``low``: folded; ``at``: where it begins in its text."""
    blank = low
    for claim in figures:
        if not claim.said[:1].isdigit():
            continue  # « deuxième » is a label
        blank = blank[: max(claim.start - at, 0)] + " " * (claim.end - claim.start) + blank[claim.end - at :]
    found = {word[:6].rstrip("sx") for word in _WORD.findall(blank)}
    found |= set(_CODE.findall(low))
    return frozenset(found | {f"{word[:6].rstrip('sx')} {number}" for word, number in _NAMED.findall(low)})


def bounds(low: str) -> tuple[float, float] | None:
    """« jusqu'à 650 », « de 651 à 1 150 », « plus de 1 150 »: between what a row holds. ``low``: folded."""
    if found := _WITHIN.search(low):
        first, last = _value(found[1]), _value(found[4])
        first = math.nextafter(first, math.inf) if found["low"] == "<" else first
        return first, math.nextafter(last, -math.inf) if found["high"] == "<" else last
    if found := _OR_MORE.search(low):
        return _value(found[1]), float("inf")
    if found := _OR_LESS.search(low):
        return float("-inf"), _value(found[1])
    if found := _BELOW.search(low):
        last = _value(found[1])
        return float("-inf"), math.nextafter(last, -math.inf) if _STRICT.match(found[0]) else last
    if found := _ABOVE.search(low):
        first = _value(found[1])
        return math.nextafter(first, math.inf) if _STRICT.match(found[0]) else first, float("inf")
    if found := _BETWEEN.search(low):
        first, last = _value(found[1]), _value(found[2])
        return (first, last) if first < last else None
    return None


def _value(digits: str) -> float:
    return float(digits.replace(" ", "").replace(",", "."))


def _like(wanted: Claim, figures: Sequence[Claim]) -> list[Claim]:
    """Those of the same kind and unit."""
    if isinstance(wanted.value, Date):
        return [c for c in figures if isinstance(c.value, Date) and c.value.day]
    unit = wanted.value.unit if isinstance(wanted.value, Quantity) else ""
    return [c for c in figures if isinstance(c.value, Quantity) and c.value.unit == unit and not c.value.ordinal]


def _sentence(text: str, claim: Claim) -> tuple[int, int]:
    start = max((found.end() for found in _SENTENCE.finditer(text, 0, claim.start)), default=0)
    after = _SENTENCE.search(text, claim.end)
    return start, after.start() if after else len(text)


def _label(row: _Row) -> str:
    """What stands before its first figure with a unit, or its beginning."""
    first = next((c for c in row.figures if isinstance(c.value, Quantity) and c.value.unit), None)
    text = (
        row.text if first is None else row.text[: row.text.find(first.said)] if first.said in row.text else row.text
    )
    return text.strip(" |—–:;-")[:80] or row.text[:80]
