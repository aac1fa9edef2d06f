"""What the scribe knows about entries without reading the disk: open intentions, recent drafts, the last time."""

from collections import OrderedDict

from demeure.journal.entry import Entry, entry_from

RECENT = 16_384
"""Draft ids remembered; a client repeats a draft within seconds, at 500 entries/s this is half a minute."""


class Ledger:
    """Fed with every leaf in order. Not thread-safe: one owner."""

    def __init__(self) -> None:
        self.open: dict[int, Entry] = {}
        self.last: Entry | None = None
        self._recent: OrderedDict[tuple[str, bytes], tuple[int, str]] = OrderedDict()

    def note(self, index: int, leaf: bytes) -> None:
        """A leaf became durable. Only intentions and closings are parsed: a quoted key inside a JSON string has its
        quotes escaped, so the search cannot be fooled. Raises EntryInvalid."""
        if b'"phase":"fact"' not in leaf:
            entry = entry_from(index, leaf)
            if entry.phase == "intention":
                self.open[index] = entry
            elif entry.of is not None:
                self.open.pop(entry.of, None)

    def note_last(self, index: int, leaf: bytes) -> None:
        """The newest leaf. Raises EntryInvalid."""
        self.last = entry_from(index, leaf)

    def remember(self, role: str, draft: bytes, index: int, time: str) -> None:
        """So that a repeat of this draft gets the same receipt."""
        self._recent[role, draft] = (index, time)
        while len(self._recent) > RECENT:
            self._recent.popitem(last=False)

    def repeated(self, role: str, draft: bytes) -> tuple[int, str] | None:
        """(index, time) of the entry that this draft already became."""
        return self._recent.get((role, draft))
