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
_BETWEEN = "\0"
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

_REMEMBERED = 50_000
_SAID: dict[str, tuple[int, ...]] = {}
"""Words that were said → rows of _PLAIN that they may lead to."""


def _needed(rows: Sequence[Plain]) -> dict[str, list[int]]:
    """The longest word of each phrase that a row needs → rows."""
    found: dict[str, list[int]] = {}
    for number, (after, _) in enumerate(rows):
        for word in {max(phrase.split(), key=len) for phrase in after}:
            found.setdefault(word, []).append(number)
    return found


_NEEDED = _needed(_PLAIN)


def for_machines(sentences: Sequence[str]) -> list[bool]:
    """For each of ``sentences`` (in order): is it meant for a machine? Those plainly so, and orders near them."""
    if not _plain(_folded("\n".join(sentences))):  # of nearly every passage, in one look
        return [False] * len(sentences)
    folded = [_folded(sentence) for sentence in sentences]
    plain = [at for at, text in enumerate(folded) if _plain(text)]
    found = [False] * len(folded)
    for at in plain:
        found[at] = True
        for near in range(max(at - _REACH, 0), min(at + _REACH + 1, len(folded))):
            found[near] = found[near] or bool(_ORDER.match(folded[near]))
    return found


def count_for_machines(texts: Sequence[str]) -> int:
    """How many sentences of ``texts`` are meant for a machine; each is looked at alone."""
    folded = _folded(
        _BETWEEN.join(text.replace(_BETWEEN, " ") for text in texts)
    )  # at once: it is most of the work
    pairs = zip(texts, folded.split(_BETWEEN), strict=True) if texts else ()
    return sum(sum(for_machines(_SENTENCE.findall(text))) for text, one in pairs if _plain(one))


def said_to_machines(text: str, most: int = 5) -> list[str]:
    """The first such sentences, as they are written."""
    sentences = [" ".join(found.split()) for found in _SENTENCE.findall(text)]
    return [sentence for sentence, meant in zip(sentences, for_machines(sentences), strict=True) if meant][:most]


def _plain(folded: str) -> bool:
    """Is one of its lines plainly meant for a machine? A pattern is tried on the lines that hold what it needs."""
    for line in folded.split("\n"):
        for row in _heard(line):
            after, pattern = _PLAIN[row]
            if any(map(line.__contains__, after)) and pattern.search(line):
                return True
    return False


def _heard(line: str) -> set[int]:
    """Rows that it may match, by its words one by one: a French text says the same ones again and again, and each
    is compared with what is needed once."""
    words = line.split()
    new = {word for word in words if word not in _SAID}
    if new:
        if len(_SAID) > _REMEMBERED:
            _SAID.clear()
            new = set(words)
        _SAID.update(dict.fromkeys(new, ()))
        joined = " ".join(new)
        for needed, rows in _NEEDED.items():
            if needed in joined:
                _SAID.update((word, (*_SAID[word], *rows)) for word in new if needed in word)
    return {row for word in words for row in _SAID[word]}


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
