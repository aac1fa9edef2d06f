"""``demeure words``: the glossary and the texts of the organisation, or of a space."""

import asyncio
import sys
from pathlib import Path
from typing import Any

import click

from demeure.cli.calling import call
from demeure.cli.terminal import JSON, listed, print_json, said, shown

_SPACE = click.option("--space", default="", help="Espace (défaut : toute l’organisation).")
_FILE = click.Path(path_type=Path, dir_okay=False)
_KINDS = {"terme": "term", "sigle": "acronym", "service": "service", "lieu": "place"}
_TEXTS = {
    "style": "style",
    "en-tete": "letterhead",
    "signature": "signature",
    "politesse": "closing",
    "modele": "template",
    "procedure": "procedure",
}


@click.group("words")
def command() -> None:
    """Glossaire, style et courriers : de l’organisation, ou d’un espace."""


@command.command("list")
@_SPACE
@JSON
@click.pass_obj
def list_(obj: dict[str, Any], space: str, as_json: bool) -> None:
    """Liste le glossaire et les textes."""
    found = call(obj, "words.list", {"space": space})
    if as_json:
        print_json(found)
        return
    columns = said(obj["language"], "forme,sens,à éviter", "form,meaning,avoid")
    rows = [(one["form"], one["meaning"] or "-", ", ".join(one["avoid"]) or "-") for one in found["terms"]]
    none = ("Glossaire vide : demeure words add FORME.", "Empty glossary: demeure words add FORM.")
    listed(obj["language"], columns, rows, *none)
    for text in found["texts"]:
        click.echo(" ".join(filter(None, (text["kind"], text["name"], f"v{text['version']}"))))


@command.command("add")
@click.argument("form")
@_SPACE
@click.option("--kind", type=click.Choice([*_KINDS]), default="terme", help="Genre de l’entrée.")
@click.option("--meaning", default="", help="Nom complet ou sens.")
@click.option("--also", multiple=True, help="Autre forme juste (répétable).")
@click.option("--avoid", multiple=True, help="Forme à éviter (répétable).")
@click.option("--note", default="", help="Pourquoi.")
@JSON
@click.pass_obj
def add(obj: dict[str, Any], /, form: str, space: str, as_json: bool, **given: Any) -> None:
    """Ajoute une entrée au glossaire."""
    asked = {"space": space, "form": form, **given, "kind": _KINDS[given["kind"]]}
    asked |= {"also": list(given["also"]), "avoid": list(given["avoid"])}
    made = call(obj, "words.add", asked)
    kept = made["term"]["form"]
    shown(obj, made, as_json, f"Entrée gardée : {kept}", f"Entry kept: {kept}")


@command.command("remove")
@click.argument("form")
@_SPACE
@JSON
@click.pass_obj
def remove(obj: dict[str, Any], form: str, space: str, as_json: bool) -> None:
    """Retire une entrée du glossaire."""
    answer = call(obj, "words.remove", {"space": space, "form": form})
    gone = answer["form"]
    shown(obj, answer, as_json, f"Entrée retirée : {gone}", f"Entry removed: {gone}")


@command.command("import")
@click.argument("source", type=_FILE)
@_SPACE
@click.option("--alone", is_flag=True, help="Retirer les entrées que le fichier n’a pas.")
@JSON
@click.pass_obj
def import_(obj: dict[str, Any], source: Path, space: str, alone: bool, as_json: bool) -> None:
    """Importe un glossaire CSV (Excel, LibreOffice), tout entier ou pas du tout."""
    from demeure.cli.errors import FileMissing

    try:
        data = source.read_bytes()
    except OSError as problem:
        raise FileMissing(path=str(source)) from problem
    answer = _reply(obj, "words.import", {"space": space, "alone": alone}, data).data
    counts = {name: answer[name] for name in ("added", "changed", "removed")}
    fr = "Entrées importées : {added} ; changées : {changed} ; retirées : {removed}".format_map(counts)
    shown(
        obj, answer, as_json, fr, "Imported: {added} new, {changed} changed, {removed} removed".format_map(counts)
    )


@command.command("export")
@click.argument("target", type=_FILE)
@_SPACE
@click.pass_obj
def export(obj: dict[str, Any], target: Path, space: str) -> None:
    """Écrit le glossaire dans un fichier CSV."""
    from demeure.cli.writing import write_new

    write_new(target, _reply(obj, "words.export", {"space": space, "language": obj["language"]}).body)


@command.command("text")
@click.argument("kind", type=click.Choice([*_TEXTS]))
@click.argument("name", default="")
@_SPACE
@click.option("--write", "source", type=_FILE, default=None, help="Fichier de texte : la prochaine version.")
@click.option("--remove", "gone", is_flag=True, help="Retirer ce texte ; ses versions restent.")
@JSON
@click.pass_obj
def text(
    obj: dict[str, Any], kind: str, name: str, space: str, source: Path | None, gone: bool, as_json: bool
) -> None:
    """Montre un texte (style, en-tête, signature, politesse, modèle, procédure), ou écrit sa prochaine version."""
    from demeure.cli.errors import FileMissing

    asked = {"space": space, "kind": _TEXTS[kind], "name": name}
    if source is not None or gone:
        try:
            body = None if source is None else source.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as problem:
            raise FileMissing(path=str(source)) from problem
        answer = call(obj, "words.write", asked | {"body": body})
        number = answer["version"]
        shown(obj, answer, as_json, f"Version {number} gardée", f"Version {number} kept")
        return
    versions = call(obj, "words.text", asked)["versions"]
    if as_json:
        print_json(versions)
    elif versions and versions[0]["body"]:
        click.echo(versions[0]["body"])
    else:
        click.echo(said(obj["language"], "Pas encore écrit.", "Not written yet."), err=True)
        sys.exit(1)


def _reply(obj: dict[str, Any], op: str, asked: dict[str, Any], body: bytes = b"") -> Any:
    async def go() -> Any:
        from demeure.cli.house import reach

        async with reach(obj["instance"], obj["language"]) as door:
            return await door.call(op, asked, body)

    return asyncio.run(go())
