"""A pasted e-mail is searched by what it asks; a source is quoted by the row that an answer cites."""

import asyncio
from pathlib import Path

import pytest

from demeure.assistant.pasted import LONGEST, asked_in_mail
from demeure.assistant.sources import spoken
from demeure.library import French
from demeure.testing.house import AGENT, small_house

MAIL = """Bonjour,

Nous sommes arrivés en septembre avec nos deux enfants et nous habitons rue des Lilas, près du stade municipal.
Quels papiers faut-il pour inscrire mon fils à la cantine ? Combien coûte un repas ?

Merci d’avance,
Julie Roche"""
ASKED = "Quels papiers faut-il pour inscrire mon fils à la cantine ? Combien coûte un repas ?"


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        (MAIL, ASKED),
        (f"De : Julie Roche <j@x.fr>\nObjet : Cantine\n\n{MAIL.removeprefix('Bonjour,')}", f"Cantine {ASKED}"),
        (f"{MAIL}\n\nLe 3 mars 2026 à 10:02, la mairie a écrit :\n> Quel est votre nom, Madame ?", ASKED),
        ("Quels sont les horaires de la mairie, et peut-on y venir le samedi matin sans rendez-vous ?", ""),
        ("Résume ceci :\n\n" + "Le conseil a délibéré sur les tarifs du stade. " * 5 + "\nQui était là ?", ""),
        ("Bonjour,\n\n" + "Je vous remercie de votre accueil à la mairie. " * 4 + "\n\nJulie", ""),
        ("Bonjour,\n\nQuel est le tarif ?\n\nJulie", ""),
    ],
    ids=("mail", "headed", "quoting", "question", "notes", "thanks", "short"),
)
def test_what_a_mail_asks(text: str, asked: str) -> None:
    assert " ".join(asked_in_mail(text)) == asked
    assert len(" ".join(asked_in_mail(text * 9))) <= LONGEST


def test_the_row_that_an_answer_rests_on_is_quoted_wherever_it_stands() -> None:
    rows = [f"Concession de {n * 5} ans, cimetière du bourg | {n * 90} €" for n in range(1, 9)]
    quote = "\n".join(["Tarifs des concessions du cimetière | Prix", *rows, "Columbarium | 410 €"])
    asked, stems = "Combien coûte une concession au cimetière ?", French().stems
    assert "Columbarium" not in "\n".join(spoken(asked, quote, stems, 160))
    lines = spoken(asked, quote, stems, 160, "Une case de columbarium coûte 410 € [1].")
    assert lines[-2:] == ["…", "Columbarium | 410 €"] and sum(map(len, lines)) < 260
    assert spoken(asked, quote, stems, 160, "Rien de cela.") == spoken(asked, quote, stems, 160)


def test_a_mail_is_searched_by_its_questions_and_given_whole(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            asked = house.assistant.ask(AGENT, MAIL, ["mairie"])
            events = [event async for event in asked]
            assert getattr(events[0], "searched", "") == ASKED
            assert any(b"rue des Lilas" in payload for payload in house.journal.payloads)

    asyncio.run(go())
