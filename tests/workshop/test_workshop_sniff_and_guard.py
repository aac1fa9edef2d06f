"""Formats told by their bytes, archives refused before they are opened, errors and flags in both languages."""

import unicodedata

import format_files as formats
import pytest
import workshop_files as files

from demeure.errors import known_errors
from demeure.workshop import DocumentBomb, DocumentCorrupt, DocumentUnreadable, DocumentWrongFormat, JobFailed
from demeure.workshop.cleaning import _PLAIN
from demeure.workshop.flags import FLAGS, sentence
from demeure.workshop.guard import Archive, parse
from demeure.workshop.sniff import announced_format, decode_text, sniff

MAIL = b"From: a@exemple.fr\nTo: b@exemple.fr\nSubject: Essai\nDate: lundi\n\nBonjour"


@pytest.mark.parametrize(
    ("made", "name", "found"),
    [
        (files.good_pdf(), "sans-extension", "pdf"),
        (b"\n\n" + files.good_pdf(), "a.pdf", "pdf"),
        (files.good_docx(), "a", "docx"),
        (files.good_odt(), "a", "odt"),
        (files.zipped({"xl/workbook.xml": b"x"}), "a.xlsx", "xlsx"),
        (files.zipped({"ppt/presentation.xml": b"x"}), "a.pptx", "pptx"),
        (
            files.zipped({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet"}, stored=("mimetype",)),
            "a",
            "ods",
        ),
        (files.zipped({"lisez-moi.txt": b"x"}), "a.zip", "zip"),
        (files.old_word(), "a.doc", "doc"),
        (MAIL, "a.eml", "eml"),
        (b"<!DOCTYPE html><html><body>x</body></html>", "a", "html"),
        (b"# Titre\n", "a.md", "md"),
        (b"bonjour", "LISEZMOI", "txt"),
        (b"\x89PNG\r\n\x1a\n", "a.png", "png"),
        (b"\xff\xd8\xff\xe0", "a.jpg", "jpeg"),
        (b"{\\rtf1 x}", "a.rtf", "rtf"),
        (b"MZ\x90\0", "a.exe", "exe"),
        (formats.good_xlsx(), "a.xlsm", "xlsx"),
        (
            formats.archived({"a.docx": files.good_docx()}),
            "a.zip",
            "zip",
        ),  # its own names, not those of its members
        (formats.archived({"a.docx": files.good_docx()}), "sans-extension", "zip"),
        (formats.epub({"a.xhtml": "x"}), "livre", "epub"),
        (formats.ole(formats.msg()), "a.msg", "msg"),
        (b"From a@b Thu Jan  1 00:00:00 2026\n" + MAIL, "courrier", "mbox"),
        (b"From a@b Thu Jan  1 00:00:00 2026\n" + MAIL, "a.eml", "eml"),
        (b"From here to 2026\nit is a text\n", "a.txt", "txt"),
        (b"a;b\n1;2\n", "a.csv", "csv"),
        (b"a\tb\n1\t2\n", "a.tsv", "csv"),
    ],
)
def test_what_a_file_is(made: bytes, name: str, found: str) -> None:
    guess = sniff(made, name)
    assert (guess.format, guess.lies) == (found, False)


@pytest.mark.parametrize("kind", ["doc", "xls", "ppt"])
def test_an_office_file_older_than_its_usual_streams_is_what_its_name_says(kind: str) -> None:
    """To be saved again, not renamed."""
    guess = sniff(formats.ole({"Book": b"x" * 5000}), f"vieux.{kind}")
    assert (guess.found, guess.lies) == (kind, False)
    assert sniff(formats.ole({"Book": b"x" * 5000}), "vieux.pdf").lies


def test_a_name_that_lies_is_told_what_it_looks_like() -> None:
    guess = sniff(files.good_docx(), "facture.PDF")
    assert (guess.lies, guess.announced, guess.found) == (True, "pdf", "docx")
    problem = DocumentWrongFormat(announced="pdf", found="png")
    assert "une image PNG" in problem.sentence("fr") and "a PNG image" in problem.sentence("en")


def test_names_with_anything_in_them_are_harmless() -> None:
    for name in ("", ".", "a.", "..pdf", "a.pdf\ud800", "x" * 100_000, "a.pdf\0.txt"):
        assert isinstance(announced_format(name), str)


@pytest.mark.parametrize("text", ["Été, cœur, 3 €, « à côté »", "déjà " * 2000])
def test_text_is_decoded_as_it_was_written(text: str) -> None:
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "cp1252"):
        assert decode_text(text.encode(encoding)).text == text
    wounded = text.encode() * 9 + b"\xe9"
    assert decode_text(wounded).bad == 1 and "�" in (decode_text(wounded).text or "")


def test_the_characters_let_through_in_one_pass_are_all_harmless() -> None:
    plain = [chr(code) for code in range(0x110000) if _PLAIN.fullmatch(chr(code))]
    assert len(plain) > 700
    for character in plain:
        assert character in "\n\t" or unicodedata.category(character)[0] in "LNPSZM"
        assert unicodedata.normalize("NFC", character) == character


def test_bytes_are_not_text() -> None:
    assert decode_text(files.noise()).text is None
    assert decode_text(b"\0" * 5000).text is None


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        (files.overlapping_bomb(), "zip-overlap"),
        (files.many_entries(6_000), "zip-entries"),
        (files.twice_the_same(), "zip-duplicates"),
        (files.escaping_path(), "zip-path"),
        (files.zipped({"C:/windows/x": b""}), "zip-path"),
        (files.zipped({"word/a.docx": b"x"}), "zip-nested"),
        (files.flat_bomb(8), "zip-ratio"),
    ],
)
def test_archives_are_refused_before_anything_is_unpacked(made: bytes, reason: str) -> None:
    with pytest.raises(DocumentBomb) as caught:
        Archive(made)
    assert caught.value.params["detail"] == reason


def test_attached_office_objects_do_not_condemn_a_document() -> None:
    assert Archive(files.zipped({"word/document.xml": b"x", "word/embeddings/a.docx": b"x"})).read(
        "word/document.xml"
    )


def test_a_long_honest_table_is_not_a_bomb() -> None:
    assert "word/document.xml" in Archive(files.huge_table()).names


def test_xml_with_declarations_is_refused() -> None:
    with pytest.raises(DocumentBomb):
        parse(b'<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>', "a")
    with pytest.raises(DocumentCorrupt):
        parse(b"<a><b></a>", "a")
    assert parse(b"<a>x</a>", "a").text == "x"


def test_every_error_and_flag_speaks_both_languages() -> None:
    ours = [cls for cls in known_errors().values() if issubclass(cls, DocumentUnreadable | JobFailed)]
    assert len(ours) > 14
    for cls in ours:
        french, english = (cls().sentence(language).replace("?", "x") for language in ("fr", "en"))  # ?: no field
        assert french != english and len(french) > 10
        assert not any(f" {mark}" in french for mark in ":;!?"), french
    for name, (french, english) in FLAGS.items():
        assert sentence(name) == french != english == sentence(name, "en")
