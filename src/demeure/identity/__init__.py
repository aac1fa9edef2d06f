"""People, how they come in, and their rights in each space."""

from demeure.identity.errors import (
    GroupNameTaken,
    GroupUnknown,
    HashingBusy,
    LastAdministrator,
    LastReferent,
    LinkExpired,
    LinkUnknown,
    LinkUsed,
    LoginInvalid,
    LoginTaken,
    NameUnusable,
    OwnDoor,
    PasswordWrong,
    PersonUnknown,
    RightUnknown,
    RoleUnknown,
    SignInLocked,
    SignInRefused,
    SpaceUnknown,
)
from demeure.identity.groups import Group, Groups
from demeure.identity.lockout import Lockout, Try
from demeure.identity.membership import Member, Membership, Place, grant_in
from demeure.identity.password_rule import LEAST_SIGNS, check_password
from demeure.identity.passwords import PARAMETERS, Argon2, HashingQueue, Parameters
from demeure.identity.people import SIGN_IN, Chosen, Invitation, People
from demeure.identity.person import Person, clean_login, clean_name, plain_login
from demeure.identity.sessions import OpenSession, Session, Sessions

__all__ = [
    "LEAST_SIGNS",
    "PARAMETERS",
    "SIGN_IN",
    "Argon2",
    "Chosen",
    "Group",
    "GroupNameTaken",
    "GroupUnknown",
    "Groups",
    "HashingBusy",
    "HashingQueue",
    "Invitation",
    "LastAdministrator",
    "LastReferent",
    "LinkExpired",
    "LinkUnknown",
    "LinkUsed",
    "Lockout",
    "LoginInvalid",
    "LoginTaken",
    "Member",
    "Membership",
    "NameUnusable",
    "OpenSession",
    "OwnDoor",
    "Parameters",
    "PasswordWrong",
    "People",
    "Person",
    "PersonUnknown",
    "Place",
    "RightUnknown",
    "RoleUnknown",
    "Session",
    "Sessions",
    "SignInLocked",
    "SignInRefused",
    "SpaceUnknown",
    "Try",
    "check_password",
    "clean_login",
    "clean_name",
    "grant_in",
    "plain_login",
]
