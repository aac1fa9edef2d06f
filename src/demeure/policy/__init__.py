"""The one decision point: allow or deny, with reasons, deny by default. Pure: reads nothing, writes nothing."""

from demeure.policy.decision import DISK_IN_CLEAR, NO_SNAPSHOTS, Action, Decision, Reason, Resource
from demeure.policy.edition import edition
from demeure.policy.errors import Denied
from demeure.policy.matrix import MATRIX, NEEDED, OWN_NEEDED, ROLES, Cell, those_with
from demeure.policy.powers import POWERS, ROLE_NAMES, powers
from demeure.policy.rules import PUBLIC_PAGE, decide
from demeure.policy.scopes import PERSONAL as PERSONAL_SCOPES
from demeure.policy.scopes import SCOPE_NAMES, SCOPES
from demeure.policy.subject import THE_HOUSE, VISITOR, Actor, Right, Role, machine_actor

__all__ = [
    "DISK_IN_CLEAR",
    "MATRIX",
    "NEEDED",
    "NO_SNAPSHOTS",
    "OWN_NEEDED",
    "PERSONAL_SCOPES",
    "POWERS",
    "PUBLIC_PAGE",
    "ROLES",
    "ROLE_NAMES",
    "SCOPES",
    "SCOPE_NAMES",
    "THE_HOUSE",
    "VISITOR",
    "Action",
    "Actor",
    "Cell",
    "Decision",
    "Denied",
    "Reason",
    "Resource",
    "Right",
    "Role",
    "decide",
    "edition",
    "machine_actor",
    "powers",
    "those_with",
]
