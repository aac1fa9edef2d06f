"""Check digits of French and European numbers (pure): True when the number proves itself.

Sources: INSEE (NIR, SIREN, SIRET), ISO 13616 (IBAN, lengths of its registry), DGFiP (SPI, VAT), ISO/IEC 7812
(cards).
Each takes the number written without spaces, letters as capitals; anything else gives False.
"""

import re
from collections.abc import Callable, Mapping

LA_POSTE = "356000000"
NIR = re.compile(r"[123478]\d{4}(?:\d{2}|2[AB])\d{6}(?:\d{2})?")
_TAX_WAYS = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"

IBAN_LENGTHS = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BR": 29, "BY": 28,
    "CH": 21, "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "DO": 28, "EE": 20, "EG": 29, "ES": 24, "FI": 18,
    "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28, "HR": 21, "HU": 28, "IE": 22,
    "IL": 23, "IQ": 23, "IS": 26, "IT": 27, "JO": 30, "KW": 30, "KZ": 20, "LB": 28, "LC": 32, "LI": 21, "LT": 20,
    "LU": 20, "LV": 21, "LY": 25, "MC": 27, "MD": 24, "ME": 22, "MK": 19, "MR": 27, "MT": 31, "MU": 30, "NL": 18,
    "NO": 15, "PK": 24, "PL": 28, "PS": 29, "PT": 25, "QA": 29, "RO": 24, "RS": 22, "SA": 24, "SC": 31, "SE": 24,
    "SI": 19, "SK": 24, "SM": 27, "ST": 25, "SV": 28, "TL": 23, "TN": 24, "TR": 26, "UA": 29, "VA": 22, "VG": 24,
    "XK": 20,
}  # fmt: skip
"""Characters of an IBAN, by country."""

VAT_SHAPES = {
    "AT": r"U\d{8}", "BE": r"[01]\d{9}", "BG": r"\d{9,10}", "CY": r"\d{8}[A-Z]", "CZ": r"\d{8,10}", "DE": r"\d{9}",
    "DK": r"\d{8}", "EE": r"\d{9}", "EL": r"\d{9}", "ES": r"[A-Z0-9]\d{7}[A-Z0-9]", "FI": r"\d{8}",
    "FR": r"[0-9A-HJ-NP-Z]{2}\d{9}", "HR": r"\d{11}", "HU": r"\d{8}", "IE": r"\d[0-9A-Z]\d{5}[A-Z]{1,2}",
    "IT": r"\d{11}", "LT": r"\d{9}(?:\d{3})?", "LU": r"\d{8}", "LV": r"\d{11}", "MT": r"\d{8}",
    "NL": r"\d{9}B\d{2}", "PL": r"\d{10}", "PT": r"\d{9}", "RO": r"\d{2,10}", "SE": r"\d{12}", "SI": r"\d{8}",
    "SK": r"\d{10}",
}  # fmt: skip
"""What follows the country in an intra-community VAT number."""


def luhn(digits: str) -> bool:
    """ISO/IEC 7812: every second digit from the right doubled, the sum a multiple of 10."""
    if not digits.isascii() or not digits.isdigit():
        return False
    return (sum(map(int, digits[-1::-2])) + sum(map(int, digits[-2::-2].translate(_DOUBLED)))) % 10 == 0


_DOUBLED = str.maketrans("0123456789", "0246813579")
"""Each digit doubled, the two digits of that added."""


def nir_shape(number: str) -> bool:
    """13 or 15 characters, a month that exists (01-12; 20-42 and 50-99 when it is not known)."""
    if not NIR.fullmatch(number):
        return False
    month = int(number[3:5])
    return 1 <= month <= 12 or 20 <= month <= 42 or month >= 50


def nir_key(number: str) -> bool:
    """15 characters whose last two are 97 less the rest of the first thirteen; 2A counts as 19, 2B as 18."""
    if len(number) != 15 or not nir_shape(number):
        return False
    figures = number[:13].replace("2A", "19").replace("2B", "18")
    return 97 - int(figures) % 97 == int(number[13:])


def siren(number: str) -> bool:
    """9 digits, Luhn; nine zeros name nobody."""
    return len(number) == 9 and luhn(number) and number.strip("0") != ""


def siret(number: str) -> bool:
    """14 digits, Luhn, after a SIREN; for La Poste the sum of the digits is a multiple of 5."""
    if len(number) != 14 or not siren(number[:9]):
        return False
    return luhn(number) or (number.startswith(LA_POSTE) and number.isdigit() and sum(map(int, number)) % 5 == 0)


def iban(number: str) -> bool:
    """The length of its country, and 1 as the rest by 97."""
    if len(number) != IBAN_LENGTHS.get(number[:2], -1) or not _IBAN.fullmatch(number):
        return False
    return int((number[4:] + number[:4]).translate(_BY_RANK)) % 97 == 1


_IBAN = re.compile(r"[A-Z]{2}\d{2}[0-9A-Z]+")
_BY_RANK = {ord("A") + rank: str(10 + rank) for rank in range(26)}


def spi(number: str) -> bool:
    """13 digits, the first 0 to 3; the last three are the rest by 511 of the first ten."""
    if not re.fullmatch(r"[0-3]\d{12}", number):
        return False
    return int(number[:10]) % 511 == int(number[10:])


def card(number: str) -> bool:
    """A number of the known networks, Luhn."""
    return bool(CARD.fullmatch(number)) and luhn(number)


CARD = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})"  # Visa
    r"|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}"  # Mastercard
    r"|3[47]\d{13}|3(?:0[0-5]|[689]\d)\d{11}|35(?:2[89]|[3-8]\d)\d{12}"  # American Express, Diners, JCB
    r"|6(?:011|5\d\d|4[4-9]\d)\d{12}|(?:50|5[6-8]|6[37])\d{14}"  # Discover, Maestro
)


def vat(number: str) -> bool | None:
    """Whether a VAT number with its country is right; None where only its shape can be told."""
    country, rest = number[:2], number[2:]
    if not re.fullmatch(VAT_SHAPES.get(country, "(?!)"), rest):
        return False
    check = _VAT_CHECKS.get(country)
    return check(rest) if check else None


def _vat_fr(rest: str) -> bool:
    key, base = rest[:2], rest[2:]
    if not siren(base) and not base.startswith("000"):  # Monaco counts from 000
        return False
    if key.isdigit():
        return (12 + 3 * (int(base) % 97)) % 97 == int(key)
    at = [_TAX_WAYS.index(c) for c in key]
    check = at[0] * 24 + at[1] - 10 if key[0].isdigit() else at[0] * 34 + at[1] - 100
    return (int(base) + 1 + check // 11) % 11 == check % 11


def _vat_be(rest: str) -> bool:
    return 97 - int(rest[:8]) % 97 == int(rest[8:])


def _vat_de(rest: str) -> bool:
    product = 10
    for digit in rest[:8]:
        total = (int(digit) + product) % 10 or 10
        product = 2 * total % 11
    return (11 - product) % 10 == int(rest[8])


_VAT_CHECKS: Mapping[str, Callable[[str], bool]] = {
    "FR": _vat_fr,
    "BE": _vat_be,
    "DE": _vat_de,
    "IT": luhn,
    "LU": lambda rest: int(rest[:6]) % 89 == int(rest[6:]),
}
