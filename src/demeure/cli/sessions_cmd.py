"""``demeure people sessions`` and ``lost``: where somebody is signed in, and a second proof that was lost."""

from typing import Any

import click

from demeure.cli.calling import call
from demeure.cli.terminal import JSON, listed, moment_told, print_json, said, shown


@click.command("sessions")
@click.argument("login")
@click.option("--close", "closing", is_flag=True, help="Les ferme toutes.")
@JSON
@click.pass_obj
def sessions(obj: dict[str, Any], login: str, closing: bool, as_json: bool) -> None:
    """Liste les sessions ouvertes d’une personne, ou les ferme."""
    if closing:
        answer = call(obj, "people.sessions-end", {"login": login})
        fr, en = f"Sessions fermées : {answer['ended']}", f"Sessions closed: {answer['ended']}"
        shown(obj, answer, as_json, fr, en)
        return
    answer = call(obj, "people.sessions", {"login": login})
    if as_json:
        print_json(answer)
        return
    language = obj["language"]
    rows = [
        (
            one["device"] or "-",
            one["address"] or "-",
            moment_told(one["begun_at"], language),
            moment_told(one["last_seen"], language),
        )
        for one in answer["sessions"]
    ]
    columns = said(language, "appareil,adresse,ouverte,vue", "device,address,begun,seen")
    listed(language, columns, rows, "Aucune session n’est ouverte.", "No session is open.")


@click.command("lost")
@click.argument("login")
@JSON
@click.pass_obj
def lost(obj: dict[str, Any], login: str, as_json: bool) -> None:
    """Retire la deuxième preuve d’une personne qui l’a perdue ; ses sessions se ferment."""
    answer = call(obj, "people.second-reset", {"login": login})
    shown(obj, answer, as_json, f"Deuxième preuve retirée : {login}", f"Second proof taken away: {login}")
