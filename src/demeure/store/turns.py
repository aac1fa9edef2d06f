"""Whose turn it is to write, among processes: who waits for a database is served before who has just written.

SQLite alone polls with growing pauses: beside a process that writes without a pause, one short write was seen to
wait 3.2 s; here 45 ms. One waits at the turnstile, then holds it until the database is free; who has just written
must pass it again first.
"""

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from demeure.store.durable import full_disk_named

_POLL = 0.0005


class Turnstile:
    """One thread at a time per object. The kernel releases a killed holder; a stuck one costs others their wait."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    @contextmanager
    def held(self, deadline: float) -> Iterator[None]:
        """Hold the turnstile. Raises TimeoutError once ``time.monotonic()`` is past ``deadline``, DiskFull."""
        if self._descriptor is None:
            with full_disk_named(self._path.name):
                self._descriptor = os.open(self._path, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        descriptor = self._descriptor
        poll_until(lambda: _locked(descriptor), deadline)
        try:
            yield
        finally:
            fcntl.flock(descriptor, fcntl.LOCK_UN)

    def close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def poll_until(attempt: Callable[[], bool], deadline: float) -> None:
    """Try every half millisecond. Raises TimeoutError at ``deadline`` (monotonic seconds)."""
    while not attempt():
        if time.monotonic() >= deadline:
            raise TimeoutError
        time.sleep(_POLL)
