"""The rows of a sheet, as a table again: the readers write « Bancs — Quantité : 118 ; État : bon » so that a row
says by itself what its figures are. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from demeure.library import Run

_COLUMNS = 40
_NAME = re.compile(r"(.+?)[ \u00a0\u202f]:[ \u00a0](.*)", re.DOTALL)
_NEXT, _CELL, _LEAD = " ; ", " | ", " — "


@dataclass
class Table:
    """``columns``: names, the first of the cell that leads each row (empty where nothing names it). ``rows``:
    (the passage is in it, cells)."""

    columns: list[str]
    rows: list[tuple[bool, list[str]]] = field(default_factory=list)


def table_of(lines: Sequence[Sequence[Run]], header: str = "") -> Table | None:
    """The lines as rows, under ``header`` (names joined by « | ») or the names that the rows say; None when they
    are not rows."""
    texts = [("".join(run.text for run in line), any(run.marked for run in line)) for line in lines]
    names = header.split(_CELL)[:_COLUMNS] if _CELL in header else []
    if not names and texts and _CELL in texts[0][0]:
        names = texts[0][0].split(_CELL)[:_COLUMNS]
    table = Table(names or [""])
    read = [(marked, text, _row(text, names)) for text, marked in texts if text != _CELL.join(names)]
    for _, _, fields in read:
        for name in fields or ():
            if name not in table.columns and len(table.columns) < _COLUMNS:
                table.columns.append(name)
    if sum(fields is not None for _, _, fields in read) * 2 < max(len(read), 1) or len(table.columns) < 2:
        return None
    for marked, text, fields in read:
        table.rows.append((marked, _cells(text, fields, table.columns)))
    return table


def _row(text: str, names: Sequence[str]) -> dict[str, str] | None:
    """Name of a column → its cell; the first column's name, or nothing, for the cell that leads. None: no row."""
    if _CELL in text:
        cells = text.split(_CELL)
        return dict(zip(names, cells, strict=False)) if names and len(cells) <= len(names) else None
    lead, dash, rest = text.partition(_LEAD)
    fields: dict[str, str] = {names[0] if names else "": lead} if dash else {}
    last = ""
    for piece in (rest if dash else text).split(_NEXT):
        found = _NAME.fullmatch(piece)
        if found and (not names or found[1] in names):
            last = found[1]
            fields[last] = found[2]
        elif last:
            fields[last] += _NEXT + piece  # a cell that holds the separator itself
        else:
            return None
    return fields


def _cells(text: str, fields: dict[str, str] | None, columns: Sequence[str]) -> list[str]:
    if fields is None:
        return [text] + [""] * (len(columns) - 1)
    return [fields.get(name, "") for name in columns]
