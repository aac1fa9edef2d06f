"""Whose twins there are: every role, each kind of job, the reader, and the airlock's while a route is open."""

from collections.abc import Iterable, Mapping

from demeure.airlock import NTP
from demeure.confinement import AIRLOCK, AIRLOCK_CLOCK, AIRLOCK_DOOR, PROFILES, READER, Profile
from demeure.workshop.jobs import OPERATIONS

JOBS = tuple(f"workshop:{kind}" for kind in OPERATIONS)
OF_ROUTES = (AIRLOCK.role, AIRLOCK_DOOR.role, AIRLOCK_CLOCK.role)
APART: Mapping[str, Profile] = {one.role: one for one in (READER, AIRLOCK, AIRLOCK_DOOR, AIRLOCK_CLOCK)}
"""Rows of who is born beside the supervisor, not of it."""


def roles_of(profiles: Mapping[str, Profile] = PROFILES, kinds: Iterable[str] = ()) -> tuple[str, ...]:
    """Every live role and each kind of job. ``kinds``: of the open routes: the airlock lives for them."""
    reader = [READER.role] if any(READER.role in profile.peers for profile in profiles.values()) else []
    opened = set(kinds)
    airlock = OF_ROUTES if NTP in opened else OF_ROUTES[:2] if opened else ()
    return (*profiles, *(JOBS if "workshop" in profiles else ()), *reader, *airlock)


def profile_of(role: str) -> Profile:
    """The row of a role, or of a kind of job."""
    return APART[role] if role in APART else PROFILES[role.partition(":")[0]]
