"""The small markup of the sources, parsed once for every kind of output.

Beside Markdown headings, paragraphs, lists and pipe tables it knows:
``>> `` a block set on the right, ``<< `` a block whose line ends are kept,
``!! `` a framed line (the result of a vote), ``> `` a note, ``===`` a page
break and ``!bars Title | label=12 | …`` a bar chart.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from .typography import french

_PREFIXES = {">> ": "right", "<< ": "lines", "!! ": "box", "> ": "note"}
_ITEM = re.compile(r"(-|\d+\.) (.*)")
_HEADING = re.compile(r"(#{1,4}) (.*)")
_NUMBER = re.compile(r"[-–+]?[\d\s.,]*\d\s?(?:€|%|[a-zA-Z²³/]{1,5})?")
_INLINE = re.compile(r"(\*\*.+?\*\*|\*.+?\*)")


@dataclass
class Block:
    """One block of text; ``kind`` decides which of the other fields count."""

    kind: str
    text: str = ""
    level: int = 0
    label: str = ""
    lines: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    bars: list[tuple[str, float]] = field(default_factory=list)


@dataclass(frozen=True)
class Run:
    """A stretch of text in one weight and slope."""

    text: str
    bold: bool = False
    italic: bool = False


def runs(text: str) -> Iterator[Run]:
    """Split ``**bold**`` and ``*italic*`` from the plain text around them."""
    for part in _INLINE.split(text):
        if part.startswith("**") and len(part) > 4:
            yield Run(part[2:-2], bold=True)
        elif part.startswith("*") and len(part) > 2:
            yield Run(part[1:-1], italic=True)
        elif part:
            yield Run(part)


def is_number(cell: str) -> bool:
    """Say whether a table cell holds a figure and so belongs on the right."""
    return _NUMBER.fullmatch(cell.strip("*")) is not None


def parse(body: str) -> list[Block]:
    """Parse a whole body; typography is applied here, for all outputs alike."""
    blocks: list[Block] = []
    group: list[str] = []
    for raw in [*body.splitlines(), ""]:
        line = raw.rstrip()
        if line:
            group.append(line)
        elif group:
            blocks.extend(_parse_group(group))
            group = []
    return blocks


def _parse_group(group: list[str]) -> Iterator[Block]:
    """Parse lines that stand together, between two empty lines."""
    first = group[0]
    heading = _HEADING.match(first)
    if heading:
        yield Block("heading", french(heading[2]), level=len(heading[1]))
        if group[1:]:
            yield from _parse_group(group[1:])
    elif first.startswith("|"):
        yield Block("table", rows=[_cells(line) for line in group if not line.startswith("|--")])
    elif first == "===":
        yield Block("break")
    elif first.startswith("!bars "):
        yield _bars(first[6:])
    elif _ITEM.match(first):
        yield from _items(group)
    else:
        yield _prefixed(group)


def _prefixed(group: list[str]) -> Block:
    """A right-hand, line-kept, framed or note block; else a plain paragraph."""
    for prefix, kind in _PREFIXES.items():
        if group[0].startswith(prefix):
            lines = [french(line.removeprefix(prefix)) for line in group]
            return Block(kind, " ".join(lines), lines=lines)
    return Block("paragraph", french(" ".join(group)))


def _items(group: list[str]) -> Iterator[Block]:
    """List items; a line that opens no item goes on with the one above."""
    item: Block | None = None
    for line in group:
        match = _ITEM.match(line)
        if match:
            if item:
                yield item
            item = Block("item", french(match[2]), label=match[1])
        elif item:
            item.text += " " + french(line.strip())
    if item:
        yield item


def _cells(line: str) -> list[str]:
    return [french(cell.strip()) for cell in line.strip().strip("|").split("|")]


def _bars(spec: str) -> Block:
    """``Title | label=value | …`` as a chart block."""
    title, *parts = (part.strip() for part in spec.split("|"))
    pairs = [part.rsplit("=", 1) for part in parts]
    return Block("bars", french(title), bars=[(french(name), float(value)) for name, value in pairs])
