"""What a person is looked for by: a name, a NIR, an IBAN, an e-mail, a telephone, any other number (pure).

A clue is read once, checked, and written one way. A number whose key is wrong is refused: it would find nothing,
which would be taken for « is nowhere ».
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from demeure.personal import checks
from demeure.personal.capitals import PARTICLES, TITLES
from demeure.personal.errors import ClueUnusable
from demeure.personal.words import fold, is_first_name

ClueKind = Literal["name", "nir", "iban", "email", "phone", "number"]
MOST_CLUES, LONGEST = 12, 120
_EMAIL = re.compile(r"[\w.+\-]{1,64}@[\w\-]+(?:\.[\w\-]+)+")
_BLANKS = re.compile(r"[\s.\-/()_]+")
_PHONE = re.compile(r"(?:(?:\+|00)(?:33|590|594|596|262|687|689|508)0?|0)([1-9][0-9]{8})")
_ABROAD = re.compile(r"(?:\+|00)([1-9][0-9]{7,13})")
_WORDS = re.compile(r"[^\W\d_]+")
_NUMBER = re.compile(r"(?=.*[0-9])[0-9A-Za-z]{5,34}")
_ELIDED = re.compile(r"(?<!\w)[dD]['’](?=[^\W\d_])")
_NEVER_ALONE = ("saint", "sainte", "ste")


@dataclass(frozen=True)
class Clue:
    """``said``: as it was given. ``value``: written one way. Of a name: ``last``, the words of the surname;
    ``first``, those of the first names (none: a surname alone); ``led``: the particles, which neither holds."""

    kind: ClueKind
    said: str
    value: str
    last: tuple[str, ...] = ()
    first: tuple[str, ...] = ()
    led: frozenset[str] = frozenset()

    @property
    def parts(self) -> tuple[str, ...]:
        """What the surname may be shortened to: a word of it that could stand alone."""
        alone = tuple(word for word in self.last if len(word) > 2 and word not in _NEVER_ALONE)
        return alone or self.last[-1:]


def clues(said: Sequence[str]) -> tuple[Clue, ...]:
    """What to look for, each once. Raises ClueUnusable, also when there is nothing, or too much."""
    given = [one for one in (" ".join(unicodedata.normalize("NFC", one).split()) for one in said) if one]
    if not given:
        raise _unusable("", "il n’y a rien à chercher", "there is nothing to look for")
    if len(given) > MOST_CLUES:
        many = (f"pas plus de {MOST_CLUES} à la fois", f"no more than {MOST_CLUES} at a time")
        raise _unusable(given[MOST_CLUES], *many)
    return tuple(dict.fromkeys(clue(one) for one in given))


def clue(said: str) -> Clue:
    """One. Raises ClueUnusable."""
    if len(said) > LONGEST:
        raise _unusable(said[:40] + "…", f"plus de {LONGEST} caractères", f"more than {LONGEST} characters")
    if "@" in said:
        if not _EMAIL.fullmatch(said):
            raise _unusable(said, "ce n’est pas une adresse électronique entière", "it is no whole e-mail address")
        return Clue("email", said, said.casefold())
    if any(c.isdigit() for c in said):
        return _number(said)
    return _name(said)


def _number(said: str) -> Clue:
    plain = _BLANKS.sub("", said).upper()
    if found := _PHONE.fullmatch(plain):
        return Clue("phone", said, found[1])
    if checks.nir_shape(plain):
        if len(plain) == 15 and not checks.nir_key(plain):
            raise _unusable(
                said, "sa clé est fausse, un chiffre a été mal recopié", "its key is wrong: a digit was miscopied"
            )
        return Clue("nir", said, plain[:13])
    if plain[:2].isalpha() and checks.IBAN_LENGTHS.get(plain[:2]) == len(plain):
        if not checks.iban(plain):
            raise _unusable(
                said, "sa clé est fausse, un signe a été mal recopié", "its key is wrong: a sign was miscopied"
            )
        return Clue("iban", said, plain)
    if found := _ABROAD.fullmatch(plain):
        return Clue("phone", said, found[1])
    if not _NUMBER.fullmatch(plain):
        raise _unusable(said, "un numéro compte de 5 à 34 signes", "a number has 5 to 34 signs")
    return Clue("number", said, plain)


def _name(said: str) -> Clue:
    before, comma, after = said.partition(",")
    if comma and _words(before) and _words(after):
        return _named(said, _words(before), _words(after))
    plain = _ELIDED.sub("", said)
    words = _WORDS.findall(plain)
    while words and fold(words[0]) in TITLES and len(words) > 1:
        words = words[1:]
    if not words or max(map(len, words)) < 2:
        raise _unusable(said, "un nom compte au moins deux lettres", "a name has two letters at least")
    capitals = [w for w in words if len(w) > 1 and w.isupper()]
    if capitals and len(capitals) < len(words):
        return _named(said, _folded(capitals), _folded([w for w in words if w not in capitals]))
    folded = _folded(words)
    if len(folded) == 1:
        return _named(said, folded, ())
    if is_first_name(folded[-1]) and not is_first_name(folded[0]):  # « Durand Claire »
        size = _joined(plain, folded)
        return _named(said, folded[:size], folded[size:])
    size = _joined(plain, folded, -1)
    return _named(said, folded[-size:], folded[:-size])


def _joined(said: str, folded: tuple[str, ...], end: int = 0) -> int:
    """How many of the first words (``end`` -1: of the last) are one double surname, the first name left out."""
    groups = [_folded(_WORDS.findall(one)) for one in re.split(r"[^\w\-]+", said) if _WORDS.search(one)]
    whole = next((one for one in groups[:: end or 1] if folded[end] in one), ())
    return len(whole) if len(whole) < len(folded) and whole[end] == folded[end] else 1


def _named(said: str, last: tuple[str, ...], first: tuple[str, ...]) -> Clue:
    whole = [word for word in last if word not in PARTICLES] or list(last)
    given = [word for word in first if word not in PARTICLES]
    led = {word for word in map(fold, _WORDS.findall(_ELIDED.sub("", said))) if word in PARTICLES} - set(whole)
    led |= {"d"} if _ELIDED.search(said) else set()
    return Clue("name", said, " ".join((*given, *whole)), tuple(whole), tuple(given), frozenset(led))


def _words(said: str) -> tuple[str, ...]:
    return _folded([w for w in _WORDS.findall(_ELIDED.sub("", said)) if fold(w) not in TITLES])


def _folded(words: Sequence[str]) -> tuple[str, ...]:
    kept = [fold(word) for word in words]
    return tuple(word for word in kept if word not in PARTICLES) or tuple(kept)


def _unusable(said: str, fr: str, en: str) -> ClueUnusable:
    return ClueUnusable(said=said, why_fr=fr, why_en=en)
