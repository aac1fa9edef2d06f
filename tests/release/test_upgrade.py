"""An update from each former state of the schema, the first included, every table holding rows: each row is there
after it, with what it held; the house and the room are at the schema of today."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from release_home import document, instance_at, machine_at

from demeure.release import trial
from demeure.store import Database, Keys, keys_folder, open_house, open_space, read_house_key
from demeure.store.schema import HOUSE, SPACE

Rows = list[dict[str, Any]]
FORMER = HOUSE.revisions[:-1]
SHORT = (FORMER[0], FORMER[len(FORMER) // 2], FORMER[-1])
ROWS = 3
JSON_TEXTS = {("messages", "sources")}
"""What the first revisions declared as texts, and later ones read as JSON."""
_ONE_OF = re.compile(r"""CHECK \(\(?"?(\w+)"?\)? IN \(([^)]*)\)""")
RENAMED = {("people", "role", "member"): "agent"}
"""What a migration says in another word: (table, column, word of then) → word of today."""
AT = "2026-11-2{}T10:00:00.000000Z"


def tables_of(db: sa.Connection) -> list[sa.Table]:
    """In the order in which they may be filled; what full text keeps for itself is its own."""
    found = sa.MetaData()
    found.reflect(db, only=lambda name, _: name != "alembic_version" and not _own(db, name))
    return found.sorted_tables


def _own(db: sa.Connection, name: str) -> bool:
    virtual = db.exec_driver_sql("SELECT name FROM sqlite_master WHERE sql LIKE 'CREATE VIRTUAL%'").scalars().all()
    return any(name == one or name.startswith(f"{one}_") for one in virtual)


def fill(database: Database) -> None:
    """``ROWS`` rows in every table: each column a value of its own, what a check or another table allows."""
    with database.write() as db:
        for table in tables_of(db):
            sql = str(db.exec_driver_sql("SELECT sql FROM sqlite_master WHERE name = ?", (table.name,)).scalar())
            sizes = {name: int(size) for name, size in re.findall(r"length\((\w+)\) = (\d+)", sql)}
            allowed = {name: re.findall(r"'([^']*)'", values) for name, values in _ONE_OF.findall(sql)}
            parents = {
                key.parent.name: db.execute(sa.select(key.column)).scalars().all() for key in table.foreign_keys
            }
            for number in range(ROWS):
                row = {
                    column.name: value(table.name, column, number, allowed.get(column.name), parents)
                    for column in table.columns
                }
                row |= {name: bytes([number]) * size for name, size in sizes.items()}
                db.execute(sa.insert(table).prefix_with("OR IGNORE"), row)  # some hold one row only


def value(
    table: str, column: "sa.Column[Any]", number: int, allowed: list[str] | None, parents: dict[str, Any]
) -> Any:
    if parents.get(column.name):
        return parents[column.name][number % len(parents[column.name])]
    if allowed:
        return allowed[number % len(allowed)]
    if (table, column.name) in JSON_TEXTS:
        return json.dumps([{"document_id": f"documents id {number} – œuvre"}])
    if isinstance(column.type, sa.JSON):
        return {"table": table, "row": number, "accent": "é"}
    if isinstance(column.type, sa.LargeBinary):
        return f"{table}.{column.name}.{number}".encode() * 4
    if isinstance(column.type, sa.Boolean):
        return bool(number % 2)
    if isinstance(column.type, (sa.Integer, sa.Float)):
        return number + 1
    return AT.format(number) if column.name.endswith("_at") else f"{table} {column.name} {number} – œuvre"


def held(database: Database) -> dict[str, Rows]:
    """Table → its rows, each as JSON would tell it."""
    with database.read() as db:
        return {
            table.name: [dict(row) for row in db.execute(sa.select(table)).mappings()] for table in tables_of(db)
        }


def missing(before: dict[str, Rows], after: dict[str, Rows]) -> list[str]:
    """What was held and is no more, in any column that a row had."""
    return [
        f"{table}: {json.dumps(row, default=str)}"
        for table, rows in before.items()
        for row in rows
        if not any(_same(table, row, one) for one in after.get(table, []))
    ]


def _same(table: str, row: dict[str, Any], one: dict[str, Any]) -> bool:
    return all(one.get(name) in (was, RENAMED.get((table, name, str(was)), was)) for name, was in row.items())


@pytest.mark.parametrize(
    "revision",
    [one if one in SHORT else pytest.param(one, marks=pytest.mark.thorough) for one in FORMER],
)
def test_every_row_of_a_former_house_is_there_after_the_update(tmp_path: Path, revision: str) -> None:
    rooms = SPACE.revisions[: 1 + FORMER.index(revision) % len(SPACE.revisions)]
    at = HOUSE.revisions[: HOUSE.revisions.index(revision) + 1]
    home = machine_at(tmp_path, lambda data: instance_at(data, at, rooms, fill))
    before = former_rows(Path(home.now.data), at[-1], rooms[-1])
    held_in = before[0] | before[1]
    assert [name for name, rows in held_in.items() if not rows] == [] and len(before[0]) > 5
    assert sum(len(rows) < ROWS for rows in held_in.values()) < 4
    home.update(10)
    data = Path(home.now.data)
    assert trial.schemas(data) == (HOUSE.head, {SPACE.head}) and document(data)
    house, room = open_both(data)
    try:
        assert missing(before[0], held(house)) == [] and missing(before[1], held(room)) == []
    finally:
        house.close()
        room.close()


def former_rows(data: Path, house: str, room: str) -> tuple[dict[str, Rows], dict[str, Rows]]:
    """Of the data as they are, read by nobody who would migrate them."""
    assert trial.schemas(data) == (house, {room})
    keys = Keys(read_house_key(data), keys_folder(data))
    found = []
    for path, key in (
        (data / "house" / "house.db", keys.house.database_key()),
        (data / "spaces" / "mairie" / "space.db", keys.space("mairie").now().database),
    ):
        database = Database(path, key)
        found.append(held(database))
        database.close()
    return found[0], found[1]


def open_both(data: Path) -> tuple[Database, Database]:
    keys = Keys(read_house_key(data), keys_folder(data))
    return open_house(data, keys), open_space(data, keys, "mairie")


def test_a_row_that_is_lost_or_changed_is_seen() -> None:
    before: dict[str, Rows] = {"people": [{"id": "a", "role": "agent"}]}
    assert missing(before, {"people": [{"id": "a", "role": "agent", "more": 1}]}) == []
    assert missing(before, {"people": [{"id": "a", "role": "elected"}]}) and missing(before, {})
