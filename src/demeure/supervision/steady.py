"""Whether the machine's clock may be believed by what destroys for good. A clock that jumps forward, or a house
that was shut for long, would have all that is past its keeping destroyed within seconds of its opening: there is a
day to see it.

``supervision/destroying.json``: when the house last looked for what is past its keeping, and how long it still
waits. Numbers only.
"""

import contextlib
import json
import threading
from datetime import datetime, timedelta
from pathlib import Path

from demeure.clock import Clock, iso
from demeure.store.durable import write_new
from demeure.store.errors import DiskFull
from demeure.supervision.keeping import FOLDER

SHUT = timedelta(days=7)
"""Between two looks, more than which may be a clock that jumped."""
REST = 86_400.0
"""Seconds of an open house for which nothing is destroyed then."""
_FILE = "destroying.json"


class Steady:
    """Of one instance; any thread may ask. Everything blocks."""

    def __init__(self, instance: Path, clock: Clock) -> None:
        self._path, self._clock, self._lock = instance / FOLDER / _FILE, clock, threading.Lock()
        self._looked: float | None = None

    def rests(self) -> float:
        """Seconds for which nothing is destroyed yet; 0: go on. The moment is kept for the next look. A full disk
        keeps the former one: what is destroyed makes room."""
        with self._lock:
            now, mono = self._clock.now(), self._clock.monotonic()
            before, owed = _read(self._path)
            owed = max(0.0, owed - (mono - self._looked if self._looked is not None else 0.0))
            if before is not None and now - before > SHUT:
                owed = REST
            self._looked = mono
            with contextlib.suppress(DiskFull):
                write_new(self._path, json.dumps({"at": iso(now), "owed": round(owed)}).encode(), 0o600)
            return owed


def resting(instance: Path) -> float:
    """Seconds of an open house for which nothing of ``instance`` is destroyed, as was last kept."""
    return _read(instance / FOLDER / _FILE)[1]


def _read(path: Path) -> tuple[datetime | None, float]:
    """(moment of the last look, seconds still owed); nothing, when it never looked or cannot be read."""
    try:
        told = json.loads(path.read_bytes())
        return datetime.fromisoformat(told["at"]), float(told["owed"])
    except (OSError, ValueError, KeyError, TypeError):
        return None, 0.0
