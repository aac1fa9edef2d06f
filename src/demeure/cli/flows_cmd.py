"""``demeure flows``: every socket that exists or may exist. What is live and not declared is an alarm, code 1; what
may not be read, code 3."""

import sys
import time
from collections.abc import Callable
from typing import Any

import click

from demeure.cli.routes_words import warned
from demeure.cli.terminal import JSON, print_json, said, table
from demeure.errors import counted

_LOOKS, _PAUSE = 3, 0.5
"""An airlock that ends with its last route takes a moment: an alarm is looked at again before it is told."""


@click.command("flows")
@JSON
@click.pass_obj
def command(obj: dict[str, Any], as_json: bool) -> None:
    """Toutes les prises qui existent ou peuvent exister : code 1 si l’une n’est pas déclarée."""
    from demeure.cli.instance import readable
    from demeure.gateway.flows import Flow, read_flows, unread
    from demeure.gateway.ways_out import listed
    from demeure.settings import load
    from demeure.supervisor.health import read_status, running_state

    instance, language = obj["instance"], obj["language"]
    readable(instance)  # whoever may not look is not told that nothing lives
    settings = load(instance / "demeure.toml")

    def look() -> tuple[bool, list[str], list[Flow], list[dict[str, Any]]]:
        every = listed(instance)
        routes, shut = ([row for row in every if row["open"] is wanted] for wanted in (True, False))
        status, address = read_status(instance), (running_state(instance) or {}).get("address")
        told = f"{address[0]}:{address[1]}" if address else f"{settings.host}:{settings.port}"
        lives = bool(status["processes"])
        listening = (str(address[0]), int(address[1])) if address else None
        flows = read_flows(settings.antivirus_socket, told, routes, status if lives else None, listening)
        return lives, unread(status), flows, shut

    for _ in range(_LOOKS):
        lives, hidden, flows, shut = look()
        alarms = [flow for flow in flows if flow.alarm]
        if not alarms:
            break
        time.sleep(_PAUSE)
    if as_json:
        print_json({"open": lives, "flows": [f.as_json() for f in flows], "alarms": len(alarms), "unread": hidden})
        sys.exit(1 if alarms else 3 if hidden else 0)
    columns = said(language, "de,vers,comment,où,vivantes", "from,to,how,where,live")
    name = _names(language)
    rows = [[name(f.source), name(f.target), f.words(language), f.detail, f.live] for f in flows]
    table(columns.split(","), rows)
    for row in shut:
        warned(row, language)
    if not lives:
        click.echo(said(language, "La maison est fermée : rien ne vit.", "The house is closed: nothing is live."))
    if alarms:
        fr = counted(len(alarms), "prise que personne n’a déclarée", "prises que personne n’a déclarées")
        en = counted(len(alarms), "socket", "sockets")
        click.secho(said(language, f"ALARME : {fr}.", f"ALARM: {en} that nobody declared."), fg="red", err=True)
        sys.exit(1)
    if hidden:
        roles = ", ".join(map(name, hidden))
        fr = f"Processus dont les prises ne se lisent pas d’ici : {roles}."
        en = f"Processes whose sockets cannot be read from here: {roles}."
        click.secho(said(language, fr, en), fg="yellow", err=True)
        sys.exit(3)


def _names(language: str) -> Callable[[str], str]:
    """Part of the house, whoever comes, or place of a network → its name, as the pages say it."""
    from demeure.gateway.locale import Sentences

    sentences = Sentences.load()

    def named(end: str) -> str:
        keys = f"sovereignty.flow_{end}", f"maison.role_{end.replace('-', '_')}"
        return next((sentences.say(language, key) for key in keys if key in sentences.table), end)

    return named
