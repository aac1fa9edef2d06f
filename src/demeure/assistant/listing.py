"""A question for all the prices of a table: the document's own rows answer it, word for word. A small model leaves
some out, or reads a column for another. Pure."""

from demeure.assistant import prices, prompt
from demeure.assistant.citations import the_rest
from demeure.assistant.work import Work

_LEAST, _MOST = 2, 12
_LABELLED = " : "
"""A row that says what each of its figures is needs no header."""


def whole_table(work: Work) -> str:
    """The answer, with its source; empty when the question asks for something else, or has found no table."""
    table, asked = work.listed, work.looked_for
    if table is None or work.through is not None or not _LEAST <= len(table.rows) <= _MOST:
        return ""
    if not (prices.asked_all(asked) and prices.asked_alone(asked)):
        return ""
    bare = not all(_LABELLED in row for row in table.rows)
    head = f" (« {table.heads[-1]} »)" if bare and table.heads else ""
    opening = prompt.WHOLE_TABLE[work.spoken].format(head=head)
    return opening + "".join(f"\n- {row}" for row in table.rows) + f" [{table.number}]"


def others(work: Work) -> str:
    """What an answer of the model left out of the table that it was asked of."""
    table = work.listed
    if table is None or prompt.says_not_found(work.shown):
        return ""
    return the_rest(work.shown, table.rows, table.number, prompt.THE_REST[work.spoken])
