"""A recognition model that hears little sometimes says the same again and again: what is said once is kept
once. Pure."""

import re
from collections.abc import Sequence
from dataclasses import replace

from demeure.workshop.recordings import Said

_TIMES = 3
"""The same words so many times in a row are a loop; twice may be somebody insisting."""

_FIGURES = 8
"""The same for figures: a telephone number is said in pairs."""

_LONGEST = 12
"""Words of a run that is looked for."""

_WORD = re.compile(r"\S+")


def unlooped(said: Sequence[Said]) -> list[Said]:
    """Without runs of the same words, inside a segment or from one to the next."""
    found: list[Said] = []
    at = 0
    while at < len(said):
        last = at
        while last + 1 < len(said) and _bare(said[last + 1].text) == _bare(said[at].text):
            last += 1
        several = said[at : last + 1] if last - at + 1 < _TIMES else [replace(said[at], end=said[last].end)]
        found += [replace(one, text=once(one.text)) for one in several]
        at = last + 1
    return found


def once(text: str) -> str:
    """``text`` where words said _TIMES times in a row or more are said once."""
    words = _WORD.findall(text)
    kept: list[str] = []
    at = 0
    while at < len(words):
        step = _loop(words, at)
        if step is None:
            kept.append(words[at])
            at += 1
            continue
        size, times = step
        kept += words[at : at + size]
        at += size * times
    return " ".join(kept)


def _loop(words: Sequence[str], at: int) -> tuple[int, int] | None:
    """(words, times) of the run that begins there."""
    for size in range(1, _LONGEST + 1):
        run = [_bare(word) for word in words[at : at + size]]
        times = 1
        while len(run) == size and [_bare(w) for w in words[at + size * times : at + size * (times + 1)]] == run:
            times += 1
        if times >= (_TIMES if not any(c.isdigit() for word in run for c in word) else _FIGURES):
            return size, times
    return None


def _bare(text: str) -> str:
    return re.sub(r"[^\w\s]", "", text.casefold()).strip()
