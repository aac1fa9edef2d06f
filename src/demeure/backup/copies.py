"""Other folders of the same house, which updates leave beside: the data of the version before, those kept aside."""

import re
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from demeure.backup.fresh import being_made, drill_folder

_COMING = re.compile(r"\.[0-9]+\.coming")
"""A copy that was not whole when its update was killed."""


def copies(instance: Path, known: Iterable[Path]) -> tuple[list[Path], list[Path]]:
    """``known``: folders that points of return name; to them are added those numbered beside ``instance`` when its
    own name is a number. → (of the same house, as their ``house.check`` says; of another, or unreadable)."""
    left = left_behind(instance)
    found = {*known, *left}
    if instance.name.isdigit():
        found |= {one for one in instance.parent.iterdir() if one.name.isdigit() or _COMING.fullmatch(one.name)}
    same: list[Path] = []
    others: list[Path] = []
    for one in sorted(found - {instance}):
        if not one.is_dir() or one.is_symlink() or one.resolve() == instance:
            continue
        coming = instance.name.isdigit() and _COMING.fullmatch(one.name)
        ours = bool(coming) or one in left or _same(one, instance)
        (same if ours else others).append(one)
    return same, others


def left_behind(instance: Path) -> list[Path]:
    """What a drill or a restore that was killed left beside the house: a house of the same keys, or a part of one,
    in clear. One that is still being written is there too."""
    instance = instance.resolve()  # an installed house is reached by a link
    drill, parent = drill_folder(instance), instance.parent
    named = [drill, being_made(drill)]
    found = [one for one in named if one.is_dir() and not one.is_symlink()]
    with suppress(OSError):
        for one in parent.glob(".*.restoring"):
            if (
                one not in found
                and not one.is_symlink()
                and any(_same(house, instance) for house in (one, one / "work"))
            ):
                found.append(one)
    return sorted(found)


def _same(one: Path, instance: Path) -> bool:
    try:
        return (one / "keys" / "house.check").read_bytes() == (instance / "keys" / "house.check").read_bytes()
    except OSError:
        return False
