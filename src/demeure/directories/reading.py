"""What a directory says of people now: who they are, who is disabled, who is in the groups that count here."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from demeure.airlock import ber
from demeure.directories.declared import PERSON, Directory
from demeure.directories.errors import DirectoryAnswer
from demeure.directories.filters import escaped, filter_of
from demeure.directories.ldap import BASE, MOST_VALUES, Asked, Entry, Reader, entry_of, question

_BINARY = {"objectguid", "objectsid", "mS-DS-ConsistencyGuid".lower()}
_RANGES = 50
_SPACES = re.compile(r"\s*([,=+])\s*")
_IN_CHAIN = "1.2.840.113556.1.4.1941"
_INSIDE = ("member", "uniqueMember", "memberUid")


@dataclass(frozen=True)
class Outside:
    """One person there. ``key``: never changes."""

    key: str
    dn: str
    login: str
    name: str


@dataclass(frozen=True)
class Answer:
    """``disabled``: keys. ``inside``: group (as declared) → keys of who is in it; None: that could not be read,
    and who is in it stays as it is. ``unusable``: entries without login or key; ``unnamed``: keys of those that
    have one: they are there. ``elsewhere``: references that were not followed."""

    people: list[Outside]
    disabled: frozenset[str] = frozenset()
    inside: Mapping[str, frozenset[str] | None] = field(default_factory=dict)
    unusable: int = 0
    elsewhere: int = 0
    unnamed: frozenset[str] = frozenset()


async def read_all(reader: Reader, one: Directory, now: datetime) -> Answer:
    """Everybody. Raises DirectoryAnswer and its kinds: never a part for the whole."""
    wanted = filter_of(one.people)
    attributes = [one.login, one.name, "cn", one.key, "memberOf"]
    entries = await reader.search(Asked(one.base, wanted, attributes, most=one.most))
    found, unnamed, unusable = dict[str, Outside](), set[str](), 0
    for entry in entries:
        person = _person(one, entry)
        if person is None:
            unusable += 1
            unnamed |= {_key(one, entry)} - {""}
        elif person.key in found:
            fr, en = f"deux personnes ont la clé {person.key}", f"two people have the key {person.key}"
            raise DirectoryAnswer(directory=one.id, detail=fr, detail_en=en)
        else:
            found[person.key] = person
    disabled = frozenset[str]()
    if one.disabled:
        both = ber.tlv(0xA0, wanted, filter_of(one.disabled_at(now)))
        rows = await reader.search(Asked(one.base, both, [one.key], most=one.most))
        disabled = frozenset(_key(one, entry) for entry in rows)
    inside = await _groups(reader, one, wanted, entries, found)
    return Answer(list(found.values()), disabled, inside, unusable, reader.elsewhere, frozenset(unnamed))


async def _groups(
    reader: Reader, one: Directory, wanted: bytes, entries: list[Entry], found: Mapping[str, Outside]
) -> dict[str, frozenset[str] | None]:
    names = dict.fromkeys(dn for dn, _ in (*one.roles, *one.groups))
    inside: dict[str, frozenset[str] | None] = {}
    if one.members != PERSON and not one.nested:
        return {dn: await _listed(reader, dn, found) for dn in names}
    shown = [dn for dn in names if await _shown(reader, dn)]  # renamed or hidden, it would look empty
    if one.nested:
        for dn in shown:
            both = ber.tlv(0xA0, wanted, filter_of(f"(memberOf:{_IN_CHAIN}:={escaped(dn)})"))
            rows = await reader.search(Asked(one.base, both, [one.key], most=one.most))
            inside[dn] = frozenset(_key(one, entry) for entry in rows)
        return dict.fromkeys(names) | inside
    if not any(
        entry.values.get("memberof") for entry in entries
    ):  # hidden, or not kept: it says nothing of anybody
        return dict.fromkeys(names)
    theirs = {
        _key(one, entry): {plain_dn(value.decode("utf-8", "replace")) for value in entry.values.get("memberof", [])}
        for entry in entries
    }
    inside |= {dn: frozenset(key for key, groups in theirs.items() if plain_dn(dn) in groups) for dn in shown}
    return dict.fromkeys(names) | inside


async def _shown(reader: Reader, dn: str) -> bool:
    """Is there an entry of that name? What cannot be told is no."""
    try:
        return await reader.entry(dn, ["objectClass"]) is not None
    except DirectoryAnswer:
        return False


async def _listed(reader: Reader, dn: str, found: Mapping[str, Outside]) -> frozenset[str] | None:
    """Who the group's own entry names; Active Directory gives long lists by ranges."""
    by_dn = {plain_dn(person.dn): person.key for person in found.values()}
    by_login = {person.login.casefold(): person.key for person in found.values()}
    keys, asked = set[str](), list(_INSIDE)
    for _ in range(_RANGES):
        entry = await reader.entry(dn, asked)
        if entry is None:
            return None
        after = None
        for attribute, values in entry.values.items():
            name, _, option = attribute.partition(";")
            known = by_login if name == "memberuid" else by_dn
            said = (value.decode("utf-8", "replace") for value in values[:MOST_VALUES])
            spelled = (one.casefold() if name == "memberuid" else plain_dn(one) for one in said)
            keys |= {known[one] for one in spelled if one in known}
            part = re.fullmatch(r"range=\d+-(\d+)", option)
            after = f"{name};range={int(part[1]) + 1}-*" if part else after
        if after is None:
            return frozenset(keys)
        asked = [after]
    return None


def looks(one: Directory, dn: str, now: datetime) -> list[bytes]:
    """Searches that say whose entry ``dn`` is now, and whether it is disabled: see ``still``."""
    wanted = filter_of(one.people)
    filters = [wanted, *([ber.tlv(0xA0, wanted, filter_of(one.disabled_at(now)))] if one.disabled else [])]
    return [question(Asked(dn, each, [one.key], scope=BASE)) for each in filters]


def still(one: Directory, key: str, found: Sequence[bytes]) -> bool:
    """Is the entry that answered ``looks`` the one of ``key``, and not disabled? A name may be given again."""
    if not found or not found[0] or any(found[1:]):
        return False
    try:
        return bool(key) and _key(one, entry_of(found[0])) == key
    except ValueError:
        return False


def _person(one: Directory, entry: Entry) -> Outside | None:
    key, login = _key(one, entry), entry.text(one.login)
    if not key or not login or not entry.dn or len(entry.dn) > 2000:
        return None
    return Outside(key, entry.dn, login, entry.text(one.name, "cn") or login)


def _key(one: Directory, entry: Entry) -> str:
    """Empty: it has none that can be kept."""
    value = entry.first(one.key)
    if one.key.lower() in _BINARY:
        return value.hex()[:128]
    text = value.decode("utf-8", "replace")
    return text if len(text) <= 128 and text.isprintable() else ""


def plain_dn(dn: str) -> str:
    """One spelling, to compare: neither capitals nor spaces about signs make another name."""
    return _SPACES.sub(r"\1", dn.strip()).casefold()
