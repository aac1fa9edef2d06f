"""``demeure routes``: the ways out of the house. Declaring one writes its file here, by the owner's hand: no page
can; the house is then told, which writes it in the journal and opens or ends the airlock.
"""

import ipaddress
import json
import socket
import sys
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from demeure.cli.calling import call
from demeure.cli.routes_words import (
    SHOWN,
    bounded,
    certificate_end,
    clock_said,
    counted,
    gap_refused,
    leads_to,
    state,
    warned,
)
from demeure.cli.terminal import JSON, confirmed, listed, print_json, said, shown
from demeure.errors import bound

_DAY = click.DateTime(["%Y-%m-%d"])


@click.group("routes")
def command() -> None:
    """Les routes qui sortent de la maison : aucune à l’installation."""


@command.command("add")
@click.argument("route")
@click.option(
    "--kind",
    required=True,
    help="engine, relay, timestamp, ntp, backup (S3), sftp, directory, openid, webhook ou postgresql.",
)
@click.option("--host", required=True, help="Nom ou adresse, celui de son certificat.")
@click.option("--port", type=int, default=443, help="Port (défaut : 443).")
@click.option(
    "--address", "addresses", multiple=True, help="Adresse (répétable ; défaut : celles du nom, maintenant)."
)
@click.option(
    "--network", "networks", multiple=True, help="Réseau où elle peut être (répétable ; défaut : l’adresse)."
)
@click.option("--owner", required=True, help="Qui en répond.")
@click.option("--purpose", required=True, help="Pour quoi faire.")
@click.option("--contract", required=True, help="Le contrat, ou « aucun ».")
@click.option("--country", required=True, help="Le pays où arrive ce qui part.")
@click.option("--law", required=True, help="Le droit qui s’applique à qui le reçoit.")
@click.option("--class", "classes", multiple=True, required=True, help="Classe qui peut l’emprunter (répétable).")
@click.option("--model", default="", help="Modèle à demander (engine).")
@click.option("--path", default=None, help="Chemin de l’interface (défaut : /v1).")
@click.option("--sender", default="", help="Expéditeur des messages (relay).")
@click.option(
    "--account", default="", help="Compte chez le relais ou l’annuaire, clé de la cible, client (openid)."
)
@click.option("--region", default="", help="Région pour laquelle signer (backup).")
@click.option(
    "--authority",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Autorités, en PEM ; d’un serveur sftp, sa clé d’hôte (.pub).",
)
@click.option("--pin", default="", help="Empreinte de la clé de son certificat : sha256/…=.")
@click.option("--in-clear", is_flag=True, help="Sans TLS : seulement cette machine ou un réseau privé.")
@click.option("--credential", is_flag=True, help="Demander une clé d’accès ou un mot de passe, gardé scellé.")
@click.option("--expires", metavar="AAAA-MM-JJ", type=_DAY, required=True, help="Dernier jour (AAAA-MM-JJ).")
@click.option("--days", default="", help="Jours ouverts : mon,tue,wed,thu,fri,sat,sun (défaut : tous).")
@click.option("--hours", default="", help="Heures ouvertes : 8:00-19:00 (défaut : toutes).")
@click.option("--per-person", type=int, help="Demandes par jour et par personne.")
@click.option("--per-group", type=int, help="Demandes par jour et par groupe.")
@click.option("--per-day", type=int, help="Demandes par jour.")
@click.option("--bytes", "size", type=int, help="Octets qui peuvent sortir par jour.")
@click.option("--largest", type=int, help="Octets d’une demande, au plus.")
@click.option("--back", type=int, help="Octets d’une réponse, au plus.")
@click.option("--seconds", type=int, help="Secondes d’un échange, au plus.")
@click.option("--keep-contents", is_flag=True, help="Garder dans le journal, scellé, ce qui est sorti.")
@JSON
@click.pass_obj
def add(obj: dict[str, Any], /, route: str, as_json: bool, credential: bool, **told: Any) -> None:
    """Déclare une route et l’ouvre. Ce qui peut l’emprunter, la politique le dit aussi."""
    from demeure.airlock import STORES, in_clear, keep, keep_credential, made
    from demeure.airlock import remove as forget
    from demeure.airlock.declared import PLACE
    from demeure.airlock.errors import RouteInvalid

    instance = obj["instance"]
    one = made(_fields(obj, route, told))
    if (instance / PLACE / f"{one.id}.toml").exists():
        raise RouteInvalid(route=route, detail="ce nom est pris.", detail_en="this name is taken.")
    if credential and one.kind not in STORES and (problem := in_clear(one)) is not None:
        raise problem
    _lasting(one.id, one.terms.expiry)
    _own(obj)
    secret = _secret(obj) if credential else ""
    try:
        keep(instance, one)
        if secret:
            keep_credential(instance, one.id, _house_key(instance), secret)
        _told(obj, "added", one.id)
    except BaseException:  # what the journal does not say is not open
        forget(instance, one.id)
        raise
    fr = f"Route ouverte : {one.id} → {one.host} port {one.port} ({', '.join(one.addresses)})."
    en = f"Route open: {one.id} → {one.host} port {one.port} ({', '.join(one.addresses)})."
    shown(obj, _row(obj, one.id), as_json, fr, en)


@command.command("list")
@JSON
@click.pass_obj
def list_(obj: dict[str, Any], as_json: bool) -> None:
    """Liste les routes et ce qui est passé, la maison ouverte ou non."""
    rows = _rows(obj)
    if as_json:
        print_json(rows)
        return
    language = obj["language"]
    columns = said(language, "route,état,vers,classes,aujourd’hui,en tout", "route,state,to,classes,today,ever")
    told = [
        [r["id"], state(r, language), leads_to(r, language), ", ".join(r["classes"])]
        + [counted(r[name], language) for name in ("today", "ever")]
        for r in rows
    ]
    listed(language, columns, told, "Aucune route n’est déclarée.", "No route is declared.")
    for row in rows:
        warned(row, language)


@command.command("show")
@click.argument("route")
@JSON
@click.pass_obj
def show(obj: dict[str, Any], route: str, as_json: bool) -> None:
    """Montre une route : ce qu’elle dit, ce qui est passé."""
    row = _row(obj, route)
    if as_json:
        print_json(row)
        return
    language = obj["language"]
    click.echo(f"{row['id']} ({state(row, language)}) → {leads_to(row, language)} [{', '.join(row['addresses'])}]")
    for name, fr, en in SHOWN:
        value = ", ".join(row[name]) if isinstance(row[name], list) else row[name]
        if value:
            click.echo(f"  {said(language, fr, en)} : {value}" if language == "fr" else f"  {en}: {value}")
    for what, value in bounded(row, language):
        click.echo(f"  {said(language, f'{what} :', f'{what}:')} {value}")
    for name, fr, en in (("today", "aujourd’hui", "today"), ("ever", "en tout", "ever")):
        told, words = row[name], said(language, "refusées", "refused")
        through = f"{counted(told, language)}, {told['back']} ←, {told['refused']} {words} {told['last']}"
        click.echo(f"  {said(language, f'{fr} :', f'{en}:')} {through}")
    warned(row, language)


@command.command("close")
@click.argument("route")
@JSON
@click.pass_obj
def close(obj: dict[str, Any], route: str, as_json: bool) -> None:
    """Ferme une route, tout de suite : ce qui passait est coupé."""
    _set(obj, route, opened=False)
    shown(obj, _row(obj, route), as_json, f"Route fermée : {route}.", f"Route closed: {route}.")


@command.command("open")
@click.argument("route")
@click.option("--expires", metavar="AAAA-MM-JJ", type=_DAY, help="Nouveau dernier jour (AAAA-MM-JJ).")
@JSON
@click.pass_obj
def open_(obj: dict[str, Any], route: str, expires: datetime | None, as_json: bool) -> None:
    """Rouvre une route fermée ou expirée."""
    _set(obj, route, opened=True, last=expires.date() if expires else None)
    shown(obj, _row(obj, route), as_json, f"Route ouverte : {route}.", f"Route open: {route}.")


@command.command("remove")
@click.argument("route")
@click.option("--yes", is_flag=True, help="Ne pas demander confirmation.")
@JSON
@click.pass_obj
def remove(obj: dict[str, Any], route: str, yes: bool, as_json: bool) -> None:
    """Oublie une route et sa clé d’accès. Le journal garde ce qui est sorti."""
    from demeure.airlock import remove as forget
    from demeure.airlock import there

    _own(obj)
    there(obj["instance"], route)
    confirmed(obj["language"], yes, f"Oublier la route {route} ?", f"Forget the route {route}?")
    forget(obj["instance"], route)
    _told(obj, "removed", route)
    shown(obj, {"route": route}, as_json, f"Route oubliée : {route}.", f"Route forgotten: {route}.")


@command.command("test")
@click.argument("route")
@JSON
@click.pass_obj
def test(obj: dict[str, Any], route: str, as_json: bool) -> None:
    """Essaie une route à travers le sas : connexion et certificat, sans rien envoyer."""
    told = call(obj, "routes.test", {"route": route})
    if as_json:
        print_json(told)
        return
    language = obj["language"]
    secured = told["tls"] or said(language, "en clair", "in clear")
    click.echo(
        said(language, f"Elle répond : {told['address']}, {secured}.", f"It answers: {told['address']}, {secured}.")
    )
    if told["tls"]:
        click.echo(f"  {told['cipher']}\n  pin {told['pin']}")
        if until := certificate_end(told["ends"], language):
            click.echo(f"  {said(language, 'jusqu’au', 'until')} {until}")


@command.command("clock")
@click.argument("route")
@click.option("--most", type=float, default=1.0, help="Écart admis, en secondes (1).")
@JSON
@click.pass_obj
def clock(obj: dict[str, Any], route: str, most: float, as_json: bool) -> None:
    """Compare l’horloge de la machine à celle d’une route (NTP). Code 1 si l’écart est plus grand qu’admis."""
    told = call(obj, "routes.clock", {"route": route})
    refused = abs(told["offset"]) - told["delay"] / 2 > most
    if as_json:
        print_json(told)
    else:
        click.echo(clock_said(told, obj["language"]))
        if refused:
            click.secho(gap_refused(most, obj["language"]), fg="red", err=True)
    sys.exit(1 if refused else 0)


@command.command("mail")
@click.argument("route")
@click.option("--to", "to", multiple=True, required=True, help="Destinataire (répétable).")
@click.option("--subject", required=True, help="Objet.")
@click.option("--class", "sensitivity", required=True, help="Classe du message.")
@JSON
@click.pass_obj
def mail(
    obj: dict[str, Any], route: str, to: tuple[str, ...], subject: str, sensitivity: str, as_json: bool
) -> None:
    """Envoie par un relais le message lu sur l’entrée."""
    import asyncio

    letter = {"to": list(to), "subject": subject, "text": sys.stdin.read()}

    async def go() -> dict[str, Any]:
        from demeure.cli.house import reach

        async with reach(obj["instance"], obj["language"]) as door:
            args = {"route": route, "class": sensitivity}
            return dict((await door.call("routes.mail", args, json.dumps(letter).encode())).data)

    told = asyncio.run(go())
    shown(obj, told, as_json, f"Parti : {told['said']}", f"Gone: {told['said']}")


def _fields(obj: dict[str, Any], route: str, told: dict[str, Any]) -> dict[str, Any]:
    """The route's file, as data."""
    addresses = list(told["addresses"]) or _found(obj, route, told["host"], told["port"])
    fields: dict[str, Any] = {"id": route, "addresses": addresses, "tls": not told["in_clear"]}
    fields["networks"] = list(told["networks"]) or [
        str(ipaddress.ip_network(one)) for one in addresses if _literal(one)
    ]
    fields |= {
        name: told[name] for name in ("kind", "host", "port", "owner", "purpose", "contract", "country", "law")
    }
    fields |= {
        name: told[name]
        for name in ("model", "path", "sender", "account", "region", "pin")
        if told[name] not in ("", None)
    }
    fields |= {"classes": list(told["classes"]), "contents": told["keep_contents"]}
    fields["expiry"] = told["expires"].date() if isinstance(told["expires"], datetime) else date.max
    if told["authority"] is not None:
        fields["authority"] = told["authority"].read_text(encoding="ascii", errors="replace")
    hours: dict[str, Any] = {"days": told["days"].split(",")} if told["days"] else {}
    if told["hours"]:
        hours["start"], _, hours["end"] = told["hours"].partition("-")
    quotas = {
        "person": told["per_person"],
        "group": told["per_group"],
        "route": told["per_day"],
        "bytes": told["size"],
    }
    quotas = {name: value for name, value in quotas.items() if value is not None}
    limits = {"request": told["largest"], "answer": told["back"], "seconds": told["seconds"]}
    limits = {name: value for name, value in limits.items() if value is not None}
    return fields | {name: v for name, v in (("hours", hours), ("quotas", quotas), ("limits", limits)) if v}


def _found(obj: dict[str, Any], route: str, host: str, port: int) -> list[str]:
    """Addresses of the name, now: looked up once, here, and said; the airlock looks nothing up."""
    from demeure.airlock.errors import RouteInvalid

    if _literal(host):
        return [host]
    try:
        rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as problem:
        fr, en = f"{host} : adresse introuvable ({problem}).", f"{host}: no address found ({problem})."
        raise RouteInvalid(route=route, detail=fr, detail_en=en) from problem
    found = list(dict.fromkeys(str(row[4][0]) for row in rows))
    fr, en = f"{host} est maintenant à {', '.join(found)}.", f"{host} is now at {', '.join(found)}."
    click.echo(said(obj["language"], fr, en), err=True)
    return found


def _literal(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _secret(obj: dict[str, Any]) -> str:
    """Asked on the terminal, or read on the input when nobody is there."""
    if not sys.stdin.isatty():
        first = sys.stdin.readline()
        if first.startswith("-----BEGIN"):  # a private key, whole
            return first + sys.stdin.read(1 << 16)
        return first.rstrip("\r\n")
    question = said(obj["language"], "Clé d’accès (rien ne s’affiche)", "Credential (nothing is shown)")
    return str(click.prompt(question, hide_input=True, err=True))


def _set(obj: dict[str, Any], name: str, *, opened: bool, last: date | None = None) -> None:
    """``last``: its new last day; None: the one that it has."""
    from dataclasses import replace

    from demeure.airlock import find, keep

    _own(obj)
    former = find(obj["instance"], name)
    route = replace(former, terms=replace(former.terms, expiry=last or former.terms.expiry))
    if opened:
        _lasting(name, route.terms.expiry)
    keep(obj["instance"], replace(route, open=opened))
    try:
        _told(obj, "opened" if opened else "closed", name)
    except BaseException:  # what the journal does not say is not open; what is closed stays so
        keep(obj["instance"], replace(former, open=False))
        raise


def _lasting(route: str, expiry: date | None) -> None:
    """Whoever opens a route is not told that it is open when it cannot serve."""
    from demeure.airlock import today
    from demeure.airlock.errors import RouteInvalid

    if expiry is not None and expiry < today():
        fr = f"son dernier jour, le {expiry:%d/%m/%Y}, est passé. Donnez-en un autre : --expires AAAA-MM-JJ."
        en = f"its last day, {expiry}, is over. Give another: --expires YYYY-MM-DD."
        raise RouteInvalid(route=route, detail=bound(fr), detail_en=en)


def _own(obj: dict[str, Any]) -> None:
    from demeure.cli.errors import InstanceMissing
    from demeure.cli.instance import own

    own(obj["instance"])
    if not (obj["instance"] / "keys").is_dir():
        raise InstanceMissing(instance=str(obj["instance"]))


def _house_key(instance: Path) -> bytes:
    from demeure.store.keyfiles import read_house_key

    return read_house_key(instance)


def _told(obj: dict[str, Any], act: str, route: str) -> None:
    call(obj, "routes.changed", {"route": route, "act": act})


def _rows(obj: dict[str, Any]) -> list[dict[str, Any]]:
    from demeure.cli.instance import readable
    from demeure.gateway.ways_out import listed as every

    readable(obj["instance"])  # whoever may not look is not told that there is no route
    return every(obj["instance"])


def _row(obj: dict[str, Any], route: str) -> dict[str, Any]:
    from demeure.airlock import find

    rows = _rows(obj)
    find(obj["instance"], route)
    return next(row for row in rows if row["id"] == route)
