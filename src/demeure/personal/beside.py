"""Surnames told by what stands just beside them: « Moreau, né le… », « Moreau 06 12 34 56 78 », « les Moreau »,
« Moreau/Petit 8h-12h », « ## MOREAU Olive », « Moreau Olive (03/05/1962) »."""

import re
from collections.abc import Callable, Iterator

from demeure.personal.bearing import LED, NAME, SP, WORD, called, first, last, nobody, unknown, whole
from demeure.personal.births import date
from demeure.personal.capitals import PARTICLES, TITLES, UP, WORDS
from demeure.personal.detection import Detection
from demeure.personal.forms import made
from demeure.personal.words import fold, is_place

_TWO = rf"{NAME}(?:{SP}{NAME})?"
_FIRST = WORD.replace(f"[{UP}]", rf"[{UP}](?<!\w.)", 1)
"""A word that nothing touches; the particle that may lead it is looked for once there is one."""
_FIRST_TWO = rf"{_FIRST}(?:{SP}{NAME})?"
_LEADS = re.compile(rf"(?<!\w){LED}{SP}$")
_BEGIN = r"(?:^|(?<=\n))[ \t\u00a0>*•\-–|0-9.)]{0,8}"
_HEAD = r"(?:^|(?<=[\n›]))[ \t\u00a0>#*•\-]{0,10}(?:\[[0-9]{1,3}\] )?"
_MOBILE = r"(?:\+33[ .]?|0)[67](?:[ .\-]?[0-9]{2}){4}(?![0-9])"
_PHONE = r"(?:\+33[ .]?|0)[1-9](?:[ .\-]?[0-9]{2}){4}(?![0-9])"
_ACCENTED = {one: one.replace("e", "[eé]") for one in WORDS["charges"]}
_CHARGES = "|".join(_ACCENTED.values())
_WAYS = (
    r"rue|avenue|av\.|boulevard|bd|place|chemin|route|all[ée]es?|impasse|quai|square|cours|passage|venelle"
    r"|lotissement|r[ée]sidence|hameau"
)
_DAY = (
    r"(?:19|20)[0-9]{2}-[0-9]{2}-[0-9]{2}"
    r"|[0-3]?[0-9](?:er)?[./\- ](?:[01]?[0-9]|[A-Za-zéû]{3,9}\.?)[./\- ](?:1[89]|20)?[0-9]{2}"
)
_REACHED = rf"{SP}?(?:[,:(–—\-/]|\([^()\n]{{2,24}}\)[,:]?|,{SP}[a-zà-ÿ]{{3,14}},)?[ \u00a0\n]{{1,2}}\(?"
"""Between a name and its telephone: « Chevalier (voisin) 06… », « Petit, tante, 06… »."""
_NO_OFFICE = frozenset(("ou", "et", "monsieur", "monsieurs", "madame", "mademoiselle", "general", "generale"))
_OFFICES = "|".join(
    (
        *(said for one, said in _ACCENTED.items() if one not in _NO_OFFICE),
        *("dgs", "dga", "drh", "dst", "dgst", "policier", "voisine?", "agente?"),
    )
)
_SPEAKS = "vote|votent|s['’]abstient|demande|rappelle|précise|signale|répond"
_DIALLED = (*(f"0{first}" for first in range(1, 10)), "+33")
Test = Callable[[str], bool]


def _either(said: str) -> bool:
    return last(said) or unknown(said)


_SHAPES: tuple[tuple[str, Test, tuple[str, ...]], ...] = (
    (
        rf"(?P<name>{_FIRST_TWO}),?{SP}\(?,?n[ée]e?(?:\(e\))?{SP}(?:le|en|à|[0-3]?[0-9])(?!\w)",
        called,
        ("né", "nee", " ne "),
    ),
    (rf"(?P<name>{_FIRST}){_REACHED}{_PHONE}", last, _DIALLED),
    (rf"(?P<name>{_FIRST}){_REACHED}{_MOBILE}", _either, ("06", "07", "+33")),
    (rf"(?P<name>{_FIRST}){SP}?(?:,{SP}|\((?:l['’])?)(?i:{_OFFICES})(?!\w)", last, (",", "(")),
    (
        rf"{_BEGIN}(?P<name>{_TWO}){SP}{{0,2}},?\n{SP}{{0,8}}(?i:{_OFFICES}|mairie|commune de|ville de)(?!\w)",
        called,
        ("\n",),
    ),
    (
        rf"{_BEGIN}(?P<name>{_FIRST}){SP}(?:{_SPEAKS})(?!\w)",
        last,
        (" vote", "abst", " dem", " rap", " pré", " sig", " rép"),
    ),
    (
        rf"(?<!\w)(?i:chez|c/o|par|sieur|feu|poste{SP}[0-9]{{2,5}}){SP}(?P<name>{NAME})(?=[ ]?(?:[\n,;:.)]|$))",
        last,
        ("hez ", "/o ", "ar ", "ieur ", "eu ", "oste "),
    ),
    (
        rf"{_BEGIN}(?P<name>{_TWO}){SP}{{0,2}},?\n{SP}{{0,8}}[0-9]{{1,4}}{SP}?(?:bis|ter)?,?{SP}(?i:{_WAYS}){SP}",
        called,
        ("\n",),
    ),
    (rf"(?P<name>{_FIRST_TWO}){SP}?[<(\[][\w.+\-]{{1,60}}@", called, ("@",)),
    (rf"{_BEGIN}(?P<name>{NAME}){SP}:{SP}?«", _either, ("«",)),
    (rf"{_BEGIN}(?P<name>{NAME}){SP}\([A-Z]{{2,6}}\){SP}?:", _either, (") :", ")\u00a0:", "):")),
    (
        (
            rf"(?<!\w)(?i:t[ée]l(?:[ée]phone)?\.?|portable|mobile|mail|courriel|iban|rib|adresse|n°){SP}"
            rf"(?:d[eu]{SP}|d['’])?(?P<name>{NAME})(?={SP}?[:\n.,;)]|{SP}[A-Z]{{2}}[0-9]|{SP}[0-9]|$)"
        ),
        last,
        (" ",),
    ),
    (
        (
            rf"(?<!\w)(?:M\.|Mme|Mr|[Mm]onsieur|[Mm]adame){SP}(?:l[ea]{SP}|l['’])(?i:{_CHARGES})"
            rf"(?:{SP}(?:g[ée]n[ée]rale?|adjointe?)|[ ]de[ ]\w{{3,20}})?,?{SP}(?P<name>{_TWO})(?!\w)"
        ),
        called,
        ("M. l", "Mme l", "Mr l", "onsieur l", "adame l"),
    ),
    (
        rf"(?<!\w)[Ll]es{SP}(?P<name>{NAME})(?!\w)(?!{SP}(?:[{UP}]|d[eu]s?{SP}|d['’]))",
        lambda said: last(said) and not said.isupper(),
        ("es ", "es\u00a0"),
    ),
    (rf"(?P<name>{_FIRST}){SP}[{UP}]\.(?=[ ]?(?:$|[\n,;:/)|\t]))", last, (".",)),
)
"""A shape, what its name must be, and what a text that has none of lacks the shape."""
_COMPILED = tuple((re.compile(shape), bears, needles) for shape, bears, needles in _SHAPES)
_DAYS = r"lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche"
_PAIR = re.compile(
    rf"(?:{_BEGIN}|(?<=[ \t|(,][ \t|]))(?:(?i:{_DAYS}){SP}{{1,8}})?(?P<one>{NAME}){SP}?/{SP}?(?P<two>{NAME})"
    rf"(?:{SP}?/{SP}?(?P<three>{NAME}))?(?={SP}?[:\n|\t]|{SP}{{1,8}}[0-9]|[ ]{{2}}|$)"
)
_DATED = re.compile(
    rf"{_HEAD}(?P<name>{NAME}(?:{SP}{NAME}){{1,3}}){SP}{{0,2}}(?:\((?P<in>[^()\n]{{6,24}})\)"
    rf"|(?:[ ][–—\-,][ ]|\t|{SP}{{2,8}})(?P<after>[0-9]{{1,2}}[^\n]{{4,18}}?)){SP}{{0,3}}(?=\n|$|›)"
)
"""« Moreau Olive (03/05/1962) », alone on its line."""
_CAPS = rf"(?:[{UP}]{{2}}{SP})?[{UP}]{{3,}}(?:[-’' ][{UP}]{{2,}}){{0,2}}"
_TITLE = re.compile(
    rf"{_HEAD}(?P<name>(?P<caps>{_CAPS}){SP}(?P<first>[{UP}][^\W\d_]{{0,30}}[^\W\d_{UP}](?:-[^\W\d_]{{1,30}})?))"
    rf"{SP}{{0,3}}(?=\n|$|›|\()"
)
_SOURCE = re.compile(rf"(?:^|(?<=\n))\[[0-9]{{1,3}}\] (?P<name>{_CAPS}){SP}{{0,3}}(?=\n|$)")
_HEADING = re.compile(r"(?:^|(?<=\n))(?P<level>#{1,6}) (?P<said>[^\n(]{1,80}?)[ ]{0,3}(?=\n|$|\()")
_MOST = 4
"""Words of a heading that may be a name."""
_OLDEST, _IN_BRACKETS, _BARE = 1900, 2024, 2012
"""Years of birth that a date in brackets, or set apart by a dash alone, may tell."""


def detect(text: str) -> Iterator[Detection]:
    """Names, and births that stand behind one."""
    for shape, bears, needles in _COMPILED:
        for found in shape.finditer(text) if any(one in text for one in needles) else ():
            start, end = _own(text, _led(text, found.start("name")), found.end("name"))
            if bears(text[start:end]) and not nobody(text[start:end]):
                yield made(text, start, end, "name-beside", 0.8)
    for found in _PAIR.finditer(text) if "/" in text else ():
        names = [part for part in ("one", "two", "three") if found[part]]
        if any(last(found[part]) for part in names) and all(_shared(found[part]) for part in names):
            for part in names:
                yield made(text, *found.span(part), "name-beside", 0.8)
    yield from _titles(text)


def _led(text: str, start: int) -> int:
    """Where the particle before ``start`` begins, if there is one; « de » in small letters is a word of the
    sentence."""
    lead = _LEADS.search(text, max(0, start - 5), start)
    return start if lead is None or lead[0][:-1] in _SAID else lead.start()


def _own(text: str, start: int, end: int) -> tuple[int, int]:
    """Without the title or the role that leads: « Salarié Moreau, né le… »."""
    while (blank := _BLANK.search(text, start, end)) is not None and not last(text[start:end]):
        head = text[start : blank.start()]
        if head not in _SAID and (fold(head) in PARTICLES or not (nobody(head) or fold(head) in TITLES)):
            break
        start = blank.end()
    return start, end


_SAID = ("de", "du", "des")
_BLANK = re.compile(SP)


def _shared(said: str) -> bool:
    return last(said) or unknown(said) or first(said)


def _titles(text: str) -> Iterator[Detection]:
    for found in _TITLE.finditer(text):
        given = fold(found["first"])
        if _either(found["caps"]) and not (nobody(found["first"]) or is_place(given)):
            yield made(text, *found.span("name"), "name-beside", 0.8)
    for found in _SOURCE.finditer(text):
        if last(found["name"]):
            yield made(text, *found.span("name"), "name-beside", 0.7)
    yield from _headings(text)
    for found in _DATED.finditer(text):
        part = "in" if found["in"] else "after"
        day = date(found[part].strip())
        latest = _IN_BRACKETS if part == "in" else _BARE
        start, end = _own(text, *found.span("name"))
        if day is not None and _OLDEST <= int(day[:4]) <= latest and whole(text[start:end]):
            yield made(text, start, end, "name-beside", 0.8)
            yield Detection("birth", *_trimmed(text, *found.span(part)), day, "birth-beside", None, 0.8)


def _headings(text: str) -> Iterator[Detection]:
    """A document by person: of one level, each heading is a name, and there are several."""
    levels: dict[str, list[re.Match[str]]] = {}
    for found in _HEADING.finditer(text):
        levels.setdefault(found["level"], []).append(found)
    for every in levels.values():
        if len(every) > 1 and all(_person(found["said"]) for found in every):
            for found in every:
                yield made(text, *found.span("said"), "name-beside", 0.7)


def _person(said: str) -> bool:
    words = said.split()
    if len(words) > _MOST or not all(word[0].isupper() for word in words):
        return False
    return last(said) or (len(words) > 1 and called(said))


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    said = text[start:end]
    return start + len(said) - len(said.lstrip()), end - len(said) + len(said.rstrip())


_BEHIND = re.compile(
    rf"{SP}{{0,2}}(?:\({SP}?(?P<in>{_DAY}){SP}?\)|(?:{SP}[–—\-]{SP}|,{SP}|\t|{SP}{{2,6}})(?P<after>{_DAY})(?![0-9/]))"
)


def births(text: str, found: list[Detection]) -> Iterator[Detection]:
    """A date right behind a name that was found: « Mme Kervadec (03/05/1962) »."""
    for one in found:
        if one.kind != "name" or (behind := _BEHIND.match(text, one.end)) is None:
            continue
        part, latest = ("in", _IN_BRACKETS) if behind["in"] else ("after", _BARE)
        day = date(behind[part])
        if day is not None and _OLDEST <= int(day[:4]) <= latest:
            yield Detection("birth", *behind.span(part), day, "birth-beside", None, 0.7)
