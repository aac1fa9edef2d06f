"""What is said to the assistant itself is answered calmly, and nothing that asks the documents is taken for it."""

import asyncio
from pathlib import Path

import pytest

from demeure.assistant import Closed, Sources, Started
from demeure.assistant.asides import LONGEST, heard, reply
from demeure.testing.house import AGENT, SmallHouse, small_house

SAID = {
    "greeting": ("Bonjour", "BONSOIR !", "Bonjour à tous,", "salut ça va ?", "coucou"),
    "thanks": ("merci", "Merci beaucoup pour votre aide !", "C’est parfait.", "Au revoir, bonne journée"),
    "insult": ("tu es nul", "C'est n'importe quoi, t'es con", "Vous ne servez à rien !", "ta gueule"),
    "self": ("Qui es-tu ?", "qui êtes-vous", "À quoi sers-tu ?", "Que savez-vous faire ?", "Es-tu un robot ?"),
    "data": ("Où partent mes données ?", "Mes données sont-elles en sécurité ?", "Qui peut lire mes questions ?"),
}
SAID_IN_ENGLISH = {
    "greeting": ("Hello", "good morning", "Hi there!"),
    "thanks": ("Thank you very much", "Goodbye."),
    "insult": ("You are useless", "shut up"),
    "self": ("Who are you?", "What can you do?"),
    "data": ("Where does my data go?", "Who can read my questions?"),
}
ASKED = (
    "Bonjour, combien coûte la cantine ?",
    "merci, et le matin ?",
    "cantine",
    "Qui est le maire ?",
    "aide au logement",
    "À quoi sert la caution ?",
    "Comment fonctionne la cantine ?",
    "Où sont conservés les documents d’urbanisme ?",
    "Combien de temps les données des caméras sont-elles conservées ?",
    "Qui peut accéder aux données du fichier électoral ?",
    "Who is the mayor?",
    "",
    "?",
)


@pytest.mark.parametrize("kind", SAID)
def test_what_is_said_to_the_assistant_is_recognised(kind: str) -> None:
    for language, some in (("fr", SAID[kind]), ("en", SAID_IN_ENGLISH[kind])):
        for message in some:
            for page in ("fr", "en"):
                aside = heard(message, page)
                assert aside is not None, message
                assert (aside.kinds, aside.language) == ((kind,), language), message


@pytest.mark.parametrize("message", ASKED)
def test_what_is_asked_of_the_documents_is_not(message: str) -> None:
    assert heard(message, "fr") is None and heard(message, "en") is None


def test_nothing_long_is_taken_for_an_aside_nor_makes_the_patterns_slow() -> None:
    assert heard("bonjour " * LONGEST, "fr") is None
    assert heard(("tu es " + "tres " * 60)[:LONGEST], "fr") is None
    assert heard("merci" + " merci" * 30, "fr") is None


def test_several_are_answered_together_and_a_greeting_is_returned() -> None:
    aside = heard("Bonjour ! Qui es-tu ? Où partent mes données ?", "fr")
    assert aside is not None and aside.kinds == ("greeting", "self", "data")
    said = reply(aside, "Mairie d’essai", "petit-modèle")
    assert said.startswith("Bonjour.\n\nJe suis l’assistant documentaire")
    assert "Mairie d’essai" in said and "petit-modèle" in said and "page Souveraineté" in said
    assert "modèle qui rédige" not in reply(aside, "Mairie d’essai", "")


async def ask(house: SmallHouse, question: str, conversation: str | None = None) -> tuple[Started, Sources, Closed]:
    events = [e async for e in house.assistant.ask(AGENT, question, ["mairie"], conversation)]
    assert isinstance(events[0], Started) and isinstance(events[1], Sources) and isinstance(events[-1], Closed)
    return events[0], events[1], events[-1]


def test_an_aside_asks_no_model_looks_for_nothing_and_is_written_as_any_request(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            await house.add("tarifs.txt", "Le repas enfant à la cantine coûte 3,20 euros.\nQui es-tu, petit chat ?")
            house.engine.script = "Je suis un grand modèle de langue qui envoie tout en Amérique."
            started, sources, closed = await ask(house, "Qui es-tu ?")
            assert sources.aside and sources.items == () and closed.outcome == "done"
            assert "l’assistant documentaire" in closed.text and closed.citations == () and closed.unsupported == ()
            assert closed.details["aside"] == ["self"] and closed.details["model"] == ""
            names = [entry.name for entry in house.journal.chain(started.chain)]
            assert names[0] == "question-asked" and "model-called" not in names
            assert not await house.journal.open_intentions()

    asyncio.run(go())


def test_thanks_do_not_make_the_conversation_forget_its_subject(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            await house.add("tarifs.txt", "Le repas à la cantine coûte 3,20 euros le mardi, 4 euros le mercredi.")
            house.engine.script = "3,20 euros [1]."
            started, _, _ = await ask(house, "Combien coûte le repas à la cantine le mardi ?")
            await ask(house, "Merci !", started.conversation)
            after, _, _ = await ask(house, "Et le mercredi ?", started.conversation)
            assert "cantine" in after.searched

    asyncio.run(go())


def test_a_question_in_another_language_than_the_documents_is_told_so(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            text = "La salle des fêtes est louée aux habitants de la commune pour les fêtes de famille."
            await house.add("salle.txt", text)
            house.engine.script = "The hall is on the moon [1]."
            _, _, english = await ask(house, "What is the name of the swimming teacher?")
            _, _, french = await ask(house, "Comment s’appelle le maître nageur de la piscine ?")
            assert not english.found and "the same question in French" in english.text
            assert not french.found and "français" not in french.text and "anglais" not in french.text

    asyncio.run(go())
