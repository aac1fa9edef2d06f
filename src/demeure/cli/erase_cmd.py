"""``demeure erase``: the end of the contract. Everything of an instance is destroyed; a signed report stays
outside."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from demeure.cli.instance import own, readable
from demeure.cli.terminal import JSON, print_json, said

if TYPE_CHECKING:
    from demeure.backup.erasing import Report


@click.command("erase")
@click.option(
    "--report",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="Dossier neuf, hors de la maison, où le rapport signé reste.",
)
@click.option(
    "--yes", "name", default="", help="Le nom de l’organisation, tel que dans les réglages : sans question."
)
@JSON
@click.pass_obj
def command(obj: dict[str, Any], folder: Path, name: str, as_json: bool) -> None:
    """Efface toute la maison, clés d’abord, et laisse un rapport signé. La maison doit être fermée. Rien ne
    revient : exportez d’abord (demeure export everything)."""
    from demeure.backup.erasing import erase, held
    from demeure.clock import SystemClock

    instance: Path = obj["instance"].absolute()
    readable(instance)
    own(instance)
    _closed(instance)
    _outside(instance, folder.absolute())
    told = held(instance)
    organisation = str(told.get("organisation") or _organisation(instance))
    _confirmed(obj, organisation, told, name)
    report = erase(instance, SystemClock().now(), organisation, lambda made: _kept(folder, made), lambda _: None)
    if as_json:
        print_json({"report": str(folder), "house": report.vkey})
        return
    fr = (
        f"Effacé. Rapport signé\u00a0: {folder}. Détruisez aussi les feuilles de secours et les sauvegardes "
        f"gardées ailleurs."
    )
    en = f"Erased. Signed report: {folder}. Destroy the recovery sheets and the backups kept elsewhere too."
    click.echo(said(obj["language"], fr, en))


def _closed(instance: Path) -> None:
    """Raises AlreadyRunning: nothing is taken from under a house that serves."""
    import os

    from demeure.supervisor.belongings import take_lock

    if (instance / "run" / "lock").exists():
        os.close(take_lock(instance))


def _outside(instance: Path, folder: Path) -> None:
    """Raises SheetInside, RestoreOver: the report is not written in what goes, nor over anything."""
    from demeure.backup.errors import SheetInside
    from demeure.backup.restoring import empty_or_absent

    if instance.resolve() in (folder.resolve(), *folder.resolve().parents):
        raise SheetInside(place=str(folder))
    empty_or_absent(folder)


def _organisation(instance: Path) -> str:
    from demeure.settings import load

    return load(instance / "demeure.toml").organisation


def _confirmed(obj: dict[str, Any], organisation: str, told: dict[str, Any], name: str) -> None:
    """Raises InputError: the name was not typed."""
    from demeure.errors import InputError

    language = obj["language"]
    files = sum(one["files"] for one in told["folders"].values())
    fr = f"{files} fichiers de « {organisation} » vont être détruits, sans retour."
    click.echo(
        said(language, fr, f"{files} files of “{organisation}” are about to be destroyed, for good."), err=True
    )
    for one in told["backups"]:
        fr = f"Reste ailleurs\u00a0: {one['place']} ({one['path']})."
        click.echo(said(language, fr, f"Stays elsewhere: {one['place']} ({one['path']})."), err=True)
    ask = said(language, "Nom de l’organisation, pour confirmer", "Name of the organisation, to confirm")
    given = name or str(click.prompt(ask, err=True))
    if given.strip() != organisation:
        raise InputError(detail=said(language, "le nom n’est pas celui-là", "the name is not that one"))


def _kept(folder: Path, made: "Report") -> None:
    from demeure.store.durable import make_folder, write_new

    make_folder(folder.absolute())
    for name, content in made.files().items():
        write_new(folder.absolute() / name, content, 0o600)
