"""Rows of a sheet, in order, become parts: tables found there, their header repeated, each row a sentence. Pure.

Blocks of rows parted by empty rows, and blocks of columns parted by empty columns, may be tables of their own. A
row is never parted from its number: places name rows as the spreadsheet does.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from demeure.workshop.cleaning import clean, one_line
from demeure.workshop.errors import DocumentTooLarge
from demeure.workshop.outline import batches
from demeure.workshop.parts import PART_CHARACTERS, TITLE_CHARACTERS, Facts, Part, ReadLimits

ROWS, COLUMNS = 1_048_576, 16_384
"""The largest sheet of every office suite."""

_WINDOW = 300
_PART_TARGET, _PART_ROWS = 8_000, 500
_HEADER_CELL, _TITLE = 80, 120
_SPREAD = 12
_OVER = 4
"""Rows that may stand over the names of columns."""
_ACTIVE = 1_000
_NUMBER = re.compile(r"[-+(]?[\d\s.,\u00a0\u202f]*\d[\d\s.,\u00a0\u202f]*\)?\s*(?:€|\$|£|%|h|m²|kg|km)?")
_DATE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}.*|\d{1,2}[:h]\d{2}.*")


class Cell(NamedTuple):
    """``column``: from 1. ``strong``: bold; ``span``: columns it covers."""

    column: int
    text: str
    strong: bool = False
    span: int = 1

    @property
    def figure(self) -> bool:
        """A number or a date, but not a year, which may name a column."""
        return bool(_NUMBER.fullmatch(self.text) or _DATE.fullmatch(self.text)) and not self.year

    @property
    def year(self) -> bool:
        return len(self.text) == 4 and self.text.isdigit() and self.text[:2] in ("19", "20")


class Row(NamedTuple):
    """A row with at least one cell that says something, cells in the order of columns."""

    number: int
    cells: list[Cell]
    hidden: bool = False


class Merges:
    """Cells merged downwards: each row below repeats the value that a reader sees beside it."""

    def __init__(self) -> None:
        self._active: list[tuple[int, Cell]] = []

    def begin(self, last: int, cell: Cell) -> None:
        """``cell`` stands for every row down to ``last``."""
        if len(self._active) < _ACTIVE and cell.text:
            self._active.append((last, cell))

    def fill(self, number: int, cells: list[Cell]) -> list[Cell]:
        """The cells of a row, with the merged values that reach it."""
        if not self._active:
            return cells
        self._active = [(last, cell) for last, cell in self._active if last >= number]
        if not cells:
            return cells
        there = {cell.column for cell in cells}
        more = [cell for _, cell in self._active if cell.column not in there]
        return sorted(cells + more) if more else cells


@dataclass
class _Table:
    """Columns ``first`` to ``last``; ``names``: of the columns, empty when nothing names them; ``above``: rows of
    the header."""

    first: int
    last: int
    names: list[str] = field(default_factory=list)
    above: int = 0

    def cells(self, row: Row) -> list[Cell]:
        return [cell for cell in row.cells if self.first <= cell.column <= self.last]

    def texts(self, row: Row) -> list[str]:
        """One text a column; a merged cell speaks for all its columns when they are few."""
        texts = [""] * (self.last - self.first + 1)
        for cell in self.cells(row):
            at = cell.column - self.first
            for column in range(at, min(at + min(cell.span, _SPREAD), len(texts))):
                texts[column] = texts[column] or cell.text
        return texts


class Sheet:
    """Takes rows in ascending order, gives parts. ``name``: empty for a file that is one sheet (CSV)."""

    def __init__(self, facts: Facts, limits: ReadLimits, name: str = "", *, hidden: bool = False) -> None:
        self._facts, self._limits, self._hidden = facts, limits, hidden
        self._name = self._clean(name)[:TITLE_CHARACTERS]
        self._rows: list[Row] = []
        self._fresh = True
        self._titles: list[str] = []
        self._section = ""
        self._tables: list[_Table] = []
        self._lines: list[tuple[int, str]] = []
        self._held = 0
        self._state: tuple[_Table, tuple[str, ...], bool] | None = None
        self._ready: list[Part] = []
        self._characters = 0

    def row(self, number: int, cells: Sequence[Cell], *, hidden: bool = False) -> None:
        """One row; empty ones need not be told."""
        kept = [cell._replace(text=text) for cell in cells if (text := self._clean(cell.text))]
        if not kept:
            return
        if self._rows and number > self._rows[-1].number + 1:
            self._close_block()
        self._rows.append(Row(number, kept, hidden))
        if len(self._rows) >= _WINDOW:
            self._speak(more=True)

    def drain(self) -> Iterator[Part]:
        """Parts that are complete."""
        ready, self._ready = self._ready, []
        yield from ready

    def finish(self) -> Iterator[Part]:
        """Everything left."""
        self._close_block()
        self._flush()
        yield from self.drain()

    def _clean(self, text: str) -> str:
        return one_line(clean(text, self._facts.flag))

    def _close_block(self) -> None:
        self._speak(more=False)
        self._fresh = True

    def _speak(self, *, more: bool) -> None:
        """The rows held, under the tables of their block, which its first rows decide."""
        rows, self._rows = self._rows, []
        if not rows:
            return
        if self._fresh:
            rows = self._begin(rows)
            self._fresh = not more
        for table in self._tables:
            self._rows_of(table, rows)

    def _begin(self, rows: list[Row]) -> list[Row]:
        """Titles above the block are said and remembered; tables are found. Returns the rows that are left."""
        at = 0
        while at < len(rows) and len(rows[at].cells) == 1:
            at += 1
        body = rows[at:]
        if at:
            self._section = ""
            self._titles = [row.cells[0].text for row in rows[:at] if len(row.cells[0].text) <= _TITLE][-2:]
        if not body:  # a title or a remark on its own: its last words stand above the table that follows
            first, last = _extent(rows)
            self._tables = [_Table(first, last)]
            return rows
        previous, self._tables = self._tables, _tables(body)
        self._section = "" if any(table.names for table in self._tables) else self._section
        self._inherit(previous)
        if at:
            above = _Table(*_extent(rows[:at]))
            self._say(above, [(row.number, row.cells[0].text, row.hidden) for row in rows[:at]])
        return body

    def _inherit(self, previous: list[_Table]) -> None:
        """A block without a header of its own goes on under the header of the block above, if it fits there."""
        for table in self._tables:
            if table.names:
                continue
            for above in previous:
                if above.names and above.first <= table.first and table.last <= above.last:
                    table.first, table.last, table.names = above.first, above.last, above.names
                    break

    def _rows_of(self, table: _Table, rows: Sequence[Row]) -> None:
        said: list[tuple[int, str, bool]] = []
        for row in rows:
            cells = table.cells(row)
            if not cells:
                continue
            if table.above:
                table.above -= 1
                said.append((row.number, " | ".join(text for text in table.texts(row) if text), row.hidden))
            elif _is_section(table, cells):
                self._say(table, said)
                said = []
                self._section = "" if len(self._tables) > 1 else cells[0].text[:_TITLE]
                self._say(table, [(row.number, cells[0].text, row.hidden)])
            else:
                said.append((row.number, sentence(table.texts(row), table.names), row.hidden))
        self._say(table, said)

    def _say(self, table: _Table, lines: list[tuple[int, str, bool]]) -> None:
        headings = tuple(text for text in (self._name, *self._titles, self._section) if text)
        for number, text, hidden in lines:
            state = (table, headings, hidden or self._hidden)
            if self._state is not None and (self._state[0] is not table or self._state[1:] != state[1:]):
                self._flush()
            self._state = state
            for piece in batches([text], PART_CHARACTERS):
                if self._held + len(piece) > _PART_TARGET or len(self._lines) >= _PART_ROWS:
                    self._flush()
                    self._state = state
                self._lines.append((number, piece))
                self._held += len(piece) + 1

    def _flush(self) -> None:
        lines, state = self._lines, self._state
        self._lines, self._held, self._state = [], 0, None
        if not lines or state is None:
            return
        table, headings, hidden = state
        text = "\n".join(line for _, line in lines)
        self._characters += len(text)
        if self._characters > self._limits.characters:
            raise DocumentTooLarge(found=self._characters, limit=self._limits.characters, unit="characters")
        place: dict[str, object] = {"kind": "cells"}
        if self._name:
            place["sheet"] = self._name
        place["range"] = cell_range(table.first, lines[0][0], table.last, lines[-1][0])
        if hidden:
            place["hidden"] = True
        header = " | ".join(name for name in table.names if name)[: 10 * TITLE_CHARACTERS]
        rows = tuple(number for number, _ in lines)
        self._ready.append(Part(place, text, "table", header, headings, rows=rows))


def sentence(texts: Sequence[str], names: Sequence[str]) -> str:
    """« Bancs — Quantité : 118 ; État : bon »; a first cell that is a figure says its own column's name."""
    if not names:
        filled = [text for text in texts if text]
        return " : ".join(filled) if len(filled) == 2 and len(texts) == 2 else " | ".join(filled)
    named = [
        f"{name} : {text}" if name and name != text else text
        for name, text in zip(names, texts, strict=True)
        if text
    ]
    lead = texts[0]
    if not lead or Cell(1, lead).figure or Cell(1, lead).year:
        return " ; ".join(named)
    return f"{lead} — {' ; '.join(named[1:])}" if len(named) > 1 else lead


def column_name(column: int) -> str:
    """1 → A, 27 → AA."""
    letters = ""
    while column > 0:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def cell_range(first: int, top: int, last: int, bottom: int) -> str:
    """« A12:F12 », or « B4 » for one cell."""
    start, end = f"{column_name(first)}{top}", f"{column_name(last)}{bottom}"
    return start if start == end else f"{start}:{end}"


def _is_section(table: _Table, cells: Sequence[Cell]) -> bool:
    """One cell alone, bold or as wide as most of the table: what follows is about it."""
    if len(cells) != 1 or cells[0].figure or table.last == table.first:
        return False
    return cells[0].strong or 2 * cells[0].span > table.last - table.first + 1


def _extent(rows: Sequence[Row]) -> tuple[int, int]:
    columns = [cell.column for row in rows for cell in row.cells]
    return min(columns), max(columns)


def _tables(rows: Sequence[Row]) -> list[_Table]:
    """Groups of columns parted by an empty one, when each has two columns and a header; else all as one."""
    used: set[int] = set()
    for row in rows:
        for cell in row.cells:
            used.update(range(cell.column, cell.column + min(cell.span, _SPREAD)))
    columns = sorted(used)
    starts = [0] + [at for at in range(1, len(columns)) if columns[at] > columns[at - 1] + 1]
    bounds = [(columns[a], columns[b - 1]) for a, b in zip(starts, [*starts[1:], len(columns)], strict=True)]
    if 1 < len(bounds) <= _SPREAD:
        tables = [_headed(_Table(*bound), rows) for bound in bounds]
        if all(table.names and table.last > table.first for table in tables):
            return tables
    return [_headed(_Table(columns[0], columns[-1]), rows)]


def _headed(table: _Table, rows: Sequence[Row]) -> _Table:
    """The table with the names of its columns, when its first row, or its first two, give them; rows half empty may
    stand above (a title with its date)."""
    mine = [row for row in rows[:_WINDOW] if table.cells(row)]
    width = table.last - table.first + 1
    over = 0
    while over < min(_OVER, len(mine) - 2) and 2 * len(table.cells(mine[over])) <= width:
        over += 1
    over = next((at for at in range(over + 1) if _names_columns(table, mine[at:])), -1)
    if over < 0:
        return table
    mine = mine[over:]
    table.names, table.above = table.texts(mine[0]), over + 1
    spans = any(1 < cell.span <= table.last - table.first for cell in table.cells(mine[0]))
    if spans and len(mine) > 2 and _names_columns(table, mine[1:]):
        below = table.texts(mine[1])
        table.names = [" ".join(dict.fromkeys(filter(None, pair))) for pair in zip(table.names, below, strict=True)]
        table.above += 1
    return table


def _names_columns(table: _Table, rows: Sequence[Row]) -> bool:
    """The first of ``rows`` looks like names: short, two at least, nearly all filled, no figure; and what follows
    looks otherwise."""
    if len(rows) < 2:
        return False
    first, following = table.cells(rows[0]), [table.cells(row) for row in rows[1:]]
    if len(first) < 2 or any(len(cell.text) > _HEADER_CELL for cell in first):
        return False
    strong = all(cell.strong for cell in first) and not all(c.strong for c in following[0])
    if strong:
        return True
    filled = sum(bool(text) for text in table.texts(rows[0])[1:])
    if any(cell.figure for cell in first) or filled < table.last - table.first:
        return False
    if any(cell.figure for cells in following[:20] for cell in cells):
        return True
    return table.last - table.first >= 2
