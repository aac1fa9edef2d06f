"""What another program tries to reach, seen by strace: nothing is stopped, nothing is resolved, nothing is sent."""

from demeure.proof.egress.errors import (
    CommandAbsent,
    CommandNotExecutable,
    CommandPrivileged,
    StraceMissing,
    StraceRefused,
)
from demeure.proof.egress.report import ATTEMPTS, NOTHING, UNCLEAR, Report
from demeure.proof.egress.watch import Watched, resolved, watch

__all__ = [
    "ATTEMPTS",
    "NOTHING",
    "UNCLEAR",
    "CommandAbsent",
    "CommandNotExecutable",
    "CommandPrivileged",
    "Report",
    "StraceMissing",
    "StraceRefused",
    "Watched",
    "resolved",
    "watch",
]
