"""A question that asks several things: the lines that answer each, word for word. A small model given them all puts
the price of one in the place of another (« peut accueillir 290 personnes »). Pure."""

import re
from collections.abc import Sequence

from demeure.assistant import asking, missing, opening, phones, prices, prompt, subjects
from demeure.assistant.citations import BULLETS
from demeure.assistant.sources import extracts_of
from demeure.assistant.units import Stems, sentences
from demeure.library import Hit

_OTHERWISE = re.compile(
    r"^(?:et\s+)?(?:à qui|qui|who|pourquoi|why|comment|how (?!many|much|long))\b"
    r"|\b(?:quand|heures?|horaires?|dates?|jours?|où|when|hours?|days?|where)\b",
    re.IGNORECASE,
)
"""Asked so, a line that holds the words may answer something else."""
_ENDED = re.compile(r"[.!?…;:][»”\"’')\]\s]*$")
_TOLD = 2
"""Parts of which lines must tell: both of two, of which one is a price; two of three."""
_ROWS, _READ, _WIDE, _LIMIT = 6, 3, 300, 1200
"""Rows of prices told, passages looked at for them, characters of a line, of what is read for a price."""
_LEADING = re.compile(r"^\W*\d+(?:\.\d+)*[.)]?\s")
_DIGIT = re.compile(r"\d")


def told(question: str, absent: Sequence[str], hits: Sequence[Hit], stems: Stems, spoken: str) -> str:
    """The lines of each part, with their sources; those that none tells are left out (missing.told names them).
    Empty when ``question`` asks one thing, or when lines tell fewer than ``_TOLD``. ``absent``: parts for which
    nothing was found."""
    parts = asking.parts(question)
    if len(parts) < _TOLD or len(missing.alone(question, stems)) < len(parts):
        return ""
    if len(parts) == _TOLD and not any(map(prices.asked_for, parts)):
        return ""
    found = [
        (part, lines)
        for part in parts
        if part not in absent and (lines := _lines(part, parts[0], hits, stems, spoken))
    ]
    if len(found) < _TOLD:
        return ""
    return prompt.WHERE[spoken] + "".join(f"\n\n{part[0].upper()}{part[1:]}{lines}" for part, lines in found)


def _lines(part: str, first: str, hits: Sequence[Hit], stems: Stems, spoken: str) -> str:
    if phone := phones.held(part, hits, stems):
        return f"\n- {phone[0]} [{phone[1]}]"
    if hours := opening.told(part, hits, stems, spoken):
        return "\n" + hours.partition("\n")[2]
    if prices.asked_for(part):
        return _priced(part, hits, stems, spoken)
    return "" if _OTHERWISE.search(part) else _held(part, first, hits, stems)


def _priced(part: str, hits: Sequence[Hit], stems: Stems, spoken: str) -> str:
    """The rows that give a price, of the best passage that has some and speaks of the thing; the sentences that do
    and name it."""
    about = frozenset(prices.subject(list(stems(part)), stems))
    for one in extracts_of(part, hits, spoken, stems, _LIMIT)[:_READ]:
        there = frozenset(stems(f"{hits[one.number - 1].document}\n{one.title}\n{one.text}".replace("-", " ")))
        lines = [line for line in one.text.split("\n") if prices.tells_if_paid(line) and _tells(line, about, stems)]
        if not lines or not subjects.holds(there, about):
            continue
        rows = [line for line in lines if not _ENDED.search(line)]
        bare = rows and not all(" : " in row.replace("\u00a0", " ") for row in rows)
        told_of = (*(one.heads[-1:] if bare else ()), *lines[:_ROWS])
        return "".join(f"\n- {line.lstrip(BULLETS)}" for line in told_of) + f" [{one.number}]"
    return ""


def _tells(line: str, about: frozenset[str], stems: Stems) -> bool:
    return not _ENDED.search(line) or subjects.holds(frozenset(stems(line)), about)


def _held(part: str, first: str, hits: Sequence[Hit], stems: Stems) -> str:
    """The line that holds all that ``part`` asks about: of the passages that speak most of what the ``first`` part
    does, one with a figure before others."""
    words = frozenset(subjects.words(part, stems))
    if not words:
        return ""
    can, about = asking.wanted(part, stems), subjects.words(first, stems)
    best, most = "", (-1, False)
    for number, hit in enumerate(hits, 1):
        there = frozenset(stems(f"{hit.document}\n{hit.context}\n{hit.text}".replace("-", " ")))
        for line in sentences(hit.text):
            figure = bool(_DIGIT.search(_LEADING.sub("", line)))
            fits = len(line) <= _WIDE and (can is None or can(line)) and (figure or line[-1] in ".!")
            if not fits or not subjects.holds(frozenset(stems(line)), words):
                continue
            worth = (sum(subjects.holds(there, frozenset({stem})) for stem in about), figure)
            if worth > most:
                best, most = f"\n- {line.lstrip(BULLETS)} [{number}]", worth
    return best
