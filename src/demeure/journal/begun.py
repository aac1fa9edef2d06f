"""A journal that is gone, or of which an older one took the place, is not gone on with as if nothing had been (a
start reads this: nothing heavy)."""

import json
from contextlib import suppress
from pathlib import Path

from demeure.journal.errors import JournalGone, JournalShort

BEGUN = "journal.begun"
"""Beside the keys: says that this instance has a journal."""
MADE = "backups/made"
"""Pages of the backups made, which say how long the journal was."""


def still_there(instance: Path) -> None:
    """Raises JournalGone, JournalShort."""
    found = _size(instance / "journal" / "checkpoint")
    if found is None:
        if (instance / "keys" / BEGUN).exists():
            raise JournalGone(folder=str(instance / "journal"))
        return
    mark(instance)
    last = max((instance / MADE).glob("[0-9]*.json"), default=None)
    known = _known(last) if last is not None else None
    if last is not None and known is not None and found < known:
        raise JournalShort(found=found, expected=known, number=int(last.stem), page=str(last))


def mark(instance: Path) -> None:
    """It has a journal from now on."""
    if (instance / "journal" / "checkpoint").exists():
        with suppress(OSError):  # a full disk: the next start says so
            (instance / "keys" / BEGUN).touch(mode=0o600, exist_ok=True)


def _size(checkpoint: Path) -> int | None:
    """Entries that it covers; None: there is none. One that cannot be read is told by whoever verifies it."""
    try:
        text = checkpoint.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return None
    return _entries(text) or 0


def _known(page: Path) -> int | None:
    with suppress(OSError, ValueError, AttributeError):
        return _entries(str(json.loads(page.read_bytes()).get("checkpoint", "")))
    return None


def _entries(note: str) -> int | None:
    lines = note.split("\n", 2)
    return int(lines[1]) if len(lines) > 1 and lines[1].isdecimal() and len(lines[1]) < 20 else None
