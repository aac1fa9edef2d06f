"""A question for all the prices of a table, or for those of several things: the document's own rows answer it, word
for word. A small model leaves some out, reads a column for another, or gives one price for both. Pure."""

import re
from collections.abc import Sequence

from demeure.assistant import asking, prices, prompt, schedules
from demeure.assistant.citations import the_rest
from demeure.assistant.prompt import Extract
from demeure.assistant.units import Stems
from demeure.assistant.work import Work
from demeure.library import Hit

_LEAST, _MOST = 2, 12
_FIGURES = re.compile(r"[\W\d_]+")
_LABELLED = " : "
"""A row that says what each of its figures is needs no header."""


def whole_table(work: Work) -> str:
    """The answer, with its source; empty when the question asks for something else, or has found no table."""
    table, asked = work.listed, work.looked_for
    if table is None or work.through is not None or not _LEAST <= len(table.rows) <= _MOST:
        return ""
    if work.named and schedules.asked(asked):
        return prompt.WHOLE_TABLE[work.spoken].format(head=_head(table)) + _rows(table)
    several = prices.asked_all(asked) or len(asking.things(asked)) > 1
    if not (work.named and several and prices.asked_alone(asked)):
        return ""
    if len(set(map(_label, table.rows))) < len(table.rows):
        return ""  # two lists one under the other, or prices told apart by what stands elsewhere
    return prompt.WHOLE_TABLE[work.spoken].format(head=_head(table)) + _rows(table)


def _head(table: Extract) -> str:
    bare = not all(_LABELLED in row.replace("\u00a0", " ").replace("\u202f", " ") for row in table.rows)
    return f" (« {table.heads[-1]} »)" if bare and table.heads else ""


def _rows(table: Extract) -> str:
    return "".join(f"\n- {row}" for row in table.rows) + f" [{table.number}]"


def _label(row: str) -> str:
    """What names a row: its words, and a number before its first price (« Tranche 2 »)."""
    name, _, rest = row.casefold().partition(prices.first(row).casefold())
    return " ".join([*name.split(), *_FIGURES.sub(" ", rest).split()])


def named(asked: str, table: Extract | None, hits: Sequence[Hit], stems: Stems) -> bool:
    """Is ``table`` about the very thing that is asked for? Its passage, headings and document's name speak of it,
    and no other passage speaks as much of it with words that it has not: « les tarifs de la piscine », which no
    table gives, are not those of the leisure centre; and its rows name each of the things asked for, when they are
    several. ``hits``: all that was found, in the order of their numbers."""
    wanted = set(prices.subject(list(stems(asked)), stems))
    if table is None or not wanted or not asking.told_each(asked, table.rows, table.heads, stems):
        return False
    spoken = (f"{hit.document}\n{hit.context}\n{hit.text}".replace("_", " ") for hit in hits)
    held = [wanted.intersection(stems(text)) for text in spoken]
    mine = held[table.number - 1]
    return bool(mine) and not any(len(theirs) >= len(mine) and theirs - mine for theirs in held)


def others(work: Work) -> str:
    """What an answer of the model left out of the table that it was asked of."""
    table = work.listed
    if table is None or prompt.says_not_found(work.shown):
        return ""
    return the_rest(work.shown, table.rows, table.number, prompt.THE_REST[work.spoken])
