"""Words that tell of somebody's health or union: they name nobody, and say that more care is due."""

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from importlib import resources

from demeure.personal.detection import Detection, Kind
from demeure.personal.words import fold

_DATA = tomllib.loads(resources.files("demeure.personal").joinpath("sensitive.toml").read_text(encoding="utf-8"))
_KINDS: tuple[Kind, ...] = ("health", "union")


def _pattern(words: Sequence[str]) -> re.Pattern[str]:
    """One branch for each first letter, in it one for each second: words that begin otherwise are passed over at
    once, before what stands before them is looked at."""
    tree: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for word in words:
        heads, more = _first(word)
        seconds, rest = _first(more)
        for head in heads:
            for second in seconds:
                tree[head][second].append(rest)
    return re.compile("|".join(f"{head}(?:{_branches(tree[head])})" for head in sorted(tree)))


def _first(word: str) -> tuple[str, str]:
    """The letters that it may begin with, and the rest."""
    letters, rest = (word[1:].split("]", 1)) if word[0] == "[" else (word[0], word[1:])
    if not letters.isalpha() or rest[:1] in ("?", "*", "+", "{"):
        raise ValueError(word)
    return letters, rest


def _branches(rests: Mapping[str, Sequence[str]]) -> str:
    return "|".join(rf"{second}(?<!\w..)(?:{'|'.join(rests[second])})(?!\w)" for second in sorted(rests))


_PATTERNS = {kind: _pattern(_DATA[kind]) for kind in _KINDS}


def detect(text: str) -> Iterator[Detection]:
    """Every such word."""
    small = lowered(text)
    for kind, pattern in _PATTERNS.items():
        for found in pattern.finditer(small):
            yield Detection(kind, found.start(), found.end(), fold(found[0]), f"word-{kind}", None, 0.8)


def lowered(text: str) -> str:
    """Small letters, the same length: a capital that becomes two letters stays."""
    small = text.lower()
    return small if len(small) == len(text) else "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
