"""From a passage's offsets to what is marked: rectangles on a page, stretches of a text. Pure."""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

WINDOW = 2_500
"""Characters shown on either side of a passage in a long text."""

_PAD = 1.0
_SAME_LINE = 0.5
_WORD = re.compile(r"\S+")

Placed = tuple[int, int, float, float, float, float]
"""A stored box: text[start:end] stands in x0, y0, x1, y1."""


class Rect(NamedTuple):
    """In points from the top left corner of the page."""

    x: float
    y: float
    width: float
    height: float


class Line(NamedTuple):
    """A line of a page, in points, and the part of its text that is marked."""

    x0: float
    y0: float
    x1: float
    y1: float
    text: str
    begins: int
    ends: int


class Run(NamedTuple):
    """A stretch of text, ``marked`` when it belongs to the passage."""

    text: str
    marked: bool


@dataclass(frozen=True)
class Window:
    """Part of a text. ``before``, ``after``: the text goes on there."""

    runs: tuple[Run, ...]
    before: bool = False
    after: bool = False


def boxes_of(packed: bytes | None) -> list[Placed]:
    """The boxes of a stored part: start, end, x0, y0, x1, y1. Nothing when there are none, or no sense in them."""
    try:
        found = json.loads(packed) if packed else []
        return [
            (int(start), int(end), float(x0), float(y0), float(x1), float(y1))
            for start, end, x0, y0, x1, y1 in found
        ]
    except (ValueError, TypeError):
        return []


def touched(boxes: Iterable[Placed], text: str, begins: int, ends: int) -> list[Line]:
    """The lines of a part that ``[begins, ends)`` touches."""
    return [
        Line(x0, y0, x1, y1, text[start:end], max(begins - start, 0), min(ends, end) - start)
        for start, end, x0, y0, x1, y1 in boxes
        if max(start, begins) < min(end, ends) and x1 > x0 and y1 > y0
    ]


def rects(lines: Iterable[Line], words: Sequence[Sequence[float]] = ()) -> list[Rect]:
    """One rectangle a line. A line touched in part begins and ends at its words when ``words`` (x0, y0, x1, y1 of
    the words of the page) are as many there as in its text; otherwise it is cut in proportion to its characters."""
    made = []
    for line in lines:
        left, right = _sides(line, words)
        rect = Rect(left - _PAD, line.y0 - _PAD, right - left + 2 * _PAD, line.y1 - line.y0 + 2 * _PAD)
        made.append(Rect(*(round(side, 1) for side in rect)))
    return made


def _sides(line: Line, words: Sequence[Sequence[float]]) -> tuple[float, float]:
    whole = line.begins == 0 and line.ends >= len(line.text.rstrip())
    upright = line.y1 - line.y0 > 2 * (line.x1 - line.x0) and len(line.text) > 3
    if whole or upright:
        return line.x0, line.x1
    tokens = list(_WORD.finditer(line.text))
    here = sorted((box for box in words if _inside(box, line)), key=lambda box: box[0])
    chosen = [n for n, token in enumerate(tokens) if token.end() > line.begins and token.start() < line.ends]
    if len(here) == len(tokens) and chosen:
        return here[chosen[0]][0], here[chosen[-1]][2]
    wide = (line.x1 - line.x0) / max(len(line.text), 1)
    return line.x0 + line.begins * wide, line.x0 + line.ends * wide


def _inside(box: Sequence[float], line: Line) -> bool:
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return line.x0 - 1 <= x <= line.x1 + 1 and line.y0 - 1 <= y <= line.y1 + 1


def edges(found: Sequence[Rect]) -> list[Rect]:
    """A bar at the left of each block of marked lines; a new block begins where lines do not follow downwards."""
    blocks: list[list[Rect]] = []
    for rect in found:
        last = blocks[-1][-1] if blocks else None
        follows = last is not None and -_SAME_LINE * last.height <= rect.y - last.y <= 4 * last.height
        if follows and last is not None and rect.x < last.x + last.width + 40:
            blocks[-1].append(rect)
        else:
            blocks.append([rect])
    return [_bar(block) for block in blocks]


def _bar(block: Sequence[Rect]) -> Rect:
    left, top = min(r.x for r in block), min(r.y for r in block)
    return Rect(round(max(left - 9, 0), 1), top, 3.0, round(max(r.y + r.height for r in block) - top, 1))


def window(text: str, marks: Sequence[tuple[int, int]], around: int = WINDOW) -> Window:
    """``text`` about ``marks`` (sorted, apart from one another), cut at line ends or spaces ``around`` characters
    away; its beginning when nothing is marked."""
    first, last = (marks[0][0], marks[-1][1]) if marks else (0, 2 * around)
    start, stop = _cut_before(text, first - around), _cut_after(text, last + around)
    runs: list[Run] = []
    at = start
    for begins, ends in marks:
        runs += [Run(text[at:begins], False), Run(text[begins:ends], True)]
        at = ends
    runs.append(Run(text[at:stop], False))
    return Window(tuple(run for run in runs if run.text), start > 0, stop < len(text))


def _cut_before(text: str, at: int) -> int:
    if at <= 0:
        return 0
    return max(text.find("\n", at, at + 300) + 1 or text.find(" ", at, at + 100) + 1, at)


def _cut_after(text: str, at: int) -> int:
    if at >= len(text):
        return len(text)
    found = text.rfind("\n", at - 300, at)
    return found if found >= 0 else at
