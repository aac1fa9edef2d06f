"""When the disk will be full, from how it filled (pure): the least-squares line over what is kept."""

from collections.abc import Sequence

LEAST_SECONDS = 86400.0
"""Less than a day says nothing about a month."""
FAR = 3650.0
"""Days: what does not fill is full no earlier."""


def days_until_full(points: Sequence[tuple[float, float]], size: float) -> float | None:
    """``points``: (seconds, bytes used), oldest first; ``size``: bytes of the disk. None: too short a time.
    Measured from the last point, on the slope of all; FAR at most, and where it does not fill."""
    if len(points) < 3 or points[-1][0] - points[0][0] < LEAST_SECONDS or size <= 0:
        return None
    middle = sum(at for at, _ in points) / len(points)
    level = sum(used for _, used in points) / len(points)
    spread = sum((at - middle) ** 2 for at, _ in points)
    slope = sum((at - middle) * (used - level) for at, used in points) / spread
    if slope <= 0:
        return FAR
    return min(max(0.0, (size - points[-1][1]) / slope / 86400), FAR)
