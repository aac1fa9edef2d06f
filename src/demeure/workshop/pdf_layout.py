"""From placed lines to readable pages: order, paragraphs, hyphens, repeated headers. Pure: no PDFium here."""

import itertools
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from statistics import median

from demeure.workshop.parts import PART_BOXES, PART_CHARACTERS, Box, Part

_BULLET = re.compile(r"(?:[•●▪■◦‣–—*-]|\(?\d{1,3}[.)°]|\(?[a-z][.)])\s")
_DIGITS = re.compile(r"\d+")
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_MARGIN = 0.10
_ROW_GAP = 1.8
_PARAGRAPH = 1.45
_AFTER_A_SENTENCE = 1.15  # a heading in the body's size, a little apart from the sentence above it
_GUTTER = 12.0
_KEEPS_HYPHEN = frozenset(
    """vous ci là même mêmes elle elles il ils on je tu nous moi toi lui eux le la les leur en y""".split()  # noqa: SIM905 - a list of words is read more easily so
)
_OPENS_HYPHEN = frozenset(
    """rendez grand grands sous vice non mi demi contre après avant au celui celle ceux celles peut
    est saint sainte vingt trente quarante cinquante soixante quatre dix porte compte chef procès
    arc semi ex quasi inter""".split()  # noqa: SIM905 - a list of words is read more easily so
)


@dataclass
class Line:
    """A visible line: text, box (points from the top left), ``hyphen``: a word is cut at its end, ``gap``: widest
    empty space inside it, ``joint``: what replaces the cut (nothing, or a hyphen)."""

    text: str
    x0: float
    y0: float
    x1: float
    y1: float
    hyphen: bool = False
    gap: float = 0.0
    joint: str = "-"

    @property
    def height(self) -> float:
        return max(self.y1 - self.y0, 1.0)

    @property
    def middle(self) -> float:
        return (self.y0 + self.y1) / 2


@dataclass
class Page:
    """``number`` is 1-based; sizes in points as shown (rotation applied). ``picture``: what it says is a picture;
    its lines (a stamp, a former recognition) are only what there is beside."""

    number: int
    width: float
    height: float
    lines: list[Line] = field(default_factory=list)
    picture: bool = False


def drop_repeated(pages: Sequence[Page]) -> int:
    """Takes running headers and footers away, keeping the first occurrence of each that says more than a page
    number. Returns how many lines went."""
    seen: dict[tuple[str, int], list[tuple[Page, Line]]] = defaultdict(list)
    for page in pages:
        for line in page.lines:
            if not _MARGIN * page.height < line.middle < (1 - _MARGIN) * page.height:
                seen[(_DIGITS.sub("#", line.text.casefold()), round(line.middle / 6))].append((page, line))
    dropped = 0
    for (text, _), places in seen.items():
        span = places[-1][0].number - places[0][0].number + 1
        if len(places) < 3 or (len(places) < 0.4 * len(pages) and span > 2.2 * len(places)):
            continue
        letters = sum(character.isalpha() for character in text.replace("page", ""))
        for page, line in places[int(letters >= 4) :]:
            page.lines = [kept for kept in page.lines if kept is not line]
            dropped += 1
    return dropped


def reading_order(page: Page) -> bool:
    """Sorts the lines by columns when the file gives them out of order; True when it did. The file's own order is
    kept as long as it only goes down, or up to start a column to the right: authors know better than geometry."""
    lines = page.lines
    if len(lines) < 4:
        return False
    jumps = sum(_jumps_back(a, b) for a, b in itertools.pairwise(lines))
    if jumps <= max(2, len(lines) // 12):
        return False
    page.lines = _cut(lines, 0)
    return any(a is not b for a, b in zip(page.lines, lines, strict=True))


def join_hyphens(pages: Sequence[Page]) -> None:
    """Decides for each word cut at a line end whether its hyphen belongs to it: the document's own words first,
    then French habits (rendez-vous, peut-il, Saint-Denis)."""
    cuts = [
        (a, b)
        for page in pages
        for a, b in zip(page.lines, page.lines[1:], strict=False)
        if a.hyphen or (a.text.endswith(("-", "‐")) and b.text[:1].islower())
    ]
    if not cuts:
        return
    words = {word.casefold() for page in pages for line in page.lines for word in _WORD.findall(line.text)}
    for line, following in cuts:
        if not line.hyphen:
            line.text, line.hyphen = line.text[:-1], True
        left, right = _WORD.findall(line.text), _WORD.match(following.text)
        if left and right and line.text.endswith(left[-1]):
            line.joint = _joint(left[-1], right[0], words)


def page_parts(page: Page, headings: tuple[str, ...]) -> Iterator[Part]:
    """The text of a page with one box a line; two parts or more beyond 50,000 characters or 4,000 lines."""
    pieces: list[str] = []
    boxes: list[Box] = []
    size = 0
    lines = page.lines
    ends = _paragraph_ends(lines)
    for at, line in enumerate(lines):
        for text in _slices(line.text):
            if pieces and (size + len(text) > PART_CHARACTERS - 2 or len(boxes) >= PART_BOXES):
                yield _part(page, pieces, boxes, headings)
                pieces, boxes, size = [], [], 0
            box = (round(line.x0, 1), round(line.y0, 1), round(line.x1, 1), round(line.y1, 1))
            boxes.append(Box(size, size + len(text), *box))
            pieces.append(text)
            size += len(text)
        if at + 1 < len(lines):
            pieces.append(ends[at])
            size += len(ends[at])
    if page.picture or any(piece.strip() for piece in pieces):
        yield _part(page, pieces, boxes, headings)


def document_title(pages: Sequence[Page]) -> str:
    """The largest lines of the upper part of the first page with text, when they stand out; else nothing."""
    page = next((page for page in pages if page.lines), None)
    if page is None:
        return ""
    usual = median(line.height for line in page.lines)
    upper = [line for line in page.lines if line.middle < 0.6 * page.height and len(line.text) > 3]
    tallest = max((line.height for line in upper), default=0.0)
    if tallest < 1.25 * usual:
        return ""
    at = next(at for at, line in enumerate(upper) if line.height == tallest)
    title = upper[at].text
    for line in upper[at + 1 : at + 3]:
        if line.height < 0.75 * tallest:
            break
        title += " " + line.text
    return title


def _part(page: Page, pieces: Sequence[str], boxes: Sequence[Box], headings: tuple[str, ...]) -> Part:
    text = "".join(pieces).rstrip()
    size = (round(page.width, 1), round(page.height, 1))
    kept = tuple(box for box in boxes if box.end <= len(text))
    kind = "image" if page.picture else "text"
    return Part({"kind": "page", "page": page.number}, text, kind, headings=headings, boxes=kept, size=size)


def _slices(text: str) -> Iterator[str]:
    limit = PART_CHARACTERS // 2
    yield from (text[at : at + limit] for at in range(0, max(len(text), 1), limit))


def _paragraph_ends(lines: Sequence[Line]) -> list[str]:
    """What stands between each line and the next: a space, a hyphen, nothing, one line end, or two."""
    steps = [b.middle - a.middle for a, b in itertools.pairwise(lines)]
    usual = median([step for step in steps if step > 2.0] or [12.0])
    left, right = min((line.x0 for line in lines), default=0.0), max((line.x1 for line in lines), default=0.0)
    edges = _right_edges(lines, steps, usual)
    ends = []
    for at, (line, following) in enumerate(itertools.pairwise(lines)):
        if line.hyphen:
            ends.append(line.joint)
        elif _same_row(line, following):
            ends.append(" ")
        elif _breaks(steps[at], usual, line, following):
            ends.append("\n\n")
        else:
            wide = line.x1 - line.x0 > 0.45 * (right - left) or following.text[:1].islower()
            ends.append(" " if wide and _continues(line, following, edges[at]) else "\n")
    return ends


def _right_edges(lines: Sequence[Line], steps: Sequence[float], usual: float) -> list[float]:
    """For each line, the right edge of the block it stands in."""
    edges: list[float] = []
    start = 0
    for at in range(len(lines)):
        last = at + 1 == len(lines)
        if last or _breaks(steps[at], usual, lines[at], lines[at + 1]):
            edge = max(line.x1 for line in lines[start : at + 1])
            edges.extend([edge] * (at + 1 - start))
            start = at + 1
    return edges


def _breaks(step: float, usual: float, line: Line, following: Line) -> bool:
    if _same_row(line, following):
        return False
    apart = following.x0 > line.x1 or following.x1 < line.x0
    ended = line.text.endswith((".", "!", "?", ":", "…", "»")) and following.text[:1].isupper()
    return step > (_AFTER_A_SENTENCE if ended else _PARAGRAPH) * usual or step < -2.0 or apart


def _same_row(line: Line, following: Line) -> bool:
    overlap = min(line.y1, following.y1) - max(line.y0, following.y0)
    return overlap > 0.6 * min(line.height, following.height) and following.x0 >= line.x1 - 2.0


def _continues(line: Line, following: Line, edge: float) -> bool:
    """The paragraph goes on: the first word of the next line would not have fitted at the end of this one."""
    if line.gap > _ROW_GAP * line.height or following.gap > _ROW_GAP * following.height:
        return False  # a table row, or a title and its page number
    if _BULLET.match(following.text) or not 0.7 < line.height / following.height < 1.5:
        return False
    word = following.text.split(" ", 1)[0]
    width = (following.x1 - following.x0) * (len(word) + 1) / max(len(following.text), 1)
    return edge - line.x1 < width


def _joint(left: str, right: str, words: set[str]) -> str:
    joined, hyphened = (left + right).casefold(), f"{left}-{right}".casefold()
    if hyphened in words:
        return "-"
    if joined in words:
        return ""
    last = left.rpartition("-")[2]
    keeps = right.casefold() in _KEEPS_HYPHEN or last.casefold() in _OPENS_HYPHEN or right[:1].isupper()
    return "-" if keeps and not (left.isupper() and right.isupper()) else ""


def _jumps_back(line: Line, following: Line) -> bool:
    """Goes up without moving to a column on the right."""
    rises = following.middle < line.middle - 0.6 * line.height
    return rises and following.x0 < line.x1 - 2.0


def _cut(lines: list[Line], depth: int) -> list[Line]:
    """Columns first (an empty vertical band), then the widest horizontal band, recursively."""
    if len(lines) < 2 or depth > 12:
        return sorted(lines, key=lambda line: (round(line.middle / 4), line.x0))
    split = _gap([(line.x0, line.x1) for line in lines], _GUTTER)
    if split is not None:
        sides = [line for line in lines if line.x1 <= split], [line for line in lines if line.x1 > split]
        if min(map(len, sides)) >= 3:
            return _cut(sides[0], depth + 1) + _cut(sides[1], depth + 1)
    split = _gap([(line.y0, line.y1) for line in lines], 2.0)
    if split is None:
        return sorted(lines, key=lambda line: (round(line.middle / 4), line.x0))
    above, below = [line for line in lines if line.y1 <= split], [line for line in lines if line.y1 > split]
    return _cut(above, depth + 1) + _cut(below, depth + 1)


def _gap(spans: Sequence[tuple[float, float]], least: float) -> float | None:
    """Middle of the widest empty band between spans, if it is at least that wide."""
    best, where, reach = least, None, None
    for start, end in sorted(spans):
        if reach is not None and start - reach > best:
            best, where = start - reach, (start + reach) / 2
        reach = end if reach is None else max(reach, end)
    return where
