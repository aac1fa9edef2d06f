"""Questions for all the hours of a place, and the rows of a week that answer them. Pure.

A small model leaves days out, or gives those of one day for another: the document's own rows answer, word for word.
"""

import re
from collections.abc import Sequence

from demeure.assistant.units import Unit

_DAY = (
    "lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|monday|tuesday|wednesday|thursday|friday|saturday|sunday"
)
_ASKS = re.compile(r"\b(?:horaires|heures d['’]ouverture|opening hours|opening times)\b", re.IGNORECASE)
_NARROWER = re.compile(
    rf"\b(?:{_DAY}|week-?end|janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre"
    r"|demain|aujourd|matins?|midi|soirs?|soirée|après-midi|vacances|été|hiver|fériés?|qui|combien|prix|tarifs?|pourquoi"
    r"|comment|tomorrow|today|morning|evening|weekend|who|why|how|price)\b",
    re.IGNORECASE,
)
_ROW = re.compile(rf"^\W*(?:du |le |les )?(?:{_DAY})s?\b", re.IGNORECASE)
_HOURS = re.compile(r"\d{1,2}\s?(?:h\b|:\d\d|[ap]m\b)|\bferm[ée]|\bclosed\b", re.IGNORECASE)
LEAST = 3
"""Rows that make a week."""


def asked(question: str) -> bool:
    """Are all the hours asked for, and nothing else?"""
    return bool(_ASKS.search(question)) and not _NARROWER.search(question)


def week(units: Sequence[Unit], chosen: set[tuple[int, int]]) -> tuple[Unit, ...]:
    """The rows of days of the best passage that the question reads (``chosen``); empty without a whole week."""
    rows: dict[int, list[Unit]] = {}
    for unit in units:
        if _ROW.match(unit.text) and _HOURS.search(unit.text):
            rows.setdefault(unit.passage, []).append(unit)
    whole = [
        tuple(found)
        for found in rows.values()
        if len(found) >= LEAST and any((u.passage, u.at) in chosen for u in found)
    ]
    return max(whole, key=lambda found: max(u.worth for u in found), default=())
