"""Things that only the examples shown to the model speak of (« le camping est fermé le samedi »), told as if the
documents did: a small model that finds no answer in its extracts at times takes one from there. Pure."""

import re
from collections.abc import Callable, Iterable, Sequence

from demeure.assistant import prompt
from demeure.assistant.grounding import Finding
from demeure.assistant.grounding.plain import folded, in_place


def _pattern(thing: str) -> str:
    return r"\s+".join(f"{re.escape(word)}s?" for word in folded(thing).split())


_PAIRS = [
    re.compile(rf"\b(?:{'|'.join(map(_pattern, pair))})\b") for pair in zip(*prompt.THINGS.values(), strict=True)
]
"""One thing in both languages: what a French document calls « piscine » is no borrowed “pool”."""
_ANY = re.compile("|".join(one.pattern for one in _PAIRS))
Held = Callable[[], Iterable[str]]
"""Gives what was asked and all that was read: few answers need it."""
_SENTENCE = re.compile(r"(?<=[.!?…])\s+|\n+")


def things(said: str, held: Held) -> list[re.Match[str]]:
    """Where ``said`` speaks of such a thing that ``held`` does not, by place."""
    low = in_place(said)
    if not _ANY.search(low):
        return []
    there = "\n".join(map(folded, held()))
    absent = [one for one in _PAIRS if not one.search(there)]
    return sorted((found for one in absent for found in one.finditer(low)), key=lambda found: found.start())


def ends(said: str, held: Held) -> bool:
    """Does the last sentence of ``said`` speak of one?"""
    return bool(things(_SENTENCE.split(said.strip())[-1], held))


def without(text: str, held: Held) -> str:
    """``text`` less its lines that do."""
    return "\n".join(line for line in text.split("\n") if not things(line, held))


def marked(text: str, findings: Sequence[Finding], held: Held) -> tuple[Finding, ...]:
    """``findings`` of ``text``, with those of such things that stand apart from them, in order."""
    more = [
        Finding(found.start(), found.end(), "word", text[found.start() : found.end()])
        for found in things(text, held)
        if not any(found.start() < one.end and one.start < found.end() for one in findings)
    ]
    return tuple(sorted((*findings, *more), key=lambda one: one.start)) if more else tuple(findings)
