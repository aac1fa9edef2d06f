"""What speaks of another subject is not read: another delay, another street, one of the two things asked about."""

from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demeure.assistant import asking, listing, prompt, streets, subjects, unsaid
from demeure.assistant.evidence import evidence
from demeure.assistant.sources import extracts_of
from demeure.assistant.units import Told
from demeure.library import French, Hit

STEMS = French().stems
Base = Mapping[str, str]

OFFICE: Base = {
    "factures › Fournisseurs": "Le délai de paiement d’une facture est de trente jours après sa réception.",
    "factures › Familles": "Elles partent le 5 du mois. Une facture est à payer dans un délai de vingt jours.",
    "état civil › Passeport": "La mairie ne fait pas de passeport. On le demande à Valbrune, sur rendez-vous.",
    "état civil › Mariage": "Le dossier de mariage est déposé deux mois avant la date. Les bans restent dix jours.",
    "état civil › Naissance": "La copie de l’acte de naissance est gratuite. Un courrier est traité en cinq jours.",
    "prêt de matériel": "Les tables se prêtent. On les demande dix jours avant. La sonorisation n’est pas prêtée.",
    "collecte › Encombrants": "La commune n’enlève pas les encombrants. Ils sont portés à la déchetterie.",
}
WORKS: Base = {
    "voirie › Rue du Puits": "Rue du Puits\nLa rue du Puits est fermée du 4 au 15 mai. Les travaux sont de Sovert.",
    "voirie › Rue des Lilas": "Rue des Lilas\nLa chaussée de la rue des Lilas est refaite en septembre par Colas.",
    "voirie › Place du Marché": "Place du Marché\nLe stationnement est interdit place du Marché du 8 au 12 juin.",
    "voirie › généralités": "Tous les travaux sont annoncés quinze jours avant aux riverains.",
}
GRAVES = (
    "Tarifs\nDésignation | Durée | Tarif\n"
    "Concession de terrain — 15 ans : 190 €\nConcession de terrain — 30 ans : 350 €\n"
    "Case de columbarium — 15 ans : 430 €\nCase de columbarium — 30 ans : 780 €\nJardin du souvenir : 60 €"
)


def read(question: str, base: Base) -> dict[str, str]:
    """The lines that the model is given, by passage; those that are given some."""
    passages = [Told(name.split(" › ")[0], name, text) for name, text in base.items()]
    found = evidence(question, passages, STEMS, 825)
    return {name: one.text for name, one in zip(base, found, strict=True) if one.text}


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        ("Quel est le délai pour un passeport ?", "état civil › Passeport"),
        ("Dans quel délai obtient-on le passeport ?", "état civil › Passeport"),
        ("Quel est le délai pour un mariage ?", "état civil › Mariage"),
        ("Quel est le délai pour une copie d’acte de naissance ?", "état civil › Naissance"),
        ("Dans quel délai les encombrants sont-ils enlevés ?", "collecte › Encombrants"),
        ("Quel délai faut-il pour la sonorisation ?", "prêt de matériel"),
    ],
)
def test_the_delay_of_another_thing_is_not_read(question: str, wanted: str) -> None:
    assert list(read(question, OFFICE)) == [wanted]


def test_what_says_of_what_is_read_beside_the_line_that_gives_a_delay() -> None:
    lines = read("Quel est le délai pour une copie d’acte de naissance ?", OFFICE)["état civil › Naissance"]
    assert lines == "La copie de l’acte de naissance est gratuite.\nUn courrier est traité en cinq jours."
    lines = read("Combien de temps avant demander la sonorisation ?", OFFICE)["prêt de matériel"]
    assert lines == "La sonorisation n’est pas prêtée."  # ten days are those of the tables


def test_a_line_that_holds_all_that_is_asked_leaves_the_others_aside() -> None:
    base = {"renouvellement": "Une concession se renouvelle dans les deux ans.", "tarifs": GRAVES}
    assert list(read("Quel est le délai pour renouveler une concession ?", base)) == ["renouvellement"]
    assert list(read("Quelle est la durée d’une concession ?", base)) == ["renouvellement", "tarifs"]


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        ("Quand ont lieu les travaux rue des Lilas ?", "voirie › Rue des Lilas"),
        ("La rue des Lilas est-elle fermée ?", "voirie › Rue des Lilas"),
        ("qui fait les travaux de la rue des lilas", "voirie › Rue des Lilas"),
        ("TRAVAUX RUE DES LILAS DATE", "voirie › Rue des Lilas"),
        ("Le stationnement est-il interdit rue des Lilas ?", "voirie › Rue des Lilas"),
        ("Quand la rue du Puits est-elle fermée ?", "voirie › Rue du Puits"),
    ],
)
def test_another_street_is_not_read(question: str, wanted: str) -> None:
    found = read(question, WORKS)
    assert wanted in found
    assert not [name for name in found if name not in (wanted, "voirie › généralités")]


def test_the_lines_of_one_passage_that_begin_with_another_street_are_not_read() -> None:
    text = (
        "Travaux de l’été\n- Rue du Puits : fermée du 4 au 15 mai.\n- Rue des Lilas : alternat en septembre.\n"
        "- Avenue Foch : élagage en juin.\nAvenue du Lac\nLe stationnement est interdit du 8 au 12 juin."
    )
    (lines,) = read("Quels travaux rue des Lilas ?", {"bulletin": text}).values()
    assert "alternat en septembre" in lines
    assert not any(other in lines for other in ("4 au 15 mai", "élagage", "8 au 12 juin"))


def test_a_notice_on_another_street_that_only_names_it_is_read_for_that_alone() -> None:
    base = {"voirie": "Rue du Puits\nElle est fermée. Une déviation passe par la rue des Lilas. Colas y travaille."}
    assert read("Y a-t-il des travaux rue des Lilas ?", base) == {
        "voirie": "Une déviation passe par la rue des Lilas."
    }


def hits(base: Base) -> list[Hit]:
    return [
        Hit(name, f"{name.split(' › ')[0]}.docx", "s", n, {}, text, name, 5.0 - n, 0.9, 1.0)
        for n, (name, text) in enumerate(base.items())
    ]


def test_a_street_that_no_passage_names_is_not_answered_by_others() -> None:
    works = {name: text for name, text in WORKS.items() if "Lilas" not in name}
    works |= {"pont": "Le pont des Lilas est fermé du 1er au 26 septembre."}
    assert extracts_of("Quand ont lieu les travaux rue des Lilas ?", hits(works), "fr", STEMS) == []
    assert extracts_of("Quand ont lieu les travaux rue du Puits ?", hits(works), "fr", STEMS)
    bins = {"collecte": "Les bacs sont sortis le lundi. Renseignements : 2, rue Haute."} | works
    assert extracts_of("J’habite rue des Lilas, quand sortir les bacs ?", hits(bins), "fr", STEMS)


@pytest.mark.parametrize(
    ("question", "rows"),
    [
        ("Combien coûtent une concession et une case de columbarium ?", "190 350 430 780"),
        ("Quels sont les tarifs des concessions et du columbarium ?", "190 350 430 780"),
        ("prix concession + columbarium", "190 350 430 780"),
        ("Quel est le prix d’une case de columbarium et du jardin du souvenir ?", "430 780 60"),
        ("Quel est le tarif d’une concession et d’une case de columbarium ?", "190 350 430 780"),
    ],
)
def test_the_rows_of_each_of_two_things_are_told(question: str, rows: str) -> None:
    extracts = extracts_of(question, hits({"cimetière": GRAVES}), "fr", STEMS)
    told = [prompt_row.split()[-2] for prompt_row in extracts[0].rows]
    assert told == rows.split()
    assert listing.named(question, extracts[0], hits({"cimetière": GRAVES}), STEMS)


def test_a_price_that_no_passage_on_the_thing_gives_is_not_that_of_another() -> None:
    base = {
        "budget": "Cent euros dépensés\n43 € pour les agents\n29 € pour le chauffage\n16 € pour les écoles",
        "état civil › Passeport": OFFICE["état civil › Passeport"],
    }
    assert list(read("Quel est le prix d’un passeport ?", base)) == ["état civil › Passeport"]


SAME: list[tuple[str, Base, list[str]]] = [
    # told by another name: nothing holds the noun of the question
    ("Quel est le délai pour la cantine ?", OFFICE, ["factures › Fournisseurs", "factures › Familles"]),
    ("Sous quel délai le titre de voyage arrive-t-il ?", OFFICE, ["factures › Fournisseurs"]),
    # a list of prices does not name what it is of, the rules beside it do
    (
        "Quel est le prix de la cantine ?",
        {
            "règlement": "La cantine du restaurant scolaire accueille les élèves. Les repas sont réservés.",
            "tarifs": "Restaurant scolaire\nTranche | Prix du repas\nTranche 1 : 1,10 €\nTranche 2 : 3,35 €",
        },
        ["tarifs"],
    ),
    # plural, family, name of the document
    ("Quel est le délai pour les passeports ?", OFFICE, ["état civil › Passeport"]),
    ("Quel est le délai de paiement des factures ?", OFFICE, ["factures › Fournisseurs"]),
    (
        "Combien de temps dure l’abonnement à la médiathèque ?",
        {"mediatheque": "L’abonnement dure un an.", "piscine": "Un abonnement dure six mois à la piscine."},
        ["mediatheque"],
    ),
    # the passage that has the rarest noun gives nothing, another gives the delay of the thing
    (
        "Combien de temps l’agent garde-t-il les objets trouvés ?",
        {
            "mémo": "Les objets trouvés sont gardés un an.",
            "registre": "L’agent inscrit au registre les objets trouvés.",
        },
        ["mémo"],
    ),
    (
        "Combien de temps avant réserver la salle des fêtes ?",
        {
            "tarifs": "La salle des fêtes coûte 260 €. La caution est rendue sous huit jours.",
            "réservation": "La salle est réservée deux mois avant.",
        },
        ["réservation"],
    ),
    # two questions at once, a follow-up made whole
    (
        "Quel est le délai pour un mariage et quel est le délai de paiement d’une facture ?",
        OFFICE,
        ["état civil › Mariage", "factures › Fournisseurs"],
    ),
    (
        "Quel est le délai pour un passeport ? Et pour un mariage ?",
        OFFICE,
        ["état civil › Mariage"],
    ),
    # streets: the one named, two named, what holds for all, an address
    (
        "Quand sont fermées la rue du Puits et la rue des Lilas ?",
        WORKS,
        ["voirie › Rue du Puits", "voirie › Rue des Lilas"],
    ),
    ("Quand annonce-t-on des travaux rue des Lilas aux riverains ?", WORKS, ["voirie › généralités"]),
    (
        "Quand ouvre la médiathèque de la rue Pasteur ?",
        {
            "médiathèque": "La médiathèque, 12 rue Pasteur, ouvre à 14 h.",
            "mairie": "La mairie, 2, rue Haute, ouvre à 9 h.",
        },
        ["médiathèque"],
    ),
    ("Qui annonce les travaux dans le quartier ?", WORKS, ["voirie › généralités"]),
]


@pytest.mark.parametrize(("question", "base", "wanted"), SAME)
def test_what_answers_is_still_read(question: str, base: Base, wanted: list[str]) -> None:
    found = read(question, base)
    assert all(name in found for name in wanted)


@pytest.mark.parametrize(
    ("question", "things"),
    [
        (
            "Combien coûtent une concession et une case ?",
            ["Combien coûtent une concession", "Combien coûtent une case"],
        ),
        ("tarif piscine + patinoire", ["tarif piscine", "tarif patinoire"]),
        ("Quel est le prix entre le 1er et le 15 mai ?", None),
        ("Combien paie une famille de deux adultes et trois enfants ?", None),
        ("Quels sont les horaires de la mairie et de la médiathèque ?", None),
    ],
)
def test_things_whose_price_is_asked_for(question: str, things: list[str] | None) -> None:
    assert asking.things(question) == (things or [question])


def test_one_price_is_asked_as_before() -> None:
    (one,) = extracts_of("Combien coûte une case de columbarium ?", hits({"cimetière": GRAVES}), "fr", STEMS)
    assert one.rows == ("Case de columbarium — 15 ans : 430 €", "Case de columbarium — 30 ans : 780 €")


@pytest.mark.parametrize(
    ("question", "things"),
    [
        ("Quel est le délai pour une carte nationale d’identité ?", [{"cart", "ident"}]),
        ("Combien de temps l’agent garde-t-il les objets trouvés ?", [{"agent"}, {"objet"}]),
        ("Quel est le délai de remise des clés ?", [{"cle"}]),
        ("Combien de temps faut-il ?", []),
    ],
)
def test_the_things_of_a_question(question: str, things: list[set[str]]) -> None:
    assert subjects.things(question, STEMS) == things


def test_a_delay_that_no_line_gives_is_told_by_what_the_passage_says() -> None:
    (hit,) = hits({"état civil › Passeport": f"5. Passeport\n{OFFICE['état civil › Passeport']}"})
    question = "Quel est le délai pour un passeport ?"
    told = unsaid.quoted(question, {1: hit.text}, [hit], STEMS, "fr")
    assert told.replace("\u00a0", " ").endswith(
        ": « La mairie ne fait pas de passeport. On le demande à Valbrune, sur rendez-vous. » [1]"
    )
    assert not prompt.says_not_found(told)
    for same in ("délai du passeport", "Sous quel délai reçoit-on le passeport ?"):
        assert unsaid.quoted(same, {1: hit.text}, [hit], STEMS, "fr") == told
    for other in (
        "Où faire un passeport ?",
        "Quel est le prix d’un passeport ?",
        "Quel est le délai pour un visa ?",
    ):
        assert unsaid.quoted(other, {1: hit.text}, [hit], STEMS, "fr") == ""
    for line in ("Le rendez-vous est à six semaines.", "Réponse sous 48 h.", "Délai (jours) : 15"):
        assert unsaid.quoted(question, {1: f"{hit.text}\n{line}"}, [hit], STEMS, "fr") == ""


def test_streets_are_told_apart_by_their_whole_name() -> None:
    passages = [Told("d", "", text) for text in ("Rue Jean Jaurès : travaux.", "Rue Jean Moulin : travaux.")]
    assert streets.apart("Des travaux rue Jean Moulin ?", passages, STEMS) == {0}
    assert streets.apart("Des travaux rue Jean Moulin Lundi ?", passages, STEMS) == {0}
    doctor = Told("d", "", "Rue du Docteur Martin : travaux.")
    assert streets.apart("Des travaux rue du Dr Martin ?", [doctor, *passages], STEMS) == {1, 2}
    assert streets.apart("Des travaux dans la rue ?", passages, STEMS) == set()


WORDS = """quel est le la les un une de du des d’ l’ délai durée temps combien prix tarif quand passeport
carte identité remise rue place Lilas Puits LILAS avenue et ou + & ? : . - entre 15 ans trente jours 190 €
Rue concession"""
TEXTS = st.lists(st.sampled_from([*WORDS.split(), "\n"]), max_size=14).map(" ".join)


@settings(max_examples=150, deadline=None)
@given(TEXTS, st.lists(TEXTS, max_size=4))
def test_any_words_are_taken(question: str, texts: list[str]) -> None:
    found = hits({f"d{n}": text for n, text in enumerate(texts)})
    lines = {one.number: one.text for one in extracts_of(question, found, "fr", STEMS, 300)}
    assert all(found[number - 1].text for number in lines)
    told = unsaid.quoted(question, lines, found, STEMS, "fr")
    assert not told or any(f"[{number}]" in told for number in lines)
