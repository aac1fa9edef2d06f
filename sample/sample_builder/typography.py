"""French typography: the sources are typed plainly, the files are set properly."""

from __future__ import annotations

import re

NBSP = "\u00a0"

_UNITS = r"h|min|m|mm|cm|km|kg|g|t|kWh|MWh|kW|kWc|m²|m³|m/s|l|L|ans|jours|mois|ha|habitants|voix"

_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"'"), "’"),
    (re.compile(r" (?=[;:!?»€%])"), NBSP),
    (re.compile(r"(?<=«) "), NBSP),
    (re.compile(r"(?<=\d) (?=\d)"), NBSP),
    (re.compile(rf"(?<=\d) (?=(?:{_UNITS})\b)"), NBSP),
    (re.compile(r"(?<=\d\u00a0h) (?=\d)"), NBSP),
    (re.compile(r"(?<=\bn°) (?=\d)"), NBSP),
    (re.compile(r"(?<=\bM\.) (?=[A-ZÉÈ])"), NBSP),
    (re.compile(r"(?<=\bMme) (?=[A-ZÉÈ])"), NBSP),
    (re.compile(r"(?<=\b1er) (?=[a-zéû])"), NBSP),
)


def french(text: str) -> str:
    """Set apostrophes and non-breaking spaces the way a French typist would.

    >>> french("Total : 12 480 €").count(NBSP)
    3
    """
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return text
