"""``demeure people rights`` and ``readings``: who may what, and what was read on a legal ground."""

from typing import Any

import click

from demeure.cli.calling import call
from demeure.cli.spaces_cmd import RIGHTS
from demeure.cli.terminal import JSON, listed, print_json, said
from demeure.policy import ROLE_NAMES

_STATES = {
    "asked": ("attend une deuxième personne", "awaits a second person"),
    "granted": ("ouverte", "open"),
    "refused": ("refusée", "refused"),
    "ended": ("finie", "over"),
}


@click.command("rights")
@JSON
@click.pass_obj
def rights(obj: dict[str, Any], as_json: bool) -> None:
    """Dit qui peut quoi : rôle, groupes, espaces."""
    people = call(obj, "people.rights", {})["people"]
    if as_json:
        print_json(people)
        return
    language = obj["language"]
    names = {role.value: said(language, *names) for role, names in ROLE_NAMES.items()}
    rows = [
        (p["login"], names[p["role"]], ", ".join(p["groups"]) or "-", _given(language, p))
        for p in people
        if p["open"]
    ]
    columns = said(language, "identifiant,rôle,groupes,espaces", "login,role,groups,spaces")
    listed(language, columns, rows, "Personne n’a de compte.", "Nobody has an account.")


def _given(language: str, person: dict[str, Any]) -> str:
    lines = [
        f"{one['name']} ({said(language, *RIGHTS[one['right']][:2])}{', ' + one['by'] if one['by'] else ''})"
        for one in person["given"]
    ]
    return ", ".join(lines) or "-"


@click.command("readings")
@JSON
@click.pass_obj
def readings(obj: dict[str, Any], as_json: bool) -> None:
    """Liste les lectures sur base légale ; elles se demandent et s’accordent sur les pages."""
    found = call(obj, "people.readings", {})["readings"]
    if as_json:
        print_json(found)
        return
    language = obj["language"]
    rows = [
        (one["number"], one["about"], one["asker"], one["decider"] or "-", said(language, *_STATES[one["state"]]))
        for one in found
    ]
    columns = said(language, "n°,sur,demandée par,décidée par,état", "no.,about,asked by,decided by,state")
    listed(language, columns, rows, "Aucune lecture n’a été demandée.", "No reading was asked for.")
