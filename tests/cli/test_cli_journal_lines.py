"""Entries on a terminal: none is wider than it, and ``--whole`` cuts nothing."""

import os

import pytest

from demeure.cli import journal_lines
from demeure.cli.journal_lines import print_entries

CHAIN = "44b0284864774a7699313c9945b95eda"
FOUND = {
    "entries": [
        {"index": 123456, "time": "2026-11-27T20:19:44.123456Z", "outcome": "interrupted", "chain": CHAIN},
        {"index": 7, "time": "2026-11-27T20:19:15.123456Z", "outcome": None, "chain": ""},
    ],
    "told": [
        {
            "who": "compte n° 1000 de la machine, au nom assez long",
            "said": "Une commande de la machine est entrée",
            "about": "compte root de la machine (n° 0), ou root : non distingués ici, et encore ceci",
        },
        {"who": "La maison", "said": "Ouverture de la maison", "about": "", "why": "fait de la maison"},
    ],
}


def shown(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], width: int, *, whole: bool) -> str:
    monkeypatch.setattr(journal_lines.shutil, "get_terminal_size", lambda: os.terminal_size((width, 24)))
    monkeypatch.setattr(journal_lines.sys.stdout, "isatty", lambda: bool(width), raising=False)
    print_entries("fr", FOUND, whole=whole)
    return capsys.readouterr().out


def test_entries_fit_eighty_columns(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    lines = shown(monkeypatch, capsys, 80, whole=False).splitlines()
    assert len(lines) == 4 and max(map(len, lines)) <= 80 and any(line.endswith("…") for line in lines)
    assert lines[0].startswith("123456 2026-11-27 20:19 interrompu  44b02848 compte n° 1000")
    assert lines[3].strip() == "Ouverture de la maison"


def test_whole_cuts_nothing_and_fits_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    told = shown(monkeypatch, capsys, 80, whole=True)
    assert CHAIN in told and "2026-11-27 20:19:44" in told and "…" not in told
    assert "Ouverture de la maison (fait de la maison)" in told
    assert "et encore ceci" in " ".join(told.split()) and max(map(len, told.splitlines())) <= 80


def test_a_pipe_has_a_table_of_short_chains(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    told = shown(monkeypatch, capsys, 0, whole=False)
    assert told.startswith("entrée") and CHAIN[:8] in told and CHAIN[:9] not in told
