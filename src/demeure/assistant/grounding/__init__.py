"""Is what an answer says in its sources, and which source supports which sentence? Pure; no model."""

from demeure.assistant.grounding.support import corrected, figures, plain, supporting
from demeure.assistant.grounding.verdict import Finding, Grounds, check, computed, told, unsupported

__all__ = [
    "Finding",
    "Grounds",
    "check",
    "computed",
    "corrected",
    "figures",
    "plain",
    "supporting",
    "told",
    "unsupported",
]
