"""Tables of letters: columns as wide as what they hold, rows that pages do not cut."""

import io
import re
from typing import Any

import docx
import odfdo
import pypdfium2
import pytest

from demeure.workshop import Letter
from demeure.workshop.blocks import blocks, sheets
from demeure.workshop.export import export

LONG = "Chaque traitement est écrit d’abord dans un journal dont toute réécriture se voit, et relu chaque mois"
TABLE = f"| Mesure | État | Contrôles |\n|---|---|---|\n| {LONG} | effective | {LONG} |\n"
MANY = TABLE + "".join(f"| a{n} {LONG * (1 + n % 2)} z{n} | non effective | {LONG} |\n" for n in range(60))


def letter(text: str) -> dict[str, Any]:
    return Letter("fr", "Mesures", "Mairie", text, 1_764_000_000).data()


def test_a_column_is_as_wide_as_what_it_holds() -> None:
    (table,) = blocks(TABLE)
    first, state, last = table["shares"]
    assert first == last and first > 2 * state and state >= len("effective") + 4
    (ranked,) = blocks(
        f"| Usage | Valeur | Risque | Quand | Pourquoi |\n|---|---|---|---|---|\n| a | 1 | 2 | b | {LONG} |\n"
    )
    assert ranked["shares"][4] > 60 > 4 * ranked["shares"][1], "what short columns leave goes to the long ones"
    (even,) = blocks("| a | b |\n|---|---|\n| c | d |\n")
    assert len(set(even["shares"])) == 1
    (word,) = blocks(f"| a | b |\n|---|---|\n| {'x' * 1400} | d |\n")
    assert word["shares"][0] < 15 * word["shares"][1] and word["whole"] == [False]


def test_the_three_formats_follow() -> None:
    made = docx.Document(io.BytesIO(export(letter(TABLE), "docx")))
    wide = [int(column.width) for column in made.tables[0].columns]
    assert wide[0] == wide[2] > 2 * wide[1]
    assert made.tables[0].rows[1]._tr.xpath("./w:trPr/w:cantSplit")
    content = odfdo.Document(io.BytesIO(export(letter(TABLE), "odt"))).get_part("content.xml").serialize().decode()
    assert content.count("style:rel-column-width") == 3 and 'fo:keep-together="always"' in content
    assert 'table:style-name="Whole"' in content


def test_no_page_cuts_a_short_row() -> None:
    pages = [page.get_textpage() for page in pypdfium2.PdfDocument(export(letter(MANY), "pdf"))]
    assert len(pages) > 2
    for page in pages:
        text = page.get_text_bounded()
        first, last = (re.findall(rf"\b{mark}(\d+)\b", text) for mark in "az")
        assert first and first == last, "a row begins and ends on one page"


def test_a_row_too_high_for_a_page_is_cut_and_nothing_of_it_is_lost() -> None:
    words = [f"m{n}" for n in range(400)]
    row = f"| {' '.join(words)} |" + " x |" * 39
    text = "|" + " c |" * 40 + "\n|" + "---|" * 40 + "\n" + row + "\n"
    (table,) = blocks(text)
    assert table["whole"] == [False] and blocks("| a |\n|---|\n| b |\n")[0]["whole"] == [True]
    pages = [page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(export(letter(text), "pdf"))]
    assert set(words) <= set(" ".join(pages).split())


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("14.2 GB", "14.2 GB"),
        ("| a |\n|---|\n| 3.2 s |", "| 3.2 s |"),
        ("2026-11-27", "2026-11-27"),
        ("a  \n12\\. mai", "12\\. mai"),
        ("\\- a", "\\- a"),
    ],
)
def test_markdown_escapes_what_would_begin_a_list_and_nothing_else(text: str, told: str) -> None:
    assert f"\n{told}\n" in export(letter(text), "md").decode()


HEADS = ["Référence", "Traitement", "Finalité", "Fondement", "Destinataires", "Conservation", "Chiffrement"]
HEADS += ["Contrôle", "Effectivité"]
WIDE = f"| {' | '.join(HEADS)} |\n|{'---|' * 9}\n" + f"| {' | '.join(['authentification'] * 9)} |\n" * 30
PARTS = f"Avant.\n\n## Rôles\n\n{TABLE}\n# Registre\n\n## Traitements\n\nTous.\n\n{WIDE}\n## Suite\n\nAprès.\n"


def test_a_part_with_a_table_too_wide_is_laid_on_its_side_with_its_headings() -> None:
    told = [(side, [block["kind"] for block in found]) for side, found in sheets(blocks(PARTS))]
    assert told == [
        (False, ["paragraph", "heading", "table"]),
        (True, ["heading", "heading", "paragraph", "table"]),
        (False, ["heading", "paragraph"]),
    ]
    assert sheets(blocks("")) == [(False, [])]
    assert sheets(blocks(WIDE))[0][0]
    figures = f"|{' 12 |' * 9}\n|{'---|' * 9}\n|{' 3,5 |' * 9}\n"
    inside = "- a\n\n  " + WIDE.replace("\n", "\n  ")
    assert not any(side for text in (figures, inside, TABLE) for side, _ in sheets(blocks(text)))


@pytest.mark.parametrize("text", [PARTS, WIDE, f"- un\n\n{WIDE}"])
def test_no_word_of_a_wide_table_is_cut(text: str) -> None:
    pages = pypdfium2.PdfDocument(export(letter(text), "pdf"))
    aside = [page for page in pages if page.get_width() > page.get_height()]
    assert len(aside) == len(pages) - (2 if text == PARTS else 0)
    words = " ".join(page.get_textpage().get_text_bounded() for page in aside).split()
    assert words.count("authentification") == 270 and words.count("Destinataires") == len(aside)


def test_word_and_libreoffice_turn_the_same_pages() -> None:
    made = docx.Document(io.BytesIO(export(letter(PARTS), "docx")))
    told = [(part.page_width.mm > part.page_height.mm, part.footer.paragraphs[0].text) for part in made.sections]
    assert [round(side) for side, _ in told] == [0, 1, 0] and len({foot for _, foot in told}) == 1
    (alone,) = docx.Document(io.BytesIO(export(letter(WIDE), "docx"))).sections
    assert alone.page_width.mm > alone.page_height.mm
    for text, masters in ((PARTS, ["Side", "Standard"]), (WIDE, ["Side"]), (f"- un\n\n{WIDE}", ["Side"])):
        file = odfdo.Document(io.BytesIO(export(letter(text), "odt")))
        content, styles = (file.get_part(f"{name}.xml").serialize().decode() for name in ("content", "styles"))
        assert re.findall(r'style:master-page-name="(\w+)"', content) == masters
        assert 'style:name="Side" style:page-layout-name="SideLayout"' in styles
        for name in re.findall(r'style:name="(Page\d+)"', content):
            assert content.count(f':style-name="{name}"') == 1
