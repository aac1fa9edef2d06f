"""People, their sessions, and their rights in each space."""

from demeure.identity.errors import LinkExpired, LinkUnknown, LinkUsed, LoginTaken, PersonUnknown, SpaceUnknown
from demeure.identity.membership import Membership, Place, grant_in
from demeure.identity.people import SIGN_IN, People, Person, Session

__all__ = [
    "SIGN_IN",
    "LinkExpired",
    "LinkUnknown",
    "LinkUsed",
    "LoginTaken",
    "Membership",
    "People",
    "Person",
    "PersonUnknown",
    "Place",
    "Session",
    "SpaceUnknown",
    "grant_in",
]
