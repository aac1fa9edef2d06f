"""The excerpt under a source: what the model read of the passage apart, and the sentence that the answer rests on,
which the page brings into sight (pure)."""

import re
from typing import NamedTuple

from demeure.assistant import Source
from demeure.assistant.citations import numbers_in
from demeure.assistant.rested import nearest, said_of

NEARLY_ALL = 0.8
LONGEST = 240
"""Characters before, and after, that a line cut in the middle of its sentence is completed with, at most."""
TOLD = 8
"""Characters, spaces apart, from which a line that the answer holds is no chance."""
_ENDS = re.compile(r"[.!?…]\W|\n\s*\n")
_Span = tuple[int, int, bool]
"""Start and end in the passage; did the model read it, and not the rest?"""


class Piece(NamedTuple):
    """``read``: shown apart, the model read it and not the rest. ``cited``: what to bring into sight."""

    text: str
    read: bool
    cited: bool


def pieces(source: Source, answer: str) -> list[Piece]:
    """Its passage in order, whole. At most one piece is cited: the line read that shares most with what ``answer``
    says of this source, figures first, with the rest of its sentence and the lines around it that are told
    too; none when nothing is shared, or when the answer rests on other sources alone."""
    quote, spans = source.quote, _spans(source)
    strong = sum(end - start for start, end, read in spans if read)
    apart = 0 < strong < NEARLY_ALL * len(quote)
    lines = [quote[start:end] for start, end, read in spans if read] or quote.split("\n")
    cited = numbers_in(answer)
    best = nearest(lines, said_of(source.number, answer)) if not cited or source.number in cited else ""
    if not best:
        return _shown(quote, spans if apart else [(0, len(quote), False)], (len(quote), len(quote)))
    start = next((start for start, end, read in spans if read and quote[start:end] == best), quote.find(best))
    cited_span = _with_told(quote, *_whole(quote, start, start + len(best)), answer)
    return _shown(quote, spans if apart else [(0, len(quote), False)], cited_span)


def _spans(source: Source) -> list[_Span]:
    """The passage from end to end, cut where what the model read of it begins and ends."""
    spans: list[_Span] = []
    at = 0
    for line in filter(lambda line: line != "…", source.read.split("\n")):
        start, end = _found(line, source.quote, at)
        if start < end:
            spans += [(at, start, False), (start, end, True)]
            at = end
    return [*spans, (at, len(source.quote), False)]


def _shown(quote: str, spans: list[_Span], cited: tuple[int, int]) -> list[Piece]:
    """``spans`` around what is ``cited``."""
    start, end = cited
    before = [(a, min(b, start), read) for a, b, read in spans]
    after = [(max(a, end), b, read) for a, b, read in spans]
    shown = [Piece(quote[a:b], read, cited=False) for a, b, read in before if a < b]
    shown += [Piece(quote[start:end], read=any(read for *_, read in spans), cited=True)] if start < end else []
    return shown + [Piece(quote[a:b], read, cited=False) for a, b, read in after if a < b]


def _whole(quote: str, start: int, end: int) -> tuple[int, int]:
    """From the beginning of its sentence to its end, where a line of a page was cut inside one: it begins, or the
    next one does, with a small letter. Rows of tables and titles stay as they are."""
    if quote[start : start + 1].islower():
        room = quote[max(0, start - LONGEST) : start]
        former = [found.end() for found in _ENDS.finditer(room)]
        if former or len(room) == start:
            start += (former[-1] if former else 0) - len(room)
    following = quote[end : end + LONGEST]
    if following.lstrip()[:1].islower() and not re.search(r"[.!?…]\s*$", quote[start:end]):
        found = re.search(r"[.!?…](?=\W|$)|(?=\n\s*\n)", following)
        end += found.end() if found else 0
    return start, end


def _with_told(quote: str, start: int, end: int, answer: str) -> tuple[int, int]:
    """With the lines before and after that the answer tells word for word: a table told row by row rests on all of
    its rows, not on the one beside the number."""
    said = _squashed(answer)
    while quote[end : end + 1].isspace() and _told(line := quote[end + 1 :].partition("\n")[0], said):
        end += 1 + len(line)
    while quote[start - 1 : start].isspace() and _told(line := quote[: start - 1].rpartition("\n")[2], said):
        start -= 1 + len(line)
    return start, end


def _told(line: str, said: str) -> bool:
    squashed = _squashed(line)
    return len(squashed) >= TOLD and squashed in said


def _squashed(text: str) -> str:
    return "".join(text.split()).casefold()


def _found(line: str, quote: str, at: int) -> tuple[int, int]:
    """Where ``line`` stands in ``quote`` from ``at`` on, whatever its spaces have become; nowhere: (0, 0)."""
    if not line.strip():
        return 0, 0
    start = quote.find(line, at)
    if start >= 0:  # as nearly always: no pattern to make
        return start, start + len(line)
    found = re.compile(r"\s+".join(map(re.escape, line.split()))).search(quote, at)
    return found.span() if found else (0, 0)
