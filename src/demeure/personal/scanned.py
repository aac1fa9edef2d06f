"""Figures that a recognition of characters read as letters, put back at the same places (pure)."""

import re
from collections.abc import Iterator

_FIGURES = str.maketrans("OoQDIl|SBZz", "00001115822")
_TOKEN = re.compile(
    r"[0-9OoQDIl|SBZz](?<![0-9A-Za-zÀ-ÿ].)(?!(?<=[0-9])[0-9]{0,19}(?![0-9A-Za-zÀ-ÿ|]))"
    r"[0-9OoQDIl|SBZz]{0,19}(?![0-9A-Za-zÀ-ÿ])"
)
"""But for figures alone, which stay as they are."""
_MIXED = re.compile(
    r"[0-9](?:(?=[OoQDIl|SBZz])|(?<=[OoQDIl|SBZz].)|(?<=[OoQDIl|SBZz][OoQDIl|SBZz][ .\-].)(?<![0-9A-Za-zÀ-ÿ]....))"
)
"""A figure that touches such a letter, or stands behind two: without one, nothing is to be put back."""
_PAIR = re.compile(r"[ .\-][0-9]")
_FLOOR = re.compile(r"[0-9]{1,3}[BDbd]")
_CHAINED = re.compile(r"[0-9]{2}[ .\-\n]$")


def repaired(text: str) -> str:
    """``text``, the same length: in a word that holds a figure and else only letters that look like figures, these
    are figures. « 2B » and « 12 B » stay."""
    return _TOKEN.sub(_figures, text) if _MIXED.search(text) else text


def misread(text: str) -> Iterator[tuple[int, int]]:
    """Where ``repaired`` changes ``text``."""
    return (found.span() for found in _TOKEN.finditer(text) if _figures(found) != found[0])


def figures(word: str) -> str:
    """``word`` with every letter that looks like a figure as that figure."""
    return word.translate(_FIGURES)


def _figures(found: re.Match[str]) -> str:
    word = found[0]
    if word.isdigit() or word.upper() in ("2A", "2B"):
        return word
    if _FLOOR.fullmatch(word) and not _CHAINED.search(found.string, max(0, found.start() - 4), found.start()):
        return word
    held = any(c.isdigit() for c in word)
    beside = len(word) == 2 and _PAIR.match(found.string, found.end()) is not None
    return word.translate(_FIGURES) if held or beside else word
