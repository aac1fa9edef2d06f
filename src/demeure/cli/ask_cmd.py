"""``demeure ask``: a question on the terminal, sources first, then the words as they come."""

import asyncio
import shutil
import sys
from pathlib import Path
from typing import Any

import click

from demeure.cli.terminal import print_json, relied_line, said, source_lines, unsourced_line

LOADING = (
    "Le modèle se charge ; la réponse vient dès qu’il est prêt.",
    "The model is loading; the answer comes as soon as it is ready.",
)
FOREMOST = 5
TOO_LONG = (
    "Trop long pour être lu en entier : les passages utiles y sont cherchés.",
    "Too long to read in full: the passages that matter are looked for.",
)


@click.command("ask")
@click.argument("question", nargs=-1, required=True)
@click.option("--space", "spaces", multiple=True, help="Espace où chercher (répétable ; défaut : tous).")
@click.option("--document", "documents", multiple=True, help="Document à interroger, lu en entier (répétable).")
@click.option("--conversation", default=None, help="Poursuivre cette conversation (identifiant).")
@click.option(
    "--export",
    "target",
    type=click.Path(path_type=Path, dir_okay=False),
    default=None,
    help="Écrire aussi la réponse dans ce fichier (.docx, .odt, .pdf, .md).",
)
@click.option("--json", "as_json", is_flag=True, help="Sortie JSON, à la fin.")
@click.pass_obj
def command(
    obj: dict[str, Any],
    question: tuple[str, ...],
    spaces: tuple[str, ...],
    documents: tuple[str, ...],
    conversation: str | None,
    target: Path | None,
    as_json: bool,
) -> None:
    """Pose une question aux documents et montre la réponse avec ses sources."""
    asked = {
        "question": " ".join(question),
        "spaces": list(spaces),
        "documents": list(documents),
        "conversation": conversation,
        "language": obj["language"],
    }
    from demeure.cli.export_cmd import absent

    absent(target)
    sys.exit(asyncio.run(_ask(obj, asked, target, as_json)))


async def _ask(obj: dict[str, Any], asked: dict[str, Any], target: Path | None, as_json: bool) -> int:
    from demeure.cli.export_cmd import fetch, kind_of
    from demeure.cli.house import engines_ready, reach, require_documents, require_spaces

    kind = kind_of(None, target)
    async with reach(obj["instance"], obj["language"]) as door:
        await require_spaces(door, asked["spaces"])
        await require_documents(door, asked["spaces"])
        await engines_ready(door, obj["language"])
        answer = await tell(door, asked, obj["language"], show=not as_json)
        if target is not None and answer["text"]:
            where = {"id": f"{answer['conversation']}/{answer['message']}", "language": obj["language"]}
            answer["export"] = await fetch(door, where, kind, target)
    if as_json:
        print_json(answer)
    elif answer.get("conversation"):
        kept = f"demeure export {answer['conversation']} --format odt"
        click.echo(said(obj["language"], f"\nPour l’envoyer : {kept}", f"\nTo send it: {kept}"))
    return 0 if answer["outcome"] == "done" else 1


async def tell(door: Any, asked: dict[str, Any], language: str, *, show: bool) -> dict[str, Any]:
    """Ask through ``door``; print the stream when ``show``; return the whole answer with its sources."""
    answer: dict[str, Any] = {"outcome": "failed", "sources": [], "text": "", "problem": None}
    spaces: dict[str, str] = {}
    async for item in door.stream("ask", asked):
        event = dict(item.data)
        kind = event.pop("event")
        _keep(answer, kind, event)
        if show and kind == "sources":
            if any(source.get("also") for source in event["items"]):
                spaces = {one["id"]: one["name"] for one in (await door.call("spaces.list")).data["spaces"]}
            if event.get("whole") is False:
                click.echo(said(language, *TOO_LONG))
            _print_sources(_foremost(event), asked["question"], language, spaces)
        elif show:
            _print(kind, event, language)
    if show:
        click.echo()
        _print_cited(answer, asked["question"], language, spaces)
        for found in answer.get("unsupported", ()):
            click.echo(unsourced_line(language, found))
        for told in answer.get("standing", ()):
            click.echo(relied_line(language, told))
        for found in answer.get("wordings", ()):
            prefer = (
                f"« {found['said']} » : écrire « {found['prefer']} »",
                f"“{found['said']}”: write “{found['prefer']}”",
            )
            click.echo(said(language, *prefer))
    return answer


def _keep(answer: dict[str, Any], kind: str, event: dict[str, Any]) -> None:
    if kind == "sources":
        answer["sources"], answer["whole"] = event["items"], event.get("whole")
    elif kind == "text":
        answer["text"] += event["delta"]
    elif kind == "problem":
        answer["problem"] = event
    elif kind != "loading":
        # started: chain, conversation, message; closed: outcome, text, citations, found, unsupported, computed
        answer |= event


def _print_sources(items: list[dict[str, Any]], question: str, language: str, spaces: dict[str, str]) -> None:
    if items:
        width = shutil.get_terminal_size().columns if sys.stdout.isatty() else 0
        click.echo("\n".join(source_lines(items, question, width, language, spaces)) + "\n")


def _foremost(event: dict[str, Any]) -> list[dict[str, Any]]:
    """The sources to show before the answer: of documents read whole, those that speak most of the question."""
    items: list[dict[str, Any]] = event["items"]
    if not event.get("whole"):
        return items
    best = {s["number"] for s in sorted(items, key=lambda s: -float(s["score"]))[:FOREMOST]}
    return [source for source in items if source["number"] in best]


def _print_cited(answer: dict[str, Any], question: str, language: str, spaces: dict[str, str]) -> None:
    """Of documents read whole, what the answer cites and was not shown before it."""
    if answer.get("whole"):
        seen = {source["number"] for source in _foremost({"items": answer["sources"], "whole": True})}
        cited = set(answer.get("citations") or ()) - seen
        _print_sources([s for s in answer["sources"] if s["number"] in cited], question, language, spaces)


def _print(kind: str, event: dict[str, Any], language: str) -> None:
    if kind == "loading":
        click.echo(said(language, *LOADING), err=True)
    elif kind == "text":
        click.echo(event["delta"], nl=False)
    elif kind == "problem":
        click.echo(event["sentence"], err=True)
