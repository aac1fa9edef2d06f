"""What an old conversation still shows once a right was withdrawn: nothing that came from a space one can no
longer read, nor from a document whose class has risen above what one may read. Rights are asked afresh each time;
what is hidden stays kept, and is seen again with the right.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import sqlalchemy as sa

from demeure.identity import Place
from demeure.library import Cards
from demeure.library import hidden as hidden_documents
from demeure.policy import Action, Actor, Resource, decide
from demeure.store import Database
from demeure.store.tables import spaces as all_spaces


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


@dataclass(frozen=True)
class Sight:
    """What somebody may read now: all of ``spaces`` but the documents ``away``. ``there``: every space that there
    is, whoever reads it; None: not asked."""

    spaces: frozenset[str]
    away: frozenset[str] = frozenset()
    there: frozenset[str] | None = None

    def reaches(self, space: str, document: str) -> bool:
        return space in self.spaces and document not in self.away

    def erased(self, space: str) -> bool:
        """No right will open it again."""
        return self.there is not None and space not in self.there


def sight(house: Database, rights: Spaces, actor: Actor) -> Sight:
    """Of the actor, at this moment. Blocks."""
    spaces = readable(rights, actor)
    held = {place.id: place.right for place in rights.spaces(actor) if place.id in spaces}
    with house.read() as db:
        there = frozenset(db.scalars(sa.select(all_spaces.c.id).where(all_spaces.c.deleting.is_(False))))
    return Sight(spaces, frozenset(hidden_documents(Cards(house), actor, held)), there)


def hidden(rows: Iterable[Mapping[str, Any]], seen: Sight) -> set[int]:
    """Ids of the answers that may not be shown, of one conversation's messages in order (``id``, ``sources``,
    ``details``): the model was given a passage out of sight, or read such an answer before."""
    found: set[int] = set()
    for row in rows:
        foreign = any(
            not seen.reaches(source["space"], str(source.get("document_id", ""))) for source in row["sources"] or ()
        )
        if foreign or (found and (row["details"] or {}).get("searched")):
            found.add(row["id"])
    return found
