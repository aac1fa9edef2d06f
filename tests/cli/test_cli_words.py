"""What the command line says in French: no state, role or date as machines write them; what one waits for."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from demeure.cli import link_cmd, models_advise, task_cmd
from demeure.cli.flows_cmd import _names
from demeure.cli.journal_lines import print_entries
from demeure.cli.main import main
from demeure.cli.terminal import day_told, moment_told


def run(*words: str) -> int | str | None:
    with pytest.raises(SystemExit) as ended:
        main(list(words))
    return ended.value.code


@pytest.mark.usefixtures("paris")
def test_hours_are_those_of_the_machine_as_on_the_pages(capsys: pytest.CaptureFixture[str]) -> None:
    assert moment_told("2026-11-27T23:02:11Z", "fr") == "28/11/2026 0\u00a0h\u00a002"
    assert moment_told("2026-07-27T08:02:11.5+00:00", "en") == "2026-07-27 10:02"
    assert moment_told("2026-11-27T08:02", "en") == "2026-11-27 08:02", "it names no zone"
    assert moment_told("2026-11-27", "en") == "2026-11-27"
    entry = {"index": 7, "time": "2026-11-27T20:19:15.123456Z", "outcome": None, "chain": ""}
    told = {"who": "La maison", "said": "Ouverture", "about": ""}
    for whole in (True, False):
        print_entries("fr", {"entries": [entry], "told": [told]}, whole=whole)
        assert "21:19" in capsys.readouterr().out


def test_dates_are_written_as_people_write_them() -> None:
    assert (day_told("2026-11-27T08:02:11Z", "fr"), day_told("2026-11-27", "en")) == ("27/11/2026", "2026-11-27")
    assert moment_told("2026-11-27T08:02:11", "fr") == "27/11/2026 8\u00a0h\u00a002"
    assert moment_told("2026-11-27T08:02:11", "en") == "2026-11-27 08:02"
    assert (moment_told("", "fr"), day_told("", "en"), day_told("hier", "fr")) == ("-", "-", "hier")


def test_ends_of_flows_have_the_names_of_the_pages() -> None:
    french, english = _names("fr"), _names("en")
    assert [french(end) for end in ("gateway", "engine-chat", "people")][:2] == ["Accueil", "Moteur de rédaction"]
    assert french("people") != "people" and english("worker") == "Worker"
    assert french("mail.example.org") == "mail.example.org"


def test_works_are_listed_with_their_state_in_words(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    one = {"work": "0123456789", "task": "courriel", "title": "Salle"}
    works = [one | {"state": state} for state in ("drafting", "done", "failed")]
    monkeypatch.setattr(task_cmd, "call", lambda *_: {"works": works})
    run("--language", "fr", "task", "works")
    told = capsys.readouterr().out
    assert not {"drafting", "done", "failed"} & set(told.split()), told


def test_a_link_is_told_with_how_often_and_how_long_it_serves(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def made(*_: Any) -> dict[str, Any]:
        return {"url": "http://127.0.0.1/lien/x", "minutes": 30}

    monkeypatch.setattr(link_cmd, "_link", made)
    run("--language", "fr", "link")
    out, err = capsys.readouterr()
    assert out == "http://127.0.0.1/lien/x\n", "a program reads the address alone"
    assert "une fois" in err and "30\u00a0minutes" in err


def test_a_place_whose_folder_is_missing_says_to_create_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = tmp_path / "copies"
    arguments = ("--instance", str(tmp_path), "--language", "fr", "backup", "place", "add", "nas", str(missing))
    assert run(*arguments) == 5
    assert "mkdir" in capsys.readouterr().err


def test_reasons_of_advised_models_are_apart_as_french_wants(monkeypatch: pytest.MonkeyPatch) -> None:
    rows: list[str] = []
    monkeypatch.setattr(models_advise, "table", lambda _, lines: rows.extend(line[-1] for line in lines))
    run("--language", "fr", "models", "advise", "--memory", "16", "--all")
    told = "\n".join(rows)
    assert ";" in told and all(told[at - 1] in "\u00a0\u202f" for at, sign in enumerate(told) if sign == ";")


def test_whoever_asks_for_a_draft_is_told_what_it_waits_for(capsys: pytest.CaptureFixture[str]) -> None:
    states = [
        {"ahead": None, "parts": []},
        {"ahead": 2, "parts": []},
        {"ahead": 2, "parts": [["", "", "busy"]]},
        {"ahead": None, "parts": [["", "", "busy"]]},
    ]

    class Door:
        async def stream(self, *_: Any) -> AsyncIterator[Any]:
            for state in states:
                yield SimpleNamespace(data={"event": "state", **state})
            yield SimpleNamespace(data={"event": "closed", "work": "w"})

    for quiet in (False, True):
        assert asyncio.run(task_cmd.followed(Door(), "tasks.run", {}, "fr", quiet)) == {"work": "w"}
        lines = capsys.readouterr().err.splitlines()
        assert len(lines) == (0 if quiet else 3), lines
        assert quiet or ("écrit" in lines[0] and "2" in lines[1] and lines[2] == lines[0])
