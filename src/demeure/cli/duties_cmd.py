"""``demeure duties``: what comes back each month and each year, and a calendar of it. Nothing is started."""

from pathlib import Path
from typing import Any

import click

from demeure.cli.terminal import JSON, print_json, said, table
from demeure.cli.writing import replace


@click.command("duties")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    default=None,
    help="Fichier .ics à écrire, pour l’agenda de votre choix.",
)
@JSON
@click.pass_obj
def command(obj: dict[str, Any], out: Path | None, as_json: bool) -> None:
    """Liste ce qui revient chaque mois et chaque année : quoi, avec quelle commande, pourquoi."""
    from demeure.advice import calendar, duties
    from demeure.clock import SystemClock

    language, now = obj["language"], SystemClock().now().astimezone()
    if out is not None:
        replace(out, calendar(language, now.date(), now).encode())
    if as_json:
        print_json({"duties": [one.as_json() for one in duties()], "written": str(out) if out else None})
    elif out is not None:
        click.echo(said(language, f"Écrit : {out}.", f"Written: {out}."))
    else:
        rows = [
            (_every(one.months, language), one.name(language), one.how, one.why(language), one.source)
            for one in sorted(duties(), key=lambda one: one.months)
        ]
        table(
            said(language, "quand|quoi|commande|pourquoi|source", "when|what|command|why|source").split("|"), rows
        )


def _every(months: int, language: str) -> str:
    if months == 1:
        return said(language, "chaque mois", "each month")
    if months == 12:
        return said(language, "chaque année", "each year")
    return said(language, f"tous les {months} mois", f"every {months} months")
