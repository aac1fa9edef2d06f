"""What a text claims that can be looked for: numbers, dates, references, names, quotations, each with its place. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple


class Date(NamedTuple):
    """A date as far as it is written. ``weekday``: 0 Monday … 6 Sunday."""

    year: int | None = None
    month: int | None = None
    day: int | None = None
    weekday: int | None = None


@dataclass(frozen=True)
class Quantity:
    """``values``: how the digits may be read (1,250 is two numbers); ``unit`` canonical, « h » for hours and times of
    day; ``noun`` beside it, ``label`` before it when nothing follows; ``about``: « une quinzaine »; ``near``: « environ »;
    ``ordinal``: « 3e »."""

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


@dataclass
class Sheet:
    """A text being read: what is taken is not read twice."""

    text: str
    taken: bytearray = field(init=False)

    def __post_init__(self) -> None:
        self.taken = bytearray(len(self.text))

    def free(self, start: int, end: int) -> bool:
        """Whether nothing of the span is taken."""
        return not any(self.taken[start:end])

    def take(self, kind: str, start: int, end: int, value: Quantity | Date | str) -> Claim:
        """The claim of that span, now taken."""
        self.taken[start:end] = b"\1" * (end - start)
        return Claim(kind, start, end, value, re.sub(r"\s+", " ", self.text[start:end]))

    def each(self, pattern: re.Pattern[str]) -> Iterator[re.Match[str]]:
        """Matches of ``pattern`` where nothing is taken yet."""
        for found in pattern.finditer(self.text):
            if self.free(found.start(), found.end()):
                yield found
