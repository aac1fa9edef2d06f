"""Killed at any call, a full disk at any write, any flipped bit: a backup or a restore is whole, or absent."""

import errno
import os
import random
import shutil
from pathlib import Path
from typing import Any

import pytest
from backup_home import Home
from death import dies_at

from demeure.backup import errors
from demeure.backup.manifest import Manifest
from demeure.backup.restoring import opened, restore
from demeure.backup.target import FolderTarget
from demeure.backup.verifying import check, chosen, present
from demeure.errors import DemeureError


def restored(home: Home, folder: Path, number: int | None = None) -> Manifest:
    page = chosen(home.target(), home.signer.vkey, number)
    restore(opened(home.target(), page, home.keys[0]), folder)
    return page


def killed_backups(home: Home, tmp_path: Path, stride: int) -> int:
    home.create()
    died, point = 0, 1
    while True:
        home.write_document(f"more-{point}.txt", os.urandom(5000))
        home.instance.house.close()
        home.instance.space.close()
        if not dies_at(point, lambda: home.create()):
            return died
        died, point = died + 1, point + stride
        found = check(home.target(), home.signer.vkey)
        assert found.ok, found.faults
        assert found.sound[0] == 1
        if died % 4 == 0:
            restored(home, tmp_path / f"r{point}", 1)
            shutil.rmtree(tmp_path / f"r{point}")


def test_a_killed_backup_leaves_the_former_ones_whole_and_the_next_one_is_made(home: Home, tmp_path: Path) -> None:
    assert killed_backups(home, tmp_path, 29) > 5
    home.create()
    assert check(home.target(), home.signer.vkey).ok
    restored(home, tmp_path / "last")
    assert not list((home.folder / "backups").glob("work-*"))


@pytest.mark.thorough
def test_a_backup_killed_at_each_call(home: Home, tmp_path: Path) -> None:
    assert killed_backups(home, tmp_path, 1) > 60


def killed_restores(home: Home, tmp_path: Path, stride: int) -> int:
    home.create()
    page = chosen(home.target(), home.signer.vkey, None)
    died, point, folder = 0, 1, tmp_path / "again"
    while dies_at(point, lambda: restore(opened(home.target(), page, home.keys[0]), folder)):
        died, point = died + 1, point + stride
        if folder.exists():  # it died after the name was given: then it is whole
            assert (folder / "house" / "house.db").stat().st_size > 0
            shutil.rmtree(folder)
    assert folder.is_dir()
    return died


def test_a_killed_restore_leaves_nothing_that_passes_for_whole(home: Home, tmp_path: Path) -> None:
    assert killed_restores(home, tmp_path, 31) > 5
    assert not (tmp_path / ".again.restoring").exists()


@pytest.mark.thorough
def test_a_restore_killed_at_each_call(home: Home, tmp_path: Path) -> None:
    assert killed_restores(home, tmp_path, 1) > 60


class Failing(FolderTarget):
    """Refuses its n-th write."""

    def __init__(self, folder: Path, left: int, number: int) -> None:
        super().__init__(folder, "coffre")
        self.left, self._number = left, number

    def write(self, name: str, data: bytes) -> None:
        self.left -= 1
        if self.left == 0:
            with self._naming():
                raise OSError(self._number, os.strerror(self._number))
        super().write(name, data)


@pytest.mark.parametrize(
    ("number", "error"), [(errno.ENOSPC, errors.TargetFull), (errno.EIO, errors.TargetRefuses)]
)
def test_a_target_that_fails_at_its_nth_write_names_it(home: Home, number: int, error: type[DemeureError]) -> None:
    from demeure.backup.creating import create

    home.create()
    failed, at = 0, 1
    while True:
        home.write_document(f"more-{number}-{at}.txt", os.urandom(5000))
        target = Failing(home.at, at, number)
        try:
            create(home.asked(), target)
        except error:
            failed, at = failed + 1, at + 1
            assert check(home.target(), home.signer.vkey).sound == [1]
            continue
        break
    assert failed >= 4 and len(check(home.target(), home.signer.vkey).sound) == 2


def test_a_target_that_is_read_only_is_named_in_the_tongue_of_who_reads(home: Home) -> None:
    from demeure.backup.creating import create

    with pytest.raises(errors.TargetRefuses) as refused:
        create(home.asked(), Failing(home.at, 1, errno.EROFS))
    assert "lecture seule" in refused.value.sentence("fr") and "Read-only" in refused.value.sentence("en")


def test_a_target_that_is_absent_is_named(home: Home) -> None:
    home.create()
    shutil.move(home.at, home.at.with_name("unplugged"))
    with pytest.raises(errors.TargetAbsent):
        home.create()
    assert not home.at.exists(), "an unplugged disk must not become a folder of this one"


def test_a_full_disk_stops_a_restore_at_any_write(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.create()
    real, left = os.pwrite, [0]

    def full(descriptor: int, data: Any, at: int) -> int:
        left[0] -= 1
        if left[0] == 0:
            raise OSError(errno.ENOSPC, "full")
        return real(descriptor, data, at)

    monkeypatch.setattr(os, "pwrite", full)
    for at in (1, 2, 5, 20):
        left[0] = at
        with pytest.raises(errors.RestoreStopped):
            restored(home, tmp_path / "again")
        assert sorted(p.name for p in tmp_path.iterdir()) == ["coffre", "disque-b", "instance"]


def test_two_hundred_flipped_bits_are_each_named_and_never_restored(home: Home, tmp_path: Path) -> None:
    page = home.create()
    needed = [home.at / "packs" / name for pack in page.packs for name in (pack.name, f"{pack.name}.idx")]
    needed += [home.at / "manifests" / f"000001.json{end}" for end in ("", ".sig")]
    chance = random.Random(9)
    for turn in range(200):
        path = chance.choice(needed)
        data = path.read_bytes()
        at, bit = chance.randrange(len(data)), chance.randrange(8)
        path.write_bytes(data[:at] + bytes([data[at] ^ 1 << bit]) + data[at + 1 :])
        assert not check(home.target(), home.signer.vkey).ok, path.name
        if turn % 4 == 0:
            with pytest.raises((errors.BackupDamaged, errors.BackupForged, errors.BackupNewer)):
                restored(home, tmp_path / "again")
        path.write_bytes(data)
    assert not (tmp_path / "again").exists()
    restored(home, tmp_path / "again")


def test_cut_swapped_and_missing_files_are_named_and_the_former_backup_restores(home: Home, tmp_path: Path) -> None:
    home.create()
    home.write_document("later.bin", os.urandom(200_000))
    second = home.create()
    first_page = chosen(home.target(), home.signer.vkey, 1)
    (new,) = [p for p in second.packs if p not in first_page.packs][:1]
    path, old = home.at / "packs" / new.name, home.at / "packs" / first_page.packs[0].name
    data = path.read_bytes()
    for other in (data[:-1], data[: len(data) // 2], b"", old.read_bytes(), data + b"\0"):
        path.write_bytes(other)
        with pytest.raises(errors.BackupDamaged):
            restored(home, tmp_path / "again", 2)
        assert check(home.target(), home.signer.vkey).sound == [1]
    path.unlink()
    with pytest.raises(errors.BackupDamaged):
        restored(home, tmp_path / "again", 2)
    restored(home, tmp_path / "again", 1)
    assert present(home.target()) == [1, 2]
