"""The excerpt under a source: what the model read of the passage apart, and the line that the answer rests on,
which the page brings into sight (pure)."""

import re
from typing import NamedTuple

from demeure.assistant import Source

NEARLY_ALL = 0.8
_WORD = re.compile(r"[^\W\d_]{4,}")
_FIGURE = re.compile(r"\d{1,3}(?:[\u202f\u00a0 ]\d{3})+(?:[.,]\d+)?|\d+(?:[.,]\d+)*")
_FIGURE_WEIGHT = 3
_SENTENCE = re.compile(r"\n|(?<=[.;!?])\s+")


class Piece(NamedTuple):
    """``read``: shown apart, the model read it and not the rest. ``cited``: the line to bring into sight."""

    text: str
    read: bool
    cited: bool


def pieces(source: Source, answer: str) -> list[Piece]:
    """Its passage in order, whole. At most one piece is cited: the line read that shares most with what ``answer``
    says of this source, figures first; none when nothing is shared."""
    parts: list[tuple[str, bool]] = []
    at = strong = 0
    for line in filter(lambda line: line != "…", source.read.split("\n")):
        found = re.compile(r"\s+".join(map(re.escape, line.split()))).search(source.quote, at) if line else None
        if found:
            parts += [(source.quote[at : found.start()], False), (found[0], True)]
            at, strong = found.end(), strong + len(found[0])
    parts.append((source.quote[at:], False))
    apart = 0 < strong < NEARLY_ALL * len(source.quote)
    lines = [text for text, read in parts if read] or source.quote.split("\n")
    best = _nearest(lines, said_of(source.number, answer))
    if best and not any(read for _, read in parts):
        before, _, after = source.quote.partition(best)
        parts = [(before, False), (best, True), (after, False)]
    if not apart and not best:
        return [Piece(source.quote, read=False, cited=False)]
    shown: list[Piece] = []
    for text, read in parts:
        cited = read and text == best and not any(one.cited for one in shown)
        if text and (cited or not shown or shown[-1].cited or apart):
            shown.append(Piece(text, apart and read, cited))
        elif text:
            shown[-1] = shown[-1]._replace(text=shown[-1].text + text)
    return shown


def said_of(number: int, answer: str) -> str:
    """The sentences of ``answer`` that cite this source; all of it when none does."""
    mark = f"[{number}]"
    said = [one for one in _SENTENCE.split(answer) if mark in one]
    return " ".join(said) or answer


def _nearest(lines: list[str], said: str) -> str:
    words, figures = _known(said)
    best, most = "", 0
    for line in lines:
        theirs, counted = _known(line)
        score = len(words & theirs) + _FIGURE_WEIGHT * len(figures & counted)
        if score > most:
            best, most = line, score
    return best


def _known(text: str) -> tuple[set[str], set[str]]:
    plain = re.sub(r"\[\d{1,3}\]", " ", text).casefold()
    return set(_WORD.findall(plain)), {re.sub(r"[\u202f\u00a0 ]", "", one) for one in _FIGURE.findall(plain)}
