"""How commands print: French by default, tables on a terminal, plain lines in a pipe, JSON on request."""

import datetime
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import click

JSON = click.option("--json", "as_json", is_flag=True, help="Sortie JSON.")

STATES = {
    "starting": ("se prépare", "starting"),
    "running": ("en marche", "running"),
    "restarting": ("redémarre", "restarting"),
    "down": ("à l’arrêt", "down"),
}
"""State of a process → its words, French and English."""


WEEKDAYS = (
    *(("lundi", "Monday"), ("mardi", "Tuesday"), ("mercredi", "Wednesday"), ("jeudi", "Thursday")),
    *(("vendredi", "Friday"), ("samedi", "Saturday"), ("dimanche", "Sunday")),
)


def said(language: str, fr: str, en: str) -> str:
    """The sentence in the person's language."""
    return en if language == "en" else fr


def agreed(language: str, fr: str, en: str) -> bool:
    """The person's answer to a question, on standard error. No by default, and where nobody can answer."""
    choice = said(language, "[o/N]", "[y/N]")
    try:
        answer = click.prompt(f"{said(language, fr, en)} {choice}", default="", show_default=False, err=True)
    except click.Abort:
        click.echo(err=True)
        return False
    return str(answer).strip().casefold() in ("o", "oui", "y", "yes")


def confirmed(language: str, yes: bool, fr: str, en: str) -> None:
    """The person agrees, or has said so beforehand (``yes``); otherwise the command ends here, code 1."""
    if yes or agreed(language, fr, en):
        return
    click.echo(
        said(language, "Rien n’a été effacé (--yes : sans question).", "Nothing was erased (--yes: no question)."),
        err=True,
    )
    sys.exit(1)


def shown(obj: Mapping[str, Any], answer: Any, as_json: bool, fr: str, en: str) -> None:
    """What was done, as JSON or in a sentence."""
    if as_json:
        print_json(answer)
    else:
        click.echo(said(obj["language"], fr, en))


def print_json(data: Any) -> None:
    """One JSON document on standard output."""
    click.echo(json.dumps(data, ensure_ascii=False, indent=2, default=str))


def printable(text: str) -> str:
    """One line that moves neither the cursor nor the direction of the terminal."""
    return "".join(c if c.isprintable() or c in _WIDTHS else " " for c in text)


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A quiet table; columns keep their width in a pipe so that other tools can read them."""
    from rich.console import Console
    from rich.table import Table

    sheet = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        sheet.add_column(column, overflow="fold")
    for row in rows:
        sheet.add_row(*["" if cell is None else str(cell) for cell in row])
    Console(width=None if sys.stdout.isatty() else 160, highlight=False, markup=False).print(sheet)


def megabytes(kilobytes: float | None, language: str) -> str:
    """« 41 Mo »; empty when unknown."""
    return "" if kilobytes is None else f"{kilobytes / 1024:.0f} {said(language, 'Mo', 'MB')}"


def date(day: datetime.date, language: str) -> str:
    """« 27/12/2027 », “2027-12-27”."""
    return f"{day:%d/%m/%Y}" if language == "fr" else f"{day:%Y-%m-%d}"


def weight(count: int, language: str) -> str:
    """Bytes, as the pages say them: « 1,1 Go », “98 MB”."""
    number = f"{count / 1e9:.1f}" if count >= 1e9 else f"{count / 1e6:.0f}"
    unit = said(language, "Go", "GB") if count >= 1e9 else said(language, "Mo", "MB")
    return f"{number.replace('.', said(language, ',', '.'))}\u00a0{unit}"


QUOTE = 240  # characters
_WIDTHS = "\u00a0\u202f"
"""Spaces that French puts before « : » and between thousands."""


def source_lines(sources: Sequence[Mapping[str, Any]], question: str) -> list[str]:
    """Numbered sources: document, place, then the lines of the passage that speak of the question, at most three
    lines of a terminal."""
    from demeure.assistant.evidence import Told, evidence
    from demeure.library import French

    stems = French().stems
    lines = ["Sources"]
    for s in sources:
        place = f", {s['place_label']}" if s.get("place_label") else ""
        lines.append(f"  [{s['number']}] {s['document']}{place}")
        quote = str(s["quote"])
        best = evidence(question, [Told("", "", quote)], stems, QUOTE)[0].text if len(quote) > QUOTE else quote
        lines.append("      « " + shortened(best or quote, QUOTE + 20) + " »")
    return lines


def shortened(text: str, limit: int) -> str:
    """One line, cut at a word with an ellipsis."""
    flat = " ".join(text.split())
    if len(flat) <= limit:
        return flat
    return flat[:limit].rsplit(" ", 1)[0] + " …"


def unsourced_line(language: str, found: Mapping[str, Any]) -> str:
    """« Non étayé : six semaines (la source 2 dit « 14 jours ») »."""
    what, near = found["said"], found.get("nearest")
    why = ""
    if near:
        source = found.get("source")
        why = said(language, f" (la source {source} dit «\u00a0{near}\u00a0»)", f" (source {source} says “{near}”)")
    elif found.get("weekday") is not None:
        day = WEEKDAYS[found["weekday"]]
        why = said(language, f" (cette date est un {day[0]})", f" (that date is a {day[1]})")
    return said(language, f"Non étayé\u00a0: {what}{why}", f"Not in the sources: {what}{why}")
