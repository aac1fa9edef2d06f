"""PDF output: minutes, reports, price lists and letters, with reportlab."""

from __future__ import annotations

import os
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape

from reportlab.graphics.charts.barcharts import VerticalBarChart
from reportlab.graphics.shapes import Drawing, String
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.platypus import (
    BaseDocTemplate,
    CondPageBreak,
    Frame,
    PageBreak,
    PageTemplate,
    Paragraph,
    Spacer,
    Table,
)
from reportlab.platypus.tableofcontents import TableOfContents

from .markup import Block, is_number, parse, runs
from .pdf_styles import INK, PALE, RULE, STYLES, TABLE_STYLE, register_fonts
from .source import Source
from .typography import french

_MARGIN = 24 * mm
_WIDTH = A4[0] - 2 * _MARGIN


def inline(text: str) -> str:
    """Our inline marks as the tags that a reportlab paragraph reads."""
    out = []
    for run in runs(text):
        piece = escape(run.text)
        if run.bold:
            piece = f"<b>{piece}</b>"
        if run.italic:
            piece = f"<i>{piece}</i>"
        out.append(piece)
    return "".join(out)


class _Document(BaseDocTemplate):  # type: ignore[misc]  # reportlab has no types
    """An A4 document with a running foot; headings feed the table of contents."""

    def __init__(self, target: BytesIO, source: Source, total: int) -> None:
        super().__init__(
            target,
            pagesize=A4,
            title=source.title,
            author=source.author,
            subject=source.extra.get("subject", ""),
            creator="Demeure sample base",
            lang="fr-FR",
            invariant=1,
        )
        self.source, self.total = source, total
        frame = Frame(_MARGIN, 24 * mm, _WIDTH, A4[1] - 46 * mm, id="body", showBoundary=0)
        self.addPageTemplates(PageTemplate("page", [frame], onPage=self._decorate))

    def _decorate(self, canvas: Any, _document: Any) -> None:
        """Draw the foot of the page: the document's name, the page, the total."""
        foot = french(self.source.extra.get("footer", self.source.title))
        canvas.saveState()
        canvas.setStrokeColor(RULE)
        canvas.line(_MARGIN, 18 * mm, A4[0] - _MARGIN, 18 * mm)
        canvas.setFillColor(INK)
        canvas.setFont("Vera", 7.5)
        canvas.drawString(_MARGIN, 13 * mm, foot)
        canvas.drawRightString(A4[0] - _MARGIN, 13 * mm, f"Page {canvas.getPageNumber()} / {self.total}")
        canvas.restoreState()

    def afterFlowable(self, flowable: Any) -> None:  # noqa: N802 (reportlab's hook)
        """Note each heading and its page for the table of contents and outline."""
        level = getattr(flowable, "heading_level", None)
        if level is None or level > 2:
            return
        text = flowable.getPlainText()
        key = f"h{self.seq.nextf('heading')}"
        self.canv.bookmarkPage(key)
        self.notify("TOCEntry", (level - 1, escape(text), self.page, key))


def _heading(block: Block) -> Any:
    paragraph = Paragraph(inline(block.text), STYLES[f"h{block.level}"])
    paragraph.heading_level = block.level
    return paragraph


def _table(block: Block) -> Any:
    """A ruled table; figures go right, column widths follow the longest cell."""
    count = max(len(row) for row in block.rows)
    longest = [max(len(row[i]) for row in block.rows if i < len(row)) for i in range(count)]
    weights = [min(max(length, 13), 46) for length in longest]
    widths = [_WIDTH * weight / sum(weights) for weight in weights]
    data = []
    for number, row in enumerate(block.rows):
        kinds = ["cell-right" if is_number(cell) else "cell" for cell in row]
        if number == 0:
            kinds = ["head-right" if is_number(cell) else "cell-head" for cell in block.rows[-1]]
        data.append([Paragraph(inline(c), STYLES[k]) for c, k in zip(row, kinds, strict=True)])
    return Table(data, colWidths=widths, style=TABLE_STYLE, repeatRows=1, spaceBefore=4, spaceAfter=10)


def _chart(block: Block) -> Any:
    """A bar chart with the value above each bar."""
    drawing = Drawing(_WIDTH, 170)
    chart = VerticalBarChart()
    chart.x, chart.y, chart.width, chart.height = 10, 28, _WIDTH - 20, 112
    chart.data = [tuple(value for _, value in block.bars)]
    chart.categoryAxis.categoryNames = [name for name, _ in block.bars]
    chart.categoryAxis.labels.fontName = chart.barLabels.fontName = "Vera"
    chart.categoryAxis.labels.fontSize = chart.barLabels.fontSize = 7
    chart.valueAxis.visible = False
    chart.valueAxis.valueMin = 0
    chart.barLabels.nudge = 7
    chart.barLabelFormat = lambda value: french(f"{value:,.0f}".replace(",", " "))
    chart.bars[0].fillColor = INK
    chart.bars[0].strokeColor = None
    drawing.add(chart)
    drawing.add(String(0, 156, block.text, fontName="VeraBd", fontSize=8.5, fillColor=INK))
    return drawing


def _flowable(block: Block) -> Any:
    """The reportlab object for one block of the source."""
    if block.kind == "heading":
        return _heading(block)
    if block.kind == "table":
        return _table(block)
    if block.kind == "bars":
        return _chart(block)
    if block.kind == "break":
        return PageBreak()
    if block.kind in ("right", "lines"):
        return Paragraph("<br/>".join(inline(line) for line in block.lines), STYLES[block.kind])
    if block.kind == "item":
        label = "•" if block.label == "-" else block.label
        return Paragraph(inline(block.text), STYLES["item"], bulletText=label)
    return Paragraph(inline(block.text), STYLES[block.kind])


def _cover(source: Source) -> list[Any]:
    """The first page of a report: owner, title, subtitle, on a coloured band."""
    rows = [
        [Paragraph(inline(french(source.author)), STYLES["cover-small"])],
        [Paragraph(inline(french(source.title)), STYLES["cover-title"])],
        [Paragraph(inline(french(source.extra.get("subtitle", ""))), STYLES["cover-small"])],
    ]
    style = [("BACKGROUND", (0, 0), (-1, -1), PALE), ("LINEBEFORE", (0, 0), (0, -1), 6, INK)]
    style += [("LEFTPADDING", (0, 0), (-1, -1), 18), ("TOPPADDING", (0, 0), (-1, -1), 14)]
    style += [("BOTTOMPADDING", (0, 0), (-1, -1), 14)]
    return [Spacer(1, 70 * mm), Table(rows, colWidths=[_WIDTH], style=style), PageBreak()]


def _contents() -> list[Any]:
    """The table of contents, close-set so that it keeps to two pages."""
    close = [("TOPPADDING", (0, 0), (-1, -1), 1.5), ("BOTTOMPADDING", (0, 0), (-1, -1), 1.5)]
    styles = [STYLES["toc1"], STYLES["toc2"]]
    contents = TableOfContents(levelStyles=styles, tableStyle=close, dotsMinLevel=0)
    return [Paragraph("Sommaire", STYLES["title"]), contents, PageBreak()]


def _story(source: Source) -> list[Any]:
    """All the flowables, made anew for each pass (reportlab uses them up)."""
    story: list[Any] = []
    if source.layout == "report":
        story += _cover(source) + _contents()
    elif source.layout == "plain":
        story += [Paragraph(inline(french(source.author)), STYLES["owner"])]
        story += [Paragraph(inline(french(source.title)), STYLES["title"])]
    for block in parse(source.body):
        if block.kind == "heading" and block.level == 1:
            # A chapter of a report opens a page; elsewhere a heading near the foot moves on.
            need = 190 if source.layout == "report" else 62
            story.append(CondPageBreak(need * mm))
        story.append(_flowable(block))
    return story


def build_pdf(source: Source) -> bytes:
    """Build twice: the first pass counts the pages that the second one prints."""
    register_fonts()
    os.environ["SOURCE_DATE_EPOCH"] = str(int(source.moment.timestamp()))
    total = 0
    data = b""
    for _ in range(2):
        target = BytesIO()
        document = _Document(target, source, total)
        document.multiBuild(_story(source))
        total = document.page
        data = target.getvalue()
    return data
