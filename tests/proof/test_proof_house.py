"""The proof of a running house: its facts, its journal, and what makes each fact turn red."""

import json
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from people import ALICE, NO_NAMESPACES, Person, entries, place, root

from demeure.proof import house_facts
from houses import alive, until

NO_BROWSER = ("/usr/bin/env", "PATH=/usr/sbin:/sbin")
"""Starting Chromium is slow; test_proof_browser.py does."""

alice = Person(ALICE, through=NO_BROWSER)


@pytest.fixture
def instance() -> Iterator[Path]:
    root()
    with place(ALICE) as folder:
        yield folder / "instance"


def facts(found: dict[str, Any]) -> dict[str, str]:
    return {name: fact["state"] for name, fact in found["facts"].items()}


def test_a_running_house_is_proved_and_its_journal_says_so(instance: Path) -> None:
    with alice.house(instance):
        found = json.loads(alice.output(instance, "prove", "--json"))
        told = facts(found)
        for name in (
            "live-processes",
            "same-ground",
            "listeners",
            "routes",
            "keys",
            "running-files",
            "page-headers",
        ):
            assert told[name] == "blocked", found["facts"][name]
        assert "rien n’est sorti" in alice.tell(instance, "prove")
        assert "nothing got out" in alice.tell(instance, "--language", "en", "prove")
    lines = [entry for entry in entries(instance) if entry["name"].startswith("walls-proved")]
    assert [line["phase"] for line in lines] == ["intention", "closing"] * 3
    assert {line["kind"] for line in lines} == {"administration"}
    assert lines[1]["outcome"] == "done" and lines[1]["object"].startswith("blocked ladder=A blocked=")
    assert " open=0 " in lines[1]["object"]


def test_a_closed_house_is_proved_by_twins_and_journalled(instance: Path) -> None:
    with alice.house(instance):
        pass
    found = json.loads(alice.output(instance, "prove", "--json"))
    assert facts(found)["live-processes"] == "inconclusive" and found["verdict"] == "bloqué"
    lines = [entry for entry in entries(instance) if entry["name"].startswith("walls-proved")]
    assert [line["phase"] for line in lines] == ["intention", "closing"]


def test_twins_on_another_ground_prove_nothing_of_the_house(instance: Path) -> None:
    with Person(ALICE, NO_NAMESPACES, NO_BROWSER).house(instance):
        found = json.loads(alice.output(instance, "prove", "--json", code=3))
    assert facts(found)["same-ground"] == "inconclusive" and "B ≠ A" in found["facts"]["same-ground"]["fr"]


def test_a_key_that_others_may_read_is_open(instance: Path) -> None:
    with alice.house(instance):
        (instance / "keys" / "spaces").chmod(0o755)
        found = json.loads(alice.output(instance, "prove", "--json", code=1))
    assert facts(found)["keys"] == "open" and found["verdict"] == "ouvert"


def test_a_file_that_is_not_the_delivered_one_is_open(monkeypatch: pytest.MonkeyPatch) -> None:
    import demeure

    here = Path(demeure.__file__).parent
    rows = [
        f"demeure/{path.relative_to(here).as_posix()},{house_facts._hash_of(path)},1" for path in here.rglob("*.py")
    ]

    class Delivered:
        text = "\n".join(rows)

        def read_text(self, _name: str) -> str:
            return self.text

    delivered = Delivered()
    monkeypatch.setattr("importlib.metadata.distribution", lambda _name: delivered)
    assert house_facts._record().state == "blocked"
    delivered.text = "\n".join(rows).replace("sha256=", "sha256=x", 1)
    assert house_facts._record().state == "open", "a hash differs"
    delivered.text = "\n".join(rows[1:])
    assert house_facts._record().state == "open", "a file that the delivery does not name"


def test_the_proof_of_another_users_house_is_refused(instance: Path) -> None:
    with alice.house(instance):
        assert "sudo -u" in root().tell(instance, "prove", code=4)


def test_an_interrupted_proof_leaves_nothing_and_says_so(instance: Path) -> None:
    with alice.house(instance):
        made = instance.parent / "made"
        made.mkdir(mode=0o777)
        made.chmod(0o777)
        command = alice.command(instance, ("prove", "--json"))
        command["env"]["TMPDIR"] = str(made)
        with subprocess.Popen(**command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as proving:
            until(lambda: list(made.glob("demeure-prove-*/instance/run/house.json")), 30)
            proving.send_signal(signal.SIGTERM)
            assert proving.wait(30) == 130
        assert list(made.iterdir()) == []
    lines = [entry for entry in entries(instance) if entry["name"].startswith("walls-proved")]
    assert [line["outcome"] for line in lines] == [None, "interrupted"]


def test_a_killed_proof_takes_its_twins_along(instance: Path) -> None:
    with alice.house(instance):
        made = instance.parent / "made"
        made.mkdir(mode=0o777)
        made.chmod(0o777)
        command = alice.command(instance, ("prove", "--json"))
        command["env"]["TMPDIR"] = str(made)
        with subprocess.Popen(**command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as proving:
            (state,) = until(lambda: list(made.glob("demeure-prove-*/instance/run/house.json")), 30)
            twins = [row["pid"] for row in json.loads(state.read_text())["roles"] if row["pid"]]
            assert twins
            proving.kill()
            proving.wait()
        until(lambda: not any(alive(pid) for pid in twins))
        assert facts(json.loads(alice.output(instance, "prove", "--json")))["live-processes"] == "blocked"
