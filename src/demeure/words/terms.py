"""One entry of a glossary: how to write it, what it means, its other names, what to avoid. Pure."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from demeure.words.errors import TermInvalid

KINDS = ("term", "acronym", "service", "place")
LONGEST, LONGEST_NOTE, MOST_FORMS = 120, 400, 20
"""Characters of a form, of a meaning or a note; other forms, or forms to avoid, of one entry."""


@dataclass(frozen=True)
class Term:
    """``form``: as it is to be written; ``meaning``: a sigle's words, a term's definition; ``also``: other right
    forms; ``avoid``: forms that ``form`` replaces. ``space``: empty for the whole organisation. ``id``: 0 before it
    is kept."""

    form: str
    kind: str = "term"
    meaning: str = ""
    also: tuple[str, ...] = ()
    avoid: tuple[str, ...] = ()
    note: str = ""
    space: str = ""
    id: int = 0

    @property
    def right(self) -> tuple[str, ...]:
        """The forms that mean the same and may be written; the meaning of what is not a plain term is one."""
        spelled = (self.meaning,) if self.spelled else ()
        return tuple(dict.fromkeys((self.form, *spelled, *self.also)))

    @property
    def spelled(self) -> bool:
        """``meaning`` is the name in full, not a definition."""
        return bool(self.meaning) and self.kind != "term" and len(self.meaning) <= LONGEST

    @property
    def key(self) -> str:
        """Two entries of one glossary never share it."""
        return " ".join(self.form.split()).casefold()


def term(
    form: str,
    kind: str = "term",
    meaning: str = "",
    also: Iterable[str] = (),
    avoid: Iterable[str] = (),
    note: str = "",
) -> Term:
    """An entry as it is kept. Raises TermInvalid, which names the field."""
    made = Term(
        _one(form, "form", LONGEST),
        kind if kind in KINDS else "",
        _line(meaning, "meaning", LONGEST_NOTE),
        _forms(also, "also"),
        _forms(avoid, "avoid"),
        _line(note, "note", LONGEST_NOTE),
    )
    if not made.kind:
        raise TermInvalid(field="kind", found=kind[:40])
    rights = {" ".join(right.split()).casefold() for right in made.right}
    for one in made.avoid:
        if one.casefold() in rights and one not in made.right:
            continue  # « Ccas » may be avoided where « CCAS » is right
        if one in made.right:
            raise TermInvalid(field="avoid", found=one)
    return made


def _forms(values: Iterable[str], field: str) -> tuple[str, ...]:
    made = tuple(dict.fromkeys(_one(value, field, LONGEST) for value in values if value.strip()))
    if len(made) > MOST_FORMS:
        raise TermInvalid(field=field, found=str(len(made)))
    return made


def _one(value: str, field: str, most: int) -> str:
    line = _line(value, field, most)
    if not any(c.isalnum() for c in line):
        raise TermInvalid(field=field, found=line[:40])
    return line


def _line(value: str, field: str, most: int) -> str:
    """One line without what cannot be seen."""
    plain = "".join(c if unicodedata.category(c)[0] != "C" else " " for c in unicodedata.normalize("NFC", value))
    line = " ".join(plain.split())
    if len(line) > most:
        raise TermInvalid(field=field, found=f"{line[:40]}…")
    return line
