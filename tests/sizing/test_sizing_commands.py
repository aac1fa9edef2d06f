"""``demeure size``, ``models advise``, ``bench machine``: on the terminal, without a house or a model."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from demeure.cli.bench_cmd import _not_kept, basis
from demeure.cli.main import cli
from demeure.engine import hardware
from demeure.sizing import FORMULAS, RECORD, as_toml, open_model, open_models, profile, this_machine

BENCH = {
    "formulas": FORMULAS,
    "machine": {"memory_read": 40e9, "matrix_rate": 200e9, "others": 0.0},
    "calibration": {"decode": 0.8, "prefill": 1.2, "per_layer": 2e-5, "batch_cost": 0.8},
}


def run(tmp_path: Path, *words: str) -> Result:
    return CliRunner().invoke(cli, ["--instance", str(tmp_path / "inst"), *words])


def test_size_proposes_and_says_that_nothing_was_measured(tmp_path: Path) -> None:
    told = run(tmp_path, "size", "--people", "30", "--europe", "--years", "0")
    assert told.exit_code == 0 and "30 personnes" in told.output and "non mesuré" in told.output
    assert "Mémoire :" in told.output and "Disque :" in told.output
    found = json.loads(run(tmp_path, "size", "--people", "30", "--europe", "--years", "0", "--json").output)
    assert len(found["plans"]) == 3 and found["plans"][0]["people"]["peak_first_p95"] <= 5


@pytest.mark.parametrize("people", [4, 20])
def test_only_models_of_known_french_are_proposed(tmp_path: Path, people: int) -> None:
    found = json.loads(run(tmp_path, "size", "--people", str(people), "--json").output)
    assert found["plans"]
    for plan in found["plans"]:
        model = open_model(plan["model"])
        assert model.get("french") is True or model.number("euroeval_rank") is not None


def test_a_profile_is_printed_changed_and_read_again(tmp_path: Path) -> None:
    printed = run(tmp_path, "size", "--uses", "pme", "--print-profile")
    assert printed.output == as_toml(profile("pme"))
    mine = tmp_path / "mine.toml"
    mine.write_text(printed.output.replace("people = 50", "people = 7"), encoding="utf-8")
    asked = ("size", "--uses", str(mine), "--set", "questions.each=3", "--machine", "l4", "--years", "0", "--json")
    found = json.loads(run(tmp_path, *asked, "--model", "ministral-3-3b-instruct-2512").output)
    assert found["profile"]["people"] == 7 and found["profile"]["uses"][0]["each"] == 3
    assert found["plans"][0]["machine"]["id"] == "l4"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--uses", "nothing"], "Il n’y a pas de profil d’usage"),
        (["--machine", "this"], "demeure bench machine"),
        (["--machine", "abacus"], "La table des machines"),
        (["--machine", "l4", "--model", "eurollm-22b-instruct-2512"], "ne se dimensionne pas"),
        (["--set", "people"], "people"),
        (["--set", "people=²"], "doit être un nombre entier"),
        (["--first", "nan"], "--first"),
        (["--set", "growth=301"], "de 0 à 300"),
        (["--set", "persons=3"], "l’une de people, growth"),
        (["--set", "nobody.each=3"], "questions.each"),
        (["--machine", "l4", "--model", "eurollm-22b-instruct-2512"], "n’est pas connue"),
    ],
)
def test_what_cannot_be_sized_is_refused_in_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    from demeure.cli.main import main

    with pytest.raises(SystemExit) as ended:
        main(["--instance", str(tmp_path), "size", *words])
    assert ended.value.code not in (0, None) and said in capsys.readouterr().err


@pytest.mark.parametrize("own", ['id = "questions"', ""])
def test_two_uses_of_one_name_are_refused_and_not_taken_for_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], own: str
) -> None:
    from demeure.cli.main import main

    text = as_toml(profile("pme")).replace('id = "courriels"', own)
    mine = tmp_path / "mine.toml"
    mine.write_text(text, encoding="utf-8")
    with pytest.raises(SystemExit) as ended:
        main(["--instance", str(tmp_path), "size", "--uses", str(mine), "--print-profile"])
    assert ended.value.code == 2 and "chacun leur id" in capsys.readouterr().err


def test_work_that_nobody_waits_for_is_sized_too(tmp_path: Path) -> None:
    """No request of a person: no first word to wait for, which is not « too slow »."""
    mine = tmp_path / "night.toml"
    mine.write_text(as_toml(profile("pme")).replace('"people"', '"background"'), encoding="utf-8")
    asked = ("size", "--uses", str(mine), "--people", "10", "--years", "0")
    plans = json.loads(run(tmp_path, *asked, "--json").output)["plans"]
    assert plans and plans[0]["verdict"] in ("fits", "tight") and plans[0]["people"] is None
    told = run(tmp_path, *asked)
    assert told.exit_code == 0 and "Aucune machine" not in told.output


def test_uses_that_ask_nothing_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from demeure.cli.main import main

    mine = tmp_path / "mine.toml"
    mine.write_text(re.sub(r"share = \d+", "share = 0", as_toml(profile("pme"))), encoding="utf-8")
    with pytest.raises(SystemExit) as ended:
        main(["--instance", str(tmp_path), "size", "--uses", str(mine)])
    assert ended.value.code == 2 and "des usages qui demandent quelque chose" in capsys.readouterr().err


def test_terms_that_no_model_meets_are_told_as_such(tmp_path: Path) -> None:
    told = run(tmp_path, "size", "--people", "5", "--licence", "WTFPL")
    assert told.exit_code == 0 and "avec un modèle permis" in told.output and "models advise --all" in told.output


def test_a_model_that_this_machine_would_serve_slowly_is_said_slow(tmp_path: Path) -> None:
    told = run(tmp_path, "models", "advise")
    assert "La vitesse ici n’est pas connue" in told.output and not re.search(r"  lent  ", told.stdout)
    place = tmp_path / "inst" / RECORD
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(json.dumps(BENCH), encoding="utf-8")
    found = json.loads(run(tmp_path, "models", "advise", "--json").output)["models"]
    kept = [one for one in found if one["kept"]]
    assert {one["slow"] for one in kept} <= {True, False} and all(one["first_word_s"] > 0 for one in kept)
    assert [one["slow"] for one in kept] == sorted(one["slow"] for one in kept), "slow ones come after the others"
    slow = BENCH | {"machine": {"memory_read": 2e9, "matrix_rate": 1e9, "others": 0.0}}
    place.write_text(json.dumps(slow), encoding="utf-8")
    told = run(tmp_path, "models", "advise")
    assert (
        re.search(r"  lent  ", told.stdout) and "premier mot" in told.stdout and "plus d’une minute" in told.output
    )


def test_a_licence_is_known_in_any_case(tmp_path: Path) -> None:
    asked = ("models", "advise", "--memory", "64", "--json", "--licence")
    found = [
        json.loads(run(tmp_path, *asked, licence).output)["models"] for licence in ("Apache-2.0", "apache-2.0")
    ]
    assert found[0] == found[1] and any(one["kept"] for one in found[1])


def test_a_file_that_is_no_text_is_refused_by_its_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from demeure.cli.main import main

    (tmp_path / "photo.toml").write_bytes(b"\x89PNG\xff\xfe")
    with pytest.raises(SystemExit) as ended:
        main(["--instance", str(tmp_path), "size", "--uses", str(tmp_path / "photo.toml")])
    assert ended.value.code == 2 and "photo.toml" in capsys.readouterr().err


def test_hours_and_shares_are_written_as_in_english(tmp_path: Path) -> None:
    asked = ("size", "--people", "30", "--europe", "--years", "0")
    told = CliRunner().invoke(cli, ["--instance", str(tmp_path), "--language", "en", *asked]).output
    assert " 9:00 #" in told and not re.search(r"\d h |\d\s%", told), told


def test_a_machine_that_was_measured_is_sized_as_it_was(tmp_path: Path) -> None:
    place = tmp_path / "inst" / RECORD
    place.parent.mkdir(parents=True)
    place.write_text(json.dumps(BENCH), encoding="utf-8")
    told = run(tmp_path, "size", "--machine", "this", "--model", "starter-chat", "--people", "5", "--years", "0")
    assert told.exit_code == 0, told.output
    assert "cette machine" in told.output and "non mesuré" not in told.output and "de nouveau" not in told.output


@pytest.mark.parametrize("made", [None, FORMULAS - 1, FORMULAS + 1])
def test_a_machine_measured_with_other_formulas_is_to_be_measured_again(tmp_path: Path, made: int | None) -> None:
    place = tmp_path / "inst" / RECORD
    place.parent.mkdir(parents=True)
    place.write_text(json.dumps({**BENCH, "formulas": made}), encoding="utf-8")
    asked = ("size", "--machine", "this", "--model", "starter-chat", "--people", "5", "--years", "0")
    told = run(tmp_path, *asked)
    assert (
        told.exit_code == 0
        and "mesuré ici avec les formules d’avant. Refaire : demeure bench machine" in told.output
    )
    assert json.loads(run(tmp_path, *asked, "--json").output)["plans"][0]["machine"]["outdated"] is True
    assert not this_machine(24 << 30, 2, BENCH).outdated


def test_models_are_advised_with_reasons_and_sources(tmp_path: Path) -> None:
    kept = json.loads(run(tmp_path, "models", "advise", "--europe", "--memory", "16", "--json").output)["models"]
    assert kept[0]["kept"] and all(one["country"] in ("FR", "EU", "CH", "DE") for one in kept if one["kept"])
    told = run(tmp_path, "models", "advise", "--memory", "16", "--all", "--task", "rerank").output
    assert "licence CC-BY-NC-4.0" in told
    facts = run(tmp_path, "models", "advise", "--facts", "whisper-base").output
    assert "de mémoire, non relu" in facts and "whisper.cpp" in facts
    assert "éditeur" in facts and "True" not in facts and "licence libre" in facts
    for model in open_models():
        assert run(tmp_path, "models", "advise", "--facts", model.id).exit_code == 0, "each fact has its name"


def test_a_machine_without_models_is_measured_and_nothing_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hardware, "READ_BYTES", 8 << 20)
    monkeypatch.setattr(hardware, "MATRIX", 128)
    found: dict[str, Any] = json.loads(run(tmp_path, "bench", "machine", "--no-models", "--json").output)
    assert found["machine"]["memory_read"] > 1e8 and found["models"] == [] and "calibration" not in found
    assert found["formulas"] == FORMULAS
    assert not (tmp_path / "inst" / RECORD).exists()
    assert "Aucun modèle ici" in run(tmp_path, "bench", "machine", "--no-models").output


def test_a_loaded_machine_is_judged_by_the_time_of_the_engine() -> None:
    pace = {"what": "decode", "tokens": 128, "streams": 1, "rate": 2.0, "worked": 12.0}
    assert basis([{"kind": "chat", "others": 0.6, "paces": [pace]}]) == "processor"
    assert basis([{"kind": "chat", "others": 0.02, "paces": [pace]}]) == "wall"
    assert basis([{"kind": "chat", "others": 0.6, "paces": [{**pace, "worked": None}]}]) == "wall"


def test_a_measured_machine_says_what_it_reaches() -> None:
    here = this_machine(24 << 30, 2, BENCH)
    assert here.measured and here.bandwidth == 40e9 and here.decode == 0.8


def test_a_measure_that_is_not_kept_says_why() -> None:
    chat: dict[str, Any] = {"kind": "chat"}
    for report, said in (
        ({"models": []}, ("aucun modèle", "no chat model")),
        ({"models": [{"kind": "embed"}]}, ("aucun modèle", "no chat model")),
        ({"models": [chat]}, ("il manque une mesure", "a measure is missing")),
        ({"models": [chat], "calibration": {}}, ("pas de maison", "no house")),
    ):
        told = _not_kept(report)
        assert all(word in one for word, one in zip(said, told, strict=True))
