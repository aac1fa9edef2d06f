"""The pure parts: what an e-mail asks, ease of reading, words compared, a model's words, a summary's facts."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demeure.assistant.tasks import delivered
from demeure.assistant.tasks.answered import unanswered
from demeure.assistant.tasks.making import Job, Reading, Stretch
from demeure.assistant.tasks.message import greeted, understood
from demeure.assistant.tasks.readability import measured, syllables
from demeure.assistant.tasks.recipes.compare import Compare
from demeure.assistant.tasks.recipes.proofread import corrected
from demeure.assistant.tasks.recipes.rewrite import Rewrite
from demeure.assistant.tasks.recipes.summary import Summary, lines_asked, sections, to_decide
from demeure.assistant.tasks.recipes.table import Grid
from demeure.assistant.tasks.recipes.write import Write
from demeure.assistant.tasks.repairs import mail_parts, plain, unrepeated, whole
from demeure.assistant.tasks.worddiff import compared
from demeure.library import French

STEMS = French().stems


def spaced(text: str) -> str:
    """With ordinary spaces where French typography holds."""
    return text.replace("\u202f", " ").replace("\u00a0", " ")


MAIL = """De : Karim Benali <k@exemple.fr>
À : mairie
Objet : Gymnase

Bonjour,

Je suis président du club de judo. Peut-on avoir le gymnase le 21 mars ? Faut-il payer ?
Merci de nous dire qui ouvre la salle.

Bonne journée,
M. Karim Benali
Pouvez-vous lire ceci ?

Le 3 mars, la mairie a écrit :
> Voulez-vous une salle ?
"""


def test_what_an_email_asks_is_found_without_its_signature_nor_what_it_quotes() -> None:
    received = understood(MAIL)
    assert (received.sender, received.subject) == ("Karim Benali", "Gymnase")
    assert received.points == (
        "Peut-on avoir le gymnase le 21 mars ?",
        "Faut-il payer ?",
        "Merci de nous dire qui ouvre la salle.",
    )
    assert greeted([received.body]) == "Monsieur Benali"


def test_what_a_draft_leaves_unanswered() -> None:
    asked = understood(MAIL).points
    draft = "Le gymnase est libre le 21 mars. La salle sera ouverte par le gardien."
    assert unanswered(asked, draft, STEMS) == ["Faut-il payer ?"]
    assert unanswered(asked, "", STEMS) == list(asked)


POOL = "Bonjour, quels sont les jours d'ouverture de la piscine et quel est le prix pour un adulte ?"


@pytest.mark.parametrize(
    ("point", "draft", "left"),
    [
        ("Quel est le prix ?", "Le tarif habitant week-end est de 290 €.", []),
        ("Quel est le prix ?", "Le week-end est à vous.", ["Quel est le prix ?"]),
        ("Est-ce que c'est payant ?", "C'est gratuit pour les associations.", []),
        (POOL, "La piscine est ouverte du 13 juin au 6 septembre. Entrée adulte 4,20 €.", []),
        (POOL, "La piscine est ouverte tous les jours.", ["Quel est le prix pour un adulte ?"]),
        (POOL, "Merci de votre message.", [POOL]),
    ],
)
def test_what_a_point_asks_is_found_in_other_words(point: str, draft: str, left: list[str]) -> None:
    """A price that the draft gives is no point without an answer; of two questions, the missing one is told."""
    assert [spaced(one) for one in unanswered([point], draft, STEMS)] == left


@pytest.mark.parametrize(
    ("word", "count"),
    [
        ("commune", 2),
        ("eau", 1),
        ("maire", 1),
        ("association", 5),
        ("école", 2),
        ("délibération", 5),
        ("le", 1),
        ("rues", 1),
    ],
)
def test_syllables(word: str, count: int) -> None:
    assert syllables(word) == count


def test_a_plain_text_is_easier_than_an_office_one() -> None:
    office = (
        "L’octroi de l’aide est subordonné à la production, préalablement au 30 septembre, d’un justificatif de "
        "domicile datant de moins de trois mois, nonobstant les dispositions antérieures de ladite délibération."
    )
    easy = "Vous voulez l’aide ? Envoyez un papier avec votre adresse. Il doit avoir moins de trois mois."
    hard, plainer = measured(office), measured(easy)
    assert hard is not None and plainer is not None
    assert plainer.score > hard.score + 20 and (hard.sentences, plainer.sentences) == (1, 3)
    assert hard.long_sentences == 1 and measured(" … ") is None
    # 207 - 1.015 × words per sentence - 73.6 × syllables per word, by hand: 6 words, 6 syllables, 2 sentences
    by_hand = measured("Le chat dort. Il est là.")
    assert by_hand is not None and by_hand.score == pytest.approx(207 - 1.015 * 3 - 73.6 * 1, abs=0.05)


@given(st.text(max_size=300), st.text(max_size=300))
def test_a_comparison_gives_both_texts_back(before: str, after: str) -> None:
    pieces = compared(before, after)
    assert "".join(p.text for p in pieces if p.kind != "new") == before
    assert "".join(p.text for p in pieces if p.kind != "gone") == after


def test_words_are_compared_and_not_letters() -> None:
    pieces = compared("La salle est libre le 14 juin.", "La salle sera libre le 15 juin.")
    assert [(p.kind, p.text) for p in pieces if p.kind != "same"] == [
        *(("gone", "est"), ("new", "sera")),
        *(("gone", "14"), ("new", "15")),
    ]


def test_a_model_s_manners_are_put_right() -> None:
    assert (
        plain("Bien sûr, voici le texte :\n\n```\nBonjour [Votre nom].\n```\n\nN’hésitez pas à me dire si…")
        == "Bonjour."
    )
    assert (
        unrepeated("La salle est libre demain. La salle est libre demain. Merci.")
        == "La salle est libre demain. Merci."
    )
    assert whole("Une phrase entière. Une autre qui s’arr", cut=True) == "Une phrase entière."
    said = (
        "Objet : Votre demande\n\nMadame, Monsieur,\n\nLa salle est libre.\n\nVeuillez agréer mes respects.\n\nJo"
    )
    assert mail_parts(said) == ("Votre demande", "La salle est libre.")
    assert mail_parts("Bonjour Madame Roche, votre rendez-vous est pris.\n\nCordialement") == (
        "",
        "Votre rendez-vous est pris.",
    )


REPORT = Reading(
    (
        Stretch(
            "Rapport 2025. La piscine a reçu 41 200 baigneurs.", {"kind": "page", "page": 1}, ("1. Piscine",), 11
        ),
        Stretch(
            "Le chantier a coûté 196 500 €. Il est proposé au conseil de rouvrir le bassin le 15 mai. "
            + "Le bassin est propre. " * 60,
            {"kind": "page", "page": 2},
            ("1. Piscine",),
            12,
        ),
        Stretch(
            "La médiathèque compte 1 204 inscrits. " * 60, {"kind": "page", "page": 3}, ("2. Médiathèque",), 13
        ),
    ),
    "rapport.pdf",
    "d1",
    "mairie",
    3,
)


def job(name: str, reading: Reading, **values: str) -> Job:
    task = next(one for one in delivered() if one.name == name)
    field = next(one.name for one in task.fields if one.kind == "source")
    return Job(task, "fr", values, {field: [reading]}, "Mairie", STEMS)


def test_a_summary_follows_the_sections_and_keeps_figures_exact() -> None:
    made = job("resume", REPORT, niveau="pages")
    steps = Summary().steps(made)
    assert [(s.title, s.place) for s in steps] == [
        ("1. Piscine", "p. 1-2"),
        ("2. Médiathèque", "p. 3"),
        ("En bref", ""),
    ]
    said = [
        "- La piscine a reçu 41 200 baigneurs.\n- Le chantier a coûté 196 500 €, payés en 2031.",
        "- La médiathèque compte 9 999 inscrits.",
        "- La piscine a reçu 41 200 baigneurs.\n- Le budget est de 5 M€.",
    ]
    composed = Summary().composed(made, said)
    assert "2031" not in composed.text and "9 999" not in composed.text and "5 M€" not in composed.text
    assert "« La médiathèque compte 1 204 inscrits. »" in spaced(composed.text), (
        "word for word when nothing is left"
    )
    assert {"kind": "dropped", "number": 2} in composed.report and composed.findings == ()
    pages = {one["number"]: one["place"]["page"] for one in composed.sources}
    line = next(line for line in spaced(composed.text).split("\n") if "41 200" in line and "Piscine" not in line)
    assert pages[int(line.rstrip("]").rsplit("[", 1)[1])] == 1
    assert (
        composed.text.index("## En bref")
        < composed.text.index("## 1. Piscine")
        < composed.text.index("## Points à décider")
    )
    assert composed.findings == ()


PROCEDURE = Reading(
    tuple(
        Stretch(text, {"kind": "heading", "path": ["Location de la salle", *path]}, ("Location de la salle", *path))
        for text, *path in (
            ("Cette procédure s’adresse à l’accueil. Elle décrit une demande de bout en bout.",),
            ("La salle est ouverte aux associations, puis aux habitants de la commune.", "1. Qui"),
            ("Les dates restées libres sont proposées aux particuliers dès novembre.", "1. Qui"),
            ("La demande est envoyée par le formulaire SF-02, signé, avant dix jours.", "2. Demande"),
            ("La caution est fixée à 700 €. Elle est remise par chèque avec les clés.", "3. Tarifs"),
            ("À moins de huit jours, aucun remboursement n’est accordé, sauf décès.", "4. Annulation"),
        )
    ),
    "salle.docx",
)


def test_the_title_of_a_document_is_no_section_and_none_of_a_short_one_is_passed_over() -> None:
    found = sections(PROCEDURE, 6000, "fr", 8)
    assert [one.title for one in found] == [
        "Location de la salle",
        "1. Qui",
        "2. Demande",
        "3. Tarifs",
        "4. Annulation",
    ]
    told = Summary().composed(job("resume", PROCEDURE, niveau="demi"), ["rien"] * 6).text
    assert all(f"## {one.title}" in told for one in found)
    assert "700 €" in spaced(told) and "sauf décès" in told
    foot = Stretch("Procédure SF-02, version du 12 janvier 2026", {}, ("Pied de page",))
    assert sections(replace(PROCEDURE, stretches=(*PROCEDURE.stretches, foot)), 6000, "fr", 8) == found
    assert len(sections(Reading((foot,)), 6000, "fr")) == 1


def test_items_of_a_list_end_as_sentences_and_what_announces_them_is_left_out() -> None:
    text = "Pièces à joindre : une pièce d’identité du demandeur ; un justificatif de domicile récent ;"
    reading = Reading((Stretch(text, {}, ("1. Pièces",)),), "salle.docx")
    said = "- Pièces à joindre :\n- une pièce d’identité du demandeur ;\n- un justificatif de domicile récent ;"
    told = spaced(Summary().composed(job("resume", reading), [said, ""]).text)
    assert "Pièces à joindre" not in told and ";" not in told
    assert "une pièce d’identité du demandeur. [1]" in told


def test_what_is_offered_to_people_is_nothing_to_decide() -> None:
    assert to_decide(PROCEDURE) == []
    told = "Les tarifs de la cantine sont proposés au vote du conseil municipal."
    assert [line for line, _ in to_decide(Reading((Stretch(told),)))] == [told]


def test_what_is_to_be_decided_is_word_for_word_with_its_page() -> None:
    assert to_decide(REPORT) == [("Il est proposé au conseil de rouvrir le bassin le 15 mai.", 1)]


def test_sections_cover_every_stretch_once_whatever_their_size() -> None:
    for room in (50, 400, 3000, 100_000):
        found = sections(REPORT, room, "fr")
        assert [one for s in found for one in range(s.first, s.last + 1)] == [0, 1, 2]


def test_a_rewriting_adds_no_figure_and_keeps_the_piece_that_lost_its_own() -> None:
    source = Reading((Stretch("L’aide de 120 € est versée le 3 mars 2026, sous réserve d’un dossier complet."),))
    made = job("reformulation", source, niveau="clair")
    kept = Rewrite().composed(
        made, ["L’aide est de 120 €. Elle arrive le 3 mars 2026. Elle sera de 900 € en 2027."]
    )
    assert (
        "900" not in kept.text and "120 €" in spaced(kept.text) and {"kind": "dropped", "number": 1} in kept.report
    )
    lost = Rewrite().composed(made, ["Vous aurez une aide bientôt si tout va bien chez vous."])
    assert spaced(lost.text) == source.text


def test_two_documents_are_compared_sentence_by_sentence_with_their_pages() -> None:
    before = Reading(
        (
            Stretch("La caution est de 300 € pour tous. La salle ferme à minuit.", {"kind": "page", "page": 1}),
            Stretch("Les chiens sont interdits dans la salle.", {"kind": "page", "page": 2}),
        ),
        "2024.pdf",
        "d1",
    )
    after = Reading(
        (Stretch("La salle ferme à minuit. La caution est de 400 € pour tous.", {"kind": "page", "page": 1}),),
        "2025.pdf",
        "d2",
    )
    task = next(one for one in delivered() if one.name == "comparer")
    made = Job(task, "fr", {}, {"avant": [before], "apres": [after]}, "Mairie", STEMS)
    composed = Compare().composed(made, [])
    assert "Les chiens sont interdits" in composed.text.partition("## Retiré")[2]
    assert "minuit" not in composed.text or "## Chiffres et dates modifiés" in composed.text
    assert "300 €" in composed.text and "400 €" in composed.text
    assert {one["document"] for one in composed.sources} == {"2024.pdf", "2025.pdf"}
    same = Compare().composed(Job(task, "fr", {}, {"avant": [before], "apres": [before]}, "M", STEMS), [])
    assert same.text == "Les deux textes sont les mêmes."


def test_a_specification_asks_back_what_nobody_said() -> None:
    task = next(one for one in delivered() if one.name == "cahier")
    values = {
        "objet": "nettoyage",
        "besoin": "vitres deux fois par an\nhors vacances",
        "calendrier": "début le 4 mai 2026",
    }
    made = Job(task, "fr", values, {}, "Mairie", STEMS)
    steps = Write().steps(made)
    asked = [step.ask([]) is not None for step in steps]
    assert asked == [False, True, False, False, False, True]
    said = [
        "",
        "1. Les vitres seront nettoyées deux fois par an.\n2. Hors vacances.",
        "",
        "",
        "",
        "1. Début le 4 juin 2026.",
    ]
    composed = Write().composed(made, said)
    assert "Début le 4 mai 2026." in composed.text and "juin" not in composed.text
    assert "**À préciser :** Pourquoi cet achat" in spaced(composed.text)
    (block,) = [one for one in composed.report if one["kind"] == "asked_back"]
    assert len(block["questions"]) == 4 and composed.findings == ()


def test_only_small_corrections_are_taken() -> None:
    piece = "Les habitant sont invité le 12 mars avec Mme Durand."
    assert corrected(piece, "Les habitants sont invités le 13 mars avec Mme Dupond.") == (
        "Les habitants sont invités le 12 mars avec Mme Durand."
    )
    assert corrected(piece, "Venez tous nombreux à notre belle fête de printemps au village !") == piece
    assert corrected("Il a été voir", "Il a été voir.") == "Il a été voir."
    assert corrected("La facture est régler.", "La facture est réglementée.") == "La facture est régler."
    assert corrected("Ils prend le bus.", "Ils prennent le bus.") == "Ils prennent le bus."


def test_a_cell_is_taken_only_when_its_passage_holds_it() -> None:
    lease = Reading(
        (Stretch("Le local est loué 140 € par mois aux Amis du Rail jusqu’au 3 mai 2027."),), "bail.pdf", "d1"
    )
    other = Reading((Stretch("Le hangar est prêté gratuitement."),), "pret.pdf", "d2")
    task = next(one for one in delivered() if one.name == "tableau")
    made = Job(task, "fr", {"questions": "loyer\nfin du bail"}, {"documents": [lease, other]}, "Mairie", STEMS)
    assert len(Grid().steps(made)) == 4
    composed = Grid().composed(made, ["140 € par mois", "3 mai 2028", "950 €", "—"])
    assert (
        "| bail.pdf | 140 € par mois [1] | — |" in spaced(composed.text) and "| pret.pdf | — | — |" in composed.text
    )
    assert [one["document"] for one in composed.sources] == ["bail.pdf"]
    assert Grid().so_far(made, ["140 € par mois"]).count("\n") == 2


def test_a_short_text_is_told_once() -> None:
    lines = [
        "La piscine a accueilli 41 200 baigneurs.",
        "Le chantier a coûté 196 500 €.",
        "Le toit fuit depuis l’hiver dernier.",
        "Les vestiaires ferment le lundi matin.",
        "Il est proposé au conseil de rouvrir le bassin dès le 15 mai.",
    ]
    said = ["\n".join(f"- {line}" for line in those) for those in (lines, lines[:3])]
    told = Summary().composed(job("resume", Reading((Stretch(" ".join(lines)),))), said).text
    assert "## En détail" in told and "Partie 1" not in told
    assert told.count("vestiaires") == 1 and told.count("15 mai") == 1


def test_a_text_without_a_sentence_is_said_to_hold_none() -> None:
    told = Summary().composed(job("resume", Reading((Stretch("Bonjour"),))), ["", ""]).text
    assert spaced(told).endswith("Ce texte n’a pas de phrase à résumer.")


def test_a_long_report_asks_of_each_part_what_its_level_shows() -> None:
    assert [lines_asked("demi", parts) for parts in (1, 8, 20, 200)] == [3, 2, 1, 1]
    assert lines_asked("pages", 20) == 3 and lines_asked("lignes", 20) == 1


WHO = "Léa Ferrand <lea@x.example>"
COPIED = {
    "Thunderbird": "Sujet : Salle\nDate : Wed, 24 Jun 2026 17:08\nDe : {who}\nPour : m@x\n\n{}",
    "Thunderbird, forwarded": "-------- Message transféré --------\nSujet : \tSalle\nDe : \t{who}\n\n{}",
    "Outlook": "De : Léa Ferrand [mailto:lea@x.example]\nEnvoyé : mercredi\nÀ : M\nObjet : Salle\n\n{}\n\n"
    "De : Mairie\nEnvoyé : lundi\nÀ : Léa\nObjet : Salle\n\nQuelle date voulez-vous ?",
    "Outlook, starred": "*De :* {who}\n*Envoyé :* mercredi 24 juin\n*À :* M\n*Objet :* Salle\n\n{}",
    "Gmail": "{who}\nmer. 24 juin 17:08 (il y a 2 jours)\nÀ moi\n\n{}",
    "Gmail, forwarded": "---------- Forwarded message ---------\nDe : {who}\nSubject: Salle\nTo: M\n\n\n{}"
    "\n\nLe lun. 22 juin 2026 à 10:00, Mairie <m@x.example> a écrit :\n> Quelle date ?",
    "Apple Mail": "De: {who}\nObjet: Salle\nDate: 24 juin 2026 à 17:08\nÀ: m@x\n\n{}\n\nEnvoyé de mon iPhone",
    "a quote on two lines": "{}\n\nLe mercredi 24 juin à 17:08, Mairie <m@x.example>\na écrit :\n\n> Quelle date ?",
}


@pytest.mark.parametrize("where", COPIED)
def test_a_message_copied_from_a_mail_program_is_understood(where: str) -> None:
    own = "Bonjour,\nLa salle est-elle libre ?\nPour : 40 personnes."
    found = understood(COPIED[where].format(own, who=WHO))
    assert (found.body, found.points) == (own, ("La salle est-elle libre ?",))
    told = where != "a quote on two lines"
    assert (found.sender, found.address) == (("Léa Ferrand", "lea@x.example") if told else ("", ""))
    assert found.subject == ("Salle" if told and where != "Gmail" else "")


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("La autonomie est de 250 km.", "L’autonomie est de 250 km."),
        ("La humidité du hangar, le habitant de la halle.", "L’humidité du hangar, l’habitant de la halle."),
        ("Il faut que elle vienne avec de eau.", "Il faut qu’elle vienne avec d’eau."),
        ("Le onze mars, la halle est fermée.", "Le onze mars, la halle est fermée."),
        ("Let me ask the office.", "Let me ask the office."),
    ],
)
def test_a_vowel_that_was_not_elided_is(said: str, told: str) -> None:
    assert plain(said) == told
