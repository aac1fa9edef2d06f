"""Slide output (PPTX): ``#`` opens a slide, ``> `` lines are its notes."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.util import Cm, Pt

from .archive import repack
from .markup import parse, runs
from .source import Source
from .typography import french

_INK = RGBColor(0x1F, 0x3A, 0x5F)  # type: ignore[no-untyped-call]


def _title_slide(deck: Any, source: Source) -> None:
    slide = deck.slides.add_slide(deck.slide_layouts[0])
    slide.shapes.title.text = french(source.title)
    slide.placeholders[1].text = french(source.extra.get("subtitle", source.author))


def _add_line(slide: Any, content: str) -> None:
    """Add one bullet to the slide's text frame, bold stretches kept."""
    frame = slide.placeholders[1].text_frame
    fresh = len(frame.paragraphs) == 1 and not frame.paragraphs[0].runs
    paragraph = frame.paragraphs[0] if fresh else frame.add_paragraph()
    for run in runs(content):
        made = paragraph.add_run()
        made.text, made.font.bold, made.font.size = run.text, run.bold or None, Pt(22)


def _add_table(slide: Any, rows: list[list[str]]) -> None:
    """Put a table in the place of the empty text frame."""
    empty = slide.placeholders[1]._element
    empty.getparent().remove(empty)
    size = (Cm(2), Cm(4.6), Cm(21), Cm(1.1 * len(rows)))
    grid = slide.shapes.add_table(len(rows), len(rows[0]), *size).table
    for number, row in enumerate(rows):
        for column, content in enumerate(row):
            cell = grid.cell(number, column)
            cell.text = content
            cell.text_frame.paragraphs[0].runs[0].font.size = Pt(16)


def build_pptx(source: Source) -> bytes:
    """Build a deck: a title slide, then one slide for each heading."""
    deck = Presentation()
    properties = deck.core_properties
    properties.title, properties.author = source.title, source.author
    properties.last_modified_by, properties.revision = source.author, 1
    properties.created = properties.modified = source.moment.replace(tzinfo=None)
    _title_slide(deck, source)
    slide: Any = None
    for block in parse(source.body):
        if block.kind == "heading":
            slide = deck.slides.add_slide(deck.slide_layouts[1])
            slide.shapes.title.text = block.text
            slide.shapes.title.text_frame.paragraphs[0].runs[0].font.color.rgb = _INK
        elif block.kind == "table":
            _add_table(slide, block.rows)
        elif block.kind == "note":
            slide.notes_slide.notes_text_frame.text = block.text
        else:
            _add_line(slide, block.text)
    target = BytesIO()
    deck.save(target)
    return repack(target.getvalue(), source.moment)
