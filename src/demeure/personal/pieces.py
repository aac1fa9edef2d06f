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
WHOLE, PIECE = 6, 5
"""Characters of the least value, and of the least piece of one, that are known again."""
_WHOLE_ONLY: tuple[Kind, ...] = ("birth",)
"""Kinds of which a piece may be anything: « 14 juillet », « 1962 »."""
_LONE = 6
"""Characters of the least piece of one word: « 2005 » of an IBAN is a year like another."""


def learn(text: str, found: Sequence[Detection], values: Values) -> None:
    """Adds to ``values`` what was ``found`` in ``text``."""
    for one in found:
        if one.kind != "name" and one.kind not in SENSITIVE:
            words = tuple(word.casefold() for word in _WORD.findall(text[one.start : one.end]))
            if sum(map(len, words)) >= WHOLE:
                values.setdefault(words, (one.kind, one.value))


Lines = dict[str, tuple[tuple[int, int, Kind, str], ...]]
"""A line of a whole text → what only the whole says of it: start, end, kind, value."""
_MARKS = re.compile(r"[\s>*•\-–|]*(?:[0-9]{1,3}[.)][ ])?")


def place(text: str, found: Sequence[Detection], lines: Lines) -> None:
    """Adds to ``lines`` those of ``text`` that hold a name, or a part of what goes on over lines: the same line
    says the same, quoted without what stands around it there."""
    names = [
        one
        for one in found
        if one.kind == "name" or (one.kind not in SENSITIVE and "\n" in text[one.start : one.end])
    ]
    at = 0
    for line in text.splitlines(keepends=True) if names else ():
        said = line.strip()
        begin = at + len(line) - len(line.lstrip())
        inside = tuple(
            (max(0, one.start - begin), min(len(said), one.end - begin), one.kind, one.value)
            for one in names
            if one.start < begin + len(said) and one.end > begin
        )
        if inside and len(said) >= PIECE:
            lines.setdefault(said, inside)
        at += len(line)


def placed(text: str, seen: Sequence[Detection], lines: Lines) -> list[Detection]:
    """What ``lines`` say of those of ``text`` that are the same, but for the mark that a list puts before them, and
    that is not in ``seen``."""
    taken = [one for one in seen if one.kind not in SENSITIVE]
    found, at = list[Detection](), 0
    for line in text.splitlines(keepends=True) if lines else ():
        marked = _MARKS.match(line)
        for begin in dict.fromkeys((len(line) - len(line.lstrip()), marked.end() if marked else 0)):
            for start, end, kind, value in lines.get(line[begin:].strip(), ()):
                here = Detection(kind, at + begin + start, at + begin + end, value, "known-piece")
                if not any(other.start < here.end and here.start < other.end for other in (*taken, *found)):
                    found.append(here)
        at += len(line)
    return found


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
        kind, figures = self._values[words][0], sum(char.isdigit() for word in piece for char in word)
        if kind in _WHOLE_ONLY or not figures or (kind == "address" and len(piece) < 3 and figures < PIECE):
            return False
        return sum(map(len, piece)) >= (_LONE if len(piece) < 2 else PIECE)


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
