"""Erased on an installed machine: through a link, with the data of the versions before; what stays is told."""

import fcntl
import json
import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from backup_home import Home

from demeure.backup import erasing
from demeure.backup.erasing import KEY_ELSEWHERE, MARK, Around, Report, erase
from demeure.cli import erase_cmd
from demeure.cli.instance import prepare
from demeure.cli.main import main
from demeure.install import Layout
from demeure.install.points import Point, Points
from demeure.journal.checkpoint import Signer
from demeure.release.copying import copied
from demeure.settings import Settings
from demeure.store import read_journal_key
from demeure.supervisor.belongings import taken
from demeure.supervisor.errors import BeingErased

NAME, NOW = "Mairie de Valclair", datetime(2026, 11, 27, 9, 0, tzinfo=UTC)


class Machine:
    """An image of one: data 1 (the version before), 2 (in force), 3 (kept by who went back), a half copy."""

    def __init__(self, home: Home, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        home.instance.close()
        self.layout = Layout(root)
        self.layout.data.mkdir(parents=True)
        shutil.copytree(home.folder, self.layout.data / "2")
        copied(self.layout.data / "2", self.layout.data / "1")
        copied(self.layout.data / "2", self.layout.data / "3")
        (self.layout.data / ".4.coming" / "spaces").mkdir(parents=True)
        (self.layout.data / ".4.coming" / "spaces" / "x").write_text("x")
        (self.layout.data / "8" / "keys").mkdir(parents=True)
        (self.layout.data / "8" / "keys" / "house.check").write_text("another house")
        self.data = self.layout.data / "2"
        self.aside = root / "srv" / "older"
        self.aside.parent.mkdir()
        copied(self.data, self.aside)
        points = Points(self.layout)
        points.add(Point(1, "/x", str(self.aside)))
        points.add(Point(2, "/x", str(self.data), former=1))
        points.switch(2)
        monkeypatch.setattr("demeure.install.layout.Layout", lambda: self.layout)

    def erase(self, report: Path, code: int = 0) -> dict[str, object]:
        """Through the link, as the command of an installed house."""
        with pytest.raises(SystemExit) as ended:
            link = str(self.layout.current / "data")
            main(["--instance", link, "erase", "--report", str(report), "--yes", NAME])
        assert (ended.value.code or 0) == code
        return dict(json.loads((report / "effacement.json").read_text())) if code == 0 else {}


@pytest.fixture
def machine(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(home, tmp_path / "root", monkeypatch)


def test_all_data_of_the_house_go_and_the_rest_is_told(
    machine: Machine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    units = machine.layout.at("/etc/systemd/system")
    units.mkdir(parents=True)
    sealed = "/etc/credstore.encrypted/demeure.house.key"
    (units / "demeure.service").write_text(f"LoadCredentialEncrypted=house.key:{sealed}\n")
    other_name = tmp_path / "other-name"
    os.link(machine.data / "keys" / "house.key", other_name)
    told = machine.erase(tmp_path / "report")
    assert [path.name for path in machine.layout.data.iterdir()] == ["8"] and not machine.aside.exists()
    assert other_name.read_bytes() == bytes(32)
    gone = {str(one["path"]) for one in told["copies_destroyed"]}  # type: ignore[attr-defined]
    beside = {str(machine.layout.data / name) for name in ("1", "3", ".4.coming")}
    assert gone == beside | {str(machine.aside)}
    assert str(machine.data / "keys/house.key") in told["key_files_destroyed"] and told["key_files_not_here"] == []  # type: ignore[operator]
    assert told["sealed_keys_left"] == [sealed] and str(machine.layout.data / "8") in told["left"]  # type: ignore[operator]
    words = json.dumps(told["not_done"], ensure_ascii=False)
    assert sealed in words and "/opt/demeure" in words and KEY_ELSEWHERE["fr"] not in words
    assert f"rm {sealed}" in capsys.readouterr().err


def test_a_house_key_that_was_not_there_is_not_said_destroyed(
    machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    handed = tmp_path / "handed"
    handed.mkdir()
    for name in ("house.key", "journal.key"):
        shutil.copy(machine.data / "keys" / name, handed / name)
        for folder in (machine.data, machine.layout.data / "1", machine.layout.data / "3", machine.aside):
            (folder / "keys" / name).unlink()
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(handed))
    told = machine.erase(tmp_path / "report")
    assert told["key_files_destroyed"] == [] and told["key_files_not_here"] == [
        "keys/house.key",
        "keys/journal.key",
    ]
    assert str(told["keys"]).startswith("the house key was not here")
    assert KEY_ELSEWHERE in told["not_done"]  # type: ignore[operator]
    assert not machine.data.exists() and (handed / "house.key").exists()


def test_a_folder_that_holds_no_house_is_left_alone_though_keys_are_handed(
    machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(machine.data / "keys"))
    mine = tmp_path / "documents"
    mine.mkdir()
    (mine / "letter").write_text("x")
    with pytest.raises(SystemExit) as ended:
        main(["--instance", str(mine), "erase", "--report", str(tmp_path / "report"), "--yes", "Ma mairie"])
    assert ended.value.code == 2 and [path.name for path in mine.iterdir()] == ["letter"]


def test_the_lock_is_held_to_the_end_and_the_house_does_not_open_meanwhile(
    machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    true, seen = erase_cmd._kept, []

    def kept(folder: Path, made: Report) -> None:
        locks = [os.readlink(f"/proc/self/fd/{one}") for one in os.listdir("/proc/self/fd") if _there(one)]  # noqa: PTH115, PTH208
        seen.append([name for name in locks if name.startswith(str(tmp_path)) and "/run/lock" in name])
        for opening in (lambda: prepare(machine.data, "fr"), lambda: taken(*_asked(machine.data)).__enter__()):
            with pytest.raises(BeingErased):
                opening()
        true(folder, made)

    monkeypatch.setattr(erase_cmd, "_kept", kept)
    machine.erase(tmp_path / "report")
    assert len(seen[0]) == 5, "of the house and of each copy"


def _there(descriptor: str) -> bool:
    return os.path.lexists(f"/proc/self/fd/{descriptor}")


def _asked(data: Path) -> tuple[Path, Settings, dict[str, object], bool, bool]:
    return data, Settings(), {}, False, True


def test_a_copy_that_is_open_stops_it_before_anything_goes(machine: Machine, tmp_path: Path) -> None:
    lock = machine.layout.data / "3" / "run" / "lock"
    lock.parent.mkdir(exist_ok=True)
    lock.touch()
    with lock.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        machine.erase(tmp_path / "report", code=4)
    assert (machine.data / "keys" / "house.key").exists() and not (machine.data / MARK).exists()


@pytest.mark.parametrize("gone", [False, True])
def test_killed_after_its_report_it_is_ended_by_the_next_run(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, gone: bool
) -> None:
    """The key that signs may be gone: the report that was signed is told again."""
    true, kept = erasing._gone, list[Report]()

    def dies(path: Path) -> None:
        if gone:
            true(path)
        raise KeyboardInterrupt

    def keep(made: Report) -> None:
        kept.append(made)
        monkeypatch.setattr(erasing, "_gone", dies)

    around = Around((machine.layout.data / "1",))
    with pytest.raises(KeyboardInterrupt):
        erase(machine.data, NOW, NAME, keep, lambda _: None, around)
    monkeypatch.setattr(erasing, "_gone", true)
    assert (machine.data / "keys" / "journal.key").exists() != gone
    assert erase(machine.data, NOW, NAME, kept.append, lambda _: None) == kept[0] == kept[1]
    assert not machine.data.exists() and not (machine.layout.data / "1").exists()


def test_killed_once_keys_are_gone_the_next_run_signs_with_the_same_key(machine: Machine) -> None:
    """In a copy the journal's key is another name of the same file."""
    copy = machine.layout.data / "1"
    assert (copy / "keys" / "journal.key").samefile(machine.data / "keys" / "journal.key")
    vkey = Signer(read_journal_key(machine.data), "x").vkey.partition("+")[2].partition("+")[2]

    def dies(step: str) -> None:
        if step == "keys":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        erase(machine.data, NOW, NAME, lambda _: None, dies, Around((copy,)))
    assert not list((copy / "keys").rglob("house.*")) and not (machine.data / "keys" / "house.key").exists()
    report = erase(machine.data, NOW, NAME, lambda _: None, lambda _: None)
    assert report.vkey.endswith(vkey) and not copy.exists()
