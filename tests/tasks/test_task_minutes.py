"""Minutes: what a meeting's text says is kept, the rest is left out, the organisation's template is filled."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from task_jobs import job_of

from demeure.assistant.tasks import attendance
from demeure.assistant.tasks.making import Composed
from demeure.assistant.tasks.recipes.minutes import Minutes
from demeure.assistant.tasks.recipes.refine import Refine
from demeure.words import Voice

MEETING = """Présents : Jean Roche, Sonia Petit et Luc Morvan.
Excusée : Mme Abgrall
Secrétaire de séance : Luc Morvan
Jean Roche : On parle de l’aire de jeux. Le devis est de 18 500 €, reçu le 3 mars 2026.
Sonia Petit : L’ancienne est fermée depuis juin.
Jean Roche : On vote. Trois pour, aucune opposition. C’est adopté.
Jean Roche : Sonia, tu envoies la commande avant vendredi à 17 h.
"""
SAID = """POINT : Le devis de l’aire de jeux est de 18 500 €, reçu le 3 mars 2026.
DÉCISION : Le devis de l’aire de jeux est adopté.
VOTE : trois pour
ACTION : Sonia Petit | envoyer la commande | avant vendredi à 17 h
ACTION : Marc Lenoir | envoyer la commande du devis adopté | lundi
POINT : Le devis de l’aire de jeux est de 19 000 €."""


def made(text: str = MEETING, said: str = SAID, voice: Voice | None = None, **fields: str) -> Composed:
    job = job_of("compte-rendu", {"seance": "Bureau du 3 mars", "notes": text, **fields})
    job = replace(job, voice=voice or Voice())
    return Minutes().composed(job, [said] * len(Minutes().steps(job)))


def test_what_the_text_says_is_kept_and_what_it_does_not_is_left_out() -> None:
    told = made(origine="notes")
    text = told.text.replace("\u202f", " ").replace("\xa0", " ")
    assert "**Présents** : Jean Roche, Sonia Petit, Luc Morvan" in text
    assert "**Excusés ou absents** : Mme Abgrall" in text and "**Secrétaire de séance** : Luc Morvan" in text
    assert "- Le devis de l’aire de jeux est adopté. [1]" in text and "- Trois pour. [1]" in text
    assert "| Sonia Petit | envoyer la commande | avant vendredi à 17 h [1] |" in text
    assert "19 000" not in text and {"kind": "dropped", "number": 1} in told.report
    assert "Lenoir" not in text and "| Sonia Petit | envoyer la commande du devis adopté | à préciser [1] |" in text
    assert told.title == "Compte rendu : Bureau du 3 mars" and not told.findings
    assert "à vérifier" not in text


def test_amounts_and_dates_of_a_transcript_are_always_marked() -> None:
    told = made()
    text = told.text.replace("\u202f", " ").replace("\xa0", " ")
    assert "18 500 € (à vérifier)" in text and "3 mars 2026 (à vérifier)" in text
    assert "vendredi (à vérifier)" in text or "vendredi à 17 h (à vérifier)" in text
    (block,) = [one for one in told.report if one["kind"] == "to_check"]
    assert block["number"] == text.count("(à vérifier)") >= 3
    quoted = made("On accepte les demandes arrivées avant le 30 septembre, pour 40 €.", "POINT : rien").text
    assert "30 septembre (à vérifier)" in quoted and "40\u202f€ (à vérifier)" in quoted.replace("40 €", "40\u202f€")
    pasted = "[12:31] **Mme Roux** : Cela coûte 100 € [à vérifier]. On retient 100 € (à vérifier)."
    told = made(pasted, "POINT : Cela coûte 100 €.", origine="notes").text
    told = told.replace("\xa0", " ").replace("\u202f", " ")
    assert told.count("100 € (à vérifier)") == 2 and told.count("à vérifier") == 2, "its own marks are taken off"
    assert "« On retient 100 € (à vérifier). »" in told and "Roux" not in told
    timed = "".join(f"[00:0{n}] Voix {n} : Cela coûte {n}00 €.\n" for n in range(1, 5))
    assert "100 € (à vérifier)" in made(timed, "POINT : Cela coûte 100 €.", origine="notes").text.replace(
        "\u202f", " "
    )


def test_what_was_only_said_is_no_decision_and_what_was_dated_is_told() -> None:
    text = (
        "M. Salaün : Le lot 3 a deux semaines de retard.\nMme Le Bris : La livraison est prévue le 6 octobre.\n"
        "M. Salaün : Bon, on décide de décaler la pose. Mme Le Bris, vous m’envoyez le planning avant vendredi."
    )
    said = (
        "POINT : Le lot 3 a du retard.\nDÉCISION : Le lot 3 a deux semaines de retard.\n"
        "DÉCISION : La pose est décalée.\nACTION : Mme Le Bris | vous | envoyer le planning avant vendredi"
    )
    told = made(text, said, origine="notes").text.replace("\u202f", " ").replace("\u00a0", " ")
    decided = told.split("## Décisions")[1].split("## Votes")[0]
    assert "La pose est décalée" in decided and "deux semaines" not in decided
    assert "« La livraison est prévue le 6 octobre. »" in told.split("## Décisions")[0], "a day that no line tells"
    assert "| Mme Le Bris | envoyer le planning | avant vendredi" in told
    voted = made(
        "Vote : douze pour, trois contre. La subvention est adoptée.", "ACTION : la subvention est adoptée"
    )
    assert "Aucune action" in voted.text


def test_who_is_spoken_to_has_it_to_do_and_what_is_over_is_no_action() -> None:
    text = (
        "Présents : Dr Lamy, M. Haddad\nDr Lamy : M. Haddad, vous imprimez les affiches avant le 28 mai.\n"
        "M. Haddad : Nous avons acheté une serre."
    )
    said = "ACTION : Dr Lamy | imprimer les affiches | avant le 28 mai\nACTION : M. Haddad | acheter une serre"
    told = made(text, said, origine="notes").text.replace("\u00a0", " ")
    assert "| M. Haddad | imprimer les affiches | avant le 28 mai" in told and "serre |" not in told


def test_a_decision_is_not_guessed_and_names_stand_after_a_sentence() -> None:
    text = "Réunion. Présents : Mme Roux, M. Lan.\nMme Roux : On retient Salaün, et je veux un avis sur le budget."
    told = made(text, "DÉCISION : Le budget est modifié.\nDÉCISION : Salaün est adopté.", origine="notes").text
    assert "modifié" not in told and "« On retient Salaün" in told.replace("\u202f", " ")
    assert "Mme Roux, M. Lan" in told.replace("\xa0", " ")


def test_a_decision_and_a_vote_that_the_model_passed_over_are_quoted() -> None:
    text = made(said="POINT : Le devis de l’aire de jeux est de 18 500 €.", origine="notes").text
    text = text.replace("\u202f", " ")
    assert "- « Trois pour, aucune opposition. C’est adopté. » [1]" in text and "- « Trois pour, aucune" in text


def test_the_organisation_s_own_template_is_filled_and_nothing_found_is_lost() -> None:
    own = "PROCÈS-VERBAL de {organisation}\n\nSéance : {titre}, {lieu}\n\nEn présence de {Présents}.\n\n{décisions}"
    voice = Voice(templates={"Lettre": "Madame {nom}", "Procès-verbal du bureau": own})
    told = made(voice=voice, origine="notes")
    assert told.text.startswith("PROCÈS-VERBAL de Mairie de Saint-Aubin\n\nSéance\u202f: Bureau du 3 mars, {lieu}")
    assert "En présence de Jean Roche, Sonia Petit, Luc Morvan." in told.text
    assert "## Actions" in told.text and "## Votes" in told.text, "the template has no place for them"
    assert {"kind": "asked_back", "questions": ["« lieu »"]} in told.report
    other = made(voice=Voice(templates={"Bref": "{décisions}"}), modele="Bref", origine="notes")
    assert other.text.startswith("- Le devis")


def test_without_a_list_nobody_is_said_to_be_there() -> None:
    told = made(
        "Le devis est de 100 €, cela a été discuté longuement par tout le monde.", "POINT : rien", origine="notes"
    )
    assert "**Présents** : à préciser" in told.text.replace("\u202f", " ").replace("\xa0", " ")
    (block,) = [one for one in told.report if one["kind"] == "asked_back"]
    assert "Qui était présent ?" in block["questions"]
    assert "Aucune décision relevée." in told.text
    typed = made(MEETING, presents="Zoé Le Bris\nAli Ben", origine="notes")
    assert "Zoé Le Bris, Ali Ben" in typed.text


@pytest.mark.parametrize(
    ("text", "present", "speakers"),
    [
        ("Présents :\n- A. Roux\n- B. Lan\n\nOrdre du jour : eau", ("A. Roux", "B. Lan"), ()),
        ("Étaient présents : Anne Le Goff, Paul d’Arc", ("Anne Le Goff", "Paul d’Arc"), ()),
        ("[00:01:02] Anne : Bonjour.\n[00:01:09] M. Roux : Oui.\n[00:02:00] Anne : Bien.", (), ("Anne", "M. Roux")),
        ("Budget : 300 €\nDécision : oui", (), ()),
    ],
)
def test_attendance(text: str, present: tuple[str, ...], speakers: tuple[str, ...]) -> None:
    found = attendance.read(text)
    assert (found.present, found.speakers) == (present, speakers)
    assert attendance.timed(text) == text.startswith("[")


def test_who_was_called_on_has_it_to_do_even_when_the_model_passed_it_over() -> None:
    notes = (
        "Présents : Léa, Omar, Tomas.\nTomas : Léa, tu demandes un devis avant lundi.\n"
        "Tomas : Omar, tu préviens les clients avant vendredi.\nOmar : Léa, tu as raison. Tomas, vous êtes sûr ?"
    )
    job = job_of("compte-rendu", {"seance": "Point", "origine": "notes", "notes": notes})
    text = Minutes().composed(job, ["ACTION: Léa | demander un devis | avant lundi"]).text
    assert "| Omar | «\u202ftu préviens les clients avant vendredi\u202f» | avant vendredi [1] |" in text
    assert text.count("| Léa |") == 1 and "raison" not in text and "Tomas |" not in text


def again(first: Composed, wish: str, answers: Mapping[str, str], **fields: str) -> Composed:
    """Minutes said again; ``answers``: what the model makes of a line that begins so."""
    job = job_of("compte-rendu", {"seance": "Bureau du 3 mars", "notes": MEETING, **fields})
    job = replace(job, former=first.text, former_sources=tuple(first.sources), wish=wish)
    asked = [step.ask([]) or [] for step in Refine().steps(job)]
    lines = [messages[-1]["content"].rpartition("\n")[2] for messages in asked]
    said = [next((new for old, new in answers.items() if line.startswith(old)), line) for line in lines]
    return Refine().composed(job, said)


def test_minutes_are_said_again_line_by_line_and_keep_their_layout_their_marks_and_their_sources() -> None:
    first = made()
    told = again(
        first,
        "plainer",
        {
            "Le devis de l’aire de jeux est de": "Le devis reçu le 3 mars 2026 pour cette aire est de 18 500 €.",
            "Le devis de l’aire de jeux est adopté": "Le devis de l’aire de jeux n’est pas adopté.",
        },
    )
    before, after = first.text.split("\n"), told.text.split("\n")
    assert len(before) == len(after) and told.sources == first.sources
    changed = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
    assert len(changed) == 1 and "reçu le 3 mars 2026" in changed[0][0]
    new = changed[0][1].replace("\u202f", " ").replace("\xa0", " ")
    assert new == "- Le devis reçu le 3 mars 2026 (à vérifier) pour cette aire est de 18 500 € (à vérifier). [1]"
    assert "n’est pas adopté" not in told.text and not told.findings
    report = {block["kind"]: block["number"] for block in told.report}
    assert report == {"to_check": told.text.count("à vérifier"), "kept_close": 1}


@pytest.mark.parametrize("mark", ["1. ", "12) ", "2.3. ", "104. ", "a) ", "- 1. ", "  • ", "– "])
@pytest.mark.parametrize("again_marked", [False, True])
def test_a_numbered_line_keeps_its_number(mark: str, again_marked: bool) -> None:
    old, new = "Le conseil approuve le devis de l’aire de jeux.", "Le conseil accepte le devis de l’aire de jeux."
    first = replace(made(origine="notes"), text=f"## Décisions\n{mark}{old} [1]", sources=[])
    told = again(first, "plainer", {old: mark.strip() + " " + new if again_marked else new}, origine="notes")
    assert told.text == f"## Décisions\n{mark}{new} [1]" and not told.findings


def test_a_number_that_is_said_is_no_mark_of_a_list() -> None:
    old, new = "12 personnes du conseil approuvent le devis.", "Les personnes du conseil approuvent ce devis."
    first = replace(made(origine="notes"), text=old, sources=[])
    assert again(first, "plainer", {old: new}, origine="notes").text == old


def test_a_line_that_loses_or_brings_a_figure_or_a_name_stays_as_it_was() -> None:
    first = made(origine="notes")
    for said in (
        "Le devis de l’aire de jeux est de 19 500 €, reçu le 3 mars 2026.",
        "Le devis de l’aire de jeux a été reçu le 3 mars 2026.",
        "Le devis de l’aire de jeux est de 18 500 €, reçu le 3 mars 2026 par Marc Lenoir.",
        "",
    ):
        told = again(first, "shorter", {"Le devis de l’aire de jeux est de": said}, origine="notes")
        assert told.text == first.text and {"kind": "kept_close", "number": 1} in told.report
