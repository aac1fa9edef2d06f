"""Which sentences and rows of the passages speak of the question: the model reads those, in the passages' order.

Pure; no model. A small model given whole passages takes a neighbouring figure, and its time (docs/adr, evidence).
"""

import math
import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from demeure.assistant import (
    asking,
    bands,
    durations,
    families,
    headed,
    lasting,
    outside,
    prices,
    ranking,
    schedules,
    streets,
    subjects,
    tariffs,
    within,
)
from demeure.assistant.dated import of_another_year
from demeure.assistant.to_the_point import to_the_point
from demeure.assistant.units import SHARE, Stems, Told, Unit, one_number, units_of, without_repeats

_ASKS_A_FIGURE = re.compile(
    r"\b(combien|prix|montant|tarif|co[uû]t\w*|heures?|dates?|quand|taux|num[ée]ros?|jours?|pourcentage|somme|part"
    r"|délais?|dur[ée]e|votes?|voix|r[ée]parti\w*|how|when|price|cost|date|hour|number|rate|amount)\b",
    re.IGNORECASE,
)
_DIGIT = re.compile(r"\d(?!\d{3}\b)")

RANK = (0.3, 0.15, 0.08, 0.04)
"""What a unit of the first passages is worth before its words are read."""
SAME_DOCUMENT = 0.08
NEIGHBOUR, HEADING, FIGURE = 0.35, 0.25, 0.15
PRICED = 2.0
"""More that lines are worth when a price is asked for and they give one: what only speaks of it comes after."""
TYPED = 0.3
"""More that a line is worth when it can answer: a length of time, or how many of something."""
NEARLY = 0.6
"""Of a word of the question, what another of its family is worth: « télétravailler », « télétravail »."""
LESSER = 0.5
"""Of a word of the first part of a question, what it is worth for the others."""
FOR_EACH = 0.65
"""Share of the characters that each of two parts of a question may read: their lines are often the same."""
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")


class Lines(NamedTuple):
    """What the model reads of one passage; empty when nothing matters. ``worth``: how much of the question its best
    unit speaks of, whatever the passage's rank; comparable within one question. ``rows``: of a list of prices that
    is there whole, because the question names none of them. ``units``: which of its units; ``heads``: those of them
    that only head a table. ``sections``: its lists of prices that are asked for whole, each under its heading."""

    text: str
    worth: float
    rows: tuple[str, ...] = ()
    units: frozenset[int] = frozenset()
    heads: tuple[str, ...] = ()
    sections: tuple[tariffs.Section, ...] = ()


def evidence(question: str, passages: Sequence[Told], stems: Stems, limit: int) -> list[Lines]:
    """For each of ``passages`` (best first) the lines that the model should read, « … » where some were left out;
    empty when none matters. At most ``limit`` characters in all, but always the best unit."""
    question = bands.named(question, passages, stems)
    several = asking.parts(question)
    if len(several) > 1:
        return _of_each(question, several, several[0], passages, stems, limit)
    found = _evidence(question, passages, stems, limit)[1]
    if _tells_each(question, found, stems):
        return found
    apart = _of_each(question, asking.things(question), "", passages, stems, limit)
    return apart if _tells_each(question, apart, stems) else found


def _tells_each(question: str, found: Sequence[Lines], stems: Stems) -> bool:
    """See ``asking.told_each``; True of a question that asks one thing."""
    rows = [row for one in found for row in one.rows]
    return asking.told_each(question, rows, [head for one in found for head in one.heads], stems)


def _of_each(
    question: str, several: Sequence[str], subject: str, passages: Sequence[Told], stems: Stems, limit: int
) -> list[Lines]:
    each = [
        _evidence(part, passages, stems, int(limit * FOR_EACH), subject if n else "", question)
        for n, part in enumerate(several)
    ]
    wanted = [frozenset() if prices.asked_for(part) else frozenset(subjects.words(part, stems)) for part in several]
    return _together(each[0][0], [found for _, found in each], wanted)


def _together(
    units: Sequence[Unit], each: Sequence[Sequence[Lines]], wanted_of: Sequence[frozenset[str]]
) -> list[Lines]:
    """What the parts of a question read, passage by passage. A line that holds all that one part asks about
    (``wanted_of``) is worth as much as the best of another: a price does not hide the deposit."""
    top, found = max((one.worth for some in each for one in some), default=0.0), []
    for n, some in enumerate(zip(*each, strict=True)):
        chosen = {(n, at) for one in some for at in one.units}
        told = _lines([u for u in units if u.passage == n], chosen)
        wanted = {row for one in some for row in one.rows}
        rows = tuple(u.text for u in units if u.passage == n and u.text in wanted)
        read = [u.stems for u in units if (u.passage, u.at) in chosen]
        whole = any(words and any(subjects.holds(held, words) for held in read) for words in wanted_of)
        found.append(told._replace(worth=top if whole else max(one.worth for one in some), rows=rows))
    return found


def _evidence(
    question: str, passages: Sequence[Told], stems: Stems, limit: int, subject: str = "", whole: str = ""
) -> tuple[list[Unit], list[Lines]]:
    """The units of ``passages``, and what ``question`` reads of them. Of a part: ``subject``, the first part, which
    names what it is about; ``whole``, all of them."""
    asked = list(dict.fromkeys(stems(one_number(question))))
    price = prices.asked_for(question)
    asked = prices.subject(asked, stems) if price else asked
    lesser = [s for s in dict.fromkeys(stems(one_number(subject))) if s not in asked]
    lesser = prices.subject(lesser, stems) if lesser else lesser
    apart = of_another_year(whole or question, passages)
    apart |= subjects.apart(whole or question, passages, stems, bool(whole))
    apart |= set() if whole else headed.apart(question, passages, stems)
    apart |= streets.apart(whole or question, passages, stems)
    units = without_repeats(
        [u for n, told in enumerate(passages) if n not in apart for u in units_of(n, told, stems)], passages
    )
    outside.unname(units, whole or question, stems)
    _weigh(units, asked, passages, bool(_ASKS_A_FIGURE.search(question)), lesser)
    bands.weigh(units, question)
    within.narrow(units, question)
    streets.narrow(units, whole or question, stems)
    if (can := asking.wanted(question, stems)) is not None and not price:
        _weigh_typed(units, can)
    if asking.asks_the_most(question):
        ranking.rank(units, question)
    else:
        _thin_tables(units, [*asked, *lesser])
    if not price:
        chosen = _choose(units, limit)
        week = schedules.week(units, chosen) if schedules.asked(question) else ()
        chosen = chosen | {(u.passage, u.at) for u in week}
        if durations.asked_for(question):
            chosen = lasting.lines(units, chosen, subjects.heard(question, [u.stems for u in units], stems))
        found = _told(units, chosen, passages)
        days = [tuple(u.text for u in week if u.passage == n) for n in range(len(found))]
        return units, [one._replace(rows=rows) for one, rows in zip(found, days, strict=True)]
    return units, _priced(question, units, asked, passages, limit)


def _priced(
    question: str, units: list[Unit], asked: Sequence[str], passages: Sequence[Told], limit: int
) -> list[Lines]:
    """What a question about a price reads."""
    known = prices.speaking(prices.near(prices.lists(units), passages), units, asked)
    if not _YEAR.search(question):
        for old in prices.outdated(known, passages):
            known.remove(old)
            for row in old.units:
                row.out = True
    listed = [one for one in prices.lists(units) if not all(row.out for row in one.rows)]
    if group := tariffs.asked(question, listed, asked, passages, limit):
        return _grouped(group, units, passages)
    every = prices.named_whole(known, asked) if prices.asked_all(question) else []
    chosen, whole = _with_prices(units, every or known, _choose(units, limit), limit, bool(every), asked)
    found = _ranked(units, chosen, passages)
    if prices.asked_alone(question) and any(prices.priced(one.text) for one in found):
        chosen = to_the_point(units, _bare(units, known, chosen, asked))
        found = _ranked(units, chosen, passages)
        speaking = {u.passage for u in units if (u.passage, u.at) in chosen and u.own > 0}
        found = [
            one if n in speaking or prices.answers(one.text) else Lines("", 0.0) for n, one in enumerate(found)
        ]
        giving = [u for u in units if (u.passage, u.at) in chosen and prices.priced(u.text)]
        whole = tuple(giving) if len(giving) == 1 and giving[0].table and len(whole) < 2 else whole
    if whole:
        at = whole[0].passage
        told = tariffs.whole(whole, units) if prices.asked_all(question) else tuple(row.text for row in whole)
        lists = [tariffs.section(one, units, passages) for one in listed if one.rows == whole]
        found[at] = found[at]._replace(rows=told, sections=tuple(lists))
    return found


def _grouped(group: Sequence[prices.PriceList], units: Sequence[Unit], passages: Sequence[Told]) -> list[Lines]:
    """What a question for several lists of prices reads: all of them, and nothing else."""
    found = _ranked(units, {(u.passage, u.at) for one in group for u in one.units}, passages)
    for one in group:
        at = one.rows[0].passage
        told = tariffs.section(one, units, passages)
        found[at] = found[at]._replace(rows=found[at].rows + told.rows, sections=(*found[at].sections, told))
    return found


def giving(question: str, passages: Sequence[Told], stems: Stems) -> list[float]:
    """For each passage, how much of ``question`` its best line that can answer speaks of; empty when any line can
    (see ``asking.wanted``), or when a price is asked for."""
    can = asking.wanted(question, stems)
    if can is None or prices.asked_for(question):
        return []
    units = [u for n, told in enumerate(passages) if can(told.text) for u in units_of(n, told, stems)]
    _weigh(units, list(dict.fromkeys(stems(one_number(question)))), passages, figure=False)
    best = [0.0] * len(passages)
    for unit in units:
        if unit.said > best[unit.passage] and can(unit.text):
            best[unit.passage] = unit.said
    return best


def _weigh_typed(units: Sequence[Unit], can: Callable[[str], bool]) -> None:
    """A line that can answer is worth more, if it speaks of the question at all or stands under what does."""
    for unit in units:
        if unit.said > 0 and can(unit.text):
            unit.said, unit.worth = unit.said + TYPED, unit.worth + TYPED


def _weigh(
    units: Sequence[Unit],
    asked: Sequence[str],
    passages: Sequence[Told],
    figure: bool,
    lesser: Sequence[str] = (),
) -> None:
    """Rare words of the question count more; a word beside a unit or in its headings counts a little, and so does
    another of its family, or one of the first part of the question (``lesser``)."""
    there = frozenset[str]().union(*(u.stems | u.heading for u in units))
    kin = {s: found for s in (*asked, *lesser) if (found := families.kin(s, there))}
    rarity = {s: math.log(1 + len(units) / (1 + sum(s in u.stems for u in units))) for s in (*asked, *lesser)}
    rarity |= {s: LESSER * rarity[s] for s in lesser}
    total, known = sum(rarity.values()) or 1.0, frozenset(rarity)

    def share(held: frozenset[str], but: frozenset[str] = frozenset()) -> tuple[float, frozenset[str]]:
        """Of the words that ``held`` has, those in ``but`` apart; and which."""
        there = (known & held) - but
        near = frozenset(s for s in kin if s not in there and s not in but and not kin[s].isdisjoint(held))
        if not there and not near:
            return 0.0, but
        return (sum(rarity[s] for s in there) + NEARLY * sum(rarity[s] for s in near)) / total, but | there | near

    for unit in units:
        unit.own, said = share(unit.stems)
        beside, said = share(unit.around, said)
        above, _ = share(unit.heading, said)
        unit.said = unit.own + NEIGHBOUR * beside + HEADING * above
        if figure and any(s[0].isdigit() for s in unit.stems.difference(asked)):
            unit.said += FIGURE
        unit.worth = unit.said + (RANK[unit.passage] if unit.passage < len(RANK) else 0.0)
        unit.worth += SAME_DOCUMENT * (passages[unit.passage].document == passages[0].document)


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


def _with_prices(
    units: Sequence[Unit],
    known: Sequence[prices.PriceList],
    chosen: set[tuple[int, int]],
    limit: int,
    every: bool,
    asked: Sequence[str],
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
    if best is not None and not best.gives_way(giving, asked):
        return (kept, best.rows) if (kept := _first(best.units, others, limit)) else (chosen, ())
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
    worth, kept = 0.0, set[int]()
    before: int | None = None
    for unit in units:
        if (unit.passage, unit.at) not in chosen:
            continue
        if before is not None and unit.at > before + 1:
            lines.append("…")
        lines.append(unit.text)
        before, worth = unit.at, max(worth, unit.said)
        kept.add(unit.at)
    heads = tuple(
        u.text for u in units if u.at in kept and u.table and u.at <= u.table[1] and not _DIGIT.search(u.text)
    )
    return Lines("\n".join(lines), worth, (), frozenset(kept), heads)
