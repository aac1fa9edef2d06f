"""ODT by lxml on a checked archive: one pass over content.xml, then headers and footers of styles.xml.

Kept: headings, lists, tables (cell spans repeated), notes, text frames. Left out: tracked deletions,
annotations, hidden text (counted), scripts, objects.
"""

import re
from collections.abc import Iterator
from typing import Any

from demeure.workshop.errors import DocumentCorrupt
from demeure.workshop.guard import Archive, parse, walk
from demeure.workshop.odf import (
    DRAW,
    FO,
    OFFICE,
    SMALL_PART,
    STYLE,
    TABLE,
    TEXT,
    has_macros,
    refuse_encrypted,
    title,
)  # fmt: skip
from demeure.workshop.outline import Outline
from demeure.workshop.parts import MARGINS, Facts, Part, ReadLimits

_SKIPPED = frozenset(
    (TEXT + "tracked-changes", OFFICE + "annotation", OFFICE + "annotation-end", OFFICE + "forms",
     TEXT + "hidden-text", TEXT + "note-citation", TEXT + "sequence-decls", DRAW + "object", DRAW + "image",
     OFFICE + "scripts", OFFICE + "event-listeners", TEXT + "ruby-text")
)  # fmt: skip
_BLOCKS = frozenset((TEXT + "p", TEXT + "h", TEXT + "list", TABLE + "table"))
_SPACE = re.compile(r"[ \t\n\r]+")
_TINY_POINTS = 4.0
_REPEATED = 64


def read(data: bytearray, _name: str, limits: ReadLimits, facts: Facts) -> Iterator[Part]:
    """Yields parts with heading places; headers and footers come last."""
    archive = Archive(data)
    refuse_encrypted(archive)
    styles = Styles()
    margins = parse(archive.read("styles.xml", SMALL_PART), "styles.xml") if "styles.xml" in archive.names else None
    if margins is not None:
        styles.learn(margins)
    outline = Outline(facts, limits)
    body = Body(outline, styles, facts)
    for _ in _content(archive, styles, body):
        yield from outline.drain()
    yield from outline.finish()
    if margins is not None:
        yield from _margins(margins, styles, facts, limits)
    facts.title = title(archive, facts) or body.title or outline.first_heading
    facts.flag("macros", int(has_macros(archive)))


class Styles:
    """Automatic and named styles: which text they hide, which titles they make."""

    def __init__(self) -> None:
        self._hidden: set[str] = set()
        self._white: set[str] = set()
        self._filled: set[str] = set()
        self._titles: set[str] = {"Title", "Titre"}

    def learn(self, root: Any) -> None:
        for style in root.iter(STYLE + "style"):
            name = style.get(STYLE + "name") or ""
            if style.get(STYLE + "parent-style-name") in self._titles:
                self._titles.add(name)
            if any(_filled(properties) for properties in style):
                self._filled.add(name)
            properties = style.find(STYLE + "text-properties")
            if properties is None:
                continue
            if _unseen(properties):
                self._hidden.add(name)
            if (properties.get(FO + "color") or "").lower() == "#ffffff":
                self._white.add(name)

    def hides(self, element: Any) -> bool:
        """Hidden, tiny, or white with nothing behind it."""
        name = element.get(TEXT + "style-name")
        return name in self._hidden or (name in self._white and not self._something_behind(element))

    def _something_behind(self, element: Any) -> bool:
        while element is not None:
            names = (element.get(TEXT + "style-name"), element.get(TABLE + "style-name"))
            if element.tag == DRAW + "text-box" or not self._filled.isdisjoint(names):
                return True
            element = element.getparent()
        return False

    def is_title(self, element: Any) -> bool:
        return element.get(TEXT + "style-name") in self._titles


class Body:
    """Blocks of office:text, in order, into an outline. Iterative: nesting is the file's choice."""

    def __init__(self, outline: Outline, styles: Styles, facts: Facts) -> None:
        self._outline, self._styles, self._facts = outline, styles, facts
        self.title = ""

    def block(self, element: Any, mark: str = "") -> None:
        """A heading, a paragraph, a list, a table, or anything that holds them."""
        stack: list[tuple[Any, str]] = [(element, mark)]
        while stack:
            block, mark = stack.pop()
            if not isinstance(block.tag, str) or block.tag in _SKIPPED:
                self._facts.flag("tracked-deletions", _deletions(block))
            elif block.tag in (TEXT + "p", TEXT + "h"):
                self._paragraph(block, mark)
            elif block.tag == TABLE + "table":
                self._table(block)
            elif block.tag == TEXT + "list":
                stack.extend((child, "• ") for child in reversed(block))
            else:
                stack.extend((child, mark if at == 0 else "") for at, child in reversed(list(enumerate(block))))

    def _paragraph(self, element: Any, mark: str) -> None:
        frames: list[Any] = []
        notes: list[str] = []
        text = self._text(element, frames, notes)
        level = element.get(TEXT + "outline-level") or ""
        if element.tag == TEXT + "h":
            self._outline.heading(min(int(level), 9) if level.isdecimal() and len(level) < 3 else 1, text)
        elif self._styles.is_title(element) and text.strip():
            self._outline.heading(0, text)
            self.title = self.title or " ".join(text.split())
        elif text.strip():
            self._outline.line(mark + text)
        for note in notes:
            self._outline.line(note)
        for frame in frames:
            for child in frame:
                self.block(child)

    def _text(self, paragraph: Any, frames: list[Any], notes: list[str]) -> str:
        if self._styles.hides(paragraph):
            self._hide(paragraph)
            return ""
        pieces: list[str] = [_SPACE.sub(" ", paragraph.text or "")]
        stack: list[Any] = list(reversed(paragraph))
        tails: dict[Any, str] = {}
        while stack:
            element = stack.pop()
            if element in tails:
                pieces.append(tails.pop(element))
                continue
            inside = self._inline(element, pieces, frames, notes)
            tail = _SPACE.sub(" ", element.tail or "")
            if inside:
                tails[element] = tail
                stack.append(element)
                stack.extend(reversed(element))
            else:
                pieces.append(tail)
        return "".join(pieces)

    def _inline(self, element: Any, pieces: list[str], frames: list[Any], notes: list[str]) -> bool:
        """Says one inline element; True when its children are to be read too."""
        tag = element.tag
        if not isinstance(tag, str) or tag in _SKIPPED:
            return False
        if tag == TEXT + "s":
            count = element.get(TEXT + "c") or "1"
            pieces.append(" " * min(int(count) if count.isdecimal() and len(count) < 4 else 1, 8))
        elif tag == TEXT + "tab":
            pieces.append(" ")
        elif tag == TEXT + "line-break":
            pieces.append("\n")
        elif tag == TEXT + "note":
            self._note(element, pieces, notes)
        elif tag == DRAW + "text-box":
            frames.append(element)
        elif self._styles.hides(element):
            self._hide(element)
        else:
            pieces.append(_SPACE.sub(" ", element.text or ""))
            return True
        return False

    def _note(self, element: Any, pieces: list[str], notes: list[str]) -> None:
        citation = element.findtext(TEXT + "note-citation") or str(len(notes) + 1)
        body = element.find(TEXT + "note-body")
        text = "" if body is None else " ".join("".join(body.itertext()).split())
        pieces.append(f" ({citation})")
        notes.append(f"Note {citation} : {text}")

    def _hide(self, element: Any) -> None:
        self._facts.flag("hidden-text", len("".join(element.itertext()).strip()))

    def _table(self, table: Any) -> None:
        rows: list[list[str]] = []
        header: bool | None = None
        for row in _rows(table):
            if not rows and row.getparent().tag == TABLE + "table-header-rows":
                header = True
            cells = self._cells(row)
            if any(cells):
                rows.append(cells)
        self._outline.table(rows, header)

    def _cells(self, row: Any) -> list[str]:
        cells: list[str] = []
        for cell in row:
            if cell.tag not in (TABLE + "table-cell", TABLE + "covered-table-cell"):
                continue
            notes: list[str] = []
            frames: list[Any] = []
            blocks = [b for b in cell.iter(TEXT + "p", TEXT + "h") if not _in_note(b, cell)]
            text = " ".join(t for b in blocks if (t := self._text(b, frames, notes)).strip())
            count = cell.get(TABLE + "number-columns-repeated") or "1"
            times = min(int(count), _REPEATED) if count.isdecimal() and len(count) < 9 else _REPEATED
            cells.extend([" ".join([text, *notes])] * times)
        while cells and not cells[-1]:
            cells.pop()
        return cells


def _content(archive: Archive, styles: Styles, body: Body) -> Iterator[None]:
    """One step a top-level block, then forgotten."""
    if "content.xml" not in archive.names:
        raise DocumentCorrupt(detail="part-missing", part="content.xml")
    path: list[str] = []
    seen = False
    with archive.open("content.xml") as stream:
        for event, element in walk(stream, "content.xml"):
            if event == "start":
                path.append(element.tag)
                seen = seen or element.tag == OFFICE + "text"
                continue
            path.pop()
            if element.tag == OFFICE + "automatic-styles":
                styles.learn(element)
            elif path and path[-1] == OFFICE + "text":
                body.block(element)
                element.clear()
                while element.getprevious() is not None:
                    del element.getparent()[0]
                yield
    if not seen:
        raise DocumentCorrupt(detail="part-missing", part="office:text")


def _margins(root: Any, styles: Styles, facts: Facts, limits: ReadLimits) -> Iterator[Part]:
    """Headers and footers of the page styles, each text once."""
    said: set[str] = set()
    for kind, label in zip(("header", "footer"), MARGINS, strict=True):
        outline = Outline(facts, limits, fixed_path=[label])
        reader = Body(outline, styles, facts)
        for margin in root.iter(STYLE + kind, STYLE + kind + "-first", STYLE + kind + "-left"):
            for paragraph in margin.iter(TEXT + "p", TEXT + "h"):
                text = " ".join("".join(paragraph.itertext()).split())
                if text and text not in said:
                    said.add(text)
                    reader.block(paragraph)
        yield from outline.finish()


def _rows(table: Any) -> Iterator[Any]:
    stack = list(reversed(table))
    while stack:
        child = stack.pop()
        if child.tag == TABLE + "table-row":
            yield child
        elif child.tag in (TABLE + "table-rows", TABLE + "table-header-rows", TABLE + "table-row-group"):
            stack.extend(reversed(child))


def _in_note(element: Any, cell: Any) -> bool:
    parent = element.getparent()
    while parent is not None and parent is not cell:
        if parent.tag in (TEXT + "note-body", OFFICE + "annotation"):
            return True
        parent = parent.getparent()
    return False


def _deletions(element: Any) -> int:
    return len(element.findall(f".//{TEXT}deletion")) if element.tag == TEXT + "tracked-changes" else 0


def _unseen(properties: Any) -> bool:
    if properties.get(TEXT + "display") == "none":
        return True
    size = re.fullmatch(r"([\d.]{1,6})pt", properties.get(FO + "font-size") or "")
    return bool(size and size[1].count(".") <= 1 and size[1] != "." and float(size[1]) < _TINY_POINTS)


def _filled(properties: Any) -> bool:
    return (properties.get(FO + "background-color") or "transparent").lower() not in ("transparent", "#ffffff")
