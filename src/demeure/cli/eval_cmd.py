"""``demeure eval``: cases of quality given to models, judged by rules alone, told as a table."""

import asyncio
import os
import shutil
import sys
from pathlib import Path
from typing import Any

import click

from demeure.cli.terminal import JSON, listed, print_json, printable, said, shown

_FILE = click.Path(path_type=Path, exists=True)


@click.group("eval", invoke_without_command=True)
@click.option(
    "--cases",
    "files",
    type=_FILE,
    multiple=True,
    help="Fichier ou dossier de cas (TOML, répétable) ; défaut : ceux de l’organisation. Voir docs/quality.md.",
)
@click.option("--only", multiple=True, help="Une tâche ou un cas (répétable).")
@click.option("--model", "models", multiple=True, help="Modèle à mesurer (répétable ; défaut : celui qui répond).")
@click.option("--again", is_flag=True, help="Refaire aussi ce qui est déjà mesuré.")
@click.option(
    "--side-by-side",
    "page",
    type=click.Path(path_type=Path, dir_okay=False),
    default=None,
    help="Écrire une page où comparer deux modèles à l’aveugle (HTML, sans réseau).",
)
@JSON
@click.pass_context
def command(
    context: click.Context,
    /,
    files: tuple[Path, ...],
    only: tuple[str, ...],
    models: tuple[str, ...],
    again: bool,
    page: Path | None,
    as_json: bool,
) -> None:
    """Fait rédiger des cas et vérifie ce qui doit y être. Code 1 si un chiffre inventé n’est pas signalé."""
    if context.invoked_subcommand is not None:
        return
    from demeure.cli.writing import place_for

    place_for(page)
    obj = context.obj
    whole = _chosen(obj["instance"], files, only)
    named = [_weights(obj["instance"], one) for one in models or (_in_use(obj["instance"]),)]
    if page is not None and len(named) != 2:
        raise click.BadParameter(said(obj["language"], "deux --model", "two --model"), param_hint="--side-by-side")
    told = asyncio.run(_run(obj, whole, named, again=again, quiet=as_json))
    if page is not None:
        from demeure.cli.eval_page import written

        written(page, obj["language"], whole.cases, told["models"])
    if as_json:
        print_json(told)
    else:
        for one in told["models"]:
            _table(obj["language"], one, several=len(named) > 1)
    sys.exit(1 if any(one["scores"].get("*", {}).get("invented_unflagged") for one in told["models"]) else 0)


@command.command("add")
@click.argument("file", type=_FILE)
@JSON
@click.pass_obj
def add(obj: dict[str, Any], file: Path, as_json: bool) -> None:
    """Ajoute un fichier de cas à ceux de l’organisation : ils gardent le choix d’un modèle."""
    from demeure.assistant.tasks.errors import CasesWrong
    from demeure.assistant.tasks.measured import case_folder, gathered, own_files
    from demeure.cli.instance import own

    own(obj["instance"])
    folder = case_folder(obj["instance"])
    target = folder / file.name
    whole = gathered([*(one for one in own_files(obj["instance"]) if one != target), file])
    _asks_what_tasks_have(obj, gathered([file]).cases, file)
    brought = [one for _, one in gathered([file]).documents.values() if one != Path()]
    for one in brought:
        if not one.is_file() or not one.resolve().is_relative_to(file.resolve().parent):
            name = os.path.relpath(one, file.parent)
            fr = f"le document « {name} » n’est pas à côté de ce fichier, ni dans un dossier à côté de lui."
            en = f"the document “{name}” is not beside this file, nor in a folder beside it."
            raise CasesWrong(file=file.name, detail=fr, detail_en=en)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for one in (file, *brought):
        place = folder / one.relative_to(file.parent)
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.copyfile(one, place)
    fr = f"{file.name} : ajouté ; l’organisation a {len(whole.cases)} cas."
    en = f"{file.name}: added; the organisation has {len(whole.cases)} cases."
    shown(obj, {"file": file.name, "cases": len(whole.cases)}, as_json, fr, en)


@command.command("list")
@JSON
@click.pass_obj
def list_(obj: dict[str, Any], as_json: bool) -> None:
    """Liste les cas de l’organisation et ce que chaque modèle installé en a fait."""
    from demeure.assistant.tasks.measured import Results, digest_of, gathered, own_files, texts_of

    whole = gathered(own_files(obj["instance"]))
    texts = texts_of(obj["instance"])
    told: list[dict[str, Any]] = []
    models = [
        _weights(obj["instance"], one.id)
        for one in _store(obj["instance"]).list()
        if one.kind == "chat" and one.present
    ]
    results = {model: Results(obj["instance"], model, sha256) for model, sha256 in models}
    for case in whole.cases:
        found = {
            model: one["passed"]
            if (one := kept.get(case.id, digest_of(case, whole, texts.get(case.task, ""))))
            else None
            for model, kept in results.items()
        }
        told.append({"case": case.id, "task": case.task, "models": found})
    if as_json:
        print_json(told)
        return
    words = {
        True: said(obj["language"], "réussi", "passed"),
        False: said(obj["language"], "échoué", "failed"),
        None: "—",
    }
    rows = [(one["case"], one["task"], *(words[state] for state in one["models"].values())) for one in told]
    columns = ",".join([said(obj["language"], "cas,tâche", "case,task"), *results])
    none = ("Aucun cas : demeure eval add FICHIER.", "No case: demeure eval add FILE.")
    listed(obj["language"], columns, rows, *none)


def _asks_what_tasks_have(obj: dict[str, Any], cases: Any, file: Path) -> None:
    """Raises CasesWrong when a case names a task or a field that nothing has, or leaves a required one out."""
    from demeure.assistant.tasks import delivered, from_file
    from demeure.assistant.tasks.errors import CasesWrong

    known = {one.name: one for one in delivered()}
    mine = [from_file(own) for own in sorted((obj["instance"] / "tasks").glob("*.toml"))]
    known |= {one.name: one for one in mine}
    for one in cases:
        task = known.get(one.task)
        if task is None:
            fr, en = f"« {one.id} » : aucune tâche « {one.task} ».", f"“{one.id}”: no task “{one.task}”."
            raise CasesWrong(file=file.name, detail=fr, detail_en=en)
        fields = {field.name: field.required for field in task.fields}
        unknown = ", ".join(sorted(set(one.fields) - set(fields))) or "-"
        absent = ", ".join(name for name, must in fields.items() if must and name not in one.fields) or "-"
        if (unknown, absent) != ("-", "-"):
            fr = f"« {one.id} » : champs que la tâche n’a pas : {unknown} ; champs qui manquent : {absent}."
            en = f"“{one.id}”: fields that the task has not: {unknown}; fields that are missing: {absent}."
            raise CasesWrong(file=file.name, detail=fr, detail_en=en)


def _chosen(instance: Path, files: tuple[Path, ...], only: tuple[str, ...]) -> Any:
    from dataclasses import replace

    from demeure.assistant.tasks.measured import gathered, own_files
    from demeure.cli.errors import NoCases

    named = [one for file in files for one in (sorted(file.glob("*.toml")) if file.is_dir() else [file])]
    whole = gathered(named if files else own_files(instance))
    cases = tuple(one for one in whole.cases if not only or one.task in only or one.id in only)
    if not cases:
        raise NoCases()
    return replace(whole, cases=cases)


def _store(instance: Path) -> Any:
    from demeure.engine.models import ModelStore

    return ModelStore(instance / "models")


def _in_use(instance: Path) -> str:
    from demeure.cli.errors import NoModelHere

    active = _store(instance).active()
    if "chat" not in active:
        raise NoModelHere()
    return str(active["chat"]["id"])


def _weights(instance: Path, model: str) -> tuple[str, str]:
    """(id, SHA-256). Raises ModelUnknown, ModelAbsent."""
    return model, str(_store(instance).get(model).sha256)


async def _run(
    obj: dict[str, Any], whole: Any, models: list[tuple[str, str]], *, again: bool, quiet: bool
) -> dict[str, Any]:
    from demeure.assistant.tasks.measured import texts_of, verdict_of
    from demeure.assistant.tasks.quality import scores
    from demeure.cli.evaluating import measured, words_of

    texts, words = texts_of(obj["instance"]), await words_of(obj["instance"], obj["language"])
    told = []
    for model in models:

        def tell(one: dict[str, Any], model: tuple[str, str] = model) -> None:
            if not quiet:
                _line(obj["language"], one, model[0] if len(models) > 1 else "")

        cases = await measured(obj, whole, model, tell, again=again, texts=texts, words=words)
        summed = {name: one.told() for name, one in scores([verdict_of(one) for one in cases]).items()}
        told.append({"model": model[0], "sha256": model[1], "cases": cases, "scores": summed})
    return {"models": told}


def _line(language: str, one: dict[str, Any], model: str) -> None:
    word = said(language, "réussi" if one["passed"] else "échoué", "passed" if one["passed"] else "failed")
    faults = [*one["missing"], *one["wrong"], *(f"? {each}" for each in one["invented"])]
    right, given = one["citations"]
    faults += [f"[{given - right}/{given}]"] if right < given else []
    faults += [] if one["state"] == "done" else [one["state"]]
    named = f"{model} · {one['case']}" if model else one["case"]
    click.echo(printable(f"{named} : {word}{' (' + ', '.join(faults) + ')' if faults else ''}"))


def _table(language: str, told: dict[str, Any], *, several: bool) -> None:
    if several:
        click.echo(printable(f"\n{told['model']}  {told['sha256'][:12]}"))
    columns = said(
        language,
        "tâche,cas,réussis,faits,inventés non signalés,langue,citations,pages,ton,glossaire,autres fautes",
        "task,cases,passed,facts,invented unflagged,language,citations,pages,tone,glossary,other faults",
    )
    rows = [(name, *map(_told, one.values())) for name, one in told["scores"].items()]
    listed(language, columns, rows, "Aucun cas.", "No case.")


def _told(value: Any) -> str:
    return "—" if value is None else f"{value:.0%}" if isinstance(value, float) else str(value)
