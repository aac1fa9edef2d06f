"""Recovery keys: an age identity (X25519) that exists on paper only, as words a person can read aloud and type.

Twenty words of five letters (a consonant, a vowel, and so on: no list, no language, no accent), in four rows: four
words hold 64 bits, the fifth tells that the row was copied well. The house keeps the public half.
"""

import hashlib
import re
from dataclasses import dataclass

import pyrage

from demeure.backup.errors import RecoveryKeyInvalid, RecoveryRowWrong, RecoveryWordsWrong

_CONSONANTS, _VOWELS = "bdfghjklmnprstvz", "aiou"
_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_ROWS, _WORDS = 4, 5


@dataclass(frozen=True)
class Recovery:
    """A whole key, for as long as a command runs. ``secret``: as age writes it (AGE-SECRET-KEY-1…)."""

    secret: str

    @property
    def recipient(self) -> str:
        """The public half (age1…): what backups are encrypted to."""
        return str(self.identity().to_public())

    def identity(self) -> "pyrage.x25519.Identity":
        """As the library wants it."""
        return pyrage.x25519.Identity.from_str(self.secret)

    @property
    def rows(self) -> list[str]:
        """The four rows of five words."""
        return _rows(_secret_bytes(self.secret))


def made() -> Recovery:
    """A new key, kept nowhere."""
    return Recovery(str(pyrage.x25519.Identity.generate()))


def parsed(told: str) -> Recovery:
    """From its words, or from the line that begins by AGE-SECRET-KEY-. Raises RecoveryKeyInvalid,
    RecoveryWordsWrong, RecoveryRowWrong."""
    for line in told.splitlines():
        if line.strip().upper().startswith("AGE-SECRET-KEY-"):
            return _checked(Recovery(line.strip().upper()))
    words = re.findall(r"[a-z]+", told.lower())
    if len(words) != _ROWS * _WORDS:
        raise RecoveryWordsWrong(count=len(words))
    key = b""
    for row in range(_ROWS):
        key += _row_bytes(row, words[row * _WORDS : (row + 1) * _WORDS])
    return _checked(Recovery(_bech32("age-secret-key-", key).upper()))


def _checked(key: Recovery) -> Recovery:
    try:
        key.identity()
    except (pyrage.IdentityError, ValueError) as problem:
        raise RecoveryKeyInvalid(detail="age") from problem
    return key


def _rows(key: bytes) -> list[str]:
    rows = []
    for row in range(_ROWS):
        part = key[8 * row : 8 * row + 8]
        whole = part + _row_check(row, part)
        rows.append(" ".join(_word(whole[at : at + 2]) for at in range(0, 10, 2)))
    return rows


def _row_check(row: int, part: bytes) -> bytes:
    return hashlib.sha256(b"demeure recovery row" + bytes([row]) + part).digest()[:2]


def _row_bytes(row: int, words: list[str]) -> bytes:
    try:
        whole = b"".join(_pair(word) for word in words)
    except (ValueError, IndexError) as problem:
        raise RecoveryRowWrong(row=row + 1) from problem
    if whole[8:] != _row_check(row, whole[:8]):
        raise RecoveryRowWrong(row=row + 1)
    return whole[:8]


def _word(pair: bytes) -> str:
    n = int.from_bytes(pair, "big")
    places = ((12, _CONSONANTS), (10, _VOWELS), (6, _CONSONANTS), (4, _VOWELS), (0, _CONSONANTS))
    return "".join(letters[n >> shift & (len(letters) - 1)] for shift, letters in places)


def _pair(word: str) -> bytes:
    if len(word) != _WORDS:
        raise ValueError(word)
    n = 0
    for letter, letters in zip(word, (_CONSONANTS, _VOWELS) * 2 + (_CONSONANTS,), strict=True):
        n = n << (4 if letters == _CONSONANTS else 2) | letters.index(letter)
    return n.to_bytes(2, "big")


def _secret_bytes(secret: str) -> bytes:
    """The 32 bytes in age's bech32 line; its checksum was verified by the library."""
    values = [_BECH32.index(letter) for letter in secret.lower().rpartition("1")[2][:-6]]
    bits = 0
    for value in values:
        bits = bits << 5 | value
    return (bits >> (len(values) * 5 - 256)).to_bytes(32, "big")


def _bech32(prefix: str, data: bytes) -> str:
    """BIP 173, without its limit of 90 characters."""
    bits = int.from_bytes(data, "big") << 4  # 256 bits in 52 groups of five
    values = [bits >> 5 * at & 31 for at in range(51, -1, -1)]
    spread = [ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix]
    check = _polymod([*spread, *values, *[0] * 6]) ^ 1
    values += [check >> 5 * (5 - at) & 31 for at in range(6)]
    return f"{prefix}1{''.join(_BECH32[value] for value in values)}"


def _polymod(values: list[int]) -> int:
    found = 1
    for value in values:
        top = found >> 25
        found = (found & 0x1FFFFFF) << 5 ^ value
        for at, generator in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            found ^= generator if top >> at & 1 else 0
    return found
