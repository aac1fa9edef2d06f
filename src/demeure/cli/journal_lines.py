"""Entries of the journal as lines: a table where the terminal is wide, two short lines each where it is not."""

import shutil
import sys
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

import click

from demeure.cli.terminal import here, listed, printable, said

WIDE, PIPE = 120, 160
"""Columns from which a table has room; those of a pipe."""
CHAIN, _LONGEST = 8, 96
"""Characters of a chain that tell it from others on a screen; of what an entry is about, in a table."""
OUTCOMES = {
    "done": ("fait", "done"),
    "refused": ("refusé", "refused"),
    "failed": ("échoué", "failed"),
    "interrupted": ("interrompu", "interrupted"),
}
"""Outcome of a piece of work → its word, French and English."""


def print_entries(language: str, found: Mapping[str, Any], *, whole: bool = False) -> None:
    """``found``: entries, and what is told of each. ``whole``: nothing is cut, chains neither."""
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else PIPE
    if found["entries"] and (whole or width < WIDE):
        for line in short_lines(language, found, width, whole=whole):
            click.echo(line)
        return
    columns = said(
        language, "entrée,date,qui,quoi,sur quoi,issue,chaîne", "entry,time,who,what,about,outcome,chain"
    )
    rows = [
        (
            *(e["index"], here(e["time"])[:19], words["who"], words["said"], cut(words["about"], _LONGEST)),
            *(_outcome(language, e["outcome"]), e["chain"][:CHAIN]),
        )
        for e, words in zip(found["entries"], found["told"], strict=True)
    ]
    listed(language, columns, rows, "Aucune entrée ne répond à cette demande.", "No entry answers this request.")


def short_lines(language: str, found: Mapping[str, Any], width: int, *, whole: bool) -> Iterator[str]:
    """Number, time, outcome, chain and who; then what, about what, and with ``whole`` by which rule or why. None
    wider than ``width``."""
    for e, words in zip(found["entries"], found["told"], strict=True):
        who, what = printable(words["who"]), printable(words["said"])
        what += said(language, "\u00a0: ", ": ") + printable(words["about"]) if words["about"] else ""
        when = here(e["time"])[: 19 if whole else 16].replace("T", " ")
        fixed = f"{e['index']:<6} {when} {_outcome(language, e['outcome']):<11}"
        if whole:
            why = printable(words.get("why", ""))
            what += f" ({why})" if why else ""
            yield f"{fixed} {e['chain']}".rstrip()
            yield from textwrap.wrap(f"{who}, {what}", width, initial_indent=_IN, subsequent_indent=_IN)
        else:
            yield cut(f"{fixed} {e['chain'][:CHAIN]:<{CHAIN}} {who}", width)
            yield cut(_IN + what, width)


_IN = " " * 7


def cut(text: str, longest: int) -> str:
    """What fits; ``--whole`` and ``--json`` have it whole."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def _outcome(language: str, outcome: str | None) -> str:
    return said(language, *OUTCOMES.get(outcome, (outcome, outcome))) if outcome else ""
