"""The lines that the model reads: the right rows and sentences, in order, within the limit, nothing invented."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demeure.assistant.evidence import evidence
from demeure.assistant.sources import chosen, folded, sources_of
from demeure.assistant.units import Stems, Told, split
from demeure.library import French, Hit

STEMS = French().stems
GRANTS = (
    "Délibération n° 12 : subventions aux associations\nMme Fernoux présente les demandes. Dix dossiers.\n"
    "\nAssociation Subvention 2026\nHarmonie municipale 3 400 €\nUnion sportive 6 200 €\nClub des aînés 1 100 €\n"
    "Total 10 700 €\nLes sommes sont versées en juin."
)
HALL = "3. Caution\nLa caution est fixée à 700 €. Elle est remise par chèque, en même temps que les clés."


def lines_of(question: str, passages: list[Told], stems: Stems, limit: int) -> list[str]:
    return [lines.text for lines in evidence(question, passages, stems, limit)]


def told(*texts: str) -> list[Told]:
    return [Told(f"d{n}", "", text) for n, text in enumerate(texts)]


def test_the_row_asked_for_comes_with_its_header_and_without_its_neighbours() -> None:
    (lines,) = lines_of("Combien l’Harmonie municipale a-t-elle reçu en 2026 ?", told(GRANTS), STEMS, 800)
    assert "Association Subvention 2026\nHarmonie municipale 3 400 €" in lines
    assert "Total" not in lines
    assert "Union sportive" not in lines


def test_a_question_about_the_whole_table_keeps_its_rows() -> None:
    (lines,) = lines_of("Quelles sommes sont accordées ?", told(GRANTS), STEMS, 800)
    assert all(name in lines for name in ("Harmonie", "Union", "Club", "Total"))


def test_a_header_cut_in_several_lines_stays_whole() -> None:
    table = (
        "Bâtiment Consommation 2024\n(kWh)\nConsommation 2025\n(kWh)\n"
        "École 191 300 186 400\nMairie 74 800 58 900\nStade 9 1"
    )
    (lines,) = lines_of("Quelle consommation pour l’école en 2025 ?", told(table), STEMS, 800)
    assert lines.startswith("Bâtiment Consommation 2024\n(kWh)\nConsommation 2025\n(kWh)\nÉcole 191 300 186 400")
    assert "Mairie" not in lines


def test_a_sentence_that_two_passages_share_is_read_once() -> None:
    shared = "La caution est fixée à 700 € et remise par chèque à l’accueil."
    both = [Told("d", "", f"Avant.\n{shared}"), Told("d", "", f"{shared}\nElle est rendue au départ.")]
    lines = lines_of("À combien est la caution ?", both, STEMS, 800)
    assert "\n".join(lines).count(shared) == 1


def test_a_passage_that_says_nothing_of_it_is_not_read() -> None:
    lines = lines_of("Quel est le montant de la caution ?", told(HALL, "Le marché a lieu le mardi."), STEMS, 800)
    assert "700 €" in lines[0]
    assert lines[1] == ""


def test_lines_left_out_are_shown_as_such() -> None:
    text = "La caution est de 700 €. Le ciel est bleu. Il pleut. Il vente. La caution est rendue au départ."
    (lines,) = lines_of("À combien est la caution, et quand est-elle rendue ?", told(text), STEMS, 60)
    assert lines == "La caution est de 700 €.\n…\nLa caution est rendue au départ."


@pytest.mark.parametrize("limit", [0, 1, 10])
def test_the_best_line_is_always_there(limit: int) -> None:
    lines = lines_of("Comment la caution est-elle remise : par chèque ?", told(HALL, GRANTS), STEMS, limit)
    assert lines == ["Elle est remise par chèque, en même temps que les clés.", ""]


def test_without_passages_or_without_words_nothing_breaks() -> None:
    assert lines_of("?", [], STEMS, 100) == []
    assert lines_of("?", told(""), STEMS, 100) == [""]
    assert lines_of("", told(HALL), STEMS, 400) != [""]


def test_a_number_alone_stays_with_its_heading_and_a_cut_line_with_its_end() -> None:
    assert split("2.\nMesurer une baie\nOn relève trois\nlargeurs. M. Dupont signe.") == [
        "2. Mesurer une baie",
        "On relève trois largeurs.",
        "M. Dupont signe.",
    ]


TEXT = st.text(alphabet="abé 12.€\n-:;?L", max_size=200)


@given(TEXT, st.lists(TEXT, max_size=4), st.integers(0, 300))
def test_every_line_comes_from_its_passage_and_the_limit_holds(question: str, texts: list[str], limit: int) -> None:
    found = lines_of(question, told(*texts), STEMS, limit)
    assert len(found) == len(texts)
    lines = [line for text in found for line in text.split("\n") if line and line != "…"]
    for text, shown in zip(texts, found, strict=True):
        flat = " ".join(text.split())
        assert all(" ".join(line.split()) in flat for line in shown.split("\n") if line != "…")
    assert sum(map(len, lines)) <= limit or len(lines) <= 1


def test_minutes_of_another_year_are_left_aside_unless_they_speak_of_the_year_asked_for() -> None:
    minutes = [
        Told(
            "old", "pv conseil 2026 04 23", "Le conseil désigne Mme Fontarel comme secrétaire de séance du conseil."
        ),
        Told("new", "pv conseil 2025 04 10", "M. Pradivac est désigné secrétaire de séance."),
    ]
    other, asked = lines_of("Qui est désigné secrétaire de séance du conseil en 2025 ?", minutes, STEMS, 400)
    assert (other, bool(asked)) == ("", True)
    assert all(lines_of("Qui est désigné secrétaire de séance du conseil ?", minutes, STEMS, 400))
    account = Told("old", "pv conseil 2026 04 23", "Le compte 2025 : le secrétaire de séance du conseil le signe.")
    assert all(lines_of("Qui est secrétaire de séance du conseil en 2025 ?", [account, minutes[1]], STEMS, 400))
    for day in ("du 10 avril 2025", "du 2025-04-10"):  # the very day is in a name: the other day is another session
        left = lines_of(f"Qui est secrétaire de la séance {day} ?", [account, minutes[1]], STEMS, 400)
        assert [bool(one) for one in left] == [False, True]
    assert all(lines_of("Qui est secrétaire de séance le 3 mai 2025 ?", [account, minutes[1]], STEMS, 400))


def hit(document: str, passage: int, page: int = 0) -> Hit:
    place = {"kind": "page", "page": page or passage}
    return Hit(document, f"{document}.pdf", "s", passage, place, "texte", "", 1.0, 0.9, 1.0)


def test_a_document_that_fills_the_list_lets_others_be_read() -> None:
    hits = [hit("a", n) for n in range(5)] + [hit("a", 5), hit("b", 6), hit("b", 7), hit("c", 8), hit("d", 9)]
    assert [h.passage_id for h in chosen(hits, 5)] == [0, 1, 2, 3, 4, 5, 6, 8]
    mixed = [hit(name, n) for n, name in enumerate("abcab")] + [hit("d", 9)]
    assert [h.passage_id for h in chosen(mixed, 5)] == [0, 1, 2, 3, 4]
    assert chosen([], 5) == ()


def test_a_passage_that_lists_prices_is_read_when_a_price_is_asked_for() -> None:
    rules = [hit("rules", n) for n in range(5)]
    listed = replace(hit("prices", 8), text="Repas Prix\nTranche 1 1,10 €\nTranche 2 3,35 €")
    told = replace(hit("minutes", 7), text="Un repas revient à 9,35 €.\nLe pain a coûté 12 €.")
    hits = [*rules, hit("slides", 6), told, listed, replace(listed, passage_id=9)]
    assert [h.passage_id for h in chosen(hits, 5, listing=True)] == [0, 1, 2, 3, 4, 8, 6, 7]
    assert [h.passage_id for h in chosen(hits, 5)] == [0, 1, 2, 3, 4, 6, 7]
    first = [listed, *rules]
    assert [h.passage_id for h in chosen(first, 2, listing=True)] == [8, 0]


def test_the_same_file_in_two_spaces_takes_one_place() -> None:
    mine = replace(hit("a", 1), digest="f" * 64, text="Le tarif.")
    theirs = replace(mine, document_id="a2", space="école", passage_id=7)
    other = replace(mine, document_id="b", digest="e" * 64, passage_id=9)
    again = replace(mine, passage_id=2)
    kept = folded([mine, theirs, other, again, hit("c", 3), replace(theirs, text="Autre.")])
    assert [h.document_id for h in kept] == ["a", "b", "a", "c", "a2"]
    assert [h.also for h in kept] == [("école",), (), (), (), ()]
    assert sources_of(kept, "fr")[0].also == ("école",)


def test_the_rest_of_the_best_section_is_read_with_it() -> None:
    hits = [hit("a", 1, page=3), hit("b", 2), hit("c", 3), hit("d", 4), hit("a", 5, page=4), hit("a", 6, page=3)]
    assert [h.passage_id for h in chosen(hits, 4)] == [1, 2, 3, 4, 6]
    assert [h.passage_id for h in chosen([hit("a", 0, page=3), *hits], 4)] == [0, 1, 2, 3]  # two of it are there


def test_a_table_named_by_its_heading_alone_keeps_its_rows() -> None:
    table = (
        "Horaires\nJour | Été | Hiver\nLundi : 9 h - 12 h ; fermé\nMardi : 14 h - 18 h ; 14 h - 17 h\nSamedi : 9 h"
    )
    closed = "La déchetterie est fermée les jours fériés."
    _, lines = lines_of("Quels sont les horaires de la déchetterie ?", told(closed, table), STEMS, 800)
    assert all(day in lines for day in ("Lundi", "Mardi", "Samedi"))


def test_a_question_about_a_price_is_given_the_prices_of_the_best_passage_whatever_their_words() -> None:
    canteen = (
        "Tarifs du restaurant scolaire et de l’accueil périscolaire – année 2026-2027\n"
        "Ces tarifs, votés le 23 avril 2026, s’appliquent du 1er septembre au 31 août. Le quotient familial "
        "retenu est celui du mois de juin ; il est mis à jour une fois par an, sauf changement de situation.\n"
        "1. Restaurant scolaire\nTranche Quotient familial Prix du repas\nTranche 1 Jusqu’à 650 1,10 €\n"
        "Tranche 2 De 651 à 1 150 3,35 €\nHors commune Sans objet 5,80 €\n"
        "Un repas pris sans inscription préalable est facturé avec une majoration de 1,50 €."
    )
    vote = "Vote : les tarifs de la cantine et du périscolaire sont adoptés par 14 voix pour et 3 contre."
    lines = lines_of("Quel est le tarif de la cantine ?", told(vote, canteen), STEMS, 2000)[1]
    assert "Prix du repas\nTranche 1 Jusqu’à 650 1,10 €\nTranche 2 De 651 à 1 150 3,35 €" in lines
    others = lines_of("Qui a voté les règles de la cantine ?", told(vote, canteen), STEMS, 2000)[1]
    assert "Tranche 1" not in others
    short = lines_of("Quel est le tarif de la cantine ?", told(vote, canteen), STEMS, 300)
    assert sum(map(len, short)) <= 300


CANTEEN = (
    "Tarifs du restaurant scolaire\n1. Restaurant scolaire\nTranche Quotient familial Prix du repas\n"
    "Tranche 1 Jusqu’à 650 1,10 €\nTranche 2 De 651 à 1 150 3,35 €\nHors commune Sans objet 5,80 €\n"
    "Un repas pris sans inscription préalable est facturé avec une majoration de 1,50 €."
)


def test_the_list_of_prices_comes_before_the_minutes_that_voted_it() -> None:
    vote = "Le coût complet d’un repas atteint 9,35 €.\nVote : les tarifs de la cantine sont adoptés par 14 voix."
    for question in ("Quel est le tarif de la cantine ?", "Combien coûte un repas à la cantine ?"):
        for passages in (told(vote, CANTEEN), told(CANTEEN, vote)):
            lines = {p.text: one for p, one in zip(passages, evidence(question, passages, STEMS, 900), strict=True)}
            assert [row.split()[-2] for row in lines[CANTEEN].rows] == ["1,10", "3,35", "5,80"]
    named = evidence("Combien coûte un repas hors commune ?", told(CANTEEN), STEMS, 900)[0]
    assert "5,80 €" in named.text and "3,35 €" not in named.text and named.rows == ()


@pytest.mark.parametrize(
    "question",
    [
        "Combien coûte un repas à la cantine pour un enfant de la commune ?",
        "Quel est le prix d’un repas pour un élève de la commune ?",
    ],
)
def test_a_row_is_not_named_by_what_it_leaves_out(question: str) -> None:
    lines = evidence(question, told(CANTEEN), STEMS, 900)[0]
    assert [row.split()[-2] for row in lines.rows] == ["1,10", "3,35", "5,80"]
    room = "Salle des fêtes\nOccupant Week-end\nHabitant de la commune 85 €\nHabitant hors commune 170 €\n"
    mine = evidence("Combien coûte la salle pour un habitant de la commune ?", told(room), STEMS, 900)[0]
    theirs = evidence("Combien coûte la salle pour un habitant hors commune ?", told(room), STEMS, 900)[0]
    assert "85 €" in mine.text and "170 €" not in mine.text and "170 €" in theirs.text


def test_a_sentence_that_gives_the_very_price_is_not_hidden_by_a_list_of_others() -> None:
    home = "Portage de repas à domicile. Le repas livré par le CCAS à domicile est facturé 8,70 €."
    question = "Quel est le tarif d’un repas livré à domicile par le CCAS ?"
    first, other = evidence(question, told(home, CANTEEN), STEMS, 900)
    assert "8,70 €" in first.text and not other.rows


def test_a_sentence_of_the_section_that_says_what_is_asked_is_not_hidden_by_its_list() -> None:
    context = "Salle des fêtes: réservation\n3. Tarifs et caution"
    rows = "Location | Habitant\nJournée — Habitant : 130 €\nWeek-end — Habitant : 290 €"
    caution = "La caution est fixée à 700 €. Elle est remise par chèque, en même temps que les clés."
    passages = [Told("d", context, rows), Told("d", context, caution), Told("e", "Chauffage", "Salle : 68 €.")]
    for asked in ("Quel est le montant de la caution pour la salle des fêtes ?", "Combien coûte la caution ?"):
        found = evidence(asked, passages, STEMS, 900)
        assert "700 €" in found[1].text and not found[0].rows, asked
    whole = evidence("Combien coûte la salle des fêtes ?", passages, STEMS, 900)
    assert "130 €" in whole[0].text and "290 €" in whole[0].text


def test_what_cannot_be_a_price_is_not_read_when_nothing_else_is_asked() -> None:
    rules = Told("rules", "reglement cantine", "Article 6\nLa facture est émise le 5 de chaque mois.")
    prices = Told("prices", "tarifs 2026", CANTEEN)
    first, second = evidence("Quel est le tarif de la cantine ?", [rules, prices], STEMS, 900)
    assert first.text == "" and "Tranche 1" in second.text
    both = evidence("Quel est le tarif de la cantine et quand est émise la facture ?", [rules, prices], STEMS, 900)
    assert "le 5 de chaque mois" in both[0].text
    part = "Annulation\nEntre trente et huit jours, la commune retient 50 % du prix de la location."
    shares = evidence("Quelle part du prix de la cantine garde-t-on ?", told(part, CANTEEN), STEMS, 900)
    assert "50 %" in shares[0].text and not shares[1].rows


def test_rows_of_one_name_are_told_together_and_no_sentence_hides_them() -> None:
    floors = (
        "Les tarifs des parquets n’avaient pas été revus depuis 2017.\n4. Parquets\nOuvrage Prix hors taxes\n"
        "Parquet en chêne massif 118 €\nParquet contrecollé 67 €\nPonçage et vitrification 34 €\n"
        "Une remise de 5 % est accordée sur les parquets."
    )
    (lines,) = evidence("Quels sont nos tarifs de parquets ?", told(floors), STEMS, 900)
    assert lines.rows == ("Parquet en chêne massif 118 €", "Parquet contrecollé 67 €")
    assert "2017" not in lines.text and "5 %" in lines.text
    (one,) = evidence("Combien coûte le parquet contrecollé ?", told(floors), STEMS, 900)
    assert "67 €" in one.text and one.rows == ("Parquet contrecollé 67 €",)


def test_of_two_lists_whose_rows_bear_one_name_the_one_asked_for_is_read() -> None:
    both = (
        "2. Accueil du matin et du soir\nTranche Matin Soir\nTranche 1 0,90 € 1,60 €\nTranche 2 1,45 € 2,55 €\n"
        "Au-delà de 18 h 45, un supplément de 6 € est dû.\n"
        "3. Mercredi\nTranche Journée avec repas Demi-journée\nTranche 1 7,20 € 3,10 €\nTranche 2 11,60 € 5,25 €"
    )
    question = "Quel est le prix de la journée du mercredi avec repas pour une famille de la tranche 2 ?"
    (lines,) = lines_of(question, told(both), STEMS, 900)
    assert "11,60 €" in lines and "1,45 €" not in lines and "Matin" not in lines
    (evening,) = lines_of("Combien coûte l'accueil du soir pour la tranche 1 ?", told(both), STEMS, 900)
    assert "1,60 €" in evening and "7,20 €" not in evening


def test_of_two_years_of_one_list_the_later_is_read_unless_the_other_is_asked_for() -> None:
    def year(number: int, price: int) -> Told:
        rows = f"Ouvrage Prix\nFenêtre en chêne {price} 180 €\nFenêtre en pin 840 €\nPorte en chêne 795 €"
        return Told(f"d{number}", f"tarifs {number}", rows)

    both = [year(2025, 1), year(2026, 2)]
    for asked in ("Combien coûte une fenêtre en chêne ?", "Quels sont nos prix ?"):
        lines = [one.text for one in evidence(asked, both, STEMS, 900)]
        assert "1 180" not in lines[0] and "2 180" in lines[1]
    lines = [one.text for one in evidence("Combien coûtait une fenêtre en chêne en 2025 ?", both, STEMS, 900)]
    assert "1 180" in lines[0]
    apart = [both[0], Told("d3", "tarifs 2026", "Main-d’œuvre Prix\nMenuisier 52 €\nApprenti 24 €")]
    assert "1 180" in evidence("Combien coûte une fenêtre en chêne ?", apart, STEMS, 900)[0].text


def test_a_number_of_the_question_chooses_the_row_whose_bounds_hold_it() -> None:
    meals = (
        "Tranche Quotient familial Prix du repas\nTranche 1 Jusqu'à 650 1,10 €\nTranche 2 De 651 à 1 150 3,35 €\n"
        "Tranche 3 Plus de 1 150 4,45 €"
    )
    for number, price in (("800 €", "3,35 €"), ("1 200", "4,45 €"), ("320", "1,10 €")):
        (lines,) = lines_of(
            f"Quel est le prix du repas pour un quotient familial de {number} ?", told(meals), STEMS, 400
        )
        assert price in lines and sum(other in lines for other in ("1,10 €", "3,35 €", "4,45 €")) == 1
