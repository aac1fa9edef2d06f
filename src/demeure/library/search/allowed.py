"""Which spaces are searched for somebody: those they may read, and of them those that may be asked too. Pure."""

from collections.abc import Sequence

from demeure.identity import Place
from demeure.policy import Action, Actor, Resource, Right, decide


def may_read(actor: Actor, space: str, name: str, right: Right) -> bool:
    """May its words be looked for?"""
    return decide(actor, Action.SPACE_READ, Resource("space", space, name=name, space=space, right=right)).allowed


def askable(actor: Actor, places: Sequence[Place]) -> list[str]:
    """Ids of those where the assistant would search too: the policy may refuse questions where one may read."""
    about = ((one.id, Resource("spaces", one.id, right=one.right)) for one in places)
    return [space for space, resource in about if decide(actor, Action.ASK, resource).allowed]
