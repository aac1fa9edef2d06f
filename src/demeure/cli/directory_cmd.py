"""``demeure directory``: LDAP or Active Directory, followed through the airlock. Declaring one writes its file
here, by the owner's hand; the house is then told, which writes it in the journal.
"""

from pathlib import Path
from typing import Any

import click

from demeure.cli.calling import call
from demeure.cli.routes_words import shut
from demeure.cli.terminal import JSON, confirmed, listed, moment_told, print_json, said, shown
from demeure.policy import ROLE_NAMES, Role

_COUNTS = {
    "added": ("ajoutés", "added"),
    "adopted": ("pris par l’annuaire", "taken by the directory"),
    "closed": ("fermés", "closed"),
    "reopened": ("rouverts", "reopened"),
    "renamed": ("renommés", "renamed"),
    "role": ("changements de rôle", "changes of role"),
    "joined": ("entrées dans un groupe", "entries into groups"),
    "left": ("sorties de groupe", "exits from groups"),
    "kept": ("laissés tels quels", "left as they are"),
}
_ACTS = {
    "add": ("ajouté", "added"),
    "adopt": ("pris par l’annuaire", "taken by the directory"),
    "change": ("changé", "changed"),
    "close": ("fermé", "closed"),
    "reopen": ("rouvert", "reopened"),
}
_WHY = {
    "disabled": ("désactivé là-bas", "disabled there"),
    "vanished": ("n’y est plus", "no longer there"),
    "last-administrator": ("dernier administrateur", "last administrator"),
    "login-taken": ("identifiant d’un autre compte", "login of another account"),
    "login-unusable": ("identifiant inutilisable", "login that cannot serve"),
    "unsure": ("plus montré là-bas, lecture incomplète", "no longer shown there, incomplete reading"),
    "login-twice": ("identifiant en double là-bas", "login twice there"),
}
_OUTCOMES = {"done": ("suivi", "followed"), "doubtful": ("arrêté", "stopped"), "failed": ("pas lu", "not read")}


@click.group("directory")
def command() -> None:
    """Suit un annuaire (LDAP, Active Directory), lu par le sas."""


@command.command("declare")
@click.argument("directory", metavar="ANNUAIRE")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@JSON
@click.pass_obj
def declare(obj: dict[str, Any], directory: str, file: Path, as_json: bool) -> None:
    """Déclare un annuaire, ou le déclare à nouveau : un fichier TOML (docs/directory.md). Ne lit rien encore."""
    from demeure.airlock import find as find_route
    from demeure.directories import DirectoryInvalid, keep, put_back, read, text_of

    instance = obj["instance"]
    text = file.read_text(encoding="utf-8", errors="replace")
    made = read(directory, text)
    if find_route(instance, made.route).kind != "directory":
        fr, en = (
            f"la route « {made.route} » n’est pas de genre directory.",
            f"the route “{made.route}” is of another kind.",
        )
        raise DirectoryInvalid(directory=directory, detail=fr, detail_en=en)
    _own(obj)
    before = text_of(instance, directory)
    keep(instance, directory, text)
    try:
        call(obj, "directory.changed", {"directory": directory, "act": "declared"})
    except BaseException:  # what the journal does not say is not declared
        put_back(instance, directory, before)
        raise
    fr = f"Annuaire déclaré : {directory}. Voir ce qu’il changerait : demeure directory check {directory}."
    en = f"Directory declared: {directory}. See what it would change: demeure directory check {directory}."
    shown(obj, {"directory": directory, "route": made.route}, as_json, fr, en)


@command.command("status")
@JSON
@click.pass_obj
def status(obj: dict[str, Any], as_json: bool) -> None:
    """Liste les annuaires, leurs comptes, leurs dernières lectures."""
    answer = call(obj, "directory.status", {})
    rows = answer["directories"]
    for wrong in answer["unusable"]:
        click.echo(wrong[obj["language"]], err=True)
    if as_json:
        print_json(rows)
        return
    language = obj["language"]
    columns = said(language, "annuaire,route,comptes,dernière lecture", "directory,route,accounts,last reading")
    table = []
    for row in rows:
        route = row["route"] + shut(row, language)
        last = row["runs"][0] if row["runs"] else None
        word = said(language, *_OUTCOMES[last["outcome"]]) if last else "-"
        table.append(
            (
                row["id"],
                route,
                f"{row['open']}/{row['accounts']}",
                f"{moment_told(last['at'], language)} {word}" if last else "-",
            )
        )
    listed(language, columns, table, "Aucun annuaire n’est déclaré.", "No directory is declared.")
    for row in rows:
        if row["late"]:
            when = moment_told(row["good"], language) if row["good"] else ""
            fr = f"pas lu depuis le {when}" if when else "jamais lu"
            en = f"not read since {when}" if when else "never read"
            click.echo(f"{row['id']}: {said(language, fr, en)}", err=True)
        if row["runs"] and row["runs"][0].get(language):
            click.echo(row["runs"][0][language])


@command.command("check")
@click.argument("directory", metavar="ANNUAIRE")
@JSON
@click.pass_obj
def check(obj: dict[str, Any], directory: str, as_json: bool) -> None:
    """Dit ce que suivre l’annuaire changerait ; ne change rien. Code 3 si trop de comptes se fermeraient."""
    answer = call(obj, "directory.check", {"directory": directory})
    if as_json:
        print_json(answer)
    else:
        _told(obj["language"], answer)
        if answer["doubtful"]:
            fr = (
                f"Comptes qui se fermeraient, quitteraient un groupe ou perdraient leur rôle : {answer['losing']} "
                f"({answer['why']}). Rien ne se fera sans --close {answer['losing']}."
            )
            en = (
                f"Accounts that would be closed, leave a group or lose their role: {answer['losing']} "
                f"({answer['why_en']}). Nothing will be done without --close {answer['losing']}."
            )
            click.echo(said(obj["language"], fr, en), err=True)
        if answer["held"]:
            fr = f"Lecture incomplète : les disparus restent ouverts sans --close {answer['whole']}."
            en = f"Incomplete reading: who vanished stays open without --close {answer['whole']}."
            click.echo(said(obj["language"], fr, en), err=True)
    if answer["doubtful"]:
        raise SystemExit(3)


@command.command("sync")
@click.argument("directory", metavar="ANNUAIRE")
@click.option(
    "--close", "closing", type=click.IntRange(0), default=0, help="Nombre de comptes à fermer, vus et acceptés."
)
@JSON
@click.pass_obj
def sync(obj: dict[str, Any], directory: str, closing: int, as_json: bool) -> None:
    """Suit l’annuaire maintenant."""
    answer = call(obj, "directory.sync", {"directory": directory, "close": closing})
    if as_json:
        print_json(answer)
    else:
        _told(obj["language"], answer)


@command.command("release")
@click.argument("login")
@JSON
@click.pass_obj
def release(obj: dict[str, Any], login: str, as_json: bool) -> None:
    """Refait d’un compte de l’annuaire un compte de la maison : un lien lui donnera un mot de passe."""
    answer = call(obj, "directory.release", {"login": login})
    fr = f"Compte de la maison : {login}" if answer["released"] else f"{login} n’est d’aucun annuaire."
    en = f"Account of the house: {login}" if answer["released"] else f"{login} is of no directory."
    shown(obj, answer, as_json, fr, en)


@command.command("remove")
@click.argument("directory", metavar="ANNUAIRE")
@click.option("--yes", is_flag=True, help="Ne pas demander confirmation.")
@JSON
@click.pass_obj
def remove(obj: dict[str, Any], directory: str, yes: bool, as_json: bool) -> None:
    """Retire un annuaire : ses comptes restent, et deviennent ceux de la maison."""
    from demeure.directories import known
    from demeure.directories import remove as forget

    _own(obj)
    known(obj["instance"], directory)
    fr = f"Retirer l’annuaire « {directory} » ? Ses comptes n’auront plus de mot de passe sans un lien."
    confirmed(
        obj["language"], yes, fr, f"Remove the directory “{directory}”? Its accounts will need a link to come in."
    )
    answer = call(obj, "directory.changed", {"directory": directory, "act": "removed"})
    forget(obj["instance"], directory)
    shown(obj, answer, as_json, f"Annuaire retiré : {directory}", f"Directory removed: {directory}")


def _told(language: str, answer: dict[str, Any]) -> None:
    colon = said(language, "\u00a0:", ":")
    for row in answer["changes"]:
        role = said(language, *ROLE_NAMES[Role(row["role"])]) if row.get("role") else ""
        more = [row.get("name", ""), row.get("new_login", ""), role]
        more += [f"+{name}" for name in row.get("joins", ())] + [f"-{name}" for name in row.get("leaves", ())]
        more += [said(language, *_WHY[row["why"]])] if row.get("why") else []
        details = ", ".join(one for one in more if one)
        click.echo(f"{row['login']}{colon} {said(language, *_ACTS[row['act']])} {details}".rstrip())
    if answer["more"]:
        click.echo(said(language, f"… et {answer['more']} autres", f"… and {answer['more']} others"))
    for row in answer["kept"]:
        click.echo(f"{row['login']}{colon} {said(language, *_WHY[row['why']])}")
    for dn in answer["groups_unread"]:
        click.echo(said(language, f"groupe non lu : {dn}", f"group not read: {dn}"))
    counts = [f"{said(language, *_COUNTS[name])} {count}" for name, count in answer["counts"].items() if count]
    read = said(language, f"{answer['people']} personnes lues\u202f; ", f"{answer['people']} people read; ")
    click.echo(read + (", ".join(counts) or said(language, "rien ne change", "nothing changes")))


def _own(obj: dict[str, Any]) -> None:
    from demeure.cli.errors import InstanceMissing
    from demeure.cli.instance import own

    own(obj["instance"])
    if not (obj["instance"] / "keys").is_dir():
        raise InstanceMissing(instance=str(obj["instance"]))
