"""A house restored without its models: what up, status and doctor say of it, and that it mends when they come."""

import errno
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from people import Person, furnish

from demeure.cli.doctor_cmd import _models
from demeure.cli.models_told import UNCHOSEN, missing, put_back, unchosen
from demeure.engine.models import ModelStore

sys.path.insert(0, str(Path(__file__).parents[1] / "models"))

from gguf_maker import gguf

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


def test_a_model_that_may_not_be_looked_at_is_told_and_stops_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A link into the folder of somebody else; a disk that fails; a link that leads nowhere a name can."""
    chosen, model = tmp_path / "models" / "chosen", tmp_path / "models" / "petit.gguf"
    chosen.mkdir(parents=True)
    (chosen / "active.json").write_text(json.dumps({"chat": CHAT}))
    model.symlink_to("n" * 300)
    fr, en = missing(tmp_path)[0]
    assert "petit.gguf ne peut pas être lu" in fr and "le nom est trop long" in fr and "File name too long" in en
    real = Path.stat

    def closed(path: Path, **more: Any) -> os.stat_result:
        if path == model:
            raise PermissionError(errno.EACCES, "Permission denied")
        return real(path, **more)

    monkeypatch.setattr(Path, "stat", closed)
    fr, en = missing(tmp_path)[0]
    assert "ne peut pas lire petit.gguf" in fr and "may not read petit.gguf" in en


def test_what_is_advised_for_an_altered_model_can_be_done(tmp_path: Path) -> None:
    """« pull » was advised for a model that was brought, which no source has, and where no network is."""
    store, file = ModelStore(tmp_path / "models"), tmp_path / "maison.gguf"
    file.write_bytes(gguf())
    row = store.import_(file)
    store.use("chat", row.id)
    place = store.folder / row.file
    good = place.read_bytes()
    place.chmod(0o600)
    place.write_bytes(good[:-1] + bytes([good[-1] ^ 1]))
    told = next(check for check in _models(tmp_path) if check.name == "model-chat")
    assert told.ok is False and "models pull" not in told.fr + told.en
    assert "demeure models import FICHIER" in told.fr and "demeure models import FILE" in told.en
    store.import_(file)
    assert next(check for check in _models(tmp_path) if check.name == "model-chat").ok
    fr, en = put_back(replace(row, source="bundle"), known=True)
    assert f"demeure models import LOT/models/{row.file}" in fr and "import BUNDLE/models/" in en
    fr, en = put_back(replace(row, source="hub"), known=True)
    assert all(f"demeure models pull {row.id}" in words and "demeure models import" in words for words in (fr, en))


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
