"""Something numbered that a question names and the passages number otherwise: « la tranche 5 » of a list that has
three. Pure.

A small model gives the price of another one; only where a passage lists several of that kind can their absence be
told, and only of kinds that are numbered within one list: an article, a page, an annex may be further on.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

_KINDS = (
    "tranche|zone|lot|cat[ée]gorie|niveau|groupe|[ée]quipe|classe|[ée]chelon|grade|palier|type|formule|option|phase"
    "|[ée]tape|secteur|b[âa]timent|salle|ligne|quai|[ée]tage"
    "|band|category|level|group|team|class|grade|tier|plan|stage|sector|building|room|line"
)
_LABEL = r"(?:\d{1,3}(?!\d)(?![.,]\d)|[A-Z](?![\w'’])|[IVX]{1,4}(?![\w'’]))"
_NAMES = re.compile(
    rf"\b(?P<kind>{_KINDS})s?\s+(?:n[°o]\s*)?(?P<label>{_LABEL})(?!\s*(?:%|€|h\b|km\b|m²|kg\b))", re.IGNORECASE
)
_SEVERAL = re.compile(
    rf"\b(?P<kind>{_KINDS})s?\s+(?P<first>{_LABEL})\s*(?P<how>à|-|–|to|,|et|ou|and|or)\s*(?P<last>{_LABEL})",
    re.IGNORECASE,
)
_ROW = re.compile(rf"^\W*(?:(?P<kind>{_KINDS})s?\s+(?:n[°o]\s*)?(?P<label>{_LABEL}))", re.IGNORECASE)
_BEGINS = re.compile(rf"^\W*({_LABEL})\b")
_LISTED = 2
"""Of one kind, at the beginning of lines of one passage: a list of them."""
_SHOWN = 8


class Absent(NamedTuple):
    """``asked``: as the question wrote it (« tranche 5 »); ``listed``: those of its kind that the passages list."""

    asked: str
    listed: tuple[str, ...]


def absent(question: str, passages: Sequence[str]) -> Absent | None:
    """What ``question`` names that the lists of ``passages`` do not have; None when they do, or when none
    has such a list."""
    for found in _NAMES.finditer(question):
        kind, label = _plain(found["kind"]), found["label"].upper()
        if not found["label"].isdigit() and found["label"].islower():
            continue  # « classe a fermé »
        rows = [
            [row for row in map(_ROW.match, text.split("\n")) if row and _plain(row["kind"]) == kind]
            for text in passages
        ]
        listed = {row["label"].upper(): f"{row['kind']} {row['label']}".lower() for some in rows for row in some}
        most = max((len({row["label"] for row in some}) for some in rows), default=0)
        if most < _LISTED or label in listed or any(label in _said(kind, text) for text in passages):
            continue
        return Absent(
            found[0], tuple(listed[one] for one in sorted(listed, key=lambda label: (len(label), label)))[:_SHOWN]
        )
    return None


def _said(kind: str, text: str) -> Iterator[str]:
    """The labels of ``kind`` that ``text`` has anywhere, ranges opened; all that begin a line of one that names the
    kind in its header (« Lot | Montant » over « 2. Isolation »)."""
    for found in _NAMES.finditer(text):
        if _plain(found["kind"]) == kind:
            yield found["label"].upper()
    for found in _SEVERAL.finditer(text):
        if _plain(found["kind"]) == kind:
            first, last = found["first"].upper(), found["last"].upper()
            yield last
            if found["how"] in ("à", "-", "–", "to") and first.isdigit() and last.isdigit():
                yield from map(str, range(int(first), int(last) + 1))
    for line in text.split("\n"):
        if begun := _BEGINS.match(line):
            yield begun[1].upper()


def _plain(kind: str) -> str:
    return kind.lower().translate(str.maketrans("éâ", "ea"))
