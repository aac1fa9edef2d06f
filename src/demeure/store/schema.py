"""Schema versions: the ordered revisions of each tree, and the climb to the last one, under a lock.

Alembic is imported only when there is something to migrate: an up-to-date database is recognised by one small read.
"""

import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from demeure.store.database import Database
from demeure.store.durable import folder_lock, full_disk_named, make_folder, sync_folder
from demeure.store.errors import DatabaseMissing, DatabaseNewer, DiskFull

_MIGRATIONS = Path(__file__).parent / "migrations"


@dataclass(frozen=True)
class Tree:
    """``folder`` holds one Alembic file per revision; ``revisions``: oldest first."""

    folder: Path
    revisions: tuple[str, ...]

    @property
    def head(self) -> str:
        return self.revisions[-1]


HOUSE = Tree(
    _MIGRATIONS / "house",
    (
        "0001",
        "0002",
        "0003",
        "0004",
        "0005",
        "0006",
        "0008",
        "0009",
        "0011",
        "0012",
        "0010",
        "0014",
        "0013",
        "0015",
        "0016",
        "0019",
        "0022",
        "0024",
        "0025",
        "0026",
        "0029",
        "0030",
        "0032",
        "0033",
        "0034",
        "0035",
        "0041",
        "0039",
        "0038",
        "0037",
        "0042",
        "0045",
        "0047",
    ),
)
SPACE = Tree(_MIGRATIONS / "space", ("0001", "0002", "0003", "0004", "0005", "0006", "0007"))


def open_at_head(
    path: Path,
    key: bytes,
    tree: Tree,
    *,
    may_create: bool,
    moved: Callable[[], tuple[Path, bytes] | None] = lambda: None,
) -> Database:
    """The database at ``path``, created when absent if allowed, migrated if older.

    Several processes may call this at once. A kill at any instant leaves the old version or the new one. ``moved``:
    as ``Database`` wants it.
    Raises DatabaseMissing, DatabaseNewer, DatabaseKeyWrong, DatabaseCorrupt, DiskFull.
    """
    if not path.exists():
        if not may_create:
            raise DatabaseMissing(file=path.name)
        _create(path, key, tree)
    database = Database(path, key, moved=moved)
    try:
        if _refuse_newer(database, tree) != tree.head:
            with folder_lock(path.parent):
                migrate(database, tree)
    except BaseException:
        database.close()
        raise
    return database


def version(database: Database) -> str | None:
    """The schema revision written in the database; None before the first."""
    with database.read() as connection:
        if not sa.inspect(connection).has_table("alembic_version"):
            return None
        found: str | None = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
        return found


def _refuse_newer(database: Database, tree: Tree) -> str | None:
    found = version(database)
    if found is not None and found not in tree.revisions:
        raise DatabaseNewer(file=database.path.name, found=found, known=tree.head)
    return found


def _create(path: Path, key: bytes, tree: Tree) -> None:
    """Made aside and renamed: a database file is absent or complete, so an empty one is known to be damaged."""
    make_folder(path.parent)
    with folder_lock(path.parent):
        if path.exists():
            return
        aside = path.with_name(f".{path.name}.new")
        for leftover in (aside, *_companions(aside)):
            leftover.unlink(missing_ok=True)
        with full_disk_named(path.name):
            os.close(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))  # SQLite would obey the umask
        database = Database(aside, key, create=True)
        try:
            migrate(database, tree)
            database.settle()
            database.close()
        except BaseException as problem:
            database.close()
            for leftover in (aside, *_companions(aside)):
                with suppress(FileNotFoundError):
                    leftover.unlink()
            if isinstance(problem, DiskFull):
                raise DiskFull(what=path.name) from problem
            raise
        aside.rename(path)
        sync_folder(path.parent)


def _companions(path: Path) -> tuple[Path, Path]:
    return path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")


def migrate(database: Database, tree: Tree) -> None:
    """All missing revisions in one transaction: all of them or none. The caller holds the folder's lock."""
    from alembic.config import Config
    from alembic.runtime.environment import EnvironmentContext
    from alembic.script import ScriptDirectory

    if _refuse_newer(database, tree) == tree.head:
        return  # another process did it while this one waited for the lock
    config = Config()
    config.set_main_option("script_location", str(tree.folder).replace("%", "%%"))
    config.set_main_option("version_locations", str(tree.folder).replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    script = ScriptDirectory.from_config(config)

    def climb(revision: object, _context: object) -> object:
        return script._upgrade_revs(tree.head, revision)  # type: ignore[arg-type]

    with database.write() as connection, EnvironmentContext(config, script, fn=climb) as environment:
        environment.configure(connection=connection)
        environment.run_migrations()
