"""Help and refusals of every command, in both languages; no sentence of one in the other."""

import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from demeure.cli import spaces_cmd
from demeure.cli.english import ENGLISH
from demeure.cli.main import COMMANDS, cli, main
from demeure.cli.speech import wished
from demeure.cli.task_cmd import TaskGroup
from demeure.gateway.locale import Sentences
from demeure.gateway.pages.members import RIGHT_WORDS
from demeure.policy import Right

FRENCH_STAND_INS = re.compile(r"\b(NUMÉRO|NOM|NOMBRE|ENDROIT|AAAA|DOSSIER|FICHIER|PARTIE|EMPREINTE|CHAMP|TEXTE)\b")
TABLE = Sentences.load().table


def commands() -> Iterator[tuple[list[str], click.Command]]:
    """Every command as its file makes it: the words that call it, itself."""

    def below(words: list[str], command: click.Command) -> Iterator[tuple[list[str], click.Command]]:
        yield words, command
        for name, inner in getattr(command, "commands", {}).items():
            yield from below([*words, name], inner)
        if isinstance(command, TaskGroup):  # any other name is a task's
            task = command.get_command(click.Context(command), "courriel")
            assert task is not None
            yield from below([*words, "courriel"], task)

    for name in COMMANDS:
        yield from below([name], importlib.import_module(f"demeure.cli.{name}_cmd").command)


def sentences() -> set[str]:
    """All the French of the help."""
    told = [cli.help, *(option.help for option in cli.params if isinstance(option, click.Option))]
    for _, command in commands():
        told.append(command.help)
        told += [option.help for option in command.params if isinstance(option, click.Option)]
    return {" ".join(text.split()) for text in told if text} - {"Show the version and exit."}


def test_every_sentence_has_its_english_and_no_english_is_left_over() -> None:
    assert sentences() == set(ENGLISH)


@pytest.mark.parametrize("words", [words for words, _ in commands()], ids=" ".join)
def test_help_is_in_the_language_asked_for(words: list[str]) -> None:
    french = CliRunner().invoke(cli, [*words, "--help"])
    english = CliRunner().invoke(cli, ["--language", "en", *words, "--help"])
    again = CliRunner().invoke(cli, [*words, "--help"])
    assert (french.exit_code, english.exit_code, again.output) == (0, 0, french.output)
    assert french.output.startswith("Usage\u00a0: ") and "Montre cette aide." in french.output
    assert english.output.startswith("Usage: ") and "Show this message and exit." in english.output
    flat = {"fr": " ".join(french.output.split()), "en": " ".join(english.output.split())}
    assert not FRENCH_STAND_INS.search(english.output)
    for fr, en in ENGLISH.items():
        assert fr not in flat["en"]
        assert (fr in flat["fr"]) == (en in flat["en"]), fr


@pytest.mark.parametrize(
    ("words", "environment", "language"),
    [
        ([], "", "fr"), (["up"], "en", "en"), (["--language", "en", "up"], "fr", "en"),
        (["--language=fr"], "en", "fr"), (["--help", "--language", "en"], "", "en"), (["--language"], "", "fr"),
        (["--language=de"], "en", "en"), (["--language=de"], "", "fr"),
    ],
)  # fmt: skip
def test_the_language_of_a_line(
    monkeypatch: pytest.MonkeyPatch, words: list[str], environment: str, language: str
) -> None:
    monkeypatch.setenv("DEMEURE_LANGUAGE", environment)
    assert wished(words) == language


def test_a_terminal_in_english_is_spoken_to_in_french_until_it_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Servers are in English in France too; proofs and drafts are for people."""
    monkeypatch.delenv("DEMEURE_LANGUAGE", raising=False)
    monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")
    assert wished(["up"]) == "fr" and "Montre cette aide." in CliRunner().invoke(cli, ["up", "--help"]).output
    monkeypatch.setenv("DEMEURE_LANGUAGE", "en")
    assert wished(["up"]) == "en" and "Show this message" in CliRunner().invoke(cli, ["up", "--help"]).output


@pytest.mark.parametrize(
    ("word", "right"),
    [
        ("read", "read"), ("lecteur", "read"), ("Reader", "read"), ("rédacteur", "contribute"),
        ("RÉFÉRENT", "manage"),
        ("re\u0301dacteur", "contribute"), ("writer", "contribute"), ("manager", "manage"), ("referent", "manage"),
        ("aucun", "none"), ("none", "none"),
    ],
)  # fmt: skip
def test_a_right_is_given_by_the_word_of_the_pages_too(word: str, right: str) -> None:
    (told,) = [one for one in spaces_cmd.give.params if one.name == "right"]
    assert told.type.convert(word, told, None) == right


@pytest.mark.parametrize("right", [right for right in Right if right in RIGHT_WORDS])
def test_commands_name_a_right_as_pages_do(right: Right) -> None:
    said = TABLE[RIGHT_WORDS[right]]
    assert spaces_cmd.RIGHTS[right.label][:2] == (said["fr"].casefold(), said["en"].casefold())
    assert TABLE[f"rights.{right.label}"] == {"fr": said["fr"].casefold(), "en": said["en"].casefold()}


def test_a_right_of_no_name_is_refused_in_english_with_the_words() -> None:
    run = CliRunner().invoke(cli, ["--language", "en", "spaces", "give", "Mairie", "jeanne", "king"])
    assert run.exit_code == 2 and "read (reader) or contribute (writer) or manage (manager) or none." in " ".join(
        run.output.split()
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["statu"], "la commande «\u00a0statu\u00a0» n’existe pas"),
        (["statut"], "Peut-être\u00a0: status"),
        (["up", "--prot", "3"], "Peut-être\u00a0: --port"),
        (["up", "--port", "many"], "un nombre entier de 0 à 65535"),
        (["routes", "open", "loin", "--expires", "2027-13-01"], "un jour qui existe, AAAA-MM-JJ"),
        (["size", "--first", "vite"], "attendu, un nombre."),
        (["up", "--port"], "«\u00a0--port\u00a0» demande une valeur. --port NOMBRE\u00a0: "),
        (["journal", "checkpoint", "--print"], "--print CHEMIN\u00a0: Feuille à imprimer\u00a0: fichier HTML"),
        (["status", "--json=x"], "«\u00a0--json\u00a0» s’écrit seule, sans valeur. --json\u00a0: Sortie JSON."),
        (["link", "me"], "argument en trop (me)"),
        (["documents", "add", "x"], "il manque «\N{NO-BREAK SPACE}--space\N{NO-BREAK SPACE}»"),
        (["ask"], "il manque «\N{NO-BREAK SPACE}QUESTION...\N{NO-BREAK SPACE}»"),
        (["models", "use", "both", "x"], "attendu, chat ou embed"),
        (
            ["spaces", "give", "Mairie", "jeanne", "roi"],
            "attendu, read (lecteur) ou contribute (rédacteur) ou manage (référent) ou none (aucun)",
        ),
        (["models", "import", "/nowhere.gguf"], "rien de tel"),
        (["models", "use", "chat", "x", "--context", "3"], "un entier d’au moins 256"),
    ],
)
def test_a_refusal_is_in_french_and_says_where_help_is(
    capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    told = capsys.readouterr().err
    assert ended.value.code == 2
    assert said in told and "Error" not in told
    assert "Pour l’aide\u00a0: demeure" in told
    with pytest.raises(SystemExit):
        main(["--language", "en", *words])
    assert "Error: " in capsys.readouterr().err


def test_an_option_without_its_value_is_told_with_what_it_wants(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--language", "en", "journal", "checkpoint", "--print"])
    told = capsys.readouterr().err
    assert "Usage: demeure journal checkpoint" in told
    assert "Option '--print' requires an argument. --print PATH: Sheet to print" in told


@pytest.mark.parametrize(
    ("language", "said"),
    [("fr", ("ne porte pas de clé", "demeure journal head")), ("en", ("carries no key", "demeure journal head"))],
)
def test_a_checkpoint_without_its_key_says_where_the_key_is(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, language: str, said: tuple[str, ...]
) -> None:
    held = tmp_path / "point"
    held.write_text("demeure.local/mairie\n12\nAAAA\n\n— demeure.local/mairie AAAA\n")
    with pytest.raises(SystemExit) as ended:
        main(["--language", language, "verify", str(held)])
    told = capsys.readouterr().err
    assert ended.value.code == 2
    assert all(words in told for words in (*said, "journal/vkey", f"demeure verify {held} --vkey"))


def test_help_before_the_language_is_in_it_too(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help", "--language", "en"])
    assert "Opens the house" in capsys.readouterr().out
