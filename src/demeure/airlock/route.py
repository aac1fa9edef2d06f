"""One declared route, as a file says it (pure): where it leads, for whom, until when. Nothing here opens
anything."""

import ipaddress
import json
import re
import ssl
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date
from typing import Any

from demeure import toml
from demeure.airlock.errors import RouteExpired, RouteInvalid
from demeure.policy import WEEK, Hours, Quotas, RouteTerms

ENGINE, RELAY, TIMESTAMP, BACKUP = "engine", "relay", "timestamp", "backup"
DIRECTORY, POSTGRESQL, OPENID, WEBHOOK = "directory", "postgresql", "openid", "webhook"
STREAMS = (DIRECTORY, POSTGRESQL)
"""Kinds by which bytes pass both ways, in the protocol of who asks."""
SECRETS = (DIRECTORY, POSTGRESQL, OPENID, WEBHOOK)
"""Kinds by which passwords, codes or secrets pass: in clear, on loopback alone."""
SFTP = "sftp"
STORES = (BACKUP, SFTP)
"""Kinds at whose end files are kept: S3-compatible, SFTP."""
NTP = "ntp"
"""A clock: by UDP, and in clear. Nothing but a random number leaves."""
KINDS = (ENGINE, RELAY, TIMESTAMP, NTP, *STORES, OPENID, WEBHOOK, *STREAMS)
ID = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
_HOST = re.compile(r"(?=.{1,253}$)(?!-)[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})*")
_MODEL = re.compile(r"[\x21-\x7e]{1,200}")
_NAMED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_PATH = re.compile(r"(?:/[A-Za-z0-9._~-]+)*")
_SSH_KEY = re.compile(r"(?:ssh-ed25519|ecdsa-sha2-nistp\d{3}|ssh-rsa) [A-Za-z0-9+/=]{40,4000}[^\n]{0,200}\n?")
_PIN = re.compile(r"sha256/[A-Za-z0-9+/]{43}=")
MAILBOX = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,253}")
_WIDEST = {4: 8, 6: 16}
"""A declared network is never wider: « all the Internet » declares nothing."""
TEXT = 400
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True)
class Limits:
    """``request``, ``answer``: bytes at most. ``silence``: seconds without a byte before one gives up; ``seconds``:
    of the whole exchange."""

    request: int = 2 << 20
    answer: int = 8 << 20
    silence: int = 60
    seconds: int = 600


@dataclass(frozen=True)
class Route:
    """``terms``: what the policy looks at. ``addresses``: where ``host`` was found when it was declared, each
    in one of ``networks``; no other is ever tried. ``tls``: wanted but for an engine or relay of this machine
    or a private network. ``pin``: ``sha256/…`` of the certificate's public key (SPKI), or empty. ``authority``:
    PEM of the authorities trusted instead of the system's; of an SFTP server, its host key. ``model``,
    ``path``: of an engine; ``sender``: of a relay, the only one it sends for. ``account``: name that goes with
    a password, or the key's name of a backup target, whose ``region`` it is signed for and whose bucket is the
    first part of ``path``. ``groups``: requests a day by group. ``contents``: the journal keeps what left,
    sealed, besides its digest. ``open``: until it is closed."""

    terms: RouteTerms
    host: str
    port: int
    addresses: tuple[str, ...]
    networks: tuple[str, ...]
    tls: bool = True
    pin: str = ""
    authority: str = ""
    model: str = ""
    path: str = "/v1"
    sender: str = ""
    account: str = ""
    region: str = ""
    contents: bool = False
    open: bool = True
    limits: Limits = field(default_factory=Limits)
    person_bytes: int | None = None
    groups: Mapping[str, int] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return self.terms.id

    @property
    def kind(self) -> str:
        return self.terms.kind

    def serves(self, today: date) -> bool:
        """Open, and not past its last day."""
        return self.open and (self.terms.expiry is None or today <= self.terms.expiry)

    def expired(self, today: date) -> RouteExpired | None:
        """Why it no longer serves, when that is its last day alone."""
        last = self.terms.expiry
        if not self.open or last is None or today <= last:
            return None
        return RouteExpired(route=self.id, day=f"{last:%d/%m/%Y}", day_en=last.isoformat())

    def within(self, address: str) -> bool:
        """Is this address in the declared networks?"""
        found = ipaddress.ip_address(address)
        return any(found in ipaddress.ip_network(network) for network in self.networks)


def read(text: str) -> Route:
    """A route out of its file. Raises RouteInvalid: every field is known and means something, or none serves. One
    by which secrets would pass in clear, as could be declared before, is closed, whatever its file says."""
    try:
        told = tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        detail, detail_en = toml.told(problem)
        raise RouteInvalid(route="?", detail=detail, detail_en=detail_en) from problem
    route = _made(told)
    return route if unsafe(route) is None else replace(route, open=False)


def made(told: Mapping[str, Any]) -> Route:
    """A route that is declared now, out of plain data (the file's). Raises RouteInvalid."""
    route = _made(told)
    if (problem := unsafe(route)) is not None:
        raise problem
    return route


def unsafe(route: Route) -> RouteInvalid | None:
    """Why it may be neither declared nor opened, though its file can be read. None: it may."""
    secret = route.kind in SECRETS or (route.kind == RELAY and bool(route.account))
    return in_clear(route) if secret else None


def in_clear(route: Route) -> RouteInvalid | None:
    """Why no secret may pass by it: it would in clear, beyond this machine. None: one may."""
    if route.tls or all(map(_loopback, route.addresses)):
        return None
    fr = "des mots de passe y passent\u00a0: sans TLS, seulement vers cette machine"
    return _wrong(route.id, fr, "passwords pass there: without TLS, only to this machine")


def _loopback(address: str) -> bool:
    return ipaddress.ip_address(address).is_loopback


def _made(told: Mapping[str, Any]) -> Route:
    name = str(told.get("id", "?"))[:40]
    known = _TERMS | _OWN | {"hours", "quotas", "groups", "limits"}
    if unknown := sorted(set(told) - known):
        raise _wrong(name, f"« {unknown[0]} » est inconnu", f"“{unknown[0]}” is unknown")
    if told.get("kind") in (TIMESTAMP, NTP, OPENID, WEBHOOK, *STORES):
        told = {"path": "", **told}  # /v1 is an engine's
    try:
        route = Route(
            terms=_terms(told),
            limits=Limits(**{key: _count(name, key, value) for key, value in dict(told.get("limits", {})).items()}),
            groups={str(k): _count(name, "groups", v) for k, v in dict(told.get("groups", {})).items()},
            **{key: _plain(name, key, told[key]) for key in _OWN & set(told)},
        )
    except (TypeError, ValueError) as problem:
        raise _wrong(name, str(problem), str(problem)) from problem
    _check(route)
    return route


def written(route: Route) -> str:
    """The file of a route; ``read`` gives it back."""
    terms = route.terms
    told: dict[str, Any] = {key: getattr(terms, key) for key in _TEXTS}
    told |= {"classes": sorted(terms.classes)}
    told |= {"expiry": terms.expiry} if terms.expiry else {}
    for one in fields(route):
        if one.name in _OWN and getattr(route, one.name) not in (None, one.default):
            told[one.name] = getattr(route, one.name)
    lines = [f"{key} = {_toml(value)}" for key, value in told.items()]
    quotas = {key: value for key, value in vars(terms.quotas).items() if value is not None}
    tables = {
        "hours": hours_told(terms.hours),
        "quotas": quotas,
        "groups": dict(route.groups),
        "limits": {k: v for k, v in vars(route.limits).items() if v != getattr(Limits(), k)},
    }
    for table, rows in tables.items():
        if rows:
            lines += ["", f"[{table}]", *(f"{json.dumps(key)} = {_toml(value)}" for key, value in rows.items())]
    return "\n".join(lines) + "\n"


_TEXTS = ("id", "kind", "purpose", "owner", "contract", "country", "law")
_TERMS = frozenset({*_TEXTS, "classes", "expiry"})
_OWN = frozenset(
    {
        *("host", "port", "addresses", "networks", "tls", "pin", "authority", "model", "path", "sender", "account"),
        *("region", "contents", "open", "person_bytes"),
    }
)
_LISTS = {"addresses", "networks"}
_FLAGS = {"tls", "contents", "open"}
_NUMBERS = {"port", "person_bytes"}


def _terms(told: Mapping[str, Any]) -> RouteTerms:
    name = str(told.get("id", "?"))[:40]
    for key in _TEXTS:
        value = told.get(key)
        if not isinstance(value, str) or not value.strip() or len(value) > TEXT or not value.isprintable():
            raise _wrong(name, f"« {key} » manque", f"“{key}” is missing")
    classes, expiry = told.get("classes"), told.get("expiry")
    if not isinstance(classes, list) or not classes or not all(isinstance(one, str) for one in classes):
        raise _wrong(name, "aucune classe n’est autorisée à l’emprunter", "no class is allowed to take it")
    if expiry is not None and type(expiry) is not date:
        raise _wrong(name, "la date de fin n’est pas une date", "the last day is not a date")
    model = told.get("model", "")
    quotas = {key: _count(name, key, value) for key, value in dict(told.get("quotas", {})).items()}
    return RouteTerms(
        **{key: told[key] for key in _TEXTS},
        classes=frozenset(classes),
        expiry=expiry,
        hours=_hours(name, dict(told.get("hours", {}))),
        quotas=Quotas(**quotas),
        model=model if isinstance(model, str) else "",
    )


def _hours(name: str, told: Mapping[str, Any]) -> Hours:
    days = list(told.get("days", WEEK))
    if set(told) - {"days", "start", "end"} or not days or not set(days) <= set(WEEK):
        raise _wrong(name, "les jours sont mon, tue, wed…", "days are mon, tue, wed…")
    start, end = (_minutes(name, str(told.get(key, other))) for key, other in (("start", "0:00"), ("end", "24:00")))
    return Hours(frozenset(WEEK.index(day) for day in days), start, end)


def _minutes(name: str, told: str) -> int:
    found = re.fullmatch(r"([01]?[0-9]|2[0-4]):([0-5][0-9])", told)
    minutes = int(found[1]) * 60 + int(found[2]) if found else -1
    if not 0 <= minutes <= 24 * 60:
        raise _wrong(name, f"« {told} » n’est pas une heure", f"“{told}” is not an hour")
    return minutes


def hours_told(hours: Hours) -> dict[str, Any]:
    """``days``, ``start`` and ``end`` as a file says them; empty: always."""
    if hours == Hours():
        return {}
    days = [WEEK[day] for day in sorted(hours.days)]
    return {"days": days, "start": _clock(hours.start), "end": _clock(hours.end)}


def _clock(minutes: int) -> str:
    return f"{minutes // 60}:{minutes % 60:02d}"


def _plain(name: str, key: str, value: Any) -> Any:
    wanted: type = list if key in _LISTS else bool if key in _FLAGS else int if key in _NUMBERS else str
    if type(value) is not wanted or (isinstance(value, list) and not all(isinstance(one, str) for one in value)):
        raise _wrong(name, f"« {key} » n’a pas la bonne forme", f"“{key}” has not the right form")
    return tuple(value) if isinstance(value, list) else value


def _count(name: str, key: str, value: Any) -> int:
    if type(value) is not int or value <= 0:
        raise _wrong(name, f"« {key} » doit être un nombre positif", f"“{key}” must be a positive number")
    return value


def _check(route: Route) -> None:
    """What would make it unsafe or senseless. Raises RouteInvalid."""
    for bad, fr, en in _faults(route):
        if bad:
            raise _wrong(route.id, fr, en)


def _faults(route: Route) -> list[tuple[bool, str, str]]:
    networks = [_network(route, one) for one in route.networks]
    addresses = [_address(route, one) for one in route.addresses]
    outside = [a for a in addresses if not any(a in network for network in networks)]
    near = bool(addresses) and all(a.is_private or a.is_loopback for a in addresses)
    told = str(outside[0]) if outside else ""
    return [
        (not ID.fullmatch(route.id), "son nom : lettres, chiffres, tirets", "its name: letters, figures, hyphens"),
        (route.kind not in KINDS, f"genre inconnu : {route.kind}", f"unknown kind: {route.kind}"),
        (not _HOST.fullmatch(route.host), "le nom de l’hôte", "the name of the host"),
        (not 2 <= route.port <= 65535, "le port, de 2 à 65535", "the port, from 2 to 65535"),
        (not addresses or len(addresses) > 16, "aucune adresse", "no address"),
        (not networks, "aucun réseau déclaré", "no declared network"),
        (bool(outside), f"{told} n’est dans aucun réseau déclaré", f"{told} is in no declared network"),
        (
            any(network.prefixlen < _WIDEST[network.version] for network in networks),
            "un réseau aussi large ne déclare rien",
            "a network as wide as that declares nothing",
        ),
        (
            not route.tls and (not near or route.kind == SFTP) and route.kind != NTP,
            "sans TLS, seulement vers cette machine ou un réseau privé",
            "without TLS, only to this machine or a private network",
        ),
        (
            route.kind == NTP and (route.tls or bool(route.authority)),
            "une horloge (NTP) répond en clair (--in-clear)",
            "a clock (NTP) answers in clear (--in-clear)",
        ),
        (
            route.kind not in (SFTP, NTP) and bool(route.authority) and not _is_authority(route.authority),
            "l’autorité (--authority) est un certificat en PEM",
            "the authority (--authority) is a certificate in PEM",
        ),
        (bool(route.pin) and not (route.tls and _PIN.fullmatch(route.pin)), "pin : sha256/…=", "pin: sha256/…="),
        (route.kind == ENGINE and not _MODEL.fullmatch(route.model), "quel modèle ?", "which model?"),
        (not _PATH.fullmatch(route.path), "le chemin", "the path"),
        (
            route.kind == BACKUP and not (_NAMED.fullmatch(route.account) and _NAMED.fullmatch(route.region)),
            "le nom de la clé (--account) et la région (--region)",
            "the name of the key (--account) and the region (--region)",
        ),
        (route.kind == BACKUP and not route.path.strip("/"), "le compartiment (--path)", "the bucket (--path)"),
        (
            route.kind == OPENID and not _MODEL.fullmatch(route.account),
            "l’identifiant du client (--account)",
            "the client’s id (--account)",
        ),
        (
            route.kind == SFTP and not (_NAMED.fullmatch(route.account) and _SSH_KEY.fullmatch(route.authority)),
            "le compte (--account) et la clé d’hôte du serveur (--authority FICHIER.pub)",
            "the account (--account) and the host key of the server (--authority FILE.pub)",
        ),
        (route.kind == RELAY and not MAILBOX.fullmatch(route.sender), "l’expéditeur", "the sender"),
    ]


def _is_authority(text: str) -> bool:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=text)
    except (ssl.SSLError, ValueError, TypeError):
        return False
    return True


def _network(route: Route, told: str) -> Network:
    try:
        return ipaddress.ip_network(told)
    except ValueError as problem:
        raise _wrong(route.id, f"« {told} » n’est pas un réseau", f"“{told}” is not a network") from problem


def _address(route: Route, told: str) -> Address:
    try:
        return ipaddress.ip_address(told)
    except ValueError as problem:
        raise _wrong(route.id, f"« {told} » n’est pas une adresse", f"“{told}” is not an address") from problem


def _wrong(name: str, fr: str, en: str) -> RouteInvalid:
    return RouteInvalid(route=name, detail=f"{fr}.", detail_en=f"{en}.")


def _toml(value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple | list):
        return "[" + ", ".join(_toml(one) for one in value) + "]"
    return json.dumps(value, ensure_ascii=False)
