"""``demeure incident``: its clock of 72 hours, its scope from the journal, its form; exercises go the same way."""

import asyncio
from pathlib import Path
from typing import Any

import click

from demeure.cli.calling import call
from demeure.cli.export_cmd import absent
from demeure.cli.terminal import JSON, listed, moment_told, print_json, printable, printable_lines, said, shown

_FILE = click.Path(path_type=Path, dir_okay=False)
_NUMBER = click.argument("number", metavar="NUMÉRO", type=click.IntRange(1))


@click.group("incident")
def command() -> None:
    """Tient les incidents : délai de 72 heures, étendue lue au journal, formulaire."""


@command.command("list")
@JSON
@click.pass_obj
def list_(obj: dict[str, Any], as_json: bool) -> None:
    """Liste les incidents et les exercices, les ouverts d’abord."""
    known = call(obj, "incidents.list", {})["incidents"]
    if as_json:
        print_json(known)
        return
    language = obj["language"]
    yes, late = said(language, "exercice", "exercise"), said(language, ", notification tardive", ", told late")
    rows = [
        (
            *(one["number"], one["title"], yes if one["practice"] else ""),
            _state(language, one["state"]) + (late if one["told_late"] else ""),
            "-" if one["left"] is None else one["left"],
        )
        for one in known
    ]
    columns = said(language, "n°,incident,exercice,état,heures", "no.,incident,exercise,state,hours")
    listed(language, columns, rows, "Aucun incident.", "No incident.")


@command.command("open")
@click.argument("title", metavar="INCIDENT")
@click.option("--known", default="", metavar="AAAA-MM-JJTHH:MM", help="Quand on l’a su (défaut : maintenant).")
@click.option("--since", default="", metavar="AAAA-MM-JJTHH:MM", help="Début du journal à lire.")
@click.option("--until", default="", metavar="AAAA-MM-JJTHH:MM", help="Fin du journal à lire.")
@click.option("--practice", is_flag=True, help="Exercice : rien n’est compté ni à déclarer.")
@JSON
@click.pass_obj
def open_(obj: dict[str, Any], /, title: str, as_json: bool, **asked: Any) -> None:
    """Ouvre un incident : le délai court, le formulaire commence par ce que dit le journal."""
    made = call(obj, "incidents.open", {"title": title} | asked)
    fr = f"Incident n° {made['number']} ouvert ; {_left(made['left'])[0]}."
    shown(obj, made, as_json, fr, f"Incident no. {made['number']} opened; {_left(made['left'])[1]}.")


@command.command("show")
@_NUMBER
@JSON
@click.pass_obj
def show(obj: dict[str, Any], number: int, as_json: bool) -> None:
    """Montre un incident, son délai, son étendue, son formulaire."""
    one = call(obj, "incidents.show", {"number": number})
    if as_json:
        print_json(one)
        return
    language = obj["language"]
    click.echo(printable(f"n° {one['number']} – {one['title']} – {_state(language, one['state'])}"))
    if one["left"] is not None:
        click.echo(said(language, *(f"{text[:1].upper()}{text[1:]}." for text in _left(one["left"]))))
    if one["notified_at"]:
        when, late = moment_told(one["notified_at"], language), one["told_late"]
        fr = f"Notifié à l’autorité le {when}{', après le délai' if late else ''}."
        click.echo(
            said(language, fr, f"The authority was told on {when}{', after the time given' if late else ''}.")
        )
    if one["closed_at"]:
        when = moment_told(one["closed_at"], language)
        click.echo(said(language, f"Clos le {when}.", f"Closed on {when}."))
    for name, text in one["fields"].items():
        click.echo(printable_lines(f"{name}: {text}"))


@command.command("fill")
@_NUMBER
@click.argument("field", metavar="CHAMP")
@click.argument("text", metavar="TEXTE")
@JSON
@click.pass_obj
def fill(obj: dict[str, Any], number: int, field: str, text: str, as_json: bool) -> None:
    """Remplit un champ du formulaire (noms de « show »)."""
    made = call(obj, "incidents.fill", {"number": number, "fields": {field: text}})
    shown(obj, made, as_json, f"Enregistré : {field}", f"Saved: {field}")


@command.command("notified")
@_NUMBER
@JSON
@click.pass_obj
def notified(obj: dict[str, Any], number: int, as_json: bool) -> None:
    """Note que l’autorité est prévenue ; le formulaire doit être complet."""
    made = call(obj, "incidents.tell", {"number": number})
    shown(obj, made, as_json, f"Incident n° {number} notifié.", f"Incident no. {number} told.")


@command.command("close")
@_NUMBER
@click.option("--why", default="", help="Pourquoi l’autorité n’est pas prévenue, si elle ne l’est pas.")
@JSON
@click.pass_obj
def close(obj: dict[str, Any], number: int, why: str, as_json: bool) -> None:
    """Clôt un incident : il reste au registre."""
    made = call(obj, "incidents.close", {"number": number, "why": why})
    shown(obj, made, as_json, f"Incident n° {number} clos.", f"Incident no. {number} closed.")


@command.command("export")
@_NUMBER
@click.option("--to", "target", type=_FILE, required=True, help="Fichier à écrire.")
@JSON
@click.pass_obj
def export(obj: dict[str, Any], number: int, target: Path, as_json: bool) -> None:
    """Écrit le formulaire en PDF/A, ODT, DOCX ou Markdown, pour le recopier ou l’envoyer."""
    from demeure.cli.export_cmd import kind_of

    absent(target)
    asked = {"number": number, "format": kind_of(None, target)}
    made = asyncio.run(_export(obj, asked, target))
    shown(obj, made, as_json, f"Écrit : {made['file']}", f"Written: {made['file']}")


async def _export(obj: dict[str, Any], asked: dict[str, Any], target: Path) -> dict[str, Any]:
    from demeure.cli.house import reach
    from demeure.cli.writing import write_new

    data = bytearray()
    async with reach(obj["instance"], obj["language"]) as door:
        async for item in door.stream("incidents.file", asked):
            data += item.body
    write_new(target, bytes(data))
    return {"file": str(target), "bytes": len(data)}


def _left(hours: int) -> tuple[str, str]:
    """In French, in English. ``hours``: negative once the time is over."""
    count, many = abs(hours), "" if abs(hours) < 2 else "s"
    en = "" if count == 1 else "s"
    if hours < 0:
        return f"délai passé depuis {count} heure{many}", f"late by {count} hour{en}"
    return f"{count} heure{many} pour le notifier", f"{count} hour{en} to tell it"


def _state(language: str, state: str) -> str:
    words = {"open": ("ouvert", "open"), "notified": ("notifié", "told"), "closed": ("clos", "closed")}
    return said(language, *words[state])
