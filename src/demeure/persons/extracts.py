"""What a text says about one person, others masked: passages around each sighting (pure)."""

from collections.abc import Iterator, Sequence

from demeure.personal import examine
from demeure.personal.detection import SENSITIVE, Detection
from demeure.personal.pseudonyms import Pseudonyms
from demeure.personal.seeking import LIKELY, Seeker

AROUND = 240
"""Characters kept on each side of a sighting."""


def extracts(text: str, seeker: Seeker, table: Pseudonyms) -> list[str]:
    """The passages of ``text`` about the person; what names anybody else is a token of ``table``. Raises what the
    examination raises: nothing may then leave."""
    seen = seeker.find(text)
    if not any(one.sure >= LIKELY for one in seen):
        return []  # a surname alone: of somebody else, for all that is known here
    theirs = [(one.start, one.end) for one in seen]
    others = [one for one in examine(text) if one.kind not in SENSITIVE and not _touches(one, theirs)]
    return [_masked(text, *_whole(start, end, others), others, table) for start, end in _windows(text, theirs)]


def masked(text: str, seeker: Seeker, table: Pseudonyms) -> str:
    """The whole of ``text``, others masked. Raises as ``extracts``."""
    theirs = [(one.start, one.end) for one in seeker.find(text)]
    others = [one for one in examine(text) if one.kind not in SENSITIVE and not _touches(one, theirs)]
    return _masked(text, 0, len(text), others, table)


def _masked(text: str, start: int, end: int, others: Sequence[Detection], table: Pseudonyms) -> str:
    inside = [
        Detection(one.kind, one.start - start, one.end - start, one.value, one.rule, one.valid, one.confidence)
        for one in others
        if start <= one.start and one.end <= end
    ]
    return table.hide(text[start:end], inside).strip()


def _windows(text: str, spans: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """About each span, to whole words; those that meet are one."""
    before: tuple[int, int] | None = None
    for start, end in spans:
        first, last = _left(text, start - AROUND), _right(text, end + AROUND)
        if before is None:
            before = first, last
        elif first <= before[1]:
            before = before[0], max(last, before[1])
        else:
            yield before
            before = first, last
    if before is not None:
        yield before


def _whole(start: int, end: int, others: Sequence[Detection]) -> tuple[int, int]:
    """The window, wide enough for what it would cut: half a number or half a name would not be masked."""
    while cut := [one for one in others if one.start < start < one.end or one.start < end < one.end]:
        start, end = min(start, *(one.start for one in cut)), max(end, *(one.end for one in cut))
    return start, end


def _left(text: str, at: int) -> int:
    if at <= 0:
        return 0
    blank = text.rfind("\n\n", at, at + AROUND)
    if blank >= 0:
        return blank
    space = text.find(" ", at, at + AROUND)
    return space + 1 if space >= 0 else at


def _right(text: str, at: int) -> int:
    if at >= len(text):
        return len(text)
    blank = text.find("\n\n", at - AROUND, at)
    if blank >= 0:
        return blank
    space = text.rfind(" ", at - AROUND, at)
    return space if space >= 0 else at


def _touches(one: Detection, spans: Sequence[tuple[int, int]]) -> bool:
    return any(one.start < end and start < one.end for start, end in spans)
