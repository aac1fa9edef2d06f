"""« Vouliez-vous dire » : the known word that a word nobody wrote is nearest to (pure).

Two letters swapped, one missing, one too many, one for another: each is one step. The more documents hold a word,
the better it explains a misspelling.
"""

import math
from collections.abc import Iterable

from demeure.library.search.query import fold

SHORTEST = 4
"""Below, everything is near everything."""

_STRAY = 20
"""A word that one document holds is taken for a slip when a near one is held by this many times more."""


def steps_allowed(word: str) -> int:
    """How far a word may be from what was meant."""
    return 0 if len(word) < SHORTEST else 1 if len(word) < 7 else 2


def nearest(word: str, known: Iterable[tuple[str, str, int]], held: int = 0) -> str | None:
    """The word that was probably meant: out of ``known`` (word, without accents, documents). ``held``: documents
    that hold ``word`` itself. None: nothing is near enough."""
    folded = fold(word.casefold())
    most = steps_allowed(folded)
    letters = _letters(folded)
    best: tuple[float, bool, str] | None = None
    for candidate, plain, documents in known:
        if plain == folded or documents <= _STRAY * held:
            continue
        if (letters ^ _letters(plain)).bit_count() > 2 * most:
            continue
        far = steps(folded, plain, most)
        if far > most:
            continue
        score = far - 0.15 * math.log2(1 + documents) - 0.3 * (plain[:1] == folded[:1])
        ranked = (score, candidate == plain, candidate)  # as often without its accents: file names lack them
        if best is None or ranked < best:
            best = ranked
    return best[2] if best else None


def _letters(word: str) -> int:
    """Which letters it has, as bits: words with many different letters are far apart, at no cost."""
    bits = 0
    for character in word:
        bits |= 1 << (ord(character) & 31)
    return bits


def steps(a: str, b: str, most: int) -> int:
    """Insertions, removals, replacements and swaps of neighbours from ``a`` to ``b``; ``most`` + 1 when more."""
    if abs(len(a) - len(b)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, left in enumerate(a, 1):
        new = [i]
        for j, right in enumerate(b, 1):
            cost = min(row[j] + 1, new[j - 1] + 1, row[j - 1] + (left != right))
            if i > 1 and j > 1 and left == b[j - 2] and a[i - 2] == right:
                cost = min(cost, before[j - 2] + 1)
            new.append(cost)
        if min(new) > most:
            return most + 1
        before, row = row, new
    return min(row[-1], most + 1)
