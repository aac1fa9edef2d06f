"""What whole texts hold, known again where only a piece of it is quoted: the second line of an IBAN written on two,
a number without the label above it. Pure.

Names have their own way (``names.elsewhere``); here they are known by the line that they stand in.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from demeure.personal.detection import SENSITIVE, Detection, Kind

Words = tuple[str, ...]
Values = dict[Words, tuple[Kind, str]]
"""What was found, word by word in small letters → its kind and value."""

_WORD = re.compile(r"\w+")
_PART = re.compile(r"[^…]+")
"""Of a line: « … » stands where something was cut."""
WHOLE, PIECE, LINE = 6, 5, 3
"""Characters of the least value, of the least piece of one, and of the least line that is a name and nothing else,
that are known again."""
_WHOLE_ONLY: tuple[Kind, ...] = ("birth",)
"""Kinds of which a piece may be anything: « 14 juillet », « 1962 »."""
_MOST = 12
"""Words of the longest value, about."""
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
        whole = any(start == 0 and end == len(said) for start, end, _, _ in inside)
        if inside and len(said) >= (LINE if whole else PIECE):
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
        self._sizes = {len(words) for words in values}
        self._pairs: dict[tuple[str, str], list[tuple[Words, int]]] = {}
        """Two words of a value, one after the other → the value, and after how many of its words they are said."""
        self._lone: dict[str, list[tuple[Words, int]]] = {}
        self._after: dict[str, list[tuple[Words, int]]] = {}
        """A word of a value → the value, and the place of the word that comes after."""
        for words in sorted(values, key=len, reverse=True):
            for at, pair in enumerate(pairwise(words)):
                self._pairs.setdefault(pair, []).append((words, at + 2))
                self._after.setdefault(pair[0], []).append((words, at + 1))
            for at, word in enumerate(words):
                if len(word) >= _LONE and len(words) > 1:
                    self._lone.setdefault(word, []).append((words, at + 1))

    def missed(self, text: str, seen: Sequence[Detection]) -> list[Detection]:
        """What of them is in ``text`` and not whole in ``seen``."""
        if not self._values:
            return []
        hidden = bytearray(len(text) + 1)
        for one in seen:
            if one.kind not in SENSITIVE:
                hidden[one.start : one.end] = b"\1" * (one.end - one.start)
        found: list[Detection] = []
        for one in self._in(text, hidden):
            if not all(hidden[one.start : one.end]):
                hidden[one.start : one.end] = b"\1" * (one.end - one.start)
                found.append(one)
        return found

    def _in(self, text: str, hidden: bytearray) -> Iterator[Detection]:
        at = 0
        for line in text.splitlines(keepends=True):
            for part in _PART.finditer(line):
                marks = list(_WORD.finditer(line, *part.span()))
                said = [mark[0].casefold() for mark in marks]
                broken = bool(marks) and line[marks[-1].end() :].startswith("…")
                begins = not marks or bool(hidden[at + marks[0].start()])
                ends = not marks or bool(hidden[at + marks[-1].start()])
                there = [*self._whole(said)]
                ends |= sum(map(len, said[-_MOST:])) < PIECE
                begins |= sum(map(len, said[:_MOST])) < PIECE
                there += [] if ends else self._ended(said)
                there += [] if begins else self._begun(said)
                there += self._broken(said) if broken and not ends else []
                for first, last, words in there:
                    kind, value = self._values[words]
                    start, end = at + marks[first].start(), at + marks[last - 1].end()
                    yield Detection(kind, start, end, value, "known-piece")
            at += len(line)

    def _whole(self, said: Sequence[str]) -> Iterator[tuple[int, int, Words]]:
        for size in self._sizes:
            for first in range(len(said) - size + 1):
                words = tuple(said[first : first + size])
                if words in self._values:
                    yield first, first + size, words

    def _ended(self, said: Sequence[str]) -> Iterator[tuple[int, int, Words]]:
        """Of a line the longest end that begins a value, or all of it that is of the middle of one."""
        here = self._pairs.get((said[-2], said[-1]), ()) if len(said) > 1 else self._lone.get(said[-1], ())
        for words, upto in here:
            many = min(upto, len(said))
            same = upto < len(words) and tuple(said[-many:]) == words[upto - many : upto]
            if same and self._tells(words, said[-many:]):
                yield len(said) - many, len(said), words
                return

    def _begun(self, said: Sequence[str]) -> Iterator[tuple[int, int, Words]]:
        """Of a line the longest beginning that ends a value."""
        here = self._pairs.get((said[0], said[1]), ()) if len(said) > 1 else ()
        lone = [(words, upto + 1) for words, upto in self._lone.get(said[0], ())]
        for words, upto in (*here, *lone):
            first = upto - 2
            many = min(len(words) - first, len(said))
            if first > 0 and tuple(said[:many]) == words[first : first + many] and self._tells(words, said[:many]):
                yield 0, many, words
                return

    def _broken(self, said: Sequence[str]) -> Iterator[tuple[int, int, Words]]:
        """The end of a line that was cut within a word: « 1 85 05 78 00… »."""
        for words, at in self._after.get(said[-2], ()) if len(said) > 1 else ():
            if words[at].startswith(said[-1]):
                many = min(at + 1, len(said))
                if tuple(said[-many:-1]) == words[at + 1 - many : at] and self._tells(words, said[-many:]):
                    yield len(said) - many, len(said), words
                    return

    def _tells(self, words: Words, piece: Sequence[str]) -> bool:
        kind, figures = self._values[words][0], sum(char.isdigit() for word in piece for char in word)
        if kind in _WHOLE_ONLY or not figures or (kind == "address" and len(piece) < 3 and figures < PIECE):
            return False
        return sum(map(len, piece)) >= (_LONE if len(piece) < 2 else PIECE)
