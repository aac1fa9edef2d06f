"""Where a text speaks of somebody: every writing of a name that one would expect, numbers however they are grouped.

``Seeker(clues(["Claire Durand", "06 12 34 56 78"])).find(text)``. How sure a sighting is:

- WHOLE: the name whole, in any order, case, accents; the number; the address;
- LIKELY: the surname with the initial (« C. Durand », « K. Ben Salah »), the first name with a part of a double
  surname (« Claire Martin-Durand » for « Claire Durand » is WHOLE);
- SAME_NAME: the surname alone or after a title, or with the initial and another particle (« K. Salah » for « Karim
  Ben Salah »): perhaps somebody else of that name. Somebody who is called by another first name or initial is not
  found at all.

In small letters, only where the whole first name touches the surname. Pure, and bounded: a text that holds no
surname and no figure of the clues is left after one look.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise, takewhile

from demeure.personal.capitals import PARTICLES, TITLES
from demeure.personal.clues import Clue
from demeure.personal.words import fold, is_first_name, is_plain_word

SAME_NAME, LIKELY, WHOLE = 1, 2, 3
"""How sure."""

_GAP = r"[\s.\-/_]{0,2}"
_TOKEN = re.compile(r"[^\W\d_]+")
_NEAR = re.compile(r"[ \u00a0\u202f\u2009]{1,2}|\.?[ \u00a0]?-|\.[ \u00a0\u202f]?|['’]")
"""Between two words of one name."""
_ACROSS = re.compile(r"[ \u00a0]{0,2}[,;|\t\n][ \u00a0\t\n|]{0,3}|[ \u00a0]?\([ \u00a0]?")
"""Between a surname and a first name in a list: « Durand, Claire », two cells, two lines."""
_BROKEN = re.compile(r"[ ]?\n[ ]?")
"""Between a first name and a surname, the line being full."""
_LABEL_AFTER = re.compile(
    r"[ ]?[;—–|,\n][ \n]?[^;:\n—]{0,20}pr[ée]noms?[^;:\n]{0,14}:[ \u00a0](?P<word>[^\W\d_]+)", re.IGNORECASE
)
_LABEL_BEFORE = re.compile(
    r"(?P<word>[^\W\d_]+)[ ]?[;—–|,\n][ \n]?[^;:\n—]{0,20}(?<!\w)nom[^;:\n]{0,18}:[ \u00a0]$", re.IGNORECASE
)
"""Two cells of a row or two lines of a form, each with its heading: « Durand — Prénom : Claire »."""
_JOINT = re.compile(r"[ \u00a0\u202f]{1,2}|[ ]?[-‐‑–]?[ ]?\n?")
"""Within a surname of several words."""
_HYPHENED = re.compile(r"\.?-[^\W\d_]")
_ELISION = ("'", "’")
_DROPPED = frozenset(("d", "de", "du", "des", "von", "zu"))
"""Particles that a surname often goes without; any other one makes another surname."""
_ARTICLES = frozenset(
    ("un", "une", "le", "la", "les", "des", "ce", "cet", "cette", "ces", "l", "mon", "ma", "ton", "ta", "son", "sa")
)
_FORM = 90
_REACH = 4
_PLAIN: dict[int, str | int | None] = {
    **str.maketrans(
        "àâäáãåçéèêëíìîïñóòôöõúùûüýÿÀÂÄÁÃÅÇÉÈÊËÍÌÎÏÑÓÒÔÖÕÚÙÛÜÝŸøØ",
        "aaaaaaceeeeiiiinooooouuuuyyaaaaaaceeeeiiiinooooouuuuyyoo",
    ),
    **{
        ord(sign): plain
        for sign, plain in {"œ": "oe", "Œ": "oe", "æ": "ae", "Æ": "ae", "ß": "ss", "ﬁ": "fi", "ﬂ": "fl"}.items()
    },
    **dict.fromkeys(range(0x300, 0x370)),  # accents written apart
}
"""As ``words.fold``, for a first look at a whole text."""


@dataclass(frozen=True)
class Sighting:
    """``text[start:end]`` (characters) speaks of the clue of that rank; ``sure``: SAME_NAME, LIKELY or WHOLE."""

    start: int
    end: int
    clue: int
    sure: int


@dataclass(frozen=True)
class _Word:
    text: str
    start: int
    end: int

    @property
    def folded(self) -> str:
        return fold(self.text)

    @property
    def capital(self) -> bool:
        return self.text[:1].isupper()


class Seeker:
    """Made once for many texts; any thread."""

    def __init__(self, wanted: Sequence[Clue]) -> None:
        self.clues = tuple(wanted)
        self._numbers = [(at, _pattern(one)) for at, one in enumerate(wanted) if one.kind != "name"]
        self._names = [(at, one) for at, one in enumerate(wanted) if one.kind == "name"]

    def find(self, text: str) -> list[Sighting]:
        """In the order of the text, none inside another."""
        found = [
            Sighting(one.start(), one.end(), at, WHOLE)
            for at, pattern in self._numbers
            for one in pattern.finditer(text)
        ]
        if self._names:
            small = text.translate(_PLAIN).lower()
            for at, clue in self._names:
                if any(part in small for part in clue.parts):
                    found += _names(text, at, clue)
        return _apart(found)


def _pattern(clue: Clue) -> re.Pattern[str]:
    """What writes this number or address: grouped or not, with its prefix, its key."""
    if clue.kind == "email":
        name, _, domain = clue.value.partition("@")
        at = r"[ \u00a0]?(?:@|[\[(][ ]?(?:at|arobase|chez)[ ]?[\])]|[ ](?:arobase|at)[ ])[ \u00a0]?"
        dot = r"(?:\.|[ ]?[\[(](?:point|dot)[\])][ ]?|[ ]point[ ])"
        spelt = dot.join(re.escape(one) for one in domain.split("."))
        return re.compile(rf"(?<![\w.+\-]){re.escape(name)}{at}{spelt}(?![\w\-])", re.IGNORECASE)
    spaced = _GAP.join(map(re.escape, clue.value))
    if clue.kind == "phone":
        prefix = rf"(?:(?:\+|00)[0-9]{{2,3}}{_GAP}(?:\(0\){_GAP})?|0)?" if len(clue.value) == 9 else r"(?:\+|00)?"
        return re.compile(rf"(?<![0-9]){prefix}{spaced}(?![0-9])")
    key = rf"(?:{_GAP}[0-9]{_GAP}[0-9])?" if clue.kind == "nir" else ""
    return re.compile(rf"(?<![0-9A-Za-z]){spaced}{key}(?![0-9A-Za-z])", re.IGNORECASE)


def _names(text: str, at: int, clue: Clue) -> Iterator[Sighting]:
    words = [_Word(found[0], found.start(), found.end()) for found in _TOKEN.finditer(text)]
    size, parts, over = len(clue.last), frozenset(clue.parts), 0
    for place, word in enumerate(words):
        folded = word.folded
        if place < over or (folded != clue.last[0] and folded not in parts):
            continue
        of = place, place + size - 1
        if size > 1 and not _whole(text, words[place : place + size], clue):
            if folded in parts and word.capital and not _HYPHENED.match(text, word.end) and not _ends(text, word):
                found = _one(text, words, (place, place), at, clue)
                yield from (replace(one, sure=min(one.sure, LIKELY)) for one in found)
        elif word.capital:
            over = place + size
            yield from _one(text, words, of, at, clue)
        else:
            yield from _small(text, words, of, at, clue)


def _whole(text: str, words: Sequence[_Word], clue: Clue) -> bool:
    """A surname of several words, and nothing between them but what joins them."""
    if tuple(word.folded for word in words) != clue.last:
        return False
    pairs = pairwise(words)
    return all(_JOINT.fullmatch(text, a.end, b.start) or text[a.end : b.start] in _ELISION for a, b in pairs)


def _ends(text: str, word: _Word) -> bool:
    """« Leroy-Durand »: the end of a double name."""
    return text[max(0, word.start - 1) : word.start] == "-"


def _one(text: str, words: list[_Word], of: tuple[int, int], at: int, clue: Clue) -> Iterator[Sighting]:
    """What the words around a surname make of it."""
    first, last = of
    before, after = _run(text, words, first, -1), _run(text, words, last, 1)
    own = words[first].start, words[last].end
    if not clue.first:  # a surname alone was given: nothing tells its bearers apart
        yield Sighting(*own, at, LIKELY if _called(text, before, after) else SAME_NAME)
        return
    for run in (before, after):
        if _holds(run, clue.first):
            yield Sighting(min(own[0], *(w.start for w in run)), max(own[1], *(w.end for w in run)), at, WHOLE)
            return
    named = [w for w in (*before, *after) if w.capital and not _title(text, w) and w.folded not in clue.led]
    others = [] if named else list(_listed(text, words, of))
    said = [fold(text[start:end]) for start, end in others]
    own_first = [one for one, name in zip(others, said, strict=True) if _says(name.split("-"), clue.first)]
    if own_first:
        other = own_first[0]
        yield Sighting(min(own[0], other[0]), max(own[1], other[1]), at, WHOLE)
    elif any(map(is_first_name, said)):
        return
    elif (initial := _initial(text, before, after, clue)) is not None:
        sure = LIKELY if _led(before, initial) == clue.led - _DROPPED else SAME_NAME
        yield Sighting(min(own[0], initial.start), max(own[1], initial.end), at, sure)
    elif not any(_anothers(text, w) for w in named):
        yield Sighting(*own, at, SAME_NAME)


def _small(text: str, words: list[_Word], of: tuple[int, int], at: int, clue: Clue) -> Iterator[Sighting]:
    """« claire durand », « jean d’ormesson », « durand claire »: small letters, the first name touching."""
    for begun, step in zip(of, (-1, 1), strict=True):
        run = _touching(text, words, begun, step, clue)
        if not any(word.folded in clue.first[:1] for word in run):
            continue
        sure = WHOLE
        if all(map(is_plain_word, (*clue.first, *clue.last))):  # « une rose blanche »
            sure, before = LIKELY, begun - len(run) - 1
            if step < 0 <= before and words[before].folded in _ARTICLES:
                continue
        ends = (words[of[0]], words[of[1]], run[-1])
        yield Sighting(min(w.start for w in ends), max(w.end for w in ends), at, sure)
        return


def _touching(text: str, words: list[_Word], place: int, step: int, clue: Clue) -> list[_Word]:
    """The first names and particles of the clue that touch the word at ``place``, nearest first."""
    own = {*clue.first, *clue.led}
    return list(takewhile(lambda word: word.folded in own, _beside(text, words, place, step)))


def _run(text: str, words: list[_Word], place: int, step: int) -> list[_Word]:
    """The capitalised words, particles and initials that touch the word at ``place``, nearest first."""
    found: list[_Word] = []
    for other in _beside(text, words, place, step):
        if not (other.capital or other.folded in PARTICLES or _elided(text, other)):
            break
        found.append(other)
        if _title(text, other):
            break
    return found


def _beside(text: str, words: list[_Word], place: int, step: int) -> Iterator[_Word]:
    """The words of one sentence that touch the word at ``place``, nearest first, ``_REACH`` at most."""
    for at in range(place + step, place + step * (_REACH + 1), step):
        if not 0 <= at < len(words):
            return
        here, other = words[at - step], words[at]
        left, right = (other, here) if step < 0 else (here, other)
        if not _NEAR.fullmatch(text, left.end, right.start) or _sentence(text, left, right):
            return
        yield other


def _sentence(text: str, left: _Word, right: _Word) -> bool:
    """« … de Durand. Claire arrive »: a full stop after a word, and not after an initial, ends what touches."""
    between = text[left.end : right.start]
    return between.startswith(".") and between != "." and len(left.text) > 2 and left.folded not in TITLES


def _title(text: str, word: _Word) -> bool:
    """« M. », and not one of « M.-C. », « J.-M. »."""
    if word.folded not in TITLES:
        return False
    return len(word.text) > 1 or not (_HYPHENED.match(text, word.end) or _ends(text, word))


def _elided(text: str, word: _Word) -> bool:
    """The « d’ » of « d’Ormesson »."""
    return word.text in ("d", "D") and text[word.end : word.end + 1] in _ELISION


def _holds(run: Sequence[_Word], first: Sequence[str]) -> bool:
    """The first of the first names, whole (« Jean-Pierre » has two: both)."""
    return _says([word.folded for word in run], first)


def _says(said: Sequence[str], first: Sequence[str]) -> bool:
    return first[0] in said and (len(said) < 2 or len(first) == 1 or first[1] in said or _only(said, first))


def _only(said: Sequence[str], first: Sequence[str]) -> bool:
    """No other first name beside: « Jean Durand » may be « Jean-Pierre Durand », « Jean-Marc Durand » is not."""
    return not any(word not in first and is_first_name(word) for word in said)


def _listed(text: str, words: list[_Word], of: tuple[int, int]) -> Iterator[tuple[int, int]]:
    """(start, end) of what may be the first name: in the next cell, on the next line, after a comma, or under its
    own heading before or after; nothing else touches the surname."""
    first, last = of
    begins = max(0, words[first].start - _FORM)
    if found := _LABEL_AFTER.match(text, words[last].end):
        yield found.span("word")
    elif found := _LABEL_BEFORE.search(text[begins : words[first].start]):
        yield begins + found.start("word"), begins + found.end("word")
    if last + 1 < len(words):
        other = words[last + 1]
        if other.capital and _ACROSS.fullmatch(text, words[last].end, other.start):
            yield other.start, other.end
    if first:
        other = words[first - 1]
        if other.capital and _BROKEN.fullmatch(text, other.end, words[first].start):
            begun = first - 1
            while begun and text[words[begun - 1].end : words[begun].start] == "-":  # « Jean-Pierre »
                begun -= 1
            yield words[begun].start, other.end


def _initial(text: str, before: Sequence[_Word], after: Sequence[_Word], clue: Clue) -> _Word | None:
    letters = "".join(word[0] for word in clue.first)
    own = [w for w in before if not _elided(text, w) and (w.folded not in PARTICLES or _both(w, letters, clue))]
    for pair in (own[1::-1], after[:2]):
        if len(pair) == 2 and (theirs := _pair(text, pair[0], pair[1], clue)) is not None:
            return pair[0] if theirs else None
    near = own[:2] if own and len(own[0].text) == 1 else own[:1]
    for word in (*near, *after[:1]):
        said = word.folded  # « M. » is a title, whoever it may also be the initial of
        if said not in TITLES and word.text.isupper() and said in (letters[0], letters[:2]):
            return word
    return None


def _both(word: _Word, letters: str, clue: Clue) -> bool:
    """« MC » is of Marie-Claude, unless it is a particle of the surname looked for."""
    return word.text.isupper() and word.folded == letters[:2] and word.folded not in clue.led


def _pair(text: str, left: _Word, right: _Word, clue: Clue) -> bool | None:
    """Are « J.-P. », « J.-Pierre », « M.C. » the first names looked for? None: no such pair."""
    between, said = text[left.end : right.start], left.folded + right.folded
    if len(left.text) > 1 or not left.capital:
        return None
    letters = "".join(word[0] for word in clue.first)
    if "-" not in between:
        return True if between == "." and len(letters) > 1 and said == letters[:2] else None
    if said[0] != letters[0]:
        return False
    if len(letters) == 1:  # « M.-C. » may be of Marie alone, and is not of Marc
        return len(said) == 2 and left.folded not in TITLES
    return said[1] in letters[1:] if len(said) == 2 else right.folded == clue.first[1]


def _led(before: Sequence[_Word], initial: _Word) -> frozenset[str]:
    """The particles between an initial and a surname, or before a surname, without those often dropped."""
    theirs = takewhile(lambda w: w is not initial and len(w.text) > 1, before)
    return frozenset(w.folded for w in theirs if w.folded in PARTICLES) - _DROPPED


def _anothers(text: str, word: _Word) -> bool:
    """A first name or an initial that is not the one looked for: somebody else."""
    return is_first_name(word.folded) or (len(word.text) == 1 and text[word.end : word.end + 1] in (".", " ", "-"))


def _called(text: str, before: Sequence[_Word], after: Sequence[_Word]) -> bool:
    return any(_title(text, w) or is_first_name(w.folded) or _alone(text, w) for w in (*before, *after[:1]))


def _alone(text: str, word: _Word) -> bool:
    """One letter, which is not the « d’ » of a surname."""
    return len(word.text) == 1 and not _elided(text, word)


@lru_cache(maxsize=8)
def seeker(wanted: tuple[Clue, ...]) -> Seeker:
    """The same for the same clues."""
    return Seeker(wanted)


def _apart(found: Sequence[Sighting]) -> list[Sighting]:
    """The surest of those that touch."""
    kept: list[Sighting] = []
    for one in sorted(found, key=lambda s: (-s.sure, s.start - s.end, s.start)):
        if all(one.end <= other.start or other.end <= one.start for other in kept):
            kept.append(one)
    return sorted(kept, key=lambda s: s.start)
