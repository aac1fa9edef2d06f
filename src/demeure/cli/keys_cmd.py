"""``demeure keys``: every key of the house, and keys of applications, by which programs bring documents and use the
models."""

import sys
from collections.abc import Callable
from typing import Any, TypeVar

import click

from demeure.cli.calling import call
from demeure.cli.terminal import JSON, day_told, listed, moment_told, print_json, said, shown

F = TypeVar("F", bound=Callable[..., Any])
STATES = {
    "open": ("en vigueur", "in force"),
    "expired": ("échue", "expired"),
    "revoked": ("retirée", "withdrawn"),
    "closed": ("compte fermé", "account closed"),
}


@click.group("keys")
def command() -> None:
    """Toutes les clés : celles de la maison, celles des espaces, celles des applications."""


QUOTAS = {
    "requests_minute": ("demandes/min", "requests/min"),
    "requests_day": ("demandes/jour", "requests/day"),
    "tokens_minute": ("jetons/min", "tokens/min"),
    "tokens_day": ("jetons/jour", "tokens/day"),
}
"""Quota → its unit, French and English."""


def limiting(command: F) -> F:
    """The options of the class and the quotas."""
    number = click.IntRange(1, 1_000_000_000)
    options = (
        click.option("--class", "highest", default="", help="Classe la plus haute qu’elle atteint."),
        click.option("--requests-per-minute", "requests_minute", type=number, help="Demandes par minute au plus."),
        click.option("--requests-per-day", "requests_day", type=number, help="Demandes par jour au plus."),
        click.option("--tokens-per-minute", "tokens_minute", type=number, help="Jetons par minute au plus."),
        click.option("--tokens-per-day", "tokens_day", type=number, help="Jetons par jour au plus."),
    )
    for option in reversed(options):
        command = option(command)
    return command


def _limits(given: dict[str, Any]) -> dict[str, Any]:
    quotas = {name: given[name] for name in QUOTAS if given.get(name)}
    return {"class": given["highest"], "quotas": quotas}


@command.command("add")
@click.argument("name")
@click.option(
    "--owner", required=True, help="Identifiant de la personne qui en répond : la clé peut au plus autant."
)
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice(["documents.add", "models", "metrics"]),
    default=["documents.add"],
    help="Ce qu’elle permet : ajouter des documents, employer les modèles, lire les mesures (répétable).",
)
@click.option("--space", "spaces", multiple=True, help="Espace où elle peut ajouter (répétable).")
@click.option("--days", type=click.IntRange(1, 1100), default=365, help="Jours pendant lesquels elle ouvre (365).")
@limiting
@JSON
@click.pass_obj
def add(obj: dict[str, Any], /, name: str, owner: str, as_json: bool, **given: Any) -> None:
    """Donne une clé à une application : ajouter des documents, employer les modèles, et rien d’autre."""
    asked = {"name": name, "owner": owner, "days": given["days"]} | _limits(given)
    asked |= {"spaces": list(given["spaces"]), "scopes": list(given["scopes"])}
    answer = call(obj, "keys.add", asked)
    if as_json:
        print_json(answer)
        return
    key, language = answer["key"], obj["language"]
    until = day_told(key["expires_at"], language)
    fr = f"Clé « {key['name']} », valable jusqu’au {until}. La voici, pour la seule fois :"
    click.echo(said(language, fr, f"Key “{key['name']}”, good until {until}. Here it is, once:"))
    click.echo(answer["secret"])
    if shut := _shut(key):
        fr = f"Attention : {key['owner']} ne peut rien ajouter dans {shut} : la clé non plus, jusque-là."
        en = f"Warning: {key['owner']} may add nothing in {shut}: neither may the key, until then."
        click.echo(said(language, fr, en), err=True)
    if key["spaces"]:
        click.echo(said(language, "Pour envoyer un document :", "To send a document:"))
        click.echo(
            f"curl -H 'Authorization: Bearer …' -F space={key['spaces'][0]['id']} -F tags=courrier "
            f"-F file=@lettre.pdf {answer['address']}/api/documents"
        )
    if "models" in key["scopes"]:
        fr = f"Adresse de l’API d’OpenAI : {answer['address']}/v1"
        click.echo(said(language, fr, f"Address of the OpenAI API: {answer['address']}/v1"))


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
@click.argument("name")
@click.option(
    "--hours", type=click.IntRange(0, 720), default=24, help="Heures où le secret d’avant ouvre encore (24)."
)
@JSON
@click.pass_obj
def rotate(obj: dict[str, Any], name: str, hours: int, as_json: bool) -> None:
    """Donne un nouveau secret à une clé ; celui d’avant ouvre encore un temps."""
    answer = call(obj, "keys.rotate", {"name": name, "hours": hours})
    if as_json:
        print_json(answer)
        return
    fr = f"Nouveau secret de « {name} », pour la seule fois (celui d’avant ouvre encore {hours} h) :"
    en = f"New secret of “{name}”, once (the former one still opens for {hours} h):"
    click.echo(said(obj["language"], fr, en))
    click.echo(answer["secret"])


@command.command("limits")
@click.argument("name")
@limiting
@JSON
@click.pass_obj
def limits(obj: dict[str, Any], /, name: str, as_json: bool, **given: Any) -> None:
    """Change la classe et les quotas d’une clé ; ce qui n’est pas dit n’a plus de limite."""
    answer = call(obj, "keys.limit", {"name": name} | _limits(given))
    shown(obj, answer, as_json, f"Limites changées : {name}", f"Limits changed: {name}")


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
        "clé d’application,qui en répond,pour,espaces,limites,état,échéance,dernier emploi,aujourd’hui",
        "application key,owner,for,spaces,limits,state,expires,last used,today",
    )
    rows = [
        (
            key["name"],
            key["owner"],
            " ".join(key["scopes"]),
            ", ".join(space["name"] or "?" for space in key["spaces"]),
            _limited(key, language),
            _state(key, language),
            day_told(key["expires_at"], language),
            moment_told(key["used_at"] or "", language),
            f"{key['today']['requests']} / {key['today']['tokens']}" if any(key["today"].values()) else "-",
        )
        for key in keys
    ]
    none = ("Aucune clé d’application : demeure keys add NOM.", "No application key: demeure keys add NAME.")
    listed(language, columns, rows, *none)


def _limited(key: dict[str, Any], language: str) -> str:
    """« classe interne, demandes/min : 60 »; « - » for a key that nothing limits but its owner's rights."""
    told = [f"{said(language, 'classe', 'class')} {key['class']}"] if key["class"] else []
    given = key["quotas"]
    colon = said(language, "\u00a0: ", ": ")
    told += [f"{said(language, *words)}{colon}{given[name]}" for name, words in QUOTAS.items() if name in given]
    return ", ".join(told) or "-"


def _shut(key: dict[str, Any]) -> str:
    """Names of the spaces where whoever answers for this key may add nothing."""
    return ", ".join(f"« {one['name']} »" for one in key["spaces"] if one["id"] in key["shut"])


def _state(key: dict[str, Any], language: str) -> str:
    word = STATES[key["state"]][language == "en"]
    if key["state"] != "open" or not key["shut"]:
        return word
    return said(language, f"{word}, sans droit : {_shut(key)}", f"{word}, no right: {_shut(key)}")
