"""Articles, acts, cases, telephone and registration numbers: one form for each, however it was spaced (pure).

« L. 2121-29 », « L2121-29 » and « l 2121 - 29 » are all ``l2121-29``; « art. 12 » is ``art12``; « n° 2026 – 045 »
is ``2026-45``; « 06.12.34.56.78 » is ``0612345678``; a SIRET is its fourteen digits.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_DASHES = dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212\u00ad", "-")
_SPACES = dict.fromkeys("\u00a0\u202f\u2009\u2007\t\n\r", " ")
_PLAIN = tuple((_DASHES | _SPACES | {"º": "°"}).items())

_ARTICLES = re.compile(
    r"(?<!\w)art(?:icles?|s?\.?) ?(?:n°s? ?)?"
    r"((?:1er|\d{1,4})(?!\d)(?: ?-? ?(?:bis|ter|quater)\b)?(?:-\d{1,3})*"
    r"(?:(?:,| et| à| ou) (?:1er|\d{1,4})(?! ?[\d€%])(?:-\d{1,3})*)*)"
)
_ONE_ARTICLE = re.compile(r"(1er|\d{1,4})( ?-? ?(?:bis|ter|quater)\b)?((?:-\d{1,3})*)")
_ANY_DIGIT = re.compile(r"\d")
_CODE = re.compile(r"(?<![\w'’.])([lrd])(?:(?:\.\*?|\*) ?| (?=\d+ ?-))?(\d{1,4}(?: ?- ?\d{1,4})*)(?![\d€%])")
_CODE_LIKELY = re.compile(r"[lrd](?:\.\*?|\*)? ?\d")
_ACT = re.compile(
    r"(?<![\d./-])(?:((?:19|20)\d\d) ?[-/._] ?(\d{1,6})|(\d{1,6}) ?[-/_] ?((?:19|20)\d\d))(?![\d€%]|[-/.]\d|\w)"
)
_NUMBERED = re.compile(
    r"\bn(?:°s?|os?\b\.?|uméro|umero) ?([a-z]{0,4}[ -]?\d{1,6}(?: ?[-/._] ?[a-z]{0,4}\d{1,6}){0,4})"
)
_NUMBERED_LIKELY = re.compile(r"n(?:°s?|os?\.?|uméro|umero) ?[a-z]{0,4}[ -]?\d")
_PHONE = re.compile(r"(?<![\d])(?:\+33 ?(?:\(0\) ?)?|0033 ?|0)([1-9](?:[ .-]?\d\d){4})(?![ .-]?\d)")
_REGISTERED = re.compile(r"(?<![\d,.-])\d(?:[ .-]?\d){8,14}(?!\d|,\d)")
_YEAR = re.compile(r"(?:19|20)\d\d")
_REGISTRATION_DIGITS = (9, 13, 14, 15)  # SIREN, social security without and with its key, SIRET


@dataclass(frozen=True)
class Reference:
    """``form``: lower-case letters, digits and ``-``. ``start``, ``end``: where it stands in the text."""

    form: str
    start: int
    end: int


def references(text: str) -> list[Reference]:
    """In the order of the text; one place may give several (« articles 12 et 13 »)."""
    plain = _lower(text)
    for sign, same in _PLAIN:  # quicker than a table, which is asked of each character
        plain = plain.replace(sign, same)
    found = list(_found(plain))
    return sorted(set(found), key=lambda r: (r.start, r.end, r.form))


def forms(text: str) -> list[str]:
    """The distinct forms in ``text``, in order."""
    if not _ANY_DIGIT.search(text):
        return []
    return list(dict.fromkeys(reference.form for reference in references(text)))


def _found(plain: str) -> Iterator[Reference]:
    """What nearly no passage holds is ruled out at little cost before it is looked for."""
    if "art" in plain:
        yield from _articles(plain)
    if _CODE_LIKELY.search(plain):
        yield from _codes(plain)
    if "19" in plain or "20" in plain:
        yield from _acts(plain)
    if _NUMBERED_LIKELY.search(plain):
        yield from _numbered(plain)
    if sum(map(plain.count, "0123456789")) >= _REGISTRATION_DIGITS[0]:
        yield from _digits(plain)


def _lower(text: str) -> str:
    """Lower case, every character in its place."""
    lowered = text.lower()
    return lowered if len(lowered) == len(text) else "".join(c if len(c.lower()) > 1 else c.lower() for c in text)


def _articles(plain: str) -> Iterator[Reference]:
    for match in _ARTICLES.finditer(plain):
        for one in _ONE_ARTICLE.finditer(match[1]):
            number = one[1].removesuffix("er").lstrip("0") or "0"
            suffix = (one[2] or "").strip(" -")
            yield Reference(f"art{number}{suffix}{one[3]}", match.start(), match.start(1) + one.end())


def _codes(plain: str) -> Iterator[Reference]:
    for match in _CODE.finditer(plain):
        yield Reference(f"{match[1]}{_joined(match[2])}", match.start(), match.end())


def _acts(plain: str) -> Iterator[Reference]:
    """A year and a number, in either order."""
    for match in _ACT.finditer(plain):
        pair = (match[1], match[2]) if match[1] else (match[4], match[3])
        yield Reference("-".join(_short(part) for part in pair), match.start(), match.end())


def _numbered(plain: str) -> Iterator[Reference]:
    """What follows « n° ». Alone, a number says little: it keeps its « n »."""
    for match in _NUMBERED.finditer(plain):
        form = _joined(match[1])
        yield Reference(f"n{form}" if form.isdigit() else form, match.start(1), match.end())


def _digits(plain: str) -> Iterator[Reference]:
    for match in _PHONE.finditer(plain):
        yield Reference("0" + re.sub(r"\D", "", match[1]), match.start(), match.end())
    for match in _REGISTERED.finditer(plain):
        digits = re.sub(r"\D", "", match[0])
        if len(digits) in _REGISTRATION_DIGITS:
            yield Reference(digits, match.start(), match.end())


def _joined(written: str) -> str:
    """« 2121 - 29 » → ``2121-29``, « 2026/045 » and « 045/2026 » → ``2026-45``."""
    parts = [_short(part) for part in re.split(r"[ ./_-]+", written) if part]
    if len(parts) == 2 and _YEAR.fullmatch(parts[1]) and not _YEAR.fullmatch(parts[0]):
        parts.reverse()
    return "-".join(parts)


def _short(part: str) -> str:
    """Without the zeros before a number."""
    return part.lstrip("0") or "0" if part.isdigit() else part
