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
