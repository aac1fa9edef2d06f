"""Numbers with what they count, in digits or in words; times of day and hours are one unit, « h ». Pure."""

import re
from collections.abc import Iterator

from demeure.assistant.grounding.claims import Claim, Quantity, Sheet
from demeure.assistant.grounding.spelled import Spelled, spelled
from demeure.assistant.grounding.units import KIND, Counted, counted, money_before

_DIGITS = re.compile(
    r"(?<![\w,.])(?P<grouped>\d{1,3}(?:[ '.]\d{3})+(?!\d)(?:,\d+)?|\d{1,3}(?:,\d{3})+(?!\d)(?:\.\d+)?)"
    r"|(?<![\w])(?<!\d[,.])(?P<simple>\d+(?:[.,]\d+)?)(?!\d)"
)
_HOUR = re.compile(
    r"(?<![\w,.:])(?P<hour>\d{1,2})(?:\s?(?:h|heures?)\s?(?P<minute>[0-5]\d)(?!\d)|\s?[:](?P<colon>[0-5]\d)(?![\d:]))"
    r"(?:\s?(?:min|mn|minutes?)\b)?(?:\s?(?P<half>[ap])\.?m\b\.?)?"
    r"|(?<![\w,.:])(?P<sharp>\d{1,2})\s?(?P<mer>[ap])\.?m\b\.?",
    re.IGNORECASE,
)
_NOON = re.compile(r"(?:midi|noon)\b(?! et)|(?:minuit|midnight)\b", re.IGNORECASE)
_MINUTES = {
    "et demie": 30, "et quart": 15, "cinq": 5, "dix": 10, "quinze": 15, "vingt": 20, "trente": 30, "quarante": 40,
    "quarante-cinq": 45, "cinquante": 50,
}  # fmt: skip
_HOURS = re.compile(
    rf"[ \n]?(?:h|heures?|hours?|hrs?)(?![\w'])(?:\s+(?P<more>{'|'.join(sorted(_MINUTES, key=len, reverse=True))})"
    r"(?![\w-])(?! (?:minutes?|euros?|jours?|€)))?",
    re.IGNORECASE,
)
_HALF = re.compile(r"\s+et\s+demie?\b", re.IGNORECASE)
_AROUND = re.compile(r"(?P<n>24|7) ?(?:h|heures?|j|jours?)? ?(?:/|sur) ?(?P=n)\b", re.IGNORECASE)
_ORDINAL = re.compile(r"(?:ème|eme|ère|ere|re|er|e|de|nde?|st|rd|th)(?!\w)", re.IGNORECASE)
_RATIO = re.compile(r"(?<![\d/,.])([1-9])/([2-9]|10)(?![\d/]|[.,]\d)")
_ROMAN = re.compile(r"(?P<roman>[IVX]{1,5})(?:e|ème)\b")
_JOINED = re.compile(r"\s*(?:,|[-–—/])?\s*(?:(?:et|ou|à|et à|a|au|and|or|to)\s+)?(?:de\s+|d')?", re.IGNORECASE)
_NEAR = re.compile(
    r"(?:environ|près d(?:e |')|autour d(?:e |')|quelque|presque|about|around|nearly|approximately|almost|some"
    r"|plus d(?:e |')|moins d(?:e |')|more than|less than|over|dépasse|~|≈)\s*$",
    re.IGNORECASE,
)
_LABEL = re.compile(r"(?P<label>[^\W\d_]{3,})s?\s+(?:n°\s*)?$|(?P<sign>[§p])\.?\s?$")
_FRACTION = re.compile(
    r"(?P<top>un|deux|trois|quatre|two|three)[ -]"
    r"(?P<bottom>tiers|quarts?|cinquièmes?|dixièmes?|thirds?|quarters)\b",
    re.IGNORECASE,
)
_TOPS = frozenset({"un", "deux", "trois", "quatre", "two", "three"})
_NOONS = frozenset({"midi", "noon", "minuit", "midnight"})
_ROMAN_WORDS = frozenset(
    f"{tens}{unit}{end}"
    for tens in ("", "x", "xx")
    for unit in ("", "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix")
    for end in ("e", "ème")
    if tens or unit
)
_ROMANS = {"I": 1, "V": 5, "X": 10}


def quantities(sheet: Sheet) -> Iterator[Claim]:
    """Every number of the sheet that nothing else holds."""
    found = sorted(_all(sheet), key=lambda claim: claim.start)
    yield from _inherited(sheet.text, found)


def _all(sheet: Sheet) -> Iterator[Claim]:
    for found in sheet.each(_AROUND, sheet.digits):
        yield sheet.take("number", found.start(), found.end(), Quantity((float(found["n"]),), noun="sur"))
    for found in sheet.each(_HOUR, sheet.digits):
        yield sheet.take("time", found.start(), found.end(), Quantity((_hour(found),), "h"))
    for found in sheet.each(_NOON, sheet.at(_NOONS)):
        noon = found[0].lower() in ("midi", "noon")
        yield sheet.take("time", found.start(), found.end(), Quantity((12.0,) if noon else (0.0, 24.0), "h"))
    for found in sheet.each(_FRACTION, sheet.at(_TOPS)):
        yield sheet.take("number", found.start(), found.end(), Quantity((_share(found),), "fraction"))
    for found in sheet.each(_RATIO, sheet.digits):
        share = round(int(found[1]) / int(found[2]), 6)
        yield sheet.take("number", found.start(), found.end(), Quantity((share,), "fraction"))
    for found in sheet.each(_DIGITS, sheet.digits):
        yield _number(sheet, found.start(), found.end(), readings(found[0]))
    for found in sheet.each(_ROMAN, sheet.at(_ROMAN_WORDS)):
        value = float(_roman(found["roman"]))
        yield sheet.take("number", found.start(), found.end(), Quantity((value,), ordinal=True))
    for word in spelled(sheet):
        if sheet.free(word.start, word.end):
            yield _spelled(sheet, word)


def readings(digits: str) -> tuple[float, ...]:
    """« 12 480,50 » → 12480.5; « 12.480 » and “1,250” may be thousands or decimals."""
    bare = re.sub(r"[ ']", "", digits)
    french = (
        bare.replace(".", "").replace(",", ".") if re.search(r"\.\d{3}(?:\D|$)", bare) else bare.replace(",", ".")
    )
    plain = {french}
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", bare):
        plain.add(bare.replace(",", ""))
    if re.fullmatch(r"\d+\.\d{3}", bare):
        plain.add(bare)
    return tuple(sorted({round(float(p), 6) for p in plain if p.count(".") < 2}))


def _hour(found: re.Match[str]) -> float:
    hour = int(found["hour"] or found["sharp"])
    minute = int(found["minute"] or found["colon"] or 0)
    half = (found["half"] or found["mer"] or "").lower()
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    return round(hour + minute / 60, 6)


def _share(found: re.Match[str]) -> float:
    top = {"un": 1, "deux": 2, "two": 2, "trois": 3, "three": 3, "quatre": 4}[found["top"].lower()]
    start = found["bottom"].lower()[:2]
    return round(top / {"ti": 3, "th": 3, "qu": 4, "ci": 5, "di": 10}[start], 6)


def _roman(text: str) -> int:
    values = [_ROMANS[c] for c in text]
    return sum(-v if v < w else v for v, w in zip(values, [*values[1:], 0], strict=True))


def _number(sheet: Sheet, start: int, end: int, values: tuple[float, ...]) -> Claim:
    text = sheet.text
    if ordinal := _ORDINAL.match(text, end):
        return sheet.take("number", start, ordinal.end(), Quantity(values, ordinal=True))
    return _with_unit(sheet, start, end, values, about=False)


def _spelled(sheet: Sheet, word: Spelled) -> Claim:
    if word.rank:
        return sheet.take("number", word.start, word.end, Quantity((word.value,), ordinal=True))
    return _with_unit(sheet, word.start, word.end, (float(word.value),), about=word.about)


def _with_unit(sheet: Sheet, start: int, end: int, values: tuple[float, ...], *, about: bool) -> Claim:
    text = sheet.text
    near = bool(_NEAR.search(text, max(0, start - 18), start))
    at = end
    if about and (particle := re.compile(r"\s+d(?:e\s|')").match(text, end)):
        at = particle.end() - 1 if text[particle.end() - 1] == " " else particle.end()
    if hours := _HOURS.match(text, at):
        more = _MINUTES.get((hours["more"] or "").lower(), 0) / 60
        plain = Quantity(tuple(round(v + more, 6) for v in values), "h", about=about, near=near)
        return sheet.take("time", start, hours.end(), plain)
    what = counted(text, at)
    if not what.unit and (sign := money_before(text, start)):
        start, what = start - 1, Counted(sign, what.factor, "", "", what.end)
    if what.unit and (half := _HALF.match(text, what.end)):
        values, what = tuple(v + 0.5 for v in values), Counted(what.unit, what.factor, what.working, "", half.end())
    scaled = tuple(round(v * what.factor, 6) for v in values)
    label = "" if what.unit or what.noun else _label(text, start)
    made = Quantity(scaled, what.unit, what.working, what.noun, label, about, near)
    return sheet.take(
        KIND.get(what.unit, "number"), start, max(end, what.end if what.unit or what.factor != 1 else end), made
    )


def _label(text: str, start: int) -> str:
    found = _LABEL.search(text, max(0, start - 24), start)
    return (found["label"] or found["sign"] or "").lower() if found else ""


def _inherited(text: str, found: list[Claim]) -> Iterator[Claim]:
    """« de 3 à 5 jours », « 3, 5 ou 10 € »: a number without unit takes that of the number it is joined to."""
    after: Claim | None = None
    made: list[Claim] = []
    for claim in reversed(found):
        made.append(_like(text, claim, after))
        after = made[-1]
    yield from reversed(made)


def _like(text: str, claim: Claim, after: Claim | None) -> Claim:
    """``claim``, with what ``after`` counts when it counts nothing itself and is joined to it."""
    value = claim.value
    if after is None or not isinstance(value, Quantity) or not isinstance(after.value, Quantity):
        return claim
    that = after.value
    if value.unit or value.noun or value.ordinal or not (that.unit or that.noun):
        return claim
    if not _JOINED.fullmatch(text, claim.end, after.start) or not text[claim.end : after.start].strip():
        return claim
    value = Quantity(value.values, that.unit, that.working, that.noun, "", value.about, value.near)
    return Claim(KIND.get(that.unit, "number"), claim.start, claim.end, value, claim.said)
