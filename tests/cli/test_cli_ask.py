"""What is asked at a terminal: told first, then sent or not."""

import asyncio
import sys
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from demeure.cli import ask_cmd, search_cmd

ACCOUNT = "À qui est le compte FR1420041010050500013M02606 ?"


def told(monkeypatch: pytest.MonkeyPatch, language: str, answer: str) -> Result:
    terminal: Any = SimpleNamespace(isatty=lambda: True)
    monkeypatch.setattr(ask_cmd, "sys", SimpleNamespace(stdin=terminal, stdout=terminal, exit=sys.exit))

    @click.command()
    def asking() -> None:
        ask_cmd._warned(ACCOUNT, "", language)
        click.echo("sent")

    return CliRunner().invoke(asking, input=answer)


@pytest.mark.parametrize(("language", "yes", "no"), [("fr", "o", "n"), ("fr", "oui", ""), ("en", "y", "n")])
def test_what_identifies_somebody_is_told_beside_the_answer_and_agreed_to_in_ones_language(
    monkeypatch: pytest.MonkeyPatch, language: str, yes: str, no: str
) -> None:
    sent, kept = (told(monkeypatch, language, f"{one}\n") for one in (yes, no))
    assert sent.stdout.strip() == "sent" and sent.exit_code == 0
    assert "1 IBAN" in sent.stderr and {"fr": "[o/N]", "en": "[y/N]"}[language] in sent.stderr
    assert not kept.stdout.strip() and kept.exit_code == 1
    assert {"fr": "Rien n’a été envoyé", "en": "Nothing was sent"}[language] in kept.stderr


WHY = {"fr": "La clé est abîmée.", "en": "The key is damaged."}


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("fr", "Sans «\u00a0Paie\u00a0», qui ne s’ouvre pas. La clé est abîmée."),
        ("en", "Without “Paie”, which cannot be opened. The key is damaged."),
    ],
)
def test_a_space_that_does_not_open_is_named_with_the_reason(
    capsys: pytest.CaptureFixture[str], language: str, line: str
) -> None:
    class Door:
        async def stream(self, _op: str, _asked: Any) -> AsyncIterator[Any]:
            yield SimpleNamespace(data={"event": "started", "shut": {"s1": WHY}})
            yield SimpleNamespace(data={"event": "closed", "text": "", "outcome": "done"})

        async def call(self, _op: str) -> Any:
            return SimpleNamespace(data={"spaces": [{"id": "s1", "name": "Paie"}]})

    asyncio.run(ask_cmd.tell(Door(), {"question": "Quel tarif ?"}, language, show=True))
    assert capsys.readouterr().err.strip() == line
    found = {"whole": 0, "documents": [], "seconds": 0.1, "meant": None, "shut": {"Paie": WHY}}
    search_cmd._show(found, language, bold=False)
    assert capsys.readouterr().err.strip() == line
