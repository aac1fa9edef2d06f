"""Other folders of the same house, which updates leave beside: the data of the version before, those kept aside."""

import re
from collections.abc import Iterable
from pathlib import Path

_COMING = re.compile(r"\.[0-9]+\.coming")
"""A copy that was not whole when its update was killed."""


def copies(instance: Path, known: Iterable[Path]) -> tuple[list[Path], list[Path]]:
    """``known``: folders that points of return name; to them are added those numbered beside ``instance`` when its
    own name is a number. → (of the same house, as their ``house.check`` says; of another, or unreadable)."""
    found = set(known)
    if instance.name.isdigit():
        found |= {one for one in instance.parent.iterdir() if one.name.isdigit() or _COMING.fullmatch(one.name)}
    same: list[Path] = []
    others: list[Path] = []
    for one in sorted(found - {instance}):
        if not one.is_dir() or one.is_symlink() or one.resolve() == instance:
            continue
        ours = _same(one, instance) or (instance.name.isdigit() and bool(_COMING.fullmatch(one.name)))
        (same if ours else others).append(one)
    return same, others


def _same(one: Path, instance: Path) -> bool:
    try:
        return (one / "keys" / "house.check").read_bytes() == (instance / "keys" / "house.check").read_bytes()
    except OSError:
        return False
