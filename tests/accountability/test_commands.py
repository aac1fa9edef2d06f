"""``demeure registers sign``: what was shown is what is signed; asked by the command, through the real desk."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from demeure.accountability import Registers, seen
from demeure.accountability.errors import (
    DocumentMoved,
    FormerTextUnknown,
    PartUnknown,
    SectionTooLong,
    TextElsewhere,
)
from demeure.cli import course_cmd, evidence_cmd, registers_cmd
from demeure.cli.errors import EditorFailed, FileMissing
from demeure.errors import InputError
from demeure.testing.clock import StillClock
from demeure.testing.store import Instance, make_instance

from .test_evidence import door_of


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[Instance]:
    made = make_instance(tmp_path)
    yield made
    made.close()


def test_one_signs_what_was_shown(instance: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    door = door_of(instance)

    def call(_obj: Any, op: str, args: dict[str, Any]) -> dict[str, Any]:
        return dict(asyncio.run(door.call(op, args)).data)

    monkeypatch.setattr(registers_cmd, "call", call)
    kept = Registers(instance.house, StillClock())

    def run(*words: str, answer: str = "") -> Any:
        return CliRunner().invoke(registers_cmd.command, words, obj={"language": "fr"}, input=answer)

    shown = run("sign", "mesures", answer="n\n")
    assert shown.exit_code == 1 and "\n| Mesure |" in shown.output and kept.versions() == []
    assert run("sign", "mesures", answer="oui\n").exit_code == 0
    assert [one.number for one in kept.versions()] == [1]
    seen = call(None, "registers.show", {"document": "mesures"})["seen"]
    told = run("show", "mesures").output
    assert f"--seen {seen}" in told and "\n\n## " in told and "\n|---|---|---|\n" in told
    assert run("sign", "mesures", "--seen", seen).exit_code == 0
    assert isinstance(run("sign", "mesures", "--seen", "0" * 32).exception, DocumentMoved)
    assert [one.number for one in kept.versions()] == [2, 1]


def test_a_pack_since_no_day_is_refused_before_it_is_made(tmp_path: Path) -> None:
    told = CliRunner().invoke(evidence_cmd.command, ["pack", str(tmp_path / "pack"), "--since", "demain"])
    assert isinstance(told.exception, InputError) and "demain" in told.exception.sentence("fr")
    assert list(tmp_path.iterdir()) == []


def test_a_course_names_its_roles_in_words() -> None:
    told = CliRunner().invoke(course_cmd.command, ["show"], obj={"language": "fr"}).output
    assert "administrateur" in told.lower() and "administrator" not in told


def test_a_time_that_is_over_is_told_late() -> None:
    from demeure.cli.incident_cmd import _left

    assert _left(71) == ("71 heures pour le notifier", "71 hours to tell it")
    assert _left(1)[0] == "1 heure pour le notifier" and _left(0)[1] == "0 hours to tell it"
    assert _left(-1) == ("délai passé depuis 1 heure", "late by 1 hour")


def test_a_file_that_is_no_text_is_not_kept_as_one(
    instance: Instance, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    door = door_of(instance)
    monkeypatch.setattr(registers_cmd, "call", lambda _obj, op, args: dict(asyncio.run(door.call(op, args)).data))
    photo = tmp_path / "photo.md"
    photo.write_bytes(b"\x89PNG\xff\xfe")
    words = ("edit", "registre", "responsable", "--from", str(photo))
    told = CliRunner().invoke(registers_cmd.command, words, obj={"language": "fr"})
    assert isinstance(told.exception, FileMissing)
    assert Registers(instance.house, StillClock()).texts("registre") == {}


def test_a_part_that_is_too_long_is_told_so(
    instance: Instance, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    door = door_of(instance)
    monkeypatch.setattr(registers_cmd, "call", lambda _obj, op, args: dict(asyncio.run(door.call(op, args)).data))
    long = tmp_path / "long.md"
    long.write_text("a" * 30_000, encoding="utf-8")
    words = ("edit", "registre", "responsable", "--from", str(long))
    told = CliRunner().invoke(registers_cmd.command, words, obj={"language": "fr"})
    told_part = dict(asyncio.run(door.call("registers.show", {"document": "registre"})).data)["parts"]
    same = next(one["text"] for one in told_part if one["section"] == "responsable")
    (tmp_path / "same.md").write_text(f"{same}\n\n", encoding="utf-8")
    unchanged = ("edit", "registre", "responsable", "--from", str(tmp_path / "same.md"))
    said = CliRunner().invoke(registers_cmd.command, unchanged, obj={"language": "fr"}).output
    assert "Rien n’est changé" in said and Registers(instance.house, StillClock()).texts("registre") == {}
    assert isinstance(told.exception, SectionTooLong) and "20000" in told.exception.sentence("fr").replace(" ", "")


def test_a_part_is_emptied_in_an_editor_and_one_that_fails_changes_nothing(
    instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    door = door_of(instance)
    monkeypatch.setattr(registers_cmd, "call", lambda _obj, op, args: dict(asyncio.run(door.call(op, args)).data))
    monkeypatch.delenv("VISUAL", raising=False)

    def run(editor: str) -> Any:
        monkeypatch.setenv("EDITOR", editor)
        return CliRunner().invoke(
            registers_cmd.command, ("edit", "registre", "responsable"), obj={"language": "fr"}
        )

    failed = run("false").exception
    assert isinstance(failed, EditorFailed) and "false" in failed.sentence("fr")
    assert isinstance(run("no-such-editor").exception, EditorFailed)
    assert "Rien n’est changé" in run("true").output, "left without saving"
    assert Registers(instance.house, StillClock()).texts("registre") == {}
    assert "Enregistré" in run("truncate -s 0").output
    assert Registers(instance.house, StillClock()).texts("registre")["responsable"].text == ""


def test_who_followed_what_is_told_by_its_title(monkeypatch: pytest.MonkeyPatch) -> None:
    row = {"name": "Anne Petit", "course": "conduite", "right": 5, "asked": 5, "passed": True}
    row["at"] = "2026-11-26T12:00:00.000000Z"
    monkeypatch.setattr(course_cmd, "call", lambda *_: {"followed": [row], "wanting": []})
    told = CliRunner().invoke(course_cmd.command, ["list"], obj={"language": "fr"}).output
    assert "Répondre de la maison" in told and "conduite" not in told


def test_an_open_house_keeps_what_verify_found(instance: Instance) -> None:
    door = door_of(instance)
    assert asyncio.run(door.call("models.read", {"found": {"absent": "00"}})).data == {}
    for found in (None, ["x"], {"a": 3}):
        with pytest.raises(InputError):
            asyncio.run(door.call("models.read", {"found": found}))


def test_checks_are_set_apart_as_each_language_does(monkeypatch: pytest.MonkeyPatch) -> None:
    from demeure.cli.main import cli

    row = {"told": "m", "told_en": "m", "said": "s", "said_en": "s", "state": "held"}
    row |= {"checks": ["un", "deux"], "checks_en": ["one", "two"]}  # type: ignore[dict-item]
    monkeypatch.setattr(registers_cmd, "call", lambda *_: {"checks": [], "measures": [row]})
    for language, told in (("fr", "un ; deux"), ("en", "one; two")):
        assert told in CliRunner().invoke(cli, ["--language", language, "registers", "checks"]).output


def test_the_new_one_is_taken_once_it_was_said_and_a_former_text_comes_back(
    instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    door = door_of(instance)
    monkeypatch.setattr(registers_cmd, "call", lambda _obj, op, args: dict(asyncio.run(door.call(op, args)).data))

    def run(*words: str, answer: str = "", language: str = "fr") -> Any:
        return CliRunner().invoke(registers_cmd.command, words, obj={"language": language}, input=answer)

    kept = Registers(instance.house, StillClock())
    base, mine = "- Organisation\u00a0: x", "- Organisation\u00a0: la nôtre\n- Maire\u00a0: Zoé Lambert"
    kept.write("registre", "responsable", mine, base, "p1", seen("", base))
    refused = run("take", "registre", "responsable", answer="n\n")
    assert refused.exit_code == 1 and "la nôtre" in refused.output.partition("  par\n")[0]
    assert len(kept.former("registre")) == 1
    assert run("take", "registre", "responsable", answer="oui\n").exit_code == 0
    assert "la nôtre" not in kept.former("registre")[0].text
    assert "Rien à choisir" in run("take", "registre", "responsable").output
    listed = run("texts", "registre", "responsable").output
    assert "Claire Morvan" in listed and "responsable" in listed
    assert run("texts", "registre", "--number", "1").output == mine + "\n"
    assert "-- Organisation\u00a0: la nôtre" in run("texts", "registre", "--number", "1", "--compare").output
    elsewhere = run("texts", "registre", "nulle-part", "--number", "1").exception
    assert isinstance(elsewhere, TextElsewhere) and elsewhere.params["section"] == "responsable"
    assert isinstance(run("put-back", "registre", "7").exception, FormerTextUnknown)
    assert run("put-back", "registre", "1").exit_code == 0
    assert [one.text for one in kept.former("registre")][::2] == [mine, mine]
    assert "la même chose" in run("texts", "registre", "--number", "1", "--compare").output
    assert isinstance(run("take", "registre", "nulle-part").exception, PartUnknown)
    asked = {"document": "registre", "section": "responsable", "text": ""}
    part = next(
        one
        for one in dict(asyncio.run(door.call("registers.show", {"document": "registre"})).data)["parts"]
        if one["section"] == "responsable"
    )
    asyncio.run(door.call("registers.write", asked | {"seen": part["seen"]}))
    assert "take registre responsable --whole" in run("take", "registre", "responsable").output
    assert run("take", "registre", "responsable", "--whole", answer="oui\n").exit_code == 0
    assert kept.texts("registre")["responsable"].text == part["house"] != ""
    assert "Rien à choisir" in run("take", "registre", "responsable", "--whole").output
