"""Finding one person: the writings one expects, and nobody else of that name."""

import pytest

from demeure.personal.clues import clue, clues
from demeure.personal.errors import ClueUnusable
from demeure.personal.seeking import LIKELY, SAME_NAME, WHOLE, Seeker

NIR = "2 84 05 29 019 042 54"


def sure(text: str, *said: str) -> int:
    return max((one.sure for one in Seeker(clues(said)).find(text)), default=0)


@pytest.mark.parametrize(
    "text",
    [
        "J’ai vu Claire Durand hier.",
        "Mme DURAND Claire, née le 3 mai",
        "durand et Claire DURAND",
        "Claire Élodie Durand a signé",
        "Durand, Claire ; Petit, Paul",
        "| Durand | Claire | Brest |",
        "NOM : Durand\nClaire",
        "Claire Durand-Leroy",
        "Claire Martin-Durand",
        "Mme Claire de Durand",
        "CLAIRE\u00a0DURAND",
        "Nom : DURAND\tClaire",
        "Durand — Prénom : Claire ; Téléphone : 0102030405",
        "12 — Nom : Durand ; Prénom : Claire",
        "12 — Prénom : Claire ; Nom de famille : Durand",
        "Nom : Durand\nPrénom : Claire",
    ],
)
def test_the_name_whole(text: str) -> None:
    assert sure(text, "Claire Durand") == WHOLE
    assert sure(text, "DURAND, Claire") == WHOLE
    assert sure(text, "Mme Durand Claire") == WHOLE


def test_initial_title_and_surname_alone() -> None:
    assert sure("signé C. Durand", "Claire Durand") == LIKELY
    assert sure("Durand C., guichet 2", "Claire Durand") == LIKELY
    assert sure("J.-P. Durand", "Jean-Pierre Durand") == LIKELY
    assert sure("Mme Durand est venue", "Claire Durand") == SAME_NAME
    assert sure("le dossier Durand", "Claire Durand") == SAME_NAME
    assert sure("M. Durand", "Marc Durand") == SAME_NAME, "a title, not an initial"
    assert sure("assisté de M. Marc\nDURAND, trésorier", "Marc Durand") == WHOLE, "a full line"
    assert sure("assisté de M. Paul\nDURAND, trésorier", "Marc Durand") == 0


@pytest.mark.parametrize(
    "text",
    [
        "Paul Durand, Claire Petit",
        "P. Durand",
        "Claire Petit\nPaul Durand\nClaire Martin",
        "Durandal et Claire",
        "la cour est claire, durand n’est pas un nom ici",
        "Sophie Durand",
        "Durand — Prénom : Paul ; Ami : Claire",
    ],
)
def test_others_of_that_name_are_not_found(text: str) -> None:
    assert sure(text, "Claire Durand") == 0


def test_accents_ligatures_and_double_first_names() -> None:
    assert sure("Mme Eloise LEBOEUF", "Éloïse Lebœuf") == WHOLE
    assert sure("Éloïse LEBŒUF", "Eloise Leboeuf") == WHOLE
    assert sure("Jean-Pierre Martin", "Jean-Pierre Martin") == WHOLE
    assert sure("Jean Pierre MARTIN", "Jean-Pierre Martin") == WHOLE
    assert sure("Jean-Marc Martin", "Jean-Pierre Martin") < LIKELY
    assert sure("Mme Anne de La Tour", "Anne de La Tour") == WHOLE


ELIDED = "Jean d’Ormesson"
HELD = [  # who is looked for, a writing of their name, how sure
    (ELIDED, "Jean d’Ormesson est venu", WHOLE),
    (ELIDED, "Jean d'Ormesson est venu", WHOLE),
    (ELIDED, "JEAN D’ORMESSON", WHOLE),
    (ELIDED, "jean d’ormesson", WHOLE),
    (ELIDED, "l’avis de J. d’Ormesson", LIKELY),
    ("d’Ormesson, Jean", "Jean d’Ormesson", WHOLE),
    ("Karim Ben Salah", "signé K. Ben Salah", LIKELY),
    ("Karim Ben Salah", "K. BEN SALAH", LIKELY),
    ("Karim Ben Salah", "BEN SALAH K.", LIKELY),
    ("Karim BEN SALAH", "karim ben salah", WHOLE),
    ("Philippe de Villiers", "P. de Villiers", LIKELY),
    ("Philippe de Villiers", "P. Villiers", LIKELY),
    ("Sofia Dos Santos", "S. Dos Santos", LIKELY),
    ("Gwenaëlle Le Goff", "G. Le Goff", LIKELY),
    ("Gwenaëlle Le Goff", "G. LE GOFF", LIKELY),
    ("Anne de La Tour", "Mme A. de La Tour", LIKELY),
    ("Karima El Amrani", "K. El Amrani", LIKELY),
    ("Jean-Pierre Le Goff", "J.-P. Le Goff", LIKELY),
    ("Jean-Pierre Le Goff", "J.-Pierre Le Goff", LIKELY),
    ("Marie-Claude Martin", "M.-C. Martin", LIKELY),
    ("Marie-Claude Martin", "Mme M-C Martin", LIKELY),
    ("Marie-Claude Martin", "MARTIN M.-C.", LIKELY),
    ("Marie-Claude Martin", "M.C. Martin", LIKELY),
    ("Marie-Claude Martin", "MC Martin", LIKELY),
    ("Marie-Madeleine Martin", "M.-M. Martin", LIKELY),
    ("Éloïse Durand-Lefèvre", "Mme É. Durand-Lefèvre", LIKELY),
    ("Éloïse Durand-Lefèvre", "E. DURAND LEFEVRE", LIKELY),
    ("Durand-Lefèvre Éloïse", "Éloïse Durand-Lefèvre", WHOLE),
    ("Éloïse Durand-Lefèvre", "Éloïse Durand", LIKELY),
    ("Éloïse Durand-Lefèvre", "E. Lefèvre", LIKELY),
    ("Claire Durand", "claire durand a appelé", WHOLE),
    ("Claire Durand", "vu durand claire au guichet", WHOLE),
    ("Claire Durand", "Claire durand", WHOLE),
    ("Marie-Hélène Durand", "marie-hélène durand", WHOLE),
    ("Pierre Petit", "rappeler pierre petit", LIKELY),
    ("Jean-Pierre Saint-Martin", "assisté de Jean-Pierre\nSaint-Martin", WHOLE),
    ("Jean-Pierre Durand", "assisté de Jean-Pierre\nDURAND", WHOLE),
    ("Claire Durand", "assisté de Anne-Claire\nDURAND", WHOLE),
]


@pytest.mark.parametrize(("who", "text", "held"), HELD)
def test_particles_double_names_initials_and_small_letters(who: str, text: str, held: int) -> None:
    assert sure(text, who) == held


@pytest.mark.parametrize(
    ("who", "text"),
    [
        ("Karim Ben Salah", "K. Salah"),
        ("Karim Salah", "K. Ben Salah"),
        ("Gwenaëlle Goff", "G. Le Goff"),
        ("Karim Ben Salah", "S. Ben Salah"),
        ("Karim Ben Salah", "Sami Ben Salah"),
        ("Philippe de Villiers", "J. de Villiers"),
        ("Anne de La Tour", "P. de La Tour"),
        ("Jean-Pierre Le Goff", "M.-P. Le Goff"),
        ("Jean-Pierre Le Goff", "J.-L. Le Goff"),
        ("Jean-Pierre Le Goff", "J.-Luc Le Goff"),
        ("Marie-Claude Martin", "M. Martin"),
        ("Marie-Claude Martin", "M. Paul Martin"),
        ("Marc Martin", "M.-C. Martin"),
        ("Claude Martin", "M.-C. Martin"),
        ("Didier-Rémi Martin", "Dr. Martin"),
        ("Didier Martin", "Dr. Martin"),
        (ELIDED, "la commune d’Ormesson"),
        (ELIDED, "le maire d’Ormesson, Paul Petit"),
        (ELIDED, "Denis d’Ormesson"),
        ("Denis Ormesson", "l’église d’Ormesson, D’Ormesson"),
        ("Denis Ormesson", "D’ORMESSON"),
        ("d’Ormesson", "la commune d’Ormesson"),
        ("Éloïse Durand-Lefèvre", "P. Durand-Lefèvre"),
        ("Éloïse Durand-Lefèvre", "Éloïse Durand-Leroy"),
        ("Éloïse Durand-Lefèvre", "Durand, Lefèvre et Éloïse Petit"),
        ("Éloïse Durand-Lefèvre", "Mme Lefèvre"),
        ("Antoine de Saint-Exupéry", "Antoine Saint"),
        ("Claire Durand", "la voix est claire. durand la nuit"),
        ("Claire Durand", "une eau claire, durand"),
        ("Claire Durand", "le sieur durand"),
        ("Jean-Pierre Durand", "assisté de Jean-Marc\nDURAND"),
        ("Jean-Pierre Durand", "assisté de Pierre\nDURAND"),
        ("Claire Durand", "c. durand"),
        ("Rose Blanche", "offrir une rose blanche"),
        ("Claire Fontaine", "à la claire fontaine"),
    ],
)
def test_neighbours_of_these_writings_are_not_found(who: str, text: str) -> None:
    assert sure(text, who) < LIKELY


def test_numbers_however_they_are_grouped() -> None:
    good = _nir()
    for text in (
        good,
        good[:13],
        f"{good[0]} {good[1:3]} {good[3:5]} {good[5:7]} {good[7:10]} {good[10:13]} {good[13:]}",
    ):
        assert sure(f"n° {text}.", good) == WHOLE
        assert sure(f"n° {text}.", good[:13]) == WHOLE
    assert sure(f"n° 9{good}", good) == 0
    for text in ("06 12 34 56 78", "06.12.34.56.78", "+33 6 12 34 56 78", "0033612345678", "+33 (0)6 12 34 56 78"):
        assert sure(text, "06-12-34-56-78") == sure("06 12 34 56 78", text.replace("(0)", "")) == WHOLE
    assert sure("106 12 34 56 789", "0612345678") == 0
    iban = "FR76 3000 6000 0112 3456 7890 189"
    assert sure("compte fr7630006000011234567890189", iban) == WHOLE
    for text in ("<Claire.Durand@Exemple.fr>", "claire.durand [at] exemple.fr", "claire.durand@exemple [point] fr"):
        assert sure(text, "claire.durand@exemple.fr") == WHOLE
    assert sure("anne-claire.durand@exemple.fr", "claire.durand@exemple.fr") == 0
    assert sure("plaque AB-123-CD", "ab 123 cd") == WHOLE


def test_what_cannot_be_looked_for_is_said() -> None:
    good = _nir()
    wrong = good[:13] + f"{(int(good[13:]) % 97) + 1:02d}"
    for said in (wrong, "FR7630006000011234567890188", "x", "12", "a@b", "", "A" * 200):
        with pytest.raises(ClueUnusable) as told:
            clues([said])
        for language in ("fr", "en"):
            assert "?" not in told.value.sentence(language)
    assert clue("Mme DURAND Claire").last == ("durand",)


def _nir() -> str:
    base = NIR.replace(" ", "")[:13]
    return base + f"{97 - int(base) % 97:02d}"
