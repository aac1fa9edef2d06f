"""What a restored house must answer: counts, and phrases that must find their documents, taken at the instant
itself."""

import re
from pathlib import Path
from typing import Any

from demeure.backup.still import Instant
from demeure.store import space_folder

ASKS = 3
"""Documents asked for, of each space."""
_PHRASE = re.compile(r"(?:[^\W\d_]{2,} ){4}[^\W\d_]{2,}")
_COUNTED = ("people", "spaces", "documents", "conversations")


def gathered(instance: Path, instant: Instant) -> dict[str, Any]:
    """{"counts": {table: rows}, "spaces": [{"id", "name", "documents", "passages", "asks": [{"document", "name",
    "sha256", "phrase"}]}]}. Kept inside the backup, encrypted as all of it."""
    house = instance / "house" / "house.db"
    if not house.exists():
        return {"counts": {}, "spaces": []}
    counts = {
        table: instant.still.ask(house, f"SELECT count(*) FROM {table}")[0][0]  # noqa: S608 - names above
        for table in _COUNTED
    }
    rows = instant.still.ask(house, "SELECT id, name FROM spaces WHERE deleting = 0 ORDER BY id")
    return {"counts": counts, "spaces": [_space(instance, instant, *row) for row in rows]}


def _space(instance: Path, instant: Instant, space: str, name: str) -> dict[str, Any]:
    house, base = instance / "house" / "house.db", space_folder(instance, space) / "space.db"
    told: dict[str, Any] = {"id": space, "name": name, "passages": 0, "asks": []}
    told["documents"] = instant.still.ask(
        house, "SELECT count(*) FROM documents WHERE space = ? AND deleting = 0", (space,)
    )[0][0]
    if not base.exists():
        return told
    told["passages"] = instant.still.ask(base, "SELECT count(*) FROM passages")[0][0]
    found = instant.still.ask(
        house,
        "SELECT id, name, sha256 FROM documents WHERE space = ? AND deleting = 0 "
        "AND state IN ('ready', 'searchable') ORDER BY sha256 LIMIT ?",
        (space, ASKS),
    )
    for document, title, sha256 in found:
        texts = instant.still.ask(
            base, "SELECT text FROM passages WHERE document = ? ORDER BY ordinal LIMIT 20", (document,)
        )
        told["asks"].append({"document": document, "name": title, "sha256": sha256, "phrase": _phrase(texts)})
    return told


def _phrase(texts: list[tuple[Any, ...]]) -> str:
    """Five words in a row of the document; empty when it has none."""
    for (text,) in texts:
        if found := _PHRASE.search(str(text)):
            return found[0]
    return ""
