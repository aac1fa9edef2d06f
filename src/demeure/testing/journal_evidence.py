"""Evidence of a journal in memory: a real tree over its entries, signed by a key of tests."""

from demeure.journal import Entry
from demeure.journal.attestation import sign
from demeure.journal.checkpoint import Signer, plain
from demeure.journal.entry import Draft, Stamp, leaf
from demeure.journal.errors import EntryUnknown, PruningRefused
from demeure.journal.evidence import By, Cosigned, Grown, Opening, Proven
from demeure.journal.proof import Proof
from demeure.journal.timestamp import Stamped
from demeure.journal.tree import consistency, inclusion, leaf_hash, root_of_first, subtree_root

SALT = bytes(32)


class MemoryEvidence:
    """The law of ``journal.Evidence`` over ``entries`` and ``payloads``; it is no witness and prunes nothing."""

    entries: list[Entry]
    payloads: list[bytes]
    signer = Signer(b"m" * 32)
    stamp_kept = Stamped("", b"")

    def _leaves(self) -> list[bytes]:
        names = {*Draft.__dataclass_fields__} - {"payload"}
        return [
            leaf(
                Draft(**{name: getattr(entry, name) for name in names}),
                Stamp(entry.time, entry.boot, entry.mono, entry.role),
                entry.commitment,
            )
            for entry in self.entries
        ]

    def _tree(self, size: int | None = None) -> tuple[list[bytes], int, str]:
        """(leaves, size, checkpoint)."""
        leaves = self._leaves()
        size = len(leaves) if size is None else size
        return leaves, size, plain(self.signer.sign(size, root_of_first(size, _node(leaves))))

    async def prove(self, indexes: list[int], under: Proven | None = None) -> Proven:
        leaves, size, note = self._tree(under.size if under else None)
        proofs = []
        for index in indexes:
            if not 0 <= index < size:
                raise EntryUnknown(index=index)
            proofs.append(Proof(index, tuple(inclusion(index, size, _node(leaves))), note, leaves[index]))
        return Proven(size, note, tuple(proofs))

    async def consistency(self, old: int) -> Grown:
        leaves, size, note = self._tree()
        if not 0 <= old <= size:
            raise EntryUnknown(index=old)
        return Grown(old, size, note, tuple(consistency(old, size, _node(leaves))))

    async def opening(self, index: int) -> Opening:
        if not 0 <= index < len(self.payloads):
            raise EntryUnknown(index=index)
        payload = self.payloads[index]
        return Opening(SALT, payload) if payload else Opening(b"", b"")

    async def attest(self, digest: str, about: str, by: By) -> str:
        del about, by
        return sign(self.signer, bytes.fromhex(digest))

    async def cosign(self, request: str, vkey: str, by: By) -> str:
        raise NotImplementedError("a journal in memory is no witness")

    async def cosigned(self) -> Cosigned:
        return Cosigned("", "", "")

    async def keep_cosigned(self, note: str, vkey: str, by: By) -> tuple[int, int]:
        raise NotImplementedError("a journal in memory is no witness")

    async def stamped(self) -> Stamped:
        return self.stamp_kept

    async def keep_stamped(self, kept: Stamped, by: By) -> tuple[int, int]:
        del by
        stamp = kept.stamp()
        self.stamp_kept = kept
        return int(kept.note.split("\n")[1]), int(stamp.moment.timestamp())

    async def prune(self, before: str, by: By) -> int:
        raise PruningRefused(minimum=0, detail=f"{before} {by.actor}")


def _node(leaves: list[bytes]):  # type: ignore[no-untyped-def] # tree.Node
    return lambda level, number: subtree_root(
        [leaf_hash(one) for one in leaves[number << level : (number + 1) << level]]
    )
