"""ODS by lxml on a checked archive: one pass over content.xml; rows and cells that repeat are counted, not copied.

Kept: every sheet, the hidden ones too (flagged), values as the file shows them, merged cells, comments. Left out:
charts, drawings, macros (flagged).
"""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from demeure.workshop.cell_formats import parsed_date, plain, shown
from demeure.workshop.errors import DocumentCorrupt
from demeure.workshop.guard import Archive, walk
from demeure.workshop.odf import DRAW, FO, OFFICE, STYLE, TABLE, TEXT, has_macros, refuse_encrypted, title
from demeure.workshop.parts import Facts, Part, ReadLimits
from demeure.workshop.sheet_tables import COLUMNS, ROWS, Cell, Merges, Sheet

_COPIES = 64
"""A row or a cell repeated more often than that says nothing new."""

_DC = "{http://purl.org/dc/elements/1.1/}"
_CELLS = (TABLE + "table-cell", TABLE + "covered-table-cell")
_UNREAD = frozenset(
    (OFFICE + "annotation", DRAW + "frame", DRAW + "custom-shape", TABLE + "detective", TEXT + "ruby-text")
)


def read(data: bytearray, _name: str, limits: ReadLimits, facts: Facts) -> Iterator[Part]:
    """Yields parts with cell places, sheet by sheet in the order of the tabs."""
    archive = Archive(data)
    refuse_encrypted(archive)
    if "content.xml" not in archive.names:
        raise DocumentCorrupt(detail="part-missing", part="content.xml")
    book = _Book(facts, limits)
    with archive.open("content.xml") as stream:
        for event, element in walk(stream, "content.xml"):
            book.take(event, element)
            yield from book.drain()
    if not book.seen:
        raise DocumentCorrupt(detail="part-missing", part="office:spreadsheet")
    facts.title = title(archive, facts)
    facts.flag("macros", int(has_macros(archive)))


class _Book:
    """Styles, then sheets, as they come by."""

    def __init__(self, facts: Facts, limits: ReadLimits) -> None:
        self._facts, self._limits = facts, limits
        self._hidden_tables: set[str] = set()
        self._strong: set[str] = set()
        self._sheet: Sheet | None = None
        self._finished: list[Sheet] = []
        self._rows = 0
        self._nested = 0
        self._carried = Merges()
        self.seen = False

    def take(self, event: str, element: Any) -> None:
        """One step of the walk."""
        tag = element.tag
        if tag == TABLE + "table":
            self._table(event, element)
        elif tag == OFFICE + "spreadsheet":
            self.seen = True
        elif event == "end" and tag == OFFICE + "automatic-styles":
            self._learn(element)
        elif event == "end" and self._sheet is not None and self._nested == 1:
            if tag == TABLE + "table-row":
                self._row(element)
                element.clear()
                while element.getprevious() is not None:
                    del element.getparent()[0]
            elif tag == TABLE + "table-column" and element.get(TABLE + "visibility") == "collapse":
                times = _times(element, "number-columns-repeated")
                self._facts.flag("hidden-columns", times if times < COLUMNS // 2 else 0)

    def drain(self) -> Iterator[Part]:
        """Parts that are complete."""
        finished, self._finished = self._finished, []
        for sheet in finished:
            yield from sheet.finish()
        if self._sheet is not None:
            yield from self._sheet.drain()

    def _table(self, event: str, element: Any) -> None:
        """A sheet begins or ends; a table inside a cell is no sheet."""
        self._nested += 1 if event == "start" else -1
        if event == "start" and self._nested == 1:
            hidden = element.get(TABLE + "style-name") in self._hidden_tables
            self._facts.flag("hidden-sheets", int(hidden))
            name = element.get(TABLE + "name") or ""
            self._sheet = Sheet(self._facts, self._limits, name, hidden=hidden)
            self._rows, self._carried = 0, Merges()
        elif event == "end" and self._nested == 0 and self._sheet is not None:
            self._finished.append(self._sheet)
            self._sheet = None
            element.clear()

    def _learn(self, styles: Any) -> None:
        for style in styles.iter(STYLE + "style"):
            name = style.get(STYLE + "name") or ""
            for properties in style:
                if properties.get(TABLE + "display") == "false":
                    self._hidden_tables.add(name)
                if properties.get(FO + "font-weight") in ("bold", "600", "700", "800", "900"):
                    self._strong.add(name)

    def _row(self, element: Any) -> None:
        assert self._sheet is not None
        first, times = self._rows + 1, _times(element, "number-rows-repeated")
        self._rows = min(self._rows + times, ROWS)
        if first > ROWS:
            return
        cells = self._cells(first, element)
        hidden = element.get(TABLE + "visibility") in ("collapse", "filter")
        if not cells:
            return
        copies = min(times, _COPIES, ROWS - first + 1)
        self._facts.flag("repeated-rows", times - copies)
        self._facts.flag("hidden-rows", copies if hidden else 0)
        for number in range(first, first + copies):
            self._sheet.row(number, self._carried.fill(number, cells), hidden=hidden)

    def _cells(self, number: int, row: Any) -> list[Cell]:
        cells: list[Cell] = []
        names = row.getparent().tag == TABLE + "table-header-rows"
        column = 1
        for element in row:
            if element.tag not in _CELLS:
                continue
            times = _times(element, "number-columns-repeated")
            text = self._text(element) if element.tag == _CELLS[0] else ""
            if text and column <= COLUMNS:
                strong = names or element.get(TABLE + "style-name") in self._strong
                span = min(_times(element, "number-columns-spanned"), COLUMNS)
                cell = Cell(column, text, strong, span)
                cells.extend(cell._replace(column=at) for at in range(column, column + min(times, _COPIES)))
                rows = _times(element, "number-rows-spanned")
                if rows > 1:
                    self._carried.begin(number + rows - 1, cell)
            column += times
            if column > COLUMNS:
                break
        return cells

    def _text(self, cell: Any) -> str:
        pieces: list[str] = []
        comments: list[str] = []
        for child in cell:
            if child.tag == OFFICE + "annotation":
                comments.append(_comment(child))
            elif child.tag not in _UNREAD:
                pieces.append(_said(child))
        text = " ".join(pieces).strip() or _value(cell)
        if not text and cell.get(TABLE + "formula"):
            self._facts.flag("formulas-without-value")
        self._facts.flag("comments", len(comments))
        return " ".join(filter(None, [text, *comments]))


def _said(element: Any) -> str:
    """The visible text of one paragraph."""
    if element.tag in _UNREAD:
        return element.tail or ""
    pieces = [element.text or ""]
    for child in element.iterdescendants():
        if child.tag == TEXT + "s" or child.tag in (TEXT + "tab", TEXT + "line-break", TEXT + "p"):
            pieces.append(" ")
        pieces.extend((child.text or "", child.tail or ""))
    return "".join(pieces)


def _comment(annotation: Any) -> str:
    author = " ".join((annotation.findtext(_DC + "creator") or "").split())
    text = " ".join(" ".join("".join(p.itertext()) for p in annotation.iter(TEXT + "p")).split())
    whose = f"commentaire de {author}" if author else "commentaire"
    return f"({whose} : {text})" if text else ""


def _value(cell: Any) -> str:
    """What a cell without a text of its own holds."""
    kind = cell.get(OFFICE + "value-type") or ""
    if kind == "date":
        day = cell.get(OFFICE + "date-value") or ""
        number = parsed_date(day)
        return day if number is None else shown(number, "dd/mm/yyyy hh:mm" if "T" in day else "dd/mm/yyyy")
    if kind == "boolean":
        return "VRAI" if cell.get(OFFICE + "boolean-value") == "true" else "FAUX"
    if kind in ("float", "percentage", "currency"):
        with suppress(ValueError, OverflowError):
            number = float(cell.get(OFFICE + "value") or "")
            currency = " €" if cell.get(OFFICE + "currency") == "EUR" else ""
            code = {"percentage": "0.##%", "currency": f"#,##0.00{currency}"}.get(kind, "")
            return shown(number, code) if code else plain(number)
    return cell.get(OFFICE + "string-value") or ""


def _times(element: Any, name: str) -> int:
    stated = element.get(TABLE + name) or "1"
    return max(int(stated), 1) if stated.isdecimal() and len(stated) < 9 else 1
