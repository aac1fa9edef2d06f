"""Which words are first names, surnames, places or plain French: the house's own lists (lists/SOURCES.md)."""

import gzip
import unicodedata
from functools import cache, lru_cache
from importlib import resources

_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "Œ": "oe", "Æ": "ae", "ß": "ss", "ø": "o", "Ø": "o", "’": "'"})
_ENDINGS = (
    "",
    *("s", "x", "e", "es"),  # plural, feminine
)
_DOUBLED = (
    ("ne", "n"),
    ("nes", "n"),
    ("le", "el"),
    ("les", "el"),
    ("le", "ul"),
    ("les", "ul"),
    ("le", "eil"),
    ("les", "eil"),
)
_CONJUGATED = (
    *("e", "es", "ons", "ez", "ent", "ais", "ait", "ions", "iez", "aient", "ant", "ants", "ante", "antes"),
    *("a", "as", "erent", "era", "eront", "erai", "erez", "erons", "erait", "eraient", "ee", "ees"),
)
_IRREGULAR_PLURALS = (
    *(("aux", "al"), ("aux", "ail"), ("eaux", "eau")),
    *(("trice", "teur"), ("trices", "teur"), ("euse", "eur"), ("euses", "eur")),
)


@lru_cache(maxsize=16384)
def fold(word: str) -> str:
    """Small letters without accents or ligatures, apostrophes straight. Length may change."""
    if word.isascii():
        return word.lower()
    plain = unicodedata.normalize("NFKD", word.translate(_LIGATURES))
    return "".join([c for c in plain if not unicodedata.combining(c)]).lower()


@cache
def _list(name: str) -> frozenset[str]:
    packed = resources.files("demeure.personal").joinpath("lists", f"{name}.txt.gz").read_bytes()
    return frozenset(gzip.decompress(packed).decode("ascii").split("\n"))


def prepare() -> None:
    """Reads all lists now (40 ms, 10 MB): forks then share them."""
    for name in ("first_names", "surnames", "frequent", "places", "words"):
        _list(name)


def first_names() -> frozenset[str]:
    """Folded first names."""
    return _list("first_names")


def surnames() -> frozenset[str]:
    """Folded surnames."""
    return _list("surnames")


def is_first_name(folded: str) -> bool:
    """Also composed ones (« jean-pierre »), when each part is one."""
    known = first_names()
    if folded in known:
        return True
    parts = folded.split("-")
    return len(parts) > 1 and all(part in known for part in parts)


def is_surname(folded: str) -> bool:
    """Also double ones (« durand-leroy »), when each part is one."""
    known = surnames()
    if folded in known:
        return True
    parts = folded.split("-")
    return len(parts) > 1 and all(part in known for part in parts)


def frequent_surnames() -> frozenset[str]:
    """Folded: the 400 most frequent of France."""
    return _list("frequent")


def is_frequent(folded: str) -> bool:
    """One of the most frequent surnames of France: a person's, where a rarer one that is a word too may be that
    word (« Moreau », « Petit », « Fontaine »)."""
    return folded in frequent_surnames()


def is_place(folded: str) -> bool:
    """A town, a country, a firm, a product: proper, and no person."""
    return folded in _list("places")


@lru_cache(maxsize=8192)
def is_plain_word(folded: str) -> bool:
    """A word of the French dictionary, in the plural, the feminine or a usual tense too."""
    words = _list("words")
    if folded in words:
        return True
    return all(_inflected(part, words) for part in folded.split("-"))


def _inflected(word: str, words: frozenset[str]) -> bool:
    if any(word.endswith(end) and word[: len(word) - len(end)] in words for end in _ENDINGS):
        return True
    if any(word.endswith(stem + end) and word[: -len(end)] in words for end, stem in _DOUBLED):
        return True
    if any(word.endswith(end) and word[: -len(end)] + stem in words for end, stem in _IRREGULAR_PLURALS):
        return True
    return any(
        word.endswith(end) and word[: -len(end)] + verb in words
        for end in _CONJUGATED
        for verb in ("er", "ir", "re")
    )
