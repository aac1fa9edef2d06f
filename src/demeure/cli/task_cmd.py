"""``demeure task``: list, show, check a file, and ``demeure task NAME --field …``: a draft as it is written."""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from demeure.cli.calling import call
from demeure.cli.export_cmd import FORMATS, MAIL, SHEETS
from demeure.cli.task_shown import ended, printable_text
from demeure.cli.terminal import JSON, QUEUED, listed, print_json, printable, said, shown

if TYPE_CHECKING:
    from demeure.cli.door import Door


WRITING = (
    "La maison lit et écrit ; le brouillon vient dès qu’il est prêt.",
    "The house reads and writes; the draft comes as soon as it is ready.",
)

_FIELD = "NOM=VALEUR ; NOM=@FICHIER lit un fichier, NOM=document:DOCUMENT un document de la base (répétable)."


class TaskGroup(click.Group):
    """A name that is none of its own commands is a task's."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        own = super().get_command(ctx, cmd_name)
        return own if own is not None or cmd_name.startswith("-") else _running(cmd_name)


def _running(name: str) -> click.Command:
    """The command of one task, dressed as the others."""
    from demeure.cli.speech import dressed

    @click.command(name)
    @click.option("--field", "fields", multiple=True, help=_FIELD)
    @click.option(
        "--eml",
        type=click.Path(path_type=Path, exists=True),
        help="Message reçu (.eml), auquel répondre ; ou un dossier de messages.",
    )
    @click.option(
        "--out",
        type=click.Path(path_type=Path),
        help="Où écrire le brouillon : .eml, .odt, .docx… ; un dossier quand --eml en est un.",
    )
    @click.option("--route", default="", help="Faire rédiger le moteur au bout de cette route (demeure routes).")
    @JSON
    @click.pass_obj
    def run(
        obj: dict[str, Any],
        fields: tuple[str, ...],
        eml: Path | None,
        out: Path | None,
        route: str,
        as_json: bool,
    ) -> None:
        """Fait rédiger un brouillon et le montre à mesure."""
        from demeure.cli.mail_path import answered

        if eml is not None or out is not None:
            sys.exit(asyncio.run(answered(obj, name, fields, eml, out, as_json, route)))
        sys.exit(asyncio.run(_run(obj, name, fields, as_json, route)))

    context = click.get_current_context(silent=True)
    return dressed(run, str(((context.obj if context else None) or {}).get("language", "fr")))


@click.group("task", cls=TaskGroup)
def command() -> None:
    """Fait rédiger : demeure task NOM --field notes=… ; liste et vérifie les tâches."""


@command.command("list")
@JSON
@click.pass_obj
def list_(obj: dict[str, Any], as_json: bool) -> None:
    """Liste les tâches, et les fichiers à corriger."""
    language = obj["language"]
    found = call(obj, "tasks.list", {"language": language})
    if as_json:
        print_json(found)
        return
    own = said(language, "la vôtre", "yours")
    rows = [(t["task"], t["version"], t["title"][language], own if t["own"] else "") for t in found["tasks"]]
    columns = said(language, "tâche,version,titre,origine", "task,version,title,origin")
    listed(language, columns, rows, "Aucune tâche.", "No task.")
    for one in found["broken"]:
        click.echo(printable(one["sentence"]), err=True)


@command.command("show")
@click.argument("name")
@JSON
@click.pass_obj
def show(obj: dict[str, Any], name: str, as_json: bool) -> None:
    """Montre le fichier d’une tâche : champs, consigne, budget, contrôles, cas d’essai."""
    found = call(obj, "tasks.show", {"task": name})
    if as_json:
        print_json(found["task"])
    else:
        click.echo(found["text"], nl=False)


@command.command("check")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@JSON
@click.pass_obj
def check(obj: dict[str, Any], file: Path, as_json: bool) -> None:
    """Vérifie un fichier de tâche sans ouvrir la maison : l’erreur est dite avec sa ligne."""
    from demeure.assistant.tasks import from_file

    task = from_file(file)
    told = {"task": task.name, "version": task.version, "fields": len(task.fields), "cases": len(task.cases)}
    fr = f"{file.name} : tâche « {task.name} », version {task.version}, {len(task.fields)} champs."
    en = f"{file.name}: task “{task.name}”, version {task.version}, {len(task.fields)} fields."
    shown(obj, told, as_json, fr, en)


@command.command("add")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@JSON
@click.pass_obj
def add(obj: dict[str, Any], file: Path, as_json: bool) -> None:
    """Ajoute une tâche de l’organisation, dans sa version."""
    from demeure.assistant.tasks import from_file

    from_file(file)
    found = asyncio.run(_sent(obj, "tasks.add", {"name": file.name}, file))
    name, version = found["task"]["task"], found["task"]["version"]
    fr, en = f"« {name} », version {version}, est ajoutée.", f"“{name}”, version {version}, is added."
    shown(obj, found, as_json, fr, en)


@command.command("test")
@click.argument("name")
@JSON
@click.pass_obj
def test(obj: dict[str, Any], name: str, as_json: bool) -> None:
    """Fait rédiger les cas d’essai d’une tâche et vérifie ce qui doit y être. Code 1 si un cas échoue."""
    from demeure.assistant.tasks import judged
    from demeure.assistant.tasks.definition import read

    task = read(call(obj, "tasks.show", {"task": name})["text"], f"{name}.toml", own=False)
    told = []
    for case in task.cases:
        closed = asyncio.run(_drafted(obj, name, case.fields))
        draft = closed["drafts"][-1]
        told.append({"state": draft["state"], "text": draft["text"], **judged(case, draft["text"])})
    if as_json:
        print_json({"task": name, "version": task.version, "cases": told})
    for at, one in enumerate(told if not as_json else (), 1):
        good = one["state"] == "done" and not one["missing"] and not one["unwanted"]
        word = said(obj["language"], "Cas", "Case")
        verdict = said(obj["language"], "réussi" if good else "échoué", "passed" if good else "failed")
        missing = ", ".join([*one["missing"], *(f"≠ {each}" for each in one["unwanted"])])
        click.echo(printable(f"{word} {at} : {verdict}{f' ({missing})' if missing else ''}"))
    sys.exit(0 if all(o["state"] == "done" and not o["missing"] and not o["unwanted"] for o in told) else 1)


async def _drafted(obj: dict[str, Any], name: str, fields: Any) -> dict[str, Any]:
    from demeure.cli.house import engines_ready, reach

    async with reach(obj["instance"], obj["language"]) as door:
        await engines_ready(door, obj["language"])
        args = {"task": name, "fields": dict(fields), "language": obj["language"]}
        last: dict[str, Any] = {}
        async for item in door.stream("tasks.run", args):
            last = dict(item.data)
        return last


@command.command("works")
@click.argument("words", nargs=-1)
@JSON
@click.pass_obj
def works(obj: dict[str, Any], words: tuple[str, ...], as_json: bool) -> None:
    """Liste vos travaux, ou ceux qui contiennent des mots."""
    from demeure.gateway.drafting import STATES
    from demeure.gateway.locale import Sentences

    language = obj["language"]
    found = call(obj, "tasks.works", {"sought": " ".join(words)})
    if as_json:
        print_json(found)
        return
    say = Sentences.load().say
    rows = [(w["work"][:8], w["task"], say(language, STATES[w["state"]][1]), w["title"]) for w in found["works"]]
    listed(language, said(language, "travail,tâche,état,titre", "work,task,state,title"), rows, "Aucun.", "None.")


@command.command("export")
@click.argument("work")
@click.option("--draft", "number", type=int, default=0, help="Numéro du brouillon (défaut : le dernier).")
@click.option(
    "--format",
    "kind",
    type=click.Choice((*FORMATS, *SHEETS, *MAIL)),
    default=None,
    help="Format (défaut : celui du nom).",
)
@click.option(
    "--to", "target", type=click.Path(path_type=Path, dir_okay=False), default=None, help="Fichier à écrire."
)
@click.option("--letter", is_flag=True, help="Avec en-tête, formule de politesse et signature.")
@click.option("--mask", is_flag=True, help="Données personnelles masquées.")
@JSON
@click.pass_obj
def export(
    obj: dict[str, Any],
    work: str,
    number: int,
    kind: str | None,
    target: Path | None,
    letter: bool,
    mask: bool,
    as_json: bool,
) -> None:
    """Écrit un brouillon en DOCX, ODT, PDF/A ou Markdown ; son tableau en ODS ou CSV. WORK : voir task works."""
    from demeure.cli.export_cmd import absent

    absent(target)
    made = asyncio.run(_export(obj, {"work": work, "number": number, "letter": letter, "mask": mask}, kind, target))
    shown(obj, made, as_json, f"Écrit : {made['file']}", f"Written: {made['file']}")


async def _export(
    obj: dict[str, Any], asked: dict[str, Any], kind: str | None, target: Path | None
) -> dict[str, Any]:
    from demeure.cli.export_cmd import fetch
    from demeure.cli.house import reach

    async with reach(obj["instance"], obj["language"]) as door:
        return await fetch(door, asked | {"language": obj["language"]}, kind, target, "tasks.send")


@command.command("section")
@click.argument("work")
@click.argument("section", type=click.IntRange(1, 99))
@click.option("--lines", default=None, help="Ce qu’elle doit dire, une idée par ligne (\\n entre elles).")
@click.option("--draft", "number", type=int, default=0, help="Numéro du brouillon (défaut : le dernier).")
@JSON
@click.pass_obj
def section(obj: dict[str, Any], work: str, section: int, lines: str | None, number: int, as_json: bool) -> None:
    """Récrit une section d’un travail (1, 2…) ; les autres restent comme elles sont."""
    asked: dict[str, Any] = {"work": work, "section": section, "number": number}
    asked |= {} if lines is None else {"lines": lines.replace("\\n", "\n")}
    sys.exit(asyncio.run(_section(obj, asked, as_json)))


@command.command("review")
@click.argument("work")
@click.option("--draft", "number", type=int, default=0, help="Numéro du brouillon (défaut : le dernier).")
@JSON
@click.pass_obj
def review(obj: dict[str, Any], work: str, number: int, as_json: bool) -> None:
    """Dit que vous avez relu un brouillon : ses fichiers le diront aussi, à votre nom."""
    told = call(obj, "tasks.review", {"work": work, "number": number})
    shown(obj, told, as_json, "C’est noté, à votre nom.", "It is noted, in your name.")


async def _sent(obj: dict[str, Any], op: str, args: dict[str, Any], file: Path) -> dict[str, Any]:
    from demeure.cli.house import reach

    async with reach(obj["instance"], obj["language"]) as door:
        return dict((await door.call(op, args, body=_pieces(file))).data)


async def _pieces(file: Path) -> AsyncIterator[bytes]:
    with file.open("rb") as opened:
        while piece := await asyncio.to_thread(opened.read, 1 << 16):
            yield piece


async def _run(obj: dict[str, Any], name: str, given: tuple[str, ...], as_json: bool, route: str = "") -> int:
    from demeure.cli.house import engines_ready, reach

    async with reach(obj["instance"], obj["language"]) as door:
        fields = await given_fields(door, given)
        if not route and not await _heard(door, name):
            await engines_ready(door, obj["language"])
        asked = {"task": name, "fields": fields, "language": obj["language"], "route": route}
        closed = await followed(door, "tasks.run", asked, obj["language"], as_json)
    return ended(closed, obj["language"], as_json)


async def given_fields(door: Any, given: tuple[str, ...]) -> dict[str, str]:
    """What ``--field`` says, its files sent. Raises click.BadParameter."""
    fields: dict[str, str] = {}
    for one in given:
        field, sign, value = one.partition("=")
        if not sign:
            raise click.BadParameter(one, param_hint="--field")
        if value.startswith("@"):
            value = await sent_file(door, Path(value[1:]))
        fields[field] = value.replace("\\n", "\n")
    return fields


async def sent_file(door: Any, path: Path) -> str:
    """Value of a field: the file, read by the house."""
    sent = await door.call("tasks.file", {"name": path.name}, body=_pieces(path))
    return f"file:{sent.data['file']}"


async def followed(door: Any, op: str, asked: dict[str, Any], language: str, as_json: bool) -> dict[str, Any]:
    """Show what is written as it comes; the work once it is over."""
    closed: dict[str, Any] = {}
    shown_text = line = ""
    async for item in door.stream(op, asked):
        event = dict(item.data)
        kind = event.pop("event")
        if kind == "closed":
            closed = event
        elif kind == "text" and not as_json and sys.stdout.isatty():
            shown_text = _written(event, shown_text)
        elif kind == "state" and not as_json and (told := _progress(event, language)) != line:
            line = told
            click.echo(line, err=True)
    return closed


async def _section(obj: dict[str, Any], asked: dict[str, Any], as_json: bool) -> int:
    from demeure.cli.house import engines_ready, reach

    async with reach(obj["instance"], obj["language"]) as door:
        await engines_ready(door, obj["language"])
        closed = await followed(door, "tasks.section", asked, obj["language"], as_json)
    return ended(closed, obj["language"], as_json)


async def _heard(door: "Door", name: str) -> bool:
    """Whether that task needs no model that writes."""
    return bool((await door.call("tasks.show", {"task": name})).data["task"]["recipe"] == "transcribe")


def _written(event: dict[str, Any], before: str) -> str:
    """The words as they come; a text that was put right is told whole at the end."""
    text = event["delta"] if event["whole"] else before + event["delta"]
    if text.startswith(before):
        click.echo(printable_text(text[len(before) :]), nl=False, err=True)
    return str(text)


def _progress(event: dict[str, Any], language: str) -> str:
    """What keeps somebody waiting, from the first moment on: the queue, the part being written, the writing."""
    if event.get("ahead") is not None:
        return said(language, *QUEUED).format(n=event["ahead"])
    parts = event["parts"]
    done = sum(state == "ok" for _, _, state in parts)
    busy = next((title for title, _, state in parts if state == "busy"), "")
    if len(parts) > 1 and busy:
        word = said(language, "Partie", "Part")
        return f"{word} {done + 1}/{len(parts)} : {printable(busy)}"
    return said(language, *WRITING)
