"""A CSV of people, read whole before anything is made (pure): what is wrong is told line by line."""

import codecs
import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from demeure.errors import DemeureError
from demeure.identity.account_errors import LineTooWide, LoginTwice, PeopleFileInvalid
from demeure.identity.errors import GroupUnknown, LoginTaken, RoleUnknown
from demeure.identity.person import clean_login, clean_name
from demeure.policy import Role

MOST_LINES, MOST_BYTES = 5000, 1 << 20
_COLUMNS = {
    "name": ("nom", "name"),
    "login": ("identifiant", "login"),
    "role": ("role", "rôle"),
    "groups": ("groupes", "groups", "groupe", "group"),
}
_ROLE_WORDS = {
    "administrateur": Role.ADMINISTRATOR,
    "référent": Role.REFERENT,
    "délégué": Role.DPO,
    "déléguée": Role.DPO,
    "auditeur": Role.AUDITOR,
    "prestataire": Role.CONTRACTOR,
    "élu": Role.ELECTED,
}


@dataclass(frozen=True)
class Entry:
    """One person to add. ``line``: where the file says so. ``groups``: ids."""

    line: int
    name: str
    login: str
    role: Role
    groups: tuple[str, ...] = ()


@dataclass(frozen=True)
class Mistake:
    """A line that cannot be taken, and why in both languages."""

    line: int
    fr: str
    en: str


@dataclass
class PeopleFile:
    """What a file says. It is taken when ``mistakes`` is empty: all of it, or nothing."""

    entries: list[Entry] = field(default_factory=list)
    mistakes: list[Mistake] = field(default_factory=list)


def read_people(data: bytes, logins: Iterable[str], groups: dict[str, str]) -> PeopleFile:
    """``data``: UTF-8, UTF-16 or Windows-1252; commas, semicolons or tabs; a first line that names the
    columns (nom, identifiant, rôle, groupes; between groups « | », or a semicolon or comma where no group has one
    in its name). ``logins``: those that are taken; ``groups``: name → id. Raises PeopleFileInvalid when it is no
    such file."""
    rows = _rows(data)
    if not rows:
        raise PeopleFileInvalid()
    head, *lines = rows
    places = _places(head[1])
    if "login" not in places or "name" not in places or not lines:
        raise PeopleFileInvalid()
    found, taken = PeopleFile(), dict.fromkeys(logins, 0)
    known = {name.casefold(): id_ for name, id_ in groups.items()}
    for line, cells in lines:
        try:
            if any(cells[len(head[1]) :]):
                raise LineTooWide(columns=len(head[1]))
            entry = _entry(line, cells, places, known)
            if before := taken.get(entry.login):
                raise LoginTwice(login=entry.login, line=before)
            if entry.login in taken:
                raise LoginTaken(login=entry.login)
        except DemeureError as problem:
            found.mistakes.append(Mistake(line, problem.sentence("fr"), problem.sentence("en")))
            continue
        taken[entry.login] = line
        found.entries.append(entry)
    return found


def _rows(data: bytes) -> list[tuple[int, list[str]]]:
    """(number of the line, cells) of the lines that say something."""
    if len(data) > MOST_BYTES:
        raise PeopleFileInvalid()
    text = _text(data)
    if "\0" in text:
        raise PeopleFileInvalid()
    first = text.lstrip().partition("\n")[0]
    separator = max(";,\t", key=first.count)
    reader = csv.reader(io.StringIO(text), delimiter=separator)
    try:
        rows = [(reader.line_num, [cell.strip() for cell in cells]) for cells in reader]
    except csv.Error as problem:
        raise PeopleFileInvalid() from problem
    said = [(line, cells) for line, cells in rows if any(cells)]
    if len(said) > MOST_LINES + 1:
        raise PeopleFileInvalid()
    return said


def _text(data: bytes) -> str:
    marked = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    bare = "utf-16-le" if data[1:4:2] == b"\0\0" else "utf-16-be" if data[0:3:2] == b"\0\0" else "utf-8-sig"
    try:
        return data.decode("utf-16" if marked else bare)
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _places(head: Sequence[str]) -> dict[str, int]:
    """Column → its place."""
    named = {cell.casefold(): place for place, cell in enumerate(head)}
    return {column: named[word] for column, words in _COLUMNS.items() for word in reversed(words) if word in named}


def _entry(line: int, cells: Sequence[str], places: dict[str, int], groups: dict[str, str]) -> Entry:
    said = {column: cells[place] if place < len(cells) else "" for column, place in places.items()}
    inside = [id_ for part in said.get("groups", "").split("|") for id_ in _groups(part.strip(), groups)]
    name, login = clean_name(said["name"]), clean_login(said["login"])
    return Entry(line, name, login, _role(said.get("role", "")), tuple(dict.fromkeys(inside)))


def _groups(part: str, groups: dict[str, str]) -> list[str]:
    """Ids of the groups that ``part`` names: a whole name, or several apart. Raises GroupUnknown."""
    if part.casefold() in groups:
        return [groups[part.casefold()]]
    found = []
    for name in filter(None, map(str.strip, re.split("[;,]", part))):
        if name.casefold() not in groups:
            raise GroupUnknown(group=name[:80])
        found.append(groups[name.casefold()])
    return found


def _role(said: str) -> Role:
    """By its name or in French words; an agent where nothing is said. Raises RoleUnknown."""
    word = said.casefold()
    if not word:
        return Role.AGENT
    if word in _ROLE_WORDS:
        return _ROLE_WORDS[word]
    try:
        return Role(word)
    except ValueError as problem:
        raise RoleUnknown(role=said[:40]) from problem
