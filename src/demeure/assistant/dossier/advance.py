"""How far chosen documents are read for one question: told while it is waited for, as the engine says it."""

import time
from collections.abc import Callable
from typing import Any

from demeure.engine import Progress

ENOUGH = 200  # tokens read before a pace is believed: the first batch is often slower
LEAST = 1.0  # seconds read before a pace is believed
KEPT = 0.9  # share of a prompt that a place held already, from which there is nothing to wait for


class Advance:
    """One question's. ``seen``: (hundredths read, seconds left at the pace of this very reading, None until it is
    known); None: nothing to wait for, or nothing known. ``clock``: monotonic seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.seen: tuple[int, float | None] | None = None
        self._clock, self._tokens, self._spared = clock, 0, 0
        self._began: tuple[int, float] | None = None
        self._read, self._seconds = 0, 0.0

    def tell(self, read: Progress) -> None:
        """The engine says so. Less than before: what was read is lost, and read again."""
        if read.spared >= KEPT * read.total:
            if self._began is None:
                self._tokens, self._spared = read.total, read.spared
            return
        now = self._clock()
        if self._began is None or read.done < self._began[0] + self._read:
            self._began, self._seconds = (read.done, now), 0.0
        self._tokens, self._spared = read.total, read.spared
        since, began = self._began
        self._read, self._seconds = read.done - since, now - began
        left = None
        if self._read >= ENOUGH and self._seconds >= LEAST:
            left = (read.total - read.done) * self._seconds / self._read
        self.seen = min(99, 100 * read.done // max(1, read.total)), left

    def told(self) -> dict[str, Any]:
        """For what is kept with the answer: ``tokens`` of the prompt, those ``spared`` by what was kept ready, and
        the ``seconds`` read. Empty: the engine said nothing."""
        if not self._tokens:
            return {}
        return {"tokens": self._tokens, "spared": self._spared, "seconds": round(self._seconds, 1)}
