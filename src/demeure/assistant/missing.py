"""A question that asks several things at once: which of them nothing was found for. Pure.

« Quelle est la caution, et qui est le gardien ? » is answered on the one; a small model then makes up the other,
and an answer that leaves it out without a word reads as whole.
"""

import re
from collections.abc import Sequence

from demeure.assistant import asking, persons, prompt, subjects
from demeure.assistant.families import kin
from demeure.assistant.units import Stems

_SOME = re.compile(r"(?:\b(?:une?|des|an?|some)\s|\bd['’]une?\s)\s*[^\W\d_]{4,}", re.IGNORECASE)
"""After « un » no word is a verb, whatever its end: « un menuisier », « une fenêtre »."""


def alone(question: str, stems: Stems) -> list[str]:
    """The parts of ``question`` that can be looked for by themselves, each naming what it is about; empty when
    fewer than two can."""
    several = asking.parts(question)
    named = [part for part in several if _names(part, stems)]
    return named if len(several) > 1 and len(named) > 1 else []


def _names(part: str, stems: Stems) -> bool:
    return bool(subjects.nouns(part, stems) or persons.office(part) or _SOME.search(part))


def left(question: str, absent: Sequence[str]) -> str:
    """What is still asked without the parts ``absent``."""
    kept = [part for part in asking.parts(question) if part not in absent] if absent else []
    return " ? ".join(part[0].upper() + part[1:] for part in kept) + " ?" if absent and kept else question


def told(question: str, absent: Sequence[str], shown: str, stems: Stems, spoken: str) -> str:
    """Which parts of ``question`` no document answers, and which what was ``shown`` says nothing of; empty when
    there are none, or when it declines."""
    if not shown or prompt.says_not_found(shown):
        return ""
    untold = [
        part for part in alone(question, stems) if part not in absent and not _speaks(part, question, shown, stems)
    ]
    return _list(prompt.ABSENT[spoken], absent) + _list(prompt.UNTOLD[spoken], untold)


def _speaks(part: str, question: str, shown: str, stems: Stems) -> bool:
    """Has ``shown`` a word that ``part`` alone asks about?"""
    others = {s for one in asking.parts(question) if one != part for s in subjects.words(one, stems)}
    mine, said = set(subjects.words(part, stems)) - others, frozenset(stems(shown))
    return not mine or any(s in said or kin(s, said) for s in mine)


def _list(opening: str, parts: Sequence[str]) -> str:
    return f"\n\n{opening}" + "".join(f"\n- {part}" for part in parts) if parts else ""
