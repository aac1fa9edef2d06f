"""Which questions lean on the conversation, and what they become; topic changes are left alone."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from demeure.assistant import Turn, find_leaning, lean, leaning, prompt
from demeure.assistant.followup import completed
from demeure.library import Features, French, Hit, Retrieval
from demeure.policy import Actor
from demeure.testing.house import AGENT

STEMS = French().stems
CASES = [
    json.loads(line)
    for line in (Path(__file__).parents[1] / "data" / "followups.jsonl").read_text(encoding="utf-8").splitlines()
]
HALL = Turn("1", "Combien coûte la location de la salle des fêtes pour un habitant en 2026 ?", "290 € [1]")


@pytest.mark.parametrize(
    "question",
    [
        "Et pour une personne extérieure ?",
        "Et en 2025 ?",
        "Combien coûte-t-elle en semaine ?",
        "À quelle heure ferme-t-il ?",
        "Comment en faire la demande ?",
        "Qui l'achète ?",
        "Quelle est sa surface ?",
        "Pour quinze ans ?",
        "Est-ce qu'elle est fermée le lundi ?",
        "Celle de la mairie ?",
        "What about children?",
        "Combien ?",
    ],
)
def test_what_leans(question: str) -> None:
    found = lean(question, [HALL], STEMS)
    assert found is not None
    assert found.text.endswith(question)
    assert "salle des fêtes" in found.text


@pytest.mark.parametrize(
    "question",
    [
        "À quelle heure la déchetterie ferme-t-elle le samedi en hiver ?",
        "Combien la commune a-t-elle accordé à l'Harmonie municipale ?",
        "Faut-il un certificat médical pour inscrire un enfant au judo ?",
        "Quels documents le service urbanisme demande-t-il pour une clôture ?",
    ],
)
def test_what_stands_alone(question: str) -> None:
    assert lean(question, [HALL], STEMS) is None


def test_and_for_leans_however_long_it_goes_on() -> None:
    found = lean("Et pour un enfant qui n'habite pas la commune ?", [HALL], STEMS)
    assert found is not None and found.proof == 0
    long = lean("Et le règlement des jardins partagés de la commune ?", [HALL], STEMS)
    assert long is not None and long.proof > 0


def test_nothing_leans_on_nothing() -> None:
    assert lean("Et pour les enfants ?", [], STEMS) is None


def test_what_the_new_question_replaces_is_not_carried() -> None:
    for question, gone in (("Et en 2025 ?", "2026"),):
        found = lean(question, [HALL], STEMS)
        assert found is not None and gone not in found.text and "location" in found.text
    winter = replace(HALL, question="À quelle heure ferme la déchetterie le samedi en hiver ?")
    found = lean("Et le mercredi ?", [winter], STEMS)
    assert found is not None and "samedi" not in found.text and "en hiver" in found.text


@pytest.mark.parametrize(
    ("before", "question", "whole"),
    [
        (
            "Prix pour un quotient familial de 900 ?",
            "Et pour un quotient de 1 200 ?",
            "quotient familial ? Et",
        ),
        ("Combien coûte le déplacement à 12 km ?", "Et à 35 km ?", "le déplacement ? Et à 35 km ?"),
        ("Combien pour un terrain de 2 m² pour quinze ans ?", "Et pour trente ans ?", "un terrain de 2 m² ? Et"),
        ("Combien coûte une salle de 80 personnes ?", "Et à 120 ?", "une salle ? Et à 120 ?"),
        (
            "Que dit la délibération 2026-34 sur les 3 lots ?",
            "Et le lot 2 ?",
            "2026-34 sur les 3 lots ? Et le lot 2",
        ),
        ("Combien coûte l'accueil du soir ?", "Et le matin ?", "Combien coûte l'accueil ? Et le matin ?"),
        (
            "Combien de repas au premier trimestre ?",
            "Et au deuxième ?",
            "Combien de repas trimestre ? Et au",
        ),
        ("Combien coûte la salle le week-end ?", "Et en semaine ?", "Combien coûte la salle ? Et en semaine ?"),
    ],
)
def test_a_quantity_makes_room_for_the_one_that_replaces_it(before: str, question: str, whole: str) -> None:
    assert whole in " ".join(completed(question, replace(HALL, question=before)).split())


def test_a_long_conversation_carries_its_end_only() -> None:
    long = replace(HALL, searched="mot " * 200 + "columbarium ?")
    found = lean("Pour quinze ans ?", [long], STEMS)
    assert found is not None and len(found.text) < 300 and "columbarium" in found.text


def test_the_words_alone_rarely_suspect_a_new_subject() -> None:
    """The search decides on what they suspect (see benchmarks/followups.py, which needs the embedding model)."""
    alone = [case for case in CASES if case["kind"] == "alone"]
    leaning = [case for case in CASES if case["kind"] == "leaning"]
    assert len(alone) >= 10 and len(leaning) >= 25

    def suspected(case: dict[str, list[str]]) -> bool:
        return lean(case["turns"][-1], [replace(HALL, question=case["turns"][-2])], STEMS) is not None

    assert sum(map(suspected, leaning)) >= 0.95 * len(leaning)
    assert sum(map(suspected, alone)) <= len(alone) // 3


class Scripted:
    """A searcher whose peaks are written. ``asked``: what it was asked."""

    def __init__(self, peaks: dict[str, float]) -> None:
        self.peaks, self.asked = peaks, list[str]()

    async def search(self, actor: Actor, question: str, spaces: Sequence[str], limit: int) -> Retrieval:
        self.asked.append(question)
        hits = tuple(
            Hit(
                "d", f"{len(question)}-{n}.txt", "s", 1000 * len(question) + n, {}, "t", "c", 1.0 - n / 10, 0.9, 1.0
            )
            for n in range(limit)
        )
        return Retrieval(hits, True, Features(0.9, 1.0, self.peaks[question], 100), True)


@pytest.mark.parametrize(("with_it", "leans"), [(5.0, True), (2.9, False)])
def test_the_passages_decide_and_the_best_one_found_alone_stays(with_it: float, leans: bool) -> None:
    question = "Et pour un voisin ?"
    suspected = lean(question, [HALL], STEMS)
    assert suspected is not None
    searcher = Scripted({question: 3.0, suspected.text: with_it})
    found = asyncio.run(find_leaning(searcher, AGENT, question, suspected, ["s"], 4, STEMS))
    assert len(found.retrieval.hits) == 6, "and the two that follow, of the only document"
    assert found.searched == (suspected.text if leans else "")
    kept = {hit.passage_id for hit in found.retrieval.hits}
    assert 1000 * len(question) in kept, "the best passage of the question alone"


@pytest.mark.parametrize(
    ("question", "nowhere"),
    [
        ("Et le gymnase ?", True),
        ("Et le week-end ?", False),
        ("Et pour un gymnase ?", False),  # « pour mon voisin » : another asker, not another thing
        ("Combien coûte le gymnase ?", False),
    ],
)
def test_another_thing_that_nothing_read_speaks_of_is_not_answered_from_the_conversation(
    question: str, nowhere: bool
) -> None:
    read = [prompt.Extract("salle des fêtes", "Week-end (samedi et dimanche) : 290 €")]
    assert leaning.nowhere(question, read, STEMS) is nowhere


def test_the_model_is_told_the_last_exchange_in_few_words() -> None:
    options = {"organisation": "Mairie", "language": "fr", "budget": 500, "count": prompt.tokens_about}
    extract = prompt.Extract("Tarifs", "Extérieur : 540 €", 1)
    long = ("Combien coûte la salle ? " * 60, "290 € [1]. <|im_end|> " * 60)
    built = prompt.build("Et pour un extérieur ?", [extract], before=[long], **options)  # type: ignore[arg-type]
    told = built.messages[-1]["content"]
    bare = prompt.build("Et pour un extérieur ?", [extract], **options).messages[-1]["content"]  # type: ignore[arg-type]
    assert prompt.tokens_about(told) - prompt.tokens_about(bare) <= prompt.BEFORE_TOKENS + 30
    assert told.endswith("Et pour un extérieur ?")
    assert "290 €" in told and "[1]." not in told and "<|im_end|>" not in told
    rows = ("Prix d’une fenêtre ?", "780 € [1].\n\nLes autres lignes du tableau :\n- Porte-fenêtre 1 980 € [1]")
    built = prompt.build("Et en pin ?", [extract], before=[rows], **options)  # type: ignore[arg-type]
    told = built.messages[-1]["content"]
    assert "780 €" in told and "autres lignes" not in told and "Porte-fenêtre" not in told
    other = prompt.build("autre", [extract], **options)  # type: ignore[arg-type]
    assert built.messages[:-1] == other.messages[:-1], "the beginning is stable"
