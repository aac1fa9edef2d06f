"""Documents called by their name at the control door."""

from collections.abc import Sequence

from demeure.gateway.errors import DocumentNameShared
from demeure.gateway.house import House
from demeure.library import DocumentUnknown
from demeure.policy import Actor


async def named_documents(house: House, actor: Actor, spaces: Sequence[str], wanted: Sequence[str]) -> list[str]:
    """Ids of the documents called by id, or by name in ``spaces``: of those with the same name in one space the
    newest. Raises DocumentUnknown, DocumentNameShared."""
    if not wanted:
        return []
    rows = [row for space in spaces for row in await house.shelves.documents(actor, space)]
    ids = {row.id for row in rows}
    found = []
    for word in wanted:
        same = [row for row in rows if row.name.casefold() == word.casefold()]
        if word not in ids and not same:
            raise DocumentUnknown()
        if word not in ids and len({row.space for row in same}) > 1:
            raise DocumentNameShared(name=word)
        found.append(word if word in ids else same[0].id)
    return found
