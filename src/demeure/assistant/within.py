"""Sentences that each hold for a span (« plus de trente jours », « entre trente et huit jours »), and the quantity
that a question gives (« quinze jours avant »): the one that holds it is read, its neighbours are not. Pure.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, pairwise
from typing import NamedTuple

from demeure.assistant.grounding import Quantity, claims_of, source_text
from demeure.assistant.grounding.claims import Claim
from demeure.assistant.grounding.held import held_by
from demeure.assistant.units import Unit

_APART = frozenset({"", "€", "%"})
"""Units that bound nothing, or that a table's rows bound already."""
_BELOW = re.compile(
    r"(?:moins (?:de|d['’])|inférieure?s? à|jusqu['’]à|under|less than|up to|within)\s*$", re.IGNORECASE
)
_ABOVE = re.compile(
    r"(?:plus (?:de|d['’])|supérieure?s? à|au-delà de|à partir de|au moins|over|more than|at least|from)\s*$",
    re.IGNORECASE,
)
_OR_MORE = re.compile(r"\s*(?:ou|et) plus\b|\s*or more\b", re.IGNORECASE)
_OR_LESS = re.compile(r"\s*(?:ou|et) moins\b|\s*or less\b", re.IGNORECASE)
_TO = re.compile(r"\s*(?:à|et|–|-|to|and)\s*", re.IGNORECASE)
_OPENS = re.compile(r"(?:\bentre|\bde|\bfrom|\bbetween)\s*$", re.IGNORECASE)
INSIDE = 0.5


class _Span(NamedTuple):
    low: float
    high: float
    unit: str


def narrow(units: Sequence[Unit], question: str) -> None:
    """Of the sentences of a passage that hold for spans of one unit, those whose span has the quantity that
    ``question`` gives are worth more and the others are no longer read. Nothing changes when none has it."""
    asked = [(value, unit) for value, unit, _, _ in _of(held_by(question).claims)]
    if not asked:
        return
    for _, group in groupby(units, key=lambda u: u.passage):
        bounded = [(u, spans) for u in group if not u.table and (spans := list(_spans(u.text)))]
        for value, name in asked:
            mine = [(u, spans) for u, spans in bounded if any(span.unit == name for span in spans)]
            inside = [u for u, spans in mine if any(s.unit == name and s.low <= value <= s.high for s in spans)]
            if not inside or len(inside) == len(mine):
                continue
            for unit, _ in mine:
                if any(unit is one for one in inside):
                    unit.own, unit.said, unit.worth = unit.own + INSIDE, unit.said + INSIDE, unit.worth + INSIDE
                else:
                    unit.out = True


def _of(claims: Iterable[Claim]) -> Iterator[tuple[float, str, int, int]]:
    """(value, unit, start, end) of the quantities that have a unit."""
    for claim in claims:
        if isinstance(claim.value, Quantity) and claim.value.unit not in _APART and not claim.value.ordinal:
            yield claim.value.values[0], claim.value.unit, claim.start, claim.end


def _spans(text: str) -> Iterator[_Span]:
    text = source_text(text)
    found = list(_of(claims_of(text)))
    paired = set[int]()
    for (one, unit, start, end), (other, again, then, _) in pairwise(found):
        if unit == again and _TO.fullmatch(text[end:then]) and _OPENS.search(text, 0, start):
            paired |= {start, then}
            yield _Span(min(one, other), max(one, other), unit)
    for value, unit, start, end in found:
        if start in paired:
            continue
        if _BELOW.search(text, 0, start) or _OR_LESS.match(text, end):
            yield _Span(float("-inf"), value, unit)
        elif _ABOVE.search(text, 0, start) or _OR_MORE.match(text, end):
            yield _Span(value, float("inf"), unit)
