"""The commands, over a true instance and a control door of fakes; the drill over a whole house, apart."""

import asyncio
import json
import os
import re
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from backup_home import WORDS, Home

from demeure.backup.errors import PlaceUnreachable
from demeure.backup.plan import Plan, read_plan, write_plan
from demeure.cli import backup_cmd
from demeure.cli.main import main
from demeure.gateway.control import ControlDoor
from demeure.store.durable import alone
from demeure.testing.gateway import FakeRooms, make_house

Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def rooms(home: Home) -> Iterator[FakeRooms]:
    """A control door in the instance, served in another thread."""
    fakes, loop, ready = FakeRooms(), asyncio.new_event_loop(), threading.Event()
    (home.folder / "run").mkdir()
    (home.folder / "journal" / "vkey").write_text(f"{fakes.journal.signer.vkey}\n")
    write_plan(home.folder, Plan())
    path = home.folder / "run" / "control.sock"
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(str(path))
    path.chmod(0o600)
    listener.listen()

    async def serve() -> None:
        door = asyncio.create_task(ControlDoor(make_house(fakes), path, owner=path.stat().st_uid).serve(listener))
        ready.set()
        await over.wait()
        door.cancel()
        await asyncio.gather(door, return_exceptions=True)

    over = asyncio.Event()
    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    ready.wait(10)
    yield fakes
    loop.call_soon_threadsafe(over.set)
    thread.join(10)
    loop.close()
    listener.close()


@pytest.fixture
def demeure(home: Home, capsys: pytest.CaptureFixture[str]) -> Command:
    def run(*words: str, language: str = "fr") -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(["--instance", str(home.folder), "--language", language, "backup", *words])
        told = capsys.readouterr()
        return int(ended.value.code or 0), told.out, told.err

    return run


def test_one_rehearsal_at_a_time(home: Home, demeure: Command, tmp_path: Path) -> None:
    place = home.folder / "backups" / "rehearsal"
    (place / "now").mkdir(parents=True)
    (place / "now" / "mine").touch()
    with alone(place, 0.0) as held:
        assert held
        code, _, told = demeure("rehearse")
    assert code == 5 and "répétition est en cours" in told.replace("\u00a0", " ")
    assert (place / "now" / "mine").exists(), "what the other one is at stays"


def test_a_rehearsal_makes_no_instance(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--instance", str(tmp_path / "none"), "backup", "rehearse"])
    assert "demeure up" in capsys.readouterr().err and not (tmp_path / "none").exists()


def given(folder: Path) -> str:
    words = re.findall(r"<td>([a-z]{5})</td>", (folder / "sheet.html").read_text())
    (folder / "key.txt").write_text(" ".join(words))
    return str(folder / "key.txt")


def test_from_the_first_key_to_a_restored_document(
    home: Home, rooms: FakeRooms, demeure: Command, tmp_path: Path
) -> None:
    assert demeure("create")[0] == 2, "no key and no place yet"
    assert demeure("key", "create", "Anne", "--sheet", str(home.folder / "sheet.html"))[0] == 2
    assert demeure("key", "create", "Anne", "--sheet", str(tmp_path / "sheet.pdf"))[0] == 2
    assert not (tmp_path / "sheet.pdf").exists(), "a page under the name of a PDF: nothing opens it"
    code, _, _ = demeure("key", "create", "Anne", "--sheet", str(tmp_path / "sheet.html"))
    assert code == 0 and (tmp_path / "sheet.html").stat().st_mode & 0o777 == 0o600
    key = given(tmp_path)
    assert "Anne" in demeure("key", "check", "--key-file", key)[1]
    for words in (("create",), ("verify",)):
        code, _, err = demeure(*words)
        assert code == 2 and "demeure backup place add" in err and "?" not in err, (
            "no place was declared, none named"
        )
    assert demeure("place", "add", "coffre", str(home.at))[0] == 0
    assert demeure("place", "add", "inside", str(home.folder / "keys"))[0] == 2
    code, out, _ = demeure("create", "--json")
    made: dict[str, Any] = json.loads(out)
    assert (code, made["number"], made["place"]) == (0, 1, "coffre")
    (closing,) = [e for e in rooms.journal.entries if e.outcome == "done" and "backup-made" in e.name]
    assert made["sha256"] in closing.object
    assert json.loads(demeure("list", "--json")[1])[0]["sha256"] == made["sha256"]
    assert demeure("verify", language="en")[1].startswith("ok   backup 1")
    restored = demeure("restore", str(tmp_path / "one"), "--document", "budget.txt", "--key-file", key, "--json")
    assert restored[0] == 0 and (tmp_path / "one" / "budget.txt").read_text() == WORDS
    whole = demeure("restore", str(tmp_path / "all"), "--from", str(home.at), "--key-file", key)
    assert whole[0] == 0 and rooms.journal.signer.vkey in whole[2], "nobody told which key to trust: it is shown"
    assert "fermez l’ancienne d’abord" in whole[1] and "Ouvrez-la" not in whole[1]
    assert demeure("restore", str(tmp_path / "all"), "--key-file", key)[0] == 2
    secret = (tmp_path / "key.txt").read_text().split()[0]
    assert not [p for p in home.folder.rglob("*") if p.is_file() and secret.encode() in p.read_bytes()]


def test_all_that_is_missing_before_a_backup_is_said_at_once(
    home: Home, rooms: FakeRooms, demeure: Command, tmp_path: Path
) -> None:
    place, key = "demeure backup place add NOM DOSSIER", "demeure backup key create PERSONNE --sheet FICHIER"
    code, _, said = demeure("create")
    assert code == 2 and place in said and key in said
    code, _, said = demeure("create", language="en")
    assert code == 2 and "place add NAME FOLDER" in said and "key create HOLDER --sheet FILE" in said
    (tmp_path / "nas").mkdir()
    assert demeure("place", "add", "nas", str(tmp_path / "nas"))[0] == 0
    code, _, said = demeure("create")
    assert code == 2 and key in said and "place add" not in said


def test_damage_at_the_place_is_code_4_and_says_which(home: Home, rooms: FakeRooms, demeure: Command) -> None:
    sheet = home.at.parent / "sheet.html"
    demeure("key", "create", "Anne", "--sheet", str(sheet))
    demeure("place", "add", "coffre", str(home.at), "--removable")
    code, out, _ = demeure("rotate", "--json")
    assert code == 0 and json.loads(out)["made"] == [1]
    pack = next(p for p in (home.at / "packs").iterdir() if not p.suffix)
    pack.write_bytes(pack.read_bytes()[:-1])
    code, out, _ = demeure("verify")
    assert code == 4 and "NON" in out and pack.name[:16] in out and "présenté" not in out
    (home.at.parent / "away").mkdir()
    assert demeure("create")[0] == 0
    assert demeure("place", "add", "away", str(home.at.parent / "away"), "--removable")[0] == 0
    _, out, _ = demeure("verify", "--every", "--json")
    assert [one["place"] for one in json.loads(out)["places"]] == ["coffre"], "a mount point, no disk"
    assert demeure("verify", "coffre", "--every")[0] == 2, "one place, or all of them"
    code, _, err = demeure("verify", language="en")
    assert code == 2 and "name one" in err and "coffre, away" in err
    assert "backup 2" in demeure("verify", "coffre", language="en")[1]


def test_a_place_that_cannot_be_cleaned_keeps_the_next_disk_from_nobody(
    home: Home, rooms: FakeRooms, demeure: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    demeure("key", "create", "Anne", "--sheet", str(home.at.parent / "sheet.html"))
    for name in ("coffre", "autre", "loin"):
        (home.at.parent / name).mkdir(exist_ok=True)
        demeure("place", "add", name, str(home.at.parent / name), "--removable")
    (home.at.parent / "loin").rmdir()

    def refused(where: Any) -> Any:
        def work(_work: Any) -> Any:
            raise PlaceUnreachable(name=where.name, detail="no answer")

        return work if where.name == "coffre" else removing(where)

    removing = backup_cmd.removing
    monkeypatch.setattr(backup_cmd, "removing", refused)
    code, out, err = demeure("rotate")
    assert code == 4 and "coffre: " in err and "autre" not in err
    assert "prochaine fois\u00a0: loin" in out, "which disk to bring is told all the same"


@pytest.mark.usefixtures("rooms")
def test_the_backup_of_the_night_makes_only_what_is_due(home: Home, demeure: Command, tmp_path: Path) -> None:
    from demeure.backup.standing import stand
    from demeure.cli.doctor_backup import examine_backups
    from demeure.clock import SystemClock

    code, out, err = demeure("run")
    assert code == 4 and not out and "Aucun lieu de sauvegarde n’est déclaré" in err and "place add" in err
    assert "No place for backups is declared" in demeure("run", language="en")[2]
    demeure("key", "create", "Anne", "--sheet", str(tmp_path / "sheet.html"))
    disk = home.at.parent / "disque"
    disk.mkdir()
    demeure("place", "add", "disque", str(disk), "--removable")
    assert stand(home.folder, SystemClock().now(), 2, 35).late_disks == ()
    disk.rmdir()
    code, _, err = demeure("run")
    assert code == 4 and "aucun disque déclaré n’est branché" in err
    assert demeure("place", "remove", "disque")[0] == 0
    demeure("place", "add", "coffre", str(home.at))
    dead = home.at.parent / "mort"
    dead.mkdir()
    added = json.loads(demeure("place", "add", "mort", str(dead), "--days", "9", "--json")[1])
    assert added["days"] == 9 and json.loads(demeure("place", "list", "--json")[1])[1]["days"] == 9
    dead.rmdir()
    dead.write_bytes(b"")  # no folder: nothing can be made there
    code, out, _ = demeure("run", "--due", "--json")
    assert code == 4 and [bool(one["error"]) for one in json.loads(out)["places"]] == [False, True]
    code, out, _ = demeure("run", "--due", "--json")
    assert code == 4 and [one["place"] for one in json.loads(out)["places"]] == ["mort"]
    assert len(json.loads(demeure("run", "--json")[1])["places"]) == 2, "by hand: all of them"
    assert stand(home.folder, SystemClock().now(), 2, 35).late == ("mort",)
    rows = {name: (ok, fr) for name, ok, fr, _ in examine_backups(home.folder)}
    assert rows["backup"][0] is True and rows["backup-place"][0] is False and "mort" in rows["backup-place"][1]
    write_plan(home.folder, Plan(read_plan(home.folder).holders, read_plan(home.folder).places[:1]))
    code, out, _ = demeure("run", "--due", "--json")
    assert (code, json.loads(out)) == (0, {"places": [], "damaged": []})


@pytest.mark.usefixtures("rooms")
@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a disk is for root")
def test_the_folder_that_an_absent_disk_leaves_is_not_the_disk(
    home: Home, demeure: Command, tmp_path: Path
) -> None:
    disk, bare = home.at.parent / "disque", home.at.parent / "dossier"
    disk.mkdir(), bare.mkdir()
    assert demeure("key", "create", " ", "--sheet", str(tmp_path / "none.html"))[0] == 2, "of nobody"
    demeure("key", "create", "Anne", "--sheet", str(tmp_path / "sheet.html"))
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(disk)], check=True)
    try:
        assert demeure("place", "add", "disque", str(disk), "--removable")[2] == "", "a disk of its own"
        assert demeure("create", "disque")[0] == 0 and (disk / "house").exists()
    finally:
        subprocess.run(["umount", str(disk)], check=True)
    code, _, err = demeure("create", "disque")
    assert code == 5 and "n’est pas là" in err
    code, out, _ = demeure("rotate")
    assert code == 0 and "rien n’a été sauvegardé" in out
    assert demeure("run")[0] == 4 and not any(disk.iterdir())
    assert [one.mounted for one in read_plan(home.folder).places] == [True]
    told = demeure("place", "add", "dossier", str(bare), "--removable")[2]
    assert "sur le disque de la maison" in told, "no disk is mounted there"


@pytest.mark.thorough
def test_a_drill_opens_the_restored_house_without_a_network(home: Home, demeure: Command, tmp_path: Path) -> None:
    """The whole house, twice: the one that asks, and the restored one."""
    from demeure.backup.standing import stand
    from demeure.clock import SystemClock

    home.instance.close()
    (home.folder / "demeure.toml").write_text("port = 0\n")
    for path in (home.folder / "journal").rglob("*"):  # its origin is a test's: the house begins its own
        if path.is_file():
            path.unlink()
    (tmp_path / "key.txt").write_text("\n".join(home.keys[0].rows))
    assert demeure("create")[0] == 0
    code, out, err = demeure("drill", "--key-file", str(tmp_path / "key.txt"), "--json")
    assert code == 0, out + err
    report = json.loads(out)
    assert [c["name"] for c in report["checks"] if not c["ok"]] == []
    assert report["walls"]["apart"] and report["walls"]["interfaces"] == ["lo"]
    found = stand(home.folder, SystemClock().now(), 2, 35)
    assert (found.backup, found.drill) == ("good", "good")
    assert not home.folder.with_name(f".{home.folder.name}.exercice").exists()


def test_a_drill_that_has_no_room_signs_no_failed_report(
    home: Home, demeure: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from demeure.backup import restoring

    home.create()
    (tmp_path / "key.txt").write_text("\n".join(home.keys[0].rows))
    monkeypatch.setattr(restoring, "_SPARE", 1 << 60)
    code, _, err = demeure("drill", "--key-file", str(tmp_path / "key.txt"))
    assert code == 5 and "n’a pas la place" in err and "échoué" not in err
    assert not [one for one in (home.folder / "backups" / "drills").iterdir() if one.suffix == ".json"]


def test_a_short_drill_is_told_in_the_tongue_s_own_numbers() -> None:
    from demeure.cli.backup_back import _timed

    report = {"drill": 3, "lost_seconds": 42.0, "seconds": {"total": 0.34, "restore": 0.04, "start": 12.2}}
    report["checks"] = [{"ok": True}]
    french, english = _timed("fr", report), _timed("en", report)
    assert "Reprise en 0,3 s (restauration 0,0 s, ouverture 12 s)" in french and "42 s de travail" in french
    assert "Back in 0.3 s" in english and "42 s of work" in english
    assert "1,5 h de travail" in _timed("fr", report | {"lost_seconds": 5400.0})
    assert "20 min de travail" in _timed("fr", report | {"lost_seconds": 1200.0})
    failed = report | {"checks": [{"ok": True}, {"ok": False}]}
    assert _timed("fr", failed) == "Rapport signé n° 3.", "nothing came back"


def test_a_key_that_is_cut_short_is_told_in_words(demeure: Command, tmp_path: Path) -> None:
    (tmp_path / "cut.txt").write_text("un deux trois quatre cinq")
    code, _, err = demeure("key", "check", "--key-file", str(tmp_path / "cut.txt"))
    assert code == 2 and "vingt mots, sur quatre lignes de cinq" in err and "≠" not in err
    assert "twenty words" in demeure("key", "check", "--key-file", str(tmp_path / "cut.txt"), language="en")[2]


def test_a_drill_is_not_made_inside_the_house(home: Home, demeure: Command, tmp_path: Path) -> None:
    """What is in the instance goes into its backups."""
    (tmp_path / "key.txt").write_text("\n".join(home.keys[0].rows))
    inside = home.folder / "spaces" / "exercice"
    home.create()
    code, _, err = demeure("drill", "--into", str(inside), "--key-file", str(tmp_path / "key.txt"))
    assert code == 2 and "dans le dossier de la maison elle-même" in err and not inside.exists()
    assert not (home.folder / "backups" / "drills").exists()
