"""Bank accounts (IBAN of every country, French RIB) and intra-community VAT numbers."""

import re
from collections.abc import Iterator

from demeure.personal import checks
from demeure.personal.context import Words
from demeure.personal.detection import Detection
from demeure.personal.scanned import figures

_GAP = r"[ \u00a0\u202f\u2009.\-_\n]{0,2}"
_HEAD = re.compile(
    r"[A-Zf][A-Zr](?<![0-9A-Za-z]..)[ \u00a0]?[0-9OIlSB][0-9OIlSB]"
    r"(?:(?<=[A-Z][A-Z]..)|(?<=[A-Z][A-Z]...)|(?<=[fF][rR][0-9][0-9])|(?<=[fF][rR].[0-9][0-9]))"
)
_TAIL = re.compile(rf"(?:{_GAP}[0-9A-Za-z|]){{11,32}}")
_BANK = Words("iban", "rib", "compte", "virement", "domiciliation", "bancaire", "bic", r"pr[ée]l[èe]vement", "sepa")
_FIVE = re.compile(r"[0-9][0-9][0-9][0-9][0-9](?<![0-9A-Za-z].....)")
_RIB = re.compile(_GAP + r"[0-9]{5}" + _GAP + r"[0-9A-Z]{11}" + _GAP + r"[0-9]{2}(?![0-9A-Za-z])")
_BOX = r"[ \t\r\n\u00a0\u202f\u2009.\-_|;]"
_BOXED = re.compile(
    rf"[A-Z]{_BOX}{{0,3}}[A-Z]{_BOX}{{0,3}}[0-9]{_BOX}{{0,3}}[0-9](?:{_BOX}{{0,10}}[0-9A-Z]){{11,32}}"
)
"""Cells of a table, boxes of a form, lines that begin with blanks: what is found so must prove itself."""
_RIB_SAID = re.compile(
    r"(?!\w)[^0-9]{1,30}+(?<!\w)([0-9]{5})(?!\w)[^0-9]{1,30}?"
    r"(?<!\w)([0-9A-Z]{11})(?!\w)[^0-9]{1,30}+(?<!\w)([0-9]{2})(?!\w)"
)
"""« Banque : 30002 Guichet : 00550 Compte : … Clé : 25 », or cells: the same."""
_LABELS = 90
"""Characters before the first of them that hold the labels of a RIB."""
_RIB_LETTERS = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "12345678912345678923456789")
_VAT = re.compile(
    rf"(?:{'|'.join(checks.VAT_SHAPES)})(?<![0-9A-Za-z]..)[ \u00a0.]?[0-9A-Z]"
    r"(?:[ \u00a0\u202f.\-]?[0-9A-Z]){7,13}(?![0-9A-Za-z])"
)
_BEGIN = re.compile(
    rf"[A-Zf](?<![0-9A-Za-z].)(?={_BOX}{{0,3}}[A-Zr](?:{_BOX}{{0,3}}[0-9OIlSB]{_BOX}{{0,3}}[0-9OIlSB]"
    r"|[ \u00a0.]?[0-9A-Z][ \u00a0\u202f.\-]?[0-9A-Z][ \u00a0\u202f.\-]?[0-9]))"
)
"""Of an IBAN, in boxes or not, or of a VAT number: a country, and what has a digit by its third sign."""
_TAX = Words(
    "tva", "vat", "intracommunautaire", "intra-communautaire", "n° ?intra", "btw", "ust-?id\\w{0,3}", "iva"
)


def detect(text: str) -> Iterator[Detection]:
    """Every account and VAT number."""
    done = 0
    for begin in _BEGIN.finditer(text):
        start = begin.start()
        if (found := _iban(text, start) or _boxed(text, start)) is not None:
            yield found
        if start >= done and (vat := _VAT.match(text, start)) is not None:
            done = vat.end()
            yield from _vat(text, vat)
    yield from _ribs(text)


def _iban(text: str, start: int) -> Detection | None:
    if (head := _HEAD.match(text, start)) is None:
        return None
    length = checks.IBAN_LENGTHS.get(text[start : start + 2].upper())
    if length is None or (tail := _TAIL.match(text, head.end())) is None:
        return None
    places = [at for at in range(start, tail.end()) if text[at].isalnum() or text[at] == "|"]
    if len(places) < length or not _closes(text, places[length - 1] + 1):
        return None
    end = places[length - 1] + 1
    number = "".join([text[at] for at in places[:length]])
    written = number.upper()
    if checks.iban(written):
        return Detection("iban", start, end, written, "iban-97", True, 0.99)
    read = written[:2] + figures(number[2:]).upper()
    if checks.iban(read):
        return Detection("iban", start, end, read, "iban-read", True, 0.95)
    if _BANK.near(text, start, end):
        return Detection("iban", start, end, written, "iban-said", False, 0.7)
    return None


def _boxed(text: str, start: int) -> Detection | None:
    if (found := _BOXED.match(text, start)) is None:
        return None
    places = [at for at in range(start, found.end()) if text[at].isalnum()]
    number = "".join([text[at] for at in places])
    length = checks.IBAN_LENGTHS.get(number[:2], 0)
    if not length or len(number) < length or not checks.iban(number[:length]):
        return None
    end = places[length - 1] + 1
    return Detection("iban", start, end, number[:length], "iban-97", True, 0.98) if _closes(text, end) else None


def _ribs(text: str) -> Iterator[Detection]:
    said = whole = 0
    for bank in _FIVE.finditer(text):
        start = bank.start()
        if start >= said and (found := _RIB_SAID.match(text, bank.end())) is not None:
            said, number = found.end(), bank[0] + "".join(found.groups())
            if _rib(number):
                yield Detection("iban", start, said, number, "rib-97", True, 0.95)
            elif all(
                word in text[max(0, start - _LABELS) : said].lower() for word in ("banque", "guichet", "compte")
            ):
                yield Detection("iban", start, said, number, "iban-said", False, 0.7)
        if start >= whole and (found := _RIB.match(text, bank.end())) is not None:
            whole, number = found.end(), bank[0] + "".join(filter(str.isalnum, found[0]))
            if _rib(number):
                yield Detection("iban", start, whole, number, "rib-97", True, 0.95)
            elif _BANK.before(text, start, 30):
                yield Detection("iban", start, whole, number, "iban-said", False, 0.65)


def _rib(number: str) -> bool:
    """Whether the key of 23 signs is right."""
    plain = number.translate(_RIB_LETTERS)
    if not plain.isdigit():
        return False
    bank, branch, account, key = int(plain[:5]), int(plain[5:10]), int(plain[10:21]), int(plain[21:])
    return (89 * bank + 15 * branch + 3 * account + key) % 97 == 0


def _vat(text: str, found: re.Match[str]) -> Iterator[Detection]:
    number = "".join(filter(str.isalnum, found[0]))
    valid = checks.vat(number)
    if valid:
        yield Detection("vat", found.start(), found.end(), number, "vat-key", True, 0.97)
    elif _TAX.before(text, found.start(), 40) and re.fullmatch(
        checks.VAT_SHAPES.get(number[:2], "(?!)"), number[2:]
    ):
        rule, sure = ("vat-said", 0.6) if valid is False else ("vat-shape", 0.75)
        yield Detection("vat", found.start(), found.end(), number, rule, valid, sure)


def _closes(text: str, end: int) -> bool:
    return end >= len(text) or not text[end].isalnum()
