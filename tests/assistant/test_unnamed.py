"""Names that nothing read holds."""

import pytest

from demeure.assistant import ending, grounding, unnamed
from demeure.assistant.events import Source
from demeure.assistant.work import Work
from demeure.library import French
from demeure.policy import Actor

STEMS = French().stems
SOURCE = Source(1, "d", "tarifs.pdf", "s", {}, "page 1", "Le repas coûte 3,35 €. Mme Vauquelard le dit.", 1.0, 1)


def work(question: str) -> Work:
    made = Work(Actor("person", "p1", "Ada"), question, ("s",), "fr", "m", house="Mairie de Roc")
    made.sources, made.called = (SOURCE,), True
    return made


def test_a_sentence_that_bears_an_invented_name_has_no_source() -> None:
    asked = work("Combien coûte le repas de Mme Tartempion ?")
    assert asked.corrected("Le repas de Mme Tartempion coûte 3,35 €", (1,)) == ()
    for said in ("Le repas coûte 3,35 €", "Mme Vauquelard dit que le repas coûte 3,35 €", "À Roc, il coûte 3,35 €"):
        assert asked.corrected(said, (1,)) == (1,)


def test_the_name_of_the_question_that_nothing_holds_is_told() -> None:
    asked = work("Combien coûte le repas de Mme Tartempion ?")
    asked.shown = "Le repas coûte 3,35 € [1]."
    assert ending.of(asked, (1,), STEMS) == "\n\nRien de ce qui a été lu ne nomme « Mme Tartempion »."
    for question in ("Combien coûte le repas de Mme Vauquelard ?", "Combien coûte le repas à Roc ?", "Le repas ?"):
        known = work(question)
        known.shown = asked.shown
        assert ending.of(known, (1,), STEMS) == ""


def test_an_answer_without_numbers_is_not_given_the_source_of_an_invented_name() -> None:
    asked = work("Qui cuisine ?")
    asked.shown = "Le repas est de Barnabé Fluchard."
    assert asked.supporting() == ()
    asked.shown = "Le repas coûte 3,35 €."
    assert asked.supporting() == (1,)


def test_acronyms_and_words_that_open_a_sentence_are_no_names() -> None:
    held = unnamed.known(["Le centre communal"])
    assert unnamed.absent("Que fait le CCAS ? Centre communal.", lambda: held) == []


def test_the_words_read_are_gathered_for_a_name_only() -> None:
    def unread() -> frozenset[str]:
        raise AssertionError

    assert unnamed.absent("Le repas coûte 3,35 € depuis le lundi 3 mars 2026, article 12.", unread) == []


@pytest.mark.parametrize(
    "text",
    [
        "Le mardi 3 mars, Jean Dupont paie 12 € à Roc.",
        "Mardi Dupont vient. Le 14 rue Haute, Barnabé Fluchard.",
        "Article Fluchard. CCAS Roc. À 20 h Roc, le CCAS de Roc.",
        "Sainte-Ève 12 Roc ; M. Roc-Haut, 04 70 00 00 00 Mme Ève.",
    ],
)
def test_what_figures_and_dates_take_of_a_text_hides_no_name(text: str) -> None:
    named = grounding.claims_of(grounding.source_text(text), named=True)
    said = [one.said for one in named if one.kind == "name"]
    assert unnamed.absent(text, frozenset) == list(dict.fromkeys(said))


def test_words_of_a_passage_are_those_of_its_names_too() -> None:
    assert unnamed.known(["Roc"], ["Jean_Dupont vient", "Léa Morin"]) >= {"roc", "jean", "dupont", "lea", "morin"}
