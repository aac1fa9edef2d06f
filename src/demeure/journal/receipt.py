"""The receipt of one answer (pure): its entries with their proofs, and the house at that time, without any content.

``stranger`` reads it without Demeure. Whoever may open the entries rebuilds the explanation sheet from it.
"""

import base64
import json
from collections.abc import Sequence
from typing import Any

from demeure.journal.checkpoint import plain
from demeure.journal.evidence import Proven
from demeure.journal.proof import Proof
from demeure.journal.stranger import summary

FORMAT, ERASURE = "demeure.receipt/1", "demeure.erasure/1"
AROUND = ("house-started", "box-facts")
"""Entries about the house, of which the last one before the answer was closed belongs to the receipt."""


def made(chain: str, proven: Proven, vkey: str) -> dict[str, Any]:
    """The receipt, JSON-able. ``proven``: of the entries of ``chain`` and of those around it."""
    entries = {proof.index: json.loads(proof.extra) for proof in proven.proofs}
    return {
        "format": FORMAT,
        "chain": chain,
        "vkey": vkey,
        "summary": summary(chain, entries),
        "checkpoint": plain(proven.note),
        "entries": [line(proof) for proof in proven.proofs],
    }


def line(proof: Proof) -> dict[str, Any]:
    """One entry as receipts and exports hold it."""
    path = [base64.b64encode(one).decode() for one in proof.path]
    return {"index": proof.index, "leaf": proof.extra.decode(), "path": path}


def code(proofs: Sequence[Proof]) -> str:
    """What a printed code holds: the proof of the closing of the answer, as a ``.tlog-proof`` with its leaf. The
    checkpoint keeps its Ed25519 line only."""
    closing = next((p for p in proofs if b'"name":"answer-closed"' in p.extra), proofs[-1])
    return Proof(closing.index, closing.path, plain(closing.note), closing.extra).text()
