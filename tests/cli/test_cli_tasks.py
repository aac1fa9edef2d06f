"""Tasks from the terminal, in a real house: list, check, a draft of the test model, a task of the instance’s own;
the gateway is killed in the middle of a long work, which goes on by itself."""

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from people import Person, furnish

from demeure.cli.calling import call

ME = Person(os.geteuid())
OWN = """name = "avis"
version = 1
recipe = "write"
group = "write"
title = { fr = "Avis" }
lead = { fr = "Un avis aux habitants." }
[[fields]]
name = "dates"
kind = "line"
required = true
label = { fr = "Dates" }
[budget]
output = 24
[prompt.fr]
system = "Write a notice."
user = "Dates: {dates}"
[[case]]
fields = { dates = "du 3 au 9 juillet" }
"""
REPORT = "\n\n".join(
    f"{n}. La commune a dépensé {n}00 euros. " + "Le conseil en a parlé. " * 18 for n in range(1, 9)
)


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("tasks") / "instance"
    furnish(folder, ME.uid)
    (folder / "tasks").mkdir(exist_ok=True)
    (folder / "tasks" / "avis.toml").write_text(OWN, encoding="utf-8")
    (folder / "tasks" / "faux.toml").write_text(OWN.replace("version = 1", "version = 0"), encoding="utf-8")
    with ME.house(folder):
        yield folder


def works(instance: Path) -> list[dict[str, Any]]:
    return list(json.loads(ME.output(instance, "task", "works", "--json"))["works"])


def test_tasks_are_listed_and_a_wrong_file_is_told_with_its_line(instance: Path, tmp_path: Path) -> None:
    told = ME.tell(instance, "task", "list")
    assert "courriel" in told and "avis" in told and "faux.toml, ligne 2" in told.replace("\N{NO-BREAK SPACE}", " ")
    wrong = tmp_path / "x.toml"
    wrong.write_text(OWN.replace('kind = "line"', 'kind = "exec"'), encoding="utf-8")
    refused = ME.tell(instance, "--language", "en", "task", "check", str(wrong), code=2)
    assert "x.toml, line 9" in refused and "Traceback" not in refused
    assert "absente" in ME.tell(instance, "task", "absente", code=2)


def test_a_draft_is_written_and_kept(instance: Path) -> None:
    made = json.loads(ME.output(instance, "task", "avis", "--field", "dates=du 3 au 9 juillet", "--json"))
    assert made["drafts"][0]["state"] == "done" and made["task"] == "avis"
    told = ME.tell(instance, "task", "courriel", "--field", "signature=Claire", code=2)
    assert "est vide" in told
    assert "avis" in {work["task"] for work in works(instance)}


@pytest.mark.thorough
def test_a_work_goes_on_after_the_gateway_was_killed(instance: Path, tmp_path: Path) -> None:
    report = tmp_path / "rapport.txt"
    report.write_text(REPORT, encoding="utf-8")
    words = ("task", "resume", "--field", f"document=@{report}", "--json")
    asking = subprocess.Popen(**ME.command(instance, words), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        before = until(instance, lambda work: work["done"] >= 1)
        pids = {one["role"]: one["pid"] for one in ME.status(instance)["processes"]}
        os.kill(pids["gateway"], signal.SIGKILL)
        asking.wait(30)
    finally:
        asking.kill()
        asking.wait()
    after = until(instance, lambda work: work["state"] == "done")
    assert after["work"] == before["work"] and after["done"] == after["parts"] > 3


def until(instance: Path, wanted: Any) -> dict[str, Any]:
    """The summary, once it is so; the gateway may be on its way back."""
    for _ in range(600):
        with contextlib.suppress(AssertionError, StopIteration, ValueError):
            work = next(one for one in works(instance) if one["task"] == "resume")
            if wanted(work):
                return work
        time.sleep(0.2)
    told = {"instance": instance, "language": "fr"}
    raise AssertionError([call(told, "tasks.work", {"work": one["work"]})["drafts"] for one in works(instance)])


MEASURED = """[[case]]
id = "delais"
task = "comparer"
facts = ["30 jours", "45 jours"]
avoid = ["cantine"]
cited = ["45 jours @ nouveau.md"]
[case.fields]
avant = "document:ancien.md"
apres = "document:nouveau.md"

[[document]]
name = "ancien.md"
text = "La facture est payable à 30 jours. Le paiement se fait par virement."

[[document]]
name = "nouveau.md"
text = "La facture est payable à 45 jours. Le paiement se fait par virement."

[[glossary]]
form = "restaurant scolaire"
avoid = ["cantine"]
"""


@pytest.mark.thorough
def test_cases_are_measured_in_a_house_apart_and_kept(instance: Path, tmp_path: Path) -> None:
    cases = tmp_path / "cas.toml"
    cases.write_text(MEASURED, encoding="utf-8")
    before = len(works(instance))
    told = json.loads(ME.output(instance, "eval", "--cases", str(cases), "--json"))["models"][0]
    assert told["cases"][0]["passed"], told["cases"][0]
    assert told["scores"]["comparer"]["places"] == 1.0 and told["scores"]["*"]["glossary"] == 1.0
    assert len(works(instance)) == before, "nothing of it is left in the house"
    kept = next((instance / "tasks" / "cases" / "measured").iterdir())
    assert kept.stat().st_mode & 0o077 == 0
    stamp = kept.stat().st_mtime_ns
    again = json.loads(ME.output(instance, "eval", "--cases", str(cases), "--json"))["models"][0]
    assert again["cases"] == told["cases"] and kept.stat().st_mtime_ns == stamp, "not asked again"
