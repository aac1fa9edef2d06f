"""ODT output: rules, price lists and letters, with odfpy."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from odf import dc, meta, style, table, text
from odf.opendocument import OpenDocumentText

from .archive import repack
from .markup import Block, is_number, parse, runs
from .source import Source
from .typography import french

_INK = "#1f3a5f"
_PARAGRAPHS: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "Corps": ({"marginbottom": "0.22cm", "lineheight": "120%"}, {"fontsize": "11pt"}),
    "Droite": ({"marginleft": "9cm", "marginbottom": "0.5cm"}, {"fontsize": "11pt"}),
    "Encadre": (
        {"padding": "0.15cm", "border": "0.5pt solid #b8c4d3", "marginbottom": "0.3cm"},
        {"fontsize": "11pt"},
    ),
    "Puce": ({"marginleft": "0.8cm", "textindent": "-0.5cm", "marginbottom": "0.12cm"}, {"fontsize": "11pt"}),
    "Cellule": ({"padding": "0.05cm"}, {"fontsize": "10pt"}),
    "Chiffre": ({"textalign": "end"}, {"fontsize": "10pt"}),
    "Titre": (
        {"marginbottom": "0.5cm"},
        {"fontsize": "20pt", "fontweight": "bold", "color": _INK},
    ),
}


def _add_style(document: Any, name: str, family: str, *properties: Any) -> None:
    made = style.Style(name=name, family=family)
    for item in properties:
        made.addElement(item)
    document.styles.addElement(made)


def _add_styles(document: Any) -> None:
    """Named styles, so that the file is as editable as one typed by hand."""
    for name, (block, letters) in _PARAGRAPHS.items():
        _add_style(
            document,
            name,
            "paragraph",
            style.ParagraphProperties(**block),
            style.TextProperties(fontfamily="Liberation Sans", **letters),
        )
    for level, size in ((1, "15pt"), (2, "12.5pt"), (3, "11.5pt")):
        _add_style(
            document,
            f"Titre{level}",
            "paragraph",
            style.ParagraphProperties(margintop="0.5cm", marginbottom="0.2cm", keepwithnext="always"),
            style.TextProperties(fontfamily="Liberation Sans", fontsize=size, fontweight="bold", color=_INK),
        )
    _add_style(document, "Gras", "text", style.TextProperties(fontweight="bold"))
    _add_style(document, "Italique", "text", style.TextProperties(fontstyle="italic"))
    _add_style(
        document,
        "Case",
        "table-cell",
        style.TableCellProperties(border="0.5pt solid #b8c4d3", padding="0.1cm"),
    )


def _fill(paragraph: Any, content: str) -> Any:
    for run in runs(content):
        if run.bold or run.italic:
            paragraph.addElement(text.Span(stylename="Gras" if run.bold else "Italique", text=run.text))
        else:
            paragraph.addText(run.text)
    return paragraph


def _table(block: Block, number: int) -> Any:
    """A bordered table; the first row is bold, figures are set on the right."""
    made = table.Table(name=f"Tableau{number}")
    made.addElement(table.TableColumn(numbercolumnsrepeated=len(block.rows[0])))
    for index, row in enumerate(block.rows):
        line = table.TableRow()
        for content in row:
            cell = table.TableCell(stylename="Case", valuetype="string")
            name = "Chiffre" if index and is_number(content) else "Cellule"
            cell.addElement(_fill(text.P(stylename=name), f"**{content}**" if index == 0 and content else content))
            line.addElement(cell)
        made.addElement(line)
    return made


def _lines(block: Block) -> Any:
    paragraph = text.P(stylename="Droite" if block.kind == "right" else "Corps")
    for number, line in enumerate(block.lines):
        if number:
            paragraph.addElement(text.LineBreak())
        _fill(paragraph, line)
    return paragraph


def _element(block: Block, number: int) -> Any:
    """The ODF element for one block of the source."""
    if block.kind == "heading":
        return text.H(outlinelevel=block.level, stylename=f"Titre{min(block.level, 3)}", text=block.text)
    if block.kind == "table":
        return _table(block, number)
    if block.kind in ("right", "lines"):
        return _lines(block)
    if block.kind == "item":
        label = "•" if block.label == "-" else block.label
        return _fill(text.P(stylename="Puce"), f"{label} {block.text}")
    return _fill(text.P(stylename="Encadre" if block.kind in ("box", "note") else "Corps"), block.text)


def add_metadata(document: Any, source: Source) -> None:
    """Title, author and fixed dates in the file's metadata."""
    stamp = source.moment.strftime("%Y-%m-%dT%H:%M:%S")
    document.meta.addElement(dc.Title(text=source.title))
    document.meta.addElement(meta.InitialCreator(text=source.author))
    document.meta.addElement(meta.CreationDate(text=stamp))
    document.meta.addElement(dc.Date(text=stamp))
    document.meta.addElement(dc.Language(text="fr-FR"))


def build_odt(source: Source) -> bytes:
    """Build an OpenDocument text; a letter has no title line."""
    document = OpenDocumentText()
    _add_styles(document)
    add_metadata(document, source)
    if source.layout != "letter":
        document.text.addElement(text.P(stylename="Titre", text=french(source.title)))
    for number, block in enumerate(parse(source.body), start=1):
        document.text.addElement(_element(block, number))
    target = BytesIO()
    document.write(target)
    return repack(target.getvalue(), source.moment)
