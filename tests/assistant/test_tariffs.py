"""All the lists of prices that are asked for together, and the name of the town in a question."""

from demeure.assistant import listing, prices, town
from demeure.assistant.evidence import evidence
from demeure.assistant.sources import extracts_of
from demeure.assistant.units import Told
from demeure.assistant.work import Work
from demeure.library import French, Hit
from demeure.policy import Actor

STEMS = French().stems
TITLE = "tarifs 2026 › Tarifs du port de Valbrune"
PORT = (
    ("port", TITLE, "Anneaux\nAnneau | Prix\nAnneau de 6 m, 30 jours : 85 €\nAnneau de 8 m, 30 jours : 110 €"),
    ("port", TITLE, "Cale\n• Mise à l’eau : gratuite\n• Grutage : 65 €"),
    ("port", TITLE, "Clés\nDurée Badge Casier\n1 an 12 € 40 €\n2 ans 20 € 75 €\nLe premier badge est gratuit."),
    ("rules", "règlement › Règlement du port de Valbrune", "L’accès au port est libre et gratuit."),
)


def hits(rows: tuple[tuple[str, str, str], ...]) -> list[Hit]:
    return [
        Hit(d, f"{d}.md", "s", n, {}, text, above, 6.0 - n, None, 0.0) for n, (d, above, text) in enumerate(rows)
    ]


def told(question: str, rows: tuple[tuple[str, str, str], ...] = PORT) -> str:
    found = hits(rows)
    work = Work(Actor("person", "p1", "Ada"), question, ("s",), "fr", "m")
    work.tables = tuple(one for one in extracts_of(question, found, "fr", STEMS, 2500) if one.rows)
    work.named = listing.named(question, work.listed, found, STEMS)
    return listing.whole_table(work)


def test_all_the_lists_of_the_document_are_told_each_under_its_heading() -> None:
    answer = told("Quels sont les tarifs du port de Valbrune ?")
    for line in (
        "Anneaux",
        "- Anneau de 8 m, 30 jours : 110 € [1]",
        "Cale",
        "- Mise à l’eau : gratuite",
        "65 € [2]",
    ):
        assert line in answer
    assert "Clés (« Durée Badge Casier »)" in answer and "- Le premier badge est gratuit. [3]" in answer
    assert "libre" not in answer


def test_one_of_them_asked_for_by_its_own_heading_is_told_alone() -> None:
    answer = told("Quels sont les tarifs de la cale ?")
    assert "- Mise à l’eau : gratuite\n- Grutage : 65 € [2]" in answer and "85 €" not in answer


def test_a_first_row_that_is_free_is_no_header() -> None:
    (lines,) = evidence("Quels sont les tarifs de la cale ?", [Told("d", TITLE, PORT[1][2])], STEMS, 900)
    assert lines.rows == ("• Mise à l’eau : gratuite", "• Grutage : 65 €")


def test_the_name_of_the_town_does_not_bring_what_only_bears_it() -> None:
    letter = "Mairie de Montfaucel\nRestaurant\nFormule Prix\nMenu 1 9 €\nMenu 2 12 €"
    graves = "Les tarifs du cimetière sont revus.\nDurée Prix\nTerrain 15 ans 180 €\nTerrain 30 ans 340 €"
    rows = (("menu", "carte", letter), ("pv", "séance", graves))
    answer = told("Quels sont les tarifs du cimetière de Montfaucel ?", rows)
    assert "180 €" in answer and "9 €" not in answer


def test_a_thing_that_passages_call_by_the_name_keeps_it() -> None:
    passages = [Told("d", "", "Le cimetière de Roc est fermé. Le cimetière de Bourg aussi.")]
    asked = "Quels sont les tarifs du cimetière de Roc ?"
    assert town.without(asked, passages, STEMS) == asked
    assert town.without(asked, [Told("d", "", "Mairie de Roc. Le cimetière est ouvert.")], STEMS) == (
        "Quels sont les tarifs du cimetière ?"
    )


def test_how_much_is_it_asks_for_a_price() -> None:
    assert prices.asked_for("C’est combien la cantine ?") and not prices.asked_for("Combien sont-ils ?")


def test_an_everyday_word_finds_the_list_that_documents_call_otherwise() -> None:
    meals = "1. Restaurant scolaire\nTranche Prix du repas\nTranche 1 1,10 €\nTranche 2 3,35 €"
    budget = "Sur cent, la cantine est peu.\nCent euros dépensés\n43 euros pour les agents\n29 euros pour l’eau"
    rows = (("budget", "budget", budget), ("tarifs", "tarifs", meals))
    read = {
        one.number: one.text for one in extracts_of("Combien coûte la cantine ?", hits(rows), "fr", STEMS, 2500)
    }
    assert "3,35 €" in read[2] and "43 euros" not in read.get(1, "")
