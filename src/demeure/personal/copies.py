"""Copies of a text that are easier to read than it, each with where its characters stand there (pure)."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from demeure.personal.detection import Detection

_UNSEEN = "\u00ad\u200b\u200c\u2060\ufeff"
_ODD = re.compile(f"-[{_UNSEEN}]*\r?\n|[\r{_UNSEEN}\u0300-\u036f]")
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
    that is not seen (soft hyphens, blanks of no width); None for a text that is so already."""
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
        said = "\n" if found[0][0] == "\r" else unicodedata.normalize("NFC", found[0])
        letters.append(said)
        spans += [found.span()] * len(said)
    return Copy("".join(letters), tuple(spans))


def unmarked(text: str) -> Copy | None:
    """Without what begins the lines of a list (« 2. », « - ») or of a quoted message (« > »): a number that was
    broken over two of them is whole, a table that was numbered has its columns. None for a text without such a
    line."""
    parts: list[str] = []
    spans: list[tuple[int, int]] = []
    at = 0
    for found in _MARK.finditer(text):
        line = found.start()
        stop = line - (text[line - 1 : line] in (".", ";"))
        parts += [text[at:stop], "\n"]
        spans += [*((n, n + 1) for n in range(at, stop)), (line, line + 1)]
        at = found.end()
    if not at:
        return None
    parts.append(text[at:])
    spans += [(n, n + 1) for n in range(at, len(text))]
    return Copy("".join(parts), tuple(spans))
