"""Lines of lists without a heading, that name somebody by their shape: « MOREAU (Sophie) », « Moreau;Sophie;judo »,
« Moreau : 06 12 34 56 71 », « Durand — Prénom : Sophie » (as the house tells a row of a table).
"""

import re
from collections.abc import Iterator

from demeure.personal import labels
from demeure.personal.bearing import first, last, nobody
from demeure.personal.capitals import UP
from demeure.personal.detection import Detection
from demeure.personal.forms import made
from demeure.personal.words import fold

_NAME = rf"[{UP}][^\W\d_]+(?:[-’'][^\W\d_]+)*(?:[ \u00a0][{UP}][^\W\d_]+(?:[-’'][^\W\d_]+)*){{0,2}}"
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
_PERSONAL = re.compile(
    r"nom (?:de naissance|de famille|de jeune fille|d'usage|et prenoms?)|prenoms?(?: usuels?| d'usage)?"
    r"|nee?s?(?:\(e\))? le|date de naissance|naissance|civilite|conjoint|epou(?:x|se)"
)
"""Of the person whom the first cell names: not « Nom du responsable », and « Nom » alone may be that of another."""
_REACHES = re.compile(r"tel(?:ephone)?s?\.?|portable|mobile|courriel|e?-?mail|adresse (?:electronique|e?-?mail)")


def detect(text: str) -> Iterator[Detection]:
    """Names, one or two a line."""
    for found in _LAST_FIRST.finditer(text):
        if last(found["last"]) and first(found["first"]):
            yield made(text, *found.span("last"))
            yield made(text, *found.span("first"))
    for found in _HEADED.finditer(text):
        head = fold(found["head"]).strip()
        own = _PERSONAL.fullmatch(head) and not labels.is_label(found["last"]) and not nobody(found["last"])
        if own or ((head == "nom" or _REACHES.fullmatch(head)) and last(found["last"])):
            yield made(text, *found.span("last"))
    for found in _REACHED.finditer(text):
        if last(found["last"]):
            yield made(text, *found.span("last"))
