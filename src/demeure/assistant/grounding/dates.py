"""Dates, months, years and days of the week, however they are written, French and English. Pure."""

import datetime
import re
from collections.abc import Iterator

from demeure.assistant.grounding.claims import Claim, Date, Sheet
from demeure.assistant.grounding.units import counted

_MONTHS = (
    r"janvier|janv\.?|january|jan\.?",
    r"f[ée]vrier|f[ée]vr?\.?|february|feb\.?",
    r"mars|march|mar\.",
    r"avril|avr\.?|april|apr\.?",
    r"mai|may",
    r"juin|june|jun\.?",
    r"juillet|juil\.?|july|jul\.?",
    r"ao[uû]t|august|aug\.?",
    r"septembre|september|sept?\.?",
    r"octobre|october|oct\.?",
    r"novembre|november|nov\.?",
    r"d[ée]cembre|december|d[ée]c\.?",
)
_DAYS = (
    r"lundis?|mondays?", r"mardis?|tuesdays?", r"mercredis?|wednesdays?", r"jeudis?|thursdays?",
    r"vendredis?|fridays?", r"samedis?|saturdays?", r"dimanches?|sundays?",
)  # fmt: skip
_MONTH = rf"(?:{'|'.join(_MONTHS)})"
_DAY = rf"(?:{'|'.join(_DAYS)})"
_MONTH_WORDS = frozenset(
    """janvier janv january jan février fevrier févr fevr fév fev february feb mars march mar avril avr april apr
    mai may juin june jun juillet juil july jul août aout august aug septembre september sept sep octobre october
    oct novembre november nov décembre decembre december déc dec""".split()  # noqa: SIM905 - a list to read
)
_DAY_WORDS = frozenset(word for day in _DAYS for form in day.split("|") for word in (form[:-2], form[:-1]))
_WHICH_MONTH = [re.compile(rf"(?:{m})(?![\w])", re.IGNORECASE) for m in _MONTHS]
_WHICH_DAY = [re.compile(rf"(?:{d})(?![\w])", re.IGNORECASE) for d in _DAYS]
_ORD = r"(?:er|ers|st|nd|rd|th)?"
_AND = r"(?:\s*[,&/–—-]\s*|\s+(?:et|ou|au|à|and|to|or|jusqu'au)\s+)"
_YEAR = r"(?:1[5-9]|20)\d\d"
_IN_WORDS = re.compile(
    rf"(?<![\d,./-])(?:\d{{1,2}}{_ORD}{_AND}(?:{_DAY}\s+)?(?:le\s+|the\s+)?){{0,8}}"
    rf"(?P<last>\d{{1,2}}){_ORD}\s+(?:of\s+)?"
    rf"(?P<month>{_MONTH})(?![\w-])(?:,?\s+(?:de\s+)?(?P<year>{_YEAR})(?!\d))?",
    re.IGNORECASE,
)
_MONTH_FIRST = re.compile(
    rf"\b(?P<month>{_MONTH})\s+(?P<day>\d{{1,2}}){_ORD}(?![\d:]|\s?[h€%])(?:,\s*(?P<year>{_YEAR}))?", re.IGNORECASE
)
_MONTH_YEAR = re.compile(
    rf"\b(?P<month>{_MONTH})(?:\s+(?:de\s+|of\s+)?|,\s+)(?P<year>{_YEAR})(?!\d)", re.IGNORECASE
)
_MONTH_ALONE = re.compile(
    r"(?:(?i:janvier|f[ée]vrier|mars|avril|mai|juin|juillet|ao[uû]t|septembre|octobre|novembre|d[ée]cembre)"
    r"|January|February|March|April|May|June|July|August|September|October|November|December)\b(?!-)"
)
_NUMERIC = re.compile(r"(?<![\d/.,-])(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d{2})(?![\d/]|[.-]\d)")
_NUMBER_BEFORE = re.compile(r"(?<![\d/.,])(\d{1,2})\s+(?:et|ou|au|à|and|to)\s+(?:le\s+)?$", re.IGNORECASE)
_ISO = re.compile(r"(?<![\d-])(\d{4})-(\d{2})-(\d{2})(?![\d-])")
_SHORT = re.compile(r"(?<![\d/.,])(\d{1,2})/(\d{2})(?![\d/])")
_YEARS = re.compile(
    rf"(?<![\d,.\w/-])({_YEAR})(?:\s?[/–-]\s?({_YEAR}|\d\d)(?![\d-]))?(?![\d\w])(?![.,]\d|\s\d{{3}}(?!\d)|[/-]\d)"
)
_DAY_BEFORE = re.compile(rf"\b(?P<day>{_DAY})\s+(?:the\s+|le\s+|,\s*)?$|\b(?P<en>{_DAY}),\s+$", re.IGNORECASE)
_UNTIL = r"(?:\s+(?:au|à|to|through)(?:\s+le)?\s+|\s*[-–]\s*)"
_DAY_ALONE = re.compile(rf"\b{_DAY}(?:{_UNTIL}{_DAY})?(?!\w)", re.IGNORECASE)
_ONE_DAY = re.compile(rf"{_DAY}(?!\w)", re.IGNORECASE)
_NUMBER_AND_DAY = re.compile(rf"(?P<weekday>{_DAY})?\s*\d{{1,2}}", re.IGNORECASE)


def dates(sheet: Sheet) -> Iterator[Claim]:
    """Every date of the sheet, the most complete first."""
    for found in sheet.each(_ISO, sheet.digits):
        yield from _taken(sheet, found.start(), found.end(), _real(int(found[1]), int(found[2]), int(found[3])))
    for found in sheet.each(_NUMERIC, sheet.digits):
        written = int(found[4]) + (2000 if len(found[4]) == 2 else 0)
        yield from _taken(sheet, found.start(), found.end(), _real(written, int(found[3]), int(found[1])))
        if before := _NUMBER_BEFORE.search(sheet.text, max(0, found.start() - 14), found.start()):
            yield from _taken(sheet, *before.span(1), _real(written, int(found[3]), int(before[1])))
    if months := sheet.at(_MONTH_WORDS):
        for found in sheet.each(_IN_WORDS, sheet.digits):
            yield from _listed(sheet, found)
        for found in sheet.each(_MONTH_FIRST, months):
            year = int(found["year"]) if found["year"] else None
            date = _real(year, _month(found["month"]), int(found["day"]))
            yield from _taken(sheet, found.start(), found.end(), date)
        for found in sheet.each(_MONTH_YEAR, months):
            yield sheet.take("date", *found.span(), Date(int(found["year"]), _month(found["month"])))
        for found in sheet.each(_MONTH_ALONE, months):
            yield sheet.take("date", *found.span(), Date(month=_month(found[0])))
    for found in sheet.each(_SHORT, sheet.digits):
        yield from _taken(sheet, found.start(), found.end(), _real(None, int(found[2]), int(found[1])))


def years(sheet: Sheet) -> Iterator[Claim]:
    """Years alone (« 2026 ») and pairs (« 2025-2026 »), once what else holds them is taken."""
    for found in sheet.each(_YEARS, sheet.digits):
        if counted(sheet.text, found.end()).unit not in ("", "page"):
            continue  # « 2 000 jours » without its space
        yield sheet.take("date", *found.span(1), Date(int(found[1])))
        if found[2]:
            second = int(found[2]) if len(found[2]) == 4 else int(found[1][:2] + found[2])
            yield sheet.take("date", *found.span(2), Date(second))


def weekdays(sheet: Sheet) -> Iterator[Claim]:
    """Days of the week alone."""
    for found in sheet.each(_ONE_DAY, sheet.at(_DAY_WORDS)):
        yield sheet.take("date", *found.span(), Date(weekday=_weekday(found[0])))


def days_between(text: str) -> set[int]:
    """Days of the week that a range of ``text`` holds without naming them."""
    held: set[int] = set()
    for found in _DAY_ALONE.finditer(text):
        days = [_weekday(d[0]) for d in re.finditer(_DAY, found[0], re.IGNORECASE)]
        if len(days) == 2:
            first, last = days
            held |= {(first + n) % 7 for n in range((last - first) % 7 + 1)}
    if re.search(r"week-?ends?\b", text, re.IGNORECASE):
        held |= {5, 6}
    if re.search(r"tous les jours|chaque jour|7 ?j(?:ours)? ?(?:/|sur) ?7|every day|daily", text, re.IGNORECASE):
        held |= set(range(7))
    return held


def weekday_of(date: Date) -> int | None:
    """The day of the week of a whole date; None when it is not whole."""
    if date.year and date.month and date.day:
        return datetime.date(date.year, date.month, date.day).weekday()
    return None


def _listed(sheet: Sheet, found: re.Match[str]) -> Iterator[Claim]:
    """« 3, 10 et 17 juin 2026 »: three dates; the last has the words of the month."""
    month, year = _month(found["month"]), int(found["year"]) if found["year"] else None
    last = found.start("last")
    for number in _NUMBER_AND_DAY.finditer(sheet.text, found.start(), last):
        digits = re.search(r"\d{1,2}$", number[0])
        day = _real(year, month, int(digits[0])) if digits else None
        if day is not None and digits is not None:
            start = number.end() - len(digits[0])
            yield from _taken(sheet, start, number.end(), day)
    yield from _taken(sheet, last, found.end(), _real(year, month, int(found["last"])))


def _taken(sheet: Sheet, start: int, end: int, date: Date | None) -> Iterator[Claim]:
    if date is None:
        return
    before = _DAY_BEFORE.search(sheet.text, max(0, start - 14), start)
    if before and sheet.free(before.start(), start):
        date = date._replace(weekday=_weekday(before["day"] or before["en"]))
        start = before.start()
    yield sheet.take("date", start, end, date)


def _real(year: int | None, month: int, day: int) -> Date | None:
    """The date, if there is such a day."""
    try:
        datetime.date(year or 2024, month, day)  # a leap year: 29 February may be meant
    except ValueError:
        return None
    return Date(year, month, day)


def _month(word: str) -> int:
    return next((n for n, which in enumerate(_WHICH_MONTH, 1) if which.fullmatch(word)), 0)


def _weekday(word: str) -> int:
    return next((n for n, which in enumerate(_WHICH_DAY) if which.fullmatch(word)), 0)
