"""A question for all the prices of a table, or for those of several things: the document's own rows answer it, word
for word. A small model leaves some out, reads a column for another, or gives one price for both. Pure."""

import re
from collections.abc import Sequence

from demeure.assistant import asking, every_price, prices, prompt, schedules, town
from demeure.assistant.citations import BULLETS, the_rest
from demeure.assistant.families import kin
from demeure.assistant.prompt import Extract
from demeure.assistant.units import Stems, Told
from demeure.assistant.work import Work
from demeure.library import Hit

_LEAST, _MOST = 2, 12
_FIGURES = re.compile(r"[\W\d_]+")
_LABELLED = " : "
"""A row that says what each of its figures is needs no header."""


def whole_table(work: Work) -> str:
    """The answer, with its source; empty when the question asks for something else, or has found no table."""
    table, asked = work.listed, work.looked_for
    if table is None or work.through is not None:
        return ""
    sections = [(of, rows, one.number) for one in work.tables for of, rows in one.sections]
    if len(sections) > 1:
        return prompt.WHOLE_TABLES[work.spoken] + "".join(map(_section, sections)) if work.named else ""
    if not _LEAST <= len(table.rows) <= _MOST:
        return ""
    if work.named and schedules.asked(asked):
        return prompt.WHOLE_TABLE[work.spoken].format(head=_head(table)) + _rows(table)
    if not (work.named and prices.asked_alone(asked)):
        return ""
    if len(set(map(_label, table.rows))) < len(table.rows):
        return ""  # two lists one under the other, or prices told apart by what stands elsewhere
    return prompt.WHOLE_TABLE[work.spoken].format(head=_head(table)) + _rows(table)


def _head(table: Extract) -> str:
    bare = not all(_LABELLED in row.replace("\u00a0", " ").replace("\u202f", " ") for row in table.rows)
    return f" (« {table.heads[-1]} »)" if bare and table.heads else ""


def _rows(table: Extract) -> str:
    return "".join(f"\n- {row.lstrip(BULLETS)}" for row in table.rows) + f" [{table.number}]"


def _section(told: tuple[str, tuple[str, ...], int]) -> str:
    of, rows, number = told
    return f"\n\n{of}" + "".join(f"\n- {row.lstrip(BULLETS)}" for row in rows) + f" [{number}]"


def _label(row: str) -> str:
    """What names a row: its words, and a number before its first price (« Tranche 2 »)."""
    if not prices.priced(row):
        return " ".join(row.casefold().split())  # « Moins de trois ans gratuit »
    name, _, rest = row.casefold().partition(prices.first(row).casefold())
    return " ".join([*name.split(), *_FIGURES.sub(" ", rest).split()])


def named(asked: str, table: Extract | None, hits: Sequence[Hit], stems: Stems) -> bool:
    """Is ``table`` about the very thing that is asked for? Its passage, headings and document's name speak of it,
    and no other passage speaks as much of it with words that it has not: « les tarifs de la piscine », which no
    table gives, are not those of the leisure centre; and its rows name each of the things asked for, when they are
    several. ``hits``: all that was found, in the order of their numbers."""
    passages = [Told(hit.document_id, hit.context, hit.text) for hit in hits]
    wanted = set(prices.subject(list(stems(town.without(asked, passages, stems))), stems))
    if (
        table is None
        or not wanted
        or every_price.asked(asked, stems)
        or not asking.told_each(asked, table.rows, table.heads, stems)
    ):
        return False
    spoken = (f"{hit.document}\n{hit.context}\n{hit.text}".replace("_", " ") for hit in hits)
    if prices.asked_for(asked) and not (prices.asked_all(asked) or len(asking.things(asked)) > 1):
        # « le tarif de la cantine »: several rows are its price, when they or their headings say all that is asked
        said = [table.title, *(of for of, _ in table.sections), *table.rows]
        own = frozenset(stems("\n".join([hits[table.number - 1].document, *said]).replace("_", " ")))
        if not (table.sections and all(stem in own or kin(stem, own) for stem in wanted)):
            return False
    there = [frozenset(stems(text)) for text in spoken]
    held = [{stem for stem in wanted if stem in some or kin(stem, some)} for some in there]
    mine = held[table.number - 1]
    return bool(mine) and not any(len(theirs) >= len(mine) and theirs - mine for theirs in held)


def others(work: Work) -> str:
    """What an answer of the model left out of the table that it was asked of."""
    table = work.listed
    if table is None or prompt.says_not_found(work.shown):
        return ""
    return the_rest(work.shown, table.rows, table.number, prompt.THE_REST[work.spoken])
