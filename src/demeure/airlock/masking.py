"""What is looked at before anything leaves: personal data found, and replaced when the policy wants it (pure)."""

import hashlib
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from demeure.personal import SENSITIVE, Kind, examine_together, pieces
from demeure.personal.pseudonyms import Pseudonyms

_LONGEST_TOKEN = 40


@dataclass(frozen=True)
class Looked:
    """``texts``: as they may leave. ``found``: how many of each kind were seen; ``replaced``: of them, how many
    were; ``table``: what the tokens stand for, None when nothing had to be replaced. ``asked``: what was found and
    replaced outside of the turns given as examples, for whoever asked: they wrote none of those."""

    texts: tuple[str, ...]
    found: dict[Kind, int] = field(default_factory=dict)
    replaced: int = 0
    table: Pseudonyms | None = None
    asked: tuple[dict[Kind, int], int] = field(default_factory=lambda: ({}, 0))

    def told(self) -> str:
        """« email 2, name 3 », for the journal: kinds and counts, never what they are."""
        return ", ".join(f"{kind} {count}" for kind, count in sorted(self.found.items())) or "-"


@dataclass
class Told:
    """What the texts of one work told so far: words of names, and everything else that was found; digests of the
    texts beside that were looked at, and their lines that hold names."""

    names: dict[str, str] = field(default_factory=dict)
    values: pieces.Values = field(default_factory=dict)
    beside: set[bytes] = field(default_factory=set)
    lines: pieces.Lines = field(default_factory=dict)

    def copy(self) -> "Told":
        return Told(dict(self.names), dict(self.values), set(self.beside), dict(self.lines))

    def update(self, other: "Told") -> None:
        self.names.update(other.names)
        self.values.update(other.values)
        self.beside |= other.beside
        self.lines.update(other.lines)


def look(
    texts: Sequence[str],
    *,
    replace: bool,
    examples: Collection[int] = (),
    known: Told | None = None,
    beside: Sequence[str] = (),
) -> Looked:
    """Examine every text; ``replace`` what identifies somebody, the same person under the same token in all of
    them. ``examples``: which of them are turns given as examples, examined and replaced as the others. ``known``:
    what earlier requests of the same work told, to which these add theirs. ``beside``: texts that do not leave, of
    which ``texts`` quote lines: what is whole there is known in the piece of it that is quoted. Blocking: about
    50 kB a second."""
    table = Pseudonyms() if replace else None
    known = Told() if known is None else known
    whole = {hashlib.sha256(one.encode("utf-8", "replace")).digest(): one for one in beside}
    fresh = {key: one for key, one in whole.items() if key not in known.beside}
    fresh = {key: one for key, one in fresh.items() if not any(one in text for text in texts)}
    known.beside |= fresh.keys()
    every = [*texts, *fresh.values()]
    seen = examine_together(every, known.names)
    for number, (text, here) in enumerate(zip(every, seen, strict=True)):
        if number not in examples:
            pieces.learn(text, here, known.values)
    for text, here in zip(fresh.values(), seen[len(texts) :], strict=True):
        pieces.place(text, here, known.lines)
    values = pieces.Known(known.values)
    found, asked = Counter[Kind](), Counter[Kind]()
    leaving, replaced, of_asked = list(texts), 0, 0
    # the examples last: « [TELEPHONE_1] » in an answer is of whoever asked, not of an invented person
    for number, text in sorted(enumerate(texts), key=lambda each: each[0] in examples):
        here = [*seen[number], *values.missed(text, seen[number])]
        here += pieces.placed(text, here, known.lines)
        kinds = [one.kind for one in here]
        hidden = sum(1 for kind in kinds if kind not in SENSITIVE) if table is not None else 0
        found.update(kinds)
        replaced += hidden
        if number not in examples:
            asked.update(kinds)
            of_asked += hidden
        leaving[number] = text if table is None else table.hide(text, here)
    return Looked(tuple(leaving), dict(found), replaced, table, (dict(asked), of_asked))


def nothing() -> Looked:
    """Of what holds no text to look at."""
    return Looked(())


class Restoring:
    """The answer with its names, as it comes: what may be the beginning of a token waits for its end."""

    def __init__(self, table: Pseudonyms | None) -> None:
        self._table, self._pending = table, ""

    def feed(self, text: str) -> str:
        """What can be shown now."""
        if self._table is None:
            return text
        self._pending += text
        at = self._cut()
        shown, self._pending = self._pending[:at], self._pending[at:]
        return self._table.restore(shown)

    def finish(self) -> str:
        """What was still waiting."""
        shown, self._pending = self._pending, ""
        return shown if self._table is None else self._table.restore(shown)

    def _cut(self) -> int:
        text = self._pending
        opened = text.rfind("[")
        if opened >= 0 and "]" not in text[opened:] and len(text) - opened <= _LONGEST_TOKEN:
            return opened
        blank = max(text.rfind(" "), text.rfind("\n")) + 1
        return blank if len(text) - blank <= _LONGEST_TOKEN else len(text)
