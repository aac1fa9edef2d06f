"""Pruning by minimum index: what is due goes for good, the rest proves itself as before; killed at every step."""

import shutil
from pathlib import Path

import pytest
from scribe_house import SEED, open_log
from test_journal_bits import pruned_entry
from test_journal_damage import fill

from demeure.journal import verify as verifier
from demeure.journal.checkpoint import Signer, parse
from demeure.journal.disk import Disk
from demeure.journal.errors import EntryPruned, EntryUnknown, JournalForked, JournalRolledBack
from demeure.journal.log import Log
from demeure.journal.tree import check_consistency, leaf_hash, root_from_inclusion

VKEY = Signer(SEED).vkey
SIZE, MINIMUM = 70_000, 66_048  # past a full tile of the second level: the third answers for it


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("full") / "journal"
    log = open_log(folder)
    fill(log, 0, SIZE - 1, step=1000)
    log.append([pruned_entry(SIZE - 1, MINIMUM)])
    log.publish()
    log.close()
    return folder


@pytest.fixture
def folder(full: Path, tmp_path: Path) -> Path:
    shutil.copytree(full, tmp_path / "journal")
    return tmp_path / "journal"


def after_pruning(log: Log, before: str) -> None:
    """Everything that must hold once ``MINIMUM`` is the first entry."""
    assert log.minimum == MINIMUM
    for index in (0, MINIMUM - 1):
        with pytest.raises(EntryPruned):
            log.leaf(index)
        with pytest.raises(EntryPruned):
            log.payload(index)
    root = log.published.tree.root()
    for index in (MINIMUM, MINIMUM + 255, 69_000, SIZE - 1):
        path = log.inclusion(index)
        assert root_from_inclusion(index, log.published.tree.size, leaf_hash(log.leaf(index)), path) == root
    several = [SIZE - 1, MINIMUM, MINIMUM + 255, MINIMUM + 256, 69_000, 69_001]
    for size in (log.published.tree.size, SIZE - 1):
        wanted = [index for index in several if index < size]
        each = [(log.leaf(index), log.inclusion(index, size)) for index in wanted]
        assert log.proven(wanted, size) == each, "many at once say what each says"
    for index, refused in ((MINIMUM - 1, EntryPruned), (log.size, EntryUnknown)):
        with pytest.raises(refused):
            log.proven([MINIMUM, index])
    assert log.payload(MINIMUM) == bytes([MINIMUM % 256]) * 40
    held = parse(before)[0]
    assert check_consistency(held.size, held.root, log.published.tree.size, root, log.consistency(held.size))
    assert log.read(None, 500)[0][0].index == log.size - 1


def test_what_is_below_the_minimum_is_gone_and_the_rest_proves_itself(folder: Path) -> None:
    log = open_log(folder)
    before = log.published.note
    log.prune(MINIMUM)
    after_pruning(log, before)
    fill(log, SIZE, 300)
    log.publish()
    log.close()
    assert not list((folder / "tile" / "0").rglob("000")), "the first tile of hashes is gone"
    stored = b"".join(p.read_bytes() for p in folder.rglob("*") if p.is_file())
    assert b'"chain":"c66047"' not in stored
    assert b'"chain":"c66048"' in stored
    log = open_log(folder)
    after_pruning(log, before)
    log.close()
    found = verifier.verify(folder, VKEY, None)
    assert (found["size"], found["minimum"]) == (SIZE + 300, MINIMUM)


def test_a_pruning_that_no_entry_tells_is_a_fault(folder: Path) -> None:
    log = open_log(folder)
    log.prune(MINIMUM + 256)
    log.close()
    with pytest.raises(verifier.Fault) as caught:
        verifier.verify(folder, VKEY, None)
    assert caught.value.place == "retention.txt"


class Dying(Disk):
    """Dies at the ``left``-th call that touches the disk."""

    def __init__(self, left: int) -> None:
        super().__init__()
        self.left = left

    def _one(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise KeyboardInterrupt

    def sync_folder(self, folder: Path) -> None:
        self._one()
        super().sync_folder(folder)

    def rename(self, old: Path, new: Path) -> None:
        self._one()
        super().rename(old, new)
        self._one()


@pytest.mark.parametrize("step", range(10))
def test_killed_at_any_step_it_is_finished_or_not_begun(folder: Path, step: int) -> None:
    log = open_log(folder, disk=Disk())
    before, disk = log.published.note, Dying(step)
    log._disk = disk
    if log._staging:
        log._staging._disk = disk
    died = False
    try:
        log.prune(MINIMUM)
    except KeyboardInterrupt:
        died = True
    log.close()
    log = open_log(folder)
    assert log.minimum in (0, MINIMUM)
    if not died:
        assert log.minimum == MINIMUM
    log.prune(MINIMUM)
    after_pruning(log, before)
    fill(log, SIZE, 10)
    log.publish()
    log.close()
    assert verifier.verify(folder, VKEY, None)["size"] == SIZE + 10


def test_a_checkpoint_kept_elsewhere_is_compared_at_the_start(tmp_path: Path) -> None:
    log = open_log(tmp_path / "journal")
    fill(log, 0, 700)
    log.publish()
    held = log.published.note
    fill(log, 700, 30)
    assert log.check_held(held) == 700
    log.close()
    shutil.copytree(tmp_path / "journal", tmp_path / "older")
    log = open_log(tmp_path / "journal")
    log.publish()
    later = log.published.note
    assert log.check_held(later) == 730
    log.close()
    log = open_log(tmp_path / "older")
    assert log.check_held(later) == 730, "the same entries, still waiting for their checkpoint"
    log.close()
    log = open_log(tmp_path / "shorter")
    fill(log, 0, 600)
    log.publish()
    with pytest.raises(JournalRolledBack):
        log.check_held(held)
    fill(log, 601, 200)
    log.publish()
    with pytest.raises(JournalForked):
        log.check_held(held)
    log.close()
