"""In the viewer, the lines of a passage that an answer rests on: they alone are marked. A passage is read whole,
and an answer uses one of its rows. Pure."""

import re
from collections.abc import Sequence

from demeure.assistant import Source
from demeure.assistant.rested import nearest, said_of
from demeure.assistant.units import split
from demeure.gateway.excerpts import pieces
from demeure.library import Line, Run

_LEAST, _EDGE = 8, 3
"""Characters of a line that an answer copies; words by which a line of a page holds an end of a sentence."""
_SIGNS = re.compile(r"[^\w€$£%]+")


def rests(source: Source | None, answer: str) -> list[str]:
    """The lines of the passage of ``source`` that ``answer`` copies; else the sentence that it rests on. Empty when
    neither is known: all of the passage is then marked."""
    if source is None or not answer:
        return []
    said = f" {_bare(answer)} "
    lines = [line for line in source.quote.split("\n") if len(line) >= _LEAST and f" {_bare(line)} " in said]
    if lines:
        return lines
    cited = [sentence for piece in pieces(source, answer) if piece.cited for sentence in split(piece.text)]
    best = nearest(cited, said_of(source.number, answer))
    return [best] if best else []


def narrowed(line: Sequence[Run], used: Sequence[str]) -> list[Run]:
    """The runs of a line, marked where one of ``used`` stands; none is where it has none of them."""
    text = "".join(run.text for run in line)
    if not any(run.marked for run in line):
        return list(line)
    whole = f" {_bare(text)} "
    if any(whole in f" {_bare(one)} " for one in used):
        return list(line)
    for one in used:
        at = text.find(one.strip())
        if at >= 0:
            end = at + len(one.strip())
            cut = (Run(text[:at], False), Run(text[at:end], True), Run(text[end:], False))
            return [run for run in cut if run.text]
        if f" {_bare(one)} " in whole:
            return list(line)
    return [Run(text, False)]


def of_page(lines: Sequence[Line], used: Sequence[str]) -> list[Line]:
    """Those of the lines of a page that hold one of ``used``, or a part of it; all of them when none does."""
    said = [f" {_bare(one)} " for one in used]
    return [
        line for line in lines if any(_holds(_bare(line.text[line.begins : line.ends]), one) for one in said)
    ] or [*lines]


def _holds(text: str, said: str) -> bool:
    words = text.split()
    ends = (" ".join(words[:_EDGE]), " ".join(words[-_EDGE:]))
    return bool(words) and (said in f" {text} " or any(f" {end} " in said for end in ends))


def _bare(text: str) -> str:
    return " ".join(_SIGNS.sub(" ", text.casefold()).split())
