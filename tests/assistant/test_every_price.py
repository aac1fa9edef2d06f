"""« La liste complète des tarifs », of nothing in particular: every list found, document by document."""

import asyncio
from collections.abc import Sequence

import pytest

from demeure.assistant import every_price, leaning, listing, prices
from demeure.library import Features, French, Hit, Retrieval
from demeure.policy import Actor

STEMS = French().stems
ROWS = (
    ("tarifs-port.md", "tarifs port › Port", "Anneaux\nAnneau | Prix\nAnneau de 6 m : 85 €\nAnneau de 8 m : 110 €"),
    ("budget.md", "budget › Dépenses", "Cent euros dépensés\n43 euros pour les agents\n29 euros pour l’eau"),
    (
        "salle.md",
        "salle › Tarifs",
        "Salle | Prix\nGrande salle : 290 €\nPetite salle : 120 €\nSonorisation : sur devis",
    ),
    ("tarifs-port.md", "tarifs port › Port", "Cale\nManœuvre | Prix\nGrutage : 65 €\nMise à l’eau : 12 €"),
)
HITS = [Hit(d, d, "s", n, {}, text, above, 6.0 - n, None, 0.0) for n, (d, above, text) in enumerate(ROWS)]
ASKED = "Donnez-moi la liste complète des tarifs"


def test_every_list_of_prices_under_its_document_and_not_the_budget() -> None:
    answer = every_price.told(ASKED, HITS, STEMS, "fr")
    for line in ("tarifs-port.md — Anneaux", "- Anneau de 8 m : 110 € [1]", "- Mise à l’eau : 12 € [4]"):
        assert line in answer
    assert answer.index("Cale") < answer.index("salle.md — "), "a document's lists stand together"
    assert "- Sonorisation : sur devis [3]" in answer and "43 euros" not in answer


def test_lists_beyond_what_can_be_read_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(every_price, "_ROWS", 4)
    answer = every_price.told(ASKED, HITS, STEMS, "fr")
    assert "- Grutage : 65 €" in answer and "290 €" not in answer
    assert answer.endswith("à demander chacune par son nom :\n- salle.md — Tarifs [3]")


@pytest.mark.parametrize("question", ["Quels sont vos tarifs ?", "tous les prix", "What are your prices?", ASKED])
def test_nothing_in_particular_is_asked(question: str) -> None:
    assert every_price.asked(question, STEMS)


@pytest.mark.parametrize(
    "question",
    ["Quels sont les tarifs de la cale ?", "Quel est le prix ?", "Qui vote les tarifs ?", "les prix du port"],
)
def test_something_in_particular_is(question: str) -> None:
    assert not every_price.asked(question, STEMS) and every_price.told(question, HITS, STEMS, "fr") == ""


def test_words_that_only_ask_are_no_thing_that_no_passage_names() -> None:
    assert not prices.scattered(ASKED, [], STEMS)


def test_the_lists_are_looked_for_further_than_the_best_passages() -> None:
    minutes = [
        Hit(f"pv{n}", "pv.md", "s", 9 + n, {}, "La grille est annexée.", "", 9.0, None, 0.0) for n in range(8)
    ]

    class Base:
        async def search(self, actor: Actor, question: str, spaces: Sequence[str], limit: int) -> Retrieval:
            del actor, question, spaces
            return Retrieval((*minutes, *HITS)[:limit], True, Features(0.5, 1.0), found=False)

    found = asyncio.run(leaning.find(Base(), Actor("person", "p", "Ada"), ASKED, None, ("s",), 4, STEMS)).retrieval
    assert found.found and [hit.document for hit in found.hits] == ["tarifs-port.md", "salle.md", "tarifs-port.md"]
    assert not listing.named(ASKED, None, found.hits, STEMS)
