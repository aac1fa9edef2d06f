"""What a backup holds, one line a file, cut in groups where the names say so: what did not change is not sent
again."""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from demeure.backup.chunks import GROUP, ID, Cut, Packing

_MOST = 256


@dataclass(frozen=True)
class Line:
    """One file. ``path``: from the instance folder. ``mode``: permission bits."""

    path: str
    mode: int
    cut: Cut

    def text(self) -> str:
        """The line as it is kept."""
        ids = b"".join(self.cut.ids).hex()
        told = {"p": self.path, "m": self.mode, "s": self.cut.size, "h": self.cut.sha256, "k": self.cut.piece}
        return json.dumps(told | {"g" if self.cut.grouped else "c": ids}, separators=(",", ":"))


def line_from(text: str) -> Line:
    """Raises ValueError: not a line of ours, or a path that would leave the folder."""
    told = json.loads(text)
    try:
        path, grouped = PurePosixPath(told["p"]), "g" in told
        raw = bytes.fromhex(told["g" if grouped else "c"])
        ids = tuple(raw[at : at + ID] for at in range(0, len(raw), ID))
        made = Cut(str(told["h"]), int(told["s"]), int(told["k"]), ids, grouped)
        line = Line(str(path), int(told["m"]), made)
    except (KeyError, TypeError) as problem:
        raise ValueError("line") from problem
    if path.is_absolute() or ".." in path.parts or not path.parts or made.size < 0 or made.piece <= 0:
        raise ValueError("path")
    return line


def written(lines: Iterable[Line], packing: Packing) -> list[str]:
    """Ids (hexadecimal) of the groups of ``lines``, sorted by path."""
    groups: list[str] = []
    waiting: list[str] = []
    for line in sorted(lines, key=lambda one: one.path):
        waiting.append(line.text())
        if hashlib.sha256(line.path.encode()).digest()[0] < 8 or len(waiting) == _MOST:
            groups.append(packing.add("\n".join(waiting).encode(), "meta").hex())
            waiting = []
    if waiting:
        groups.append(packing.add("\n".join(waiting).encode(), "meta").hex())
    return groups


def lines_of(group: bytes) -> Iterator[Line]:
    """Raises ValueError."""
    for text in group.decode().split("\n"):
        yield line_from(text)


def pieces_of(cut: Cut, read: Callable[[bytes], bytes]) -> Iterator[bytes]:
    """Ids of the pieces of one file, in order. ``read``: the bytes of a piece."""
    if not cut.grouped:
        yield from cut.ids
        return
    for group in cut.ids:
        listed = read(group)
        if len(listed) % ID or len(listed) > GROUP * ID:
            raise ValueError("group")
        yield from (listed[at : at + ID] for at in range(0, len(listed), ID))
