"""One encrypted SQLite file (SQLCipher 4, raw key, 16 kB pages, WAL) with short transactions.

Readers see a snapshot and cannot write; one writer per process at a time, BEGIN IMMEDIATE, durable on return.
Everything here blocks: callers use threads.
"""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.pool import QueuePool
from sqlcipher3 import dbapi2

from demeure.errors import DemeureError
from demeure.store.errors import (
    DatabaseBusy,
    DatabaseCorrupt,
    DatabaseCut,
    DatabaseKeyWrong,
    DatabaseMissing,
    DatabaseUnreachable,
    DiskFull,
    NoRoomToOpen,
)
from demeure.store.turns import Turnstile, poll_until

PAGE = 16384
_READERS = 8
_READER_CACHE = 2000
"""Kibibytes of pages that each reader keeps. At the library's 8 MB, a space and the house came to 64 MB each
little by little, for 2 % of a search's time (24,000 passages)."""
_ROOM_TO_OPEN = 65536
_BUSY, _READONLY, _IOERR, _CORRUPT, _FULL, _CANTOPEN, _NOTADB = 5, 8, 10, 11, 13, 14, 26
_SETTINGS = (
    f"PRAGMA cipher_page_size = {PAGE}",
    "PRAGMA foreign_keys = ON",
    "PRAGMA secure_delete = ON",  # freed pages are zeroed: what was deleted is not in the file any more
    "PRAGMA wal_autocheckpoint = 256",  # 4 MB at 16 kB a page; the default of 1000 lets it grow to 16 MB
    "PRAGMA journal_size_limit = 4194304",
)


class Database:
    """Any thread may use it; several processes may open the same file. Opened lazily, closed by ``close()``."""

    def __init__(
        self,
        path: Path,
        key: bytes,
        *,
        create: bool = False,
        busy_seconds: float = 10.0,
        moved: Callable[[], tuple[Path, bytes] | None] = lambda: None,
    ) -> None:
        """``key``: 32 raw bytes. ``create``: make the file when absent (otherwise DatabaseMissing at first use).
        ``moved``: asked before each transaction, the file and key of this moment (a rotation changes both); None:
        those that it knows."""
        self.path = path
        self._key = key
        self._create = create
        self._busy = busy_seconds
        self._moved, self._moving = moved, threading.Lock()
        self._here = threading.local()  # .reading: the connection of ``together``, of each thread
        self._turnstiles: list[Turnstile] = []
        self._open_here()

    def _open_here(self) -> None:
        self._turnstile = Turnstile(self.path.parent / ".turn")
        self._turnstiles.append(self._turnstile)
        self._reader = self._engine(_begin_reading, _READERS, query_only=True)
        # a single connection: threads of this process queue for it in order instead of polling the file's lock
        self._writer = self._engine(self._begin_writing, 1, query_only=False)

    def _engine(self, begin: Callable[[sa.Connection], None], size: int, *, query_only: bool) -> sa.Engine:
        engine = sa.create_engine(
            "sqlite://",
            creator=lambda: self._connect(query_only),
            module=dbapi2,
            poolclass=QueuePool,
            pool_size=size,
            pool_use_lifo=True,  # the reader used last has the pages; the others stay empty until many ask
            max_overflow=0,
            pool_timeout=self._busy,
            hide_parameters=True,  # an exception must not carry contents into a log
        )
        event.listen(engine, "begin", begin)
        return engine

    def _follow(self) -> None:
        """Where the database lies now. Who reads or writes the former one ends first, on its own connection."""
        found = self._moved()
        if found is None or found == (self.path, self._key):
            return
        with self._moving:
            if found == (self.path, self._key):
                return
            former = (self._reader, self._writer)
            self.path, self._key = found
            self._open_here()
        for engine in former:
            engine.dispose()

    @contextmanager
    def _writing(self, level: str) -> Iterator[sa.Connection]:
        while True:
            self._follow()
            engine = self._writer
            with engine.connect() as connection:
                self._synchronous(connection, level)
                with connection.begin():
                    self._follow()  # the key may have been rotated while one waited for one's turn
                    if engine is self._writer:
                        yield connection
                        return

    def _begin_writing(self, connection: sa.Connection) -> None:
        raw: Any = connection.connection.dbapi_connection
        deadline = time.monotonic() + self._busy

        def begun() -> bool:
            try:
                raw.execute("BEGIN IMMEDIATE")
            except dbapi2.OperationalError as problem:
                if _code(problem) != _BUSY:
                    raise
                return False
            return True

        try:
            with self._turnstile.held(deadline):
                poll_until(begun, deadline)
        except TimeoutError as problem:
            raise DatabaseBusy(file=self.path.name, seconds=self._busy) from problem

    def _connect(self, query_only: bool) -> Any:
        try:
            connection = self._open()
            self._patience(connection, self._busy)
            connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()  # the first read proves the key
            if query_only:
                connection.execute("PRAGMA query_only = ON")
                connection.execute(f"PRAGMA cache_size = -{_READER_CACHE}")
            else:
                self._patience(connection, 0.0)  # the turnstile waits better than SQLite does
        except dbapi2.Error as problem:
            raise self._named(problem) or problem from problem
        return connection

    def raw(self, other: Path | None = None) -> Any:
        """A connection of one's own, to close; to ``other``, made when absent, under the same key. Raises dbapi2's
        errors (``named`` says them)."""
        return self._open(other)

    def named(self, problem: BaseException) -> DemeureError | None:
        """The error a person understands, of one that ``raw`` met; None when it is a mistake of ours."""
        return self._named(problem)

    def _open(self, other: Path | None = None) -> Any:
        create = self._create or other is not None
        if not create:
            self._refuse_impossible_size()
        mode = "rwc" if create else "rw"
        uri = f"file:{quote(str(other or self.path))}?mode={mode}"
        connection = dbapi2.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
        connection.execute(
            "PRAGMA cipher_log_level = NONE"
        )  # it writes on standard error; we name errors ourselves
        connection.execute(f"PRAGMA key = \"x'{self._key.hex()}'\"")
        for setting in _SETTINGS:
            connection.execute(setting)
        if self._create:
            connection.execute("PRAGMA journal_mode = WAL")
        return connection

    def _refuse_impossible_size(self) -> None:
        """An emptied file would pass for a new database, a cut one is found late: refuse both before opening.

        With a write-ahead log beside it, half a page at the end is a checkpoint that the full disk stopped, or one
        under way in another process: the log still holds that page.
        """
        log = self.path.with_name(f"{self.path.name}-wal")
        for _ in range(5):
            try:
                size = self.path.stat().st_size
            except FileNotFoundError as problem:
                raise DatabaseMissing(file=self.path.name) from problem
            logged = log.exists() and log.stat().st_size > 0
            if size >= PAGE and (logged or size % PAGE == 0):
                return
            time.sleep(0.02)  # another process may be finishing its checkpoint and removing the log
        raise DatabaseCut(file=self.path.name, size=size)

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """A snapshot, for reading only; inside ``together``, that one."""
        held: sa.Connection | None = getattr(self._here, "reading", None)
        with self._naming():
            if held is not None:
                yield held
                return
            self._follow()
            with self._reader.connect() as connection, connection.begin():
                yield connection

    @contextmanager
    def together(self) -> Iterator[None]:
        """All that this thread reads meanwhile is of one snapshot, over one connection: many small reads then cost
        about one. What is written meanwhile is not seen: keep it to a piece of work that only reads."""
        if getattr(self._here, "reading", None) is not None:
            yield
            return
        with self.read() as connection:
            self._here.reading = connection
            try:
                yield
            finally:
                self._here.reading = None

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """All or nothing, durable on return even through a power cut (fsync). Keep it short: others wait.

        Raises DiskFull, DatabaseBusy, DatabaseCorrupt, DatabaseKeyWrong; after any of them nothing was changed.
        """
        with self._naming(), self._writing("FULL") as connection:
            yield connection

    @contextmanager
    def relaxed(self) -> Iterator[sa.Connection]:
        """Like ``write`` without the fsync: survives kill -9; a power cut may undo the last ones, never by half.

        For rows the work itself can make again: leases, progress, ``last_seen``.
        """
        with self._naming(), self._writing("NORMAL") as connection:
            yield connection

    @staticmethod
    def _synchronous(connection: sa.Connection, level: str) -> None:
        """For what begins next on the one connection that writes; nothing when it is so already."""
        if connection.info.get("synchronous", "FULL") == level:
            return
        # SQLite refuses this inside a transaction, hence the driver's connection and not SQLAlchemy's
        raw: Any = connection.connection.dbapi_connection
        raw.execute(f"PRAGMA synchronous = {level}")
        connection.info["synchronous"] = level

    @staticmethod
    def _patience(raw: Any, seconds: float) -> None:
        raw.execute(f"PRAGMA busy_timeout = {int(seconds * 1000)}")

    def settle(self) -> None:
        """Fold the write-ahead log into the file and empty it: after a deletion, no old page is left in it.

        Raises DatabaseBusy while a reader keeps a snapshot of before.
        """
        self._follow()
        deadline = time.monotonic() + self._busy
        with self._naming(), self._writer.connect() as connection:
            raw: Any = connection.connection.dbapi_connection

            def folded() -> bool:
                (busy, _pages, _folded) = raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
                return not busy

            self._patience(raw, min(self._busy, 1.0))
            try:
                poll_until(folded, deadline)  # beside another's checkpoint, SQLite says busy without waiting
            except TimeoutError as problem:
                raise DatabaseBusy(file=self.path.name, seconds=self._busy) from problem
            finally:
                self._patience(raw, 0.0)

    def damages(self) -> list[str]:
        """Check every page's authentication, then the structure: [] or sentences. Reads the whole file."""
        with suppress(DemeureError):  # fold the log first: a checkpoint may have been stopped within a page
            self.settle()
        if damages := self._page_damages():
            return damages
        with self.read() as connection:
            rows = [str(row[0]) for row in connection.exec_driver_sql("PRAGMA quick_check(20)")]
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchmany(20)
        return [row for row in rows if row != "ok"] + [f"row without its parent in {row[0]}" for row in broken]

    def _page_damages(self) -> list[str]:
        connection = self._open()
        try:
            return [str(row[0]) for row in connection.execute("PRAGMA cipher_integrity_check")]
        finally:
            connection.close()

    def close(self) -> None:
        """Close idle connections; those in use close when given back."""
        self._reader.dispose()
        self._writer.dispose()
        for one in self._turnstiles:
            one.close()

    @contextmanager
    def _naming(self) -> Iterator[None]:
        try:
            yield
        except sa.exc.TimeoutError as problem:
            raise DatabaseBusy(file=self.path.name, seconds=self._busy) from problem
        except (sa.exc.DBAPIError, dbapi2.Error) as problem:
            named = self._named(problem.orig if isinstance(problem, sa.exc.DBAPIError) else problem)
            if named is None:
                raise
            raise named from problem

    def _named(self, problem: BaseException | None) -> DemeureError | None:
        """The error a person understands, or None when it is a mistake of ours (constraint, SQL)."""
        code = _code(problem)
        name = self.path.name
        if code == _NOTADB:
            return self._key_or_page()
        if code == _CORRUPT:
            return DatabaseCorrupt(file=name)
        if code == _FULL:
            return DiskFull(what=name)
        if code in (_CANTOPEN, _IOERR) and self._no_room():
            return NoRoomToOpen(what=name)
        if code == _BUSY:
            return DatabaseBusy(file=name, seconds=self._busy)
        if code in (_CANTOPEN, _IOERR, _READONLY):
            return DatabaseUnreachable(file=name, detail=str(problem))
        return None

    def _no_room(self) -> bool:
        """Opening needs a shared index of 32 kB beside the file; refused it, SQLite says “disk I/O error”."""
        facts = os.statvfs(self.path.parent)
        return facts.f_bavail * facts.f_frsize < _ROOM_TO_OPEN

    def _key_or_page(self) -> DemeureError:
        """SQLite says the same of a wrong key and of a damaged first page: count the pages that verify."""
        pages = -(-self.path.stat().st_size // PAGE)
        damaged = self._page_damages()
        if len(damaged) >= pages:
            return DatabaseKeyWrong(file=self.path.name)
        return DatabaseCorrupt(file=self.path.name)


def _code(problem: BaseException | None) -> int:
    """SQLite's primary result code; 0 when the problem has none."""
    return int(getattr(problem, "sqlite_errorcode", 0)) & 0xFF


def _begin_reading(connection: sa.Connection) -> None:
    connection.exec_driver_sql("BEGIN")
