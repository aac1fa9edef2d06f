"""``demeure personal``: a file without names, whose table a space keeps, and the names back in what answers it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import click

from demeure.cli.export_cmd import absent
from demeure.cli.terminal import said

_GIVEN = click.argument("file", metavar="FICHIER", type=click.Path(path_type=Path, dir_okay=False))
_SPACE = click.option("--space", required=True, help="Espace qui garde la table, scellée.")
_DOSSIER = click.option(
    "--dossier", default="", help="Dossier : les mêmes personnes y ont les mêmes marques (défaut : commun)."
)
_TO = click.option(
    "--to",
    "target",
    type=click.Path(path_type=Path, dir_okay=False),
    default=None,
    help="Fichier à écrire (défaut : le terminal).",
)


@click.group("personal")
def command() -> None:
    """Remplace les données personnelles d’un texte par des marques qui reviennent (pseudonymes)."""


@command.command("pseudonymise")
@_GIVEN
@_SPACE
@_DOSSIER
@_TO
@click.pass_obj
def pseudonymise(obj: dict[str, Any], file: Path, space: str, dossier: str, target: Path | None) -> None:
    """Écrit un fichier où les personnes sont des marques, les mêmes dans tout le dossier."""
    _made(obj, "personal.hide", file, {"space": space, "dossier": dossier}, target)


@command.command("restore")
@_GIVEN
@_SPACE
@_DOSSIER
@_TO
@click.pass_obj
def restore(obj: dict[str, Any], file: Path, space: str, dossier: str, target: Path | None) -> None:
    """Remet les noms à la place des marques."""
    _made(obj, "personal.restore", file, {"space": space, "dossier": dossier}, target)


def _made(obj: dict[str, Any], op: str, file: Path, asked: dict[str, Any], target: Path | None) -> None:
    from demeure.cli.errors import FileMissing
    from demeure.cli.writing import write_new

    absent(target)
    try:
        data = file.read_bytes()
    except OSError as problem:
        raise FileMissing(path=str(file)) from problem
    made = asyncio.run(_asked(obj, op, asked | {"name": file.name}, data))
    if target is None:
        click.echo(made.decode(), nl=False)
        return
    write_new(target, made)
    click.echo(said(obj["language"], f"Écrit : {target}", f"Written: {target}"))


async def _asked(obj: dict[str, Any], op: str, asked: dict[str, Any], data: bytes) -> bytes:
    from demeure.cli.house import reach

    async def body() -> AsyncIterator[bytes]:
        for start in range(0, len(data), 1 << 20):
            yield data[start : start + (1 << 20)]

    made = bytearray()
    async with reach(obj["instance"], obj["language"]) as door:
        async for item in door.stream(op, asked, body()):
            made += item.body
    return bytes(made)
