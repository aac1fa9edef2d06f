"""The cells of the cache that all answers share, as llama.cpp gives and takes them back. Pure: counted, not listed.

A token takes the lowest free cell, and each pass goes through every cell up to the highest in use (``find_slot``,
``get_n_kv``): what an ended answer leaves below another's is filled first, and weighs until then. An answer that
has ended keeps its cells until the next request is given a place (llama-server, ``cache_idle_slots``).
"""

from collections.abc import Collection
from dataclasses import dataclass


@dataclass
class _Part:
    """``cells`` of the cache somewhere in from ``start`` to ``end``, spread evenly: answers that are written
    together take cells in turn."""

    start: float
    end: float
    cells: float


@dataclass
class _Kept:
    """What one answer holds: its parts, the cells of them all, and the highest of their ends."""

    parts: list[_Part]
    cells: float = 0.0
    end: float = 0.0


class Cache:
    """``used``: cells that hold a token; ``highest``: cells up to the last of them. Places are numbers."""

    def __init__(self) -> None:
        self.used = self.highest = 0.0
        self._kept: dict[int, _Kept] = {}
        self._holes: list[_Part] = []  # the lowest first
        self._ended: list[int] = []

    def kept(self, place: int) -> float:
        """Cells of the one in that place."""
        return self._kept[place].cells if place in self._kept else 0.0

    def grow(self, places: Collection[int], each: float) -> None:
        """``each`` tokens more of all of ``places``, in turn."""
        left = each * len(places)
        if left <= 0.0:
            return
        self.used += left
        while left > 0.0 and self._holes:
            hole = self._holes[0]
            taken = min(left, hole.cells)
            reached = hole.end if taken == hole.cells else hole.start + (hole.end - hole.start) * taken / hole.cells
            self._give(places, hole.start, reached, taken)
            if taken == hole.cells:
                self._holes.pop(0)
            else:
                hole.start, hole.cells = reached, hole.cells - taken
            left -= taken
        if left > 0.0:
            self._give(places, self.highest, self.highest + left, left)
            self.highest += left

    def _give(self, places: Collection[int], start: float, end: float, taken: float) -> None:
        each = taken / len(places)
        for place in places:
            kept = self._kept.get(place)
            if kept is None:
                kept = self._kept[place] = _Kept([])
            if kept.parts and kept.parts[-1].end == start:
                kept.parts[-1].end = end
                kept.parts[-1].cells += each
            else:
                kept.parts.append(_Part(start, end, each))
            kept.cells += each
            kept.end = max(kept.end, end)

    def end(self, place: int) -> None:
        """That one has ended. Its cells stay."""
        self._ended.append(place)

    def clear(self) -> None:
        """A request is given a place: those that ended leave their cells."""
        if not self._ended:
            return
        gone = [self._kept.pop(place) for place in self._ended if place in self._kept]
        left = [*self._holes, *(part for one in gone for part in one.parts)]
        self._ended.clear()
        self.used = sum(one.cells for one in self._kept.values())
        self.highest = max(self.used, max((one.end for one in self._kept.values()), default=0.0))
        self._holes = _joined(left, self.highest)
        free, found = self.highest - self.used, sum(hole.cells for hole in self._holes)
        if found > 0.0:  # what is counted twice or not at all, as parts lie among each other
            self._holes = [_Part(one.start, one.end, one.cells * free / found) for one in self._holes]
        elif free > 0.0:
            self._holes = [_Part(0.0, self.highest, free)]


def _joined(parts: list[_Part], highest: float) -> list[_Part]:
    """What lies below ``highest`` of ``parts``, those that touch in one."""
    found: list[_Part] = []
    for one in sorted(parts, key=lambda part: part.start):
        end = min(one.end, highest)
        if end <= one.start:
            continue
        cells = one.cells * (end - one.start) / (one.end - one.start)
        if found and one.start <= found[-1].end:
            found[-1].end = max(found[-1].end, end)
            found[-1].cells += cells
        else:
            found.append(_Part(one.start, end, cells))
    return found
