"""A pasted e-mail is searched by what it asks; a source is quoted by the row that an answer cites."""

import asyncio
from pathlib import Path

import pytest

from demeure.assistant.evidence import evidence
from demeure.assistant.listing import _label
from demeure.assistant.pasted import LONGEST, asked_in_mail
from demeure.assistant.sources import spoken
from demeure.assistant.units import Told
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


def test_the_list_whose_heading_is_asked_for_is_told_whole_however_far() -> None:
    floors = "4. Parquets\nOuvrage | Prix\nChêne massif, le m² | 118 €\nPonçage, le m² | 34 €"
    days = (
        "3. Mercredi\nTranche | Journée | Demi-journée\nTranche 1 | 7,20 € | 3,10 €\nTranche 2 | 11,60 € | 5,25 €"
    )
    told = [Told("a", "tarifs 2026", floors, 3.3), Told("b", "tarifs périscolaires", days, 1.2)]
    asked, stems = "Quels sont les tarifs du mercredi ?", French().stems
    read = evidence(asked, told, stems, 2000)
    assert len(read[1].rows) == 2 and not read[0].rows
    assert len({_label(row) for row in read[1].rows}) == 2 and _label("Tranche 2 11,60 € 5,25 €") == "tranche 2"
    assert evidence("Quel est le prix du ponçage ?", told, stems, 2000)[0].text.endswith("34 €")


def test_a_length_of_time_that_leans_on_another_thing_is_not_read() -> None:
    offer = Told(
        "a", "conditions", "Le devis est gratuit. Il est valable soixante jours à compter de sa date.", 3.0
    )
    fittings = "En complément, l’entreprise garantit la quincaillerie pendant trois ans."
    told = [offer, Told("b", "conditions", fittings, 2.8)]
    read = evidence("Combien de temps la quincaillerie est-elle garantie ?", told, French().stems, 2000)
    assert "soixante" not in read[0].text and "trois ans" in read[1].text
    read = evidence("Combien de temps un devis est-il valable ?", told, French().stems, 2000)
    assert "soixante jours" in read[0].text
