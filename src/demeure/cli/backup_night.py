"""``demeure backup run`` and ``demeure backup rehearse``: what an open house does by itself, and anybody may do
by hand."""

import asyncio
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from demeure.cli.backup_work import Work, made_at_place, reachable, removing, run, target_of
from demeure.cli.doctor_bases import SECONDS, damaged_bases
from demeure.cli.terminal import JSON, print_json, said, weight
from demeure.errors import DemeureError, counted

if TYPE_CHECKING:
    from demeure.backup.verifying import Checked
    from demeure.cli.backup_drill import Exercise

_ROOM = 512 << 20
"""Bytes that a rehearsal leaves free, whatever it needs."""
_TIMES = 2.2
"""What it needs of the disk: a backup and the house restored from it, side by side."""


@click.command("run")
@click.option(
    "--due", is_flag=True, help="Seulement les lieux sans sauvegarde depuis la dernière heure de backup_at."
)
@JSON
@click.pass_obj
def run_night(obj: dict[str, Any], due: bool, as_json: bool) -> None:
    """Ce que la maison fait chaque nuit : sauvegarde à tous les lieux atteints, retire les anciennes. Code 4 si un
    lieu a manqué, ou si une base est abîmée."""
    from demeure.backup.fresh import killed_swept
    from demeure.backup.plan import read_plan

    killed_swept(obj["instance"])
    plan, language = read_plan(obj["instance"]), obj["language"]
    wanted = _due(obj["instance"]) if due else {place.name for place in plan.places}
    rows: list[dict[str, Any]] = []
    damaged: list[tuple[str, str]] | None = None
    for where in (place for place in plan.places if place.name in wanted):
        if where.removable and not reachable(where):
            continue  # it is in a drawer: the page says how old its last backup is
        row: dict[str, Any] = {"place": where.name, "number": None, "bytes": 0, "removed": [], "error": ""}
        try:
            page, _ = run(obj, "made", lambda work, name=where.name: made_at_place(work, name))  # type: ignore[misc] # one call
            row |= {"number": page.number, "bytes": page.weight}
            damaged = damaged_bases(obj["instance"], SECONDS) if damaged is None else damaged
            if not damaged:  # earlier ones may be the last that are sound
                row["removed"] = run(obj, "removed", removing(where))
        except DemeureError as problem:
            row |= {"error": problem.code(), "fr": problem.sentence("fr"), "en": problem.sentence("en")}
        rows.append(row)
        if not as_json:
            click.echo(_line(language, row))
    if as_json:
        print_json({"places": rows, "damaged": [en for _, en in damaged or ()]})
    elif not rows:
        click.echo(_nothing(language, declared=bool(plan.places), due=due, wanted=bool(wanted)), err=True)
    for fr, en in () if as_json else damaged or ():
        told = f"NON  {fr} Les sauvegardes anciennes sont toutes gardées."
        click.echo(said(language, told, f"NO   {en} All earlier backups are kept."), err=True)
    if (not rows and (wanted or not due)) or damaged or any(row["error"] for row in rows):
        raise click.exceptions.Exit(4)


def _nothing(language: str, *, declared: bool, due: bool, wanted: bool) -> str:
    """Why no backup was made."""
    if not declared:
        fr = "Aucun lieu de sauvegarde n’est déclaré\u00a0: demeure backup place add NOM DOSSIER."
        return said(language, fr, "No place for backups is declared: demeure backup place add NAME FOLDER.")
    if due and not wanted:
        fr, en = "Aucun lieu n’attend de sauvegarde.", "No place is due for a backup."
        return said(language, fr, en)
    fr = "Aucune sauvegarde n’a été faite\u00a0: aucun disque déclaré n’est branché (demeure backup place list)."
    return said(language, fr, "No backup was made: no declared disk is plugged in (demeure backup place list).")


def _due(instance: Path) -> set[str]:
    """Names of the places whose last backup is older than the last moment of ``backup_at``; all of them when
    there is none."""
    from demeure.backup import last_moment, older, stand
    from demeure.clock import SystemClock
    from demeure.settings import load, time_of_day

    settings, now = load(instance / "demeure.toml"), SystemClock().now()
    found, at = (
        stand(instance, now, settings.backup_late_days, settings.drill_late_days),
        time_of_day(settings.backup_at),
    )
    return {one.name for one in found.places if at is None or older(one, last_moment(at, now), now)}


def _line(language: str, row: dict[str, Any]) -> str:
    if row["error"]:
        return said(language, f"NON  {row['place']}\u00a0: {row['fr']}", f"NO   {row['place']}: {row['en']}")
    whole = weight(row["bytes"], language)
    fr = f"ok   {row['place']}\u00a0: sauvegarde {row['number']}, {whole}"
    return said(language, fr, f"ok   {row['place']}: backup {row['number']}, {whole}")


@click.command("rehearse")
@JSON
@click.pass_obj
def rehearse(obj: dict[str, Any], as_json: bool) -> None:
    """Répète seule le retour : sauvegarde pour une clé d’un jour, restaure sans réseau, interroge, compare, efface.
    Code 4 si échec."""
    from demeure.backup.errors import DrillFailed, RehearsalRunning
    from demeure.backup.fresh import REHEARSAL, destroyed
    from demeure.cli.backup_back import failures
    from demeure.cli.errors import InstanceMissing
    from demeure.cli.instance import own
    from demeure.store.durable import alone, make_folder

    own(obj["instance"])
    if not obj["instance"].is_dir():
        raise InstanceMissing(instance=str(obj["instance"]))
    place = obj["instance"].absolute() / REHEARSAL
    make_folder(place)
    with alone(place, 0.0) as held:
        if not held:
            raise RehearsalRunning()
        folder = place / "now"
        destroyed(folder)  # what a killed one left
        _room(obj)
        make_folder(folder / "place")
        try:
            report = run(obj, "drilled", lambda work: _rehearsed(work, folder, obj["language"]), "rehearsal")
        finally:
            destroyed(folder)
    if as_json:
        print_json(report)
    else:
        for check in report["checks"]:
            mark = "ok" if check["ok"] else said(obj["language"], "NON", "NO")
            click.echo(f"{mark:>4}  {check[obj['language']]}")
    if failed := [check for check in report["checks"] if not check["ok"]]:
        raise DrillFailed(**failures(failed))


def _room(obj: dict[str, Any]) -> None:
    """Raises RestoreNoRoom: a house that fills its own disk to prove that it could come back."""
    from demeure.backup import stand
    from demeure.backup.errors import RestoreNoRoom
    from demeure.clock import SystemClock
    from demeure.settings import load

    settings = load(obj["instance"] / "demeure.toml")
    found = stand(obj["instance"], SystemClock().now(), settings.backup_late_days, settings.drill_late_days)
    needed = int((found.last.weight if found.last else 0) * _TIMES) + _ROOM
    free = shutil.disk_usage(obj["instance"]).free
    if free < needed:
        raise RestoreNoRoom(free=free >> 20, needed=needed >> 20)


def _rehearsed(work: Work, folder: Path, language: str) -> tuple[Any, dict[str, Any], bytes]:
    """A backup of this instant to a key that lives in this process alone, then the exercise on it."""
    from demeure.backup import recovery
    from demeure.backup.pages_kept import REHEARSAL
    from demeure.backup.plan import Holder, Place, Plan
    from demeure.backup.verifying import chosen
    from demeure.cli.backup_drill import Exercise
    from demeure.clock import SystemClock, iso

    key, where = recovery.made(), Place(REHEARSAL, str(folder / "place"))
    plan = Plan((Holder("rehearsal", key.recipient, iso(SystemClock().now())),), (where,))
    page = made_at_place(work, where.name, plan)[1][0]
    target = target_of(where)
    page = chosen(target, work.vkey, page.number, page.number)
    exercise = Exercise(work, target, page, key, folder / "house", language, paper=False)
    _places(work, exercise)
    report, text = exercise.report(asyncio.run(exercise.run()))
    failed = [check["name"] for check in report["checks"] if not check["ok"]]
    about = f"{report['drill']} rehearsal failed={len(failed)} seconds={report['seconds']['total']}"
    return about, report, text


def _places(work: Work, exercise: "Exercise") -> None:
    """Every byte that lies at the places in reach, against the signed pages: what the key of one day cannot
    open."""
    from demeure.backup.plan import read_plan
    from demeure.backup.verifying import check
    from demeure.cli.backup_work import last_made

    for where in read_plan(work.instance).places:
        if not reachable(where):
            continue  # told late by itself: it says nothing of whether the house comes back
        name = where.name
        try:
            found = check(
                target_of(where, work.instance), work.vkey, made=last_made(work.instance, name), quick=False
            )
        except DemeureError as problem:
            exercise.say(f"place-{name}", False, problem.sentence("fr"), problem.sentence("en"))
            continue
        exercise.say(f"place-{name}", *place_told(name, found))


def place_told(name: str, found: "Checked") -> tuple[bool, str, str]:
    """Would the house come back from there? The newest is what it comes back from; damage of older ones is told,
    and is no failure: nothing mends them, they go in their turn."""
    whole, spoilt = len(found.sound), len(found.faults)
    fr = f"{name}\u00a0: {counted(whole, 'sauvegarde intacte', 'sauvegardes intactes')}"
    en = f"{name}: {counted(whole, 'sound backup', 'sound backups')}"
    newest = max([*found.sound, *found.faults], default=0)
    if newest not in found.sound:
        return False, f"{fr}, {spoilt} abîmées, dont la dernière", f"{en}, {spoilt} damaged, the newest among them"
    if spoilt:
        fr += f", la dernière comprise\u202f; {counted(spoilt, 'plus ancienne abîmée', 'plus anciennes abîmées')}"
        en += f", the newest among them; {spoilt} older damaged"
    return True, fr, en
