"""All the lists of prices that a question asks for together: « les tarifs du cimetière » are those of concessions,
of the columbarium and of the garden, one table each. Pure.
"""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from demeure.assistant import prices
from demeure.assistant.families import kin
from demeure.assistant.prices import PriceList
from demeure.assistant.units import Told, Unit

_NUMBERED = re.compile(r"^\W*\d+(?:\.\d+)*[.)]?\s+")
_FREE = re.compile(r"\bgratui(?:te?s?|tement)\b|\bfree\b", re.IGNORECASE)
_LABELLED = " : "
_TAIL = 120  # characters of a sentence that ends a list: « La dispersion des cendres demeure gratuite. »


class Section(NamedTuple):
    """A list of prices as it is told: ``of``, the heading that names it; its ``rows``, word for word."""

    of: str
    rows: tuple[str, ...]


def asked(
    question: str, known: Sequence[PriceList], wanted: Sequence[str], passages: Sequence[Told], limit: int
) -> list[PriceList]:
    """The lists that ``question`` asks for together, ``limit`` characters at most in all: those of one document
    whose own heading holds all that is ``wanted``, else those that its title or its name does. Empty when prices
    are not all it asks for, or when there is one list at most: the best lines then decide."""
    if not (prices.asked_all(question) and prices.asked_alone(question)):
        return []
    of_own = [one for one in known if _holds((s for u in _above(one) for s in u.stems), wanted)]
    titled = [one for one in known if _holds((s for u in one.units for s in u.stems | u.heading), wanted)]
    found = of_own or titled
    if not found:
        return []
    document = passages[max(found, key=lambda one: one.worth).rows[0].passage].document
    kept: list[PriceList] = []
    for one in found:
        long = sum(len(unit.text) for unit in one.units)
        if passages[one.rows[0].passage].document == document and long <= limit:
            kept.append(one)
            limit -= long
    return kept if len(kept) > 1 else []


def section(one: PriceList, units: Sequence[Unit], passages: Sequence[Told]) -> Section:
    """As it is told: under its nearest heading, with what its table calls its columns when its rows do not say."""
    named = [unit.text for unit in _above(one) if "|" not in unit.text]
    of = named[0] if named else passages[one.rows[0].passage].context.split("›")[-1]
    columns = f" (« {named[-1]} »)" if len(named) > 1 and not all(_LABELLED in u.text for u in one.rows) else ""
    return Section(_NUMBERED.sub("", of).strip(" :") + columns, whole(one.rows, units))


def whole(rows: Sequence[Unit], units: Sequence[Unit]) -> tuple[str, ...]:
    """``rows`` of a list, with the sentence that ends it and says of one more thing that it is free."""
    last = rows[-1]
    tail = (u.text for u in units if (u.passage, u.at) == (last.passage, last.at + 1) and not u.table)
    return (*(row.text for row in rows), *(text for text in tail if len(text) <= _TAIL and _FREE.search(text)))


def _above(one: PriceList) -> list[Unit]:
    return [unit for unit in one.units if unit not in one.rows]


def _holds(stems: Iterable[str], wanted: Sequence[str]) -> bool:
    held = frozenset(stems)
    return bool(wanted) and all(stem in held or kin(stem, held) for stem in wanted)
