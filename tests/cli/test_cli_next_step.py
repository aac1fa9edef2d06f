"""What a newcomer is told to do next."""

import asyncio
import contextlib
import os
import signal
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest

from demeure.assistant.tasks.errors import FieldMissing
from demeure.cli import demo_cmd, house, people_cmd
from demeure.cli.demo_cmd import counted, not_good
from demeure.cli.doctor_cmd import Check
from demeure.cli.main import main


def test_what_is_only_told_does_not_count_as_passed() -> None:
    checks = [Check(str(n), ok, "", "") for n, ok in enumerate((True, True, None, False))]
    assert (
        counted(checks, "fr")
        == "Autocontrôle : 2 points sur 4, 1 en défaut (!), 1 à regarder (?) : demeure doctor."
    )
    assert counted(checks, "en") == "Self-check: 2 of 4, 1 wrong (!), 1 to look at (?): demeure doctor."
    told = [
        Check("house", None, "fermée", "closed"),
        Check("ok", True, "a", "b"),
        Check("key", False, "lue", "read"),
    ]
    assert not_good(told, "fr") == ["  ! lue", "  ? fermée"] and not_good(told, "en") == ["  ! read", "  ? closed"]
    for rows in (checks, told):  # the count and the list say the same
        listed = [line.strip()[0] for line in not_good(rows, "fr")]
        for mark, word in (("!", "en défaut"), ("?", "à regarder")):
            assert f"{listed.count(mark)} {word} ({mark})" in counted(rows, "fr")
    assert counted(checks[:2], "fr") == "Autocontrôle : 2 points sur 2."


@pytest.mark.parametrize(("level", "code"), [(None, 130), ("1", 0)])
def test_a_demo_that_somebody_stops_is_no_error_of_make(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    level: str | None,
    code: int,
) -> None:
    def stopped(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(demo_cmd, "_models", stopped)
    monkeypatch.setattr(demo_cmd, "_free", lambda *_: None)
    monkeypatch.delenv("MAKELEVEL", raising=False)
    if level:
        monkeypatch.setenv("MAKELEVEL", level)
    with pytest.raises(SystemExit) as ended:
        main(["--instance", str(tmp_path / "i"), "demo", "--sample", str(tmp_path)])
    assert ended.value.code == code
    again = f"make demo INSTANCE={tmp_path}/i" if level else f"demeure --instance {tmp_path}/i demo"
    assert capsys.readouterr().out.strip() == f"Tout est arrêté. Pour recommencer : {again}"


@pytest.mark.parametrize(("stopped", "code"), [(True, 0), (False, 1)])
def test_a_demo_whose_self_check_found_something_ends_well_when_somebody_stops_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, stopped: bool, code: int
) -> None:
    """``stopped``: by Ctrl-C; otherwise the house went by itself."""

    async def found(*_: object) -> int:
        asyncio.get_running_loop().call_later(0.2, os.kill, os.getpid(), signal.SIGINT) if stopped else None
        return 1

    class Door:
        async def close(self) -> None:
            over.set()

    async def open_(*_: object) -> Door:
        return Door()

    class House:
        def wait(self) -> None:
            over.wait(10 if stopped else 0)

    over = threading.Event()
    monkeypatch.setattr(demo_cmd, "_models", lambda _: None)
    monkeypatch.delenv("MAKELEVEL", raising=False)  # make runs the tests too
    monkeypatch.setattr(demo_cmd, "_free", lambda *_: None)
    monkeypatch.setattr(demo_cmd, "_show", found)
    monkeypatch.setattr(house, "launched", lambda *_: contextlib.nullcontext(House()))
    monkeypatch.setattr(house, "wait_open", open_)
    with pytest.raises(SystemExit) as ended:
        main(
            [
                "--language",
                "en",
                "--instance",
                str(tmp_path / "i"),
                "demo",
                "--port",
                "0",
                "--sample",
                str(tmp_path),
            ]
        )
    assert ended.value.code == code
    said = capsys.readouterr().out.strip().splitlines()[-1]
    assert said.startswith("Everything is stopped. To start again: ") and said.endswith("demo --port 0")


@pytest.mark.parametrize(("language", "words"), [("fr", "Aucun espace"), ("en", "No space is open")])
def test_who_was_added_sees_no_space_yet(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], language: str, words: str
) -> None:
    answer = {"person": {"login": "jeanne"}, "url": "http://127.0.0.1/lien/x"}
    monkeypatch.setattr(people_cmd, "call", lambda *_: answer)

    def told(*more: str) -> tuple[str, str]:
        with pytest.raises(SystemExit):
            main(["--language", language, "people", "add", "jeanne", *more])
        return capsys.readouterr()

    out, err = told()
    assert out.endswith("/lien/x\n") and words in err and "demeure spaces give" in err and " jeanne " in err
    assert "spaces give" not in told("--role", "contractor")[1], "a role that no space can be opened to"


@pytest.mark.parametrize(
    ("language", "words"), [("fr", ("lecteur", "rédacteur", "référent")), ("en", ("reads", "adds", "gives rights"))]
)
def test_the_levels_of_a_space_are_explained(
    capsys: pytest.CaptureFixture[str], language: str, words: tuple[str, ...]
) -> None:
    with pytest.raises(SystemExit):
        main(["--language", language, "spaces", "give", "--help"])
    told = capsys.readouterr().out
    assert all(word in told for word in words)


def test_nothing_is_said_to_be_kept_that_a_terminal_does_not_keep() -> None:
    told = FieldMissing(field="Notes")
    assert "gardé" not in told.sentence("fr") and "kept" not in told.sentence("en")


class Door:
    """A control door: ``people`` as the house lists them; ``links``: how many were made."""

    def __init__(self, *people: dict[str, object]) -> None:
        self.people, self.links = people, 0

    async def call(self, operation: str, _args: object = None) -> SimpleNamespace:
        self.links += operation == "link.create"
        told = {"people.list": {"people": list(self.people)}, "status": {"address": "http://127.0.0.1:8420"}}
        return SimpleNamespace(data=told.get(operation, {"url": "http://127.0.0.1:8420/lien/x"}))


@pytest.mark.parametrize(("chosen", "links"), [(False, 1), (True, 0)])
def test_the_demo_makes_a_link_only_while_nobody_chose_a_password(
    chosen: bool, links: int, capsys: pytest.CaptureFixture[str]
) -> None:
    door = Door({"login": "admin", "role": "administrator", "open": True, "has_password": chosen})
    given = asyncio.run(demo_cmd._way_in(door, "fr"))  # once the pages are open, then after the answer
    asyncio.run(demo_cmd._way_in(door, "fr", given))
    told = capsys.readouterr().out
    assert door.links == links and told.count("/lien/x") == 2 * links and ("demeure link" in told) is chosen


def test_a_link_of_the_demo_that_is_soon_over_is_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    door = Door({"login": "admin", "role": "administrator", "open": True, "has_password": False})
    given = asyncio.run(demo_cmd._way_in(door, "fr"))
    monkeypatch.setattr(demo_cmd, "LINK_SECONDS", -1)
    asyncio.run(demo_cmd._way_in(door, "fr", given))
    assert door.links == 2
