"""What a machine and a model can do for so many people: catalogue of open models, physical bounds, a simulated day.
Pure: reads nothing but its own data files. docs/sizing.md tells each formula and its source."""

from demeure.sizing.advise import Advice, Pace, Wanted, advised, proposed
from demeure.sizing.calibration import Compared, calibrated, compared, predicted
from demeure.sizing.catalogue import EUROPE, OpenModel, open_model, open_models
from demeure.sizing.day import Request, Served, Told, arrivals, by_hour, simulate, told
from demeure.sizing.facts import Fact
from demeure.sizing.machines import (
    FORMULAS,
    RECORD,
    THIS,
    Machine,
    Price,
    machine,
    machines,
    read_bench,
    this_machine,
)
from demeure.sizing.physics import Shape, memory, prefill, shape, shape_of_file, step
from demeure.sizing.plan import Plan, Targets, planned
from demeure.sizing.profile import Profile, Use, as_toml, changed, profile, shipped
from demeure.sizing.profile import read as read_profile

__all__ = [
    "EUROPE",
    "FORMULAS",
    "RECORD",
    "THIS",
    "Advice",
    "Compared",
    "Fact",
    "Machine",
    "OpenModel",
    "Pace",
    "Plan",
    "Price",
    "Profile",
    "Request",
    "Served",
    "Shape",
    "Targets",
    "Told",
    "Use",
    "Wanted",
    "advised",
    "arrivals",
    "as_toml",
    "by_hour",
    "calibrated",
    "changed",
    "compared",
    "machine",
    "machines",
    "memory",
    "open_model",
    "open_models",
    "planned",
    "predicted",
    "prefill",
    "profile",
    "proposed",
    "read_bench",
    "read_profile",
    "shape",
    "shape_of_file",
    "shipped",
    "simulate",
    "step",
    "this_machine",
    "told",
]
