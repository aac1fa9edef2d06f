"""A house restored without its models: what up, status and doctor say of it, and that it mends when they come."""

import json
import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from people import Person, furnish

from demeure.cli.models_told import UNCHOSEN, missing, unchosen

ME = Person(os.geteuid())
CHAT = {"id": "petit", "file": "petit.gguf", "sha256": "0" * 64, "kind": "chat", "context": 512, "slots": 1}


def test_what_is_missing_has_its_name_and_its_command(tmp_path: Path) -> None:
    chosen = tmp_path / "models" / "chosen"
    assert missing(tmp_path) == list(UNCHOSEN.values()), "a new house"
    chosen.mkdir(parents=True)
    (chosen / "active.json").write_text(json.dumps({"chat": CHAT}))
    chat, embed = missing(tmp_path)
    assert embed == UNCHOSEN["embed"]
    assert all("petit.gguf" in told and "demeure models pull petit" in told for told in chat)
    (tmp_path / "models" / "petit.gguf").write_text("poids")
    assert missing(tmp_path) == [UNCHOSEN["embed"]]
    (chosen / "active.json").write_text("{")
    assert all("active.json" in told for told in missing(tmp_path)[0])


def test_an_engine_that_is_there_says_itself_why_it_does_not_run() -> None:
    assert unchosen(["gateway", "engine-chat"]) == [UNCHOSEN["embed"]]
    assert unchosen(["gateway", "engine-chat", "engine-embed"]) == []
    assert unchosen([]) == [], "a closed house"


@pytest.mark.model
@pytest.mark.thorough
def test_a_restored_house_says_that_its_model_is_missing_and_loads_it_when_it_comes(tmp_path: Path) -> None:
    instance, away = tmp_path / "instance", tmp_path / "test-chat.gguf"
    furnish(instance, ME.uid)
    (instance / "models" / "test-chat.gguf").rename(away)
    with ME.house(instance):
        row = _until(instance, lambda row: row["state"] == "down")
        assert row["failure"]["code"] == "ModelFileMissing"
        told = ME.tell(instance, "status", code=1)
        assert "demeure models pull test-chat" in told and "No such file" not in told
        assert "demeure models pull test-chat" in ME.tell(instance, "--language", "en", "doctor", code=1)
        assert "La maison le charge" in ME.tell(instance, "models", "import", str(away))
        _until(instance, lambda row: row["state"] == "running")


def _until(instance: Path, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The chat engine in the status, once it is as wanted."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        done = subprocess.run(
            **ME.command(instance, ("status", "--json")), capture_output=True, text=True, check=False
        )
        rows = json.loads(done.stdout)["processes"]
        row: dict[str, Any] | None = next((one for one in rows if one["role"] == "engine-chat"), None)
        if row is not None and wanted(row):
            return row
        time.sleep(0.3)
    raise AssertionError(rows)
