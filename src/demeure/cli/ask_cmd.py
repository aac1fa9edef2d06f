"""``demeure ask``: a question on the terminal: what was found, the words as they come, the sources they cite."""

import asyncio
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from demeure.cli.terminal import (
    QUEUED,
    agreed,
    found_line,
    named_lines,
    print_json,
    relied_line,
    said,
    shut_line,
    source_lines,
    unsourced_line,
)
from demeure.errors import counted

LOADING = (
    "Le modèle se charge ; la réponse vient dès qu’il est prêt.",
    "The model is loading; the answer comes as soon as it is ready.",
)
FOREMOST = 5
STEP = 10  # hundredths read between two lines that say so
TOO_LONG = (
    "Trop long pour être lu en entier : les passages utiles y sont cherchés.",
    "Too long to read in full: the passages that matter are looked for.",
)


@click.command("ask")
@click.argument("question", nargs=-1, required=True)
@click.option("--space", "spaces", multiple=True, help="Espace où chercher (répétable ; défaut : tous).")
@click.option("--document", "documents", multiple=True, help="Document à interroger, lu en entier (répétable).")
@click.option("--route", default="", help="Faire répondre le moteur au bout de cette route (demeure routes).")
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
    route: str,
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
        "route": route,
    }
    from demeure.cli.export_cmd import absent

    absent(target)
    if not as_json:
        _warned(asked["question"], route, obj["language"])
    sys.exit(asyncio.run(_ask(obj, asked, target, as_json)))


def _warned(question: str, route: str, language: str) -> None:
    """Whoever types at a terminal is told what identifies somebody in it, and asked, before it is sent."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return
    from demeure.gateway.confiding import warning

    if (told := warning(question, route)) is not None:
        click.echo(told.sentence(language), err=True)
        if not agreed(language, "Envoyer quand même ?", "Send it all the same?"):
            click.echo(said(language, "Rien n’a été envoyé.", "Nothing was sent."), err=True)
            sys.exit(1)


async def _ask(obj: dict[str, Any], asked: dict[str, Any], target: Path | None, as_json: bool) -> int:
    from demeure.cli.export_cmd import fetch, kind_of
    from demeure.cli.house import engines_ready, reach, require_documents, require_spaces

    kind = kind_of(None, target)
    async with reach(obj["instance"], obj["language"]) as door:
        await require_spaces(door, asked["spaces"])
        await require_documents(door, asked["spaces"])
        if not asked["route"]:
            await engines_ready(door, obj["language"])
        answer = await tell(door, asked, obj["language"], show=not as_json)
        if target is not None and answer["text"]:
            where = {"id": f"{answer['conversation']}/{answer['message']}", "language": obj["language"]}
            answer["export"] = await fetch(door, where, kind, target)
    if as_json:
        print_json(answer)
    elif answer.get("conversation") and answer["outcome"] == "done":
        kept = f"demeure export {answer['conversation']} --format odt"
        click.echo(said(obj["language"], f"\nPour l’envoyer : {kept}", f"\nTo send it: {kept}"))
    return 0 if answer["outcome"] == "done" else 1


async def tell(door: Any, asked: dict[str, Any], language: str, *, show: bool) -> dict[str, Any]:
    """Ask through ``door``; print the stream when ``show``; return the whole answer with its sources."""
    answer: dict[str, Any] = {"outcome": "failed", "sources": [], "text": "", "problem": None}
    spaces: dict[str, str] = {}
    read = -STEP
    async for item in door.stream("ask", asked):
        event = dict(item.data)
        kind = event.pop("event")
        _keep(answer, kind, event)
        if show and kind == "started":
            await _print_without(door, event, language)
        if show and kind == "sources":
            if any(source.get("also") for source in event["items"]):
                spaces = {one["id"]: one["name"] for one in (await door.call("spaces.list")).data["spaces"]}
            if event.get("whole") is False:
                click.echo(said(language, *TOO_LONG))
            _print_found(answer, language)
        elif show and kind == "beingread":
            if read + STEP <= event["share"] < 100:
                read = event["share"]
                click.echo(read_line(language, read, event["left"]), err=True)
        elif show:
            _print(kind, event, language)
    if show:
        _print_end(answer, asked["question"], language, spaces)
    return answer


async def _print_without(door: Any, event: Mapping[str, Any], language: str) -> None:
    """The spaces that were left out, and why."""
    if event.get("left_out"):
        names = await _names(door, event["left_out"])
        fr = f"Sans {names}\u00a0: la politique n’y laisse pas poser de question."
        click.echo(said(language, fr, f"Without {names}: the policy lets nobody ask there."), err=True)
    for space, why in event.get("shut", {}).items():
        click.echo(shut_line(language, await _names(door, [space]), why), err=True)


async def _names(door: Any, spaces: list[str]) -> str:
    known = {one["id"]: one["name"] for one in (await door.call("spaces.list")).data["spaces"]}
    return ", ".join(known.get(one, one) for one in spaces)


def read_line(language: str, share: int, left: float | None) -> str:
    """« Lecture du document : 35 %, encore environ 40 s. »"""
    fr, en = f"Lecture du document\u00a0: {share}\u00a0%", f"Reading the document: {share}%"
    if left is not None:
        fr, en = f"{fr}, encore environ {left:.0f}\u00a0s", f"{en}, about {left:.0f} s left"
    return said(language, f"{fr}.", f"{en}.")


def _print_found(answer: dict[str, Any], language: str) -> None:
    if spelt := answer.get("spelt"):
        click.echo(said(language, f"Recherché aussi\u00a0: {spelt}", f"Also searched: {spelt}"))
    if answer["sources"]:
        click.echo(found_line(language, answer["sources"]) + "\n")


def _print_end(answer: dict[str, Any], question: str, language: str, spaces: dict[str, str]) -> None:
    click.echo("\n" if answer["text"] else "")
    marks = [unsourced_line(language, f) for f in (*answer.get("unsupported", ()), *answer.get("computed", ()))]
    if marks:  # under the words they are about, before the sources that do not hold them
        click.echo("\n".join(marks) + "\n")
    _print_sources(answer, question, language, spaces)
    if route := answer.get("details", {}).get("route"):
        click.echo(route_line(language, route))
    for told in answer.get("standing", ()):
        click.echo(relied_line(language, told))
    for found in answer.get("wordings", ()):
        prefer = (
            f"« {found['said']} » : écrire « {found['prefer']} »",
            f"“{found['said']}”: write “{found['prefer']}”",
        )
        click.echo(said(language, *prefer))


def route_line(language: str, route: Mapping[str, Any]) -> str:
    """What left, and how."""
    fr = f"Par la route {route['route']} : ce qui précède est sorti de la maison"
    en = f"By the route {route['route']}: what is above left the house"
    return said(language, fr, en) + masked(language, route) + "."


def masked(language: str, route: Mapping[str, Any]) -> str:
    """« , 3 noms et numéros remplacés », of what left so."""
    if route.get("rule") != "leaves-pseudonymised":
        return ""
    hidden = int(route.get("replaced", 0))
    if not hidden:
        fr, en = ", tel quel\u00a0: aucun nom ni numéro reconnu", ", as it was: no name or number recognised"
        return said(language, fr, en)
    fr = counted(hidden, "nom ou numéro remplacé", "noms et numéros remplacés")
    return said(
        language, f", {fr}", f", {counted(hidden, 'name or number replaced', 'names and numbers replaced')}"
    )


def _keep(answer: dict[str, Any], kind: str, event: dict[str, Any]) -> None:
    if kind == "sources":
        answer["sources"], answer["whole"] = event["items"], event.get("whole")
    elif kind == "text":
        answer["text"] += event["delta"]
    elif kind == "problem":
        answer["problem"] = event
    elif kind not in ("loading", "queued", "beingread"):
        # started: chain, conversation, message; closed: outcome, text, citations, found, unsupported, computed
        answer |= event


def _print_sources(answer: dict[str, Any], question: str, language: str, spaces: dict[str, str]) -> None:
    """What the answer cites, quoted; then what was looked at besides, one line each. Without any word of answer,
    what was found is what one came for."""
    cited, others = sorted_out(answer)
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else 0
    if cited:
        click.echo("\n".join(source_lines(cited, question, width, language, spaces, answer["text"])) + "\n")
    if others and answer.get("whole"):  # every other passage of the documents: a book has hundreds
        click.echo(
            said(language, f"Aussi lu\u00a0: {len(others)} passages.\n", f"Also read: {len(others)} passages.\n")
        )
    elif others:
        click.echo("\n".join(named_lines(others, language)) + "\n")


def sorted_out(answer: Mapping[str, Any]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """(sources to quote, others), as the pages sort them: those cited first; none of an answer that declines; all
    of them, or the FOREMOST of documents read whole, when the answer says nothing of it."""
    from demeure.assistant.citations import numbers_in

    items: list[dict[str, Any]] = answer["sources"]
    used = set(answer.get("citations") or numbers_in(answer["text"])) if answer.get("found", True) else set()
    used &= {source["number"] for source in items}
    if answer.get("found", True) and not used:
        best = sorted(items, key=lambda source: -float(source["score"]))
        used = {source["number"] for source in (best[:FOREMOST] if answer.get("whole") else best)}
    return [s for s in items if s["number"] in used], [s for s in items if s["number"] not in used]


def _print(kind: str, event: dict[str, Any], language: str) -> None:
    if kind == "loading":
        click.echo(said(language, *LOADING), err=True)
    elif kind == "queued" and event["ahead"] is not None:
        click.echo(said(language, *QUEUED).format(n=event["ahead"]), err=True)
    elif kind == "text":
        click.echo(event["delta"], nl=False)
    elif kind == "problem":
        click.echo(event["sentence"], err=True)
