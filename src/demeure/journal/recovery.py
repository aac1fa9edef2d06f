"""What the scribe does before it writes: recompute the whole journal from its bytes, and refuse what differs.

Only one thing is repaired: a torn last frame of staging, which nobody was told is there.
"""

from dataclasses import dataclass
from pathlib import Path

from demeure.journal.checkpoint import Signer, verify
from demeure.journal.disk import Disk
from demeure.journal.entry import entry_from
from demeure.journal.errors import EntryInvalid, JournalCorrupt, JournalRolledBack
from demeure.journal.ledger import Ledger
from demeure.journal.pruning import payload_files, read, sweep
from demeure.journal.staging import Placed, Scan, scan
from demeure.journal.tiles import Published, Rebuilding, Tiles
from demeure.journal.tree import WIDTH, leaf_hash


@dataclass(frozen=True)
class Recovered:
    """``pending``: durable leaves that no checkpoint covers yet. ``staging``: None when it is to be created.
    ``minimum``: index of the first entry that was not pruned."""

    published: Published
    pending: list[bytes]
    staging: Scan | None
    minimum: int


def recover(folder: Path, tiles: Tiles, signer: Signer, ledger: Ledger, disk: Disk) -> Recovered:
    """Check everything, fill ``ledger``. Raises JournalCorrupt, JournalRolledBack, NoteInvalid."""
    note = tiles.note()
    if note:
        verify(note, signer.vkey)
    minimum = read(folder, signer).minimum
    rebuilding = Rebuilding(tiles, note, minimum)
    staging = _scan(folder / "staging")
    sweep(folder, disk, minimum, staging.first if staging else rebuilding.size)
    tail = _tail(folder, staging, rebuilding.size)
    first = tail[0].index if tail else rebuilding.size
    kept = _published_leaves(rebuilding, ledger, first)
    published = rebuilding.finish()
    for item, leaf in zip(tail, kept, strict=False):
        if item.leaf != leaf:
            raise JournalCorrupt(index=item.index, place="staging")
    pending = _replay(tail[len(kept) :], published, tiles.signed(), ledger)
    newest = pending[-1] if pending else published.bundle[-1] if published.bundle else None
    size = published.tree.size + len(pending)
    if newest is None and size:
        newest = tiles.leaves(size // WIDTH - 1)[-1]
    if newest is not None:
        ledger.note_last(size - 1, newest)
    for item in tail:
        entry = entry_from(item.index, item.leaf)
        ledger.remember(entry.role, item.draft, item.index, entry.time)
    return Recovered(published, pending, staging, minimum)


def _scan(path: Path) -> Scan | None:
    if not path.exists():
        return None
    found = scan(path.read_bytes())
    if found is None:
        raise JournalCorrupt(index=0, place=f"{path.name} (header)")
    if found.damaged is not None:
        raise JournalCorrupt(index=found.damaged, place=path.name)
    return found


def _tail(folder: Path, staging: Scan | None, published: int) -> list[Placed]:
    """Every entry of staging, of the payload file before it, and of those that hold unpublished entries."""
    tail = list(staging.placed) if staging else []
    first = staging.first if staging else None
    for begin, path in reversed(payload_files(folder)):
        found = _scan(path)
        assert found is not None
        if found.first != begin or found.rest or (first is not None and found.next != first):
            raise JournalCorrupt(index=found.next, place=f"payloads/{path.name}")
        tail, first = found.placed + tail, begin
        if begin <= published:
            break
    if first is not None and first > published:
        raise JournalCorrupt(index=published, place="staging")
    durable = tail[-1].index + 1 if tail else first or 0
    if durable < published:
        raise JournalCorrupt(index=durable, place="staging")
    return tail


def _published_leaves(rebuilding: Rebuilding, ledger: Ledger, keep_from: int) -> list[bytes]:
    """Check all entries tiles; the leaves from ``keep_from`` on are given back."""
    kept: list[bytes] = []
    for number in range(rebuilding.tree.size // WIDTH, (rebuilding.size + WIDTH - 1) // WIDTH):
        leaves = rebuilding.tile(number)
        for index, leaf in enumerate(leaves, number * WIDTH):
            _note(ledger, index, leaf)
        kept += leaves[max(0, keep_from - number * WIDTH) :]
    return kept


def _replay(tail: list[Placed], published: Published, signed: tuple[int, str], ledger: Ledger) -> list[bytes]:
    tree = published.tree.copy()
    size, root = signed
    if size < tree.size and published.note:
        raise JournalCorrupt(index=size, place="signed")
    pending: list[bytes] = []
    while True:
        if tree.size == size and root and tree.root().hex() != root:
            raise JournalCorrupt(index=size, place="signed")
        if len(pending) == len(tail):
            break
        item = tail[len(pending)]
        _note(ledger, item.index, item.leaf)
        tree.append(leaf_hash(item.leaf))
        pending.append(item.leaf)
    if tree.size < size:
        raise JournalRolledBack(size=tree.size, signed=size)
    return pending


def _note(ledger: Ledger, index: int, leaf: bytes) -> None:
    try:
        ledger.note(index, leaf)
    except EntryInvalid as problem:
        raise JournalCorrupt(index=index, place="entry") from problem
