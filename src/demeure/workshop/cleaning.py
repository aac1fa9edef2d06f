"""Text made safe and canonical: NFC, ligatures opened, control, invisible and direction characters out. Pure.

What a reader cannot see must not reach the model; each removal is counted so that the user is told.
"""

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache

_LIGATURES = {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "ft", "ﬆ": "st"}
_SPACES = {"\u2028": "\n", "\u2029": "\n\n", "\x0b": "\n", "\x0c": "\n", "\x85": "\n", "\r": "\n"}
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_SILENT = frozenset("\xad\ufeff")  # soft hyphens and byte-order marks are ordinary: removed, not reported
_BULLETS = frozenset("\uf0b7\uf0a7\uf0d8\uf076\uf0a8\uf0fc")  # Symbol and Wingdings bullets of word processors
_SPACE_RUN = re.compile(r"[^\S\n]*\n[^\S\n]*")
_PLAIN = re.compile("[\n\t\x20-\x7e\xa0-\xac\xae-\u02ff\u2010-\u2027\u202f-\u205e€→•■]*")
"""Visible, precomposed, harmless: nearly every French line, told in one pass."""

_BREAKS = re.compile(r"\s*\n\s*|[ \t]{2,}|\t")
_MANY_NEWLINES = re.compile(r"\n{3,}")

Flag = Callable[[str, int], None]


def clean(text: str, flag: Flag) -> str:
    """``text`` with only characters that show, in NFC. ``flag(name, times)`` is told what was removed."""
    if _PLAIN.fullmatch(text):
        return text
    text = text.replace("\r\n", "\n")
    table: dict[int, str] = {}
    for character in set(text):
        found = _fate(character)
        if found is None:
            continue
        replacement, name = found
        table[ord(character)] = replacement
        if name:
            flag(name, text.count(character))
    if table:
        text = text.translate(table)
    return text if unicodedata.is_normalized("NFC", text) else unicodedata.normalize("NFC", text)


def tidy(text: str) -> str:
    """No space around line ends, no more than one empty line in a row, nothing at either end."""
    return _MANY_NEWLINES.sub("\n\n", _SPACE_RUN.sub("\n", text)).strip()


def one_line(text: str) -> str:
    """Every run of white space as one space; no-break spaces are kept where they stand alone."""
    if "\n" not in text and "\t" not in text and "  " not in text:
        return text.strip()
    return _BREAKS.sub(" ", text).strip()


@lru_cache(maxsize=4096)
def _fate(character: str) -> tuple[str, str] | None:
    """(replacement, flag or empty), or None to keep the character."""
    if character in "\n\t":
        return None
    if character in _LIGATURES:
        return _LIGATURES[character], ""
    if character in _SPACES:
        return _SPACES[character], ""
    if character in _BULLETS:
        return "•", ""
    if character in _SILENT:
        return "", ""
    if character in _BIDI:
        return "", "direction-characters"
    return _by_category(character)


def _by_category(character: str) -> tuple[str, str] | None:
    code = ord(character)
    if 0xE0000 <= code <= 0xE01EF or 0xFE00 <= code <= 0xFE0F:
        # variation selectors of emoji (FE0x) are ordinary; tags and the others can carry a hidden message
        return "", "" if code <= 0xFE0F else "tag-characters"
    category = unicodedata.category(character)
    if category == "Cc":
        return "", "control-characters"
    if category == "Cf":
        return "", "invisible-characters"
    if category in ("Co", "Cn", "Cs"):
        return "", "unassigned-characters"
    return None
