"""Author and day as a file's properties tell them, and what is no author or no day."""

import io
from datetime import UTC, datetime

import pytest
from workshop_files import docx, odt, paragraph, pdf_page, text_at

from demeure.workshop.answers import AnswerInvalid, checked_summary
from demeure.workshop.jobs import read
from demeure.workshop.parts import Facts, ReadLimits, ReadSummary
from demeure.workshop.properties import author, day

CORE = (
    '<cp:coreProperties xmlns:cp="urn:c" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:t="urn:t">'
    "<dc:creator>Nadia \u202e Roussel</dc:creator><t:created>2026-03-12T10:15:00Z</t:created></cp:coreProperties>"
)
META = (
    '<office:document-meta xmlns:office="urn:o" xmlns:meta="urn:m" xmlns:dc="http://purl.org/dc/elements/1.1/">'
    "<office:meta><meta:initial-creator>Claire Morvan</meta:initial-creator><dc:creator>Autre</dc:creator>"
    "<meta:creation-date>2025-12-01T08:00:00</meta:creation-date></office:meta></office:document-meta>"
)


def summary(made: bytes, name: str) -> ReadSummary:
    limits, facts = ReadLimits(), Facts()
    frames = list(read(bytearray(made), name, name.rsplit(".", 1)[1], limits, facts))
    kind, data = frames[-1]
    assert kind == "end"
    return checked_summary(data, limits, data["characters"], len(frames) - 1)


def test_docx_and_odt_and_pdf_say_who_and_when() -> None:
    word = summary(docx(paragraph("La salle est fermée."), parts={"docProps/core.xml": CORE}), "a.docx")
    assert (word.author, word.written_on) == ("Nadia Roussel", "2026-03-12")
    text = summary(odt("<text:p>La salle est fermée.</text:p>", more={"meta.xml": META}), "a.odt")
    assert (text.author, text.written_on) == ("Claire Morvan", "2025-12-01")
    silent = summary(pdf_page(text_at(72, 700, "La salle est fermee.")), "a.pdf")
    assert (silent.author, silent.written_on) == ("", "")


def test_a_pdf_with_properties() -> None:
    from reportlab.pdfgen.canvas import Canvas

    buffer = io.BytesIO()
    canvas = Canvas(buffer)
    canvas.setAuthor("Jean Petit")
    canvas.drawString(72, 700, "La salle est fermee.")
    canvas.save()
    found = summary(buffer.getvalue(), "a.pdf")
    assert found.author == "Jean Petit" and found.written_on == datetime.now(UTC).date().isoformat()


@pytest.mark.parametrize(
    ("told", "kept"),
    [("D:20260312", "2026-03-12"), ("2026-02-30", ""), ("hier", ""), ("1601-01-01T00:00:00Z", ""), ("", "")],
)
def test_days(told: str, kept: str) -> None:
    assert day(told) == kept


@pytest.mark.parametrize(
    ("told", "kept"),
    [(" Jean  Petit ", "Jean Petit"), ("Microsoft Office User", ""), ("…", ""), ("x" * 300, "x" * 120)],
)
def test_authors(told: str, kept: str) -> None:
    assert author(told) == kept


@pytest.mark.parametrize(
    "lie", [{"author": "a\u202eb"}, {"author": "x" * 121}, {"written_on": "demain"}, {"written_on": 3}]
)
def test_a_hostile_answer_is_refused(lie: dict[str, object]) -> None:
    data = {"pages": 0, "title": "", "flags": [], "characters": 3} | lie
    with pytest.raises(AnswerInvalid):
        checked_summary(data, ReadLimits(), 3, 1)
