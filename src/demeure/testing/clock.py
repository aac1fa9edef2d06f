"""A clock that moves only when told."""

from datetime import UTC, datetime, timedelta


class StillClock:
    """Both clocks together; starts on 24 November 2026 at 9.30 UTC."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment

    def monotonic(self) -> float:
        return self.moment.timestamp()

    def forward(self, **duration: float) -> None:
        """``timedelta``'s own words: ``minutes=3``."""
        self.moment += timedelta(**duration)
