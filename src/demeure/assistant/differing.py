"""Two documents that give another price for the same thing: an answer that tells one says that the other is there.

Only where a line of another document says the same but for its price: the same things, lengths and sizes, and
little else. Pure.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from demeure.assistant import prices, prompt
from demeure.assistant.events import Source
from demeure.assistant.families import kin
from demeure.assistant.grounding import Quantity, amounts, claims_of, source_text
from demeure.assistant.units import Stems, split

_YEAR = re.compile(r"\b((?:19|20)\d\d)(?:\s?[-–/]\s?(?:(?:19|20)?\d\d))?\b")
"""Of « 2025-2026 », the first."""
_CELLS = re.compile(r"\s;\s")
_FRAME = "prix tarif coût coûter être avoir compter depuis partir euro année ce jour"
ALIKE = 0.6
"""Share of the words of a line that the other has, or its headings, when both are of one thing."""
_MOST = 2
"""Prices that an answer tells, at most: one that lists more is a list."""


class _Line(NamedTuple):
    source: Source
    text: str
    price: str
    words: frozenset[str]
    above: frozenset[str]
    sizes: frozenset[tuple[float, str]]


def told(
    question: str, shown: str, sources: Sequence[Source], cited: Sequence[int], stems: Stems, spoken: str
) -> str:
    """What is added to an answer; empty when nothing differs."""
    said = amounts(shown)
    if not prices.asked_for(question) or not 0 < len(said) <= _MOST or prompt.says_not_found(shown):
        return ""
    lines = [line for source in sources for line in _lines(source, stems)]
    mine = [line for line in lines if line.price in said and line.source.number in cited]
    for one in mine:
        for other in lines:
            apart = other.source.document_id != one.source.document_id and other.price != one.price
            if apart and not _gives(lines, other.source, one) and _same(one, other, question, stems):
                return _sentence(one, other, spoken)
    return ""


def _same(one: _Line, other: _Line, question: str, stems: Stems) -> bool:
    asked = {s for s in prices.subject(list(stems(_unmeasured(question))), stems) if s.isalpha()}
    wanted = _sizes(question)
    first, second = one.words | one.above, other.words | other.above
    about = {s for s in asked if s in first or kin(s, first)}
    if not about or not all(s in second or kin(s, second) for s in about):
        return False
    if one.sizes != other.sizes or not wanted <= one.sizes:
        return False
    return all(
        sum(s in held or bool(kin(s, held)) for s in words) >= ALIKE * len(words)
        for words, held in ((one.words, second), (other.words, first))
    )


def _gives(lines: Sequence[_Line], source: Source, one: _Line) -> bool:
    """Does the document of ``source`` give the price of ``one`` too?"""
    return any(line.source.document_id == source.document_id and line.price == one.price for line in lines)


def _lines(source: Source, stems: Stems) -> Iterator[_Line]:
    """The lines of a passage that give one price; of a row that names each of its figures, one for each."""
    frame = frozenset(stems(_FRAME))
    path = " ".join(str(step) for step in source.place.get("path", ()))
    above = frozenset(stems(f"{source.document} {path}".replace("-", " ").replace("_", " ")))
    for text in split(source.quote):
        label, dash, rest = text.partition(" — ")
        cells = [f"{label} {cell}" for cell in _CELLS.split(rest)] if dash else [text]
        for cell in cells:
            found = amounts(cell)
            if len(found) == 1:
                words = frozenset(s for s in stems(_unmeasured(cell)) if s.isalpha()) - frame
                yield _Line(source, text, next(iter(found)), words, above, _sizes(cell))
        if not amounts(text) and len(text) < 80:
            above |= frozenset(stems(text))


def _sizes(text: str) -> frozenset[tuple[float, str]]:
    """Its lengths of time, its areas…: what makes another price of the same thing."""
    claims = (claim.value for claim in claims_of(source_text(text)))
    found = (one for one in claims if isinstance(one, Quantity) and one.unit not in ("", "€") and not one.ordinal)
    return frozenset((value, one.unit) for one in found for value in one.values)


def _unmeasured(text: str) -> str:
    """``text`` without its figures and what they count: « trente ans » is compared as a length, not as words."""
    text = source_text(text)
    for claim in claims_of(text):
        if isinstance(claim.value, Quantity):
            text = text[: claim.start] + " " * (claim.end - claim.start) + text[claim.end :]
    return text


def _sentence(one: _Line, other: _Line, spoken: str) -> str:
    """The more recent first, named as such when both bear a year."""
    years = _year(one), _year(other)
    first, second = (other, one) if years[1] > years[0] else (one, other)
    recent = prompt.RECENT[spoken] if years[0] != years[1] and min(years) > 0 else ""
    return "\n\n" + prompt.DIFFERING[spoken].format(
        first=prices.first(_priced(first)),
        of_first=first.source.document,
        n=first.source.number,
        recent=recent,
        second=prices.first(_priced(second)),
        of_second=second.source.document,
        m=second.source.number,
    )


def _priced(line: _Line) -> str:
    """The cell of ``line`` that gives its price."""
    return next((cell for cell in _CELLS.split(line.text) if line.price in amounts(cell)), line.text)


def _year(line: _Line) -> int:
    """The latest that the name of its document bears, else its headings, else its text; 0 without any."""
    path = " ".join(str(step) for step in line.source.place.get("path", ()))
    for text in (line.source.document, path, line.source.quote):
        if years := _YEAR.findall(text):
            return max(map(int, years))
    return 0
