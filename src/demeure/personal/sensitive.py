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


_LETTERS = "0-9a-z_à-öø-ÿ"


def _pattern(words: Sequence[str]) -> re.Pattern[str]:
    """With the sign before a word: no letter that French has, told at once, nor any other. One branch for each
    first letter, in it one for each second: words that begin otherwise are passed over at once."""
    tree: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for word in words:
        heads, more = _first(word)
        seconds, rest = _first(more)
        for head in heads:
            for second in seconds:
                tree[head][second].append(rest)
    branches = "|".join(f"{head}(?:{_branches(tree[head])})" for head in sorted(tree))
    return re.compile(rf"[^{_LETTERS}](?=[{''.join(tree)}])(?<!\w)(?:{branches})(?!\w)")


def _first(word: str) -> tuple[str, str]:
    """The letters that it may begin with, and the rest."""
    letters, rest = (word[1:].split("]", 1)) if word[0] == "[" else (word[0], word[1:])
    if not letters.isalpha() or rest[:1] in ("?", "*", "+", "{"):
        raise ValueError(word)
    return letters, rest


def _branches(rests: Mapping[str, Sequence[str]]) -> str:
    return "|".join(f"{second}(?:{'|'.join(rests[second])})" for second in sorted(rests))


_WORD = _pattern([word for kind in _KINDS for word in _DATA[kind]])
_OF = {kind: re.compile("|".join(_DATA[kind])) for kind in _KINDS}


def detect(text: str, small: str) -> Iterator[Detection]:
    """Every such word. ``small``: ``text`` in small letters."""
    for found in _WORD.finditer(f" {small if len(small) == len(text) else lowered(text)}"):
        word = found[0][1:]
        kind = next(kind for kind in _KINDS if _OF[kind].fullmatch(word))
        yield Detection(kind, found.start(), found.end() - 1, fold(word), f"word-{kind}", None, 0.8)


def lowered(text: str) -> str:
    """Small letters, the same length: a capital that becomes two letters stays."""
    small = text.lower()
    return small if len(small) == len(text) else "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
