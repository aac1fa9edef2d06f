"""Lines of a PDF page as PDFium sees them: text, box, gaps, and what a reader of the page could not see."""

import ctypes
import re
from collections.abc import Iterator, Sequence
from typing import Any

import pypdfium2.raw as raw

from demeure.workshop.pdf_layout import Line

_LINE_END = re.compile("\r\n|[\x02\ufffe]")
"""PDFium replaces a hyphen that ends a line, with its line end, by U+FFFE (U+0002 in older versions)."""

_WORD = re.compile(r"\S+")
_TINY = 4.0
_USUAL = 12.0
_WHITE = 250
_SCAN_COVER = 0.5
_OBJECTS = 20_000
_UNPAINTED = (raw.FPDF_TEXTRENDERMODE_INVISIBLE, raw.FPDF_TEXTRENDERMODE_CLIP)


class Visibility:
    """What can be seen on one page. ``hidden`` and ``tiny`` count characters; ``scan``: the text lies, invisible by
    design, over the picture of a scanned page."""

    def __init__(self, page: Any, text_page: Any) -> None:
        self._page, self._text = page, text_page
        self._objects: dict[int, tuple[bool, float]] = {}
        self._shapes: list[tuple[float, float, float, float]] | None = None
        self._covered: bool | None = None
        self._bounds = crop_box(page)
        self._wide, self._high = float(raw.FPDF_GetPageWidthF(page)), float(raw.FPDF_GetPageHeightF(page))
        self.hidden = self.tiny = 0
        self.scan = False
        self._size, self._matrix = ctypes.c_float(), raw.FS_MATRIX()
        # made once: these functions are called tens of thousands of times a document
        self._colour = ctypes.c_uint(), ctypes.c_uint(), ctypes.c_uint(), ctypes.c_uint()
        self._sides = ctypes.c_float(), ctypes.c_float(), ctypes.c_float(), ctypes.c_float()

    def shown(self, words: Sequence[re.Match[str]], first: int, *, closely: bool) -> list[re.Match[str]]:
        """Those words of a line (its first character is character ``first`` of the page) that show; counts the
        others. Words between two words of one text object belong to it: most lines cost two questions. ``closely``:
        the line is so small, or so near the edge, that size and place are looked at too."""
        kept: list[re.Match[str]] = []
        last = self._object(first + words[-1].start(), closely)
        held = None
        for word in words:
            if held is None or held != last:
                held = self._object(first + word.start(), closely)
            if self._keeps(held, len(word[0])):
                kept.append(word)
        return kept

    def beyond(self, line: Line) -> bool:
        """A line that leaves the page, or that may be under 4 points."""
        return (
            line.y1 - line.y0 < _TINY + 2
            or line.x0 < 0
            or line.y0 < 0
            or line.x1 > self._wide
            or line.y1 > self._high
        )

    def _object(self, index: int, closely: bool) -> int:
        """Identity of the text object of a character, looked at when it is new; 0 for a generated character."""
        handle = raw.FPDFText_GetTextObject(self._text, index)
        if not handle:
            return 0
        key = ctypes.addressof(handle.contents)
        if key not in self._objects:
            self._objects[key] = (self._painted(handle, index), _USUAL)
        if closely and self._objects[key] == (True, _USUAL):
            self._objects[key] = self._look(handle)
        return key

    def _keeps(self, key: int, length: int) -> bool:
        seen, size = self._objects.get(key, (True, _USUAL))
        if not seen or size < 1.0:
            self.hidden += length
            return False
        if size < _TINY:
            self.tiny += length
        return True

    def _look(self, handle: Any) -> tuple[bool, float]:
        """(on the page, effective size in points) of a text object."""
        matrix = self._matrix
        raw.FPDFTextObj_GetFontSize(handle, self._size)
        size = abs(self._size.value)
        if raw.FPDFPageObj_GetMatrix(handle, matrix):
            size *= (matrix.c**2 + matrix.d**2) ** 0.5
        box = bounds(handle, self._sides)
        return box is None or not self._outside(box), size

    def _painted(self, handle: Any, index: int) -> bool:
        if raw.FPDFTextObj_GetTextRenderMode(handle) in _UNPAINTED:
            self.scan = self.scan or self.scanned()
            return self.scanned()
        return self._coloured(handle, index)

    def _coloured(self, handle: Any, index: int) -> bool:
        red, green, blue, alpha = self._colour
        if not raw.FPDFText_GetFillColor(self._text, index, red, green, blue, alpha):
            return True
        if alpha.value < 8:
            return False
        if min(red.value, green.value, blue.value) < _WHITE:
            return True
        box = bounds(handle, self._sides)
        return box is None or self._something_behind(box)

    def _outside(self, box: tuple[float, float, float, float]) -> bool:
        left, bottom, right, top = self._bounds
        return box[2] < left or box[0] > right or box[3] < bottom or box[1] > top

    def _something_behind(self, box: tuple[float, float, float, float]) -> bool:
        if self._shapes is None:
            self._shapes = list(self._dark_shapes())
        x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        return any(left <= x <= right and bottom <= y <= top for left, bottom, right, top in self._shapes)

    def _dark_shapes(self) -> Iterator[tuple[float, float, float, float]]:
        red, green, blue, alpha = self._colour
        for handle, kind in _objects(self._page):
            if kind == raw.FPDF_PAGEOBJ_PATH:
                filled, stroked = ctypes.c_int(), ctypes.c_int()
                if raw.FPDFPath_GetDrawMode(handle, filled, stroked) and not filled.value:
                    continue
                raw.FPDFPageObj_GetFillColor(handle, red, green, blue, alpha)
                if min(red.value, green.value, blue.value) >= _WHITE or alpha.value < 8:
                    continue
            elif kind == raw.FPDF_PAGEOBJ_TEXT:
                continue
            if (box := bounds(handle, self._sides)) is not None:
                yield box

    def scanned(self) -> bool:
        """Pictures cover most of the page."""
        if self._covered is None:
            left, bottom, right, top = self._bounds
            area = max((right - left) * (top - bottom), 1.0)
            pictures = (
                bounds(h, self._sides) for h, kind in _objects(self._page) if kind == raw.FPDF_PAGEOBJ_IMAGE
            )
            covered = sum((box[2] - box[0]) * (box[3] - box[1]) for box in pictures if box is not None)
            self._covered = covered / area > _SCAN_COVER
        return self._covered


def page_lines(page: Any, text_page: Any, visibility: Visibility) -> Iterator[Line]:
    """Visible lines in the order of the file; coordinates in points from the top left corner of the page as
    shown."""
    count = raw.FPDFText_CountChars(text_page)
    if count <= 0:
        return
    buffer = (ctypes.c_ushort * (2 * count + 2))()
    length = raw.FPDFText_GetText(text_page, 0, count, buffer)
    text = bytes(buffer)[: 2 * max(length - 1, 0)].decode("utf-16-le", errors="replace")
    aligned = len(text) == count
    turn = _Turn(page)
    start = 0
    for end, hyphen, following in _ends(text):
        line = text[start:end]
        words = list(_WORD.finditer(line))
        first = start if aligned else raw.FPDFText_GetCharIndexFromTextIndex(text_page, start)
        start = following
        if not words or first < 0:
            continue
        whole = _placed(text_page, (first + words[0].start(), words[-1].end() - words[0].start()), turn)
        whole.text, whole.hyphen = line.strip(), hyphen
        kept = visibility.shown(words, first, closely=visibility.beyond(whole))
        if len(kept) == len(words):
            yield whole
        elif kept:
            part = _placed(text_page, (first + kept[0].start(), kept[-1].end() - kept[0].start()), turn)
            part.text, part.hyphen = " ".join(word[0] for word in kept), hyphen
            yield part


def word_boxes(page: Any, text_page: Any, most: int) -> list[tuple[float, float, float, float]]:
    """The box of each word of the page, seen or not, in the order of the file: at most ``most``."""
    count = raw.FPDFText_CountChars(text_page)
    if count <= 0:
        return []
    buffer = (ctypes.c_ushort * (2 * count + 2))()
    length = raw.FPDFText_GetText(text_page, 0, count, buffer)
    text = bytes(buffer)[: 2 * max(length - 1, 0)].decode("utf-16-le", errors="replace")
    turn = _Turn(page)
    boxes: list[tuple[float, float, float, float]] = []
    start = 0
    for end, _, following in _ends(text):
        for word in _WORD.finditer(text, start, end):
            first = (
                word.start()
                if len(text) == count
                else raw.FPDFText_GetCharIndexFromTextIndex(text_page, word.start())
            )
            placed = _placed(text_page, (first, word.end() - word.start()), turn)
            boxes.append((placed.x0, placed.y0, placed.x1, placed.y1))
        start = following
        if len(boxes) >= most:
            break
    return boxes[:most]


def crop_box(page: Any) -> tuple[float, float, float, float]:
    """Left, bottom, right, top of what is shown of the page, in its own coordinates."""
    box = raw.FS_RECTF()
    if raw.FPDF_GetPageBoundingBox(page, box):
        return (box.left, box.bottom, box.right, box.top)
    return (0.0, 0.0, float(raw.FPDF_GetPageWidthF(page)), float(raw.FPDF_GetPageHeightF(page)))


def bounds(handle: Any, sides: tuple[Any, Any, Any, Any]) -> tuple[float, float, float, float] | None:
    """Left, bottom, right, top of a page object; ``sides``: four c_float to work with."""
    left, bottom, right, top = sides
    if not raw.FPDFPageObj_GetBounds(handle, left, bottom, right, top):
        return None
    return (left.value, bottom.value, right.value, top.value)


class _Turn:
    """Page coordinates → points from the top left corner of the page as it is shown."""

    def __init__(self, page: Any) -> None:
        self._left, self._bottom, self._right, self._top = crop_box(page)
        self._rotation = raw.FPDFPage_GetRotation(page) % 4

    def box(self, left: float, bottom: float, right: float, top: float) -> tuple[float, float, float, float]:
        """(x0, y0, x1, y1), y downwards."""
        if self._rotation == 1:
            return (bottom - self._bottom, left - self._left, top - self._bottom, right - self._left)
        if self._rotation == 2:
            return (self._right - right, bottom - self._bottom, self._right - left, top - self._bottom)
        if self._rotation == 3:
            return (self._top - top, self._right - right, self._top - bottom, self._right - left)
        return (left - self._left, self._top - top, right - self._left, self._top - bottom)


def _placed(text_page: Any, span: tuple[int, int], turn: _Turn) -> Line:
    """A line without its text yet: the box of a span of characters, and the widest gap in it."""
    left, top, right, bottom = ctypes.c_double(), ctypes.c_double(), ctypes.c_double(), ctypes.c_double()
    x0 = y0 = float("inf")
    x1 = y1 = float("-inf")
    gap = 0.0
    for at in range(raw.FPDFText_CountRects(text_page, *span)):
        if not raw.FPDFText_GetRect(text_page, at, left, top, right, bottom):
            continue
        box = turn.box(left.value, bottom.value, right.value, top.value)
        gap = max(gap, box[0] - x1) if at else 0.0
        x0, y0, x1, y1 = min(x0, box[0]), min(y0, box[1]), max(x1, box[2]), max(y1, box[3])
    if x0 > x1:
        x0 = y0 = x1 = y1 = 0.0
    return Line("", x0, y0, x1, y1, gap=gap)


def _ends(text: str) -> Iterator[tuple[int, bool, int]]:
    """(end of line, cut by a hyphen, start of the next) for each line."""
    for found in _LINE_END.finditer(text):
        yield found.start(), found[0] != "\r\n", found.end()
    yield len(text), False, len(text)


def _objects(page: Any) -> Iterator[tuple[Any, int]]:
    for at in range(min(raw.FPDFPage_CountObjects(page), _OBJECTS)):
        handle = raw.FPDFPage_GetObject(page, at)
        if handle:
            yield handle, raw.FPDFPageObj_GetType(handle)
