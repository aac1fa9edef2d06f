"""Another version: accepted or refused, migrated on a copy, switched at once, undone, gone back from, killed."""

import fcntl
import json
from dataclasses import replace
from pathlib import Path

import pytest
from death import dies_at
from release_home import OLD_HOUSE, WORDS, Machine, document

from demeure.install.points import Point
from demeure.release import standing, trial
from demeure.release.errors import (
    BundleFaulty,
    BundleOlder,
    BundleUnfit,
    CloseFirst,
    NoRestorePoint,
    NothingToGoBackTo,
    SchemaUnknown,
    UpdateFailed,
    WouldLose,
)
from demeure.release.resuming import sweep
from demeure.release.signing import make_key, signer
from demeure.release.updating import STEPS, look, update
from demeure.store import KeyCorrupt, Keys, keys_folder, read_house_key
from demeure.store.schema import HOUSE


def snapshot(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_an_update_from_an_earlier_schema_keeps_the_data_and_the_version_before(home: Machine) -> None:
    before, steps = home.now, []
    as_it_was = snapshot(Path(before.data))
    assert trial.schemas(Path(before.data))[0] == OLD_HOUSE[-1]
    counted = trial.counted(Path(before.data))
    assert counted == {"people": 0, "spaces": 1, "documents": 1, "entries": 40}
    point = home.update(10, step=steps.append)
    assert tuple(steps) == STEPS
    assert home.now == point and point.former == before.number and point.version == "0.10"
    assert trial.schemas(Path(point.data))[0] == HOUSE.head
    assert trial.migrated(Path(point.data)) == counted and home.document() == WORDS
    assert snapshot(Path(before.data)) == as_it_was, "the data before are as they were, to the byte"
    assert [words[1:3] for words in home.ran[:2]] == [("backup", "create"), ("backup", "verify")]
    told = standing.read(Path(point.data))
    assert told is not None and (told.version, told.former, told.former_data) == ("0.10", "0.0", True)
    assert not list(home.layout.data.glob(".*")) and not (home.layout.root / "opt/demeure/coming.json").exists()


def test_no_backup_is_told_where_none_was_asked(home: Machine) -> None:
    steps: list[str] = []
    home.update(10, step=steps.append, backup=False)
    assert tuple(steps) == tuple(step for step in STEPS if step != "backed up")
    assert not any("backup" in words for words in home.ran)


def test_a_look_says_that_a_bundle_would_do_and_changes_nothing_else(home: Machine) -> None:
    data, bundle = Path(home.now.data), home.bundle(10)
    point, before = home.now, snapshot(data)
    manifest = look(home.asked(bundle))
    after = snapshot(data)
    assert home.now == point and not home.ran and manifest["version"] == "0.10"
    assert {name for name in after if after[name] != before.get(name)} == {"release/ready.json"}
    assert not set(before) - set(after) and list(home.layout.versions.glob("0.10")) == []
    assert json.loads(after["release/ready.json"])["ready"] == "0.10"
    home.update(10)
    with pytest.raises(BundleOlder):
        look(home.asked(home.bundle(9)))
    told = standing.read(Path(home.now.data))
    assert told is not None and told.version == "0.10" and not told.ready, "it runs now"


def test_a_destroyed_key_is_destroyed_in_the_data_before_too(home: Machine) -> None:
    """The version before is kept; a space that is erased afterwards must not live on in it."""
    before = Path(home.now.data)
    home.update(10)
    data = Path(home.now.data)
    Keys(read_house_key(data), keys_folder(data)).destroy_space("mairie")
    old = before / "keys" / "spaces" / "mairie.key"
    assert old.read_bytes() == bytes(old.stat().st_size)
    with pytest.raises(KeyCorrupt):
        document(before)


def test_what_must_be_refused_is_refused_before_anything_changes(home: Machine, tmp_path: Path) -> None:
    home.update(10)
    now, files = home.now, set(snapshot(home.layout.data))
    make_key(tmp_path / "other.key")
    with pytest.raises(BundleFaulty):
        update(home.asked(home.bundle(11, key=signer(tmp_path / "other.key"))))
    altered = home.bundle(12)
    (altered / "manifest.json").write_text((altered / "manifest.json").read_text().replace("0.12", "0.13"))
    with pytest.raises(BundleFaulty):
        update(home.asked(altered))
    for older in (9, 10):
        with pytest.raises(BundleOlder):
            home.update(older)
    python = {"implementation": "cpython", "version": "3.9", "platform": "linux-x86_64"}
    with pytest.raises(BundleUnfit):
        update(home.asked(home.bundle(14, python=python)))
    with pytest.raises(SchemaUnknown):
        update(home.asked(home.bundle(15, schemas={"house": ["0001"], "space": ["0001"]})))
    home.fails = "backup"
    with pytest.raises(NoRestorePoint):
        home.update(16)
    home.fails = ""
    lock = Path(now.data) / "run" / "lock"
    lock.parent.mkdir(exist_ok=True)
    lock.write_text("4242\n")
    with lock.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        ran = list(home.ran)
        with pytest.raises(CloseFirst) as open_house:
            home.update(17)
    assert "4242" in open_house.value.sentence("fr")
    assert home.ran == ran and not (home.layout.versions / "0.17").exists(), "no backup, no program"
    lock.unlink()
    assert home.now == now
    assert set(snapshot(home.layout.data)) == files


@pytest.mark.parametrize("step", ["stopped", "copied", "tried", "kept", "switched"])
def test_a_failure_at_any_step_brings_back_the_program_and_the_data(home: Machine, step: str) -> None:
    now, files = home.now, snapshot(Path(home.now.data))

    def broken(name: str) -> None:
        if name == step:
            raise OSError(5, "broken disk")

    with pytest.raises(UpdateFailed) as failed:
        home.update(10, step=broken)
    assert "broken disk" in failed.value.sentence("fr") and "0.10" in failed.value.sentence("en")
    assert home.now == now and snapshot(Path(now.data)) == files
    assert [path.name for path in home.layout.data.iterdir()] == ["1"]
    assert home.update(11).version == "0.11"


def test_a_program_that_fails_its_trial_is_not_taken(home: Machine) -> None:
    now, home.fails = home.now, "--trial"
    with pytest.raises(UpdateFailed):
        home.update(10)
    assert home.now == now and [path.name for path in home.layout.data.iterdir()] == ["1"]


def test_a_program_that_loses_a_document_is_not_taken(home: Machine) -> None:
    def loses(program: Path, data: Path, *words: str) -> str:
        return (
            json.dumps(json.loads(home.run(program, data, *words)) | {"documents": 0}) if "--trial" in words else ""
        )

    asked = home.asked(home.bundle(10))
    with pytest.raises(UpdateFailed) as failed:
        update(type(asked)(**{**vars(asked), "run": loses}))
    assert "documents 1 → 0" in failed.value.sentence("fr")


def test_going_back_keeps_what_was_written_when_the_schema_is_the_same(home: Machine) -> None:
    home.update(10)
    home.update(11)
    data = Path(home.now.data)
    (data / "since").write_text("written since")
    point = home.back()
    assert point.version == "0.10" and point.data == str(data) and home.now == point
    assert (Path(home.now.data) / "since").exists()
    assert home.update(11).version == "0.11", "the version that one went back from may come again"
    with pytest.raises(BundleOlder):
        home.update(10)


def test_two_bundles_of_one_version_are_told_apart_by_their_hours(
    home: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    from demeure.cli.update_cmd import _standing

    home.update(10)
    home.update(11)
    for number, hour in ((home.now.number, "08"), (home.now.former, "07")):
        point = home.points.all()[number]
        home.points.rewrite(replace(point, version="0.1.0", created=f"2026-11-27T{hour}:15:00Z"))
    _standing(home.layout, "fr", False)
    told = capsys.readouterr().out.replace("\u00a0", " ")
    assert "du 27/11/2026 8 h 15." in told and "gardée : 0.1.0, 27/11/2026 7 h 15 (demeure" in told


def test_going_back_over_a_migration_asks_first_and_keeps_what_it_sets_aside(home: Machine) -> None:
    old = home.now
    home.update(10)
    newer = Path(home.now.data)
    with pytest.raises(WouldLose) as asked:
        home.back()
    assert str(newer) in asked.value.sentence("fr")
    point = home.back(lose=True)
    assert (point.version, point.data) == ("0.0", old.data)
    assert trial.schemas(Path(home.now.data))[0] == OLD_HOUSE[-1] and home.document() == WORDS
    home.update(12)
    home.update(13)
    home.update(14)
    assert document(newer) == WORDS, "never removed by itself"
    with pytest.raises(NothingToGoBackTo):
        home.back(lose=True) and home.back(lose=True) and home.back(lose=True) and home.back(lose=True)


def test_a_window_that_closed_since_is_not_open_again_in_the_data_of_before(home: Machine) -> None:
    """Both were open during the update; the new version closed one, and that is when its seal went."""
    old = Path(home.now.data) / "house"
    for name in (".window-ended", ".window-going"):
        (old / name).write_bytes(b"seal")
    home.update(10)
    (Path(home.now.data) / "house" / ".window-ended").unlink()
    assert (old / ".window-ended").exists()
    home.back(lose=True)
    assert Path(home.now.data) / "house" == old
    assert sorted(path.name for path in old.glob(".window-*")) == [".window-going"]


def test_only_the_version_before_is_kept(home: Machine) -> None:
    for sequence in (10, 11, 12):
        home.update(sequence)
    assert sorted(path.name for path in home.layout.versions.iterdir()) == ["0.11", "0.12"]
    assert sorted(path.name for path in home.layout.data.iterdir()) == ["3", "4"]
    assert sorted(home.points.all()) == [3, 4]


def check(home: Machine, old: Point, sequence: int) -> str:
    """Old or new, never between: the point in force has its program, and data that open at its schema."""
    now = home.now
    assert now.version in (old.version, f"0.{sequence}")
    link = home.layout.current
    assert (link / "program" / "bin").is_dir() and (link / "data").samefile(now.data)
    assert document(Path(now.data)) == WORDS
    revision = trial.schemas(Path(now.data))[0]
    assert revision == (OLD_HOUSE[-1] if now == old else HOUSE.head)
    assert trial.counted(Path(now.data))["entries"] == 40
    return now.version


def killed(home: Machine, stride: int) -> list[str]:
    found, point, sequence = [], 1, 10
    old = home.now
    while dies_at(point, lambda: home.update(sequence)):
        found.append(check(home, old, sequence))
        if home.now != old:  # it died after the switch: the next run has nothing to do but sweep
            home.points.switch(old.number)
        point += stride
    sweep(home.layout)
    assert home.now.version == f"0.{sequence}"
    return found


def test_a_killed_update_leaves_the_old_version_or_the_new_one(home: Machine) -> None:
    found = killed(home, 19)
    assert len(found) > 8 and found[0] == "0.0"


@pytest.mark.thorough
def test_an_update_killed_at_each_call(home: Machine) -> None:
    assert {"0.0", "0.10"} == set(killed(home, 1))
