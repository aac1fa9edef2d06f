"""The open databases of one process: the house's, and each space's, opened on first use and kept.

Several threads may ask; a space being erased is closed here and not opened again.
"""

import threading
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from demeure.store import Blobs, Database, Keys, SealedSnapshots, open_blobs, open_snapshots, open_space


class Rooms:
    """``database(space)`` and ``blobs(space)`` raise the store's key errors (KeyMissing, KeyDestroyed)."""

    def __init__(self, instance: Path, keys: Keys) -> None:
        self.instance, self.keys = instance, keys
        self._lock = threading.Lock()
        self._open: dict[str, Database] = {}

    def database(self, space: str) -> Database:
        """The space's database, migrated and open."""
        with self._lock:
            found = self._open.get(space)
            if found is None:
                found = self._open[space] = open_space(self.instance, self.keys, space)
            return found

    @contextmanager
    def together(self, spaces: Iterable[str]) -> Iterator[None]:
        """What this thread reads of these spaces meanwhile is one snapshot of each (Database.together)."""
        with ExitStack() as held:
            for space in spaces:
                held.enter_context(self.database(space).together())
            yield

    def blobs(self, space: str) -> Blobs:
        """The space's originals."""
        return open_blobs(self.instance, self.keys, space)

    def snapshots(self, space: str) -> SealedSnapshots:
        """What is kept ready of the space's documents."""
        return open_snapshots(self.instance, self.keys, space)

    def forget(self, space: str) -> None:
        """Close the space's database if it is open."""
        with self._lock:
            found = self._open.pop(space, None)
        if found is not None:
            found.close()

    def keep_only(self, spaces: set[str]) -> None:
        """Close what was erased by another process."""
        for space in [s for s in self._open if s not in spaces]:
            self.forget(space)

    def close(self) -> None:
        """Close everything."""
        self.keep_only(set())
