"""Lines of lists without a heading, and rows as the house tells them."""

import pytest

from demeure.personal import examine


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Rousseau — Prénom : Sophie ; Activité : natation", ["Rousseau", "Sophie"]),
        ("Mercier — Né le : 3 mai 1962", ["Mercier"]),
        ("Leroy — Téléphone : 06 12 34 56 71", ["Leroy"]),
        ("Nom | Activité\nMoreau — Activité : judo ; Jour : lundi\nPetit — Activité : danse", ["Moreau", "Petit"]),
        ("Nom\nMOREAU\nPrénom\nSophie", ["MOREAU", "Sophie"]),
        ("MOREAU (Sophie)", ["MOREAU", "Sophie"]),
        ("- Moreau, Sophie, 12 ans", ["Moreau", "Sophie"]),
        ("Moreau : 06 12 34 56 71", ["Moreau"]),
        ("Moreau;Sophie;judo", ["Moreau", "Sophie"]),
        ("Bancs — Quantité : 118 ; État : bon", []),
        ("Repas enfant — 2025 : 3,10 € ; 2026 : 3,20 €", []),
        ("Article | Prix\nBlanc — Prix : 12 €", []),
        ("Secrétariat — Téléphone : 02 98 00 00 00", []),
        ("Enfant — Âge : 3 ans ; Tarif : 12", []),
        ("Platane — Nom latin : Platanus", []),
        ("Nom de l’enfant | Moreau", ["Moreau"]),
        ("Nom | Activité", []),
        ("Nom | Prénom", []),
        ("Nom de la rue | Moreau", []),
        ("Prénom | Olive", ["Olive"]),
        ("Piscine — Nom du gardien : Durand", ["Durand"]),
        ("Fontaine — Adresse : place du marché", []),
        ("Piscine : 02 98 11 22 33", []),
        ("Paris, Marseille, Lyon", []),
        ("Rouge;Rose;Blanc", []),
        ("Bois, Pierre, Ciment", []),
        ("Il a donné son nom\nPetit rappel", []),
    ],
)
def test_who_is_named_by_a_line_of_a_list(text: str, names: list[str]) -> None:
    assert [text[one.start : one.end] for one in examine(text) if one.kind == "name"] == names


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Téléphone : 612345672", "0612345672"),
        ("Tél. : 6 12 34 56 71", "0612345671"),
        ("Mobile : 33645127801", "0645127801"),
        ("Nom | Téléphone\nMoreau | 612345672", "0612345672"),
        ("Numéro de dossier : 612345672", ""),
        ("Téléphone : 612345672 1", ""),
        ("SIREN 612345672", ""),
        ("Pontivy,0645127804", "0645127804"),
        ("X,56300,06 45 12 78 02", "0645127802"),
        ("3,0645127804", ""),
        ("> appelez le 06 45\n> 12 78 07", "0645127807"),
    ],
)
def test_a_telephone_that_a_spreadsheet_took_for_a_number(text: str, value: str) -> None:
    assert [one.value for one in examine(text) if one.kind == "phone"] == ([value] if value else [])


def test_a_quoted_message_is_whole_without_its_marks() -> None:
    text = "> IBAN FR33 3000 2005\n> 5000 0015 7841 Z25\n> né le 3 mai\n> 1962\n> Mme Marie-Hélène\n> Kervadec"
    assert {"iban", "birth", "name"} <= {one.kind for one in examine(text)}
    assert [one.kind for one in examine("06 45 12 78 01,06 45 12 78 02")] == ["phone", "phone"]


def test_a_very_long_line_takes_no_longer_than_its_length() -> None:
    for text in ("Moreau " * 20_000, "Moreau;" * 20_000, "— Prénom : " * 20_000, "Nom\n" * 20_000):
        examine(text)
