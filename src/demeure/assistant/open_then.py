"""« Est-ce ouvert le samedi ? »: yes or no, when the rows of that day leave no doubt. Pure."""

import re
from collections.abc import Sequence

_YES_NO = re.compile(
    r"\best[- ](?:elle|il|ce|on)\b|\best-ce qu|\b(?:ouvre|ferme)-t-(?:elle|il|on)\b"
    r"|\b(?:sont|êtes|ouvrez|fermez)-(?:ils|elles|vous)\b"
    r"|^\W*(?:(?:la|le|les|vous)\b|l['’])[^?]*\b(?:est|sont|êtes)\s+(?:ouvert|fermé)|^\W*(?:is|are|does|do)\b",
    re.IGNORECASE,
)
_ASKS_MORE = re.compile(
    r"\b(?:quand|quel(?:le)?s?|heures?|horaires?|jusqu|où|when|what|which|until|times?|hours?)\b|\d", re.IGNORECASE
)
_SHUT = re.compile(r"\bferm|\bclos", re.IGNORECASE)
_OPEN = re.compile(r"\bouv|\bopen", re.IGNORECASE)
_PART = re.compile(
    r"\b(?:matins?|matinée|midi|après-midi|soirs?|soirée|nuit|hiver|été|printemps|automne|morning|noon|afternoon"
    r"|evening|night|winter|summer|spring)\b",
    re.IGNORECASE,
)
_HOUR = re.compile(r"\d{1,2}\s?(?:h\b|h\d\d|:\d\d|[ap]m\b)", re.IGNORECASE)
_UNLESS = re.compile(
    r"\b(?:sauf|hors|uniquement|seulement|rendez-vous|rdv|premier|dernier|1er|pairs?|impairs?|vacances|fériés?|only"
    r"|except|unless|appointment|first|last)\b",
    re.IGNORECASE,
)


def answer(question: str, rows: Sequence[str]) -> bool | None:
    """True for yes, False for no; None when ``question`` asks for more than that, when ``rows``, of the day it
    names, are open at times and closed at others, or bear a condition. What is closed all day is closed in
    the morning."""
    if not rows or not _YES_NO.search(question) or _ASKS_MORE.search(question):
        return None
    shut = all(_SHUT.search(row) and not _HOUR.search(row) for row in rows)
    opened = all(_HOUR.search(row) and not _SHUT.search(row) for row in rows) and not _PART.search(question)
    if shut == opened or any(map(_UNLESS.search, rows)):
        return None
    about_shut, about_open = bool(_SHUT.search(question)), bool(_OPEN.search(question))
    if about_shut and about_open:
        return None  # « ouverte ou fermée ? »
    return shut if about_shut else opened
