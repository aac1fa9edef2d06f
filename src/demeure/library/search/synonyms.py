"""What a question also says, in the organisation's own words: « CCAS » and « centre communal d'action sociale ».

Each other form is looked for as a phrase: its words one after another, never here and there, so that what is added
to a question brings its own passages and moves no other.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol

from demeure.library.search.query import French, Question


class Synonyms(Protocol):
    """The glossaries in force. Blocking; any thread."""

    def others(self, text: str, spaces: Sequence[str]) -> list[tuple[str, tuple[str, ...]]]:
        """(form found in ``text``, other forms that mean the same), from those of the organisation and of
        ``spaces``, which the caller may read."""
        ...

    def spare(self, text: str, spaces: Sequence[str]) -> list[tuple[str, tuple[str, ...]]]:
        """As ``others``, from sigles that everybody uses: for a form that the base itself never says."""
        ...


class NoSynonyms:
    """A house without a glossary."""

    def others(self, text: str, spaces: Sequence[str]) -> list[tuple[str, tuple[str, ...]]]:
        del text, spaces
        return []

    def spare(self, text: str, spaces: Sequence[str]) -> list[tuple[str, tuple[str, ...]]]:
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


def said_otherwise(
    synonyms: Synonyms, text: str, spaces: Sequence[str], says: Callable[[str], bool], french: French
) -> list[tuple[str, tuple[str, ...]]]:
    """The other forms of what ``text`` names: the glossaries', and everybody's where no space ``says`` (stems
    between spaces → is it there?) what was asked. Blocking."""
    spare = synonyms.spare(text, spaces)
    stems = {said: " ".join(french.terms(said)) for said, _ in spare}
    unused = [(said, forms) for said, forms in spare if stems[said] and not says(stems[said])]
    return [*synonyms.others(text, spaces), *unused]


def widened(asked: Question, others: Sequence[tuple[str, tuple[str, ...]]], french: French) -> Question:
    """``asked`` with what it also says; the text that is compared by meaning tells the first other form."""
    found = same(others, french)
    if not found:
        return asked
    told = "; ".join(f"{said} : {forms[0]}" for said, forms in others if forms)
    return replace(asked, text=f"{asked.text} ({told})", same=found)
