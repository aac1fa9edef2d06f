"""``demeure evidence pack``: one folder for an auditor, a client, an assembly; each part verifies alone."""

import asyncio
from datetime import date
from pathlib import Path
from typing import Any

import click

from demeure.cli.terminal import JSON, print_json, printable, said


@click.group("evidence")
def command() -> None:
    """Le dossier de preuves pour un auditeur, un client, une assemblée."""


@command.command("pack")
@click.argument("target", metavar="DOSSIER", type=click.Path(path_type=Path))
@click.option("--since", default=None, metavar="AAAA-MM-JJ", help="Journal depuis ce jour (défaut : tout).")
@JSON
@click.pass_obj
def pack(obj: dict[str, Any], target: Path, since: str | None, as_json: bool) -> None:
    """Écrit le dossier : résumé de deux pages, preuve, journal et ses preuves, sauvegardes, registres, politique,
    prestataires, modèles et licences, composants. Chaque partie se vérifie seule, sans Demeure."""
    from demeure.cli.writing import place_for

    place_for(target)
    if since is not None:
        _day(since)
    made = asyncio.run(_packed(obj, target, since))
    if as_json:
        print_json(made)
        return
    language = obj["language"]
    for one in made["pieces"]:
        mark = f"– {one['absent']}" if one["absent"] else one["told"]
        click.echo(printable(f"{one['name']}\t{mark}"))
    click.echo(said(language, f"Écrit : {made['folder']}", f"Written: {made['folder']}"))


def _day(said: str) -> None:
    """Before anything is made: a pack without its journal for a day mistyped is not what was asked for. Raises
    InputError."""
    from demeure.errors import InputError

    try:
        date.fromisoformat(said)
    except ValueError as problem:
        raise InputError(
            detail=f"--since {said[:40]}\u00a0: AAAA-MM-JJ", detail_en=f"--since {said[:40]}: YYYY-MM-DD"
        ) from problem


async def _packed(obj: dict[str, Any], target: Path, since: str | None) -> dict[str, Any]:
    """The folder takes its name at the end: half of one never looks whole."""
    from demeure.cli.evidence_parts import Packing
    from demeure.cli.house import reach
    from demeure.cli.writing import folder_aside

    with folder_aside(target) as aside:
        async with reach(obj["instance"], obj["language"]) as door:
            pieces = await Packing(door, obj["instance"], aside, since).pieces()
        await asyncio.to_thread(aside.rename, target)
    return {"folder": str(target), "pieces": [vars(one) for one in pieces]}
