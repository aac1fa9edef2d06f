"""``demeure spaces``: the places documents are kept in, each with its own key."""

import asyncio
import sys
from typing import Any

import click

from demeure.cli.terminal import agreed, print_json, said, table

RIGHTS = {
    "read": ("lecteur", "reader"),
    "contribute": ("rédacteur", "writer"),
    "manage": ("référent", "manager"),
    "none": ("plus aucun droit", "no right any more"),
}


@click.group("spaces")
def command() -> None:
    """Crée, liste, supprime des espaces."""


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Sortie JSON.")
@click.pass_obj
def list_(obj: dict[str, Any], as_json: bool) -> None:
    """Liste les espaces."""
    spaces = asyncio.run(_call(obj, "spaces.list", {}))["spaces"]
    if as_json:
        print_json(spaces)
        return
    columns = said(obj["language"], "nom,documents,identifiant", "name,documents,id").split(",")
    table(columns, [(s["name"], s["documents"], s["id"]) for s in spaces])


@command.command("create")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Sortie JSON.")
@click.pass_obj
def create(obj: dict[str, Any], name: str, as_json: bool) -> None:
    """Crée un espace, avec sa propre clé."""
    space = asyncio.run(_call(obj, "spaces.create", {"name": name}, create=True))
    if as_json:
        print_json(space)
    else:
        click.echo(said(obj["language"], f"Espace créé : {space['name']}", f"Space created: {space['name']}"))


@command.command("delete")
@click.argument("space")
@click.option("--yes", is_flag=True, help="Ne pas demander confirmation.")
@click.pass_obj
def delete(obj: dict[str, Any], space: str, yes: bool) -> None:
    """Efface un espace : ses documents, son index, et sa clé. Sans retour possible."""
    asyncio.run(_exists(obj, space))
    if not yes and not agreed(
        obj["language"],
        f"Effacer l’espace « {space} » et sa clé, sans retour possible ?",
        f"Erase the space “{space}” and its key? This cannot be undone.",
    ):
        click.echo(
            said(
                obj["language"],
                "Rien n’a été effacé (--yes : sans question).",
                "Nothing was erased (--yes: no question).",
            ),
            err=True,
        )
        sys.exit(1)
    asyncio.run(_call(obj, "spaces.delete", {"space": space}))
    click.echo(said(obj["language"], f"Espace effacé : {space}", f"Space erased: {space}"))


@command.command("give")
@click.argument("space")
@click.argument("to")
@click.argument("right", type=click.Choice(["read", "contribute", "manage", "none"]))
@click.option("--json", "as_json", is_flag=True, help="Sortie JSON.")
@click.pass_obj
def give(obj: dict[str, Any], space: str, to: str, right: str, as_json: bool) -> None:
    """Ouvre un espace à une personne (identifiant) ou à un groupe (nom)."""
    answer = asyncio.run(_call(obj, "spaces.give", {"space": space, "to": to, "right": right}))
    if as_json:
        print_json(answer)
    else:
        click.echo(
            said(obj["language"], f"{space} : {to}, {RIGHTS[right][0]}", f"{space}: {to}, {RIGHTS[right][1]}")
        )


async def _exists(obj: dict[str, Any], space: str) -> None:
    from demeure.cli.house import reach, require_spaces

    async with reach(obj["instance"], obj["language"]) as door:
        await require_spaces(door, [space])


async def _call(obj: dict[str, Any], op: str, args: dict[str, Any], *, create: bool = False) -> dict[str, Any]:
    from demeure.cli.house import reach

    async with reach(obj["instance"], obj["language"], create=create) as door:
        return dict((await door.call(op, args)).data)
