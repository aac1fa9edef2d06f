"""Two documents that give another price for the same thing."""

from demeure.assistant import differing
from demeure.assistant.events import Source
from demeure.library import French

STEMS = French().stems


def source(number: int, document: str, path: str, quote: str) -> Source:
    return Source(number, document, document, "s", {"kind": "heading", "path": [path]}, path, quote, 1.0)


GUIDE = source(1, "guide.md", "Rentrée 2025-2026", "La cantine\nLe prix du repas à la cantine est de 3,35 €.")
BULLETIN = source(
    2, "bulletin.md", "Septembre 2026", "Le prix du repas à la cantine est de 3,60 € depuis la rentrée."
)
OLD = source(1, "tarifs-2024.md", "Cimetière", "Concession de terrain de 2 m² pour trente ans : 340 €.")
NEW = source(
    2,
    "tarifs-2026.md",
    "Tarifs du cimetière",
    "Concessions\nDurée | Terrain de 2 m² | Terrain de 4 m²"
    "\n15 ans — Terrain de 2 m² : 190 € ; Terrain de 4 m² : 370 €"
    "\n30 ans — Terrain de 2 m² : 420 € ; Terrain de 4 m² : 810 €",
)


def told(question: str, shown: str, sources: list[Source], cited: list[int]) -> str:
    return differing.told(question, shown, sources, cited, STEMS, "fr")


def test_both_prices_and_documents_are_told_the_more_recent_named() -> None:
    said = told("Quel est le prix du repas à la cantine ?", "Le repas coûte 3,35 € [1].", [GUIDE, BULLETIN], [1])
    assert "3,60 € d’après bulletin.md [2], le plus récent, 3,35 € d’après guide.md [1]" in said


def test_a_sentence_and_the_cell_of_a_row() -> None:
    question = "Combien coûte une concession de 2 m² pour trente ans ?"
    said = told(question, "Elle coûte 340 € [1].", [OLD, NEW], [1])
    assert "420 € d’après tarifs-2026.md [2], le plus récent, 340 €" in said
    assert "190" not in said and "810" not in said


def test_another_thing_another_size_or_the_same_document_is_no_difference() -> None:
    question = "Quel est le prix du repas à la cantine ?"
    cost = source(
        2, "budget.md", "Budget 2026", "Le coût complet d’un repas atteint 9,35 €, payé à moitié par l’État."
    )
    tea = source(2, "bulletin.md", "Septembre 2026", "Le prix du goûter à la garderie est de 0,60 €.")
    both = source(
        2, "bulletin.md", "2026", "Le prix du repas à la cantine est de 3,35 €, et celui du goûter de 1 €."
    )
    for other in (cost, tea, both):
        assert told(question, "Le repas coûte 3,35 € [1].", [GUIDE, other], [1]) == ""
    graves = "Combien coûte une concession de 2 m² pour quinze ans ?"
    assert told(graves, "Elle coûte 190 € [2].", [OLD, NEW], [2]) == "", "thirty years are another price"
    assert told("Où est la cantine ?", "Elle coûte 3,35 € [1].", [GUIDE, BULLETIN], [1]) == ""
