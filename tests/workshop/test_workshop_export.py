"""Letters written by a real job in its cage, then opened by other programs: LibreOffice, python-docx, pikepdf."""

import asyncio
import csv
import io
import json
import re
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import docx
import odfdo
import pikepdf
import pypdfium2
import pytest
import zxingcpp
from lxml import etree

from demeure.errors import InputError
from demeure.testing.workshop import LoneWorkshop
from demeure.workshop import FILE_FORMATS, SHEET_FORMATS, JobFailed, Letter, LetterNotWritten, LetterSource
from demeure.workshop.blocks import blocks
from demeure.workshop.export_asker import checked_file
from demeure.workshop.letter import read_letter

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
OFFICE = shutil.which("soffice") or shutil.which("libreoffice")
CODE = "c2sp.org/tlog-proof@v1\nindex 12\n" + "AbCd0123" * 30
TEXT = """# Horaires

La cantine ouvre à **11 h 30** [1], *ferme* à 14 h [2][1].

## Tarifs

| Tranche | Prix |
|---|---|
| =cmd\\|'/C calc'!A0 | 1,10 € [2] |
| B | `x` |

- un
- deux
  1. a
  2. b

5. cinq
6. six

> une phrase
> d’un règlement

```
code  <b>
```

***

Voir [ici](https://exemple.fr/a) et [9].
"""
LETTER = Letter(
    language="fr",
    title="Quand ouvre la cantine ?",
    organisation="Mairie de Saint-Aubin",
    text=TEXT,
    issued=1_795_000_000,
    sources=(
        LetterSource(1, "règlement.pdf", "page 3", "La cantine ouvre à 11 h 30."),
        LetterSource(2, "tarifs.ods", "lignes 2 à 4", "Tranche A : 1,10 €"),
    ),
    letterhead=("Mairie de Saint-Aubin", "1 place de la Fontaine"),
    closing=("Veuillez agréer, Madame, Monsieur, nos salutations distinguées.",),
    signature=("Jeanne Martin", "accueil"),
    mention="Texte préparé avec l’aide d’une intelligence artificielle (Demeure, modèle m).",
    review="Relu par Jeanne Martin le 26 novembre 2026.",
    facts=(
        ("AIGenerated", "true"),
        ("AIModel", "m"),
        ("HumanReview", "Jeanne Martin; 2026-11-26"),
        ("DigitalSourceType", "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"),
    ),
    code=CODE,
    caption="Reçu de cette réponse",
)
GOLDEN = {
    "headings": [("1", "Horaires"), ("2", "Tarifs")],
    "tables": [[["Tranche", "Prix"], ["=cmd|'/C calc'!A0", "1,10 €"], ["B", "x"]]],
    "notes": [
        "règlement.pdf, page 3 «\u202fLa cantine ouvre à 11 h 30.\u202f»",
        "tarifs.ods, lignes 2 à 4 «\u202fTranche A : 1,10 €\u202f»",
        "règlement.pdf, page 3, voir la note 1",
        "tarifs.ods, lignes 2 à 4, voir la note 2",
    ],
    "facts": dict(LETTER.facts),
}
HOSTILE = "\n\n".join(
    [
        "\x00\x07\x1b[31m\ud800\ufffe rouge \u202e retourné \u200f",
        "<script>alert(1)</script> <b>&amp; ]]> </w:t></text:p>",
        "مرحبا بالعالم שלום 😀 👩‍👩‍👧 漢字 ไทย Ω ж",
        '| =1+1 | +cmd | @SUM | -2 |\n|---|---|---|---|\n| =HYPERLINK("http://a") | \t=x | \' | " |',
        "- " * 60 + "fond",
        "> " * 60 + "fond",
        "#" * 9 + " x\n\n###### six\n\n# un",
        "x" * 5_000,
        "| "
        + " | ".join(f"c{n}" for n in range(90))
        + " |\n|"
        + "---|" * 90
        + "\n| "
        + " | ".join("v" * 90)
        + " |",
        "![image](file:///etc/passwd) [a](javascript:alert(1)) <http://b> &#0; &x;",
        '#import "@preview/cetz:0.3.0" #read("/etc/passwd") $x^2$ @ref <label> // c',
        "````\n```\n#set\n````\n\n    indenté `a``b`",
        "1. a\n\n   | x |\n   |---|\n   | y |\n\n   ```\n   z\n   ```\n\n99999999. loin",
        "[1][2][1] [999] [1, 2; 3] [^1]",
    ]
)


@pytest.fixture(scope="module")
def workshop() -> Iterator[LoneWorkshop]:
    with LoneWorkshop(tight=True) as running:
        yield running


@pytest.fixture(scope="module")
def files(workshop: LoneWorkshop) -> dict[str, bytes]:
    return {kind: made(workshop, LETTER, kind) for kind in FILE_FORMATS}


def made(workshop: LoneWorkshop, letter: Letter, kind: str) -> bytes:
    return asyncio.run(workshop.exporter().export(letter, kind))


def test_a_digest_is_printed_whole_where_a_line_holds_it(workshop: LoneWorkshop) -> None:
    digest, name = "0f" * 32, "n" * 64
    lines = [
        f"Empreinte SHA-256 : {digest}.",
        f"- (sha256:{digest})",
        f"- un\n  - deux **{digest}**",
        f"`{digest}`",
    ]
    lines += [f"> {digest}", f"```\n{digest}\n```", f"Nom : {name}"]
    table = f"| n | empreinte | de plus | de plus | de plus |\n|---|---|---|---|---|\n| 1 | {digest} | a | b | c |"
    letter = replace(LETTER, text="\n\n".join([*lines, table]), sources=(), code="", caption="")
    with pypdfium2.PdfDocument(made(workshop, letter, "pdf")) as document:
        pages = [page.get_textpage() for page in document]
        told = "\n".join(page.get_text_bounded() for page in pages)
        right = max(page.get_charbox(n)[2] for page in pages for n in range(page.count_chars()))
        assert right <= document[0].get_width(), "nothing is cut off at the edge"
    assert told.count(digest) == 6 and name not in told and name in re.sub(r"\s|\u200b|\ufffe", "", told)


def of_odt(data: bytes) -> dict[str, Any]:
    """Headings, tables, notes and properties of a text document, read with lxml and odfdo."""
    document = odfdo.Document(io.BytesIO(data))
    tree = etree.fromstring(zipfile.ZipFile(io.BytesIO(data)).read("content.xml"))
    names = {key: value for key, value in tree.nsmap.items() if key}

    def words(one: Any) -> str:
        copy = etree.fromstring(etree.tostring(one))
        for note in copy.findall(".//text:note", names):
            before, parent = note.getprevious(), note.getparent()
            if before is not None:
                before.tail = (before.tail or "") + (note.tail or "")
            else:
                parent.text = (parent.text or "") + (note.tail or "")
            parent.remove(note)
        return "".join(copy.itertext()).strip(" \u202f")

    text = f"{{{names['text']}}}"
    return {
        "headings": [(h.get(f"{text}outline-level"), words(h)) for h in tree.findall(".//text:h", names)],
        "tables": [
            [
                [words(c) for c in row.findall("table:table-cell", names)]
                for row in t.findall(".//table:table-row", names)
            ]
            for t in tree.findall(".//table:table", names)
        ],
        "notes": ["".join(n.itertext()).strip() for n in tree.findall(".//text:note-body", names)],
        "facts": {k: str(v) for k, v in document.meta.user_defined_metadata.items() if k in GOLDEN["facts"]},
    }


def of_docx(data: bytes) -> dict[str, Any]:
    document = docx.Document(io.BytesIO(data))
    package = zipfile.ZipFile(io.BytesIO(data))
    notes = etree.fromstring(package.read("word/footnotes.xml"))
    facts = etree.fromstring(package.read("docProps/custom.xml"))
    return {
        "headings": [(p.style.name[-1], p.text) for p in document.paragraphs if p.style.name.startswith("Heading")],
        "tables": [[[c.text.strip(" \u202f") for c in r.cells] for r in t.rows] for t in document.tables],
        "notes": ["".join(n.itertext()).strip() for n in notes if n.get(f"{W}type") is None],
        "facts": {one.get("name"): "".join(one.itertext()) for one in facts},
    }


def test_the_structure_is_the_golden_one(files: dict[str, bytes]) -> None:
    with zipfile.ZipFile(io.BytesIO(files["docx"])) as made:
        assert not [name for name in made.namelist() if "thumbnail" in name], "the picture of another document"
    assert of_docx(files["docx"]) == GOLDEN
    assert of_odt(files["odt"]) == GOLDEN


@pytest.mark.skipif(OFFICE is None, reason="LibreOffice is not installed: files are not opened by it")
@pytest.mark.parametrize("kind", ["docx", "odt"])
def test_libreoffice_opens_it_and_finds_the_same(kind: str, files: dict[str, bytes], tmp_path: Path) -> None:
    """Read by LibreOffice and written again by it, as ODT."""
    (tmp_path / "in").mkdir()
    source = tmp_path / "in" / f"letter.{kind}"
    source.write_bytes(files[kind])
    back = of_odt(opened(source, "odt", tmp_path))
    assert back["headings"] == GOLDEN["headings"]
    assert back["tables"] == GOLDEN["tables"]
    assert back["notes"] == GOLDEN["notes"]
    assert back["facts"] == GOLDEN["facts"]
    text = opened(source, "txt:Text (encoded):UTF8", tmp_path).decode("utf-8-sig")
    for said in (LETTER.mention, LETTER.review, *LETTER.letterhead, *LETTER.closing, "5. cinq", "code  <b>"):
        assert said in text


def opened(source: Path, kind: str, folder: Path) -> bytes:
    out = folder / "out"
    profile = f"-env:UserInstallation=file://{folder}/profile"
    command = [str(OFFICE), profile, "--headless", "--convert-to", kind, "--outdir", str(out), str(source)]
    subprocess.run(command, check=True, capture_output=True, timeout=240)
    return (out / f"letter.{kind.split(':', maxsplit=1)[0]}").read_bytes()


def test_the_pdf_is_tagged_and_for_archives(files: dict[str, bytes]) -> None:
    with pikepdf.open(io.BytesIO(files["pdf"])) as pdf:
        told = pdf.open_metadata()
        assert (told["pdfaid:part"], told["pdfaid:conformance"]) == ("2", "A")
        assert told["pdfuaid:part"] == "1" and pdf.Root.MarkInfo.Marked and pdf.Root.Lang == "fr"
        assert told["dc:title"] == LETTER.title and "AIGenerated=true" in told["pdf:Keywords"]
        assert all(f"{name}={value}" in told["pdf:Keywords"] for name, value in LETTER.facts), "as they are"
        assert told["dc:description"] == LETTER.mention
        tags = [
            str(one.S) for one in pdf.objects if isinstance(one, pikepdf.Dictionary) and "/S" in one and "/P" in one
        ]
        for tag in ("/H1", "/H2", "/H3", "/Table", "/TH", "/TD", "/L", "/LI", "/Note", "/BlockQuote"):
            assert tag in tags, tag
    with pypdfium2.PdfDocument(files["pdf"]) as document:
        text = "\n".join(page.get_textpage().get_text_bounded() for page in document)
        codes = [c.text for p in document for c in zxingcpp.read_barcodes(p.render(scale=4).to_pil())]
    assert all(one in " ".join(text.split()) for one in ("=cmd|'/C calc'!A0", "page 3", "voir la note 1"))
    assert codes == [CODE]


def test_markdown_reads_back_as_the_same_blocks(files: dict[str, bytes]) -> None:
    head, _, body = files["md"].decode().removeprefix("---\n").partition("\n---\n")
    assert 'AIGenerated: "true"' in head and 'title: "Quand ouvre la cantine ?"' in head
    told = blocks(body)
    assert [b["kind"] for b in told if b["kind"] in ("table", "list", "code", "quote")] == [
        *("table", "list", "list", "quote", "code"),
        "code",
    ]
    assert "[^1]: règlement.pdf, page 3" in body


def test_headings_look_the_same_in_docx_and_odt(files: dict[str, bytes]) -> None:
    word, text = docx.Document(io.BytesIO(files["docx"])), odfdo.Document(io.BytesIO(files["odt"]))
    used = {one.style.name for one in word.paragraphs if one.style.name.startswith(("Heading", "Title"))}
    assert {"Heading 1", "Heading 2"} <= used
    for level in range(1, 7):
        font = word.styles[f"Heading {level}"].font
        looks = text.get_style("paragraph", f"Heading_20_{level}").get_element("style:text-properties")
        seen = [looks.get_attribute(f"fo:{name}") for name in ("color", "font-size", "font-weight", "font-style")]
        assert seen == [f"#{font.color.rgb}".lower(), f"{font.size.pt:g}pt", "bold", "normal"]
        assert font.bold and not font.italic and seen[0] == "#2c3c44"


def test_the_same_letter_makes_the_same_bytes(workshop: LoneWorkshop, files: dict[str, bytes]) -> None:
    for kind in FILE_FORMATS:
        assert made(workshop, LETTER, kind) == files[kind]


def test_tables_leave_as_spreadsheets_with_a_source_beside_each_cell(workshop: LoneWorkshop) -> None:
    rows = list(csv.reader(io.StringIO(made(workshop, LETTER, "csv").decode("utf-8-sig")), delimiter=";"))
    assert rows == [
        ["Tranche", "Prix", "Source"],
        ["'=cmd|'/C calc'!A0", "1,10 €", "tarifs.ods, lignes 2 à 4"],
        ["B", "x", ""],
    ]
    data = made(workshop, LETTER, "ods")
    book = odfdo.Document(io.BytesIO(data))
    told = {one.name: [[str(v or "") for v in row] for row in one.get_values()] for one in book.body.tables}
    assert told["Tableau 1"][1] == ["=cmd|'/C calc'!A0", "1,10 €", "tarifs.ods, lignes 2 à 4"]
    assert ["2", "tarifs.ods", "lignes 2 à 4", "Tranche A : 1,10 €"] in told["Sources"]
    assert LETTER.mention in str(told["Sources"]) and LETTER.review in str(told["Sources"])
    assert b"table:formula" not in zipfile.ZipFile(io.BytesIO(data)).read("content.xml")
    assert book.meta.user_defined_metadata.items() >= dict(LETTER.facts).items()
    assert data == made(workshop, LETTER, "ods"), "the same letter, the same bytes"
    for kind in SHEET_FORMATS:
        with pytest.raises(LetterNotWritten):
            made(workshop, replace(LETTER, text="Rien qu’une phrase."), kind)
        made(workshop, replace(LETTER, text=HOSTILE), kind)


@pytest.mark.parametrize("kind", FILE_FORMATS)
def test_hostile_text_is_text(workshop: LoneWorkshop, kind: str) -> None:
    letter = replace(LETTER, text=HOSTILE, title="<b>\x00=1+1\n</b> 😀", organisation="&<>\"'", code="", closing=())
    data = made(workshop, letter, kind)
    if kind == "pdf":
        with pikepdf.open(io.BytesIO(data)) as pdf:
            assert pdf.open_metadata()["pdfaid:part"] == "2"
            for one in pdf.objects:
                if isinstance(one, pikepdf.Dictionary):
                    assert one.get("/S") not in ("/URI", "/JavaScript", "/Launch")
        with pypdfium2.PdfDocument(data) as document:
            text = "".join(page.get_textpage().get_text_bounded() for page in document)
        assert "U+1F600" in text and "root:" not in text
    elif kind == "md":
        text = data.decode()
        assert "\\<script\\>" in text and "\n<script>" not in text and "\x00" not in text
    else:
        package = zipfile.ZipFile(io.BytesIO(data))
        assert not package.testzip()
        for name in package.namelist():
            if name.endswith((".xml", ".rels")) and package.read(name):
                tree = etree.fromstring(package.read(name))
                assert b"javascript:" not in package.read(name) or name in ("word/document.xml", "content.xml")
                assert not tree.xpath(
                    "//*[local-name()='hyperlink' or local-name()='a' or local-name()='fldSimple']"
                )
                assert b'TargetMode="External"' not in package.read(name)
        body = package.read("word/document.xml" if kind == "docx" else "content.xml").decode()
        assert "😀" in body and "漢字" in body and "formula" not in body


@pytest.mark.parametrize("kind", FILE_FORMATS)
def test_thirty_pages_and_a_long_table(workshop: LoneWorkshop, kind: str) -> None:
    page = "## Partie\n\n" + ("La commune délibère sur le point suivant et vote [1]. " * 55) + "\n\n"
    table = "| a | b | c |\n|---|---|---|\n" + "| un | deux | trois |\n" * 1_500
    data = made(workshop, replace(LETTER, text=page * 30 + table), kind)
    assert len(data) < 8 << 20
    if kind == "pdf":
        with pypdfium2.PdfDocument(data) as document:
            assert len(document) >= 60


def test_what_is_no_letter_is_refused() -> None:
    told = json.loads(LETTER.data())
    assert read_letter(LETTER.data()).title == LETTER.title
    for change in (
        {"language": "de"},
        {"issued": -1},
        {"text": 1},
        {"sources": [{"number": 1}]},
        {"sources": [{"number": 0, "document": "", "where": "", "quote": ""}]},
        {"facts": [["a b", "c"]]},
        {"facts": [["a"]]},
        {"letterhead": ["x"] * 99},
        {"more": 1},
    ):
        with pytest.raises(InputError):
            read_letter(json.dumps(told | change).encode())
    for data in (b"", b"[]", b"\xff", b"{" * 1000):
        with pytest.raises(InputError):
            read_letter(data)


def test_an_unknown_format_or_answer_costs_a_named_error(workshop: LoneWorkshop) -> None:
    with pytest.raises(InputError):
        made(workshop, LETTER, "exe")
    for data, end, kind in ((b"PK\x03\x04", {"bytes": 3}, "docx"), (b"<html>", {"bytes": 6}, "odt")):
        with pytest.raises(JobFailed):
            checked_file(data, end, kind)
    with pytest.raises(LetterNotWritten):
        made(workshop, replace(LETTER, code="é" * 2_900), "pdf")
