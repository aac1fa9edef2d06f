"""What the reading of a document found of personal data, as its row keeps it: kinds and counts, no value (pure).

A row without it was not examined: an earlier release read it, or the examination was given up. One with pages left
is told as not examined either: what was found on the others says nothing of those.
"""

from collections.abc import Mapping
from typing import Any

from demeure.personal import EDITION

Row = Mapping[str, Any]
"""``{"edition", "kinds": {kind: how many}, "left": pages that were not examined}``."""


def kept(kinds: Mapping[str, int] | None, left: int = 0) -> dict[str, Any] | None:
    """The column of a row. ``left``: pictures of which no text is known yet."""
    return None if kinds is None else {"edition": EDITION, "kinds": dict(kinds), "left": left}


def given_up() -> dict[str, Any]:
    """The column when an examination was tried again and failed: « not examined », and not tried once more."""
    return {"edition": EDITION, "kinds": {}, "left": 1}


def more(row: Row | None, kinds: Mapping[str, int] | None, pages: int) -> dict[str, Any] | None:
    """The column once ``pages`` more were examined. A value that two batches hold counts twice."""
    if row is None or kinds is None:
        return None
    total = dict(row["kinds"])
    for kind, count in kinds.items():
        total[kind] = total.get(kind, 0) + count
    return {**row, "kinds": total, "left": row["left"] - pages}


def kinds_of(row: Row | None) -> dict[str, int] | None:
    """Kind → how many different ones; None: not examined, or not to its end."""
    if row is None or row["left"]:
        return None
    return {str(kind): int(count) for kind, count in row["kinds"].items()}
