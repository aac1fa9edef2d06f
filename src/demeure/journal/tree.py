"""The Merkle tree of the journal (pure): RFC 6962 hashes and proofs, C2SP tlog-tiles naming and tiles.

A Tree keeps only the right edge, tile by tile (at most 255 hashes a level): appending costs one hash and the root a
few hundred, whatever the size.
"""

import hashlib
from collections.abc import Callable, Sequence

HEIGHT = 8
WIDTH = 1 << HEIGHT
EMPTY_ROOT = hashlib.sha256(b"").digest()

Node = Callable[[int, int], bytes]
"""``node(level, number)``: hash of the perfect subtree over leaves [number·2^level, (number+1)·2^level)."""
Tile = tuple[int, int, tuple[bytes, ...]]
"""(tile level, tile number, hashes): complete when it holds WIDTH hashes."""


def leaf_hash(data: bytes) -> bytes:
    """RFC 6962 §2.1."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """RFC 6962 §2.1."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def tile_path(level: int | str, number: int, width: int = WIDTH) -> str:
    """``tile/<L>/<N>[.p/<W>]`` of C2SP tlog-tiles; ``level`` is a tile level or ``entries``.

    >>> tile_path(0, 1234067, 5)
    'tile/0/x001/x234/067.p/5'
    """
    groups = [f"{number % 1000:03d}"]
    while number := number // 1000:
        groups.append(f"x{number % 1000:03d}")
    partial = f".p/{width}" if width < WIDTH else ""
    return f"tile/{level}/{'/'.join(reversed(groups))}{partial}"


class Tree:
    """An append-only tree seen from its right edge. ``size`` in leaves."""

    def __init__(self) -> None:
        self.size = 0
        self._levels: list[list[bytes]] = [[]]

    @classmethod
    def seen_from(cls, size: int, hashes: "Callable[[int, int, int], Sequence[bytes]]") -> "Tree":
        """The tree of the first ``size`` leaves (a multiple of WIDTH), whose leaves are gone. ``hashes(level,
        number, count)``: the first ``count`` hashes of a tile."""
        tree, level = cls(), 0
        tree.size = size
        while size >> (HEIGHT * level):
            count = (size >> (HEIGHT * level)) % WIDTH
            edge = hashes(level, size >> (HEIGHT * (level + 1)), count) if count else ()
            tree._levels[level:] = [list(edge)]
            level += 1
        return tree

    def copy(self) -> "Tree":
        """An independent tree of the same size."""
        other = Tree()
        other.size, other._levels = self.size, [list(level) for level in self._levels]
        return other

    def append(self, hashed: bytes) -> list[Tile]:
        """Add one leaf hash; returns the tiles this leaf completed, lowest level first."""
        self.size += 1
        complete: list[Tile] = []
        level = 0
        while True:
            if level == len(self._levels):
                self._levels.append([])
            edge = self._levels[level]
            edge.append(hashed)
            if len(edge) < WIDTH:
                return complete
            number = (self.size >> (HEIGHT * (level + 1))) - 1
            complete.append((level, number, tuple(edge)))
            hashed = subtree_root(edge)
            edge.clear()
            level += 1

    def partial_tiles(self) -> list[Tile]:
        """The tiles that are not complete, lowest level first; empty ones left out."""
        return [
            (level, self.size >> (HEIGHT * (level + 1)), tuple(edge))
            for level, edge in enumerate(self._levels)
            if edge
        ]

    def root(self) -> bytes:
        """RFC 6962 Merkle tree hash of all leaves."""
        root: bytes | None = None
        for edge in self._levels:
            for subtree in reversed(_perfect_subtrees(edge)):
                root = subtree if root is None else node_hash(subtree, root)
        return EMPTY_ROOT if root is None else root


def subtree_root(hashes: Sequence[bytes]) -> bytes:
    """Merkle tree hash of a list of leaf (or node) hashes, any length above 0."""
    row = list(hashes)
    while len(row) > 1:
        odd = row[-1:] if len(row) % 2 else []
        row = [node_hash(row[i], row[i + 1]) for i in range(0, len(row) - 1, 2)] + odd
    return row[0]


def _perfect_subtrees(hashes: list[bytes]) -> list[bytes]:
    """Roots of the perfect subtrees that cover ``hashes``, largest first."""
    found, start = [], 0
    for bit in range(HEIGHT - 1, -1, -1):
        span = 1 << bit
        if len(hashes) & span:
            found.append(subtree_root(hashes[start : start + span]))
            start += span
    return found


def inclusion(index: int, size: int, node: Node) -> list[bytes]:
    """RFC 6962 §2.1.1 audit path of leaf ``index`` in the tree of ``size`` leaves, leaf to root."""
    if not 0 <= index < size:
        raise ValueError(index)
    path: list[bytes] = []
    low, high = 0, size
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            path.append(_range_hash(middle, high, node))
            high = middle
        else:
            path.append(_range_hash(low, middle, node))
            low = middle
    return path[::-1]


def consistency(old: int, size: int, node: Node) -> list[bytes]:
    """RFC 6962 §2.1.2 proof that the tree of ``size`` leaves extends that of ``old``; empty if nothing to prove."""
    if not 0 <= old <= size:
        raise ValueError(old)
    if old in (0, size):
        return []
    path: list[bytes] = []
    low, high = 0, size
    while old < high:
        middle = low + _split(high - low)
        if old <= middle:
            path.append(_range_hash(middle, high, node))
            high = middle
        else:
            path.append(_range_hash(low, middle, node))
            low = middle
    if low:  # the old tree is not itself a node of the new one: its last part is needed too
        path.append(_range_hash(low, high, node))
    return path[::-1]


def root_of_first(size: int, node: Node) -> bytes:
    """Merkle tree hash of the first ``size`` leaves of a tree that has at least as many."""
    return _range_hash(0, size, node) if size else EMPTY_ROOT


def root_from_inclusion(index: int, size: int, hashed: bytes, path: Sequence[bytes]) -> bytes | None:
    """The root that ``path`` leads to (RFC 9162 §2.1.3.2), or None when the path has not the right length."""
    if not 0 <= index < size:
        return None
    place, last, root = index, size - 1, hashed
    for sibling in path:
        if last == 0:
            return None
        if place & 1 or place == last:
            root = node_hash(sibling, root)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            root = node_hash(root, sibling)
        place, last = place >> 1, last >> 1
    return root if last == 0 else None


def check_consistency(old: int, old_root: bytes, size: int, root: bytes, path: Sequence[bytes]) -> bool:
    """Does ``path`` prove that (size, root) extends (old, old_root)? RFC 9162 §2.1.4.2."""
    if old == size:
        return not path and old_root == root
    if old == 0:
        return not path and old_root == EMPTY_ROOT
    if not 0 < old < size or not path:
        return False
    steps = list(path) if old & (old - 1) else [old_root, *path]
    place, last = old - 1, size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    first = second = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            first, second = node_hash(step, first), node_hash(step, second)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            second = node_hash(second, step)
        place, last = place >> 1, last >> 1
    return last == 0 and first == old_root and second == root


def _split(count: int) -> int:
    """Largest power of two below ``count`` (count ≥ 2)."""
    return 1 << ((count - 1).bit_length() - 1)


def _range_hash(low: int, high: int, node: Node) -> bytes:
    count = high - low
    if count & (count - 1) == 0:
        level = count.bit_length() - 1
        return node(level, low >> level)
    middle = low + _split(count)
    return node_hash(_range_hash(low, middle, node), _range_hash(middle, high, node))
