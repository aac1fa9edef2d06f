"""``demeure assess``: the first meeting. Questions on the terminal, answers in a file, a report; nothing leaves."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from demeure.cli.terminal import JSON, print_json, said
from demeure.cli.writing import replace

if TYPE_CHECKING:
    from demeure.advice import Answers, Assessment, Question

FORMATS = ("html", "pdf", "md", "odt", "docx")
USUAL = Path("demeure-reponses.toml")


@click.command("assess")
@click.option(
    "--answers",
    "given",
    type=click.Path(path_type=Path, dir_okay=False),
    default=None,
    help="Fichier de réponses : le rapport sans question.",
)
@click.option(
    "--resume",
    type=click.Path(path_type=Path, dir_okay=False),
    default=USUAL,
    help="Fichier où chaque réponse est gardée, et reprise (défaut : demeure-reponses.toml).",
)
@click.option("--again", is_flag=True, help="Reposer toutes les questions, avec les réponses d’avant.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    multiple=True,
    help="Rapport à écrire : .html, .pdf (PDF/A), .md, .odt ou .docx ; plusieurs fois.",
)
@click.option(
    "--policy",
    type=click.Path(path_type=Path, dir_okay=False),
    default=None,
    help="Fichier où écrire la première politique.",
)
@JSON
@click.pass_obj
def command(
    obj: dict[str, Any],
    given: Path | None,
    resume: Path,
    again: bool,
    out: tuple[Path, ...],
    policy: Path | None,
    as_json: bool,
) -> None:
    """Évalue : usages, risques, première politique, machine, plan, coûts. Rien ne sort de cette machine."""
    from demeure.errors import InputError

    language = obj["language"]
    for one in out:
        if one.suffix.lstrip(".").lower() not in FORMATS:
            raise InputError(detail=f"{one.name} : {', '.join(FORMATS)}")
    answers = _read(given) if given else _asked(resume, language, again=again)
    found = _assessed(obj["instance"], answers)
    written = [_written(found, one, language) for one in out]
    if policy:
        replace(policy, found.policy.encode())
        written.append(str(policy))
    if as_json:
        print_json({**found.as_json(), "written": written})
    elif written:
        click.echo(said(language, f"Écrit : {', '.join(written)}.", f"Written: {', '.join(written)}."))
    else:
        click.echo(_report(found, language)[1], nl=False)


def _read(place: Path) -> "Answers":
    from demeure.advice import read_answers
    from demeure.cli.errors import FileMissing

    try:
        text = place.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise FileMissing(path=place) from problem
    return read_answers(text, place.name)


def _asked(place: Path, language: str, *, again: bool) -> "Answers":
    """Each answer is in the file before the next question. Enter: the usual one, or that of before."""
    from demeure.advice import Answers, sections

    answers = _read(place) if place.exists() else Answers()
    fr = f"Réponses gardées dans {place} : Ctrl-C arrête, la même commande reprend."
    en = f"Answers are kept in {place}: Ctrl-C stops, the same command goes on."
    click.echo(said(language, fr, en), err=True)
    for section in sections():
        left = [one for one in section.questions if again or one.id not in answers.given]
        if left:
            click.echo(f"\n{section.title(language)}", err=True)
        for question in left:
            answers = _answered(answers, question, language)
            replace(place, answers.as_toml().encode())
    return answers


def _answered(answers: "Answers", question: "Question", language: str) -> "Answers":
    from demeure.advice.answers import from_words
    from demeure.advice.errors import AnswerWrong
    from demeure.advice.report import said as worded

    for rank, option in enumerate(question.options, 1):
        click.echo(f"  {rank}. {option.name(language)}", err=True)
    usual = answers.get(question.id)
    several = said(language, " (numéros, séparés par des espaces)", " (numbers, spaces between)")
    asked = question.ask(language) + (several if question.kind == "several" else "")
    while True:
        told = worded(question.id, usual, language)
        typed = str(click.prompt(f"{asked} [{told}]", default="", show_default=False, err=True)).strip()
        if not typed:
            return answers.answered(question.id, usual)
        words = [] if typed == "-" else typed.replace(",", " ").split() if question.kind == "several" else [typed]
        try:
            return answers.answered(question.id, from_words(question, words))
        except AnswerWrong as problem:
            click.echo(problem.sentence(language), err=True)


def _assessed(instance: Path, answers: "Answers") -> "Assessment":
    from demeure.advice import assessed
    from demeure.cli.size_cmd import measured_here
    from demeure.engine.models import this_machine
    from demeure.sizing.errors import BenchUnreadable

    try:
        own = measured_here(instance)
    except BenchUnreadable:
        own = None
    return assessed(answers, this_machine().memory, own)


def _report(found: "Assessment", language: str) -> tuple[str, str]:
    from demeure.advice import report
    from demeure.clock import SystemClock

    return report(found, language, SystemClock().now().astimezone().date())


def _written(found: "Assessment", place: Path, language: str) -> str:
    """One file, by its suffix. The text is ours and the answers are text: no job of the workshop is needed."""
    title, text = _report(found, language)
    kind = place.suffix.lstrip(".").lower()
    if kind == "html":
        replace(place, html(title, text, language).encode())
        return str(place)
    from demeure.clock import SystemClock
    from demeure.workshop import Letter
    from demeure.workshop.export import export

    issued = int(SystemClock().now().timestamp())
    letter = Letter(language, title, found.answers.get("organisation"), text, issued)
    replace(place, export(letter.data(), kind))
    return str(place)


def html(title: str, text: str, language: str) -> str:
    """A page that stands alone: no script, no address."""
    from html import escape

    from markdown_it import MarkdownIt

    from demeure.advice import regions

    body = MarkdownIt("commonmark", {"html": False}).enable("table").render(text)
    body = regions(body.replace("<th>", '<th scope="col">'))
    return _PAGE.format(language=language, title=escape(title), body=body)


_PAGE = """<!doctype html>
<html lang="{language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title><style>
:root {{ color-scheme: light dark; --line: #7a8990; --sunken: #e8edec; --ink: #18242a; --ground: #fff; }}
@media (prefers-color-scheme: dark) {{ :root {{ --sunken: #1d2b31; --ink: #e6edec; --ground: #121b1f; }} }}
body {{ margin: 0; font: 1rem/1.5 system-ui, sans-serif; color: var(--ink); background: var(--ground); }}
main {{ max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }}
h1, h2 {{ line-height: 1.25; text-wrap: balance; }}
.scroll {{ overflow-x: auto; }}
table {{ border-collapse: collapse; }}
th, td {{ padding: .3rem .6rem; border: 1px solid var(--line); text-align: start; vertical-align: top; }}
table:has(th:nth-child(5)) {{ min-width: 44rem; }}
pre {{ padding: 1rem; margin: 0; width: max-content; min-width: 100%; box-sizing: border-box;
  background: var(--sunken); font-size: .8rem; }}
@media print {{ .scroll {{ overflow: visible; }} pre {{ width: auto; white-space: pre-wrap; }} }}
</style></head><body><main><h1>{title}</h1>
{body}</main></body></html>
"""
