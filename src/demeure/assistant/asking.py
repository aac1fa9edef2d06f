"""How a question asks: in how many parts, and what a line must hold to answer. Pure; French, then English.

« Combien de personnes » wants a number of persons; « la plus grosse subvention » wants the whole table; « quel jour
…, et qui … » wants two lines that may hold nothing in common.
"""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache

from demeure.assistant import durations, prices

Stems = Callable[[str], Iterable[str]]

_ASKING = (
    r"(?:(?:à|de|en|pour|par|sous|avec|dans|depuis|avant|au bout de|jusqu['’]à|at|in|for|by|from) )?"
    r"(?:combien|qui|quand|où|quel(?:le)?s?|comment|pourquoi|lequel|laquelle"
    r"|how|who|when|where|which|what|why)\b"
)
_PARTS = re.compile(rf"(?:\s*[,;]?\s+(?:et|ou|and|or)|\s*[?;])\s+(?={_ASKING})", re.IGNORECASE)
_LISTED = re.compile(
    r"\s*,\s+(?=(?:(?:à|de|en|pour|par|sous|avec|dans|at|in|for) )?"
    r"(?:combien|quel(?:le)?s?|comment|pourquoi|how|what)\b)",
    re.IGNORECASE,
)
_BEGINS = re.compile(rf".{{0,60}}?\b{_ASKING}", re.IGNORECASE | re.DOTALL)
_BESIDE = re.compile(
    r"\s*(?:[+&]|,?\s(?:et|ou|and|or)\s+"
    r"(?=(?:une?|les?|la|des|du|de la|celles?|celui|ceux|the|an?)\s|(?:de )?l['’]|d['’]un))\s*",
    re.IGNORECASE,
)
"""« une concession *et* une case de columbarium », « concession *+* columbarium »."""
_BETWEEN = re.compile(r"\b(?:entre|between)\b", re.IGNORECASE)
_MOST = 3
_COUNTED = re.compile(
    r"\b(?:combien d(?:e |['’])|quel (?:est )?(?:le )?nombre d(?:e |['’])|how many )(\w+)", re.IGNORECASE
)
_NUMBER = re.compile(
    r"\d|\b(?:deux|trois|quatre|cinq|six|sept|huit|neuf|dix|onze|douze|treize|quatorze|quinze|seize|vingt|trente"
    r"|quarante|cinquante|soixante|cents?|mille|two|three|four|five|seven|eight|nine|ten|eleven|twelve|twenty"
    r"|thirty|forty|fifty|sixty|ninety|hundred)\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_]+")
_MOST_OF_ALL = re.compile(
    r"\b(?:(?:le|la|les) (?:plus|moins)\b(?! tard\b| t[ôo]t\b| vite\b| possible\b)|meilleure?s?|pire"
    r"|the (?:most|least|highest|lowest|largest|biggest|smallest))",
    re.IGNORECASE,
)
_PAID_FOR = re.compile(r"\b(?:pay(?:er|ante?s?)|gratuit\w*|free|charged?)\b", re.IGNORECASE)
_AFTER = 2
"""Words that may stand between a number and what it counts: « trente et un jeunes jardiniers »."""


def parts(question: str) -> list[str]:
    """The questions that ``question`` asks at once, at most ``_MOST``; itself alone when it asks one."""
    return list(_parts(question))


@lru_cache(maxsize=128)
def _parts(question: str) -> tuple[str, ...]:
    pieces = [piece.strip(" ,;?") for piece in _PARTS.split(question)]
    if 1 < len(pieces) < _MOST:  # « A, B et C »: a comma alone may open another clause
        pieces = [piece.strip(" ,;?") for part in pieces for piece in _LISTED.split(part)]
    if not 1 < len(pieces) <= _MOST or not _BEGINS.match(pieces[0]) or any(len(p.split()) < 2 for p in pieces):
        return (question,)
    return tuple(pieces)


def things(question: str) -> list[str]:
    """The questions that one about the price of several things asks, at most ``_MOST``; itself alone otherwise. The
    row that holds most of its words is that of one of them."""
    pieces = [piece.strip(" ,;?") for piece in _BESIDE.split(question)]
    if not prices.asked_for(question) or not 1 < len(pieces) <= _MOST or not all(pieces):
        return [question]
    if _BETWEEN.search(pieces[0]):
        return [question]
    opening = prices.opening(pieces[0])
    return [pieces[0], *(f"{opening} {piece}" for piece in pieces[1:])]


def told_each(question: str, rows: Iterable[str], heads: Iterable[str], stems: Stems) -> bool:
    """Do ``rows`` of prices hold, of each of the ``things`` that ``question`` asks the price of, a word that the
    others have not? Or their ``heads``, when all prices are asked for: « matin », « soir ». True of one thing."""
    each = [set(prices.subject(list(stems(one)), stems)) for one in things(question)]
    held = set(stems("\n".join([*rows, *(heads if prices.asked_all(question) else ())])))
    return len(each) == 1 or all(
        held & mine.difference(*(other for other in each if other is not mine)) for mine in each
    )


def asks_the_most(question: str) -> bool:
    """Is one of several asked for, that only the others tell: the highest, the lowest?"""
    return bool(_MOST_OF_ALL.search(question))


def wanted(question: str, stems: Stems) -> Callable[[str], bool] | None:
    """Tells a line that can answer a question about a length of time, how many of something, or whether something
    is paid for; None for any other question."""
    if durations.asked_for(question):
        return durations.given
    if _PAID_FOR.search(question):
        return prices.tells_if_paid
    found = _COUNTED.search(question)
    counted = frozenset(stems(found[1])) if found else frozenset[str]()
    if not counted:
        return None
    return lambda line: _counts(line, counted, stems)


def _counts(line: str, counted: frozenset[str], stems: Stems) -> bool:
    for number in _NUMBER.finditer(line) if not counted.isdisjoint(stems(line)) else ():
        after = _WORD.findall(line[number.end() : number.end() + 60])[: _AFTER + 2]
        if counted.intersection(stems(" ".join(after))):
            return True
    return False
