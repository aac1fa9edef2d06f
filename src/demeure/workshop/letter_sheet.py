"""The tables of a letter as a spreadsheet: ODS, or CSV for the first one. A source stands beside its cell.

Every cell is text: nothing in it is computed. The sheet « Sources » holds the passages, and how the text was made.
"""

import csv
import io
from datetime import UTC, datetime
from html import escape
from typing import Any

from demeure.workshop.blocks import Block, blocks, plain
from demeure.workshop.letter import Letter
from demeure.workshop.packing import dated

_WORDS = {
    "fr": {"source": "Source", "sheet": "Tableau", "sources": "Sources", "document": "Document"},
    "en": {"source": "Source", "sheet": "Table", "sources": "Sources", "document": "Document"},
}
_PASSAGE = {"fr": ("Page ou partie", "Passage"), "en": ("Page or part", "Passage")}
_COUNTRY = {"fr": "FR", "en": "GB"}
_RUN = "=+-@\t"


def tables(letter: Letter) -> list[list[list[str]]]:
    """Header and rows of each table, a column of sources after each column that has some. Raises ValueError: there
    is no table."""
    sources = {one.number: ", ".join(filter(None, (one.document, one.where))) for one in letter.sources}
    told = [_rows(one, sources, letter.language) for one in _every(blocks(letter.text, frozenset(sources)))]
    if not told:
        raise ValueError("no table")
    return told


def write_csv(letter: Letter) -> bytes:
    """Semicolons and a mark of UTF-8, as French spreadsheets read it; what would run is made inert."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerows([f"'{cell}" if cell[:1] in tuple(_RUN) else cell for cell in row] for row in tables(letter)[0])
    return text.getvalue().encode("utf-8-sig")


def write_ods(letter: Letter) -> bytes:
    """The file."""
    from odfdo import Document, Element  # mapped by the jobs that need it

    document: Any = Document("spreadsheet")
    words = _WORDS[letter.language]
    body = document.body
    body.clear()
    for number, rows in enumerate(tables(letter), 1):
        body.append(Element.from_tag(_sheet(f"{words['sheet']} {number}", rows)))
    listed = [[words["source"], words["document"], *_PASSAGE[letter.language]]]
    listed += [[str(one.number), one.document, one.where, one.quote] for one in letter.sources]
    listed += [[line, "", "", ""] for line in (letter.title, letter.mention, letter.review) if line]
    body.append(Element.from_tag(_sheet(words["sources"], listed)))
    _told(document, letter)
    out = io.BytesIO()
    document.save(out)
    return dated(out.getvalue(), letter.issued, "mimetype")


def _told(document: Any, letter: Letter) -> None:
    when = datetime.fromtimestamp(letter.issued, UTC).replace(tzinfo=None)
    meta = document.meta
    meta.title, meta.language = letter.title, f"{letter.language}-{_COUNTRY[letter.language]}"
    meta.description, meta.initial_creator, meta.creator = letter.mention, letter.organisation, letter.organisation
    meta.creation_date, meta.date = when, when
    for name, value in letter.facts:
        meta.set_user_defined_metadata(name, value)


def _every(found: list[Block]) -> list[Block]:
    """The tables, in order, wherever they stand."""
    made = []
    for block in found:
        if block["kind"] == "table":
            made.append(block)
        made += _every(block.get("blocks", []))
        for item in block.get("items", []):
            made += _every(item)
    return made


def _rows(table: Block, sources: dict[int, str], language: str) -> list[list[str]]:
    rows = [table["header"], *table["rows"]]
    cited = [any(_notes(row[at]) for row in rows) for at in range(len(table["header"]))]
    told = []
    for number, row in enumerate(rows):
        line: list[str] = []
        for cell, has in zip(row, cited, strict=True):
            line.append(" ".join(plain(cell).split()))
            if has:
                word = _WORDS[language]["source"]
                line.append("; ".join(sources[n] for n in _notes(cell)) if number else word)
        told.append(line)
    return told


def _notes(cell: list[dict[str, Any]]) -> list[int]:
    return [run["number"] for run in cell if run["kind"] == "note"]


def _sheet(name: str, rows: list[list[str]]) -> str:
    told = "".join(f"<table:table-row>{''.join(map(_cell, row))}</table:table-row>" for row in rows)
    columns = max(map(len, rows))
    return (
        f'<table:table table:name="{escape(name)}"><table:table-column table:number-columns-repeated="{columns}"/>'
        f"{told}</table:table>"
    )


def _cell(text: str) -> str:
    lines = "".join(f"<text:p>{escape(line, quote=False)}</text:p>" for line in text.split("\n"))
    return f'<table:table-cell office:value-type="string">{lines}</table:table-cell>'
