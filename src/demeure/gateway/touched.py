"""The class of a conversation, the highest that it touches, as its page heads it."""

from demeure.errors import DemeureError
from demeure.gateway.visit import Visit
from demeure.policy import in_force


async def classed(came: Visit, conversation: str) -> str:
    """The class of the conversation, as its page heads it; empty when it is gone."""
    try:
        about = await came.house.memory.about(came.actor, conversation)
    except DemeureError:
        return ""
    return came.fragments({"html": "_class.html"}, sensitivity=class_name(came, about.sensitivity))["html"]


def class_name(came: Visit, sensitivity: str) -> str:
    """« Interne »; empty without one."""
    return in_force().policy.sensitivity(sensitivity).name(came.language) if sensitivity else ""
