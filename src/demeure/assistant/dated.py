"""Passages of another year, or of another day, than the one that a question asks about. Pure."""

import re
from collections.abc import Sequence

from demeure.assistant.units import Told

_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
MONTHS = (
    *("janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre"),
    *("novembre", "décembre"),
)
ENGLISH_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August", "September", "October"),
    *("November", "December"),
)
_DAY = re.compile(rf"\b(\d{{1,2}})(?:er)? ({'|'.join(MONTHS)}) ((?:19|20)\d\d)\b", re.IGNORECASE)
_NUMBERS_OF_A_DAY = re.compile(r"\b((?:19|20)\d\d)[ _-](\d\d)[ _-](\d\d)\b")


def of_another_year(question: str, passages: Sequence[Told]) -> set[int]:
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
    months = {month: n for n, month in enumerate(MONTHS, 1)}
    written = {f"{y} {months[m.lower()]:02} {int(d):02}" for d, m, y in _DAY.findall(text)}
    return written | {" ".join(day) for day in _NUMBERS_OF_A_DAY.findall(text)}
