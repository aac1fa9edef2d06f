"""``demeure sources``: watched folders. Declaring one grants its path here, by the owner's hand: no page can."""

import asyncio
import re
import sys
from pathlib import Path
from typing import Any

import click

from demeure import errors
from demeure.cli.calling import call
from demeure.cli.source_report import REPORTED, STATES, counted, moment, outcome, period, report_lines
from demeure.cli.terminal import JSON, confirmed, print_json, said, shown, table

_PLACE = click.Path(path_type=Path, file_okay=False)
_PERIOD = re.compile(r"(\d{1,5}) ?(m|min|h|d|j)?", re.IGNORECASE)
_MINUTES = {"": 1, "m": 1, "min": 1, "h": 60, "d": 1440, "j": 1440}


class Period(click.ParamType[int]):
    """« 15 », « 15m », « 2h », « 1j »; « jamais », « never »: minutes."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        if str(value).casefold() in ("jamais", "never"):
            return 0
        found = _PERIOD.fullmatch(str(value))
        if not found:
            self.fail("15m, 2h, 1j, jamais / never", param, ctx)
        return int(found[1]) * _MINUTES[(found[2] or "").lower()]


_EVERY = "Entre deux passages : 15m, 2h, 1j, ou jamais (défaut : 15m)."
_IGNORE = "Motif de noms à laisser de côté (répétable), en plus des motifs d’usage."
_DROP = "Dossier de dépôt (numériseur) : ce qui en part reste dans l’espace."
_KEEP = "Jours pendant lesquels l’état précédent d’un fichier modifié est gardé (défaut : 0)."


@click.group("sources")
def command() -> None:
    """Suit des dossiers : partages ou disques, lus tout seuls."""


@command.command("add")
@click.argument("place", type=_PLACE, metavar="DOSSIER")
@click.option("--space", required=True, help="Espace (nom ou identifiant).")
@click.option("--every", type=Period(), default=15, help=_EVERY)
@click.option("--ignore", multiple=True, help=_IGNORE)
@click.option("--keep-days", type=click.IntRange(0, 3650), default=0, help=_KEEP)
@click.option("--drop", is_flag=True, help=_DROP)
@click.option("--wait", is_flag=True, help="Attendre la fin du premier passage.")
@JSON
@click.pass_obj
def add(
    obj: dict[str, Any],
    place: Path,
    space: str,
    every: int,
    ignore: tuple[str, ...],
    keep_days: int,
    drop: bool,
    wait: bool,
    as_json: bool,
) -> None:
    """Suit un dossier : ses documents entrent dans l’espace, et y restent à jour."""
    from uuid import uuid4

    from demeure.supervisor.grants import grant, withdraw

    instance, made = obj["instance"], uuid4().hex
    args = {"space": space, "every": every, "ignore": list(ignore), "keep_days": keep_days, "drop": drop}
    try:
        found = grant(instance, made, place.absolute())
        source = call(obj, "sources.add", {"id": made, "path": str(found), **args})["source"]
    except BaseException:
        withdraw(instance, made)
        raise
    if wait:
        source = asyncio.run(_followed(obj, source["id"], {"follow": True}, as_json))
    fr = f"Dossier suivi : {source['path']} → {source['space_name']} ({source['id'][:8]})"
    shown(obj, source, as_json, fr, fr.replace("Dossier suivi : ", "Watched folder: "))
    if wait and not as_json:
        _last(source, obj["language"])


@command.command("list")
@JSON
@click.pass_obj
def list_(obj: dict[str, Any], as_json: bool) -> None:
    """Liste les dossiers suivis et leur dernier passage."""
    sources = call(obj, "sources.list", {})["sources"]
    if as_json:
        print_json(sources)
        return
    language = obj["language"]
    columns = said(
        language,
        "dossier,espace,état,fichiers,dernier passage,identifiant",
        "folder,space,state,files,last scan,id",
    )
    rows = [
        [
            s["path"],
            s["space_name"],
            STATES[s["state"]][language == "en"],
            s["files"],
            moment(s["last"], language),
            s["id"][:8],
        ]
        for s in sources
    ]
    table(columns.split(","), rows)


@command.command("show")
@click.argument("source")
@JSON
@click.pass_obj
def show(obj: dict[str, Any], source: str, as_json: bool) -> None:
    """Montre un dossier suivi et le rapport de son dernier passage."""
    found = call(obj, "sources.show", {"source": source})
    if as_json:
        print_json(found)
        return
    told, language = found["source"], obj["language"]
    click.echo(f"{told['path']} → {told['space_name']} ({told['id'][:8]})")
    click.echo(f"{STATES[told['state']][language == 'en']}, {period(told['every'], language)}")
    if told["drop"]:
        fr = "Dossier de dépôt : ce qui en part reste dans l’espace."
        click.echo(said(language, fr, "Drop folder: what leaves it stays in the space."))
    if told["held"]:
        word = f"demeure sources confirm {told['id'][:8]} {told['held']}"
        fr = f"{told['held']} fichiers ont disparu d’un coup ; rien n’est retiré avant : {word}"
        click.echo(said(language, fr, f"{told['held']} files are gone at once; nothing is removed before: {word}"))
    _last(told, language)


@command.command("scan")
@click.argument("source")
@click.option(
    "--verify", is_flag=True, help="Relire chaque fichier, même si sa taille et sa date n’ont pas changé."
)
@click.option("--wait/--no-wait", default=True, help="Attendre la fin et montrer le rapport (défaut), ou non.")
@JSON
@click.pass_obj
def scan(obj: dict[str, Any], source: str, verify: bool, wait: bool, as_json: bool) -> None:
    """Passe un dossier en revue. Code 1 si le passage n’a pas abouti ou demande une confirmation."""
    found = asyncio.run(_followed(obj, source, {"verify": verify, "wait": wait}, as_json))
    if as_json:
        print_json(found)
    elif found["state"] == "paused":
        fr = "En pause : rien n’a été passé en revue. Pour reprendre : demeure sources resume."
        click.echo(said(obj["language"], fr, "Paused: nothing was scanned. To resume: demeure sources resume."))
    elif wait:
        _last(found, obj["language"])
    else:
        click.echo(said(obj["language"], "Passage demandé.", "Scan asked for."))
    if wait or found["state"] == "paused":
        sys.exit(0 if found["state"] != "paused" and found["last"] and found["last"]["outcome"] == "done" else 1)


@command.command("pause")
@click.argument("source")
@JSON
@click.pass_obj
def pause(obj: dict[str, Any], source: str, as_json: bool) -> None:
    """Suspend les passages d’un dossier."""
    found = call(obj, "sources.pause", {"source": source})["source"]
    shown(obj, found, as_json, f"En pause : {found['path']}", f"Paused: {found['path']}")


@command.command("resume")
@click.argument("source")
@JSON
@click.pass_obj
def resume(obj: dict[str, Any], source: str, as_json: bool) -> None:
    """Reprend les passages d’un dossier."""
    found = call(obj, "sources.resume", {"source": source})["source"]
    shown(obj, found, as_json, f"Repris : {found['path']}", f"Resumed: {found['path']}")


@command.command("change")
@click.argument("source")
@click.option("--every", type=Period(), default=None, help=_EVERY)
@click.option("--ignore", multiple=True, help="Motif de noms (répétable) : remplace ceux qui avaient été donnés.")
@click.option("--no-ignore", is_flag=True, help="Ne garder que les motifs d’usage.")
@click.option("--keep-days", type=click.IntRange(0, 3650), default=None, help=_KEEP)
@JSON
@click.pass_obj
def change(
    obj: dict[str, Any],
    source: str,
    every: int | None,
    ignore: tuple[str, ...],
    no_ignore: bool,
    keep_days: int | None,
    as_json: bool,
) -> None:
    """Change la fréquence, les motifs ou la durée de garde d’un dossier."""
    wanted: dict[str, Any] = {"source": source}
    wanted |= {} if every is None else {"every": every}
    wanted |= {} if keep_days is None else {"keep_days": keep_days}
    wanted |= {"ignore": list(ignore)} if ignore or no_ignore else {}
    found = call(obj, "sources.change", wanted)["source"]
    shown(obj, found, as_json, f"Changé : {found['path']}", f"Changed: {found['path']}")


@command.command("confirm")
@click.argument("source")
@click.argument("count", type=click.IntRange(1))
@JSON
@click.pass_obj
def confirm(obj: dict[str, Any], source: str, count: int, as_json: bool) -> None:
    """Confirme que COUNT fichiers ont bien été retirés du dossier : leurs documents le seront."""
    found = call(obj, "sources.confirm", {"source": source, "count": count})["source"]
    one, many = said(obj["language"], "fichier", "file"), said(obj["language"], "fichiers", "files")
    files = errors.counted(count, one, many)
    fr = f"Confirmé : {files} de {found['path']} à retirer au passage qui commence."
    shown(obj, found, as_json, fr, f"Confirmed: {files} of {found['path']} to go with the scan that begins.")


@command.command("remove")
@click.argument("source")
@click.option("--documents", is_flag=True, help="Supprimer aussi les documents venus de ce dossier.")
@click.option("--yes", is_flag=True, help="Ne pas demander confirmation.")
@JSON
@click.pass_obj
def remove(obj: dict[str, Any], source: str, documents: bool, yes: bool, as_json: bool) -> None:
    """Ne suit plus un dossier. Ses documents restent dans l’espace, sauf avec --documents."""
    from demeure.supervisor.grants import withdraw

    told = call(obj, "sources.show", {"source": source})["source"]
    if documents:
        fr = f"Supprimer les documents venus de {told['path']} ({told['files']} fichiers) ?"
        confirmed(obj["language"], yes, fr, f"Delete the documents from {told['path']} ({told['files']} files)?")
    found = call(obj, "sources.remove", {"source": told["id"], "documents": documents})["source"]
    withdraw(obj["instance"], found["id"])
    shown(obj, found, as_json, f"N’est plus suivi : {found['path']}", f"No longer watched: {found['path']}")


async def _followed(obj: dict[str, Any], source: str, args: dict[str, Any], quiet: bool) -> dict[str, Any]:
    """The source once its scan is over; counts as they grow, on standard error."""
    from demeure.cli.house import reach

    found: dict[str, Any] = {}
    async with reach(obj["instance"], obj["language"]) as door:
        async for reply in door.stream("sources.scan", {"source": source, "wait": True, **args}):
            found = reply.data["source"]
            if not quiet and sys.stderr.isatty() and found["last"]:
                click.echo(f"\r{counted(found['last'], obj['language'])}\033[K", nl=False, err=True)
    if not quiet and sys.stderr.isatty():
        click.echo(err=True)
    return found


def _last(source: dict[str, Any], language: str) -> None:
    last = source["last"]
    if last is None:
        click.echo(said(language, "Aucun passage pour le moment.", "No scan yet."))
        return
    click.echo(f"{moment(last, language)} : {outcome(last, language)}")
    if source["reason"]:
        click.echo(source["reason"][language])
    table(
        said(language, "fichiers,nombre", "files,count").split(","),
        [(REPORTED[what][language == "en"], number) for what, number in last["counts"].items() if number],
    )
    for line in report_lines(last, language):
        click.echo(line)
