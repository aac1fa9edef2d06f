"""Cases of quality: read with the line of a mistake, judged by rules that can fail."""

import json
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from demeure.assistant.tasks import delivered
from demeure.assistant.tasks.errors import CasesUnreadable, CasesWrong, ModelFalls, ModelUnmeasured, TaskEntryWrong
from demeure.assistant.tasks.measured import Results, case_folder, digest_of, gathered, promotion, texts_of
from demeure.assistant.tasks.quality import Verdict, folded, judge, said, scores
from demeure.assistant.tasks.quality_cases import QualityCase, read_set
from demeure.cli.eval_page import page, pairs, turned
from demeure.cli.main import cli

SHIPPED = Path(__file__).parents[2] / "benchmarks" / "quality"
ANSWERS = tomllib.loads((Path(__file__).parents[1] / "data" / "quality-answers.toml").read_text(encoding="utf-8"))

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
    (one,) = read_set(ONE, "x.toml").cases
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
        read_set(ONE.replace(before, after), "x.toml")
    with pytest.raises(CasesUnreadable, match="line 2"):
        read_set("[[case]]\nid = \n", "x.toml")
    with pytest.raises(CasesUnreadable, match="expected") as told:
        read_set("question,answer\n", "x.csv")
    assert "pas du TOML" in told.value.sentence("fr") and "expected" not in told.value.sentence("fr")


@pytest.mark.parametrize(
    ("fact", "text", "there"),
    [
        ("8 h", "Ouvert à 18 h.", False),
        ("8 h", "Ouvert dès 8h.", True),
        ("9 h 30", "avant 9h30", True),
        ("300 €", "une caution de 1 300 €", False),
        ("1 240", "les 1240 visiteurs", True),
        ("3 mars", "le 23 mars", False),
        ("3 450 €", "3.450 euros", True),
        ("12", "le 12,5 %", False),
        ("m²", "50 m2", True),
    ],
)
def test_a_figure_is_a_whole_one_however_it_is_written(fact: str, text: str, there: bool) -> None:
    assert said(fact, folded(text)) is there


def test_tone_glossary_and_places_are_judged() -> None:
    asked = case(facts=(), form=(), tone=(("bien à vous", "cordialement"),), avoid=("cantine",))
    good = judge(asked, draft("Votre repas est servi au restaurant scolaire.\n\nCordialement,"))
    assert good.passed and good.tone == (1, 1) and good.words == (1, 1)
    bad = judge(asked, draft("Votre repas est servi à la cantine."))
    assert bad.tone == (0, 1) and bad.words == (0, 1) and "≠ cantine" in bad.missing
    source = {"number": 1, "document": "bail.pdf", "place_label": "page 3", "quote": "Le loyer est de 140 €."}
    placed = case(facts=(), form=(), cited=(("140 €", "page 3"), ("", "bail.pdf")))
    assert judge(placed, draft("- Votre loyer est de 140 €. [1]", sources=[source])).places == (2, 2)
    elsewhere = judge(
        placed, draft("- Votre loyer est de 140 €. [1]", sources=[source | {"place_label": "page 30"}])
    )
    assert elsewhere.places == (1, 2) and not elsewhere.passed


@pytest.fixture(scope="module")
def shipped() -> dict[str, QualityCase]:
    return {one.id: one for one in gathered(sorted(SHIPPED.glob("*.toml"))).cases}


def test_the_cases_that_come_along_ask_what_tasks_have(shipped: dict[str, QualityCase]) -> None:
    tasks = {task.name: task for task in delivered()}
    counts = Counter(one.task for one in shipped.values())
    assert len(shipped) >= 120 and all(count >= 15 for count in counts.values()), counts
    assert set(counts) == set(tasks) - {"transcription"}
    for one in shipped.values():
        fields = {field.name for field in tasks[one.task].fields}
        assert set(one.fields) <= fields, one.id
        assert {field.name for field in tasks[one.task].fields if field.required} <= set(one.fields), one.id
        assert one.facts and one.language == "fr"


@pytest.mark.parametrize("name", list(ANSWERS))
def test_a_sound_answer_passes_and_a_wrong_one_does_not(name: str, shipped: dict[str, QualityCase]) -> None:
    written = ANSWERS[name]
    sources = written.get("sources", [])
    sound = judge(shipped[name], draft(written["sound"], sources=sources))
    assert sound.passed, sound
    assert not judge(shipped[name], draft(written["wrong"], sources=sources)).passed


def kept(instance: Path, model: str, sha256: str, passed: dict[str, bool]) -> None:
    """What ``model`` made of the organisation's cases, as a run leaves it."""
    whole = gathered(sorted(case_folder(instance).glob("*.toml")))
    results = Results(instance, model, sha256)
    for one in whole.cases:
        there = int(passed[one.id])
        verdict = Verdict(one.id, one.task, "done", facts=(there, 1))
        digest = digest_of(one, whole, texts_of(instance)[one.task])
        results.put(digest, verdict, draft(f"Votre réponse de {model}."), 1.0)


def test_a_model_that_falls_on_the_organisations_cases_is_told(tmp_path: Path) -> None:
    old, new = ("ancien", "a" * 64), ("nouveau", "b" * 64)
    promotion(tmp_path, old, new)
    case_folder(tmp_path).mkdir(parents=True)
    (case_folder(tmp_path) / "nos-cas.toml").write_text(ONE + ONE.replace('"salle"', '"salle-2"'), encoding="utf-8")
    with pytest.raises(ModelUnmeasured, match="ancien was not measured on 2"):
        promotion(tmp_path, old, new)
    kept(tmp_path, *old, {"salle": True, "salle-2": False})
    with pytest.raises(ModelUnmeasured, match="nouveau"):
        promotion(tmp_path, old, new)
    kept(tmp_path, *new, {"salle": True, "salle-2": True})
    promotion(tmp_path, old, new)
    with pytest.raises(ModelFalls, match="salle-2") as told:
        promotion(tmp_path, new, old)
    assert "50 %" in told.value.sentence("fr")
    # another wording of a case: nothing is known of it
    (case_folder(tmp_path) / "nos-cas.toml").write_text(ONE.replace("14 juin", "15 juin"), encoding="utf-8")
    with pytest.raises(ModelUnmeasured):
        promotion(tmp_path, old, new)
    torn = next((case_folder(tmp_path) / "measured").glob("a*.json"))
    torn.write_text("{", encoding="utf-8")
    assert Results(tmp_path, *old).kept == {}


def test_the_blind_page_hides_whose_draft_is_whose() -> None:
    names = [f"cas-{n}" for n in range(40)]
    cases = [case(id=name) for name in names]
    texts = [[{"case": name, "text": f"{who} </script><b>{name}"} for name in names] for who in ("un", "deux")]
    models = [{"model": f"modele-{n}", "sha256": f"{n}" * 64, "cases": those} for n, those in enumerate(texts, 1)]
    found = pairs(cases, models)
    sides = Counter(one["who"] for one in found)
    assert len(found) == 40 and min(sides.values()) > 8, sides
    assert all(one["left"].startswith("deux" if one["who"] else "un") for one in found)
    assert pairs(cases, models) == found and turned("x", "y") is turned("x", "y")
    made = page("fr", cases, models)
    assert "default-src 'none'" in made and "http" not in made.split("<style>")[1], "no other origin"
    held = made.split('type="application/json" id="data">')[1].split("</script>")[0]
    assert json.loads(held)["pairs"][0]["id"] == "cas-0", "a draft cannot end the script"
    same = [{**models[0]}, {**models[0], "sha256": "9" * 64}]
    assert pairs(cases, same) == []


def test_a_file_of_cases_that_cannot_be_read_is_told_in_one_language(tmp_path: Path) -> None:
    (tmp_path / "latin.csv").write_bytes("clé".encode("latin-1"))
    for file, fr, en in (
        (tmp_path / "absent.toml", "Il n’y a rien à cet endroit.", "No such file or directory."),
        (tmp_path / "latin.csv", "Le texte n’est pas en UTF-8.", "The text is not UTF-8."),
    ):
        with pytest.raises(CasesUnreadable) as told:
            gathered([file])
        assert told.value.sentence("fr").endswith(fr) and told.value.sentence("en").endswith(en)


@pytest.mark.parametrize(
    ("text", "fr", "en"),
    [
        (ONE.replace('"courriel"', '"courrier"'), "aucune tâche « courrier »", "no task “courrier”"),
        (ONE.replace("notes =", "note ="), "n’a pas : note ; champs qui manquent : notes", "not: note; fields"),
        (
            ONE + '[[document]]\nname = "fiche"\nfile = "fiche.pdf"\n',
            "« fiche.pdf » n’est pas à côté",
            "“fiche.pdf” is not",
        ),
    ],
)
def test_a_case_that_no_task_can_do_is_told_and_nothing_is_kept(
    tmp_path: Path, text: str, fr: str, en: str
) -> None:
    file = tmp_path / "cas.toml"
    file.write_text(text, encoding="utf-8")
    house = tmp_path / "house"
    told = CliRunner().invoke(cli, ["--instance", str(house), "eval", "add", str(file)]).exception
    assert isinstance(told, CasesWrong) and en in told.sentence("en"), told
    said_fr = " ".join(told.sentence("fr").split())
    assert fr in said_fr and said_fr.startswith("cas.toml : ") and not case_folder(house).exists()
    (tmp_path / "autres.toml").write_text(ONE, encoding="utf-8")
    file.write_text(ONE, encoding="utf-8")
    with pytest.raises(CasesWrong, match="two cases are called “salle”"):
        gathered([tmp_path / "autres.toml", file])
