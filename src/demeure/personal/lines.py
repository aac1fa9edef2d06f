"""Lines of lists without a heading, that name somebody by their shape: « MOREAU (Sophie) », « Moreau;Sophie;judo »,
« Moreau : 06 12 34 56 71 », « Durand — Prénom : Sophie » (as the house tells a row of a table).
"""

import re
from collections.abc import Iterator

from demeure.personal.announced import THINGS
from demeure.personal.capitals import NEVER
from demeure.personal.detection import Detection
from demeure.personal.words import fold, is_first_name, is_frequent, is_place, is_plain_word, is_surname

_UP = "A-ZÀ-ÖØ-ÞŒ"
_NAME = rf"[{_UP}][^\W\d_]+(?:[-’'][^\W\d_]+)*(?:[ \u00a0][{_UP}][^\W\d_]+(?:[-’'][^\W\d_]+)*){{0,2}}"
_BEGIN = r"(?:^|(?<=\n))[ \t|>*•\-–0-9.)]{0,8}"
_LAST_FIRST = re.compile(
    rf"{_BEGIN}(?P<last>{_NAME})(?:[ \u00a0]?[;,|\t][ \u00a0]{{0,2}}|[ \u00a0]\()"
    rf"(?P<first>{_NAME})(?=[ \u00a0]?[;,|\t)\n]|$)"
)
_HEADED = re.compile(rf"{_BEGIN}(?P<last>{_NAME})[ \u00a0][—–][ \u00a0](?P<head>[^:;\n]{{1,40}}?)[ \u00a0]?:")
_REACHED = re.compile(
    rf"{_BEGIN}(?P<last>{_NAME})[ \u00a0]?(?::|[—–])[ \u00a0](?=(?:\+33|0)[ .]?[1-9](?:[ .]?[0-9]{{2}}){{4}}"
    r"|[\w.\-]{1,40}@)"
)
_LABELLED = re.compile(
    rf"{_BEGIN}(?P<head>[^|\t\n:;]{{3,40}}?)[ \u00a0]?[|\t][ \u00a0]{{0,2}}(?P<last>{_NAME})"
    r"[ \u00a0|]{0,3}(?=\n|$)"
)
"""A form of two columns: « Nom de l’enfant | Moreau »."""
_PERSONAL = re.compile(
    r"noms?(?: (?:de naissance|de famille|de jeune fille|d'usage|et prenoms?))?|prenoms?(?: .{0,20})?"
    r"|nee?s?(?:\(e\))? le|date de naissance|naissance|civilite|conjoint|epou(?:x|se)"
)
_NAMED = re.compile(
    r"(?:pre)?noms?(?:\b|$)|(?:beneficiaire|demandeur|assure|eleve|patient|agent|salarie|titulaire)e?s?$"
)
_REACHES = re.compile(r"tel(?:ephone)?s?\.?|portable|mobile|courriel|e?-?mail|adresse (?:electronique|e?-?mail)")


def detect(text: str) -> Iterator[Detection]:
    """Names, one or two a line."""
    for found in _LAST_FIRST.finditer(text):
        if _lasts(found["last"]) and _firsts(found["first"]):
            yield _made(text, *found.span("last"))
            yield _made(text, *found.span("first"))
    for found in _HEADED.finditer(text):
        head = fold(found["head"]).strip()
        if _PERSONAL.fullmatch(head) or (_REACHES.fullmatch(head) and _lasts(found["last"])):
            yield _made(text, *found.span("last"))
    for found in _LABELLED.finditer(text):
        label, said = fold(found["head"]).strip(), fold(found["last"])
        named = _NAMED.match(label) and THINGS.isdisjoint(label.split())
        bears = is_frequent(said) or is_surname(said) or is_first_name(said) or not is_plain_word(said.split()[-1])
        if named and bears and said not in NEVER and not _NAMED.match(said):
            yield _made(text, *found.span("last"))
    for found in _REACHED.finditer(text):
        if _lasts(found["last"]):
            yield _made(text, *found.span("last"))


def _lasts(said: str) -> bool:
    """A surname that is no place and, where it is a word of French too, a frequent one."""
    folded = fold(said).replace("\u00a0", " ")
    if is_frequent(folded):
        return True
    words = folded.split()
    return all(is_surname(one) or is_first_name(one) for one in words) and not any(
        is_place(one) or is_plain_word(one) for one in (words if len(words) == 1 else words[-1:])
    )


def _firsts(said: str) -> bool:
    words = fold(said).replace("\u00a0", " ").split()
    return all(map(is_first_name, words)) and not is_place(words[0])


def _made(text: str, start: int, end: int) -> Detection:
    return Detection("name", start, end, " ".join(fold(text[start:end]).split()), "name-line", None, 0.8)
