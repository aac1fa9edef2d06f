"""``demeure people charter`` and ``import``: the charter of use; a list of people brought at once."""

import asyncio
import csv
import sys
from pathlib import Path
from typing import Any

import click

from demeure.cli.calling import call
from demeure.cli.terminal import JSON, listed, print_json, printable, said, shown

MOST_NAMES = 20
_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command("charter")
@click.option("--write", "source", type=_FILE, default=None, help="Fichier Markdown : la prochaine version.")
@click.option("--withdraw", "gone", is_flag=True, help="Ne plus demander d’en accepter une.")
@click.option("--number", type=int, default=0, help="Une version ancienne.")
@JSON
@click.pass_obj
def charter(obj: dict[str, Any], source: Path | None, gone: bool, number: int, as_json: bool) -> None:
    """Montre la charte d’usage et qui ne l’a pas acceptée, ou en écrit la prochaine version."""
    if source is not None or gone:
        made = call(obj, "charter.write", {"text": _text(source) if source else ""})
        fr, en = f"Version {made['number']} en vigueur", f"Version {made['number']} in force"
        if source is None:
            fr, en = "Plus aucune charte n’est demandée.", "No charter is asked for any more."
        shown(obj, made, as_json, fr, en)
        return
    answer = call(obj, "charter.show", {"number": number})
    if as_json:
        print_json(answer)
        return
    if not answer["version"]["text"]:
        fr, en = "Aucune charte n’est demandée depuis cette version.", "No charter is asked for since that version."
        click.echo(said(obj["language"], fr, en), err=True)
        return
    click.echo(answer["version"]["text"])
    click.echo(_waiting(answer["waiting"], obj["language"]), err=True)


def _waiting(names: list[str], language: str) -> str:
    """How many, and the first of them, one a line."""
    if not names:
        return said(language, "Tout le monde l’a acceptée.", "Everybody accepted it.")
    head = said(language, f"N’ont pas accepté\u00a0: {len(names)}", f"Have not accepted: {len(names)}")
    more = len(names) - MOST_NAMES
    rest = [said(language, f"  … et {more} de plus (--json)", f"  … and {more} more (--json)")] if more > 0 else []
    return "\n".join([head, *(f"  {printable(one)}" for one in names[:MOST_NAMES]), *rest])


def _text(source: Path) -> str:
    """Never empty, nor guessed: an empty text withdraws the charter, which ``--withdraw`` says."""
    from demeure.identity import CharterInvalid

    try:
        text = _read(source).decode("utf-8-sig").strip()
    except UnicodeDecodeError as problem:
        raise CharterInvalid() from problem
    if not text:
        raise CharterInvalid()
    return text


def _read(source: Path) -> bytes:
    from demeure.cli.errors import FileMissing

    try:
        return source.read_bytes()
    except OSError as problem:
        raise FileMissing(path=str(source)) from problem


@click.command("import")
@click.argument("source", type=_FILE)
@click.option("--dry-run", "dry", is_flag=True, help="Dire ce qui est lu et ce qui ne va pas, sans rien ajouter.")
@JSON
@click.pass_obj
def import_(obj: dict[str, Any], source: Path, dry: bool, as_json: bool) -> None:
    """Ajoute les personnes d’un CSV (nom, identifiant, rôle, groupe|groupe), toutes ou aucune ; leurs liens."""
    answer = _sent(obj, dry, _read(source))
    language = obj["language"]
    if as_json:
        print_json(answer)
    elif dry:
        rows = [(p["login"], p["name"], p["role"]) for p in answer["people"]]
        columns = said(language, "identifiant,nom,rôle", "login,name,role")
        listed(language, columns, rows, "Personne à ajouter.", "Nobody to add.")
        for one in answer["mistakes"]:
            where = said(language, f"ligne {one['line']} : {one['fr']}", f"line {one['line']}: {one['en']}")
            click.echo(printable(where), err=True)
        click.echo(said(language, "Essai : rien n’a été écrit.", "A trial: nothing was written."), err=True)
    else:
        pen = csv.writer(sys.stdout, delimiter=";", lineterminator="\n")
        pen.writerows((p["name"], p["login"], p["url"]) for p in answer["people"])
    if answer["mistakes"]:
        sys.exit(2)


def _sent(obj: dict[str, Any], dry: bool, data: bytes) -> dict[str, Any]:
    async def go() -> dict[str, Any]:
        from demeure.cli.house import reach

        async with reach(obj["instance"], obj["language"]) as door:
            return dict((await door.call("people.import", {"dry": dry}, data)).data)

    return asyncio.run(go())
