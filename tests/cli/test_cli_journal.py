"""The journal through a real, boxed house: shown, exported, proven, witnessed, erased; a house held to its past."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from people import Person, place

from demeure.store import create_instance

ME = Person(os.geteuid())


@pytest.fixture
def instance() -> Iterator[Path]:
    """Mine, without models."""
    with place(ME.uid) as folder:
        create_instance(folder / "instance")
        yield folder / "instance"


def test_everything_the_journal_can_show(instance: Path) -> None:
    out = instance.parent
    with ME.house(instance):
        ME.tell(instance, "people", "add", "jeanne")
        told = json.loads(ME.output(instance, "journal", "show", "--json"))
        assert "person-added" in [entry["name"] for entry in told["entries"]]
        assert ME.tell(instance, "journal", "search", "house-started")
        ME.tell(instance, "journal", "search", "nothing-like-it", code=1)
        ME.tell(instance, "ask", "Quel est le prix ?", code=0)
        asked = json.loads(ME.output(instance, "journal", "show", "--kind", "answer", "--limit", "1", "--json"))
        number = str(asked["entries"][0]["index"])
        assert "question-asked" in ME.tell(instance, "journal", "show", number)
        ME.tell(instance, "journal", "receipt", number, "--to", str(out / "r.json"), "--qr", str(out / "r.svg"))
        ME.tell(instance, "journal", "proof", "0", "--to", str(out / "e"))
        ME.tell(instance, "journal", "export", str(out / "x.zip"), "--since", "2000")
        ME.tell(instance, "journal", "export", str(out / "x"))
        ME.tell(instance, "journal", "export", str(out / "x"), code=2)
        held = out / "held"
        sheet = out / "s.html"
        ME.tell(instance, "journal", "checkpoint", "--to", str(held), "--print", str(sheet))
        key = ME.output(instance, "journal", "witness", "request", str(out / "req")).strip()
        mine = ME.output(instance, "journal", "witness", "sign", str(out / "req"), str(out / "cos"), "--vkey", key)
        ME.tell(instance, "journal", "witness", "sign", str(out / "req"), str(out / "no"), "--vkey", key, code=1)
        ME.tell(instance, "journal", "witness", "keep", str(out / "cos"), "--vkey", mine.strip())
        ME.tell(instance, "journal", "timestamp", "request", str(out / "ts"))
        ME.tell(instance, "journal", "prune", "--yes", code=2)
        ME.tell(instance, "journal", "erase", "nobody", "--yes", code=2)
        ME.tell(instance, "journal", "erase", "jeanne", "--yes", "--to", str(out / "erased.json"))
        ME.tell(instance, "journal", "verify", "--checkpoint", str(held))
    for piece in ("r.json", "erased.json", "x.zip", "x", "e.tlog-proof", "cos"):
        ME.tell(instance, "verify", str(out / piece), "--vkey", key)
    ME.tell(instance, "verify", str(out / "held"), code=2)
    ME.tell(instance, "verify", str(instance / "journal"))
    ME.tell(instance, "verify", str(out / "absent"), code=2)
    ME.tell(instance, "verify", str(out / "s.html"), code=2)


def listing(instance: Path) -> "subprocess.CompletedProcess[str]":
    command = ME.command(instance, ("spaces", "list"))
    return subprocess.run(**command, capture_output=True, text=True, check=False)


def test_a_house_does_not_start_on_an_older_journal_than_the_checkpoint_held_outside(instance: Path) -> None:
    held = instance.parent / "held"
    with ME.house(instance):
        ME.tell(instance, "spaces", "create", "Mairie")
    shutil.copytree(instance / "journal", instance.parent / "older")
    with ME.house(instance):
        ME.tell(instance, "spaces", "create", "Autre")
        ME.tell(instance, "journal", "checkpoint", "--to", str(held))
    (instance / "demeure.toml").write_text(f'journal_held = "{held}"\n')
    with ME.house(instance):
        assert "held-checkpoint-compared" in ME.tell(instance, "journal", "search", "held-checkpoint")
    shutil.rmtree(instance / "journal")
    shutil.copytree(instance.parent / "older", instance / "journal")
    refusal = subprocess.run(
        **ME.command(instance, ("spaces", "list")), capture_output=True, text=True, check=False
    )
    assert refusal.returncode != 0
    log = (instance / "run" / "house.log").read_text()
    assert "a checkpoint was already signed for" in log
    held.unlink()
    refusal = subprocess.run(
        **ME.command(instance, ("spaces", "list")), capture_output=True, text=True, check=False
    )
    assert refusal.returncode != 0
