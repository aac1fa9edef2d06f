"""How wide the columns of a table are set, and which of its rows stay on one page (pure)."""

import re
from collections.abc import Sequence

Cell = list[dict[str, object]]

_LINE, _LEAST, _WORD, _ROOM = 120, 12, 30, 4
"""Signs: of one line of a page; below which no column has to fold; of a word that is kept whole; of the inset."""
_BOLD = 1.4
"""What a word takes in bold or in a wide font, which the reader's machine chooses: words are not cut for that."""
_NARROW, _LINES = 90, 12
"""Signs of a line of a page in the font of tables; lines of a row that fits on any page, and is not cut in two."""
_FEW = 5  # columns: so many are read on an upright page, whatever is in them


def shares(rows: Sequence[Sequence[Cell]]) -> list[int]:
    """For each column, a share of the width (of their sum): what its longest cell asks, up to a fair part of a
    line and of what short columns leave of it (half a line at most), and no less than its longest word. ``rows``:
    the header first, all as long."""
    asked = [(_longest(column), _word(column)) for column in zip(*rows, strict=True)]

    def shared(most: int) -> list[int]:
        return [max(min(longest, most), word) + _ROOM for longest, word in asked]

    fair = max(_LEAST, _LINE // max(1, len(asked)))
    wider = (most for most in range(max(fair, _LINE // 2), fair, -1) if sum(shared(most)) <= _LINE)
    return shared(next(wider, fair))


def turned(rows: Sequence[Sequence[Cell]]) -> bool:
    """Is it for a page laid on its side: an upright one would cut the words of so many columns?"""
    words = [_word(column) + _ROOM for column in zip(*rows, strict=True)]
    return len(words) > _FEW and sum(words) > _LINE


def whole(row: Sequence[Cell], wide: Sequence[int]) -> bool:
    """Is that row, with columns of those shares, short enough never to be cut between two pages?"""
    room = [max(1.0, _NARROW * share / sum(wide) - _ROOM) for share in wide]
    return all(len(_text(cell)) <= _LINES * signs for cell, signs in zip(row, room, strict=True))


def _longest(column: Sequence[Cell]) -> int:
    return max(len(_text(cell)) for cell in column)


def _word(column: Sequence[Cell]) -> int:
    words = [word for cell in column for word in re.split(r"[\s\u200b-]+", _text(cell))]
    return round(min(max(map(len, words), default=0), _WORD) * _BOLD)


def _text(cell: Cell) -> str:
    return "".join(str(run.get("text", " ")) for run in cell)
