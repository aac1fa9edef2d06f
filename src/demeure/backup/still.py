"""The instance at one instant: every database held still, every other file linked or read, nobody stopped for long.

The order is what makes it one state: writers stop; keys are read and originals linked; databases are held;
writers go on; the journal is copied last, so that whatever the databases hold is written there. What lies
between two writers' steps is what a crash at that instant would have left, which every start of the house
already mends.
"""

import io
import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from demeure.backup.chunks import LARGE, PAGE
from demeure.journal.copying import Copied, copy_while_written
from demeure.store import Keys, Still, keys_folder, stopped
from demeure.store.errors import DatabaseBusy, KeyDestroyed, KeyMissing
from demeure.store.instance import generation_folder, payloads_folder, people_folder
from demeure.store.keys import COMING

JOURNAL = "journal"
_LEFT_OUT = {"run", "engine", JOURNAL, "backups", "models", "spaces", "house", "logs", "supervision", "host"}
"""Made again by whoever restores (run, engine, models’ files), what the house tells of itself, or taken another
way below."""
_MODELS = ("manifest.json", "chosen")


@dataclass(frozen=True)
class Item:
    """One file. ``path``: in the backup; ``source``: where its bytes are now, or the bytes themselves; ``piece``:
    bytes of its pieces; ``lasting``: it never changes under this name; ``base``: a database to let go of once it is
    read."""

    path: str
    source: Path | bytes
    mode: int
    piece: int = PAGE
    lasting: bool = False
    base: bool = False

    def opened(self) -> BinaryIO:
        """Its bytes, from the first."""
        return io.BytesIO(self.source) if isinstance(self.source, bytes) else self.source.open("rb")


@dataclass(frozen=True)
class Instant:
    """What is to be copied. ``bases``: the database of each space, of the generation of its key that serves.
    ``skipped``: links and other things that are no files, left out."""

    items: list[Item]
    still: Still
    journal: Copied
    bases: dict[str, Path]
    skipped: int


@contextmanager
def held(instance: Path, house_key: bytes, work: Path, *, seconds: float = 30.0) -> Iterator[Instant]:
    """The instance as it is now, for as long as this is open. ``work``: a new folder, removed at the end. Raises
    DatabaseBusy, JournalMoving, DatabaseMissing, KeyWrong, DiskFull."""
    keys = Keys(house_key, keys_folder(instance))
    work.mkdir(mode=0o700, parents=True)
    try:
        with ExitStack() as open_:
            rooms = _rooms(instance, keys)
            house = [(instance / "house" / "house.db", keys.house.database_key())]
            bases = {
                space: room[0] / "space.db" for space, room in rooms.items() if (room[0] / "space.db").exists()
            }
            wanted = [*house, *((path, rooms[space][1]) for space, path in bases.items())]
            taken = _Taking(instance, work)
            with stopped([one for one in wanted if one[0].exists()], seconds=seconds) as still:
                open_.callback(still.close)
                if _rooms(instance, keys) != rooms:  # a key was rotated, a space made or erased, just before
                    raise DatabaseBusy(file="space.db", seconds=seconds)
                for folder, _ in rooms.values():
                    taken.folder(folder / "blobs", piece=LARGE, lasting=True, link=True)
                taken.small()
            for path, _ in wanted:
                taken.one(path, base=True)
            journal = copy_while_written(instance / JOURNAL, work / "j")
            taken.journal(work / "j", journal.read)
            taken.since(people_folder(instance), payloads_folder(instance))
            yield Instant(taken.items, still, journal, bases, taken.skipped)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _rooms(instance: Path, keys: Keys) -> dict[str, tuple[Path, bytes]]:
    """Space → (folder of the generation of its key that serves, key of its database)."""
    found = {}
    for space in keys.spaces():
        try:
            now = keys.space(space).now()
        except (KeyDestroyed, KeyMissing):
            continue
        found[space] = generation_folder(instance, space, now.generation), now.database
    return found


class _Taking:
    """Gathers the items. Small files are read into memory, wrapped keys among them: a copy on this disk would
    outlive the destruction of a space's key. The others are linked in ``work``."""

    def __init__(self, instance: Path, work: Path) -> None:
        self._instance, self._work = instance, work
        self.items: list[Item] = []
        self.skipped = 0

    def small(self) -> None:
        """Settings, keys, tasks, routes, which models: everything that no other line of the plan takes."""
        for path in sorted(self._instance.iterdir()):
            if path.name in _LEFT_OUT or path.name.startswith("."):
                continue
            if path.is_dir() and not path.is_symlink():
                self.folder(path)
            else:
                self.one(path, copy=True)
        for name in _MODELS:
            self.folder(self._instance / "models" / name)
        self.folder(self._instance / "backups" / "plan")
        self.folder(self._instance / "backups" / "made")
        self.folder(self._instance / "backups" / "drills")

    def since(self, *folders: Path) -> None:
        """Keys made since, under which the last entries of the journal may be sealed."""
        known = {item.path for item in self.items}
        for folder in folders:
            for path in sorted(folder.glob("*.key")):
                if path.relative_to(self._instance).as_posix() not in known:
                    self.one(path, copy=True)

    def folder(self, folder: Path, *, piece: int = PAGE, lasting: bool = False, link: bool = False) -> None:
        """Every file under it; one file when it is no folder."""
        if folder.is_dir() and not folder.is_symlink():
            for path in sorted(folder.rglob("*")):
                hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
                hidden = (
                    hidden or path.suffix == COMING
                )  # a key that a rotation is making, with nothing under it yet
                if not hidden and (path.is_symlink() or not path.is_dir()):
                    self.one(path, piece=piece, lasting=lasting, copy=not link, link=link)
        elif folder.exists():
            self.one(folder, copy=True)

    def journal(self, copied: Path, read: dict[str, bytes]) -> None:
        """Of the copy made beside, and what was read of it."""
        self.items += [Item(f"{JOURNAL}/{name}", data, 0o600) for name, data in sorted(read.items())]
        for path in sorted(copied.rglob("*")):
            if path.is_file():
                place = "journal/" + path.relative_to(copied).as_posix()
                lasting = path.stat().st_nlink > 1 and place.startswith(("journal/tile/", "journal/payloads/"))
                self.items.append(Item(place, path, 0o600, PAGE, lasting))

    def one(
        self,
        path: Path,
        *,
        piece: int = PAGE,
        lasting: bool = False,
        base: bool = False,
        copy: bool = False,
        link: bool = False,
    ) -> None:
        """One file, under its place in the instance."""
        if path.is_symlink() or not path.is_file():
            self.skipped += 1
            return
        place = path.relative_to(self._instance).as_posix()
        source: Path | bytes = path
        mode = path.stat().st_mode & 0o777
        if copy:
            source = path.read_bytes()
        elif link:
            source = _linked(path, self._work / str(len(self.items)))
        self.items.append(Item(place, source, mode, piece, lasting, base))


def _linked(path: Path, aside: Path) -> Path:
    """A second name, which a deletion meanwhile leaves; the file itself where the disk has no such thing."""
    try:
        os.link(path, aside)
    except FileNotFoundError:
        raise
    except OSError:
        return path
    return aside
