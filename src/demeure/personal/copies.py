"""Copies of a text that are easier to read than it, each with where its characters stand there (pure)."""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import accumulate

from demeure.personal.detection import Detection

_UNSEEN = "\u00ad\u200b\u200c\u2060\ufeff"
_WIDE = {**{code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}, 0x3000: ord(" ")}
"""Signs as wide as an ideogram (« ０６ »), and what they are."""
_ODD = re.compile(f"-[{_UNSEEN}]*\r?\n|[\r{_UNSEEN}\u0300-\u036f\u3000\uff01-\uff5e]")
_CLUSTER = re.compile(
    rf"(?P<broken>(?<=[^\W\d_])-[{_UNSEEN}]*\r?\n(?=[^\W\d_]))|\r\n?|(?P<unseen>[{_UNSEEN}])"
    "|[^\u0300-\u036f][\u0300-\u036f]+|.",
    re.DOTALL,
)
_MARK = re.compile(r"\n[ \t]{0,8}(?:[0-9]{1,3}[.)]|[-•*–]|>{1,4})[ \t]{1,3}")


@dataclass(frozen=True)
class Copy:
    """``spans``: of each character of ``text``, where what it stands for begins and ends in the original."""

    text: str
    spans: tuple[tuple[int, int], ...]

    def back(self, found: Iterable[Detection]) -> Iterator[Detection]:
        """The same detections, where they are in the original."""
        for one in found:
            yield replace(one, start=self.spans[one.start][0], end=self.spans[one.end - 1][1])


def composed(text: str) -> Copy | None:
    """Letters and their accents in one character, lines that end one way, words that a line broke whole, nothing
    that is not seen (soft hyphens, blanks of no width), figures of one width; None for a text that is so."""
    if not _ODD.search(text):
        return None
    letters: list[str] = []
    spans: list[tuple[int, int]] = []
    for found in _CLUSTER.finditer(text):
        if found["unseen"]:
            continue
        if found["broken"]:  # « Véroni-⏎que », « Marie-⏎Thérèse »
            if text[found.end()].isupper():
                letters.append("-")
                spans.append(found.span())
            continue
        said = "\n" if found[0][0] == "\r" else unicodedata.normalize("NFC", found[0]).translate(_WIDE)
        letters.append(said)
        spans += [found.span()] * len(said)
    return Copy("".join(letters), tuple(spans))


@dataclass(frozen=True)
class Cut:
    """A text without some of its parts. ``begins``: where each part that stays begins in it, in order; ``places``:
    where it began in the original."""

    text: str
    begins: tuple[int, ...]
    places: tuple[int, ...]

    def back(self, found: Iterable[Detection]) -> Iterator[Detection]:
        """The same detections, where they are in the original."""
        for one in found:
            yield replace(one, start=self._place(one.start), end=self._place(one.end - 1) + 1)

    def _place(self, at: int) -> int:
        part = bisect_right(self.begins, at) - 1
        return self.places[part] + at - self.begins[part]


def unmarked(text: str) -> Cut | None:
    """Without what begins the lines of a list (« 2. », « - ») or of a quoted message (« > »): a number that was
    broken over two of them is whole, a table that was numbered has its columns. None for a text without such a
    line."""
    parts, places, at = list[str](), list[int](), 0
    for found in _MARK.finditer(text):
        line = found.start()
        stop = line - (text[line - 1 : line] in (".", ";"))
        parts += [text[at:stop], "\n"]
        places += [at, line]
        at = found.end()
    if not parts:
        return None
    begins = accumulate(map(len, parts), initial=0)
    return Cut("".join((*parts, text[at:])), tuple(begins), (*places, at))


_ACROSS = re.compile(r"\n(?<=[0-9A-Z]\n)(?=[0-9A-Z])")
_AROUND = 160
"""Characters before and after a place that tell what stands there."""


def across(text: str) -> Iterator[tuple[int, int]]:
    """Where a number may go on from one line to the next."""
    return (found.span() for found in _ACROSS.finditer(text))


def about(text: str, places: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Start and end of the parts of ``text`` that hold what stands around ``places`` (in order), cut between words,
    apart from each other."""
    begun = done = -1
    for start, end in places:
        if begun >= 0 and start - _AROUND > done:
            yield begun, _outward(text, done, 1)
            begun = -1
        begun = _outward(text, max(0, start - _AROUND), -1) if begun < 0 else begun
        done = min(len(text), end + _AROUND)
    if begun >= 0:
        yield begun, _outward(text, done, 1)


def _outward(text: str, at: int, step: int) -> int:
    """The next end of a word from ``at``; a very long one is cut."""
    for _ in range(_AROUND):
        if not 0 < at < len(text) or not (text[at - 1].isalnum() and text[at].isalnum()):
            break
        at += step
    return at
