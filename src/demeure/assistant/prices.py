"""A question about a price: what it is about, the lists of prices among the passages, and those out of date. Pure.

« Le tarif de la cantine » has no word in common with « Tranche 1 : 1,10 € », and all of them with the vote that
adopted it.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

from demeure.assistant.families import kin
from demeure.assistant.grounding import bounds, folded, source_text
from demeure.assistant.grounding.claims import Quantity
from demeure.assistant.grounding.held import read as read_claims
from demeure.assistant.units import CLOSER, Stems, Told, Unit

_ASKS = re.compile(
    r"\b(tarifs?|prix|co[uû]t\w*|montants?|sommes?|d[ée]pens\w*|prices?|costs?|fees?)\b", re.IGNORECASE
)
_PAYS = re.compile(r"\b(pa(?:ie|ye)\w*|factur\w*|vend(?:re|ons|ez|ent|ues?|us?|s)?|pay)\b", re.IGNORECASE)
_HOW_MUCH = re.compile(r"\b(combien|que|qu|quel(?:le)?s?|quoi|how much|what)\b", re.IGNORECASE)
"""« Combien paie une famille ? » asks for a price, « comment peut-on payer ? » does not."""
_IS_IT = re.compile(
    r"\b(?:c['’]est|[çc]a fait) combien\b|\bcombien (?:c['’]est|[çc]a (?:fait|coûte))\b", re.IGNORECASE
)
_SHARE = re.compile(
    r"\b(quelle (?:part|proportion)|pourcentages?|taux|percentage|what (?:share|rate))\b", re.IGNORECASE
)
_ASKING = (
    "tarif prix coût coûter montant somme payer paie combien facturer facturons vendre vendons price cost fee"
    " liste grille complet complète donner donne vouloir voudrais veux connaître"
)
"""Words that ask for a price and name nothing that has one."""
_PRICE = re.compile(r"\d\s?(?:€|euros?\b|£|\$)|[€£$]\s?\d", re.IGNORECASE)
_WHOLE = re.compile(
    r"(?<![\d,.])\d{1,3}(?:[ \u00a0\u202f]?\d{3})*(?:[.,]\d+)?\s?(?:€|euros?\b|£|\$)|[€£$]\s?\d[\d.,]*",
    re.IGNORECASE,
)
_ASKS_MORE = re.compile(
    r"\b(quand|dates?|(?<!par )heures?|horaires?|(?<!par )jours?|d[ée]lais?|dur[ée]e|qui"
    r"|quelle? (?:entreprise|soci[ée]t[ée]|personne)|comment|pourquoi|o[uù]"
    r"|condition\w*|when|who|whom|where|why|how long)\b",
    re.IGNORECASE,
)
_GIVES = re.compile(r"\d\s?%|\bgratuit|\bfree\b", re.IGNORECASE)
_FREE = re.compile(r"\bgratui(?:te?s?|tement|té)\b|\bpayante?s?\b|\bfree\b", re.IGNORECASE)
_UNPRICED = re.compile(
    r"\bsur (?:devis|demande|étude)\b|\b(?:nous|se|à) (?:consulter|définir)\b|\bofferte?s?\b"
    r"|\b(?:inclus|compris)(?:es?)?\s*$|\bnon (?:facturée?s?|proposée?s?)\b"
    r"|\bon (?:quote|request)\b|\bincluded\s*$",
    re.IGNORECASE,
)
"""What a row of a list has in the place of a price."""
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_ASKS_ALL = re.compile(
    r"\b(?:quels|quelles) (?:sont|étaient|seront)\b.*\b(?:tarifs|prix|montants|coûts)\b"
    r"|\b(?:tous|(?:liste|grille)(?: \w+)?) (?:les|des) (?:tarifs|prix)\b"
    r"|\bwhat are\b.*\b(?:prices|fees|rates|costs)\b",
    re.IGNORECASE,
)
_ROWS = 2
_WORDS, _SCATTERED = 3, 1 / 3
"""From so many words on, a question whose thing no passage names (see ``scattered``). Of the questions of
tests/data that a document answers, the least told has 2 words of 5 in one passage."""
BEHIND = 1.0
"""By how much (deviations, see Hit.score) a list of prices may come after the best passage that gives a price: some
other list is no answer to « quelle somme doit-elle encore ? »."""
SAME_ROWS = 0.6
"""Share of their words that two lists have in common when one is the other of another year."""


@dataclass(frozen=True)
class PriceList:
    """A table of a passage: its heading and header, then ``_ROWS`` rows at least that give a price or say that
    there is none."""

    units: tuple[Unit, ...]
    rows: tuple[Unit, ...]

    @property
    def worth(self) -> float:
        return max(unit.worth for unit in self.units)

    @property
    def said(self) -> float:
        return max(unit.said for unit in self.units)

    @property
    def head(self) -> float:
        """How much of the question its heading and header hold."""
        return sum(unit.own for unit in self.units if unit not in self.rows)

    def gives_way(self, giving: Sequence[Unit], asked: Sequence[str]) -> bool:
        """Does one of ``giving`` answer better: a sentence that speaks more of the question, or of its section?"""
        prose = [unit for unit in giving if not unit.table]
        return any(unit.said > self.said + CLOSER or self._beside(unit, asked) for unit in prose)

    def _beside(self, unit: Unit, asked: Sequence[str]) -> bool:
        """Does ``unit`` say what is ``asked``, which its section’s heading names, and neither rows nor their header
        does? « La caution est fixée à 700 € », under « Tarifs et caution »."""
        header = {one.stems for one in self.units if one.table and one.at == one.table[1]}
        own = unit.stems.intersection(asked, unit.heading).difference(*header, *(row.stems for row in self.rows))
        return bool(own) and unit.heading <= self.rows[0].heading

    @property
    def labels(self) -> frozenset[str]:
        """Words of its rows, figures apart."""
        return frozenset(stem for row in self.rows for stem in row.stems if not stem[0].isdigit())


@lru_cache(maxsize=128)
def asked_for(question: str) -> bool:
    """Does ``question`` ask for a price?"""
    asks = _ASKS.search(question) or (_PAYS.search(question) and _HOW_MUCH.search(question))
    asks = asks or _IS_IT.search(question)
    return bool(asks) and not _SHARE.search(question)


def spelled_out(question: str) -> str:
    """« C’est combien, la cantine ? » as search is asked it: « combien coûte »."""
    return _IS_IT.sub("combien coûte", question)


def opening(question: str) -> str:
    """Its beginning, up to the word that asks for a price; « prix » when it has none."""
    found = _ASKS.search(question) or _PAYS.search(question) or _IS_IT.search(question)
    return question[: found.end()] if found else "prix"


def asked_alone(question: str) -> bool:
    """Does it ask for a price and for nothing else?"""
    return asked_for(question) and not _ASKS_MORE.search(question)


def asked_all(question: str) -> bool:
    """Does it ask for several: « quels sont les tarifs de… » ?"""
    return asked_for(question) and bool(_ASKS_ALL.search(question))


def scattered(question: str, passages: Sequence[Told], stems: Stems) -> bool:
    """Does it ask for the price of something that no passage speaks of? « Un emplacement sur le marché du samedi »:
    one has a pitch, another a public contract, a third the price of a Saturday, none more than a third of it."""
    asked = set(stems(question)).difference(stems(_ASKING)) if asked_for(question) else set[str]()
    held = (len(asked.intersection(stems(f"{told.context}\n{told.text}"))) for told in passages)
    return len(asked) >= _WORDS and max(held, default=0) <= _SCATTERED * len(asked)


def of_other_lengths(question: str, lines: Iterable[str]) -> bool:
    """Does it ask for the price of a length of time, when ``lines`` price only others? « Une concession pour
    cinquante ans » is in no list that has fifteen and thirty."""
    wanted = _lengths(question) if asked_for(question) else frozenset[tuple[float, str]]()
    priced_for = [(line, held) for line in lines if wanted and priced(line) and (held := _lengths(line))]
    reached = any(wanted & held or bounds(folded(source_text(line))) for line, held in priced_for)
    return len(priced_for) >= _ROWS and not reached


def _lengths(text: str) -> frozenset[tuple[float, str]]:
    """« quinze ans » and « 15 ans » are one."""
    claims = (claim.value for claim in read_claims(source_text(text)) if claim.kind == "duration")
    return frozenset((value, one.unit) for one in claims if isinstance(one, Quantity) for value in one.values)


def answers(text: str) -> bool:
    """Can ``text`` be what is asked for: a price, a share, « gratuit »?"""
    return priced(text) or bool(_GIVES.search(text))


def first(text: str) -> str:
    """The first price of a row, as it is written; all of it when it gives none."""
    found = _WHOLE.search(source_text(text))
    return found[0] if found else text


def priced(text: str) -> bool:
    """Does ``text`` give one?"""
    return bool(_PRICE.search(text))


def tells_if_paid(text: str) -> bool:
    """Does ``text`` give a price, or say that there is none?"""
    return priced(text) or bool(_FREE.search(text))


def lists_some(text: str) -> bool:
    """Has ``text`` rows that give a price?"""
    rows = (line.rstrip() for line in text.split("\n"))
    return sum(priced(row) and row[-1] not in ".;" for row in rows if row) >= _ROWS


def subject(asked: Sequence[str], stems: Stems) -> list[str]:
    """The words of the question but those that ask for a price; all of them when nothing else is left."""
    asking = set(stems(_ASKING))
    return [stem for stem in asked if stem not in asking] or list(asked)


def lists(units: Sequence[Unit]) -> list[PriceList]:
    """The lists of prices, in the order of ``units``."""
    found = []
    for _, table in groupby(units, key=lambda u: (u.passage, u.table)):
        mine = tuple(table)
        rows = tuple(u for u in mine if u.table and u.at > u.table[1] and _is_row(u.text))
        if len(rows) >= _ROWS and any(priced(u.text) for u in rows):
            found.append(PriceList(mine, rows))
    return found


def _is_row(text: str) -> bool:
    return tells_if_paid(text) or bool(_UNPRICED.search(text))


def named_whole(known: Sequence[PriceList], asked: Sequence[str]) -> list[PriceList]:
    """Those whose heading and header name more of what is asked than any of their rows: « les tarifs de la
    main-d’œuvre et du déplacement » are all those of that table, not the rows that say « déplacement »."""
    found = []
    for one in known:
        above = {s for u in one.units if u not in one.rows for s in asked if s in u.stems}
        if all({s for s in asked if s in row.stems} < above for row in one.rows):
            found.append(one)
    return found


def near(known: Sequence[PriceList], passages: Sequence[Told]) -> list[PriceList]:
    """Those that search puts beside the best passage with a price, or before; where the heading of none of them
    speaks of the question, those that stand further and whose heading does: « les tarifs du mercredi » are not
    those of the floors, which a whole document named « tarifs » brings first."""
    best = max((told.score for told in passages if priced(told.text)), default=0.0)
    kept = [one for one in known if passages[one.rows[0].passage].score >= best - BEHIND]
    if any(one.head > 0 for one in kept):
        return kept
    return [*kept, *(one for one in known if one.head > 0)]


def speaking(known: Sequence[PriceList], units: Sequence[Unit], asked: Sequence[str]) -> list[PriceList]:
    """Of ``known``, those whose passage holds a word of what is ``asked``, when no heading does: « les tarifs du
    cimetière » stand under a sentence that says so, and others beside them do not."""
    if not known or any(one.head > 0 for one in known):
        return list(known)
    there = {u.passage for u in units if any(s in u.stems or kin(s, u.stems) for s in asked)}
    return [one for one in known if one.rows[0].passage in there] or list(known)


def outdated(known: Sequence[PriceList], passages: Sequence[Told]) -> Iterator[PriceList]:
    """Those of which a later year is there too: nearly the same rows, in a document that bears a later year."""
    for old in known:
        for new in known:
            common = len(old.labels & new.labels) / max(len(old.labels | new.labels), 1)
            if common >= SAME_ROWS and _year(old, passages) < _year(new, passages):
                yield old
                break


def _year(one: PriceList, passages: Sequence[Told]) -> int:
    """The latest that the name of its document bears, else its passage. Without any, its age is not known: it is
    never the older one."""
    told = passages[one.rows[0].passage]
    years = _YEAR.findall(told.context.split("\n")[0]) or _YEAR.findall(told.text)
    return max(map(int, years), default=9999)
