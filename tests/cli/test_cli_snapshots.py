"""A document asked through a real house: kept ready, damaged in every way, never harmful to the engine."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from people import Person, entries, furnish

ME = Person(os.geteuid())
pytestmark = pytest.mark.model

TEXT = "\n".join(f"Article {n}. Le repas numéro {n} coûte {n} euros à la cantine." for n in range(1, 12))


def kept(instance: Path) -> list[Path]:
    return sorted(instance.glob("spaces/*/snapshots/*"))


def ready(instance: Path, name: str, *words: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(ME.output(instance, "documents", "ready", name, *words, "--json"))
    return found


def ask(instance: Path, name: str) -> dict[str, Any]:
    words = ("ask", "--document", name, "--json", "Combien coûte le repas numéro 7 ?")
    answer: dict[str, Any] = json.loads(ME.output(instance, *words))
    assert answer["outcome"] == "done" and answer["whole"] is True
    return answer


def engine(instance: Path) -> int:
    (row,) = [p for p in ME.status(instance)["processes"] if p["role"] == "engine-chat"]
    assert not row["differences"] and row["restarts"] == 0
    return int(row["pid"])


@pytest.mark.thorough
def test_a_document_kept_ready_in_a_real_house(tmp_path: Path) -> None:
    instance = tmp_path / "instance"
    furnish(instance, ME.uid)
    settings = instance / "demeure.toml"
    settings.write_text("answer_tokens = 16\nengine_context = 4096\n", encoding="utf-8")
    active = instance / "models" / "chosen" / "active.json"
    active.write_text(active.read_text().replace('"context": 1024', '"context": 4096'))
    for name, text in (("cantine.txt", TEXT), ("voirie.txt", TEXT.replace("cantine", "voirie"))):
        (tmp_path / name).write_text(text, encoding="utf-8")
    with ME.house(instance):
        ME.tell(instance, "spaces", "create", "Mairie")
        paths = [str(tmp_path / name) for name in ("cantine.txt", "voirie.txt")]
        ME.tell(instance, "documents", "add", "--space", "Mairie", "--wait", *paths)
        assert ready(instance, "cantine.txt")["state"] == "no"
        first = ask(instance, "cantine.txt")
        pid = engine(instance)
        ME.tell(instance, "documents", "ready", "voirie.txt", "--keep")
        for _ in range(100):
            if ready(instance, "voirie.txt")["state"] == "ready" and len(kept(instance)) == 2:
                break
        assert [ready(instance, name)["state"] for name in ("cantine.txt", "voirie.txt")] == ["ready", "ready"]
        assert "cantine.txt" not in str(kept(instance)) and b"repas" not in kept(instance)[0].read_bytes()
        assert ME.status(instance)["kept_ready"]["documents"] == 2
        assert ask(instance, "cantine.txt")["text"] == first["text"], "the same words, from what was kept"
        one, other = kept(instance)
        good = {path: path.read_bytes() for path in (one, other)}
        damages = {
            "cut": lambda path: path.write_bytes(good[path][: len(good[path]) // 2]),
            "altered": lambda path: path.write_bytes(good[path][:-1000] + os.urandom(1000)),
            "foreign": lambda path: path.write_bytes(good[other if path == one else one]),
            "noise": lambda path: path.write_bytes(os.urandom(100_000)),
        }
        if not os.environ.get("DEMEURE_ENDURANCE"):  # the snapshots' own tests have every damage, without a house
            damages = {name: damages[name] for name in ("altered", "foreign")}
        for damage in damages.values():
            for path in (one, other):
                damage(path)
            for name in ("cantine.txt", "voirie.txt"):
                ask(instance, name)
            for name in ("cantine.txt", "voirie.txt"):
                assert ready(instance, name)["state"] == "ready", "prepared again"
        assert engine(instance) == pid, "the engine never saw a bad byte"
        assert ask(instance, "cantine.txt")["text"] == first["text"]
        (row,) = [
            r for r in json.loads(ME.output(instance, "documents", "list", "--json")) if r["name"] == "cantine.txt"
        ]
        ME.tell(instance, "documents", "delete", row["id"])
        assert len(kept(instance)) == 1
    names = [entry["name"] for entry in entries(instance)]
    assert names.count("snapshot-refused") == 2 * len(damages)
    assert names.count("snapshot-opened") >= 2 + 2 * len(damages)
    assert names.count("snapshot-prepare") >= 1 and names.count("snapshot-make") >= 2 * len(damages)
