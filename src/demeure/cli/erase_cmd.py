"""``demeure erase``: the end of the contract. Everything of an instance is destroyed; a signed report stays
outside."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from demeure.cli.instance import own, readable
from demeure.cli.terminal import JSON, print_json, said

if TYPE_CHECKING:
    from demeure.backup.erasing import Around, Report


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

    instance: Path = obj["instance"].resolve()  # an installed house is reached through a link
    readable(instance)
    own(instance)
    _of_a_house(instance)
    around = _around(instance)
    with _closed(instance, around.copies):
        for place in (instance, *around.copies):
            _outside(place, folder.absolute())
        told = held(instance, around)
        organisation = str(told.get("organisation") or _organisation(instance))
        _confirmed(obj, organisation, told, name)
        now = SystemClock().now()
        report = erase(instance, now, organisation, lambda made: _kept(folder, made), lambda _: None, around)
    for words in _remaining(told):
        click.echo(said(obj["language"], *words), err=True)
    if as_json:
        print_json({"report": str(folder), "house": report.vkey})
        return
    fr = (
        f"Effacé. Rapport signé\u00a0: {folder}. Détruisez aussi les feuilles de secours et les sauvegardes "
        f"gardées ailleurs."
    )
    en = f"Erased. Signed report: {folder}. Destroy the recovery sheets and the backups kept elsewhere too."
    click.echo(said(obj["language"], fr, en))
    click.echo(said(obj["language"], *_verified_by(folder.resolve())))


def _verified_by(folder: Path) -> tuple[str, str]:
    """How whoever keeps the report verifies it, with Demeure and without."""
    from shlex import quote

    from demeure.journal.attestation import IDENTITY, NAMESPACE

    alone = f"ssh-keygen -Y verify -f allowed_signers -I {IDENTITY} -n {NAMESPACE} -s effacement.json.sig"
    command, alone = f"demeure verify {quote(str(folder))}", f"{alone} < effacement.json"
    return (
        f"Pour le vérifier\u00a0: {command}\u202f; sans Demeure, dans ce dossier\u00a0: {alone}",
        f"To verify it: {command}; without Demeure, in that folder: {alone}",
    )


def _of_a_house(instance: Path) -> None:
    """Raises NothingToErase: keys may be handed from outside, any folder would do."""
    from demeure.backup.erasing import MARK
    from demeure.backup.errors import NothingToErase

    if not ((instance / "keys" / "house.check").is_file() or (instance / MARK).is_file()):
        raise NothingToErase(path=str(instance))


def _around(instance: Path) -> "Around":
    """What this machine's installation keeps of the same house, when it is its house."""
    import os

    from demeure.backup.copies import copies
    from demeure.backup.erasing import Around
    from demeure.install.layout import CREDENTIALS, KEYS, PROGRAM, Layout
    from demeure.install.points import Points

    layout = Layout()
    known = [Path(point.data).resolve() for point in Points(layout).all().values()]
    installed = instance in known
    same, others = copies(instance, known if installed else ())
    left = [str(one) for one in others] if installed or instance.parent == layout.data else []
    sealed = [f"{CREDENTIALS}/demeure.{name}" for name in KEYS] if "CREDENTIALS_DIRECTORY" in os.environ else []
    if installed:
        left.append(f"{PROGRAM} (demeure uninstall)")
        with suppress(OSError):
            unit = layout.at("/etc/systemd/system/demeure.service").read_text(encoding="utf-8")
            sealed = [f"{CREDENTIALS}/demeure.{name}" for name in KEYS if f"{CREDENTIALS}/demeure.{name}" in unit]
    return Around(tuple(same), tuple(left), tuple(sealed))


@contextmanager
def _closed(instance: Path, copies: tuple[Path, ...]) -> Iterator[None]:
    """Nobody opens them until the end. Raises AlreadyRunning: nothing is taken from under a house that serves."""
    import os

    from demeure.supervisor.belongings import take_lock

    with ExitStack() as held:
        for place in (instance, *copies):
            (place / "run").mkdir(mode=0o700, exist_ok=True)
            held.callback(os.close, take_lock(place))
        yield


def _remaining(told: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """What is to be done by others, French and English."""
    if not any(path.endswith("/house.key") for path in told.get("key_files", ["/house.key"])):
        yield (
            "La clé de la maison n’était pas ici\u00a0: détruisez-la là où elle est.",
            "The house key was not here: destroy it where it is.",
        )
    if told.get("sealed"):
        paths = " ".join(told["sealed"])
        yield f"Clés scellées, à retirer en root\u00a0: rm {paths}", f"Sealed keys, to remove as root: rm {paths}"
    if told.get("left"):
        paths = ", ".join(told["left"])
        yield f"Restent ici\u00a0: {paths}", f"These stay here: {paths}"


def _outside(instance: Path, folder: Path) -> None:
    """Raises InsideTheHouse, RestoreOver: the report is not written in what goes, nor over anything."""
    from demeure.backup.fresh import empty_or_absent, outside

    outside(instance, folder)
    empty_or_absent(folder)


def _organisation(instance: Path) -> str:
    from demeure.settings import load

    return load(instance / "demeure.toml").organisation


def _confirmed(obj: dict[str, Any], organisation: str, told: dict[str, Any], name: str) -> None:
    """Raises InputError: the name was not typed."""
    from demeure.errors import InputError

    language = obj["language"]
    every = [told["folders"], *(one["folders"] for one in told.get("copies", ()))]
    files = sum(one["files"] for folders in every for one in folders.values())
    fr = f"{files} fichiers de « {organisation} » vont être détruits, sans retour."
    click.echo(
        said(language, fr, f"{files} files of “{organisation}” are about to be destroyed, for good."), err=True
    )
    for one in told.get("copies", ()):
        fr = f"Copie de la même maison, détruite aussi\u00a0: {one['path']}."
        click.echo(said(language, fr, f"Copy of the same house, destroyed too: {one['path']}."), err=True)
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
