"""DOCX output: procedures and letters, with python-docx."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.shared import Cm, Pt, RGBColor

from .archive import repack
from .markup import Block, is_number, parse, runs
from .source import Source
from .typography import french

_INK = RGBColor(0x1F, 0x3A, 0x5F)


def _set_up(document: Any, source: Source) -> None:
    """Page size, base style and metadata (fixed, so that builds are equal)."""
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.3)
    section.top_margin = section.bottom_margin = Cm(2.2)
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = "Calibri", Pt(11)
    normal.paragraph_format.space_after = Pt(7)
    for name in ("Title", "Heading 1", "Heading 2", "Heading 3"):
        document.styles[name].font.name = "Calibri"
        document.styles[name].font.color.rgb = _INK
    document.styles["Title"].font.size = Pt(20)
    properties = document.core_properties
    properties.title, properties.author = source.title, source.author
    properties.last_modified_by, properties.comments = source.author, ""
    properties.language, properties.revision = "fr-FR", 1
    properties.created = properties.modified = source.moment.replace(tzinfo=None)
    footer = section.footer.paragraphs[0]
    footer.text = french(source.extra.get("footer", source.title))
    footer.runs[0].font.size = Pt(8)


def _write_runs(paragraph: Any, text: str) -> None:
    for run in runs(text):
        made = paragraph.add_run(run.text)
        made.bold, made.italic = run.bold or None, run.italic or None


def _write_table(document: Any, rows: list[list[str]]) -> None:
    """A grid whose first row is bold and whose figures are set on the right."""
    table = document.add_table(rows=0, cols=len(rows[0]), style="Table Grid")
    for number, row in enumerate(rows):
        for cell, text in zip(table.add_row().cells, row, strict=True):
            paragraph = cell.paragraphs[0]
            paragraph.paragraph_format.space_after = Pt(1)
            _write_runs(paragraph, f"**{text}**" if number == 0 and text else text)
            if number and is_number(text):
                paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    document.add_paragraph()


def _write_lines(document: Any, block: Block) -> None:
    """An address block: one paragraph, its line ends kept."""
    paragraph = document.add_paragraph()
    if block.kind == "right":
        paragraph.paragraph_format.left_indent = Cm(9)
    for number, line in enumerate(block.lines):
        if number:
            paragraph.add_run().add_break()
        _write_runs(paragraph, line)


def _write_block(document: Any, block: Block) -> None:
    if block.kind == "heading":
        document.add_heading(block.text, block.level)
    elif block.kind == "table":
        _write_table(document, block.rows)
    elif block.kind == "break":
        document.add_page_break()
    elif block.kind in ("right", "lines"):
        _write_lines(document, block)
    elif block.kind == "item" and block.label == "-":
        _write_runs(document.add_paragraph(style="List Bullet"), block.text)
    elif block.kind == "item":
        paragraph = document.add_paragraph()
        paragraph.paragraph_format.left_indent = Cm(0.8)
        paragraph.paragraph_format.first_line_indent = Cm(-0.6)
        _write_runs(paragraph, f"{block.label} {block.text}")
    else:
        style = "Intense Quote" if block.kind in ("box", "note") else None
        _write_runs(document.add_paragraph(style=style), block.text)


def build_docx(source: Source) -> bytes:
    """Build a Word file; a letter has no title line, anything else has one."""
    document = Document()
    _set_up(document, source)
    if source.layout != "letter":
        document.add_heading(french(source.title), 0)
    for block in parse(source.body):
        _write_block(document, block)
    target = BytesIO()
    document.save(target)
    return repack(target.getvalue(), source.moment)
