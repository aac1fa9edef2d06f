"""What a question also says, in the organisation's own words: « CCAS » and « centre communal d'action sociale ».

Each other form is looked for as a phrase: its words one after another, never here and there, so that what is added
to a question brings its own passages and moves no other.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from demeure.library.search.query import French, Question


class Synonyms(Protocol):
    """The glossaries in force. Blocking; any thread."""

    def others(self, text: str, spaces: Sequence[str]) -> list[tuple[str, tuple[str, ...]]]:
        """(form found in ``text``, other forms that mean the same), from those of the organisation and of
        ``spaces``, which the caller may read."""
        ...


class NoSynonyms:
    """A house without a glossary."""

    def others(self, text: str, spaces: Sequence[str]) -> list[tuple[str, tuple[str, ...]]]:
        del text, spaces
        return []


Same = tuple[tuple[str, ...], tuple[str, ...]]
"""Stems of a form as it was asked, and the phrases (stems between spaces) that mean the same."""


def same(others: Sequence[tuple[str, tuple[str, ...]]], french: French) -> tuple[Same, ...]:
    """As the index knows them; a form of small words only is left out."""
    made = []
    for said, forms in others:
        stems = tuple(dict.fromkeys(french.terms(said)))
        phrases = tuple(dict.fromkeys(filter(None, (" ".join(french.terms(form)) for form in forms))))
        phrases = tuple(phrase for phrase in phrases if phrase != " ".join(french.terms(said)))
        if stems and phrases:
            made.append((stems, phrases))
    return tuple(made)


def widened(asked: Question, others: Sequence[tuple[str, tuple[str, ...]]], french: French) -> Question:
    """``asked`` with what it also says; the text that is compared by meaning tells the first other form."""
    found = same(others, french)
    if not found:
        return asked
    told = "; ".join(f"{said} : {forms[0]}" for said, forms in others if forms)
    return replace(asked, text=f"{asked.text} ({told})", same=found)
