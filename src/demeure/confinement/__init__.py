"""Kernel walls around every process of the house: who may do what (profiles), the box, and facts read back from
/proc."""

from demeure.confinement.box import Enforced, box, exec_only, ladder
from demeure.confinement.errors import BoxIncomplete, BoxLeaks, NotConfined
from demeure.confinement.facts import Difference, Facts, Gone, House, differences, expected_layers
from demeure.confinement.jobs import JobLimits, address_space, seal_job, tighten_job
from demeure.confinement.landlock import Lists
from demeure.confinement.probing import Ground, expected_ladder, probe
from demeure.confinement.profiles import (
    AIRLOCK,
    AIRLOCK_CLOCK,
    AIRLOCK_DOOR,
    ANTIVIRUS,
    BUILDERS,
    LAUNCHER,
    LAYERS,
    LOG_KEEPER,
    PROFILES,
    READER,
    SUPERVISOR,
    Profile,
)
from demeure.confinement.refused import Board, Refused, summed

__all__ = [
    "AIRLOCK",
    "AIRLOCK_CLOCK",
    "AIRLOCK_DOOR",
    "ANTIVIRUS",
    "BUILDERS",
    "LAUNCHER",
    "LAYERS",
    "LOG_KEEPER",
    "PROFILES",
    "READER",
    "SUPERVISOR",
    "Board",
    "BoxIncomplete",
    "BoxLeaks",
    "Difference",
    "Enforced",
    "Facts",
    "Gone",
    "Ground",
    "House",
    "JobLimits",
    "Lists",
    "NotConfined",
    "Profile",
    "Refused",
    "address_space",
    "box",
    "differences",
    "exec_only",
    "expected_ladder",
    "expected_layers",
    "ladder",
    "probe",
    "seal_job",
    "summed",
    "tighten_job",
]
