"""A space's key replaced: all is under the new one, the old one is nowhere, a kill at any step loses nothing."""

import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from demeure.clock import SystemClock
from demeure.store import (
    BlobCorrupt,
    Keys,
    SealBroken,
    SpaceInUse,
    Vault,
    erase_space,
    keys_folder,
    open_blobs,
    open_space,
    read_house_key,
    rekey,
    settle,
)
from demeure.store.rekeying import STEPS
from demeure.store.space_tables import pseudonyms
from demeure.testing.store import Instance, make_instance, reopen_instance

CANARY = b"Le canari de la mairie, en clair nulle part."


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[Instance]:
    made = make_instance(tmp_path)
    yield made
    made.close()


def fill(instance: Instance) -> str:
    """One original and one sealed row; the original's SHA-256."""
    sha256 = instance.blobs.put([CANARY]).sha256
    sealed = instance.keys.space("mairie").seal(CANARY, "pseudonyms x")
    with instance.space.write() as db:
        db.execute(pseudonyms.insert().values(dossier="x", version=1, sealed=sealed, changed_at="2026-11-26"))
    return sha256


def reseal(db: sa.Connection, old: Vault, new: Vault) -> None:
    for row in db.execute(sa.select(pseudonyms)).all():
        sealed = new.seal(old.open(row.sealed, "pseudonyms x"), "pseudonyms x")
        db.execute(pseudonyms.update().values(sealed=sealed))


def sealed_row(instance: Instance) -> bytes:
    with instance.space.read() as db:
        return bytes(db.execute(sa.select(pseudonyms.c.sealed)).scalar_one())


def turned(instance: Instance, **more: object) -> None:
    rekey(instance.folder, instance.keys, "mairie", SystemClock(), reseal, **more)  # type: ignore[arg-type]


def whole(instance: Instance, sha256: str) -> None:
    """All that was there is read."""
    assert b"".join(instance.blobs.open(sha256)) == CANARY
    assert [one.sha256 for one in instance.blobs.list()] == [sha256]
    assert instance.keys.space("mairie").open(sealed_row(instance), "pseudonyms x") == CANARY
    assert instance.space.damages() == []


def test_everything_is_under_the_new_key_and_the_old_one_is_nowhere(instance: Instance, tmp_path: Path) -> None:
    sha256 = fill(instance)
    before = keys_folder(tmp_path) / "mairie.key"
    wrapped, former = before.read_bytes(), instance.keys.held("mairie")
    journal = instance.keys.space("mairie").seal(b"said", "journal payload")
    other = reopen_instance(tmp_path)  # as the worker has it, opened before
    with other.space.read() as db:
        db.execute(sa.select(pseudonyms)).all()
    turned(instance)
    now = instance.keys.held("mairie")
    assert now.generation == 2 and now.key != former.key and now.made and now.born
    for one in (instance, other):
        whole(one, sha256)
        assert one.space.path == tmp_path / "spaces" / "mairie" / "g2" / "space.db"
        with pytest.raises(SealBroken):
            Vault(former.key).open(sealed_row(one), "pseudonyms x")
        assert one.keys.space("mairie").open(journal, "journal payload") == b"said"
    with other.space.write() as db:
        db.execute(pseudonyms.update().values(version=7))
    with instance.space.read() as db:
        assert db.execute(sa.select(pseudonyms.c.version)).scalar() == 7
    other.close()
    assert sorted(path.name for path in (tmp_path / "spaces" / "mairie").iterdir()) == ["g2"]
    assert sorted(path.name for path in keys_folder(tmp_path).iterdir()) == ["mairie.key"]
    assert before.read_bytes() != wrapped
    turned(instance)
    whole(instance, sha256)
    assert instance.keys.space("mairie").open(journal, "journal payload") == b"said"
    assert sorted(path.name for path in (tmp_path / "spaces" / "mairie").iterdir()) == ["g3"]
    erase_space(tmp_path, instance.keys, "mairie")
    assert not (tmp_path / "spaces" / "mairie").exists()


def killed(folder: Path, fatal: str) -> None:
    """Another process turns the key, and dies at this step."""
    child = os.fork()
    if not child:
        try:
            turned(
                reopen_instance(folder),
                step=lambda at: os.kill(os.getpid(), signal.SIGKILL) if at == fatal else None,
            )
        finally:
            os._exit(3)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


def test_killed_at_any_step_nothing_is_lost_and_the_next_call_finishes(tmp_path: Path) -> None:
    made = make_instance(tmp_path)
    sha256, generation = fill(made), 1
    made.close()
    for fatal in STEPS:
        killed(tmp_path, fatal)
        found = reopen_instance(tmp_path)
        whole(found, sha256)
        generation += STEPS.index(fatal) >= STEPS.index("promoted")
        assert found.keys.held("mairie").generation == generation, fatal
        found.blobs.delete(sha256)  # erased while it was interrupted: the copy made before must go too
        sha256 = found.blobs.put([CANARY, fatal.encode()]).sha256
        turned(found)
        generation += 1
        assert [one.sha256 for one in found.blobs.list()] == [sha256]
        found.blobs.delete(sha256)
        sha256 = found.blobs.put([CANARY]).sha256
        assert found.keys.held("mairie").generation == generation
        assert len(list((tmp_path / "spaces" / "mairie").iterdir())) == 1
        assert sorted(path.name for path in keys_folder(tmp_path).iterdir()) == ["mairie.key"]
        assert settle(tmp_path, found.keys, "mairie") == 0
        found.close()


def test_what_is_being_received_is_waited_for_or_the_key_stays(instance: Instance, tmp_path: Path) -> None:
    sha256 = fill(instance)
    going, ended = threading.Event(), threading.Event()

    def slow() -> Iterator[bytes]:
        yield b"first half, "
        going.set()
        ended.wait(10)
        yield b"second half"

    stored: list[str] = []
    receiving = threading.Thread(target=lambda: stored.append(instance.blobs.put(slow()).sha256))
    receiving.start()
    assert going.wait(10)
    with pytest.raises(SpaceInUse):
        turned(instance, seconds=0.05)
    whole(instance, sha256)
    ended.set()
    receiving.join()
    turned(instance)
    assert b"".join(instance.blobs.open(stored[0])) == b"first half, second half"
    assert b"".join(instance.blobs.open(sha256)) == CANARY


def test_a_writer_who_waited_meanwhile_writes_in_the_new_one(instance: Instance, tmp_path: Path) -> None:
    fill(instance)
    other, waiting = reopen_instance(tmp_path), []

    def write() -> None:
        with other.space.write() as db:
            db.execute(pseudonyms.update().values(version=9))

    def step(name: str) -> None:
        if name == "copied":  # it holds a snapshot of before, and waits for its turn to write
            waiting.append(threading.Thread(target=write))
            waiting[0].start()

    turned(instance, step=step)
    waiting[0].join()
    other.close()
    with instance.space.read() as db:
        assert db.execute(sa.select(pseudonyms.c.version)).scalar() == 9


def test_a_damaged_original_stops_it_and_the_old_key_stays(instance: Instance, tmp_path: Path) -> None:
    fill(instance)
    (path,) = (tmp_path / "spaces" / "mairie" / "blobs").iterdir()
    good = path.read_bytes()
    path.write_bytes(good[:-1] + bytes([good[-1] ^ 1]))
    with pytest.raises(BlobCorrupt):
        turned(instance)
    assert instance.keys.held("mairie").generation == 1
    path.write_bytes(good)
    turned(instance)
    assert open_space(tmp_path, Keys(read_house_key(tmp_path), keys_folder(tmp_path)), "mairie").damages() == []
    assert len(list(open_blobs(tmp_path, instance.keys, "mairie").list())) == 1
