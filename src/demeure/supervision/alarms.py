"""Alarms over time (pure): each rule waits until it has held long enough, and is over once it has not for long
enough. A value that could not be read changes nothing: unknown is neither good nor bad. What was not seen for
longer than the rule lasts (GAP at least) begins to wait again: nobody knows that it held meanwhile."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from demeure.supervision.rules import RULES, Rule

GAP = timedelta(minutes=5)


@dataclass(frozen=True)
class Alarm:
    """One that is raised. ``value``: the last one on the wrong side."""

    rule: str
    since: datetime
    value: float


@dataclass(frozen=True)
class Change:
    """``raised``: it begins, or is told again; otherwise it is over."""

    alarm: Alarm
    raised: bool
    at: datetime


@dataclass
class _State:
    """``wrong``, ``right``: since when, without a break; ``raised``: since when it is told; ``seen``: when it was
    last known."""

    wrong: datetime | None = None
    right: datetime | None = None
    raised: datetime | None = None
    value: float = 0.0
    seen: datetime | None = None


class Alarms:
    """One house's. A clock that steps back makes what waits wait again, and clears nothing early."""

    def __init__(self, rules: Sequence[Rule] = RULES) -> None:
        self.rules = {rule.id: rule for rule in rules}
        self._states = {rule.id: _State() for rule in rules}

    def look(self, now: datetime, values: Mapping[str, float | None]) -> list[Change]:
        """What begins and what ends, given the last value of each measure."""
        found = []
        for rule in self.rules.values():
            value = values.get(rule.measure)
            change = None if value is None else self._turned(rule, self._states[rule.id], value, now)
            if change is not None:
                found.append(change)
        return found

    def open(self) -> list[Alarm]:
        """Those that are raised, the worst first, then the oldest."""
        raised = [
            Alarm(id_, state.raised, state.value) for id_, state in self._states.items() if state.raised is not None
        ]
        return sorted(raised, key=lambda one: (self.rules[one.rule].tone != "stop", one.since))

    def _turned(self, rule: Rule, state: _State, value: float, now: datetime) -> Change | None:
        if state.seen is not None and now - state.seen > max(GAP, timedelta(minutes=rule.minutes)):
            state.wrong = None
        state.seen = now
        if rule.holds(value):
            rose = rule.again and state.raised is not None and value > state.value
            state.right, state.value = None, value
            state.wrong = min(state.wrong or now, now)
            if state.raised is None and now - state.wrong >= timedelta(minutes=rule.minutes):
                state.raised = now
                return Change(Alarm(rule.id, now, value), True, now)
            return Change(Alarm(rule.id, state.raised, value), True, now) if rose and state.raised else None
        state.wrong = None
        if state.raised is None:
            return None
        state.right = min(state.right or now, now)
        if now - state.right < timedelta(minutes=rule.clear):
            return None
        over = Alarm(rule.id, state.raised, value)
        self._states[rule.id] = _State()
        return Change(over, False, now)

    def as_json(self) -> dict[str, Any]:
        """To be kept: an alarm outlives a restart."""
        return {
            id_: {
                name: one.isoformat() if isinstance(one, datetime) else one for name, one in asdict(state).items()
            }
            for id_, state in self._states.items()
            if state.wrong or state.raised
        }

    def restore(self, told: Any) -> None:
        """What ``as_json`` gave. A rule that is no more, a state that cannot be read, are left out."""
        for id_, row in told.items() if isinstance(told, dict) else ():
            if id_ not in self._states:
                continue
            try:
                wrong, right, raised, seen = (_moment(row.get(n)) for n in ("wrong", "right", "raised", "seen"))
                self._states[id_] = _State(wrong, right, raised, float(row["value"]), seen)
            except (AttributeError, TypeError, KeyError, ValueError):
                continue


def _moment(said: str | None) -> datetime | None:
    return datetime.fromisoformat(said) if said else None
