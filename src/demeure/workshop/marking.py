"""Personal data counted while a document is read: how many different values of each kind, and none of them kept.

A count that could not be made is None, which everything after this takes for « not examined », never for « none ».
"""

import time
from collections import Counter

from demeure.logs import surprise
from demeure.personal import examine

SHARE = 0.25
"""Of a job's time, the most that the examination takes; beyond it the document is not examined."""


class Marks:
    """What one job found. ``seconds``: what the whole job may take; ``wanted``: False looks at nothing, and says
    so."""

    def __init__(self, seconds: float, *, wanted: bool = True) -> None:
        self._left = SHARE * seconds
        self._values: set[tuple[str, str]] = set()
        self._failed = not wanted

    def look(self, text: str) -> None:
        """Counts what ``text`` holds. Never raises: a failure is what ``told`` says."""
        if self._failed or not text:
            return
        begun = time.monotonic()
        try:
            self._values |= {(one.kind, one.value) for one in examine(text)}
        except Exception as problem:  # noqa: BLE001 - a surprise leaves the document unexamined, and read
            self._failed = True
            surprise("personal data", problem)
        self._left -= time.monotonic() - begun
        self._failed = self._failed or self._left < 0

    def told(self) -> dict[str, int] | None:
        """Kind → how many different values; None when not everything was looked at."""
        return None if self._failed else dict(Counter(kind for kind, _ in sorted(self._values)))
