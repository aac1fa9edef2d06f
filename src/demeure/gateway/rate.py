"""How often something may be tried: a few attempts per address and per house, then a wait."""

from collections import deque

from demeure.clock import Clock

_FORGET_ABOVE = 10_000  # addresses remembered; beyond, the oldest go and the house-wide limit still holds


class Attempts:
    """``limit`` tries per address and ``house_limit`` in all, each over ``window`` seconds. One loop, no thread."""

    def __init__(self, clock: Clock, *, limit: int = 10, house_limit: int = 100, window: float = 60.0) -> None:
        self._clock, self._limit, self._house_limit, self._window = clock, limit, house_limit, window
        self._tries: dict[str, deque[float]] = {}
        self._all: deque[float] = deque()

    def wait(self, address: str) -> int:
        """Count one try; 0 when it may go on, else the seconds to wait (the try is then not counted)."""
        now = self._clock.monotonic()
        tries = self._tries.setdefault(address, deque())
        for kept, limit in ((tries, self._limit), (self._all, self._house_limit)):
            while kept and kept[0] <= now - self._window:
                kept.popleft()
            if len(kept) >= limit:
                return max(1, int(kept[0] + self._window - now) + 1)
        tries.append(now)
        self._all.append(now)
        while len(self._tries) > _FORGET_ABOVE:
            self._tries.pop(next(iter(self._tries)))
        return 0
