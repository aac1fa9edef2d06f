"""Which sentences and rows of the passages speak of the question: the model reads those, in the passages' order.

Pure; no model. A small model given four whole passages takes a neighbouring figure or declines, and reads them for
ten seconds; given the few lines that matter it finds, and starts three times sooner (docs/adr, evidence).
"""

import math
import re
from collections.abc import Sequence
from typing import NamedTuple

from demeure.assistant import durations, prices
from demeure.assistant.grounding import bounds, folded, source_text
from demeure.assistant.units import Stems, Told, Unit, one_number, units_of

_ASKS_A_FIGURE = re.compile(
    r"\b(combien|prix|montant|tarif|co[uû]t\w*|heures?|dates?|quand|taux|num[ée]ros?|jours?|pourcentage|somme|part"
    r"|délais?|dur[ée]e|votes?|voix|r[ée]parti\w*|how|when|price|cost|date|hour|number|rate|amount)\b",
    re.IGNORECASE,
)
_REPEAT = 40  # characters; a shorter line may well be said twice

RANK = (0.3, 0.15, 0.08, 0.04)
"""What a unit of the first passages is worth before its words are read."""
SAME_DOCUMENT = 0.08
NEIGHBOUR, HEADING, FIGURE = 0.35, 0.25, 0.15
INSIDE = 0.5
"""Of a row whose bounds (« de 651 à 1 150 ») hold a number of the question (« 800 »)."""
PRICED = 2.0
"""More that lines are worth when a price is asked for and they give one: what only speaks of it comes after."""
CLOSER = 0.5
"""By how much a sentence with a price must speak more of the question than a list of them to stand alone."""
SHARE = 0.5
"""A unit worth less than this share of the best one only comes as its neighbour."""
_NUMBER = re.compile(  # « la tranche 2 » is a name, « un quotient de 2 » a number
    r"(?<!tranche )(?<!zone )(?<!lot )(?<!article )(?<!catégorie )(?<!niveau )(?<![\w.,/-])(?!(?:19|20)\d\d\b)"
    r"(\d{1,3}(?: \d{3})+|\d+(?:,\d+)?)(?![\w/-])"
)
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_MONTHS = (
    *("janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre"),
    *("novembre", "décembre"),
)
_DAY = re.compile(rf"\b(\d{{1,2}})(?:er)? ({'|'.join(_MONTHS)}) ((?:19|20)\d\d)\b", re.IGNORECASE)
_NUMBERS_OF_A_DAY = re.compile(r"\b((?:19|20)\d\d)[ _-](\d\d)[ _-](\d\d)\b")


class Lines(NamedTuple):
    """What the model reads of one passage; empty when nothing matters. ``worth``: how much of the question its best
    unit speaks of, whatever the passage's rank; comparable within one question. ``rows``: of a list of prices that
    is there whole, because the question names none of them."""

    text: str
    worth: float
    rows: tuple[str, ...] = ()


def evidence(question: str, passages: Sequence[Told], stems: Stems, limit: int) -> list[Lines]:
    """For each of ``passages`` (best first) the lines that the model should read, « … » where some were left out;
    empty when none matters. At most ``limit`` characters in all, but always the best unit."""
    asked = list(dict.fromkeys(stems(one_number(question))))
    price = prices.asked_for(question)
    asked = prices.subject(asked, stems) if price else asked
    apart = _of_another_year(question, passages)
    units = _without_repeats(
        [u for n, told in enumerate(passages) if n not in apart for u in units_of(n, told, stems)], passages
    )
    _weigh(units, asked, passages, bool(_ASKS_A_FIGURE.search(question)))
    _weigh_bounds(units, question)
    _thin_tables(units, asked)
    if not price:
        chosen = _choose(units, limit)
        return _told(units, _lasting(units, chosen) if durations.asked_for(question) else chosen, passages)
    known = prices.near(prices.lists(units), passages)
    if not _YEAR.search(question):
        for old in prices.outdated(known, passages):
            known.remove(old)
            for row in old.units:
                row.out = True
    every = prices.named_whole(known, asked) if prices.asked_all(question) else []
    chosen, whole = _with_prices(units, every or known, _choose(units, limit), limit, bool(every))
    found = _ranked(units, chosen, passages)
    if prices.asked_alone(question) and any(prices.priced(one.text) for one in found):
        chosen = _bare(units, known, chosen, asked)
        found = _ranked(units, chosen, passages)
        speaking = {u.passage for u in units if (u.passage, u.at) in chosen and u.own > 0}
        found = [
            one if n in speaking or prices.answers(one.text) else Lines("", 0.0) for n, one in enumerate(found)
        ]
        giving = [u for u in units if (u.passage, u.at) in chosen and prices.priced(u.text)]
        whole = tuple(giving) if len(giving) == 1 and giving[0].table else whole
    if whole:
        at = whole[0].passage
        found[at] = found[at]._replace(rows=tuple(row.text for row in whole))
    return found


def _without_repeats(units: Sequence[Unit], passages: Sequence[Told]) -> list[Unit]:
    """A sentence that ends a passage and opens the next is read once, where the passage is the best."""
    seen: set[tuple[str, str]] = set()
    kept = []
    for unit in units:
        key = (passages[unit.passage].document, unit.text)
        if len(unit.text) < _REPEAT or key not in seen:
            seen.add(key)
            kept.append(unit)
    return kept


def _weigh(units: Sequence[Unit], asked: Sequence[str], passages: Sequence[Told], figure: bool) -> None:
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


def _weigh_bounds(units: Sequence[Unit], question: str) -> None:
    numbers = [float(n.replace(" ", "").replace(",", ".")) for n in _NUMBER.findall(source_text(question))]
    for unit in units if numbers else ():
        held = bounds(folded(source_text(unit.text))) if unit.table else None
        if held is not None and any(held[0] <= number <= held[1] for number in numbers):
            unit.own, unit.said, unit.worth = unit.own + INSIDE, unit.said + INSIDE, unit.worth + INSIDE


def _of_another_year(question: str, passages: Sequence[Told]) -> set[int]:
    """Passages to leave aside when the name of a document found bears the year asked for: those of documents that
    bear another, and do not speak of it; those of another day, when a name bears the very day. The minutes of
    another year say nearly the same words."""
    dated = [_days(told.context.split("\n")[0]) for told in passages]
    if day := _days(question) & set().union(*dated):
        return {n for n, days in enumerate(dated) if days and not days & day}
    asked = set(_YEAR.findall(question))
    borne = [set(_YEAR.findall(told.context.split("\n")[0])) for told in passages]
    if not any(years & asked for years in borne):
        return set()
    spoken = [set(_YEAR.findall(told.text)) for told in passages]
    return {n for n, years in enumerate(borne) if years and not (years | spoken[n]) & asked}


def _days(text: str) -> set[str]:
    """« 10 avril 2025 », « 2025-04-10 », « 2025 04 10 », in one form."""
    months = {month: n for n, month in enumerate(_MONTHS, 1)}
    written = {f"{y} {months[m.lower()]:02} {int(d):02}" for d, m, y in _DAY.findall(text)}
    return written | {" ".join(day) for day in _NUMBERS_OF_A_DAY.findall(text)}


def _thin_tables(units: Sequence[Unit], asked: Sequence[str]) -> None:
    """Where some rows hold the question's words and others do not, the others (the total too) leave; the header
    stays. So do those that hold less than one row which holds all that they do: « porte-fenêtre, pin sylvestre »
    is neither « fenêtre, pin sylvestre » nor « porte-fenêtre, chêne »."""
    tables: dict[tuple[int, tuple[int, int, int]], list[Unit]] = {}
    for unit in units:
        if unit.table and unit.at > unit.table[1]:
            tables.setdefault((unit.passage, unit.table), []).append(unit)
    for rows in tables.values():
        most = max(rows, key=lambda u: u.own)
        held = most.stems.intersection(asked)
        told = all(u.stems.intersection(asked) <= held for u in rows)
        for unit in rows:
            unit.out = unit.own < (most.own if told else SHARE * most.own)


def _choose(units: Sequence[Unit], limit: int) -> set[tuple[int, int]]:
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


def _lasting(units: Sequence[Unit], chosen: set[tuple[int, int]]) -> set[tuple[int, int]]:
    """``chosen``, when a length of time is asked for: of the passages that give one, the lines that do, and what
    speaks far more of the question; those alone when no other passage has a line that speaks more of it."""
    read = [u for u in units if (u.passage, u.at) in chosen]
    giving = [u for u in read if durations.given(u.text)]
    best = max((u.said for u in giving), default=0.0)
    there = {u.passage for u in giving if u.said >= SHARE * best}
    if giving and best >= max((u.said for u in read if u.passage not in there), default=0.0):
        there = {u.passage for u in read}
    kept = {(u.passage, u.at) for u in giving}
    kept |= {(u.passage, u.at) for u in read if u.passage not in there or u.said > best + CLOSER}
    heads = {(u.passage, at) for u in giving if u.table for at in range(u.table[0], u.table[1] + 1)}
    return chosen & (kept | heads)


def _with_prices(
    units: Sequence[Unit],
    known: Sequence[prices.PriceList],
    chosen: set[tuple[int, int]],
    limit: int,
    every: bool,
) -> tuple[set[tuple[int, int]], tuple[Unit, ...]]:
    """``chosen`` with a list of prices when the question names no row of one, or asks for ``every`` row: all of it,
    the closest one, what else was chosen making room; and its rows. Without any list, the sentence that gives a
    price in the best passage that has some."""
    named = [row for one in known for row in one.rows if (row.passage, row.at) in chosen and row.own > 0]
    if named and not every:  # several rows may bear the same name: « nos parquets »
        most = max(named, key=lambda row: row.own)
        alike = tuple(
            row for row in named if (row.own, row.passage, row.table) == (most.own, most.passage, most.table)
        )
        return chosen, alike if len(alike) > 1 else ()
    others = [u for u in units if (u.passage, u.at) in chosen]
    giving = [u for u in units if prices.priced(u.text) and not u.out]
    best = max(known, key=lambda one: one.worth, default=None)
    if best is not None and not any(u.said > best.said + CLOSER for u in giving if not u.table):
        kept = _first(best.units, others, limit)
        return (kept, best.rows) if kept else (chosen, ())
    if any((u.passage, u.at) in chosen for u in giving):
        return chosen, ()
    return _first(sorted(giving, key=lambda u: -u.worth)[:1], others, limit) or chosen, ()


def _first(wanted: Sequence[Unit], others: Sequence[Unit], limit: int) -> set[tuple[int, int]]:
    """``wanted``, then as many of ``others`` as there is room for, the best first; nothing when ``wanted`` is too
    long."""
    left = limit - sum(len(u.text) for u in wanted)
    if left < 0:
        return set()
    kept = {(u.passage, u.at) for u in wanted}
    for unit in sorted(others, key=lambda u: -u.worth):
        if (unit.passage, unit.at) not in kept and len(unit.text) <= left:
            kept.add((unit.passage, unit.at))
            left -= len(unit.text)
    return kept


def _bare(
    units: Sequence[Unit], known: Sequence[prices.PriceList], chosen: set[tuple[int, int]], asked: Sequence[str]
) -> set[tuple[int, int]]:
    """``chosen`` without the sentences beside a list of prices that can be no price, or that hold of the question
    only what the list holds: a small model copies « les tarifs n'avaient pas été revus » before it reads on, and
    gives « une majoration de 1,50 € » for the price of the row beside it. Of lists whose rows bear one name
    (« tranche 2 »), those whose heading and header speak most of the question stay."""
    there = [one for one in known if any((row.passage, row.at) in chosen for row in one.rows)]
    tables = {row.passage for one in there for row in one.rows}
    most = max((one.head for one in there), default=0.0)
    others = {(u.passage, u.at) for one in there if one.head < SHARE * most for u in one.units}
    held: dict[int, set[str]] = {}
    for one in there:
        for u in one.units:
            if (u.passage, u.at) in chosen - others:
                held.setdefault(u.passage, set()).update(u.stems)

    def tells_more(unit: Unit) -> bool:
        more = unit.stems.intersection(asked) - held.get(unit.passage, set())
        return prices.answers(unit.text) and (bool(more) or not prices.priced(unit.text))

    return {
        (u.passage, u.at)
        for u in units
        if (u.passage, u.at) in chosen - others and (u.passage not in tables or u.table or tells_more(u))
    }


def _ranked(units: Sequence[Unit], chosen: set[tuple[int, int]], passages: Sequence[Told]) -> list[Lines]:
    """As ``_told``, what gives a price before what only speaks of it."""
    return [
        one._replace(worth=one.worth + PRICED) if prices.priced(one.text) else one
        for one in _told(units, chosen, passages)
    ]


def _told(units: Sequence[Unit], chosen: set[tuple[int, int]], passages: Sequence[Told]) -> list[Lines]:
    return [_lines([u for u in units if u.passage == n], chosen) for n in range(len(passages))]


def _lines(units: Sequence[Unit], chosen: set[tuple[int, int]]) -> Lines:
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
