"""A glossary as a CSV file (pure), as spreadsheets in French write it: semicolons, UTF-8 with its mark or cp1252.

A file is taken whole or not at all: the first line that is not right is named.
"""

import csv
import io
from collections.abc import Iterable, Sequence

from demeure.words.errors import CsvInvalid, TermInvalid
from demeure.words.terms import KINDS, Term, term

BYTES = 4 << 20
MOST = 5000
"""Entries of one glossary."""
_COLUMNS = ("form", "kind", "meaning", "also", "avoid", "note")
_HEADERS = {
    "fr": ("forme", "genre", "sens", "autres formes", "à éviter", "note"),
    "en": ("form", "kind", "meaning", "other forms", "avoid", "note"),
}
_KINDS = {"fr": ("terme", "sigle", "service", "lieu"), "en": KINDS}
_NAMES = {name: column for headers in _HEADERS.values() for name, column in zip(headers, _COLUMNS, strict=True)}
_NAMES |= {
    "terme": "form",
    "développé": "meaning",
    "définition": "meaning",
    "a éviter": "avoid",
    "interdit": "avoid",
}
_NAMES |= {"sigle": "form", "préféré": "form", "synonymes": "also", "type": "kind", "commentaire": "note"}
_READ_KINDS = {name: kind for names in _KINDS.values() for name, kind in zip(names, KINDS, strict=True)}
_READ_KINDS |= {"": "term", "acronyme": "acronym"}
_BETWEEN = " | "


def write_csv(terms: Iterable[Term], language: str = "fr") -> bytes:
    """Semicolons, UTF-8 with its mark, lines ended as Windows does. A cell that a spreadsheet would compute begins
    with an apostrophe, which ``read_csv`` takes off."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    names = dict(zip(KINDS, _KINDS[language], strict=True))
    writer.writerow(_HEADERS[language])
    for one in terms:
        cells = (
            one.form,
            names[one.kind],
            one.meaning,
            _BETWEEN.join(one.also),
            _BETWEEN.join(one.avoid),
            one.note,
        )
        writer.writerow([f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "'") else cell for cell in cells])
    return text.getvalue().encode("utf-8-sig")


def read_csv(data: bytes) -> tuple[Term, ...]:
    """The entries of a file. Raises CsvInvalid."""
    if len(data) > BYTES:
        raise _wrong(1, f"le fichier dépasse {BYTES >> 20} Mo", f"the file is above {BYTES >> 20} MB")
    text = _decoded(data)
    delimiter = max(";,\t", key=text.split("\n", 1)[0].count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    made: dict[str, tuple[int, Term]] = {}
    try:
        columns = _columns(next(reader, []))
        for row in reader:
            if any(cell.strip() for cell in row):
                _take(made, reader.line_num, row, columns)
    except csv.Error as problem:
        raise _wrong(
            reader.line_num, "les guillemets ne se ferment pas", "quotation marks do not close"
        ) from problem
    if not made:
        raise _wrong(2, "aucune entrée", "no entry")
    return tuple(one for _, one in made.values())


def _take(made: dict[str, tuple[int, Term]], line: int, row: Sequence[str], columns: Sequence[str]) -> None:
    if len(row) > len(columns) and any(cell.strip() for cell in row[len(columns) :]):
        fr = f"{len(row)} cellules pour {len(columns)} colonnes"
        raise _wrong(line, fr, f"{len(row)} cells for {len(columns)} columns")
    cells = {name: _cell(value) for name, value in zip(columns, row, strict=False) if name}
    kind = _READ_KINDS.get(cells.get("kind", "").strip().casefold(), cells.get("kind", "?"))
    try:
        one = term(
            cells.get("form", ""),
            kind,
            cells.get("meaning", ""),
            cells.get("also", "").split("|"),
            cells.get("avoid", "").split("|"),
            cells.get("note", ""),
        )
    except TermInvalid as problem:
        raise _wrong(line, problem.sentence("fr").rstrip("."), problem.sentence("en").rstrip(".")) from problem
    if one.key in made:
        first = made[one.key][0]
        fr, en = f"« {one.form} » est déjà à la ligne {first}", f"“{one.form}” is already on line {first}"
        raise _wrong(line, fr, en)
    if len(made) >= MOST:
        raise _wrong(line, f"plus de {MOST} entrées", f"more than {MOST} entries")
    made[one.key] = (line, one)


def _columns(header: Sequence[str]) -> list[str]:
    columns = [_NAMES.get(" ".join(cell.split()).casefold(), "") for cell in header]
    if "form" not in columns:
        told = " ; ".join(_HEADERS["fr"])
        raise _wrong(1, f"la première ligne doit nommer les colonnes ({told})", f"columns must be named ({told})")
    if len({c for c in columns if c}) != len([c for c in columns if c]):
        raise _wrong(1, "une colonne est nommée deux fois", "a column is named twice")
    return columns


def _cell(value: str) -> str:
    return value[1:] if value[:1] == "'" and value[1:2] in ("=", "+", "-", "@", "'") else value


def _decoded(data: bytes) -> str:
    encodings = ["utf-16"] if data.startswith((b"\xff\xfe", b"\xfe\xff")) else ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError as problem:
            at = data[: problem.start].count(b"\n") + 1
            continue
        if "\0" in text:
            at = text[: text.index("\0")].count("\n") + 1
            break
        return text
    raise _wrong(
        at, "le fichier n’est ni en UTF-8 ni en Windows-1252", "the file is neither UTF-8 nor Windows-1252"
    )


def _wrong(line: int, fr: str, en: str) -> CsvInvalid:
    return CsvInvalid(line=line, detail=fr, detail_en=en)
