"""A passage cut into sentences and rows: what stands beside each, the table and the heading it belongs to. Pure."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import groupby

from demeure.library import sentence_ends
from demeure.workshop import for_machines

Stems = Callable[[str], Iterable[str]]

_LABEL = re.compile(r"(?:\d+(?:\.\d+)*[.)]?|[IVXLC]+[.)]|[•●▪–—-])")
_CLOSED = re.compile(r"[.!?…;:,][»”\"’')\]\s]*$")
_HEADER_LINES, _HEADER_WIDTH = 6, 60
_DECIMAL = re.compile(r"(?<=\d),(?=\d)")
_VALUE = re.compile(r"\b(?!(?:19|20)\d\d\b)\d|\bgratuite?s?\b", re.IGNORECASE)
"""A row that has one is no header: a figure that is not a year, « gratuit »."""
_NUMBERED = re.compile(r"^\d+(?:\.\d+)*[.)]?\s")
SHARE = 0.5
"""A unit worth less than this share of the best one only comes as its neighbour."""
CLOSER = 0.5
"""By how much a sentence must speak more of the question than those that can answer it to stand beside them."""
_REPEAT = 40  # characters; a shorter line may well be said twice
_ROW = 160  # characters; a longer line without an end is a sentence cut by the page


@dataclass(frozen=True)
class Told:
    """A passage as search gives it: ``context``: title and headings above it; ``score``: see library.Hit."""

    document: str
    context: str
    text: str
    score: float = 0.0


@dataclass
class Unit:
    """A sentence or a row: place, words, worth. ``table``: first unit, last of the header and last of the rows it
    belongs to. ``own``: share of the question's words in it; ``said``: with those around and above; ``worth``: with
    what its passage is worth."""

    passage: int
    at: int
    text: str
    stems: frozenset[str]
    around: frozenset[str] = frozenset()
    heading: frozenset[str] = frozenset()
    table: tuple[int, int, int] | None = None
    own: float = 0.0
    said: float = 0.0
    worth: float = 0.0
    out: bool = field(default=False)


def split(text: str) -> list[str]:
    """Sentences and rows, in order; a number or a bullet alone stays with what follows, a line cut inside a
    sentence with its end."""
    ends = [end for end, _ in sentence_ends(text, wrapped=False)]
    pieces = [p for a, b in zip([0, *ends], [*ends, len(text)], strict=True) if (p := text[a:b].strip())]
    whole: list[str] = []
    for piece in pieces:
        cut = whole and not _CLOSED.search(whole[-1]) and piece[0].islower()
        if whole and (cut or _LABEL.fullmatch(whole[-1])):
            whole[-1] += f" {piece}"
        else:
            whole.append(piece)
    return whole


def sentences(text: str) -> list[str]:
    """As ``split``, without what is meant for an assistant: what is told word for word is no order."""
    pieces = split(text)
    return [piece for piece, meant in zip(pieces, for_machines(pieces), strict=True) if not meant]


def one_number(text: str) -> str:
    """« 3,35 » as one word: « tranche 3 » is not in a row for its price."""
    return _DECIMAL.sub("v", text)


def units_of(number: int, told: Told, stems: Stems) -> list[Unit]:
    """The sentences and rows of passage ``number``. Above each: the passage's context, and the nearest heading;
    above a row, the header of its table too."""
    texts, meant, words, runs = _looked_at(told.text, stems)
    context = heading = frozenset(stems(told.context))
    units, within = [], (-1, -1, -1)
    for at, text in enumerate(texts):
        if meant[at]:
            continue  # an order to the assistant is no evidence; who reads the source sees it
        run = runs[at]
        table = run if run and run[2] - run[0] >= 2 else None
        if run and run != within:
            within, heading = run, context.union(*words[run[0] : (table[1] if table else run[2]) + 1])
        around = frozenset[str]().union(*words[max(at - 1, 0) : at], *words[at + 1 : at + 2])
        units.append(Unit(number, at, text, words[at], around, heading, table))
    return units


@lru_cache(maxsize=512)
def _looked_at(
    text: str, stems: Stems
) -> tuple[tuple[str, ...], tuple[bool, ...], tuple[frozenset[str], ...], tuple[tuple[int, int, int] | None, ...]]:
    """Of a passage, whatever is asked of it: its sentences and rows, which are orders to an assistant, the stems of
    each, and the rows that each row is of: the first, the last of their header, the last. The same passages answer
    many questions."""
    texts = tuple(split(text))
    rows = [not _CLOSED.search(one) and len(one) < _ROW for one in texts]
    runs: list[tuple[int, int, int] | None] = []
    for is_row, group in groupby(range(len(texts)), key=rows.__getitem__):
        first, *_, last = (*(ats := list(group)), ats[-1])
        run = (first, _header(texts, first, last), last) if is_row else None
        runs += [run] * len(ats)
    return texts, tuple(for_machines(texts)), tuple(frozenset(stems(one_number(one))) for one in texts), tuple(runs)


def _header(texts: Sequence[str], first: int, last: int) -> int:
    """Last line of the header of the rows ``first`` to ``last``: a heading may be cut in short lines, before the
    first row with a figure that is not a year. Without such a row, the first line alone."""
    for at in range(first + 1, min(first + _HEADER_LINES, last) + 1):
        if _VALUE.search(texts[at]):
            return at - 1 if not _VALUE.search(_NUMBERED.sub("", texts[first])) else first
        if len(texts[at]) > _HEADER_WIDTH:
            break
    return first


def without_repeats(units: Sequence[Unit], passages: Sequence[Told]) -> list[Unit]:
    """A sentence that ends a passage and opens the next is read once, where the passage is the best."""
    seen: set[tuple[str, str]] = set()
    kept = []
    for unit in units:
        key = (passages[unit.passage].document, unit.text)
        if len(unit.text) < _REPEAT or key not in seen:
            seen.add(key)
            kept.append(unit)
    return kept
