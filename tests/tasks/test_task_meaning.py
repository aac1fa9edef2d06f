"""A rewriting that turns its text round is seen by its signs; the text itself, said plainly, takes its place."""

import pytest
from task_jobs import STEMS, job_of

from demeure.assistant.tasks.answered import unanswered
from demeure.assistant.tasks.meaning import turned
from demeure.assistant.tasks.message import greeted
from demeure.assistant.tasks.recipes.rewrite import Rewrite
from demeure.assistant.tasks.repairs import plain

ROAD = "La collecte ne pourra être assurée du 3 au 7 mars. Déposez les bacs la veille après 19 h."


@pytest.mark.parametrize(
    ("said", "sign"),
    [
        ("La collecte ne sera pas assurée du 3 au 7 mars. Déposez les bacs la veille après 19 h.", ""),
        ("La collecte ne sera pas assurée du 3 au 7 mars. Déposez les bacs la veille avant 19 h.", "sides"),
        ("La collecte ne sera assurée que du 3 au 7 mars. Déposez les bacs la veille après 19 h.", "only"),
        ("Bonne nouvelle pour le quartier cette semaine.", "lost"),
        ("La collecte du chauffage ne sera pas assurée du 3 au 7 mars. Déposez les bacs après 19 h.", "leaked"),
    ],
)
def test_what_turns_a_text_round(said: str, sign: str) -> None:
    found = turned(ROAD.replace("ne pourra être", "ne pourra pas être"), said, STEMS, ["aide au chauffage"])
    assert (sign in found) if sign else not found


def test_yes_and_no_are_not_exchanged() -> None:
    assert turned("Le parking est interdit le soir.", "Le parking est ouvert le soir.", STEMS) == ["denied"]
    later, since = "À partir du 1er juin, le parking ferme.", "Depuis le 1er juin, le parking ferme."
    assert "sides" in turned(later, since, STEMS)


def test_the_name_of_a_paper_is_kept() -> None:
    text = "Les demandes sont déposées en mairie, accompagnées d’une pièce d’identité en cours de validité."
    assert "paper" in turned(text, "Déposez une demande en mairie. Elle inclut votre identité en cours.", STEMS)
    assert "paper" not in turned(text, "Déposez votre demande en mairie avec une carte d’identité valide.", STEMS)
    proof = "Envoyez un justificatif de domicile de moins de trois mois."
    assert "paper" not in turned(proof, "Envoyez un papier qui prouve votre adresse.", STEMS)


def test_the_text_itself_said_plainly_takes_the_place_of_what_turns_it_round() -> None:
    text = "Préalablement au 3 mars, il vous appartient de nous faire parvenir ladite pièce, sans retard."
    made = job_of("reformulation", {"texte": text, "niveau": "clair"})
    told = Rewrite().composed(made, ["Envoyez la pièce après le 3 mars, sans retard."])
    assert told.text == "Avant le 3 mars, vous devez nous envoyer cette pièce, sans retard."
    assert {"kind": "kept_close", "number": 1} in told.report
    asked = Rewrite().steps(made)[0].ask([])
    assert asked is not None and "vous devez nous envoyer" in asked[-1]["content"], "it is read said plainly"


def test_a_bare_question_finds_its_date_or_its_figure_and_a_name_its_particle() -> None:
    draft = "La réparation est prévue avant le 20 janvier. Au plus 2 m³."
    asked = ["Quand viendrez-vous ?", "Quelle quantité ?", "Avez-vous une place ?"]
    assert unanswered(asked, draft, STEMS) == ["Avez-vous une place ?"]
    assert greeted(["M. Le Goff"]) == "Monsieur Le Goff" and greeted(["Mme Jeanne Roux"]) == "Madame Roux"
    assert plain("Le délai est de un mois, de un à dix.") == "Le délai est d’un mois, de un à dix."
