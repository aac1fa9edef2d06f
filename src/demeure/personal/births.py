"""Dates of birth, in figures and in words: a date counts when the text says that somebody was born then."""

import re
from collections.abc import Iterator

from demeure.personal.context import holds
from demeure.personal.detection import Detection
from demeure.personal.words import fold

MONTHS = {
    "janvier": 1,
    "janv": 1,
    "fevrier": 2,
    "fevr": 2,
    "fev": 2,
    "mars": 3,
    "avril": 4,
    "avr": 4,
    "mai": 5,
    "juin": 6,
    "juillet": 7,
    "juil": 7,
    "aout": 8,
    "septembre": 9,
    "sept": 9,
    "octobre": 10,
    "oct": 10,
    "novembre": 11,
    "nov": 11,
    "decembre": 12,
    "dec": 12,
    "january": 1,
    "february": 2,
    "march": 3,
    "april": 4,
    "may": 5,
    "june": 6,
    "july": 7,
    "august": 8,
    "september": 9,
    "october": 10,
    "november": 11,
    "december": 12,
}
_MONTH = (
    r"(?:january|february|march|april|may|june|july|august|september|october|november|december"
    r"|janv(?:ier|\.)?|f[ée]v(?:r(?:ier|\.)?|\.)?|mars|avr(?:il|\.)?|mai|juin|juil(?:let|\.)?|ao[ûu]t"
    r"|sept(?:embre|\.)?|oct(?:obre|\.)?|nov(?:embre|\.)?|d[ée]c(?:embre|\.)?)"
)
_MAIDEN = r"(?:,?[ \n]?[^\W\d_][\w’'\-]{1,40},?[ \n]){0,3}?"
"""« née Quervalou le 3 mai 1962 », « née Le Goff, le… »."""
_BORN = re.compile(
    r"[nNdDbBvVaA](?<!\w.)(?:(?<=[nN])(?i:[ée]{1,2}(?:[.·(\-]?e?s?\)?)?s?(?:"
    r"[ \n]{0,2}(?:les?|en|un|:|\b(?=[ ][àa][ ]))"
    r"|" + _MAIDEN + r"(?:les?|en)(?=[ \n][0-3]?[0-9]))"
    r"|aissance|aiss\.?|[ée]\(?e?\)? ?le|aquit|atif|ative)"
    r"|(?<=[dD])(?i:dn|\.d\.n\.?)|(?<=[bB])(?i:orn(?: on)?|irth)|(?<=[vV])(?i:ue? le jour le)"
    r"|(?<=[aA])(?i:nniversaire)(?=[ \u00a0]?:[ \u00a0]?(?:[0-3]?[0-9](?:er)?[ ./]|(?:19|20)[0-9]{2}-)))(?!\w)"
)
_SP = r"[ \u00a0\u202f\n\t]"
_YEAR = (
    r"et|mil(?:le)?|neuf|cents?|deux|trois|quatre|vingts?|cinquante|cinq|six|septante|sept|huitante|huit|dix|onze|douze|treize|quatorze"
    r"|quinze|seize|trente|quarante|soixante|nonante|un"
)
_DATE = re.compile(
    rf"(?P<iso>(?:19|20)[0-9]{{2}}-[0-9]{{2}}-[0-9]{{2}})"
    rf"|(?P<d>[0-3]?[0-9])[ ]?[/.\-][ ]?(?P<m>[01]?[0-9])[ ]?[/.\-][ ]?(?P<y>(?:1[89]|20)?[0-9]{{2}})"
    rf"|(?P<d5>[0-3]?[0-9])[ ]?[./\-][ ]?(?P<m5>[IVX]{{1,4}})[ ]?[./\-][ ]?(?P<y5>(?:1[89]|20)[0-9]{{2}})"
    rf"|(?P<d4>[0-3][0-9])(?P<m4>[01][0-9])(?P<y4>(?:1[89]|20)[0-9]{{2}})(?![0-9])"
    rf"|(?P<boxed>[0-3](?:[ |]{{1,3}}[0-9]){{3}}(?:[ |]{{1,3}}1[ |]{{1,3}}[89]|[ |]{{1,3}}2[ |]{{1,3}}0)"
    rf"(?:[ |]{{1,3}}[0-9]){{2}})(?![0-9])"
    rf"|(?P<d3>[0-3][0-9])[ ](?P<m3>[01][0-9])[ ](?P<y3>(?:1[89]|20)[0-9]{{2}})"
    rf"|(?P<d2>[0-3]?[0-9])(?:{_SP}?er)?{_SP}{{0,2}}(?P<m2>{_MONTH}){_SP}{{0,2}}"
    rf"(?:de l['’]an(?:née)?{_SP})?(?P<y2>(?:1[89]|20)[0-9]{{2}}|[0-9]{{2}}(?![0-9]))"
    rf"|(?P<words>(?:premier|un|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|onze|douze|treize|quatorze|quinze|seize|vingt|trente)"
    rf"(?:[ -](?:et[ -])?(?:un|deux|trois|quatre|cinq|six|sept|huit|neuf))?{_SP}{_MONTH}{_SP}"
    rf"(?:mil(?:le)?|deux)(?:[ \-\n]{{1,2}}(?:{_YEAR})(?!\w)){{1,9}})",
    re.IGNORECASE,
)
_BEGIN = re.compile(r"[0-9pudtqcshnovPUDTQCSHNOVſ]")
"""Of a date, in figures or in words."""
_DAY = re.compile(
    rf"[ \u00a0:]{{0,3}}(?P<date>(?P<d>[0-3]?[0-9])"
    rf"(?:(?:{_SP}?er)?{_SP}{{1,2}}(?P<said>{_MONTH})(?!\w)|(?<=:[ \u00a0][0-9]{{2}})[/.\-](?P<m>[01][0-9])))"
    rf"(?![0-9]|[ ]?[/.\-][ ]?[0-9]|{_SP}{{0,2}}(?:de l['’]an(?:née)?{_SP})?(?:[0-9]{{2}}|mil|deux{_SP}mil))",
    re.IGNORECASE,
)
"""A day without its year: « née le 12 avril », « Anniversaire : 12/04 »."""
_REACH, _SHORT = 60, 24
_AND = re.compile(r"[ \u00a0](?:et|ou)[ \u00a0](?:le[ \u00a0])?")
_AFTER = re.compile(r"[(–—,\-][ ]?(?i:date de naissance|naissance|née?[ ]à)")
_UNITS = {
    "un": 1,
    "premier": 1,
    "deux": 2,
    "trois": 3,
    "quatre": 4,
    "cinq": 5,
    "six": 6,
    "sept": 7,
    "huit": 8,
    "neuf": 9,
    "dix": 10,
    "onze": 11,
    "douze": 12,
    "treize": 13,
    "quatorze": 14,
    "quinze": 15,
    "seize": 16,
    "vingt": 20,
    "vingts": 20,
    "trente": 30,
    "quarante": 40,
    "cinquante": 50,
    "soixante": 60,
    "septante": 70,
    "huitante": 80,
    "nonante": 90,
}
_DAYS, _MONTHS = 31, 12
_ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")


def detect(text: str, small: str) -> Iterator[Detection]:
    """The first date within sixty characters after words of birth, in the same paragraph. ``small``: ``text`` in
    small letters."""
    for born in _BORN.finditer(text):
        short = _DAY.match(text, born.end())
        if short is not None and (value := _without_year(short)):
            yield Detection("birth", *short.span("date"), value, "birth", None, 0.8)
        stop = text.find("\n\n", born.end(), born.end() + _REACH)
        found = _first(text, born.end(), stop if stop >= 0 else min(len(text), born.end() + _REACH + 80))
        if found is None:
            continue
        if (made := _made(found)) is not None:
            yield made
        if more := _AND.match(text, found.end()):  # « nés les 3 mai 1962 et 4 juin 1965 »
            found = _DATE.match(text, more.end())
            if found is not None and (made := _made(found)) is not None:
                yield made
    behind = holds(small, ("naissance", "né à", "née à"))
    for said in _AFTER.finditer(text) if behind else ():  # « 12/03/1975 (date de naissance) »
        for found in _DATE.finditer(text, max(0, said.start() - _SHORT), said.start()):
            if found.end() >= said.start() - 2 and (made := _made(found)) is not None:
                yield made


def _first(text: str, start: int, stop: int) -> re.Match[str] | None:
    """The first date before ``stop`` that begins within the reach of ``start``."""
    for begin in _BEGIN.finditer(text, start, min(stop, start + _REACH + 1)):
        if (found := _DATE.match(text, begin.start(), stop)) is not None:
            return found
    return None


def date(text: str) -> str | None:
    """``text``, a date and nothing else, as YYYY-MM-DD."""
    found = _DATE.fullmatch(text)
    return _value(found) if found is not None else None


def day(text: str) -> str | None:
    """``date``, or « --MM-DD » of one without its year."""
    found = _DAY.fullmatch(f": {text}")
    return date(text) or (_without_year(found) if found is not None else "") or None


def _made(found: re.Match[str]) -> Detection | None:
    value = _value(found)
    if value is None:
        return None
    return Detection("birth", *found.span(), value, "birth-words" if found["words"] else "birth", None, 0.95)


def _without_year(found: re.Match[str]) -> str:
    """« --04-12 », as ISO 8601 wrote it; nothing when there is no such day."""
    day, month = int(found["d"]), _month(found["said"]) if found["said"] else int(found["m"])
    return f"--{month:02}-{day:02}" if 1 <= day <= _DAYS and 1 <= month <= _MONTHS else ""


def _value(found: re.Match[str]) -> str | None:
    """The date as YYYY-MM-DD; None when there is no such day."""
    if found["iso"]:
        year, month, day = map(int, found["iso"].split("-"))
    elif found["d"]:
        day, month, year = int(found["d"]), int(found["m"]), int(found["y"])
    elif found["d4"]:
        day, month, year = int(found["d4"]), int(found["m4"]), int(found["y4"])
    elif found["boxed"]:
        figures = "".join(one for one in found["boxed"] if one.isdigit())
        day, month, year = int(figures[:2]), int(figures[2:4]), int(figures[4:])
    elif found["d5"]:
        month = _ROMAN.index(found["m5"].upper()) + 1 if found["m5"].upper() in _ROMAN else 0
        day, year = int(found["d5"]), int(found["y5"])
    elif found["d3"]:
        day, month, year = int(found["d3"]), int(found["m3"]), int(found["y3"])
    elif found["d2"]:
        day, month, year = int(found["d2"]), _month(found["m2"]), int(found["y2"])
    else:
        day, month, year = _said(found["words"])
    if not (1 <= day <= _DAYS and 1 <= month <= _MONTHS):
        return None
    if year < 100:
        year += 2000 if year <= 25 else 1900
    return f"{year:04}-{month:02}-{day:02}"


def _said(words: str) -> tuple[int, int, int]:
    """Day, month, year of « douze mars mil neuf cent soixante-quinze »."""
    parts = re.split(r"[ \-\n\u00a0\u202f]+", fold(words))
    months = (i for i, part in enumerate(parts) if part in MONTHS and i > 0 and (part != "sept" or i > 1))
    at = next(months, 0)
    return _number(parts[:at]), _month(parts[at]), _number(parts[at + 1 :])


def _month(said: str) -> int:
    """0: none. Letters that are others whatever their case (« janvıer ») are let through by the expression."""
    return MONTHS.get(fold(said).rstrip("."), 0)


def _number(parts: list[str]) -> int:
    total = held = 0
    for part in parts:
        if part in ("mil", "mille"):
            total, held = total + (held or 1) * 1000, 0
        elif part in ("cent", "cents"):
            held = (held or 1) * 100
        elif part in ("vingt", "vingts") and held % 100 == 4:
            held += 76
        elif part in _UNITS:
            held += _UNITS[part]
    return total + held
