"""Three-way merge of a part of a document: the text it was written on, what people made of it, the text of now.
What only one side changed is taken; what both changed differently is a conflict, and both are kept. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby


@dataclass(frozen=True)
class Conflict:
    """Lines that both sides changed. ``base``: what they were."""

    base: str
    mine: str
    new: str


@dataclass(frozen=True)
class Merged:
    """``text``: with people's own lines wherever there is a conflict; ``taken``: with the new ones there, and there
    alone. Nothing of either side is anywhere but in ``text`` or in ``conflicts``."""

    text: str
    conflicts: tuple[Conflict, ...] = ()
    taken: str = ""


def merge(base: str, mine: str, new: str) -> Merged:
    """``base``: the generated text that ``mine`` was written on; ``new``: the generated text of now."""
    if mine in (base, new):
        return Merged(new, taken=new)
    if new == base:
        return Merged(mine, taken=mine)
    before, ours, theirs = (text.split("\n") for text in (base, mine, new))
    lines: list[str] = []
    taken: list[str] = []
    conflicts: list[Conflict] = []
    for kind, old, own, other in _regions(before, ours, theirs):
        if kind == "conflict":
            conflicts.append(Conflict("\n".join(old), "\n".join(own), "\n".join(other)))
        lines += other if kind == "new" else own
        taken += other if kind in ("new", "conflict") else own
    return Merged("\n".join(lines), tuple(conflicts), "\n".join(taken))


Region = tuple[str, list[str], list[str], list[str]]


def _regions(base: list[str], mine: list[str], new: list[str]) -> Iterator[Region]:
    """(same, mine, new or conflict; lines of base, of mine, of new), in order, all of each side."""
    at = (0, 0, 0)
    for b, m, n, size in _common(base, mine, new):
        old, own, other = base[at[0] : b], mine[at[1] : m], new[at[2] : n]
        if old or own or other:
            yield from _by_line(old, own, other)
        if size:
            yield "same", base[b : b + size], mine[m : m + size], new[n : n + size]
        at = (b + size, m + size, n + size)


def _by_line(old: list[str], own: list[str], other: list[str]) -> Iterator[Region]:
    """One region; a conflict in which each side has as many lines as before, none of them elsewhere than it was, is
    decided line by line: two edits of lines that touch are no edit of the same line."""
    kind, lines = _kind(old, own, other), list(zip(old, own, other, strict=False))
    moved = any(line != was and line in old for was, *sides in lines for line in sides)
    if kind != "conflict" or not len(old) == len(own) == len(other) or moved:
        yield kind, old, own, other
        return
    for each, run in groupby(lines, lambda line: _kind(*([one] for one in line))):
        was, mine, new = zip(*run, strict=True)
        yield each, list(was), list(mine), list(new)


def _kind(old: list[str], own: list[str], other: list[str]) -> str:
    if own == other or other == old:
        return "mine"
    return "new" if own == old else "conflict"


def _common(base: list[str], mine: list[str], new: list[str]) -> Iterator[tuple[int, int, int, int]]:
    """Runs of lines that all three have, in order; an empty one at the end."""
    to_mine = SequenceMatcher(None, base, mine, autojunk=False).get_matching_blocks()
    to_new = SequenceMatcher(None, base, new, autojunk=False).get_matching_blocks()
    i = j = 0
    while i < len(to_mine) and j < len(to_new):
        (b1, m, size1), (b2, n, size2) = to_mine[i], to_new[j]
        start, end = max(b1, b2), min(b1 + size1, b2 + size2)
        if start < end:
            yield start, m + start - b1, n + start - b2, end - start
        if b1 + size1 < b2 + size2:
            i += 1
        else:
            j += 1
    yield len(base), len(mine), len(new), 0
