"""What a text of policy would erase is told in the terminal, and asked, before it holds."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from demeure.cli import policy_cmd
from demeure.cli.main import cli
from demeure.gateway.policy_checked import Checked
from demeure.gateway.policy_desk import checked_data
from demeure.policy import default_policy

ERASES = checked_data(Checked(default_policy(), (), ("+x",), past=(1, 0, 0, 2)))
QUIET = checked_data(Checked(default_policy(), (), ("+x",), strangers=("loin",)))
MADE = {"version": {"number": 3, "state": "applied"}}


class Door:
    """The house at the other end. ``asked``: what it was."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, checked: Mapping[str, Any]) -> None:
        self.checked, self.asked = checked, list[tuple[str, Any]]()
        monkeypatch.setattr(policy_cmd, "call", self)

    def __call__(self, _obj: Any, name: str, args: Any) -> Any:
        self.asked.append((name, args))
        return self.checked if name == "policy.check" else MADE

    @property
    def changes(self) -> list[str]:
        return [name for name, _ in self.asked if name != "policy.check"]


def ran(*words: str, answer: str | None = None, language: str = "fr") -> Result:
    return CliRunner().invoke(cli, ["--language", language, "policy", *words], input=answer)


@pytest.mark.parametrize("word", ["rollback", "apply", "approve"])
def test_it_is_asked_where_something_would_go(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, word: str) -> None:
    (file := tmp_path / "policy.toml").write_text("version = 1\n")
    about = str(file) if word == "apply" else "1"
    door = Door(monkeypatch, ERASES)
    for answer in (None, "\n", "n\n"):
        refused = ran(word, about, answer=answer)
        assert refused.exit_code == 1 and not door.changes
        assert "la maison effacera\u00a0: 1 document." in refused.stderr and "2 semaines" in refused.stderr
        assert "La politique n’a pas changé" in refused.stderr
    told = door.asked[0][1]
    assert told == ({"text": "version = 1\n", "file": "policy.toml"} if word == "apply" else {"number": 1})
    english = ran(word, about, language="en")
    assert "once it holds: 1 document." in english.stderr and "has not changed" in english.stderr
    for done in (ran(word, about, answer="o\n"), ran(word, about, "--yes")):
        assert done.exit_code == 0 and "Version 3 en vigueur." in done.stdout and "1 document." in done.stderr
    assert door.changes == [f"policy.{word}"] * 2


def test_nothing_is_asked_where_nothing_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    door = Door(monkeypatch, QUIET)
    done = ran("rollback", "1")
    assert done.exit_code == 0 and "loin" in done.stderr and door.changes == ["policy.rollback"]
    door = Door(monkeypatch, {**ERASES, "diff": []})
    assert ran("rollback", "1").exit_code == 0 and door.changes, "the house says that it is the same"
