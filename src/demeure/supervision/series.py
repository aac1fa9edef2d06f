"""A measure over time, bounded: five minutes by five minutes for a day, two hours by two hours for thirty days.

Pure. A bucket keeps how many values it holds, their sum, the lowest, the highest and the last, so that what is
down-sampled loses neither a peak nor a total.
"""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Span:
    """``step``: seconds of a bucket; ``length``: buckets kept."""

    name: str
    step: int
    length: int


DAY, MONTH = Span("day", 300, 288), Span("month", 7200, 360)


@dataclass
class Bucket:
    """``slot``: seconds since 1970 divided by the step."""

    slot: int
    count: int
    total: float
    low: float
    high: float
    last: float

    @property
    def mean(self) -> float:
        return self.total / self.count if self.count else 0.0

    def add(self, value: float) -> None:
        """One more value."""
        self.count, self.total, self.last = self.count + 1, self.total + value, value
        self.low, self.high = min(self.low, value), max(self.high, value)


class Series:
    """Values come at the moment of the clock. One from the step before the last value's counts with it. Buckets
    later than the last value stay: the clock was ahead when they were measured, or is behind now and comes back to
    them. As many as a span holds stay on either side."""

    def __init__(self) -> None:
        self._rings: dict[Span, list[Bucket]] = {DAY: [], MONTH: []}
        self._at: dict[Span, int] = {}
        """Slot of the last value."""

    def add(self, at: datetime, value: float) -> None:
        """``value`` at that moment."""
        for span, ring in self._rings.items():
            slot = int(at.timestamp()) // span.step
            slot += slot + 1 == self._at.get(span)
            place = bisect_left(ring, slot, key=_slot)
            if place < len(ring) and ring[place].slot == slot:
                ring[place].add(value)
            else:
                ring.insert(place, Bucket(slot, 1, value, value, value, value))
            self._now(span, slot)

    def _now(self, span: Span, slot: int) -> None:
        self._at[span], ring = slot, self._rings[span]
        after = bisect_left(ring, slot + 1, key=_slot)
        ring[:] = ring[max(0, after - span.length) : after + span.length]

    def buckets(self, span: Span, now: datetime) -> Iterator[Bucket | None]:
        """``span.length`` of them, oldest first, the last holds ``now``; None where nothing was measured."""
        known = {one.slot: one for one in self._rings[span]}
        end = int(now.timestamp()) // span.step
        for slot in range(end - span.length + 1, end + 1):
            yield known.get(slot)

    @property
    def last(self) -> float | None:
        """The newest value."""
        ring = self._until(DAY) or self._until(MONTH)
        return ring[-1].last if ring else None

    def points(self, span: Span) -> list[tuple[float, float]]:
        """(middle of the bucket in seconds since 1970, its last value), oldest first; none is older than the span,
        counted from the last value, nor later than it."""
        ring = self._until(span)
        begin = ring[-1].slot - span.length if ring else 0
        return [((one.slot + 0.5) * span.step, one.last) for one in ring if one.slot > begin]

    def _until(self, span: Span) -> list[Bucket]:
        """Its buckets but those later than the last value."""
        at = self._at.get(span)
        return [one for one in self._rings[span] if at is not None and one.slot <= at]

    def as_json(self) -> dict[str, Any]:
        """To be kept."""
        rings: dict[str, Any] = {
            span.name: [[b.slot, b.count, b.total, b.low, b.high, b.last] for b in ring]
            for span, ring in self._rings.items()
        }
        return rings | {"at": {span.name: slot for span, slot in self._at.items()}}

    @classmethod
    def from_json(cls, told: Any) -> "Series":
        """What ``as_json`` gave; what is not of that shape is left out."""
        made = cls()
        slots = told.get("at") if isinstance(told, dict) else None
        for span, ring in made._rings.items():
            rows = told.get(span.name) if isinstance(told, dict) else None
            for row in rows if isinstance(rows, list) else ():
                if isinstance(row, list) and len(row) == 6 and all(isinstance(one, int | float) for one in row):
                    ring.append(Bucket(int(row[0]), int(row[1]), *map(float, row[2:])))
            ring.sort(key=_slot)
            at = slots.get(span.name) if isinstance(slots, dict) else None
            if ring:  # before slots were kept, the last bucket held the last value
                made._now(span, at if at in [one.slot for one in ring] else ring[-1].slot)
        return made


def _slot(bucket: Bucket) -> int:
    return bucket.slot
