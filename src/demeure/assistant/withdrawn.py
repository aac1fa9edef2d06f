"""What an old conversation still shows once a right was withdrawn: nothing that came from a space one can no
longer read. Rights are asked afresh each time; what is hidden stays kept, and is seen again with the right.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from demeure.identity import Place
from demeure.policy import Action, Actor, Resource, decide


class Spaces(Protocol):
    """What identity's Membership tells. Blocks: called in a thread."""

    def spaces(self, actor: Actor) -> list[Place]: ...


def readable(rights: Spaces, actor: Actor) -> frozenset[str]:
    """Ids of the spaces that the actor may read now."""
    return frozenset(
        place.id
        for place in rights.spaces(actor)
        if decide(
            actor,
            Action.SPACE_READ,
            Resource("space", place.id, name=place.name, space=place.id, right=place.right),
        ).allowed
    )


def hidden(rows: Iterable[Mapping[str, Any]], spaces: frozenset[str]) -> set[int]:
    """Ids of the answers that may not be shown, of one conversation's messages in order (``id``, ``sources``,
    ``details``): the model was given a passage of a space outside ``spaces``, or read such an answer before."""
    found: set[int] = set()
    for row in rows:
        foreign = any(source["space"] not in spaces for source in row["sources"] or ())
        if foreign or (found and (row["details"] or {}).get("searched")):
            found.add(row["id"])
    return found
