"""A house on a full disk, whose place for backups has room: the moment when a backup is wanted."""

import shutil
from pathlib import Path

import pytest
from backup_home import Home
from test_store_full_disk import fill_up, on_small_disk

from demeure.backup import errors, room
from demeure.backup.disk_errors import HouseDiskFull
from demeure.backup.plan import Plan
from demeure.backup.restoring import opened, restore
from demeure.backup.verifying import check
from demeure.testing.store import reopen_instance

DISK = 40 << 20


def moved(home: Home, disk: Path, *, open_: bool) -> Home:
    """The house, closed, on the small disk; its place stays elsewhere."""
    home.instance.close()
    shutil.copytree(home.folder, disk / "instance")
    instance = reopen_instance(disk / "instance")
    if not open_:
        instance.close()
    return Home(instance, disk / "instance", home.signer, home.keys, home.at, home.plan)


@pytest.mark.parametrize("open_", [True, False])
def test_a_house_that_made_a_backup_makes_more_on_a_full_disk(home: Home, tmp_path: Path, open_: bool) -> None:
    (tmp_path / "small").mkdir()

    def work(disk: Path) -> None:
        small = moved(home, disk, open_=open_)
        reserve = small.folder / "backups" / "reserve"
        assert small.create().number == 1 and reserve.stat().st_size == room.RESERVE
        fill_up(disk)
        for number in (2, 3, 4):
            assert small.create().number == number, "night after night"
            assert reserve.stat().st_size > room.RESERVE // 2
        (disk / "filling").unlink()
        page = small.create()
        assert reserve.stat().st_size == room.RESERVE
        assert check(small.target(), small.signer.vkey).sound == [1, 2, 3, 4, 5]
        restore(opened(small.target(), page, small.keys[0]), tmp_path / "back")
        assert (tmp_path / "back" / "journal" / "staging").exists()

    on_small_disk(tmp_path / "small", DISK, work)


def test_a_full_disk_of_the_house_is_told_from_that_of_the_place(home: Home, tmp_path: Path) -> None:
    (tmp_path / "small").mkdir()

    def work(disk: Path) -> None:
        small = moved(home, disk, open_=True)
        fill_up(disk)
        with pytest.raises(HouseDiskFull) as full:
            small.create()
        for language, told in (("fr", "Le disque de la maison elle-même est plein"), ("en", "of the house itself")):
            words = full.value.sentence(language)
            assert told in words and f"df -h {small.folder}" in words
        (disk / "filling").unlink()
        assert small.create().number and not list(small.folder.glob("backups/work-*"))

    def elsewhere(disk: Path) -> None:
        (disk / "coffre").mkdir()
        full = Home(home.instance, home.folder, home.signer, home.keys, disk / "coffre", Plan(home.plan.holders))
        fill_up(disk)
        with pytest.raises(errors.TargetFull):
            full.create()

    on_small_disk(tmp_path / "small", DISK, work)
    on_small_disk(tmp_path / "small", DISK, elsewhere)
