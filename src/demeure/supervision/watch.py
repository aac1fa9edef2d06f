"""The house's own numbers: events counted as they happen, levels taken every minute, alarms judged on both."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from demeure.clock import Clock
from demeure.supervision.alarms import Alarms, Change
from demeure.supervision.measures import COUNT, MEASURES
from demeure.supervision.rules import RULES, Rule
from demeure.supervision.series import Series


class Supervision:
    """One loop; nothing blocks. Nothing but a number comes in, so nothing but numbers can come out."""

    def __init__(self, clock: Clock, rules: Sequence[Rule] = RULES) -> None:
        self._clock = clock
        self.alarms = Alarms(rules)
        self.series: dict[str, Series] = {name: Series() for name in MEASURES}
        self.totals: dict[str, float] = {name: 0.0 for name, one in MEASURES.items() if one.kind == COUNT}
        self.observed: dict[str, tuple[int, float]] = {}
        self.levels: dict[str, float | None] = {}
        self._counted: dict[str, float] = {}
        self._seen: dict[str, list[float]] = {}

    def count(self, name: str, by: float = 1.0) -> None:
        """``by`` more of a COUNT measure since the last sample."""
        self._counted[name] = self._counted.get(name, 0.0) + by
        self.totals[name] += by

    def observe(self, name: str, value: float) -> None:
        """One value of a LEVEL measure that happens by itself: the wait of one question."""
        self._seen.setdefault(name, []).append(value)
        known, total = self.observed.get(name, (0, 0.0))
        self.observed[name] = (known + 1, total + value)

    def take(self, levels: Mapping[str, float | None]) -> list[Change]:
        """A sample: ``levels`` as they are now (None: could not be read). What begins and ends of alarms."""
        now = self._clock.now()
        told: dict[str, float | None] = dict(levels)
        for name, measure in MEASURES.items():
            if measure.kind == COUNT:
                told[name] = self._counted.get(name, 0.0)
        for name, values in self._seen.items():
            told[name] = sum(values) / len(values)
        for name, value in told.items():
            if value is not None:
                for one in self._seen.get(name) or [value]:
                    self.series[name].add(now, one)
        self._counted, self._seen, self.levels = {}, {}, told
        return self.alarms.look(now, told)

    @property
    def now(self) -> datetime:
        return self._clock.now()

    def as_json(self) -> dict[str, Any]:
        """To be kept over a restart: series and alarms. Counters begin again with each life of the house."""
        return {
            "series": {name: one.as_json() for name, one in self.series.items()},
            "alarms": self.alarms.as_json(),
        }

    def restore(self, told: Mapping[str, Any]) -> None:
        """What ``as_json`` gave; a measure that is no more is left out."""
        kept = told.get("series")
        kept = kept if isinstance(kept, dict) else {}
        for name in self.series:
            self.series[name] = Series.from_json(kept.get(name))
        self.alarms.restore(told.get("alarms"))
