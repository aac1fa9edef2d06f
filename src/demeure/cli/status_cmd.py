"""``demeure status``: what runs, with facts read back from the kernel; exit 1 when one differs from its profile."""

import asyncio
import sys
from pathlib import Path
from typing import Any

import click

from demeure.cli.models_told import unchosen
from demeure.cli.terminal import JSON, STATES, megabytes, print_json, said, table
from demeure.errors import counted, counted_en

APART = ("reader", "airlock", "airlock-door", "airlock-clock")
LADDER = {
    "A": ("A : espaces de noms, Landlock et seccomp", "A: namespaces, Landlock and seccomp"),
    "B": (
        "B : Landlock et seccomp (espaces de noms refusés par ce système)",
        "B: Landlock and seccomp (no namespaces)",
    ),
    "C": (
        "C : espaces de noms et seccomp (pas de Landlock : fichiers non cloisonnés)",
        "C: no Landlock: files open",
    ),
    "D": ("D : RIEN n’est confiné", "D: NOTHING is confined"),
}


TROUBLES = {
    "reserve": (
        "Le disque du journal est plein, il vit sur sa réserve : la lecture continue, tout ajout est refusé.",
        "The journal's disk is full, it lives on its reserve: reading goes on, adding is refused.",
    ),
    "silent": (
        "Le journal n’écrit plus, aucune demande n’est acceptée. Libérez de la place, ou relancez la maison.",
        "The journal can no longer be written, no request is accepted. Make room, or restart the house.",
    ),
    "full": (
        "Le disque est presque plein : il y reste {free} Mo pour les documents et les conversations.",
        "The disk is almost full: {free} MB are left for documents and conversations.",
    ),
}


MODIFIED = (
    "! Fichiers du produit modifiés depuis l’installation\u00a0: {told}. {then}",
    "! Product files modified since the installation: {told}. {then}",
)


@click.command("status")
@JSON
@click.pass_obj
def command(obj: dict[str, Any], as_json: bool) -> None:
    """Dit ce qui tourne, et sous quel confinement. Code 1 si un fait diffère de ce qui est déclaré."""
    from demeure.delivery import delivered, renewed

    status, product = asyncio.run(_status(obj["instance"])), delivered(compiled=False)
    status["product"] = product and vars(product)
    if as_json:
        print_json(status)
    elif not status["processes"] and not obj["instance"].is_dir():
        click.echo(
            said(
                obj["language"],
                f"Il n’y a pas d’instance à l’emplacement {obj['instance']} (demeure up l’y crée).",
                f"There is no instance at {obj['instance']} (demeure up makes it there).",
            )
        )
    else:
        _show(status, obj["language"])
        for fr, en in unchosen(process["role"] for process in status["processes"]):
            click.echo("! " + said(obj["language"], fr, en))
    if product and not product.same and not as_json:
        words = MODIFIED[obj["language"] == "en"]
        language = obj["language"]
        click.echo(words.format(told=product.told(language), then=renewed(product, language)))
    different = any(p["differences"] for p in status["processes"]) or (product and not product.same)
    sys.exit(1 if different or not status["processes"] else 0)


async def _status(instance: Path) -> dict[str, Any]:
    """From the running house (journalled there); from its state file and /proc when the door does not answer."""
    from demeure.cli.door import Door, HouseDown
    from demeure.errors import DemeureError
    from demeure.supervisor.health import read_status

    try:
        door = await Door(instance).open()
    except HouseDown:
        return read_status(instance)
    try:
        async with asyncio.timeout(5):
            return completed(dict((await door.call("status")).data), instance)
    except (DemeureError, TimeoutError):
        return read_status(instance)
    finally:
        await door.close()


def completed(status: dict[str, Any], instance: Path) -> dict[str, Any]:
    """``status`` with what is born beside the supervisor as seen from here: its walls keep it from seeing all of
    them."""
    if not any(process["role"] in APART for process in status["processes"]):
        return status
    from demeure.supervisor.health import read_status

    seen = {process["pid"]: process for process in read_status(instance)["processes"]}
    rows = [seen.get(p["pid"], p) if p["role"] in APART else p for p in status["processes"]]
    return {**status, "processes": rows}


def _show(status: dict[str, Any], language: str) -> None:
    if not status["processes"]:
        click.echo(
            said(language, "La maison est fermée (demeure up l’ouvre).", "The house is closed (demeure up).")
        )
        return
    click.echo(said(language, "Confinement ", "Confinement ") + LADDER[status["ladder"]][language == "en"])
    if status.get("accepted_unconfined"):
        click.echo(
            said(language, "ATTENTION : démarrée avec --accept-unconfined.", "WARNING: --accept-unconfined.")
        )
    columns = said(
        language,
        "rôle,pid,état,depuis,relances,mémoire,réseau,écarts",
        "role,pid,state,up,restarts,memory,network,gaps",
    )
    table(columns.split(","), [_row(p, language) for p in status["processes"]])
    _show_launcher(status["processes"], language)
    for process in status["processes"]:
        for told in (*process["differences"], *filter(None, [process.get("failure")])):
            colon = said(language, " :", ":")
            click.echo(f"! {process['role']}{colon} {_sentence(told, language)}")
    _show_antivirus(status.get("antivirus"), language)
    _show_routes(status.get("routes") or [], language)
    _show_queue(status.get("queue"), language)
    _show_refused(status, language)
    if (kept := status.get("kept_ready")) and kept["documents"]:
        words = ("Documents gardés prêts : {n} ({room} Mo)", "Documents kept ready: {n} ({room} MB)")
        click.echo(said(language, *words).format(n=kept["documents"], room=kept["bytes"] >> 20))
    _show_backups(status.get("backups") or {}, language)
    free = status.get("disk", {}).get("free", 0) >> 20
    for trouble in _troubles(status):
        click.echo("! " + TROUBLES[trouble][language == "en"].format(free=free))


OPEN_AIR = (
    (
        "Réseau\u00a0: «\u00a0lo\u00a0» seul ne sort pas de la machine. launcher, le seul sans murs, en voit aussi "
        "les cartes ({cards})\u00a0: il ouvre la porte des pages et les clés, fait naître le reste, puis attend."
    ),
    (
        "Network: “lo” alone does not leave the machine. launcher, the only one without walls, sees its cards too "
        "({cards}): it opens the door of the pages and the keys, gives birth to the rest, then waits."
    ),
)


def _show_launcher(processes: list[dict[str, Any]], language: str) -> None:
    """Why one process, alone, shows the machine's network cards."""
    launcher = next((process for process in processes if process["role"] == "launcher"), {})
    cards = [one for one in (launcher.get("facts") or {}).get("interfaces") or () if one != "lo"]
    if cards:
        click.echo(OPEN_AIR[language == "en"].format(cards=", ".join(cards)))


def _show_antivirus(told: dict[str, Any] | None, language: str) -> None:
    """Only when settings name one."""
    if not told:
        return
    name = said(language, "Antivirus :", "Antivirus:")
    state = said(language, "répond", "answers") if told["answers"] else said(language, "NE RÉPOND PAS", "IS SILENT")
    click.echo(f"{name} {told['socket']}, {state}")


KINDS = {
    "question": (("question", "questions"), ("question", "questions")),
    "task": (("rédaction", "rédactions"), ("draft", "drafts")),
    "program": (("demande de programme", "demandes de programmes"), ("program request", "program requests")),
    "part": (
        ("partie de long travail", "parties de longs travaux"),
        ("part of a long work", "parts of works"),
    ),
}
"""Kind of work in the engine's queue → its words, one and several, in French and English."""


def _show_queue(queue: dict[str, Any] | None, language: str) -> None:
    """Places taken, who waits and for what."""
    if not queue:
        return
    places = f"{sum(queue['running'].values())}/{queue['places']}"
    waiting = ", ".join(counted(n, *KINDS[kind][language != "fr"]) for kind, n in queue["waiting"].items())
    fr = f"File du modèle : places prises {places}"
    en = f"The model’s queue: places taken {places}"
    fr += f" ; en attente : {waiting} ({counted(queue['people'], 'personne', 'personnes')})" if waiting else ""
    people = "1 person" if queue["people"] == 1 else f"{queue['people']} people"
    en += f"; waiting: {waiting} ({people})" if waiting else ""
    click.echo(said(language, fr, en))


BACKUPS = {
    ("backup", "never"): ("Aucune sauvegarde n’a encore été faite.", "No backup was made yet."),
    ("backup", "late"): ("Sauvegarde EN RETARD.", "Backup LATE."),
    ("drill", "never"): ("Aucun exercice de restauration n’a encore été fait.", "No restore drill was made yet."),
    ("drill", "late"): ("Exercice de restauration EN RETARD, ou échoué.", "Restore drill LATE, or failed."),
}


def _show_backups(told: dict[str, Any], language: str) -> None:
    """What is late, where keys and places are declared; the doctor says the rest."""
    for what in ("backup", "drill"):
        if words := BACKUPS.get((what, str(told.get(what)))):
            click.echo(f"! {said(language, *words)}")


def _show_routes(routes: list[dict[str, Any]], language: str) -> None:
    """Those that are open, with what went through; those that may not be, with why."""
    for route in (one for one in routes if one["open"]):
        today, where = route["today"], f"{route['id']} → {route['host']}:{route['port']}"
        went, out = int(today["requests"]), today["out"]
        many = counted(went, "demande", "demandes"), counted_en(went, "request", "requests")
        fr = f"Route OUVERTE\u00a0: {where}, aujourd’hui {many[0]}, {out} octets sortis"
        en = f"OPEN route: {where}, today {many[1]}, {out} bytes out"
        click.echo(said(language, fr, en))
    for route in (one for one in routes if one.get("wrong")):
        click.echo(f"! {route['wrong'][language]}")


ATTEMPTS = {
    "connect": ("se connecter", "connect"),
    "send": ("envoyer", "send"),
    "bind": ("attendre des visiteurs", "listen"),
    "name": ("demander un nom", "ask for a name"),
    "socket": ("ouvrir une prise du réseau", "open a network socket"),
    "program": ("lancer un programme", "start a program"),
    "more": ("autre chose", "something else"),
}
"""Kind of an attempt that a box refused → what it wanted to do."""


def _show_refused(status: dict[str, Any], language: str) -> None:
    """By process and library, the most repeated first."""
    found = [(p["role"], row) for p in status["processes"] for row in p.get("refused") or ()]
    if not found:
        return
    walls = status["ladder"] != "D"
    words = ("Refusé par les boîtes :", "Refused by the boxes:") if walls else ("Tenté :", "Tried:")
    click.echo(said(language, *words))
    colon = said(language, " :", ":")
    for role, row in sorted(found, key=lambda pair: -pair[1]["count"]):
        wanted = said(language, *ATTEMPTS.get(row["kind"], ATTEMPTS["more"]))
        first = f" ({row['first']})" if row["first"] else ""
        click.echo(f"  {role}{colon} {row['library'] or '?'}, {wanted}{first} × {row['count']}")


def _troubles(status: dict[str, Any]) -> list[str]:
    """What the running house says of its journal and its disk; a house asked from outside says nothing."""
    found = [status["journal"]] if status.get("journal") in TROUBLES else []
    return found + (["full"] if status.get("disk", {}).get("full") else [])


def _row(process: dict[str, Any], language: str) -> list[object]:
    facts = process.get("facts") or {}
    interfaces = facts.get("interfaces")
    network = "" if interfaces is None else ", ".join(interfaces) or said(language, "aucun", "none")
    gaps = len(process["differences"]) or said(language, "aucun", "none")
    uptime = process.get("uptime_s")
    return [
        process["role"],
        process.get("pid"),
        STATES.get(process["state"], (process["state"],) * 2)[language == "en"],
        "" if uptime is None else f"{uptime:.0f} s",
        process.get("restarts"),
        megabytes(process.get("resident_kb"), language),
        network,
        gaps,
    ]


def _sentence(difference: Any, language: str) -> str:
    return str(difference.get(language, difference)) if isinstance(difference, dict) else str(difference)
