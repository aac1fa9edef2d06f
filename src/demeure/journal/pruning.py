"""Retention: what precedes a minimum index is gone for good, and every later proof stays valid (C2SP tlog-tiles).

The order is its safety: an entry says it, then ``retention.txt``, durable, and only then do files leave; a start
finishes what a crash interrupted. A payload file that straddles the minimum is written again without its beginning.
"""

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path

from demeure.journal.checkpoint import Signer, signed_text
from demeure.journal.disk import Disk
from demeure.journal.errors import JournalCorrupt, NoteInvalid
from demeure.journal.staging import Record, frame, header, scan
from demeure.journal.tree import HEIGHT, WIDTH

FILE = "retention.txt"
_GROUP = 1024
_TEXT = (
    "{origin} retention\n"
    "minimum-index {minimum}\n"
    "kept-months {months}\n"
    "# Ce qui précède « minimum-index » a été effacé à l’échéance ; chaque entrée restante se prouve comme avant.\n"
    "# What precedes “minimum-index” was erased when due; every remaining entry is proven as before.\n"
)


@dataclass(frozen=True)
class Retention:
    """``minimum``: index of the first entry that is kept, a multiple of WIDTH. ``months``: how long they are."""

    minimum: int = 0
    months: int = 0

    def note(self, signer: Signer) -> str:
        """The content of ``retention.txt``: a signed note."""
        return signer.note(_TEXT.format(origin=signer.origin, **vars(self)))


def read(folder: Path, signer: Signer) -> Retention:
    """What ``retention.txt`` says; nothing pruned when absent. Raises JournalCorrupt."""
    try:
        note = (folder / FILE).read_text(encoding="utf-8")
        lines = dict(line.split(" ") for line in signed_text(note, signer.vkey).split("\n")[1:3])
        found = Retention(int(lines["minimum-index"]), int(lines["kept-months"]))
    except FileNotFoundError:
        return Retention()
    except (ValueError, KeyError, NoteInvalid) as problem:
        raise JournalCorrupt(index=0, place=FILE) from problem
    if found.note(signer) != note or found.minimum < 0 or found.minimum % WIDTH:
        raise JournalCorrupt(index=0, place=FILE)
    return found


def payload_files(folder: Path) -> list[tuple[int, Path]]:
    """(index of the first entry, path) of each sealed payload file, oldest first."""
    names = [path for path in (folder / "payloads").iterdir() if path.name.isdecimal()]
    return sorted((int(path.name), path) for path in names)


def sweep(folder: Path, disk: Disk, minimum: int, after: int) -> None:
    """Remove what lies below ``minimum``. ``after``: index of the first entry that no payload file holds.
    Idempotent. Raises OSError, JournalCorrupt (a payload file that must be written again is damaged)."""
    if not minimum:
        return
    files = payload_files(folder)
    ends = [first for first, _ in files[1:]] + [after]
    for (first, path), end in zip(files, ends, strict=True):
        if first < minimum < end:
            _shorten(folder, disk, path, minimum)
        if first < minimum:
            path.unlink()
    disk.sync_folder(folder / "payloads")
    levels: list[tuple[str, int]] = [("entries", HEIGHT), *((str(n), HEIGHT * (n + 1)) for n in range(8))]
    for level, shift in levels:
        _drop_tiles(folder / "tile" / level, minimum >> shift)


def _shorten(folder: Path, disk: Disk, path: Path, minimum: int) -> None:
    data = path.read_bytes()
    found = scan(data)
    if found is None or found.rest:
        raise JournalCorrupt(index=found.next if found else 0, place=f"payloads/{path.name}")
    kept = [item for item in found.placed if item.index >= minimum]
    mark = os.urandom(16)
    parts = [header(minimum, mark)]
    for at in range(0, len(kept), _GROUP):
        group = kept[at : at + _GROUP]
        records = [Record(item.draft, item.leaf, data[item.at : item.at + item.length]) for item in group]
        parts.append(frame(mark, group[0].index, records))
    disk.write_file(folder / "payloads" / f"{minimum:016d}", b"".join(parts))
    disk.sync_folder(folder / "payloads")


def _drop_tiles(folder: Path, below: int) -> None:
    """Every full tile (or bundle) whose number is under ``below``, and the partial ones left beside."""
    if not below or not folder.is_dir():
        return
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_file():
            if _number(path.relative_to(folder)) < below:
                path.unlink()
        elif path.is_dir():
            with contextlib.suppress(OSError):
                path.rmdir()  # only when nothing is left in it


def _number(place: Path) -> int:
    """Tile number of ``x001/234`` or ``x001/234.p/12``."""
    parts = place.parts[:-1] if place.parent.suffix == ".p" else place.parts
    return int("".join(part.removeprefix("x").removesuffix(".p") for part in parts))
