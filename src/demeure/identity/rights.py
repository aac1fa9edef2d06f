"""Who may what, as one sheet: people, their role, the spaces open to them and by what. Names, never contents."""

import hashlib
import json
from dataclasses import asdict, dataclass

import sqlalchemy as sa

from demeure.store import Database
from demeure.store.tables import group_members, group_people, groups, members, people, sessions, spaces


@dataclass(frozen=True)
class Given:
    """``by``: the group it comes from; empty: given to the person."""

    space: str
    name: str
    right: str
    by: str = ""


@dataclass(frozen=True)
class RightsLine:
    """One person. ``seen``: the day a session of theirs was last used, empty when none is open."""

    id: str
    name: str
    login: str
    role: str
    open: bool
    came: bool
    seen: str
    groups: tuple[str, ...]
    given: tuple[Given, ...]


def rights_of(database: Database) -> list[RightsLine]:
    """Open accounts first, then by name. One read: a state that existed at one instant."""
    with database.read() as db:
        persons = db.execute(sa.select(people).order_by(people.c.disabled, people.c.name, people.c.id)).all()
        teams = db.execute(
            sa.select(group_people.c.person, groups.c.id, groups.c.name).join_from(group_people, groups)
        )
        inside: dict[str, list[tuple[str, str]]] = {}
        for person, team, name in teams:
            inside.setdefault(person, []).append((team, name))
        own = _by(db, members, members.c.person)
        shared = _by(db, group_members, group_members.c.team)
        last = dict(
            db.execute(
                sa.select(sessions.c.person, sa.func.max(sessions.c.last_seen)).group_by(sessions.c.person)
            ).all()
        )
    lines = []
    for row in persons:
        mine = [Given(*one) for one in own.get(row.id, ())]
        mine += [Given(*one, name) for team, name in inside.get(row.id, ()) for one in shared.get(team, ())]
        lines.append(
            RightsLine(
                *(row.id, row.name, row.login, row.role, not row.disabled, row.password is not None),
                (last.get(row.id) or "")[:10],
                tuple(sorted(name for _, name in inside.get(row.id, ()))),
                tuple(sorted(mine, key=lambda one: (one.name, one.by))),
            )
        )
    return lines


def _by(db: sa.Connection, table: sa.Table, column: sa.Column[str]) -> dict[str, list[tuple[str, str, str]]]:
    query = sa.select(column, spaces.c.id, spaces.c.name, table.c.right).join_from(table, spaces)
    found: dict[str, list[tuple[str, str, str]]] = {}
    for who, space, name, right in db.execute(query.where(spaces.c.deleting.is_(False))):
        found.setdefault(who, []).append((space, name, right))
    return found


def digest_of(lines: list[RightsLine]) -> str:
    """SHA-256 of what the sheet says of rights: not of when people came."""
    said = [{**asdict(line), "seen": ""} for line in lines if line.open]
    return hashlib.sha256(json.dumps(said, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
