"""Numbers that the State gives, and cards: NIR, SIREN, SIRET, tax number, payment card; digits in groups."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import accumulate

from demeure.personal import checks
from demeure.personal.context import Words, holds
from demeure.personal.detection import Detection, Kind

_START = r"[0-9](?<![0-9A-Za-z].)"
GAP = r"(?:[ \u00a0\u202f\u2009](?:[.\-–/][ \u00a0]?)?|[.\-–/_][ \u00a0\u202f]?|\n)?"
_CHAIN = re.compile(rf"{_START}(?:{GAP}(?:[0-9]|(?<=2)[ABab]|(?<=2 )[ABab])){{8,18}}")
_RUN = re.compile(r"[0-9A-Za-z]+")
_SHORTEST = 9
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


@dataclass(frozen=True)
class _Chain:
    """Digits in a row, from ``text[start]`` to ``text[stop - 1]``; ``ends``: counts of digits after which the text
    goes on with neither a digit nor a letter."""

    text: str
    start: int
    stop: int
    runs: list[str]
    digits: str
    ends: frozenset[int]

    def closes(self, count: int) -> bool:
        return count in self.ends

    @property
    def places(self) -> list[int]:
        """Where each digit stands."""
        return [at for run in _RUN.finditer(self.text, self.start, self.stop) for at in range(*run.span())]

    @property
    def one_by_one(self) -> bool:
        """Whether each of the first digits stands alone: they hold as many signs between them."""
        if len(self.runs) < _APART:
            return False
        return self.places[_SHORTEST - 1] - self.start >= 2 * _SHORTEST - 2

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
        at = seen.start() + 1
        runs = _RUN.findall(seen[0])
        ends = list(accumulate(map(len, runs)))
        if text[seen.end() : seen.end() + 1].isalnum():
            ends.pop()
        counts = _COUNTS.intersection(ends)
        if not counts:
            continue
        chain = _Chain(text, *seen.span(), runs, "".join(runs).upper(), counts)
        proofs, said = _rules(counts)
        for rule in proofs if chain.one_by_one else (*proofs, *said):
            if (detection := rule(chain)) is not None:
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


def _made(chain: _Chain, kind: Kind, count: int, rule: str, valid: bool | None, confidence: float) -> Detection:
    return Detection(kind, chain.start, chain.places[count - 1] + 1, chain.digits[:count], rule, valid, confidence)


def _nir(chain: _Chain) -> Detection | None:
    if chain.closes(15) and checks.nir_key(chain.digits[:15]):
        return _made(chain, "nir", 15, "nir-key", True, 0.99)
    return None


def _nir_said(chain: _Chain) -> Detection | None:
    """Without its key, or with a wrong one, where the text says what it is."""
    start = chain.start
    for count in (15, 13):
        if chain.closes(count) and checks.nir_shape(chain.digits[:count]):
            if not _NIR.near(chain.text, start, chain.places[count - 1] + 1):
                continue
            if count == 15:
                return _made(chain, "nir", 15, "nir-said", False, 0.7)
            return _made(chain, "nir", 13, "nir-short", None, 0.8)
    return None


def _siret(chain: _Chain) -> Detection | None:
    digits = chain.digits[:14]
    if not chain.closes(14):
        return None
    if checks.siret(digits) and (chain.groups(14) in _SIRET_GROUPS or _FIRM.before(chain.text, chain.start)):
        return _made(chain, "siret", 14, "siret-luhn", True, 0.95)
    return None


def _siret_said(chain: _Chain) -> Detection | None:
    if chain.closes(14) and chain.digits[:14].isdigit() and _SIRET.before(chain.text, chain.start, 30):
        return _made(chain, "siret", 14, "siret-said", False, 0.6)
    return None


_SIRET_GROUPS = {(14,), (3, 3, 3, 5), (9, 5), (3, 3, 3, 2, 3), (3, 3, 8)}
_SIREN_GROUPS = {(9,), (3, 3, 3)}
_SIRET, _SIREN = Words("siret"), Words("siren", "rcs")


def _spi(chain: _Chain) -> Detection | None:
    if not chain.closes(13) or not checks.spi(chain.digits[:13]):
        return None
    said = _TAX.before(chain.text, chain.start)
    if said or chain.groups(13) in _SPI_GROUPS:
        return _made(chain, "spi", 13, "spi-rest", True, 0.95 if said else 0.7)
    return None


def _spi_said(chain: _Chain) -> Detection | None:
    digits = chain.digits[:13]
    if chain.closes(13) and digits.isdigit() and digits[0] in "0123" and _SPI.before(chain.text, chain.start, 40):
        return _made(chain, "spi", 13, "spi-said", False, 0.6)
    return None


_SPI_GROUPS = {(13,), (2, 2, 3, 3, 3), (4, 3, 3, 3)}
_SPI = Words("fiscal", "spi", "fiscale")


def _card(chain: _Chain) -> Detection | None:
    for count in _CARD_LENGTHS:
        if chain.closes(count) and checks.card(chain.digits[:count]):
            said = _CARD.before(chain.text, chain.start)
            if said or chain.groups(count) in _CARD_GROUPS:
                return _made(chain, "card", count, "card-luhn", True, 0.97 if said else 0.85)
    return None


def _card_said(chain: _Chain) -> Detection | None:
    for count in _CARD_LENGTHS:
        known = chain.closes(count) and checks.CARD.fullmatch(chain.digits[:count])
        if known and chain.groups(count) in _CARD_GROUPS and _CARD.before(chain.text, chain.start):
            return _made(chain, "card", count, "card-said", False, 0.6)
    return None


_CARD_LENGTHS = (16, 15, 14, 13, 19)
_CARD_GROUPS = {(16,), (15,), (4, 4, 4, 4), (4, 6, 5), (4, 4, 4, 4, 3), (4, 6, 4)}


def _siren(chain: _Chain) -> Detection | None:
    if not chain.closes(9) or not checks.siren(chain.digits[:9]):
        return None
    end = chain.places[8] + 1
    said = _FIRM.near(chain.text, chain.start, end, 40)
    if said or (chain.groups(9) in _SIREN_GROUPS and not _UNIT.match(chain.text, end)):
        return _made(chain, "siren", 9, "siren-luhn", True, 0.95 if said else 0.55)
    return None


def _siren_said(chain: _Chain) -> Detection | None:
    if chain.closes(9) and chain.digits[:9].isdigit() and _SIREN.before(chain.text, chain.start, 24):
        return _made(chain, "siren", 9, "siren-said", False, 0.6)
    return None


_COUNTS = frozenset((9, *_CARD_LENGTHS))
"""Digits of every such number."""

Rule = Callable[[_Chain], Detection | None]
_PROOFS: tuple[tuple[Rule, tuple[int, ...]], ...] = (
    (_nir, (15,)),
    (_siret, (14,)),
    (_spi, (13,)),
    (_card, _CARD_LENGTHS),
)
_SAID: tuple[tuple[Rule, tuple[int, ...]], ...] = (
    (_nir_said, (15, 13)),
    (_siret_said, (14,)),
    (_spi_said, (13,)),
    (_card_said, _CARD_LENGTHS),
    (_siren, (9,)),
    (_siren_said, (9,)),
)
"""A longer number that proves itself goes first; then what the text says it is; each with the counts of digits that
it looks at. Digits written one by one, as in the boxes of a form, must prove themselves."""


@cache
def _rules(counts: frozenset[int]) -> tuple[tuple[Rule, ...], tuple[Rule, ...]]:
    """Those that may speak of a chain that closes after so many digits."""
    proofs, said = ([rule for rule, of in rules if not counts.isdisjoint(of)] for rules in (_PROOFS, _SAID))
    return tuple(proofs), tuple(said)
