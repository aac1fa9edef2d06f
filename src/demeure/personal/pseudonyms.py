"""Reversible pseudonyms: personal data become « [PERSONNE_1] » and come back as they were written (pure).

One dossier, one numbering: the same person, telephone, account has the same number in all its texts. Another
writing of the same (« Durand » for « Claire Durand », « +33 1… » for « 01… ») is the same number with a letter, so
that each comes back as it was. What merely looks like a token in a text is hidden too, and comes back.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from demeure.personal.capitals import PARTICLES
from demeure.personal.detection import SENSITIVE, Detection, Kind
from demeure.personal.examining import examine

WORDS: Mapping[Kind, str] = {
    "name": "PERSONNE",
    "address": "ADRESSE",
    "phone": "TELEPHONE",
    "email": "COURRIEL",
    "nir": "NIR",
    "siren": "SIREN",
    "siret": "SIRET",
    "iban": "IBAN",
    "vat": "TVA",
    "spi": "FISCAL",
    "card": "CARTE",
    "plate": "PLAQUE",
    "passport": "PASSEPORT",
    "identity": "IDENTITE",
    "birth": "NAISSANCE",
}
"""Kind → the word of its tokens: plain capitals, which models repeat."""

LITERAL = "TEXTE"
_ANY = "|".join((*WORDS.values(), LITERAL))
_TOKEN = re.compile(
    rf"\[[ ]?(?P<word>{_ANY})[ _\-]?(?P<number>[0-9]{{1,6}})(?P<form>[a-z]{{0,2}})[ ]?\]"
    rf"|(?<!\w)(?P<word2>{_ANY})_(?P<number2>[0-9]{{1,6}})(?P<form2>[a-z]{{0,2}})(?![\w\]])",
    re.IGNORECASE,
)
"""A token as we write it, and as a model may give it back: small letters, a blank or a hyphen, brackets lost."""

_BARE = re.compile(rf"(?:{_ANY})_[0-9]{{1,6}}[a-z]{{0,2}}", re.IGNORECASE)
"""What becomes a token once its neighbour is hidden: « 01 99 00 12 34PERSONNE_1 »."""

_HER = re.compile(r"(?:mme|mmes|mlle|madame|mademoiselle|dre|ma[îi]tresse)\.?[ \u00a0\n]{1,2}$", re.IGNORECASE)
_HIM = re.compile(r"(?:m|mr|mm|monsieur)\.?[ \u00a0\n]{1,2}$", re.IGNORECASE)
_TITLE = 16


@dataclass
class Entry:
    """One value of one kind: ``forms`` as they were written, the first without a letter. ``words``: of a name;
    ``woman``: what a title said of it."""

    number: int
    value: str
    forms: list[str]
    words: frozenset[str] = frozenset()
    woman: bool | None = None


class Pseudonyms:
    """The table of one dossier. Not safe for threads."""

    def __init__(self) -> None:
        self._entries: dict[str, list[Entry]] = {}

    def hide(self, text: str, found: Sequence[Detection] | None = None) -> str:
        """``text`` with tokens in place of personal data. ``found``: what ``examine(text)`` gave, when known."""
        spans = _spans(text, examine(text) if found is None else found)
        pieces, at = [], 0
        for start, end, detection in spans:
            pieces += [text[at:start], self._token(text, start, end, detection)]
            at = end
        return "".join((*pieces, text[at:]))

    def restore(self, text: str) -> str:
        """``text`` with what its tokens stand for. A token that is not in the table stays as it is."""
        return _TOKEN.sub(self._original, text)

    def shown(self) -> dict[str, str]:
        """Token → what it stands for, for people."""
        return {
            _written(word, entry.number, rank): form
            for word, entries in self._entries.items()
            for entry in entries
            for rank, form in enumerate(entry.forms)
        }

    def kept(self) -> dict[str, Any]:
        """The table as JSON, to be sealed by whoever keeps it."""
        return {
            word: [[e.value, e.forms, sorted(e.words), e.woman] for e in entries]
            for word, entries in self._entries.items()
        }

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> "Pseudonyms":
        """The table out of ``kept()``."""
        table = cls()
        for word, rows in kept.items():
            table._entries[word] = [
                Entry(number, value, list(forms), frozenset(words), woman)
                for number, (value, forms, words, woman) in enumerate(rows, 1)
            ]
        return table

    def forms(self) -> list[str]:
        """Everything that its tokens stand for."""
        return [form for entries in self._entries.values() for entry in entries for form in entry.forms]

    def forget(self, gone: Callable[[str], bool]) -> int:
        """Entries of which a form is ``gone`` stand for nothing any more: their tokens stay as they are; how many.
        Numbers are not given again."""
        found = [e for entries in self._entries.values() for e in entries if any(map(gone, e.forms))]
        for entry in found:
            entry.value, entry.forms, entry.words, entry.woman = "", [], frozenset(), None
        return len(found)

    def _original(self, found: re.Match[str]) -> str:
        word = (found["word"] or found["word2"]).upper()
        number = int(found["number"] or found["number2"])
        rank = _rank((found["form"] or found["form2"] or "").lower())
        entries = self._entries.get(word, [])
        if not 1 <= number <= len(entries):
            return found[0]
        forms = entries[number - 1].forms
        return forms[rank] if rank < len(forms) else found[0]

    def _token(self, text: str, start: int, end: int, detection: Detection | None) -> str:
        form = text[start:end]
        word = WORDS[detection.kind] if detection else LITERAL
        entries = self._entries.setdefault(word, [])
        entry = None
        if detection is None:
            entry = next((e for e in entries if e.value == form), None) or _added(entries, form)
        elif detection.kind == "name":
            entry = _person(entries, detection.value, _gender(text, start))
        else:
            entry = next((e for e in entries if e.value == detection.value), None) or _added(
                entries, detection.value
            )
        if form not in entry.forms:
            entry.forms.append(form)
        return _written(word, entry.number, entry.forms.index(form))


def _spans(text: str, found: Iterable[Detection]) -> list[tuple[int, int, Detection | None]]:
    """What is to be replaced, in order, apart. Whatever touches what looks like a token is one literal with it."""
    spans: list[tuple[int, int, Detection | None]] = [(m.start(), m.end(), None) for m in _TOKEN.finditer(text)]
    hidden = [(d.start, d.end, d) for d in found if d.kind not in SENSITIVE]
    starts, ends = {start for start, _, _ in hidden}, {end for _, end, _ in hidden}
    beside = (m.span() for m in _BARE.finditer(text) if m.start() in ends or m.end() in starts)
    spans += [*hidden, *((start, end, None) for start, end in beside)]
    apart: list[tuple[int, int, Detection | None]] = []
    for start, end, detection in sorted(spans, key=lambda span: span[:2]):
        if apart and start < apart[-1][1]:
            apart[-1] = (apart[-1][0], max(end, apart[-1][1]), None)
        else:
            apart.append((start, end, detection))
    return apart


def _added(
    entries: list[Entry], value: str, words: frozenset[str] = frozenset(), woman: bool | None = None
) -> Entry:
    entries.append(Entry(len(entries) + 1, value, [], words, woman))
    return entries[-1]


def _person(entries: list[Entry], value: str, woman: bool | None) -> Entry:
    """The one known person whom these words may name; a new one when there is none, or when two may be meant."""
    words = frozenset(word for word in re.split(r"[ \-.']+", value) if word and word not in PARTICLES)
    same = [e for e in entries if e.words == words and _agree(e.woman, woman)]
    near = same or [e for e in entries if _meant(e.words, words) and _agree(e.woman, woman)]
    if len(near) != 1 or not words:
        exact = [e for e in near if e.value == value]
        return exact[0] if len(exact) == 1 else _added(entries, value, words, woman)
    (entry,) = near
    entry.words |= words
    entry.woman = entry.woman if woman is None else woman
    return entry


def _meant(known: frozenset[str], said: frozenset[str]) -> bool:
    """Each word of the shorter is one of the longer, or one's initial; one whole word at least is shared."""
    short, long = sorted((known, said), key=len)
    return bool(known & said) and all(any(_same(word, other) for other in long) for word in short)


def _same(one: str, other: str) -> bool:
    return one == other or (1 in (len(one), len(other)) and one[0] == other[0])


def _agree(one: bool | None, other: bool | None) -> bool:
    return one is None or other is None or one == other


def _gender(text: str, start: int) -> bool | None:
    """What the title before a name says: True for a woman."""
    before = text[max(0, start - _TITLE) : start]
    if _HER.search(before):
        return True
    return False if _HIM.search(before) else None


def _written(word: str, number: int, rank: int) -> str:
    """« [PERSONNE_1] », « [PERSONNE_1b] », … « [PERSONNE_1ab] »."""
    letters = "" if rank == 0 else _letters(rank)
    return f"[{word}_{number}{letters}]"


def _letters(rank: int) -> str:
    """1 → b … 25 → z, 26 → aa, 27 → ab…"""
    return chr(ord("a") + rank) if rank < 26 else chr(ord("a") + rank // 26 - 1) + chr(ord("a") + rank % 26)


def _rank(letters: str) -> int:
    if not letters:
        return 0
    if len(letters) == 1:
        return ord(letters) - ord("a") or 26 * 27  # « a » is never written
    return (ord(letters[0]) - ord("a") + 1) * 26 + ord(letters[1]) - ord("a")
