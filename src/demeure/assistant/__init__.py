"""The assistant: questions over the documents, answered with sources, every step written before it happens."""

from demeure.assistant.answer import Assistant
from demeure.assistant.conversations import Conversations, KeptAnswer
from demeure.assistant.events import Closed, Event, Problem, Source, Sources, Started, Text
from demeure.assistant.grounding import Finding
from demeure.assistant.recovery import close_interrupted
from demeure.assistant.sources import place_label

__all__ = [
    "Assistant",
    "Closed",
    "Conversations",
    "Event",
    "Finding",
    "KeptAnswer",
    "Problem",
    "Source",
    "Sources",
    "Started",
    "Text",
    "close_interrupted",
    "place_label",
]
