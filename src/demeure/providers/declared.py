"""An identity provider as its file says it, ``providers/ID.toml``: written by a command of the house's owner, or by
the gateway for an administrator, who may declare less (gateway/provider_keeping.py).
"""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from demeure import toml
from demeure.airlock.route import Route
from demeure.identity import NameUnusable, clean_name
from demeure.policy import Role
from demeure.providers.errors import ProviderInvalid, ProviderUnknown
from demeure.store.declared import NAMED, Declared

PLACE = "providers"
NONE, PLAIN, SIGNED = "none", "plain", "signed"
"""Of ``userinfo``: not asked for, JSON, a signed JWT (ProConnect)."""
_CLAIM = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,63}")


@dataclass(frozen=True)
class Provider:
    """``label``: of the button. ``login``, ``name``, ``claim``: claims; the last one holds groups (empty: none).
    ``create``: who is new gets an account with ``role``. ``email``: an account whose login is the verified e-mail
    is theirs (never an administrator's). ``second``: values of ``acr`` or ``amr`` that stand for a second proof.
    ``acr``: asked for, and then required. ``minutes``: the oldest that their last showing of who they are may be;
    0: any. ``logout``: who signs out here signs out there too, where it offers that."""

    id: str
    route: str
    sensitivity: str
    issuer: str
    label: str
    scopes: str = "openid profile email"
    login: str = "preferred_username"
    name: str = "name"
    claim: str = "groups"
    userinfo: str = NONE
    create: bool = False
    email: bool = False
    role: str = "agent"
    roles: tuple[tuple[str, str], ...] = ()
    groups: tuple[tuple[str, str], ...] = ()
    acr: tuple[str, ...] = ()
    second: tuple[str, ...] = ()
    minutes: int = 0
    logout: bool = True


_TEXTS = {"route", "class", "issuer", "label", "scopes", "login", "name", "claim", "userinfo", "role"}
_FLAGS, _LISTS = {"create", "email", "logout"}, {"acr", "second"}


def read(name: str, text: str) -> Provider:
    """Raises ProviderInvalid."""
    if not NAMED.fullmatch(name):
        raise _wrong(name[:40], "son nom : lettres, chiffres, tirets", "its name: letters, figures, hyphens")
    try:
        told = tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        raise _wrong(name, *toml.told(problem)) from problem
    if unknown := sorted(set(told) - _TEXTS - _FLAGS - _LISTS - {"roles", "groups", "minutes"}):
        raise _wrong(name, f"« {unknown[0]} » est inconnu", f"“{unknown[0]}” is unknown")
    fields = {key: _plain(name, key, value) for key, value in told.items() if key not in ("roles", "groups")}
    fields["sensitivity"] = fields.pop("class", "")
    for lacking in ("route", "sensitivity", "issuer", "label"):
        if not fields.get(lacking):
            lack = lacking.replace("sensitivity", "class")
            raise _wrong(name, f"« {lack} » manque", f"“{lack}” is missing")
    roles = _pairs(name, "roles", told.get("roles", []), "role")
    groups = _pairs(name, "groups", told.get("groups", []), "name")
    made = Provider(id=name, roles=roles, groups=groups, **fields)
    _check(made)
    return made


def _plain(name: str, key: str, value: Any) -> Any:
    if key in _LISTS:
        fine = isinstance(value, list) and all(isinstance(one, str) and 0 < len(one) <= 200 for one in value)
    elif key == "minutes":
        fine = type(value) is int and 0 <= value <= 1440
    elif key in _FLAGS:
        fine = type(value) is bool
    else:
        fine = isinstance(value, str) and value.isprintable() and len(value) <= 400
    if not fine:
        raise _wrong(name, f"« {key} » n’a pas la bonne forme", f"“{key}” has not the right form")
    return tuple(value) if key in _LISTS else value


def _pairs(name: str, table: str, rows: Any, worth: str) -> tuple[tuple[str, str], ...]:
    fine = isinstance(rows, list) and all(
        isinstance(row, dict) and set(row) == {"value", worth} and all(isinstance(one, str) for one in row.values())
        for row in rows
    )
    if not fine or len(rows) > 500:
        raise _wrong(name, f"[[{table}]] : value et {worth}", f"[[{table}]]: value and {worth}")
    return tuple((row["value"], row[worth]) for row in rows)


def _issued(one: Provider) -> None:
    parts = urlsplit(one.issuer)
    near = parts.hostname in ("127.0.0.1", "::1", "localhost")
    whole = parts.hostname and not parts.query and not parts.fragment and not parts.username
    if not whole or parts.scheme not in (("https", "http") if near else ("https",)):
        raise _wrong(one.id, "issuer : une adresse https", "issuer: an https address")


def _check(one: Provider) -> None:
    _issued(one)
    for claim in (one.login, one.name, *((one.claim,) if one.claim else ())):
        if not _CLAIM.fullmatch(claim):
            raise _wrong(one.id, f"l’attribut « {claim} »", f"the claim “{claim}”")
    if one.userinfo not in (NONE, PLAIN, SIGNED):
        raise _wrong(one.id, "userinfo : none, plain ou signed", "userinfo: none, plain or signed")
    if "openid" not in one.scopes.split():
        raise _wrong(one.id, "scopes : openid y manque", "scopes: openid is missing")
    for role in (one.role, *(role for _, role in one.roles)):
        if role not in {known.value for known in Role}:
            raise _wrong(one.id, f"le rôle « {role[:40]} »", f"the role “{role[:40]}”")
    if one.create and one.role in (Role.ADMINISTRATOR, Role.DPO):
        fr, en = "un nouveau venu ne veille pas sur la maison", "a newcomer does not watch over the house"
        raise _wrong(one.id, fr, en)
    for text in (one.label, *(group for _, group in one.groups)):
        try:
            clean_name(text)
        except NameUnusable as problem:
            raise _wrong(one.id, f"« {text[:40]} »", f"“{text[:40]}”") from problem


def all_providers(instance: Path) -> list[Provider]:
    """Those whose file serves, by name; the others: ``unusable``. Blocks."""
    return _every(instance)[0]


def unusable(instance: Path) -> list[ProviderInvalid]:
    """What is wrong with the files that do not serve (broken, misnamed, or of before a rule), by name. Blocks."""
    return _every(instance)[1]


def _every(instance: Path) -> tuple[list[Provider], list[ProviderInvalid]]:
    def found(name: str) -> Provider:
        return find(instance, name) if NAMED.fullmatch(name) else read(name, "")  # which says so

    return _files(instance).every(found, ProviderInvalid, ProviderUnknown)


def find(instance: Path, name: str) -> Provider:
    """Raises ProviderUnknown, ProviderInvalid. Blocks."""
    text = text_of(instance, name)
    if text is None:
        raise ProviderUnknown(provider=name[:40])
    return read(name, text)


def text_of(instance: Path, name: str) -> str | None:
    """Its file as it stands, whether it serves or not; None: there is none. Raises ProviderInvalid: it cannot be
    read at all. Blocks."""
    return _files(instance).told(name, _wrong)


def known(instance: Path, name: str) -> None:
    """Is there a file of that name, whatever it holds? Raises ProviderUnknown."""
    if name not in _files(instance).names():
        raise ProviderUnknown(provider=name[:40])


def _files(instance: Path) -> Declared:
    return Declared(instance / PLACE)


def keep(instance: Path, name: str, text: str) -> Provider:
    """Write its file; durable on return. Raises ProviderInvalid: another issuer under this name would inherit its
    accounts (the former file need not serve, only say its issuer)."""
    made, former = read(name, text), text_of(instance, name)
    if former is not None and _issuer(former) != made.issuer:
        fr = "c’est un autre issuer. Retirez d’abord celui-ci\u00a0: demeure provider remove"
        en = "it is another issuer. Take this one away first: demeure provider remove"
        raise _wrong(name, fr, en)
    _files(instance).keep(name, text)
    return made


def put_back(instance: Path, name: str, text: str | None) -> None:
    """The file of before, as ``text_of`` gave it."""
    _files(instance).put_back(name, text)


def _issuer(text: str) -> object:
    """Of a file that may not serve; None where it does not say."""
    try:
        return tomllib.loads(text).get("issuer")
    except tomllib.TOMLDecodeError:
        return None


def leads(one: Provider, route: Route) -> bool:
    """Does ``route`` lead to its issuer?"""
    parts = urlsplit(one.issuer)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    there = ((parts.hostname or "").casefold(), port) == (route.host.casefold(), route.port)
    return route.kind == "openid" and there


def led(one: Provider, route: Route) -> None:
    """Raises ProviderInvalid: ``route`` does not lead to its issuer."""
    if route.kind != "openid":
        fr, en = (
            f"la route «\u00a0{one.route}\u00a0» n’est pas de genre openid",
            f"the route “{one.route}” is of another kind",
        )
        raise _wrong(one.id, fr, en)
    if not leads(one, route):
        fr = f"la route mène à {route.host}:{route.port}, pas à son issuer"
        raise _wrong(one.id, fr, f"the route leads to {route.host}:{route.port}, not to its issuer")


def remove(instance: Path, name: str) -> None:
    """Forget it: accounts stay. Raises ProviderUnknown."""
    if not _files(instance).remove(name):
        raise ProviderUnknown(provider=name[:40])


def worth(values: object, pairs: tuple[tuple[str, str], ...]) -> list[str]:
    """What the groups of a claim are worth here, in the declared order. ``values``: as the claim has them."""
    theirs = [values] if isinstance(values, str) else values if isinstance(values, list) else []
    known = {one.casefold() for one in theirs if isinstance(one, str)}
    return list(dict.fromkeys(here for value, here in pairs if value.casefold() in known))


def _wrong(name: str, fr: str, en: str) -> ProviderInvalid:
    return ProviderInvalid(provider=name, detail=f"{fr}.", detail_en=f"{en}.")
