"""Tables of letters: columns as wide as what they hold, rows that pages do not cut."""

import io
import re
from typing import Any

import docx
import odfdo
import pypdfium2
import pytest

from demeure.workshop import Letter
from demeure.workshop.blocks import blocks
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
