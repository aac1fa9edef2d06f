"""A disk that fills up while a state is written: a real one, in memory, of a few megabytes."""

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from test_dossier import TEXT, asked, files, going, prepared

from demeure.assistant.dossier import snapshots
from demeure.errors import DemeureError
from demeure.store import room_left
from demeure.testing.engine import FakeSlots
from demeure.testing.house import ADMINISTRATOR, AGENT, SmallHouse

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="mounting a disk takes root")


@contextlib.contextmanager
def disk(at: Path, size: str) -> Iterator[None]:
    """A disk of ``size`` at ``at``, for this block."""
    at.mkdir(parents=True, exist_ok=True)
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size},mode=700", "tmpfs", str(at)], capture_output=True, check=False
    )
    if made.returncode:
        pytest.skip(f"no disk can be mounted here: {made.stderr.decode().strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(at)], check=True)


def grown(at: Path, size: str) -> None:
    subprocess.run(["mount", "-o", f"remount,size={size}", str(at)], check=True)


def filled(at: Path, left: int) -> Path:
    """All but ``left`` bytes of the disk is taken by something else."""
    told = os.statvfs(at)
    other = at / "autre"
    with other.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, max(4096, told.f_bavail * told.f_frsize - left))
    return other


def filling(slots: FakeSlots, at: Path, left: int) -> list[Path]:
    """The next state finds the disk with room when it is asked for, and without when it is written."""
    save, made = slots.save, list[Path]()

    async def taken(slot: int) -> int:
        tokens = await save(slot)
        made.append(filled(at, left))
        slots.save = save  # type: ignore[method-assign]
        return tokens

    slots.save = taken  # type: ignore[method-assign]
    return made


async def closed(house: SmallHouse) -> bool:
    left = await house.journal.open_intentions()
    return not [one for one in left if one.entry.name.startswith("snapshot")]


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshots, "SPARE", 1 << 20)


def test_a_disk_that_fills_up_while_a_state_is_written_leaves_nothing_behind(tmp_path: Path) -> None:
    """The states of a space have a disk of their own."""
    place = tmp_path / "spaces" / "mairie" / "snapshots"

    async def test(house: SmallHouse) -> None:
        with disk(place, "8m"):
            row, other = await house.add("cantine.txt", TEXT), await house.add("voirie.txt", TEXT + " Fin.")
            slots, quiet, dossiers = house.ready.slots, house.ready.quiet_slots, house.ready.dossiers
            made = filling(slots, place, 1 << 19)
            assert (await asked(house, row))[-1].outcome == "done"
            assert made and files(house) == made and not house.ready.readiness.all(), "not even a part of it"
            assert slots.tray.size == 0 and not slots.held and await closed(house)
            assert (await dossiers.ready(AGENT, row.id)).why == vars(snapshots.NO_ROOM)
            await dossiers.pin(ADMINISTRATOR, other.id, keep=True)
            await prepared(house)
            assert not quiet.read_, "the disk is full: nobody reads for nothing"
            made.pop().unlink()
            made = filling(quiet, place, 1 << 19)
            await prepared(house)
            assert len(quiet.read_) == 1 and files(house) == made and quiet.tray.size == 0 and await closed(house)
            found = await dossiers.ready(AGENT, other.id)
            assert found.state == "impossible" and found.why == vars(snapshots.NO_ROOM)
            await prepared(house)
            assert len(quiet.read_) == 1, "nor again for nothing"
            assert (await asked(house, other))[-1].outcome == "done", "a question is answered all the same"
            made.pop().unlink()
            grown(place, "128m")
            await prepared(house)
            assert len(files(house)) == 1 and (await dossiers.ready(AGENT, other.id)).state == "ready"
            assert len(quiet.read_) == 2 and (await asked(house, row))[-1].outcome == "done"
            assert len(files(house)) == 2

    going(test, tmp_path)


def test_a_disk_of_everything_that_is_full_says_so_on_the_page_and_goes_on_once_there_is_room(
    tmp_path: Path,
) -> None:
    """Then not even the row that says it can be written."""

    async def test(house: SmallHouse) -> None:
        row, quiet, dossiers = await house.add("cantine.txt", TEXT), house.ready.quiet_slots, house.ready.dossiers
        await dossiers.pin(ADMINISTRATOR, row.id, keep=True)
        house.ready.free[0] = 0

        def room() -> int:
            return room_left(tmp_path)

        for one in (house.ready.snapshots, house.ready.preparing._b.snapshots):
            one._room = room
        made = filling(quiet, tmp_path, 0)
        with contextlib.suppress(DemeureError):  # as ``run`` does of a full disk
            await prepared(house)
        assert made and len(quiet.read_) == 1 and not files(house) and quiet.tray.size == 0
        assert not quiet.held and await closed(house)
        found = await dossiers.ready(AGENT, row.id)
        assert found.state == "impossible" and found.pinned and found.why == vars(snapshots.NO_ROOM)
        made.pop().unlink()
        grown(tmp_path, "256m")
        await prepared(house)
        assert len(files(house)) == 1 and (await dossiers.ready(AGENT, row.id)).state == "ready"

    with disk(tmp_path, "32m"):
        going(test, tmp_path)
