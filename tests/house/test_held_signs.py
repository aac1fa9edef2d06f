"""French signs are held to their words by spaces that no line breaks at: errors, help, what verifies alone."""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from string import Formatter

import click
import pytest

import demeure
from demeure.cli.english import ENGLISH
from demeure.cli.main import COMMANDS, cli
from demeure.cli.speech import dressed
from demeure.errors import bound, known_errors
from demeure.journal import verify, verify_statement

LOOSE = re.compile(r" [:;!?»](?:[\s»),.…]|$)|« ")


def loose(told: Iterator[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(name, text) for name, text in told if LOOSE.search(text)]


def test_signs_are_held_once_and_for_all() -> None:
    told = "Le dossier « {name} » manque : {why} ; rien n’est perdu ! Pourquoi ? --option x:y a ?b"
    held = bound(told)
    assert held == (
        "Le dossier «\u00a0{name}\u00a0» manque\u00a0: {why}\u202f; rien n’est perdu\u202f! Pourquoi\u202f?"
        " --option x:y a ?b"
    )
    assert bound(held) == held


def test_every_error_holds_its_signs() -> None:
    for module in pkgutil.walk_packages(demeure.__path__, "demeure."):
        if module.name.endswith("errors"):
            importlib.import_module(module.name)
    errors = known_errors()
    assert len(errors) > 150
    told = {
        code: cls(**dict.fromkeys(_fields(cls.fr), "x")).sentence("fr").replace(" ?", "")
        for code, cls in errors.items()
    }
    assert not loose(iter(told.items())) and any("\u202f;" in one for one in told.values())


def _fields(sentence: str) -> list[str]:
    return [name for _, name, _, _ in Formatter().parse(sentence) if name]


def _help(command: click.Command, path: str) -> Iterator[tuple[str, str]]:
    yield path, command.help or ""
    for option in command.params:
        yield f"{path} {option.name}", getattr(option, "help", "") or ""
    if isinstance(command, click.Group):
        for name, inner in command.commands.items():
            yield from _help(inner, f"{path} {name}")


def test_every_help_holds_its_signs() -> None:
    ctx = click.Context(cli, obj={"language": "fr"})
    for name in COMMANDS:
        command = importlib.import_module(f"demeure.cli.{name}_cmd").command
        assert not loose(_help(dressed(command, "fr"), name))
        english = [text for _, text in _help(dressed(command, "en"), name)]
        assert not [text for text in english if "\u00a0" in text and text not in ENGLISH.values()]
    assert not LOOSE.search(cli.get_help(ctx)) and "\u00a0:" in cli.get_help(ctx)


@pytest.mark.parametrize("room", [verify, verify_statement], ids=lambda room: room.__name__.rsplit(".", 1)[-1])
def test_what_verifies_alone_holds_its_signs(room: object) -> None:
    french = [*getattr(room, "SAY", {}).get("fr", {}).values(), *getattr(room, "FRENCH", {}).values()]
    assert french
    assert not [text for text in french if LOOSE.search(text)]
