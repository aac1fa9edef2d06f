"""DOCX by lxml on a checked archive: one pass over the body, nothing fetched, nothing executed.

Kept: headings (styles in any language, outline levels), lists with their numbers, tables, notes, headers and
footers. Left out: tracked deletions, hidden text (counted), field codes, attached objects.
"""

from collections.abc import Iterator
from typing import Any

from demeure.workshop import ooxml
from demeure.workshop.docx_styles import Numbering, Styles, local, value
from demeure.workshop.errors import DocumentCorrupt
from demeure.workshop.guard import Archive, parse, walk
from demeure.workshop.outline import Outline
from demeure.workshop.parts import MARGINS, Facts, Part, ReadLimits

_SKIPPED = frozenset(
    ("del", "moveFrom", "delText", "instrText", "delInstrText", "Fallback", "pPr", "rPr", "annotationRef", "object",
     "footnotePr", "sectPr", "tblPr", "trPr", "tcPr", "rubyPr", "rt")
)  # fmt: skip
_SMALL = 8  # half-points: 4 points


def read(data: bytearray, _name: str, limits: ReadLimits, facts: Facts) -> Iterator[Part]:
    """Yields parts with heading places; headers, footers come last."""
    archive = Archive(data)
    main = ooxml.main_part(archive, "word/document.xml")
    package = _Package(archive, main, facts)
    outline = Outline(facts, limits)
    body = _Body(package, outline, facts)
    for _ in body.read(main):
        yield from outline.drain()
    yield from outline.finish()
    yield from _margins(package, facts, limits)
    facts.title = ooxml.title(archive, facts) or body.title or outline.first_heading
    facts.flag("macros", int(ooxml.has_macros(archive)))


class _Package:
    """The archive, its relations and the small parts that explain the main one."""

    def __init__(self, archive: Archive, main: str, facts: Facts) -> None:
        self.archive, self.main = archive, main
        self.relations = ooxml.relations(archive, main, facts)
        self.styles = Styles(self._small("styles"))
        self.numbering = Numbering(self._small("numbering"))
        self.notes = {
            kind: {note.get(_key(note, "id")): note for note in root if _plain_note(note)}
            for kind in ("footnotes", "endnotes")
            if (root := self._small(kind)) is not None
        }

    def targets(self, kind: str) -> list[str]:
        """Entries of one kind of relation, in the order of the file."""
        return ooxml.related(self.relations, kind, self.archive)

    def _small(self, kind: str) -> Any:
        targets = self.targets(kind)
        return parse(self.archive.read(targets[0], ooxml.SMALL_PART), targets[0]) if targets else None


class _Body:
    """Reads paragraphs and tables of one part into an outline."""

    def __init__(self, package: _Package, outline: Outline, facts: Facts) -> None:
        self._package, self._outline, self._facts = package, outline, facts
        self.title = ""

    def read(self, entry: str) -> Iterator[None]:
        """One step a top-level block, which is then forgotten: memory stays flat on a long text."""
        package = self._package
        depth, seen = 0, False
        with package.archive.open(entry) as stream:
            for event, element in walk(stream, entry):
                if event == "start":
                    depth += 1
                    seen = seen or (depth == 2 and local(element) == "body")
                    continue
                depth -= 1
                if depth == 2:
                    self.block(element)
                    element.clear()
                    while element.getprevious() is not None:
                        del element.getparent()[0]
                    yield
        if not seen:
            raise DocumentCorrupt(detail="part-missing", part="body")

    def block(self, element: Any) -> None:
        """A paragraph, a table, or a wrapper around them."""
        pending = [element]
        while pending:
            block = pending.pop()
            kind = local(block)
            if kind == "p":
                self._paragraph(block)
            elif kind == "tbl":
                self._table(block)
            elif kind == "tracked" or kind in _SKIPPED:
                continue
            elif kind in (
                "sdt",
                "sdtContent",
                "customXml",
                "smartTag",
                "ins",
                "moveTo",
                "AlternateContent",
                "Choice",
            ):
                pending.extend(reversed(block))

    def _paragraph(self, paragraph: Any) -> None:
        reading = _Runs(self._package, self._facts)
        text = reading.text(paragraph)
        properties = next((child for child in paragraph if local(child) == "pPr"), None)
        style = self._package.styles.of(properties)
        if style.level is not None and text.strip():
            label = self._package.numbering.label(style)
            self._outline.heading(style.level, label + text)
            self.title = self.title or (" ".join(text.split()) if style.level == 0 else "")
        elif text.strip():
            self._outline.line(self._package.numbering.label(style) + text)
        for inner in reading.boxes:
            for child in inner:
                self.block(child)
        for note in reading.notes:
            self._outline.line(note)

    def _table(self, table: Any) -> None:
        rows: list[list[str]] = []
        header: bool | None = None
        for row in (child for child in _through(table) if local(child) == "tr"):
            if any(local(mark) == "del" for part in row if local(part) == "trPr" for mark in part):
                self._facts.flag("tracked-deletions")
                continue
            if not rows and any(
                local(mark) == "tblHeader" for part in row if local(part) == "trPr" for mark in part
            ):
                header = True
            rows.append(self._cells(row, rows[-1] if rows else []))
        self._outline.table(rows, header)

    def _cells(self, row: Any, above: list[str]) -> list[str]:
        cells: list[str] = []
        for cell in (child for child in _through(row) if local(child) == "tc"):
            properties = next((child for child in cell if local(child) == "tcPr"), ())
            merge = next((mark for mark in properties if local(mark) == "vMerge"), None)
            span = next((value(mark) for mark in properties if local(mark) == "gridSpan"), "1")
            continued = merge is not None and value(merge) in ("", "continue") and len(cells) < len(above)
            reading = _Runs(self._package, self._facts)
            paragraphs = (reading.text(p) for p in cell.iter() if local(p) == "p" and not _in_box(p, cell))
            text = above[len(cells)] if continued else " ".join(t for t in paragraphs if t.strip())
            cells.append(" ".join([text, *reading.notes]) if reading.notes else text)
            cells.extend([""] * (min(int(span), 64) - 1 if span.isdecimal() else 0))
        return cells


class _Runs:
    """The visible text of one paragraph, with its notes and the text boxes anchored in it."""

    def __init__(self, package: _Package, facts: Facts) -> None:
        self._package, self._facts = package, facts
        self.notes: list[str] = []
        self.boxes: list[Any] = []

    def text(self, paragraph: Any) -> str:
        pieces: list[str] = []
        stack = list(reversed(paragraph))
        while stack:
            element = stack.pop()
            kind = local(element)
            if kind in _SKIPPED:
                self._facts.flag("tracked-deletions", int(kind in ("del", "moveFrom")))
            elif kind == "r" and self._package.styles.hidden(element, _SMALL):
                unseen = "".join(t.text or "" for t in element.iter() if local(t) == "t")
                self._facts.flag("hidden-text", len(unseen.strip()))
            elif kind == "txbxContent":
                self.boxes.append(element)
            elif kind in ("t", "tab", "br", "cr", "noBreakHyphen", "footnoteReference", "endnoteReference", "ptab"):
                pieces.append(self._piece(kind, element))
            else:
                stack.extend(reversed(element))
        return "".join(pieces)

    def _piece(self, kind: str, element: Any) -> str:
        if kind == "t":
            return element.text or ""
        if kind in ("br", "cr"):
            return "\n"
        if kind == "noBreakHyphen":
            return "-"
        if kind in ("tab", "ptab"):
            return " "
        notes = self._package.notes.get(kind.removesuffix("Reference") + "s", {})
        identifier = element.get(_key(element, "id"))
        note = notes.pop(identifier, None)  # once: a note may refer to itself
        if note is None:
            return ""
        text = " ".join(" ".join(self.text(p) for p in note.iter() if local(p) == "p").split())
        self.notes.append(f"Note {identifier} : {text}")
        return f" ({identifier})"


def _margins(package: _Package, facts: Facts, limits: ReadLimits) -> Iterator[Part]:
    """Headers and footers, each text once."""
    said: set[str] = set()
    for kind, label in zip(("header", "footer"), MARGINS, strict=True):
        outline = Outline(facts, limits, fixed_path=[label])
        for entry in package.targets(kind):
            root = parse(package.archive.read(entry, ooxml.SMALL_PART), entry)
            for paragraph in (p for p in root.iter() if local(p) == "p"):
                text = " ".join(_Runs(package, facts).text(paragraph).split())
                if text and text not in said:
                    said.add(text)
                    outline.line(text)
        yield from outline.finish()


def _through(element: Any) -> Iterator[Any]:
    """Children, looking through content controls and tracked insertions."""
    stack = list(reversed(element))
    while stack:
        child = stack.pop()
        if local(child) in ("sdt", "sdtContent", "customXml", "ins"):
            stack.extend(reversed(child))
        else:
            yield child


def _in_box(paragraph: Any, cell: Any) -> bool:
    """A paragraph of a text box is already read by the paragraph that anchors it."""
    parent = paragraph.getparent()
    while parent is not None and parent is not cell:
        if local(parent) in ("txbxContent", "Fallback"):
            return True
        parent = parent.getparent()
    return False


def _key(element: Any, name: str) -> str:
    return str(element.tag).rpartition("}")[0] + "}" + name


def _plain_note(note: Any) -> bool:
    return note.get(_key(note, "type")) in (None, "normal")
