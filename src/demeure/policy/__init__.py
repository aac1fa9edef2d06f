"""The one decision point: allow or deny, with reasons, deny by default. Pure: reads nothing, writes nothing."""

from demeure.policy.decision import Action, Decision, Reason, Resource
from demeure.policy.errors import Denied
from demeure.policy.rules import PUBLIC_PAGE, decide
from demeure.policy.subject import VISITOR, Actor, Right, Role, machine_actor

__all__ = [
    "PUBLIC_PAGE",
    "VISITOR",
    "Action",
    "Actor",
    "Decision",
    "Denied",
    "Reason",
    "Resource",
    "Right",
    "Role",
    "decide",
    "machine_actor",
]
