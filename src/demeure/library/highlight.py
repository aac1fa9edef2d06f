"""From a passage's offsets to what is marked: rectangles on a page, stretches of a text. Pure."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

WINDOW = 2_500
"""Characters shown on either side of a passage in a long text."""

_PAD = 1.0
_SAME_LINE = 0.5


class Rect(NamedTuple):
    """In points from the top left corner of the page."""

    x: float
    y: float
    width: float
    height: float


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


def boxes_of(packed: bytes | None) -> list[tuple[int, int, float, float, float, float]]:
    """The boxes of a stored part: start, end, x0, y0, x1, y1. Nothing when there are none, or no sense in them."""
    try:
        found = json.loads(packed) if packed else []
        return [
            (int(start), int(end), float(x0), float(y0), float(x1), float(y1))
            for start, end, x0, y0, x1, y1 in found
        ]
    except (ValueError, TypeError):
        return []


def rects(boxes: Iterable[tuple[int, int, float, float, float, float]], begins: int, ends: int) -> list[Rect]:
    """One rectangle for each line that ``[begins, ends)`` touches. A line touched in part is cut in proportion to
    its characters: a few points off in a proportional typeface."""
    made: list[Rect] = []
    for start, end, x0, y0, x1, y1 in boxes:
        first, last = max(start, begins), min(end, ends)
        if last <= first or x1 <= x0 or y1 <= y0:
            continue
        width = (x1 - x0) / (end - start)
        left, right = x0 + (first - start) * width, x0 + (last - start) * width
        made.append(
            Rect(*(round(n, 1) for n in (left - _PAD, y0 - _PAD, right - left + 2 * _PAD, y1 - y0 + 2 * _PAD)))
        )
    return made


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
