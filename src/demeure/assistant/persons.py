"""« Qui est le maire ? », when no passage names one: a small model takes the nearest word for an answer. Pure."""

import re
from collections.abc import Sequence

from demeure.assistant.units import Told, split
from demeure.words.matching import fold, inflections

_ROLE = r"(?P<role>[^\W\d_][\w-]{3,})"
_ASKS = re.compile(
    rf"^\W*(?:et\s+)?(?:qui\s+(?:est|sont|était|étaient)\s+(?:(?:le|la|les|notre|nos|votre|vos)\s+|l['’]){_ROLE}"
    rf"|who\s+(?:is|are)\s+(?:the|our|your)\s+(?P<english>[^\W\d_][\w-]{{3,}}))",
    re.IGNORECASE,
)
_NAME = re.compile(
    r"\b(?:M\.|MM\.|Mmes?|Mlle|Dr|Me|Mrs?\.?|Ms\.?)\s+[A-ZÀ-Þ][\w’'-]*|(?<=[\w,;:’'()-] )[A-ZÀ-Þ][\w’'-]+"
)
_WORD = re.compile(r"[^\W_]+")


def office(question: str) -> bool:
    """Does ``question`` ask who holds an office: « qui est le gardien ? »"""
    return bool(_ASKS.search(question))


def absent(question: str, passages: Sequence[Told]) -> bool:
    """Does ``question`` ask who holds an office, when no line that speaks of it, nor those beside it, has a name
    that the question has not?"""
    asked = _ASKS.search(question)
    if asked is None or not passages:
        return False
    role = inflections(fold(asked["role"] or asked["english"]))
    for told in passages:
        lines = [*told.context.split("\n"), *split(told.text)]
        for at, line in enumerate(lines):
            speaks = any(fold(word) in role for word in _WORD.findall(line))
            if speaks and any(_named(near, question) for near in lines[max(at - 1, 0) : at + 2]):
                return False
    return True


def _named(line: str, question: str) -> bool:
    return any(found[0] not in question for found in _NAME.finditer(line)) or bool(_HEADED.match(line))


_HEADED = re.compile(r"[A-ZÀ-Þ][\w’'-]+ (?:[A-ZÀ-Þ]\.? ?)?[A-ZÀ-Þ][\w’'-]+\W*$")
"""A line that is a name alone: « Hélène Vauquelard », under « La maire, »."""
