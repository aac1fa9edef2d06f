"""Backups: an instant of the house, encrypted to recovery keys on paper, kept elsewhere, restored, drilled.

What making and restoring need is imported from its module by whoever does it; pages need the standing alone.
"""

from demeure.backup.moments import behind, last_moment, older
from demeure.backup.pages_kept import OWN, PAPER
from demeure.backup.standing import (
    GOOD,
    LATE,
    NEVER,
    UNDECLARED,
    Drill,
    Last,
    Made,
    PlaceStanding,
    Standing,
    ahead,
    nothing_declared,
    stand,
)

__all__ = [
    "GOOD",
    "LATE",
    "NEVER",
    "OWN",
    "PAPER",
    "UNDECLARED",
    "Drill",
    "Last",
    "Made",
    "PlaceStanding",
    "Standing",
    "ahead",
    "behind",
    "last_moment",
    "nothing_declared",
    "older",
    "stand",
]
