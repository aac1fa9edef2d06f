"""``demeure keys list`` says how far the key of an application goes."""

from typing import Any

import pytest

from demeure.cli import keys_cmd
from demeure.identity import QUOTA_FIELDS

KEY = {
    "name": "salon",
    "owner": "Jeanne",
    "scopes": ["models"],
    "spaces": [],
    "shut": [],
    "state": "open",
    "expires_at": "2027-01-02T08:00:00Z",
    "used_at": None,
    "today": {"requests": 0, "tokens": 0},
}


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("fr", "classe interne, demandes/min\u00a0: 60, jetons/jour\u00a0: 1"),
        ("en", "class interne, requests/min: 60, tokens/day: 1"),
    ],
)
def test_class_and_quotas_are_listed(language: str, told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    sheets: list[tuple[list[str], list[tuple[str, ...]]]] = []
    monkeypatch.setattr(keys_cmd, "listed", lambda _, columns, rows, *__: sheets.append((columns.split(","), rows)))
    limits: dict[str, Any] = {"class": "interne", "quotas": {"tokens_day": 1, "requests_minute": 60}}
    keys_cmd._print_applications(language, [KEY | limits, KEY | {"name": "nu", "class": "", "quotas": {}}])
    ((columns, rows),) = sheets
    assert {len(columns)} == {len(row) for row in rows}
    assert [row[columns.index("limites" if language == "fr" else "limits")] for row in rows] == [told, "-"]
    assert set(keys_cmd.QUOTAS) == set(QUOTA_FIELDS)
