"""What a procedure of the organisation says to a letter: the lines that answer it, or all those of a short one,
within a budget. Pure.

A line that begins with « Interne : » is for those who write, never for those who read.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from demeure.assistant.prompt import tokens_about
from demeure.assistant.tasks.making import Job, Reading, Stems, Stretch
from demeure.assistant.tasks.notes import lines_of

MOST, TOKENS, SHARE = 6, 260, 0.6
"""Lines of a procedure in one letter; their tokens; share of a line's words that a note holds when it says it
already."""
LEAST_WORDS, COMMON = 4, 1 / 3
"""Words of a line that says something alone; share of the lines that hold a word which tells none of them apart."""
NAMED = {"fr": "Procédure «\u202f{name}\u202f»", "en": "Procedure “{name}”"}
_INTERNAL = re.compile(r"^\W*(?:interne|à usage interne|internal)\b", re.IGNORECASE)
_TITLE = re.compile(r"^\s*#{1,6}\s|:\s*$")


def said_of(procedure: str, wanted: str, notes: Sequence[str], stems: Stems, *, whole: bool = True) -> list[str]:
    """The lines of ``procedure`` that speak of what ``wanted`` says (``whole``: all of a short one) and that no
    note says yet, in their order."""
    lines = [
        one
        for one in lines_of("\n".join(line for line in procedure.split("\n") if not _TITLE.search(line)), most=200)
        if len(one.split()) >= LEAST_WORDS and not _INTERNAL.match(one)
    ]
    held = [set(stems(one)) for one in lines]
    seen = Counter(stem for one in held for stem in one)
    asked = set(stems(wanted))
    known = [set(stems(one)) for one in notes]
    whole = whole and len(lines) <= MOST
    ranked: list[tuple[float, int]] = []
    for at, words in enumerate(held):
        shared = words & asked
        telling = [one for one in shared if seen[one] <= max(1.0, len(lines) * COMMON)]
        told = any(words and len(words & one) / len(words) >= SHARE for one in known)
        if (telling or whole) and not told:
            ranked.append((sum(1 / seen[one] for one in telling) + len(shared) / 10, at))
    kept: list[int] = []
    left = TOKENS
    for _, at in sorted(ranked, key=lambda one: (-one[0], one[1])):
        if len(kept) < MOST and (cost := tokens_about(lines[at])) <= left:
            kept.append(at)
            left -= cost
    return [lines[at] for at in sorted(kept)]


def reading_of(name: str, text: str, space: str, language: str) -> Reading:
    """A procedure as a source."""
    return Reading((Stretch(text),), NAMED[language].format(name=name), space=space)


def readings(job: Job) -> list[Reading]:
    """Every procedure in force for a work, to be quoted: without its internal lines."""
    space = job.spaces[0] if len(set(job.spaces)) == 1 else ""
    return [reading_of(name, _told(text), space, job.language) for name, text in job.voice.procedures.items()]


def near(procedures: Mapping[str, str], wanted: str, notes: Sequence[str], stems: Stems) -> list[str]:
    """Names of those that would say two things or more, to be chosen by who writes."""
    return [name for name, text in procedures.items() if len(said_of(text, wanted, notes, stems, whole=False)) > 1]


def _told(text: str) -> str:
    return "\n".join(line for line in text.split("\n") if not _INTERNAL.match(line))
