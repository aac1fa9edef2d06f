"""Numbers and addresses known again in a piece of them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demeure.personal import examine, pieces

IBAN = "Compte : FR76 3000 6000 0112 3456 7890 189."


def missed(text: str, *whole: str) -> list[tuple[str, str]]:
    values: pieces.Values = {}
    for one in whole:
        pieces.learn(one, examine(one), values)
    return [(one.kind, text[one.start : one.end]) for one in pieces.Known(values).missed(text, examine(text))]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Il se fait sur FR76 3000 6000", [("iban", "FR76 3000 6000")]),
        ("| 0112 3456 7890 189 | trésor", [("iban", "0112 3456 7890 189")]),
        ("6000 0112 3456", [("iban", "6000 0112 3456")]),
        ("Sur le compte\n7890 189 du trésor\net voilà", [("iban", "7890 189")]),
        ("Le 7890 189 du trésor", []),
        ("Budget 2026", []),
        ("(juste avant : « vers FR76 3000 600… », tu as dit)", [("iban", "FR76 3000 600")]),
        ("en 2026… rien", []),
        ("Le total est de 189", []),
        ("", []),
        ("…", []),
    ],
)
def test_a_line_that_ends_or_begins_with_a_piece(text: str, told: list[tuple[str, str]]) -> None:
    assert missed(text, IBAN) == told


def test_a_name_is_known_by_its_line() -> None:
    whole, lines = (
        "Nom;Prénom;Ville\nMoreau;Olive;Niort\nPrésents :\nPetit, Blanc\nMme\nRose vient",
        dict[str, Any](),
    )
    pieces.place(whole, examine(whole), lines)

    def told(text: str) -> list[str]:
        return [text[one.start : one.end] for one in pieces.placed(text, [], lines)]

    assert told("1. Moreau;Olive;Niort\n…") == ["Moreau", "Olive"] and told("Moreau;Olive;Brest") == []
    assert told("- Petit, Blanc") == ["Petit", "Blanc"]
    assert pieces.placed("Moreau;Olive;Niort", examine("Nom;Prénom;Ville\nMoreau;Olive;Niort"), {}) == []


def test_what_may_be_anything_is_not_taken_for_a_piece() -> None:
    address = "Il habite 12 rue des Lilas, 29200 Brest."
    assert missed("Brest accueille la fête", address) == []
    assert missed("29200 Brest", address) == [], "it is seen there without any help, and so is the street"
    longer = "Mme Durand\n12 rue des Lilas, 2 bis escalier B\n29200 Brest"
    assert missed("2 bis escalier B", longer) == [("address", "2 bis escalier B")]
    for text in ("horaires 01 23", "2005", "Réf. 4970", "14 juillet"):
        card = "carte 4970 1012 3456 7895, tél. 01 23 45 67 89, FR33 3000 2005 5000 0015 7841 Z25"
        assert missed(text, card, "Née le 14 juillet 2000.") == []


@given(st.integers(1, 6), st.text(alphabet=" ab.1\n|", max_size=8))
def test_cut_anywhere_on_two_lines_neither_half_stays(cut: int, more: str) -> None:
    words = ["FR76", "3000", "6000", "0112", "3456", "7890", "189"]
    head, tail = " ".join(words[:cut]), " ".join(words[cut:])
    values: pieces.Values = {}
    pieces.learn(IBAN, examine(IBAN), values)
    known = pieces.Known(values)
    for line, piece in ((f"Voir {head}", head), (f"{tail} du trésor", tail)):
        found = [one for one in known.missed(line, []) if one.kind == "iban"]
        assert [line[one.start : one.end] for one in found] == (
            [piece] if len(piece.replace(" ", "")) >= (5 if " " in piece else 6) else []
        )
    for one in known.missed(more, []):
        assert 0 <= one.start < one.end <= len(more)


def test_many_values_take_no_longer_than_their_length() -> None:
    """A list of thousands of telephones, sent in part: what was quadratic took half a minute."""
    rows = [f"06 {n // 10000 % 100:02d} {n // 100 % 100:02d} {n % 100:02d} 71" for n in range(10_000, 16_000)]
    values: pieces.Values = {tuple(one.split()): ("phone", one.replace(" ", "")) for one in rows}
    known = pieces.Known(values)
    for text in ("\n".join(rows), "\n".join(f"voir {one[:10]}… là" for one in rows), "06 12\n" * 20_000):
        known.missed(text, [])
