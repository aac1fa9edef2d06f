"""How commands explain themselves: help and refusals in the reader's language, Click's own words included."""

import copy
import itertools
import os
import re
import sys
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import click

from demeure.errors import bound

LANGUAGES = ("fr", "en")
_FRENCH = {
    "Commands": "Commandes",
    "Show this message and exit.": "Montre cette aide.",
    "Show the version and exit.": "Dit la version.",
    "required": "obligatoire",
}
_METAVARS = {
    "INTEGER RANGE": "NOMBRE",
    "INTEGER": "NOMBRE",
    "TEXT": "TEXTE",
    "DIRECTORY": "DOSSIER",
    "FILE": "FICHIER",
    "PATHS": "FICHIERS",
    "PATH": "CHEMIN",
    "COMMAND": "COMMANDE",
    "ARGS": "ARGUMENTS",
    "SPACE": "ESPACE",
    "NAME": "NOM",
    "TO": "QUI",
    "LOGIN": "IDENTIFIANT",
    "MODELS": "MODÈLES",
    "MODEL": "MODÈLE",
    "SOUGHT": "RECHERCHE",
    "TARGET": "CIBLE",
    "ASKED": "DEMANDE",
    "ANSWER": "RÉPONSE",
    "WORDS": "MOTS",
    "FLOAT RANGE": "NOMBRE",
    "FLOAT": "NOMBRE",
    "ABOUT": "OBJET",
    "BUNDLE": "LOT",
    "COMPANY": "SOCIÉTÉ",
    "COUNT": "NOMBRE",
    "FILES": "FICHIERS",
    "FOLDER": "DOSSIER",
    "FORM": "FORME",
    "FORMER": "ANCIEN",
    "GROUP": "GROUPE",
    "HOLDER": "PERSONNE",
    "HOOK": "WEBHOOK",
    "NEWER": "NOUVEAU",
    "NUMBER": "NUMÉRO",
    "PLACE": "LIEU",
    "PROVIDER": "FOURNISSEUR",
    "REPLY": "RÉPONSE",
    "SENSITIVITY": "CLASSE",
    "VALUE": "VALEUR",
    "DURATION": "DURÉE",
    "WHO": "QUI",
    "WORK": "TRAVAIL",
}
"""What stands for a value in usages and options; whole words in capitals only."""
_ENGLISH_METAVARS = {
    "NUMÉRO": "NUMBER",
    "NOM|NIR|ADRESSE…": "NAME|NIR|ADDRESS…",
    "ENDROIT…": "PLACE…",
    "COURRIER": "LETTER",
    "AAAA-MM-JJ": "YYYY-MM-DD",
    "AAAA-MM-JJTHH:MM": "YYYY-MM-DDTHH:MM",
    "DOSSIER": "FOLDER",
    "FICHIER": "FILE",
    "PARTIE": "PART",
    "[PARTIE]": "[PART]",
    "EMPREINTE": "DIGEST",
    "CHAMP": "FIELD",
    "TEXTE": "TEXT",
    "ANNUAIRE": "DIRECTORY",
}
"""Stand-ins that commands name in French themselves, for who reads English."""
GLOBAL = ("--instance", "--language")
"""Options of ``demeure`` itself, that stand before the command."""
_CAPITALS = re.compile(r"(?<![-<\w])(" + "|".join(_METAVARS) + r")(?!\w)")


def wished(argv: Sequence[str]) -> str:
    """The language that a command line asks for; else ``DEMEURE_LANGUAGE``; else French. A terminal in English says
    nothing of whom a proof or a draft is for: servers in France are in English too."""
    found = [os.environ.get("DEMEURE_LANGUAGE", "")]
    for word, following in itertools.pairwise([*argv, ""]):
        if word == "--language":
            found.append(following)
        elif word.startswith("--language="):
            found.append(word.partition("=")[2])
    return next((language for language in reversed(found) if language in LANGUAGES), "fr")


def language_of(ctx: click.Context) -> str:
    """What was asked for, wherever ``--help`` stands on the line."""
    root = ctx.find_root()
    return str(root.params.get("language") or (root.obj or {}).get("language") or "fr")


class Worded(click.Choice[str]):
    """Values that pages call by words of both languages: each word is taken for its value, whatever its capitals
    and accents, and a refusal says which is which. ``words``: value → (French, English, …)."""

    def __init__(self, words: Mapping[str, Sequence[str]]) -> None:
        super().__init__(list(words))
        self._words = words

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        asked = unaccented(str(value))
        for known, words in self._words.items():
            if asked in {known, *map(unaccented, words)}:
                return known
        english = ctx is not None and language_of(ctx) == "en"
        other = {known: words[english] for known, words in self._words.items()}
        told = [known if known == word else f"{known} ({word})" for known, word in other.items()]
        said = f"expected, {' or '.join(told)}." if english else f"attendu, {' ou '.join(told)}."
        raise click.BadParameter(said, ctx=ctx, param=param)


def unaccented(word: str) -> str:
    """In small letters, without its accents."""
    return "".join(one for one in unicodedata.normalize("NFD", word.casefold()) if not unicodedata.combining(one))


class _Formatter(click.HelpFormatter):
    """Click's words in French; what commands say is already so."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        super().write_usage(prog, _stand_ins(args), prefix or "Usage\u00a0: ")

    def section(self, name: str) -> Any:
        return super().section(_FRENCH.get(name, name))

    def write_heading(self, heading: str) -> None:
        super().write_heading(f"{heading}\u00a0")

    def write_dl(self, rows: Iterable[tuple[str, str]], *args: Any, **options: Any) -> None:
        super().write_dl([(_stand_ins(term), _french(told)) for term, told in rows], *args, **options)


def _stand_ins(words: str) -> str:
    return _CAPITALS.sub(lambda found: _METAVARS[found[0]], words)


def _french(told: str) -> str:
    told = _FRENCH.get(told, told)
    return told.replace("[required]", f"[{_FRENCH['required']}]")


class SpeakingContext(click.Context):
    """Its help is written by a formatter of the reader's language."""

    def make_formatter(self) -> click.HelpFormatter:
        kind = click.HelpFormatter if language_of(self) == "en" else _Formatter
        return kind(width=self.terminal_width, max_width=self.max_content_width)

    def __exit__(self, kind: type[BaseException] | None, problem: BaseException | None, trace: Any) -> bool | None:
        """Click forgets where an option without its value stood: it is said, the innermost command first."""
        if isinstance(problem, click.exceptions.BadOptionUsage) and problem.ctx is None:
            told = click.exceptions.BadOptionUsage(problem.option_name, problem.message, self)
            super().__exit__(type(told), told, trace)
            raise told from None
        return super().__exit__(kind, problem, trace)


def dressed(command: click.Command, language: str) -> click.Command:
    """A copy of ``command``, and of those below it, that explains itself in ``language``."""
    words: dict[str, str] = {}
    if language == "en":
        from demeure.cli.english import ENGLISH

        words = {" ".join(told.split()): english for told, english in ENGLISH.items()}  # whatever its spaces
    return _dressed(command, words)


def _dressed(command: click.Command, words: dict[str, str]) -> click.Command:
    copied = copy.copy(command)
    copied.context_class = SpeakingContext
    copied.help = _said(command.help, words)
    copied.short_help = copied.help  # whole in the list of commands, wrapped instead of cut
    copied.params = [_dressed_parameter(parameter, words) for parameter in command.params]
    if isinstance(command, click.Group) and isinstance(copied, click.Group):
        copied.commands = {name: _dressed(inner, words) for name, inner in command.commands.items()}
    return copied


def _dressed_parameter(parameter: click.Parameter, words: dict[str, str]) -> click.Parameter:
    copied = copy.copy(parameter)
    if words and parameter.metavar:
        copied.metavar = _ENGLISH_METAVARS.get(parameter.metavar, parameter.metavar)
    if isinstance(copied, click.Option):
        copied.help = _said(copied.help, words)
    return copied


def _said(told: str | None, words: dict[str, str]) -> str | None:
    if told is None:
        return None
    one_line = " ".join(told.split())
    return words.get(one_line) or bound(one_line)


def refuse(problem: click.ClickException, language: str) -> None:
    """Tell on standard error what is wrong with the command line, and how to get help."""
    if language == "en":
        if isinstance(problem, click.exceptions.BadOptionUsage) and (option := _option(problem)) is not None:
            told = f"{problem.message} {_told_of(option, problem)}"
            problem = click.exceptions.BadOptionUsage(problem.option_name, told, problem.ctx)
        problem.show()
        return
    ctx = problem.ctx if isinstance(problem, click.UsageError) else None
    if isinstance(problem, click.exceptions.NoArgsIsHelpError):
        click.echo(problem.format_message(), err=True)
        return
    if ctx is not None:
        click.echo(ctx.get_usage(), err=True)
        click.echo(f"Pour l’aide\u00a0: {ctx.command_path} --help\n", err=True)
    click.echo(bound(f"Erreur : {_refusal(problem)}"), file=sys.stderr)


def _refusal(problem: click.ClickException) -> str:
    match problem:
        case click.NoSuchOption():
            if problem.option_name in GLOBAL:
                option = problem.option_name
                return f"l’option « {option} » se place avant la commande : demeure {option} …"
            return f"l’option « {problem.option_name} » n’existe pas.{_close(problem.possibilities)}"
        case click.exceptions.NoSuchCommand():
            return f"la commande « {problem.command_name} » n’existe pas.{_close(problem.possibilities)}"
        case click.MissingParameter():
            return f"il manque {_hint(problem)}."
        case click.BadParameter():
            return f"valeur refusée pour {_hint(problem)} : {_expected(problem)}"
        case click.BadOptionUsage():
            return _without_value(problem)
        case click.UsageError() if problem.message.startswith("Got unexpected extra argument"):
            return f"argument en trop {problem.message[problem.message.index('(') :]}."
        case _:
            return problem.format_message()


def _without_value(problem: click.BadOptionUsage) -> str:
    """An option that wants a value and had none, or that stands alone and was given one."""
    option = _option(problem)
    if option is None:
        return problem.format_message()
    if option.is_flag or option.count:
        return f"l’option « {problem.option_name} » s’écrit seule, sans valeur. {_told_of(option, problem)}".strip()
    return f"l’option « {problem.option_name} » demande une valeur. {_stand_ins(_told_of(option, problem))}"


def _option(problem: click.BadOptionUsage) -> click.Option | None:
    """The option that the line named, as its command declares it."""
    declared = problem.ctx.command.params if problem.ctx is not None else []
    options = (one for one in declared if isinstance(one, click.Option))
    return next((one for one in options if problem.option_name in (*one.opts, *one.secondary_opts)), None)


def _told_of(option: click.Option, problem: click.BadOptionUsage) -> str:
    """As the help writes it: ``--to PATH: File to write.``"""
    row = option.get_help_record(problem.ctx) if problem.ctx is not None else None
    colon = ":" if problem.ctx is None or language_of(problem.ctx) == "en" else "\u00a0:"
    return f"{row[0]}{colon} {row[1]}" if row else ""


def _expected(problem: click.BadParameter) -> str:
    match problem.param.type if problem.param is not None else None:
        case Worded():
            return problem.message
        case click.Choice(choices=choices):
            return f"attendu, {' ou '.join(choices)}."
        case click.IntRange(min=low, max=high):
            return (
                f"attendu, un nombre entier de {low} à {high}." if high else f"attendu, un entier d’au moins {low}."
            )
        case click.types.IntParamType():
            return "attendu, un nombre entier."
        case click.types.FloatParamType():
            return "attendu, un nombre."
        case click.DateTime():
            return "attendu, un jour qui existe, AAAA-MM-JJ."
        case click.Path():
            return "rien de tel à cet endroit, ou rien de lisible."
        case _:
            return problem.message


def _close(possibilities: Sequence[str] | None) -> str:
    return f" Peut-être : {', '.join(possibilities)}." if possibilities else ""


def _hint(problem: click.BadParameter) -> str:
    hint = problem.param.get_error_hint(problem.ctx) if problem.param is not None else str(problem.param_hint)
    hint = _stand_ins(hint)
    return re.sub("'([^']*)'", "«\N{NO-BREAK SPACE}\\1\N{NO-BREAK SPACE}»", hint)
