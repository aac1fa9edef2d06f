"""What the journal can show for itself: proofs, openings of commitments, signatures, cosignatures, pruning."""

import base64
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, Protocol

from demeure.journal.proof import Proof
from demeure.journal.timestamp import Stamped
from demeure.wire import Reply

MOST_PROOFS = 512


@dataclass(frozen=True)
class Proven:
    """``proofs``: one for each entry asked for, in order, all under one checkpoint (``note``) of ``size`` entries;
    each carries its leaf as ``extra``."""

    size: int
    note: str
    proofs: tuple[Proof, ...]


@dataclass(frozen=True)
class Grown:
    """``path``: proof that the journal of ``size`` entries (checkpoint ``note``) continues that of ``old``."""

    old: int
    size: int
    note: str
    path: tuple[bytes, ...]


@dataclass(frozen=True)
class Opening:
    """What opens a commitment: HMAC-SHA256(``salt``, ``payload``). Both empty when the entry has none."""

    salt: bytes
    payload: bytes


@dataclass(frozen=True)
class Cosigned:
    """The last checkpoint that a neighbour cosigned (``note``, empty: none) under its key ``vkey``; ``own``: the
    key under which this journal cosigns others."""

    vkey: str
    note: str
    own: str


@dataclass(frozen=True)
class By:
    """Who asks, and in which chain of entries."""

    actor: str
    chain: str


class Evidence(Protocol):
    """The law of what the journal shows.

    - ``prove``: at most MOST_PROOFS indexes. ``under``: an earlier answer, whose checkpoint is used again; None:
      the newest, made for the occasion. Raises EntryUnknown, EntryPruned.
    - ``consistency`` between the first ``old`` entries and a fresh checkpoint. Raises EntryUnknown, EntryPruned.
    - ``opening`` gives what ``payload`` gives, with its salt, and raises the same.
    - ``attest`` signs a file known by its SHA-512 (hexadecimal), as ``ssh-keygen -Y verify`` reads it; ``about``
      says what it is, in an entry written first.
    - ``cosign`` a neighbour's request under its ``vkey``: the checkpoint with our line. Raises NoteInvalid,
      ProofInvalid, WitnessRefused. ``keep_cosigned``: ours, cosigned; gives (size, seconds since 1970).
    - ``keep_stamped``: ours, stamped by an authority whose signature the caller verified; gives the same. Raises
      TimestampInvalid for other bytes, NoteInvalid, JournalForked. ``stamped``: the last one kept.
    - ``prune`` what was written before a moment (ISO); gives the first index kept. Raises PruningRefused.
    """

    async def prove(self, indexes: list[int], under: Proven | None = None) -> Proven: ...

    async def consistency(self, old: int) -> Grown: ...

    async def opening(self, index: int) -> Opening: ...

    async def attest(self, digest: str, about: str, by: By) -> str: ...

    async def cosign(self, request: str, vkey: str, by: By) -> str: ...

    async def cosigned(self) -> Cosigned: ...

    async def keep_cosigned(self, note: str, vkey: str, by: By) -> tuple[int, int]: ...

    async def stamped(self) -> Stamped: ...

    async def keep_stamped(self, kept: Stamped, by: By) -> tuple[int, int]: ...

    async def prune(self, before: str, by: By) -> int: ...


class ScribeEvidence(ABC):
    """The law over the wire, for ``ScribeJournal``."""

    @abstractmethod
    async def _ask(self, op: str, args: dict[str, Any]) -> Reply: ...

    async def prove(self, indexes: list[int], under: Proven | None = None) -> Proven:
        args = {"indexes": indexes, "size": under.size if under else None}
        answer = (await self._ask("prove", args)).data
        note = under.note if under else str(answer["checkpoint"])
        proofs = [
            Proof(int(one["index"]), _hashes(one["path"]), note, str(one["leaf"]).encode())
            for one in answer["proofs"]
        ]
        return Proven(int(answer["size"]), note, tuple(proofs))

    async def consistency(self, old: int) -> Grown:
        answer = (await self._ask("consistency", {"old": old})).data
        return Grown(old, int(answer["size"]), str(answer["checkpoint"]), _hashes(answer["path"]))

    async def attest(self, digest: str, about: str, by: By) -> str:
        return str((await self._ask("attest", {"digest": digest, "about": about, **vars(by)})).data["signature"])

    async def cosign(self, request: str, vkey: str, by: By) -> str:
        return str((await self._ask("cosign", {"request": request, "vkey": vkey, **vars(by)})).data["note"])

    async def cosigned(self) -> Cosigned:
        answer = (await self._ask("cosigned", {})).data
        return Cosigned(str(answer["vkey"]), str(answer["note"]), str(answer["witness"]))

    async def keep_cosigned(self, note: str, vkey: str, by: By) -> tuple[int, int]:
        answer = (await self._ask("keep-cosigned", {"note": note, "vkey": vkey, **vars(by)})).data
        return int(answer["size"]), int(answer["time"])

    async def stamped(self) -> Stamped:
        answer = (await self._ask("stamped", {})).data
        return Stamped(str(answer["note"]), base64.b64decode(answer["reply"]))

    async def keep_stamped(self, kept: Stamped, by: By) -> tuple[int, int]:
        reply = base64.b64encode(kept.reply).decode()
        answer = (await self._ask("keep-stamped", {"note": kept.note, "reply": reply, **vars(by)})).data
        return int(answer["size"]), int(answer["time"])

    async def prune(self, before: str, by: By) -> int:
        return int((await self._ask("prune", {"before": before, **vars(by)})).data["minimum"])


def _hashes(lines: list[str]) -> tuple[bytes, ...]:
    return tuple(base64.b64decode(line) for line in lines)
