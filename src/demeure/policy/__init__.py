"""The one decision point: allow or deny, with reasons, deny by default. Pure: reads nothing, writes nothing."""

from demeure.policy.decision import (
    DECLARED_DIRECTORY,
    DISK_IN_CLEAR,
    HELD,
    LOWERS,
    NO_SNAPSHOTS,
    PAST_KEEPING,
    RAISES,
    READING_OPEN,
    VISA,
    Action,
    Decision,
    Reason,
    Resource,
)
from demeure.policy.edition import edition
from demeure.policy.entries import Table
from demeure.policy.errors import Denied, PolicyWaits
from demeure.policy.force import Force, amend, in_force, put_in_force, takes_default
from demeure.policy.limits import LIMITS, RULE_PREFIX
from demeure.policy.matrix import MATRIX, NEEDED, OWN_NEEDED, ROLES, Cell, those_with
from demeure.policy.powers import POWERS, READING_ROLES, ROLE_NAMES, powers
from demeure.policy.routes import LEAVING, WEEK, Hours, Leave, Quotas, RouteTerms, leaving
from demeure.policy.rules import ALLOWING, PUBLIC_PAGE, decide, judged
from demeure.policy.scopes import PERSONAL as PERSONAL_SCOPES
from demeure.policy.scopes import SCOPE_NAMES, SCOPES
from demeure.policy.subject import (
    CHARTER,
    SECOND_FACTOR,
    THE_HOUSE,
    VISITOR,
    WINDOW,
    Actor,
    Right,
    Role,
    machine_actor,
    of_machine,
)
from demeure.policy.terms import NO_TERMS, Case, Denial, Keep, Policy, SensitivityClass, Terms
from demeure.policy.text import closed as closed_policy
from demeure.policy.text import default as default_policy
from demeure.policy.text import default_text as default_policy_text
from demeure.policy.text import read as read_policy
from demeure.policy.trying import Explained, Failure, explained, tried
from demeure.policy.words import LEAVE, action_said

__all__ = [
    "ALLOWING",
    "CHARTER",
    "DECLARED_DIRECTORY",
    "DISK_IN_CLEAR",
    "HELD",
    "LEAVE",
    "LEAVING",
    "LIMITS",
    "LOWERS",
    "MATRIX",
    "NEEDED",
    "NO_SNAPSHOTS",
    "NO_TERMS",
    "OWN_NEEDED",
    "PAST_KEEPING",
    "PERSONAL_SCOPES",
    "POWERS",
    "PUBLIC_PAGE",
    "RAISES",
    "READING_OPEN",
    "READING_ROLES",
    "ROLES",
    "ROLE_NAMES",
    "RULE_PREFIX",
    "SCOPES",
    "SCOPE_NAMES",
    "SECOND_FACTOR",
    "THE_HOUSE",
    "VISA",
    "VISITOR",
    "WEEK",
    "WINDOW",
    "Action",
    "Actor",
    "Case",
    "Cell",
    "Decision",
    "Denial",
    "Denied",
    "Explained",
    "Failure",
    "Force",
    "Hours",
    "Keep",
    "Leave",
    "Policy",
    "PolicyWaits",
    "Quotas",
    "Reason",
    "Resource",
    "Right",
    "Role",
    "RouteTerms",
    "SensitivityClass",
    "Table",
    "Terms",
    "action_said",
    "amend",
    "closed_policy",
    "decide",
    "default_policy",
    "default_policy_text",
    "edition",
    "explained",
    "in_force",
    "judged",
    "leaving",
    "machine_actor",
    "of_machine",
    "powers",
    "put_in_force",
    "read_policy",
    "takes_default",
    "those_with",
    "tried",
]
