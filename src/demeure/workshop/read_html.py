"""HTML by lxml, never rendered: headings, paragraphs, lists and tables; scripts, styles and hidden elements are
left out and counted."""

import re
from collections.abc import Iterator
from typing import Any

from lxml import etree

from demeure.workshop.errors import DocumentCorrupt
from demeure.workshop.outline import Outline
from demeure.workshop.parts import Facts, Part, ReadLimits
from demeure.workshop.read_text import load
from demeure.workshop.sniff import declared_charset

DEPTH = 200
_SILENT = frozenset(
    """script style noscript template svg math head iframe object embed audio video canvas select
    textarea button""".split()  # noqa: SIM905 - a list of words is read more easily so
)
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_BLOCKS = frozenset(
    """p div section article header footer main aside nav ul ol li dl dt dd blockquote pre figure
    figcaption address form fieldset details summary center body html hr title legend td th tr
    caption""".split()  # noqa: SIM905 - a list of words is read more easily so
)
_HIDDEN_STYLE = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*[0-3](?:\.\d+)?\s*(?:pt|px)?\s*(?:;|$)"
    r"|opacity\s*:\s*0(?:\.0+)?\s*(?:;|$)", re.IGNORECASE
)  # fmt: skip
_WHITE_TEXT = re.compile(r"(?<![-\w])color\s*:\s*(?:#fff(?:fff)?\b|white\b)", re.IGNORECASE)
_SPACE = re.compile(r"[ \t\n]+")


def read(data: bytearray, name: str, limits: ReadLimits, facts: Facts) -> Iterator[Part]:
    """Yields parts with heading places."""
    outline = Outline(facts, limits)
    for _ in read_into(data, name, limits, facts, outline):
        yield from outline.drain()
    yield from outline.finish()
    facts.title = facts.title or outline.first_heading


def read_into(data: bytearray, name: str, limits: ReadLimits, facts: Facts, outline: Outline) -> Iterator[None]:
    """Says a page into ``outline``, a step at a time; the caller takes what is ready."""
    text = load(data, name, limits, facts, declared_charset(data))
    parser = etree.HTMLParser(
        encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True, huge_tree=False, recover=True
    )
    try:
        root = etree.fromstring(text.encode(), parser)
    except (etree.XMLSyntaxError, ValueError) as problem:
        raise DocumentCorrupt(detail="xml-damaged") from problem
    if root is None:
        return
    # libxml2 stops at 256 levels and gives what it has: the user must know that the bottom is missing
    facts.flag("too-deep", sum("depth" in problem.message for problem in parser.error_log))
    title = root.find(".//head/title")
    if title is not None:
        facts.title = _SPACE.sub(" ", "".join(title.itertext())).strip()
    walker = _Walker(outline, facts)
    yield from walker.walk(root)
    walker.end()


class _Walker:
    """Iterative walk (a hostile page may nest deeper than Python's stack); yields after each closed block."""

    def __init__(self, outline: Outline, facts: Facts) -> None:
        self._outline, self._facts = outline, facts
        self._held: list[str] = []
        self._lists: list[int] = []

    def walk(self, root: Any) -> Iterator[None]:
        """Visit everything under ``root``."""
        stack: list[tuple[Any, bool]] = [(root, False)]
        depth = 0
        while stack:
            element, leaving = stack.pop()
            if leaving:
                depth -= 1
                self._leave(element)
                yield
                continue
            if not isinstance(element.tag, str):
                self._held.append(element.tail or "")
                continue
            if depth > DEPTH or not self._enter(element):
                self._facts.flag("too-deep", int(depth > DEPTH))
                self._held.append(element.tail or "")
                continue
            depth += 1
            stack.append((element, True))
            stack.extend((child, False) for child in reversed(element))

    def end(self) -> None:
        """Whatever text is left."""
        self._say()

    def _enter(self, element: Any) -> bool:
        """False when nothing below is to be read."""
        if element.tag in _SILENT:
            return False
        if _hidden(element):
            self._facts.flag("hidden-text", len("".join(element.itertext()).strip()))
            return False
        if element.tag == "table" and not element.xpath("boolean(.//table)"):
            self._say()
            header, rows = table_rows(element)
            self._outline.table(rows, header)
            return False
        if element.tag in _HEADINGS or element.tag in _BLOCKS:
            self._say()
            self._open_list(element)
        elif element.tag == "br":
            self._held.append("\r")
        self._held.append(element.text or "")
        return True

    def _open_list(self, element: Any) -> None:
        if element.tag in ("ul", "ol"):
            self._lists.append(1 if element.tag == "ol" else 0)
        elif element.tag == "li":
            number = self._lists[-1] if self._lists else 0
            self._held.append(f"{number}. " if number else "• ")
            if number:
                self._lists[-1] += 1

    def _leave(self, element: Any) -> None:
        level = _HEADINGS.get(element.tag)
        if level is not None:
            self._outline.heading(level, self._take())
        elif element.tag in _BLOCKS:
            self._say()
            if element.tag in ("ul", "ol") and self._lists:
                self._lists.pop()
        self._held.append(element.tail or "")

    def _take(self) -> str:
        text = _SPACE.sub(" ", "".join(self._held)).replace("\r", "\n").strip(" \n")
        self._held.clear()
        return text

    def _say(self) -> None:
        text = self._take()
        if text and text != "•":
            self._outline.line(text)


def table_rows(table: Any) -> tuple[bool | None, list[list[str]]]:
    """(first row is a header or None when unsure, rows of cell texts)."""
    rows: list[list[str]] = []
    header: bool | None = None
    for row in table.iter("tr"):
        cells = [cell for cell in row if cell.tag in ("td", "th")]
        if not rows and cells and all(cell.tag == "th" for cell in cells):
            header = True
        rows.append([_SPACE.sub(" ", _visible(cell)).strip() for cell in cells])
    return header, rows


def _visible(cell: Any) -> str:
    pieces = [cell.text or ""]
    unseen: set[Any] = set()
    for element in cell.iterdescendants():
        below = element.getparent() in unseen
        if below or not isinstance(element.tag, str) or element.tag in _SILENT or _hidden(element):
            unseen.add(element)
        else:
            pieces.append((" " if element.tag in _BLOCKS or element.tag == "br" else "") + (element.text or ""))
        if not below:
            pieces.append(element.tail or "")
    return "".join(pieces)


def _hidden(element: Any) -> bool:
    if element.get("hidden") is not None:
        return True
    style = element.get("style")
    if not style:
        return False
    if _HIDDEN_STYLE.search(style):
        return True
    return bool(_WHITE_TEXT.search(style)) and "background" not in style
