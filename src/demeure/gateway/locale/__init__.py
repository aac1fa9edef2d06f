"""Every sentence of the pages, in French and English, and how each language writes dates, sizes and durations."""

import tomllib
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

LANGUAGES = ("fr", "en")
_MONTHS = {
    "fr": (
        *("janvier", "février", "mars", "avril", "mai", "juin"),
        *("juillet", "août", "septembre", "octobre", "novembre", "décembre"),
    ),
    "en": (
        *("January", "February", "March", "April", "May", "June"),
        *("July", "August", "September", "October", "November", "December"),
    ),
}
LADDERS = {"A": "maison.ladder_a", "B": "maison.ladder_b", "C": "maison.ladder_c", "D": "maison.ladder_d"}
"""Level of confinement → key of its sentence."""
OUTCOMES = {
    "done": "journal.outcome_done",
    "refused": "journal.outcome_refused",
    "failed": "journal.outcome_failed",
    "interrupted": "journal.outcome_interrupted",
}
"""Outcome of a piece of work → key of its word."""
_UNITS = {"fr": ("octets", "ko", "Mo", "Go", "To"), "en": ("bytes", "kB", "MB", "GB", "TB")}
_ONE_BYTE = {"fr": "octet", "en": "byte"}
_NEXT_UNIT, _TWO_FIGURES = 999.5, 9.95
"""What rounds to 1,000, or to 10,0, is written in the next unit, or without a decimal."""


class Sentences:
    """The table, read once. ``table``: key → language → sentence with ``{field}`` places."""

    def __init__(self, table: Mapping[str, Mapping[str, str]]) -> None:
        self.table = table

    @classmethod
    def load(cls, name: str = "sentences.toml") -> "Sentences":
        """Read that file, beside this one."""
        data = tomllib.loads((Path(__file__).parent / name).read_text(encoding="utf-8"))
        return cls({f"{group}.{name}": pair for group, names in data.items() for name, pair in names.items()})

    def say(self, language: str, key: str, **fields: Any) -> str:
        """The sentence; KeyError when it does not exist (a test lists every key in use). A whole number may bring
        its noun, one or several: ``{days:jour|jours}``."""
        given = {name: _Number(language, value) if type(value) is int else value for name, value in fields.items()}
        return self.table[key][language].format(**given)

    def count(self, language: str, key: str, number: int, **fields: Any) -> str:
        """``<key>_one`` or ``<key>_many`` with ``{n}`` and ``fields``. French says one for 0 and 1, English for
        1."""
        which = "one" if is_one(language, number) else "many"
        return self.say(language, f"{key}_{which}", n=whole(language, number), **fields)


class _Number(int):
    """A number in a sentence of ``language``."""

    language: str

    def __new__(cls, language: str, value: int) -> "_Number":
        made = super().__new__(cls, value)
        made.language = language
        return made

    def __format__(self, spec: str) -> str:
        one, bar, many = spec.partition("|")
        if not bar:
            return int.__format__(self, spec)
        return f"{whole(self.language, int(self))}\u00a0{one if is_one(self.language, self) else many}"


def is_one(language: str, number: int) -> bool:
    """French says one for 0 and 1, English for 1."""
    return number < 2 if language == "fr" else number == 1


def chosen(cookie: str | None, accepted: str, house: str) -> str:
    """The reader's own choice, else the first known language their browser asks for, else the house's."""
    if cookie in LANGUAGES:
        return cookie
    wishes: list[tuple[float, int, str]] = []
    for part in accepted[:500].split(","):
        name, _, weight = part.strip().partition(";q=")
        try:
            wishes.append((-float(weight or 1), len(wishes), name.strip().lower()[:2]))
        except ValueError:
            continue
    for rank, _, name in sorted(wishes):
        if name in LANGUAGES and rank < 0:
            return name
    return house if house in LANGUAGES else "fr"


def whole(language: str, number: int) -> str:
    """12480 → « 12 480 » (narrow no-break space) or “12,480”."""
    return f"{number:,}".replace(",", "\u202f" if language == "fr" else ",")


def decimal(language: str, number: float, figures: int = 2) -> str:
    """``figures`` after the comma: « 0,04 »."""
    text = f"{number:,.{figures}f}"
    return text.replace(",", "\u202f").replace(".", ",") if language == "fr" else text


def size(language: str, count: int) -> str:
    """Bytes in the unit people read: « 1,9 Go »."""
    value, unit = float(count), 0
    while value >= _NEXT_UNIT and unit + 1 < len(_UNITS[language]):
        value, unit = value / 1000, unit + 1
    text = decimal(language, value, 1) if unit and value < _TWO_FIGURES else whole(language, round(value))
    one = not unit and (count < 2 if language == "fr" else count == 1)
    name = _ONE_BYTE[language] if one else _UNITS[language][unit]
    return f"{text}\u00a0{name}"


def moment(language: str, when: datetime) -> str:
    """Local time: « 24 novembre 2026 à 14 h 32 »."""
    local = when.astimezone()
    if language == "fr":
        return f"{day(language, when)} à {local.hour}\u00a0h\u00a0{local.minute:02}"
    return f"{day(language, when)} at {local.hour}:{local.minute:02}"


def hour(language: str, when: datetime) -> str:
    """Local time of the day: « 14 h 32 »."""
    local = when.astimezone()
    return f"{local.hour}\u00a0h\u00a0{local.minute:02}" if language == "fr" else f"{local.hour}:{local.minute:02}"


def clock_time(language: str, told: str) -> str:
    """« 02:15 » → « 2 h 15 », “2:15”; empty stays so."""
    hours, _, minutes = told.partition(":")
    if not told:
        return ""
    return f"{int(hours)}\u00a0h\u00a0{minutes}" if language == "fr" else f"{int(hours)}:{minutes}"


def seconds(language: str, spent: float) -> str:
    """« 7 s », « 0,8 s » under two seconds, « 1 min 35 s » from a minute on."""
    if round(spent) >= 60:
        minutes, left = divmod(round(spent), 60)
        return f"{whole(language, minutes)}\u00a0min" + (f" {left}\u00a0s" if left else "")
    text = f"{spent:.1f}" if spent < 2 else f"{spent:.0f}"
    return f"{text.replace('.', ',') if language == 'fr' else text}\u00a0s"


def day(language: str, when: datetime) -> str:
    """Local date: « 24 novembre 2026 », « 1er janvier 2027 »."""
    local = when.astimezone()
    number = "1er" if language == "fr" and local.day == 1 else str(local.day)
    return f"{number}\u00a0{_MONTHS[language][local.month - 1]} {local.year}"


def duration(language: str, seconds: float) -> str:
    """One unit is enough: « 3 min », « 21 jours »."""
    for length, one, many in (
        (86400, ("jour", "day"), ("jours", "days")),
        (3600, ("h", "h"), ("h", "h")),
        (60, ("min", "min"), ("min", "min")),
    ):
        if seconds >= length:
            number = int(seconds // length)
            return f"{whole(language, number)}\u00a0{(one if number == 1 else many)[language == 'en']}"
    return f"{int(seconds)}\u00a0s"
