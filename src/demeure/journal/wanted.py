"""Which entries a reader wants (pure): exact filters over what a leaf says, never over what is sealed."""

from dataclasses import dataclass
from typing import ClassVar

from demeure.journal.entry import Entry, entry_from


@dataclass(frozen=True)
class Wanted:
    """What is None or empty does not filter. ``since``, ``until``: ISO moments or days, both included. ``said``:
    words that stand in the entry's name, object, decision or outcome; ``a|b``: one of them is enough."""

    FIELDS: ClassVar[tuple[str, ...]] = ("chain", "kind", "actor", "space", "name", "since", "until", "said")

    chain: str | None = None
    kind: str | None = None
    actor: str | None = None
    space: str | None = None
    name: str | None = None
    since: str | None = None
    until: str | None = None
    said: str | None = None

    @property
    def backwards(self) -> bool:
        """The period ends before it begins: no entry can be in it."""
        since, until = (self.since or "").rstrip("Z"), (self.until or "").rstrip("Z")
        return bool(since and until) and since[: len(until)] > until

    def matching(self, index: int, data: bytes) -> Entry | None:
        """The entry, when it is wanted. Raises EntryInvalid."""
        for wanted in (self.chain, self.actor, self.space, self.kind):
            if wanted and wanted.isalnum() and wanted.isascii() and wanted.encode() not in data:
                return None  # most leaves leave here, unparsed
        entry = entry_from(index, data)
        return entry if self.accepts(entry) else None

    def accepts(self, entry: Entry) -> bool:
        exact = ("chain", "kind", "actor", "space", "name")
        if any(getattr(self, field) not in (None, "", getattr(entry, field)) for field in exact):
            return False
        if self.since and entry.time < self.since:
            return False
        if self.until and entry.time[: len(self.until)] > self.until:
            return False
        said = (self.said or "").casefold().split()
        told = f"{entry.name} {entry.object} {entry.decision} {entry.outcome or ''}".casefold()
        return all(any(one in told for one in word.split("|")) for word in said)
