"""Slips of whoever restores, declares or stops: each is told in words, and nothing in clear is left for ever."""

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from backup_home import Home
from test_backup_commands import Command, demeure, given, rooms

from demeure.backup.copies import copies, left_behind
from demeure.backup.creating import note_damaged
from demeure.backup.errors import PlanDamaged, TargetTwice
from demeure.backup.fresh import killed_swept, rehearsal_left
from demeure.backup.plan import Place, Plan, read_plan, write_plan
from demeure.backup.restoring import opened, restore
from demeure.backup.standing import LATE, UNDECLARED, _word, stand
from demeure.backup.target import FolderTarget
from demeure.backup.verifying import check
from demeure.cli.doctor_backup import examine_backups
from demeure.cli.ending import gently
from demeure.cli.main import main
from demeure.clock import SystemClock
from demeure.errors import DemeureError
from demeure.journal.begun import BEGUN, still_there
from demeure.journal.errors import JournalGone, JournalShort
from demeure.store.durable import alone
from demeure.testing.gateway import FakeRooms

__all__ = ["demeure", "rooms"]  # fixtures of the other commands


def test_an_empty_name_restores_no_whole_house(
    home: Home, rooms: FakeRooms, demeure: Command, tmp_path: Path
) -> None:
    assert demeure("key", "create", "Anne", "--sheet", str(tmp_path / "sheet.html"))[0] == 0
    key = given(tmp_path)
    assert demeure("place", "add", "coffre", str(home.at))[0] == 0
    assert demeure("create")[0] == 0
    for words in (("--document", ""), ("--space", " "), ("--place", "coffre", "--from", str(home.at))):
        code, _, told = demeure("restore", str(tmp_path / "one"), *words, "--key-file", key)
        assert code == 2 and words[0] in told and not (tmp_path / "one").exists()
    code, _, told = demeure("drill", "--into", str(home.at / "ex"), "--key-file", key)
    assert code == 2 and not (home.at / "ex").exists(), told
    code, _, told = demeure("restore", str(home.at / "here"), "--place", "coffre", "--key-file", key)
    assert code == 2 and "là où ses sauvegardes sont gardées" in told and not (home.at / "here").exists()
    part = demeure("restore", str(tmp_path / "part"), "--document", "budget.txt", "--key-file", key)
    assert part[0] == 0
    modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "part", *(tmp_path / "part").iterdir())}
    assert modes == {"part": 0o700, "documents.json": 0o600, "budget.txt": 0o600}


def test_a_second_drill_waits_for_the_first_to_end(
    home: Home, rooms: FakeRooms, demeure: Command, tmp_path: Path
) -> None:
    assert demeure("key", "create", "Anne", "--sheet", str(tmp_path / "sheet.html"))[0] == 0
    assert demeure("place", "add", "coffre", str(home.at))[0] == 0
    assert demeure("create")[0] == 0
    first = home.folder.with_name(f".{home.folder.name}.exercice")
    (first / "keys").mkdir(parents=True)
    (home.folder / "backups" / "drills").mkdir(exist_ok=True)
    with alone(home.folder / "backups" / "drills", 0.0) as held:
        assert held
        code, _, told = demeure("drill", "--key-file", given(tmp_path))
    assert code == 5 and "autre exercice est en cours" in told.replace("\u00a0", " ") and first.exists()


def test_one_folder_is_one_place(home: Home, tmp_path: Path) -> None:
    plan = Plan().with_place(home.folder, Place("nas", str(home.at)))
    (tmp_path / "same").symlink_to(home.at)
    with pytest.raises(TargetTwice) as told:
        plan.with_place(home.folder, Place("nas2", str(tmp_path / "same")))
    assert "nas" in told.value.sentence("fr")
    assert plan.with_place(home.folder, Place("sftp", "route:loin")).with_place(
        home.folder, Place("sftp2", "route:loin")
    )


@pytest.mark.parametrize("damage", ["{", "[]", '{"places": [{"nom": 1}]}', '"x"'])
def test_a_damaged_plan_is_named_and_a_damaged_number_counts_again(home: Home, damage: str) -> None:
    home.create()
    (home.folder / "backups" / "number").write_text("")
    assert home.create().number == 2
    write_plan(home.folder, Plan())
    path = home.folder / "backups" / "plan" / "plan.json"
    path.write_text(damage)
    with pytest.raises(PlanDamaged) as told:
        read_plan(home.folder)
    assert str(path) in told.value.sentence("fr")
    path.unlink()
    os.mkfifo(path)  # is not waited for
    with pytest.raises(PlanDamaged):
        read_plan(home.folder)


def test_what_a_killed_drill_left_is_erased_with_the_house_and_named_by_the_doctor(home: Home) -> None:
    drill = home.folder.with_name(f".{home.folder.name}.exercice")
    part, other = home.folder.with_name(".piece.restoring"), home.folder.with_name(".autre.restoring")
    for folder in (drill / "keys", part / "work" / "keys", other / "keys"):
        folder.mkdir(parents=True)
    check = (home.folder / "keys" / "house.check").read_bytes()
    (part / "work" / "keys" / "house.check").write_bytes(check)
    (other / "keys" / "house.check").write_bytes(bytes(16))
    assert left_behind(home.folder) == [drill, part]
    same, others = copies(home.folder, ())
    assert same == [drill, part] and others == []
    told = [fr for name, ok, fr, _ in examine_backups(home.folder) if name == "left" and ok is False]
    assert len(told) == 2 and str(drill) in " ".join(told)


def test_a_pipe_among_backups_is_no_file_that_is_waited_for(home: Home) -> None:
    (home.at / "manifests").mkdir(exist_ok=True)
    os.mkfifo(home.at / "manifests" / "000009.json")
    with pytest.raises(DemeureError) as refused:
        FolderTarget(home.at, "coffre").read("manifests/000009.json")
    for language, told in (("fr", "manifests/000009.json n’est pas un fichier"), ("en", "is not a file")):
        words = refused.value.sentence(language)
        assert told in words and "manifests/000009.json" in words and "Invalid" not in words


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir])
@pytest.mark.parametrize("name", ["manifests/000001.json", "manifests/000001.json.sig", "idx", "pack"])
def test_what_is_no_file_among_backups_is_damage_that_stops_no_new_one(
    home: Home, name: str, make: Callable[[Path], None]
) -> None:
    """A pipe in the place of one old page made each backup fail, for ever."""
    first = home.create()
    pack = f"packs/{first.packs[0].name}"
    at = home.at / {"idx": f"{pack}.idx", "pack": pack}.get(name, name)
    at.unlink()
    make(at)
    found = check(home.target(), home.signer.vkey)
    assert set(found.faults) == {1}
    if at.parent.name == "packs":
        note_damaged(home.folder, "coffre", found.damaged)
    elif make is os.mkdir:
        shutil.rmtree(home.folder / "backups" / "made")  # nor does the house know its page any more
    made = home.create()
    assert made.number == 2 and 2 in check(home.target(), home.signer.vkey).sound
    restore(opened(home.target(), made, home.keys[0]), home.at.parent / "back")
    assert (home.at.parent / "back" / "keys" / "house.key").exists()


def test_a_house_that_made_backups_and_has_no_key_any_more_is_late() -> None:
    now = SystemClock().now()
    assert _word(False, [], now, 1) == UNDECLARED and _word(False, [now], now, 1) == LATE


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_work_that_is_told_to_end_ends_as_ctrl_c_ends_it(number: int) -> None:
    before = signal.getsignal(number)
    with pytest.raises(KeyboardInterrupt), gently():
        os.kill(os.getpid(), number)
        time.sleep(5)
    assert signal.getsignal(number) is before
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with gently():  # nohup
            os.kill(os.getpid(), signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)


def test_a_journal_that_is_gone_is_not_begun_again(home: Home) -> None:
    still_there(home.folder)
    assert (home.folder / "keys" / BEGUN).stat().st_mode & 0o777 == 0o600
    (home.folder / "journal").rename(home.folder / "ailleurs")
    with pytest.raises(JournalGone) as told:
        still_there(home.folder)
    assert "elle reste fermée" in told.value.sentence("fr")
    (home.folder / "ailleurs").rename(home.folder / "journal")
    still_there(home.folder)


def test_an_older_journal_is_not_gone_on_with(home: Home, tmp_path: Path) -> None:
    """The pages of the backups made say how long it was."""
    older = tmp_path / "older"
    home.create()
    shutil.copytree(home.folder / "journal", older)
    home.write_entries(40)
    home.create()
    still_there(home.folder)
    (home.folder / "journal").rename(tmp_path / "newer")
    older.rename(home.folder / "journal")
    with pytest.raises(JournalShort) as told:
        still_there(home.folder)
    assert "sauvegarde 2" in told.value.sentence("fr") and "000002.json" in told.value.sentence("en")
    for page in (home.folder / "backups" / "made").glob("000002.json"):
        page.write_text("{")
    still_there(home.folder)


def test_damage_of_an_old_backup_is_told_and_is_no_failure_of_a_rehearsal() -> None:
    from demeure.backup.verifying import Checked
    from demeure.cli.backup_night import place_told

    fault = PlanDamaged(path="x")
    assert place_told("nas", Checked([1, 2])) == (True, "nas\u00a0: 2 sauvegardes intactes", "nas: 2 sound backups")
    good, fr, _ = place_told("nas", Checked([2, 3], {1: fault}))
    assert good and "la dernière comprise" in fr and "1 plus ancienne abîmée" in fr
    good, fr, _ = place_told("nas", Checked([1, 2], {3: fault}))
    assert not good and "dont la dernière" in fr
    assert not place_told("nas", Checked())[0]


def test_a_holder_is_named_on_one_line_and_the_last_one_does_not_go_unsaid(
    home: Home, rooms: FakeRooms, demeure: Command, tmp_path: Path
) -> None:
    for name in ("a\nb", "a\x1b[31m", "x" * 121, " "):
        code, _, told = demeure("key", "create", name, "--sheet", str(tmp_path / "no.html"))
        assert code == 2 and not (tmp_path / "no.html").exists(), told
    assert demeure("key", "create", "Anne", "--sheet", str(tmp_path / "sheet.html"))[0] == 0
    assert demeure("place", "add", "coffre", str(home.at))[0] == 0
    assert demeure("create")[0] == 0
    code, _, told = demeure("key", "remove", "Anne")
    assert code == 0 and "plus aucune sauvegarde" in told
    code, _, told = demeure("place", "remove", "coffre")
    assert code == 0 and "le dernier" in told
    standing = stand(home.folder, SystemClock().now(), 2, 100)
    assert standing.backup == LATE and not standing.places
    told = {name: (ok, fr) for name, ok, fr, _ in examine_backups(home.folder)}
    assert told["backup"][0] is False and "plus aucun lieu" in told["backup"][1]
    (home.folder / "backups" / "plan" / "plan.json").unlink()
    assert stand(home.folder, SystemClock().now(), 2, 100).backup == LATE


def test_backups_that_the_house_did_not_sign_are_told_beside_the_list(
    home: Home, rooms: FakeRooms, demeure: Command, tmp_path: Path
) -> None:
    assert demeure("key", "create", "Anne", "--sheet", str(tmp_path / "sheet.html"))[0] == 0
    assert demeure("place", "add", "coffre", str(home.at))[0] == 0
    assert demeure("create")[0] == 0 and demeure("create")[0] == 0
    assert "abîmées" not in demeure("list")[2]
    (signed,) = home.at.rglob("manifests/000001.json.sig")
    signed.write_bytes(b"another house's")
    code, out, told = demeure("list")
    assert code == 0 and "Et 1 que la clé de cette maison n’a pas signées" in told and out.count("\n") == 2


def test_a_backup_of_a_damaged_database_says_so_and_no_earlier_one_goes(
    home: Home, rooms: FakeRooms, demeure: Command, tmp_path: Path
) -> None:
    assert demeure("key", "create", "Anne", "--sheet", str(tmp_path / "sheet.html"))[0] == 0
    assert demeure("place", "add", "coffre", str(home.at))[0] == 0
    code, _, told = demeure("create")
    assert code == 0 and "abîmée" not in told
    base = next(home.folder.glob("spaces/*/space.db"), None) or next(home.folder.rglob("space.db"))
    whole = bytearray(base.read_bytes())
    whole[len(whole) // 2 + 100] ^= 1
    base.write_bytes(whole)
    code, out, told = demeure("create")
    assert code == 4 and "Sauvegarde 2 faite" in out and "est abîmée" in told.replace("\u00a0", " ")
    code, out, told = demeure("run")
    assert code == 4 and "ok" in out and "sont toutes gardées" in told
    told_as_json = json.loads(demeure("run", "--json")[1])
    assert told_as_json["damaged"] and not told_as_json["places"][0]["removed"]


def test_a_drill_of_a_house_reached_by_a_link_lies_beside_the_house(
    home: Home,
    rooms: FakeRooms,
    demeure: Command,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """An installed house is: beside the link is a folder of root's, where nobody would look either."""
    assert demeure("key", "create", "Anne", "--sheet", str(tmp_path / "sheet.html"))[0] == 0
    assert demeure("place", "add", "coffre", str(home.at))[0] == 0
    assert demeure("create")[0] == 0
    left = home.folder.with_name(f".{home.folder.name}.exercice")
    (left / "keys").mkdir(parents=True)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    link = elsewhere / "lien"
    link.symlink_to(home.folder)
    assert left_behind(link) == left_behind(home.folder) == [left]
    asked: list[Path] = []

    real = os.access

    def closed(path: Path, mode: int) -> bool:
        asked.append(Path(path))
        return Path(path) != home.folder.parent and real(path, mode)

    monkeypatch.setattr(os, "access", closed)
    with pytest.raises(SystemExit) as ended:
        main(["--instance", str(link), "backup", "drill", "--key-file", given(tmp_path)])
    assert ended.value.code == 2 and "--into" in capsys.readouterr().err and home.folder.parent in asked
    assert not list((home.folder / "backups" / "drills").glob("*.json")), "no report of what did not begin"


def test_what_a_killed_rehearsal_left_is_named_and_goes_with_the_next_night(home: Home, demeure: Command) -> None:
    now = home.folder / "backups" / "rehearsal" / "now"
    (now / "house" / "keys").mkdir(parents=True)
    (now / "house" / "keys" / "house.key").write_bytes(bytes(32))
    with alone(now.parent, 0.0) as held:
        assert held and rehearsal_left(home.folder, sweep=True) is None and now.exists(), "one that goes on stays"
    assert rehearsal_left(home.folder) == now
    assert any(name == "left" and str(now) in fr for name, _, fr, _ in examine_backups(home.folder))
    demeure("run")
    assert not now.exists() and rehearsal_left(home.folder) is None


def test_what_a_killed_drill_left_goes_and_what_one_is_at_stays(home: Home) -> None:
    drill = home.folder.with_name(f".{home.folder.name}.exercice")
    left = [drill, drill.with_name(f".{drill.name}.restoring")]
    for one in left:
        (one / "keys").mkdir(parents=True)
        (one / "keys" / "house.key").write_bytes(bytes(32))
    other = home.folder.with_name(".autre.exercice")
    other.mkdir()
    (home.folder / "backups" / "drills").mkdir(parents=True)
    link = home.folder.parent / "lien"
    link.symlink_to(home.folder)
    with alone(home.folder / "backups" / "drills", 0.0) as held:
        killed_swept(home.folder)
        assert held and all(one.exists() for one in left)
    killed_swept(link)
    assert not any(one.exists() for one in left) and other.exists() and left_behind(home.folder) == []


def test_what_a_killed_backup_linked_goes_and_that_of_a_living_one_stays(home: Home) -> None:
    dead = subprocess.Popen(["/bin/true"])
    dead.wait()
    gone, living = (home.folder / "backups" / f"work-{pid}" for pid in (dead.pid, os.getpid()))
    for work in (gone, living):
        work.mkdir(parents=True)
        (work / "0").write_bytes(b"an original that was deleted since")
    killed_swept(home.folder)
    assert not gone.exists() and living.exists()
