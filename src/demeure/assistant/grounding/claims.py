"""What a text claims that can be looked for: numbers, dates, references, names… each with its place. Pure."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple


class Date(NamedTuple):
    """A date as far as it is written. ``weekday``: 0 Monday … 6 Sunday."""

    year: int | None = None
    month: int | None = None
    day: int | None = None
    weekday: int | None = None


@dataclass(frozen=True)
class Quantity:
    """``values``: how the digits may be read (1,250 is two numbers); ``unit`` canonical, « h » for hours and times
    of day; ``noun`` beside it, ``label`` before it when nothing follows; ``about``: « une quinzaine »; ``near``:
    « environ »; ``ordinal``: « 3e »."""

    values: tuple[float, ...]
    unit: str = ""
    working: str = ""
    noun: str = ""
    label: str = ""
    about: bool = False
    near: bool = False
    ordinal: bool = False


@dataclass(frozen=True)
class Claim:
    """One thing to look for in ``text[start:end]``. ``value``: a Quantity, a Date, or the normal form as text."""

    kind: str
    start: int
    end: int
    value: Quantity | Date | str
    said: str = ""


_WORD = re.compile(r"\w+")
_LETTERED = re.compile(r"[a-z]{1,5}\d")


class Sheet:
    """A text being read: its words found once, and what is taken, which is not read twice."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.taken = bytearray(len(text))
        low = text.lower()
        if len(low) != len(text):  # a letter whose small form is two
            low = "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
        self.low = low
        self._words = [(found.start(), found[0]) for found in _WORD.finditer(low)]
        self.digits = [start for start, word in self._words if word[0].isdigit()]
        self.known = {word for _, word in self._words}

    def at(self, words: frozenset[str]) -> list[int]:
        """Where one of ``words`` begins."""
        return [] if words.isdisjoint(self.known) else [start for start, word in self._words if word in words]

    def lettered(self) -> list[int]:
        """Where letters and figures make one word (« FR76 », « L2121 »)."""
        return [start for start, word in self._words if _LETTERED.match(word)]

    def joined(self) -> list[int]:
        """Where a word is followed by a hyphen or a slash."""
        text, size = self.text, len(self.text)
        return [s for s, word in self._words if (end := s + len(word)) < size and text[end] in "-/"]

    def free(self, start: int, end: int) -> bool:
        """Whether nothing of the span is taken."""
        return self.taken.find(1, start, end) < 0

    def take(self, kind: str, start: int, end: int, value: Quantity | Date | str) -> Claim:
        """The claim of that span, now taken."""
        self.taken[start:end] = b"\1" * (end - start)
        return Claim(kind, start, end, value, " ".join(self.text[start:end].split()))

    def each(self, pattern: re.Pattern[str], starts: Iterable[int]) -> Iterator[re.Match[str]]:
        """Matches of ``pattern`` at one of ``starts``, where nothing is taken yet."""
        for start in starts:
            if not self.taken[start]:
                found = pattern.match(self.text, start)
                if found and self.free(found.start(), found.end()):
                    yield found
