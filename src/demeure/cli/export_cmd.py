"""``demeure export``: an answer as a file to send, with its sources as notes."""

import asyncio
from pathlib import Path
from typing import Any

import click

from demeure.cli.terminal import JSON, shown

FORMATS = ("docx", "odt", "pdf", "md")
SHEETS = ("ods", "csv")
"""Of the table of a draft."""
EVERYTHING = "everything"
"""Instead of an id: the whole house, by an organisation that leaves."""
MAIL = ("eml",)
"""Of an e-mail."""


@click.command("export")
@click.argument("which", metavar="ID")
@click.option("--format", "kind", type=click.Choice(FORMATS), default=None, help="Format (défaut : celui du nom).")
@click.option("--to", "target", type=click.Path(path_type=Path), default=None, help="Fichier à écrire.")
@click.option("--letter", is_flag=True, help="Avec en-tête, formule de politesse et signature.")
@click.option("--mask", is_flag=True, help="Données personnelles masquées.")
@JSON
@click.pass_obj
def command(
    obj: dict[str, Any], which: str, kind: str | None, target: Path | None, letter: bool, mask: bool, as_json: bool
) -> None:
    """Écrit une réponse en DOCX, ODT, PDF/A ou Markdown. ID : conversation, ou conversation/réponse ;
    everything : toute la maison, en formats ouverts, dans le dossier neuf de --to."""
    if which == EVERYTHING:
        from demeure.cli.leaving import everything

        everything(obj, target, as_json)
        return
    absent(target)
    made = asyncio.run(_export(obj, {"id": which, "letter": letter, "mask": mask}, kind, target))
    shown(obj, made, as_json, f"Écrit : {made['file']}", f"Written: {made['file']}")


async def _export(
    obj: dict[str, Any], asked: dict[str, Any], kind: str | None, target: Path | None
) -> dict[str, Any]:
    from demeure.cli.house import reach

    async with reach(obj["instance"], obj["language"]) as door:
        return await fetch(door, asked | {"language": obj["language"]}, kind, target)


def absent(target: Path | None) -> None:
    """Raises FileExists: nothing is written over, and it is said before anything is asked."""
    from demeure.cli.errors import FileExists

    if target is not None and target.exists():
        raise FileExists(path=str(target))


def kind_of(kind: str | None, target: Path | None, sheets: tuple[str, ...] = ()) -> str:
    """The format asked for, else that of the file's name, else DOCX. Raises InputError."""
    from demeure.errors import InputError

    named = target.suffix[1:].lower() if target is not None else ""
    known = (*FORMATS, *sheets)
    if kind is None and named not in ("", *known):
        raise InputError(detail=f".{named}: {', '.join(known)}")
    return kind or named or "docx"


async def fetch(
    door: Any, asked: dict[str, Any], kind: str | None, target: Path | None, op: str = "files.answer"
) -> dict[str, Any]:
    """Ask the house for the file through ``door`` and write it; never over another. Raises FileExists."""
    from demeure.cli.writing import write_new

    kind = kind_of(kind, target, (*SHEETS, *MAIL) if op == "tasks.send" else ())
    told: dict[str, Any] = {}
    data = bytearray()
    async for item in door.stream(op, asked | {"format": kind}):
        told = told or dict(item.data)
        data += item.body
    path = target if target is not None else Path(told["name"])
    write_new(path, bytes(data))
    return {"file": str(path), "bytes": len(data), "format": kind}
