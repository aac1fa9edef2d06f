"""When a place is open on a day, or all week: the rows of its hours answer, word for word. Pure.

A small model given the right row says « la mairie ferme à 14 h 30 », or reads the row of the next day.
"""

import re
from collections.abc import Sequence

from demeure.assistant import asking, prompt, schedules
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
LEAST = 2
"""Rows of days that make a list of hours."""


def told(question: str, hits: Sequence[Hit], stems: Stems, spoken: str) -> str:
    """The row of the day that ``question`` names, or all rows when it asks for the hours, of the passage of
    ``hits`` that speaks of the place, with its source. Empty when something else is asked, or when no passage with
    hours speaks of it."""
    days = {_number(day) for day in _NAMED.findall(question)}
    one_day = len(days) == 1 and _ASKS.search(question) and not _OTHER.search(question)
    if not (one_day or (not days and schedules.asked(question))) or len(asking.parts(question)) > 1:
        return ""
    about = set(stems(question)) - set(stems(f"{_FRAME} {' '.join(_DAYS)} {' '.join(_ENGLISH)}"))
    best, most = ("", 0), (0, float("-inf"))
    for number, hit in enumerate(hits, 1):
        lines = split(hit.text)
        rows = [line for line in lines if _covered(line)]
        wanted = [row for row in rows if not days or days <= _covered(row)]
        spoken_of = _speaks(about, hit, stems)
        if len(rows) >= LEAST and wanted and (spoken_of or not about) and (spoken_of, hit.score) > most:
            best, most = (_lines(lines, wanted), number), (spoken_of, hit.score)
    lines_told, number = best
    return f"{prompt.HOURS[spoken]}{lines_told} [{number}]" if lines_told else ""


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
    there = above | frozenset(stems(hit.text))

    def holds(held: frozenset[str]) -> bool:
        return all(s in held or kin(s, held) or (desk and s in stems(_TOWN_HALL) and desk <= held) for s in about)

    return 2 if holds(above) else int(holds(there))


def _covered(line: str) -> set[int]:
    """The days (0: Monday) whose hours ``line`` gives; none when it is no row of hours."""
    found = _ROW.match(line) if len(line) <= _WIDE else None
    if found is None or not _HOURS.search(found["rest"]):
        return set()
    return {_number(day) for day in _NAMED.findall(found["days"])} | days_between(found["days"])


def _number(day: str) -> int:
    low = day.lower()
    return _DAYS.index(low) if low in _DAYS else _ENGLISH.index(low)
