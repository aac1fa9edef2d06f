"""What an answer says is looked for in the sources, however it is written; what is missing is told, and where."""

import json
import string
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from demeure.assistant.grounding import (
    Finding,
    check,
    computed,
    corrected,
    figures,
    supporting,
    told,
    unsupported,
)

CASES = Path(__file__).parents[1] / "data" / "grounding.jsonl"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("12 480 € et 3,20 €", ["12480", "3.2"]),
        ("12\u00a0480\u202f€", ["12480"]),
        ("12.480 habitants", ["12480"]),
        ("le 12 mars 2026 à 18h30", ["12", "2026", "18h30"]),
        ("1. Premier\n2. Second", []),
        ("voir [3] et [12]", []),
        ("3,50", ["3.5"]),
    ],
)
def test_figures_are_read_as_a_person_would(text: str, found: list[str]) -> None:
    assert figures(text) == found


def test_a_sentence_without_marker_is_attributed_to_the_passage_that_holds_its_figures() -> None:
    passages = ["La déchetterie ouvre le mardi.", "Le repas enfant coûte 3,20 € depuis septembre."]
    assert supporting("Le repas enfant coûte 3,20 €.", passages) == (2,)
    assert supporting("La lune est en fromage.", passages) == ()


PASSAGES = ["La caution est de 700 euros.", "Le filtre du groupe d’aspiration est remplacé toutes les 450 heures."]


def test_a_wrong_number_is_corrected_a_right_one_stays() -> None:
    said = "« Le filtre du groupe d’aspiration est remplacé toutes les 450 heures. »"
    assert corrected(said, (1,), PASSAGES) == (2,)
    assert corrected(said, (2,), PASSAGES) == (2,)
    assert corrected(said, (1, 2), PASSAGES) == (2,)


def test_where_nothing_decides_the_model_is_believed() -> None:
    assert corrected("Oui", (1,), PASSAGES) == (1,)
    assert corrected("Bonjour tout le monde", (2,), PASSAGES) == (2,)
    assert corrected("450 heures", (3,), [*PASSAGES, PASSAGES[1]]) == (3,)


def test_the_quotation_decides_rather_than_what_surrounds_it() -> None:
    said = "Pour la caution de 700 euros, le document dit : « toutes les 450 heures »"
    assert corrected(said, (1,), PASSAGES) == (2,)


def test_the_passage_that_holds_a_quotation_word_for_word_comes_before_one_that_holds_its_words() -> None:
    minutes = "Concessions du cimetière. 2 m² 15 ans 180 € 2 m² 30 ans 340 € Caveau 2 m², 30 ans : 420 €, en euros."
    prices = "Concession de 30 ans (2 m2) : 420 euros\nConcession de 15 ans (2 m2) : 230 euros"
    said = "« Concession de 30 ans (2 m²) : 420 euros »"
    assert corrected(said, (1,), [minutes, prices]) == (2,)
    assert corrected(said, (1, 2), [minutes, prices, f"Rappel. {prices}"]) == (2,)
    assert corrected(said, (3,), [minutes, prices, f"Rappel. {prices}"]) == (3,)


def test_a_time_is_one_figure_however_it_is_written() -> None:
    assert figures("de 9 h à 16 h 45, 8h30, 08:30") == ["9", "16h45", "8h30", "8h30"]
    assert said("Elle ferme à 9 h 45.", "De novembre à mars : 9 h – 16 h 45") == ["9 h 45"]
    assert said("Elle ferme à 16h45.", "De novembre à mars : 9 h – 16 h 45") == []


def said(answer: str, *sources: str, question: str = "") -> list[str]:
    return [found.said for found in check(answer, sources, question)]


def cases() -> list[Any]:
    return [json.loads(line) for line in CASES.read_text(encoding="utf-8").split("\n") if line]


@pytest.mark.parametrize("case", cases(), ids=lambda case: case["id"])
def test_a_written_case(case: dict[str, Any]) -> None:
    found = check(case["answer"], case["sources"], case.get("question", ""), case.get("titles", ()))
    for wanted, named in (
        ([span["text"] for span in case["unsupported"]], unsupported(found)),
        (case.get("computed", []), computed(found)),
    ):
        marked = [case["answer"][f.start : f.end] for f in named]
        assert len(marked) == len(wanted), marked
        assert all(a in b or b in a for a, b in zip(wanted, marked, strict=True)), marked


RULE = "La demande est déposée 14 jours avant la date. Le tarif est de 85 € par jour."


def test_a_finding_tells_its_kind_and_what_the_source_says_instead() -> None:
    answer = "La demande est déposée **six semaines** avant la date [1]."
    (found,) = check(answer, [RULE])
    assert answer[found.start : found.end] == "six semaines"
    assert (found.kind, found.nearest, found.source) == ("duration", "14 jours", 1)
    assert told([found])["unsupported"][0]["nearest"] == "14 jours"


def test_the_cited_source_is_asked_first_for_what_is_near() -> None:
    other = RULE.replace("14 jours", "10 jours")
    wrong = "La demande est déposée 21 jours avant la date."
    assert check(wrong, [RULE, other], cited=[2])[0].nearest == "10 jours"
    assert check(wrong, [RULE, other], cited=[1])[0].nearest == "14 jours"


def test_a_figure_of_another_sentence_does_not_support_the_sentence_copied() -> None:
    source = "La caution est de 400 € pour la grande salle. La caution du matériel est de 700 €."
    (found,) = check("La caution est de 700 € pour la grande salle.", [source])
    assert (found.said, found.nearest) == ("700 €", "400 €")
    assert check("Pour la grande salle : 400 € de caution ; 700 € pour le matériel.", [source]) == ()


def test_a_weekday_that_is_not_that_of_the_date_is_told() -> None:
    (found,) = check("Le mercredi 12 mai 2026.", ["Réunion du 12 mai 2026."])
    assert (found.said, found.weekday) == ("mercredi 12 mai 2026", 1)
    assert check("Le mardi 12 mai 2026.", ["Réunion du 12 mai 2026."]) == ()
    assert check("Le mercredi 12 mai 2026.", ["Réunion du mercredi 12 mai 2026."]) == ()


def test_a_sum_of_amounts_of_the_sources_is_computed_not_unsupported() -> None:
    (found,) = check("Au total 485 € : 85 € et 400 €.", ["85 € puis 400 €."])
    assert found.sum == "85 € + 400 €"
    assert unsupported([found]) == ()
    assert check("Au total 486 € : 85 € et 400 €.", ["85 € puis 400 €."])[0].sum == ""
    assert check("Au total 485 € : 85 € et 400 €.", ["400 €."])[0].said == "485 €"


def test_an_addition_written_out_is_computed_when_its_terms_are_in_the_sources() -> None:
    sources = ["La grande salle coûte 320 euros.", "Le matériel coûte 410 euros."]
    for answer in ("Le total est de 320 + 410 = 730 euros [1].", "Soit **730 €** (320 € + 410 €) [1][2]."):
        (found,) = check(answer, sources)
        assert found.said.startswith("730"), answer
        assert found.sum.replace(" €", "") == "320 + 410", answer
    (found,) = check("Il reste 410 − 320 = 90 euros.", sources)
    assert found.sum == "410 − 320"
    for answer in (
        "320 + 410 = 740 euros",  # wrong
        "320 + 400 = 720 euros",  # a term that no source holds
        "2 × 320 + 410 = 730 euros",  # not an addition of these
        "320 + 410 = 730 jours",  # of something else
    ):
        assert unsupported(check(answer, sources)), answer
    assert unsupported(check("320 + 410 = 730 euros", ["320 habitants, 410 enfants."]))


def test_a_figure_of_the_question_is_no_claim_unless_it_is_asserted() -> None:
    source, question = "La caution est de 400 €.", "La caution est-elle de 500 € ?"
    assert said("Oui, la caution est de 500 €.", source, question=question) == ["500 €"]
    assert said("Non, la caution n’est pas de 500 € mais de 400 €.", source, question=question) == []


def test_figures_of_the_title_support_pages_not_amounts() -> None:
    titles = ["Tarifs 2026.pdf page 3"]
    assert check("Voir page 3 des Tarifs 2026.", ["x"], titles=titles) == ()
    assert [f.said for f in check("3 €", ["x"], titles=titles)] == ["3 €"]


PIECES = st.sampled_from(
    [
        *(
            "12 mai 2026",
            "1 250,00 €",
            "**",
            "85",
            " €",
            "« ",
            " »",
            "\n",
            "\n\n",
            "- ",
            "1. ",
            "[1]",
            "Mme ",
            "Fernoux",
            " de ",
        ),
        *(
            "deux cents",
            " jours",
            "9 h 45",
            "art. L. 2121-29",
            "n° 2026-045",
            "|",
            "(",
            ")",
            "05 55 00 12 34",
            "_",
            "`",
            ". ",
        ),
        *("\u0301", "é", "\u202f", "’", "…", "lundi ", "www.a.fr", "a@b.fr", "un an", "İ", "ﬁ", "\ud800"),
    ]
)


@given(st.lists(PIECES, max_size=40).map("".join), st.lists(PIECES, max_size=20).map("".join))
@example("\U000f0000", "")
def test_findings_are_pieces_of_the_text_apart_from_each_other(answer: str, source: str) -> None:
    reached = 0
    for found in check(answer, [source]):
        assert reached <= found.start < found.end <= len(answer)
        reached = found.end


PLAIN = PIECES.filter(lambda piece: piece.strip(" \n") not in ("**", "_", "`", "|", "-", "1.", "[1]", "(", ")"))


@example("deux cents \u0301 deux cents")
@given(st.lists(PLAIN, max_size=30).map(" ".join))
def test_a_text_supports_itself(text: str) -> None:
    assert unsupported(check(text, [text])) == ()


@given(st.integers(2, 10**7), st.sampled_from(["€", "jours", "%", "agents", "m²"]), st.integers(1, 10**6))
def test_a_number_is_held_by_itself_and_not_by_another(number: int, unit: str, more: int) -> None:
    def written(value: int) -> str:
        return f"Il y en a {value:,} {unit} ici.".replace(",", "\u202f")

    assert check(f"{number} {unit}", [written(number)]) == ()
    assert check(f"Soit {number} {unit}.", [written(number + more)])


@given(st.text(string.ascii_letters + string.digits + " .,€«»-/'\n", max_size=200))
def test_any_text_may_be_checked(text: str) -> None:
    assert all(isinstance(found, Finding) for found in check(text, [text[::-1]], text[:20]))


def test_the_number_of_a_row_is_no_amount() -> None:
    row = "Accueil du matin et du soir\nTranche Matin (forfait) Soir (forfait)\nTranche 1 0,90 € 1,60 €"
    (found,) = check("Le forfait du matin en tranche 1 coûte 1,00 € [1].", [row])
    assert found.said == "1,00 €"
    assert check("Le forfait du matin en tranche 1 coûte 0,90 € [1].", [row]) == ()
