"""``demeure link``: a one-time link to choose a password, from whoever owns the machine."""

import asyncio
from typing import Any

import click

from demeure.cli.terminal import JSON, print_json, said


@click.command("link")
@click.option("--login", default=None, help="Pour cette personne (défaut : l’administrateur).")
@JSON
@click.pass_obj
def command(obj: dict[str, Any], login: str | None, as_json: bool) -> None:
    """Donne un lien pour choisir un mot de passe, utilisable une fois, pendant quelques minutes."""
    answer = asyncio.run(_link(obj, login))
    if as_json:
        print_json(answer)
    else:
        click.echo(answer["url"])
        minutes = answer["minutes"]
        fr = f"Ce lien sert une fois, pendant {minutes}\u00a0minutes, à qui l’ouvre le premier."
        click.echo(
            said(obj["language"], fr, f"It serves once, for {minutes} minutes, whoever opens it first."), err=True
        )


async def _link(obj: dict[str, Any], login: str | None) -> dict[str, Any]:
    from demeure.cli.door import Door

    door = await Door(obj["instance"]).open()
    try:
        return dict((await door.call("link.create", {"login": login})).data)
    finally:
        await door.close()
