"""What the new program does on the copy before anybody relies on it: migrate, read everything's state, count."""

from pathlib import Path

from sqlalchemy import func, select

from demeure.journal import verify
from demeure.release.errors import DataDiffer
from demeure.store import Database, Keys, check_keys, keys_folder, open_house, open_space, read_house_key
from demeure.store.instance import generation_folder
from demeure.store.schema import HOUSE, SPACE, version
from demeure.store.tables import documents, people, spaces

COUNTED = {"people": people, "spaces": spaces, "documents": documents}


def migrated(instance: Path) -> dict[str, int]:
    """Every database at this program's schema, its pages sound, the journal verified. → what it holds. Raises the
    store's errors, DataDiffer."""
    check_keys(instance)
    if not (instance / "house" / "house.db").exists():
        return {}
    keys = Keys(read_house_key(instance), keys_folder(instance))
    house = open_house(instance, keys)
    try:
        _sound(house)
        found = _counts(house)
    finally:
        house.close()
    for space in keys.spaces():
        database = open_space(instance, keys, space)
        try:
            _sound(database)
        finally:
            database.close()
    return found | {"entries": _entries(instance / "journal")}


def _sound(database: Database) -> None:
    damages = database.damages()
    if damages:
        raise DataDiffer(detail=f"{database.path.name} : {damages[0]}")


def _entries(folder: Path) -> int:
    if not (folder / "checkpoint").exists():
        return 0
    try:
        found = verify.verify_live(folder, verify.own_key(folder), None)
    except verify.Fault as fault:
        raise DataDiffer(detail=fault.why("fr"), detail_en=fault.why("en")) from fault
    return int(str(found.get("size", 0)))


def counted(instance: Path) -> dict[str, int]:
    """What a closed house holds, whatever its schema; nothing is migrated. Raises as ``migrated``."""
    path = instance / "house" / "house.db"
    if not path.exists():
        return {}
    keys = Keys(read_house_key(instance), keys_folder(instance))
    database = Database(path, keys.house.database_key())
    try:
        found = _counts(database)
    finally:
        database.close()
    return found | {"entries": _entries(instance / "journal")}


def _counts(database: Database) -> dict[str, int]:
    with database.read() as connection:
        return {
            name: int(connection.execute(select(func.count()).select_from(table)).scalar_one())
            for name, table in COUNTED.items()
        }


def schemas(instance: Path) -> tuple[str, set[str]]:
    """(revision of the house, revisions of the spaces) as they are on the disk; nothing is migrated."""
    if not (instance / "house" / "house.db").exists():
        return "", set()
    keys = Keys(read_house_key(instance), keys_folder(instance))
    found = _revision(instance / "house" / "house.db", keys.house.database_key())
    rooms = set()
    for space in keys.spaces():
        now = keys.space(space).now()
        path = generation_folder(instance, space, now.generation) / "space.db"
        if path.exists():
            rooms.add(_revision(path, now.database))
    return found, rooms


def _revision(path: Path, key: bytes) -> str:
    database = Database(path, key)
    try:
        return version(database) or ""
    finally:
        database.close()


HEADS = f"{HOUSE.head}/{SPACE.head}"
"""Schema of this program: house/space."""
