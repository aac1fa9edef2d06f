"""``demeure backup key`` and ``demeure backup place``: who can read backups, and where they are kept."""

import unicodedata
from pathlib import Path
from typing import Any

import click

from demeure.cli.backup_work import changed, own_vkey, reachable
from demeure.cli.terminal import JSON, day_told, listed, print_json, said, shown

_NAMED = 120


@click.group("key")
def key() -> None:
    """Clés de secours, sur papier : qui peut relire les sauvegardes."""


@key.command("create")
@click.argument("holder")
@click.option(
    "--sheet",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="Fichier HTML à imprimer puis détruire, hors de la machine (clé USB) ; - : l’écrire ici.",
)
@JSON
@click.pass_obj
def create(obj: dict[str, Any], holder: str, sheet: Path, as_json: bool) -> None:
    """Fait une clé de secours pour une personne : la feuille en est l’unique exemplaire."""
    from demeure.backup import recovery
    from demeure.backup.plan import Holder, read_plan, write_plan
    from demeure.clock import SystemClock, iso
    from demeure.errors import InputError
    from demeure.gateway.locale import day

    if not holder.strip():
        raise InputError(detail="nommez la personne qui la tiendra", detail_en="name the person who will hold it")
    if len(holder) > _NAMED or any(unicodedata.category(one) in ("Cc", "Cf", "Zl", "Zp") for one in holder):
        fr = f"un nom tient sur une ligne de {_NAMED} caractères"
        raise InputError(detail=fr, detail_en=f"a name is one line of {_NAMED} characters")
    _a_page(sheet)
    instance, moment = obj["instance"], SystemClock().now()
    made = recovery.made()
    plan = read_plan(instance).with_holder(Holder(holder.strip(), made.recipient, iso(moment)))
    changed(obj, "holder", f"{holder.strip()} {made.recipient}")
    _write_sheet(obj, sheet, made, holder.strip(), day(obj["language"], moment))
    write_plan(instance, plan)
    if as_json:
        print_json({"holder": holder.strip(), "recipient": made.recipient, "sheet": str(sheet)})
        return
    fr = f"Clé de secours de {holder.strip()} écrite dans {sheet}\u00a0: imprimez-la, effacez le fichier, puis "
    fr += "vérifiez la copie papier\u00a0: demeure backup key check."
    en = f"Recovery key of {holder.strip()} written to {sheet}: print it, delete the file, then check the paper: "
    click.echo(said(obj["language"], fr, en + "demeure backup key check."), err=True)
    if len(plan.holders) > 1:
        fr = "Elle ouvrira les sauvegardes faites désormais\u00a0: la prochaine, dans chaque lieu, sera entière."
        en = "It will open the backups made from now on: the next one, at each place, will be whole."
        click.echo(said(obj["language"], fr, en), err=True)


_NO_PAGES = (".pdf", ".odt", ".doc", ".docx", ".png", ".jpg", ".jpeg", ".svg")


def _a_page(sheet: Path) -> None:
    """Raises InputError: under another name than a page's, nothing would open the only copy of a key."""
    from demeure.errors import InputError

    if sheet.suffix.lower() in _NO_PAGES:
        fr = f"la feuille est une page à imprimer, et son nom finit par .html, non par {sheet.suffix}"
        en = f"the sheet is a page to print, and its name ends with .html, not with {sheet.suffix}"
        raise InputError(detail=fr, detail_en=en)


def _write_sheet(obj: dict[str, Any], path: Path, made: Any, holder: str, day: str) -> None:
    import os

    from demeure.backup.errors import SheetInside
    from demeure.backup.sheet import sheet
    from demeure.settings import load

    instance = obj["instance"]
    organisation = load(instance / "demeure.toml").organisation
    text = sheet(made, holder, organisation, own_vkey(instance), day, obj["language"])
    if str(path) == "-":
        click.echo(text)
        return
    if instance.resolve() in path.resolve().parents:
        raise SheetInside(place=str(path))
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


@key.command("list")
@JSON
@click.pass_obj
def list_(obj: dict[str, Any], as_json: bool) -> None:
    """Liste qui tient une clé de secours."""
    from demeure.backup.plan import read_plan

    holders = read_plan(obj["instance"]).holders
    if as_json:
        print_json([vars(one) for one in holders])
        return
    columns = said(obj["language"], "tenue par,depuis,moitié publique", "held by,since,public half")
    rows = [(one.name, day_told(one.since, obj["language"]), one.recipient) for one in holders]
    listed(obj["language"], columns, rows, "Aucune clé de secours.", "No recovery key.")


@key.command("remove")
@click.argument("holder")
@JSON
@click.pass_obj
def remove(obj: dict[str, Any], holder: str, as_json: bool) -> None:
    """Ne chiffre plus pour cette clé. Elle ouvre encore les sauvegardes déjà faites."""
    from demeure.backup.plan import read_plan, write_plan

    plan = read_plan(obj["instance"]).without_holder(holder)
    changed(obj, "holder-gone", holder)
    write_plan(obj["instance"], plan)
    fr = f"Clé retirée : {holder}. Elle ouvre encore les sauvegardes faites jusqu’ici."
    shown(obj, {"holder": holder}, as_json, fr, f"Key withdrawn: {holder}. It still opens the backups made so far.")
    if not plan.holders:
        fr = "! C’était la dernière\u00a0: plus aucune sauvegarde ne se fait. Faites-en une (demeure backup key "
        fr += "create)."
        en = "! It was the last one: no backup is made any more. Make one (demeure backup key create)."
        click.echo(said(obj["language"], fr, en), err=True)


@key.command("check")
@click.option("--key-file", type=click.Path(path_type=Path, dir_okay=False), help="Fichier où la clé est écrite.")
@JSON
@click.pass_obj
def check(obj: dict[str, Any], key_file: Path | None, as_json: bool) -> None:
    """Vérifie une clé de secours recopiée : ses mots tiennent, et à qui elle est."""
    from demeure.backup.errors import HolderUnknown
    from demeure.backup.plan import read_plan

    typed = asked_key(obj["language"], key_file)
    for one in read_plan(obj["instance"]).holders:
        if one.recipient == typed.recipient:
            fr, en = f"C’est bien la clé de {one.name}.", f"This is the key of {one.name}."
            shown(obj, {"holder": one.name}, as_json, fr, en)
            return
    raise HolderUnknown(holder=f"{typed.recipient[:12]}…")


def asked_key(language: str, key_file: Path | None) -> Any:
    """The recovery key, from a file, or from standard input: typed row by row on a terminal, until it is whole.
    Raises RecoveryKeyInvalid, RecoveryWordsWrong, RecoveryRowWrong."""
    import sys

    from demeure.backup.recovery import parsed

    if key_file is not None:
        return parsed(key_file.read_text(encoding="utf-8", errors="replace"))
    if not sys.stdin.isatty():
        return parsed(sys.stdin.read(4096))
    fr = "Les quatre lignes de cinq mots de la clé de secours\u00a0:"
    click.echo(said(language, fr, "The four rows of five words of the recovery key:"), err=True)
    rows: list[str] = []
    while len(rows) < 4:
        typed = str(click.prompt(str(len(rows) + 1), err=True))
        if typed.strip().upper().startswith("AGE-SECRET-KEY-"):
            return parsed(typed)
        rows.append(typed)
    return parsed("\n".join(rows))


@click.group("place")
def place() -> None:
    """Lieux de sauvegarde : dossier, partage monté, disque amovible."""


@place.command("add")
@click.argument("name")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), required=False)
@click.option("--route", default="", help="Route déclarée (S3 ou SFTP) au lieu d’un dossier.")
@click.option("--removable", is_flag=True, help="Un disque branché à son tour (demeure backup rotate).")
@click.option(
    "--days",
    type=click.IntRange(1, 3650),
    default=None,
    help="Jours sans sauvegarde au bout desquels ce lieu est en retard (défaut : backup_late_days ; disque : 15).",
)
@JSON
@click.pass_obj
def add(obj: dict[str, Any], /, name: str, folder: Path | None, *, as_json: bool, **more: Any) -> None:
    """Déclare un lieu de sauvegarde, qui doit exister déjà : partage monté, disque branché."""
    from demeure.backup.errors import PlaceMissing
    from demeure.backup.plan import Place, read_plan, write_plan
    from demeure.cli.routed_place import SCHEME
    from demeure.clock import SystemClock, iso
    from demeure.errors import InputError

    route, removable = more["route"], more["removable"] and not more["route"]
    if (folder is None) is (not route):
        fr = "donnez un dossier, ou une route (--route ROUTE), l’un des deux"
        raise InputError(detail=fr, detail_en="give a folder, or a route (--route ROUTE), one of them")
    found = f"{SCHEME}{_declared(obj, route)}" if route else str(Path(folder or "").absolute())
    if not route and not Path(found).is_dir():
        raise PlaceMissing(name=name, place=found)
    mounted = not route and Path(found).is_mount()
    fresh = Place(name, found, removable, more["days"] or 0, iso(SystemClock().now()), mounted)
    plan = read_plan(obj["instance"]).with_place(obj["instance"], fresh)
    changed(obj, "place", f"{name} {found}"[:400])
    write_plan(obj["instance"], plan)
    told = {"name": name, "path": found, "removable": removable, "days": more["days"] or 0}
    shown(obj, told, as_json, f"Lieu de sauvegarde : {name} ({found})", f"Place for backups: {name} ({found})")
    if removable and Path(found).stat().st_dev == obj["instance"].stat().st_dev:
        fr = "! Ce dossier est sur le disque de la maison : si c’est le point de montage d’un disque, branchez-le, "
        fr += f"puis redéclarez le lieu (demeure backup place remove {name})."
        en = "! This folder is on the disk of the house: if a disk is mounted there, plug it in, then declare the "
        click.echo(said(obj["language"], fr, f"{en}place again (demeure backup place remove {name})."), err=True)


def _declared(obj: dict[str, Any], route: str) -> str:
    """Its id. Raises RouteUnknown, InputError: no such route, or one that keeps no files."""
    from demeure.airlock import STORES, find
    from demeure.errors import InputError

    found = find(obj["instance"], route)
    if found.kind not in STORES:
        raise InputError(detail=f"{route}: {found.kind}")
    return found.id


@place.command("list")
@JSON
@click.pass_obj
def places(obj: dict[str, Any], as_json: bool) -> None:
    """Liste les lieux de sauvegarde."""
    from demeure.backup.plan import read_plan

    found = read_plan(obj["instance"]).places
    if as_json:
        print_json([vars(one) for one in found])
        return
    language = obj["language"]
    columns = said(language, "nom,dossier,amovible,présent", "name,folder,removable,present")
    yes, no = said(language, "oui", "yes"), said(language, "non", "no")
    rows = [(p.name, p.path, yes if p.removable else no, yes if reachable(p) else no) for p in found]
    listed(language, columns, rows, "Aucun lieu de sauvegarde.", "No place for backups.")


@place.command("remove")
@click.argument("name")
@JSON
@click.pass_obj
def forget(obj: dict[str, Any], name: str, as_json: bool) -> None:
    """Oublie un lieu. Les sauvegardes qu’il contient y restent."""
    from demeure.backup.plan import read_plan, write_plan

    plan = read_plan(obj["instance"]).without_place(name)
    changed(obj, "place-gone", name)
    write_plan(obj["instance"], plan)
    fr, en = (
        f"Lieu oublié : {name}. Ses sauvegardes y restent.",
        f"Place forgotten: {name}. Its backups stay there.",
    )
    shown(obj, {"name": name}, as_json, fr, en)
    if not plan.places:
        fr = "! C’était le dernier\u00a0: plus aucune sauvegarde ne se fait. Déclarez-en un (demeure backup place "
        fr += "add)."
        en = "! It was the last one: no backup is made any more. Declare one (demeure backup place add)."
        click.echo(said(obj["language"], fr, en), err=True)
