"""How easy a French text is to read. Pure.

Score of Kandel and Moles, the French calibration of Flesch's: 207 - 1.015 × words per sentence - 73.6 × syllables
per
word (L. Kandel and A. Moles, « Application de l'indice de Flesch à la langue française », Cahiers d'études de
radio-télévision, n° 19, 1958, p. 253-274). Higher is easier. Syllables are counted by vowel groups, silent endings
left out: an estimate, the same before and after.
"""

import re
from dataclasses import dataclass

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*|\d+(?:[ ,.\u202f]\d+)*")
_SENTENCE = re.compile(r"[.!?…]+(?=\s|$)|\n\s*\n|\n\s*(?=[-–•*]|\d+[.)])|[:;]\s*\n|\n(?=[A-ZÀ-Þ])")
_VOWELS = re.compile(r"[aeiouyàâäéèêëîïôöùûüÿœæ]+")
_SILENT = re.compile(r"(?<=[^\W\d_aeiouyàâéèêëîïôùûü])(?:es|e|ent)$")
_HIATUS = re.compile(r"[aeou]ï|é[aeou]|[iu]é|io(?=[^un]|$)|ia")


@dataclass(frozen=True)
class Readability:
    """``score``: of Kandel and Moles, 0 to 100 for ordinary texts; ``long_sentences``: of more than 25 words."""

    score: float
    words: int
    sentences: int
    per_sentence: float
    per_word: float
    long_sentences: int

    @property
    def level(self) -> str:
        """Flesch's names of the scores: easy from 70, plain from 50, hard from 30, very hard under."""
        return next(
            (name for least, name in ((70, "easy"), (50, "plain"), (30, "hard")) if self.score >= least),
            "very_hard",
        )


def measured(text: str) -> Readability | None:
    """None for a text without words."""
    counts = [len(_WORD.findall(one)) for one in _SENTENCE.split(text)]
    counts = [count for count in counts if count]
    words = _WORD.findall(text)
    if not words or not counts:
        return None
    per_sentence = len(words) / len(counts)
    per_word = sum(map(syllables, words)) / len(words)
    score = 207 - 1.015 * per_sentence - 73.6 * per_word
    return Readability(
        round(score, 1),
        len(words),
        len(counts),
        round(per_sentence, 1),
        round(per_word, 2),
        sum(count > 25 for count in counts),
    )


def syllables(word: str) -> int:
    """At least one. « commune » 2, « association » 5 (as said with care: « ia » and « io » apart)."""
    total = 0
    for part in re.split(r"['’-]", word.casefold()):
        if part.isdigit() or not part:
            total += bool(part)
            continue
        spoken = _SILENT.sub("", part) if len(part) > 3 else part
        total += len(_VOWELS.findall(spoken)) + len(_HIATUS.findall(spoken))
    return max(1, total)
