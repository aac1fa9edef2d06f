"""A street that a question names (« rue des Tanneurs »), and what passages say of other streets. Pure.

The notice of other works shares « travaux », « rue », « fermée » with the question; a pont des Tanneurs, its name.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from demeure.assistant.units import Stems, Told, Unit

_WAYS = {
    "rue": r"rues?|streets?",
    "avenue": r"avenues?|av\.?|ave\.",
    "boulevard": r"boulevards?|bo?u?l?vd\.?|bd\.?",
    "place": r"places?|pl\.|squares?",
    "chemin": r"chemins?|lanes?",
    "impasse": r"impasses?|imp\.",
    "allee": r"all[ée]es?",
    "quai": r"quais?",
    "route": r"routes?|rte\.?|roads?",
    "ruelle": r"ruelles?",
    "esplanade": r"esplanades?",
    "pont": r"ponts?|bridges?",
}
_NO_STREET = "pont"
"""It bears the name of a street, and is none."""
_KIND = "|".join(f"(?P<{name}>{forms})" for name, forms in _WAYS.items())
_JOIN = r"(?:(?:(?:de|des|du|la|le|les)[^\S\n]+|[dl]['’])(?:la[^\S\n]+|l['’])?)"
_BIG = r"(?:[A-ZÀ-ÖØ-ÞŒ][\w'’-]*)"
_STREET = re.compile(rf"(?<![\w-])(?i:{_KIND})[^\S\n]+(?i:{_JOIN})?(?P<of>{_BIG}(?:[^\S\n]+{_JOIN}?{_BIG})*)")
_SMALL = re.compile(rf"(?<![\w-])(?i:{_KIND})[^\S\n]+{_JOIN}(?P<of>[^\W\d_]{{4,}})", re.IGNORECASE)
_ADDRESS = re.compile(r"\d\s*(?:bis|ter)?\s*,?\s*$")
_HEADING = re.compile(r"[^.!?…;:,»]\s*$")
_BEGINS = re.compile(r"^\W*(?:(?:la|le|les|the)\s+|l['’])?", re.IGNORECASE)


class _Street(NamedTuple):
    """``kind``: as in ``_WAYS``; ``names``: stems of its name, ``last`` those of its last word, which is never
    shortened (« rue du Dr Martin »); from ``start`` to ``end`` of the text."""

    kind: str
    names: frozenset[str]
    last: frozenset[str]
    start: int
    end: int

    def same(self, other: "_Street") -> bool:
        """The same street, as far as their names tell."""
        return self.kind == other.kind and (self.last <= other.names or other.last <= self.names)


def apart(question: str, passages: Sequence[Told], stems: Stems) -> set[int]:
    """Passages that name other streets than those of ``question``, and none of these; an address (« 2, rue Haute »)
    names none."""
    return _sorted(question, passages, stems)[0]


def absent(question: str, passages: Sequence[Told], stems: Stems) -> bool:
    """Is the best of ``passages`` about another street than that of ``question``, which none speaks of? What is
    left is there by chance. « Quel jour sortir les bacs, rue Haute ? » has a best passage that names no street."""
    others, speaking = _sorted(question, passages, stems)
    return 0 in others and not speaking


def _sorted(question: str, passages: Sequence[Told], stems: Stems) -> tuple[set[int], set[int]]:
    """Those about other streets, and those that speak of one that ``question`` names."""
    texts = [f"{told.context}\n{told.text}" for told in passages]
    wanted = _wanted(question, texts, stems)
    speaking = {n for n, text in enumerate(texts) if wanted and _speaks(text, wanted, stems)}
    others = {n for n, text in enumerate(texts) if wanted and n not in speaking and _others(text, wanted, stems)}
    return others, speaking


def narrow(units: Sequence[Unit], question: str, stems: Stems) -> None:
    """Of a passage with lines on the street that ``question`` names, those that begin with another street are no
    longer read, nor what stands under a heading that is one and does not name it."""
    wanted = _wanted(question, [unit.text for unit in units], stems)
    about = {unit.passage for unit in units if wanted and _speaks(unit.text, wanted, stems)}
    under, passage = False, -1
    for unit in units:
        if unit.passage not in about:
            continue
        under, passage = under and unit.passage == passage, unit.passage
        speaks = _speaks(unit.text, wanted, stems)
        begins = _BEGINS.match(unit.text)
        start = begins.end() if begins else 0
        other = not speaks and any(street.start == start for street in _others(unit.text, wanted, stems))
        if _HEADING.search(unit.text):
            under = other
        unit.out = unit.out or other or (under and not speaks)


def _wanted(question: str, texts: Sequence[str], stems: Stems) -> list[_Street]:
    """The streets that ``question`` names. Without a capital, or with nothing else (« rue des tanneurs ») it is one
    if ``texts`` write that name with one; of a longer name, what they write of it."""
    found = [] if question.isupper() else [one for one in _streets(question, stems) if one.kind != _NO_STREET]
    small = [] if found else list(_streets(question.lower(), stems, _SMALL))
    there = [one for text in texts for one in _streets(text, stems)] if found or small else []
    small = [one for one in small if any(one.last <= other.names for other in there)]
    return [_as_written(one, there) for one in (*found, *small)]


def _as_written(one: _Street, there: Sequence[_Street]) -> _Street:
    """« rue des Lilas Lundi » is rue des Lilas, when that is what they write."""
    shorter = [other for other in there if other.kind == one.kind and other.names < one.names]
    return one if not shorter or any(one.last <= other.names for other in there) else shorter[0]


def _speaks(text: str, wanted: Sequence[_Street], stems: Stems) -> bool:
    """Does ``text`` hold the name of one of ``wanted``, otherwise than as another kind of place (« pont des
    Tanneurs », for « rue des Tanneurs »)?"""
    held = set(stems(text))
    for one in wanted:
        if not one.last <= held:
            continue
        left = text
        for other in _streets(text, stems):
            if other.kind != one.kind:
                left = left[: other.start] + " " * (other.end - other.start) + left[other.end :]
        if one.last <= set(stems(left)):
            return True
    return False


def _others(text: str, wanted: Sequence[_Street], stems: Stems) -> list[_Street]:
    return [
        street
        for street in _streets(text, stems)
        if not any(one.same(street) for one in wanted) and not _ADDRESS.search(text, 0, street.start)
    ]


def _streets(text: str, stems: Stems, pattern: re.Pattern[str] = _STREET) -> Iterator[_Street]:
    for found in pattern.finditer(text):
        kind = next(name for name in _WAYS if found[name])
        names, last = frozenset(stems(found["of"])), frozenset(stems(found["of"].split()[-1]))
        if last:
            yield _Street(kind, names, last, found.start(), found.end())
