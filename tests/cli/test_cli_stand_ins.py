"""What stands for a value in the help of every command is in the language of that help."""

import importlib
import re
from collections.abc import Iterator

import click
import pytest

from demeure.cli.main import COMMANDS, cli
from demeure.cli.speech import _ENGLISH_METAVARS, _METAVARS, SpeakingContext, dressed

SAME = {"ACTION", "DOCUMENT", "DOCUMENTS"} | {
    "ID",
    "INCIDENT",
    "NIR",
    "NOTE",
    "OPTIONS",
    "QUESTION",
    "ROUTE",
    "SECTION",
}
"""Words of both languages, and names of things."""
BOTH = SAME | {"SOURCE", "MM", "JJTHH", "YYYY", "DDTHH"}
FRENCH = BOTH | {*_METAVARS.values(), *re.findall(r"\w+", " ".join(_ENGLISH_METAVARS))}
STAND_IN = re.compile(r"(?<![-\w])[A-ZÀ-Ý]{2,}(?!\w)")


def commands(command: click.Command, name: str, above: click.Context) -> Iterator[tuple[str, set[str]]]:
    """(path, the stand-ins of its usage and of its options)."""
    ctx = SpeakingContext(command, info_name=name, parent=above)
    rows = [row[0] for one in command.params if (row := one.get_help_record(ctx))]
    formatter = ctx.make_formatter()
    formatter.write_dl([(row, "") for row in rows] or [("", "")])
    usage = ctx.get_usage().partition(ctx.command_path)[2]
    yield ctx.command_path, {*STAND_IN.findall(usage), *STAND_IN.findall(formatter.getvalue())}
    if isinstance(command, click.Group):
        for inner, told in command.commands.items():
            yield from commands(told, inner, ctx)


def every(language: str) -> dict[str, set[str]]:
    root = SpeakingContext(cli, info_name="demeure", obj={"language": language})
    found: dict[str, set[str]] = {}
    for name in COMMANDS:
        command = importlib.import_module(f"demeure.cli.{name}_cmd").command
        found |= dict(commands(dressed(command, language), name, root))
    return found


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_stand_in_is_of_the_language_of_the_help(language: str) -> None:
    found = every(language)
    assert len(found) > 150
    if language == "fr":
        foreign = {path: words - FRENCH for path, words in found.items() if words - FRENCH}
    else:
        ours = FRENCH - BOTH - set(_METAVARS)
        foreign = {path: words & ours for path, words in found.items() if words & ours}
    assert foreign == {}
    assert {"PERSONNE", "DOSSIER", "NOMBRE"} <= set().union(*every("fr").values())
