"""What stands just before or after a place in a text: the words that tell what a number is (pure, bounded)."""

import re
from collections.abc import Iterable

BEFORE, AFTER = 60, 24
"""Characters looked at on either side."""
_STEM = 4


def holds(text: str, words: Iterable[str]) -> bool:
    """Any of ``words``, wherever: a look before a longer one."""
    for word in words:  # noqa: SIM110 — half the time of any(), and most texts are left here
        if word in text:
            return True
    return False


class Words:
    """Any of some words, whatever their capitals; looked for near a place. Each begins with a letter, or with one
    of several in brackets: where a text goes on otherwise, it is passed over at once."""

    def __init__(self, *words: str) -> None:
        rests: dict[str, list[str]] = {}
        for word in words:
            heads, rest = (word[1:].split("]", 1)) if word[0] == "[" else (word[0], word[1:])
            if not heads.isalpha() or rest[:1] in ("?", "*", "+", "{"):
                raise ValueError(word)
            for head in heads:
                rests.setdefault(head.lower(), []).append(rest)
        branches = (rf"{head}(?<!\w.)(?:{'|'.join(rests[head])})" for head in sorted(rests))
        self._found = re.compile(rf"(?:{'|'.join(branches)})(?!\w)")
        self._stems = tuple(dict.fromkeys(stem for word in words for stem in _stems(word)))

    def maybe(self, small: str) -> bool:
        """Whether ``small``, a text in small letters, may hold any, wherever: a look before a longer one."""
        return holds(small, self._stems)

    def before(self, text: str, at: int, reach: int = BEFORE) -> bool:
        """In the ``reach`` characters before ``at``."""
        return self._within(text, max(0, at - reach), at)

    def after(self, text: str, at: int, reach: int = AFTER) -> bool:
        """In the ``reach`` characters from ``at`` on."""
        return self._within(text, at, at + reach)

    def _within(self, text: str, start: int, end: int) -> bool:
        led = start > 0  # by a character that tells whether a word begins there
        around = text[start - led : end].lower()
        return holds(around, self._stems) and self._found.search(around, led) is not None

    def near(self, text: str, start: int, end: int, reach: int = BEFORE) -> bool:
        """On either side of ``text[start:end]``."""
        return self.before(text, start, reach) or self.after(text, end, reach)


def _stems(word: str) -> list[str]:
    """What every writing of ``word`` (an expression) begins with, four characters at most: « tél », « tel »."""
    found, at = [""], 0
    while at < len(word) and len(found[0]) < _STEM and word[at] not in "(.":
        if word[at] == "\\" and word[at + 1] != ".":
            break
        end = word.index("]", at) + 1 if word[at] == "[" else at + 1 + (word[at] == "\\")
        if word[end : end + 1] in ("?", "*", "{"):
            break
        signs = word[at:end].strip("[]\\")
        found = [stem + sign for stem in found for sign in signs]
        at = end
    return found
