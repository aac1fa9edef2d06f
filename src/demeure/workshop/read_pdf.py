"""PDF by PDFium: one part a page, in reading order, each line with its box; hidden text and repeated headers
left out.

PDFium gives characters and places; lines, paragraphs and order are decided in pdf_layout.py, which is pure.
"""

import ctypes
import re
from collections.abc import Iterator
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from demeure.workshop.cleaning import clean, one_line
from demeure.workshop.errors import (
    DocumentCorrupt,
    DocumentEncrypted,
    DocumentHasNoText,
    DocumentTooLarge,
    DocumentTooManyPages,
)
from demeure.workshop.parts import TITLE_CHARACTERS, Facts, Part, ReadLimits
from demeure.workshop.pdf_layout import Page, document_title, drop_repeated, join_hyphens, page_parts, reading_order
from demeure.workshop.pdf_lines import Visibility, page_lines

_BOOKMARKS = 5_000
_LEADER = re.compile(r"\s*(?:\.[ \u00a0]?){6,}\s*")
"""Dots that lead to a page number: a hundred tokens that say nothing."""
_BOOKMARK_DEPTH = 4


def read(data: bytearray, _name: str, limits: ReadLimits, facts: Facts) -> Iterator[Part]:
    """Yields one part a page (places ``{"kind": "page", "page"}``, 1-based), more for a page of over 50,000
    characters."""
    document = _open(data)
    count = int(raw.FPDF_GetPageCount(document))
    if count > limits.pages:
        raise DocumentTooManyPages(found=count, limit=limits.pages)
    facts.pages = count
    pages = _pages(document, count, limits, facts)
    if not any(page.lines for page in pages):
        raise DocumentHasNoText
    facts.flag("repeated-lines", drop_repeated(pages))
    facts.flag("reordered-pages", sum(reading_order(page) for page in pages))
    join_hyphens(pages)
    facts.title = _title(document, facts) or document_title(pages)[:TITLE_CHARACTERS]
    facts.author = document.get_metadata_value("Author")
    facts.written_on = document.get_metadata_value("CreationDate")
    headings = _bookmarks(document, count)
    for page in pages:
        yield from page_parts(page, headings.get(page.number, ()))


def _open(data: bytearray) -> Any:
    buffer = (ctypes.c_ubyte * len(data)).from_buffer(data)  # PDFium reads in place: no second copy of the file
    try:
        return pdfium.PdfDocument(buffer)
    except pdfium.PdfiumError as problem:
        if getattr(problem, "err_code", None) in (raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY):
            raise DocumentEncrypted from problem
        raise DocumentCorrupt(detail="pdf-damaged") from problem


def _pages(document: Any, count: int, limits: ReadLimits, facts: Facts) -> list[Page]:
    pages: list[Page] = []
    characters = failed = 0
    for index in range(count):
        handle = raw.FPDF_LoadPage(document, index)
        if not handle:
            failed += 1
            continue
        try:
            page = _page(handle, index + 1, facts)
        finally:
            raw.FPDF_ClosePage(handle)
        pages.append(page)
        characters += sum(len(line.text) for line in page.lines)
        if characters > limits.characters:
            raise DocumentTooLarge(found=characters, limit=limits.characters, unit="characters")
    if not pages:
        raise DocumentCorrupt(detail="pdf-pages")
    facts.flag("pages-unreadable", failed)
    return pages


def _page(handle: Any, number: int, facts: Facts) -> Page:
    width, height = float(raw.FPDF_GetPageWidthF(handle)), float(raw.FPDF_GetPageHeightF(handle))
    page = Page(number, width, height)
    text_page = raw.FPDFText_LoadPage(handle)
    if not text_page:
        facts.flag("pages-unreadable")
        return page
    try:
        visibility = Visibility(handle, text_page)
        for line in page_lines(handle, text_page, visibility):
            line.text = _LEADER.sub(" … ", one_line(clean(line.text, facts.flag)))
            if line.text:
                page.lines.append(line)
    finally:
        raw.FPDFText_ClosePage(text_page)
    facts.flag("hidden-text", visibility.hidden)
    facts.flag("tiny-text", visibility.tiny)
    facts.flag("scan-text-layer", int(visibility.scan))
    if not page.lines and raw.FPDFPage_CountObjects(handle) > 0:
        facts.flag("pages-without-text")
    return page


def _title(document: Any, facts: Facts) -> str:
    """The declared title, unless it is plainly a file name or a template's."""
    text = one_line(clean(document.get_metadata_value("Title"), facts.flag))[:TITLE_CHARACTERS]
    lower = text.lower()
    noise = lower.startswith(
        ("microsoft word", "untitled", "sans titre", "sans nom", "document")
    ) or lower.endswith((".doc", ".docx", ".odt", ".pdf", ".indd", ".tex", ".rtf"))
    return "" if noise or len(text) < 3 else text


def _bookmarks(document: Any, count: int) -> dict[int, tuple[str, ...]]:
    """Page number → titles of the bookmarks open at its top, outermost first. Empty without bookmarks."""
    marks: list[tuple[int, int, str]] = []
    for at, mark in enumerate(document.get_toc(max_depth=_BOOKMARK_DEPTH)):
        if at >= _BOOKMARKS:
            break
        target = mark.get_dest()
        index = target.get_index() if target is not None else None
        title = one_line(clean(mark.get_title(), lambda *_: None))[:120]
        if index is not None and 0 <= index < count and title:
            marks.append((index + 1, int(mark.level), title))
    marks.sort(key=lambda mark: mark[0])
    found: dict[int, tuple[str, ...]] = {}
    path: list[tuple[int, str]] = []
    at = 0
    for number in range(1, count + 1) if marks else ():
        while at < len(marks) and marks[at][0] == number:
            level, title = marks[at][1:]
            path = [(depth, name) for depth, name in path if depth < level] + [(level, title)]
            # several sections may open on one page: the first is the one nearest to its top
            found.setdefault(number, tuple(name for _, name in path))
            at += 1
        found.setdefault(number, tuple(name for _, name in path))
    return found
