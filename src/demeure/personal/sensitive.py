"""Words that tell of somebody's health or union: they name nobody, and say that more care is due."""

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from importlib import resources

from demeure.personal.detection import Detection, Kind
from demeure.personal.words import fold

_DATA = tomllib.loads(resources.files("demeure.personal").joinpath("sensitive.toml").read_text(encoding="utf-8"))
_KINDS: tuple[Kind, ...] = ("health", "union")


def _pattern(words: Sequence[str]) -> re.Pattern[str]:
    """One branch for each first letter: words that begin otherwise are passed over at once."""
    rests: dict[str, list[str]] = defaultdict(list)
    for word in words:
        heads, rest = (
            (word[1 : word.index("]")], word[word.index("]") + 1 :]) if word[0] == "[" else (word[0], word[1:])
        )
        for head in heads:
            rests[head].append(rest)
    return re.compile(
        "|".join(rf"{head}(?<!\w.)(?:{'|'.join(tails)})(?!\w)" for head, tails in sorted(rests.items()))
    )


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
