"""The organisation's words: glossary, style, letters, French typography."""

from demeure.words.errors import (
    CsvInvalid,
    GlossaryFull,
    TermInvalid,
    TermKnown,
    TermUnknown,
    TextInvalid,
    TextMoved,
    TextUnknown,
)
from demeure.words.glossary import Glossary, Wording
from demeure.words.keeping import ACTS, Imported, Words
from demeure.words.terms import KINDS, Term, term
from demeure.words.typography import Typographer, typographic
from demeure.words.voice import CHOICES, Style, TextVersion, Voice, style_of
from demeure.words.voice import KINDS as TEXT_KINDS

__all__ = [
    "ACTS",
    "CHOICES",
    "KINDS",
    "TEXT_KINDS",
    "CsvInvalid",
    "Glossary",
    "GlossaryFull",
    "Imported",
    "Style",
    "Term",
    "TermInvalid",
    "TermKnown",
    "TermUnknown",
    "TextInvalid",
    "TextMoved",
    "TextUnknown",
    "TextVersion",
    "Typographer",
    "Voice",
    "Wording",
    "Words",
    "style_of",
    "term",
    "typographic",
]
