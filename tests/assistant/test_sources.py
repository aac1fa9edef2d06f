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
        (
            {"kind": "message", "number": 2, "of": "Livraison"},
            "courriel 2\u00a0: Livraison",
            "e-mail 2: Livraison",
        ),
        (
            {"kind": "message", "number": 1, "of": "Livraison", "by": "Léa Morin", "on": "2026-03-01"},
            "courriel 1, du 1er mars 2026, de Léa Morin\u00a0: Livraison",
            "e-mail 1, of 1 March 2026, from Léa Morin: Livraison",
        ),
        (
            {"kind": "message", "number": 12, "on": "2026-08-03"},
            "courriel 12, du 3 août 2026",
            "e-mail 12, of 3 August 2026",
        ),
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
