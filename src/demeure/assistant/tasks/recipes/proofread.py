"""Spelling and grammar, nothing else: the smallest edits, shown one by one. Pure.

A model that corrects also rewrites: an edit is taken only when it stays close to the word it replaces, and never
when it touches a figure or a proper name; a piece that was rewritten is left as it was.
"""

import re
import unicodedata
from collections.abc import Sequence
from difflib import SequenceMatcher

from demeure.assistant.prompt import harmless
from demeure.assistant.tasks.making import Composed, Job, Messages, Step
from demeure.assistant.tasks.recipes.rewrite import cut
from demeure.assistant.tasks.repairs import plain
from demeure.assistant.tasks.worddiff import Piece, compared

ALIKE = 0.55
"""How much two words must share to be one another's correction: « allé » and « aller » 0.67."""
LONGER = 4
"""Letters that a correction may add: « prend » and « prennent » 3; « réglementée » is not « régler »."""
SHORT = 3
"""Letters: so short a word may become any other (« a », « à », « et », « est »)."""
KEPT = 0.8
"""Share of its letters that a corrected piece must keep."""
_WORD = re.compile(r"\w+")


class Proofread:
    """See making.Recipe."""

    def steps(self, job: Job) -> list[Step]:
        pieces = cut(job.reading().text, job.room)
        return [
            Step(
                f"{at} / {len(pieces)}" if len(pieces) > 1 else job.task.title[job.language],
                lambda _said, piece=piece: _asked(job, piece),  # type: ignore[misc] # mypy does not see the default
                len(piece) // 2 + 40,
                shown=plain,
                digest=piece,
                worded=False,
            )
            for at, piece in enumerate(pieces, 1)
        ]

    def so_far(self, job: Job, said: Sequence[str]) -> str:
        pieces = cut(job.reading().text, job.room)
        return "\n\n".join(corrected(piece, text) for piece, text in zip(pieces, said, strict=False))

    def composed(self, job: Job, said: Sequence[str]) -> Composed:
        before = "\n\n".join(cut(job.reading().text, job.room))
        text = self.so_far(job, said)
        pieces = [[one.kind, one.text] for one in compared(before, text)]
        return Composed(job.finish(text), report=({"kind": "changes", "why": [], "pieces": pieces},))


def corrected(piece: str, said: str) -> str:
    """``piece`` with the edits of ``said`` that are corrections."""
    again = plain(said)
    if SequenceMatcher(None, piece, again, autojunk=False).ratio() < KEPT:
        return piece
    text: list[str] = []
    changes = compared(piece, again)
    at = 0
    while at < len(changes):
        one = changes[at]
        if one.kind == "same":
            text.append(one.text)
            at += 1
            continue
        paired = one.kind == "gone" and at + 1 < len(changes) and changes[at + 1].kind == "new"
        gone = one if one.kind == "gone" else Piece("gone", "")
        new = changes[at + 1] if paired else one if one.kind == "new" else Piece("new", "")
        text.append(new.text if small(gone.text, new.text) else gone.text)
        at += 2 if paired else 1
    return "".join(text)


def small(gone: str, new: str) -> bool:
    """Whether putting ``new`` in the place of ``gone`` is a correction of spelling, agreement or punctuation."""
    if re.findall(r"\d+", gone) != re.findall(r"\d+", new):
        return False
    before, after = _WORD.findall(gone), _WORD.findall(new)
    if any(word[0].isupper() and len(word) > SHORT for word in before):  # a name: its case and accents at most
        return [_bare(word) for word in before] == [_bare(word) for word in after]
    if not before or not after:
        added = before or after
        return len(added) <= 1 and all(len(word) <= SHORT for word in added)
    if abs(len(before) - len(after)) > 1:
        return False
    return _alike("".join(before).casefold(), "".join(after).casefold())


def _bare(word: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", word.casefold()) if not unicodedata.combining(c))


def _alike(one: str, other: str) -> bool:
    if len(other) - len(one) > LONGER:
        return False
    if len(one) <= SHORT and len(other) <= SHORT + 1:
        return True
    return SequenceMatcher(None, one, other, autojunk=False).ratio() >= ALIKE


def _asked(job: Job, piece: str) -> Messages:
    return job.task.prompt(job.language).messages({"passage": harmless(piece)})
