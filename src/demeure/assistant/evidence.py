"""Which sentences and rows of the passages speak of the question: the model reads those, in the passages' order.

Pure; no model. A small model given four whole passages takes a neighbouring figure or declines, and reads them for
ten seconds; given the few lines that matter it finds, and starts three times sooner (docs/adr, evidence).
"""

import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from demeure.assistant.grounding import bounds, folded, source_text
from demeure.library import sentence_ends
from demeure.workshop import for_machines

Stems = Callable[[str], Iterable[str]]

_LABEL = re.compile(r"(?:\d+(?:\.\d+)*[.)]?|[IVXLC]+[.)]|[•●▪–—-])")
_CLOSED = re.compile(r"[.!?…;:,][»”\"’')\]\s]*$")
_ASKS_A_FIGURE = re.compile(
    r"\b(combien|prix|montant|tarif|co[uû]t\w*|heures?|dates?|quand|taux|num[ée]ros?|jours?|pourcentage|somme|part"
    r"|délais?|dur[ée]e|votes?|voix|r[ée]parti\w*|how|when|price|cost|date|hour|number|rate|amount)\b",
    re.IGNORECASE,
)
_ASKS_A_PRICE = re.compile(
    r"\b(tarifs?|prix|co[uû]t\w*|montants?|pa(?:ie|ye)\w*|prices?|costs?|fees?|pay)\b", re.IGNORECASE
)
_PRICE = re.compile(r"\d\s?(?:€|euros?\b|£|\$)|[€£$]\s?\d", re.IGNORECASE)
_HEADER_LINES, _HEADER_WIDTH = 6, 60
_VALUE = re.compile(r"\b(?!(?:19|20)\d\d\b)\d")
_NUMBERED = re.compile(r"^\d+(?:\.\d+)*[.)]?\s")
_REPEAT = 40  # characters; a shorter line may well be said twice
_ROW = 160  # characters; a longer line without an end is a sentence cut by the page

RANK = (0.3, 0.15, 0.08, 0.04)
"""What a unit of the first passages is worth before its words are read."""
SAME_DOCUMENT = 0.08
NEIGHBOUR, HEADING, FIGURE = 0.35, 0.25, 0.15
INSIDE = 0.5
"""Of a row whose bounds (« de 651 à 1 150 ») hold a number of the question (« 800 »)."""
SHARE = 0.5
"""A unit worth less than this share of the best one only comes as its neighbour."""
_NUMBER = re.compile(r"(?<![\w.,/-])(?!(?:19|20)\d\d\b)(\d{1,3}(?: \d{3})+|\d+(?:,\d+)?)(?![\w/-])")
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")


@dataclass(frozen=True)
class Told:
    """A passage as search gives it: ``context``: title and headings above it."""

    document: str
    context: str
    text: str


class Lines(NamedTuple):
    """What the model reads of one passage; empty when nothing matters. ``worth``: how much of the question its best
    unit speaks of, whatever the passage's rank; comparable within one question."""

    text: str
    worth: float


@dataclass
class _Unit:
    """A sentence or a row: place, words, worth. ``table``: first unit, last of the header and last of the rows it
    belongs to. ``own``: share of the question's words in it; ``said``: with those around and above; ``worth``: with
    what its passage is worth."""

    passage: int
    at: int
    text: str
    stems: frozenset[str]
    around: frozenset[str] = frozenset()
    heading: frozenset[str] = frozenset()
    table: tuple[int, int, int] | None = None
    own: float = 0.0
    said: float = 0.0
    worth: float = 0.0
    out: bool = field(default=False)


def evidence(question: str, passages: Sequence[Told], stems: Stems, limit: int) -> list[Lines]:
    """For each of ``passages`` (best first) the lines that the model should read, « … » where some were left out;
    empty when none matters. At most ``limit`` characters in all, but always the best unit."""
    asked = list(dict.fromkeys(stems(question)))
    apart = _of_another_year(question, passages)
    units = _without_repeats(
        [u for n, told in enumerate(passages) if n not in apart for u in _units(n, told, stems)], passages
    )
    _weigh(units, asked, passages, bool(_ASKS_A_FIGURE.search(question)))
    _weigh_bounds(units, question)
    _thin_tables(units)
    chosen = _choose(units, limit)
    if _ASKS_A_PRICE.search(question):
        chosen |= _prices(units, chosen, limit)
    return [_lines([u for u in units if u.passage == n], chosen) for n in range(len(passages))]


def split(text: str) -> list[str]:
    """Sentences and rows, in order; a number or a bullet alone stays with what follows, a line cut inside a
    sentence with its end."""
    ends = [end for end, _ in sentence_ends(text, wrapped=False)]
    pieces = [p for a, b in zip([0, *ends], [*ends, len(text)], strict=True) if (p := text[a:b].strip())]
    whole: list[str] = []
    for piece in pieces:
        cut = whole and not _CLOSED.search(whole[-1]) and piece[0].islower()
        if whole and (cut or _LABEL.fullmatch(whole[-1])):
            whole[-1] += f" {piece}"
        else:
            whole.append(piece)
    return whole


def _units(number: int, told: Told, stems: Stems) -> list[_Unit]:
    texts = split(told.text)
    meant = for_machines(texts)
    words = [frozenset(stems(text)) for text in texts]
    rows = [not _CLOSED.search(text) and len(text) < _ROW for text in texts]
    heading = frozenset(stems(told.context)) | (words[0] if words else frozenset())
    units = []
    for at, text in enumerate(texts):
        if meant[at]:
            continue  # an order to the assistant is no evidence; who reads the source sees it
        first = last = at
        while rows[at] and first > 0 and rows[first - 1]:
            first -= 1
        while rows[at] and last + 1 < len(texts) and rows[last + 1]:
            last += 1
        around = frozenset[str]().union(*words[max(at - 1, 0) : at], *words[at + 1 : at + 2])
        table = (first, _header(texts, first, last), last) if last - first >= 2 else None
        units.append(_Unit(number, at, text, words[at], around, heading, table))
    return units


def _header(texts: Sequence[str], first: int, last: int) -> int:
    """Last line of the header of the rows ``first`` to ``last``: a heading may be cut in short lines, before the
    first row with a figure that is not a year. Without such a row, the first line alone."""
    for at in range(first + 1, min(first + _HEADER_LINES, last) + 1):
        if _VALUE.search(texts[at]):
            return at - 1 if not _VALUE.search(_NUMBERED.sub("", texts[first])) else first
        if len(texts[at]) > _HEADER_WIDTH:
            break
    return first


def _without_repeats(units: Sequence[_Unit], passages: Sequence[Told]) -> list[_Unit]:
    """A sentence that ends a passage and opens the next is read once, where the passage is the best."""
    seen: set[tuple[str, str]] = set()
    kept = []
    for unit in units:
        key = (passages[unit.passage].document, unit.text)
        if len(unit.text) < _REPEAT or key not in seen:
            seen.add(key)
            kept.append(unit)
    return kept


def _weigh(units: Sequence[_Unit], asked: Sequence[str], passages: Sequence[Told], figure: bool) -> None:
    """Rare words of the question count more; a word beside a unit or in its headings counts a little."""
    rarity = {s: math.log(1 + len(units) / (1 + sum(s in u.stems for u in units))) for s in asked}
    total = sum(rarity.values()) or 1.0
    for unit in units:
        unit.own = sum(rarity[s] for s in asked if s in unit.stems) / total
        beside = sum(rarity[s] for s in asked if s in unit.around - unit.stems) / total
        above = sum(rarity[s] for s in asked if s in unit.heading - unit.around - unit.stems) / total
        unit.said = unit.own + NEIGHBOUR * beside + HEADING * above
        unit.said += FIGURE * (figure and any(s[0].isdigit() for s in unit.stems.difference(asked)))
        unit.worth = unit.said + (RANK[unit.passage] if unit.passage < len(RANK) else 0.0)
        unit.worth += SAME_DOCUMENT * (passages[unit.passage].document == passages[0].document)


def _weigh_bounds(units: Sequence[_Unit], question: str) -> None:
    numbers = [float(n.replace(" ", "").replace(",", ".")) for n in _NUMBER.findall(source_text(question))]
    for unit in units if numbers else ():
        held = bounds(folded(source_text(unit.text))) if unit.table else None
        if held is not None and any(held[0] <= number <= held[1] for number in numbers):
            unit.own, unit.said, unit.worth = unit.own + INSIDE, unit.said + INSIDE, unit.worth + INSIDE


def _of_another_year(question: str, passages: Sequence[Told]) -> set[int]:
    """Passages to leave aside when the name of a document found bears the year asked for: those of documents that
    bear another, and do not speak of it. The minutes of another year say nearly the same words."""
    asked = set(_YEAR.findall(question))
    borne = [set(_YEAR.findall(told.context.split("\n")[0])) for told in passages]
    if not any(years & asked for years in borne):
        return set()
    spoken = [set(_YEAR.findall(told.text)) for told in passages]
    return {n for n, years in enumerate(borne) if years and not (years | spoken[n]) & asked}


def _thin_tables(units: Sequence[_Unit]) -> None:
    """Where some rows hold the question's words and others do not, the others (the total too) leave; the header
    stays."""
    for unit in units:
        if unit.table and unit.at > unit.table[1]:
            _, header, last = unit.table
            rows = [u.own for u in units if u.passage == unit.passage and header < u.at <= last]
            unit.out = unit.own < SHARE * max(rows)


def _choose(units: Sequence[_Unit], limit: int) -> set[tuple[int, int]]:
    known = {(u.passage, u.at): u for u in units}
    ranked = sorted((u for u in units if not u.out), key=lambda u: -u.worth)
    chosen: set[tuple[int, int]] = set()
    left = limit

    def take(passage: int, at: int) -> None:
        nonlocal left
        unit = known.get((passage, at))
        if unit is None or unit.out or (passage, at) in chosen or (chosen and len(unit.text) > left):
            return
        chosen.add((passage, at))
        left -= len(unit.text)

    good = [u for u in ranked if u.worth >= SHARE * ranked[0].worth]
    for unit in good:
        take(unit.passage, unit.at)
        for header in range(unit.table[0], unit.table[1] + 1) if unit.table else ():
            take(unit.passage, header)
    for unit in good:
        if (unit.passage, unit.at) in chosen and not unit.table:
            take(unit.passage, unit.at + 1)
            take(unit.passage, unit.at - 1)
    for unit in good:
        if unit.table and unit.at <= unit.table[1]:  # the question names the table and none of its rows: all answer
            rows = range(unit.table[1] + 1, unit.table[2] + 1)
            for at in rows if not any((unit.passage, at) in chosen for at in rows) else ():
                take(unit.passage, at)
    return chosen


def _prices(units: Sequence[_Unit], chosen: set[tuple[int, int]], limit: int) -> set[tuple[int, int]]:
    """What gives the prices of the best passage that has some, when none of them is chosen: its first table of
    them, else the first sentence. « Le tarif de la cantine » has no word in common with « Tranche 1 : 1,10 € »."""
    giving = [u for u in units if _PRICE.search(u.text)]
    worth = {n: max(u.worth for u in units if u.passage == n) for n in {u.passage for u in giving}}
    best = max(worth, key=worth.__getitem__, default=None)
    mine = [u for u in giving if u.passage == best]
    if not mine or any((u.passage, u.at) in chosen for u in mine):
        return set()
    first, _, last = mine[0].table or (mine[0].at, 0, mine[0].at)
    left = limit - sum(len(u.text) for u in units if (u.passage, u.at) in chosen)
    added = [u for u in units if u.passage == best and first <= u.at <= last]
    return {(u.passage, u.at) for u in added} if sum(len(u.text) for u in added) <= left else set()


def _lines(units: Sequence[_Unit], chosen: set[tuple[int, int]]) -> Lines:
    lines: list[str] = []
    worth = 0.0
    before: int | None = None
    for unit in units:
        if (unit.passage, unit.at) not in chosen:
            continue
        if before is not None and unit.at > before + 1:
            lines.append("…")
        lines.append(unit.text)
        before, worth = unit.at, max(worth, unit.said)
    return Lines("\n".join(lines), worth)
