"""``demeure backup restore`` and ``demeure backup drill``: coming back, for good or for an exercise."""

import asyncio
import os
import time
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any

import click

from demeure.cli.backup_plan import asked_key
from demeure.cli.backup_work import Work, last_made, own_vkey, run, target_of
from demeure.cli.ending import gently
from demeure.cli.instance import own
from demeure.cli.terminal import JSON, moment_told, print_json, said, weight
from demeure.errors import InputError, counted

if TYPE_CHECKING:
    from demeure.backup.manifest import Manifest
    from demeure.backup.target import Target

NUMBER = click.option("--number", type=click.IntRange(1), default=None, help="Son numéro (défaut : la dernière).")
KEY_FILE = click.option(
    "--key-file",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    default=None,
    help="Fichier où la clé de secours est écrite (défaut : la demander).",
)


@click.command("restore")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--place", default="", help="Lieu de sauvegarde de cette maison.")
@click.option(
    "--from",
    "source",
    type=click.Path(path_type=Path, file_okay=False),
    help="Dossier de sauvegardes, sans maison.",
)
@NUMBER
@click.option("--document", default=None, help="Seulement ce document (nom ou identifiant), en clair.")
@click.option("--space", default=None, help="Seulement les documents de cet espace (nom ou identifiant), en clair.")
@click.option("--vkey", default="", help="Clé publique du journal qui doit avoir signé (elle est sur la feuille).")
@KEY_FILE
@JSON
@click.pass_obj
def restore(obj: dict[str, Any], /, folder: Path, as_json: bool, **more: Any) -> None:
    """Restaure une sauvegarde dans un dossier neuf, entière ou en partie, ici ou sur une autre machine."""
    from demeure.backup.fresh import outside, to_be_named
    from demeure.backup.partial import Wanted

    folder = folder.absolute()
    _asked_one_way(obj, folder, more)
    if more["source"] is not None and not _reachable(obj["instance"]):
        obj = {**obj, "instance": folder}  # another user's house: as where there is none
    elif (obj["instance"] / "keys").is_dir():  # a house is there; without one, it may come back at its own place
        outside(obj["instance"], folder)
    to_be_named(folder)
    target, known, made = _source(obj, more["place"], more["source"])
    vkey = more["vkey"] or known
    page = _page(target, vkey, more["number"], made)
    wanted = Wanted(more["document"] or "", more["space"] or "")
    key = asked_key(obj["language"], more["key_file"])
    part = bool(wanted.document or wanted.space)
    began = time.monotonic()
    try:
        with gently():
            work = partial(_restored, target, page, key, folder, wanted if part else None)
            answer = _journalled(obj, page, part, work)
    except KeyboardInterrupt:
        if not folder.exists() or not any(folder.iterdir()):
            click.echo(
                said(obj["language"], "Arrêté : rien n’est restauré.", "Stopped: nothing is restored."), err=True
            )
        raise
    seconds = time.monotonic() - began
    told = {"number": page.number, "at": page.at, "house": page.house, "folder": str(folder)}
    told |= {"seconds": round(seconds, 2), **answer}
    if as_json:
        print_json(told)
        return
    _say_restored(obj["language"], page, told, known=bool(vkey))


def _asked_one_way(obj: dict[str, Any], folder: Path, more: dict[str, Any]) -> None:
    """Raises InputError: an option that names nothing (an empty variable) restores no whole house in its stead;
    RestoreInPlace."""
    from demeure.errors import InputError

    for name in ("document", "space"):
        if more[name] is not None and not more[name].strip():
            raise InputError(detail=f"--{name} est vide", detail_en=f"--{name} is empty")
    if more["source"] is not None and more["place"]:
        fr, en = "--place ou --from, pas les deux", "--place or --from, not both"
        raise InputError(detail=fr, detail_en=en)
    not_in_place(obj["instance"], folder, [more["source"]] if more["source"] is not None else [])


def not_in_place(instance: Path, folder: Path, more: Sequence[Path] = ()) -> None:
    """A house in clear is written at no place of backups, nor at ``more``. Raises RestoreInPlace."""
    from demeure.backup.errors import PlanDamaged, RestoreInPlace
    from demeure.backup.plan import read_plan

    places = list(more)
    with suppress(PlanDamaged, PermissionError):
        places += [Path(one.path) for one in read_plan(instance).places if one.path.startswith("/")]
    for one in places:
        if one.resolve() in (folder.resolve(), *folder.resolve().parents):
            raise RestoreInPlace(place=str(one))


def _source(obj: dict[str, Any], place: str, source: Path | None) -> "tuple[Target, str, int]":
    """(target, public key of this house, last backup it knows there)."""
    from demeure.backup.plan import Place, read_plan

    if source is not None:
        return target_of(Place(source.name, str(source.absolute()))), "", 0
    where = read_plan(obj["instance"]).place(place)
    return (
        target_of(where, obj["instance"], obj["language"]),
        own_vkey(obj["instance"]),
        last_made(obj["instance"], where.name),
    )


def _page(target: "Target", vkey: str, number: int | None, made: int) -> "Manifest":
    from demeure.backup.verifying import chosen

    return chosen(target, vkey, number, made)


def _journalled(obj: dict[str, Any], page: "Manifest", part: bool, work: Any) -> dict[str, Any]:
    """In the journal of the house whose backup it is, when it is here; nowhere on another machine."""
    if own_vkey(obj["instance"]) != page.house:
        return dict(work(lambda _: None))
    what = "part" if part else "restored"
    return dict(run(obj, what, lambda doing: (str(page.number), work(doing.step), b""), str(page.number)))


def _reachable(instance: Path) -> bool:
    """May whoever runs this look into it? An installed house belongs to its own user."""
    try:
        (instance / "keys").stat()
    except PermissionError:
        return False
    except OSError:
        return True
    return os.access(instance / "keys", os.R_OK | os.X_OK)


def _restored(target: Any, page: Any, key: Any, folder: Path, wanted: Any, step: Any) -> dict[str, Any]:
    from demeure.backup.partial import restore_part
    from demeure.backup.restoring import opened, restore

    found = opened(target, page, key)
    if wanted is not None:
        return {"documents": restore_part(found, wanted, folder, step=step)}
    restore(found, folder, step=step)
    return {"files": page.files, "bytes": page.weight}


def _say_restored(language: str, page: "Manifest", told: dict[str, Any], *, known: bool) -> None:
    when = moment_told(page.at, language)
    if "documents" in told:
        count = len(told["documents"])
        papers = counted(count, "document", "documents")
        fr = f"{papers} de la sauvegarde {page.number} ({when}) dans {told['folder']}, en clair."
        en = f"{papers} of backup {page.number} ({when}), clear, in {told['folder']}."
        click.echo(said(language, fr, en))
        return
    rate = page.weight / 1e6 / max(told["seconds"], 0.001)
    size = weight(page.weight, language)
    fr = f"Sauvegarde {page.number} ({when}) restaurée dans {told['folder']}\u00a0: {page.files} fichiers, "
    fr += f"{size}, tous comparés à leur empreinte ({rate:.0f} Mo/s). "
    fr += "Ne l’ouvrez jamais à côté de l’ancienne\u00a0: fermez l’ancienne d’abord, puis demeure --instance "
    fr += f"{quote(str(told['folder']))} up"
    en = f"Backup {page.number} ({when}) restored in {told['folder']}: {page.files} files, {size}, all compared "
    en += f"with their digest ({rate:.0f} MB/s). Never open it beside the former house: close that one first, "
    en += f"then demeure --instance {quote(str(told['folder']))} up"
    click.echo(said(language, fr, en))
    if not known:
        fr = f"Signée par {page.house}\u00a0: comparez cette clé à celle de la feuille (ou donnez-la : --vkey)."
        en = f"Signed by {page.house}: compare this key with the one on the sheet (or give it: --vkey)."
        click.echo(said(language, fr, en), err=True)
    fr = "Les modèles ne sont pas dans les sauvegardes\u00a0: demeure models pull les remet."
    click.echo(said(language, fr, "Models are not in backups: demeure models pull puts them back."), err=True)


@click.command("drill")
@click.argument("place", default="", required=False)
@NUMBER
@KEY_FILE
@click.option(
    "--into",
    type=click.Path(path_type=Path, file_okay=False),
    default=None,
    help="Dossier neuf de l’exercice, retiré à la fin (défaut : à côté de la maison).",
)
@JSON
@click.pass_obj
def drill(
    obj: dict[str, Any], place: str, number: int | None, key_file: Path | None, into: Path | None, as_json: bool
) -> None:
    """Exercice : restaure, ouvre la maison restaurée sans réseau, lui pose des questions, compare. Code 4 si
    échec."""
    from demeure.backup.errors import DrillFailed, DrillRunning
    from demeure.backup.fresh import DRILLS, destroyed, drill_folder, outside
    from demeure.backup.restoring import room_for
    from demeure.cli.backup_drill import Exercise
    from demeure.store.durable import alone, make_folder

    if into is not None:
        outside(obj["instance"], into.absolute())
        not_in_place(obj["instance"], into.absolute())
    target, vkey, made = _source(obj, place, None)
    page = _page(target, vkey, number, made)
    key = asked_key(obj["language"], key_file)
    folder = (into or drill_folder(obj["instance"])).absolute()
    if not os.access(folder.parent, os.W_OK | os.X_OK):  # no report of a drill that could not begin
        fr = f"l’exercice ne peut pas s’écrire dans {folder.parent}\u00a0: donnez un autre dossier (--into)"
        raise InputError(
            detail=fr, detail_en=f"the drill cannot write in {folder.parent}: give another folder (--into)"
        )

    def work_on(work: Work) -> tuple[str, dict[str, Any], bytes]:
        exercise = Exercise(work, target, page, key, folder, obj["language"])
        report, text = exercise.report(asyncio.run(exercise.run()))
        failed = [check["name"] for check in report["checks"] if not check["ok"]]
        about = f"{report['drill']} backup={page.number} failed={len(failed)} seconds={report['seconds']['total']}"
        return about, report, text

    own(obj["instance"])
    make_folder(obj["instance"] / DRILLS)
    with alone(obj["instance"] / DRILLS, 0.0) as held:
        if not held:
            raise DrillRunning()
        if into is None:
            destroyed(folder)  # what a killed drill left
        room_for(page.weight, folder.parent)  # a disk that is full says nothing of the backup
        report = run(obj, "drilled", work_on, f"backup={page.number}")
    if as_json:
        print_json(report)
    else:
        for check in report["checks"]:
            mark = "ok" if check["ok"] else said(obj["language"], "NON", "NO")
            click.echo(f"{mark:>4}  {check[obj['language']]}")
        click.echo(_timed(obj["language"], report))
    if failed := [check for check in report["checks"] if not check["ok"]]:
        raise DrillFailed(**failures(failed))


def failures(checks: list[dict[str, Any]]) -> dict[str, str]:
    """For DrillFailed: what the checks that failed say, French and English."""
    fr, en = ([check[language].strip().rstrip(".") for check in checks] for language in ("fr", "en"))
    return {"what": "\u202f; ".join(fr), "what_en": "; ".join(en)}


def _timed(language: str, report: dict[str, Any]) -> str:
    if not all(check["ok"] for check in report["checks"]):  # nothing came back
        return said(language, f"Rapport signé n° {report['drill']}.", f"Signed report no. {report['drill']}.")
    seconds = report["seconds"]
    whole, back, opening = (_seconds(seconds[name], language) for name in ("total", "restore", "start"))
    lost = _work(report["lost_seconds"], language)
    fr = f"Reprise en {whole} (restauration {back}, ouverture {opening})\u202f; ce qui serait perdu\u00a0: "
    fr += f"{lost} de travail. Rapport signé n° {report['drill']}."
    en = f"Back in {whole} (restore {back}, start {opening}); what would be lost: {lost} of work. "
    return said(language, fr, en + f"Signed report no. {report['drill']}.")


def _seconds(value: float, language: str) -> str:
    """A tenth where it counts."""
    return f"{value:.1f} s".replace(".", said(language, ",", ".")) if value < 10 else f"{value:.0f} s"


def _work(seconds: float, language: str) -> str:
    """Hours; what is shorter, in minutes or seconds."""
    if seconds < 3600:
        return f"{seconds:.0f} s" if seconds < 60 else f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h".replace(".", said(language, ",", "."))
