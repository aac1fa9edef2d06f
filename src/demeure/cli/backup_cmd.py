"""``demeure backup``: backups of the house: made, listed, checked, restored, drilled; keys on paper, places."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from demeure.cli.backup_back import drill, restore
from demeure.cli.backup_night import rehearse, run_night
from demeure.cli.backup_plan import key, place
from demeure.cli.backup_work import Work, made_at_place, reachable, removing, run, target_of
from demeure.cli.doctor_bases import damaged_bases
from demeure.cli.terminal import JSON, date, listed, moment_told, print_json, said, weight
from demeure.errors import DemeureError, counted

if TYPE_CHECKING:
    from demeure.backup.manifest import Manifest

_LOOKED = 10.0
"""Seconds in which the databases are looked at once a backup is made."""
PLACE = click.argument("place", default="", required=False)


@click.group("backup")
def command() -> None:
    """Sauvegarde, vérifie, restaure ; exercices de restauration."""


for inner in (key, place, restore, drill, run_night, rehearse):
    command.add_command(inner)


@command.command("create")
@PLACE
@JSON
@click.pass_obj
def create(obj: dict[str, Any], place: str, as_json: bool) -> None:
    """Sauvegarde la maison, ouverte ou fermée, au lieu nommé (le seul s’il n’y en a qu’un). Code 4 : base
    abîmée."""
    page, seconds = run(obj, "made", lambda work: made_at_place(work, place))
    damaged = damaged_bases(obj["instance"], _LOOKED)
    _told(obj, page, seconds, as_json, damaged)
    if damaged:
        raise click.exceptions.Exit(4)


def _told(
    obj: dict[str, Any], page: "Manifest", seconds: float, as_json: bool, damaged: list[tuple[str, str]]
) -> None:
    if as_json:
        told = {name: getattr(page, name) for name in ("number", "place", "at", "files", "added", "entries")}
        print_json(
            told
            | {
                "bytes": page.weight,
                "sha256": page.sha256,
                "seconds": round(seconds, 2),
                "damaged": [en for _, en in damaged],
            }
        )
        return
    language = obj["language"]
    whole, added = weight(page.weight, language), weight(page.added, language)
    files = counted(page.files, said(language, "fichier", "file"), said(language, "fichiers", "files"))
    fr = f"Sauvegarde {page.number} faite ({page.place})\u00a0: {files}, {whole}\u202f; "
    fr += f"{added} écrits cette fois, en {seconds:.0f} s, et relus."
    en = f"Backup {page.number} made ({page.place}): {files}, {whole}; {added} written this time, "
    click.echo(said(language, fr, en + f"in {seconds:.0f} s, and read back."))
    _say_damaged(language, damaged)
    if len(page.holders) < 2:
        fr = "Une seule personne tient une clé de secours\u00a0: donnez-en une à une deuxième "
        fr += "(demeure backup key create)."
        en = "Only one person holds a recovery key: give one to a second (demeure backup key create)."
        click.echo(said(language, fr, en), err=True)


def _say_damaged(language: str, damaged: list[tuple[str, str]]) -> None:
    for fr, en in damaged:
        click.echo(said(language, f"NON  {fr}", f"NO   {en}"), err=True)


@command.command("list")
@PLACE
@click.option("--from", "source", type=click.Path(path_type=Path, file_okay=False), help="Dossier de sauvegardes.")
@JSON
@click.pass_obj
def list_(obj: dict[str, Any], place: str, source: Path | None, as_json: bool) -> None:
    """Liste les sauvegardes d’un lieu, telles que la maison les a signées."""
    from demeure.backup.creating import numbers_at, standing

    target, vkey = _reached(obj, place, source)
    pages = standing(target, vkey)
    others = len(numbers_at(target)) - len(pages)
    if as_json:
        rows = [
            {
                "number": p.number,
                "at": p.at,
                "files": p.files,
                "bytes": p.weight,
                "added": p.added,
                "sha256": p.sha256,
            }
            for p in pages.values()
        ]
        print_json(rows)
        return
    language = obj["language"]
    columns = said(language, "numéro,faite le,fichiers,taille,écrits", "number,made on,files,size,written")
    lines = [
        (p.number, moment_told(p.at, language), p.files, weight(p.weight, language), weight(p.added, language))
        for p in reversed(pages.values())
    ]
    listed(language, columns, lines, "Aucune sauvegarde ici.", "No backup here.")
    if others:
        fr = f"! Et {others} que la clé de cette maison n’a pas signées, ou abîmées\u00a0: demeure backup verify."
        en = f"! And {others} that the key of this house did not sign, or damaged: demeure backup verify."
        click.echo(said(language, fr, en), err=True)


def _reached(obj: dict[str, Any], place: str, source: Path | None) -> tuple[Any, str]:
    """(target, public key of this house: empty where there is none)."""
    from demeure.backup.plan import Place, read_plan
    from demeure.cli.backup_work import own_vkey

    if source is not None:
        return target_of(Place(source.name, str(source))), ""
    return target_of(read_plan(obj["instance"]).place(place), obj["instance"], obj["language"]), own_vkey(
        obj["instance"]
    )


@command.command("verify")
@PLACE
@click.option("--quick", is_flag=True, help="Les tailles seulement, sans relire chaque octet.")
@click.option("--every", is_flag=True, help="Tous les lieux que cette machine atteint.")
@JSON
@click.pass_obj
def verify(obj: dict[str, Any], place: str, quick: bool, every: bool, as_json: bool) -> None:
    """Vérifie les sauvegardes d’un lieu, sans clé de secours. Code 4 si l’une ne tient pas."""
    if every and place:
        raise click.UsageError("PLACE, --every")
    if every:
        _every(obj, quick, as_json)
        return
    found = run(obj, "checked", lambda work: _checked(work, place, quick))
    if as_json:
        faults = {number: problem.sentence(obj["language"]) for number, problem in found.faults.items()}
        print_json({"sound": found.sound, "faults": faults, "bytes": found.read})
    else:
        language = obj["language"]
        for sound in found.sound:
            click.echo(said(language, f"ok   sauvegarde {sound}", f"ok   backup {sound}"))
        for problem in (found.faults[number] for number in sorted(found.faults)):
            click.echo(said(language, f"NON  {problem.sentence('fr')}", f"NO   {problem.sentence('en')}"))
    if not found.ok:
        raise click.exceptions.Exit(4)


def _every(obj: dict[str, Any], quick: bool, as_json: bool) -> None:
    """Each place in reach, one after the other; code 4 when one does not hold, or none was reached. A removable
    disk whose mount point is empty is away."""
    from demeure.backup.plan import read_plan
    from demeure.cli.backup_work import reachable

    rows, language = list[dict[str, Any]](), obj["language"]
    for where in read_plan(obj["instance"]).places:
        if not reachable(where) or (where.removable and _empty(where.path)):
            continue
        row: dict[str, Any] = {"place": where.name, "sound": 0, "faults": 0, "error": ""}
        try:
            found = run(obj, "checked", lambda work, name=where.name: _checked(work, name, quick))  # type: ignore[misc] # one call
            row |= {"sound": len(found.sound), "faults": len(found.faults)}
        except DemeureError as problem:
            row |= {"error": problem.code(), "fr": problem.sentence("fr"), "en": problem.sentence("en")}
        rows.append(row)
        if not as_json:
            good = f"{row['place']}: {row['sound']} / {row['sound'] + row['faults']}"
            click.echo(f"{row['place']}: {row[language]}" if row["error"] else good)
    if as_json:
        print_json({"places": rows})
    if not rows or any(row["error"] or row["faults"] for row in rows):
        raise click.exceptions.Exit(4)


def _empty(folder: str) -> bool:
    try:
        return not any(Path(folder).iterdir())
    except OSError:
        return False


def _checked(work: Work, name: str, quick: bool) -> tuple[Any, Any, bytes]:
    from demeure.backup.creating import note_damaged
    from demeure.backup.plan import read_plan
    from demeure.backup.verifying import check
    from demeure.cli.backup_work import last_made

    where = read_plan(work.instance).place(name)
    made = last_made(work.instance, where.name)
    found = check(
        target_of(where, work.instance),
        work.vkey,
        made=made,
        quick=quick,
        progress=lambda _d, _w: work.step("pack"),
    )
    if not quick:
        note_damaged(work.instance, where.name, found.damaged)
    return f"{where.name} sound={len(found.sound)} faults={len(found.faults)}", found, b""


@command.command("rotate")
@JSON
@click.pass_obj
def rotate(obj: dict[str, Any], as_json: bool) -> None:
    """Sauvegarde sur les disques amovibles branchés, retire les anciennes partout, dit quel disque apporter."""
    from demeure.backup.plan import read_plan

    plan, language = read_plan(obj["instance"]), obj["language"]
    there = [p for p in plan.places if reachable(p)]
    made: list[Any] = []
    for where in (p for p in there if p.removable):
        page, seconds = run(obj, "made", lambda work, name=where.name: made_at_place(work, name))  # type: ignore[misc] # one call
        made.append(page)
        if not as_json:
            _told(obj, page, seconds, False, [])
    damaged = damaged_bases(obj["instance"], _LOOKED)
    _say_damaged(language, damaged)
    if not made and not as_json and any(p.removable for p in plan.places):
        click.echo(
            said(
                language,
                "Aucun disque amovible n’est branché\u00a0: rien n’a été sauvegardé.",
                "No removable disk is plugged in: nothing was backed up.",
            )
        )
    gone: dict[str, list[int]] = {}
    failed: list[str] = []
    for where in () if damaged else there:
        try:
            gone[where.name] = run(obj, "removed", removing(where))
        except DemeureError as problem:  # a place that cannot be reached keeps its old ones; the others go on
            failed.append(where.name)
            click.echo(f"{where.name}: {problem.sentence(language)}", err=True)
            continue
        if gone[where.name] and not as_json:
            numbers = ", ".join(map(str, gone[where.name]))
            fr = f"Retirées de « {where.name} », selon la conservation\u00a0: {numbers}."
            click.echo(said(language, fr, f"Removed from “{where.name}”, as retention says: {numbers}."))
    _next_disk(obj, [page.number for page in made], gone, as_json)
    if failed or damaged:
        sys.exit(4)


def _next_disk(obj: dict[str, Any], made: list[int], gone: dict[str, list[int]], as_json: bool) -> None:
    """The removable disk that is away and whose last backup is the oldest comes next."""
    from demeure.backup.standing import stand
    from demeure.clock import SystemClock
    from demeure.settings import load

    settings = load(obj["instance"] / "demeure.toml")
    found = stand(obj["instance"], SystemClock().now(), settings.backup_late_days, settings.drill_late_days)
    absent = {p.name for p in found.plan.places if p.removable and not reachable(p)}
    away = [p for p in found.places if p.name in absent]
    oldest = min(away, key=lambda p: p.last.number if p.last else 0, default=None)
    if as_json:
        last = oldest.last.at.isoformat() if oldest and oldest.last else None
        print_json({"made": made, "removed": gone, "bring": oldest and {"name": oldest.name, "last": last}})
        return
    if not any(p.removable for p in found.places):
        fr = "Aucun disque amovible n’est déclaré\u00a0: demeure backup place add NOM DOSSIER --removable."
        en = "No removable disk: demeure backup place add NAME FOLDER --removable."
        click.echo(said(obj["language"], fr, en))
    elif oldest:
        when = date(oldest.last.at, obj["language"]) if oldest.last else said(obj["language"], "jamais", "never")
        fr = f"Disque à apporter la prochaine fois\u00a0: {oldest.name} (dernière sauvegarde\u00a0: {when})."
        click.echo(said(obj["language"], fr, f"Disk to bring next time: {oldest.name} (last backup: {when})."))
