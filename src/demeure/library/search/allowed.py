"""Which spaces are searched for somebody: those they may read, and of them those that may be asked too."""

from collections.abc import Sequence

from demeure.identity import Membership, Place
from demeure.policy import Action, Actor, Resource, Right, decide


def may_read(actor: Actor, space: str, name: str, right: Right) -> bool:
    """May its words be looked for?"""
    return decide(actor, Action.SPACE_READ, Resource("space", space, name=name, space=space, right=right)).allowed


def readable(membership: Membership, actor: Actor, spaces: Sequence[str]) -> list[Place]:
    """Those they may read, of ``spaces`` (ids; empty for all). Blocking."""
    return [
        place
        for place in membership.spaces(actor)
        if (not spaces or place.id in spaces) and may_read(actor, place.id, place.name, place.right)
    ]


def askable(actor: Actor, places: Sequence[Place]) -> list[str]:
    """Ids of those where the assistant would search too: the policy may refuse questions where one may read."""
    about = ((one.id, Resource("spaces", one.id, right=one.right)) for one in places)
    return [space for space, resource in about if decide(actor, Action.ASK, resource).allowed]
