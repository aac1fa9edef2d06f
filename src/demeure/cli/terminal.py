"""How commands print: French by default, tables on a terminal, plain lines in a pipe, JSON on request."""

import datetime
import json
import sys
import textwrap
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
QUEUED = (
    "Le modèle est occupé ; demandes qui passent avant la vôtre : {n}.",
    "The model is busy; requests that go before yours: {n}.",
)


WEEKDAYS = (
    *(("lundi", "Monday"), ("mardi", "Tuesday"), ("mercredi", "Wednesday"), ("jeudi", "Thursday")),
    *(("vendredi", "Friday"), ("samedi", "Saturday"), ("dimanche", "Sunday")),
)


def said(language: str, fr: str, en: str) -> str:
    """The sentence in the person's language."""
    return en if language == "en" else fr


def shut_line(language: str, name: str, why: Mapping[str, str]) -> str:
    """Of a space that does not open and was left out."""
    fr = f"Sans «\u00a0{name}\u00a0», qui ne s’ouvre pas. {why['fr']}"
    return said(language, fr, f"Without “{name}”, which cannot be opened. {why['en']}")


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


def printable_lines(text: str) -> str:
    """The same, of a text of several lines."""
    return "\n".join(map(printable, text.replace("\r\n", "\n").split("\n")))


def listed(language: str, columns: str, rows: Iterable[Sequence[object]], fr: str, en: str) -> None:
    """A table under ``columns`` (commas between); where there is no row, the sentence that says so instead."""
    lines = list(rows)
    if lines:
        table(columns.split(","), lines)
    else:
        click.echo(said(language, fr, en))


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


def day_told(moment: str, language: str) -> str:
    """The day of an ISO day or instant, as ``date``; « - » for none, what is no date as it is."""
    try:
        return date(datetime.date.fromisoformat(moment[:10]), language) if moment else "-"
    except ValueError:
        return moment[:10]


def here(moment: str) -> str:
    """An ISO instant at the hours of this machine, as pages tell it; one that names no zone, or none, as it is."""
    try:
        found = datetime.datetime.fromisoformat(moment)
        return found.astimezone().isoformat() if found.tzinfo else moment
    except (ValueError, OverflowError):
        return moment


def moment_told(moment: str, language: str) -> str:
    """An ISO instant, at the hours of this machine: « 27/12/2027 14 h 32 », “2027-12-27 14:32”; « - » for none."""
    day, mark, hour = here(moment)[:16].partition("T")
    told = day_told(day, language)
    if language == "fr" and ":" in hour:
        hour = f"{int(hour[:2])}\u00a0h\u00a0{hour[3:]}" if hour[:2].isdecimal() else hour
    return f"{told} {hour}" if mark else told


def weight(count: int, language: str) -> str:
    """Bytes, as the pages say them: « 1,1 Go », “98 MB”."""
    number = f"{count / 1e9:.1f}" if count >= 1e9 else f"{count / 1e6:.0f}"
    unit = said(language, "Go", "GB") if count >= 1e9 else said(language, "Mo", "MB")
    return f"{number.replace('.', said(language, ',', '.'))}\u00a0{unit}"


QUOTE = 240  # characters
_WIDTHS = "\u00a0\u202f"
"""Spaces that French puts before « : » and between thousands."""


def source_lines(
    sources: Sequence[Mapping[str, Any]],
    question: str,
    width: int = 0,
    language: str = "fr",
    spaces: Mapping[str, str] | None = None,
    answer: str = "",
) -> list[str]:
    """Numbered sources: document, place, then the sentences and rows of the passage that speak of the question,
    none cut in its middle. ``width``: of the terminal, to break lines between words; 0: break nothing.
    ``spaces``: names by id, to say where else the same document is. ``answer``: whose lines are quoted first."""
    from demeure.assistant.rested import said_of
    from demeure.assistant.sources import spoken
    from demeure.library import French

    stems = French().stems
    lines = ["Sources"]
    for s in sources:
        place = f", {s['place_label']}" if s.get("place_label") else ""
        also = ", ".join(spaces[one] for one in s.get("also", ()) if one in spaces) if spaces else ""
        also = said(language, f" (aussi dans {also})", f" (also in {also})") if also else ""
        lines.append(f"  [{s['number']}] {s['document']}{place}{also}")
        rests = said_of(int(s["number"]), answer) if answer else ""
        quoted = spoken(question, str(s["quote"]), stems, QUOTE, rests) or [""]
        quoted[0] = f"« {quoted[0]}"
        quoted[-1] += " »"
        for at, line in enumerate(quoted):
            lines += _broken(line, width, "      " if at == 0 else "        ")
        for told in s.get("standing") or ():
            lines += _broken(standing_line(language, told), width, "      ")
    return lines


def named_lines(sources: Sequence[Mapping[str, Any]], language: str) -> list[str]:
    """What was looked at besides: document and place, one line each."""
    where = (", ".join(filter(None, (s["document"], s.get("place_label")))) for s in sources)
    lines = [f"  [{s['number']}] {named}" for s, named in zip(sources, where, strict=True)]
    return [said(language, "Aussi regardé", "Also looked at"), *lines]


def found_line(language: str, sources: Sequence[Mapping[str, Any]]) -> str:
    """Before the first word: « 5 passages trouvés dans tarifs.pdf et 2 autres documents. »"""
    names = list(dict.fromkeys(str(source["document"]) for source in sources))
    many, more = "s" if len(sources) > 1 else "", len(names) - 1
    fr = f"{len(sources)} passage{many} trouvé{many} dans {names[0]}"
    en = f"{len(sources)} passage{many} found in {names[0]}"
    if more:
        plural = "s" if more > 1 else ""
        fr += f" et {more} autre{plural} document{plural}"
        en += f" and {more} other document{plural}"
    return said(language, f"{fr}.", f"{en}.")


def standing_line(language: str, told: Mapping[str, Any]) -> str:
    """« Remplacé par « Tarifs 2026.pdf ». »"""
    name, since = told.get("name"), day_told(told.get("since") or "", language)
    match told["kind"]:
        case "superseded":
            return said(language, f"Remplacé par «\u00a0{name}\u00a0».", f"Superseded by “{name}”.")
        case "expired":
            return said(language, f"À conserver jusqu’au {since}, date passée.", f"Keep until {since}, now past.")
        case _:
            return said(language, f"À relire depuis le {since}.", f"Due for review since {since}.")


def relied_line(language: str, told: Mapping[str, Any]) -> str:
    """« La réponse s’appuie sur un document qui n’est plus à jour (source 1, …) : remplacé par… »"""
    where = f"(source {told['source']}, {told['document']})"
    fr = f"La réponse s’appuie sur un document qui n’est plus à jour {where}\u00a0: "
    en = f"The answer relies on a document that is no longer up to date {where}: "
    return said(language, fr, en) + standing_line(language, told)


def _broken(line: str, width: int, margin: str) -> list[str]:
    if not width:
        return [margin + line]
    rest = "        "
    return textwrap.wrap(
        line, max(width, 40), initial_indent=margin, subsequent_indent=rest, break_on_hyphens=False
    )


def unsourced_line(language: str, found: Mapping[str, Any]) -> str:
    """« Non étayé : six semaines (la source 2 dit « 14 jours ») »; a sum is told as a sum, as on the page."""
    what, near = found["said"], found.get("nearest")
    if how := found.get("sum"):
        fr = f"Calcul\u00a0: {what}, d’après les sources\u00a0: {how}"
        return said(language, fr, f"Computed: {what}, from the sources: {how}")
    if row := found.get("row"):
        return said(
            language,
            f"À vérifier\u00a0: {what} (autre ligne ou colonne du tableau\u00a0; pour «\u00a0{row}\u00a0», la "
            f"source {found['source']} dit «\u00a0{near}\u00a0»)",
            f"To check: {what} (another row or column of the table; for “{row}”, source {found['source']} says "
            f"“{near}”)",
        )
    why = ""
    if near:
        source = found.get("source")
        why = said(language, f" (la source {source} dit «\u00a0{near}\u00a0»)", f" (source {source} says “{near}”)")
    elif found.get("weekday") is not None:
        day = WEEKDAYS[found["weekday"]]
        why = said(language, f" (cette date est un {day[0]})", f" (that date is a {day[1]})")
    return said(language, f"Non étayé\u00a0: {what}{why}", f"Not in the sources: {what}{why}")
