"""Proof that one entry is in the journal (pure): C2SP tlog-proof, checked without the journal.

The ``.spicy`` twin is the same without its first line, for tools older than that line.
"""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass

from demeure.journal.checkpoint import Checkpoint, invalid, parse, verify
from demeure.journal.errors import ProofInvalid
from demeure.journal.tree import leaf_hash, root_from_inclusion

HEADER = "c2sp.org/tlog-proof@v1"
LONGEST_PATH = 63


@dataclass(frozen=True)
class Proof:
    """``path``: hashes from the leaf's sibling up. ``note``: the checkpoint they lead to. ``extra``: bytes that
    travel along and prove nothing by themselves; here, the leaf."""

    index: int
    path: tuple[bytes, ...]
    note: str
    extra: bytes = b""

    def text(self) -> str:
        """The ``.tlog-proof`` file."""
        extra = [f"extra {_b64(self.extra)}"] if self.extra else []
        return "\n".join([HEADER, *extra, f"index {self.index}", *map(_b64, self.path), "", self.note])

    def spicy(self) -> str:
        """The twin for ``spicy-litetlog`` 0.4."""
        return "\n".join([f"index {self.index}", *map(_b64, self.path), "", self.note])

    def check(self, leaf: bytes, vkey: str) -> Checkpoint:
        """The checkpoint, once ``vkey`` signed it and ``leaf`` is under it. Raises NoteInvalid, ProofInvalid."""
        checkpoint = verify(self.note, vkey)
        if root_from_inclusion(self.index, checkpoint.size, leaf_hash(leaf), self.path) != checkpoint.root:
            raise ProofInvalid(index=self.index)
        return checkpoint


def read(text: str) -> Proof:
    """A ``.tlog-proof``, or its twin. Raises ProofInvalid, NoteInvalid."""
    head, gap, note = text.partition("\n\n")
    lines = head.split("\n")
    if lines[0] == HEADER:
        lines.pop(0)
    extra = _bytes(lines.pop(0)[6:]) if lines and lines[0].startswith("extra ") else b""
    number = lines.pop(0).removeprefix("index ") if lines else ""
    if not gap or not number.isascii() or not number.isdigit() or len(number) > 18 or len(lines) > LONGEST_PATH:
        raise ProofInvalid(index="?")
    if str(int(number)) != number:
        raise ProofInvalid(index="?")
    path = tuple(_bytes(line) for line in lines)
    if any(len(hashed) != 32 for hashed in path):
        raise ProofInvalid(index=number)
    parse(note)
    return Proof(int(number), path, note, extra)


def witness_request(old: int, path: Sequence[bytes], note: str) -> str:
    """C2SP tlog-witness ``add-checkpoint``: what a neighbour is asked to cosign."""
    return "\n".join([f"old {old}", *map(_b64, path), "", note])


def read_witness_request(text: str) -> tuple[int, tuple[bytes, ...], str]:
    """(old size, consistency proof, checkpoint). Raises ProofInvalid, NoteInvalid."""
    head, gap, note = text.partition("\n\n")
    first, *lines = head.split("\n")
    number = first.removeprefix("old ")
    if not gap or not first.startswith("old ") or not number.isdigit() or len(lines) > LONGEST_PATH:
        raise invalid("request")
    parse(note)
    return int(number), tuple(_bytes(line) for line in lines), note


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _bytes(text: str) -> bytes:
    try:
        data = base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error) as problem:
        raise ProofInvalid(index="?") from problem
    if _b64(data) != text:
        raise ProofInvalid(index="?")
    return data
