"""CSV: one sheet. The delimiter is what cuts the first lines into the same number of columns; the encoding is
judged as for any text; the first row names the columns when it is made of distinct words."""

import csv
import io
from collections.abc import Iterator, Sequence

from demeure.workshop.errors import DocumentCorrupt
from demeure.workshop.parts import Facts, Part, ReadLimits
from demeure.workshop.read_text import load
from demeure.workshop.sheet_tables import COLUMNS, Cell, Sheet

DELIMITERS = ";,\t|"
_SAMPLE, _SAMPLE_ROWS = 1 << 16, 50
_FIELD = 1 << 20


def read(data: bytearray, name: str, limits: ReadLimits, facts: Facts) -> Iterator[Part]:
    """Yields parts with cell places; rows are numbered as a spreadsheet would."""
    text = load(data, name, limits, facts)
    start, first, delimiter = 0, 1, ""
    if text[:4].lower() == "sep=" and text[5:6] in ("\n", ""):  # a word of Excel to itself
        start, first, delimiter = 6, 2, text[4]
    delimiter = delimiter or delimiter_of(text[:_SAMPLE])
    csv.field_size_limit(_FIELD)
    sheet = Sheet(facts, limits)
    headed: bool | None = None
    try:
        for number, whole in enumerate(
            csv.reader(io.StringIO(text[start:], newline=""), delimiter=delimiter), first
        ):
            row = whole[:COLUMNS]
            if headed is None and any(row):
                headed = _names(row)
                cells = [Cell(at, value, strong=headed) for at, value in enumerate(row, 1) if value.strip()]
            else:
                cells = [Cell(at, value) for at, value in enumerate(row, 1) if value.strip()]
            sheet.row(number, cells)
            yield from sheet.drain()
    except csv.Error as problem:
        raise DocumentCorrupt(detail="csv-damaged") from problem
    yield from sheet.finish()


def delimiter_of(sample: str) -> str:
    """The one of DELIMITERS that cuts most of the first rows into the same number of columns, two at least."""
    best, found = (0.0, 0), DELIMITERS[0]
    whole = sample if "\n" not in sample else sample[: sample.rindex("\n")]
    for delimiter in DELIMITERS:
        widths = [width for width in _widths(whole, delimiter) if width]
        if not widths:
            continue
        usual = max(set(widths), key=widths.count)
        score = (widths.count(usual) / len(widths), usual)
        if usual > 1 and score > best:
            best, found = score, delimiter
    return found


def _widths(sample: str, delimiter: str) -> list[int]:
    widths = []
    try:
        for row in csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter):
            widths.append(len(row) if any(row) else 0)
            if len(widths) >= _SAMPLE_ROWS:
                break
    except csv.Error:
        pass
    return widths


def _names(row: Sequence[str]) -> bool:
    """Distinct short words, as many as there are columns, none of them a figure."""
    names = [value.strip() for value in row]
    while names and not names[-1]:
        names.pop()
    words = [name for name in names if name]
    return (
        len(words) > 1
        and len(words) == len(set(words)) == len(names)
        and not any(len(word) > 80 or Cell(1, word).figure for word in words)
    )
