"""``demeure journal``: its head, and its whole verification, without trusting the process that wrote it."""

import asyncio
import contextlib
import subprocess
import sys
from typing import Any

import click

from demeure.cli.instance import readable
from demeure.cli.terminal import JSON, print_json
from demeure.errors import DemeureError


@click.group("journal")
def command() -> None:
    """Montre la tête du journal et le vérifie."""


@command.command("head")
@JSON
@click.pass_obj
def head(obj: dict[str, Any], as_json: bool) -> None:
    """Taille, racine, point de contrôle signé, clé publique."""
    answer = asyncio.run(_head(obj))
    if as_json:
        print_json(answer)
    else:
        click.echo(answer["checkpoint"])
        click.echo(answer["vkey"])


async def _head(obj: dict[str, Any]) -> dict[str, Any]:
    from demeure.cli.house import reach

    async with reach(obj["instance"], obj["language"]) as door:
        return dict((await door.call("journal.head")).data)


@command.command("verify")
@click.option("--vkey", default=None, help="Clé publique attendue (défaut : celle du journal).")
@click.pass_obj
def verify(obj: dict[str, Any], vkey: str | None) -> None:
    """Recalcule feuilles, arbre, racine et signature depuis les octets écrits. Code 1 à la première faute."""
    readable(obj["instance"])
    check = [sys.executable, "-m", "demeure.journal.verify", str(obj["instance"] / "journal")]
    check += ["--language", obj["language"]]
    run = subprocess.run([*check, *(["--vkey", vkey] if vkey else [])], check=False)  # noqa: S603 - our own module
    if run.returncode == 0:
        asyncio.run(_tell(obj))
    sys.exit(run.returncode)


async def _tell(obj: dict[str, Any]) -> None:
    """An open house notes that its journal was computed again; a closed one is not opened for that."""
    from demeure.cli.door import Door, HouseDown

    with contextlib.suppress(HouseDown, DemeureError):
        async with Door(obj["instance"]) as door:
            await door.call("journal.verified")
