"""Spaces that cannot be opened, their key or their database being damaged: the others answer, and what is left out
is said with the reason."""

from collections.abc import Callable, Mapping, Sequence

from demeure.errors import DemeureError
from demeure.library.errors import SpaceShut
from demeure.library.rooms import Rooms
from demeure.store import (
    DatabaseCorrupt,
    DatabaseKeyWrong,
    DatabaseMissing,
    DatabaseNewer,
    DatabaseUnreachable,
    KeyCorrupt,
    KeyMissing,
    SealUnknown,
)

DAMAGED = (
    *(KeyMissing, KeyCorrupt, SealUnknown),
    *(DatabaseMissing, DatabaseKeyWrong, DatabaseCorrupt, DatabaseNewer, DatabaseUnreachable),
)
"""What one space alone can meet; a full or busy disk is everybody's, and a space being erased is closed."""

Shut = Mapping[str, Mapping[str, str]]
"""Space (id) → why it does not open, in ``fr`` and ``en``."""


def shut(rooms: Rooms, spaces: Sequence[str], names: Callable[[], Mapping[str, str]]) -> Shut:
    """Those of ``spaces`` that do not open. ``names``: by id, asked for when there are any. Raises SpaceShut when
    none opens. Blocking."""
    found: dict[str, DemeureError] = {}
    for space in spaces:
        try:
            rooms.database(space)
        except DAMAGED as problem:
            found[space] = problem
    if found and len(found) == len(spaces):
        space, first = next(iter(found.items()))
        why = {"detail": first.sentence("fr"), "detail_en": first.sentence("en")}
        raise SpaceShut(space=names().get(space, space), **why) from first
    return {space: {language: why.sentence(language) for language in ("fr", "en")} for space, why in found.items()}
