"""When to raise an alarm, as data: ``rules.toml``, read once. A rule names one measure and says how long it
holds."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from demeure.supervision.measures import MEASURES

WARN, STOP = "warn", "stop"


@dataclass(frozen=True)
class Rule:
    """Raised when ``measure`` is over ``over``, or under ``under``, for ``minutes`` without a break; cleared
    after ``clear`` minutes on the good side. ``fr``, ``en``: what is wrong, with ``{value}``; ``do_fr``,
    ``do_en``: what to do. ``again``: a count, each rise of which is told, though it is raised already."""

    id: str
    measure: str
    tone: str
    fr: str
    en: str
    do_fr: str
    do_en: str
    over: float | None = None
    under: float | None = None
    minutes: float = 0.0
    clear: float = 5.0
    again: bool = False

    def holds(self, value: float) -> bool:
        """Is ``value`` on the wrong side?"""
        return (self.over is not None and value > self.over) or (self.under is not None and value < self.under)


def read_rules(text: str) -> tuple[Rule, ...]:
    """Raises ValueError where a rule is not one."""
    found = tuple(_rule(told) for told in tomllib.loads(text).get("rule", ()))
    if len({rule.id for rule in found}) != len(found):
        raise ValueError("two rules of one name")
    return found


def _rule(told: Mapping[str, Any]) -> Rule:
    rule = Rule(**told)
    if rule.measure not in MEASURES or rule.tone not in (WARN, STOP) or (rule.over is None) == (rule.under is None):
        raise ValueError(rule.id)
    return rule


RULES = read_rules((Path(__file__).parent / "rules.toml").read_text(encoding="utf-8"))
