"""Checking backups where they are kept, without any recovery key: signatures, numbers, and every byte of every
pack."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field

from demeure.backup.creating import numbers_at, read_one
from demeure.backup.errors import BackupAbsent, BackupDamaged, BackupOlder, BackupUnknown
from demeure.backup.manifest import Manifest
from demeure.backup.target import Target, whole_file
from demeure.errors import DemeureError


@dataclass
class Checked:
    """``sound``: numbers that hold. ``faults``: number → error. ``damaged``: packs absent, cut or altered.
    ``read``: bytes looked at."""

    sound: list[int] = field(default_factory=list)
    faults: dict[int, DemeureError] = field(default_factory=dict)
    damaged: set[str] = field(default_factory=set)
    read: int = 0

    @property
    def ok(self) -> bool:
        """Nothing is wrong."""
        return not self.faults


def present(target: Target) -> list[int]:
    """Numbers of the backups that are there, signed or not, oldest first. Raises BackupAbsent."""
    there = numbers_at(target)
    if not there:
        raise BackupAbsent(place=target.name)
    return there


def chosen(target: Target, vkey: str, number: int | None, made: int = 0) -> Manifest:
    """Backup ``number``, or the newest. ``made``: the last one known to have been made at this place, 0 when nobody
    here knows: an older one served as the newest is refused.

    Raises BackupAbsent, BackupUnknown, BackupOlder, BackupForged, BackupDamaged, BackupNewer."""
    there = present(target)
    if number is None:
        if there[-1] < made:
            raise BackupOlder(found=there[-1], expected=made)
        number = there[-1]
    if number not in there:
        raise BackupUnknown(number=number, known=", ".join(map(str, there)))
    return read_one(target, number, vkey)


def check(
    target: Target,
    vkey: str,
    *,
    made: int = 0,
    quick: bool = False,
    progress: Callable[[int, int], None] = lambda _done, _whole: None,
) -> Checked:
    """Every backup at ``target``. ``quick``: sizes of the packs, not their bytes. Raises BackupAbsent, BackupOlder,
    what the target raises."""
    there, found = present(target), Checked()
    pages: list[Manifest] = []
    for number in there:
        try:
            pages.append(read_one(target, number, vkey))
        except DemeureError as problem:
            found.faults[number] = problem
    packs = {pack.name: pack for page in pages for pack in page.packs}
    for done, pack in enumerate(packs.values(), 1):
        if not _whole(target, pack.name, pack.size, pack.index, found, quick=quick):
            found.damaged.add(pack.name)
        progress(done, len(packs))
    for page in pages:
        broken = next((pack.name for pack in page.packs if pack.name in found.damaged), None)
        if broken is None:
            found.sound.append(page.number)
        else:
            found.faults[page.number] = BackupDamaged(number=page.number, what=f"packs/{broken[:16]}…")
    if there[-1] < made:
        found.faults[made] = BackupOlder(found=there[-1], expected=made)
    return found


def _whole(target: Target, name: str, size: int, index: str, found: Checked, *, quick: bool) -> bool:
    listed = whole_file(target, f"packs/{name}.idx")
    if target.size(f"packs/{name}") != size or listed is None or hashlib.sha256(listed).hexdigest() != index:
        return False
    if quick:
        return True
    data = whole_file(target, f"packs/{name}")
    found.read += len(data or b"")
    return data is not None and hashlib.sha256(data).hexdigest() == name
