"""Headings, paragraphs and tables, in reading order, become parts with their heading path. Pure.

A heading without text of its own joins the text below it, so that no passage is a bare title. Tables stand
alone, one row a line, each row readable without the others: « Repas enfant : 3,20 € ».
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from demeure.workshop.cleaning import clean, one_line, tidy
from demeure.workshop.errors import DocumentTooLarge
from demeure.workshop.parts import PART_CHARACTERS, PATH_DEPTH, TITLE_CHARACTERS, Facts, Part, ReadLimits

_NUMBER = re.compile(r"[-+]?[\d\s.,\u00a0\u202f]+\s*(?:€|%|h|m²|kg|km)?")
_HEADER_CELL = 60


class Outline:
    """``fixed_path``: a path that stands for every heading (page headers and footers). ``place``: where everything
    is, when it is not under a heading (a slide, a message); ``above``: what stands over the headings there."""

    def __init__(
        self,
        facts: Facts,
        limits: ReadLimits,
        fixed_path: list[str] | None = None,
        *,
        place: Mapping[str, Any] | None = None,
        above: Sequence[str] = (),
    ) -> None:
        self._facts, self._limits = facts, limits
        self._fixed = fixed_path
        self._place, self._above = place, list(above)
        self._path: list[tuple[int, str]] = []
        self._lines: list[str] = []
        self._body = False
        self._ready: list[Part] = []
        self._pending = 0
        self.characters = 0
        self.first_heading = ""

    def heading(self, level: int, text: str) -> None:
        """A heading of level 1 (0: the document's own title) to 9."""
        text = one_line(self._clean(text))
        if not text:
            return
        if self._body:
            self._flush()
        self.first_heading = self.first_heading or text[:TITLE_CHARACTERS]
        self._path = [(depth, title) for depth, title in self._path if depth < level]
        self._path.append((level, text[:TITLE_CHARACTERS]))
        self._path = self._path[:PATH_DEPTH]
        self._push(text)

    def line(self, text: str) -> None:
        """One paragraph or one list item (it may hold line ends)."""
        text = tidy(self._clean(text))
        if text:
            self._body = True
            self._push(text)

    def table(self, rows: Sequence[Sequence[str]], header: bool | None = None) -> None:
        """A table, row by row; ``header``: the first row names the columns (None: judge by its looks)."""
        cleaned = [[one_line(self._clean(cell)) for cell in row] for row in rows]
        cleaned = [row for row in cleaned if any(row)]
        if max((len(row) for row in cleaned), default=0) < 2:
            for row in cleaned:
                self.line(row[0])
            return
        title = _header(cleaned) if header is None else (cleaned[0] if header else None)
        above: list[str] = []
        if self._body:
            self._flush()
        else:  # bare headings go with the table
            above, self._lines, self._pending = self._lines, [], 0
        names = " | ".join(title) if title else ""
        body = cleaned[1:] if title else cleaned
        lines = above + ([names] if names else []) + [row_sentence(row, title) for row in body]
        self._emit_lines(lines, "table", names)

    def drain(self) -> Iterator[Part]:
        """Parts that are complete."""
        ready, self._ready = self._ready, []
        yield from ready

    def finish(self) -> Iterator[Part]:
        """Everything left."""
        self._flush()
        yield from self.drain()

    def _clean(self, text: str) -> str:
        return clean(text, self._facts.flag)

    def _push(self, text: str) -> None:
        self.characters += len(text)
        self._pending += len(text) + 1
        if self.characters > self._limits.characters:
            raise DocumentTooLarge(found=self.characters, limit=self._limits.characters, unit="characters")
        self._lines.append(text)
        if self._pending > PART_CHARACTERS:
            self._flush()

    def _flush(self) -> None:
        lines, self._lines, self._body, self._pending = self._lines, [], False, 0
        self._emit_lines(lines, "text", "")

    def _emit_lines(self, lines: Iterable[str], kind: str, header: str) -> None:
        path = self._fixed or [title for _, title in self._path]
        place: Mapping[str, Any] = {"kind": "heading", "path": path}
        headings: tuple[str, ...] = ()
        if self._place is not None:
            place, headings = self._place, tuple([*self._above, *path][:PATH_DEPTH])
        for text in batches(lines, PART_CHARACTERS):
            if kind == "table":
                self.characters += len(text)
            self._ready.append(Part(place, text, kind, header[: 10 * TITLE_CHARACTERS], headings))
        if self.characters > self._limits.characters:
            raise DocumentTooLarge(found=self.characters, limit=self._limits.characters, unit="characters")


def batches(lines: Iterable[str], limit: int) -> Iterator[str]:
    """Lines joined by ``\\n`` into texts of at most ``limit`` characters; a longer line is cut."""
    held: list[str] = []
    size = 0
    for line in lines:
        for start in range(0, max(len(line), 1), limit):
            piece = line[start : start + limit]
            if held and size + len(piece) > limit:
                yield "\n".join(held)
                held, size = [], 0
            held.append(piece)
            size += len(piece) + 1
    if held:
        yield "\n".join(held)


def row_sentence(row: Sequence[str], header: Sequence[str] | None) -> str:
    """« Repas enfant : 3,20 € », or « Repas enfant — 2025 : 3,10 € ; 2026 : 3,20 € » with named columns."""
    if header is None and len(row) != 2:
        return " | ".join(row)
    if len(row) <= 2:
        return " : ".join(cell for cell in row if cell)
    assert header is not None
    named = [
        f"{header[at]} : {cell}" if at < len(header) and header[at] else cell
        for at, cell in enumerate(row)
        if at > 0 and cell
    ]
    values = " ; ".join(named)
    return f"{row[0]} — {values}" if row[0] and values else row[0] or values


def _header(rows: Sequence[Sequence[str]]) -> Sequence[str] | None:
    """The first row when it looks like names of columns: short words, all filled but the corner, no number."""
    first = rows[0]
    if len(rows) < 2 or len(first) < 2 or not all(first[1:]):
        return None
    if any(len(cell) > _HEADER_CELL or (cell and _NUMBER.fullmatch(cell) and len(cell) != 4) for cell in first):
        return None  # four digits are a year: a column may be named 2026
    if len(first) == 2 and not any(_NUMBER.fullmatch(row[1]) for row in rows[1:] if len(row) > 1):
        return None  # two columns of words: labels and values, the first row is one of them
    return first
