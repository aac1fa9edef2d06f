"""When a place is open on a day, or all week: the rows of its hours answer, word for word. Pure.

A small model given the right row says « la mairie ferme à 14 h 30 », or reads the row of the next day.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from demeure.assistant import asking, open_then, prompt, schedules
from demeure.assistant.families import kin
from demeure.assistant.grounding.dates import days_between
from demeure.assistant.units import Stems, split
from demeure.library import Hit

_DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
_ENGLISH = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DAY = "|".join((*_DAYS, *_ENGLISH))
_NAMED = re.compile(rf"\b({_DAY})s?\b", re.IGNORECASE)
_ASKS = re.compile(
    r"\b(?:ouvr\w*|ouvert\w*|ferm\w*|horaires?|heures? d['’]ouverture"
    r"|opens?|opened|opening|closes?|closed|closing)\b",
    re.IGNORECASE,
)
_OTHER = re.compile(
    rf"\b(?:{_DAY})\s+\d|\b(?:exceptionnel\w*|veille|vacances|noël|pâques|pourquoi|qui|combien|prix|tarifs?|co[uû]te?|comment|f[ée]ri[ée]s?|rue|route|travaux|pont|inscriptions?"
    r"|why|who|how|price|street|road)\b",
    re.IGNORECASE,
)
_ROW = re.compile(
    rf"^\W*(?:du |de |le |les |tous les |from |on )?(?P<days>(?:{_DAY})s?"
    rf"(?:\s*(?P<how>,|/|&|-|–|à|au|et|to|and)\s*(?:le |les |du )?(?:{_DAY})s?)*)(?P<rest>.*)$",
    re.IGNORECASE | re.DOTALL,
)
_HOURS = re.compile(r"\d{1,2}\s?(?:h\b|h\d\d|:\d\d|[ap]m\b)|\bferm[ée]|\bclosed\b", re.IGNORECASE)
_FRAME = (
    "heure horaire ouverture ouvrir ouvert ouverte fermer ferme fermé fermée fermeture jour semaine matin midi soir"
    " après-midi week-end quand être hiver été automne printemps hour open closed close opening day week morning"
    " afternoon winter summer"
)
_TOWN_HALL, _DESK = "mairie", "accueil"
"""Its hours are those of its desk."""
_LABELLED = re.compile(r"\s:\s|\w:\s")
_COLUMNS = re.compile(r"\b(?:jours?|matin|après-midi|soir|été|hiver|day|morning|afternoon)\b", re.IGNORECASE)
_WIDE = 160
LEAST, _WEEK = 2, 3
"""Rows of days that make a list of hours, days that make a week."""
OF_IT = 2
"""See ``_speaks``."""


def told(question: str, hits: Sequence[Hit], stems: Stems, spoken: str) -> str:
    """The row of the day that ``question`` names, or all rows when it asks for the hours, of the passage of
    ``hits`` that speaks of the place, with its source; after « oui » or « non » where the row leaves no doubt. All
    rows of a place whose week lacks the day, said so. Of no place, those of each document. Empty when something
    else is asked, or when no passage with hours speaks of it."""
    if not _asked(question):
        return ""
    found = _found(question, hits, stems)
    if found and not _about(question, stems):
        return prompt.HOURS_EACH[spoken] + "".join(_each(one, hits) for one in _by_document(found, hits))
    if not found:
        return ""
    best = max(found, key=lambda one: (one.spoken_of, hits[one.number - 1].score))
    opening = prompt.HOURS[spoken]
    if not best.wanted:
        opening = prompt.HOURS_OTHER_DAYS[spoken]
    elif (said := open_then.answer(question, best.wanted)) is not None and _named(question):
        opening = prompt.HOURS_YES[spoken] if said else prompt.HOURS_NO[spoken]
    return f"{opening}{_lines(best.lines, best.wanted or best.rows)} [{best.number}]"


def passages(question: str, hits: Sequence[Hit], stems: Stems) -> list[Hit]:
    """Those of ``hits`` that ``told`` would tell the rows of."""
    if not _asked(question):
        return []
    found = _found(question, hits, stems)
    if not _about(question, stems):
        return [hits[one.number - 1] for one in _by_document(found, hits)]
    best = max(found, key=lambda one: (one.spoken_of, hits[one.number - 1].score), default=None)
    return [hits[best.number - 1]] if best else []


def elsewhere(question: str, hits: Sequence[Hit], stems: Stems) -> str:
    """What to look for as well, when ``question`` asks for hours that none of ``hits`` gives: they stand under
    « horaires d’ouverture », whatever words ask for them. Empty otherwise."""
    return f"horaires d’ouverture {question}" if _asked(question) and not passages(question, hits, stems) else ""


class _Hours(NamedTuple):
    """Of hit ``number``: its ``lines``, those that are ``rows`` of hours, those of the day asked for (``wanted``);
    ``spoken_of``: see ``_speaks``."""

    number: int
    lines: list[str]
    rows: list[str]
    wanted: list[str]
    spoken_of: int


def _asked(question: str) -> bool:
    days = _named(question)
    one_day = len(days) == 1 and _ASKS.search(question) and not _OTHER.search(question)
    return bool(one_day or (not days and schedules.asked(question))) and len(asking.parts(question)) == 1


def _named(question: str) -> set[int]:
    return {_number(day) for day in _NAMED.findall(question)}


def _about(question: str, stems: Stems) -> set[str]:
    return set(stems(question)) - set(stems(f"{_FRAME} {' '.join(_DAYS)} {' '.join(_ENGLISH)}"))


def _found(question: str, hits: Sequence[Hit], stems: Stems) -> list[_Hours]:
    """Those of ``hits`` that give hours of what is asked about, on the day it names; when none does, those that
    speak of it in their headings and give a week without it."""
    days, about = _named(question), _about(question, stems)
    found = []
    for number, hit in enumerate(hits, 1):
        lines = split(hit.text)
        rows = [line for line in lines if _covered(line)]
        spoken_of = _speaks(about, hit, stems) if len(rows) >= LEAST else 0
        if len(rows) >= LEAST and (spoken_of or not about):
            found.append(_Hours(number, lines, rows, [row for row in rows if days <= _covered(row)], spoken_of))
    given = [one for one in found if one.wanted]
    week = [one for one in found if one.spoken_of == OF_IT and len(set().union(*map(_covered, one.rows))) >= _WEEK]
    return given or (week if about else [])


def _by_document(found: Sequence[_Hours], hits: Sequence[Hit]) -> list[_Hours]:
    """The first of each, three at most."""
    first = {hits[one.number - 1].document_id: one for one in reversed(found)}
    return sorted(first.values(), key=lambda one: one.number)[:3]


def _each(one: _Hours, hits: Sequence[Hit]) -> str:
    return f"\n\n{hits[one.number - 1].document}{_lines(one.lines, one.wanted)} [{one.number}]"


def _lines(lines: Sequence[str], rows: Sequence[str]) -> str:
    """``rows``, under what their table calls its columns when they do not say it themselves."""
    first = next(n for n, line in enumerate(lines) if _covered(line))
    header = lines[first - 1] if first else ""
    bare = not any(_LABELLED.search(row) for row in rows) and bool(_COLUMNS.search(header)) and len(header) < _WIDE
    told = [header, *rows] if bare else rows
    return "".join(f"\n- {row.lstrip('•●▪–- ')}" for row in told)


def _speaks(about: set[str], hit: Hit, stems: Stems) -> int:
    """2 when the headings and the name of the passage say what is asked about, 1 when only its text does."""
    desk = set(stems(_DESK)) if about & set(stems(_TOWN_HALL)) else set[str]()
    above = frozenset(stems(f"{hit.document}\n{hit.context}".replace("-", " ").replace("_", " ")))

    def holds(held: frozenset[str]) -> bool:
        return all(s in held or kin(s, held) or (desk and s in stems(_TOWN_HALL) and desk <= held) for s in about)

    return OF_IT if holds(above) else int(holds(above | frozenset(stems(hit.text))))


@lru_cache(maxsize=512)
def _covered(line: str) -> frozenset[int]:
    """The days (0: Monday) whose hours ``line`` gives; none when it is no row of hours."""
    found = _ROW.match(line) if len(line) <= _WIDE else None
    if found is None or not _HOURS.search(found["rest"]):
        return frozenset()
    return frozenset(_number(day) for day in _NAMED.findall(found["days"])) | days_between(found["days"])


def _number(day: str) -> int:
    low = day.lower()
    return _DAYS.index(low) if low in _DAYS else _ENGLISH.index(low)
