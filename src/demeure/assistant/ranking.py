"""The rows of a table, the largest (or the smallest) first, when a question asks for it. Pure.

A small model given the rows in their order takes the first one.
"""

import re
from collections.abc import Sequence
from itertools import groupby

from demeure.assistant.units import Unit

_LEAST_OF_ALL = re.compile(
    r"\b(?:le|la|les) (?:moins|plus (?:petit|faible|bas|basse|court|jeune|ancien|rare|mince|léger))"
    r"|\bthe (?:least|lowest|smallest|shortest|fewest)",
    re.IGNORECASE,
)
_FALL = re.compile(r"\b(?:baiss|dimin|recul|rédui|chut|perd)\w*|\bfell\b|\bdropp?\w*|\bdecreas\w*", re.IGNORECASE)
_CHANGE = re.compile(
    r"\b(?:augment|progress|mont[ée]|cr[oû]|hauss|évol|grandi)\w*|\bgrew\b|\bincreas\w*", re.IGNORECASE
)
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_FIGURE = re.compile(r"(?P<sign>[+−–-] ?)?(?<![\w,.])(?P<whole>\d{1,3}(?: \d{3})+|\d+)(?:,(?P<part>\d+))?")
_TOTAL = re.compile(r"\W*(?:sous-)?(?:total|totaux|ensemble|moyenne|sum|average)\b", re.IGNORECASE)


def rank(units: list[Unit], question: str) -> None:
    """Put the rows of each table of ``units`` in the order that ``question`` asks for, in place; those without a
    name or a figure stay, totals are no longer read."""
    falls, changes = bool(_FALL.search(question)), bool(_CHANGE.search(question))
    least = bool(_LEAST_OF_ALL.search(question)) != falls
    asked = None if falls or changes else next(iter(_YEAR.findall(question)), None)
    for _, group in groupby(units, key=lambda u: (u.passage, u.table)):
        table = list(group)
        if table[0].table is None:
            continue
        header = " ".join(u.text for u in table if u.table and u.at <= u.table[1])
        rows = [u for u in table if u.table and u.at > u.table[1] and u.text.lstrip("•●▪ |")[:1].isalpha()]
        for row in rows:
            row.out = row.out or bool(_TOTAL.match(row.text))
        valued = [(value, u) for u in rows if not u.out and (value := _value(u.text, header, asked)) is not None]
        places = sorted(u.at for _, u in valued)
        ordered = sorted(valued, key=lambda one: one[0], reverse=not least)
        for at, (_, unit) in zip(places, ordered, strict=True):
            unit.at = at
    units.sort(key=lambda u: (u.passage, u.at))


def _value(text: str, header: str, year: str | None) -> float | None:
    """The last figure of a row; that of the column of ``year``, when the header has years."""
    figures = list(_FIGURE.finditer(text.replace("\u202f", " ").replace("\u00a0", " ")))
    if not figures:
        return None
    years = list(dict.fromkeys(_YEAR.findall(header)))
    if year in years and len(years) > 1:
        numbers = _split(figures, len(years))
        if len(numbers) >= len(years):
            return numbers[years.index(year)]
    last = figures[-1]
    value = float(f"{last['whole'].replace(' ', '')}.{last['part'] or 0}")
    return -value if (last["sign"] or "+")[0] in "-−–" else value


def _split(figures: Sequence[re.Match[str]], columns: int) -> list[float]:
    """« 8 214 8 102 » under two years is two numbers."""
    if len(figures) == 1 and len(groups := figures[0]["whole"].split(" ")) % columns == 0:
        size = len(groups) // columns
        return [float("".join(groups[n : n + size])) for n in range(0, len(groups), size)]
    return [float(f"{one['whole'].replace(' ', '')}.{one['part'] or 0}") for one in figures]
