"""What a question about a price reads: the whole list, one row, or nothing when no passage speaks of the thing."""

import pytest

from demeure.assistant import prices
from demeure.assistant.evidence import evidence
from demeure.assistant.grounding import amounts
from demeure.assistant.sources import extracts_of
from demeure.assistant.units import Told
from demeure.library import French, Hit

STEMS = French().stems
POOL = (
    "2. Leçons et location de matériel\nPrestation | Unité | Prix\nMaître nageur — Unité : heure ; Prix : 31 €\n"
    "Location de palmes — Unité : séance ; Prix : 2 €\nLocation d’une ligne d’eau — Unité : heure ; Prix : 18 €"
)
BOATS = (
    "3. Barques\nBateau | Bois | Prix\nBarque à rames — Bois : Chêne ; Prix : 900 €\n"
    "Barque à rames — Bois : Pin ; Prix : 640 €\nBarque à voile — Bois : Chêne ; Prix : 2 100 €\n"
    "Barque à voile — Bois : Pin ; Prix : 1 480 €"
)


def read(question: str, text: str) -> str:
    (lines,) = evidence(question, [Told("d", "tarifs", text)], STEMS, 900)
    return lines.text


def test_a_list_asked_for_by_its_heading_is_read_whole_although_some_rows_share_its_words() -> None:
    (lines,) = evidence(
        "Quels sont les tarifs des leçons et de la location ?", [Told("d", "tarifs", POOL)], STEMS, 900
    )
    assert all(price in lines.text for price in ("31 €", "2 €", "18 €")) and len(lines.rows) == 3


def test_asked_for_one_price_the_rows_of_its_name_alone_are_read() -> None:
    lines = read("Combien coûte la location de palmes ?", POOL)
    assert "2 €" in lines and "18 €" not in lines and "31 €" not in lines


def test_the_row_that_holds_all_that_others_hold_of_the_question_stands_alone() -> None:
    lines = read("Quel est le prix d’une barque à voile en pin ?", BOATS)
    assert "1 480 €" in lines
    assert not any(price in lines for price in ("900 €", "640 €", "2 100 €"))


def test_a_row_without_a_price_stays_in_its_list() -> None:
    boats = "1. Location\nBateau | Prix\nBarque à rames : 900 €\nBarque à voile : 2 100 €\nGoélette : sur devis"
    (lines,) = evidence("Quels sont les tarifs de la location ?", [Told("d", "tarifs", boats)], STEMS, 900)
    assert lines.rows[-1] == "Goélette : sur devis"


def test_the_price_after_a_span_is_not_part_of_its_bound() -> None:
    assert prices.first("De 401 à 700 120 €") == "120 €" and amounts("De 401 à 700\u00a0120\u202f€") == {"120"}
    assert prices.first("Total : 700 120 €") == "700 120 €"


LOCKERS = (
    "1. Casiers du port\nCatégorie Volume Prix du casier\nCatégorie 1 Jusqu’à 65 40 €\n"
    "Catégorie 2 De 66 à 120 75 €\nHors port Sans objet 98 €\n"
    "Un casier rendu sans nettoyage préalable est facturé avec une majoration de 15 €."
)


def test_a_sentence_that_holds_of_the_question_what_the_row_holds_does_not_stand_beside_it() -> None:
    lines = read("Combien coûte un casier de catégorie 2 ?", LOCKERS)
    assert "75 €" in lines and "15 €" not in lines and "40 €" not in lines
    asked = read("Combien coûte un casier rendu sans nettoyage préalable ?", LOCKERS)
    assert "15 €" in asked, "it tells what no row does"


def test_rows_that_each_hold_a_part_of_the_question_stay_together() -> None:
    lines = read("Quel est le prix d’une barque à rames, en chêne ou en pin ?", BOATS)
    assert "900 €" in lines and "640 €" in lines


SCATTERED = (
    "Le stand de tir est ouvert le lundi.",
    "La fête a lieu en juin.",
    "La musique s’arrête à minuit : 20 €.",
)


@pytest.mark.parametrize(
    ("question", "nowhere"),
    [
        ("Quel est le tarif d’un stand à la fête de la musique ?", True),
        ("Quel est le tarif du stand de tir le lundi ?", False),  # one passage speaks of it
        ("Quel est le prix du stand ?", False),  # two words are too few to tell
        ("Où se tient le stand de la fête de la musique ?", False),  # no price is asked for
    ],
)
def test_the_price_of_a_thing_that_no_passage_speaks_of_is_not_looked_for_in_others(
    question: str, nowhere: bool
) -> None:
    passages = [Told(f"d{n}", "", text) for n, text in enumerate(SCATTERED)]
    assert prices.scattered(question, passages, STEMS) is nowhere
    hits = [Hit(f"d{n}", f"{n}.txt", "s", n, {}, text, "", 1.0, None, 0.0) for n, text in enumerate(SCATTERED, 1)]
    assert (extracts_of(question, hits, "fr", STEMS) == []) is nowhere


BERTHS = ["Anneau, 2 m 30 jours 85 €", "Anneau, 2 m 90 jours 210 €", "Le port est ouvert."]


@pytest.mark.parametrize(
    ("question", "lines", "other"),
    [
        ("Combien coûte un anneau pour six mois ?", BERTHS, True),
        ("Combien coûte un anneau pour quatre-vingt-dix jours ?", BERTHS, False),
        ("Combien coûte un anneau ?", BERTHS, False),
        ("Combien coûte un anneau pour six mois ?", BERTHS[:1], False),  # one line may say more elsewhere
        ("Combien coûte un anneau pour 60 jours ?", [*BERTHS, "De 31 à 89 jours : 150 €"], False),
        ("Pour combien de temps un anneau est-il loué, six mois ?", BERTHS, False),  # no price is asked for
    ],
)
def test_the_price_of_another_length_of_time_is_no_answer(question: str, lines: list[str], other: bool) -> None:
    assert prices.of_other_lengths(question, lines) is other


LATE = "Un vélo rendu en retard coûte 12 euros par jour."
BIKES = f"La mairie prête six vélos.\n{LATE} Le casque est fourni."
LOST = "Carte de la déchèterie\nLa carte est retirée en mairie.\nElle coûte 5 euros en cas de perte."
WHO = "\nLe responsable est M. Kevin Le Goff."


@pytest.mark.parametrize(
    ("question", "text", "read"),
    [
        ("Combien coûte un vélo rendu en retard ?", BIKES, LATE),
        ("Combien par jour coûte un vélo rendu en retard ?", BIKES, LATE),
        ("Combien coûte la perte de la carte de déchèterie ?", LOST + WHO, LOST),
    ],
)
def test_what_stands_beside_a_price_and_speaks_of_something_else_is_not_read(
    question: str, text: str, read: str
) -> None:
    (lines,) = evidence(question, [Told("d", "", text)], STEMS, 2500)
    assert lines.text == read


def test_what_else_is_asked_beside_a_price_is_read() -> None:
    question = "Combien coûte un vélo en retard, et qui fournit le casque ?"
    (lines,) = evidence(question, [Told("d", "", BIKES)], STEMS, 2500)
    assert "casque" in lines.text
