"""What a password must be (pure): 12 signs and 50 bits, as the CNIL asks where wrong tries lock the account.

Source: CNIL, délibération 2022-100 of 21 July 2022, case no. 2 (password with restricted access to the account: 50
bits), and its refusal of periodic changes. The estimate is the best case of the person: kinds of signs used,
counted over what cannot be foreseen. Repeated signs, rows of a keyboard or of the alphabet, the person's own name
and login, the organisation's, and what only joins them count for nothing; a frequent word or a year counts for one.
"""

import math
import re
import unicodedata
from collections.abc import Iterable

from demeure.identity.errors import PasswordForeseen, PasswordLong, PasswordsDiffer, PasswordShort, PasswordWeak

LEAST_SIGNS, MOST_SIGNS, LEAST_BITS = 12, 200, 50
_KINDS = ((str.islower, 26), (str.isupper, 26), (str.isdigit, 10))
_OTHERS = 33
_ROWS = (
    *("abcdefghijklmnopqrstuvwxyz", "01234567890", "azertyuiop", "qsdfghjklm", "wxcvbn"),
    *("qwertyuiop", "asdfghjkl", "zxcvbnm", "&é\"'(-è_çà)="),
)
_FREQUENT = (
    *("motdepasse", "password", "passwort", "bonjour", "bienvenue", "welcome", "soleil", "doudou", "chouchou"),
    *("loulou", "coucou", "jetaime", "iloveyou", "marseille", "france", "paris", "football", "administrateur"),
    *("administrator", "admin", "root", "azerty", "qwerty", "mairie", "commune", "demeure", "secret", "dragon"),
    *("monkey", "princesse", "princess", "chocolat", "nicolas", "camille", "changeme", "letmein", "liberte"),
)

_OWN, _WORD = "\1", "\0"
"""What stands for a word of the person or of the house, and for a frequent word or a year."""
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_MARKS = _OWN + _WORD
_JOINING = "de|du|des|d|la|le|les|l|et|a|au|aux|en|sur|sous"
_JOINED = re.compile(rf"(?<=[{_MARKS}])(?:[^\w{_MARKS}]|_|(?:{_JOINING})(?=[\W_]))+(?=[{_MARKS}])")
_EDGE = re.compile(rf"(?<=[{_MARKS}])(?:[^\w{_MARKS}]|_)|(?:[^\w{_MARKS}]|_)(?=[{_MARKS}])")


def check_password(password: str, again: str, own: Iterable[str] = ()) -> None:
    """Raises PasswordsDiffer, PasswordShort, PasswordLong, PasswordForeseen or PasswordWeak.

    ``own``: the person's name, login, organisation: what others would try first.
    """
    if password != again:
        raise PasswordsDiffer()
    password = unicodedata.normalize("NFC", password)
    if len(password) < LEAST_SIGNS:
        raise PasswordShort(least=LEAST_SIGNS)
    if len(password) > MOST_SIGNS:
        raise PasswordLong(most=MOST_SIGNS)
    if bits(password) >= LEAST_BITS > bits(password, own):
        raise PasswordForeseen()
    if bits(password, own) < LEAST_BITS:
        raise PasswordWeak()


def bits(password: str, own: Iterable[str] = ()) -> float:
    """Signs that cannot be foreseen × log2 of the size of the kinds used."""
    kinds = sum(size for is_one, size in _KINDS if any(map(is_one, password)))
    if any(not sign.isalnum() or (sign.isalpha() and not sign.isascii()) for sign in password):
        kinds += _OTHERS
    return _unforeseen(password, own) * math.log2(kinds or 1)


def _unforeseen(password: str, own: Iterable[str]) -> int:
    """How many signs are left once the foreseen ones count for nothing."""
    text = _marked(_plain(password), own)
    seen: set[str] = set()
    count = 0
    for place, sign in enumerate(text):
        last = text[max(0, place - 2) : place + 1]
        repeated = place > 0 and sign == text[place - 1]
        if sign != _OWN and not repeated and last not in seen and not _in_a_row(last):
            count += 1
        if len(last) == 3:
            seen.add(last)
    return count


def _marked(text: str, own: Iterable[str]) -> str:
    """``text`` with one mark for each word that is foreseen, without what joins them (« de », spaces, hyphens)."""
    marks = dict.fromkeys(_FREQUENT, _WORD)
    marks |= {word: _OWN for phrase in own for word in re.split(r"[\W_]+", _plain(phrase)) if len(word) >= 3}
    for word in sorted(marks, key=len, reverse=True):
        text = text.replace(word, marks[word])
    text = _YEAR.sub(_WORD, text)
    return _EDGE.sub("", _JOINED.sub("", text))


def _plain(text: str) -> str:
    """Lower case, without accents."""
    decomposed = unicodedata.normalize("NFD", text.casefold())
    return "".join(sign for sign in decomposed if not unicodedata.combining(sign))


def _in_a_row(signs: str) -> bool:
    """Three signs that follow each other on a keyboard or in the alphabet, either way."""
    return len(signs) == 3 and any(signs in row or signs[::-1] in row for row in _ROWS)
