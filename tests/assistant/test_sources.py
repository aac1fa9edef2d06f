"""Places in words, in both languages."""

from typing import Any

import pytest

from demeure.assistant import place_label


@pytest.mark.parametrize(
    ("place", "french", "english"),
    [
        ({"kind": "page", "page": 3}, "page 3", "page 3"),
        ({"kind": "lines", "from": 10, "to": 24}, "lignes 10 à 24", "lines 10 to 24"),
        (
            {"kind": "heading", "path": ["2. Tarifs", "2.1 Enfants"]},
            "2. Tarifs › 2.1 Enfants",
            "2. Tarifs › 2.1 Enfants",
        ),
        ({"kind": "slide", "slide": 3}, "diapositive 3", "slide 3"),
        (
            {"kind": "slide", "slide": 3, "title": "Recettes", "part": "notes"},
            "diapositive 3, Recettes, notes",
            "slide 3, Recettes, notes",
        ),
        ({"kind": "cells", "sheet": "Tarifs", "range": "A12:F12"}, "Tarifs, ligne 12", "Tarifs, row 12"),
        (
            {"kind": "cells", "sheet": "Tarifs", "range": "A12:F15", "hidden": True},
            "Tarifs (masqué), lignes 12 à 15",
            "Tarifs (hidden), rows 12 to 15",
        ),
        ({"kind": "cells", "range": "B4"}, "ligne 4", "row 4"),
        ({"kind": "message", "number": 1, "of": "Livraison"}, "Livraison", "Livraison"),
        ({"kind": "message", "number": 2, "of": "Livraison"}, "message 2, Livraison", "message 2, Livraison"),
        ({"kind": "message", "number": 1}, "", ""),
        (
            {"kind": "page", "page": 3, "inside": ["pieces.zip", "devis.pdf"]},
            "pieces.zip › devis.pdf › page 3",
            "pieces.zip › devis.pdf › page 3",
        ),
        ({"kind": "other"}, "", ""),
    ],
)
def test_places_are_told_in_both_languages(place: dict[str, Any], french: str, english: str) -> None:
    assert place_label(place, "fr") == french
    assert place_label(place, "en") == english
