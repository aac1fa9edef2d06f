"""What whole texts hold, known again where only a piece of it is quoted: the second line of an IBAN written on two,
a number without the label above it. Pure.

Names have their own way (``names.elsewhere``); this is of everything else.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from demeure.personal.detection import SENSITIVE, Detection, Kind

Words = tuple[str, ...]
Values = dict[Words, tuple[Kind, str]]
"""What was found, word by word in small letters → its kind and value."""

_WORD = re.compile(r"\w+")
_PART = re.compile(r"[^…]+")
"""Of a line: « … » stands where something was cut."""
WHOLE, PIECE = 6, 4
"""Characters of the least value, and of the least piece of one, that are known again."""
_IN_WORDS: tuple[Kind, ...] = ("address", "birth")
"""Kinds of which a piece of one word may be anything: « Paris », « 1962 »."""


def learn(text: str, found: Sequence[Detection], values: Values) -> None:
    """Adds to ``values`` what was ``found`` in ``text``."""
    for one in found:
        if one.kind != "name" and one.kind not in SENSITIVE:
            words = tuple(word.casefold() for word in _WORD.findall(text[one.start : one.end]))
            if sum(map(len, words)) >= WHOLE:
                values.setdefault(words, (one.kind, one.value))


class Known:
    """``values`` as they are looked for. A piece begins or ends a line: elsewhere nobody cuts a text."""

    def __init__(self, values: Mapping[Words, tuple[Kind, str]]) -> None:
        self._values = values
        self._beginning: dict[str, list[Words]] = {}
        self._holding: dict[str, list[Words]] = {}
        for words in sorted(values, key=len, reverse=True):
            self._beginning.setdefault(words[0], []).append(words)
            for word in dict.fromkeys(words):
                self._holding.setdefault(word, []).append(words)

    def missed(self, text: str, seen: Sequence[Detection]) -> list[Detection]:
        """What of them is in ``text`` and not whole in ``seen``."""
        if not self._values:
            return []
        inside = [one for one in seen if one.kind not in SENSITIVE]
        found: list[Detection] = []
        for one in self._in(text):
            if not any(other.start <= one.start and one.end <= other.end for other in (*inside, *found)):
                found.append(one)
        return found

    def _in(self, text: str) -> Iterator[Detection]:
        at = 0
        for line in text.splitlines(keepends=True):
            for part in _PART.finditer(line):
                marks = list(_WORD.finditer(line, *part.span()))
                said = [mark[0].casefold() for mark in marks]
                broken = bool(marks) and line[marks[-1].end() :].startswith("…")
                for first, last, words in (*self._whole(said), *self._cut(said), *self._broken(said, broken)):
                    kind, value = self._values[words]
                    start, end = at + marks[first].start(), at + marks[last - 1].end()
                    yield Detection(kind, start, end, value, "known-piece")
            at += len(line)

    def _whole(self, said: Sequence[str]) -> Iterator[tuple[int, int, Words]]:
        for first, word in enumerate(said):
            for words in self._beginning.get(word, ()):
                if tuple(said[first : first + len(words)]) == words:
                    yield first, first + len(words), words

    def _cut(self, said: Sequence[str]) -> Iterator[tuple[int, int, Words]]:
        """Of a line the longest end that begins a value, the longest beginning that ends one; a line that is of the
        middle of one is both."""
        if not said:
            return
        for words in self._holding.get(said[-1], ()):
            many = max(
                (n for n in _places(words, said[-1]) if n < len(words) and _ends(said, words[:n])), default=0
            )
            if many and self._tells(words, said[len(said) - min(many, len(said)) :]):
                yield max(0, len(said) - many), len(said), words
        for words in self._holding.get(said[0], ()):
            first = min(
                (n - 1 for n in _places(words, said[0]) if n > 1 and _begins(said, words[n - 1 :])), default=0
            )
            many = min(len(words) - first, len(said))
            if first and self._tells(words, said[:many]):
                yield 0, many, words

    def _broken(self, said: Sequence[str], broken: bool) -> Iterator[tuple[int, int, Words]]:
        """The end of a line that was cut within a word: « 1 85 05 78 00… »."""
        for words in self._values if broken else ():
            for many in range(min(len(said), len(words)), 0, -1):
                whole = many < 2 or tuple(said[-many:-1]) == words[: many - 1]
                if whole and words[many - 1].startswith(said[-1]) and self._tells(words, said[-many:]):
                    yield len(said) - many, len(said), words
                    break

    def _tells(self, words: Words, piece: Sequence[str]) -> bool:
        figures = any(char.isdigit() for word in piece for char in word)
        alone = len(piece) < 2 and self._values[words][0] in _IN_WORDS
        return figures and not alone and sum(map(len, piece)) >= PIECE


def _places(words: Words, word: str) -> list[int]:
    """After how many of ``words`` that word was said."""
    return [at + 1 for at, one in enumerate(words) if one == word]


def _ends(said: Sequence[str], words: Words) -> bool:
    """Does the line end with ``words``, or is it whole of their end?"""
    many = min(len(words), len(said))
    return tuple(said[-many:]) == words[-many:]


def _begins(said: Sequence[str], words: Words) -> bool:
    many = min(len(words), len(said))
    return tuple(said[:many]) == words[:many]
