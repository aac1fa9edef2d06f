"""Plates of vehicles, passports, identity cards and permits."""

import re
from collections.abc import Iterator

from demeure.personal.context import Words, holds
from demeure.personal.detection import Detection

_LETTERS = "A-HJ-NP-TV-Z"
_SIV = re.compile(
    rf"[{_LETTERS}][{_LETTERS}](?<![0-9A-Za-z]..)([ \-–.]{{0,3}}+)[0-9]{{3}}[ \-–.]{{0,3}}+"
    rf"[{_LETTERS}]{{2}}(?![0-9A-Za-z])"
)
_SMALL = "a-hj-np-tv-z"
_SMALL_END = re.compile(rf"[0-9][0-9][0-9][ \-–.]{{0,3}}[{_SMALL}]{{2}}(?!\w)")
_SMALL_HEAD = re.compile(rf"(?<!\w)[{_SMALL}]{{2}}[ \-–.]{{0,3}}$")
_FNI = re.compile(
    r"[0-9](?<![0-9A-Za-z].)[0-9]{0,3}+[ \-]?[A-Z]{1,3}+[ \-]?(?:97[1-6]|[0-9]{2}|2[AB])(?![0-9A-Za-z])"
)
_ALONE = re.compile(
    r"(?!(?:19|20)[0-9]{2} )[1-9](?<![0-9A-Za-z/.,-].)(?<![0-9] .)[0-9]{2,3} "
    rf"(?!EUR|TTC|KWH|CHF|TVA)[{_LETTERS}]{{2,3}} "
    r"(?:0[1-9]|[1-8][0-9]|9[0-5]|97[1-6]|2[AB])(?![0-9A-Za-z])(?![ \-.,][0-9])"
)
"""An old plate whole, of three or four figures that are no year, with its blanks: its shape says what it is without
a word about vehicles. With hyphens it would be the number of many a letter."""
_VEHICLE = Words(
    "immatricul\\w{0,8}",
    "plaque\\w?",
    r"v[ée]hicules?",
    "voiture",
    "camion\\w{0,7}",
    "scooter",
    "moto",
    "carte grise",
    "utilitaire",
    "fourgon\\w{0,5}",
    "remorque",
    "stationn\\w{0,8}",
    "auto",
)
_VEHICLES_MAY_BE = (
    *("immat", "plaque", "hicule", "voiture", "camion", "scooter", "moto", "carte grise", "utilitaire"),
    *("fourgon", "remorque", "stationn", "auto"),
)
"""One of them in small letters, or nothing speaks of a vehicle anywhere."""
_PASSPORT = re.compile(r"[0-9][0-9][ ]?[A-Z]{2}[ ]?[0-9]{5}(?![0-9A-Za-z])")
_PASSPORT_SAID = Words("passeports?", "passport")
_CARD = re.compile(r"[0-9A-Z](?<![0-9A-Za-z].)(?!(?<=C)NIE?[ .])(?:[ .]?[0-9A-Z]){8,13}(?![0-9A-Za-z])")
_CARD_SAID = Words(
    r"cartes?(?: nationales?)? d['’]identit[ée]",
    "cni",
    "cnie",
    r"pi[èe]ces? d['’]identit[ée]",
    r"titres? de s[ée]jour",
    r"cartes? de (?:r[ée]sident|s[ée]jour)",
    "permis(?: de conduire)?",
    r"num[ée]ro d['’]identit[ée]",
)
_CARDS_MAY_BE = ("identit", "cni", "éjour", "ejour", "ésident", "esident", "permis")
"""One of them in small letters, or nothing says so anywhere."""
_CARD_LENGTHS = (9, 10, 12)
_REACH = 50


def detect(text: str, small: str) -> Iterator[Detection]:
    """Every plate; numbers of papers where the text says that they are. ``small``: ``text`` in small letters."""
    driven = holds(small, _VEHICLES_MAY_BE)
    for found in _SIV.finditer(text):
        number = "".join(c for c in found[0] if c.isalnum())
        if "SS" in (number[:2], number[5:]):
            continue
        said = driven and _VEHICLE.near(text, found.start(), found.end())
        if said or "-" in found[0] or not found[1]:
            yield Detection("plate", found.start(), found.end(), number, "plate-siv", None, 0.95 if said else 0.75)
    if driven:
        yield from _typed(text)
    for found in _FNI.finditer(text):
        if driven and _VEHICLE.before(text, found.start()):
            number = "".join(c for c in found[0] if c.isalnum())
            yield Detection("plate", found.start(), found.end(), number, "plate-fni", None, 0.8)
        elif _ALONE.match(text, found.start()):
            number = "".join(c for c in found[0] if c.isalnum())
            yield Detection("plate", found.start(), found.end(), number, "plate-old", None, 0.6)
    if "pass" in small:
        yield from _passports(text)
    if holds(small, _CARDS_MAY_BE):
        yield from _cards(text)


def _typed(text: str) -> Iterator[Detection]:
    """« ab 123 cd », as people type it, where the text speaks of a vehicle."""
    for found in _SMALL_END.finditer(text):
        head = _SMALL_HEAD.search(text, max(0, found.start() - 6), found.start())
        if head is not None and _VEHICLE.near(text, head.start(), found.end()):
            number = "".join(c for c in text[head.start() : found.end()] if c.isalnum()).upper()
            yield Detection("plate", head.start(), found.end(), number, "plate-siv", None, 0.8)


def _passports(text: str) -> Iterator[Detection]:
    for found in _PASSPORT.finditer(text):
        if _PASSPORT_SAID.before(text, found.start()):
            number = found[0].replace(" ", "")
            yield Detection("passport", found.start(), found.end(), number, "passport-said", None, 0.95)


def _cards(text: str) -> Iterator[Detection]:
    for found in _CARD.finditer(text):
        number = found[0].replace(" ", "").replace(".", "")
        if (
            len(number) in _CARD_LENGTHS
            and 2 * sum(map(str.isdigit, number)) >= len(number)
            and _CARD_SAID.before(text, found.start(), _REACH)
        ):
            yield Detection("identity", found.start(), found.end(), number, "identity-said", None, 0.85)
