"""``demeure keys``: every key of the house, the key of a space replaced, and keys of applications."""

import sys
from typing import Any

import click

from demeure.cli.calling import call
from demeure.cli.terminal import JSON, listed, print_json, said, shown

STATES = {
    "open": ("en vigueur", "in force"),
    "expired": ("échue", "expired"),
    "revoked": ("retirée", "withdrawn"),
    "closed": ("compte fermé", "account closed"),
}


@click.group("keys")
def command() -> None:
    """Toutes les clés : celles de la maison, celles des espaces, celles des applications."""


@command.command("add")
@click.argument("name")
@click.option(
    "--owner", required=True, help="Identifiant de la personne qui en répond : la clé peut au plus autant."
)
@click.option("--space", "spaces", multiple=True, required=True, help="Espace où elle peut ajouter (répétable).")
@click.option("--days", type=click.IntRange(1, 1100), default=365, help="Jours pendant lesquels elle ouvre (365).")
@JSON
@click.pass_obj
def add(obj: dict[str, Any], name: str, owner: str, spaces: tuple[str, ...], days: int, as_json: bool) -> None:
    """Donne une clé à une application : elle pourra ajouter des documents, et rien d’autre."""
    answer = call(obj, "keys.add", {"name": name, "owner": owner, "spaces": list(spaces), "days": days})
    if as_json:
        print_json(answer)
        return
    key, language = answer["key"], obj["language"]
    fr = f"Clé « {key['name']} », valable jusqu’au {key['expires_at'][:10]}. La voici, pour la seule fois :"
    click.echo(said(language, fr, f"Key “{key['name']}”, good until {key['expires_at'][:10]}. Here it is, once:"))
    click.echo(answer["secret"])
    if shut := _shut(key):
        fr = f"Attention : {key['owner']} ne peut rien ajouter dans {shut} : la clé non plus, jusque-là."
        en = f"Warning: {key['owner']} may add nothing in {shut}: neither may the key, until then."
        click.echo(said(language, fr, en), err=True)
    space = key["spaces"][0]["id"]
    click.echo(said(language, "Pour envoyer un document :", "To send a document:"))
    click.echo(
        f"curl -H 'Authorization: Bearer …' -F space={space} -F tags=courrier -F file=@lettre.pdf "
        f"{answer['address']}/api/documents"
    )


@command.command("list")
@JSON
@click.pass_obj
def list_(obj: dict[str, Any], as_json: bool) -> None:
    """Toutes les clés de la maison, puis celles des applications. Code 1 : un algorithme inconnu, nommé."""
    from demeure.cli.house_keys import echo_doubts, print_house, whole

    answer = call(obj, "keys.list", {})
    house, language = whole(obj["instance"], answer["house"]), obj["language"]
    if as_json:
        print_json({"house": house, "applications": answer["keys"]})
    else:
        print_house(language, house)
        click.echo()
        _print_applications(language, answer["keys"])
    if echo_doubts(language, house):
        sys.exit(1)


@command.command("rotate")
@click.argument("space", metavar="ESPACE")
@JSON
@click.pass_obj
def rotate(obj: dict[str, Any], space: str, as_json: bool) -> None:
    """Remplace la clé d’un espace et réécrit sous la nouvelle tout ce qu’elle chiffre ; l’ancienne est détruite."""
    answer = call(obj, "spaces.rekey", {"space": space})
    number, files = answer["generation"], answer["originals"]
    fr = f"{space} : clé n° {number}, {files} originaux et la base réécrits sous elle ; l’ancienne n’existe plus."
    en = f"{space}: key no. {number}, {files} originals and the database under it; the former one is gone."
    shown(obj, answer, as_json, fr, en)


@command.command("revoke")
@click.argument("name")
@JSON
@click.pass_obj
def revoke(obj: dict[str, Any], name: str, as_json: bool) -> None:
    """Retire une clé, pour toujours : elle n’ouvre plus rien dès la demande suivante."""
    answer = call(obj, "keys.revoke", {"name": name})
    gone = answer["name"]
    shown(obj, answer, as_json, f"Clé retirée : {gone}", f"Key withdrawn: {gone}")


def _print_applications(language: str, keys: list[dict[str, Any]]) -> None:
    columns = said(
        language,
        "clé d’application,qui en répond,espaces,état,échéance,dernier emploi",
        "application key,owner,spaces,state,expires,last used",
    )
    rows = [
        (
            key["name"],
            key["owner"],
            ", ".join(space["name"] or "?" for space in key["spaces"]),
            _state(key, language),
            key["expires_at"][:10],
            (key["used_at"] or "-")[:16].replace("T", " "),
        )
        for key in keys
    ]
    none = ("Aucune clé d’application : demeure keys add NOM.", "No application key: demeure keys add NAME.")
    listed(language, columns, rows, *none)


def _shut(key: dict[str, Any]) -> str:
    """Names of the spaces where whoever answers for this key may add nothing."""
    return ", ".join(f"« {one['name']} »" for one in key["spaces"] if one["id"] in key["shut"])


def _state(key: dict[str, Any], language: str) -> str:
    word = STATES[key["state"]][language == "en"]
    if key["state"] != "open" or not key["shut"]:
        return word
    return said(language, f"{word}, sans droit : {_shut(key)}", f"{word}, no right: {_shut(key)}")
