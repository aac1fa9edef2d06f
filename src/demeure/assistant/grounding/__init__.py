"""Is what an answer says in its sources, and which source supports which sentence? Pure; no model."""

from demeure.assistant.grounding.claims import Quantity
from demeure.assistant.grounding.held import read as claims_of
from demeure.assistant.grounding.plain import folded, source_text
from demeure.assistant.grounding.rows import bounds
from demeure.assistant.grounding.support import amounts, corrected, figures, plain, supporting
from demeure.assistant.grounding.verdict import Finding, Grounds, check, computed, told, unsupported

__all__ = [
    "Finding",
    "Grounds",
    "Quantity",
    "amounts",
    "bounds",
    "check",
    "claims_of",
    "computed",
    "corrected",
    "figures",
    "folded",
    "plain",
    "source_text",
    "supporting",
    "told",
    "unsupported",
]
