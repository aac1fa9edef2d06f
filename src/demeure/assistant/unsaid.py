"""A length of time that the documents do not give: what they say of the thing asked about, word for word. A small
model asked « quel est le délai pour un passeport ? », with lines that give none, makes one up. Pure.
"""

import re
from collections.abc import Mapping, Sequence

from demeure.assistant import asking, durations, prices, prompt, subjects
from demeure.assistant.units import Stems
from demeure.library import Hit

_ASKS = re.compile(
    r"\b(?:combien de temps|how long|quels? délais?|quelle durée)\b"
    r"|^\W*(?:(?:quel(?:le)?s?\s+(?:est|sont|sera|seront)\s+)?(?:le|la|les)\s+)?(?:délais?|durée)\b",
    re.IGNORECASE,
)
"""« Combien d'heures », of a column of figures, and « que faire si le délai est passé ? » are other questions."""
_SHORT = re.compile(r"\d\s?(?:h|j|jr|mn|min|s|sem)\b", re.IGNORECASE)
_NUMBERED = re.compile(r"^\d+(?:\.\d+)*[.)]?\s")
_ENDED = re.compile(r"[.!?…][»”\"’')\]\s]*$")
_MOST = 400  # characters quoted; the first line always


def quoted(question: str, read: Mapping[int, str], hits: Sequence[Hit], stems: Stems, spoken: str) -> str:
    """The answer, with its source: the sentences ``read`` (source number → lines, best first) of the best of
    ``hits`` that names a thing of the question. Empty when a line gives a length of time or is a row of figures,
    when something else is asked for, or when none names it."""
    if not _ASKS.search(question) or prices.asked_for(question) or len(asking.parts(question)) > 1:
        return ""
    if any(_may_give(line) for text in read.values() for line in text.split("\n")):
        return ""
    things = subjects.things(question, stems)
    for number, text in read.items():
        hit = hits[number - 1]
        held = frozenset(stems(f"{hit.context}\n{hit.text}"))
        if (lines := _said(text)) and any(subjects.holds(held, thing) for thing in things):
            return prompt.UNSAID[spoken].format(lines=lines, number=number)
    return ""


def _may_give(line: str) -> bool:
    row = not _ENDED.search(line) and any(one.isdigit() for one in _NUMBERED.sub("", line))
    return durations.given(line) or row or bool(_SHORT.search(line))


def _said(text: str) -> str:
    """The sentences one after another, without what heads them."""
    told = ""
    for line in text.split("\n"):
        if _ENDED.search(line) and line != "…" and (not told or len(told) + len(line) < _MOST):
            told += f" {line}" if told else line
    return told
