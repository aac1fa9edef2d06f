"""What each reader gives for honest files: text, order, headings, tables, places, and what it leaves out."""

import io
import itertools
from typing import Any

import pytest
import workshop_files as files

from demeure.workshop import DocumentHasNoText, DocumentTooLarge, Part, ReadLimits, jobs
from demeure.workshop.parts import PART_CHARACTERS, Facts

USUAL = ReadLimits()


def read(made: bytes, name: str, limits: ReadLimits = USUAL) -> tuple[list[Part], dict[str, Any], Facts]:
    facts = Facts()
    *items, (kind, end) = list(jobs.read(bytearray(made), name, "", limits, facts))
    assert kind == "end"
    parts = [
        Part(**{**item, "headings": tuple(item.get("headings", ())), "boxes": tuple(item.get("boxes", ()))})
        for _, item in items
    ]
    assert end["characters"] == sum(len(part.text) for part in parts)
    return parts, end, facts


def texts(made: bytes, name: str) -> str:
    return "\n".join(part.text for part in read(made, name)[0])


def paths(parts: list[Part]) -> list[list[str]]:
    return [part.place["path"] for part in parts]


# --- PDF


def test_pdf_lines_become_paragraphs_with_a_box_each() -> None:
    lines = [
        "Le conseil municipal se réunit le 9 juin à dix-huit heures trente dans la salle",
        "des fêtes de la commune.",
    ]
    page = (
        files.text_at(72, 700, lines[0])
        + files.text_at(72, 686, lines[1])
        + files.text_at(72, 600, "Vote : unanimité.")
    )
    parts, end, _ = read(files.pdf_pages([page]), "a.pdf")
    assert parts[0].text == f"{lines[0]} {lines[1]}\n\nVote : unanimité."
    assert parts[0].place == {"kind": "page", "page": 1}
    assert [parts[0].text[box[0] : box[1]] for box in parts[0].boxes] == [*lines, "Vote : unanimité."]
    assert all(0 < box[2] < box[4] < 595 and 0 < box[3] < box[5] < 842 for box in parts[0].boxes)
    assert parts[0].boxes[0][3] < parts[0].boxes[1][3], "y grows downwards"
    assert end["pages"] == 1


def test_pdf_hyphens_at_line_ends_are_joined_where_sound() -> None:
    first = "La commune a décidé de reporter l’inaugu-".replace("’", "'")
    rows = [first, "ration prévue, et propose un rendez-", "vous aux habitants de Saint-", "Denis et de sa région."]
    page = b"".join(files.text_at(72, 700 - 14 * at, row) for at, row in enumerate(rows))
    text = read(files.pdf_pages([page]), "a.pdf")[0][0].text
    assert "inauguration prévue" in text
    assert "rendez-vous aux habitants" in text
    assert "Saint-Denis" in text


def test_pdf_headers_and_footers_are_said_once() -> None:
    pages = [
        files.text_at(72, 815, "Commune de Montfaucel - Rapport annuel")
        + files.text_at(72, 600, f"Contenu propre à la page {word}.")
        + files.text_at(280, 20, f"Page {at} / 5")
        for at, word in enumerate(("alpha", "bravo", "charlie", "delta", "echo"), start=1)
    ]
    parts, end, _ = read(files.pdf_pages(pages), "a.pdf")
    whole = "\n".join(part.text for part in parts)
    assert whole.count("Rapport annuel") == 1 and "Page 3" not in whole
    assert [part.text.split()[-1] for part in parts][1:] == ["bravo.", "charlie.", "delta.", "echo."]
    assert {"name": "repeated-lines", "count": 9} in end["flags"]


def test_pdf_columns_out_of_order_are_read_column_by_column() -> None:
    left = [f"gauche ligne {at} du texte" for at in range(8)]
    right = [f"droite ligne {at} du texte" for at in range(8)]
    rows = [
        files.text_at(x, 700 - 14 * at, text)
        for x, column in ((330, right), (72, left))
        for at, text in reversed(list(enumerate(column)))
    ]
    parts, end, _ = read(files.pdf_pages([b"".join(rows)]), "a.pdf")
    places = [parts[0].text.index(line) for line in left + right]
    assert places == sorted(places)
    assert end["flags"] == [{"name": "reordered-pages", "count": 1}]


@pytest.mark.parametrize(
    ("hidden", "before"),
    [
        (files.text_at(72, 600, "CANARI caché", colour="1 1 1 rg"), b""),
        (files.text_at(72, 600, "CANARI caché").replace(b"BT", b"BT 3 Tr"), b""),
        (files.text_at(72, 600, "CANARI caché", size=0.4), b""),
        (files.text_at(2000, 600, "CANARI caché"), b""),
    ],
    ids=["white", "unpainted", "microscopic", "off the page"],
)
def test_pdf_text_that_nobody_sees_is_left_out_and_counted(hidden: bytes, before: bytes) -> None:
    parts, end, _ = read(files.pdf_pages([before + files.text_at(72, 700, "Texte visible.") + hidden]), "a.pdf")
    assert parts[0].text == "Texte visible."
    assert any(flag["name"] == "hidden-text" and flag["count"] >= 10 for flag in end["flags"])


def test_pdf_white_text_on_a_dark_band_is_kept_and_tiny_text_is_flagged() -> None:
    page = b"q 0 0 0.5 rg 60 590 400 30 re f Q\n" + files.text_at(72, 600, "Titre en blanc", colour="1 1 1 rg")
    page += files.text_at(72, 500, "mentions en tout petit", size=3)
    parts, end, _ = read(files.pdf_pages([page]), "a.pdf")
    assert "Titre en blanc" in parts[0].text and "mentions en tout petit" in parts[0].text
    assert [flag["name"] for flag in end["flags"]] == ["tiny-text"]


def test_pdf_rotated_pages_have_boxes_on_the_page_as_shown() -> None:
    made = files.pdf_page(files.text_at(100, 700, "Plan tourné"), page=b"/Rotate 90")
    part = read(made, "a.pdf")[0][0]
    assert part.size == (842.0, 595.0)
    _, _, x0, y0, x1, y1 = part.boxes[0]
    assert 690 < x0 < x1 < 720 and 95 < y0 < y1 < 200


def test_pdf_title_and_bookmarks() -> None:
    from reportlab.pdfgen.canvas import Canvas

    buffer = io.BytesIO()
    canvas = Canvas(buffer)
    canvas.setTitle("Règlement de la cantine")
    for number, chapter in enumerate(("Chapitre 1", "Chapitre 2")):
        canvas.bookmarkPage(chapter)
        canvas.addOutlineEntry(chapter, chapter, level=0)
        canvas.drawString(72, 700, f"Contenu numéro {number} de la page")
        canvas.showPage()
        canvas.drawString(72, 700, f"Suite numéro {number} de la page")
        canvas.showPage()
    canvas.save()
    parts, end, _ = read(buffer.getvalue(), "a.pdf")
    assert end["title"] == "Règlement de la cantine"
    assert [part.headings for part in parts] == [("Chapitre 1",), ("Chapitre 1",), ("Chapitre 2",), ("Chapitre 2",)]


# --- DOCX

NUMBERING = f"""<w:numbering {files.W}>
<w:abstractNum w:abstractNumId="3">
<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="Article %1"/></w:lvl>
<w:lvl w:ilvl="1"><w:numFmt w:val="lowerLetter"/><w:lvlText w:val="%1.%2)"/></w:lvl></w:abstractNum>
<w:abstractNum w:abstractNumId="4">
<w:lvl w:ilvl="0"><w:numFmt w:val="bullet"/><w:lvlText w:val="x"/></w:lvl></w:abstractNum>
<w:num w:numId="1"><w:abstractNumId w:val="3"/></w:num><w:num w:numId="2"><w:abstractNumId w:val="4"/></w:num>
</w:numbering>"""
STYLES = f"""<w:styles {files.W}>
<w:style w:styleId="Titre1"><w:name w:val="heading 1"/></w:style>
<w:style w:styleId="T2"><w:name w:val="Titre 2"/></w:style>
<w:style w:styleId="Perso"><w:name w:val="Rubrique"/><w:basedOn w:val="T2"/></w:style>
<w:style w:styleId="Titre"><w:name w:val="Title"/></w:style></w:styles>"""
PARTS = {"word/numbering.xml": NUMBERING, "word/styles.xml": STYLES}
RELATIONS = files.relation("numbering", "numbering.xml") + files.relation("styles", "styles.xml")


def numbered(number: int, level: int = 0) -> str:
    return f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr>'


def docx(body: str, **parts: str) -> bytes:
    return files.docx(body, parts={**PARTS, **parts}, relations=RELATIONS)


def test_docx_headings_by_french_and_english_styles_and_outline_levels() -> None:
    body = (
        files.paragraph("Règlement", "Titre")
        + files.paragraph("Tarifs", "Titre1")
        + files.paragraph("Enfants", "Perso")
        + files.paragraph("Le repas est à 3,20 €.")
        + files.paragraph("Horaires", "", '<w:outlineLvl w:val="0"/>')
        + files.paragraph("De 8 h à 12 h.")
    )
    parts, end, _ = read(docx(body), "a.docx")
    assert paths(parts) == [["Règlement", "Tarifs", "Enfants"], ["Règlement", "Horaires"]]
    assert parts[0].text == "Règlement\nTarifs\nEnfants\nLe repas est à 3,20 €."
    assert end["title"] == "Règlement"


def test_docx_lists_carry_their_numbers() -> None:
    body = (
        files.paragraph("Objet", "", numbered(1))
        + files.paragraph("premier", "", numbered(1, 1))
        + files.paragraph("second", "", numbered(1, 1))
        + files.paragraph("Durée", "", numbered(1))
        + files.paragraph("point", "", numbered(2))
    )
    assert texts(docx(body), "a.docx").split("\n") == [
        "Article 1 Objet", "1.a) premier", "1.b) second", "Article 2 Durée", "• point",
    ]  # fmt: skip


def row(*cells: str, extra: str = "") -> str:
    return f"<w:tr>{extra}{''.join(f'<w:tc>{files.paragraph(cell)}</w:tc>' for cell in cells)}</w:tr>"


def test_docx_table_rows_read_alone() -> None:
    price = row("Prestation", "Prix") + row("Repas enfant", "3,20 €") + row("Repas adulte", "5,40 €")
    years = row("Tarif", "2025", "2026") + row("Repas enfant", "3,10 €", "3,20 €")
    parts, _, _ = read(docx(f"<w:tbl>{price}</w:tbl>{files.paragraph('Ensuite.')}<w:tbl>{years}</w:tbl>"), "a.docx")
    assert parts[0].kind == "table" and parts[0].header == "Prestation | Prix"
    assert parts[0].text.split("\n")[1:] == ["Repas enfant : 3,20 €", "Repas adulte : 5,40 €"]
    assert parts[1].text == "Ensuite."
    assert parts[2].text.split("\n") == ["Tarif | 2025 | 2026", "Repas enfant — 2025 : 3,10 € ; 2026 : 3,20 €"]


def test_docx_merged_cells_are_repeated() -> None:
    merged = '<w:tc><w:tcPr><w:vMerge w:val="{}"/></w:tcPr>{}</w:tc>'
    body = (
        row("Salle", "Jour", "Prix")
        + f"<w:tr>{merged.format('restart', files.paragraph('Fêtes'))}{cells('lundi', '90 €')}</w:tr>"
        + f"<w:tr>{merged.format('continue', files.paragraph(''))}{cells('mardi', '80 €')}</w:tr>"
    )
    assert texts(docx(f"<w:tbl>{body}</w:tbl>"), "a.docx").endswith("Fêtes — Jour : mardi ; Prix : 80 €")


def cells(*texts_: str) -> str:
    return "".join(f"<w:tc>{files.paragraph(text)}</w:tc>" for text in texts_)


def test_docx_deletions_and_hidden_text_are_left_out_and_counted() -> None:
    body = (
        "<w:p><w:r><w:t>Gardé</w:t></w:r><w:del><w:r><w:delText>SUPPRIMÉ</w:delText></w:r></w:del>"
        "<w:ins><w:r><w:t> ajouté</w:t></w:r></w:ins></w:p>"
        "<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>CACHÉ</w:t></w:r><w:r><w:rPr><w:color w:val='FFFFFF'/></w:rPr>"
        "<w:t>BLANC</w:t></w:r><w:r><w:rPr><w:sz w:val='4'/></w:rPr><w:t>MINUSCULE</w:t></w:r>"
        "<w:r><w:rPr><w:color w:val='FFFFFF'/><w:shd w:fill='1F3864'/></w:rPr><w:t>bandeau</w:t></w:r></w:p>"
    )
    parts, end, _ = read(docx(body), "a.docx")
    assert parts[0].text == "Gardé ajouté\nbandeau"
    assert {flag["name"]: flag["count"] for flag in end["flags"]} == {"hidden-text": 19, "tracked-deletions": 1}


def test_docx_notes_headers_and_text_boxes() -> None:
    note = f'<w:footnote w:id="2">{files.paragraph("Hors taxes.")}</w:footnote>'
    parts = {
        "word/footnotes.xml": f"<w:footnotes {files.W}>{note}</w:footnotes>",
        "word/header1.xml": f"<w:hdr {files.W}>{files.paragraph('Mairie de Montfaucel')}</w:hdr>",
    }
    relations = files.relation("footnotes", "footnotes.xml") + files.relation("header", "header1.xml")
    box = f"<w:r><w:pict><w:txbxContent>{files.paragraph('Dans un cadre')}</w:txbxContent></w:pict></w:r>"
    body = f'<w:p><w:r><w:t>Prix</w:t></w:r><w:r><w:footnoteReference w:id="2"/></w:r>{box}</w:p>'
    read_parts, _, _ = read(files.docx(body, parts=parts, relations=relations), "a.docx")
    assert read_parts[0].text.split("\n") == ["Prix (2)", "Dans un cadre", "Note 2 : Hors taxes."]
    assert (read_parts[1].place, read_parts[1].text) == (
        {"kind": "heading", "path": ["En-tête"]},
        "Mairie de Montfaucel",
    )


def test_docx_external_template_is_never_followed() -> None:
    _, end, _ = read(files.template_injection(), "a.docx")
    assert end["flags"] == [{"name": "external-links", "count": 1}]


def test_docx_written_by_python_docx_is_read_whole() -> None:
    from docx import Document

    document = Document()
    document.core_properties.title = "Procédure d’accueil"
    document.add_heading("Arrivée", 1)
    document.add_paragraph("Se présenter à l’accueil.")
    document.add_paragraph("Badge", style="List Bullet")
    table = document.add_table(rows=2, cols=2)
    for cell, text in zip(
        itertools.chain(*(row.cells for row in table.rows)), ("Clé", "Coût", "A", "12 €"), strict=True
    ):
        cell.text = text
    buffer = io.BytesIO()
    document.save(buffer)
    parts, end, _ = read(buffer.getvalue(), "a.docx")
    assert end["title"] == "Procédure d’accueil"
    assert paths(parts) == [["Arrivée"], ["Arrivée"]]
    assert "Badge" in parts[0].text and parts[1].text == "Clé | Coût\nA : 12 €"


# --- ODT


def test_odt_headings_lists_tables_and_notes() -> None:
    table = "".join(
        "<table:table-row>"
        + "".join(f"<table:table-cell><text:p>{c}</text:p></table:table-cell>" for c in cells_)
        + "</table:table-row>"
        for cells_ in (("Prestation", "Prix"), ("Repas enfant", "3,20 €"))
    )
    body = (
        '<text:h text:outline-level="1">Tarifs</text:h><text:p>Voir<text:s text:c="2"/>ci-dessous'
        "<text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>TTC.</text:p></text:note-body>"
        "</text:note>.</text:p><text:list><text:list-item><text:p>un</text:p></text:list-item></text:list>"
        f"<table:table>{table}</table:table>"
        "<text:tracked-changes><text:changed-region><text:deletion><text:p>SUPPRIMÉ</text:p></text:deletion>"
        "</text:changed-region></text:tracked-changes>"
    )
    parts, end, _ = read(files.odt(body), "a.odt")
    assert parts[0].text == "Tarifs\nVoir  ci-dessous (1).\nNote 1 : TTC.\n• un"
    assert parts[1].text == "Prestation | Prix\nRepas enfant : 3,20 €"
    assert paths(parts) == [["Tarifs"], ["Tarifs"]]
    assert end["flags"] == [{"name": "tracked-deletions", "count": 1}]


def test_odt_hidden_white_and_tiny_text_is_left_out() -> None:
    def style(name: str, properties: str) -> str:
        return f'<style:style style:name="{name}"><style:text-properties {properties}/></style:style>'

    automatic = (
        style("H", 'text:display="none"') + style("B", 'fo:color="#FFFFFF"') + style("M", 'fo:font-size="2pt"')
    )
    automatic += (
        '<style:style style:name="F"><style:table-cell-properties fo:background-color="#112233"/></style:style>'
    )
    spans = "".join(f'<text:span text:style-name="{name}">CACHÉ</text:span>' for name in "HBM")
    cell = '<table:table-cell table:style-name="F"><text:p text:style-name="B">bandeau</text:p></table:table-cell>'
    body = (
        f"<text:p>Visible{spans} ici</text:p><table:table><table:table-row>{cell}</table:table-row></table:table>"
    )
    parts, end, _ = read(files.odt(body, automatic=automatic), "a.odt")
    assert "\n".join(part.text for part in parts) == "Visible ici\nbandeau"
    assert end["flags"] == [{"name": "hidden-text", "count": 15}]


# --- HTML, Markdown, text


def test_html_structure_and_hidden_elements() -> None:
    made = """<!doctype html><html><head><title>Déchetterie</title><style>p{}</style></head><body><h1>Horaires</h1>
    <p>Ouvert le <b>samedi</b><br>matin.</p><script>alert(1)</script><p style="display:none">CACHÉ</p>
    <p style="color:#fff">BLANC</p><p style="color:white;background:#000">bandeau</p>
    <ol><li>un</li><li>deux</li></ol>
    <h2>Tarifs</h2><table><tr><th>Déchet</th><th>Prix</th></tr><tr><td>Gravats</td><td>12&nbsp;€</td></tr></table>
    fin</body></html>""".encode()
    parts, end, _ = read(made, "a.html")
    assert parts[0].text.split("\n") == ["Horaires", "Ouvert le samedi", "matin.", "bandeau", "1. un", "2. deux"]
    assert parts[1].text == "Tarifs\nDéchet | Prix\nGravats : 12\u00a0€"
    assert parts[2].text == "fin"
    assert paths(parts) == [["Horaires"], ["Horaires", "Tarifs"], ["Horaires", "Tarifs"]]
    assert end["title"] == "Déchetterie" and {"name": "hidden-text", "count": 10} in end["flags"]


def test_html_in_windows_1252_with_a_declared_charset() -> None:
    made = '<html><head><meta charset="iso-8859-1"></head><body><p>Été à 3 €</p></body></html>'.encode("cp1252")
    assert texts(made, "a.html") == "Été à 3 €"


def test_html_deep_nesting_is_flagged() -> None:
    _, end, _ = read(b"<html><body><p>haut</p>" + b"<div>" * 3000 + b"fond", "a.html")
    assert "too-deep" in {flag["name"] for flag in end["flags"]}


def test_markdown_structure() -> None:
    made = (
        "---\ntitle: Note de service\n---\n# Télétravail\n\nDeux jours\npar *semaine*.\n\n1. un\n2. deux\n\n"
        "## Montants\n\n| Poste | Somme |\n|---|---|\n| Écran | 150 € |\n\n"
        "<div>brut <b>gras</b></div>\n\n```\ncode\n```\n"
    ).encode()
    parts, end, _ = read(made, "a.md")
    assert parts[0].text == "Télétravail\nDeux jours par semaine.\n1. un\n2. deux"
    assert parts[1].text == "Montants\nPoste | Somme\nÉcran : 150 €"
    assert parts[2].text == "brut gras\ncode"
    assert paths(parts)[1] == ["Télétravail", "Montants"] and end["title"] == "Note de service"


def test_text_lines_are_kept_and_counted() -> None:
    lines = [f"Ligne {number} du mémo." if number % 7 else "" for number in range(1, 2001)]
    parts, _, _ = read("\n".join(lines).encode(), "a.txt")
    assert len(parts) > 3
    for part in parts:
        first, last = part.place["from"], part.place["to"]
        assert part.text.split("\n") == lines[first - 1 : last]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_text_in_any_usual_encoding(encoding: str) -> None:
    text = "Délibération n° 12 : l’été à 3 € « déjà » – œuvre.\n" * 5
    assert texts(text.encode(encoding), "a.txt") == text.strip()


def test_text_comes_out_clean() -> None:
    parts, end, _ = read("e\u0301te\u0301 ﬁn\u00ad \u200bde\u202e \x07mois\U000e0041 \uf0b7".encode(), "a.txt")
    assert parts[0].text == "été fin de mois •"
    assert {flag["name"] for flag in end["flags"]} == {
        "control-characters", "direction-characters", "invisible-characters", "tag-characters",
    }  # fmt: skip


def test_long_parts_are_split_and_limits_hold() -> None:
    made = files.docx("".join(files.paragraph("mot " * 200) for _ in range(200)))
    parts, _, _ = read(made, "a.docx")
    assert len(parts) > 2 and all(len(part.text) <= PART_CHARACTERS for part in parts)
    with pytest.raises(DocumentTooLarge):
        read(made, "a.docx", ReadLimits(characters=20_000))


def test_a_page_that_is_a_picture_keeps_its_place_for_the_recognition() -> None:
    parts, end, _ = read(files.image_only_pdf(), "a.pdf")
    assert [(part.kind, part.text, part.place) for part in parts] == [("image", "", {"kind": "page", "page": 1})]
    assert end["pages"] == 1 and parts[0].size == (595.0, 842.0)
    with pytest.raises(DocumentHasNoText):
        read(files.pdf_pages([b""]), "vide.pdf")
