"""The doctor says the same thing in both languages, the house open or closed, whole or damaged."""

import json
import os
import random
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from people import Person

from demeure.cli.doctor_bases import examine_bases
from demeure.cli.doctor_cmd import _inside, _process
from demeure.cli.doctor_machine import examine_machine
from demeure.confinement.facts import start_time
from demeure.testing.administration import process

ME = Person(os.geteuid())


def checks(instance: Path, code: int = 1) -> dict[str, dict[str, Any]]:
    return {c["name"]: c for c in json.loads(ME.output(instance, "doctor", "--json", code=code))["checks"]}


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Its house is open, and has a journal."""
    place = tmp_path_factory.mktemp("doctor") / "instance"
    ME.tell(place, "spaces", "create", "Mairie")
    place.chmod(0o700)
    with ME.house(place):
        ME.tell(place, "spaces", "list")
        yield place


def test_an_open_house_is_asked_from_inside_too(instance: Path) -> None:
    found = checks(instance)
    assert found["walls"]["ok"] and "niveau A" in found["walls"]["fr"] and "level A" in found["walls"]["en"]
    assert found["gateway"]["fr"] == "gateway : en marche" and found["gateway"]["en"] == "gateway: running"
    for name in ("house-journal", "house-supervisor", "house-documents"):
        assert found[name]["ok"] and found[name]["fr"] != found[name]["en"]
    assert "entrées recalculées" in found["journal"]["fr"] and "entries recomputed" in found["journal"]["en"]
    assert {name for name, check in found.items() if check["ok"] is False} == {"models"}


@pytest.mark.parametrize(("language", "no", "other"), [("fr", "NON", "No model"), ("en", " NO ", "Aucun")])
def test_the_text_is_in_one_language(instance: Path, language: str, no: str, other: str) -> None:
    said = ME.tell(instance, "--language", language, "doctor", code=1)
    assert no in said and other not in said


def test_an_open_house_without_a_model_says_so_and_what_to_type(instance: Path) -> None:
    for language, said in (("fr", "Aucun modèle n’est choisi"), ("en", "No model is chosen")):
        told = ME.tell(instance, "--language", language, "status")
        assert said in told and "demeure models use chat starter-chat" in told
        assert "demeure models use embed embeddings" in told
    assert "Aucun modèle" not in ME.tell(instance.parent / "nowhere", "status", code=1), "nothing runs"


def test_a_damaged_journal_is_named_in_both_languages(tmp_path: Path) -> None:
    place = tmp_path / "instance"
    ME.tell(place, "spaces", "create", "Mairie")
    note = place / "journal" / "checkpoint"
    note.write_text(note.read_text().replace("\n\n", "\n-\n", 1))
    found = checks(place)["journal"]
    assert found["ok"] is False
    assert found["fr"].startswith("ÉCHEC") and found["en"].startswith("FAILED")


def test_a_wrong_setting_is_named_in_both_languages(tmp_path: Path) -> None:
    place = tmp_path / "instance"
    ME.tell(place, "spaces", "create", "Mairie")
    assert checks(place)["settings"]["ok"]
    with (place / "demeure.toml").open("a") as settings:
        settings.write("prot = 3\n")
    found = checks(place)["settings"]
    assert found["ok"] is False and "prot" in found["fr"] and "does not exist" in found["en"]


def test_a_part_that_cannot_run_says_why_in_both_languages() -> None:
    failure = {"code": "ModelHashWrong", "fr": "m.gguf est refusé.", "en": "m.gguf is refused."}
    absent = {"code": "absent", "fr": "ne tourne pas", "en": "is not running"}
    check = _process(process("engine-chat", 0, 0, state="down", failure=failure, differences=[absent]))
    assert check.ok is False
    assert check.fr == "engine-chat : à l’arrêt. m.gguf est refusé."
    assert check.en == "engine-chat: down. m.gguf is refused."
    leak = {"code": "descriptor", "fr": "", "en": ""}
    check = _process(process("gateway", 1, 0, failure=None, differences=[leak]))
    assert check.ok is False and "1 écart au profil" in check.fr and "1 gap with" in check.en


def test_the_port_is_where_the_house_serves_not_what_the_settings_say(tmp_path: Path) -> None:
    """A house opened with --port; then the same settings, their port taken by another program."""
    (tmp_path / "run").mkdir()
    with socket.create_server(("127.0.0.1", 0)) as other:
        number = other.getsockname()[1]
        (tmp_path / "demeure.toml").write_text(f"port = {number}\n")
        me = {"pid": os.getpid(), "started": start_time(os.getpid())}
        state = {"roles": [me], "address": ["127.0.0.1", 8790]}
        (tmp_path / "run" / "house.json").write_text(json.dumps(state))
        _, ok, fr, en = next(row for row in examine_machine(tmp_path) if row[0] == "port")
        assert ok and "127.0.0.1:8790, servi par la maison" in fr and f"demeure.toml dit {number}" in fr
        assert "127.0.0.1:8790, served" in en and f"demeure.toml says {number}" in en
        (tmp_path / "run" / "house.json").unlink()
        _, ok, fr, en = next(row for row in examine_machine(tmp_path) if row[0] == "port")
        assert ok is False and "un autre programme tient déjà cette adresse" in fr and "already" not in fr
        assert "Address already in use" in en


def flipped(path: Path, draw: random.Random) -> int:
    """One bit, anywhere in the file but in its first page. → the number of its page."""
    from demeure.store.database import PAGE

    offset = draw.randrange(PAGE, path.stat().st_size)
    with path.open("r+b") as file:
        file.seek(offset)
        byte = file.read(1)[0]
        file.seek(offset)
        file.write(bytes([byte ^ (1 << draw.randrange(8))]))
    return offset // PAGE + 1


def test_a_database_altered_by_hand_is_named_with_its_pages_and_the_way_back(tmp_path: Path) -> None:
    place = tmp_path / "instance"
    ME.tell(place, "spaces", "create", "Mairie")
    sound = checks(place)
    assert sound["databases"]["ok"] and "chaque page vérifiée\u00a0: 2 (" in sound["databases"]["fr"]
    assert "database" not in sound and "database-unchecked" not in sound
    (space,) = place.glob("spaces/*/space.db")
    good, draw = space.read_bytes(), random.Random(19)
    for _ in range(3):
        space.write_bytes(good)
        page = flipped(space, draw)
        found = checks(place)
        told = found["database"]
        assert told["ok"] is False and "l’espace «\u00a0Mairie\u00a0» est abîmée\u00a0: 1 de ses" in told["fr"]
        assert f"pages ({page})" in told["fr"] and "space “Mairie” is damaged: 1 of its" in told["en"]
        assert (
            'demeure backup restore DOSSIER\u00a0; ou les seuls documents de cet espace\u00a0: --space "Mairie"'
            in (told["fr"])
        )
        assert "every page checked: 1 (" in found["databases"]["en"], "the house’s own is sound"
    space.write_bytes(good)
    flipped(place / "house" / "house.db", draw)
    told = checks(place)["database"]
    assert told["ok"] is False and "(house.db) est abîmée" in told["fr"] and "--space" not in told["fr"]


def test_a_database_that_there_is_no_time_to_read_is_told_unchecked(tmp_path: Path) -> None:
    place = tmp_path / "instance"
    ME.tell(place, "spaces", "create", "Mairie")
    rows = examine_bases(place, whole=False, seconds=0.0)
    assert {(name, ok) for name, ok, _, _ in rows} == {("database-unchecked", None)} and len(rows) == 2
    assert all("n’est pas vérifiée" in fr and "demeure doctor --whole" in fr for _, _, fr, _ in rows)
    assert all("is not checked" in en for *_, en in rows)
    assert [(name, ok) for name, ok, _, _ in examine_bases(place, whole=True, seconds=0.0)] == [("databases", True)]


def test_a_house_that_does_not_answer_the_doctor_is_told_unchecked(monkeypatch: pytest.MonkeyPatch) -> None:
    class Slow:
        def __init__(self, _instance: Path) -> None:
            pass

        async def __aenter__(self) -> "Slow":
            raise TimeoutError

        async def __aexit__(self, *_: object) -> None:
            pass

    monkeypatch.setattr("demeure.cli.door.Door", Slow)
    (check,) = _inside(Path())
    assert check.ok is None and "n’est pas vérifié" in check.fr and "is not checked" in check.en
