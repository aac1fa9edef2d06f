"""A text as it is read, without its Markdown, each character knowing where it was written. Pure."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

_SAME = {ord(c): " " for c in "\u00a0\u202f\u2007\u2008\u2009\u200a\u2002\u2003\u2004\u2005\u2006\u3000\t"}
_SAME |= {ord(c): "'" for c in "’‘ʼ`´"} | {ord(c): "-" for c in "\u2010\u2011\u2212"} | {ord("„"): "“"}
_UNSEEN = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"))
_SOURCE = _SAME | _UNSEEN
_MARK = re.compile(
    r"""
      (?P<cite>\[\s*\d{1,3}(?:\s*[,;]\s*\d{1,3})*\s*\])
    | (?P<named>\(?\b(?:sources?|extraits?|passages?|documents?)\s+(?:n[°o]\s?)?
        \d{1,2}(?:\s*(?:,|et|and)\s*\d{1,2})*\b\)?)
    | (?P<line>^[ >]*(?:\#{1,6}[ ]+)?(?:[-*+•–][ ]+)?[*_]{0,3}(?:\d{1,2}[.)](?=[ *_])|[a-z]\)(?=[ ]))?)
    | (?P<item>(?<=[:;,][ ])\d\)(?=[ ]))
    | (?P<step>\b(?:étape|option|point|step|question)\s+\d{1,2}\b(?=\s*[:.\-–—]))
    | (?P<times>(?<=[ ])[*](?=[ ]))
    | (?P<gone>(?<!\d)\*{1,3}|\*{1,3}(?!\d)|~~|'{3,}
        |(?<!\w)_{1,3}(?=\S)|(?<=[\w.!?»)%€])_{1,3}(?!\w)|\\(?=[!-/:-@[-`{-~]))
    """,
    re.VERBOSE | re.MULTILINE | re.IGNORECASE,
)
_ACCENTS = re.compile("[\u0300-\u036f]+")
_ODD = re.compile("[\u0300-\u036f\u00ad\u200b-\u200d\u2060\ufeff]")
_SPAN = re.compile(
    r"(?<![\d,.])(?P<low>\d{1,3}(?: \d{3})*) ?(?:à|a|et|-|–|to|and) ?(?P<high>\d{1,3}(?: \d{3})*)(?P<gap> )"
    r"(?=[1-9]\d\d(?:,\d+)? ?(?:€|euros?\b)(?:[ |;]*\d[\d ,.]*(?:€|euros?\b))*\s*$)",
    re.MULTILINE | re.IGNORECASE,
)
_BROKEN = re.compile(r"(?<=[^\W\d_])-[ ]*\n[ ]*(?=[a-zà-ÿ])")


@dataclass(frozen=True)
class Plain:
    """``text`` without markup; character ``i`` was written from ``starts[i]`` to ``ends[i]`` of the original."""

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def written(self, start: int, end: int) -> tuple[int, int]:
        """Where ``text[start:end]`` is in the original."""
        return self.starts[start], self.ends[end - 1]


def answer_text(text: str) -> Plain:
    """Markdown without its signs, without source marks and without the numbers of its lists."""
    same = text.translate(_SAME)
    odd = bool(_ODD.search(same))
    made: list[str] = []
    starts: list[int] = []
    ends: list[int] = []

    def keep(start: int, end: int) -> None:
        if not odd:
            made.append(same[start:end])
            starts.extend(range(start, end))
            ends.extend(range(start + 1, end + 1))
            return
        for letter, first, after in _letters(same, start, end):
            made.append(letter)
            starts.append(first)
            ends.append(after)

    at = 0
    for found in _MARK.finditer(same):
        keep(at, found.start())
        if found.lastgroup not in ("line", "gone"):
            made.append("×" if found.lastgroup == "times" else " ")
            starts.append(found.start())
            ends.append(found.end())
        at = found.end()
    keep(at, len(same))
    return Plain("".join(made), tuple(starts), tuple(ends))


def _letters(text: str, start: int, end: int) -> Iterator[tuple[str, int, int]]:
    """Each letter with its accents as one character; what cannot be seen is left out."""
    while start < end:
        after = start + 1
        while after < end and unicodedata.combining(text[after]):
            after += 1
        letter = unicodedata.normalize("NFC", text[start:after])
        if ord(letter[0]) not in _UNSEEN:
            yield letter[0], start, after
        start = after


def source_text(text: str) -> str:
    """A passage, its accents joined to their letters, words that a line break cut made whole."""
    whole = _ACCENTS.sub("", unicodedata.normalize("NFC", text)).translate(_SOURCE)
    return parted(_BROKEN.sub("-", whole.replace("\r\n", "\n")))


def parted(text: str) -> str:
    """``text``, where a row « De 401 à 700 120 € » is from 401 to 700 for 120 €, not up to 700 120 €: a semicolon
    for the space between the two. Only at the end of a row, and where what is before it is a span by itself. Spaces
    are plain ones."""
    return _SPAN.sub(_cut, text) if "€" in text or "euro" in text else text


def _cut(found: re.Match[str]) -> str:
    low, high = (int(found[name].replace(" ", "")) for name in ("low", "high"))
    return f"{found[0][:-1]};" if low < high else found[0]


def folded(text: str) -> str:
    """Lower case without accents; as many characters as ``text`` where it is in NFC, ligatures apart."""
    lower = text.lower().replace("œ", "oe").replace("æ", "ae")
    if lower.isascii():
        return lower
    return _ACCENTS.sub("", unicodedata.normalize("NFD", lower))


def in_place(text: str) -> str:
    """Folded when no character moves; else in lower case, or as it is."""
    return next((low for low in (folded(text), text.lower()) if len(low) == len(text)), text)
