"""Is the disk encrypted? Told from what the kernel shows, never guessed."""

import os
from pathlib import Path

import pytest

from demeure.supervisor import disk


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    (tmp_path / "proc" / "self").mkdir(parents=True)
    (tmp_path / "proc" / "swaps").write_text("Filename Type Size Used Priority\n")
    (tmp_path / "sys" / "dev" / "block").mkdir(parents=True)
    (tmp_path / "data").mkdir()
    return tmp_path


def device(machine: Path, number: str, name: str, *, crypt: bool = False, below: tuple[str, ...] = ()) -> None:
    place = machine / "sys" / "devices" / name
    (place / "slaves").mkdir(parents=True)
    for one in below:
        (place / "slaves" / one).symlink_to(machine / "sys" / "devices" / one)
    if crypt:
        (place / "dm").mkdir()
        (place / "dm" / "uuid").write_text("CRYPT-LUKS2-0123-home\n")
    (machine / "sys" / "dev" / "block" / number).symlink_to(place)


def state(machine: Path, monkeypatch: pytest.MonkeyPatch, number: str) -> str:
    major, minor = map(int, number.split(":"))
    stat = Path.stat

    def told(self: Path, **how: bool) -> os.stat_result:
        found = list(stat(self, **how))
        if self == machine / "data":
            found[2] = os.makedev(major, minor)
        return os.stat_result(found)

    monkeypatch.setattr(Path, "stat", told)
    return disk.state(machine / "data", machine / "proc", machine / "sys")


def test_a_disk_under_dm_crypt_is_encrypted(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    device(machine, "8:0", "sda")
    device(machine, "253:0", "dm-0", crypt=True, below=("sda",))
    device(machine, "253:1", "dm-1", below=("dm-0",))
    assert state(machine, monkeypatch, "253:1") == "encrypted", "a volume inside it, too"


def test_a_plain_disk_is_clear_and_one_that_is_not_seen_is_unknown(
    machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    device(machine, "8:0", "sda")
    assert state(machine, monkeypatch, "8:0") == "clear"
    monkeypatch.undo()
    assert state(machine, monkeypatch, "9:9") == "unknown"


def test_a_swap_in_clear_makes_it_clear(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    device(machine, "253:0", "dm-0", crypt=True)
    swap = machine / "swapfile"
    swap.write_bytes(b"")
    swaps = machine / "proc" / "swaps"
    swaps.write_text(swaps.read_text() + f"{swap} file 1 0 -2\n/dev/zram0 partition 1 0 5\n")
    assert state(machine, monkeypatch, "253:0") in ("clear", "unknown"), "of another disk than dm-0"
