"""The entries in force for some spaces: for search, for the model, and forms to replace in a text. Pure."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from demeure.words.matching import Matcher
from demeure.words.terms import Term

_NOT_OURS = re.compile(
    r"```.*?(?:```|\Z)|~~~.*?(?:~~~|\Z)|`[^`\n]+`|«[^«»]{0,4000}»|“[^“”]{0,4000}”|(?<!\w)\"[^\"\n]{1,1000}\"(?!\w)"
    r"|^[ \t]*>[^\n]*|\]\([^)\s]*\)|\b[a-z][a-z0-9+.-]*://\S+|\S+@\S+",
    re.DOTALL | re.MULTILINE | re.IGNORECASE,
)
"""Code, quotations, addresses: what is not the writer's own words."""


_DRESS = re.compile(r"^\s*(?:[-*+•]|\d+[.)])\s+|\s*\[\d{1,3}\]")
_COPIED = 12
"""Characters; a shorter line is anybody's."""


@dataclass(frozen=True)
class Wording:
    """``text[start:end]`` (``said``) is a form to avoid, ``prefer`` replaces it; ``note``: why, or nothing."""

    start: int
    end: int
    said: str
    prefer: str
    note: str = ""

    def told(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Glossary:
    """``terms``: those of the organisation, then those of the spaces, which say last."""

    terms: tuple[Term, ...] = ()

    @cached_property
    def _rights(self) -> Matcher:
        return Matcher((form, one) for one in self.terms for form in one.right)

    @cached_property
    def _asked(self) -> Matcher:
        return Matcher(((form, one) for one in self.terms for form in one.right), loose=True)

    @cached_property
    def _avoided(self) -> Matcher:
        return Matcher((form, one) for one in self.terms for form in one.avoid)

    def others(self, text: str) -> list[tuple[str, tuple[str, ...]]]:
        """(form found in ``text``, the other forms that mean the same), for search. What is to be avoided is looked
        for too: people write it in documents."""
        found: dict[str, list[str]] = {}
        for start, end, one in self._named(text, self._asked):
            said = text[start:end]
            same = [form for form in (*one.right, *one.avoid) if form.casefold() != said.casefold()]
            found.setdefault(said, []).extend(form for form in same if form not in found[said])
        return [(said, tuple(forms)) for said, forms in found.items() if forms]

    def relevant(self, *texts: str) -> tuple[Term, ...]:
        """The entries that ``texts`` name, those of the first text first."""
        found: dict[str, Term] = {}
        for text in texts:
            for _, _, one in self._named(text):
                found.setdefault(one.key, one)
        return tuple(found.values())

    def lines(
        self, texts: Sequence[str], budget: int, count: Callable[[str], int], language: str = "fr"
    ) -> tuple[str, ...]:
        """What the model is told of the entries that ``texts`` name, within ``budget`` tokens."""
        told: list[str] = []
        for one in self.relevant(*texts):
            line = line_of(one, language)
            cost = count(line) if line else 0
            if line and cost <= budget:
                told.append(line)
                budget -= cost
        return tuple(told)

    def check(self, text: str, sources: Sequence[str] = ()) -> tuple[Wording, ...]:
        """The forms to avoid in the writer's own words, in order, apart from each other. A line that one of
        ``sources`` has as it is belongs to it."""
        if not any(one.avoid for one in self.terms):
            return ()
        quoted = [found.span() for found in _NOT_OURS.finditer(text)] + _copied(text, sources)
        rights = [(found.start, found.end) for found in self._rights.find(text)]
        marked: list[Wording] = []
        for found in self._avoided.find(text):
            start, end = found.start, found.end
            one = found.what
            assert isinstance(one, Term), "as given to the matcher"
            inside = any(a <= start and end <= b for a, b in quoted)
            right = any(a <= start and end <= b and (a, b) != (start, end) for a, b in rights)
            if inside or right or text[start:end] in one.right or (marked and start < marked[-1].end):
                continue
            marked.append(Wording(start, end, text[start:end], _as_said(text[start:end], one.form), one.note))
        return tuple(marked)

    def _named(self, text: str, rights: Matcher | None = None) -> Iterator[tuple[int, int, Term]]:
        """Entries named by a right form or by one to avoid; a form inside a longer one is not named."""
        named = [(f.start, f.end, f.what) for f in (rights or self._rights).find(text)]
        named += [(f.start, f.end, f.what) for f in self._avoided.find(text)]
        end = -1
        for start, stop, one in sorted(named, key=lambda n: (n[0], -n[1])):
            if stop > end or start >= end:
                assert isinstance(one, Term)
                yield start, stop, one
                end = max(end, stop)


def _copied(text: str, sources: Sequence[str]) -> list[tuple[int, int]]:
    """The lines of ``text`` that a source holds word for word."""
    held = [" ".join(source.split()) for source in sources]
    copied, at = [], 0
    for line in text.split("\n"):
        said = " ".join(_DRESS.sub("", line).split())
        if len(said) >= _COPIED and any(said in source for source in held):
            copied.append((at, at + len(line)))
        at += len(line) + 1
    return copied


def line_of(one: Term, language: str = "fr") -> str:
    """« CCAS : centre communal d’action sociale (ne pas écrire « bureau d’aide sociale ») »; empty when it says
    nothing."""
    avoid = ", ".join(f"« {form} »" for form in one.avoid)
    never = (f"never write {avoid}" if language == "en" else f"ne pas écrire {avoid}") if avoid else ""
    if not (one.meaning or never):
        return ""
    sense = f" : {one.meaning}" if one.meaning else ""
    return f"{one.form}{sense}{f' ({never})' if never else ''}"


def _as_said(said: str, form: str) -> str:
    """With a capital where the replaced words begin a sentence."""
    return form[:1].upper() + form[1:] if said[:1].isupper() and not said.isupper() and form[:1].islower() else form


def merged(house: Iterable[Term], spaces: Iterable[Iterable[Term]]) -> Glossary:
    """One glossary; where a space and the organisation both have an entry, the space's stands."""
    kept: dict[str, Term] = {}
    for one in (*house, *(one for terms in spaces for one in terms)):
        kept[one.key] = one
    return Glossary(tuple(kept.values()))
