"""``demeure host``: the machine around the house, looked at and never changed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from demeure.cli.instance import own, readable
from demeure.cli.terminal import JSON, print_json, said

PARTS = {
    "sshd": ("Entrée à distance (SSH)", "Coming in from afar (SSH)"),
    "vpn": ("Tunnels (VPN)", "Tunnels (VPN)"),
    "agents": ("Agents de prise en main et de supervision", "Agents of remote control and monitoring"),
    "tasks": ("Tâches planifiées", "Scheduled tasks"),
    "logs": ("Journaux envoyés ailleurs", "Logs sent elsewhere"),
    "outgoing": ("Ce qui parle à l’extérieur en ce moment", "What speaks to the outside at this moment"),
    "clock": ("Heure", "Time"),
    "updates": ("Mises à jour", "Updates"),
    "kernel": ("Noyau, mémoire, noms", "Kernel, memory, names"),
    "accounts": ("Comptes", "Accounts"),
}


@click.group("host")
def command() -> None:
    """La machine autour de la maison : ce qui d’autre y tourne, et pourrait envoyer."""


@command.command("audit")
@click.option(
    "--root",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    default=Path("/"),
    help="Racine à lire (défaut : cette machine) ; le résultat n’est gardé que pour cette machine.",
)
@JSON
@click.pass_obj
def audit(obj: dict[str, Any], root: Path, as_json: bool) -> None:
    """Lit la machine sans rien changer : SSH, VPN, agents, tâches, journaux, connexions, heure, mises à jour.
    Code 4 si quelque chose pourrait envoyer ou ouvrir."""
    import os

    from demeure.clock import SystemClock
    from demeure.host import ALARM, WARN, audited, keep

    instance, language, now = obj["instance"], obj["language"], SystemClock().now()
    here = root.resolve() == Path("/")
    found = audited(root.resolve(), now, _house(instance) if here else frozenset())
    if here and (instance / "keys" / "house.key").exists():
        root_read = os.geteuid() == 0
        _kept(instance, language, lambda: keep(instance, now, found, root=root_read))
    if as_json:
        print_json({"at": now.isoformat(), "findings": [one.as_json() for one in found]})
    else:
        _told(found, language)
        if here and os.geteuid() != 0:
            fr = "Lu sans être root : ce qui n’a pas pu être lu est dit ; root en verrait plus."
            click.echo(
                said(language, fr, "Read without being root: what could not be read is told; root sees more.")
            )
    if any(one.tone == ALARM or (one.tone == WARN and one.sends_fr) for one in found):
        raise click.exceptions.Exit(4)


def _kept(instance: Path, language: str, work: Callable[[], None]) -> None:
    """In the house, by the hand of its owner: root reads the machine, and writes in no folder of somebody else."""
    import os

    from demeure.release.owner import Failed, Owner, as_owner

    owner = Owner.of(instance)
    if os.geteuid() != 0 or owner.ourselves:
        readable(instance)
        own(instance)
        work()
        return
    try:
        as_owner(owner, work)
    except Failed as problem:
        click.echo(said(language, problem.fr, problem.en), err=True)


def _house(instance: Path) -> frozenset[int]:
    """Pids of the house itself: the airlock speaks to the outside by right, and the pages say so."""
    from demeure.supervisor.health import read_status

    try:
        rows = read_status(instance)["processes"]
    except OSError:
        return frozenset()
    return frozenset(int(row["pid"]) for row in rows if row.get("pid"))


def _told(found: list[Any], language: str) -> None:
    mark = {"good": "ok", "info": " ", "warn": "!", "alarm": said(language, "NON", "NO"), "unknown": "?"}
    about = ""
    for one in found:
        if one.about != about:
            about = one.about
            click.echo(said(language, *PARTS[about]))
        told = one.as_json()
        click.echo(f"{mark[one.tone]:>4}  {told[language]}")
        for label, text in (
            (said(language, "pourrait envoyer", "could send"), told[f"sends_{language}"]),
            (said(language, "vers", "to"), ", ".join(one.where)),
            (said(language, "à faire", "to do"), told[f"do_{language}"]),
        ):
            if text:
                click.echo(f"      {label}\u00a0: {text}" if language == "fr" else f"      {label}: {text}")
