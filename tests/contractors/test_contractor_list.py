"""The register on a terminal, in the reader's words."""

from typing import Any

import pytest
from click.testing import CliRunner

from demeure.cli import contractor_cmd

FOUND: dict[str, Any] = {
    "companies": [
        {
            "name": "Ouest Infogérance",
            "country": "France",
            "ends": "2027-12-31",
            "annex": "2026-01-02",
            "people": [{"login": "paul"}],
            "may": "restore update",
        }
    ],
    "windows": [
        {
            "number": 3,
            "firm": "Ouest Infogérance",
            "worker": "Paul Martin",
            "scope": "diagnosis",
            "state": "open",
            "closed_at": None,
            "until": "2026-11-28T10:00:00+00:00",
        }
    ],
    "requests": [
        {
            "at": "2026-11-28T09:00:00+00:00",
            "worker": "Paul",
            "firm": "Ouest",
            "window": 3,
            "what": "update",
        }
    ],
}


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("fr", ("restauration, mise à jour", "diagnostic sans contenus", "demande de mettre à jour la maison")),
        ("en", ("restore, update", "diagnosis without contents", "asks to update the house")),
    ],
)
def test_what_they_may_is_told_in_words(
    language: str, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contractor_cmd, "call", lambda *_: FOUND)
    told = CliRunner().invoke(contractor_cmd.command, ["list"], obj={"language": language}).output
    assert all(one in told for one in words), told
