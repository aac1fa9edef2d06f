"""Forms: a label, and the name that is its value, in whatever way the two are set apart: « Nom : Moreau », « Nom |
Moreau », « Nom……Moreau », « Nom » alone above « Moreau », « Nom Moreau⏎Prénom Olive »."""

import re
from collections.abc import Iterator

from demeure.personal import labels
from demeure.personal.bearing import NAME, SP, called, last, named, nobody
from demeure.personal.capitals import NEVER, UP
from demeure.personal.detection import Detection
from demeure.personal.words import fold

_ONE = rf"(?:{NAME}|[{UP}]\.)"
_WORDS = rf"{_ONE}(?:(?:{SP}|{SP}?-{SP}?)(?!(?i:(?:pr[ée])?noms?)(?!\w)){_ONE}){{0,3}}"
"""One to four words of a name."""
_FIELD = re.compile(
    r"(?:^|(?<=[\n;|\t—–•,]))[ \u00a0>*•\-#]{0,8}(?P<head>[^\W\d_][^\n:=|\t;…_—–]{1,46}?)[ \u00a0*]{0,3}"
    r"(?P<mark>[:=|\t…]|\.{3}|_{2})[ \u00a0|\t.…_:*«]{0,80}(?=(?P<value>[A-ZÀ-ÖØ-ÞŒ(][^\n;|\t=:…_]{1,120}))"
)
_ITEM = re.compile(rf"(?P<name>{_WORDS})(?:{SP}?\([^()\n]{{1,40}}\))?")
_TITLE = re.compile(rf"(?:M\.|MM?\.|Mme|Mlle|Me|Dr|Monsieur|Madame|Mr)\.?{SP}", re.IGNORECASE)
_NEXT = re.compile(rf"{SP}?(?:[,;/&+]|et|ou){SP}{{0,2}}")
_ALONE = re.compile(rf"{SP}{{0,8}}(?P<name>{_WORDS})(?:{SP}?[,;]{SP}{{0,2}}(?P<more>{_WORDS}))?{SP}{{0,4}}(?=\n|$)")
_LISTED = re.compile(
    rf"[ \t\u00a0>]{{0,8}}(?P<mark>(?:[-•*–+☐☑]|[0-9]{{1,3}}[.)]){SP}{{1,3}})?(?P<name>{_WORDS})"
    rf"(?:{SP}?\([^()\n]{{1,40}}\)|{SP}?[,–—-]{SP}[a-zà-ÿ][^\n]{{0,60}})?[ .,;]{{0,3}}(?=\n|$)"
)
"""One of a list of people: « - Moreau, adjoint », « 2. Petit (maire) »."""
_ABOVE = re.compile(
    r"(?:^|(?<=\n))[ \t\u00a0>*•|\-]{0,8}(?P<head>[^\W\d_][^\n:=|\t;…_]{2,46}?)[ \t\u00a0:*|]{0,6}\n"
)
_LAST = rf"{NAME}(?:[ \-](?!(?i:pr[ée]nom)){NAME}){{0,2}}"
_BOTH = re.compile(
    rf"(?<!\w)(?i:noms?)(?i:{SP}(?:de{SP}(?:famille|naissance)|d['’]usage))?{SP}{{1,6}}(?P<last>{_LAST})"
    rf"(?:{SP}{{1,8}}|{SP}?[\n,;|\t/]{SP}{{0,4}})(?i:pr[ée]noms?){SP}{{0,2}}:?{SP}{{1,6}}(?P<first>{_LAST})"
)
"""« Nom Moreau⏎Prénom Olive »: without a colon each proves the other."""
_KEYED = re.compile(
    r"[\"<](?i:(?P<given>pr[ée])?nom(?:[_-]?\w{2,12})?|(?:last|first|sur|full|family|given)?[_-]?name)[\">]"
    rf"[ ]?:?[ ]?\"?(?P<value>{_WORDS})(?=[\"<])"
)
"""« "nom": "Moreau" », « <nom>Moreau</nom> »."""
_CARD = re.compile(r"(?:^|(?<=\n))F?N(?:;[^:\n]{1,40})?:(?P<value>[^\n]{2,80})")
"""A line of an electronic visiting card."""
_WRITER = re.compile(rf'"(?P<last>{_LAST}), (?P<first>{_LAST})" <')
"""« "Moreau, Olive" <o.moreau@… »: a header of a message."""
_FOLLOW = 200
"""Lines that one label announces, at most."""


def detect(text: str) -> Iterator[Detection]:
    """Names that stand as the value of a label."""
    for found in _FIELD.finditer(text):
        yield from _field(text, found)
    for found in _ABOVE.finditer(text):
        yield from _under(text, found)
    yield from _written_for_machines(text)
    for found in _BOTH.finditer(text) if "nom" in text.lower() else ():
        for part in ("last", "first"):
            if not nobody(found[part]):
                yield made(text, *found.span(part))


def _written_for_machines(text: str) -> Iterator[Detection]:
    for found in _KEYED.finditer(text) if '"' in text or "<" in text else ():
        own = named(found["value"]) or (found["given"] and not nobody(found["value"]))
        if own and not labels.is_label(found["value"]):
            yield made(text, *found.span("value"))
    for found in _WRITER.finditer(text) if '" <' in text else ():
        for part in ("last", "first"):
            yield made(text, *found.span(part))
    for found in _CARD.finditer(text) if "BEGIN:VCARD" in text else ():
        for item in _ITEM.finditer(text, *found.span("value")):
            yield made(text, *item.span("name"))


def _field(text: str, found: re.Match[str]) -> Iterator[Detection]:
    kind = labels.kind(found["head"])
    if kind in ("", "birth", "phone"):
        return
    start, end = found.span("value")
    if kind in ("role", "vote"):
        yield from people(text, start, end, votes=kind == "vote")
        return
    start = _untitled(text, start)
    item = _ITEM.match(text, start, end)
    if item is None or labels.is_label(item["name"]) or nobody(item["name"]):
        return
    cell = found["mark"] in "|\t"
    if named(item["name"]) or (kind != "name" and not cell):
        yield made(text, *item.span("name"))
        more = _NEXT.match(text, item.end(), end)
        if more is not None and (kind != "name" or "," not in more[0]):
            other = _ITEM.match(text, more.end(), end)
            if other is not None and (kind != "name" or named(other["name"])):
                yield made(text, *other.span("name"))


def people(text: str, start: int, end: int, *, votes: bool = False) -> Iterator[Detection]:
    """A list of names after the label of a role: each must be one by itself. ``votes``: all of them surnames or
    first names, or none is."""
    found, at = list[tuple[int, int]](), start
    while (item := _ITEM.match(text, _untitled(text, at), end)) is not None:
        said = item["name"]
        if fold(said) in NEVER or not (last(said) if votes else called(said)):
            break
        found.append(item.span("name"))
        more = _NEXT.match(text, item.end(), end)
        if more is None:
            break
        at = more.end()
    for begin, stop in found:
        yield made(text, begin, stop)


def _untitled(text: str, start: int) -> int:
    title = _TITLE.match(text, start)
    return title.end() if title is not None else start


def _under(text: str, found: re.Match[str]) -> Iterator[Detection]:
    """What stands on the line under a label that is alone on its own; under « Nom, prénom », or a role, on all that
    go on."""
    kind = labels.kind(found["head"])
    at = found.end()
    if text[at : at + 1] == "\n":  # a blank line between
        at += 1
    if kind in ("role", "vote"):
        colon = ":" in text[found.end("head") : found.end()]
        if colon or (kind == "role" and labels.surely(found["head"])):
            yield from _one_a_line(text, at)
    elif kind in ("name", "first", "both"):
        yield from _values(text, at, kind, ":" in text[found.end("head") : found.end()])


def _one_a_line(text: str, at: int) -> Iterator[Detection]:
    """A list of people, one a line, as long as lines are marked, or name somebody."""
    for _ in range(_FOLLOW):
        line = _LISTED.match(text, at)
        if line is None or labels.is_label(line["name"]):
            return
        if called(line["name"], sure=line["mark"] is not None):
            yield made(text, *line.span("name"))
        elif line["mark"] is None:
            return
        at = line.end() + 1


def _values(text: str, at: int, kind: str, colon: bool) -> Iterator[Detection]:
    for _ in range(_FOLLOW if kind == "both" else 1):
        line = _ALONE.match(text, at)
        if line is None or labels.is_label(line["name"]) or labels.kind(text[at : line.end()]):
            return
        sure = kind == "first" or (kind == "both" and line["more"] is not None)
        said = f"{line['name']} {line['more'] or ''}".strip()
        if nobody(said) or not (named(said) or (sure and colon)):
            return
        yield made(text, *line.span("name"))
        if line["more"]:
            yield made(text, *line.span("more"))
        at = line.end() + 1


def made(text: str, start: int, end: int, rule: str = "name-line", confidence: float = 0.8) -> Detection:
    """A name told by the shape of what it stands in."""
    return Detection("name", start, end, " ".join(fold(text[start:end]).split()), rule, None, confidence)
