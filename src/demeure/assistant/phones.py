"""A telephone number that is asked for, and the line that gives it, word for word. Pure."""

import re
from collections.abc import Sequence

from demeure.assistant import asking, prompt
from demeure.assistant.families import kin
from demeure.assistant.units import Stems, split
from demeure.library import Hit

_ASKS = re.compile(r"\b(?:num[ée]ros?|t[ée]l[ée]phones?|appeler|joindre|phone number)\b", re.IGNORECASE)
_PHONE = re.compile(r"(?<!\d)0\d(?:[ .\u00a0\u202f]?\d\d){4}(?!\d)")
_FRAME = "numéro téléphone appeler joindre falloir devoir pouvoir donner connaître avoir être phone number"
_WIDE = 160


def told(question: str, hits: Sequence[Hit], stems: Stems, spoken: str) -> str:
    """The line of the best of ``hits`` that gives a telephone number and holds all that ``question`` asks about,
    with its source; empty when something else is asked, or when no line does."""
    found = held(question, hits, stems)
    return prompt.LINE[spoken].format(line=found[0], number=found[1]) if found else ""


def held(question: str, hits: Sequence[Hit], stems: Stems) -> tuple[str, int] | None:
    """That line, and the number of its source."""
    if not _ASKS.search(question) or len(asking.parts(question)) > 1:
        return None
    about = set(stems(question)) - set(stems(_FRAME))
    for number, hit in enumerate(hits, 1) if about else ():
        for line in split(hit.text):
            there = frozenset(stems(line)) if len(line) <= _WIDE and _PHONE.search(line) else frozenset[str]()
            if there and all(stem in there or kin(stem, there) for stem in about):
                return line, number
    return None
