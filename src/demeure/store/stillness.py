"""Databases held still at one instant, so that their files can be copied while others go on writing.

Every writer is stopped for as long as it takes to fold the logs into the files; then a reader that has seen the
whole log in the file keeps SQLite from touching that file (it holds the first read mark: a checkpoint needs it
alone), and writers go on in the log. An unchanged page is then the same bytes from one copy to the next, which
two copies by SQLite's own backup interface never are: each page is encrypted again there.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlcipher3 import dbapi2

from demeure.store.database import Database
from demeure.store.errors import DatabaseBusy
from demeure.store.turns import Turnstile

_ONE = 0.5  # seconds waited for one database before the others are let go again
_PAUSE = 0.05


class Still:
    """What is held: the files as they were at one instant, for whoever copies them. One thread."""

    def __init__(self, readers: dict[Path, Any]) -> None:
        self._readers = readers

    def let_go(self, path: Path) -> None:
        """This file was copied: it may change again. Nothing when it was let go before."""
        reader = self._readers.pop(path, None)
        if reader is not None:
            reader.close()

    def ask(self, path: Path, question: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """The rows of a SELECT on a file that is held, as it was at that instant."""
        return [tuple(row) for row in self._readers[path].execute(question, tuple(values))]

    def close(self) -> None:
        """Let go of all."""
        for path in list(self._readers):
            self.let_go(path)


class Stopping:
    """All writers of some databases stopped; ``hold`` gives what keeps their files still once they go on."""

    def __init__(self, databases: Sequence[Database]) -> None:
        self._databases = databases

    def hold(self) -> Still:
        """Raises DatabaseBusy when a reader keeps an older state: try again."""
        readers: dict[Path, Any] = {}
        with ExitStack() as refused:
            for database in self._databases:
                _fold(database)
                reader = database._open()
                refused.callback(reader.close)
                reader.execute("BEGIN")
                reader.execute("SELECT count(*) FROM sqlite_schema").fetchone()
                readers[database.path] = reader
            refused.pop_all()
        return Still(readers)


@contextmanager
def stopped(databases: Sequence[tuple[Path, bytes]], *, seconds: float = 30.0) -> Iterator[Still]:
    """No writer writes in any of these (path, key) while this is open; what is yielded outlives it.

    Raises DatabaseBusy (after ``seconds``; nothing is held any more), DatabaseMissing, DatabaseKeyWrong.
    """
    opened = [Database(path, key) for path, key in databases]
    deadline = time.monotonic() + seconds
    while True:
        with ExitStack() as held:
            try:
                for database in opened:
                    _stop(database, held)
                still = Stopping(opened).hold()
            except DatabaseBusy:
                if time.monotonic() >= deadline:
                    raise
            else:
                yield still
                return
        time.sleep(_PAUSE)


def _stop(database: Database, held: ExitStack) -> None:
    with database._naming():
        writer = database._open()
        held.callback(writer.close)
        turn = Turnstile(database.path.parent / ".turn")
        try:
            with turn.held(time.monotonic() + _ONE):
                writer.execute(f"PRAGMA busy_timeout = {int(_ONE * 1000)}")
                writer.execute("BEGIN IMMEDIATE")
        except TimeoutError as problem:
            raise DatabaseBusy(file=database.path.name, seconds=_ONE) from problem
        finally:
            turn.close()
        held.callback(_roll_back, writer)


def _roll_back(writer: Any) -> None:
    with suppress(dbapi2.Error):
        writer.execute("ROLLBACK")


def _fold(database: Database) -> None:
    """The whole log is in the file. Raises DatabaseBusy."""
    with database._naming():
        folder = database._open()
        try:
            deadline = time.monotonic() + _ONE
            while True:
                _busy, logged, folded = folder.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
                if logged == folded:  # -1, -1: no log at all
                    return
                if time.monotonic() >= deadline:
                    raise DatabaseBusy(file=database.path.name, seconds=_ONE)
                time.sleep(_PAUSE / 10)
        finally:
            folder.close()
