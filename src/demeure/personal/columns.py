"""Tables of people: what stands under « Nom », « Prénom », « Date de naissance », or beside them where each person
has a column, cell by cell."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import accumulate

from demeure.personal import labels
from demeure.personal.bearing import called, named, nobody, unknown
from demeure.personal.births import day
from demeure.personal.detection import Detection
from demeure.personal.forms import made, people

_NINE = re.compile(r"(?:33[ ]?)?[1-79](?:[ .]?[0-9]{2}){4}")
_ROW = re.compile(r"[ \t]*(?P<cell>[^—:;\n]{1,60}?) — [^:;\n]{1,40}:")
"""A row of a table as the house tells it: « Durand — Activité : judo ; Semaine : 12 »."""
_TOLD = re.compile(r"(?:— |; )(?P<head>[^:;\n]{1,40}?)[ \u00a0]?: (?P<value>[^;\n]{1,60}?)(?=[ \u00a0]?(?:;|$))")
_SEPARATORS = re.compile(r"[;|\t]")
_CELL = re.compile(r"[A-ZÀ-ÖØ-Þ][^\W\d_]*(?:[ \u00a0'’.\-]{1,2}[^\W\d_]+){0,6}\.?(?: ?\((?:M|Mme|Mlle|Mr|M)\.?\))?")
_LINE, _LONGEST, _SHORT, _TWO = 200, 60, 28, 2

Cells = list[tuple[int, int]]
"""Start and end of each cell in its line."""
_NAMES = ("name", "first", "both")
_PEOPLE = ("name", "people", "maybe")
_LISTED = re.compile(r"[,/&]|[ ]et[ ]")


def detect(text: str) -> Iterator[Detection]:
    """Cells under such headings, as long as lines have as many cells as their heading; cells beside them."""
    commas = "," in text
    tabled, told = _SEPARATORS.search(text) is not None, " — " in text
    if not (commas or tabled or told):
        return
    columns, width, sign = dict[int, str](), 0, ""
    lines, after = text.split("\n"), 0
    for rank, line in enumerate(lines):
        at, after = after, after + len(line) + 1
        comma = commas and "," in line
        rowed = (tabled and _SEPARATORS.search(line) is not None) or (told and " — " in line)
        if not (columns or comma or rowed):
            continue
        cells = _cells(line) if rowed else []
        listed = not cells and comma and bool(sign or _short(line))
        beside = list(_beside(line, cells, at, sure=tabled and _begun(lines, rank))) if rowed else []
        cells = _cells(line, ",") if listed else cells
        if beside:
            columns, sign = {}, ""
            yield from beside
        elif rowed and columns.get(0) in _PEOPLE and (row := _ROW.match(line)):
            yield from _under(line, [row.span("cell")], {0: columns[0]}, at)
        elif cells and (headed := _columns(line, cells, commas=listed)):
            columns, width, sign = headed, len(cells), "," if listed else ""
        elif not columns:
            pass
        elif len(cells) == width:
            yield from _under(line, cells, columns, at)
        elif line.strip():
            columns, sign = {}, ""


def _begun(lines: Sequence[str], rank: int) -> bool:
    """Whether the line above or below begins with a label too."""
    return (rank > 0 and _begins(lines[rank - 1])) or (rank + 1 < len(lines) and _begins(lines[rank + 1]))


def _begins(line: str) -> bool:
    """A row whose first cell is a label."""
    mark = _SEPARATORS.search(line, 0, _LONGEST)
    return mark is not None and labels.is_label(line[: mark.start()])


def _cells(line: str, sign: str = "") -> Cells:
    """None when the line has no separator."""
    said = line.split(sign) if sign else _SEPARATORS.split(line)
    if len(said) == 1:
        return []
    begins = accumulate((len(one) + 1 for one in said), initial=0)
    return [(begin, begin + len(one)) for begin, one in zip(begins, said, strict=False)]


def _short(line: str) -> bool:
    """May be the heading of a table whose cells are set apart by commas: no sentence."""
    if len(line) >= _LINE:
        return False
    sizes = [*map(len, map(str.strip, line.split(",")))]
    return min(sizes) > 0 and max(sizes) <= _SHORT


def _said(line: str, cell: tuple[int, int]) -> str:
    start, end = cell
    return line[start:end].strip(' *_"\u00a0') if end - start <= _LONGEST else ""


def _columns(line: str, cells: Cells, *, commas: bool) -> dict[int, str]:
    """What the cells of a heading announce: « name », « people », « maybe » people, « birth » or « phone », by
    their rank. ``commas``: they set it apart, as they do in a sentence: one label alone is no heading."""
    found = {}
    for rank, cell in enumerate(cells):
        said = _said(line, cell)
        kind = labels.kind(said) if said else ""
        if kind in _NAMES:
            found[rank] = "name"
        elif kind in ("birth", "phone"):
            found[rank] = kind
        elif kind == "role" and not _valued(line, cells):
            found[rank] = "people" if labels.surely(said) else "maybe"
    if commas and "name" not in found.values() and sum(one != "maybe" for one in found.values()) < _TWO:
        return {}
    return found


def _valued(line: str, cells: Cells) -> bool:
    """« Parent | 5 € »: no heading."""
    return any(line[start:end].strip()[:1].isdigit() for start, end in cells)


def _beside(line: str, cells: Cells, at: int, *, sure: bool) -> Iterator[Detection]:
    """Where people are columns: « Né le | 3 mai 1962 | 12 août 1980 », « Prénom | Olive | Zéphyr », and the same
    row as the house tells it. ``sure``: the line above or below begins with such a label too."""
    begins = line.find(" — ", 0, _LONGEST)
    if begins > 0 and not (cells and cells[0][1] < begins):
        kind = labels.kind(line[:begins])
        told = _TOLD.finditer(line, begins) if kind else ()
        values = [one.span("value") for one in told if labels.kind(one["head"]) in ("", "role", "vote")]
        cells = []
    elif cells:
        kind, values = labels.kind(_said(line, cells[0])), cells[1:]
    else:
        return
    if kind not in (*_NAMES, "birth") or not values:
        return
    said = [_said(line, one) for one in values]
    if any(map(labels.is_label, said)):
        return
    under = "birth"
    if kind != "birth":
        if not (sure or any(map(named, said))):
            return
        every = sure or not cells or all(not one or named(one) for one in said)
        under = "name" if every else "people"
    for cell in values:
        yield from _under(line, [cell], {0: under}, at)


def _second(said: str) -> bool:
    """« Zéphyr Kervadoux »: under « Élève », a word and a surname of nobody's list."""
    words = said.split()
    return len(words) == _TWO and not nobody(said) and unknown(words[1])


def _under(line: str, cells: Cells, columns: dict[int, str], at: int) -> Iterator[Detection]:
    for rank, kind in columns.items():
        start, end = cells[rank]
        start += len(line[start:end]) - len(line[start:end].lstrip())
        said = line[start:end].rstrip()
        if kind in _PEOPLE and len(said) <= _LONGEST and _CELL.fullmatch(said):
            if kind == "name" or called(said, sure=kind == "people") or (kind == "people" and _second(said)):
                one = made(line, start, start + len(said), "name-column", 0.9)
                yield replace(one, start=at + one.start, end=at + one.end)
        elif kind in _PEOPLE and _LISTED.search(said):
            yield from (replace(one, start=at + one.start, end=at + one.end) for one in people(line, start, end))
        elif kind == "phone" and _NINE.fullmatch(said):
            figures = "".join(one for one in said if one.isdigit())
            yield Detection("phone", at + start, at + start + len(said), f"0{figures[-9:]}", "phone-fr", None, 0.8)
        elif kind == "birth" and (born := day(said)) is not None:
            yield Detection("birth", at + start, at + start + len(said), born, "birth-column", None, 0.95)
