"""The assistant: questions over the documents, answered with sources, every step written before it happens."""

from demeure.assistant.abroad import key_words
from demeure.assistant.answer import Assistant
from demeure.assistant.conversations import TITLE_LENGTH, Conversations, KeptAnswer, Opening
from demeure.assistant.events import (
    BeingRead,
    Closed,
    Event,
    Loading,
    Problem,
    Queued,
    Source,
    Sources,
    Started,
    Text,
)
from demeure.assistant.followup import Turn, lean
from demeure.assistant.going import Going
from demeure.assistant.grounding import Finding
from demeure.assistant.history import Found, History
from demeure.assistant.leaning import Leaning
from demeure.assistant.leaning import find as find_leaning
from demeure.assistant.recovery import close_interrupted, finish_deletions
from demeure.assistant.sources import place_label, spoken
from demeure.assistant.through import Through
from demeure.assistant.withdrawn import Sight, hidden
from demeure.assistant.work import NO_MODEL

__all__ = [
    "NO_MODEL",
    "TITLE_LENGTH",
    "Assistant",
    "BeingRead",
    "Closed",
    "Conversations",
    "Event",
    "Finding",
    "Found",
    "Going",
    "History",
    "KeptAnswer",
    "Leaning",
    "Loading",
    "Opening",
    "Problem",
    "Queued",
    "Sight",
    "Source",
    "Sources",
    "Started",
    "Text",
    "Through",
    "Turn",
    "close_interrupted",
    "find_leaning",
    "finish_deletions",
    "hidden",
    "key_words",
    "lean",
    "place_label",
    "spoken",
]
