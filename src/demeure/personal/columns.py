"""Lists of people with a heading: what stands under « Nom », « Prénom », « Date de naissance », cell by cell."""

import re
from collections.abc import Iterator

from demeure.personal.births import date
from demeure.personal.detection import Detection
from demeure.personal.words import fold

_NAMES = re.compile(
    r"(?:(?:n°|id)[ ])?(?:noms?|prenoms?)(?:[ ](?:et|,|/)?[ ]?(?:noms?|prenoms?))?(?:[ ](?:de famille"
    r"|de naissance|d'usage|du? .{2,20}))?"
    r"|(?:beneficiaire|salarie|agent|eleve|enfant|patient|usager|locataire|titulaire|adherent|participant|candidat|responsable|contact|interlocuteur)s?e?s?"
)
_BIRTHS = re.compile(r"(?:date de |d\. )?naissance|nee?\(?e?\)? le|ddn|nee?\(e\)")
_PHONES = re.compile(r"(?:n° de )?(?:tel(?:ephone)?s?\.?|portables?|mobiles?|gsm)(?: .{0,20})?")
_NINE = re.compile(r"[1-79](?:[ .]?[0-9]{2}){4}")
_ROW = re.compile(r"[ \t]*(?P<cell>[^—:;\n]{1,60}?) — [^:;\n]{1,40}:")
"""A row of a table as the house tells it: « Durand — Activité : judo ; Semaine : 12 »."""
_SEPARATORS = re.compile(r"[;|\t]")
_CELL = re.compile(r"[A-ZÀ-ÖØ-Þ][^\W\d_]*(?:[ \u00a0'’.\-]{1,2}[^\W\d_]+){0,6}\.?")
_LONGEST = 60

Cells = list[tuple[int, int]]
"""Start and end of each cell in its line."""


def detect(text: str) -> Iterator[Detection]:
    """Cells under such headings, as long as lines have as many cells as their heading."""
    if _SEPARATORS.search(text) is None and " — " not in text:
        return
    width, columns = 0, dict[int, str]()
    at = 0
    for line in text.split("\n"):
        cells = _cells(line)
        if headed := _columns(line, cells):
            width, columns = len(cells), headed
        elif columns.get(0) == "name" and (row := _ROW.match(line)):
            yield from _under(line, [row.span("cell")], {0: "name"}, at)
        elif columns and len(cells) == width:
            yield from _under(line, cells, columns, at)
        elif line.strip():
            columns = {}
        at += len(line) + 1


def _cells(line: str) -> Cells:
    """None when the line has no separator."""
    marks = [found.start() for found in _SEPARATORS.finditer(line)]
    return list(zip([0, *(mark + 1 for mark in marks)], [*marks, len(line)], strict=True)) if marks else []


def _columns(line: str, cells: Cells) -> dict[int, str]:
    """What the cells of a heading announce: « name », « birth » or « phone », by their rank."""
    found = {}
    for rank, (start, end) in enumerate(cells):
        said = fold(line[start:end].strip(' *_"\u00a0')) if end - start <= _LONGEST else ""
        if _NAMES.fullmatch(said):
            found[rank] = "name"
        elif _BIRTHS.fullmatch(said):
            found[rank] = "birth"
        elif _PHONES.fullmatch(said):
            found[rank] = "phone"
    return found


def _under(line: str, cells: Cells, columns: dict[int, str], at: int) -> Iterator[Detection]:
    for rank, kind in columns.items():
        start, end = cells[rank]
        start += len(line[start:end]) - len(line[start:end].lstrip())
        said = line[start:end].rstrip()
        if kind == "name" and len(said) <= _LONGEST and _CELL.fullmatch(said):
            value = " ".join(fold(said).split())
            yield Detection("name", at + start, at + start + len(said), value, "name-column", None, 0.9)
        elif kind == "phone" and _NINE.fullmatch(said):
            figures = "".join(one for one in said if one.isdigit())
            yield Detection("phone", at + start, at + start + len(said), f"0{figures}", "phone-fr", None, 0.8)
        elif kind == "birth" and (day := date(said)) is not None:
            yield Detection("birth", at + start, at + start + len(said), day, "birth-column", None, 0.95)
