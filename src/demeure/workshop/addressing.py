"""Sentences of a document that speak to a machine instead of a reader: orders to an assistant, French and English.

Pure. A sentence is told by its words alone, so a document about assistants may be marked, and an order in ordinary
prose may not be: whoever reads is warned (docs/hostile.md gives both rates). What is looked for: addressing.toml.
"""

import re
import tomllib
import unicodedata
from collections.abc import Sequence
from importlib import resources
from typing import Any

_FOLDS = {"’": "'", "‘": "'", "ʼ": "'", "«": '"', "»": '"', "“": '"', "”": '"', "œ": "oe", "æ": "ae"}
_ACCENTS = re.compile("[\u0300-\u036f]+")
_SENTENCE = re.compile(r"[^\n.!?…]+(?:[.!?…](?!\s|$)[^\n.!?…]*)*[.!?…]*[\"')\]]*")
_REACH = 3
"""An order on what to say counts within that many sentences of one that is plainly meant for a machine."""

Plain = tuple[tuple[str, ...], re.Pattern[str]]
"""Words without which the pattern cannot match: nearly all text has none of them, which is told much faster."""


def _known(data: dict[str, Any]) -> tuple[tuple[Plain, ...], re.Pattern[str]]:
    def filled(pattern: str) -> str:
        for name, words in data["words"].items():
            pattern = pattern.replace(f"{{{name}}}", words)
        return pattern

    plain = tuple(
        (tuple(row["after"]), re.compile("|".join(map(filled, row["any"])), re.MULTILINE)) for row in data["plain"]
    )
    return plain, re.compile(f"{data['near']['begins']}(?:{'|'.join(data['near']['orders'])})\\b")


_PLAIN, _ORDER = _known(
    tomllib.loads(resources.files("demeure.workshop").joinpath("addressing.toml").read_text(encoding="utf-8"))
)


def for_machines(sentences: Sequence[str]) -> list[bool]:
    """For each of ``sentences`` (in order): is it meant for a machine? Those plainly so, and orders near them."""
    folded = [_folded(sentence) for sentence in sentences]
    plain = [at for at, text in enumerate(folded) if _plain(text)]
    found = [False] * len(folded)
    for at in plain:
        found[at] = True
        for near in range(max(at - _REACH, 0), min(at + _REACH + 1, len(folded))):
            found[near] = found[near] or bool(_ORDER.match(folded[near]))
    return found


def count_for_machines(text: str) -> int:
    """How many sentences of ``text`` are meant for a machine."""
    return sum(for_machines(_SENTENCE.findall(text))) if _plain(_folded(text)) else 0


def said_to_machines(text: str, most: int = 5) -> list[str]:
    """The first such sentences, as they are written."""
    sentences = [" ".join(found.split()) for found in _SENTENCE.findall(text)]
    return [sentence for sentence, meant in zip(sentences, for_machines(sentences), strict=True) if meant][:most]


def _plain(folded: str) -> bool:
    """Is one of its lines plainly meant for a machine? Only the lines that hold a needed word are looked at."""
    likely = [row for row in _PLAIN if any(map(folded.__contains__, row[0]))]
    lines = folded.split("\n") if likely else ()
    return any(
        any(map(line.__contains__, after)) and pattern.search(line) for line in lines for after, pattern in likely
    )


def _folded(text: str) -> str:
    """Lower case, no accent, plain quotation marks and apostrophes."""
    text = text.lower()
    for sign, plain in _FOLDS.items():  # quicker than a table, which is asked of each character
        text = text.replace(sign, plain)
    if text.isascii():
        return text
    text = _ACCENTS.sub("", unicodedata.normalize("NFKD", text))
    others = "" if text.isascii() else "".join(c for c in set(text) if unicodedata.combining(c))
    return text.translate(dict.fromkeys(map(ord, others))) if others else text
