"""A number that a question gives (« un quotient de 750 ») and the row of a table whose bounds hold it (« De 651 à
1 150 »), whatever names that row bears in other tables (« Tranche 2 »). Pure.
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from demeure.assistant import prices
from demeure.assistant.grounding import Quantity, bounds, folded, source_text
from demeure.assistant.grounding.held import held_by
from demeure.assistant.units import Stems, Told, Unit, units_of

INSIDE = 0.5
"""Of a row whose bounds hold a number of the question, what it is worth more."""
_NUMBER = re.compile(  # « la tranche 2 » is a name, « un quotient de 2 » a number
    r"(?<!tranche )(?<!zone )(?<!lot )(?<!article )(?<!catégorie )(?<!niveau )(?<![\w.,/-])(?!(?:19|20)\d\d\b)"
    r"(\d{1,3}(?: \d{3})+|\d+(?:,\d+)?)(?![\w/-])"
)
_KIND = r"(?:tranche|cat[ée]gorie|niveau|groupe|palier|zone|band|category|level|group|tier)s?\s"
_NAMED = re.compile(_KIND, re.IGNORECASE)
_LABEL = re.compile(
    rf"\W*(?P<label>{_KIND}+(?:n[°o]\s*)?(?:\d{{1,2}}|[A-Z]))(?![\w,.°])",
    re.IGNORECASE,
)
_DIGIT = re.compile(r"\d")
_WORD = re.compile(r"[^\W\d_][\w’'-]*")


def weigh(units: Sequence[Unit], question: str) -> None:
    """A row whose bounds hold a number of ``question`` is worth more; so is the one sentence of a passage that
    gives a price for such bounds (« de 801 à 1 100 : 7,40 € ; »), and the others, which give it for other bounds,
    are no longer read."""
    numbers = _numbers(question)
    apart: dict[int, list[Unit]] = {}
    for unit in units if numbers else ():
        if unit.table and _inside(unit.text, numbers):
            _more(unit)
        elif not unit.table and span(unit.text) and prices.priced(unit.text):
            apart.setdefault(unit.passage, []).append(unit)
    for listed in (each for each in apart.values() if len(each) > 1 and _counts_nothing(question)):
        mine = [unit for unit in listed if _inside(unit.text, numbers)]
        if len(mine) == 1 and all(_counts_nothing(unit.text) for unit in listed):
            _more(mine[0])
            for unit in listed:
                unit.out = unit.out or unit is not mine[0]


def _counts_nothing(text: str) -> bool:
    """Are its figures a quotient, an income, a price, and none a length of time, an area, a number of things?"""
    figures = [
        one.value
        for one in held_by(text).claims
        if isinstance(one.value, Quantity) and one.said[0].isdigit()  # « un quotient »
    ]
    return all(one.unit in ("", "€") and not one.noun and not one.ordinal for one in figures)


def _more(unit: Unit) -> None:
    unit.own, unit.said, unit.worth = unit.own + INSIDE, unit.said + INSIDE, unit.worth + INSIDE


def _inside(line: str, numbers: Sequence[float]) -> bool:
    held = span(line)
    return held is not None and any(held[0] <= number <= held[1] for number in numbers)


def held(question: str, texts: Iterable[str]) -> list[bool]:
    """Which of ``texts`` have bounds that hold the one number of ``question``, a quotient or an income; none when
    it gives none, or several."""
    numbers = _numbers(question)
    one = len(numbers) == 1 and _counts_nothing(question)
    return [one and _inside(text, numbers) and _counts_nothing(text) for text in texts]


def named(question: str, passages: Sequence[Told], stems: Stems) -> str:
    """``question`` with the name of the row that holds its number (« Tranche 2 ») instead of the number and of what
    that row's table calls it (« quotient familial »), when another table, which has that name and no bounds, speaks
    more of what else is asked: « la journée du mercredi pour un quotient de 750 » is answered there."""
    numbers = _numbers(question)
    if len(numbers) != 1 or not any(_NAMED.search(told.text) for told in passages):
        return question
    tables: dict[tuple[int, tuple[int, int, int]], list[Unit]] = {}
    for n, told in enumerate(passages):
        for unit in units_of(n, told, stems):
            if unit.table:
                tables.setdefault((n, unit.table), []).append(unit)
    for table in tables.values():
        held = [(u, span) for u in table if (span := _bounds(u)) and span[0] <= numbers[0] <= span[1]]
        label = _LABEL.match(held[0][0].text) if len(held) == 1 else None
        if label is None or sum(_bounds(u) is not None for u in table) <= 1:
            continue
        said = _without(question, _words(table), stems)
        mine = set(stems(said)) & _words(table)
        for other in tables.values():
            there = any(_named_so(u, label["label"], stems) for u in other)
            if there and not any(map(_bounds, other)) and mine < set(stems(said)) & _words(other):
                return _NUMBER.sub(label["label"], said, count=1)
    return question


def _without(question: str, known: frozenset[str], stems: Stems) -> str:
    """``question`` without the words before its number that the table of bounds has: « un quotient familial »."""
    number = _NUMBER.search(question)
    before = question[: number.start()] if number else question
    words = list(_WORD.finditer(before))
    start = len(before)
    for word in reversed(words):
        mine = set(stems(word[0]))
        if mine and not mine <= known:
            break
        if mine:
            start = word.start()
    return question[:start] + question[len(before) :]


def _words(table: Sequence[Unit]) -> frozenset[str]:
    """Of the heading and header of a table, without its rows."""
    return frozenset(s for u in table if u.table and u.at <= u.table[1] for s in u.stems)


def _named_so(unit: Unit, label: str, stems: Stems) -> bool:
    found = _LABEL.match(unit.text)
    return found is not None and list(stems(found["label"])) == list(stems(label))


def _numbers(question: str) -> list[float]:
    return [float(n.replace(" ", "").replace(",", ".")) for n in _NUMBER.findall(source_text(question))]


def _bounds(unit: Unit) -> tuple[float, float] | None:
    return span(unit.text) if unit.table else None


@lru_cache(maxsize=1024)
def span(line: str) -> tuple[float, float] | None:
    """The bounds that ``line`` gives."""
    return bounds(folded(source_text(line))) if _DIGIT.search(line) else None
