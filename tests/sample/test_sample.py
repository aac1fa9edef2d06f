"""The sample base and its questions: every stated fact is where it is said to be."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import unicodedata
from email import message_from_bytes
from email.policy import default
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import odf.opendocument
import openpyxl
import pptx
import pypdfium2
import pytest
from docx import Document
from docx.table import Table
from odf import teletype

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = ROOT / "sample" / "documents"
QUESTIONS: list[dict[str, Any]] = [
    json.loads(line)
    for line in (ROOT / "tests" / "data" / "questions.jsonl").read_text(encoding="utf-8").splitlines()
]
ANSWERABLE = [question for question in QUESTIONS if question["answerable"]]
LATER_FORMATS = {"scan"}
SCAN = DOCUMENTS / "mairie" / "arrete-stationnement-scan.pdf"

# What a document would have to mention to answer a question that has no answer.
ABSENT = {
    "q33": r"\bsonos?\b|sonorisation|amplificateur",
    "q34": r"pétanque|boulistes?\b|boulodrome",
    "q35": r"garage",
    "q36": r"volets?\b|roulant",
    "q37": r"piscine|bassin|baignade",
    "q38": r"vétérinaire",
    "q39": r"mutuelle|cotisation|prévoyance",
    "q40": r"visite médicale|médecin",
}

Section = tuple[str, str]


def normal(text: str) -> str:
    """Fold compatibility forms, case and white space, as the scoring does."""
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text)).casefold().strip()


@cache
def pages(path: Path) -> list[str]:
    """The text of each page of a PDF."""
    document = pypdfium2.PdfDocument(path)
    return [document[number].get_textpage().get_text_range() for number in range(len(document))]


def docx_sections(path: Path) -> list[Section]:
    """Headings of a Word file, each with what follows it, tables included."""
    sections = [("", "")]
    for item in Document(str(path)).iter_inner_content():
        if isinstance(item, Table):
            text = "\n".join(" ".join(cell.text for cell in row.cells) for row in item.rows)
        elif item.style is not None and str(item.style.name).startswith("Heading"):
            sections.append((item.text, ""))
            continue
        else:
            text = item.text
        sections[-1] = (sections[-1][0], f"{sections[-1][1]}\n{text}")
    return sections


def odt_sections(path: Path) -> list[Section]:
    """Headings of an OpenDocument text, each with what follows it."""
    sections = [("", "")]
    for element in odf.opendocument.load(path).text.childNodes:
        text = teletype.extractText(element)
        if element.tagName == "text:h":
            sections.append((text, ""))
        else:
            sections[-1] = (sections[-1][0], f"{sections[-1][1]}\n{text}")
    return sections


class _Page(HTMLParser):
    """Collects the headings of a page and the text below each."""

    def __init__(self) -> None:
        super().__init__()
        self.sections: list[Section] = [("", "")]
        self.in_heading = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if re.fullmatch(r"h[1-6]", tag):
            self.in_heading = True
            self.sections.append(("", ""))

    def handle_endtag(self, tag: str) -> None:
        if re.fullmatch(r"h[1-6]", tag):
            self.in_heading = False

    def handle_data(self, data: str) -> None:
        heading, text = self.sections[-1]
        self.sections[-1] = (heading + data, text) if self.in_heading else (heading, f"{text} {data}")


def html_sections(path: Path) -> list[Section]:
    """Headings of an HTML page, each with what follows it."""
    page = _Page()
    page.feed(path.read_text(encoding="utf-8"))
    return page.sections


def text_sections(path: Path) -> list[Section]:
    """Headings of a Markdown or plain-text file: ``#`` lines or ``1. CAPITALS``."""
    sections = [("", "")]
    for line in path.read_text(encoding="utf-8").splitlines():
        heading = re.fullmatch(r"#+ (.*)|(\d+\. [^a-z]+)", line)
        if heading:
            sections.append((heading[1] or heading[2], ""))
        else:
            sections[-1] = (sections[-1][0], f"{sections[-1][1]}\n{line}")
    return sections


def sheet_sections(path: Path) -> list[Section]:
    """Sheets of a workbook, each with its cells."""
    if path.suffix == ".xlsx":
        book = openpyxl.load_workbook(path)
        return [
            (sheet.title, " ".join(str(cell) for row in sheet.values for cell in row if cell is not None))
            for sheet in book
        ]
    tables = odf.opendocument.load(path).spreadsheet.childNodes
    return [
        (table.getAttribute("name"), " ".join(teletype.extractText(row) for row in table.childNodes))
        for table in tables
    ]


def slide_sections(path: Path) -> list[Section]:
    """Slides of a deck: title, then the text, the tables and the notes."""
    sections = []
    for slide in pptx.Presentation(str(path)).slides:
        parts = [shape.text_frame.text for shape in slide.shapes if shape.has_text_frame]
        grids = [shape.table for shape in slide.shapes if shape.has_table]
        parts += [cell.text for grid in grids for cell in grid.iter_cells()]
        if slide.has_notes_slide:
            parts.append(slide.notes_slide.notes_text_frame.text)
        sections.append((slide.shapes.title.text, "\n".join(parts)))
    return sections


def mail_sections(path: Path) -> list[Section]:
    """The subject of a message and its plain text."""
    message = message_from_bytes(path.read_bytes(), policy=default)
    body = message.get_body(("plain",))
    assert body is not None
    return [(str(message["Subject"]), body.get_content())]


READERS = {
    ".docx": docx_sections,
    ".odt": odt_sections,
    ".html": html_sections,
    ".md": text_sections,
    ".txt": text_sections,
    ".xlsx": sheet_sections,
    ".ods": sheet_sections,
    ".pptx": slide_sections,
    ".eml": mail_sections,
}


@cache
def sections(path: Path) -> list[Section]:
    """Any sample document as headings and texts; a PDF has its pages as texts."""
    if path == SCAN:
        source = ROOT / "sample" / "sources" / "mairie" / "arrete-stationnement-scan.md"
        return [("", source.read_text(encoding="utf-8"))]
    if path.suffix == ".pdf":
        return [("", text) for text in pages(path)]
    return READERS[path.suffix](path)


def documents() -> list[Path]:
    return sorted(path for path in DOCUMENTS.rglob("*") if path.is_file())


def passage(question: dict[str, Any]) -> str:
    """The text of the place that a question names: a page, a section, or all."""
    path = DOCUMENTS / question["space"] / question["document"]
    found, place = sections(path), question["place"]
    if place is None or path == SCAN:
        return normal(" ".join(text for _, text in found))
    if "page" in place:
        return normal(found[place["page"] - 1][1])
    chosen = [text for heading, text in found if normal(heading) == normal(place["heading"])]
    assert len(chosen) == 1, f"{path.name}: heading {place['heading']!r} found {len(chosen)} times"
    return normal(chosen[0])


def test_base_is_large_enough() -> None:
    counts = {space: len(list((DOCUMENTS / space).iterdir())) for space in ("mairie", "menuiserie")}
    assert counts["mairie"] >= 15 and counts["menuiserie"] >= 8
    assert sum(path.stat().st_size for path in documents()) < 3_000_000


def test_long_documents_have_their_pages() -> None:
    town = DOCUMENTS / "mairie"
    assert len(pages(town / "pv-conseil-2026-04-23.pdf")) >= 12
    assert len(pages(town / "pv-conseil-2025-04-10.pdf")) >= 6
    assert len(pages(town / "rapport-activite-2025.pdf")) >= 20


def test_scan_is_one_page_without_text() -> None:
    assert len(pages(SCAN)) == 1
    assert pages(SCAN)[0].strip() == ""


def test_question_counts() -> None:
    assert [question["id"] for question in QUESTIONS] == [f"q{n:02d}" for n in range(1, 41)]
    assert len(ANSWERABLE) == 32
    later = [question for question in ANSWERABLE if question["format"] in LATER_FORMATS]
    assert len(later) <= 1


@pytest.mark.parametrize("question", ANSWERABLE, ids=lambda question: question["id"])
def test_facts_are_at_the_stated_place(question: dict[str, Any]) -> None:
    text = passage(question)
    assert 1 <= len(question["facts"]) <= 3
    for spellings in question["facts"]:
        assert any(normal(spelling) in text for spelling in spellings), spellings


@pytest.mark.parametrize("question", ANSWERABLE, ids=lambda question: question["id"])
def test_format_matches_the_file(question: dict[str, Any]) -> None:
    path = DOCUMENTS / question["space"] / question["document"]
    assert question["format"] == ("scan" if path == SCAN else path.suffix[1:])


@pytest.mark.parametrize("identifier", sorted(ABSENT))
def test_unanswerable_topics_are_absent(identifier: str) -> None:
    question = next(entry for entry in QUESTIONS if entry["id"] == identifier)
    assert not question["answerable"]
    assert question["document"] is None and question["place"] is None and question["facts"] == []
    for path in (DOCUMENTS / question["space"]).iterdir():
        for heading, text in sections(path):
            found = re.search(ABSENT[identifier], normal(f"{heading} {text}"))
            assert found is None, f"{path.name}: {found and found[0]!r}"


def test_every_unanswerable_question_is_checked() -> None:
    assert set(ABSENT) == {question["id"] for question in QUESTIONS if not question["answerable"]}


@pytest.mark.thorough
def test_rebuild_gives_the_committed_texts(tmp_path: Path) -> None:
    """Two builds are equal byte for byte, and equal in text to the committed files."""
    for folder in ("one", "two"):
        command = [sys.executable, str(ROOT / "sample" / "build.py"), "--out", str(tmp_path / folder)]
        subprocess.run(command, check=True, capture_output=True)
    built = sorted(path.relative_to(tmp_path / "one") for path in (tmp_path / "one").rglob("*.*"))
    assert built == [path.relative_to(DOCUMENTS) for path in documents()]
    for name in built:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes(), name
        if DOCUMENTS / name != SCAN:
            assert sections(tmp_path / "one" / name) == sections(DOCUMENTS / name), name
