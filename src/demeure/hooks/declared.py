"""A webhook as its file says it, ``hooks/ID.toml``, which a command of the house's owner or an administrator's page
writes: which entries of the journal are told, by which route, and how much of them.
"""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from demeure import toml
from demeure.hooks.errors import HookInvalid, HookUnknown
from demeure.store.declared import NAMED, Declared

PLACE = "hooks"
_EVENT = re.compile(r"[a-z][a-z0-9-]{0,62}\*?")
_NEVER = ("route-", "hook-")
"""What telling itself writes: it would never end."""
_LARGEST = 1 << 16


@dataclass(frozen=True)
class Hook:
    """``events``: names of entries, ``person-*`` for a family. ``ids``: who did it and what was touched are told
    too, as the journal names them (pseudonyms)."""

    id: str
    route: str
    sensitivity: str
    events: tuple[str, ...]
    ids: bool = False

    def wants(self, name: str) -> bool:
        """Is an entry of that name told?"""
        if name.startswith(_NEVER):
            return False
        return any(name == one or (one.endswith("*") and name.startswith(one[:-1])) for one in self.events)


def read(name: str, text: str) -> Hook:
    """Raises HookInvalid."""
    if not NAMED.fullmatch(name):
        raise _wrong(name[:40], "son nom : lettres, chiffres, tirets", "its name: letters, figures, hyphens")
    try:
        told = tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        raise _wrong(name, *toml.told(problem)) from problem
    if unknown := sorted(set(told) - {"route", "class", "events", "ids"}):
        raise _wrong(name, f"« {unknown[0]} » est inconnu", f"“{unknown[0]}” is unknown")
    for lacking in ("route", "class"):
        if not isinstance(told.get(lacking), str) or not told[lacking]:
            raise _wrong(name, f"« {lacking} » manque", f"“{lacking}” is missing")
    events: list[str] = told["events"] if isinstance(told.get("events"), list) else []
    if not 0 < len(events) <= 100 or not all(isinstance(one, str) and _EVENT.fullmatch(one) for one in events):
        raise _wrong(name, "events : des noms d’entrées du journal", "events: names of entries of the journal")
    if any(one.startswith(_NEVER) for one in events):
        raise _wrong(name, "ce que raconter écrit ne se raconte pas", "what telling writes is not told")
    ids = told.get("ids", False)
    if type(ids) is not bool:
        raise _wrong(name, "ids : true ou false", "ids: true or false")
    return Hook(name, told["route"], told["class"], tuple(events), ids)


def all_hooks(instance: Path) -> list[Hook]:
    """Those whose file serves, by name; the others: ``unusable``. Blocks."""
    return _every(instance)[0]


def unusable(instance: Path) -> list[HookInvalid]:
    """What is wrong with the files that do not serve (broken, misnamed, or of before a rule), by name. Blocks."""
    return _every(instance)[1]


def _every(instance: Path) -> tuple[list[Hook], list[HookInvalid]]:
    def found(name: str) -> Hook:
        return find(instance, name) if NAMED.fullmatch(name) else read(name, "")  # which says so

    return _files(instance).every(found, HookInvalid, HookUnknown)


def find(instance: Path, name: str) -> Hook:
    """Raises HookUnknown, HookInvalid. Blocks."""
    text = text_of(instance, name)
    if text is None:
        raise HookUnknown(hook=name[:40])
    return read(name, text)


def text_of(instance: Path, name: str) -> str | None:
    """Its file as it stands, whether it serves or not; None: there is none. Raises HookInvalid: it cannot be read
    at all. Blocks."""
    return _files(instance).told(name, _wrong)


def known(instance: Path, name: str) -> None:
    """Is there a file of that name, whatever it holds? Raises HookUnknown."""
    if name not in _files(instance).names():
        raise HookUnknown(hook=name[:40])


def _files(instance: Path) -> Declared:
    return Declared(instance / PLACE, _LARGEST)


def keep(instance: Path, name: str, text: str) -> Hook:
    """Write its file; durable on return. Raises HookInvalid."""
    made = read(name, text)
    _files(instance).keep(name, text)
    return made


def put_back(instance: Path, name: str, text: str | None) -> None:
    """The file of before, as ``text_of`` gave it."""
    _files(instance).put_back(name, text)


def remove(instance: Path, name: str) -> None:
    """Raises HookUnknown."""
    if not _files(instance).remove(name):
        raise HookUnknown(hook=name[:40])


def _wrong(name: str, fr: str, en: str) -> HookInvalid:
    return HookInvalid(hook=name, detail=f"{fr}.", detail_en=f"{en}.")
