"""Parts of a document become passages: about 900 characters of whole sentences, found again by exact offsets. Pure.

A passage's text is the stored part, byte for byte; its context (title, headings, table header) travels beside it.
The bound on size is a bound on tokens: see ``weight``.
"""

import re
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

WEIGHT = 1200
"""Most weight of a passage and its context. Tokens of multilingual E5 counted on samples: French prose 253 at most,
price tables 212, hexadecimal 333, Chinese 390. Only noise goes above 400 (random letters: 510; the
model cuts at 512)."""

CELLS_TARGET = 450
"""Characters of a passage of a sheet: a few rows, so that its place names the row and not a screen of them."""

CONTEXT_CHARACTERS = 200
_UNDER = " › "
_LABEL_CHARACTERS = 90
_HEAD_LINES = 5  # a heading, a header, a few rows
_TITLE_CHARACTERS = 80
_STRADDLE = 300
_DENSE = re.compile(r"[^a-zà-öø-ÿœ\s]+|[a-zà-öø-ÿœ]{30,}")
_END = re.compile(r"\n+|[.!?…]+[»”\"’')\]]*(?:[\u00a0\u202f ][»”])?(?=\s)")
_OPENERS = frozenset("«“\"'’([–—-•*§")
_CLOSED = re.compile(r"[.!?…:;][»”\"’')\]\s]*$")
_ITEM = re.compile(r"[ \t]*(?:[•●▪◦‣*–—-]|\(?\d{1,3}[.)°]|\(?[a-z][.)])\s")
_LAST_WORD = re.compile(r"(?:^|[\s(«“\"'’\[\u00a0\u202f-])([^\s(«“\"'’\[\u00a0\u202f-]+)$")
_BREAK = re.compile(r"[,;:]\s|\s")
_ABBREVIATIONS = frozenset(
    # titles, references and measures after which French text goes on, whatever the next letter
    """m mm mme mmes mlle mlles dr drs pr me mes mgr st ste art al alin cf ex fig p pp vol chap sect réf ref tél
    tel env av bd boul pl rte imm bât bat éd ed coll no n nos num max min resp not i.e p.ex c.-à-d l r d lib adm
    comm délib arr déc ord dép sté cie ets suiv sq ann par tab""".split()  # noqa: SIM905 - a list of words is read more easily so
)


class ReadPart(Protocol):
    """What the workshop gives (``demeure.workshop.Part`` fits)."""

    @property
    def place(self) -> Mapping[str, Any]: ...
    @property
    def text(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def header(self) -> str: ...
    @property
    def headings(self) -> tuple[str, ...]: ...
    @property
    def rows(self) -> tuple[int, ...]: ...


@dataclass(frozen=True)
class Passage:
    """``text`` is ``parts[part].text[start:end]``, followed, when ``tail`` is not 0, by a space and
    ``parts[part + 1].text[:tail]`` (a sentence that runs over a page; the place is the first page). ``context``:
    title, headings and table header, not part of the document's text at this place."""

    part: int
    start: int
    end: int
    text: str
    context: str
    place: Mapping[str, Any]
    tail: int = 0

    @property
    def searchable(self) -> str:
        """What to index and to embed."""
        return f"{self.context}\n{self.text}" if self.context else self.text


class _Span(NamedTuple):
    """A sentence, with the white space after it; ``closes``: a paragraph or a row ends here; ``opens``: what
    follows is a block of its own, after a blank line; ``label``: a short line that ends no sentence, as a heading,
    a table's header or its rows."""

    start: int
    end: int
    weight: int
    closes: bool
    opens: bool = False
    label: bool = False


class _Run(NamedTuple):
    """Spans ``first`` to ``last`` (excluded) that make one passage."""

    first: int
    last: int


def weight(text: str) -> int:
    """Characters; those other than spaces and lower-case Latin letters in words count three times."""
    return len(text) + 2 * sum(map(len, _DENSE.findall(text)))


def passages(
    parts: Iterable[ReadPart], *, title: str = "", target: int = 900, overlap: int = 200
) -> Iterator[Passage]:
    """Passages in reading order, covering every visible character. ``target``: characters aimed at; ``overlap``:
    longest sentence repeated from the passage before, when a paragraph had to be cut. Deterministic."""
    part: ReadPart | None = None
    skip = 0
    index = -1
    for index, following in enumerate(parts):
        if part is not None:
            tail = _straddle(part, following)
            skip = yield from _of_part(index - 1, part, title, target, overlap, skip, following.text[:tail])
        part = following
    if part is not None:
        yield from _of_part(index, part, title, target, overlap, skip, "")


def _of_part(
    index: int, part: ReadPart, title: str, target: int, overlap: int, skip: int, tail: str
) -> Generator[Passage, None, int]:
    """Yields the passages of one part from offset ``skip``; returns how much of the next part they took."""
    context = _context(title, part)
    room = WEIGHT - weight(context) - 2 * _in_table(part) * weight(part.header[:CONTEXT_CHARACTERS])
    room = max(room, WEIGHT // 3)
    target = min(target, CELLS_TARGET) if part.place.get("kind") == "cells" else target
    spans = _spans(part, skip, min(target, room), room)
    runs = _runs(spans, target, room, 0 if part.kind == "table" else overlap)
    taken = 0
    for run in runs:
        start, end = spans[run.first].start, spans[run.last - 1].end
        text = part.text[start:end]
        start += len(text) - len(text.lstrip())
        text = text.strip()
        if not text:
            continue
        end = start + len(text)
        if tail and run is runs[-1] and weight(text) + weight(tail) + 1 <= room + len(tail):
            taken, text = len(tail), f"{text} {tail}"
        header = part.header[:CONTEXT_CHARACTERS] if part.kind == "table" and part.header not in text else ""
        full = "\n".join(piece for piece in (context, header) if piece)
        yield Passage(index, start, end, text, full, _place(part, start, end), taken)
    return taken


def _in_table(part: ReadPart) -> bool:
    return part.kind == "table" and bool(part.header)


def headings_of(place: Mapping[str, Any], context: str) -> tuple[str, ...]:
    """The headings of a passage, outermost first: of its place, or of its ``context`` less the document's title."""
    match place.get("kind"):
        case "heading":
            return tuple(map(str, place["path"]))
        case "slide":
            return (str(place["title"]),) if place.get("title") else ()
        case _:
            return tuple(context.partition("\n")[0].split(_UNDER)[1:])


def _context(title: str, part: ReadPart) -> str:
    """« Document › Chapter › Section », the ends kept when it is long."""
    path = [*part.place.get("inside", ()), *(part.headings or part.place.get("path") or ())]
    names = [name[:_TITLE_CHARACTERS] for name in ([title] if title and title not in path[:1] else []) + path]
    if names and part.text.startswith(names[-1]) and len(names) > 1:
        names.pop()  # the section's own heading opens its text
    while len(names) > 2 and sum(map(len, names)) + 3 * len(names) > CONTEXT_CHARACTERS:
        names.pop(1)
    return _UNDER.join(names)[:CONTEXT_CHARACTERS]


def _place(part: ReadPart, start: int, end: int) -> Mapping[str, Any]:
    line = part.text.count("\n", 0, start)
    last = line + part.text.count("\n", start, end)
    if part.place.get("kind") == "lines":
        return {**part.place, "from": part.place["from"] + line, "to": part.place["from"] + last}
    if part.place.get("kind") == "cells" and last < len(part.rows):
        return {**part.place, "range": _only_rows(part.place["range"], part.rows[line], part.rows[last])}
    return part.place


def _only_rows(cells: str, first: int, last: int) -> str:
    """The same columns of a range, from row ``first`` to ``last``."""
    left, _, right = (corner.rstrip("0123456789") for corner in cells.partition(":"))
    start, end = f"{left}{first}", f"{right or left}{last}"
    return start if start == end else f"{start}:{end}"


def _straddle(part: ReadPart, following: ReadPart) -> int:
    """Length of the end of a sentence that runs from a page over to the next; 0 when none does."""
    if part.place.get("kind") != "page" or following.place.get("kind") != "page":
        return 0
    if part.place.get("inside") != following.place.get("inside"):
        return 0
    if not following.text[:1].islower() or _CLOSED.search(part.text[-12:]):
        return 0
    end = next((end for end, _ in sentence_ends(following.text[: _STRADDLE + 1], wrapped=False)), 0)
    return len(following.text[:end].rstrip()) if 0 < end <= _STRADDLE else 0


def _spans(part: ReadPart, skip: int, target: int, room: int) -> list[_Span]:
    spans: list[_Span] = []
    start = skip
    text = part.text
    for end, closes in _units(part):
        if end <= start:
            continue
        heavy = weight(text[start:end])
        if heavy <= room and end - start <= target:
            spans.append(_Span(start, end, heavy, closes, *_shape(text[start:end], closes)))
        else:
            spans.extend(_cut(text, start, end, min(target, room), room, closes))
        start = end
    return spans


def _shape(text: str, closes: bool) -> tuple[bool, bool]:
    """``opens`` and ``label`` of a span."""
    line = text.rstrip()
    return text.endswith("\n\n"), closes and len(line) <= _LABEL_CHARACTERS and not _CLOSED.search(line)


def _units(part: ReadPart) -> Iterator[tuple[int, bool]]:
    """(end, closes a paragraph) of each unit that should stay whole: a row of a table, else a sentence."""
    if part.kind == "table":
        at = part.text.find("\n")
        while at >= 0:
            yield at + 1, True
            at = part.text.find("\n", at + 1)
    else:
        yield from sentence_ends(part.text, wrapped=part.kind == "lines")
    yield len(part.text), True


def sentence_ends(text: str, *, wrapped: bool) -> Iterator[tuple[int, bool]]:
    """(offset after a sentence and its white space, a paragraph ends there). ``wrapped``: a single line end may
    fall inside a sentence."""
    for found in _END.finditer(text):
        end = found.end()
        if text[found.start()] == "\n":
            if not wrapped or end - found.start() > 1 or _ITEM.match(text, end):
                yield end, True
            continue
        after = end
        while after < len(text) and text[after].isspace():
            after += 1
        if after == len(text) or (not wrapped and "\n" in text[end:after]):
            continue  # the line end, or the end of the text, speaks for itself
        following = text[after]
        starts = following.isupper() or following.isdigit() or following in _OPENERS
        if starts and not (found[0][0] == "." and _abbreviated(text, found.start())):
            yield after, False


def _abbreviated(text: str, dot: int) -> bool:
    """The dot at ``dot`` belongs to an abbreviation, an initial or the number of a list item."""
    before = text[max(0, dot - 14) : dot]
    found = _LAST_WORD.search(before)
    if not found:
        return False
    word = found[1]
    if len(word) == 1 and word.isupper():
        return True
    if word.isdigit():
        lead = before[: found.start(1)]
        return len(word) <= 3 and (lead.endswith("\n") or (not lead.strip() and dot - len(word) < 2))
    return word.lower() in _ABBREVIATIONS


def _cut(text: str, start: int, end: int, target: int, room: int, closes: bool) -> Iterator[_Span]:
    """A sentence or a row too long to be one: cut after a comma or a space, else wherever the limit falls."""
    while start < end:
        stop = min(start + target, end)
        while weight(text[start:stop]) > room:
            stop = start + max((stop - start) * 3 // 4, 1)
        if stop < end:
            stop = max(
                (found.end() for found in _BREAK.finditer(text, start + (stop - start) // 2, stop)), default=stop
            )
        yield _Span(start, stop, weight(text[start:stop]), closes and stop == end)
        start = stop


def _runs(spans: Sequence[_Span], target: int, room: int, overlap: int) -> list[_Run]:
    """Greedy: spans are taken while they fit; a passage four fifths full stops at the end of a paragraph."""
    runs: list[_Run] = []
    first = at = 0
    size = heavy = 0
    while at < len(spans):
        span = spans[at]
        length = span.end - span.start
        full = size + length > target or heavy + span.weight > room
        rested = 5 * size > 4 * target and at > 0 and spans[at - 1].closes
        if at > first and (full or rested):
            head = _head(spans, first, at, target, room)
            runs.append(_Run(first, at - head))
            first = at - (head or _repeat(spans, runs[-1], span, target, room, overlap))
            size = sum(s.end - s.start for s in spans[first:at])
            heavy = sum(s.weight for s in spans[first:at])
        size, heavy, at = size + length, heavy + span.weight, at + 1
    if first < len(spans):
        runs.append(_Run(first, len(spans)))
    return _without_crumb(spans, runs, target, room)


def _head(spans: Sequence[_Span], first: int, at: int, target: int, room: int) -> int:
    """How many of the spans before ``at`` begin what follows: the heading of a section, or the header and the first
    rows of a table, that a cut would leave without the rest. 0 when the passage would lose half of its size."""
    for begin in range(at - 1, max(first, at - 1 - _HEAD_LINES), -1):
        if not spans[begin].label or (spans[begin].opens and begin != at - 1):
            return 0
        if spans[begin - 1].opens and (at - begin == 1 or not spans[at - 1].opens):
            taken = spans[begin:at]
            size = spans[at].end - spans[begin].start
            fits = size <= target and sum(span.weight for span in taken) + spans[at].weight <= room
            return at - begin if fits and 2 * (spans[begin].start - spans[first].start) >= target else 0
    return 0


def _repeat(spans: Sequence[_Span], run: _Run, following: _Span, target: int, room: int, overlap: int) -> int:
    """1 when the last sentence of the passage is worth repeating at the start of the next, else 0."""
    last = spans[run.last - 1]
    length = last.end - last.start
    fits = length + following.end - following.start <= target and last.weight + following.weight <= room
    return int(not last.closes and length <= overlap and run.last - run.first > 1 and fits)


def _without_crumb(spans: Sequence[_Span], runs: list[_Run], target: int, room: int) -> list[_Run]:
    """A last passage under a quarter of the target joins the one before when both fit the bound on tokens."""
    if len(runs) < 2:
        return runs
    before, crumb = runs[-2:]
    size = spans[crumb.last - 1].end - spans[crumb.first].start
    heavy = sum(span.weight for span in spans[before.first : crumb.last])
    if size < target // 4 and heavy <= room:
        runs[-2:] = [_Run(before.first, crumb.last)]
    return runs
