"""Sheets set as PDF by a real job in its cage: archivable, readable by machines and people, the same each time."""

import asyncio
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pikepdf
import pypdfium2
import pytest
import zxingcpp

from demeure.errors import InputError
from demeure.journal.paper import code_svg
from demeure.testing.workshop import LoneWorkshop
from demeure.workshop import Code, JobFailed, Sheet, SheetNotSet, SheetPart, Steps
from demeure.workshop.sheet import read
from demeure.workshop.typeset_asker import checked_pdf

CODE = "sha512:" + "9f" * 64
SHEET = Sheet(
    language="fr",
    title="Preuve d’enfermement",
    organisation="Mairie de Saint-Aubin",
    verdict="Rien ne sort de la maison.",
    lead="Chaque issue a été essayée.",
    issued=1_795_000_000,
    tone="ok",
    figures=(("1 020", "essais arrêtés"), ("0", "passés")),
    facts=(("Faite le", "26 novembre 2026"),),
    parts=(SheetPart("Clé", ("demeure/0/journal+00+" + "A" * 90,), signs=True), SheetPart("Limites", ("rien",))),
    steps=Steps("Vérifier", "Trois commandes.", (("Une.", "sha512sum -c"),)),
    code=Code(code_svg(CODE), "Empreinte", CODE),
    foot="Élément de preuve.",
)


@pytest.fixture(scope="module")
def workshop() -> Iterator[LoneWorkshop]:
    with LoneWorkshop(tight=True) as running:
        yield running


def made(workshop: LoneWorkshop, sheet: Sheet) -> bytes:
    return asyncio.run(workshop.typesetter().typeset(sheet))


def picture(data: bytes, page: int = 0) -> Any:
    with pypdfium2.PdfDocument(data) as document:
        return document[page].render(scale=4).to_pil().convert("L")


def test_a_sheet_is_set_in_the_cage_and_is_the_same_each_time(workshop: LoneWorkshop) -> None:
    first = made(workshop, SHEET)
    assert made(workshop, SHEET) == first
    assert made(workshop, replace(SHEET, issued=SHEET.issued + 1)) != first
    with pypdfium2.PdfDocument(first) as document:
        assert len(document) == 1
        text = document[0].get_textpage().get_text_bounded()
    assert "Rien ne sort de la maison." in text and "Mairie de Saint-Aubin" in text and "essais arrêtés" in text


def test_the_printed_code_is_read_back(workshop: LoneWorkshop) -> None:
    (found,) = zxingcpp.read_barcodes(picture(made(workshop, SHEET)))
    assert found.text == CODE


def test_it_is_what_archives_ask_for(workshop: LoneWorkshop) -> None:
    """PDF/A-2a and PDF/UA-1, as far as this can tell: identification, colours, fonts, and nothing that acts."""
    with pikepdf.open(io.BytesIO(made(workshop, SHEET))) as pdf:
        told = pdf.open_metadata()
        assert (told["pdfaid:part"], told["pdfaid:conformance"]) == ("2", "A")
        assert told["pdfuaid:part"] == "1"
        assert told["dc:title"] == SHEET.title and told["dc:language"] == {"fr"}
        assert "Filter" not in str(pdf.Root.Metadata.keys()), "the description is to be read without unpacking"
        assert pdf.Root.Lang == "fr" and pdf.Root.MarkInfo.Marked and pdf.Root.ViewerPreferences.DisplayDocTitle
        (intent,) = pdf.Root.OutputIntents
        assert intent.S == "/GTS_PDFA1"
        profile = intent.DestOutputProfile.read_bytes()
        assert profile[36:40] == b"acsp" and profile[16:20] == b"RGB "
        assert not pdf.is_encrypted and "/ID" in pdf.trailer and pdf.pdf_version == "1.7"
        fonts = [
            one
            for one in pdf.objects
            if isinstance(one, pikepdf.Dictionary) and one.get("/Type") == "/FontDescriptor"
        ]
        assert fonts and all("/FontFile2" in one or "/FontFile3" in one for one in fonts)
        composite = [
            one for one in pdf.objects if isinstance(one, pikepdf.Dictionary) and one.get("/Subtype") == "/Type0"
        ]
        assert composite and all("/ToUnicode" in one for one in composite)
        forbidden = {"/JavaScript", "/Launch", "/URI", "/GoToR", "/SubmitForm", "/Movie", "/Sound", "/RichMedia"}
        for one in pdf.objects:
            if isinstance(one, pikepdf.Dictionary | pikepdf.Stream):
                assert one.get("/S") not in forbidden and one.get("/Type") not in ("/EmbeddedFile", "/Filespec")
                assert "/JS" not in one and "/AA" not in one and one.get("/LZWDecode") is None
        assert "/OpenAction" not in pdf.Root and "/Names" not in pdf.Root


def test_what_is_said_is_never_read_as_a_program(workshop: LoneWorkshop) -> None:
    hostile = '#import "@preview/cetz:0.3.0" #read("/etc/passwd") $x$ *gras* \\ <a> [b] = titre // non'
    with pypdfium2.PdfDocument(made(workshop, replace(SHEET, verdict=hostile, organisation=hostile))) as document:
        told = " ".join(document[0].get_textpage().get_text_bounded().split())
    assert '#import "@preview/cetz:0.3.0" #read("/etc/passwd")' in told and "*gras*" in told and "root:" not in told


def test_a_sign_that_no_font_draws_becomes_a_box_and_the_sheet_is_set(workshop: LoneWorkshop) -> None:
    sheet = replace(SHEET, organisation="Mairie 😀 de Saint-Aubin", parts=(SheetPart('漢字 \\ "x"', ("👩‍👩‍👧",)),))
    with pypdfium2.PdfDocument(made(workshop, sheet)) as document:
        told = " ".join(document[0].get_textpage().get_text_bounded().split())
    assert "Mairie □ de Saint-Aubin" in told and '\\ "x"' in told and "Rien ne sort de la maison." in told


@pytest.mark.parametrize("tone", ["ok", "warn", "stop", "plain"])
def test_every_tone_and_both_languages_are_set(workshop: LoneWorkshop, tone: str) -> None:
    for language in ("fr", "en"):
        sheet = replace(SHEET, tone=tone, language=language, code=None, steps=None, parts=(), facts=(), figures=())
        with pikepdf.open(io.BytesIO(made(workshop, sheet))) as pdf:
            assert pdf.Root.Lang == language


def test_a_sheet_that_cannot_be_set_costs_a_named_error(workshop: LoneWorkshop) -> None:
    with pytest.raises(SheetNotSet):
        made(workshop, replace(SHEET, code=Code("<svg broken", "?")))
    with pytest.raises(InputError):
        made(workshop, replace(SHEET, tone="golden"))
    assert made(workshop, SHEET), "the next one is set"


@pytest.mark.parametrize(
    "change",
    [
        {"language": "de"},
        {"issued": -1},
        {"issued": "now"},
        {"title": "x" * 9_000},
        {"figures": [["1"]]},
        {"figures": [["1", 2]]},
        {"facts": "x"},
        {"parts": [{"title": "x", "lines": ["y"], "signs": 1}]},
        {"parts": [{"title": "x"}]},
        {"steps": {"title": "x", "lead": "y"}},
        {"code": {"svg": "<script>", "caption": "", "told": "", "wide": 30}},
        {"code": {"svg": "<svg ", "caption": "", "told": "", "wide": 3000}},
        {"more": 1},
    ],
)
def test_a_sheet_that_is_not_one_is_refused(change: dict[str, Any]) -> None:
    told = json.loads(SHEET.data())
    assert read(SHEET.data()) == told
    with pytest.raises(InputError):
        read(json.dumps(told | change).encode())


def test_garbage_is_refused() -> None:
    for data in (b"", b"[]", b"\xff", b"{" * 1000, b" " * (300 << 10)):
        with pytest.raises(InputError):
            read(data)
    for made_, end in (
        (b"%PDF-1.7\n%%EOF", {"bytes": 3}),
        (b"<html>%%EOF", {"bytes": 11}),
        (b"%PDF-1.7\n", {"bytes": 9}),
    ):
        with pytest.raises(JobFailed):
            checked_pdf(made_, end)
