"""Postal addresses: a number, a kind of street and its name, a postcode and its town; or what is said to be one."""

import re
from collections.abc import Iterator

from demeure.personal.context import Words, holds
from demeure.personal.detection import Detection
from demeure.personal.words import fold

_SP = r"[ \u00a0\u202f\t]"
_WAYS = (
    r"rue|avenue|av\.?|ave\.?|boulevard|boul\.?|bld\.?|bd\.?|place|pl\.?|chemin|ch\.?|che\.?|route|rte\.?|all[ée]es?|all\.?|impasse|imp\.?"
    r"|quai|square|sq\.?|cours|passage|ruelle|venelle|sentier|sente|voie|villa|cit[ée]|r[ée]sidence|r[ée]s\.?|lotissement|lot\.?|hameau|faubourg|fbg\.?"
    r"|esplanade|promenade|mail|mont[ée]e|c[ôo]te|traverse|rond-point|parvis|cour|domaine|clos|galerie|pont|porte|chauss[ée]e|lieu-dit|lieudit"
    r"|grande?[ -]rue|levée|placette|draille|cami|carrer|stra[dt]a|rampe|descente|ancienne route"
    r"|vieux chemin|zone artisanale|z\.?a\.?|z\.?i\.?"
)
_NUMBER = (
    rf"[0-9](?<![0-9A-Za-z/].)[0-9]{{0,3}}+(?!{_SP}?[0-9.:;)])(?:{_SP}?(?:bis|ter|quater|quinquies"
    rf"|[A-Da-d])(?![\w]))?(?:{_SP}?[-/]{_SP}?[0-9]{{1,4}}(?![0-9]))?"
)


def _by_head(words: str) -> str:
    """The same words (each begins with one letter, whatever its case), one branch for each first letter: where a
    text goes on otherwise, they are passed over at once."""
    rests: dict[str, list[str]] = {}
    for word in words.split("|"):
        rests.setdefault(word[0], []).append(word[1:])
    heads = {head: f"{head}{head.upper()}{_SAME.get(head, '')}" for head in rests}
    return "|".join(rf"(?-i:[{heads[head]}])(?:{'|'.join(tails)})" for head, tails in rests.items())


_SAME = {"i": "İı", "s": "ſ", "k": "\u212a"}
"""What else is that letter, whatever its case."""
_STREET = re.compile(
    rf"{_NUMBER}(?:{_SP}?\|{_SP}?|(?:{_SP}{{1,2}},?|,)(?:{_SP}{{0,2}}|\n)|\n|(?=rue|avenue|chemin))(?:{_by_head(_WAYS)})(?!\w)(?:{_SP}{{1,2}}|\n)",
    re.IGNORECASE,
)
_PLACE = re.compile(
    rf"(?:lieu[- ]dit|lieudit|hameau|r[ée]sidence|B\.?P\.?{_SP}?[0-9]|C\.?S\.?{_SP}?[0-9]|TSA{_SP}?[0-9])",
    re.IGNORECASE,
)
_PLACES_MAY_BE = ("lieu", "hameau", "sidence", "bp", "b.", "cs", "c.", "tsa")
"""One of them in small letters, or there is no such place."""
_TOWN = (
    r"[A-ZÀ-ÖØ-ÞŒ][\wÀ-ÿ’'œ]{0,24}(?:[ \u00a0\-](?:(?:sur|sous|en|de|du|des|la|le|les|lès|lez|l’|l'|d’|d'"
    r"|aux|et|à|au|saint|sainte)[ \-]?){0,3}[A-ZÀ-ÖØ-ÞŒ0-9][\wÀ-ÿ’'œ]{0,24}){0,5}"
)
_CODE = rf"[0-9](?<![0-9A-Za-z].)[0-9]{_SP}?[0-9]{{3}}"
_POSTCODE = re.compile(rf"{_CODE}(?:{_SP}{{1,3}}|{_SP}?\|{_SP}?|\n)(?P<town>{_TOWN})")
_POSTCODE_ALONE = re.compile(rf"{_CODE}{_SP}{{1,3}}(?P<town>{_TOWN})")
_TOWN_NUMBERED = re.compile(rf"[ ]?,?[ ]?(?:à|a)?[ ](?P<town>{_TOWN})[ ]?\([0-9AB]{{2,5}}(?:[ ][^)\n]{{1,20}})?\)")
_TOWN_SAID = re.compile(rf"[ ]?,?[ ](?:à|a)[ ](?P<town>{_TOWN})")
_NAMED = re.compile(
    r"(?:(?:[Dd]es?|[Dd]u|[Dd]['’]|à|[Aa]ux?|[Ll][ae]s?|[Ll]['’]|en|sous|sur)[ ]?){0,3}(?!(?:La|Le"
    r"|Les|Un|Une|Il|Elle|Vous|Nous|Cette|Ce)[ ][a-zà-ÿ])[A-ZÀ-ÖØ-ÞŒ0-9]"
)
_BETWEEN = 110
"""Characters between a street and its postcode: a floor, a building, a box."""

_LIVES = Words(
    r"demeurant",
    r"domicili[ée]e?s?",
    r"r[ée]sidant",
    "habitant",
    "adresse",
    "habite",
    r"r[ée]side",
    "domicile",
    "logement",
    r"situ[ée]e?s?",
    r"si[èe]ge",
)
_END = re.compile(
    r"[ \n,;:()<>|•.!?](?:(?<! )|(?:et|est|a|pour|dans|qui|où|le|depuis|afin|sera|avec|par|à|au|ou|dont|face"
    r"|près|t[ée]l)(?!\w)|[-–—][ ])"
)
_LONGEST = 70


def detect(text: str) -> Iterator[Detection]:
    """Every address, as one span from its number to its town where both are said."""
    done = 0
    for street in _STREET.finditer(text):
        if street.start() < done:
            continue
        end = _name_end(text, street.end())
        if end is None:
            continue
        end, whole = _through(text, street.start(), end)
        if not whole and ("\n" in street[0] or not _NAMED.match(text, street.end())):
            continue
        done = end
        yield _made(text, street.start(), end, "address" if whole else "address-street", 0.95 if whole else 0.75)
    for town in _POSTCODE_ALONE.finditer(text):
        yield from _town(text, town)


def _name_end(text: str, start: int) -> int | None:
    """Where the name of a street ends; None when it begins with no name."""
    stop = min(len(text), start + _LONGEST)
    at = start
    while found := _END.search(text, at, stop):
        if found[0] == "." and found.start() - start <= 3:
            at = found.end()
            continue
        first = found[0].strip()
        if first in ("à", "au", "et", "a", "le", "par", "dans") and found.start() == start:
            return None
        stop = found.start()
        break
    name = text[start:stop].rstrip()
    if len(name) < 2:
        return None
    return start + len(name)


def _through(text: str, start: int, end: int) -> tuple[int, bool]:
    """The end of the address that begins with this street: its town, when a postcode follows near."""
    inside = _POSTCODE.search(text, start + 3, min(len(text), end + 60))
    if inside is not None and inside.start() < end:
        return _postcode_end(text, inside), True
    found = _POSTCODE.search(text, end, min(len(text), end + _BETWEEN + 60))
    if found is not None and found.start() - end <= _BETWEEN and _joined(text[end : found.start()]):
        return _postcode_end(text, found), True
    town = _TOWN_NUMBERED.match(text, end) or _TOWN_SAID.match(text, end)
    return (end, False) if town is None else (town.end(), True)


_STOPPERS = re.compile(
    r"\n[ \t]*\n|[.!?][ \n]+[A-ZÀ-Þ][a-zà-ÿ]+[ ][a-zà-ÿ]|@|\b(?:t[ée]l|mail|siret|siren|iban|n[ée]e? le)\b",
    re.IGNORECASE,
)


def _joined(between: str) -> bool:
    """Nothing between a street and a postcode says that another subject has begun."""
    return _STOPPERS.search(between) is None and between.count("\n") <= 3


_CEDEX = re.compile(r"[ ]?(?:cedex|cédex)(?:[ ][0-9]{1,2})?(?!\w)", re.IGNORECASE)


def _postcode_end(text: str, found: re.Match[str]) -> int:
    more = _CEDEX.match(text, found.end())
    return more.end() if more else found.end()


def _town(text: str, found: re.Match[str]) -> Iterator[Detection]:
    """A postcode and its town without a street: with a place or a box before them, or said to be an address."""
    code = int("".join(filter(str.isdigit, text[found.start() : found.start("town")])))
    if not 1000 <= code <= 98900:
        return
    end = _postcode_end(text, found)
    line = max(0, found.start() - 80)
    placed = holds(text[line : found.start()].lower(), _PLACES_MAY_BE)
    place = _PLACE.search(text, line, found.start()) if placed else None
    if place is not None and _joined(text[place.end() : found.start()]):
        yield _made(text, place.start(), end, "address", 0.85)
    elif _LIVES.before(text, found.start(), 80) or _alone(text, found.start(), end):
        yield _made(text, found.start(), end, "address-town", 0.6)


def _alone(text: str, start: int, end: int) -> bool:
    """The only thing on its line: the foot of an address."""
    before = text.rfind("\n", max(0, start - 12), start)
    begins = start == 0 or (before >= 0 and not text[before + 1 : start].strip(" ,-|"))
    return begins and (end >= len(text) or text[end] in "\n\r")


def _made(text: str, start: int, end: int, rule: str, confidence: float) -> Detection:
    value = " ".join(fold(text[start:end]).replace(",", " ").split())
    return Detection("address", start, end, value, rule, None, confidence)
