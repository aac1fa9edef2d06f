"""A whole text examined: every detector, then one detection for each place."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from demeure.personal import (
    accounts,
    addresses,
    beside,
    births,
    columns,
    contacts,
    forms,
    lines,
    names,
    numbers,
    papers,
    sensitive,
)
from demeure.personal.copies import about, across, composed, unmarked
from demeure.personal.detection import SENSITIVE, SURE, Detection, Kind
from demeure.personal.scanned import misread, repaired

Rules = Callable[[str, str], Iterator[Detection]]
"""Some detectors, one after the other: told of a text, and of the same in small letters, made once for them."""
_SHAPES = (forms.detect, lines.detect, beside.detect)


def examine(text: str, *, with_names: bool = True, sure: float = SURE) -> list[Detection]:
    """What ``text`` holds, in its order, none touching another. Words of health and unions may lie anywhere."""
    copy = composed(text)
    here = text if copy is None else copy.text
    found = list(by_rules(here))
    if with_names:
        found += _names(here, found, {}, alike=False)
    else:
        found = [one for one in found if one.kind != "name"]
    kept = resolved(found, sure)
    return kept if copy is None else list(copy.back(kept))


def examine_together(texts: Sequence[str], known: dict[str, str] | None = None) -> list[list[Detection]]:
    """Of each text what ``examine`` finds, and the names that the others tell: a file is named « Durand.pdf », and
    a sentence of another text says who Mme Durand is. ``known``: words of names that were found in texts read
    before these, to which those of these are added."""
    before = bool(known)
    known = {} if known is None else known
    copies = [composed(text) for text in texts]
    read = [text if copy is None else copy.text for text, copy in zip(texts, copies, strict=True)]
    ruled = [list(by_rules(text)) for text in read]
    found = [[*here, *_names(text, here, known, alike=True)] for text, here in zip(read, ruled, strict=True)]
    several = len(texts) > 1 or before
    kept = [
        resolved([*here, *names.elsewhere(text, known)] if several else here)
        for text, here in zip(read, found, strict=True)
    ]
    return [here if copy is None else list(copy.back(here)) for copy, here in zip(copies, kept, strict=True)]


QUOTED = "\n>"
"""Lines of a message that another quotes: what goes on over two of them is whole without their marks."""
_JOINED = re.compile(r"[^\W\d_]_[^\W\d_]")


def _names(text: str, seen: Sequence[Detection], known: dict[str, str], *, alike: bool) -> list[Detection]:
    """« CV_Claire_Durand.pdf » too. ``seen``: what the rules found, tables among them. What the shape of a line, a
    form or a table tells is known in the rest of the text."""
    told = [one for detect in _SHAPES for one in detect(text)]
    names.learned(text, [*seen, *told], known)
    told += names.detect(text, known, alike=alike)
    if QUOTED in text and (copy := unmarked(text)) is not None:
        told += copy.back([one for detect in _SHAPES for one in detect(copy.text)])
        told += copy.back(names.detect(copy.text, known, alike=alike))
    if _JOINED.search(text):
        told += names.detect(text.replace("_", " "), known)
    return [*told, *beside.births(text, [*seen, *told])]


def by_rules(text: str) -> Iterator[Detection]:
    """All but names, overlaps included. A text whose figures were misread is looked at twice, and so is a list."""
    yield from _every(text, text.lower())
    yield from _misread(text)
    copy = unmarked(text)
    if copy is None:
        return
    if QUOTED in text:
        found = [*_every(copy.text, copy.text.lower())]
    else:
        parts = about(copy.text, across(copy.text))
        found = [*columns.detect(copy.text), *_within(copy.text, parts, _listed)]
    for one in copy.back(found):
        broken = one.kind == "phone" and "\n" in text[one.start : one.end]
        if not broken or contacts.whole_on_two(text, one.start, one.end):
            yield one


def _every(text: str, small: str) -> Iterator[Detection]:
    """What each detector finds, overlaps included: of two that are as sure of one place, the first is kept."""
    yield from _figures(text, small)
    yield from accounts.detect(text)
    yield from addresses.detect(text)
    yield from columns.detect(text)
    yield from sensitive.detect(text, small)


def _figures(text: str, small: str) -> Iterator[Detection]:
    yield from numbers.detect(text)
    yield from contacts.detect(text, small)
    yield from papers.detect(text, small)
    yield from births.detect(text, small)


def _listed(text: str, small: str) -> Iterator[Detection]:
    yield from numbers.detect(text)
    yield from contacts.detect(text, small)
    yield from accounts.detect(text)


def _misread(text: str) -> Iterator[Detection]:
    """What holds figures that were read as letters."""
    again = repaired(text)
    if again == text:
        return
    for found in _within(again, about(again, misread(text)), _figures):
        if again[found.start : found.end] != text[found.start : found.end]:
            yield found


def _within(text: str, parts: Iterable[tuple[int, int]], rules: Rules) -> Iterator[Detection]:
    """What ``rules`` find in these parts of ``text``."""
    for start, end in parts:
        part = text[start:end]
        for one in rules(part, part.lower()):
            yield replace(one, start=one.start + start, end=one.end + start)


def resolved(found: Iterable[Detection], sure: float = SURE) -> list[Detection]:
    """One for each place: what proves itself, then the longer, then the more confident; names give way."""
    kept: list[Detection] = []
    ranked = sorted(found, key=_rank)
    taken = bytearray(max((one.end for one in ranked), default=0))
    for one in ranked:
        if one.confidence < sure:
            continue
        if one.kind in SENSITIVE:
            kept.append(one)
        elif not any(taken[one.start : one.end]):
            taken[one.start : one.end] = b"\1" * (one.end - one.start)
            kept.append(one)
    return sorted(kept, key=lambda one: (one.start, one.end))


_CHANCE = 0.55
"""Of a key that one number in ten has, where nothing else speaks for it."""


def _rank(one: Detection) -> tuple[bool, bool, int, float, int]:
    proved = one.valid is True and one.confidence > _CHANCE
    return (not proved, one.kind == "name", one.start - one.end, -one.confidence, one.start)


def counts(found: Sequence[Detection]) -> dict[Kind, int]:
    """How many different values of each kind: the same telephone written twice is one."""
    return dict(Counter(kind for kind, _ in {(one.kind, one.value) for one in found}))


def apart(found: Sequence[Detection]) -> bool:
    """Whether no two of ``found`` (in order) touch the same character."""
    return all(before.end <= after.start for before, after in pairwise(found))
