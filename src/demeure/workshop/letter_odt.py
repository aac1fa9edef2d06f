"""A letter as ODT: LibreOffice's own styles, tables, lists and footnotes; properties that machines read.

odfdo holds the package, its template and its properties; the body is XML made here. Every cell is text: nothing in
it is computed, nothing acts.
"""

import io
import re
from datetime import UTC, datetime
from html import escape
from importlib.resources import files
from typing import Any

from demeure.workshop.blocks import Block, Run, blocks, sheets
from demeure.workshop.letter import HEADING_COLOUR, HEADING_POINTS, Letter
from demeure.workshop.notes import Notes, numbered, told_in
from demeure.workshop.packing import dated

_COUNTRY = {"fr": "FR", "en": "GB"}
_STYLES = files("demeure.workshop") / "letter_odt.xml"
_LOOKS = (
    'fo:font-weight="bold"',
    'fo:font-style="italic"',
    'style:text-line-through-style="solid"',
    "fo:font-family=\"'Liberation Mono', monospace\"",
)
"""Of a run that is strong, emphasised, struck, code: one style for each way to put them together."""
_LEVEL = '<style:list-level-properties text:space-before="{left}cm" text:min-label-width="0.7cm"/>'
_LISTS = {
    "Bullets": ("text:list-level-style-bullet", 'text:bullet-char="•"'),
    "Numbers": ("text:list-level-style-number", 'style:num-format="1" style:num-suffix="."'),
}
_CODE_CENTIMETRES = 4.6
_DENSE = ((12, "CellSmall"), (5, "CellMany"))
"""Beyond so many columns, the style of the words in the cells."""
_BEGINS = re.compile(
    r'(?P<tag><(?P<kind>text|table):(?:p|h|table))(?: text:style-name="(?P<style>[^"]*)")?(?=[ >])'
)


def write_odt(letter: Letter) -> bytes:
    """The file."""
    from odfdo import Document, Element  # mapped by the jobs that need it

    document: Any = Document("text")
    notes = Notes(letter)
    told = blocks(letter.text, notes.known)
    numbered(told, notes)
    _styled(document, letter)
    body, pen = document.body, _Pen()
    body.clear()
    lead = [pen.paragraph("Letterhead", pen.words(line)) for line in letter.letterhead]
    if letter.headed:
        lead.append(pen.paragraph("Title", pen.words(letter.title)))
    elif letter.letterhead:
        lead.append(pen.paragraph("Letterhead", ""))
    parts: list[str] = []
    for at, (side, found) in enumerate(sheets(told)):
        made = [*([] if at else lead), *map(pen.block, found)]
        parts += [pen.page(side, made[0]), *made[1:]] if made and (side or at) else made
    parts += [pen.paragraph("Text_20_body", pen.words(line)) for line in (*letter.closing, *letter.signature)]
    parts += [pen.paragraph("Mention", pen.words(line)) for line in (letter.mention, letter.review) if line]
    parts += [_code(document, letter, pen)] if letter.code else []
    for xml in pen.styles:
        document.insert_style(Element.from_tag(xml), automatic=True)
    for xml in parts:
        body.append(Element.from_tag(xml))
    out = io.BytesIO()
    document.save(out)
    return dated(out.getvalue(), letter.issued, "mimetype")


def _styled(document: Any, letter: Letter) -> None:
    from lxml import etree
    from odfdo import Element

    made = [etree.tostring(one, encoding="unicode") for one in etree.fromstring(_STYLES.read_bytes())]
    for number in range(1, 1 << len(_LOOKS)):
        looks = " ".join(look for bit, look in enumerate(_LOOKS) if number >> bit & 1)
        made.append(
            f'<style:style style:name="T{number}" style:family="text">'
            f"<style:text-properties {looks}/></style:style>"
        )
    for name, (tag, looks) in _LISTS.items():
        levels = "".join(
            f'<{tag} text:level="{level}" {looks}>{_LEVEL.format(left=round(0.6 * (level - 1), 1))}</{tag}>'
            for level in range(1, 11)
        )
        made.append(f'<text:list-style style:name="{name}">{levels}</text:list-style>')
    for xml in made:
        document.insert_style(Element.from_tag(xml), automatic='style:family="table-' in xml)
    for number, points in enumerate(HEADING_POINTS, start=1):
        looks = document.get_style("paragraph", f"Heading_20_{number}").get_element("style:text-properties")
        looks.set_attribute("fo:font-size", f"{points}pt")
        looks.set_attribute("fo:font-weight", "bold")
        looks.set_attribute("fo:font-style", "normal")
        looks.set_attribute("fo:color", f"#{HEADING_COLOUR.lower()}")
    for level in document.get_part("styles.xml").get_elements("//text:outline-level-style"):
        level.set_attribute("style:num-format", "")  # the template numbers headings
        for name in ("style:num-suffix", "loext:num-list-format"):
            level.del_attribute(name)
    _add_side(document.get_part("styles.xml"))
    when = datetime.fromtimestamp(letter.issued, UTC).replace(tzinfo=None)
    meta = document.meta
    meta.title, meta.language = letter.title, f"{letter.language}-{_COUNTRY[letter.language]}"
    meta.description, meta.initial_creator, meta.creator = letter.mention, letter.organisation, letter.organisation
    meta.creation_date, meta.date = when, when
    for name, value in letter.facts:
        meta.set_user_defined_metadata(name, value)
    document.language = f"{letter.language}-{_COUNTRY[letter.language]}"


def _add_side(styles: Any) -> None:
    """The page on its side, beside the upright one."""
    upright, master = styles.get_element("//style:page-layout"), styles.get_element("//style:master-page")
    side, turned = upright.clone, master.clone
    looks = side.get_element("style:page-layout-properties")
    wide, high = (looks.get_attribute(f"fo:page-{one}") for one in ("width", "height"))
    looks.set_attribute("fo:page-width", high)
    looks.set_attribute("fo:page-height", wide)
    looks.set_attribute("style:print-orientation", "landscape")
    side.set_attribute("style:name", "SideLayout")
    turned.set_attribute("style:name", "Side")
    turned.set_attribute("style:page-layout-name", "SideLayout")
    upright.parent.append(side)
    master.parent.append(turned)


def _code(document: Any, letter: Letter, pen: "_Pen") -> str:
    import segno

    picture = io.BytesIO()
    segno.make(letter.code, error="L", micro=False, encoding="utf-8").save(picture, kind="png", scale=4, border=4)
    document.container.set_part("Pictures/code.png", picture.getvalue())
    document.manifest.add_full_path("Pictures/code.png", "image/png")
    side = f"{_CODE_CENTIMETRES}cm"
    frame = (
        f'<draw:frame draw:style-name="Picture" draw:name="code" text:anchor-type="as-char" svg:width="{side}" '
        f'svg:height="{side}"><draw:image xlink:href="Pictures/code.png" xlink:type="simple" xlink:show="embed" '
        f'xlink:actuate="onLoad"/><svg:title>{escape(letter.caption, quote=False)}</svg:title></draw:frame>'
    )
    return pen.paragraph("Mention", f"{pen.words(letter.caption)}<text:line-break/>{frame}")


class _Pen:
    """Writes the XML of blocks."""

    def __init__(self) -> None:
        self._sections = self._tables = self._pages = 0
        self.styles: list[str] = []

    def words(self, text: str) -> str:
        """A text, its spaces kept."""
        return _spaced(text)

    def paragraph(self, style: str, runs: str) -> str:
        return f'<text:p text:style-name="{style}">{runs}</text:p>'

    def page(self, side: bool, first: str) -> str:
        """``first``, which begins a page on its side, or an upright one."""
        self._pages += 1
        found = _BEGINS.match(first)
        if found is None:  # a list, a section: no style of theirs turns a page
            return self.page(side, self.paragraph("Standard", "")) + first
        family = "table" if found["kind"] == "table" else "paragraph"
        name, master = f"Page{self._pages}", "Side" if side else "Standard"
        above = f' style:parent-style-name="{found["style"]}"' if found["style"] else ""
        self.styles.append(
            f'<style:style style:name="{name}" style:family="{family}"{above} style:master-page-name="{master}"/>'
        )
        return f'{found["tag"]} {found["kind"]}:style-name="{name}"' + first[found.end() :]

    def block(self, block: Block) -> str:
        match block["kind"]:
            case "heading":
                level = block["level"]
                name = f"Heading_20_{level}"
                inside = self._runs(block["runs"])
                return f'<text:h text:style-name="{name}" text:outline-level="{level}">{inside}</text:h>'
            case "list":
                return self._list(block)
            case "table":
                return self._table(block)
            case "code":
                lines = "<text:line-break/>".join(map(_spaced, block["text"].split("\n")))
                return self.paragraph("Code", lines)
            case "quote":
                return self._section(block["blocks"])
            case "rule":
                return self.paragraph("Rule", "")
        return self.paragraph("Text_20_body", self._runs(block["runs"]))

    def _section(self, found: list[Block]) -> str:
        inside = "".join(
            self.paragraph("Quotations", self._runs(one["runs"])) if one["kind"] == "paragraph" else self.block(one)
            for one in found
        )
        self._sections += 1
        return f'<text:section text:name="quotation{self._sections}">{inside}</text:section>'

    def _list(self, block: Block) -> str:
        name = "Numbers" if block["ordered"] else "Bullets"
        start = f' text:start-value="{block["start"]}"' if block["ordered"] and block["start"] != 1 else ""
        items = ""
        for number, item in enumerate(block["items"]):
            inside = "".join(self._in_list(one) for one in item) or self.paragraph("Text_20_body", "")
            items += f"<text:list-item{start if number == 0 else ''}>{inside}</text:list-item>"
        return f'<text:list text:style-name="{name}">{items}</text:list>'

    def _in_list(self, block: Block) -> str:
        """A list holds paragraphs, headings and lists: the words of anything else."""
        if block["kind"] == "quote":
            return "".join(map(self._in_list, block["blocks"]))
        if block["kind"] == "table":
            rows = [block["header"], *block["rows"]]
            between = "<text:s/>|<text:s/>"
            return "".join(self.paragraph("Standard", between.join(map(self._runs, row))) for row in rows)
        return self.block(block)

    def _table(self, block: Block) -> str:
        self._tables += 1
        name = f"Tableau{self._tables}"
        for at, share in enumerate(block["shares"]):
            looks = f'<style:table-column-properties style:rel-column-width="{share * 100}*"/>'
            self.styles.append(
                f'<style:style style:name="{name}.{at}" style:family="table-column">{looks}</style:style>'
            )
        columns = "".join(
            f'<table:table-column table:style-name="{name}.{at}"/>' for at, _ in enumerate(block["shares"])
        )
        style = next((name for many, name in _DENSE if len(block["shares"]) > many), "Cell")
        head = self._row(block["header"], f"{style}Head")
        rows = "".join(
            self._row(row, style, whole) for row, whole in zip(block["rows"], block["whole"], strict=True)
        )
        return (
            f'<table:table table:name="{name}">{columns}'
            f"<table:table-header-rows>{head}</table:table-header-rows>{rows}</table:table>"
        )

    def _row(self, cells: list[list[Run]], style: str, whole: bool = False) -> str:
        told = "".join(
            f'<table:table-cell table:style-name="Grid" office:value-type="string">'
            f"{self.paragraph(style, self._runs(cell))}</table:table-cell>"
            for cell in cells
        )
        kept = ' table:style-name="Whole"' if whole else ""
        return f"<table:table-row{kept}>{told}</table:table-row>"

    def _runs(self, runs: list[Run]) -> str:
        return "".join(map(self._run, runs))

    def _run(self, run: Run) -> str:
        if run["kind"] == "break":
            return "<text:line-break/>"
        if run["kind"] == "note":
            told = escape(told_in(run), quote=False)
            number = run["note"]
            return (
                f'<text:note text:id="ftn{number}" text:note-class="footnote"><text:note-citation>{number}'
                f'</text:note-citation><text:note-body><text:p text:style-name="Footnote">{told}</text:p>'
                "</text:note-body></text:note>"
            )
        style = run["strong"] + 2 * run["em"] + 4 * run["strike"] + 8 * run["code"]
        text = _spaced(run["text"])
        return f'<text:span text:style-name="T{style}">{text}</text:span>' if style else text


def _spaced(text: str) -> str:
    """Several spaces would become one: all but the first are told apart."""
    made, at = "", 0
    while (two := text.find("  ", at)) >= 0:
        end = two
        while end < len(text) and text[end] == " ":
            end += 1
        made += f'{escape(text[at : two + 1], quote=False)}<text:s text:c="{end - two - 1}"/>'
        at = end
    return made + escape(text[at:], quote=False)
