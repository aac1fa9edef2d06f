"""Cases of quality: read with the line of a mistake, judged by rules that can fail."""

from pathlib import Path
from typing import Any

import pytest

from demeure.assistant.tasks import delivered
from demeure.assistant.tasks.errors import CasesUnreadable, TaskEntryWrong
from demeure.assistant.tasks.quality import QualityCase, judge, read_cases, scores

ONE = """[[case]]
id = "salle"
task = "courriel"
facts = ["14 juin", "300 €|300 euros"]
never = ["Cher client"]
form = ['^Objet : ']
address = "vous"
most_words = 20
[case.fields]
notes = "salle libre le 14 juin, caution 300 €"
"""


def draft(text: str, **more: Any) -> dict[str, Any]:
    return {"text": text, "state": "done", "sources": [], "details": {}, **more}


def case(**more: Any) -> QualityCase:
    (one,) = read_cases(ONE, "x.toml")
    return QualityCase(**{**vars(one), **more})


def test_a_draft_passes_only_with_all_that_its_case_wants() -> None:
    good = judge(
        case(), draft("Objet\u202f: Salle\n\nVotre salle est libre le 14 juin, la caution est de 300\u202f€.")
    )
    assert good.passed and good.facts == (2, 2)
    bad = judge(case(), draft("Cher client, tu as la salle le 14 juin pour 450 €."))
    assert not bad.passed and bad.missing == ("300 €",) and bad.invented == ("450 €",)
    assert set(bad.wrong) == {"≠ Cher client", "~ ^Objet : ", "≠ tu"}
    told = draft("La salle est libre le 14 juin pour 450 €.", details={"findings": [{"start": 0, "end": 60}]})
    assert judge(case(), told).invented == (), "it is marked"
    assert "29 mots" in str(judge(case(form=()), draft("Votre salle " * 14 + "x")).wrong)
    assert not judge(case(), draft("The room is free on the 14th for you and for all of us.")).spoken
    assert not judge(case(facts=(), form=()), draft("Votre salle est libre.", state="failed")).passed


def test_a_citation_is_right_when_its_passage_holds_its_line() -> None:
    sources = [
        {"number": 1, "quote": "La piscine a reçu 41 200 baigneurs."},
        {"number": 2, "quote": "Le toit fuit."},
    ]
    text = "- La piscine a reçu 41 200 baigneurs. [1]\n- La piscine a reçu 41 200 baigneurs. [2]\n- Rien. [7]"
    assert judge(case(), draft(text, sources=sources)).citations == (1, 3)


def test_scores_are_sums_by_task_and_for_all() -> None:
    right = judge(case(form=()), draft("Votre salle est libre le 14 juin pour 300 €."))
    wrong = judge(case(task="resume", form=()), draft("Votre salle est libre le 15 juin."))
    told = {name: one.told() for name, one in scores([right, wrong]).items()}
    assert told["courriel"]["facts"] == 1.0 and told["resume"]["facts"] == 0.0 and told["*"]["facts"] == 0.5
    assert told["*"]["cases"] == 2 and told["*"]["passed"] == 1 and told["*"]["citations"] is None
    assert told["resume"]["invented_unflagged"] == 1


@pytest.mark.parametrize(
    ("before", "after", "line"),
    [
        ("never", "jamais", 5),
        ("'^Objet : '", "'^(Objet'", 6),
        ('"vous"', '"nous"', 7),
        ("most_words = 20", 'most_words = "20"', 8),
    ],
)
def test_a_mistake_is_told_with_its_line(before: str, after: str, line: int) -> None:
    with pytest.raises(TaskEntryWrong, match=f"line {line}"):
        read_cases(ONE.replace(before, after), "x.toml")
    with pytest.raises(CasesUnreadable, match="line 2"):
        read_cases("[[case]]\nid = \n", "x.toml")


def test_the_cases_that_come_along_ask_what_tasks_have() -> None:
    text = (Path(__file__).parents[2] / "benchmarks" / "quality" / "cases.toml").read_text(encoding="utf-8")
    tasks = {task.name: task for task in delivered()}
    cases = read_cases(text, "cases.toml")
    assert len(cases) >= 40
    for one in cases:
        fields = {field.name for field in tasks[one.task].fields}
        assert set(one.fields) <= fields, one.id
        assert {field.name for field in tasks[one.task].fields if field.required} <= set(one.fields), one.id
        assert one.facts and one.language == "fr"
