"""What is read when a length of time is asked for: the lines that give one, and those that say of what. Pure."""

from collections.abc import Sequence

from demeure.assistant import durations
from demeure.assistant.to_the_point import LEANS
from demeure.assistant.units import CLOSER, SHARE, Unit

Place = tuple[int, int]
"""Of a unit: its passage, and its rank there."""


def lines(units: Sequence[Unit], chosen: set[Place], words: Sequence[frozenset[str]]) -> set[Place]:
    """Of ``chosen``: in the passages that give a length of time, the lines that do, and what speaks far more of the
    question; those alone when no other passage has a line that speaks more of it. ``words`` of what the question is
    about (``subjects.heard``): of lines that give one, those that hold them all leave the other passages aside."""
    read = [u for u in units if (u.passage, u.at) in chosen]
    giving = [u for u in read if durations.given(u.text)]
    nearest = max(giving, key=lambda u: u.own, default=None)
    if nearest is not None and nearest.own > 0:  # « il est valable soixante jours », elsewhere, is of another thing
        leaning = {(u.passage, u.at) for u in giving if u.own <= 0 and LEANS.match(u.text)}
        giving = [u for u in giving if u.passage == nearest.passage or (u.passage, u.at) not in leaning]
    whole = {u.passage for u in giving if len(words) > 1 and all(u.stems & word for word in words)}
    read = [u for u in read if not whole or u.passage in whole]
    giving = [u for u in giving if not whole or u.passage in whole]
    best = max((u.said for u in giving), default=0.0)
    there = {u.passage for u in giving if u.said >= SHARE * best}
    if giving and best >= max((u.said for u in read if u.passage not in there), default=0.0):
        there = {u.passage for u in read}
    kept = {(u.passage, u.at) for u in giving}
    kept |= {(u.passage, u.at - 1) for u in giving if LEANS.match(u.text)}
    kept |= {(u.passage, u.at) for u in read if u.passage not in there or u.said > best + CLOSER}
    heads = {(u.passage, at) for u in giving if u.table for at in range(u.table[0], u.table[1] + 1)}
    kept = _of_what(kept, read, giving, frozenset[str]().union(*words))
    return (chosen | (kept & {(u.passage, u.at) for u in units})) & (kept | heads)


def _of_what(kept: set[Place], read: Sequence[Unit], giving: Sequence[Unit], about: frozenset[str]) -> set[Place]:
    """``kept``, with the lines that say what the question is ``about`` when none of ``giving`` does; without those
    of ``giving`` that only come before them: « Les tables sont prêtées. La demande se fait dix jours avant. La sono
    n'est pas prêtée. » gives no delay for the sono."""
    speaking = {(u.passage, u.at) for u in read if u.stems & about}
    if not speaking or any((u.passage, u.at) in speaking or LEANS.match(u.text) for u in giving):
        return kept
    first = {passage: min(at for one, at in speaking if one == passage) for passage, _ in speaking}
    before = {(u.passage, u.at) for u in giving if u.at < first.get(u.passage, 0) and not u.heading & about}
    return (kept | speaking) - before
