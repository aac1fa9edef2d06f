"""Who may do what in which space: the rights that policy decides with."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, delete, literal, select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.exc import IntegrityError

from demeure.identity.errors import SpaceUnknown
from demeure.policy import Actor, Right
from demeure.store import Database
from demeure.store.tables import members, spaces


@dataclass(frozen=True)
class Place:
    """A space an actor may see, and their right there."""

    id: str
    name: str
    right: Right


class Membership:
    """Reads are always fresh: a right withdrawn is gone at the next question."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def spaces(self, actor: Actor) -> list[Place]:
        """The spaces ``actor`` may see, by name; those being erased are not among them.

        The machine's administrator sees them all with the right to manage (see the rule of that name in policy).
        """
        query = select(spaces.c.id, spaces.c.name).where(spaces.c.deleting.is_(False)).order_by(spaces.c.name)
        if actor.kind == "system" and actor.administers:
            query = query.add_columns(literal(Right.MANAGE.label).label("right"))
        elif actor.kind == "person":
            mine = members.c.person == actor.id
            query = query.add_columns(members.c.right).join_from(spaces, members).where(mine)
        else:
            return []
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        return [Place(row.id, row.name, Right.named(row.right)) for row in rows]

    def right(self, actor: Actor, space: str) -> Right:
        """``Right.NONE`` also for a space that does not exist: what is not visible does not exist."""
        return self.lowest(actor, [space])

    def lowest(self, actor: Actor, wanted: Iterable[str]) -> Right:
        """The right of a question over several spaces: the lowest one; ``Right.NONE`` over no space."""
        mine = {place.id: place.right for place in self.spaces(actor)}
        return min((mine.get(space, Right.NONE) for space in wanted), default=Right.NONE)

    def grant(self, space: str, person: str, right: Right) -> None:
        """Give ``person`` this right in ``space``, in place of the one they had; ``Right.NONE`` withdraws it.

        Raises SpaceUnknown (no such space, or no such person).
        """
        with self._database.write() as connection:
            grant_in(connection, space, person, right)


def grant_in(connection: Connection, space: str, person: str, right: Right) -> None:
    """``Membership.grant`` inside a transaction: a space and its first manager are made together or not at all."""
    if right is Right.NONE:
        connection.execute(delete(members).where(members.c.space == space, members.c.person == person))
        return
    statement = insert(members).values(space=space, person=person, right=right.label)
    try:
        connection.execute(
            statement.on_conflict_do_update(["space", "person"], set_={"right": statement.excluded.right})
        )
    except IntegrityError as problem:
        raise SpaceUnknown(space=space) from problem
