"""A note and its sentence: what is lost, added or turned round is asked once more, then the note itself is used."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from demeure.assistant.tasks import delivered
from demeure.assistant.tasks.notes import as_sentence, faithful, left_of, together, told_one_by_one
from demeure.assistant.tasks.plain_words import plainer
from demeure.library import French
from demeure.testing.house import AGENT, small_house

STEMS = French().stems


@pytest.mark.parametrize(
    ("note", "sentence", "kept"),
    [
        ("commission d’attribution le 18 juin", "La commission d’attribution a été délivrée le 18 juin.", False),
        ("commission d’attribution le 18 juin", "La commission d’attribution aura lieu le 18 juin.", True),
        ("rendez-vous confirmé le 3 mars à 9 h", "Nous vous invitons au rendez-vous le 3 mars à 9 h.", False),
        ("rendez-vous confirmé le 3 mars à 9 h", "Votre rendez-vous est confirmé le 3 mars à 9 h.", True),
        ("pas de chien dans la salle", "Les chiens sont dans la salle.", False),
        ("chiens dans la salle", "Il n’y a pas de chiens dans la salle.", False),
        ("subvention refusée", "La subvention est accordée.", False),
        ("réponse par courrier avant le 30 juin", "La réponse est par courrier avant le 30 juin.", False),
        ("subvention refusée", "La subvention n’a malheureusement pas pu être accordée.", True),
        ("caution 300 €", "La caution est de 350 €.", False),
        ("autorisation signée à rendre le 5 juin", "Vous devez rendre avant le 5 juin.", False),
        ("autorisation signée à rendre le 5 juin", "L’autorisation signée sera à rendre le 5 juin.", True),
        ("caution 300 €", "La caution de 300 € est encaissée.", False),
        ("room free on 14 June", "The room is free on 14 June.", True),
        ("deposit 300 €, by cheque", "A deposit of 300 € must be paid by cheque.", True),
        ("grant refused, file arrived after 31 January", "The grant is accepted after 31 January.", False),
        ("room free on 14 June", "The room is free on 14 June, with a kitchen.", False),
    ],
)
def test_a_sentence_says_its_note_and_nothing_else(note: str, sentence: str, kept: bool) -> None:
    assert faithful(sentence, note, STEMS) is kept


@pytest.mark.parametrize(
    ("note", "language", "sentence"),
    [
        ("prévenir si absent", "fr", "Merci de prévenir si absent."),
        ("salle des fêtes libre le 14 juin", "fr", "La salle des fêtes est libre le 14 juin."),
        ("Salle des fêtes libre le 14 juin.", "fr", "La salle des fêtes est libre le 14 juin."),
        ("caution de 300 €, par chèque", "fr", "La caution est de 300 €, par chèque."),
        ("caution 300 €", "fr", "La caution est de 300 €."),
        ("prix 60 %", "fr", "Prix 60 %."),
        ("clés à prendre vendredi", "fr", "Les clés sont à prendre vendredi."),
        ("concert du 22 novembre annulé", "fr", "Le concert du 22 novembre est annulé."),
        (
            "subvention refusée, dossier arrivé après le 31 janvier",
            "fr",
            "La subvention est refusée\u202f; le dossier est arrivé après le 31 janvier.",
        ),
        ("nouvelle demande possible pour 2027", "fr", "Une nouvelle demande est possible pour 2027."),
        ("ordre du jour joint", "fr", "L’ordre du jour est joint."),
        ("dépannage en moins de 8 heures", "fr", "Dépannage en moins de 8 heures."),
        ("machine à laver en panne", "fr", "Machine à laver en panne."),
        ("Lepage libre mardi", "fr", "Lepage libre mardi."),
        ("le gardien ouvre la salle", "fr", "Le gardien ouvre la salle."),
        ("pas de chien", "fr", "Pas de chien."),
        ("facture F-41 de 1 860 € non réglée", "fr", "Facture F-41 de 1 860 € non réglée."),
        ("water cut on 12 May", "en", "Water cut on 12 May."),
        ("bring an identity card", "en", "Please bring an identity card."),
        ("open until 6 pm", "en", "Open until 6 pm."),
        ("appeler le poste 412", "fr", "Merci d’appeler le poste 412."),
    ],
)
def test_a_note_is_a_sentence_in_its_own_language(note: str, language: str, sentence: str) -> None:
    assert as_sentence(note, language) == sentence


def test_a_task_is_written_in_the_language_it_is_asked_in() -> None:
    for task in delivered():
        assert not task.prompts or set(task.prompts) == {"fr", "en"}, task.name
        for prompt in task.prompts.values():
            assert prompt.user.count("{") == task.prompts["fr"].user.count("{"), task.name


def test_both_answers_are_one() -> None:
    notes = ["salle libre le 14 juin", "caution 300 €", "clés vendredi"]
    said = (
        "Objet : Salle\n1. La salle est libre le 14 juin.\n2. La caution est de 350 €.\n3. Les clés sont vendues."
    )
    assert left_of(said, notes, STEMS) == ["caution 300 €", "clés vendredi"]
    both = together(said, "1. La caution est de 300 €.\n2. Prendre les clés vendredi.", notes, STEMS)
    assert both.split("\n") == [
        "Objet : Salle",
        "1. La salle est libre le 14 juin.",
        "2. La caution est de 300 €.",
        "3. Prendre les clés vendredi.",
    ]


def test_what_cannot_be_kept_is_asked_for_once_more_and_written_so(tmp_path: Path) -> None:
    def script(messages: Sequence[Mapping[str, str]]) -> str:
        asked = messages[-1]["content"]
        if "salle libre" in asked:
            return "Objet : Salle\n1. La salle est libre le 14 juin.\n2. La caution est remboursée, soit 300 €."
        assert "1. caution 300 €" in asked and "chien" not in asked, "that note alone, without the message"
        return "1. La caution est de 300 €."

    async def go() -> None:
        async with small_house(tmp_path) as house:
            house.engine.script = script
            given = {
                "notes": "salle libre le 14 juin\ncaution 300 €",
                "recu": "Peut-on venir avec un chien ? M. Roux",
            }
            work = await house.tasks.tasks.start(AGENT, "courriel", given, "fr")
            async with asyncio.timeout(10):
                while (await house.tasks.tasks.work(AGENT, work.id)).drafts[0].open:  # noqa: ASYNC110 - a row
                    await asyncio.sleep(0.01)
            draft = (await house.tasks.tasks.work(AGENT, work.id)).drafts[0]
            assert "La salle est libre le 14 juin. La caution est de 300\u202f€." in draft.text
            assert len(house.journal.named("model-called")) == 2 == len(house.journal.named("prompt-built"))

    asyncio.run(go())


@pytest.mark.parametrize(
    ("office", "plain"),
    [
        ("Il vous appartient de nous faire parvenir la pièce.", "Vous devez nous envoyer la pièce."),
        ("Préalablement au 5 septembre, à compter du 3.", "Avant le 5 septembre, à partir du 3."),
        ("Ledit arrêté et ladite pièce, nonobstant l’avis.", "Cet arrêté et cette pièce, malgré l’avis."),
        ("Il dit « nonobstant » et s’en va.", "Il dit « nonobstant » et s’en va."),
        (
            "Les pétitionnaires sont tenus de s’acquitter du droit susvisé.",
            "Les demandeurs doivent payer le droit.",
        ),
        (
            "Il est proscrit de procéder au stationnement de vélos ; les nuisances sont prohibées.",
            "Il est interdit de garer des vélos ; les nuisances sont interdites.",
        ),
        ("En raison de la réalisation de travaux, l’arrêt ferme.", "À cause de travaux, l’arrêt ferme."),
        ("Ceci est susceptible de faire l’objet d’un recours.", "Ceci peut faire l’objet d’un recours."),
        ("Une salle, une clé.", "Une salle, une clé."),
    ],
)
def test_office_turns_are_said_plainly(office: str, plain: str) -> None:
    assert plainer(office) == plain


def test_a_verb_that_asks_for_a_thing_gives_way_to_the_note() -> None:
    note = "45 postes fixes, dont 6 sans fil"
    _, body = told_one_by_one("1. Il est nécessaire de 45 postes fixes, dont 6 sans fil.", [note], STEMS, "fr")
    assert "nécessaire" not in body and "45 postes" in body
    assert faithful("Il est nécessaire de former 14 agents.", "former 14 agents", STEMS)


def test_office_turns_of_notices_are_said_plainly() -> None:
    office = "Les usagers sont priés de se présenter, munis d’une pièce d’identité, au guichet sis au 3e étage."
    assert plainer(office) == (
        "Les usagers doivent se présenter, avec une pièce d’identité, au guichet situé au 3e étage."
    )
    assert plainer("L’usager désireux de venir est prié d’écrire. Six places.").endswith("doit écrire. Six places.")
