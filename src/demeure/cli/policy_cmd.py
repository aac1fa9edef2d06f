"""``demeure policy``: what the organisation decides of its data, as a file that is checked, tried and applied."""

import sys
from pathlib import Path
from typing import Any

import click

from demeure.cli.calling import call
from demeure.cli.terminal import JSON, agreed, day_told, listed, moment_told, print_json, said, shown
from demeure.policy import action_said

_FILE = click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True, readable=True))
_REASON = click.option("--reason", default="", help="Pourquoi, en une phrase : gardé avec la version.")
_YES = click.option("--yes", is_flag=True, help="Ne pas demander confirmation.")
_NUMBER = click.argument("number", type=int)
_STATES = {
    "applied": ("appliquée", "applied"),
    "waiting": ("attend une deuxième personne", "waits for a second person"),
    "dropped": ("retirée", "dropped"),
}


@click.group("policy")
def command() -> None:
    """La politique de la maison : classes, règles, ce qui sort, ce qui se garde."""


@command.command("check")
@_FILE
@JSON
@click.pass_obj
def check(obj: dict[str, Any], file: Path, as_json: bool) -> None:
    """Lit un fichier de politique et joue ses essais, sans rien appliquer. Code 2 si quelque chose ne va pas."""
    _tried(obj, file, as_json, quiet=False)


@command.command("test")
@_FILE
@JSON
@click.pass_obj
def test(obj: dict[str, Any], file: Path, as_json: bool) -> None:
    """Joue les essais [[case]] d’un fichier de politique. Code 2 si l’un d’eux ne tient pas."""
    _tried(obj, file, as_json, quiet=True)


def _tried(obj: dict[str, Any], file: Path, as_json: bool, *, quiet: bool) -> None:
    """Without the house: its routes are read from their files."""
    from demeure.clock import SystemClock
    from demeure.gateway.known_models import known_models, strangers
    from demeure.gateway.policy_checked import told_escapes, told_failures, told_strangers
    from demeure.gateway.ways_out import terms_of
    from demeure.policy import read_policy, tried

    routes = terms_of(obj["instance"])
    policy = read_policy(_read(file), file.name, routes=frozenset(routes) if routes else None)
    failures = tried(policy, routes, SystemClock().now().astimezone())
    told = told_failures(failures) if failures else {}
    unknown = strangers(policy, known_models(obj["instance"], routes))
    undeclared = sorted({name for one in policy.classes for name in one.routes} - set(routes))
    if as_json:
        found = {"sha256": policy.digest, "cases": len(policy.cases), "failures": told or None}
        print_json(found | {"undeclared": undeclared, "strangers": list(unknown)})
    else:
        language = obj["language"]
        if not quiet:
            names = ", ".join(one.name(language) for one in policy.classes)
            click.echo(
                said(
                    language,
                    f"Lue : {names}. Version {policy.version}.",
                    f"Read: {names}. Version {policy.version}.",
                )
            )
        good = len(policy.cases) - len(failures)
        click.echo(
            said(language, f"Essais : {good} sur {len(policy.cases)}.", f"Tests: {good} of {len(policy.cases)}.")
        )
        if undeclared and not quiet:
            fr = f"Routes que personne n’a encore déclarées\u00a0: {', '.join(undeclared)} (demeure routes add)."
            en = f"Routes that nobody declared yet: {', '.join(undeclared)} (demeure routes add)."
            click.echo(said(language, fr, en), err=True)
        warned = (told_escapes(policy)[language], told_strangers(unknown)[language])
        for sentence in filter(None, () if quiet else warned):
            click.echo(sentence, err=True)
        if failures:
            click.echo(told["detail_en" if language == "en" else "detail"])
    if failures:
        sys.exit(2)


@command.command("show")
@click.option("--number", type=int, default=None, help="Numéro d’une version (défaut : celle en vigueur).")
@JSON
@click.pass_obj
def show(obj: dict[str, Any], number: int | None, as_json: bool) -> None:
    """Écrit le texte de la politique en vigueur, ou d’une version."""
    found = call(obj, "policy.show", {"number": number})
    if as_json:
        print_json(found)
    else:
        click.echo(found["text"], nl=False)


@command.command("explain")
@click.argument("who")
@click.argument("action")
@click.argument("about", default="house")
@click.option("--route", default="", help="Et ce qui en sortirait par cette route.")
@JSON
@click.pass_obj
def explain(obj: dict[str, Any], who: str, action: str, about: str, route: str, as_json: bool) -> None:
    """Dit pourquoi WHO (identifiant) peut ou non faire ACTION sur ABOUT : space:NOM, document:ID, class:ID.pdf."""
    found = call(obj, "policy.explain", {"who": who, "action": action, "object": about, "route": route})
    if as_json:
        print_json(found)
        return
    language = obj["language"]
    yes = said(language, "peut", "may") if found["allowed"] else said(language, "ne peut pas", "may not")
    about_class = f", class {found['class']}" if found["class"] else ""
    about_classe = f", classe {found['class']}" if found["class"] else ""
    roles, right = ", ".join(found["roles"]) or "-", found["right"]
    on = "" if about == "house" else f" ({about})"
    click.echo(f"{found['who']} {yes} {action_said(action, language)}{on}")
    click.echo(
        said(
            language,
            f"  rôle : {roles} ; droit dans l’espace : {right}{about_classe}",
            f"  role: {roles}; right in the space: {right}{about_class}",
        )
    )
    click.echo(said(language, "  la maison : ", "  the house: ") + found["house_why"][language])
    if found["rule"] != found["house"]["rule"]:
        click.echo(said(language, "  la politique : ", "  the policy: ") + found["why"][language])
    if found["leaves"]:
        by = said(language, f"  par la route {route} : ", f"  by the route {route}: ")
        click.echo(by + found["leaves"]["why"][language])


@command.command("simulate")
@_FILE
@click.option("--days", type=click.IntRange(1, 3650), default=30, help="Jours du journal (défaut : 30).")
@JSON
@click.pass_obj
def simulate(obj: dict[str, Any], file: Path, days: int, as_json: bool) -> None:
    """Essai à blanc : quelles décisions du journal auraient changé. N’applique rien."""
    from demeure.gateway.telling import who

    found = call(obj, "policy.simulate", {"text": _read(file), "file": file.name, "days": days})
    if as_json:
        print_json(found)
        return
    language = obj["language"]
    colon = said(language, "\N{NO-BREAK SPACE}: ", ": ")
    since = day_told(found["since"], language)
    click.echo(
        said(
            language,
            f"{found['looked']} décisions relues depuis le {since} ; {found['total']} changeraient.",
            f"{found['looked']} decisions read again since {since}; {found['total']} would change.",
        )
    )
    if found["gone"]:
        click.echo(found["gone_told"][language])
    if any(found["past"].values()):
        click.echo(found["past_told"][language])
    if found["strangers"]:
        click.echo(found["strangers_told"][language])
    if found["failures"]:
        click.echo(found["failures"]["detail_en" if language == "en" else "detail"])
    for one in found["changed"]:
        sign = "+" if one["after"] else "-"
        click.echo(
            f"{sign} {moment_told(one['time'], language)} n° {one['entry']}, {who(language, one['who'])}, "
            f"{action_said(one['action'], language)}{colon}{one['why'][language]}"
        )


@command.command("apply")
@_FILE
@_REASON
@_YES
@JSON
@click.pass_obj
def apply(obj: dict[str, Any], file: Path, reason: str, yes: bool, as_json: bool) -> None:
    """Applique un fichier de politique, ou le propose si deux personnes sont demandées."""
    read = {"text": _read(file), "file": file.name}
    _warned(obj, read, yes)
    _told(obj, call(obj, "policy.apply", {**read, "reason": reason}), as_json)


@command.command("approve")
@_NUMBER
@_YES
@JSON
@click.pass_obj
def approve(obj: dict[str, Any], number: int, yes: bool, as_json: bool) -> None:
    """Approuve un changement proposé par quelqu’un d’autre : il s’applique."""
    _warned(obj, {"number": number}, yes)
    _told(obj, call(obj, "policy.approve", {"number": number}), as_json)


@command.command("drop")
@_NUMBER
@JSON
@click.pass_obj
def drop(obj: dict[str, Any], number: int, as_json: bool) -> None:
    """Retire ou refuse un changement proposé."""
    answer = call(obj, "policy.drop", {"number": number})
    shown(obj, answer, as_json, f"Version {number} retirée.", f"Version {number} dropped.")


@command.command("history")
@JSON
@click.pass_obj
def history(obj: dict[str, Any], as_json: bool) -> None:
    """Liste les versions de la politique, la plus récente d’abord."""
    found = call(obj, "policy.history", {})
    if as_json:
        print_json(found)
        return
    from demeure.gateway.telling import who

    language = obj["language"]
    columns = said(
        language, "n°,état,le,par,approuvée par,version,raison", "no.,state,on,by,approved by,version,reason"
    )
    rows = [
        (
            f"{one['number']}*" if one["number"] == found["in_force"] else one["number"],
            said(language, *_STATES[one["state"]]),
            day_told(one["at"], language),
            who(language, one["by"]) if one["by"] else "-",
            who(language, one["approved_by"]) if one["approved_by"] else "-",
            one["sha256"][:16],
            one["reason"] or "-",
        )
        for one in found["versions"]
    ]
    listed(language, columns, rows, "-", "-")


@command.command("rollback")
@_NUMBER
@_REASON
@_YES
@JSON
@click.pass_obj
def rollback(obj: dict[str, Any], number: int, reason: str, yes: bool, as_json: bool) -> None:
    """Remet en vigueur une version passée, comme nouvelle version."""
    _warned(obj, {"number": number}, yes)
    _told(obj, call(obj, "policy.rollback", {"number": number, "reason": reason}), as_json)


@command.command("class")
@click.argument("about")
@click.argument("sensitivity")
@JSON
@click.pass_obj
def class_(obj: dict[str, Any], about: str, sensitivity: str, as_json: bool) -> None:
    """Donne une classe à un espace (space:NOM) ou à un document (document:ID)."""
    kind, _, which = about.partition(":")
    if kind not in ("space", "document") or not which:
        raise click.BadParameter("space:…, document:…", param_hint="ABOUT")
    made = call(obj, "spaces.class" if kind == "space" else "documents.class", {kind: which, "class": sensitivity})
    shown(obj, made, as_json, f"Classe : {made['class']}.", f"Class: {made['class']}.")


@command.command("hold")
@click.argument("about")
@click.option("--why", default="", help="La procédure qui le demande.")
@click.option("--lift", is_flag=True, help="Lever la garde.")
@JSON
@click.pass_obj
def hold(obj: dict[str, Any], about: str, why: str, lift: bool, as_json: bool) -> None:
    """Garde un espace (space:NOM) ou un document (document:ID) pour une procédure : rien n’en est détruit."""
    kind, _, which = about.partition(":")
    if kind not in ("space", "document") or not which:
        raise click.BadParameter("space:…, document:…", param_hint="ABOUT")
    if bool(why.strip()) is lift:  # an empty reason lifts nothing by accident
        raise click.BadParameter("--why … / --lift", param_hint="--why, --lift")
    made = call(obj, "policy.hold", {kind: which, "why": why})
    if made["held"]:
        shown(obj, made, as_json, "Gardé : rien n’en sera détruit.", "Held: nothing of it will be destroyed.")
    elif made["changed"]:
        shown(obj, made, as_json, "La garde est levée.", "The hold is lifted.")
    else:
        shown(obj, made, as_json, "Rien n’était gardé ici.", "Nothing was held here.")


@command.command("visa")
@click.argument("about")
@click.argument("number", default="")
@JSON
@click.pass_obj
def visa(obj: dict[str, Any], about: str, number: str, as_json: bool) -> None:
    """Écrit le numéro de visa des archives qui permet de détruire un espace (space:NOM) ou un document."""
    kind, _, which = about.partition(":")
    if kind not in ("space", "document") or not which:
        raise click.BadParameter("space:…, document:…", param_hint="ABOUT")
    made = call(obj, "policy.visa", {kind: which, "number": number})
    shown(obj, made, as_json, f"Visa : {number or '-'}", f"Visa: {number or '-'}")


def _warned(obj: dict[str, Any], about: dict[str, Any], yes: bool) -> None:
    """What a text would do is told first, on standard error; where it would erase or withdraw something, the person
    agrees (``yes``: has already), or the command ends here, code 1."""
    language, found = obj["language"], call(obj, "policy.check", about)
    if found["told"][language]:
        click.echo(found["told"][language], err=True)
    changes = found["diff"] and not found["failures"]
    if changes and any(found["past"].values()) and not yes and not agreed(language, "Continuer\u202f?", "Go on?"):
        click.echo(
            said(
                language,
                "La politique n’a pas changé (--yes\u00a0: sans question).",
                "The policy has not changed (--yes: no question).",
            ),
            err=True,
        )
        sys.exit(1)


def _told(obj: dict[str, Any], made: dict[str, Any], as_json: bool) -> None:
    one = made["version"]
    if one["state"] == "waiting":
        fr = f"Version {one['number']} proposée : elle attend une deuxième personne."
        en = f"Version {one['number']} proposed: it waits for a second person."
    else:
        fr, en = f"Version {one['number']} en vigueur.", f"Version {one['number']} in force."
    shown(obj, made, as_json, fr, en)


def _read(file: Path) -> str:
    from demeure.policy.errors import PolicyUnreadable

    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as problem:
        raise PolicyUnreadable(file=file.name, line=1, detail="UTF-8", detail_en="UTF-8") from problem
