"""A house restored beside the one it comes from does not open while that one is open."""

import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from demeure.cli import backup_work, beside
from demeure.cli.errors import OpenElsewhere
from demeure.supervisor import health


@pytest.fixture
def old(tmp_path: Path) -> Iterator[Path]:
    """A folder whose lock is held, as a house that serves pages holds it."""
    (tmp_path / "old" / "run").mkdir(parents=True)
    lock = os.open(tmp_path / "old" / "run" / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)
    yield tmp_path / "old"
    os.close(lock)


@pytest.mark.parametrize(
    ("theirs", "ours", "address", "refused"),
    [
        ("key-1", "key-1", ["127.0.0.1", 8420], True),
        ("key-1", "key-2", ["127.0.0.1", 8420], False),
        ("", "", ["127.0.0.1", 8420], False),  # nothing was ever written there
        ("key-1", "key-1", None, False),  # an exercise, without pages
    ],
)
def test_a_copy_opens_only_alone(
    monkeypatch: pytest.MonkeyPatch, old: Path, theirs: str, ours: str, address: object, refused: bool
) -> None:
    new = old.parent / "new"
    monkeypatch.setattr(backup_work, "own_vkey", lambda where: theirs if where == old else ours)
    monkeypatch.setattr(health, "running_state", lambda where: {"address": address} if where == old else None)
    beside.not_beside(old)  # itself is told by its own lock
    if not refused:
        beside.not_beside(new)
        return
    with pytest.raises(OpenElsewhere) as problem:
        beside.not_beside(new)
    assert str(old) in problem.value.sentence("fr") and str(os.getpid()) in problem.value.sentence("en")


def test_where_locks_cannot_be_read_nothing_is_refused(monkeypatch: pytest.MonkeyPatch, old: Path) -> None:
    monkeypatch.setattr(beside, "LOCKS", old / "absent")
    monkeypatch.setattr(backup_work, "own_vkey", lambda _: "key-1")
    beside.not_beside(old.parent / "new")
