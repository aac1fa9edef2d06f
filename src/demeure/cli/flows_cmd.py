"""``demeure flows``: every socket that exists or may exist; what is live and not declared is an alarm, code 1."""

import sys
from typing import Any

import click

from demeure.cli.terminal import JSON, print_json, said, table


@click.command("flows")
@JSON
@click.pass_obj
def command(obj: dict[str, Any], as_json: bool) -> None:
    """Toutes les prises qui existent ou peuvent exister : code 1 si l’une n’est pas déclarée."""
    from demeure.gateway.flows import read_flows
    from demeure.gateway.ways_out import listed
    from demeure.settings import load
    from demeure.supervisor.health import read_status, running_state

    instance, language = obj["instance"], obj["language"]
    settings = load(instance / "demeure.toml")
    routes = [route for route in listed(instance) if route["open"]]
    status, address = read_status(instance), (running_state(instance) or {}).get("address")
    told = f"{address[0]}:{address[1]}" if address else f"{settings.host}:{settings.port}"
    flows = read_flows(settings.antivirus_socket, told, routes, status if status["processes"] else None)
    alarms = [flow for flow in flows if flow.alarm]
    if as_json:
        print_json(
            {"open": bool(status["processes"]), "flows": [f.as_json() for f in flows], "alarms": len(alarms)}
        )
        sys.exit(1 if alarms else 0)
    columns = said(language, "de,vers,comment,où,vivantes", "from,to,how,where,live")
    rows = [[f.source, f.target, f.words(language), f.detail, "" if f.live is None else f.live] for f in flows]
    table(columns.split(","), rows)
    if not status["processes"]:
        click.echo(said(language, "La maison est fermée : rien ne vit.", "The house is closed: nothing is live."))
    if alarms:
        fr = f"ALARME : {len(alarms)} prise(s) que personne n’a déclarées."
        click.secho(said(language, fr, f"ALARM: {len(alarms)} socket(s) that nobody declared."), fg="red", err=True)
        sys.exit(1)
