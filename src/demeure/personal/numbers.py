"""Numbers that the State gives, and cards: NIR, SIREN, SIRET, tax number, payment card; digits in groups."""

import re
from collections.abc import Callable, Iterator
from functools import cache
from itertools import accumulate
from typing import NamedTuple

from demeure.personal import checks
from demeure.personal.context import Words, holds
from demeure.personal.detection import Detection, Kind

_START = r"[0-9](?<![0-9A-Za-z].)"
_CHAIN = re.compile(
    rf"{_START}(?:[0-9]|[ \u00a0\u202f\u2009](?:[.\-–/][ \u00a0]?)?[0-9]|[.\-–/_][ \u00a0\u202f]?[0-9]|\n[0-9]"
    r"|(?<=2)[ ]?[ABab]){8,18}"
)
"""Each digit, then what may stand before it: where a text goes on otherwise, it is passed over at once."""
_RUN = re.compile(r"[0-9A-Za-z]+")
_SHORTEST, _LONGEST = 9, 19
_APART = 4
"""Groups of the shortest chain whose digits may stand alone, three signs at most between two of them."""
_BOXES = re.compile(r"[12](?<![0-9A-Za-z].)(?=((?:[ \t\u00a0|;]{0,4}[0-9AB]){14})(?![0-9A-Za-z]))")
"""A NIR in the cells of a table, or set apart by tabs: it must prove itself."""
_BARS = ("|", ";", "\t", "  ", "\u00a0")
_UNIT = re.compile(
    r"[ \u00a0\u202f]?(?:€|euros?|francs?|F\b|k€|M€|habitants?|m²|m2|%|ha\b|kg|km|[.,][0-9])", re.IGNORECASE
)

_NIR = Words(
    r"s[ée]curit[ée][ -]sociale",
    r"s[ée]cu",
    "n° ?ss",
    "nss",
    "nir",
    "insee",
    r"assur[ée]e?s?",
    "immatriculation",
    "vitale",
)
_FIRM = Words(
    "siren",
    "siret",
    "rcs",
    r"r\.c\.s\.?",
    r"immatricul\w{0,8}",
    "tva",
    "entreprise",
    r"soci[ée]t[ée]",
    r"[ée]tablissement",
    "ape",
    "naf",
)
_TAX = Words("fiscal", "fiscale", "spi", r"imp[ôo]ts?", r"t[ée]l[ée]d[ée]clarant", "contribuable", "avis")
_CARD = Words(
    "carte",
    "cb",
    "visa",
    "mastercard",
    "bancaire",
    "bleue",
    "amex",
    "american express",
    "expire",
    "cvv",
    "cryptogramme",
)


class _Chain(NamedTuple):
    """Digits in a row, from ``text[start]`` on; ``size``: signs in it, those between the digits among them;
    ``runs``: its groups, ``digits`` them all."""

    text: str
    start: int
    size: int
    runs: list[str]
    digits: str

    def end(self, count: int) -> int:
        """Where the first ``count`` digits end."""
        at = self.start
        for run in self.runs:
            at = self.text.index(run, at)
            if count <= len(run):
                return at + count
            at += len(run)
            count -= len(run)
        raise ValueError(count)

    @property
    def one_by_one(self) -> bool:
        """Whether each of the first digits stands alone: they hold as many signs between them."""
        if len(self.runs) < _APART or self.size - len(self.digits) < _SHORTEST - 1:
            return False
        return self.end(_SHORTEST) - self.start >= 2 * _SHORTEST - 1

    def groups(self, count: int) -> tuple[int, ...]:
        """Lengths of the groups of the first ``count`` digits."""
        sizes, left = list[int](), count
        for run in self.runs:
            if left > 0:
                sizes.append(min(left, len(run)))
            left -= len(run)
        return tuple(sizes)


def detect(text: str) -> Iterator[Detection]:
    """Every such number, in the order of the text. Of two that begin at one place, the first that proves itself."""
    yield from _boxed(text)
    at = 0
    while seen := _CHAIN.search(text, at):
        start, stop = seen.span()
        at = start + 1
        runs = _RUN.findall(seen[0])
        counts = _COUNTS.intersection(accumulate(map(len, runs)))
        digits = "".join(runs).upper()
        if not counts:
            if len(digits) < _LONGEST and len(digits) - len(runs[0]) < _SHORTEST:
                at = stop  # nothing that begins in it is long enough
            continue
        if text[stop : stop + 1].isalnum():
            counts -= {len(digits)}
        chain = _Chain(text, start, stop - start, runs, digits)
        proofs, said = _rules(counts)
        for rule, count in proofs if chain.one_by_one else (*proofs, *said):
            if (detection := rule(chain, chain.digits[:count])) is not None:
                yield detection
                at = detection.end
                break


def _boxed(text: str) -> Iterator[Detection]:
    for found in _BOXES.finditer(text) if holds(text, _BARS) else ():
        number = found[0] + "".join(filter(str.isalnum, found[1]))
        if checks.nir_key(number) and not _in_a_row(text, found.start(), found.end(1)):
            yield Detection("nir", found.start(), found.end(1), number, "nir-key", True, 0.98)


def _in_a_row(text: str, start: int, end: int) -> bool:
    """Figures one by one among more of them: a row of a table, one in ninety-seven of which would prove itself."""
    if re.search(r"[0-9]{2}", text[start:end]):
        return False
    before, after = text[max(0, start - 6) : start], text[end : end + 6]
    return bool(re.search(r"[0-9][ \t\u00a0|;]{1,4}$", before) or re.match(r"[ \t\u00a0|;]{1,4}[0-9]", after))


def _made(chain: _Chain, kind: Kind, number: str, rule: str, valid: bool | None, confidence: float) -> Detection:
    return Detection(kind, chain.start, chain.end(len(number)), number, rule, valid, confidence)


def _nir(chain: _Chain, number: str) -> Detection | None:
    return _made(chain, "nir", number, "nir-key", True, 0.99) if checks.nir_key(number) else None


def _nir_said(chain: _Chain, number: str) -> Detection | None:
    """Without its key, or with a wrong one, where the text says what it is."""
    if not checks.nir_shape(number) or not _NIR.near(chain.text, chain.start, chain.end(len(number))):
        return None
    if len(number) == _NIR_KEYED:
        return _made(chain, "nir", number, "nir-said", False, 0.7)
    return _made(chain, "nir", number, "nir-short", None, 0.8)


def _siret(chain: _Chain, number: str) -> Detection | None:
    if checks.siret(number) and (chain.groups(14) in _SIRET_GROUPS or _FIRM.before(chain.text, chain.start)):
        return _made(chain, "siret", number, "siret-luhn", True, 0.95)
    return None


def _siret_said(chain: _Chain, number: str) -> Detection | None:
    if number.isdigit() and _SIRET.before(chain.text, chain.start, 30):
        return _made(chain, "siret", number, "siret-said", False, 0.6)
    return None


_NIR_KEYED = 15
_SIRET_GROUPS = {(14,), (3, 3, 3, 5), (9, 5), (3, 3, 3, 2, 3), (3, 3, 8)}
_SIREN_GROUPS = {(9,), (3, 3, 3)}
_SIRET, _SIREN = Words("siret"), Words("siren", "rcs")


def _spi(chain: _Chain, number: str) -> Detection | None:
    if not checks.spi(number):
        return None
    said = _TAX.before(chain.text, chain.start)
    if said or chain.groups(13) in _SPI_GROUPS:
        return _made(chain, "spi", number, "spi-rest", True, 0.95 if said else 0.7)
    return None


def _spi_said(chain: _Chain, number: str) -> Detection | None:
    if number.isdigit() and number[0] in "0123" and _SPI.before(chain.text, chain.start, 40):
        return _made(chain, "spi", number, "spi-said", False, 0.6)
    return None


_SPI_GROUPS = {(13,), (2, 2, 3, 3, 3), (4, 3, 3, 3)}
_SPI = Words("fiscal", "spi", "fiscale")


def _card(chain: _Chain, number: str) -> Detection | None:
    if not checks.card(number):
        return None
    said = _CARD.before(chain.text, chain.start)
    if said or chain.groups(len(number)) in _CARD_GROUPS:
        return _made(chain, "card", number, "card-luhn", True, 0.97 if said else 0.85)
    return None


def _card_said(chain: _Chain, number: str) -> Detection | None:
    known = checks.CARD.fullmatch(number) and chain.groups(len(number)) in _CARD_GROUPS
    if known and _CARD.before(chain.text, chain.start):
        return _made(chain, "card", number, "card-said", False, 0.6)
    return None


_CARD_LENGTHS = (16, 15, 14, 13, 19)
_CARD_GROUPS = {(16,), (15,), (4, 4, 4, 4), (4, 6, 5), (4, 4, 4, 4, 3), (4, 6, 4)}


def _siren(chain: _Chain, number: str) -> Detection | None:
    if not checks.siren(number):
        return None
    end = chain.end(9)
    said = _FIRM.near(chain.text, chain.start, end, 40)
    if said or (chain.groups(9) in _SIREN_GROUPS and not _UNIT.match(chain.text, end)):
        return _made(chain, "siren", number, "siren-luhn", True, 0.95 if said else 0.55)
    return None


def _siren_said(chain: _Chain, number: str) -> Detection | None:
    if number.isdigit() and _SIREN.before(chain.text, chain.start, 24):
        return _made(chain, "siren", number, "siren-said", False, 0.6)
    return None


_COUNTS = frozenset((9, *_CARD_LENGTHS))
"""Digits of every such number."""

Rule = Callable[[_Chain, str], Detection | None]
"""Told of a chain and its first digits, as many as such a number has: nothing but a separator follows them."""
_PROOFS: tuple[tuple[Rule, tuple[int, ...]], ...] = (
    (_nir, (_NIR_KEYED,)),
    (_siret, (14,)),
    (_spi, (13,)),
    (_card, _CARD_LENGTHS),
)
_SAID: tuple[tuple[Rule, tuple[int, ...]], ...] = (
    (_nir_said, (_NIR_KEYED, 13)),
    (_siret_said, (14,)),
    (_spi_said, (13,)),
    (_card_said, _CARD_LENGTHS),
    (_siren, (9,)),
    (_siren_said, (9,)),
)
"""A longer number that proves itself goes first; then what the text says it is; each with the counts of digits that
it looks at. Digits written one by one, as in the boxes of a form, must prove themselves."""
_Counted = tuple[tuple[Rule, int], ...]


@cache
def _rules(counts: frozenset[int]) -> tuple[_Counted, _Counted]:
    """Those that may speak of a chain that closes after so many digits, each with how many it is told."""
    proofs, said = (
        tuple((rule, count) for rule, of in rules for count in of if count in counts) for rules in (_PROOFS, _SAID)
    )
    return proofs, said
