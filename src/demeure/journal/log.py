"""The durable log: append is acknowledged after one sync of ``staging``; the tree is published behind it.

One process opens it (lock on the folder). ``append`` belongs to one thread, ``publish`` to another, reads to any.
"""

import bisect
import fcntl
import functools
import os
import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from demeure.journal.checkpoint import Signer, verify
from demeure.journal.disk import Disk, Reserve
from demeure.journal.entry import Entry
from demeure.journal.errors import (
    EntryPruned,
    EntryUnknown,
    JournalCorrupt,
    JournalForked,
    JournalFull,
    JournalKeyOther,
    JournalLocked,
    JournalRolledBack,
    NoteInvalid,
)
from demeure.journal.ledger import Ledger
from demeure.journal.pruning import FILE, Retention, payload_files, sweep
from demeure.journal.recovery import recover
from demeure.journal.staging import Record, Staging, scan
from demeure.journal.tiles import Published, Recent, Tiles, tile_node
from demeure.journal.tree import WIDTH, Node, Tree, consistency, inclusion, leaf_hash, root_of_first
from demeure.journal.wanted import Wanted

SEGMENT = 8 << 20
SCAN_BUDGET = 65_536  # leaves looked at by one filtered read, about 0.1 s
_CACHED_FILES = 4


@dataclass(frozen=True)
class View:
    """What is durable at one moment: the published tree, then ``pending[:count]``."""

    published: Published
    pending: list[bytes]
    count: int

    @property
    def size(self) -> int:
        return self.published.tree.size + self.count


def signs(folder: Path, signer: Signer) -> bool:
    """Is this journal ``signer``'s? Its checkpoint says so; what stands in the file of the key may be damaged."""
    try:
        told = (folder / "vkey").read_text(encoding="utf-8", errors="replace").strip()
        note = (folder / "checkpoint").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return True
    if not told or told == signer.vkey:
        return True
    try:
        verify(note, signer.vkey)
    except NoteInvalid:
        return False
    return True


class Log:
    """``folder``: instance/journal, existing. ``reserve_bytes``: see Reserve. ``segment``: bytes after which
    staging becomes a payload file. ``months``: how long entries are kept, as ``retention.txt`` tells. Raises
    JournalLocked, JournalKeyOther, JournalCorrupt, JournalRolledBack, NoteInvalid, JournalFull."""

    def __init__(
        self,
        folder: Path,
        signer: Signer,
        *,
        reserve_bytes: int = 64 << 20,
        disk: Disk | None = None,
        segment: int = SEGMENT,
        months: int = 12,
    ) -> None:
        self.folder, self._signer, self._segment, self.months = folder, signer, segment, months
        self._disk = disk or Disk()
        self._lock = threading.Lock()
        self._lock_descriptor = _lock(folder)
        with ExitStack() as refused:  # a journal that cannot be opened lets go of its folder
            refused.callback(os.close, self._lock_descriptor)
            self._disk.make_folder(folder / "payloads")
            self.reserve = Reserve(folder / "reserve", reserve_bytes, self._disk)
            refused.callback(self.reserve.close)
            self._open()
            refused.pop_all()

    def _open(self) -> None:
        folder = self.folder
        if not signs(folder, self._signer):
            raise JournalKeyOther()
        self._tiles = Tiles(folder, self._disk)
        self.ledger = Ledger()
        found = recover(folder, self._tiles, self._signer, self.ledger, self._disk)
        self.minimum = found.minimum
        """Index of the first entry that is kept; those before it were pruned."""
        self._published, self._pending = found.published, found.pending
        self.cut = found.staging.rest if found.staging else 0
        """Bytes of a torn, never acknowledged frame that were cut at start."""
        self._files = [first for first, _ in payload_files(folder)]
        self._places: OrderedDict[int, list[tuple[int, int]]] = OrderedDict()
        self._staging: Staging | None = None
        if found.staging:
            self._staging = Staging(folder / "staging", found.staging, self._disk, self.reserve)
        self._tell("vkey", self._signer.vkey + "\n")
        if self._signer.second:
            self._tell("vkey-ml-dsa", self._signer.second + "\n")
        self._tell(FILE, Retention(self.minimum, self.months).note(self._signer))

    @property
    def size(self) -> int:
        """Durable entries."""
        return self.view().size

    @property
    def state(self) -> str:
        """ok, reserve or full: see Reserve."""
        return self.reserve.state

    @property
    def vkey(self) -> str:
        return self._signer.vkey

    @property
    def waiting(self) -> int:
        """Durable entries that no checkpoint covers yet."""
        return len(self._pending)

    @property
    def published(self) -> Published:
        """The state of the last checkpoint (the empty one before the first)."""
        return self._published

    def view(self) -> View:
        """A consistent look; later appends do not change it."""
        with self._lock:
            return View(self._published, self._pending, len(self._pending))

    def append(self, records: list[Record]) -> int:
        """All durable on return; gives the index of the first. Raises JournalFull (none was written); any OSError
        means that the disk can no longer be trusted: stop the process, start again from what is on the disk."""
        self.reserve.check()
        self.reserve.refill()
        staging = self._writable()
        first = staging.next
        staging.append(records)
        with self._lock:
            self._pending.extend(record.leaf for record in records)
        return first

    def publish(self) -> None:
        """Bring tree and checkpoint up to what is durable. Raises JournalFull: entries stay durable in staging."""
        view = self.view()
        if not view.count:
            return
        leaves = view.pending[: view.count]
        published = self.reserve.with_room(lambda: self._tiles.publish(view.published, leaves, self._signer))
        with self._lock:
            self._published, self._pending = published, self._pending[view.count :]

    def leaf(self, index: int) -> bytes:
        """The leaf of one entry. Raises EntryUnknown, EntryPruned."""
        if 0 <= index < self.size:
            for _, data in self._downwards(index):
                return data
            raise EntryPruned(index=index)
        raise EntryUnknown(index=index)

    def read(
        self,
        start: int | None,
        limit: int,
        wanted: Wanted = Wanted(),  # noqa: B008 - frozen
    ) -> tuple[list[Entry], int | None]:
        """Entries newest first from ``start`` down, and where to go on. Looks at SCAN_BUDGET leaves at most."""
        found: list[Entry] = []
        top = self.size - 1
        begin = top if start is None else min(start, top)
        for looked, (index, data) in enumerate(self._downwards(begin)):
            if len(found) == limit or looked == SCAN_BUDGET:
                return found, index
            entry = wanted.matching(index, data)
            if entry:
                found.append(entry)
        return found, None

    def payload(self, index: int) -> bytes:
        """The sealed payload of one entry. Raises EntryUnknown, EntryPruned, JournalCorrupt."""
        if not 0 <= index < self.size:
            raise EntryUnknown(index=index)
        if index < self.minimum:
            raise EntryPruned(index=index)
        with self._lock:
            if self._staging and index >= self._staging.first:
                return self._staging.read(index)
            at = bisect.bisect_right(self._files, index) - 1
            first = self._files[at] if at >= 0 else 0
        place = f"payloads/{first:016d}"
        places = self._places_of(first)
        if index - first >= len(places):
            raise JournalCorrupt(index=index, place=place)
        begin, length = places[index - first]
        with (self.folder / place).open("rb") as file:
            file.seek(begin)
            return file.read(length)

    def inclusion(self, index: int, size: int | None = None) -> list[bytes]:
        """Proof that entry ``index`` is under the published root, or under that of the first ``size`` entries.
        Raises EntryUnknown, EntryPruned."""
        tree = self._published.tree
        size = tree.size if size is None else size
        if not 0 <= index < size <= tree.size:
            raise EntryUnknown(index=index)
        if index < self.minimum:
            raise EntryPruned(index=index)
        return inclusion(index, size, self._node(tree))

    def proven(self, indexes: Sequence[int], size: int | None = None) -> list[tuple[bytes, list[bytes]]]:
        """Leaf and ``inclusion`` of each, in order: what they share is read, and hashed, once. Raises as these."""
        tree = self._published.tree
        size = tree.size if size is None else size
        for index in indexes:
            if not 0 <= index < size <= tree.size:
                raise EntryUnknown(index=index)
            if index < self.minimum:
                raise EntryPruned(index=index)
        edge = {(level, number): row for level, number, row in tree.partial_tiles()}
        recent = Recent(self._tiles)
        node = functools.cache(lambda level, number: tile_node(recent, edge, level, number))
        leaves = self._leaves(indexes)
        return [(leaves[index], inclusion(index, size, node)) for index in indexes]

    def _leaves(self, indexes: Sequence[int]) -> dict[int, bytes]:
        """Index → leaf: each file of entries is read once."""
        together: dict[int, list[int]] = {}
        for index in indexes:
            together.setdefault(index // WIDTH, []).append(index)
        found: dict[int, bytes] = {}
        for wanted in together.values():
            least = min(wanted)
            for index, data in self._downwards(max(wanted)):
                found[index] = data
                if index <= least:
                    break
        if any(index not in found for index in indexes):
            raise EntryPruned(index=min(indexes))
        return found

    def consistency(self, old: int) -> list[bytes]:
        """Proof that the published tree extends its first ``old`` entries. Raises EntryUnknown, EntryPruned."""
        tree = self._published.tree
        if not 0 <= old <= tree.size:
            raise EntryUnknown(index=old)
        if 0 < old < self.minimum:
            raise EntryPruned(index=old)
        return consistency(old, tree.size, self._node(tree))

    def _node(self, tree: Tree) -> Node:
        edge = {(level, number): row for level, number, row in tree.partial_tiles()}
        return lambda level, number: tile_node(self._tiles, edge, level, number)

    def check_held(self, note: str) -> int:
        """Compare with a checkpoint of this journal that was kept elsewhere; gives its size. Raises NoteInvalid,
        JournalRolledBack (it covers entries that are not here), JournalForked (they are not the same)."""
        held, view = verify(note, self._signer.vkey), self.view()
        if held.size > view.size:
            raise JournalRolledBack(size=view.size, signed=held.size)
        if held.size <= self.minimum:
            return held.size  # its entries were pruned: only a proof kept since then could tell
        tree = view.published.tree
        if held.size <= tree.size:
            root = root_of_first(held.size, self._node(tree))
        else:
            tree = tree.copy()
            for leaf in view.pending[: held.size - tree.size]:
                tree.append(leaf_hash(leaf))
            root = tree.root()
        if root != held.root:
            raise JournalForked(size=held.size)
        return held.size

    def prune(self, minimum: int) -> None:
        """Forget every entry below ``minimum`` (a published multiple of WIDTH). In the thread of ``append``. Raises
        JournalFull (nothing left yet); any OSError as for ``append``."""
        assert minimum % WIDTH == 0 and minimum <= self._published.tree.size
        if minimum <= self.minimum:
            return
        if self._staging and self._staging.first < minimum:
            self._retire(self._staging)
        text = Retention(minimum, self.months).note(self._signer)
        self.reserve.with_room(lambda: self._disk.write_file(self.folder / FILE, text.encode()))
        self._disk.sync_folder(self.folder)
        self.minimum = minimum
        after = self._staging.first if self._staging else self.size
        self.reserve.with_room(lambda: sweep(self.folder, self._disk, minimum, after))
        with self._lock:
            self._files = [first for first, _ in payload_files(self.folder)]
            self._places.clear()

    def close(self) -> None:
        """Give the folder back. Publishing first is the caller's choice."""
        if self._staging:
            self._staging.close()
        self.reserve.close()
        os.close(self._lock_descriptor)

    def _writable(self) -> Staging:
        staging = self._staging
        if staging and staging.end >= self._segment:
            self._retire(staging)
            staging = None
        if staging is None:
            staging = Staging.create(self.folder / "staging", self.size, self._disk, self.reserve)
            self._staging = staging
        return staging

    def _retire(self, staging: Staging) -> None:
        with self._lock:
            self._staging = None
            staging.retire(self.folder / "payloads" / f"{staging.first:016d}")
            self._files.append(staging.first)

    def _downwards(self, index: int) -> Iterator[tuple[int, bytes]]:
        view = self.view()
        published, bundle = view.published.tree.size, view.published.bundle
        full = published - len(bundle)
        index = min(index, view.size - 1)
        while index >= full:
            yield index, view.pending[index - published] if index >= published else bundle[index - full]
            index -= 1
        while index >= self.minimum:
            number = index // WIDTH
            leaves = self._tiles.leaves(number)
            while index >= number * WIDTH:
                yield index, leaves[index - number * WIDTH]
                index -= 1

    def _places_of(self, first: int) -> list[tuple[int, int]]:
        with self._lock:
            known = self._places.get(first)
        if known is None:
            path = self.folder / "payloads" / f"{first:016d}"
            try:
                found = scan(path.read_bytes())
            except FileNotFoundError:
                found = None
            known = [(item.at, item.length) for item in found.placed] if found else []
            with self._lock:
                self._places[first] = known
                while len(self._places) > _CACHED_FILES:
                    self._places.popitem(last=False)
        return known

    def _tell(self, name: str, line: str) -> None:
        path = self.folder / name
        if path.exists() and path.read_bytes() == line.encode():
            return
        try:
            self.reserve.with_room(lambda: self._disk.write_file(path, line.encode()))
        except JournalFull:  # for readers only: it is written at a later start
            return
        self._disk.sync_folder(self.folder)


def _lock(folder: Path) -> int:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as problem:
        os.close(descriptor)
        raise JournalLocked(folder=folder.name) from problem
    return descriptor
