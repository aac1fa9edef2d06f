"""Leak probes, run from inside the boxes by twins of the roles and judged from outside; facts of the live house."""

from demeure.proof.beside import end_in_order
from demeure.proof.house_facts import Fact
from demeure.proof.mutations import Noticed
from demeure.proof.prove import Proof, prove
from demeure.proof.verdict import BLOCKED, INCONCLUSIVE, OPEN, WORDS, Result

__all__ = [
    "BLOCKED",
    "INCONCLUSIVE",
    "OPEN",
    "WORDS",
    "Fact",
    "Noticed",
    "Proof",
    "Result",
    "end_in_order",
    "prove",
]
