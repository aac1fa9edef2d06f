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
    r"|opacity\s*:\s*0(?:\.0+)?\s*(?:;|$)|(?:left|top|right|text-indent)\s*:\s*-\s*\d{3,}|(?<![-\w])color\s*:\s*"
    r"transparent|clip(?:-path)?\s*:\s*(?:rect\(\s*0|inset\(\s*(?:50|100)%)|transform\s*:\s*scale\(\s*0\s*\)",
    re.IGNORECASE,
)  # fmt: skip
_WHITE_TEXT = re.compile(r"(?<![-\w])color\s*:\s*(?:#fff(?:fff)?\b|white\b)", re.IGNORECASE)
_RULE = re.compile(r"([^{}]{1,500})\{([^{}]{0,2000})\}")
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_SELECTOR = re.compile(r"([a-z][a-z0-9]*)?(?:([.#])([\w-]+))?", re.IGNORECASE)
_STYLES, _RULES = 1 << 18, 4_000
"""Of style sheets inside the page: characters and rules looked at."""

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
    walker = _Walker(outline, facts, hiding(root))
    yield from walker.walk(root)
    walker.end()


class _Walker:
    """Iterative walk (a hostile page may nest deeper than Python's stack); yields after each closed block."""

    def __init__(self, outline: Outline, facts: Facts, unseen: "Hiding") -> None:
        self._outline, self._facts, self._unseen = outline, facts, unseen
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
        if _hidden(element, self._unseen):
            self._facts.flag("hidden-text", len("".join(element.itertext()).strip()))
            return False
        if element.tag == "table" and not element.xpath("boolean(.//table)"):
            self._say()
            header, rows = table_rows(element, self._unseen)
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


Hiding = frozenset[tuple[str, str, str]]
"""(element or nothing, « . » or « # » or nothing, name) of what the page's own style sheets hide."""


def hiding(root: Any) -> Hiding:
    """What is hidden by a class, an identifier or an element's name, outside any condition (@media…)."""
    found: set[tuple[str, str, str]] = set()
    text = _COMMENT.sub(" ", " ".join(style.text or "" for style in root.iter("style"))[:_STYLES])
    for at, rule in enumerate(_RULE.finditer(_without_conditions(text))):
        if at >= _RULES:
            break
        white = _WHITE_TEXT.search(rule[2]) and "background" not in rule[2]
        if not white and not _HIDDEN_STYLE.search(rule[2]):
            continue
        for selector in rule[1].split(","):
            if (one := _SELECTOR.fullmatch(selector.strip())) and one[0]:
                found.add(((one[1] or "").lower(), one[2] or "", one[3] or ""))
    return frozenset(found)


def _without_conditions(text: str) -> str:
    """The style sheet without its blocks of rules (@media print { … }): they hold only sometimes."""
    kept, at = [], 0
    while (start := text.find("@", at)) >= 0:
        kept.append(text[at:start])
        brace, end = text.find("{", start), text.find(";", start)
        if brace < 0 or 0 <= end < brace:
            at = end + 1 if end >= 0 else len(text)
            continue
        depth, at = 1, brace + 1
        while depth and at < len(text):
            depth += {"{": 1, "}": -1}.get(text[at], 0)
            at += 1
    kept.append(text[at:])
    return "".join(kept)


def table_rows(table: Any, unseen: Hiding = frozenset()) -> tuple[bool | None, list[list[str]]]:
    """(first row is a header or None when unsure, rows of cell texts)."""
    rows: list[list[str]] = []
    header: bool | None = None
    for row in table.iter("tr"):
        cells = [cell for cell in row if cell.tag in ("td", "th")]
        if not rows and cells and all(cell.tag == "th" for cell in cells):
            header = True
        rows.append([_SPACE.sub(" ", _visible(cell, unseen)).strip() for cell in cells])
    return header, rows


def _visible(cell: Any, hidden: Hiding) -> str:
    pieces = [cell.text or ""]
    unseen: set[Any] = set()
    for element in cell.iterdescendants():
        below = element.getparent() in unseen
        if below or not isinstance(element.tag, str) or element.tag in _SILENT or _hidden(element, hidden):
            unseen.add(element)
        else:
            pieces.append((" " if element.tag in _BLOCKS or element.tag == "br" else "") + (element.text or ""))
        if not below:
            pieces.append(element.tail or "")
    return "".join(pieces)


def _hidden(element: Any, unseen: Hiding) -> bool:
    if element.get("hidden") is not None or (unseen and _by_rule(element, unseen)):
        return True
    if element.tag == "font" and (element.get("color") or "").lower() in ("white", "#fff", "#ffffff"):
        return True
    style = element.get("style")
    if not style:
        return False
    if _HIDDEN_STYLE.search(style):
        return True
    return bool(_WHITE_TEXT.search(style)) and "background" not in style


def _by_rule(element: Any, unseen: Hiding) -> bool:
    names = [("", ""), *((".", name) for name in (element.get("class") or "").split()[:50])]
    names.append(("#", element.get("id") or "-"))
    return any((tag, *name) in unseen for name in names for tag in ("", element.tag))
