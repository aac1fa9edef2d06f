"""The organisation's words as an answer uses them: which are in force, and the hand that writes its signs."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from demeure.assistant.prompt import Extract, tokens_about
from demeure.words import Glossary, Typographer, Voice

WORDS_TOKENS = 120
"""At most, of the organisation's words that the model is told."""


class WordsInForce(Protocol):
    """The organisation's words and those of ``spaces``, which the asker may read. Block: called in a thread."""

    def glossary(self, spaces: Sequence[str]) -> Glossary: ...

    def voice(self, spaces: Sequence[str]) -> Voice: ...


class NoWords:
    """A house that has said nothing of its words."""

    def glossary(self, spaces: Sequence[str]) -> Glossary:
        del spaces
        return Glossary()

    def voice(self, spaces: Sequence[str]) -> Voice:
        del spaces
        return Voice()


class AsWritten:
    """Text as the model wrote it."""

    def feed(self, piece: str) -> str:
        return piece

    def settle(self) -> str:
        return ""

    def finish(self) -> str:
        return ""


def hand_of(spoken: str, voice: Voice, names: Iterable[str]) -> Typographer | AsWritten:
    """The signs and spaces of French, where it is spoken and wanted; ``names`` (of documents, of people) stay as
    they are."""
    if spoken != "fr" or not voice.typographic:
        return AsWritten()
    return Typographer(names)


def in_force(words: WordsInForce, spaces: Sequence[str]) -> tuple[Glossary, Voice]:
    """Of some work over ``spaces``. Blocks."""
    return words.glossary(spaces), words.voice(spaces)


def words_for(glossary: Glossary, question: str, extracts: Iterable[Extract], spoken: str) -> tuple[str, ...]:
    """The lines of the entries that the question and its extracts name."""
    return glossary.lines([question, *(one.text for one in extracts)], WORDS_TOKENS, tokens_about, spoken)
