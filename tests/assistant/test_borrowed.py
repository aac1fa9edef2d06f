"""Things that only the examples shown to the model speak of."""

import pytest

from demeure.assistant import borrowed, prompt
from demeure.assistant.events import Source
from demeure.assistant.sources import findings_of
from demeure.assistant.work import Work
from demeure.policy import Actor

SOURCE = Source(1, "d", "memo-accueil.txt", "s", {}, "page 1", "Samedi : fermé. La cuisine : 60 €.", 1.0, 1)
LEASH = Source(2, "d", "camping.txt", "s", {}, "", "Les chiens sont tenus en laisse au camping.", 1.0, 2)


def work(question: str, *sources: Source, language: str = "fr") -> Work:
    made = Work(Actor("person", "p1", "Ada"), question, ("s",), language, "m", house="Mairie de Roc")
    made.sources = sources
    return made


def marked(text: str, *sources: Source, question: str = "Que dit le mémo ?") -> list[tuple[str, str]]:
    found = findings_of(text, sources, question, "Mairie de Roc", (1,))
    return [(one.kind, text[one.start : one.end]) for one in found]


@pytest.mark.parametrize("language", sorted(prompt.THINGS))
def test_each_is_in_the_examples_of_its_language(language: str) -> None:
    built = prompt.build("Q", [], organisation="O", language=language, budget=9, count=len)
    shown = "\n".join(message["content"] for message in built.messages[1:-1]).lower()
    assert [thing for thing in prompt.THINGS[language] if thing not in shown] == []


def test_what_is_told_of_one_is_marked_where_it_stands() -> None:
    assert marked("Le camping est fermé le samedi [1].", SOURCE) == [("word", "camping")]
    told = "Le prix de la location d’un **vélo** au camping est 60 € [1].\nLes chefs de service gèrent la salle."
    assert marked(told, SOURCE) == [("word", "vélo"), ("word", "camping"), ("word", "chefs de service")]
    assert marked("« Le camping est fermé le samedi toute la journée » [1]", SOURCE)[0][0] == "quotation"


def test_what_was_read_or_asked_may_be_told() -> None:
    assert marked("Les chiens sont tenus en laisse au camping [2].", SOURCE, LEASH) == []
    assert marked("Le camping est fermé [1].", SOURCE, question="Le camping est-il ouvert ?") == []
    pool = Source(1, "d", "p.txt", "s", {}, "", "La piscine ferme le lundi.", 1.0, 1)
    assert marked("The pool is closed on Monday [1].", pool, question="When is it closed?") == []
    for said in ("La cuisine coûte 60 € [1].", "Le demandeur en laisse une copie et tente de payer 60 € [1]."):
        assert marked(said, SOURCE) == []


def test_its_sentence_bears_no_number_of_a_source() -> None:
    asked = work("Que dit le mémo pour la fermeture ?", SOURCE)
    assert asked.corrected("Le camping est fermé le samedi", (1,)) == ()
    assert asked.corrected("Le chef de service la gère. La cuisine coûte 60 €", (1,)) == (1,)
    asked.shown = "Le camping : fermé le samedi."
    assert asked.supporting() == ()
    asked.shown = "Fermé le samedi."
    assert asked.supporting() == (1,)


def test_what_was_read_is_gone_through_for_such_a_thing_only() -> None:
    def unread() -> list[str]:
        raise AssertionError

    assert borrowed.things("Le repas coûte 3,35 € à la cantine.", unread) == []
