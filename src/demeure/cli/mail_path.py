"""``demeure task courriel --eml … --out …``: a message received in, a draft of its answer out, one or a folder."""

from collections import Counter
from pathlib import Path
from typing import Any

import click

from demeure.cli.terminal import print_json, printable, said
from demeure.errors import DemeureError

MESSAGE = "message"
SUFFIXES = (".eml", ".msg")


async def answered(
    obj: dict[str, Any],
    task: str,
    given: tuple[str, ...],
    eml: Path | None,
    out: Path | None,
    as_json: bool,
    route: str = "",
) -> int:
    """Exit code. Nothing is written over: a draft that is there already is left, its message too."""
    from demeure.cli.house import engines_ready, reach

    pairs = _pairs(eml, out)
    async with reach(obj["instance"], obj["language"]) as door:
        field = await _field(door, task) if eml is not None else ""
        code = 0
        told: list[dict[str, Any]] = []
        asked = {"task": task, "language": obj["language"], "route": route}
        if pairs and not route:
            await engines_ready(door, obj["language"])
        for message, target in pairs:
            try:
                one = await _one(door, asked, given, (field, message), target, as_json)
            except DemeureError as problem:  # of a folder, the others are answered all the same
                if len(pairs) == 1:
                    raise
                sentence = problem.sentence(obj["language"])
                click.echo(printable(f"{message.name if message else task} : {sentence}"), err=True)
                one = {"code": problem.exit_code, "eml": str(message), "problem": problem.code()}
            ended = int(one.pop("code"))
            code, told = code or ended, [*told, one]
    if as_json:
        print_json(told[0] if len(told) == 1 else told)
    return code


def _pairs(eml: Path | None, out: Path | None) -> list[tuple[Path | None, Path | None]]:
    """(message, where its draft goes). Raises FileExists: what one names is there already; click.BadParameter."""
    from demeure.cli.export_cmd import absent

    if eml is None or not eml.is_dir():
        absent(out)
        return [(eml, out)]
    if out is None or (out.exists() and not out.is_dir()):
        raise click.BadParameter(str(out or ""), param_hint="--out")
    out.mkdir(exist_ok=True)
    found = sorted(one for one in eml.iterdir() if one.suffix.lower() in SUFFIXES and one.is_file())
    stems = Counter(one.stem for one in found)
    named = {one: one.stem if stems[one.stem] == 1 else one.name.replace(".", "-") for one in found}
    pairs = [(one, out / f"{named[one]}-reponse.eml") for one in found]
    return [(one, target) for one, target in pairs if not target.exists()]


async def _field(door: Any, task: str) -> str:
    """The field of the task that takes a message. Raises click.BadParameter."""
    shown = (await door.call("tasks.show", {"task": task})).data["task"]
    field = next((one["name"] for one in shown["fields"] if one["kind"] == MESSAGE), "")
    if not field:
        raise click.BadParameter(task, param_hint="--eml")
    return str(field)


async def _one(
    door: Any,
    asked: dict[str, Any],
    given: tuple[str, ...],
    message: tuple[str, Path | None],
    target: Path | None,
    as_json: bool,
) -> dict[str, Any]:
    """What became of one message: {code, eml, work, draft, file}."""
    from demeure.cli.export_cmd import fetch
    from demeure.cli.task_cmd import followed, given_fields, sent_file
    from demeure.cli.task_shown import ended

    field, path = message
    fields = await given_fields(door, given)
    if path is not None:
        fields[field] = await sent_file(door, path)
    language = asked["language"]
    closed = await followed(door, "tasks.run", asked | {"fields": fields}, language, as_json)
    code = ended(closed, language, False) if not as_json else int(closed["drafts"][-1]["state"] != "done")
    told = {"code": code, "eml": str(path) if path else None, "work": closed["work"], "draft": closed["drafts"][-1]}
    if code == 0 and target is not None:
        sent = {"work": closed["work"], "number": 0, "letter": False, "language": language}
        made = await fetch(door, sent, None, target, "tasks.send")
        told["file"] = made["file"]
        if not as_json:
            click.echo(printable(said(language, f"Écrit : {made['file']}", f"Written: {made['file']}")))
    return told
