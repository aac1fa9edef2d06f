"""The price of a thing that has several, one for each column of its row: the row answers, word for word. A small
model gives that of the residents to the others. Pure."""

from collections.abc import Mapping, Sequence

from demeure.assistant import asking, bands, prices, prompt
from demeure.assistant.citations import BULLETS
from demeure.assistant.families import kin
from demeure.assistant.grounding.labelled import Row, row_of
from demeure.assistant.units import Stems
from demeure.library import Hit

_LEAST = 2  # prices of a row


def told(question: str, read: Mapping[int, str], hits: Sequence[Hit], stems: Stems, spoken: str) -> str:
    """The row that ``question`` names among those ``read`` (source number → lines, best first), or whose bounds
    hold its number (« un quotient de 900 », « De 801 à 1 100 »), with its source; of columns that are such bounds,
    the one that does. Empty when it asks for something else or for one of the columns, when it names no row or
    several, or when the passage does not speak of all that is asked."""
    if not prices.asked_alone(question) or len(asking.parts(question)) > 1 or not read:
        return ""
    number, text = next(iter(read.items()))
    asked = set(prices.subject(list(dict.fromkeys(stems(question))), stems))
    rows = {line.lstrip(BULLETS): one for line in text.split("\n") if (one := _priced(line)) is not None}
    within = dict(zip(rows, bands.held(question, [_bound(row) for row in rows.values()]), strict=True))
    named = {line: len(asked.intersection(stems(row.name))) + within[line] for line, row in rows.items()}
    most = max(named.values(), default=0)
    best = [line for line, many in named.items() if many == most]
    if not most or len(best) > 1:
        return ""
    hit, row = hits[number - 1], rows[best[0]]
    column = [cell for cell, mine in zip(row.cells, bands.held(question, _labels(row)), strict=True) if mine]
    column = column if len(column) == 1 and all(map(bands.span, _labels(row))) else []
    if within[best[0]] or column:
        asked = {one for one in asked if not one[0].isdigit()}
    labels = frozenset(stem for cell in row.cells for stem in stems(cell.label)) if not within[best[0]] else ()
    above = f"{hit.document}\n{hit.context}".replace("-", " ").replace("_", " ")
    there = frozenset(stems(f"{above}\n{text if within[best[0]] else hit.text}"))  # of its own table
    if any(one in labels or kin(one, labels) for one in asked - set(stems(f"{above}\n{row.name}"))):
        return ""
    if not all(one in there or kin(one, there) for one in asked):
        return ""
    line = f"{row.name} — {column[0].label} : {column[0].text}" if column else best[0]
    return f"{prompt.WHOLE_TABLE[spoken].format(head='')}\n- {line} [{number}]"


def _labels(row: Row) -> list[str]:
    return [cell.label for cell in row.cells]


def _bound(row: Row) -> str:
    """Its name, and the cells that give no price: one may be its bounds."""
    return "\n".join([row.name, *(cell.text for cell in row.cells if not prices.priced(cell.text))])


def _priced(line: str) -> Row | None:
    """A row whose columns each say what their price is of."""
    row = row_of(line.lstrip(BULLETS))
    return row if row and sum(prices.priced(cell.text) for cell in row.cells) >= _LEAST else None
