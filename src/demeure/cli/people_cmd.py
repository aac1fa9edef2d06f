"""``demeure people``: who has an account in the house, the links that let them in, and their groups."""

from typing import Any

import click

from demeure.cli.calling import call
from demeure.cli.charter_cmd import charter, import_
from demeure.cli.groups_cmd import command as groups
from demeure.cli.persons_cmd import find, requests
from demeure.cli.rights_cmd import readings, rights
from demeure.cli.sessions_cmd import lost, sessions
from demeure.cli.terminal import JSON, listed, print_json, said, shown
from demeure.policy import ROLE_NAMES, Action, Cell, powers, those_with

ROLES = {role.value: names for role, names in ROLE_NAMES.items()}


@click.group("people")
def command() -> None:
    """Ajoute, liste, ferme des comptes ; donne des liens."""


@command.command("list")
@JSON
@click.pass_obj
def list_(obj: dict[str, Any], as_json: bool) -> None:
    """Liste les personnes et l’état de leur compte."""
    people = call(obj, "people.list", {})["people"]
    if as_json:
        print_json(people)
        return
    language = obj["language"]
    columns = said(language, "nom,identifiant,rôle,compte", "name,login,role,account")
    rows = [(p["name"], p["login"], said(language, *ROLES[p["role"]]), _state(language, p)) for p in people]
    nobody = (
        "Personne n’a encore de compte : demeure link en ouvre un.",
        "Nobody has an account yet: demeure link opens one.",
    )
    listed(language, columns, rows, *nobody)


def _state(language: str, person: dict[str, Any]) -> str:
    if not person["open"]:
        return said(language, "fermé", "closed")
    if not person["has_password"]:
        return said(language, "attend son mot de passe", "awaits its password")
    return said(language, "ouvert", "open")


@command.command("add")
@click.argument("login")
@click.option("--name", default=None, help="Nom, comme les collègues le lisent (défaut : l’identifiant).")
@click.option("--role", type=click.Choice(list(ROLES)), default="agent", help="Rôle (défaut : agent).")
@JSON
@click.pass_obj
def add(obj: dict[str, Any], login: str, name: str | None, role: str, as_json: bool) -> None:
    """Ajoute une personne et donne le lien où elle choisira son mot de passe."""
    answer = call(obj, "people.add", {"login": login, "name": name or login, "role": role})
    if as_json:
        print_json(answer)
        return
    made = answer["person"]["login"]
    click.echo(said(obj["language"], f"Compte créé : {made}. À remettre :", f"Account made: {made}. Hand over:"))
    click.echo(answer["url"])
    if here_alone(answer["url"]):
        fr = "Ce lien ne s’ouvre que sur cette machine. Pour les autres postes : demeure tls init, puis host dans "
        en = "This link opens on this machine only. For other computers: demeure tls init, then host in "
        click.echo(said(obj["language"], fr + "demeure.toml.", en + "demeure.toml."), err=True)
    if role in those_with(Action.DOCUMENT_OPEN, Cell.SPACE):
        fr = f"Aucun espace ne lui est encore ouvert : demeure spaces give ESPACE {made} lecteur|rédacteur|référent"
        en = f"No space is open to them yet: demeure spaces give SPACE {made} reader|writer|manager"
        click.echo(said(obj["language"], fr, en), err=True)


def here_alone(url: str) -> bool:
    """Does a link name this machine for itself?"""
    return url.partition("://")[2].startswith(("127.", "localhost", "[::1]"))


@command.command("close")
@click.argument("login")
@JSON
@click.pass_obj
def close(obj: dict[str, Any], login: str, as_json: bool) -> None:
    """Ferme un compte : sessions et liens s’arrêtent, ce qui a été fait reste."""
    answer = call(obj, "people.close", {"login": login})
    shown(obj, answer, as_json, f"Compte fermé : {login}", f"Account closed: {login}")


@command.command("reopen")
@click.argument("login")
@JSON
@click.pass_obj
def reopen(obj: dict[str, Any], login: str, as_json: bool) -> None:
    """Rouvre un compte, avec ses droits d’avant."""
    answer = call(obj, "people.reopen", {"login": login})
    shown(obj, answer, as_json, f"Compte rouvert : {login}", f"Account reopened: {login}")


@command.command("role")
@click.argument("login")
@click.argument("role", type=click.Choice(list(ROLES)))
@JSON
@click.pass_obj
def role_(obj: dict[str, Any], login: str, role: str, as_json: bool) -> None:
    """Change le rôle d’une personne."""
    answer = call(obj, "people.role", {"login": login, "role": role})
    fr, en = ROLES[role]
    shown(obj, answer, as_json, f"{login} : {fr}", f"{login}: {en}")


@command.command("roles")
@JSON
@click.pass_obj
def roles(obj: dict[str, Any], as_json: bool) -> None:
    """Dit ce que chaque rôle peut faire."""
    language = obj["language"]
    told = {role.value: [said(language, *power) for power in powers(role)] for role in ROLE_NAMES}
    if as_json:
        print_json(told)
        return
    for role, lines in told.items():
        name = said(language, *ROLES[role])
        click.echo(name if name == role else f"{name} ({role})")
        for line in lines:
            click.echo(f"  - {line}")


@command.command("link")
@click.argument("login")
@JSON
@click.pass_obj
def link(obj: dict[str, Any], login: str, as_json: bool) -> None:
    """Donne un lien à usage unique, pour choisir un nouveau mot de passe."""
    answer = call(obj, "people.link", {"login": login})
    shown(obj, answer, as_json, answer["url"], answer["url"])


command.add_command(groups)
command.add_command(find)
command.add_command(requests)
command.add_command(rights)
command.add_command(readings)
command.add_command(sessions)
command.add_command(lost)
command.add_command(import_)
command.add_command(charter)
