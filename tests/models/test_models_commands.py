"""``demeure models`` and ``demeure engine``: what is printed, what is refused, and with which code."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from gguf_maker import EMBED, gguf

from demeure.cli import engine_cmd, models_cmd
from demeure.cli.doctor_cmd import _model
from demeure.engine.models import Installed, ModelStore
from demeure.engine.models.errors import ModelAbsent, ModelUnknown, NoSourceWorked, SourceUnavailable, StoreBusy
from demeure.errors import DemeureError
from demeure.sizing import open_models


class Shell:
    """Commands run in process on one instance folder."""

    def __init__(self, instance: Path, language: str = "fr") -> None:
        self.obj = {"instance": instance, "language": language}
        (instance / "run").mkdir(parents=True, exist_ok=True)

    def run(self, *words: object, group: Any = models_cmd, code: int = 0) -> str:
        result = CliRunner().invoke(group.command, [str(word) for word in words], obj=self.obj)
        if isinstance(result.exception, DemeureError):
            raise result.exception
        assert result.exit_code == code, (result.output, result.exception)
        return result.stdout

    def data(self, *words: object, **options: Any) -> Any:
        return json.loads(self.run(*words, "--json", **options))


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    (tmp_path / "chat.gguf").write_bytes(gguf())
    (tmp_path / "e5.gguf").write_bytes(gguf(EMBED))
    return Shell(tmp_path / "instance")


def test_list_shows_what_fits_and_what_is_here(shell: Shell, tmp_path: Path) -> None:
    shell.run("import", tmp_path / "chat.gguf")
    rows = {row["id"]: row for row in shell.data("list")}
    assert rows["starter-chat"]["installed"] is None and rows["starter-chat"]["fit"]["needed"] > 1e9
    assert rows["chat"]["present"] and not rows["chat"]["active"]
    text = shell.run("list")
    assert "tient ici" in text and "installé" in text and "Apache-2.0" in text
    assert "fits here" in Shell(tmp_path / "instance", "en").run("list")


def test_a_brought_model_is_used_then_protected(shell: Shell, tmp_path: Path) -> None:
    row = shell.data("import", tmp_path / "chat.gguf")
    assert row["source"] == "import" and len(row["sha256"]) == 64
    answer = shell.run("use", "chat", "chat")
    assert "au prochain démarrage" in answer
    active = json.loads((tmp_path / "instance/models/chosen/active.json").read_text())
    assert (active["chat"]["context"], active["chat"]["slots"]) == (2048, 2)
    with pytest.raises(DemeureError, match="in use"):
        shell.run("remove", "chat")
    shell.run("import", tmp_path / "e5.gguf", "--kind", "embed")
    assert shell.data("use", "embed", "e5")["reloaded"] is False
    (tmp_path / "spare.gguf").write_bytes(gguf(filler=b"9"))
    spare = shell.data("import", tmp_path / "spare.gguf")["id"]
    assert "effacé" in shell.run("remove", spare)


def test_a_chosen_model_without_its_file_is_listed_so(shell: Shell, tmp_path: Path) -> None:
    shell.run("import", tmp_path / "chat.gguf")
    shell.run("use", "chat", "chat")
    (tmp_path / "instance/models/chat.gguf").unlink()
    assert "choisi, absent" in shell.run("list")
    assert "chosen, missing" in Shell(tmp_path / "instance", "en").run("list")


def test_what_comes_is_said_to_be_usable_while_its_slot_is_empty(shell: Shell, tmp_path: Path) -> None:
    def hint(*words: object) -> str:
        result = CliRunner().invoke(models_cmd.command, [str(w) for w in words], obj=shell.obj)
        assert result.exit_code == 0
        return result.stdout

    assert "demeure models use chat chat" in hint("import", tmp_path / "chat.gguf")
    shell.run("use", "chat", "chat")
    (tmp_path / "spare.gguf").write_bytes(gguf(filler=b"9"))
    assert "models use" not in hint("import", tmp_path / "spare.gguf")


def test_settings_of_the_instance_size_the_chat_engine(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "instance" / "demeure.toml").write_text("engine_context = 1024\nengine_slots = 5\n")
    shell.run("import", tmp_path / "chat.gguf")
    chosen = shell.data("use", "chat", "chat")["chat"]
    assert (chosen["context"], chosen["slots"]) == (1024, 5)
    chosen = shell.data("use", "chat", "chat", "--context", 512, "--slots", 1)["chat"]
    assert (chosen["context"], chosen["slots"]) == (512, 1)


def test_verify_ends_with_1_when_a_file_changed(shell: Shell, tmp_path: Path) -> None:
    assert "Aucun modèle" in shell.run("verify")
    shell.run("import", tmp_path / "chat.gguf")
    assert "chat: ok" in shell.run("verify")
    place = tmp_path / "instance/models/chat.gguf"
    place.chmod(0o600)
    place.write_bytes(gguf()[:-1] + b"?")
    assert "CHANGÉ" in shell.run("verify", "chat", code=1)
    assert shell.data("verify", code=1)[0]["ok"] is False
    place.unlink()
    assert "ABSENT" in shell.run("verify", code=1)
    assert "n’est pas dans cette maison" in doctor_said(tmp_path, "fr")
    place.mkdir()  # there, and the system refuses to read it
    told = shell.run("verify", code=1)
    assert "ILLISIBLE, c’est un dossier" in told and "ABSENT" not in told
    assert "ne peut pas être lu" in doctor_said(tmp_path, "fr") and "cannot be read" in doctor_said(tmp_path, "en")


def doctor_said(tmp_path: Path, language: str) -> str:
    """Of the model « chat »."""
    return str(getattr(_model(ModelStore(tmp_path / "instance/models"), "chat", "chat"), language))


def invoked(shell: Shell, *words: object) -> Result:
    return CliRunner().invoke(models_cmd.command, [str(word) for word in words], obj=shell.obj)


@pytest.fixture
def reloads(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """An open house, told as often as this says."""
    asked: list[Path] = []
    monkeypatch.setattr(models_cmd, "_reload", lambda instance: asked.append(instance) or True)
    return asked


def test_a_house_is_said_to_load_the_file_that_was_chosen_and_no_other(
    shell: Shell, tmp_path: Path, reloads: list[Path]
) -> None:
    shell.run("import", tmp_path / "chat.gguf")
    shell.run("use", "chat", "chat")
    reloads.clear()
    assert "La maison le charge" in invoked(shell, "import", tmp_path / "chat.gguf").stderr and len(reloads) == 1
    place = tmp_path / "instance/models"
    manifest = json.loads((place / "manifest.json").read_text())
    (place / "manifest.json").write_text(json.dumps(manifest | {"models": []}))
    (place / "chat.gguf").unlink()
    (tmp_path / "chat.gguf").write_bytes(gguf(filler=b"9"))
    told = invoked(shell, "import", tmp_path / "chat.gguf", "--json")
    assert json.loads(told.stdout)["id"] == "chat" and len(reloads) == 1
    assert "La maison le charge" not in told.stderr and "demeure models use chat chat" in told.stderr


def test_what_came_is_loaded_and_told_though_the_next_one_does_not_come(
    shell: Shell, tmp_path: Path, reloads: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    shell.run("import", tmp_path / "chat.gguf")
    shell.run("use", "chat", "chat")
    reloads.clear()
    store = ModelStore(tmp_path / "instance/models")

    def pulled(_store: ModelStore, model_id: str, _language: str, *, quiet: bool) -> Installed:
        if model_id != "starter-chat":
            raise NoSourceWorked(id=model_id, detail="away", detail_en="away")
        return store.get("chat")

    monkeypatch.setattr(models_cmd, "_pulled", pulled)
    told = invoked(shell, "pull", "starter-chat", "embeddings", "--json")
    assert isinstance(told.exception, NoSourceWorked) and len(reloads) == 1
    assert [row["id"] for row in json.loads(told.stdout)] == ["chat"] and "La maison le charge" in told.stderr


def test_the_name_that_advice_gives_is_fetched_too(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def pulled(_store: ModelStore, model_id: str, _language: str, *, quiet: bool) -> Installed:
        asked.append(model_id)
        raise NoSourceWorked(id=model_id, detail="away", detail_en="away")

    monkeypatch.setattr(models_cmd, "_pulled", pulled)
    invoked(shell, "pull", "ministral-3-8b-instruct-2512")
    assert asked == ["ministral-3-8b"]
    told = invoked(shell, "pull", "gemma-4-26b-a4b-it")
    assert isinstance(told.exception, ModelUnknown) and asked == ["ministral-3-8b"], "no file of it is known here"
    catalogue = ModelStore(shell.obj["instance"] / "models").catalogue
    held = {one.file: one for one in open_models() if one.file}
    assert len(held) >= 4
    for name, one in held.items():
        weights = one.weights("q4_k_m") if one.task == "chat" else None
        assert weights is None or not weights[1] or weights[0] == catalogue.get(name).bytes


def test_a_house_that_is_not_told_takes_nothing_from_what_is_installed(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell.run("import", tmp_path / "chat.gguf")
    shell.run("use", "chat", "chat")

    def refused(_instance: Path) -> bool:
        raise StoreBusy

    monkeypatch.setattr(models_cmd, "_reload", refused)
    told = invoked(shell, "import", tmp_path / "chat.gguf", "--json")
    assert told.exit_code == 0 and json.loads(told.stdout)["id"] == "chat"
    assert "n’a pas été prévenue" in told.stderr and StoreBusy().sentence("fr") in told.stderr


def test_progress_off_a_terminal_is_calm_and_names_its_phases(
    shell: Shell, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = CliRunner().invoke(models_cmd.command, ["import", str(tmp_path / "chat.gguf")], obj=shell.obj).stderr
    assert told.splitlines() == ["chat.gguf, copie : 100 %", "chat.gguf, vérification : 100 %"]
    with models_cmd._phases("starter-chat", "en", quiet=False) as phases:
        fetch = phases("fetch")
        for done in (0, 5, 90, 40, 90, 100, 100):
            fetch(done, 100)
        phases("convert")(0, 0)
    assert capsys.readouterr().err.splitlines() == [
        "starter-chat, receiving: 0%", "starter-chat, receiving: 90%", "starter-chat, receiving: 100%",
        "starter-chat, converting",
    ]  # fmt: skip
    with models_cmd._phases("starter-chat", "fr", quiet=True) as phases:
        phases("fetch")(5, 10)
    assert capsys.readouterr().err == ""


def test_figures_of_the_bar_are_in_the_reader_s_units() -> None:
    assert models_cmd._figures(412_300_000, 1_117_000_000, "fr") == "412 sur 1117 Mo"
    assert models_cmd._figures(412_300_000, 1_117_000_000, "en") == "412 of 1117 MB"
    assert [models_cmd._figures(done, 0, "fr") for done in (0, 5_000_000)] == ["", "5 Mo"]


def test_a_source_that_failed_is_not_the_end(capsys: pytest.CaptureFixture[str]) -> None:
    for language, another in (("fr", "Une autre source est essayée"), ("en", "Another source is tried")):
        models_cmd._source_failed(SourceUnavailable(source="hub", detail="away"), language)
        assert another in capsys.readouterr().err


def test_what_does_not_exist_has_its_own_sentence(shell: Shell) -> None:
    for words in (
        ("pull", "test-chat", "poème"),
        ("use", "chat", "poème"),
        ("remove", "poème"),
        ("verify", "poème"),
    ):
        with pytest.raises(ModelUnknown) as refusal:
            shell.run(*words)
        assert refusal.value.exit_code == 2 and "poème" in refusal.value.sentence("fr")
    with pytest.raises(ModelAbsent):
        shell.run("use", "chat", "starter-chat")


def test_the_demonstration_keeps_what_was_chosen(shell: Shell, tmp_path: Path) -> None:
    instance = tmp_path / "instance"
    shell.run("import", tmp_path / "chat.gguf")
    shell.run("use", "chat", "chat")
    models_cmd.pull_missing(instance, [("chat", "starter-chat")], "fr")
    assert json.loads((instance / "models/chosen/active.json").read_text())["chat"]["id"] == "chat"
    with pytest.raises(ModelUnknown):
        models_cmd.pull_missing(instance, [("embed", "inconnu")], "fr")


def test_engine_status_says_which_engine_serves(shell: Shell, tmp_path: Path) -> None:
    shell.run("import", tmp_path / "chat.gguf")
    shell.run("use", "chat", "chat")
    found = shell.data("status", group=engine_cmd)
    assert found["engine"] == "wheel" and found["models"]["chat"]["id"] == "chat" and found["machine"]["cores"] >= 1
    assert "Moteur" in shell.run("status", group=engine_cmd)
    (tmp_path / "instance" / "demeure.toml").write_text('engine_command = "/opt/llama-server"\n')
    assert shell.data("status", group=engine_cmd)["engine"] == "command"
    assert "/opt/llama-server" in shell.run("status", group=engine_cmd)


def test_a_model_brought_before_the_instance_makes_a_folder_that_others_do_not_read(tmp_path: Path) -> None:
    (tmp_path / "chat.gguf").write_bytes(gguf())
    instance = tmp_path / "house"
    words = ["import", str(tmp_path / "chat.gguf")]
    done = CliRunner().invoke(models_cmd.command, words, obj={"instance": instance, "language": "fr"})
    assert done.exit_code == 0 and "models use chat chat" in done.output
    assert instance.stat().st_mode & 0o777 == 0o700
