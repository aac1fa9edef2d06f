"""A directory as its file says it, ``directories/ID.toml``, which a command of the house's owner writes: where
people are, who they are in the house, what its groups are worth here. No role of the house may write there.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from demeure import toml
from demeure.directories.errors import DirectoryInvalid, DirectoryUnknown
from demeure.directories.filters import filter_of
from demeure.identity import NameUnusable, clean_name
from demeure.policy import Role
from demeure.store.declared import NAMED, Declared

PLACE = "directories"
LDAP, ACTIVE_DIRECTORY = "ldap", "active-directory"
PERSON, GROUP = "person", "group"
"""Where it is written who is in a group: ``memberOf`` of the person, or ``member`` of the group."""
_ATTRIBUTE = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,63}")
_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)
_PRESETS: Mapping[str, Mapping[str, str]] = {
    LDAP: {
        "people": "(objectClass=inetOrgPerson)",
        "disabled": "",
        "login": "uid",
        "name": "displayName",
        "key": "entryUUID",
    },
    ACTIVE_DIRECTORY: {
        "people": "(&(objectCategory=person)(objectClass=user))",
        "disabled": (
            "(|(userAccountControl:1.2.840.113556.1.4.803:=2)(&(accountExpires>=1)(accountExpires<={filetime})))"
        ),
        "login": "sAMAccountName",
        "name": "displayName",
        "key": "objectGUID",
    },
}


@dataclass(frozen=True)
class Directory:
    """``people``, ``disabled``: filters; who answers to the second is closed (empty: nobody). ``login``, ``name``,
    ``key``: attributes; the last one never changes and is never given again. ``roles``, ``groups``: name of a group
    there → role, group of the house; without roles, one's role is the house's to change. ``nested``: groups of
    groups count (Active Directory's own rule). ``adopt``: an account of the house with the same login becomes the
    directory's (never an administrator's). ``sign_in``: passwords are the directory's. ``most``: people at most;
    ``most_closed``: per cent of its accounts that one reading may close, five always may."""

    id: str
    route: str
    sensitivity: str
    base: str
    kind: str = LDAP
    people: str = ""
    disabled: str = ""
    login: str = ""
    name: str = ""
    key: str = ""
    role: str = "agent"
    roles: tuple[tuple[str, str], ...] = ()
    groups: tuple[tuple[str, str], ...] = ()
    members: str = PERSON
    nested: bool = False
    adopt: bool = False
    sign_in: bool = True
    every_minutes: int = 60
    most: int = 20_000
    most_closed: int = 10

    def closable(self, known: int) -> int:
        """How many of ``known`` open accounts one reading may close unasked."""
        return max(5, known * self.most_closed // 100)

    def disabled_at(self, now: datetime) -> str:
        """The filter, of this moment."""
        ticks = int((now - _EPOCH).total_seconds()) * 10_000_000
        return self.disabled.replace("{filetime}", str(ticks)).replace("{now}", f"{now:%Y%m%d%H%M%SZ}")


_TEXTS = {"route", "class", "kind", "base", "people", "disabled", "login", "name", "key", "role", "members"}
_FLAGS, _NUMBERS = {"nested", "adopt", "sign_in"}, {"every_minutes": 10_080, "most": 100_000, "most_closed": 100}


def read(name: str, text: str) -> Directory:
    """Raises DirectoryInvalid: every field is known and means something, or none serves."""
    if not NAMED.fullmatch(name):
        raise _wrong(name[:40], "son nom : lettres, chiffres, tirets", "its name: letters, figures, hyphens")
    try:
        told = tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        raise _wrong(name, *toml.told(problem)) from problem
    if unknown := sorted(set(told) - _TEXTS - _FLAGS - set(_NUMBERS) - {"roles", "groups"}):
        raise _wrong(name, f"« {unknown[0]} » est inconnu", f"“{unknown[0]}” is unknown")
    kind = told.get("kind", LDAP)
    if kind not in _PRESETS:
        raise _wrong(name, "kind : ldap ou active-directory", "kind: ldap or active-directory")
    told = {**_PRESETS[kind], **told}
    fields = {key: _plain(name, key, told[key]) for key in (_TEXTS | _FLAGS | set(_NUMBERS)) & set(told)}
    fields["sensitivity"] = fields.pop("class", "")
    lacking = [one for one in ("route", "sensitivity", "base") if not fields.get(one)]
    if lacking:
        lack = lacking[0].replace("sensitivity", "class")
        raise _wrong(name, f"« {lack} » manque", f"“{lack}” is missing")
    roles = _pairs(name, "roles", told.get("roles", []), "role")
    groups = tuple(
        (dn, _group(name, group)) for dn, group in _pairs(name, "groups", told.get("groups", []), "name")
    )
    made = Directory(id=name, roles=roles, groups=groups, **fields)
    _check(made)
    return made


def _group(name: str, group: str) -> str:
    try:
        return clean_name(group)
    except NameUnusable as problem:
        raise _wrong(name, f"le groupe « {group[:40]} »", f"the group “{group[:40]}”") from problem


def _plain(name: str, key: str, value: Any) -> Any:
    wanted: Any = str if key in _TEXTS else bool if key in _FLAGS else int
    if type(value) is not wanted or (wanted is str and (len(value) > 4000 or not value.isprintable())):
        raise _wrong(name, f"« {key} » n’a pas la bonne forme", f"“{key}” has not the right form")
    if key in _NUMBERS and not 1 <= value <= _NUMBERS[key]:
        raise _wrong(name, f"« {key} » : de 1 à {_NUMBERS[key]}", f"“{key}”: from 1 to {_NUMBERS[key]}")
    return value


def _pairs(name: str, table: str, rows: Any, worth: str) -> tuple[tuple[str, str], ...]:
    """[{dn, worth}] → ((dn, worth)…)."""
    fine = isinstance(rows, list) and all(
        isinstance(row, dict) and set(row) == {"dn", worth} and all(isinstance(one, str) for one in row.values())
        for row in rows
    )
    if not fine or len(rows) > 500:
        raise _wrong(name, f"[[{table}]] : dn et {worth}", f"[[{table}]]: dn and {worth}")
    return tuple((row["dn"], row[worth]) for row in rows)


def _check(one: Directory) -> None:
    for key, text in (("people", one.people), ("disabled", one.disabled_at(_EPOCH))):
        try:
            if text or key == "people":
                filter_of(text)
        except ValueError as problem:
            raise _wrong(one.id, f"le filtre « {key} » : {problem}", f"the filter “{key}”: {problem}") from problem
    for key in (one.login, one.name, one.key):
        if not _ATTRIBUTE.fullmatch(key):
            raise _wrong(one.id, f"l’attribut « {key} »", f"the attribute “{key}”")
    if one.members not in (PERSON, GROUP):
        raise _wrong(one.id, "members : person ou group", "members: person or group")
    if one.nested and one.kind != ACTIVE_DIRECTORY:
        fr, en = "nested : Active Directory seulement", "nested: Active Directory only"
        raise _wrong(one.id, fr, en)
    _roles(one)


def _roles(one: Directory) -> None:
    for role in (one.role, *(role for _, role in one.roles)):
        if role not in {known.value for known in Role}:
            raise _wrong(one.id, f"le rôle « {role[:40]} »", f"the role “{role[:40]}”")

    if one.role in (Role.ADMINISTRATOR, Role.DPO):
        fr, en = "un nouveau venu ne veille pas sur la maison", "a newcomer does not watch over the house"
        raise _wrong(one.id, fr, en)


def all_directories(instance: Path) -> list[Directory]:
    """Those whose file serves, by name; the others: ``unusable``. Blocks."""
    return _every(instance)[0]


def unusable(instance: Path) -> list[DirectoryInvalid]:
    """What is wrong with the files that do not serve (broken, misnamed, or of before a rule), by name. Blocks."""
    return _every(instance)[1]


def _every(instance: Path) -> tuple[list[Directory], list[DirectoryInvalid]]:
    def found(name: str) -> Directory:
        return find(instance, name) if NAMED.fullmatch(name) else read(name, "")  # which says so

    return _files(instance).every(found, DirectoryInvalid, DirectoryUnknown)


def find(instance: Path, name: str) -> Directory:
    """Raises DirectoryUnknown, DirectoryInvalid. Blocks."""
    text = text_of(instance, name)
    if text is None:
        raise DirectoryUnknown(directory=name[:40])
    return read(name, text)


def text_of(instance: Path, name: str) -> str | None:
    """Its file as it stands, whether it serves or not; None: there is none. Raises DirectoryInvalid: it cannot be
    read at all. Blocks."""
    return _files(instance).told(name, _wrong)


def known(instance: Path, name: str) -> None:
    """Is there a file of that name, whatever it holds? Raises DirectoryUnknown."""
    if name not in _files(instance).names():
        raise DirectoryUnknown(directory=name[:40])


def declared_at(instance: Path, name: str) -> datetime:
    """When it was declared, the last time. Blocks."""
    return datetime.fromtimestamp(_files(instance).at(name), UTC)


def _files(instance: Path) -> Declared:
    return Declared(instance / PLACE)


def keep(instance: Path, name: str, text: str) -> Directory:
    """Write its file; durable on return. Raises DirectoryInvalid: another directory under this name would inherit
    its accounts (the former file need not serve, only say whose they are)."""
    made, former = read(name, text), text_of(instance, name)
    if former is not None and _whose(former) != (_root(made.base), made.key.lower()):
        fr = "c’est un autre annuaire (base ou key). Retirez d’abord celui-ci : demeure directory remove"
        en = "it is another directory (base or key). Take this one away first: demeure directory remove"
        raise _wrong(name, fr.replace(" :", "\u00a0:"), en)
    _files(instance).keep(name, text)
    return made


def put_back(instance: Path, name: str, text: str | None) -> None:
    """The file of before, as ``text_of`` gave it."""
    _files(instance).put_back(name, text)


def _whose(text: str) -> tuple[str, str]:
    """(root of its base, key) of a file that may not serve; empty where it does not say."""
    try:
        told = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return "", ""
    told = {**_PRESETS.get(str(told.get("kind", LDAP)), {}), **told}
    return _root(str(told.get("base", ""))), str(told.get("key", "")).lower()


def _root(base: str) -> str:
    """What a directory is called, whatever the branch: its « dc= », or the last name."""
    names = [part.strip().casefold() for part in base.split(",")]
    domain = [part for part in names if part.startswith("dc=")]
    return ",".join(domain) or names[-1]


def remove(instance: Path, name: str) -> None:
    """Forget it: its accounts stay as they are. Raises DirectoryUnknown."""
    if not _files(instance).remove(name):
        raise DirectoryUnknown(directory=name[:40])


def _wrong(name: str, fr: str, en: str) -> DirectoryInvalid:
    return DirectoryInvalid(directory=name, detail=f"{fr}.", detail_en=f"{en}.")
