"""The published tree as static files (C2SP tlog-tiles): a copy of the folder on a USB key is a full mirror.

Tiles are written aside and renamed, their folders synced, size and root persisted in ``signed``, and only then does
the checkpoint appear: two roots are never signed for one size.
"""

import contextlib
import functools
import json
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from demeure.journal.checkpoint import Signer, invalid, parse
from demeure.journal.disk import Disk
from demeure.journal.errors import JournalCorrupt
from demeure.journal.tree import HEIGHT, WIDTH, Tile, Tree, leaf_hash, subtree_root, tile_path


@dataclass(frozen=True)
class Published:
    """One published state. ``bundle``: leaves of the last, partial entries tile. ``note``: its checkpoint."""

    tree: Tree = field(default_factory=Tree)
    bundle: tuple[bytes, ...] = ()
    note: str = ""


class Tiles:
    """Reads and writes the files. Full tiles never change; partial ones are replaced by wider ones."""

    def __init__(self, folder: Path, disk: Disk) -> None:
        self._folder, self._disk = folder, disk

    def leaves(self, number: int, width: int = WIDTH) -> list[bytes]:
        """The entries of one tile. Raises JournalCorrupt (missing, or lengths that do not add up)."""
        found = list(self.each_leaf(number, width))
        if len(found) != width:
            raise JournalCorrupt(index=number * WIDTH + len(found), place=tile_path("entries", number, width))
        return found

    def each_leaf(self, number: int, width: int) -> Iterator[bytes]:
        """The entries of one tile as far as the stored lengths lead; at most ``width``, fewer when damaged."""
        data, at = self._read(tile_path("entries", number, width), number * WIDTH), 0
        for place in range(width):
            end = at + 2 + int.from_bytes(data[at : at + 2], "big")
            if end == at + 2 or end > len(data) or (place == width - 1 and end != len(data)):
                return
            yield data[at + 2 : end]
            at = end

    def hashes(self, level: int, number: int, width: int = WIDTH) -> list[bytes]:
        """The hashes of one tile. Raises JournalCorrupt (missing, or wrong length)."""
        place = tile_path(level, number, width)
        data = self._read(place, number << (HEIGHT * (level + 1)))
        if len(data) != 32 * width:
            first = (number << HEIGHT) + min(len(data) // 32, width)
            raise JournalCorrupt(index=first << (HEIGHT * level), place=place)
        return [data[at : at + 32] for at in range(0, len(data), 32)]

    def note(self) -> str:
        """The checkpoint, or the empty string before the first one."""
        try:
            return (self._folder / "checkpoint").read_text(encoding="utf-8")
        except FileNotFoundError:
            return ""
        except UnicodeDecodeError as problem:
            raise invalid("shape") from problem

    def signed(self) -> tuple[int, str]:
        """(size, root in hexadecimal) of the last state a signature was made for. Raises JournalCorrupt."""
        try:
            record = json.loads((self._folder / "signed").read_bytes())
            return int(record["size"]), str(record["root"])
        except FileNotFoundError:
            return 0, ""
        except (ValueError, KeyError, TypeError) as problem:
            raise JournalCorrupt(index=0, place="signed") from problem

    def publish(self, before: Published, leaves: Sequence[bytes], signer: Signer) -> Published:
        """Add ``leaves`` to the published tree; durable on return. Raises OSError: nothing changed, try again."""
        tree, bundle, entries, tiles = before.tree.copy(), list(before.bundle), [], []
        for leaf in leaves:
            bundle.append(leaf)
            tiles += tree.append(leaf_hash(leaf))
            if len(bundle) == WIDTH:
                entries.append((tree.size // WIDTH - 1, tuple(bundle)))
                bundle.clear()
        if bundle:
            entries.append((tree.size // WIDTH, tuple(bundle)))
        tiles += tree.partial_tiles()
        self._write_tiles(entries, tiles)
        root = tree.root()
        signed = json.dumps({"size": tree.size, "root": root.hex()}).encode()
        self._disk.write_file(self._folder / "signed", signed)
        self._disk.sync_folder(self._folder)
        note = signer.sign(tree.size, root)
        self._disk.write_file(self._folder / "checkpoint", note.encode())
        self._disk.sync_folder(self._folder)
        self._sweep(before.tree.size, tree.size)
        return Published(tree, tuple(bundle), note)

    def _write_tiles(self, entries: list[tuple[int, tuple[bytes, ...]]], tiles: list[Tile]) -> None:
        files = {
            tile_path("entries", number, len(leaves)): b"".join(struct.pack("!H", len(d)) + d for d in leaves)
            for number, leaves in entries
        }
        files |= {tile_path(level, number, len(row)): b"".join(row) for level, number, row in tiles}
        folders = set()
        for place, data in files.items():
            path = self._folder / place
            self._disk.make_folder(path.parent)
            self._disk.write_file(path, data)
            folders.add(path.parent)
        for folder in folders:
            self._disk.sync_folder(folder)

    def _sweep(self, before: int, size: int) -> None:
        """Drop the partial tiles that the new checkpoint no longer needs; what a crash leaves is harmless."""
        kinds: list[tuple[int | str, int]] = [(level, HEIGHT * (level + 1)) for level in range(8)]
        for level, shift in [("entries", HEIGHT), *kinds]:
            for number in {before >> shift, size >> shift}:
                width = (size >> (shift - HEIGHT)) - (number << HEIGHT)
                partial = (self._folder / tile_path(level, number, 1)).parent
                with contextlib.suppress(OSError):
                    for path in partial.iterdir():
                        if path.name != str(width):
                            path.unlink()
                    if width >= WIDTH:
                        partial.rmdir()

    def _read(self, place: str, index: int) -> bytes:
        try:
            return (self._folder / place).read_bytes()
        except FileNotFoundError as problem:
            raise JournalCorrupt(index=index, place=place) from problem


class Rebuilding:
    """The published tree recomputed from the stored entries, each stored hash compared; one tile at a time."""

    def __init__(self, tiles: Tiles, note: str, minimum: int = 0) -> None:
        """``minimum``: entries below it were pruned; their hashes are taken from the tiles above, and the root of
        the checkpoint answers for them. Raises JournalCorrupt."""
        self._tiles, self.note = tiles, note
        self.checkpoint = parse(note)[0] if note else None
        self.size = self.checkpoint.size if self.checkpoint else 0
        if minimum > self.size:
            raise JournalCorrupt(index=minimum, place="retention.txt")
        self.tree = Tree.seen_from(minimum, self._first_hashes)
        self.bundle: tuple[bytes, ...] = ()

    def _first_hashes(self, level: int, number: int, count: int) -> list[bytes]:
        width = min(WIDTH, (self.size >> (HEIGHT * level)) - (number << HEIGHT))
        return self._tiles.hashes(level, number, width)[:count]

    def tile(self, number: int) -> list[bytes]:
        """The leaves of entries tile ``number``, checked against the hash tiles. Raises JournalCorrupt."""
        width = min(WIDTH, self.size - number * WIDTH)
        stored, leaves = self._tiles.hashes(0, number, width), []
        for at, leaf in enumerate(self._tiles.each_leaf(number, width)):
            leaves.append(leaf)
            hashed = leaf_hash(leaf)
            if hashed != stored[at]:
                raise JournalCorrupt(index=number * WIDTH + at, place=tile_path(0, number, width))
            for level, above, row in self.tree.append(hashed)[1:]:
                self._compare(level, above, row)
        if len(leaves) < width:
            raise JournalCorrupt(index=number * WIDTH + len(leaves), place=tile_path("entries", number, width))
        if width < WIDTH:
            self.bundle = tuple(leaves)
        return leaves

    def finish(self) -> Published:
        """Compare the edge and the root. Raises JournalCorrupt."""
        for level, number, row in self.tree.partial_tiles():
            self._compare(level, number, row)
        if self.checkpoint and self.checkpoint.root != self.tree.root():
            raise JournalCorrupt(index=self.size, place="checkpoint")
        return Published(self.tree, self.bundle, self.note)

    def _compare(self, level: int, number: int, row: tuple[bytes, ...]) -> None:
        stored = self._tiles.hashes(level, number, len(row))
        for at, hashed in enumerate(row):
            if stored[at] != hashed:
                index = ((number << HEIGHT) + at) << (HEIGHT * level)
                raise JournalCorrupt(index=index, place=tile_path(level, number, len(row)))


class Recent:
    """``Tiles`` of one look: the rows that were read stay at hand."""

    def __init__(self, tiles: Tiles) -> None:
        self.hashes = functools.lru_cache(maxsize=16)(tiles.hashes)


def tile_node(
    tiles: Tiles | Recent, edge: Mapping[tuple[int, int], Sequence[bytes]], level: int, number: int
) -> bytes:
    """``tree.Node`` over the published files: the hash of a perfect subtree, from one tile. ``edge``: (level,
    number) → hashes of the tiles that are not full."""
    tile_level, above = divmod(level, HEIGHT)
    first = number << above
    tile, at = first >> HEIGHT, first % WIDTH
    row = edge.get((tile_level, tile)) or tiles.hashes(tile_level, tile)
    return subtree_root(row[at : at + (1 << above)])
