"""Is the disk encrypted? Told from what the kernel shows, never guessed."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from demeure.policy import Action, Actor, Force, Resource, Right, Role, default_policy, judged
from demeure.supervisor import disk

AGENT = Actor("person", "p1", "Anne", frozenset({Role.AGENT}))


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    (tmp_path / "proc" / "self").mkdir(parents=True)
    (tmp_path / "proc" / "swaps").write_text("Filename Type Size Used Priority\n")
    (tmp_path / "sys" / "dev" / "block").mkdir(parents=True)
    (tmp_path / "data").mkdir()
    return tmp_path


def device(
    machine: Path, number: str, name: str, *, crypt: bool | str = False, below: tuple[str, ...] = ()
) -> None:
    place = machine / "sys" / "devices" / name
    (place / "slaves").mkdir(parents=True)
    for one in below:
        (place / "slaves" / one).symlink_to(machine / "sys" / "devices" / one)
    if crypt:
        (place / "dm").mkdir()
        (place / "dm" / "uuid").write_text(f"{crypt if isinstance(crypt, str) else 'CRYPT-LUKS2'}-0123-home\n")
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


@pytest.mark.parametrize(
    ("kind", "word"),
    [
        ("CRYPT-LUKS1", "encrypted"),
        ("CRYPT-PLAIN", "encrypted"),
        ("CRYPT-INTEGRITY", "clear"),
        ("CRYPT-VERITY", "clear"),
        ("LVM", "clear"),
    ],
)
def test_a_volume_that_only_checks_what_it_holds_is_not_encrypted(
    machine: Path, monkeypatch: pytest.MonkeyPatch, kind: str, word: str
) -> None:
    """cryptsetup names them alike."""
    device(machine, "8:0", "sda")
    device(machine, "253:0", "dm-0", crypt=kind, below=("sda",))
    assert state(machine, monkeypatch, "253:0") == word


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


def numbered(machine: Path, monkeypatch: pytest.MonkeyPatch, numbers: dict[str, str]) -> None:
    """Files of ``machine`` lie on these devices."""
    stat = Path.stat

    def told(self: Path, **how: bool) -> os.stat_result:
        found = list(stat(self, **how))
        if self.parent == machine and self.name in numbers:
            found[2] = os.makedev(*map(int, numbers[self.name].split(":")))
        return os.stat_result(found)

    monkeypatch.setattr(Path, "stat", told)


@pytest.mark.parametrize(
    ("swap", "word"), [("253:0", "encrypted"), ("8:16", "clear"), ("9:9", "unknown"), ("", "encrypted")]
)
def test_the_weaker_of_disk_and_swap_is_told(
    machine: Path, monkeypatch: pytest.MonkeyPatch, swap: str, word: str
) -> None:
    device(machine, "8:0", "sda")
    device(machine, "8:16", "sdb")
    device(machine, "253:0", "dm-0", crypt=True, below=("sda",))
    (machine / "swapfile").write_bytes(b"")
    numbered(machine, monkeypatch, {"data": "253:0", **({"swapfile": swap} if swap else {})})
    lines = f"{machine / 'swapfile'} file 1 0 -2\n" if swap else "/dev/zram0 partition 1 0 5\n"
    (machine / "proc" / "swaps").write_text("Filename Type Size Used Priority\n" + lines)
    assert disk.state(machine / "data", machine / "proc", machine / "sys") == word


def test_a_volume_of_which_one_disk_alone_is_encrypted_is_clear(
    machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, name in (("8:0", "sda"), ("8:16", "sdb")):
        device(machine, number, name)
    device(machine, "253:0", "dm-0", crypt=True, below=("sda",))
    device(machine, "253:1", "dm-1", crypt=True, below=("sdb",))
    device(machine, "9:0", "md0", below=("dm-0", "sdb"))
    device(machine, "9:1", "md1", below=("dm-0", "dm-1"))
    assert state(machine, monkeypatch, "9:0") == "clear"
    monkeypatch.undo()
    assert state(machine, monkeypatch, "9:1") == "encrypted"


@pytest.mark.parametrize(("crypt", "allowed"), [(True, True), (False, False)])
def test_what_is_highly_sensitive_is_not_taken_by_a_disk_in_clear(
    machine: Path, monkeypatch: pytest.MonkeyPatch, crypt: bool, allowed: bool
) -> None:
    """From what the kernel shows to what policy decides, as the gateway and the worker compose it."""
    device(machine, "8:0", "sda", crypt=crypt)
    force = Force(default_policy(), in_clear=state(machine, monkeypatch, "8:0") != disk.ENCRYPTED)
    for sensitivity, expected in (("tres-sensible", allowed), ("interne", True)):
        adding = Resource("document", space="s", right=Right.MANAGE, sensitivity=sensitivity)
        made = judged(AGENT, Action.DOCUMENT_ADD, replace(adding, terms=force.terms(adding)))
        assert made.allowed is expected, sensitivity
        assert expected or made.rule == "class-disk"
