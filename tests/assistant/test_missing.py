"""A question that asks several things: each is looked for, and what is not answered is said."""

import asyncio
from collections.abc import Sequence

from demeure.assistant import asking, leaning, listing, missing, persons
from demeure.assistant.sources import extracts_of
from demeure.assistant.units import Told
from demeure.library import Features, French, Hit, Retrieval
from demeure.policy import Actor

STEMS = French().stems
ASKED = "Combien coûte la salle, quelle est la caution et qui est le gardien ?"
PARTS = ["Combien coûte la salle", "quelle est la caution", "qui est le gardien"]


class OfTwo:
    """A base that knows of the hall and of the deposit, and of nothing when a guard is asked for."""

    async def search(self, actor: Actor, question: str, spaces: Sequence[str], limit: int) -> Retrieval:
        del actor, spaces, limit
        known = [word for word in ("salle", "caution") if word in question]
        hits = tuple(Hit(w, f"{w}.md", "s", len(w), {}, f"La {w}.", "", 5.0, None, 0.0) for w in known)
        return Retrieval(hits, True, Features(0.9, 1.0), bool(known) and "gardien" not in question)


def test_commas_part_a_list_of_questions() -> None:
    assert asking.parts(ASKED) == PARTS
    assert asking.parts("Quand il pleut, quel parking est ouvert ?") == [
        "Quand il pleut, quel parking est ouvert ?"
    ]


def test_one_part_that_nothing_answers_does_not_hide_the_others() -> None:
    found = asyncio.run(leaning.find(OfTwo(), Actor("person", "p1", "Ada"), ASKED, None, ("s",), 4, STEMS))
    assert found.retrieval.found and found.absent == ("qui est le gardien",)
    assert {hit.document_id for hit in found.retrieval.hits} == {"salle", "caution"}
    assert missing.left(ASKED, found.absent) == "Combien coûte la salle ? Quelle est la caution ?"


def test_what_is_not_answered_is_said() -> None:
    said = missing.told(ASKED, ("qui est le gardien",), "La salle coûte 280 € [1].", STEMS, "fr")
    assert "rien trouvé dans les documents pour :\n- qui est le gardien" in said
    assert said.endswith("à demander à part :\n- quelle est la caution")
    whole = "La salle coûte 280 €, la caution est de 600 € et le gardien est M. Roc."
    assert missing.told(ASKED, (), whole, STEMS, "fr") == ""
    assert missing.told("Combien coûte la salle ?", (), "280 €.", STEMS, "fr") == ""


def test_a_deposit_is_read_beside_the_price_that_is_asked_for_too() -> None:
    hall = "1. Tarifs\nLocation | Prix\nSemaine : 130 €\nWeek-end : 290 €"
    deposit = "La caution est fixée à 700 €. Elle est remise par chèque."
    report = "Dix-neuf personnes reçoivent un repas."
    rows = (("salle", hall), ("salle", deposit), ("rapport", report))
    hits = [
        Hit(
            d,
            f"{d}.md",
            "s",
            n,
            {},
            text,
            f"{d} des fêtes › Tarifs et caution" if d == "salle" else d,
            5.0,
            None,
            0.0,
        )
        for n, (d, text) in enumerate(rows)
    ]
    question = (
        "Quel est le prix de la salle le week-end, quelle est la caution et combien de personnes reçoit-elle ?"
    )
    read = {one.number: one.text for one in extracts_of(question, hits, "fr", STEMS, 2500)}
    assert "290 €" in read[1] and "700 €" in read[2]


def test_who_is_asked_beside_a_price_is_told_absent_when_no_line_names_anybody() -> None:
    asked = "Combien coûte la salle et qui est le cuisinier ?"

    class Base:
        async def search(self, actor: Actor, question: str, spaces: Sequence[str], limit: int) -> Retrieval:
            del actor, question, spaces, limit
            hit = Hit("d", "d.md", "s", 1, {}, "La salle coûte 80 €. Le cuisinier y va.", "", 5.0, None, 0.0)
            return Retrieval((hit,), True, Features(0.9, 1.0), found=True)

    found = asyncio.run(leaning.find(Base(), Actor("person", "p1", "Ada"), asked, None, ("s",), 4, STEMS))
    assert found.absent == ("qui est le cuisinier",)


def test_who_holds_an_office_that_no_line_names() -> None:
    rules = Told(
        "d", "Règlement du cimetière de Valbrune", "Les travaux sont soumis à l’accord du maire. Tout est dit."
    )
    hall = Told("d", "Horaires de la mairie de Valbrune", "Lundi : 9 h")
    assert persons.absent("Qui est le maire de Valbrune ?", [rules, hall])
    for text in ("La maire,\nHélène Vauquelard", "Mme Roc, maire, ouvre la séance.", "Le maire est Jean Roc."):
        assert not persons.absent("Qui est le maire de Valbrune ?", [rules, Told("d", "", text)])
    assert not persons.absent("Qui est concerné ?", [rules])


def test_a_list_whose_rows_are_free_is_told_to_its_last_row() -> None:
    assert listing._label("Moins de trois ans gratuit") != listing._label("Dispersion gratuite")
