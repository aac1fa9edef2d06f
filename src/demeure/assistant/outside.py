"""« Hors commune » is not the row of « un enfant de la commune »: the word that a row leaves out names it only to
whoever leaves it out too. Pure.
"""

import re
from collections.abc import Sequence

from demeure.assistant.units import Stems, Unit

_OUT = re.compile(
    r"(?<!\w)(?:hors\s(?:d(?:e\s|u\s|es\s|['’]))?|ext[ée]rieure?s?\s(?:à|aux?)\s|non[\s-]|outside\s|non-?)"
    r"(?:la\s|les?\s|l['’]|the\s)?(?P<out>\w[\w'’-]*)",
    re.IGNORECASE,
)
"""Of a row, up to the word that it leaves out."""
_SAYS_SO = re.compile(
    r"\b(?:hors|ext[ée]rieure?s?|dehors|non|pas|sans|sauf|autres?|ailleurs|outside|not?|other)\b", re.IGNORECASE
)


def unname(units: Sequence[Unit], question: str, stems: Stems) -> None:
    """Takes from each row what it leaves out by its name, unless ``question`` leaves something out itself or the
    rest of the row says that word too."""
    if _SAYS_SO.search(question):
        return
    for unit in units:
        found = _OUT.search(unit.text) if unit.table and unit.at > unit.table[1] else None
        if found:
            rest = frozenset(stems(f"{unit.text[: found.start()]} {unit.text[found.end() :]}"))
            unit.stems = unit.stems - (frozenset(stems(found["out"])) - rest)
