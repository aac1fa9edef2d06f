"""What a request of a person says on the terminal: late is said late, a receipt that is not made yet too."""

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from demeure.cli import persons_cmd
from demeure.cli.main import cli

WAITS: dict[str, Any] = {
    "number": 1,
    "kind_said": "Effacement",
    "state_said": "Ouverte",
    "practice": False,
    "due_on": "2026-11-20",
    "late": 0,
    "found": [],
    "searched_at": "",
    "receipt": None,
}
ROW: dict[str, Any] = {"id": 1, "kind": "document", "kind_said": "Document", "name": "a.txt", "space": "Mairie"}
ROW |= {"places": [], "whole": 1, "likely": 0, "choice_said": "Effacer"}


@pytest.mark.parametrize(
    ("left", "french", "english"),
    [
        (-7, "Réponse due le 20/11/2026 (en retard de 7 jours).", "Answer due on 2026-11-20 (7 days late)."),
        (1, "Réponse due le 20/11/2026 (1 jour).", "Answer due on 2026-11-20 (1 day)."),
    ],
)
def test_late_is_said_late(monkeypatch: pytest.MonkeyPatch, left: int, french: str, english: str) -> None:
    monkeypatch.setattr(persons_cmd, "call", lambda *_: WAITS | {"left": left})
    for language, told in (("fr", french), ("en", english)):
        assert told in CliRunner().invoke(cli, ["--language", language, "people", "requests", "show", "1"]).output


def test_days_are_told_as_everywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    row = WAITS | {"kind": "erasure", "left": 3}
    monkeypatch.setattr(persons_cmd, "call", lambda *_: {**row, "requests": [row]})
    opened = CliRunner().invoke(cli, ["people", "requests", "open", "erasure", "Zed", "--note", "x"]).output
    listed = CliRunner().invoke(cli, ["people", "requests", "list"]).output
    assert "réponse due le 20/11/2026." in opened and "20/11/2026" in listed and "2026-11-20" not in listed


def test_an_erasure_that_waits_says_that_it_has_no_receipt(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    held = ROW | {"choice": "erase", "state": "held", "state_said": "Retenu", "reason_said": "archives publiques"}
    waits = WAITS | {"left": 3, "found": [held], "not_searched": []}
    monkeypatch.setattr(persons_cmd, "call", lambda *_: waits)
    receipt = tmp_path / "recu.json"
    asked = ["people", "requests", "erase", "1", "--yes", "--to", str(receipt)]
    done = CliRunner().invoke(cli, asked)
    assert done.exit_code == 1 and "Pas encore de reçu" in done.output and not receipt.exists()
    assert "Rien n’a été effacé\u202f; reste à faire\u00a0: 1 endroit." in done.output
    waits["found"] = [held, ROW | {"state": "done"}, ROW | {"state": "told"}]
    done = CliRunner().invoke(cli, ["--language", "en", *asked])
    assert done.exit_code == 1 and "1 place erased; left to do: 2 places." in done.output
    monkeypatch.setattr(persons_cmd, "call", lambda *_: WAITS | {"left": None, "receipt": {"entries": []}})
    done = CliRunner().invoke(cli, asked)
    assert done.exit_code == 0 and "reçu" not in done.output and receipt.exists()


def test_an_erasure_where_all_is_kept_takes_a_ground_and_has_no_receipt(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    sent: list[dict[str, Any]] = []
    refused = WAITS | {"left": None, "state": "refused", "state_said": "Refusée"}
    monkeypatch.setattr(persons_cmd, "call", lambda _obj, _name, asked: sent.append(asked) or refused)
    asked = ["people", "requests", "erase", "1", "--yes", "--to", str(tmp_path / "recu.json")]
    done = CliRunner().invoke(cli, [*asked, "--ground", "claims", "--why", "procès"])
    assert done.exit_code == 0 and "Pas de reçu : rien n’a été effacé." in done.output
    assert (sent[0]["ground"], sent[0]["why"]) == ("claims", "procès")


def test_what_was_decided_is_said_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    row = ROW | {"choice": "erase", "state_said": "À faire"}
    monkeypatch.setattr(persons_cmd, "call", lambda *_: WAITS | {"left": 3, "found": [row], "not_searched": []})
    shown = CliRunner().invoke(cli, ["people", "requests", "show", "1"]).output
    assert "Effacer À faire" in shown and "erase" not in shown
