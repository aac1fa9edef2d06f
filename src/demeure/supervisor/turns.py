"""What the launcher looks at from time to time, however much else it hears."""

import time
from collections.abc import Callable

Look = Callable[[], None]
TURN_SECONDS = 1.0
"""Between two calls of what the caller of the launcher asked for."""


class Turns:
    """Pairs of (seconds between two looks, the look; None: nothing)."""

    def __init__(self, *looks: tuple[float, Look | None]) -> None:
        now = time.monotonic()
        self._looks = [(seconds, look) for seconds, look in looks if look is not None]
        self._due = [now + seconds for seconds, _ in self._looks]

    def take(self, deadline: float | None) -> float | None:
        """Those whose time has come; then the seconds until the next, or until ``deadline`` (monotonic). None:
        nothing is to come."""
        for at, (seconds, look) in enumerate(self._looks):
            if time.monotonic() >= self._due[at]:
                look()
                self._due[at] = time.monotonic() + seconds
        moments = [*self._due, *([] if deadline is None else [deadline])]
        return max(0.0, min(moments) - time.monotonic()) if moments else None
