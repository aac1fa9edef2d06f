"""Fonts, colours and paragraph styles of the PDF output.

The fonts are the Bitstream Vera ones that reportlab carries, embedded, so that
the pages come out the same on every machine.
"""

from __future__ import annotations

from pathlib import Path

import reportlab
from reportlab.lib import colors
from reportlab.lib.enums import TA_JUSTIFY, TA_RIGHT
from reportlab.lib.fonts import addMapping
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

FONT_FOLDER = Path(reportlab.__file__).parent / "fonts"
INK = colors.HexColor("#1f3a5f")
RULE = colors.HexColor("#b8c4d3")
PALE = colors.HexColor("#eef2f7")

TABLE_STYLE = [
    ("BACKGROUND", (0, 0), (-1, 0), PALE),
    ("LINEBELOW", (0, 0), (-1, 0), 0.8, INK),
    ("LINEBELOW", (0, 1), (-1, -1), 0.3, RULE),
    ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ("TOPPADDING", (0, 0), (-1, -1), 4),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 5),
]

_BODY = ParagraphStyle("body", fontName="Vera", fontSize=10.3, leading=16.8, spaceAfter=9, alignment=TA_JUSTIFY)


def _style(name: str, **changes: object) -> ParagraphStyle:
    return ParagraphStyle(name, parent=_BODY, **changes)


def _head(name: str, size: float, before: float, **changes: object) -> ParagraphStyle:
    """A heading: bold, coloured, never left alone at the foot of a page."""
    return _style(
        name,
        fontName="VeraBd",
        fontSize=size,
        leading=size * 1.35,
        spaceBefore=before,
        spaceAfter=6,
        alignment=0,
        textColor=INK,
        keepWithNext=1,
        **changes,
    )


STYLES: dict[str, ParagraphStyle] = {
    "paragraph": _BODY,
    "note": _style("note", fontName="VeraIt", fontSize=8.5, leading=12.5, textColor=colors.HexColor("#444444")),
    "right": _style("right", leftIndent=250, alignment=0, spaceBefore=6, spaceAfter=14),
    "lines": _style("lines", alignment=0, spaceAfter=12),
    "item": _style("item", leftIndent=18, bulletIndent=4, spaceAfter=4, bulletFontName="Vera", bulletFontSize=10.3),
    "box": _style(
        "box",
        backColor=PALE,
        borderColor=RULE,
        borderWidth=0.6,
        borderPadding=6,
        spaceBefore=8,
        spaceAfter=14,
        leftIndent=6,
        rightIndent=6,
    ),
    "cell": _style("cell", fontSize=9, leading=12.5, spaceAfter=0, alignment=0),
    "cell-right": _style("cell-right", fontSize=9, leading=12.5, spaceAfter=0, alignment=TA_RIGHT),
    "cell-head": _style("cell-head", fontName="VeraBd", fontSize=8.8, leading=12, spaceAfter=0, alignment=0),
    "head-right": _style(
        "head-right", fontName="VeraBd", fontSize=8.8, leading=12, spaceAfter=0, alignment=TA_RIGHT
    ),
    "owner": _style("owner", fontName="VeraBd", fontSize=8.5, textColor=INK, spaceAfter=2),
    "title": _head("title", 16, 6),
    "h1": _head("h1", 13.5, 16),
    "h2": _head("h2", 11.5, 12),
    "h3": _head("h3", 10.5, 9),
    "h4": _head("h4", 9.5, 7),
    "cover-title": _style("cover-title", fontName="VeraBd", fontSize=24, leading=31, textColor=INK, alignment=0),
    "cover-small": _style("cover-small", fontSize=11, leading=16, alignment=0),
    "toc1": _style("toc1", fontName="VeraBd", fontSize=9, leading=12, spaceBefore=3, spaceAfter=0, alignment=0),
    "toc2": _style("toc2", fontSize=8.3, leading=11, leftIndent=14, spaceAfter=0, alignment=0),
}


def register_fonts() -> None:
    """Make the four Vera faces known to reportlab, bold and italic tags included."""
    faces = {(0, 0): "Vera", (1, 0): "VeraBd", (0, 1): "VeraIt", (1, 1): "VeraBI"}
    for (bold, italic), name in faces.items():
        if name not in pdfmetrics.getRegisteredFontNames():
            pdfmetrics.registerFont(TTFont(name, str(FONT_FOLDER / f"{name}.ttf")))
        addMapping("Vera", bold, italic, name)
