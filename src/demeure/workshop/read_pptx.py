"""PPTX by lxml on a checked archive: slides in the order in which they are shown, each followed by its notes.

Kept: titles, texts, tables, groups; hidden slides are read and flagged. Left out: what masters
and layouts repeat, slide numbers, charts, pictures, macros (flagged).
"""

from collections.abc import Iterator
from typing import Any

from demeure.workshop import ooxml
from demeure.workshop.cleaning import clean, one_line
from demeure.workshop.docx_styles import child, local
from demeure.workshop.errors import DocumentCorrupt, DocumentTooManyPages
from demeure.workshop.guard import Archive, parse
from demeure.workshop.outline import Outline
from demeure.workshop.parts import TITLE_CHARACTERS, Facts, Part, ReadLimits

_FURNITURE = frozenset(("dt", "ftr", "sldNum", "hdr", "sldImg"))
_TITLES = frozenset(("title", "ctrTitle"))
_DEEPEST = 2_000


def read(data: bytearray, _name: str, limits: ReadLimits, facts: Facts) -> Iterator[Part]:
    """Yields parts with slide places; the notes of a slide follow it."""
    archive = Archive(data)
    main = ooxml.main_part(archive, "ppt/presentation.xml")
    found = ooxml.relations(archive, main, facts)
    shown = [e for e in parse(archive.read(main, ooxml.SMALL_PART), main).iter() if local(e) == "sldId"]
    if len(shown) > limits.pages:
        raise DocumentTooManyPages(found=len(shown), limit=limits.pages)
    facts.pages = len(shown)
    facts.title = ooxml.title(archive, facts)
    for number, entry in enumerate(shown, 1):
        relation = found.get(ooxml.related_id(entry))
        if relation is None or relation.target not in archive.names:
            raise DocumentCorrupt(detail="part-missing", part=f"slide {number}")
        yield from _slide(archive, relation.target, number, limits, facts)
    facts.flag("macros", int(ooxml.has_macros(archive)))


def _slide(archive: Archive, part: str, number: int, limits: ReadLimits, facts: Facts) -> Iterator[Part]:
    root = parse(archive.read(part, ooxml.SMALL_PART), part)
    facts.flag("hidden-slides", int(root.get("show") in ("0", "false")))
    shapes = [shape for shape in _shapes(root) if not _hidden(shape, facts)]
    title = next((text for s in shapes if _role(s) in _TITLES and (text := " ".join(_lines(s)))), "")
    title = one_line(clean(title, facts.flag))[:TITLE_CHARACTERS]
    facts.title = facts.title or title
    place = slide_place(number, title)
    outline = Outline(facts, limits, place=place)
    outline.heading(1, title)
    for shape in shapes:
        if _role(shape) not in _FURNITURE | _TITLES:
            _say(shape, outline)
    yield from outline.finish()
    for entry in ooxml.related(ooxml.relations(archive, part, facts), "notesSlide", archive):
        notes = Outline(facts, limits, place={**place, "part": "notes"}, above=[title] if title else [])
        for shape in _shapes(parse(archive.read(entry, ooxml.SMALL_PART), entry)):
            if _role(shape) not in _FURNITURE | _TITLES:
                _say(shape, notes)
        yield from notes.finish()


def slide_place(number: int, title: str) -> dict[str, object]:
    """Where a slide is, with its title (one clean line) when it has one."""
    return {"kind": "slide", "slide": number, **({"title": title} if title else {})}


def _shapes(root: Any) -> Iterator[Any]:
    """Shapes and frames, those of groups in their place. Iterative: nesting is the file's choice."""
    stack = [tree for tree in root.iter() if local(tree) == "spTree"][:1]
    while stack:
        element = stack.pop()
        kind = local(element)
        if kind in ("sp", "graphicFrame"):
            yield element
        elif kind in ("spTree", "grpSp", "AlternateContent", "Choice"):
            stack.extend(reversed(element))


def _hidden(shape: Any, facts: Facts) -> bool:
    """The shape was made invisible: what only the model would read is left out, and counted."""
    marks = (mark for properties in shape if local(properties).startswith("nv") for mark in properties)
    if not any(mark.get("hidden") in ("1", "true") for mark in marks):
        return False
    facts.flag("hidden-text", sum(len(line) for line in _lines(shape)))
    return True


def _role(shape: Any) -> str:
    """The placeholder that a shape fills, empty for none."""
    for properties in shape:
        if local(properties).startswith("nv"):
            for mark in properties.iter():
                if local(mark) == "ph":
                    return mark.get("type") or "body"
    return ""


def _say(shape: Any, outline: Outline) -> None:
    table = next((e for e in shape.iter() if local(e) == "tbl"), None)
    if table is None:
        for line in _lines(shape):
            outline.line(line)
        return
    rows: list[list[str]] = []
    for row in (e for e in table if local(e) == "tr"):
        above = rows[-1] if rows else []
        cells: list[str] = []
        for cell in (e for e in row if local(e) == "tc"):
            merged = cell.get("vMerge") in ("1", "true") and len(cells) < len(above)
            cells.append(above[len(cells)] if merged else " ".join(_lines(cell)))
        rows.append(cells)
    marks = child(table, "tblPr")
    outline.table(rows, True if marks is not None and marks.get("firstRow") in ("1", "true") else None)


def _lines(element: Any) -> Iterator[str]:
    """Paragraphs of a text, bullets marked by their depth alone."""
    for paragraph in (e for e in element.iter() if local(e) == "p"):
        pieces = []
        for run in paragraph.iter():
            kind = local(run)
            if kind == "t":
                pieces.append(run.text or "")
            elif kind == "br":
                pieces.append("\n")
        text = "".join(pieces).strip()
        if text:
            yield text
