"""What stands above a passage (title, headings, those of its table), and where it was cut: the end of the one
before it and the beginning of its own, and so after it.
For whoever looks at what would leave: a number that is cut in two passages is whole there.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Protocol

import sqlalchemy as sa

from demeure.store import Database

EDGE = 300
"""Characters on each side of a cut."""
OVERLAP = 1200
"""Characters, at most, that a passage says again of the one before it."""
_NEAR = sa.text("""
    SELECT DISTINCT near.document, near.ordinal, near.text, near.context FROM passages AS near
    JOIN passages AS chosen ON near.document = chosen.document AND abs(near.ordinal - chosen.ordinal) <= 1
    WHERE chosen.id IN (SELECT value FROM json_each(:ids)) ORDER BY near.document, near.ordinal
""")


class Rooms(Protocol):
    """Databases of the spaces."""

    def database(self, space: str) -> Database: ...


def cuts(rooms: Rooms, chosen: Mapping[str, Sequence[int]]) -> list[str]:
    """For the passages ``chosen`` (ids, by space): they and their neighbours under what stands above them, and each
    cut. Blocking. Raises as the rooms do."""
    found: list[str] = []
    for space, ids in chosen.items():
        with rooms.database(space).read() as db:
            rows = db.execute(_NEAR, {"ids": "[" + ",".join(map(str, map(int, ids))) + "]"}).all()
        found += [f"{row.context}\n{row.text}" for row in rows if row.context]
        for one, then in pairwise(rows):
            if one.document == then.document and then.ordinal == one.ordinal + 1:
                found += joined(str(one.text), str(then.text))
    return found


def joined(before: str, after: str) -> list[str]:
    """Their edges together, what is said twice once: as on one line, and as on two."""
    rest = after[_again(before, after) :]
    head, tail = before.rstrip()[-EDGE:], rest.lstrip()[:EDGE]
    return [f"{head}{between}{tail}" for between in (" ", "\n")] if head and tail else []


def _again(before: str, after: str) -> int:
    """How many characters ``after`` begins with that ``before`` ends with."""
    end = before.rstrip()
    for size in range(min(len(end), len(after), OVERLAP), 0, -1):
        if end.endswith(after[:size]):
            return size
    return 0
