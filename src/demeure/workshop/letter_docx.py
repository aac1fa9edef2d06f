"""A letter as DOCX: Word's own styles, tables, lists and footnotes; properties that machines read.

python-docx holds the package, its styles and its properties; the body, the notes and the custom properties, which
it does not write, are XML made here. No field, no link, no macro: nothing that acts.
"""

import io
from copy import deepcopy
from datetime import UTC, datetime
from html import escape
from importlib.resources import files
from typing import Any

from demeure.workshop.blocks import Block, Run, blocks, depth_shown, sheets
from demeure.workshop.letter import HEADING_COLOUR, HEADING_POINTS, Letter
from demeure.workshop.notes import Notes, numbered, told_in
from demeure.workshop.packing import dated

_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_LOCALE = {"fr": "fr-FR", "en": "en-GB"}
_FIRST_NOTE = 1
_CODE_MILLIMETRES = 46
_PAGE, _MARGIN, _TWIPS = (210, 297), 23, 1440 / 25.4  # millimetres; of Word's own measure in one
_DENSE = ((12, "CellSmall"), (5, "Cell"))
"""Beyond so many columns, the style of the words in the cells."""

_STYLES = files("demeure.workshop") / "letter_docx.xml"
_NOTE_MARK = '<w:r><w:rPr><w:rStyle w:val="FootnoteReference"/></w:rPr><w:footnoteRef/></w:r>'


def write_docx(letter: Letter) -> bytes:
    """The file."""
    from docx import Document  # mapped by the jobs that need it

    document: Any = Document()
    links = document.part.package.rels
    for name in [name for name, link in links.items() if link.reltype.endswith("/thumbnail")]:
        del links[name]  # the picture of another document
    notes = Notes(letter)
    body = blocks(letter.text, notes.known)
    numbered(body, notes)
    _styled(document, letter)
    pen = _Pen(document)
    pen.lines(letter.letterhead, "Letterhead")
    if letter.headed:
        pen.paragraph("Title", pen.words(letter.title))
    elif letter.letterhead:
        pen.paragraph("Letterhead", "")
    told = sheets(body)
    for at, (side, found) in enumerate(told):
        pen.blocks(found)
        pen.page(side, last=at == len(told) - 1)
    for lines in (letter.closing, letter.signature):
        pen.lines(lines, "Normal")
    pen.lines([line for line in (letter.mention, letter.review) if line], "Mention")
    if letter.code:
        pen.code(letter)
    _add_notes(document, pen.notes)
    _add_facts(document, letter)
    out = io.BytesIO()
    document.save(out)
    return dated(out.getvalue(), letter.issued, "[Content_Types].xml")


def _styled(document: Any, letter: Letter) -> None:
    from docx.oxml import parse_xml
    from docx.oxml.ns import qn
    from docx.shared import Mm, Pt, RGBColor

    for style in parse_xml(_STYLES.read_bytes()):
        document.styles.element.append(style)
    lang = document.styles.element.find(f".//{qn('w:rPrDefault')}//{qn('w:lang')}")
    if lang is not None:
        lang.set(qn("w:val"), _LOCALE[letter.language])
    head = document.styles["Title"]
    head.font.size, head.font.bold, head.font.color.rgb = Pt(17), True, RGBColor.from_string(HEADING_COLOUR)
    head.paragraph_format.space_before, head.paragraph_format.space_after = Pt(18), Pt(8)
    for level, points in enumerate(HEADING_POINTS, start=1):
        font = document.styles[f"Heading {level}"].font
        font.size, font.bold, font.italic = Pt(points), True, False
        font.color.rgb = RGBColor.from_string(HEADING_COLOUR)
    told, when = document.core_properties, datetime.fromtimestamp(letter.issued, UTC).replace(tzinfo=None)
    told.title, told.author, told.last_modified_by = letter.title[:255], letter.organisation[:255], ""
    told.comments, told.language = letter.mention[:255], _LOCALE[letter.language]
    told.created = told.modified = when
    told.keywords = ", ".join(name for name, _ in letter.facts)[:255]
    page = document.sections[0]
    page.page_width, page.page_height = map(Mm, _PAGE)
    page.left_margin = page.right_margin = page.top_margin = page.bottom_margin = Mm(_MARGIN)
    footer = page.footer.paragraphs[0]
    footer.style = document.styles["Mention"]
    footer.add_run(letter.mention)


class _Pen:
    """Writes at the end of the body."""

    def __init__(self, document: Any) -> None:
        from docx.oxml import parse_xml

        self._document, self._parse = document, parse_xml
        self._body = document.element.body
        self._end = self._body.sectPr
        self.notes: list[Run] = []

    def page(self, side: bool, *, last: bool) -> None:
        """What was written since the page before is on its side, or upright; ``last``: so is all that follows."""
        from docx.enum.section import WD_ORIENT
        from docx.section import Section
        from docx.shared import Mm

        told = self._end if last else deepcopy(self._end)
        if not last:
            closing = self._parse(f"<w:p {_W}><w:pPr/></w:p>")
            closing.pPr.append(told)
            self._end.addprevious(closing)
        page = Section(told, self._document.part)
        page.page_width, page.page_height = map(Mm, _PAGE[::-1] if side else _PAGE)
        page.orientation = WD_ORIENT.LANDSCAPE if side else WD_ORIENT.PORTRAIT

    def words(self, text: str) -> str:
        return self._run(
            {"kind": "text", "text": text, "strong": False, "em": False, "strike": False, "code": False}
        )

    def lines(self, lines: Any, style: str) -> None:
        for line in lines:
            self.paragraph(style, self.words(line))

    def paragraph(self, style: str, runs: str, more: str = "") -> None:
        self._put(f'<w:p {_W}><w:pPr><w:pStyle w:val="{self._style(style)}"/>{more}</w:pPr>{runs}</w:p>')

    def blocks(self, found: list[Block], style: str = "Normal", depth: int = 0, more: str = "") -> None:
        """``more``: the numbering of the first paragraph."""
        for block in found:
            self._block(block, style, depth, more)
            more = ""

    def code(self, letter: Letter) -> None:
        """The printed code of the receipt, as a picture."""
        import segno
        from docx.shared import Mm

        picture = io.BytesIO()
        segno.make(letter.code, error="L", micro=False, encoding="utf-8").save(
            picture, kind="png", scale=4, border=4
        )
        self.paragraph("Mention", self.words(letter.caption))
        self._document.add_picture(io.BytesIO(picture.getvalue()), width=Mm(_CODE_MILLIMETRES))
        properties = self._document.inline_shapes[-1]._inline.docPr
        properties.set("descr", letter.caption)

    def _block(self, block: Block, style: str, depth: int, more: str) -> None:
        match block["kind"]:
            case "heading":
                self.paragraph(f"Heading {block['level']}", self._runs(block["runs"]))
            case "list":
                self._list(block, depth + 1)
            case "table":
                self._put(self._table(block))
                self._put(f"<w:p {_W}/>")
            case "code":
                for line in block["text"].split("\n"):
                    self.paragraph("Code", self.words(line))
            case "quote":
                self.blocks(block["blocks"], "Quote", depth)
            case "rule":
                self.paragraph(
                    "Normal", "", '<w:pBdr><w:bottom w:val="single" w:sz="6" w:space="1" w:color="auto"/></w:pBdr>'
                )
            case _:
                self.paragraph(style, self._runs(block["runs"]), more)

    def _list(self, block: Block, depth: int) -> None:
        shown = depth_shown(depth)
        name = ("List Number" if block["ordered"] else "List Bullet") + (f" {shown}" if shown > 1 else "")
        more = self._restarted(name, block["start"]) if block["ordered"] else ""
        again = "List Continue" + (f" {shown}" if shown > 1 else "")
        for item in block["items"]:
            if not item or item[0]["kind"] not in ("paragraph", "heading"):
                self.paragraph(name, "", more)
                self.blocks(item, again, depth)
                continue
            self.paragraph(name, self._runs(item[0]["runs"]), more)
            self.blocks(item[1:], again, depth)

    def _restarted(self, name: str, start: int) -> str:
        """A numbering that begins at ``start``, on the pattern of the style's own."""
        from docx.oxml.ns import qn

        own = self._document.styles[name].element.find(f".//{qn('w:numId')}")
        numbering = self._document.part.numbering_part.element
        pattern = next(n for n in numbering.num_lst if n.numId == int(own.get(qn("w:val"))))
        made = numbering.add_num(pattern.abstractNumId.val)
        made.add_lvlOverride(ilvl=0).add_startOverride(start)
        return f'<w:numPr><w:ilvl w:val="0"/><w:numId w:val="{made.numId}"/></w:numPr>'

    def _table(self, block: Block) -> str:
        room = round((_PAGE[block["turned"]] - 2 * _MARGIN) * _TWIPS)
        wide = [room * share // sum(block["shares"]) for share in block["shares"]]
        style = next((name for many, name in _DENSE if len(wide) > many), "")
        grid = "".join(f'<w:gridCol w:w="{at}"/>' for at in wide)
        head = "".join(
            self._cell(cell, at, style, bold=True) for cell, at in zip(block["header"], wide, strict=True)
        )
        rows = "".join(
            f"<w:tr>{'<w:trPr><w:cantSplit/></w:trPr>' if whole else ''}"
            f"{''.join(self._cell(cell, at, style) for cell, at in zip(row, wide, strict=True))}</w:tr>"
            for row, whole in zip(block["rows"], block["whole"], strict=True)
        )
        return (
            f'<w:tbl {_W}><w:tblPr><w:tblStyle w:val="{self._style("Table Grid")}"/>'
            f'<w:tblW w:w="5000" w:type="pct"/>'
            f'<w:tblLook w:val="0420" w:firstRow="1"/></w:tblPr>'
            f"<w:tblGrid>{grid}</w:tblGrid>"
            f"<w:tr><w:trPr><w:tblHeader/></w:trPr>{head}</w:tr>{rows}</w:tbl>"
        )

    def _cell(self, runs: list[Run], wide: int, style: str, bold: bool = False) -> str:
        look = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
        told = [{**run, "strong": True} if bold and run["kind"] == "text" else run for run in runs]
        return (
            f'<w:tc><w:tcPr><w:tcW w:w="{wide}" w:type="dxa"/></w:tcPr><w:p>{look}{self._runs(told)}</w:p></w:tc>'
        )

    def _runs(self, runs: list[Run]) -> str:
        return "".join(map(self._run, runs))

    def _run(self, run: Run) -> str:
        if run["kind"] == "break":
            return "<w:r><w:br/></w:r>"
        if run["kind"] == "note":
            self.notes.append(run)
            number = run["note"] + _FIRST_NOTE
            return (
                '<w:r><w:rPr><w:rStyle w:val="FootnoteReference"/></w:rPr>'
                f'<w:footnoteReference w:id="{number}"/></w:r>'
            )
        font = '<w:rFonts w:ascii="Courier New" w:hAnsi="Courier New" w:cs="Courier New"/>' if run["code"] else ""
        looks = (("strong", "<w:b/>"), ("em", "<w:i/>"), ("strike", "<w:strike/>"))
        look = font + "".join(mark for name, mark in looks if run[name])
        text = escape(run["text"], quote=False)
        return f'<w:r><w:rPr>{look}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'

    def _style(self, name: str) -> str:
        return str(self._document.styles[name].style_id)

    def _put(self, xml: str) -> None:
        self._end.addprevious(self._parse(xml))


def _add_notes(document: Any, notes: list[Run]) -> None:
    if not notes:
        return
    apart = "".join(
        f'<w:footnote w:type="{name}" w:id="{number}"><w:p><w:r><w:{name}/></w:r></w:p></w:footnote>'
        for number, name in enumerate(("separator", "continuationSeparator"))
    )
    told = "".join(
        f'<w:footnote w:id="{note["note"] + _FIRST_NOTE}"><w:p><w:pPr><w:pStyle w:val="FootnoteText"/></w:pPr>'
        f'{_NOTE_MARK}<w:r><w:t xml:space="preserve"> {escape(told_in(note), quote=False)}</w:t></w:r></w:p>'
        "</w:footnote>"
        for note in notes
    )
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml"
    relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes"
    _add_part(
        document,
        document.part,
        "/word/footnotes.xml",
        kind,
        relation,
        f"<w:footnotes {_W}>{apart}{told}</w:footnotes>",
    )


def _add_facts(document: Any, letter: Letter) -> None:
    rows = "".join(
        f'<property fmtid="{{D5CDD505-2E9C-101B-9397-08002B2CF9AE}}" pid="{pid}" name="{escape(name)}">'
        f"<vt:lpwstr>{escape(value, quote=False)}</vt:lpwstr></property>"
        for pid, (name, value) in enumerate(letter.facts, 2)
    )
    kind = "application/vnd.openxmlformats-officedocument.custom-properties+xml"
    relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/custom-properties"
    spaces = (
        'xmlns="http://schemas.openxmlformats.org/officeDocument/2006/custom-properties" '
        'xmlns:vt="http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes"'
    )
    package = document.part.package
    _add_part(
        document, package, "/docProps/custom.xml", kind, relation, f"<Properties {spaces}>{rows}</Properties>"
    )


def _add_part(document: Any, owner: Any, name: str, kind: str, relation: str, xml: str) -> None:
    from docx.opc.packuri import PackURI
    from docx.opc.part import Part

    data = f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n{xml}'.encode()
    owner.relate_to(Part(PackURI(name), kind, data, document.part.package), relation)
