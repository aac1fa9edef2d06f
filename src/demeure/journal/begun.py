"""A journal that is gone is not begun again as if there had been none (a start reads this: nothing heavy)."""

from contextlib import suppress
from pathlib import Path

from demeure.journal.errors import JournalGone

BEGUN = "journal.begun"
"""Beside the keys: says that this instance has a journal."""


def still_there(instance: Path) -> None:
    """Raises JournalGone."""
    mark, folder = instance / "keys" / BEGUN, instance / "journal"
    if (folder / "checkpoint").exists():
        if not mark.exists():
            with suppress(OSError):  # a full disk: the next start says so
                mark.touch(mode=0o600)
    elif mark.exists():
        raise JournalGone(folder=str(folder))
