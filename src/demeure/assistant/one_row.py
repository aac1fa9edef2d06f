"""The price of a thing that has several, one for each column of its row: the row answers, word for word. A small
model gives that of the residents to the others. Pure."""

from collections.abc import Mapping, Sequence

from demeure.assistant import asking, prices, prompt
from demeure.assistant.citations import BULLETS
from demeure.assistant.families import kin
from demeure.assistant.grounding.labelled import Row, row_of
from demeure.assistant.units import Stems
from demeure.library import Hit

_LEAST = 2  # prices of a row


def told(question: str, read: Mapping[int, str], hits: Sequence[Hit], stems: Stems, spoken: str) -> str:
    """The row that ``question`` names among those ``read`` (source number → lines, best first), with its source.
    Empty when it asks for something else or for one of the columns, when it names no row or several, or when the
    passage does not speak of all that is asked."""
    if not prices.asked_alone(question) or len(asking.parts(question)) > 1 or not read:
        return ""
    number, text = next(iter(read.items()))
    asked = set(prices.subject(list(dict.fromkeys(stems(question))), stems))
    rows = {line.lstrip(BULLETS): row for line in text.split("\n") if (row := _priced(line)) is not None}
    named = {line: len(asked.intersection(stems(row.name))) for line, row in rows.items()}
    most = max(named.values(), default=0)
    best = [line for line, many in named.items() if many == most]
    if not most or len(best) > 1:
        return ""
    hit = hits[number - 1]
    labels = frozenset(stem for cell in rows[best[0]].cells for stem in stems(cell.label))
    above = f"{hit.document}\n{hit.context}".replace("-", " ").replace("_", " ")
    there = frozenset(stems(f"{above}\n{hit.text}"))
    if any(one in labels or kin(one, labels) for one in asked - set(stems(f"{above}\n{rows[best[0]].name}"))):
        return ""
    if not all(one in there or kin(one, there) for one in asked):
        return ""
    return f"{prompt.WHOLE_TABLE[spoken].format(head='')}\n- {best[0]} [{number}]"


def _priced(line: str) -> Row | None:
    """A row whose columns each say what their price is of."""
    row = row_of(line.lstrip(BULLETS))
    return row if row and sum(prices.priced(cell.text) for cell in row.cells) >= _LEAST else None
