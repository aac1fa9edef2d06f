"""What someone looks for, taken apart: phrases, references, words; and where they stand in a passage (pure)."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from demeure.library.search.lexical import token
from demeure.library.search.query import French, fold
from demeure.library.search.references import references

LONGEST = 400
"""Characters of a search that are read."""

EXCERPT = 320
_QUOTED = re.compile(r"«\s*([^«»]+?)\s*»|\"([^\"]+)\"|“([^“”]+)”|„([^„“”]+)[“”]")
_ARTICLE = re.compile(r"(?<!\w)(?:articles?|arts?\.?) *\Z", re.IGNORECASE)
_RUN = re.compile(r"[^\W_]+")
_WORD = re.compile(r"[^\W_]+(?:[-/.,:*][^\W_]+)*")

Piece = tuple[str, bool]
"""A piece of text, and whether it is what was looked for."""


@dataclass(frozen=True)
class Phrase:
    """``text``: as it was typed; ``words``: without case or accents; ``stems``: what the index knows of it."""

    text: str
    words: tuple[str, ...]
    stems: tuple[str, ...]


@dataclass(frozen=True)
class Sought:
    """``stems``: of the words outside quotation marks; ``forms``: of the references, in quotation marks or not;
    ``words``: the words outside as they were typed, for suggestions. ``same``: what some stems also mean, see
    synonyms.py."""

    text: str
    phrases: tuple[Phrase, ...]
    forms: tuple[str, ...]
    stems: tuple[str, ...]
    words: tuple[str, ...]
    same: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = ()

    @property
    def nothing(self) -> bool:
        """No word that could be looked for."""
        return not (self.phrases or self.forms or self.stems)

    @property
    def quoted(self) -> str:
        """The FTS5 expression of a passage that may hold every phrase. Empty: the index cannot tell."""
        return " AND ".join(f'"{" ".join(token(stem) for stem in p.stems)}"' for p in self.phrases if p.stems)

    @property
    def every(self) -> str:
        """The expression of a passage that may hold all of it."""
        return " AND ".join(filter(None, [self.quoted, *self.terms]))

    @property
    def terms(self) -> list[str]:
        """One expression for each thing that must be there: a reference, a word, or a form under any of its
        names."""
        left, either = list(dict.fromkeys(self.stems)), []
        for stems, phrases in self.same:
            if set(stems) <= set(left):
                own = " AND ".join(f'"{token(stem)}"' for stem in stems)
                either.append(" OR ".join([f"({own})", *(f'"{token(phrase)}"' for phrase in phrases)]))
                left = [stem for stem in left if stem not in stems]
        return [*(f'"{token(one)}"' for one in (*self.forms, *left)), *(f"({one})" for one in either)]


def sought(text: str, french: French) -> Sought:
    """Any string is accepted. What is only a reference is one with or without its quotation marks."""
    text = " ".join(text[:LONGEST].split())
    phrases: list[Phrase] = []
    rest = _QUOTED.sub(" ", text)
    forms = [r.form for r in references(rest)]
    for match in _QUOTED.finditer(text):
        inside = next(group for group in match.groups() if group is not None)
        within = references(inside)
        if within and not _RUN.search(_without(inside, [(r.start, r.end) for r in within])):
            forms += [r.form for r in within]
            continue
        words = tuple(_RUN.findall(fold(inside.casefold())))
        if words:
            phrases.append(Phrase(inside, words, tuple(filter(token, french.terms(inside)))))
    outside = _without(rest, [(_named(rest, r.start), r.end) for r in references(rest)])
    stems = tuple(dict.fromkeys(stem for stem in french.terms(outside) if token(stem)))
    words_ = tuple(dict.fromkeys(_WORD.findall(outside)))
    return Sought(text, tuple(phrases), tuple(dict.fromkeys(forms)), stems, words_)


def _named(text: str, start: int) -> int:
    """Where « article L. 2121-29 » begins: a text that says « art. L2121-29 », or « L. 2121-29 », holds it too."""
    found = _ARTICLE.search(text, 0, start)
    return found.start() if found else start


def _without(text: str, spans: Sequence[tuple[int, int]]) -> str:
    for start, end in spans:
        text = text[:start] + " " * (end - start) + text[end:]
    return text


class Marks:
    """Finds what was sought in a text, at the characters of that very text."""

    def __init__(self, wanted: Sought, stems: Callable[[str], list[str]]) -> None:
        self._stems = stems
        self._seen: dict[str, bool] = {}
        self._wanted = frozenset(wanted.stems)
        self._forms = frozenset(wanted.forms)
        self._same = [phrase.split() for _, phrases in wanted.same for phrase in phrases]
        self._phrases = [
            re.compile(r"(?<!\w)" + r"[\W_]+".join(map(re.escape, p.words)) + r"(?!\w)") for p in wanted.phrases
        ]

    def holds_phrases(self, text: str) -> bool:
        """Is every phrase there, word after word?"""
        plain, _ = _folded(text)
        return all(pattern.search(plain) for pattern in self._phrases)

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Where they stand, in order, none over another."""
        found = list(self._of_phrases(text)) + list(self._of_words(text)) + list(self._of_same(text))
        found += [(r.start, r.end) for r in references(text) if r.form in self._forms] if self._forms else []
        merged: list[tuple[int, int]] = []
        for start, end in sorted(found):
            if merged and start <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
            else:
                merged.append((start, end))
        return merged

    def _of_phrases(self, text: str) -> Iterator[tuple[int, int]]:
        if not self._phrases:
            return
        plain, places = _folded(text)
        for pattern in self._phrases:
            for match in pattern.finditer(plain):
                yield places[match.start()], places[match.end() - 1] + 1

    def _of_words(self, text: str) -> Iterator[tuple[int, int]]:
        if not self._wanted:
            return
        for match in _RUN.finditer(text):
            word = match[0]
            if word not in self._seen:
                self._seen[word] = not self._wanted.isdisjoint(self._stems(word))
            if self._seen[word]:
                yield match.span()

    def _of_same(self, text: str) -> Iterator[tuple[int, int]]:
        """Other names of what was sought, their words one after another."""
        if not self._same:
            return
        runs = [(match.span(), self._stems(match[0])) for match in _RUN.finditer(text)]
        said = [(span, stems[0]) for span, stems in runs if stems]
        for at in range(len(said)):
            for wanted in self._same:
                if [stem for _, stem in said[at : at + len(wanted)]] == wanted:
                    yield said[at][0][0], said[at + len(wanted) - 1][0][1]

    def excerpt(self, text: str, length: int = EXCERPT) -> list[Piece]:
        """About ``length`` characters around where most of it stands, cut between words."""
        spans = self.spans(text)
        start, end = _window(text, spans, length)
        pieces: list[Piece] = [("… ", False)] if start else []
        at = start
        for first, last in spans:
            if first < start or last > end:
                continue
            pieces += [(text[at:first], False), (text[first:last], True)]
            at = last
        pieces.append((text[at:end], False))
        if end < len(text):
            pieces.append((" …", False))
        return [piece for piece in pieces if piece[0]]


def _window(text: str, spans: Sequence[tuple[int, int]], length: int) -> tuple[int, int]:
    if len(text) <= length:
        return 0, len(text)
    best, most = 0, -1
    for first, _ in spans:
        held = sum(first <= one and last <= first + length * 3 // 4 for one, last in spans)
        if held > most:
            best, most = first, held
    start = max(0, min(best - length // 4, len(text) - length))
    while start and not text[start - 1].isspace():
        start -= 1
    end = min(len(text), start + length)
    while end < len(text) and not text[end].isspace():
        end += 1
    return start, end


def _folded(text: str) -> tuple[str, list[int]]:
    """``text`` without case or accents, and the place in ``text`` of each of its characters."""
    plain: list[str] = []
    places: list[int] = []
    for at, character in enumerate(text):
        for one in fold(character.casefold()):
            plain.append(one)
            places.append(at)
    return "".join(plain), places
