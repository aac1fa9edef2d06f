"""Numbers and days in the cells of a table, in the boxes of a form, in unusual signs."""

import pytest

from demeure.personal import examine
from demeure.personal.copies import about


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Anniversaire : 12/04", ["12/04"]),
        ("née le 12 avril, arrivée ici", ["12 avril"]),
        ("06 | 45 | 12 | 78 | 01", ["06 | 45 | 12 | 78 | 01"]),
        ("0|6|4|5|1|2|7|8|0|1", ["0|6|4|5|1|2|7|8|0|1"]),
        ("(06)45.12.78.09", ["06)45.12.78.09"]),
        ("06·45·12·78·09", ["06·45·12·78·09"]),
        ("０６ ４５ １２ ７８ ０９", ["０６ ４５ １２ ７８ ０９"]),
        ("Banque | Guichet | Compte | Clé\n30002 | 00550 | 00001578412 | 25", ["30002 | 00550 | 00001578412 | 25"]),
        (
            "Code banque : 30002\nCode guichet : 00550\nN° de compte : 00001578412\nClé : 25",
            ["30002\nCode guichet : 00550\nN° de compte : 00001578412\nClé : 25"],
        ),
        ("Né le |0|3|0|5|1|9|6|2| à Pontivy", ["0|3|0|5|1|9|6|2"]),
        ("Date of birth: 3 May 1962", ["3 May 1962"]),
        ("14 | rue des Tilleuls | 56300 | Pontivy", ["14 | rue des Tilleuls | 56300 | Pontivy"]),
        ("12/04,0645127801", ["0645127801"]),
        (
            "Courriel,Identité,Anniversaire,Mobile\n-,Blanc (Mme),12/04,33645127801",
            ["Blanc (Mme)", "12/04", "33645127801"],
        ),
        ("Il ne peut excéder les 3/4 du salaire.", []),
        ("06 | 45 | 12 | 78 | 01 | 14\n1 | 06 | 45 | 12 | 78 | 01", []),
    ],
)
def test_what_must_be_masked_and_what_must_stay(text: str, masked: list[str]) -> None:
    assert [text[one.start : one.end] for one in examine(text)] == masked


def test_figures_read_as_letters_are_found_far_from_others_and_alone_near_them() -> None:
    far = "Une ligne de texte. " * 60
    text = f"Tél. O6 12 34 56 78\n{far}\nTél. O6 98 76 54 32"
    assert [one.value for one in examine(text)] == ["0612345678", "0698765432"]
    parts = [text[start:end] for start, end in about(text, [(5, 7), (len(text) - 14, len(text) - 12)])]
    assert len(parts) == 2 and parts[0].startswith("Tél.") and parts[1].endswith("32")
    assert all(len(part) < 600 for part in parts)
