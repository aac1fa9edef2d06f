"""The notes of a letter: one for each place that names a source, whole the first time, short afterwards. Pure."""

from dataclasses import dataclass
from typing import Any

from demeure.workshop.letter import Letter, LetterSource

_AGAIN = {"fr": "voir la note {first}", "en": "see note {first}"}
_QUOTED = {"fr": "«\u202f{quote}\u202f»", "en": "“{quote}”"}
LONGEST = 1_200
"""Characters of a passage quoted in a note."""


@dataclass(frozen=True)
class NoteText:
    """``where``: document and page; ``quote``: the passage between its marks, or nothing; both empty never."""

    number: int
    where: str
    quote: str = ""


class Notes:
    """Numbers notes in the order in which they are written."""

    def __init__(self, letter: Letter) -> None:
        self._letter = letter
        self._sources = {source.number: source for source in letter.sources}
        self._first: dict[int, int] = {}
        self._count = 0

    @property
    def known(self) -> frozenset[int]:
        return frozenset(self._sources)

    def note(self, number: int) -> NoteText:
        """The next note, of source ``number``."""
        source = self._sources[number]
        self._count += 1
        where = ", ".join(filter(None, (source.document, source.where)))
        first = self._first.setdefault(number, self._count)
        if first < self._count:
            return NoteText(self._count, f"{where}, {_AGAIN[self._letter.language].format(first=first)}")
        return NoteText(self._count, where, self._quoted(source))

    def _quoted(self, source: LetterSource) -> str:
        quote = " ".join(source.quote.split())
        if len(quote) > LONGEST:
            quote = f"{quote[:LONGEST].rsplit(' ', 1)[0]} …"
        return _QUOTED[self._letter.language].replace("{quote}", quote) if quote else ""


def numbered(blocks: list[dict[str, Any]], notes: Notes) -> None:
    """Put the words of its note in each run that is one, in reading order."""
    for block in blocks:
        groups = [
            block.get("runs", []),
            *block.get("header", []),
            *(c for row in block.get("rows", []) for c in row),
        ]
        for run in (run for group in groups for run in group):
            if run["kind"] == "note":
                told = notes.note(run["number"])
                run.update(note=told.number, where=told.where, quote=told.quote)
        numbered(block.get("blocks", []), notes)
        for item in block.get("items", []):
            numbered(item, notes)


def told_in(run: dict[str, Any]) -> str:
    """The words of a note that ``numbered`` filled in."""
    return " ".join(filter(None, (run["where"], run["quote"])))
