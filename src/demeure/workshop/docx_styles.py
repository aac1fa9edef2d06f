"""What the styles and numbering parts of a DOCX say: heading levels, hidden text, list labels."""

import re
from dataclasses import dataclass
from typing import Any

_HEADING = re.compile(r"(?:heading|titre|[üu]berschrift|kop|t[ií]tulo|titolo)\s*([1-9])$", re.IGNORECASE)
_TITLE = re.compile(r"(?:title|titre|titre principal)$", re.IGNORECASE)
_DEPTH = 12
_FILL = re.compile(r"^(?:auto|ffffff|none|)$", re.IGNORECASE)


def local(element: Any) -> str:
    """Tag without its namespace (transitional and strict files differ only there); empty for comments."""
    tag = element.tag
    return tag[tag.rfind("}") + 1 :] if isinstance(tag, str) else ""


def value(element: Any) -> str:
    """The ``w:val`` of an element, whatever the namespace."""
    return next((text for key, text in element.attrib.items() if key.rpartition("}")[2] == "val"), "")


def child(element: Any, name: str) -> Any:
    """First child of that local name, or None."""
    return None if element is None else next((found for found in element if local(found) == name), None)


@dataclass(frozen=True)
class Style:
    """``level``: 0 for the title, 1-9 for headings, None for body text; ``numbering``: (list id, level) or None."""

    level: int | None = None
    numbering: tuple[str, int] | None = None
    hidden: bool = False


class Styles:
    """Styles by id, what they inherit included."""

    def __init__(self, root: Any) -> None:
        self._elements = (
            {_attribute(e, "styleId"): e for e in root if local(e) == "style"} if root is not None else {}
        )
        self._known: dict[str, Style] = {}

    def of(self, properties: Any) -> Style:
        """What a paragraph is, from its own properties then its style."""
        mark = child(properties, "pStyle")
        style = self.named(value(mark)) if mark is not None else Style()
        level = _outline_level(properties)
        numbering = _numbering(properties) or style.numbering
        return Style(level if level is not None else style.level, numbering, style.hidden)

    def named(self, identifier: str) -> Style:
        """A style by its id; an unknown id that reads like a heading counts as one."""
        if identifier not in self._known:
            self._known[identifier] = self._resolve(identifier)
        return self._known[identifier]

    def hidden(self, run: Any, small: int) -> bool:
        """A run that cannot be seen: marked hidden, white on nothing, or under ``small`` half-points."""
        properties = child(run, "rPr")
        if properties is None:
            return False
        marks = {local(mark): mark for mark in properties}
        if "vanish" in marks or "webHidden" in marks:
            mark = marks.get("vanish", marks.get("webHidden"))
            return value(mark) not in ("0", "false", "off")
        if "rStyle" in marks and self.named(value(marks["rStyle"])).hidden:
            return True
        size = value(marks["sz"]) if "sz" in marks else ""
        if size.isdecimal() and int(size) < small:
            return True
        return "color" in marks and value(marks["color"]).lower() == "ffffff" and not _shaded(run)

    def _resolve(self, identifier: str) -> Style:
        level: int | None = None
        numbering: tuple[str, int] | None = None
        hidden = False
        current = identifier
        for _ in range(_DEPTH):  # a style may inherit from itself in a hostile file
            element = self._elements.get(current)
            name = value(named) if (named := child(element, "name")) is not None else current
            properties = child(element, "pPr")
            level = level if level is not None else _level(name, current, properties)
            numbering = numbering or _numbering(properties)
            hidden = hidden or child(child(element, "rPr"), "vanish") is not None
            parent = child(element, "basedOn")
            if parent is None:
                break
            current = value(parent)
        return Style(level, numbering, hidden)


class Numbering:
    """Labels of lists: ``3.2. ``, ``b) ``, ``• ``; counters advance as paragraphs are read."""

    def __init__(self, root: Any) -> None:
        elements = list(root) if root is not None else []
        abstract = {_attribute(e, "abstractNumId"): e for e in elements if local(e) == "abstractNum"}
        self._levels: dict[str, dict[int, tuple[str, str, int]]] = {}
        self._shared: dict[str, str] = {}
        self._counters: dict[str, dict[int, int]] = {}
        for number in (e for e in elements if local(e) == "num"):
            reference = child(number, "abstractNumId")
            identifier = value(reference) if reference is not None else ""
            self._shared[_attribute(number, "numId")] = identifier
            if identifier in abstract and identifier not in self._levels:
                self._levels[identifier] = _levels(abstract[identifier])

    def label(self, style: Style) -> str:
        """The label of a paragraph, with a final space, or nothing."""
        if style.numbering is None:
            return ""
        identifier, level = style.numbering
        shared = self._shared.get(identifier, "")
        levels = self._levels.get(shared, {})
        if identifier == "0" or level not in levels:
            return ""
        counters = self._counters.setdefault(shared, {})
        counters[level] = counters.get(level, levels[level][2] - 1) + 1
        for deeper in [depth for depth in counters if depth > level]:
            del counters[deeper]
        kind, pattern, _ = levels[level]
        if kind == "bullet":
            return "• "
        if kind == "none":
            return ""

        def numbered(found: re.Match[str]) -> str:
            depth = int(found[1]) - 1
            other = levels.get(depth, ("decimal", "", 1))
            return _written(counters.get(depth, other[2]), other[0])

        text = re.sub(r"%([1-9])", numbered, pattern)[:40]
        return f"{text} " if text else ""


def _levels(element: Any) -> dict[int, tuple[str, str, int]]:
    found: dict[int, tuple[str, str, int]] = {}
    for level in (e for e in element if local(e) == "lvl"):
        marks = {local(mark): value(mark) for mark in level}
        index, start = _attribute(level, "ilvl"), marks.get("start", "1")
        if index.isdecimal():
            first = int(start[:6]) if start.isdecimal() else 1
            found[int(index[:2])] = (marks.get("numFmt", "decimal"), marks.get("lvlText", ""), first)
    return found


def _written(number: int, kind: str) -> str:
    if kind in ("lowerLetter", "upperLetter"):
        letter = chr(ord("a") + (number - 1) % 26) * min((number - 1) // 26 + 1, 4)
        return letter if kind == "lowerLetter" else letter.upper()
    if kind in ("lowerRoman", "upperRoman") and 0 < number < 4000:
        roman = ""
        for amount, mark in zip(_ROMAN, "m cm d cd c xc l xl x ix v iv i".split(), strict=True):  # noqa: SIM905 - a list of words is read more easily so
            roman += mark * (number // amount)
            number %= amount
        return roman if kind == "lowerRoman" else roman.upper()
    return f"{number:02d}" if kind == "decimalZero" else str(number)


_ROMAN = (1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1)


def _attribute(element: Any, name: str) -> str:
    return next((text for key, text in element.attrib.items() if key.rpartition("}")[2] == name), "")


def _level(name: str, identifier: str, properties: Any) -> int | None:
    for text in (name, identifier):
        if found := _HEADING.match(text.strip()):
            return int(found[1])
        if _TITLE.match(text.strip()):
            return 0
    return _outline_level(properties)


def _outline_level(properties: Any) -> int | None:
    mark = child(properties, "outlineLvl")
    text = value(mark) if mark is not None else ""
    return int(text) + 1 if text in "012345678" and text else None


def _numbering(properties: Any) -> tuple[str, int] | None:
    mark = child(properties, "numPr")
    if mark is None:
        return None
    identifier, level = child(mark, "numId"), child(mark, "ilvl")
    depth = value(level) if level is not None else "0"
    return (value(identifier) if identifier is not None else "", int(depth[:2]) if depth.isdecimal() else 0)


def _shaded(run: Any) -> bool:
    """Something may stand behind the run: shading on it or around it, or the style of a table."""
    element = run
    while element is not None:
        for properties in element:
            if local(properties) not in ("rPr", "pPr", "tcPr", "tblPr", "trPr"):
                continue
            if any(local(mark) == "tblStyle" for mark in properties):
                return True
            fill = child(properties, "shd")
            if fill is not None and not _FILL.match(_attribute(fill, "fill")):
                return True
            if child(properties, "highlight") is not None:
                return True
        if local(element) in ("txbxContent", "drawing", "pict"):
            return True  # a shape may be filled: its colour is not in the text
        element = element.getparent()
    return False
