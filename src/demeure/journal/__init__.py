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
    AnswerMissing,
    EntryInvalid,
    EntryPruned,
    EntryTooLarge,
    EntryUnknown,
    IntentionNotOpen,
    JournalCorrupt,
    JournalForked,
    JournalFull,
    JournalKeyInvalid,
    JournalLocked,
    JournalRolledBack,
    JournalUnavailable,
    NoteInvalid,
    ProofInvalid,
    PruningRefused,
    WitnessRefused,
)
from demeure.journal.evidence import MOST_PROOFS, By, Evidence, Opening, Proven
from demeure.journal.proof import Proof
from demeure.journal.wanted import Wanted

__all__ = [
    "KINDS",
    "MOST_PROOFS",
    "OUTCOMES",
    "PHASES",
    "AddingRefused",
    "AnswerMissing",
    "By",
    "Draft",
    "Entry",
    "EntryInvalid",
    "EntryPruned",
    "EntryTooLarge",
    "EntryUnknown",
    "Evidence",
    "Head",
    "IntentionNotOpen",
    "Journal",
    "JournalCorrupt",
    "JournalForked",
    "JournalFull",
    "JournalKeyInvalid",
    "JournalLocked",
    "JournalRolledBack",
    "JournalUnavailable",
    "NoteInvalid",
    "OpenIntention",
    "Opening",
    "Page",
    "Proof",
    "ProofInvalid",
    "Proven",
    "PruningRefused",
    "Receipt",
    "ScribeJournal",
    "Wanted",
    "WitnessRefused",
]
