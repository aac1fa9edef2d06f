"""The line of a passage that an answer rests on: the one that shares most with what it says. Pure."""

import re
from collections.abc import Sequence

_WORD = re.compile(r"[^\W\d_]{4,}")
_FIGURE = re.compile(r"\d{1,3}(?:[\u202f\u00a0 ]\d{3})+(?:[.,]\d+)?|\d+(?:[.,]\d+)*")
_FIGURE_WEIGHT = 3
_AFTER = re.compile(r"([.;!?])[^\S\n]*((?:\[\d{1,3}\])+)")
"""After the full stop: « … dans tous les cas. [1] Elle… » is of the sentence before it."""
_SENTENCE = re.compile(r"\n|(?<=[.;!?])(?<!\bM\.)\s+")


def said_of(number: int, answer: str) -> str:
    """The sentences of ``answer`` that cite this source; all of it when none does."""
    mark = f"[{number}]"
    said = [one for one in _SENTENCE.split(_AFTER.sub(r" \2\1", answer)) if mark in one]
    return " ".join(said) or answer


def nearest(lines: Sequence[str], said: str) -> str:
    """The line that shares most with what is said, figures first; empty when nothing is shared."""
    words, figures = _known(said)
    best, most = "", 0
    if not words and not figures:  # nothing is said yet
        return best
    for line in lines:
        theirs, counted = _known(line)
        score = len(words & theirs) + _FIGURE_WEIGHT * len(figures & counted)
        if score > most:
            best, most = line, score
    return best


def _known(text: str) -> tuple[set[str], set[str]]:
    plain = re.sub(r"\[\d{1,3}\]", " ", text).casefold()
    return set(_WORD.findall(plain)), {re.sub(r"[\u202f\u00a0 ]", "", one) for one in _FIGURE.findall(plain)}
