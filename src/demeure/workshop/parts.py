"""What the workshop reads out of a file: parts in reading order, then one summary. Pure, no reader is imported.

A part's text is final (NFC, no control or invisible character): passages point into it by offsets.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from demeure.workshop.replying import Answering

if TYPE_CHECKING:
    from demeure.workshop.nesting import Nest

PART_CHARACTERS = 50_000
"""Longest part: JSON escapes cost up to 12 bytes a character and a frame header holds 1 MiB."""

PART_BOXES = 4_000
"""Most boxes of one part, for the same reason (about 40 bytes each)."""

TITLE_CHARACTERS = 300
PATH_DEPTH = 12
INSIDE_DEPTH = 6
"""Longest way to a document inside others: an archive in a message in an archive."""

PART_ROWS = 2_000


class Box(NamedTuple):
    """Where ``text[start:end]`` of a part stands on its page: points from the top left corner of the page."""

    start: int
    end: int
    x0: float
    y0: float
    x1: float
    y1: float


MARGINS = ("En-tête", "Pied de page")
"""Headings of what stands above and below each page of a document."""


@dataclass(frozen=True)
class Part:
    """One page, one section, one slide, one message, one table or one run of lines.

    ``place``: see docs/architecture.md. ``kind``: ``text`` (``\\n`` ends a paragraph), ``lines`` (``\\n`` may fall
    inside a sentence), ``table`` (each ``\\n`` ends a row; ``header`` repeats the column names) or ``image`` (the
    page is a picture: ``text`` is what the file says of it, often nothing, seldom good). ``headings``: headings
    above a page, when the file has bookmarks; sheet and titles above cells. ``size``: width and height of the page
    in points. ``rows``: of cells, the row of the sheet that each line of ``text`` comes from.
    """

    place: Mapping[str, Any]
    text: str
    kind: str = "text"
    header: str = ""
    headings: tuple[str, ...] = ()
    boxes: tuple[Box, ...] = ()
    size: tuple[float, float] | None = None
    rows: tuple[int, ...] = ()


@dataclass(frozen=True)
class ReadLimits:
    """What one job may use. ``seconds``: wall clock once the file is received; ``memory_mb``: address space of the
    job; ``characters``: of text given back; ``pages``: of a PDF."""

    seconds: float = 60.0
    memory_mb: int = 1536
    characters: int = 20_000_000
    pages: int = 5_000


@dataclass(frozen=True)
class Language:
    """Data to recognise a language with: ``code`` (fra, eng), and the SHA-256 of its file."""

    code: str
    sha256: str


@dataclass(frozen=True)
class ReadSummary:
    """The end of a reading. ``flags``: name → how many times (names and sentences in flags.py); ``language``:
    ``fr``, ``en`` or empty when unsure; ``pages``: 0 where the format has none; ``author``, ``written_on``
    (YYYY-MM-DD): what the file says of itself, empty when it says nothing; ``answering``: of one message;
    ``personal``: kind of personal data → how many different ones, None when it was not examined to its end;
    ``unexamined``: pictures whose text is not known, which the asker counts."""

    pages: int
    title: str
    language: str
    flags: Mapping[str, int]
    characters: int
    author: str = ""
    written_on: str = ""
    answering: Answering | None = None
    personal: Mapping[str, int] | None = None
    unexamined: int = 0


@dataclass
class Facts:
    """What a reader learns on its way, beside the parts. ``nest``: the way to documents inside this one.
    ``marked``: personal data are looked for."""

    pages: int = 0
    title: str = ""
    author: str = ""
    written_on: str = ""
    answering: Answering | None = None
    flags: Counter[str] = field(default_factory=Counter)
    nest: "Nest | None" = None
    marked: bool = True

    def flag(self, name: str, times: int = 1) -> None:
        if times > 0:
            self.flags[name] += times


@dataclass(frozen=True)
class SpeechModel:
    """What recordings are recognised with: the name of its file in ``models/speech``, and the SHA-256 of it."""

    id: str
    file: str
    sha256: str
