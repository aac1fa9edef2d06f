"""Numbers written in words, French and English: « deux cent mille », « soixante-dix-sept », “forty-two”. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from demeure.assistant.grounding.claims import Sheet

_SMALL = {
    "zéro": 0, "un": 1, "une": 1, "deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "six": 6, "sept": 7, "huit": 8,
    "neuf": 9, "dix": 10, "onze": 11, "douze": 12, "treize": 13, "quatorze": 14, "quinze": 15, "seize": 16,
    "vingt": 20, "vingts": 20, "trente": 30, "quarante": 40, "cinquante": 50, "soixante": 60, "septante": 70,
    "huitante": 80, "octante": 80, "nonante": 90,
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16, "seventeen": 17,
    "eighteen": 18, "nineteen": 19, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60,
    "seventy": 70, "eighty": 80, "ninety": 90,
}  # fmt: skip
_HUNDRED = {"cent", "cents", "hundred"}
_LARGE = {
    "mille": 1000,
    "thousand": 1000,
    "million": 10**6,
    "millions": 10**6,
    "milliard": 10**9,
    "milliards": 10**9,
}
_ABOUT = {
    "dizaine": 10, "douzaine": 12, "quinzaine": 15, "vingtaine": 20, "trentaine": 30, "quarantaine": 40,
    "cinquantaine": 50, "soixantaine": 60, "centaine": 100, "millier": 1000, "dozen": 12,
}  # fmt: skip
_ORDINAL = {
    "premier": 1, "première": 1, "first": 1,
    "deuxième": 2, "second": 2, "seconde": 2, "troisième": 3, "quatrième": 4, "cinquième": 5, "sixième": 6,
    "septième": 7, "huitième": 8, "neuvième": 9, "dixième": 10, "onzième": 11, "douzième": 12, "quinzième": 15,
    "vingtième": 20, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9,
    "tenth": 10,
}  # fmt: skip
_WORDS = sorted({*_SMALL, *_HUNDRED, *_LARGE}, key=len, reverse=True)
_RUN = re.compile(
    rf"\b(?:{'|'.join(_WORDS)})(?:(?:[ -]+(?:et[ -]+|and[ -]+)?)(?:{'|'.join(_WORDS)})\b)*(?![\w])(?!')",
    re.IGNORECASE,
)
_COLLECTIVE = re.compile(rf"(?P<word>{'|'.join(_ABOUT)})s?\b", re.IGNORECASE)
_RANK = re.compile(rf"(?P<word>{'|'.join(_ORDINAL)})s?\b", re.IGNORECASE)
_AFTER_ET = frozenset({"un", "une", "onze", "demi", "demie"})
_STEP = re.compile(r"[^\s-]+")


@dataclass(frozen=True)
class Spelled:
    """A number in words. ``about``: a collective (« une quinzaine »); ``rank``: an ordinal."""

    start: int
    end: int
    value: float
    about: bool = False
    rank: bool = False


_RUNS = frozenset(_WORDS)
_COLLECTIVES = frozenset({*_ABOUT, *(f"{word}s" for word in _ABOUT)})
_RANKS = frozenset({*_ORDINAL, *(f"{word}s" for word in _ORDINAL)})


def spelled(sheet: Sheet) -> Iterator[Spelled]:
    """Every number in words that nothing holds, « un » and « une » included."""
    reached = 0
    for start in sheet.at(_RUNS):
        if start >= reached and (run := _RUN.match(sheet.text, start)):
            yield from _split(run)
            reached = run.end()
    for found in sheet.each(_COLLECTIVE, sheet.at(_COLLECTIVES)):
        yield Spelled(found.start(), found.end(), _ABOUT[found["word"].lower()], about=True)
    for found in sheet.each(_RANK, sheet.at(_RANKS)):
        yield Spelled(found.start(), found.end("word"), _ORDINAL[found["word"].lower()], rank=True)


def _split(run: re.Match[str]) -> Iterator[Spelled]:
    """« deux trois » is two numbers; « deux cent trois » is one."""
    start = end = run.start()
    total = current = 0
    open_number = joined = False
    for step in _STEP.finditer(run[0]):
        word = step[0].lower()
        if word in ("et", "and"):
            joined = word == "et"
            continue
        apart = joined and word not in _AFTER_ET  # « entre trente et huit jours »
        grown, joined = (
            (None if apart else _grown(word, total, current)) if open_number else _grown(word, 0, 0),
            False,
        )
        if grown is None:
            yield Spelled(start, end, total + current)
            grown, open_number = _grown(word, 0, 0), False
        if not open_number:
            start, open_number = run.start() + step.start(), True
        total, current = grown or (0, 0)
        end = run.start() + step.end()
    yield Spelled(start, end, total + current)


def _grown(word: str, total: int, current: int) -> tuple[int, int] | None:
    """(thousands and more, the rest) once ``word`` is read; None when it begins another number."""
    if word in _HUNDRED:
        return (total, (current or 1) * 100) if current < 100 else None
    if word in _LARGE:
        large = _LARGE[word]
        if large == 1000:
            return (total + (current or 1) * 1000, 0) if total % 10**6 == 0 else None
        return (total + (current or 1)) * large, 0
    value, rest = _SMALL[word], current % 100
    if word.startswith("vingt") and rest == 4:
        return total, current - 4 + 80
    if value < 10:
        fits = (rest % 10 == 0 and (rest == 0 or rest >= 20)) or (rest in (10, 70, 90) and value >= 7)
    elif value < 20:
        fits = rest in (0, 60, 80)
    else:
        fits = rest == 0
    return (total, current + value) if fits else None
