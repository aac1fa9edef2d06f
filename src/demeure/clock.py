"""Time, behind a port: every deadline, lease and entry asks a Clock, so tests can own it."""

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Wall time for people, monotonic time for durations. Both may be called from any thread."""

    def now(self) -> datetime:
        """Aware UTC time, microsecond resolution. May step backwards (the host's clock may)."""
        ...

    def monotonic(self) -> float:
        """Seconds, never steps backwards, meaningless across boots."""
        ...


class SystemClock:
    """The host's clocks."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()


def iso(moment: datetime) -> str:
    """``2026-11-24T09:30:00.000000Z``: sortable, always UTC, always the same width."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")[:26] + "Z"
