"""Cut at any instant, with the house closed: the next start, or the timer, brings back a house that opens."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from death import dies_at
from release_home import OLD_HOUSE, WORDS, Machine, document

from demeure.cli.doctor_machine import _version, cut
from demeure.cli.main import cli
from demeure.install.layout import COMING, PROGRAM, RESUMING, Layout
from demeure.install.locking import only_one
from demeure.install.points import Point, Points
from demeure.release import placing, resuming, standing, trial, updating
from demeure.release.errors import HouseOpen, NothingToGoBackTo, NotUndone, ResumeFailed, UpdateFailed
from demeure.release.owner import Failed
from demeure.release.service import ProgramFailed, Service, run_program
from demeure.store.schema import HOUSE


@dataclass
class Systemd:
    """What systemd holds, in a file, since who asks it is killed: the data of the house that runs. A program opens
    data of its own schema only. ``broken``: versions that start and do not answer."""

    home: Machine
    broken: set[str] = field(default_factory=set)
    stuck: bool = False

    @property
    def page(self) -> Path:
        return self.home.layout.root / "running"

    def start(self) -> None:
        if self.stuck:
            raise ProgramFailed("no bus")
        if not self.page.exists():
            now = self.home.now
            wanted = OLD_HOUSE[-1] if now.version == "0.0" else HOUSE.head
            assert trial.schemas(Path(now.data))[0] == wanted, "a program opened the data of another"
            self.page.write_text(now.data)

    def stop(self) -> None:
        self.page.unlink(missing_ok=True)

    def answers(self, data: Path) -> bool:
        return self.page.read_text() == str(data) and self.home.now.version not in self.broken

    def power_cut(self) -> None:
        """Nothing runs any more; units that are enabled open the house at the next start."""
        self.stop()
        self.start()


@pytest.fixture
def systemd(home: Machine, monkeypatch: pytest.MonkeyPatch) -> Systemd:
    made = Systemd(home)
    monkeypatch.setattr(Service, "stop", lambda _self: made.stop())
    monkeypatch.setattr(Service, "start", lambda _self: made.start())
    monkeypatch.setattr(Service, "answers", lambda _self, data: made.answers(data))
    made.start()
    return made


def settled(home: Machine, systemd: Systemd, points: set[int]) -> Point:
    """A house that opens, on one version or the other, its data whole; nothing is left of what was cut."""
    now, data = home.now, Path(home.now.data)
    assert systemd.page.read_text() == now.data and now.version not in systemd.broken
    assert trial.schemas(data)[0] == (OLD_HOUSE[-1] if now.version == "0.0" else HOUSE.head)
    assert document(data) == WORDS and trial.counted(data)["entries"] == 40
    assert not (home.layout.at(PROGRAM) / COMING).exists()
    kept = {number for number, point in home.points.all().items() if point.kept}
    assert set(home.points.all()) <= points | {now.number} | kept and not now.kept
    assert {path.name for path in home.layout.data.iterdir()} == {
        Path(point.data).name for point in home.points.all().values()
    }
    return now


def cut_and_resumed(
    home: Machine, systemd: Systemd, work: Callable[[], object], stride: int, again: Callable[[Point], None]
) -> list[str]:
    """``work`` killed at one call in ``stride``; then a start of the machine, or the timer alone, in turn. → the
    version in force after each. ``again``: as before ``work``."""
    found: list[str] = []
    before, points, death = home.now, set(home.points.all()), 1
    while dies_at(death, work):
        if len(found) % 2:
            systemd.power_cut()
        closed = not systemd.page.exists()
        became = resuming.resume(home.layout)
        if became == resuming.NEITHER:
            assert not closed, "the house was closed, and nobody knew of it"
            systemd.power_cut()
        now = settled(home, systemd, points)
        assert resuming.resume(home.layout) == resuming.NEITHER
        found.append(now.version)
        for point in home.points.all().values():
            if point.kept and point.number not in points:
                home.points.drop(point.number)
                shutil.rmtree(point.data)
        if now != before:
            systemd.stop()
            again(before)
            systemd.start()
        death += stride
    return found


def updated_again(home: Machine) -> Callable[[Point], None]:
    def again(before: Point) -> None:
        new = home.now
        home.points.switch(before.number)
        home.points.drop(new.number)
        shutil.rmtree(new.data)

    return again


def test_an_update_that_is_killed_leaves_a_house_that_opens(home: Machine, systemd: Systemd) -> None:
    found = cut_and_resumed(home, systemd, lambda: home.update(10), 19, updated_again(home))
    assert len(found) > 8 and found[0] == "0.0"


@pytest.mark.thorough
def test_an_update_that_is_killed_at_each_call_leaves_a_house_that_opens(home: Machine, systemd: Systemd) -> None:
    found = cut_and_resumed(home, systemd, lambda: home.update(10), 1, updated_again(home))
    assert {"0.0", "0.10"} == set(found)


@pytest.mark.parametrize("stride", [37, pytest.param(1, marks=pytest.mark.thorough)])
def test_a_version_that_does_not_answer_is_gone_back_from_by_whoever_resumes(
    home: Machine, systemd: Systemd, stride: int
) -> None:
    systemd.broken.add("0.10")

    def update() -> None:
        with suppress(UpdateFailed):
            home.update(10)

    assert set(cut_and_resumed(home, systemd, update, stride, updated_again(home))) == {"0.0"}


@pytest.mark.parametrize("stride", [4, pytest.param(1, marks=pytest.mark.thorough)])
def test_a_return_that_is_killed_leaves_a_house_that_opens(home: Machine, systemd: Systemd, stride: int) -> None:
    home.update(10)

    def again(before: Point) -> None:
        new = home.now
        home.points.switch(before.number)
        home.points.rewrite(before)
        home.points.drop(new.number)

    found = cut_and_resumed(home, systemd, lambda: home.back(lose=True), stride, again)
    assert found[0] == "0.10" and len(found) > 4


def test_a_return_to_the_same_schema_says_the_version_that_runs(home: Machine, systemd: Systemd) -> None:
    home.update(10)
    home.update(11)
    for step, version in (("stopped", "0.11"), ("kept", "0.11"), ("switched", "0.10")):
        assert dies_in(lambda step=step: updating.back(home.asked(step=killer(step))))
        resuming.resume(home.layout)
        assert home.now.version == version and systemd.page.read_text() == home.now.data
        told = standing.read(Path(home.now.data))
        assert told is not None and told.version == version


def killer(wanted: str) -> Callable[[str], None]:
    def step(name: str) -> None:
        if name == wanted:
            os.kill(os.getpid(), 9)

    return step


def dies_in(work: Callable[[], object]) -> bool:
    return dies_at(1_000_000, work)


@pytest.mark.parametrize("step", updating.STEPS[:-1])
def test_at_each_step_of_an_update(home: Machine, systemd: Systemd, step: str) -> None:
    assert dies_in(lambda: home.update(10, step=killer(step)))
    closed = {"stopped", "copied", "tried", "kept", "switched"}
    assert systemd.page.exists() == (step not in closed)
    became = resuming.resume(home.layout)
    after = {"switched": "new", "answers": "new"} | dict.fromkeys(("stopped", "copied", "tried", "kept"), "former")
    assert became == after.get(step, "none")
    now = settled(home, systemd, {1})
    assert now.version == ("0.10" if became == "new" else "0.0")
    if became == "former":
        assert home.update(11).version == "0.11"


@pytest.mark.parametrize("where", ["before", "data", "point", "after"])
def test_older_versions_go_though_the_update_was_killed_while_it_took_them_away(
    home: Machine, systemd: Systemd, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    """Killed before the data of the oldest go, between them and the point that names them, or after both."""
    home.update(10)
    removed, drop = resuming.removed, Points.drop

    def data_gone(layout: Layout, data: Path) -> None:
        if where == "data":
            removed(layout, data)
        os.kill(os.getpid(), 9)

    def point_gone(points: Points, number: int) -> None:
        if where == "after":
            drop(points, number)
        os.kill(os.getpid(), 9)

    with monkeypatch.context() as killing:
        if where in ("before", "data"):
            killing.setattr(resuming, "removed", data_gone)
        else:
            killing.setattr(Points, "drop", point_gone)
        assert dies_in(lambda: home.update(11))
    assert resuming.resume(home.layout) == resuming.COMING_STAYS
    assert settled(home, systemd, {2, 3}).version == "0.11"
    assert sorted(home.points.all()) == [2, 3]
    assert sorted(path.name for path in home.layout.data.iterdir()) == ["2", "3"]
    assert sorted(path.name for path in home.layout.versions.iterdir()) == ["0.10", "0.11"]


def test_a_return_that_is_resumed_takes_no_version_away(home: Machine, systemd: Systemd) -> None:
    home.update(10)
    home.update(11)
    assert dies_in(lambda: updating.back(home.asked(step=killer("switched"))))
    assert resuming.resume(home.layout) == resuming.COMING_STAYS
    assert home.now.version == "0.10" and {2, 3} < set(home.points.all())


def test_what_cannot_be_settled_yet_is_tried_again(home: Machine, systemd: Systemd) -> None:
    assert dies_in(lambda: home.update(10, step=killer("copied")))
    systemd.stuck = True
    with pytest.raises(ResumeFailed) as failed:
        resuming.resume(home.layout)
    assert "no bus" in failed.value.sentence("fr")
    systemd.stuck = False
    assert dies_in(lambda: home.update(11, step=killer("switched"))), "what was left is swept first"
    systemd.broken.add("0.11")
    assert resuming.resume(home.layout) == resuming.ASIDE and settled(home, systemd, {1}).version == "0.0"


def test_what_was_written_since_the_switch_is_kept_aside(home: Machine, systemd: Systemd) -> None:
    """The new house served people, for days maybe, before somebody asked to settle what was cut."""
    assert dies_in(lambda: home.update(10, step=killer("switched")))
    written = Path(home.now.data) / "written"
    written.touch()
    systemd.broken.add("0.10")
    asked = ["--language", "en", "update", "--resume", "--root", str(home.layout.root)]
    done = CliRunner().invoke(cli, asked)
    assert done.exit_code == 0 and str(written.parent) in done.output and "0.0 is in force" in done.output
    settled(home, systemd, {1})
    assert told_aside(home) == (str(written.parent),), "the page Version says it, not only who resumed"
    systemd.broken.clear()
    assert home.update(10).version == "0.10" and home.update(11).version == "0.11" and written.exists()
    assert told_aside(home) == (str(written.parent),), "as long as they are there"
    looked = CliRunner().invoke(cli, ["update", "--root", str(home.layout.root)])
    assert looked.exit_code == 0 and str(written.parent) in looked.output
    shutil.rmtree(written.parent)
    looked = CliRunner().invoke(cli, ["update", "--root", str(home.layout.root), "--json"])
    assert looked.exit_code == 0 and json.loads(looked.output)["aside"] == []
    if os.geteuid() == 0:
        assert told_aside(home) == ()


def test_a_return_that_takes_the_data_back_says_where_those_of_now_lie(home: Machine, systemd: Systemd) -> None:
    new = home.update(10)
    assert told_aside(home) == ()
    home.back(lose=True)
    assert systemd.page.read_text() == home.now.data and told_aside(home) == (new.data,)
    assert ("version-aside", None) in [row[:2] for row in _version(Path(home.now.data))]


def test_a_version_that_answers_at_last_is_not_told_aside_once_another_follows_it(
    home: Machine, systemd: Systemd, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A first try to settle was about to go back from it: it is what one returns to, and must not be removed."""
    assert dies_in(lambda: home.update(10, step=killer("switched")))
    systemd.broken.add("0.10")
    with monkeypatch.context() as stuck:
        stuck.setattr(resuming, "returned", lambda *_: os.kill(os.getpid(), 9))
        assert dies_in(lambda: resuming.resume(home.layout))
    left = home.now
    assert left.version == "0.10" and left.kept
    systemd.broken.clear()
    assert resuming.resume(home.layout) == resuming.COMING_STAYS and not home.now.kept
    home.points.rewrite(left)  # as a version before could leave it
    new = home.update(11)
    assert new.former == left.number and home.points.aside(new) == told_aside(home) == ()
    looked = CliRunner().invoke(cli, ["update", "--root", str(home.layout.root), "--json"])
    assert json.loads(looked.output)["aside"] == []


def told_aside(home: Machine) -> tuple[str, ...]:
    """By the page that the house in force reads."""
    told = standing.read(Path(home.now.data))
    assert told is not None
    return told.aside


@pytest.mark.parametrize("live", [True, False])
def test_a_house_that_does_not_start_again_is_not_forgotten(
    home: Machine, systemd: Systemd, monkeypatch: pytest.MonkeyPatch, live: bool
) -> None:
    """The former version is back in force, and systemd refuses to start it: the page stays, and so do the tries."""
    systemd.broken.add("0.10")
    refused = True

    def start(_self: Service) -> None:
        if refused and home.now.version == "0.0":
            raise ProgramFailed("start limit")
        systemd.start()

    monkeypatch.setattr(Service, "start", start)
    if live:
        with pytest.raises(NotUndone, match="start limit"):
            home.update(10)
    else:
        assert dies_in(lambda: home.update(10, step=killer("switched")))
    for _ in range(2):
        with pytest.raises(ResumeFailed, match="start limit"):
            resuming.resume(home.layout)
        assert home.now.version == "0.0" and (home.layout.at(PROGRAM) / COMING).exists()
    refused = False
    assert resuming.resume(home.layout) == (resuming.FORMER if live else resuming.ASIDE)
    settled(home, systemd, {1})


def test_a_former_house_that_does_not_answer_is_not_declared_settled(home: Machine, systemd: Systemd) -> None:
    """systemd is content as soon as a program was started, whatever becomes of it."""
    assert dies_in(lambda: home.update(10, step=killer("copied")))
    systemd.broken.add("0.0")
    with pytest.raises(ResumeFailed):
        resuming.resume(home.layout)
    assert (home.layout.at(PROGRAM) / COMING).exists()
    systemd.broken.clear()
    left = home.layout.at(PROGRAM) / ".bundle" / "wheels"
    left.mkdir(parents=True, exist_ok=True)  # what was read of the bundle when the power went
    assert resuming.resume(home.layout) == resuming.FORMER
    settled(home, systemd, {1})
    assert not left.parent.exists()


def test_nothing_goes_while_a_house_is_left_over(
    home: Machine, systemd: Systemd, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert dies_in(lambda: home.update(10, step=killer("copied")))
    asked: list[tuple[str, str]] = []

    def left(_self: Service, going: Path, data: Path) -> None:
        asked.append((going.name, data.name))
        raise HouseOpen(pid="9")

    with monkeypatch.context() as stuck:
        stuck.setattr(Service, "apart", left)
        with pytest.raises(ResumeFailed, match="process 9"):
            resuming.resume(home.layout)
    assert asked == [("2", "1")] and (home.layout.data / "2").exists() and not systemd.page.exists()
    assert resuming.resume(home.layout) == resuming.FORMER
    settled(home, systemd, {1})


def test_room_is_made_before_the_former_house_opens(
    home: Machine, systemd: Systemd, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert dies_in(lambda: home.update(10, step=killer("copied")))
    seen: list[bool] = []

    def start(_self: Service) -> None:
        seen.append((home.layout.data / "2").exists())
        systemd.start()

    monkeypatch.setattr(Service, "start", start)
    assert resuming.resume(home.layout) == resuming.FORMER and seen == [False]


def test_another_change_that_is_refused_leaves_what_was_cut_to_be_settled(home: Machine, systemd: Systemd) -> None:
    """The house is closed: whoever is refused a return does not leave it so."""
    assert dies_in(lambda: home.update(10, step=killer("copied")))
    with pytest.raises(NothingToGoBackTo):
        home.back()
    assert not systemd.page.exists() and resuming.resume(home.layout) == resuming.FORMER
    settled(home, systemd, {1})


def test_a_sweep_that_fails_before_another_change_is_a_sentence(
    home: Machine, systemd: Systemd, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.update(10)
    assert dies_in(lambda: updating.back(home.asked(step=killer("stopped")), lose=True))

    def full(_layout: object) -> None:
        raise Failed("disque plein.", "disk full.")

    monkeypatch.setattr(placing, "standing", full)
    with pytest.raises(ResumeFailed) as failed:
        home.update(11)
    assert "disque plein. Là" in failed.value.sentence("fr") and "disk full. Where" in failed.value.sentence("en")
    assert systemd is not None


def test_who_is_at_work_is_left_alone(home: Machine, systemd: Systemd) -> None:
    assert dies_in(lambda: home.update(10, step=killer("copied")))
    with only_one(home.layout):
        assert resuming.resume(home.layout) == resuming.AT_WORK
        asked = ["--language", "fr", "update", "--resume", "--root", str(home.layout.root)]
        done = CliRunner().invoke(cli, asked)
        assert done.exit_code == 0 and "est en cours" in done.output and "Rien n’a été" not in done.output
    assert not systemd.page.exists()
    done = CliRunner().invoke(cli, ["update", "--resume", "--json", "--root", str(home.layout.root)])
    assert done.exit_code == 0 and '"former"' in done.output and systemd.page.exists()


def test_a_page_that_cannot_be_read_is_no_update(home: Machine, systemd: Systemd) -> None:
    for text in ("", "[]", "{}", "\0"):
        (home.layout.at(PROGRAM) / COMING).write_text(text)
        assert resuming.resume(home.layout) == resuming.NEITHER and systemd.page.exists()


def test_the_doctor_says_what_was_cut_and_what_would_not_be_settled(home: Machine, systemd: Systemd) -> None:
    data, root = Path(home.now.data), home.layout.root
    unit = root / "etc/systemd/system/demeure.service"
    unit.parent.mkdir(parents=True)
    assert cut(data, root) == []
    enabled = unit.parent / "multi-user.target.wants" / "demeure-resume.service"
    enabled.parent.mkdir()
    unit.touch()
    assert [row[0] for row in cut(data, root)] == ["update-units"] and cut(root, root) == []
    unit.with_name("demeure-resume.timer").touch()
    assert [row[0] for row in cut(data, root)] == ["update-units"], "nothing would settle it at a start"
    enabled.symlink_to(unit.with_name("demeure-resume.service"))
    assert cut(data, root) == []
    assert dies_in(lambda: home.update(10, step=killer("copied")))
    (row,) = cut(data, root)
    assert not row[1] and "demeure update --resume" in row[2] and systemd is not None
    resuming.resume(home.layout)
    assert cut(data, root) == []


def test_the_program_that_resumes_is_the_one_that_was_in_force(home: Machine, systemd: Systemd) -> None:
    assert dies_in(lambda: home.update(10, step=killer("switched")))
    link = home.layout.at(PROGRAM) / RESUMING
    assert link.readlink() == home.layout.versions / "first" and home.now.version == "0.10"
    assert replace(home.now, number=0).data != home.points.all()[1].data and systemd is not None


def test_what_a_killed_update_had_asked_does_not_go_on_alone(tmp_path: Path) -> None:
    """It would hold the data, and the house could not open on them."""
    script = tmp_path / "program" / "bin" / "demeure"
    script.parent.mkdir(parents=True)
    script.write_text(f'#!/bin/sh\necho $$ > "{tmp_path}/pid"\nexec sleep 60\n')
    script.chmod(0o755)
    child = os.fork()
    if child == 0:
        run_program(tmp_path / "program", tmp_path, "x")
        os._exit(1)
    while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text().strip():
        time.sleep(0.01)
    os.kill(child, 9)
    os.waitpid(child, 0)
    asked = Path("/proc", (tmp_path / "pid").read_text().strip())
    deadline = time.monotonic() + 5
    while asked.exists() and "Z" not in asked.joinpath("stat").read_text().rpartition(")")[2].split()[0]:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_copy_made_as_somebody_else_does_not_go_on_alone(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("no root here: nobody else can be become")
    code = (
        "import os, sys, time; from pathlib import Path; from demeure.release.owner import Owner, as_owner\n"
        "def work():\n    print(os.getpid(), os.geteuid(), flush=True)\n    time.sleep(60)\n"
        "as_owner(Owner(65534, 65534), work)\n"
    )
    asking = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert asking.stdout is not None
    pid, user = asking.stdout.readline().split()
    assert user == "65534"
    asking.kill()
    asking.wait()
    asking.stdout.close()
    deadline = time.monotonic() + 5
    while Path("/proc", pid).exists() and " Z " not in Path("/proc", pid, "stat").read_text():
        assert time.monotonic() < deadline
        time.sleep(0.02)
