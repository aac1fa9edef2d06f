"""A whole text examined: every detector, then one detection for each place."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise

from demeure.personal import (
    accounts,
    addresses,
    births,
    columns,
    contacts,
    lines,
    names,
    numbers,
    papers,
    sensitive,
)
from demeure.personal.copies import composed, unmarked
from demeure.personal.detection import SENSITIVE, SURE, Detection, Kind
from demeure.personal.scanned import repaired

_FIGURES: tuple[Callable[[str], Iterator[Detection]], ...] = (
    numbers.detect,
    contacts.detect,
    papers.detect,
    births.detect,
)
_RULES: tuple[Callable[[str], Iterator[Detection]], ...] = (
    *_FIGURES,
    accounts.detect,
    addresses.detect,
    columns.detect,
    sensitive.detect,
)
_LISTED = (numbers.detect, contacts.detect, accounts.detect, columns.detect)


def examine(text: str, *, with_names: bool = True, sure: float = SURE) -> list[Detection]:
    """What ``text`` holds, in its order, none touching another. Words of health and unions may lie anywhere."""
    copy = composed(text)
    here = text if copy is None else copy.text
    found = list(by_rules(here))
    if with_names:
        found += _names(here)
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
    found = [[*by_rules(text), *_names(text, known)] for text in read]
    several = len(texts) > 1 or before
    kept = [
        resolved([*here, *names.elsewhere(text, known)] if several else here)
        for text, here in zip(read, found, strict=True)
    ]
    return [here if copy is None else list(copy.back(here)) for copy, here in zip(copies, kept, strict=True)]


QUOTED = "\n>"
"""Lines of a message that another quotes: what goes on over two of them is whole without their marks."""
_JOINED = re.compile(r"[^\W\d_]_[^\W\d_]")


def _names(text: str, known: dict[str, str] | None = None) -> Iterator[Detection]:
    """« CV_Claire_Durand.pdf » too."""
    known = {} if known is None else known
    yield from names.detect(text, known)
    yield from lines.detect(text)
    if QUOTED in text and (copy := unmarked(text)) is not None:
        yield from copy.back(names.detect(copy.text, known))
    if _JOINED.search(text):
        yield from names.detect(text.replace("_", " "), known)


def by_rules(text: str) -> Iterator[Detection]:
    """All but names, overlaps included. A text whose figures were misread is looked at twice, and so is a list."""
    for detect in _RULES:
        yield from detect(text)
    again = repaired(text)
    if again != text:
        for detect in _FIGURES:
            for found in detect(again):
                if again[found.start : found.end] != text[found.start : found.end]:
                    yield found
    copy = unmarked(text)
    if copy is not None:
        for detect in _RULES if QUOTED in text else _LISTED:
            for found in copy.back(detect(copy.text)):
                broken = found.kind == "phone" and "\n" in text[found.start : found.end]
                if not broken or contacts.whole_on_two(text, found.start, found.end):
                    yield found


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
