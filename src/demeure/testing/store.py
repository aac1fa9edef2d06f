"""A small real instance for tests: true keys, true encrypted databases, one space. Nothing is faked."""

import atexit
import shutil
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sqlalchemy import insert, update

from demeure.clock import Clock, SystemClock, iso
from demeure.store import (
    Blobs,
    Database,
    Keys,
    create_instance,
    keys_folder,
    open_blobs,
    open_house,
    open_space,
    read_house_key,
)
from demeure.store.tables import spaces


@dataclass(frozen=True)
class Instance:
    """What a role would have opened. ``close()`` before the folder goes away."""

    folder: Path
    keys: Keys
    house: Database
    space_id: str
    space: Database
    blobs: Blobs

    def close(self) -> None:
        self.space.close()
        self.house.close()


def make_instance(folder: Path, space_id: str = "mairie", clock: Clock | None = None) -> Instance:
    """Create an instance in ``folder`` with one space, its row included, and no member. It is a copy of the first
    that this process made (0.2 s of migrations): its keys are those of its sisters."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    shutil.copytree(_first(space_id), folder, dirs_exist_ok=True)
    found = reopen_instance(folder, space_id)
    with found.house.write() as connection:
        connection.execute(update(spaces).values(created_at=iso((clock or SystemClock()).now())))
    return found


def new_instance(folder: Path, space_id: str = "mairie", clock: Clock | None = None) -> Instance:
    """The same with keys of its own, created there step by step."""
    create_instance(folder)
    keys = Keys(read_house_key(folder), keys_folder(folder))
    house = open_house(folder, keys)
    add_space(folder, keys, house, space_id, clock)
    space = open_space(folder, keys, space_id)
    return Instance(folder, keys, house, space_id, space, open_blobs(folder, keys, space_id))


@cache
def _first(space_id: str) -> Path:
    above = Path(tempfile.mkdtemp(prefix="demeure-test-"))
    atexit.register(shutil.rmtree, above, ignore_errors=True)
    new_instance(above / "instance", space_id).close()
    return above / "instance"


def reopen_instance(folder: Path, space_id: str = "mairie") -> Instance:
    """The same instance, as another process opens it."""
    keys = Keys(read_house_key(folder), keys_folder(folder))
    house = open_house(folder, keys)
    return Instance(
        folder, keys, house, space_id, open_space(folder, keys, space_id), open_blobs(folder, keys, space_id)
    )


def add_space(folder: Path, keys: Keys, house: Database, space_id: str, clock: Clock | None = None) -> None:
    """One more space: key, database, row."""
    keys.create_space(space_id)
    open_space(folder, keys, space_id).close()
    now = iso((clock or SystemClock()).now())
    with house.write() as connection:
        connection.execute(insert(spaces).values(id=space_id, name=space_id.capitalize(), created_at=now))
