"""What changed between two texts, word by word, each change with its place in both (pure).

Sentences are aligned first, then the words of what differs, by the longest common subsequence: exact, in bits (one
row of the table is one integer), so that 300 pages take a second and not a minute. Line breaks do not count: a page
that flows again is not a change, nor is an apostrophe, a quotation mark or a hyphen that a program wrote otherwise.
"""

import re
import unicodedata
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from demeure.library.chunking import sentence_ends

MOST_SENTENCES = 20_000
"""Of each text, compared: some 800 pages; what follows is left out, and it is said."""
MOST_WORDS = 6_000
"""Of each side of one change, compared word by word: about twenty pages written anew; beyond, both are given
whole."""

_NUMBER = r"\d+(?:[.,:/-]\d+)+"
_WORD = re.compile(rf"{_NUMBER}|\w+")
_TOKEN = re.compile(rf"\s*(?:{_NUMBER}|\w+|[^\w\s])")

_ALIKE = str.maketrans(
    {"\u2019": "'", "\u2018": "'", "\u02bc": "'", "\u201c": '"', "\u201d": '"', "\u2010": "-", "\u2011": "-"}
)
_SOFT_HYPHEN = "\u00ad"

SAME, ADDED, REMOVED = "same", "added", "removed"


@dataclass(frozen=True)
class Text:
    """A part of a document: where it is, what it says. ``rows``: one line, one row of a table."""

    place: Mapping[str, Any]
    text: str
    rows: bool = False


@dataclass(frozen=True)
class Run:
    """Words in a row that are in both texts (same), in the newer only (added), in the former only (removed)."""

    kind: str
    text: str


@dataclass(frozen=True)
class Change:
    """``former``, ``newer``: its place in each, None where it has none there. ``before``, ``after``: the unchanged
    sentence on each side, empty at the ends."""

    runs: tuple[Run, ...]
    former: Mapping[str, Any] | None
    newer: Mapping[str, Any] | None
    before: str = ""
    after: str = ""


@dataclass(frozen=True)
class Comparison:
    """``added``, ``removed``: words. ``share``: of the sentences of both, those that both have. ``cut``: only the
    first MOST_SENTENCES were compared."""

    changes: tuple[Change, ...]
    added: int
    removed: int
    share: float
    cut: bool = False


@dataclass(frozen=True)
class _Sentence:
    key: Hashable
    text: str
    place: Mapping[str, Any]


def compare(former: Sequence[Text], newer: Sequence[Text]) -> Comparison:
    """What ``newer`` says otherwise than ``former``."""
    a, b = _sentences(former), _sentences(newer)
    cut = max(len(a), len(b)) > MOST_SENTENCES
    a, b = a[:MOST_SENTENCES], b[:MOST_SENTENCES]
    pairs = common([one.key for one in a], [one.key for one in b])
    changes: list[Change] = []
    added = removed = 0
    at_a = at_b = 0
    for to_a, to_b in [*pairs, (len(a), len(b))]:
        if to_a > at_a or to_b > at_b:
            change = _change(a, b, (at_a, to_a), (at_b, to_b))
            counts = _counts(change)
            if any(run.kind != SAME for run in change.runs):
                changes.append(change)
                added, removed = added + counts[0], removed + counts[1]
        at_a, at_b = to_a + 1, to_b + 1
    share = 2 * len(pairs) / (len(a) + len(b)) if a or b else 1.0
    return Comparison(tuple(changes), added, removed, share, cut)


def common(a: Sequence[Hashable], b: Sequence[Hashable]) -> list[tuple[int, int]]:
    """A longest common subsequence, as (index in a, index in b). Equal ends are set aside first; what is left costs
    len(a) operations on integers of len(b) bits, and as many are kept."""
    start, end_a, end_b = 0, len(a), len(b)
    while start < min(end_a, end_b) and a[start] == b[start]:
        start += 1
    while end_a > start and end_b > start and a[end_a - 1] == b[end_b - 1]:
        end_a, end_b = end_a - 1, end_b - 1
    middle = _common(a[start:end_a], b[start:end_b])
    return [
        *((at, at) for at in range(start)),
        *((start + i, start + j) for i, j in middle),
        *((end_a + at, end_b + at) for at in range(len(a) - end_a)),
    ]


def _common(a: Sequence[Hashable], b: Sequence[Hashable]) -> list[tuple[int, int]]:
    """Bit j of row i is 0 where the longest common subsequence of a[:i + 1] and b[:j + 1] grows with b[j] (Hyyrö,
    Crochemore); then the way back."""
    where: dict[Hashable, int] = {}
    for j, one in enumerate(b):
        where[one] = where.get(one, 0) | (1 << j)
    full = (1 << len(b)) - 1
    row, rows = full, []
    for one in a:
        matched = row & where.get(one, 0)
        row = ((row + matched) | (row - matched)) & full
        rows.append(row)
    found: list[tuple[int, int]] = []
    i, j = len(a) - 1, len(b) - 1
    while i >= 0 and j >= 0:
        if rows[i] >> j & 1:
            j -= 1
        elif i > 0 and not rows[i - 1] >> j & 1:
            i -= 1
        else:
            found.append((i, j))
            i, j = i - 1, j - 1
    return found[::-1]


def _change(
    a: Sequence[_Sentence], b: Sequence[_Sentence], left: tuple[int, int], right: tuple[int, int]
) -> Change:
    gone, come = a[slice(*left)], b[slice(*right)]
    return Change(
        runs=_runs(" ".join(one.text for one in gone), " ".join(one.text for one in come)),
        former=gone[0].place if gone else None,
        newer=come[0].place if come else None,
        before=b[right[0] - 1].text if right[0] > 0 else "",
        after=b[right[1]].text if right[1] < len(b) else "",
    )


def _runs(former: str, newer: str) -> tuple[Run, ...]:
    """Words of both, in reading order: what is removed before what is added."""
    a, b = _TOKEN.findall(f" {former}"), _TOKEN.findall(f" {newer}")
    if max(len(a), len(b)) > MOST_WORDS:
        return tuple(Run(kind, text) for kind, text in ((REMOVED, former), (ADDED, newer)) if text)
    pairs = common([_key(one.strip()) for one in a], [_key(one.strip()) for one in b])
    found: list[Run] = []
    at_a = at_b = 0
    for to_a, to_b in [*pairs, (len(a), len(b))]:
        _add(found, REMOVED, a[at_a:to_a])
        _add(found, ADDED, b[at_b:to_b])
        _add(found, SAME, b[to_b : to_b + 1])
        at_a, at_b = to_a + 1, to_b + 1
    return tuple(_legible(found))


def _add(found: list[Run], kind: str, words: Sequence[str]) -> None:
    text = "".join(words)
    if not text:
        return
    if found and found[-1].kind == kind:
        found[-1] = Run(kind, found[-1].text + text)
    else:
        found.append(Run(kind, text))


def _legible(runs: Sequence[Run]) -> list[Run]:
    """A small word between two changes (« de », a comma) is told with them: a person reads phrases, not crumbs."""
    kept: list[Run] = []
    gone = come = ""

    def close() -> None:
        nonlocal gone, come
        kept.extend(Run(kind, text) for kind, text in ((REMOVED, gone), (ADDED, come)) if text)
        gone = come = ""

    for at, run in enumerate(runs):
        if run.kind == REMOVED:
            gone += run.text
        elif run.kind == ADDED:
            come += run.text
        elif 0 < at < len(runs) - 1 and len(run.text.strip()) <= 3 and (gone or come):
            gone, come = gone + run.text, come + run.text
        else:
            close()
            kept.append(run)
    close()
    return kept


def _counts(change: Change) -> tuple[int, int]:
    """Words added, removed."""
    count = {
        kind: sum(len(_WORD.findall(run.text)) for run in change.runs if run.kind == kind)
        for kind in (ADDED, REMOVED)
    }
    return count[ADDED], count[REMOVED]


def _sentences(parts: Sequence[Text]) -> list[_Sentence]:
    found: list[_Sentence] = []
    for part in parts:
        start = 0
        ends = [at + 1 for at, c in enumerate(part.text) if c == "\n"] if part.rows else []
        ends = ends or [end for end, _ in sentence_ends(part.text, wrapped=True)]
        for end in [*ends, len(part.text)]:
            shown = unicodedata.normalize("NFC", part.text[start:end].replace(_SOFT_HYPHEN, ""))
            text = " ".join(shown.split())
            start = max(start, end)
            if text:
                found.append(_Sentence(_key(text), text, part.place))
    return found


def _key(text: str) -> str:
    """As it is compared: signs that a word processor puts by itself, as they are typed."""
    return text.translate(_ALIKE)
