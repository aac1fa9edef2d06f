"""What changed between two texts, word by word. Pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

_TOKEN = re.compile(r"\n+|[^\S\n]+|\w+(?:['’]|(?:-\w+)*)|[^\w\s]")
LONGEST = 60_000
"""Words compared: beyond, the texts are compared paragraph by paragraph."""


@dataclass(frozen=True)
class Piece:
    """``kind``: same, gone or new."""

    kind: str
    text: str


def compared(before: str, after: str) -> list[Piece]:
    """The pieces in reading order; those gone stand before those that take their place. Joined, the pieces that are
    not new give ``before``, those that are not gone ``after``."""
    one, other = _TOKEN.findall(before), _TOKEN.findall(after)
    if len(one) + len(other) > LONGEST:
        one, other = before.splitlines(keepends=True), after.splitlines(keepends=True)
    found: list[Piece] = []
    for op, a0, a1, b0, b1 in _joined(SequenceMatcher(None, one, other, autojunk=False).get_opcodes(), one):
        if op == "equal":
            found.append(Piece("same", "".join(one[a0:a1])))
            continue
        if a1 > a0:
            found.append(Piece("gone", "".join(one[a0:a1])))
        if b1 > b0:
            found.append(Piece("new", "".join(other[b0:b1])))
    return found


def _joined(
    codes: Sequence[tuple[str, int, int, int, int]], one: list[str]
) -> Iterator[tuple[str, int, int, int, int]]:
    """A space alone between two changes is part of the change: it reads better."""
    held: tuple[str, int, int, int, int] | None = None
    for at, code in enumerate(codes):
        op, a0, a1, b0, b1 = code
        last = at == len(codes) - 1
        thin = op == "equal" and "".join(one[a0:a1]).strip() == "" and "\n" not in "".join(one[a0:a1]) and not last
        if op == "equal" and not (thin and held):
            if held:
                yield held
            held = None
            yield code
        elif held:
            held = ("replace", held[1], a1, held[3], b1)
        else:
            held = ("replace", a0, a1, b0, b1)
    if held:
        yield held


def changes(before: str, after: str) -> int:
    """How many places differ."""
    pieces = compared(before, after)
    return sum(
        1 for at, piece in enumerate(pieces) if piece.kind != "same" and (at == 0 or pieces[at - 1].kind == "same")
    )
