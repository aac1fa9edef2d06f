"""Supervision: what the house measures of itself (numbers only, never a content or a name), what it keeps of
it, and when it raises an alarm. Nothing here reads the machine or sends anything: values are given, changes are
returned."""

from demeure.supervision.alarms import Alarm, Alarms, Change
from demeure.supervision.forecast import FAR, days_until_full
from demeure.supervision.keeping import ALERTS, FOLDER, Kept, open_alarms, silent_since
from demeure.supervision.measures import COUNT, LEVEL, MEASURES, Measure
from demeure.supervision.metrics import exposition
from demeure.supervision.plots import Plot, drawn
from demeure.supervision.rules import RULES, STOP, WARN, Rule, read_rules
from demeure.supervision.series import DAY, MONTH, Bucket, Series
from demeure.supervision.steady import REST, Steady, resting
from demeure.supervision.watch import Supervision

__all__ = [
    "ALERTS",
    "COUNT",
    "DAY",
    "FAR",
    "FOLDER",
    "LEVEL",
    "MEASURES",
    "MONTH",
    "REST",
    "RULES",
    "STOP",
    "WARN",
    "Alarm",
    "Alarms",
    "Bucket",
    "Change",
    "Kept",
    "Measure",
    "Plot",
    "Rule",
    "Series",
    "Steady",
    "Supervision",
    "days_until_full",
    "drawn",
    "exposition",
    "open_alarms",
    "read_rules",
    "resting",
    "silent_since",
]
