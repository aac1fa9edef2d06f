"""Whose twins there are: every role, each kind of job, the reader, and the airlock's two while a route is open."""

from collections.abc import Mapping

from demeure.confinement import AIRLOCK, AIRLOCK_DOOR, PROFILES, READER, Profile
from demeure.workshop.jobs import OPERATIONS

JOBS = tuple(f"workshop:{kind}" for kind in OPERATIONS)
OF_ROUTES = (AIRLOCK.role, AIRLOCK_DOOR.role)
APART: Mapping[str, Profile] = {profile.role: profile for profile in (READER, AIRLOCK, AIRLOCK_DOOR)}
"""Rows of who is born beside the supervisor, not of it."""


def roles_of(profiles: Mapping[str, Profile] = PROFILES, *, routes: bool = False) -> tuple[str, ...]:
    """Every live role and each kind of job. ``routes``: one is open, so that the airlock lives."""
    reader = [READER.role] if any(READER.role in profile.peers for profile in profiles.values()) else []
    return (*profiles, *(JOBS if "workshop" in profiles else ()), *reader, *(OF_ROUTES if routes else ()))


def profile_of(role: str) -> Profile:
    """The row of a role, or of a kind of job."""
    return APART[role] if role in APART else PROFILES[role.partition(":")[0]]
