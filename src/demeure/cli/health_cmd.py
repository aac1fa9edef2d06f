"""``demeure health``: a signed file of states and numbers that a person carries to who looks after several
houses, and the table that this one reads. Nothing sends it, nothing is asked from afar."""

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from demeure.cli.terminal import JSON, day_told, listed, moment_told, print_json, said, weight

if TYPE_CHECKING:
    from demeure.cli.backup_work import Work

KIND = "demeure-health"
_MOST = 1 << 20
SIGNED, STRANGER, FALSE = "signed", "unknown key", "false"
"""By a key that was expected; by the key that the file itself names; not signed by it."""


@click.group("health")
def command() -> None:
    """La santé d’une maison, en un fichier signé et sans contenu ; le parc d’un intégrateur."""


@command.command("export")
@click.option(
    "--to",
    "target",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="Fichier à écrire.",
)
@JSON
@click.pass_obj
def export(obj: dict[str, Any], target: Path, as_json: bool) -> None:
    """Écrit un fichier de santé signé : versions, états, âges, nombres. Aucun contenu ; rien ne l’envoie."""
    from demeure.cli.export_cmd import absent
    from demeure.cli.signed_work import signed
    from demeure.cli.writing import write_new

    absent(target)
    told, signature = signed(obj, "health", lambda work: gathered(obj["instance"], work))
    text = json.dumps({"health": told, "signature": signature}, indent=1)
    write_new(target, (text + "\n").encode())
    if as_json:
        print_json({"file": str(target), "sha256": hashlib.sha256(told.encode()).hexdigest()})
        return
    fr = f"Santé écrite dans {target}\u00a0: relisez-la, puis portez-la."
    click.echo(said(obj["language"], fr, f"Health written to {target}: read it, then carry it."))


def gathered(instance: Path, work: "Work") -> str:
    """The text that is signed: canonical JSON, of words that the product chose and of numbers."""
    from demeure import __version__
    from demeure.clock import SystemClock
    from demeure.delivery import delivered
    from demeure.host import read_audit
    from demeure.settings import load
    from demeure.supervision import open_alarms

    status = work.call("status", {})
    settings, found, audit = load(instance / "demeure.toml"), delivered(compiled=False), read_audit(instance)
    alarms = open_alarms(instance)
    told = {
        KIND: 1,
        "at": SystemClock().now().isoformat(),
        "house": work.vkey,
        "organisation": settings.organisation,
        "version": __version__,
        "files_as_delivered": None if found is None else found.same,
        "ladder": status.get("ladder"),
        "proof": status.get("proof"),
        "journal": {"state": status.get("journal"), "size": work.call("journal.head", {}).get("size")},
        "backups": _backups(status.get("backups")),
        "disk": _disk(instance),
        "processes": {row["role"]: row["state"] for row in status.get("processes", [])},
        "alerts": None if alarms is None else [[one["rule"], one["tone"], one["since"]] for one in alarms],
        "audit": audit
        and {"at": audit.at.isoformat(), "alarms": audit.count("alarm"), "to_look_at": audit.count("warn")},
        "routes_open": sum(bool(route["open"]) for route in status.get("routes", [])),
    }
    return json.dumps(told, sort_keys=True, separators=(",", ":"))


def _backups(told: Any) -> dict[str, Any]:
    """States, ages and numbers; how many places, not their names."""
    if not isinstance(told, dict):
        return {}
    return {name: told.get(name) for name in ("backup", "drill", "last", "last_drill", "holders")} | {
        "places": len(told.get("places") or ())
    }


def _disk(instance: Path) -> dict[str, int]:
    import shutil

    found = shutil.disk_usage(instance)
    return {"free": found.free, "size": found.total}


@command.command("show")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--vkey", "keys", multiple=True, help="Clé publique attendue d’une maison (répétable).")
@JSON
@click.pass_obj
def show(obj: dict[str, Any], files: tuple[Path, ...], keys: tuple[str, ...], as_json: bool) -> None:
    """Montre un parc d’après ses fichiers de santé. Code 4 si un fichier n’est pas celui que sa maison a signé."""
    found = [(path, *read(path, keys)) for path in files]
    for path in files:
        if not path.is_file():
            click.echo(said(obj["language"], f"Absent\u00a0: {path}", f"Absent: {path}"), err=True)
    if as_json:
        print_json([{"file": str(path), "signature": state, "health": told} for path, state, told in found])
    else:
        language = obj["language"]
        columns = said(
            language,
            "organisation,signée,version,écrite le,preuve,sauvegarde,exercice,disque libre,alertes,fichier",
            "organisation,signed,version,written on,proof,backup,drill,free disk,alerts,file",
        )
        rows = [_row(language, path, state, told) for path, state, told in found]
        listed(language, columns, rows, "", "")
    if any(state == FALSE for _, state, _ in found):
        raise click.exceptions.Exit(4)


def read(path: Path, keys: tuple[str, ...] = ()) -> tuple[str, dict[str, Any]]:
    """(SIGNED, STRANGER or FALSE, what it says). A file that is not one, or that no row can show, is FALSE and
    says nothing: whoever writes his own may sign anything."""
    from demeure.journal import attestation

    try:
        if path.stat().st_size > _MOST:
            return FALSE, {}
        outer = json.loads(path.read_bytes())
        text, signature = str(outer["health"]), str(outer["signature"])
        told = json.loads(text)
        house = str(told["house"])
        if told[KIND] != 1 or not isinstance(told, dict):
            return FALSE, {}
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return FALSE, {}
    if not attestation.holds(signature, hashlib.sha512(text.encode()).digest(), house):
        return FALSE, {}
    state = SIGNED if house in keys else STRANGER
    try:
        _row("en", path, state, told)
    except (AttributeError, TypeError, ValueError, LookupError, OverflowError):
        return FALSE, {}
    return state, told


_STATES = {
    "proven": ("faite", "proven"),
    "partial": ("partielle", "partial"),
    "unproven": ("jamais faite", "not made yet"),
    "stale": ("ancienne ou non concluante", "old or inconclusive"),
    "red": ("ROUGE", "RED"),
    "loose": ("ROUGE", "RED"),
    "good": ("à jour", "up to date"),
    "late": ("EN RETARD", "LATE"),
    "never": ("jamais fait", "not made yet"),
    "undeclared": ("rien de prévu", "none planned"),
}
"""Of a proof, of backups and of drills, for a person. What another version says is shown as it is."""


def _state(language: str, told: object) -> str:
    words = clean(told)
    return said(language, *_STATES.get(words, (words, words)))


def _row(language: str, path: Path, state: str, told: dict[str, Any]) -> tuple[str, ...]:
    if state == FALSE:
        return ("–", said(language, "NON", "NO"), *("–",) * 7, str(path))
    word = said(language, "oui", "yes") if state == SIGNED else said(language, "clé inconnue", "unknown key")
    backups, disk = told.get("backups") or {}, told.get("disk") or {}
    alerts = told.get("alerts")
    worst = sum(one[1] == "stop" for one in alerts or ())
    shown = "?" if alerts is None else f"{len(alerts)}" + (f" ({worst}!)" if worst else "")
    free = f"{weight(int(disk.get('free') or 0), language)} / {weight(int(disk.get('size') or 0), language)}"
    return (
        clean(told.get("organisation")),
        word,
        clean(told.get("version")),
        moment_told(clean(told.get("at")), language),
        _state(language, (told.get("proof") or {}).get("standing")),
        _aged(language, backups, "backup", "last"),
        _aged(language, backups, "drill", "last_drill"),
        free,
        shown,
        str(path),
    )


def _aged(language: str, backups: dict[str, Any], word: str, last: str) -> str:
    when = (backups.get(last) or {}).get("at")
    return _state(language, backups.get(word)) + (f" {day_told(clean(when), language)}" if when else "")


def clean(told: Any) -> str:
    """What may be shown of a file that came from elsewhere: printable, short."""
    return "".join(one for one in str(told if told is not None else "–") if one.isprintable())[:60]
