"""What ``demeure routes`` says of a route, from its row."""

import ssl
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import click

from demeure import errors
from demeure.cli.terminal import day_told, said

_STATES = {
    "open": ("ouverte", "open"),
    "closed": ("fermée", "closed"),
    "over": ("expirée", "expired"),
    "unread": ("illisible", "unreadable"),
}


SHOWN = (
    ("kind", "genre", "kind"),
    ("model", "modèle", "model"),
    ("sender", "expéditeur", "sender"),
    ("region", "région", "region"),
    ("purpose", "pour", "purpose"),
    ("owner", "responsable", "owner"),
    ("contract", "contrat", "contract"),
    ("country", "pays", "country"),
    ("law", "droit", "law"),
    ("classes", "classes", "classes"),
    ("networks", "réseaux", "networks"),
    ("pin", "empreinte", "pin"),
    ("expiry", "jusqu’au", "until"),
)
"""What ``show`` tells: key of the row, French and English."""


def state(row: dict[str, Any], language: str) -> str:
    state = "open" if row["open"] else "closed" if row["closed"] else "over"
    return _STATES[state if row["read"] else "unread"][language == "en"]


def shut(row: dict[str, Any], language: str) -> str:
    """Beside a route that something goes by (``route_open``, ``route_why``): « (expirée) », « (fermée) »."""
    if row["route_open"]:
        return ""
    return f" ({_STATES['over' if row['route_why'] else 'closed'][language == 'en']})"


def certificate_end(told: str, language: str) -> str:
    """« Nov 29 12:00:00 2026 GMT », as OpenSSL writes it → a day; empty for none (an SSH key has no end)."""
    if not told:
        return ""
    try:
        moment = datetime.fromtimestamp(ssl.cert_time_to_seconds(told), UTC)
    except ValueError:
        return told
    return day_told(moment.isoformat(), language)


def warned(row: dict[str, Any], language: str) -> None:
    """Why it may not be open, and what can be done, when it may not."""
    if row["wrong"]:
        what = said(language, "Pour l’oublier : demeure routes remove", "To forget it: demeure routes remove")
        click.echo(f"! {row['wrong'][language]} {what} {row['id']}")


_DAYS = dict(
    zip(
        ("mon", "tue", "wed", "thu", "fri", "sat", "sun"),
        ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
        strict=True,
    )
)
_QUOTAS = {
    "person": ("{requests} par personne", "{requests} a person"),
    "group": ("{requests} par groupe", "{requests} a group"),
    "route": ("{requests} en tout", "{requests} in all"),
    "bytes": ("{n} octets", "{n} bytes"),
    "person_bytes": ("{n} octets par personne", "{n} bytes a person"),
}


def bounded(row: dict[str, Any], language: str) -> list[tuple[str, str]]:
    """When it serves, and how much: (what, its value), in words."""
    if not row["read"]:
        return []
    at = int(language == "en")
    when, most = row["hours"], row["limits"]
    days = [one if at else _DAYS[one] for one in when.get("days", ())]
    always = said(language, "tous les jours, à toute heure", "every day, at any hour")
    hours = f"{', '.join(days)}, {when['start']}-{when['end']}" if when else always
    quotas = [_QUOTAS[name][at].format(n=n, requests=_requests(n, language)) for name, n in row["quotas"].items()]
    quotas += [
        f"{_requests(n, language)} {said(language, f'du groupe {one}', f'of {one}')}"
        for one, n in row["groups"].items()
    ]
    fr = f"{most['request']} octets demandés, {most['answer']} rendus, {most['seconds']} s"
    en = f"{most['request']} bytes out, {most['answer']} back, {most['seconds']} s"
    return [
        (said(language, "heures", "hours"), hours),
        (said(language, "quotas par jour", "quotas a day"), ", ".join(quotas) or said(language, "aucun", "none")),
        (said(language, "au plus", "at most"), said(language, fr, en)),
    ]


def _requests(number: int, language: str) -> str:
    if language == "en":
        return errors.counted_en(number, "request", "requests")
    return errors.counted(number, "demande", "demandes")


def leads_to(row: dict[str, Any], language: str) -> str:
    if not row["read"]:
        return "–"
    return f"{row['host']}:{row['port']}" + ("" if row["tls"] else said(language, " (sans TLS)", " (without TLS)"))


def counted(told: dict[str, Any], language: str) -> str:
    return f"{told['requests']} → {told['out']} {said(language, 'o', 'B')}"


def clock_said(told: Mapping[str, Any], language: str) -> str:
    """How far a clock (``Moment.as_json``) is from this machine's."""
    far, near = (_seconds(language, one) for one in (abs(told["offset"]), told["delay"] / 2))
    ahead = told["offset"] >= 0
    if language == "en":
        way = "ahead of" if ahead else "behind"
        found = f"{told['address']}, stratum {told['stratum']}: it is {far} s {way} this machine"
        return f"{found}, give or take {near} s."
    way = f"strate {told['stratum']}\u00a0: elle {'avance' if ahead else 'retarde'}"
    return f"{told['address']}, {way} de {far} s sur cette machine, à {near} s près."


def gap_refused(most: float, language: str) -> str:
    """It is beyond the ``most`` seconds that were allowed."""
    limit = f"{most:g}".replace(".", "," if language == "fr" else ".")
    english = f"Refused: more than the {limit} s that are allowed."
    return english if language == "en" else f"Écart refusé\u00a0: plus que les {limit} s admises."


def _seconds(language: str, value: float) -> str:
    return f"{value:.3f}".replace(".", "," if language == "fr" else ".")
