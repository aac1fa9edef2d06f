"""The lines that the model reads: the right rows and sentences, in order, within the limit, nothing invented."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demeure.assistant.evidence import Told, evidence, split
from demeure.library import French

STEMS = French().stems
GRANTS = (
    "Délibération n° 12 : subventions aux associations\nMme Fernoux présente les demandes. Dix dossiers.\n"
    "\nAssociation Subvention 2026\nHarmonie municipale 3 400 €\nUnion sportive 6 200 €\nClub des aînés 1 100 €\n"
    "Total 10 700 €\nLes sommes sont versées en juin."
)
HALL = "3. Caution\nLa caution est fixée à 700 €. Elle est remise par chèque, en même temps que les clés."


def told(*texts: str) -> list[Told]:
    return [Told(f"d{n}", "", text) for n, text in enumerate(texts)]


def test_the_row_asked_for_comes_with_its_header_and_without_its_neighbours() -> None:
    (lines,) = evidence("Combien l’Harmonie municipale a-t-elle reçu en 2026 ?", told(GRANTS), STEMS, 800)
    assert "Association Subvention 2026\nHarmonie municipale 3 400 €" in lines
    assert "Total" not in lines
    assert "Union sportive" not in lines


def test_a_question_about_the_whole_table_keeps_its_rows() -> None:
    (lines,) = evidence("Quelles sommes sont accordées ?", told(GRANTS), STEMS, 800)
    assert all(name in lines for name in ("Harmonie", "Union", "Club", "Total"))


def test_a_header_cut_in_several_lines_stays_whole() -> None:
    table = (
        "Bâtiment Consommation 2024\n(kWh)\nConsommation 2025\n(kWh)\n"
        "École 191 300 186 400\nMairie 74 800 58 900\nStade 9 1"
    )
    (lines,) = evidence("Quelle consommation pour l’école en 2025 ?", told(table), STEMS, 800)
    assert lines.startswith("Bâtiment Consommation 2024\n(kWh)\nConsommation 2025\n(kWh)\nÉcole 191 300 186 400")
    assert "Mairie" not in lines


def test_a_sentence_that_two_passages_share_is_read_once() -> None:
    shared = "La caution est fixée à 700 € et remise par chèque à l’accueil."
    both = [Told("d", "", f"Avant.\n{shared}"), Told("d", "", f"{shared}\nElle est rendue au départ.")]
    lines = evidence("À combien est la caution ?", both, STEMS, 800)
    assert "\n".join(lines).count(shared) == 1


def test_a_passage_that_says_nothing_of_it_is_not_read() -> None:
    lines = evidence("Quel est le montant de la caution ?", told(HALL, "Le marché a lieu le mardi."), STEMS, 800)
    assert "700 €" in lines[0]
    assert lines[1] == ""


def test_lines_left_out_are_shown_as_such() -> None:
    text = "La caution est de 700 €. Le ciel est bleu. Il pleut. Il vente. La caution est rendue au départ."
    (lines,) = evidence("À combien est la caution, et quand est-elle rendue ?", told(text), STEMS, 60)
    assert lines == "La caution est de 700 €.\n…\nLa caution est rendue au départ."


@pytest.mark.parametrize("limit", [0, 1, 10])
def test_the_best_line_is_always_there(limit: int) -> None:
    lines = evidence("Comment la caution est-elle remise : par chèque ?", told(HALL, GRANTS), STEMS, limit)
    assert lines == ["Elle est remise par chèque, en même temps que les clés.", ""]


def test_without_passages_or_without_words_nothing_breaks() -> None:
    assert evidence("?", [], STEMS, 100) == []
    assert evidence("?", told(""), STEMS, 100) == [""]
    assert evidence("", told(HALL), STEMS, 400) != [""]


def test_a_number_alone_stays_with_its_heading_and_a_cut_line_with_its_end() -> None:
    assert split("2.\nMesurer une baie\nOn relève trois\nlargeurs. M. Dupont signe.") == [
        "2. Mesurer une baie",
        "On relève trois largeurs.",
        "M. Dupont signe.",
    ]


TEXT = st.text(alphabet="abé 12.€\n-:;?L", max_size=200)


@given(TEXT, st.lists(TEXT, max_size=4), st.integers(0, 300))
def test_every_line_comes_from_its_passage_and_the_limit_holds(question: str, texts: list[str], limit: int) -> None:
    found = evidence(question, told(*texts), STEMS, limit)
    assert len(found) == len(texts)
    lines = [line for text in found for line in text.split("\n") if line and line != "…"]
    for text, shown in zip(texts, found, strict=True):
        flat = " ".join(text.split())
        assert all(" ".join(line.split()) in flat for line in shown.split("\n") if line != "…")
    assert sum(map(len, lines)) <= limit or len(lines) <= 1
