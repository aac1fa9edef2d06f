"""The excerpt under a source: what the model read of the passage apart, and the line that the answer rests on,
which the page brings into sight (pure)."""

import re
from typing import NamedTuple

from demeure.assistant import Source
from demeure.assistant.rested import nearest, said_of

NEARLY_ALL = 0.8


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
        start, end = _found(line, source.quote, at)
        if start < end:
            parts += [(source.quote[at:start], False), (source.quote[start:end], True)]
            at, strong = end, strong + end - start
    parts.append((source.quote[at:], False))
    apart = 0 < strong < NEARLY_ALL * len(source.quote)
    lines = [text for text, read in parts if read] or source.quote.split("\n")
    best = nearest(lines, said_of(source.number, answer))
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


def _found(line: str, quote: str, at: int) -> tuple[int, int]:
    """Where ``line`` stands in ``quote`` from ``at`` on, whatever its spaces have become; nowhere: (0, 0)."""
    if not line.strip():
        return 0, 0
    start = quote.find(line, at)
    if start >= 0:  # as nearly always: no pattern to make
        return start, start + len(line)
    found = re.compile(r"\s+".join(map(re.escape, line.split()))).search(quote, at)
    return found.span() if found else (0, 0)
