"""Where forms of a glossary stand in a text, whatever their plural, feminine, capitals or accents (pure).

A sigle is looked for as it is written, capitals included: « CE » is not « ce ».
"""

import itertools
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

_WORD = re.compile(r"[^\W_]+(?:\.[^\W_]\.?)*")
_GAP = re.compile(
    r"[ \t\u00a0\u202f\u2009]*(?:[-'’ʼ/]|\n(?!\s*\n)|[ \t\u00a0\u202f\u2009])[ \t\u00a0\u202f\u2009]*"
)
_SMALL = frozenset("le la les l un une des du de d au aux et en à a the of".split())  # noqa: SIM905
_SIGLE = re.compile(r"[^\W\d_](?:[\w.&-]*)")

_PAIRS = (
    # ending of the masculine singular, endings that it becomes
    ("teur", ("teurs", "trice", "trices", "teuse", "teuses")),
    ("eur", ("eurs", "euse", "euses", "eure", "eures")),
    ("eux", ("euse", "euses")),
    ("if", ("ifs", "ive", "ives")),
    ("al", ("als", "aux", "ale", "ales")),
    ("ail", ("ails", "aux")),
    ("au", ("aux",)),
    ("eu", ("eux", "eus")),
    ("ou", ("ous", "oux")),
    ("el", ("els", "elle", "elles")),
    ("en", ("ens", "enne", "ennes")),
    ("on", ("ons", "onne", "onnes")),
    ("et", ("ets", "ette", "ettes", "ete", "etes")),
    ("er", ("ers", "ere", "eres")),
    ("f", ("fs", "ve", "ves")),
)
_SHORTEST = 3
_PARTICIPLE = re.compile("ée?s?$")


@dataclass(frozen=True)
class Found:
    """``text[start:end]`` is a form; ``what``: as it was given."""

    start: int
    end: int
    what: object


class Matcher:
    """Finds any of many forms at once; as long to make as the forms are many, then one look at each word."""

    def __init__(self, forms: Iterable[tuple[str, object]], *, loose: bool = False) -> None:
        """``loose``: sigles of three letters or more in any capitals, as people type a question."""
        self._exact: dict[str, list[tuple[tuple[frozenset[str], ...], object]]] = {}
        self._folded: dict[str, list[tuple[tuple[frozenset[str], ...], object]]] = {}
        for form, what in forms:
            words = _WORD.findall(form)
            if not words:
                continue
            sigle = is_sigle(form) and not (loose and sum(c.isalpha() for c in form) >= _SHORTEST)
            sets = tuple(frozenset((w, f"{w}s")) if sigle else inflections(fold(w)) for w in words)
            index = self._exact if sigle else self._folded
            for first in sets[0]:
                index.setdefault(first, []).append((sets, what))

    def find(self, text: str) -> Iterator[Found]:
        """Every place of every form, in the order of the text, the longest first at each place."""
        if not self._exact and not self._folded:
            return
        places = list(_WORD.finditer(text))
        said = [place[0] for place in places]
        folded = [fold(word) for word in said]
        for at, place in enumerate(places):
            known = [(forms, said) for forms in self._exact.get(said[at], ())]
            known += [(forms, folded) for forms in self._folded.get(folded[at], ())]
            found = []
            for (sets, what), words in known:
                end = at + len(sets)
                same = end <= len(words) and all(w in s for w, s in zip(words[at:end], sets, strict=True))
                if same and _one_after_another(text, places[at:end]):
                    found.append(Found(place.start(), places[end - 1].end(), what))
            yield from sorted(found, key=lambda one: -one.end)


def _one_after_another(text: str, places: Sequence[re.Match[str]]) -> bool:
    return all(_GAP.fullmatch(text, a.end(), b.start()) for a, b in itertools.pairwise(places))


def is_sigle(form: str) -> bool:
    """« CCAS », « R.H. », « DRH-SI »: capitals only."""
    letters = [c for c in form if c.isalpha()]
    return " " not in form and len(letters) >= 2 and all(c.isupper() for c in letters) and bool(_SIGLE.match(form))


def inflections(word: str) -> frozenset[str]:
    """A folded word and its plural and feminine forms; a small word is itself."""
    if word in _SMALL or len(word) < _SHORTEST or any(c.isdigit() for c in word):
        return frozenset((word,))
    forms = {word}
    for single in {word, *_singulars(word)}:
        forms |= {single, f"{single}s", f"{single}e", f"{single}es"}
        if single.endswith("e"):
            forms |= {f"{single}s"} - {f"{single}e", f"{single}es"}
        for ending, others in _PAIRS:
            if single.endswith(ending):
                forms |= {single.removesuffix(ending) + other for other in others}
                break
    return frozenset(forms)


def _singulars(word: str) -> set[str]:
    if word.endswith(("aux", "eux", "oux")):
        return {word[:-1], word[:-3] + "al"} if word.endswith("aux") else {word[:-1]}
    return {word[:-1]} if word.endswith("s") and not word.endswith("ss") else set()


@lru_cache(maxsize=20_000)
def fold(word: str) -> str:
    """Without case, accents or ligatures; but for the « é » that ends a word, feminine and plural aside: « marché »
    is not « marche », nor « handicapé » « handicap »."""
    plain = unicodedata.normalize("NFC", word).casefold().replace("œ", "oe").replace("æ", "ae")
    end = found.start() if (found := _PARTICIPLE.search(plain)) else len(plain)
    bare = "".join(c for c in unicodedata.normalize("NFKD", plain[:end]) if not unicodedata.combining(c))
    return bare + plain[end:]
