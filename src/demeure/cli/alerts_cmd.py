"""``demeure alerts``: what supervision raised, for a person or a program here; the house starts no program itself.

A hook is the administrator's own loop, under their own account: ``while demeure alerts --wait --json; do …; done``.
"""

import time
from pathlib import Path
from typing import Any

import click

from demeure.cli.instance import own, readable
from demeure.cli.terminal import JSON, moment_told, print_json, said

_POLL = 1.0


@click.command("alerts")
@click.option("--wait", is_flag=True, help="Attendre le prochain changement avant de répondre.")
@JSON
@click.pass_obj
def command(obj: dict[str, Any], wait: bool, as_json: bool) -> None:
    """Les alertes levées, telles que la maison les écrit. Code 4 s’il y en a, ou
    si la maison ne mesure plus."""
    from demeure.clock import SystemClock
    from demeure.supervision import open_alarms, silent_since

    instance, language = obj["instance"], obj["language"]
    readable(instance)
    own(instance)
    if wait:
        _changed(instance)
    found, silent = open_alarms(instance), silent_since(instance, SystemClock().now().timestamp())
    if as_json:
        since = {"silent_since": silent.isoformat()} if silent else {}
        print_json({"alerts": found or [], "known": found is not None, **since})
    elif found is None and silent is None:
        fr, en = "Cette maison n’a encore rien mesuré.", "This house has measured nothing yet."
        click.echo(said(language, fr, en))
    elif not found and not silent:
        click.echo(said(language, "Aucune alerte.", "No alert."))
    if silent and not as_json:
        day = moment_told(silent.isoformat(), language)
        fr = f" NON  La maison ne mesure plus depuis le {day}\u00a0: est-elle ouverte\u202f? (demeure status)"
        click.echo(
            said(language, fr, f"  NO  The house has measured nothing since {day}: is it open? (demeure status)")
        )
    for one in (found or []) if not as_json else ():
        mark = {"stop": said(language, "NON", "NO")}.get(str(one.get("tone")), "!")
        click.echo(f"{mark:>4}  {one.get(language, '')} {one.get(f'do_{language}', '')}")
    if (found or silent) and not wait:
        raise click.exceptions.Exit(4)


def _changed(instance: Path) -> None:
    """Until the file drop is another than it is now, or the house, which measured, measures no more."""
    from demeure.clock import SystemClock
    from demeure.supervision import open_alarms, silent_since

    def silent() -> bool:
        return silent_since(instance, SystemClock().now().timestamp()) is not None

    known, was_silent = open_alarms(instance), silent()
    while open_alarms(instance) == known and (was_silent or not silent()):
        was_silent = was_silent and silent()
        time.sleep(_POLL)
