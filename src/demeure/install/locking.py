"""One at a time: what installs, updates, goes back or removes holds a lock; the kernel drops it with its holder."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from demeure.install.errors import AnotherAtWork, RootWanted
from demeure.install.layout import PROGRAM, Layout

LOCK = ".lock"


@contextmanager
def only_one(layout: Layout) -> Iterator[None]:
    """Nobody else installs, updates or takes off Demeure on this machine meanwhile. Raises RootWanted,
    AnotherAtWork."""
    if layout.whole and os.geteuid() != 0:
        raise RootWanted()
    descriptor = _taken(layout)
    try:
        yield
    finally:
        os.close(descriptor)


def _taken(layout: Layout) -> int:
    place = layout.at(PROGRAM) / LOCK
    while True:
        if not place.parent.is_dir():
            place.parent.mkdir(parents=True, exist_ok=True)
            place.parent.chmod(0o755)  # whatever the mask: the house's user goes through it
        descriptor = os.open(place, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as problem:
            os.close(descriptor)
            raise AnotherAtWork(path=str(place)) from problem
        if place.exists() and os.path.samestat(place.stat(), os.fstat(descriptor)):
            return descriptor
        os.close(descriptor)  # the one before took the program off, and its lock with it
