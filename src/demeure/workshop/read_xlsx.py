"""XLSX by lxml on a checked archive, one pass over each sheet: memory stays flat whatever the number of rows.

Kept: every sheet, the hidden ones too (flagged), values as they show, merged cells, comments. A formula is read by
the value that was saved with it. Left out: charts, drawings, macros (flagged).
"""

import re
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import lru_cache
from typing import Any, NamedTuple

from demeure.workshop import ooxml
from demeure.workshop.cell_formats import BUILT_IN, parsed_date, plain, shown
from demeure.workshop.docx_styles import local
from demeure.workshop.errors import DocumentBomb, DocumentCorrupt
from demeure.workshop.guard import Archive, parse, walk
from demeure.workshop.parts import Facts, Part, ReadLimits
from demeure.workshop.sheet_tables import COLUMNS, ROWS, Cell, Merges, Sheet

_REFERENCE = re.compile(r"\$?([A-Za-z]{1,3})\$?([1-9]\d{0,6})")
_MERGE = re.compile(rb"<(?:\w+:)?mergeCell\b[^<>]*\bref=\"([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})\"")
_FILTER = re.compile(rb"<(?:\w+:)?autoFilter\b[^<>]*\bref=\"([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})\d{1,7}\"")
_PANE = re.compile(rb"<(?:\w+:)?pane\b[^<>]*>")
_FROZEN_ROWS = re.compile(rb'\bySplit="(\d{1,2})(?:\.0)?"')
_MERGES_MOST, _SHEETS_MOST, _STYLES_MOST = 50_000, 1_000, 70_000
_LONGEST_SHARED = 32_768


class _Look(NamedTuple):
    """What a cell's style says of it."""

    code: str = ""
    strong: bool = False


def read(data: bytearray, _name: str, limits: ReadLimits, facts: Facts) -> Iterator[Part]:
    """Yields parts with cell places, sheet by sheet in the order of the tabs."""
    archive = Archive(data)
    main = ooxml.main_part(archive, "xl/workbook.xml")
    book = parse(archive.read(main, ooxml.SMALL_PART), main)
    found = ooxml.relations(archive, main, facts)
    since_1904 = any(local(e) == "workbookPr" and e.get("date1904") in ("1", "true") for e in book)
    sheets = [e for part in book if local(part) == "sheets" for e in part if local(e) == "sheet"]
    if not sheets or len(sheets) > _SHEETS_MOST:
        raise DocumentCorrupt(detail="part-missing", part="sheets")
    shared = _shared(archive, next(iter(ooxml.related(found, "sharedStrings", archive)), ""), limits)
    looks = _looks(archive, next(iter(ooxml.related(found, "styles", archive)), ""))
    for entry in sheets:
        relation = found.get(ooxml.related_id(entry))
        if relation is None or relation.kind != "worksheet" or relation.target not in archive.names:
            continue
        hidden = entry.get("state") in ("hidden", "veryHidden")
        facts.flag("hidden-sheets", int(hidden))
        sheet = Sheet(facts, limits, entry.get("name") or "", hidden=hidden)
        yield from _Sheet(archive, relation.target, sheet, facts, (shared, looks, since_1904)).read()
    facts.title = ooxml.title(archive, facts)
    facts.flag("macros", int(ooxml.has_macros(archive)))


class _Sheet:
    """One worksheet, streamed."""

    def __init__(
        self, archive: Archive, part: str, sheet: Sheet, facts: Facts, book: tuple[list[str], list[_Look], bool]
    ) -> None:
        self._archive, self._part, self._sheet, self._facts = archive, part, sheet, facts
        self._shared, self._looks, self._since_1904 = book
        related = ooxml.relations(archive, part, facts)
        self._merged, self._headers = _marks(archive, part)
        self._headers |= _table_headers(archive, related)
        self._comments = _comments(archive, related, facts)
        self._commented = deque(sorted(self._comments))
        self._carried = Merges()
        self._number = 0

    def read(self) -> Iterator[Part]:
        seen = False
        with self._archive.open(self._part) as stream:
            for _, element in walk(stream, self._part, ("{*}row", "{*}col", "{*}sheetData")):
                kind = local(element)
                seen = seen or kind == "sheetData"
                if kind == "row":
                    self._row(element)
                    _forget(element)
                    yield from self._sheet.drain()
                elif kind == "col":
                    hides = element.get("hidden") in ("1", "true")
                    self._facts.flag("hidden-columns", _width(element) if hides else 0)
        if not seen:
            raise DocumentCorrupt(detail="part-missing", part="sheetData")
        self._tell_comments(ROWS + 1)
        yield from self._sheet.finish()

    def _row(self, element: Any) -> None:
        stated = element.get("r") or ""
        number = int(stated) if stated.isdecimal() and len(stated) < 8 else self._number + 1
        if not self._number < number <= ROWS:
            return  # rows that go back or leave the sheet are no spreadsheet's
        self._tell_comments(number)
        self._number = number
        if not len(element) and number not in self._comments:
            return
        hidden = element.get("hidden") in ("1", "true")
        cells: list[Cell] = []
        first, last = self._headers.get(number, (1, 0))
        column = 0
        for cell in element:
            if local(cell) != "c":
                continue
            column = _column(cell.get("r") or "") or column + 1
            if column > COLUMNS:
                break
            text, look = self._text(cell)
            if text:
                cells.append(Cell(column, text, look.strong or first <= column <= last))
        self._tell(number, cells, hidden=hidden)

    def _tell(self, number: int, cells: list[Cell], *, hidden: bool) -> None:
        cells = self._with_comments(number, cells)
        cells = self._carried.fill(number, cells)
        for at, cell in enumerate(cells):
            extent = self._merged.pop((number, cell.column), None)
            if extent is not None:
                cells[at] = wide = cell._replace(span=extent[1] - cell.column + 1)
                self._carried.begin(extent[0], wide)
        self._facts.flag("hidden-rows", int(hidden and bool(cells)))
        self._sheet.row(number, cells, hidden=hidden)

    def _tell_comments(self, number: int) -> None:
        """Rows above ``number`` that hold nothing but comments."""
        while self._commented and self._commented[0] < number:
            row = self._commented.popleft()
            if row in self._comments:
                self._tell(row, [], hidden=False)

    def _with_comments(self, number: int, cells: list[Cell]) -> list[Cell]:
        beside = self._comments.pop(number, None)
        if beside is None:
            return cells
        told = [
            cell._replace(text=f"{cell.text} ({comment})") if (comment := beside.pop(cell.column, "")) else cell
            for cell in cells
        ]
        return sorted([*told, *(Cell(column, f"({comment})") for column, comment in beside.items())])

    def _text(self, cell: Any) -> tuple[str, _Look]:
        style = cell.get("s") or "0"
        at = int(style) if style.isdecimal() and len(style) < 6 else 0
        look = self._looks[at] if at < len(self._looks) else _Look()
        kind = cell.get("t") or "n"
        held = inline = ""
        formula = False
        for child in cell:
            name = local(child)
            if name == "v":
                held = child.text or ""
            elif name == "is":
                inline = _plain_text(child)
            elif name == "f":
                formula = True
        if kind == "inlineStr":
            return inline, look
        if not held:
            self._facts.flag("formulas-without-value", int(formula))
            return "", look
        return self._value(kind, held, look), look

    def _value(self, kind: str, held: str, look: _Look) -> str:
        if kind == "s":
            at = int(held) if held.isdecimal() and len(held) < 9 else -1
            return self._shared[at] if 0 <= at < len(self._shared) else ""
        if kind == "b":
            return "VRAI" if held == "1" else "FAUX"
        if kind in ("str", "e"):
            return held
        number = parsed_date(held) if kind == "d" else _number(held)
        if number is None:
            return held
        code = look.code or ("dd/mm/yyyy" if kind == "d" else "")
        if not code:
            return plain(number)
        text = shown(number, code, since_1904=self._since_1904)
        self._facts.flag("hidden-text", int(not text))
        return text


def _number(text: str) -> float | None:
    with suppress(ValueError):
        number = float(text[:64])
        if abs(number) < 1e300:  # neither infinite nor NaN
            return number
    return None


def _column(reference: str) -> int:
    found = _REFERENCE.fullmatch(reference)
    return _letters(found[1]) if found else 0


@lru_cache(maxsize=1024)
def _letters(name: str) -> int:
    column = 0
    for letter in name.upper():
        column = column * 26 + ord(letter) - 64
    return column


def _width(element: Any) -> int:
    first, last = (element.get(name) or "" for name in ("min", "max"))
    known = first.isdecimal() and last.isdecimal() and len(first) < 6 and len(last) < 6
    # the columns hidden up to the last one are a tidy sheet, not a secret
    return max(int(last) - int(first) + 1, 1) if known and int(last) < COLUMNS else 0


def _plain_text(element: Any) -> str:
    """The runs of a text, without the phonetic guides beside it."""
    texts = (e for e in element.iter() if local(e) == "t" and local(e.getparent()) != "rPh")
    return "".join(text.text or "" for text in texts)[:_LONGEST_SHARED]


def _forget(element: Any) -> None:
    element.clear()
    while element.getprevious() is not None:
        del element.getparent()[0]


def _shared(archive: Archive, part: str, limits: ReadLimits) -> list[str]:
    """The table of texts; those beyond what the job may give back are never needed."""
    texts: list[str] = []
    if not part:
        return texts
    characters = 0
    with archive.open(part) as stream:
        for _, element in walk(stream, part, ("{*}si",)):
            text = _plain_text(element)
            characters += len(text)
            texts.append(text if characters <= 4 * limits.characters else "")
            _forget(element)
    return texts


def _looks(archive: Archive, part: str) -> list[_Look]:
    """Number format and weight of each cell style, in the order in which cells name them."""
    if not part:
        return []
    root = parse(archive.read(part, ooxml.SMALL_PART), part)
    sections = {local(section): section for section in root}
    codes = dict(BUILT_IN)
    for made in sections.get("numFmts", ()):
        number = made.get("numFmtId") or ""
        if number.isdecimal() and len(number) < 6:
            codes[int(number)] = made.get("formatCode") or ""
    bold = [any(local(mark) == "b" and mark.get("val") not in ("0", "false") for mark in font)
            for font in sections.get("fonts", ())]  # fmt: skip
    looks = []
    for style in list(sections.get("cellXfs", ()))[:_STYLES_MOST]:
        number, font = (style.get(name) or "0" for name in ("numFmtId", "fontId"))
        at = int(font) if font.isdecimal() and len(font) < 6 else 0
        code = codes.get(int(number), "") if number.isdecimal() and len(number) < 6 else ""
        looks.append(_Look("" if code.lower() in ("general", "@") else code, at < len(bold) and bold[at]))
    return looks


def _marks(
    archive: Archive, part: str
) -> tuple[dict[tuple[int, int], tuple[int, int]], dict[int, tuple[int, int]]]:
    """(row, column) of each merged cell → its last row and column; row of names → its first and last column (a
    filter's, and the last of those that stay in sight). Written after the rows that need them: looked for in the
    bytes first."""
    merged: dict[tuple[int, int], tuple[int, int]] = {}
    headers: dict[int, tuple[int, int]] = {}
    held = b""
    for piece in archive.pieces(part):
        held = held[-200:] + piece
        for left, top, right, bottom in _MERGE.findall(held):
            first, last = _letters(left.decode()), _letters(right.decode())
            if int(top) <= int(bottom) and first <= last:
                merged[int(top), first] = (int(bottom), last)
        for left, top, right in _FILTER.findall(held):
            headers[int(top)] = (_letters(left.decode()), _letters(right.decode()))
        for pane in _PANE.findall(held):
            rows = _FROZEN_ROWS.search(pane)
            if rows and b'state="frozen' in pane:
                headers.setdefault(int(rows[1]), (1, COLUMNS))
        if len(merged) > _MERGES_MOST:
            raise DocumentBomb(detail="sheet-merges")
    return merged, headers


def _table_headers(archive: Archive, related: Mapping[str, ooxml.Relation]) -> dict[int, tuple[int, int]]:
    """Row of names → its columns, for each table that the sheet declares."""
    found: dict[int, tuple[int, int]] = {}
    for entry in ooxml.related(related, "table", archive):
        root = parse(archive.read(entry, ooxml.SMALL_PART), entry)
        start, _, end = (root.get("ref") or "").partition(":")
        first, last = _REFERENCE.fullmatch(start), _REFERENCE.fullmatch(end)
        if first and last and root.get("headerRowCount") != "0":
            found[int(first[2])] = (_letters(first[1]), _letters(last[1]))
    return found


def _comments(archive: Archive, related: Mapping[str, ooxml.Relation], facts: Facts) -> dict[int, dict[int, str]]:
    """Row → column → « commentaire de Jeanne : à vérifier »."""
    found: dict[int, dict[int, str]] = {}
    for entry in ooxml.related(related, "comments", archive):
        root = parse(archive.read(entry, ooxml.SMALL_PART), entry)
        authors = [e.text or "" for e in root.iter() if local(e) == "author"]
        for comment in (e for e in root.iter() if local(e) == "comment"):
            place = _REFERENCE.fullmatch(comment.get("ref") or "")
            text = " ".join(_plain_text(comment).split())
            if place is None or not text:
                continue
            number = comment.get("authorId") or ""
            author = authors[int(number)] if number.isdecimal() and int(number[:6]) < len(authors) else ""
            author = "" if author.startswith("tc=") else author
            text = text.removeprefix(f"{author}:").strip() if author else text
            whose = f"commentaire de {author}" if author else "commentaire"
            found.setdefault(int(place[2]), {})[_letters(place[1])] = f"{whose} : {text}"
    facts.flag("comments", sum(map(len, found.values())))
    return found
