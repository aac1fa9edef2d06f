"""``demeure spaces``: the places documents are kept in, each with its own key."""

import asyncio
from typing import Any

import click

from demeure.cli.calling import call
from demeure.cli.speech import Worded
from demeure.cli.terminal import JSON, confirmed, listed, print_json, said, shown

RIGHTS = {
    "read": ("lecteur", "reader", "lectrice"),
    "contribute": ("rédacteur", "writer", "rédactrice"),
    "manage": ("référent", "manager", "référente"),
    "none": ("aucun", "none"),
}
"""Right, as it is stored → the words of the pages."""
_NO_MORE = ("plus aucun droit", "no right any more")


@click.group("spaces")
def command() -> None:
    """Crée, liste, supprime des espaces."""


@command.command("list")
@JSON
@click.pass_obj
def list_(obj: dict[str, Any], as_json: bool) -> None:
    """Liste les espaces."""
    spaces = call(obj, "spaces.list", {})["spaces"]
    if as_json:
        print_json(spaces)
        return
    columns = said(obj["language"], "nom,documents,identifiant", "name,documents,id")
    none = ("Aucun espace : demeure spaces create NOM.", "No space: demeure spaces create NAME.")
    listed(obj["language"], columns, [(s["name"], s["documents"], s["id"]) for s in spaces], *none)


@command.command("create")
@click.argument("name")
@JSON
@click.pass_obj
def create(obj: dict[str, Any], name: str, as_json: bool) -> None:
    """Crée un espace, avec sa propre clé."""
    space = call(obj, "spaces.create", {"name": name}, create=True)
    if as_json:
        print_json(space)
    else:
        click.echo(said(obj["language"], f"Espace créé : {space['name']}", f"Space created: {space['name']}"))
        fr = (
            "Les administrateurs le gèrent d’abord, et peuvent donc le lire. Pour le confier à d’autres : demeure "
            "spaces give ESPACE IDENTIFIANT référent, puis aucun pour qui n’a pas à le lire."
        )
        en = (
            "Administrators manage it at first, and so may read it. To entrust it to others: demeure spaces give "
            "SPACE LOGIN manager, then none for whoever need not read it."
        )
        click.echo(said(obj["language"], fr, en), err=True)


@command.command("delete")
@click.argument("space")
@click.option("--yes", is_flag=True, help="Ne pas demander confirmation.")
@JSON
@click.pass_obj
def delete(obj: dict[str, Any], space: str, yes: bool, as_json: bool) -> None:
    """Efface un espace : ses documents, son index, et sa clé. Sans retour possible."""
    asyncio.run(_exists(obj, space))
    confirmed(
        obj["language"],
        yes,
        f"Effacer l’espace « {space} » et sa clé, sans retour possible ?",
        f"Erase the space “{space}” and its key? This cannot be undone.",
    )
    answer = call(obj, "spaces.delete", {"space": space})
    shown(obj, answer, as_json, f"Espace effacé : {space}", f"Space erased: {space}")


@command.command("give")
@click.argument("space")
@click.argument("to")
@click.argument("right", type=Worded(RIGHTS))
@JSON
@click.pass_obj
def give(obj: dict[str, Any], space: str, to: str, right: str, as_json: bool) -> None:
    """Ouvre un espace à une personne (identifiant) ou à un groupe (nom). read ou lecteur : lire et interroger ;
    contribute ou rédacteur : ajouter aussi, et supprimer ce qu’on a ajouté ; manage ou référent : tout supprimer,
    et donner des droits ; none ou aucun : plus rien."""
    answer = call(obj, "spaces.give", {"space": space, "to": to, "right": right})
    fr, en = _NO_MORE if right == "none" else RIGHTS[right][:2]
    shown(obj, answer, as_json, f"{space} : {to}, {fr}", f"{space}: {to}, {en}")


@command.command("rekey")
@click.argument("space")
@JSON
@click.pass_obj
def rekey(obj: dict[str, Any], space: str, as_json: bool) -> None:
    """Remplace la clé d’un espace et réécrit sous la nouvelle tout ce qu’elle chiffre ; l’ancienne est détruite."""
    answer = call(obj, "spaces.rekey", {"space": space})
    number, files = answer["generation"], answer["originals"]
    fr = f"{space} : clé n° {number}, {files} originaux et la base réécrits sous elle ; l’ancienne n’existe plus."
    en = f"{space}: key no. {number}, {files} originals and the database under it; the former one is gone."
    shown(obj, answer, as_json, fr, en)


@command.command("questions")
@click.argument("space")
@click.option("--on/--off", "wanted", default=True, help="Les rassembler désormais, ou ne plus le faire.")
@JSON
@click.pass_obj
def questions(obj: dict[str, Any], space: str, wanted: bool, as_json: bool) -> None:
    """Rassemble les questions sans réponse d’un espace, sans nom, pour qui le gère."""
    asyncio.run(_exists(obj, space))
    answer = call(obj, "spaces.questions", {"space": space, "gather": wanted})
    if wanted:
        shown(obj, answer, as_json, "Rassemblées à partir de maintenant.", "Gathered from now on.")
    else:
        shown(obj, answer, as_json, "Elles ne sont plus rassemblées.", "They are gathered no more.")


async def _exists(obj: dict[str, Any], space: str) -> None:
    from demeure.cli.house import reach, require_spaces

    async with reach(obj["instance"], obj["language"]) as door:
        await require_spaces(door, [space])
