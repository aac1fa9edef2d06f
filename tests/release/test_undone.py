"""Undone: a new house is closed before its data go, the former one opens again; one command at a time."""

import fcntl
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from release_home import WORDS, Machine

from demeure.install import Layout, Wanted
from demeure.install.errors import AnotherAtWork
from demeure.install.layout import COMING
from demeure.install.locking import only_one
from demeure.install.points import Points
from demeure.release import placing, resuming, updating
from demeure.release.errors import AlreadyInstalled, BundleFaulty, HouseOpen, NotUndone, UpdateFailed
from demeure.release.owner import Failed
from demeure.release.service import ProgramFailed, Service


class Houses:
    """What systemd would do: started, a house holds the lock of the data in force; stopped, it lets go."""

    def __init__(self, home: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
        self.home, self.told, self.lock = home, list[str](), -1
        self.answers: Callable[[Path], bool] = lambda _data: True
        monkeypatch.setattr(Service, "closable", lambda _self, _data: None)
        monkeypatch.setattr(Service, "stop", lambda _self: self.stop())
        monkeypatch.setattr(Service, "start", lambda _self: self.start())
        monkeypatch.setattr(Service, "answers", lambda _self, data: self.answers(data))
        self.start()

    def start(self) -> None:
        data = Path(self.home.now.data)
        (data / "run").mkdir(exist_ok=True)
        self.lock = os.open(data / "run" / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        self.told.append(f"start {data.name}")

    def stop(self) -> None:
        if self.lock >= 0:
            data = Path(f"/proc/self/fd/{self.lock}").readlink().parents[1]
            self.told.append(f"stop {data.name}" if data.is_dir() else "stop, its data gone")
            os.close(self.lock)
        self.lock = -1


@pytest.fixture
def houses(home: Machine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Houses]:
    made = Houses(home, monkeypatch)
    yield made
    if made.lock >= 0:  # nothing stays locked for the tests that follow in this process
        os.close(made.lock)


def test_a_new_house_that_does_not_answer_is_closed_before_its_data_go(
    home: Machine, houses: Houses, monkeypatch: pytest.MonkeyPatch
) -> None:
    houses.answers = lambda _data: False
    monkeypatch.setattr(Service, "silent", lambda _self, _data: Failed("la route « base »", "the route “base”"))
    with pytest.raises(UpdateFailed, match="the route “base”"):
        home.update(10)
    assert houses.told == ["start 1", "stop 1", "start 2", "stop 2", "start 1"]
    assert [path.name for path in home.layout.data.iterdir()] == ["1"] and home.document() == WORDS


def test_a_new_house_that_does_not_close_keeps_its_data_until_it_has(
    home: Machine, houses: Houses, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = []

    def stuck(_self: Service) -> None:
        if houses.told[-1] == "start 2":
            kept.append(houses.lock)
            raise ProgramFailed("no answer from systemd")
        houses.stop()

    houses.answers = lambda _data: False
    monkeypatch.setattr(Service, "stop", stuck)
    with pytest.raises(UpdateFailed) as failed:
        home.update(10)
    assert "no answer from systemd" in failed.value.sentence("fr")
    assert (home.layout.data / "2" / "house" / "house.db").exists()
    assert home.now.data.endswith("/2"), "people write there: it stays in force until it closes"
    monkeypatch.setattr(Service, "stop", lambda _self: houses.stop())
    houses.lock = -1  # out of reach of systemd
    with pytest.raises(HouseOpen):
        home.update(11)
    assert (home.layout.data / "2" / "house" / "house.db").exists()
    os.close(kept[0])
    houses.answers = lambda _data: True
    assert home.update(11).data.endswith("/3") and home.document() == WORDS


@pytest.mark.parametrize("problem", [OSError(5, "broken disk"), KeyboardInterrupt()])
@pytest.mark.parametrize("step", ["noted", "stopped", "kept", "switched"])
def test_going_back_that_fails_opens_the_house_that_was(
    home: Machine, houses: Houses, step: str, problem: BaseException
) -> None:
    home.update(10)
    now, points = home.now, home.points.all()

    def broken(name: str) -> None:
        if name == step:
            raise problem

    with pytest.raises(KeyboardInterrupt if isinstance(problem, KeyboardInterrupt) else UpdateFailed):
        updating.back(home.asked(step=broken), lose=True)
    assert home.now == now and home.points.all() == points and houses.told[-1] == "start 2"
    houses.answers = lambda _data: False
    with pytest.raises(UpdateFailed):
        home.back(lose=True)
    assert houses.told[-4:] == ["stop 2", "start 1", "stop 1", "start 2"] and home.now == now


def test_going_back_that_fails_opens_the_house_that_was_though_systemd_stops_nothing(
    home: Machine, houses: Houses, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was in force all the while: nothing stands in its way."""
    home.update(10)
    now = home.now

    def refused(_self: Service) -> None:
        raise ProgramFailed("no bus")

    def broken(name: str) -> None:
        if name == "kept":
            monkeypatch.setattr(Service, "stop", refused)
            raise OSError(5, "broken disk")

    with pytest.raises(NotUndone, match="broken disk; no bus"):
        updating.back(home.asked(step=broken), lose=True)
    assert houses.told[-1] == "start 2" and home.now == now
    monkeypatch.setattr(Service, "start", lambda _self: None)  # it is up
    assert resuming.resume(home.layout) == resuming.FORMER and home.now == now


def test_going_back_from_a_house_that_cannot_be_closed_leaves_it_open(
    home: Machine, houses: Houses, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.update(10)
    monkeypatch.setattr(Service, "stop", lambda _self: None)
    started = []
    monkeypatch.setattr(Service, "start", lambda _self: started.append(1))
    with pytest.raises(HouseOpen):
        home.back(lose=True)
    assert started == [1] and home.now.version == "0.10"


def test_data_that_lie_there_are_nobodys_to_take(home: Machine) -> None:
    """Kept by somebody who went back, then uninstalled and installed again: their numbers are not used again."""
    for name in ("2", ".3.coming"):
        (home.layout.data / name).mkdir()
        (home.layout.data / name / "kept").touch()
    assert home.update(10).data == str(home.layout.data / "4")
    home.fails = "--trial"
    with pytest.raises(UpdateFailed):
        home.update(11)
    page = home.layout.root / "opt/demeure" / COMING
    page.write_text(json.dumps({"number": 9, "data": str(home.layout.data / "2")}))
    assert resuming.resume(home.layout) == resuming.FORMER
    assert not page.exists() and (home.layout.data / "2" / "kept").exists()
    assert (home.layout.data / ".3.coming" / "kept").exists()


def test_two_commands_do_not_work_at_once(home: Machine) -> None:
    home.update(10)
    with only_one(home.layout):
        for work in (lambda: home.update(11), lambda: home.back(lose=True)):
            with pytest.raises(AnotherAtWork):
                work()
    assert home.now.version == "0.10" and home.update(11).version == "0.11"


def test_what_is_built_is_what_was_verified_whatever_becomes_of_the_bundle(
    home: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle, built = home.bundle(10), []

    def altered(name: str) -> None:
        if name == "accepted":
            (bundle / "manifest.json").write_text("{}")
            (bundle / "more.whl").touch()

    def build(folder: Path, manifest: dict[str, Any], layout: Layout) -> Path:
        built.append((folder, sorted(path.name for path in folder.iterdir())))
        assert json.loads((folder / "manifest.json").read_text())["version"] == "0.10"
        return home.build(folder, manifest, layout)

    asked = home.asked(bundle, step=altered)
    updating.update(type(asked)(**{**vars(asked), "build": build}))
    assert built[0][0] != bundle and "more.whl" not in built[0][1] and not built[0][0].exists()

    true = placing.verified

    def then_altered(folder: Path, vkeys: list[str]) -> dict[str, Any]:
        found = true(folder, vkeys)
        (folder / "manifest.json").write_text((folder / "manifest.json").read_text() + " ")
        return found

    monkeypatch.setattr(placing, "verified", then_altered)
    with pytest.raises(BundleFaulty):
        home.update(11)
    assert home.now.version == "0.10"


def test_a_debian_package_is_held_to_its_hash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[str] = []
    monkeypatch.setattr(placing, "ran", lambda command: ran.append(command) or "")
    (tmp_path / "debian").mkdir()
    (tmp_path / "debian" / "tiny.deb").write_bytes(b"tiny")
    sha256 = "7fe3f9cc7cf5cb3f9ecb3e5a0ab9a8ea0e1a3d9e32ff5ba1a3dcb1bf0fb2dfd2"
    part = {"name": "tiny", "file": "tiny.deb", "sha256": sha256}
    with pytest.raises(BundleFaulty):
        placing.packages(tmp_path, {"debian": [part]}, Layout())
    assert len(ran) == 1, "nothing was given to dpkg"
    part["sha256"] = placing.hashlib.sha256(b"tiny").hexdigest()
    assert placing.packages(tmp_path, {"debian": [part]}, Layout()) == ["tiny"] and "dpkg -i" in ran[-1]


def test_a_first_installation_that_was_cut_goes_on(
    tmp_path: Path, home: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    layout, wanted = Layout(tmp_path / "new"), Wanted(program="/x", systemd=False)
    monkeypatch.setattr(placing, "built", home.build)

    def cut(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        placing.first(home.bundle(10), layout, home.key.vkey, wanted, cut)
    assert Points(layout).current() is not None and not list(layout.trusted.glob("*"))
    with pytest.raises(AlreadyInstalled):
        placing.first(home.bundle(11), layout, home.key.vkey, wanted, lambda *_: None)
    point = placing.first(home.bundle(10), layout, home.key.vkey, wanted, lambda *_: None)
    assert point.version == "0.10" and placing.trusted(layout) == [home.key.vkey]
    placing.ended(layout)
    with pytest.raises(AlreadyInstalled):
        placing.first(home.bundle(10), layout, home.key.vkey, wanted, lambda *_: None)
