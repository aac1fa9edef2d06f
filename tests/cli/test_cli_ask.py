"""What is asked at a terminal: told first, then sent or not."""

import sys
from types import SimpleNamespace
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from demeure.cli import ask_cmd

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
