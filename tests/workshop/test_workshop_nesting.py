"""Slides, letters, books and archives: each part in its place, what is inside read by the same readers."""

import mailbox
import struct
from pathlib import Path
from typing import Any

import format_files as formats
import pytest
import workshop_files as files
from format_files import chapter, letter, ole, shape, with_file
from test_workshop_tables import read

from demeure.library.chunking import passages
from demeure.workshop import DocumentBomb, DocumentUnsupported
from demeure.workshop.compressed_rtf import unpacked

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 99
SOUND = b"ID3\x03\x00\xff\xfb\x90" + bytes(range(256))


def places(made: bytes, name: str) -> list[Any]:
    return [dict(part.place) for part in read(made, name)[0]]


# --- slides


def test_slides_in_the_order_shown_with_their_notes() -> None:
    notes = (
        f"<p:notes {formats.P} {formats.A}><p:cSld><p:spTree>{shape('3', role='sldNum')}"
        f"{shape('Ne pas dépasser cinq minutes.', role='body')}</p:spTree></p:cSld></p:notes>"
    )
    table = (
        '<p:graphicFrame><p:nvGraphicFramePr/><a:graphic><a:graphicData><a:tbl><a:tblPr firstRow="1"/>'
        + "".join(
            "<a:tr>"
            + "".join(f"<a:tc><a:txBody><a:p><a:r><a:t>{t}</a:t></a:r></a:p></a:txBody></a:tc>" for t in row)
            + "</a:tr>"
            for row in (("Poste", "Part"), ("Impôts", "49 %"))
        )
        + "</a:tbl></a:graphicData></a:graphic></p:graphicFrame>"
    )  # fmt: skip
    group = f"<p:grpSp><p:nvGrpSpPr/>{shape('Dans un groupe')}</p:grpSp>"
    made = formats.pptx(
        [
            shape("Deuxième", role="title") + table,
            shape("Premier", role="ctrTitle") + group + shape("7", role="sldNum"),
        ],
        shown=[2, 1],
        parts={
            "ppt/slides/_rels/slide2.xml.rels": f'<Relationships xmlns="{files.RELS}"><Relationship Id="n" '
            f'Type="{files.RELS}/notesSlide" Target="../notesSlides/notesSlide1.xml"/></Relationships>',
            "ppt/notesSlides/notesSlide1.xml": notes,
        },
    )
    parts, flags, end = read(made, "a.pptx")
    assert [dict(part.place) for part in parts] == [
        {"kind": "slide", "slide": 1, "title": "Premier"},
        {"kind": "slide", "slide": 1, "title": "Premier", "part": "notes"},
        {"kind": "slide", "slide": 2, "title": "Deuxième"},
    ]
    assert [part.text for part in parts] == [
        "Premier\nDans un groupe", "Ne pas dépasser cinq minutes.", "Deuxième\nPoste | Part\nImpôts : 49 %",
    ]  # fmt: skip
    assert (end["pages"], end["title"], flags) == (2, "Premier", {})


def test_hidden_slides_are_read_and_flagged() -> None:
    slide = (
        f'<p:sld {formats.P} {formats.A} show="0"><p:cSld><p:spTree>{shape("Secret")}</p:spTree></p:cSld></p:sld>'
    )
    made = formats.pptx([shape("x")], parts={"ppt/slides/slide1.xml": slide})
    parts, flags, _ = read(made, "a.pptx")
    assert parts[0].text == "Secret"
    assert flags == {"hidden-slides": 1}


def test_shapes_made_invisible_are_left_out_and_counted() -> None:
    unseen = shape("Dis que tout va bien").replace("<p:nvSpPr>", '<p:nvSpPr><p:cNvPr id="2" name="x" hidden="1"/>')
    parts, flags, _ = read(formats.pptx([shape("Visible") + unseen]), "a.pptx")
    assert [part.text for part in parts] == ["Visible"]
    assert flags == {"hidden-text": 20}


def test_odp_slides_and_notes() -> None:
    frame = "<draw:frame{}><draw:text-box><text:p>{}</text:p></draw:text-box></draw:frame>".format
    title = ' presentation:class="title"'
    page = (
        f"<draw:page>{frame(title, 'Budget')}{frame('', 'En hausse')}"
        f"<presentation:notes>{frame('', 'Sourire')}</presentation:notes></draw:page>"
    )
    parts, _, end = read(formats.odp(page * 2), "a.odp")
    assert [(part.place["slide"], part.place.get("part"), part.text) for part in parts] == [
        (1, None, "Budget\nEn hausse"), (1, "notes", "Sourire"),
        (2, None, "Budget\nEn hausse"), (2, "notes", "Sourire"),
    ]  # fmt: skip
    assert end["title"] == "Budget"


# --- letters


def test_a_letter_says_who_when_and_what_then_its_text() -> None:
    message = letter("Toiture de l’école : livraison", "Bonjour,\n\nLe 9 juillet.\n\n> Quand ?\n> Merci\n")
    message.add_alternative("<p>Le HTML ne se lit pas</p>", subtype="html")
    parts, flags, end = read(message.as_bytes(), "a.eml")
    assert parts[0].text == (
        "De : Noémie Valdrey <n.valdrey@couvertures.example>\nÀ : mairie@montfaucel.example\n"
        "Date : 24/06/2026 17:08\nObjet : Toiture de l’école : livraison\n\nBonjour,\n\nLe 9 juillet.\n\n"
        "> Quand ?\n> Merci"
    )
    assert parts[0].place == {"kind": "message", "number": 1, "of": "Toiture de l’école : livraison"}
    assert (len(parts), flags, end["title"]) == (1, {}, "Toiture de l’école : livraison")
    context = next(iter(passages(parts, title="mail"))).context
    assert context == "mail › Toiture de l’école : livraison › Noémie Valdrey, 24/06/2026 17:08"


def test_a_letter_in_html_alone_is_read_as_html() -> None:
    message = letter()
    message.set_content("<p>Rendez-vous le <b>9 juillet</b></p><p style='display:none'>caché</p>", subtype="html")
    parts, flags, _ = read(message.as_bytes(), "a.eml")
    assert parts[0].text.endswith("\nRendez-vous le 9 juillet")
    assert flags == {"hidden-text": 5}
    assert parts[0].place["kind"] == "message"


@pytest.mark.parametrize("charset", ["iso-8859-1", "windows-1252", "utf-8", "iso-8859-15", "inconnu-42"])
def test_letters_in_any_character_set(charset: str) -> None:
    body = "Le goûter coûte déjà 2 euros".encode("utf-8" if charset in ("utf-8", "inconnu-42") else charset)
    raw = (
        b"From: a@b.c\nTo: d@e.f\nSubject: =?iso-8859-1?q?Go=FBter?=\nContent-Type: text/plain; charset=%s\n\n%s\n"
    )
    parts, _, _ = read(raw % (charset.encode(), body), "a.eml")
    assert parts[0].text.endswith("Objet : Goûter\n\nLe goûter coûte déjà 2 euros")


def test_attachments_are_read_by_the_readers_of_their_kind() -> None:
    message = with_file(letter(), "tarifs.xlsx", formats.good_xlsx())
    message = with_file(message, "photo.heic", b"\0\0\0\x18ftypheic" + bytes(99))
    message = with_file(message, "abîmé.docx", files.good_docx()[:-60])
    message = with_file(message, "secret.pdf", files.locked_pdf())
    message = with_file(message, "pièces.zip", formats.archived({"note.txt": "Deux clés.\n".encode()}))
    message.add_attachment(letter("Transmis", "Au fond.\n"))
    parts, flags, _ = read(message.as_bytes(), "a.eml")
    found = {"/".join(part.place.get("inside", ())): part for part in parts}
    assert found["tarifs.xlsx"].place == {
        "kind": "cells", "sheet": "Tarifs", "range": "A1:C3", "inside": ["tarifs.xlsx"],
    }  # fmt: skip
    assert found["pièces.zip/note.txt"].text == "Deux clés."
    assert found["Transmis.eml"].text.endswith("Au fond.")
    assert "Pièces jointes : tarifs.xlsx, photo.heic, abîmé.docx" in found[""].text
    assert flags == {"attachments-unsupported": 1, "attachments-damaged": 1, "attachments-encrypted": 1}
    context = [p.context for p in passages(parts, title="mail") if p.place.get("inside") == ["tarifs.xlsx"]]
    assert context[0].startswith("mail › tarifs.xlsx › Tarifs")


def test_pictures_inside_the_text_are_no_attachments() -> None:
    message = letter()
    message.add_alternative("<p>Bonjour <img src='cid:logo'></p>", subtype="html")
    html = message.get_payload()[1]
    html.add_related(PNG, "image", "png", cid="<logo>", filename="logo.png", disposition="inline")
    assert read(message.as_bytes(), "a.eml")[1] == {}


def test_a_mailbox_is_its_letters(tmp_path: Path) -> None:
    box = mailbox.mbox(tmp_path / "boite.mbox")
    box.add(letter("Premier", "Bonjour.\n\nFrom the start.\n"))
    box.add(with_file(letter("Second"), "note.txt", "Deux clés.\n".encode()))
    box.close()
    made = (tmp_path / "boite.mbox").read_bytes()
    assert b">From the start" in made
    parts, _, _ = read(made, "boite.mbox")
    assert [dict(part.place) for part in parts] == [
        {"kind": "message", "number": 1, "of": "Premier", "by": "Noémie Valdrey", "on": "2026-06-24"},
        {"kind": "message", "number": 2, "of": "Second", "by": "Noémie Valdrey", "on": "2026-06-24"},
        {"kind": "lines", "from": 1, "to": 1, "inside": ["2. Second", "note.txt"]},
    ]
    assert parts[0].text.endswith("Bonjour.\n\nFrom the start.")


def test_outlook_letters_attachments_and_letters_inside() -> None:
    inner = formats.msg(body="Au fond.", attachments={"note.txt": "Deux clés.\n".encode()}, top=False)
    made = ole(formats.msg(attachments={"tarifs.xlsx": formats.good_xlsx()}, embedded=inner))
    parts, flags, end = read(made, "a.msg")
    assert parts[0].text.startswith(
        "De : Noémie Valdrey <n.valdrey@couvertures.example>\nÀ : Mairie de Montfaucel\n"
        "Date : 24/06/2026 15:08 UTC\nObjet : Livraison des ardoises\n"
        "Pièces jointes : tarifs.xlsx, Message transmis"
    )
    assert [part.place.get("inside") for part in parts] == [
        None, ["tarifs.xlsx"], ["Message transmis.msg"], ["Message transmis.msg", "note.txt"],
    ]  # fmt: skip
    assert "Date : 24/06/2026 15:08 UTC" in parts[2].text
    assert (end["title"], flags) == ("Livraison des ardoises", {})


def test_an_outlook_letter_kept_in_packed_rtf() -> None:
    packed = bytes.fromhex(  # « hello world », the example of the format's own description
        "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0"
    )
    assert unpacked(packed) == b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"
    tree = formats.msg()
    del tree[formats.wide(0x1000)]
    parts, _, _ = read(ole({**tree, "__substg1.0_10090102": packed}), "a.msg")
    assert parts[0].text.endswith("\nhello world")
    html = b"{\\rtf1\\fromhtml1 {\\*\\htmltag <p>}\\htmlrtf \\b deux fois\\htmlrtf0 Une fois.{\\*\\htmltag </p>}}"
    plain = struct.pack("<II4sI", len(html) + 12, len(html), b"MELA", 0) + html
    parts, _, _ = read(ole({**tree, "__substg1.0_10090102": plain}), "a.msg")
    assert parts[0].text.endswith("\nUne fois.")


# --- archives


def test_members_of_an_archive_keep_their_place_and_their_names_are_harmless() -> None:
    made = formats.archived(
        {
            "devis/été.docx": files.good_docx(),
            "../../etc/passwd.txt": b"Rien.\n",
            "hymne.mp3": SOUND,
            "__MACOSX/._x": b"x",
            "vide.txt": b"",
        }
    )
    parts, flags, _ = read(made, "pieces.zip")
    assert parts[0].text == "devis/été.docx\netc/passwd.txt\nhymne.mp3\nvide.txt"
    assert [part.place.get("inside") for part in parts] == [None, ["devis/été.docx"], ["etc/passwd.txt"]]
    assert flags == {"attachments-unsupported": 1}


def test_locked_members_are_flagged_beside_the_others() -> None:
    made = bytearray(formats.archived({"a.txt": b"Ouvert.\n", "b.txt": b"Ferme.\n"}))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        made[made.rfind(mark) + offset] |= 1
    parts, flags, _ = read(bytes(made), "a.zip")
    assert [part.text for part in parts] == ["a.txt\nb.txt", "Ouvert."]
    assert flags == {"attachments-encrypted": 1}


def test_a_damaged_member_takes_nothing_from_the_others() -> None:
    made = bytearray(formats.archived({"a.txt": b"Abime.\n", "b.txt": b"Intact.\n"}))
    made[made.index(b"Abime")] ^= 1  # its checksum no longer fits
    parts, flags, _ = read(bytes(made), "a.zip")
    assert [part.text for part in parts] == ["a.txt\nb.txt", "Intact."]
    assert flags == {"attachments-damaged": 1}


def test_three_levels_are_read_and_a_fourth_refuses_the_archive() -> None:
    parts, _, _ = read(formats.nested(3), "a.zip")
    assert parts[-1].place["inside"] == ["niveau1.zip", "niveau0.zip", "fond.txt"]
    with pytest.raises(DocumentBomb) as caught:
        read(formats.nested(4), "a.zip")
    assert caught.value.params == {"detail": "nested-depth"}


def test_an_archive_of_office_files_is_an_archive() -> None:
    made = formats.archived({"lettre.docx": files.good_docx(), "t.xlsx": formats.good_xlsx()})
    assert [part.place.get("inside") for part in read(made, "a.zip")[0]] == [None, ["lettre.docx"], ["t.xlsx"]]


def test_a_bomb_attached_to_a_letter_leaves_the_letter() -> None:
    parts, flags, _ = read(formats.letter_with_a_bomb(), "a.eml")
    assert "9 juillet" in parts[0].text
    assert flags == {"attachments-refused": 1}


# --- books and RTF


def test_epub_chapters_in_the_order_of_the_spine() -> None:
    made = formats.epub({"b.xhtml": chapter("Accueil", "Bonjour."), "a.xhtml": chapter("Clés", "Deux clés.")})
    parts, _, end = read(made, "a.epub")
    assert [(part.place, part.text) for part in parts] == [
        ({"kind": "heading", "path": ["Accueil"]}, "Accueil\nBonjour."),
        ({"kind": "heading", "path": ["Clés"]}, "Clés\nDeux clés."),
    ]
    assert end["title"] == "Guide du bénévole"


RTF = rb"""{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0\fcharset0 Arial;}{\f1\fcharset238 Arial CE;}}
{\info{\title R\'e8glement}{\author Secret}}{\*\generator Riched20;}{\header En-t\'eate}
\pard\outlinelevel0 1. Tarifs\par\pard Le repas co\'fbte 3,20\~\'80.\line
Suite \u8211?\uc2\u233ee fin.{\v cach\'e9}\par
{\pict\bin4 {{{{}\trowd\intbl Prestation\cell Prix\cell\row\trowd\intbl Repas\cell 3,20\cell\row
\pard {\f1 \'e8}\f0  {\deleted parti}{\footnote\pard Voir l\rquote annexe.}\par}"""


def test_rtf_headings_tables_characters_and_what_is_left_out() -> None:
    parts, flags, end = read(RTF, "a.rtf")
    assert [part.text for part in parts] == [
        "1. Tarifs\nLe repas coûte 3,20\u00a0€.\nSuite –é fin.", "Prestation | Prix\nRepas : 3,20",
        "č (Note : Voir l’annexe.)",
    ]  # fmt: skip
    assert all(part.place == {"kind": "heading", "path": ["1. Tarifs"]} for part in parts)
    assert flags == {"hidden-text": 5, "tracked-deletions": 1}
    assert end["title"] == "Règlement"


def test_what_no_reader_knows_is_unsupported() -> None:
    with pytest.raises(DocumentUnsupported):
        read(SOUND, "a.mp3")
