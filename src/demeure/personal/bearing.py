"""Whether words may be somebody's name, where something beside them says that a name stands there (pure)."""

import re
from functools import lru_cache

from demeure.personal.capitals import CHARGES, NEVER, PARTICLES, TITLES, UP
from demeure.personal.labels import ROLES, THINGS, is_label
from demeure.personal.words import fold, is_first_name, is_frequent, is_place, is_plain_word, is_surname

SP = r"[ \u00a0\u202f]"
WORD = rf"[{UP}](?:[^\W\d_]{{1,30}}(?:[-’'][^\W\d_]{{1,30}}){{0,3}}|['’][{UP}][^\W\d_]{{1,30}})"
"""A capital and letters: « Jean-Pierre », « L’Hostis », « N’Diaye »."""
LED = (
    r"(?:[LDld]e|[LlDd]a|[Dd]u|[Dd]es|[Dd]os|[Dd]i|[Dd]el|LE|LA|DE|DU|DA|DOS|DI|[Ee]l|EL|[Bb]en|BEN|[Vv]an|VAN|[Vv]on"
    r"|[Aa]it|[Aa]ït)"
)
NAME = rf"(?:{LED}{SP})?{WORD}"
"""One word of a name, with the particle that leads it."""
_SIGLE = 4


def last(said: str) -> bool:
    """A surname that is no place and, where it is a word of French too, a frequent one."""
    return _last(_folded(said))


def first(said: str) -> bool:
    """First names and nothing else, no place."""
    words = _folded(said).split()
    return bool(words) and all(map(is_first_name, words)) and not is_place(words[0])


def unknown(said: str) -> bool:
    """One word, or one and its particle, in no list at all: a name that nobody wrote down, or a brand."""
    words = _bare(_folded(said).split())
    if len(words) != 1 or (len(said) <= _SIGLE and said.isupper()):
        return False
    return len(words[0]) > 2 and not (common(words[0]) or is_place(words[0]))


def named(said: str) -> bool:
    """At least one word of ``said`` is somebody's, and it does not begin with one that is nobody's."""
    words = said.replace("\u00a0", " ").split()
    if not words or is_label(said) or nobody(said):
        return False
    return last(said) or any(
        last(one) or is_first_name(fold(one)) or _surname(one) or unknown(one) for one in words
    )


def called(said: str, *, sure: bool = True) -> bool:
    """``named``, and its first word is somebody's too: not « Garage du Bocage ». ``sure``: people alone are
    expected, so that a surname after any one word counts."""
    whole = said.replace("\u00a0", " ").split()
    words = _bare(whole)
    if not named(said):
        return False
    head = words[0].rstrip(".") if words[0] is whole[0] else " ".join(whole[:2])
    own = len(head) == 1 or last(said) or last(head) or is_first_name(fold(head)) or unknown(head)
    return own or (sure and len(words) == 2 and last(words[1]))


def whole(said: str) -> bool:
    """Two words or more, each of which may be of a name, one of them sure."""
    words = [word.rstrip(".") for word in _bare(said.replace("\u00a0", " ").split())]
    sure = any(last(one) or unknown(one) or (first(one) and not is_plain_word(fold(one))) for one in words)
    return (
        len(words) > 1 and sure and all(last(one) or unknown(one) or first(one) or _surname(one) for one in words)
    )


def nobody(said: str) -> bool:
    """Words that stand where names stand, and begin with one that is none; the particle of a name aside."""
    folded = _folded(said)
    word = next(iter(_bare(folded.split())), "")
    if is_frequent(folded) or is_frequent(word):
        return False
    return word in NEVER or word in CHARGES or word in ROLES or word in THINGS


def _surname(word: str) -> bool:
    """Also one that is a word of French: only where others say that a name stands there."""
    said = fold(word)
    return is_surname(said) and not is_place(said)


@lru_cache(maxsize=4096)
def _last(folded: str) -> bool:
    if is_frequent(folded):
        return True
    words = _bare(folded.split())
    if not words or folded in ROLES or not all(is_surname(one) or is_first_name(one) for one in words):
        return False
    if len(words) == 1 and is_frequent(words[0]):
        return True
    return not any(is_place(one) or common(one) for one in (words if len(words) == 1 else words[-1:]))


def common(word: str) -> bool:
    """A word of French, folded, or one that stands where names stand."""
    return word in NEVER or word in CHARGES or word in ROLES or word in TITLES or is_plain_word(word)


def _bare(words: list[str]) -> list[str]:
    """Without the particles that lead."""
    while len(words) > 1 and fold(words[0]) in PARTICLES:
        words = words[1:]
    return words


_BLANKS = re.compile(r"[\s.,]+")


def _folded(said: str) -> str:
    return _BLANKS.sub(" ", fold(said)).strip()
