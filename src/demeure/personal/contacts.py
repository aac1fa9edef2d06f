"""How to reach somebody: telephones as France writes them, overseas and abroad, and e-mail addresses."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from demeure.personal.context import Words, holds
from demeure.personal.detection import Detection

_SP = r"[ \u00a0\u202f\u2009]"
_GAP = rf"(?:{_SP}[.\-–/·]{_SP}?|[.\-–/_·]{_SP}?|{_SP}{{1,2}}|\n)?"
_NEXT = rf"(?:[0-9]|{_SP}(?:[.\-–/·]{_SP}?|{_SP})?[0-9]|[.\-–/_·]{_SP}?[0-9]|\n[0-9])"
"""A digit, then what may stand before it: where a text goes on otherwise, it is passed over at once."""
_NATIONAL = re.compile(rf"0(?<![0-9A-Za-z+].){_NEXT}(?:(?<=[(]0.)\))?{_NEXT}{{8}}(?![0-9])(?!{_SP}?(?:€|euros?\b))")
_BAR = r"[ \t\u00a0]{0,2}[|;\t][ \t\u00a0]{0,2}"
_CELLS = re.compile(
    rf"0(?<![0-9A-Za-z+].)(?:[1-9](?:{_BAR}[0-9]{{2}}){{4}}|{_BAR}[1-9](?:{_BAR}[0-9]){{8}})(?![0-9])(?!{_BAR}[0-9])"
)
"""In the cells of a table, or the boxes of a form."""
_CELL_BEFORE = re.compile(rf"[0-9]{_BAR}$")
_HEADS = (r"\+", "00(?<![0-9A-Za-z]..)")
"""One expression for each: where there is none of its signs, a text is passed over at once."""
_FRENCH = tuple(
    re.compile(rf"{head}{_GAP}33\)?{_GAP}(?:\(0\))?{_GAP}0?{_GAP}[1-9](?:{_GAP}[0-9]){{8}}(?![0-9])")
    for head in _HEADS
)
_OVERSEAS_CODES = "262|590|594|596|508|269|681|687|689"
_OVERSEAS = tuple(
    re.compile(rf"{head}{_GAP}(?:{_OVERSEAS_CODES})\)?{_GAP}(?:\(0\))?(?:{_GAP}[0-9]){{6,9}}(?![0-9])")
    for head in _HEADS
)
_ABROAD = re.compile(rf"\+(?<![0-9A-Za-z].)[1-9](?:{_GAP}(?:\(0\))?[0-9]){{7,13}}(?![0-9])")
_NINE = re.compile(
    r"[1-79](?<![0-9A-Za-z.+].)(?<![0-9A-Za-z][ .+].)(?:(?<=3)3[ ]?[1-79])?(?:[ .]?[0-9]{2}){4}"
    r"(?![0-9]|[ .][0-9])"
)
"""As a spreadsheet keeps « 06 12 34 56 71 » typed as a number."""
_ABROAD_SAID = re.compile(rf"00(?<![0-9A-Za-z]..)[1-9](?:{_GAP}[0-9]){{7,13}}(?![0-9])")
_GROUPS = {
    (2, 2, 2, 2, 2),
    (10,),
    (4, 3, 3),
    (4, 2, 2, 2),
    (2, 8),
    (2, 4, 4),
    (2, 2, 3, 3),
    (1, 3, 3, 3),
    (4, 6),
    (2, 3, 3, 2),
    (3, 3, 2, 2),
    (3, 3, 4),
    (3, 7),
    (1, 1, 2, 2, 2, 2),
    (2, 2, 2, 4),
    (1, 9),
    (2, 2, 6),
    (4, 4, 2),
    (1, 3, 2, 2, 2),
}
_USUAL = re.compile(r"0[1-9](?:([ .\-/]?)[0-9]{2})(?:\1[0-9]{2}){3}")
_DATED = re.compile(r"0[67]([/.\-])(?:0[1-9]|1[0-2])\1[0-9]{2}(?!\1)")
"""« 06/11/24 14-30 »: a day and an hour."""
_DIALLED = re.compile(r"[0-9+]+")
_PAIRS, _ALONE = (2,) * 5, (1,) * 10
_PHONE_SAID = Words("t[ée]l", r"t[ée]l[ée]phones?", "portables?", "mobiles?", "fax", "gsm")
_SAID = Words(
    "t[ée]l",
    r"t[ée]l[ée]phone",
    "portable",
    "mobile",
    "fax",
    r"t[ée]l[ée]copie",
    "gsm",
    "appel\\w{0,4}",
    "joindre",
    "joignable",
    "num[ée]ro",
    "standard",
    "contact",
    "fixe",
    "port",
)

_LOCAL = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._%+-'’")
_DOMAIN = re.compile(r"[^\W_][\w\-]{0,62}(?:[ ]?\.[ ]?[^\W_][\w\-]{0,62}){1,6}")
_TIGHT = re.compile(r"[^\W_][\w\-]{0,62}(?:\.[^\W_][\w\-]{0,62}){1,6}")
_SPOKEN = re.compile(r"[\[({<][\[({<]?[ ]?(?i:at|arobase|arobas|chez|a)[ ]?[\])}>]{1,2}[ ]?")
_SPELT = re.compile(rf"{_SPOKEN.pattern}|[aA](?i:robase?)[ ]")
_SPOKEN_DOMAIN = re.compile(
    r"[^\W_][\w\-]{0,62}(?:(?:\.|[ ]?[\[({<]{1,2}[ ]?(?:dot|point)[ ]?[\])}>]{1,2}[ ]?"
    r"|[ ]point[ ])[^\W_][\w\-]{0,62}){1,6}",
    re.IGNORECASE,
)
_AT, _AT_ENCODED = re.compile("@"), re.compile("@|%40")
_HELD = re.compile(r"[\[(<{]@[\])}>]")
_AT_WORDS = (" at ", " AT ", " arobase ")
_DOT_WORDS = re.compile(r"[^\W_][\w\-]{0,62}(?:[ ](?:dot|point)[ ][^\W_][\w\-]{1,62}){1,3}", re.IGNORECASE)
_ENGLISH = frozenset(
    ("am", "and", "are", "be", "been", "is", "look", "looking", "not", "or", "stay", "was", "were", "work")
)
"""« They are at home dot com »: before « at », words that are nobody's address."""
_ENDING = re.compile(r"[a-z]{2,24}", re.IGNORECASE)
_MORE = re.compile(r"[ ]?\.[ ]?(?:fr|com|org|net|eu)(?!\w)")
_LONGEST_LOCAL = 64


def detect(text: str, small: str) -> Iterator[Detection]:
    """Every telephone and e-mail address. ``small``: ``text`` in small letters."""
    yield from _phones(text)
    if _PHONE_SAID.maybe(small):
        yield from _without_zero(text)
    yield from _emails(text)


# -- telephones --------------------------------------------------------------------------------------------------


def _phones(text: str) -> Iterator[Detection]:
    for found in _NATIONAL.finditer(text):
        if _plausible(text, found):
            yield _phone(found, "phone-fr", 0.95)
    if holds(text, "|;\t"):
        yield from _in_cells(text)
    for sign, french, overseas in zip(("+", "00"), _FRENCH, _OVERSEAS, strict=True):
        if sign not in text:
            continue
        for found in french.finditer(text):
            yield _phone(found, "phone-33", 0.97)
        for found in overseas.finditer(text):
            yield _phone(found, "phone-overseas", 0.97)
        for found in _ABROAD.finditer(text) if sign == "+" else _ABROAD_SAID.finditer(text):
            if sign == "+" or _SAID.before(text, found.start(), 30):
                yield _phone(found, "phone-abroad", 0.8 if sign == "+" else 0.75)


def _in_cells(text: str) -> Iterator[Detection]:
    """A mobile, cell by cell in a row of its own; another where the text says so."""
    for found in _CELLS.finditer(text):
        second = next(filter(str.isdigit, found[0][1:]))
        own = _CELL_BEFORE.search(text, max(0, found.start() - 6), found.start()) is None
        if (own and second in "67") or _SAID.before(text, found.start(), 24):
            yield _phone(found, "phone-fr", 0.8)


_DECIMALS = re.compile(r"(?<![0-9/.\-])[0-9]{1,3},$")
_PHONE_BEFORE = re.compile(r"[0-9]{2}(?:[ .-]?[0-9]{2}){2},$")


def _decimal(text: str, start: int) -> bool:
    """« 12,06 … »: the figures go on with a decimal number. Not after a postal code, or another telephone."""
    before = text[max(0, start - 16) : start]
    return before.endswith(",") and _DECIMALS.search(before) is not None and _PHONE_BEFORE.search(before) is None


def _without_zero(text: str) -> Iterator[Detection]:
    for found in _NINE.finditer(text):
        if _PHONE_SAID.before(text, found.start(), 24):
            figures = re.sub(r"\D", "", found[0])[-9:]
            yield Detection("phone", *found.span(), f"0{figures}", "phone-fr", None, 0.75)


def _plausible(text: str, found: re.Match[str]) -> bool:
    """Ten digits as a telephone groups them; beside the word « tél. », grouped in any way."""
    if _USUAL.fullmatch(found[0]):
        return not _decimal(text, found.start())
    digits = [at for at in range(found.start(), found.end()) if text[at].isdigit()]
    if text[digits[1]] == "0" or _decimal(text, found.start()):
        return False
    return _grouped(text, found[0], digits) or _SAID.before(text, found.start(), 24)


def _grouped(text: str, said: str, digits: Sequence[int]) -> bool:
    sizes, gaps = [1], set()
    for before, here in pairwise(digits):
        if here - before > 1:
            sizes.append(0)
            gaps.add(text[before + 1 : here].strip())
        sizes[-1] += 1
    mobile = text[digits[1]] in "67"
    if mobile and tuple(sizes) in (_PAIRS, _ALONE):  # whatever stands between
        return len(gaps) <= 1 or (tuple(sizes) == _PAIRS and not _DATED.match(said))
    if sizes[0] == 1 and (text[digits[1]] != "8" or gaps != {""}):
        return False
    return len(gaps) <= 1 and tuple(sizes) in _GROUPS


_BROKEN = re.compile(r"0[67](?:[ .][0-9]{2})*[.;]?\n[^\n]*")


def whole_on_two(text: str, start: int, end: int) -> bool:
    """Is a number that is broken over two lines of a list one? When a telephone is announced, or by its pairs."""
    return _SAID.before(text, start, 30) or _BROKEN.fullmatch(text, start, end) is not None


def _phone(found: re.Match[str], rule: str, confidence: float) -> Detection:
    start, end = found.span()
    figures = "".join(_DIALLED.findall(found[0].replace("(0)", "")))
    if figures.startswith("00"):
        figures = "+" + figures[2:]
    if figures.startswith("+33"):
        figures = "0" + figures[3:].lstrip("0")
    return Detection("phone", start, end, figures, rule, None, confidence)


# -- e-mail ------------------------------------------------------------------------------------------------------


def _emails(text: str) -> Iterator[Detection]:
    for sign in (_AT_ENCODED if "%40" in text else _AT).finditer(text):
        held = _HELD.match(text, max(0, sign.start() - 1))
        if (found := _around(text, *(held or sign).span())) is not None:
            yield found
    for word in _AT_WORDS:
        at = text.find(word)
        while at >= 0:
            start, domain = _local(text, at), _DOT_WORDS.match(text, at + len(word))
            if start is not None and domain is not None and text[start:at].lower() not in _ENGLISH:
                host = re.sub(r"[ ](?:dot|point)[ ]", ".", domain[0], flags=re.IGNORECASE)
                value = f"{text[start:at]}@{host}".lower()
                yield Detection("email", start, domain.end(), value, "email-spoken", None, 0.85)
            at = text.find(word, at + 1)
    spelt = "robas" in text or "ROBAS" in text
    for spoken in (_SPELT if spelt else _SPOKEN).finditer(text) if spelt or holds(text, "([{<") else ():
        before = spoken.start() - (text[spoken.start() - 1 : spoken.start()] == " ")
        start = _local(text, before)
        domain = _SPOKEN_DOMAIN.match(text, spoken.end())
        if start is not None and domain is not None:
            host = re.sub(
                r"[ ]?[\[({<]{0,2}[ ]?(?:dot|point)[ ]?[\])}>]{0,2}[ ]?", ".", domain[0], flags=re.IGNORECASE
            )
            if _ENDING.fullmatch(host.rpartition(".")[2]):
                value = f"{text[start:before]}@{host}".lower()
                yield Detection("email", start, domain.end(), value, "email-spoken", None, 0.85)


def _around(text: str, at: int, end: int) -> Detection | None:
    """The address about the « @ » from ``at`` to ``end``; blanks that a recognition put around signs are forgiven,
    and so is a line that ends there."""
    loose = at > 0 and (text[at - 1] == " " or text[end : end + 1] == " ")
    before = at - 1 if text[at - 1 : at] == " " else at
    after = end + 1 if text[end : end + 1] in (" ", "\n") else end
    start = _local(text, before)
    domain = (_DOMAIN if loose else _TIGHT).match(text, after)
    if start is None or domain is None:
        return None
    host = domain[0].replace(" ", "")
    end = domain.end()
    if not _ENDING.fullmatch(host.rpartition(".")[2]):
        return None
    if not loose and (more := _MORE.match(text, end)):
        host, end = host + more[0].replace(" ", ""), more.end()
    value = f"{text[start:before]}@{host}".lower()
    return Detection("email", start, end, value, "email", None, 0.98 if not loose else 0.85)


def _local(text: str, end: int) -> int | None:
    """Where what stands before the « @ » begins; None when nothing does."""
    start = end
    while start > 0 and end - start < _LONGEST_LOCAL and (text[start - 1] in _LOCAL or text[start - 1].isalnum()):
        start -= 1
    while start < end and text[start] in ".'’-%+":
        start += 1
    return start if start < end else None
