"""The tamper-evident journal: nothing happens in the house before it is written here.

Rooms use the port ``Journal`` and its client; only the scribe process imports ``service`` and ``log``.
"""

from demeure.journal.client import (
    Head,
    Journal,
    OpenIntention,
    Page,
    Receipt,
    ScribeJournal,
)
from demeure.journal.entry import KINDS, OUTCOMES, PHASES, Draft, Entry
from demeure.journal.errors import (
    AddingRefused,
    EntryInvalid,
    EntryTooLarge,
    EntryUnknown,
    IntentionNotOpen,
    JournalCorrupt,
    JournalFull,
    JournalKeyInvalid,
    JournalLocked,
    JournalRolledBack,
    JournalUnavailable,
    NoteInvalid,
)

__all__ = [
    "KINDS",
    "OUTCOMES",
    "PHASES",
    "AddingRefused",
    "Draft",
    "Entry",
    "EntryInvalid",
    "EntryTooLarge",
    "EntryUnknown",
    "Head",
    "IntentionNotOpen",
    "Journal",
    "JournalCorrupt",
    "JournalFull",
    "JournalKeyInvalid",
    "JournalLocked",
    "JournalRolledBack",
    "JournalUnavailable",
    "NoteInvalid",
    "OpenIntention",
    "Page",
    "Receipt",
    "ScribeJournal",
]
