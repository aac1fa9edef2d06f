"""``demeure contractor``: the register, the windows, the reports; and the console of whoever comes in."""

import hashlib
from pathlib import Path
from typing import Any

import click

from demeure.cli.calling import call
from demeure.cli.contractor_shell import shell
from demeure.cli.terminal import JSON, day_told, listed, moment_told, print_json, printable, said

_STATES = {
    "asked": ("attend une deuxième personne", "awaits a second person"),
    "open": ("ouverte", "open"),
    "closed": ("finie", "over"),
    "dropped": ("abandonnée", "dropped"),
}


_ASKED = {
    "restore": ("demande de restaurer la dernière sauvegarde", "asks to restore the last backup"),
    "update": ("demande de mettre à jour la maison", "asks to update the house"),
    "back": ("demande de revenir à la version d’avant", "asks to go back to the version before"),
}


@click.group("contractor")
def command() -> None:
    """Les prestataires : registre, fenêtres d’intervention, console, rapports."""


command.add_command(shell)


@command.command("list")
@JSON
@click.pass_obj
def list_(obj: dict[str, Any], as_json: bool) -> None:
    """Liste le registre des prestataires et les fenêtres, la dernière d’abord."""
    found = call(obj, "contractor.list", {})
    if as_json:
        print_json(found)
        return
    language = obj["language"]
    rows: list[tuple[Any, ...]] = [
        (
            one["name"],
            one["country"],
            *(day_told(one[day], language) for day in ("ends", "annex")),
            _people(one),
            _scopes(one["may"], language),
        )
        for one in found["companies"]
    ]
    columns = said(
        language, "entreprise,pays,fin,annexe 28,personnes,peut", "firm,country,ends,annex 28,people,may"
    )
    listed(language, columns, rows, "Aucun prestataire au registre.", "No contractor in the register.")
    rows = [
        (
            one["number"],
            one["firm"],
            one["worker"],
            _scopes(one["scope"], language),
            said(language, *_STATES[one["state"]]),
            _end(one, language),
        )
        for one in found["windows"]
    ]
    columns = said(language, "n°,entreprise,personne,pour,état,jusqu’à", "no.,company,person,for,state,until")
    listed(language, columns, rows, "Aucune fenêtre n’a été ouverte.", "No window was opened.")
    for one in found["requests"]:
        when = moment_told(one["at"], language)
        fr, en = _ASKED[one["what"]]
        click.echo(f"{when}  {one['worker']} ({one['firm']}), {one['window']}: {said(language, fr, en)}")


def _people(company: dict[str, Any]) -> str:
    return ", ".join(one["login"] for one in company["people"]) or "-"


def _scopes(told: str, language: str) -> str:
    """« mise à jour, restauration »; a word that is not known stays."""
    from demeure.contractors import SCOPES

    return ", ".join(said(language, *SCOPES.get(one, (one, one))) for one in told.split())


def _end(window: dict[str, Any], language: str) -> str:
    moment = window["closed_at"] or window["until"]
    return moment_told(str(moment or ""), language)


@command.command("add")
@click.argument("name")
@click.option("--country", required=True, help="Pays de l’entreprise.")
@click.option("--law", required=True, help="Droit qui l’oblige.")
@click.option("--contract", required=True, help="Référence du contrat.")
@click.option("--begins", required=True, help="Premier jour du contrat (2026-11-24).")
@click.option("--ends", default="", help="Dernier jour du contrat ; sans : pas de fin.")
@click.option("--annex", default="", help="Jour de signature de l’annexe de l’article 28 ; sans : rien ne s’ouvre.")
@click.option("--may", required=True, help="Ce qu’elle peut faire : supervision,update,restore,diagnosis.")
@click.option("--contacts", default="", help="Qui appeler.")
@click.option("--change", default="", help="Entreprise du registre à corriger.")
@click.pass_obj
def add(obj: dict[str, Any], /, change: str, **told: str) -> None:
    """Inscrit une entreprise au registre, ou corrige sa ligne."""
    call(obj, "contractor.add", {**told, "company": change})
    click.echo(said(obj["language"], f"{told['name']} est au registre.", f"{told['name']} is in the register."))


@command.command("person")
@click.argument("company")
@click.argument("login")
@click.pass_obj
def person(obj: dict[str, Any], company: str, login: str) -> None:
    """Dit de quelle entreprise est un compte de prestataire (demeure people add … --role contractor)."""
    found = call(obj, "contractor.person", {"company": company, "login": login})
    click.echo(f"{found['login']} : {found['company']}")


@command.command("open")
@click.argument("login")
@click.option("--scope", required=True, help="Pour quoi : supervision,update,restore,diagnosis.")
@click.option("--motive", required=True, help="Pourquoi, en une phrase.")
@click.option("--minutes", type=click.IntRange(1, 1440), default=120, help="Durée en minutes (défaut : 120).")
@click.pass_obj
def open_(obj: dict[str, Any], login: str, scope: str, motive: str, minutes: int) -> None:
    """Ouvre une fenêtre à un prestataire ; quand il y faut deux personnes, seule la page le fait."""
    scope = " ".join(scope.replace(",", " ").split())
    asked = {"login": login, "scope": scope, "motive": motive, "minutes": minutes}
    found = call(obj, "contractor.open", asked)["window"]
    number, end = found["number"], _end(found, obj["language"])
    fr = f"Fenêtre {number} ouverte jusqu’à {end} (UTC)."
    click.echo(said(obj["language"], fr, f"Window {number}: {end} (UTC)."))


@command.command("extend")
@click.argument("number", type=int)
@click.option("--minutes", type=click.IntRange(1, 1440), required=True, help="Minutes de plus.")
@click.pass_obj
def extend(obj: dict[str, Any], number: int, minutes: int) -> None:
    """Prolonge une fenêtre ouverte, d’un jour au plus à partir de maintenant."""
    found = call(obj, "contractor.extend", {"number": number, "minutes": minutes})["window"]
    end = _end(found, obj["language"])
    click.echo(said(obj["language"], f"Jusqu’à {end} (UTC).", f"Until {end} (UTC)."))


@command.command("close")
@click.argument("number", type=int)
@click.pass_obj
def close(obj: dict[str, Any], number: int) -> None:
    """Ferme une fenêtre tout de suite : ce qui tourne est coupé."""
    call(obj, "contractor.close", {"number": number})
    click.echo(said(obj["language"], f"Fenêtre {number} fermée.", f"Window {number} closed."))


@command.command("report")
@click.argument("number", type=int)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Fichier, et sa signature à côté (.sig).")
@click.pass_obj
def report(obj: dict[str, Any], number: int, output: Path | None) -> None:
    """Donne le rapport signé d’une fenêtre finie."""
    found = call(obj, "contractor.report", {"number": number})
    if not found["signature"]:
        raise click.ClickException(
            said(obj["language"], "Cette fenêtre n’est pas finie.", "This window is not over.")
        )
    if output is None:
        click.echo(found["report"], nl=False)
        return
    for path, text in ((output, found["report"]), (output.with_name(f"{output.name}.sig"), found["signature"])):
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
        click.echo(path)


@command.command("replay")
@click.argument("number", type=int)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Fichier asciicast v2 à écrire.")
@click.pass_obj
def replay(obj: dict[str, Any], number: int, output: Path | None) -> None:
    """Montre ce qui a été tapé et affiché dans une fenêtre, vérifié ligne à ligne."""
    import json

    from demeure.cli.contractor_shell import fetched

    data = fetched(obj, number)
    if output is not None:
        with output.open("xb") as file:
            file.write(data)
        click.echo(f"{output} sha256:{hashlib.sha256(data).hexdigest()}")
        return
    for line in data.decode().splitlines()[1:]:
        at, kind, text = json.loads(line)
        begun = {"i": "> ", "m": "# "}.get(kind, "")
        shown = "\n".join(printable(part) for part in text.replace("\r\n", "\n").rstrip("\n").split("\n"))
        click.echo(f"{at:9.1f}  {begun}{shown}")
