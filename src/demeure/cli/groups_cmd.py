"""``demeure people groups``: named sets of people, to open a space to a service at once."""

from typing import Any

import click

from demeure.cli.calling import call
from demeure.cli.terminal import JSON, confirmed, listed, print_json, said, shown


@click.group("groups")
def command() -> None:
    """Crée, remplit, liste, supprime des groupes de personnes."""


@command.command("list")
@JSON
@click.pass_obj
def list_(obj: dict[str, Any], as_json: bool) -> None:
    """Liste les groupes et leurs personnes."""
    groups = call(obj, "groups.list", {})["groups"]
    if as_json:
        print_json(groups)
        return
    columns = said(obj["language"], "groupe,personnes", "group,people")
    rows = [(group["name"], ", ".join(group["people"]) or "-") for group in groups]
    none = ("Aucun groupe : demeure people groups create NOM.", "No group: demeure people groups create NAME.")
    listed(obj["language"], columns, rows, *none)


@command.command("create")
@click.argument("name")
@JSON
@click.pass_obj
def create(obj: dict[str, Any], name: str, as_json: bool) -> None:
    """Crée un groupe, sans personne."""
    answer = call(obj, "groups.create", {"name": name})
    made = answer["name"]
    shown(obj, answer, as_json, f"Groupe créé : {made}", f"Group created: {made}")


@command.command("add")
@click.argument("group")
@click.argument("login")
@JSON
@click.pass_obj
def add(obj: dict[str, Any], group: str, login: str, as_json: bool) -> None:
    """Met une personne (identifiant) dans un groupe (nom)."""
    answer = call(obj, "groups.add", {"group": group, "login": login})
    there = answer["login"]
    shown(obj, answer, as_json, f"{group} : {there} en est", f"{group}: {there} is in it")


@command.command("remove")
@click.argument("group")
@click.argument("login")
@JSON
@click.pass_obj
def remove(obj: dict[str, Any], group: str, login: str, as_json: bool) -> None:
    """Retire une personne d’un groupe."""
    answer = call(obj, "groups.remove", {"group": group, "login": login})
    gone = answer["login"]
    shown(obj, answer, as_json, f"{group} : {gone} n’en est plus", f"{group}: {gone} is no longer in it")


@command.command("delete")
@click.argument("group")
@click.option("--yes", is_flag=True, help="Ne pas demander confirmation.")
@JSON
@click.pass_obj
def delete(obj: dict[str, Any], group: str, yes: bool, as_json: bool) -> None:
    """Supprime un groupe, et les droits qu’il donnait ; les personnes restent."""
    confirmed(
        obj["language"],
        yes,
        f"Supprimer le groupe « {group} », et les droits qu’il donne ?",
        f"Delete the group “{group}”, and the rights it gives?",
    )
    answer = call(obj, "groups.delete", {"group": group})
    gone = answer["name"]
    shown(obj, answer, as_json, f"Groupe supprimé : {gone}", f"Group deleted: {gone}")
