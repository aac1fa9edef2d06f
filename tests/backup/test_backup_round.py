"""A backup and its restore: whole, incremental, consistent while others write, and unreadable without its key."""

import errno
import hashlib
import os
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from backup_home import WORDS, Home

from demeure.backup import errors, fresh, sealed
from demeure.backup.partial import Wanted, restore_part
from demeure.backup.plan import Holder
from demeure.backup.recovery import made, parsed
from demeure.backup.restoring import _runs, opened, restore
from demeure.backup.verifying import check, chosen
from demeure.cli.main import main
from demeure.clock import SystemClock
from demeure.journal import verify
from demeure.store import Keys, keys_folder, open_blobs, open_house, open_space, read_house_key
from demeure.store.rekeying import rekey

ALL: dict[Path, tuple[Holder, ...]] = {}


def sums(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def restored(home: Home, folder: Path, key: int = 0, number: int | None = None, place: str = "coffre") -> Path:
    page = chosen(home.target(place), home.signer.vkey, number)
    restore(opened(home.target(place), page, home.keys[key]), folder)
    return folder


def test_what_is_restored_opens_and_says_the_same(home: Home, tmp_path: Path) -> None:
    page = home.create()
    again = restored(home, tmp_path / "again")
    assert (page.number, page.entries) == (1, 303)
    assert (again / "demeure.toml").read_text() == (home.folder / "demeure.toml").read_text()
    keys = Keys(read_house_key(again), keys_folder(again))
    house, space = open_house(again, keys), open_space(again, keys, "mairie")
    assert house.damages() == space.damages() == []
    with space.read() as db:
        assert db.exec_driver_sql("SELECT text FROM passages WHERE document = 'budget.txt'").scalar() == WORDS
    with house.read() as db:
        digest = db.exec_driver_sql("SELECT sha256 FROM documents WHERE id = 'budget.txt'").scalar()
    assert b"".join(open_blobs(again, keys, "mairie").open(digest)) == WORDS.encode()
    house.close()
    space.close()
    found = verify.verify(again / "journal", home.signer.vkey, None)
    assert (found["size"], found["more"]) == (300, 3)
    assert {p.stat().st_mode & 0o777 for p in [again, *again.rglob("*")] if p.is_dir()} == {0o700}
    assert ((again / "keys" / "house.key").stat().st_mode & 0o777) == 0o400


def test_either_holder_restores_and_nobody_else(home: Home, tmp_path: Path) -> None:
    home.create()
    restored(home, tmp_path / "second", key=1)
    page = chosen(home.target(), home.signer.vkey, None)
    with pytest.raises(errors.RecoveryKeyWrong, match="Mme Martin"):
        opened(home.target(), page, made())
    assert sorted(p.name for p in tmp_path.iterdir()) == ["coffre", "disque-b", "instance", "second"]


def with_holders(home: Home, *which: int) -> None:
    home.plan = replace(
        home.plan, holders=tuple(holder for at, holder in enumerate(ALL[home.folder]) if at in which)
    )


def test_a_holder_who_comes_later_opens_what_is_made_from_then_on(home: Home, tmp_path: Path) -> None:
    """A pack is sealed once and for all: those that were there do not open with the key of who came since."""
    ALL[home.folder] = home.plan.holders
    with_holders(home, 0)
    first = home.create()
    with_holders(home, 0, 1)
    second, third = home.create(), home.create()
    assert second.added > first.added * 0.9 and third.added < first.added * 0.5
    for number in (2, 3):
        restored(home, tmp_path / f"later-{number}", key=1, number=number)
    with pytest.raises(errors.RecoveryKeyWrong):
        restored(home, tmp_path / "before", key=1, number=1)
    with_holders(home, 0)
    assert home.create().added < first.added * 0.5, "who goes away costs nothing"
    with_holders(home, 0, 1)
    assert home.create().added > first.added * 0.9, "packs were made without them meanwhile"
    restored(home, tmp_path / "back", key=1)


def test_a_house_that_did_not_keep_to_whom_it_sealed_finds_out(home: Home, tmp_path: Path) -> None:
    """Of a version before: what a page says of its holders is believed for the packs that it wrote itself."""
    ALL[home.folder], kept = home.plan.holders, home.folder / "backups" / "sealed.json"
    first = home.create()
    kept.unlink()
    assert home.create().added < first.added * 0.5, "both holders were there from the first page on"
    with_holders(home, 0)
    home.create()
    kept.unlink()
    with_holders(home, 0, 1)
    assert home.create().added > first.added * 0.9
    kept.write_text('{"coffre": 3}')
    home.create()
    restored(home, tmp_path / "again", key=1)


def test_a_key_that_opens_a_part_only_is_told_so(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As versions before could leave a place."""
    ALL[home.folder] = home.plan.holders
    with_holders(home, 0)
    home.create()
    with_holders(home, 0, 1)
    monkeypatch.setattr(sealed, "first_open", lambda *_: 1)
    home.write_document("more.txt", b"more")
    home.create()
    with pytest.raises(errors.RecoveryKeyLater) as told:
        restored(home, tmp_path / "again", key=1)
    assert "M. Diallo" in told.value.sentence("en") and "Mme Martin" in told.value.sentence("en")
    assert list(tmp_path.glob(".again*")) == [] and not (tmp_path / "again").exists()


def test_nothing_at_the_target_is_readable(home: Home) -> None:
    home.create()
    whole = b"".join(p.read_bytes() for p in home.at.rglob("*") if p.is_file())
    secrets = [read_house_key(home.folder), b"Valclair", b"budget.txt", b"mairie/", WORDS.encode()]
    assert [secret for secret in secrets if secret in whole] == []


def test_an_unchanged_house_is_hardly_sent_again(home: Home) -> None:
    home.write_document("large.bin", bytes(range(256)) * 40_000)
    first, second = home.create(), home.create()
    assert first.added > 10_000_000
    assert second.added <= first.added // 100
    assert second.previous == first.sha256


def test_a_changed_page_sends_that_page(home: Home) -> None:
    with home.instance.space.write() as db:
        db.exec_driver_sql("CREATE TABLE ballast (id INTEGER PRIMARY KEY, data BLOB)")
        for _ in range(300):
            db.exec_driver_sql("INSERT INTO ballast (data) VALUES (randomblob(16000))")
    first = home.create()
    with home.instance.space.write() as db:
        db.exec_driver_sql("UPDATE ballast SET data = randomblob(16000) WHERE id IN (7, 150, 290)")
    second = home.create()
    assert first.added > 4_800_000
    assert second.added < 300_000


def test_who_writes_meanwhile_waits_little_and_the_backup_is_of_one_instant(home: Home, tmp_path: Path) -> None:
    """Two rows are always written together, one in each base; a backup never has one without the other's turn."""
    with home.instance.house.write() as db:
        db.exec_driver_sql("CREATE TABLE pulse (n INTEGER)")
    with home.instance.space.write() as db:
        db.exec_driver_sql("CREATE TABLE pulse (n INTEGER)")
    over, count = threading.Event(), [0]

    def write() -> None:
        while not over.is_set():
            count[0] += 1
            for base in (home.instance.house, home.instance.space):
                with base.relaxed() as db:
                    db.exec_driver_sql("INSERT INTO pulse VALUES (?)", (count[0],))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        home.create()
        during = count[0]
    finally:
        over.set()
        writer.join()
    assert during > 1
    again = restored(home, tmp_path / "again")
    keys = Keys(read_house_key(again), keys_folder(again))
    counts = []
    for base in (open_house(again, keys), open_space(again, keys, "mairie")):
        assert base.damages() == []
        with base.read() as db:
            counts.append(db.exec_driver_sql("SELECT count(*) FROM pulse").scalar())
        base.close()
    assert counts[0] - counts[1] in (0, 1)


def test_a_document_or_a_space_come_back_alone(home: Home, tmp_path: Path) -> None:
    home.create()
    page = chosen(home.target(), home.signer.vkey, None)
    found = opened(home.target(), page, home.keys[0])
    (row,) = restore_part(found, Wanted(document="budget.txt"), tmp_path / "one")
    assert (tmp_path / "one" / row["file"]).read_text() == WORDS
    rows = restore_part(found, Wanted(space="mairie"), tmp_path / "all")
    assert sorted(row["name"] for row in rows) == ["budget.txt", "plan.txt"]
    assert sorted(p.name for p in (tmp_path / "all").iterdir()) == ["budget.txt", "documents.json", "plan.txt"]
    with pytest.raises(errors.NotInBackup):
        restore_part(found, Wanted(document="absent.txt"), tmp_path / "none")
    assert not (tmp_path / "none").exists()
    assert not [p for p in tmp_path.iterdir() if p.name.startswith(".")], "keys were left"


def test_never_over_something(home: Home, tmp_path: Path) -> None:
    home.create()
    for place in (home.folder, tmp_path / "coffre"):
        with pytest.raises(errors.RestoreOver):
            restored(home, place)
    (tmp_path / "empty").mkdir()
    restored(home, tmp_path / "empty")


def test_the_root_of_a_disk_is_refused_before_anything_is_written(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No rename replaces it: the whole restore would be written on the disk of its parent, then refused."""
    home.create()
    disk = home.folder.parent / "disk"
    disk.mkdir()
    monkeypatch.setattr(os.path, "ismount", lambda path: Path(path) == disk)
    with pytest.raises(errors.RestoreOnMount, match=str(disk / "demeure")):
        restored(home, disk)
    assert not (disk.parent / ".disk.restoring").exists()
    restored(home, disk / "demeure")


def test_two_restores_into_one_folder_do_not_mix(home: Home, tmp_path: Path) -> None:
    home.create()
    found = opened(home.target(), chosen(home.target(), home.signer.vkey, None), home.keys[0])
    folder, seen = tmp_path / "again", list[str]()

    def other(step: str) -> None:
        seen.append(step)
        if step in ("file", "written"):
            with pytest.raises(errors.RestoreRunning):
                restore(found, folder)

    restore(found, folder, step=other)
    assert "written" in seen and (folder / "house" / "house.db").exists()
    assert not (tmp_path / ".again.restoring").exists()


@pytest.mark.parametrize("part", [True, False])
def test_keys_that_were_read_on_the_way_are_overwritten(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: bool
) -> None:
    """Of a part no key stays; of a whole restore that stops, neither, nor of one that was killed before."""
    home.create()
    found = opened(home.target(), chosen(home.target(), home.signer.vkey, None), home.keys[0])
    gone: list[str] = []
    monkeypatch.setattr(fresh, "overwrite_and_remove", lambda path: (gone.append(path.name), path.unlink()))
    if part:
        restore_part(found, Wanted(document="budget.txt"), tmp_path / "again")
    else:
        left = tmp_path / ".again.restoring" / "work" / "keys" / "house.key"
        left.parent.mkdir(parents=True)
        left.write_bytes(b"left by a kill")

        def stopped(step: str) -> None:
            if step == "written":
                assert gone == ["house.key"]
                raise OSError(errno.EIO, "stopped")

        with pytest.raises(errors.RestoreStopped):
            restore(found, tmp_path / "again", step=stopped)
    assert gone.count("house.key") == (1 if part else 2) and len(gone) > 2
    assert not list(tmp_path.rglob("house.key"))[1:], "but that of the house itself"


def test_a_house_comes_back_at_its_own_place_on_a_bare_machine(
    home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home.create()
    (tmp_path / "key").write_text(home.keys[0].secret)
    bare = tmp_path / "bare"
    with pytest.raises(SystemExit) as ended:
        main(
            [
                "--instance",
                str(bare),
                "backup",
                "restore",
                str(bare),
                "--from",
                str(home.at),
                "--key-file",
                str(tmp_path / "key"),
            ]
        )
    assert not ended.value.code and (bare / "house" / "house.db").exists(), capsys.readouterr().err


def test_a_place_of_another_house_is_left_alone(home: Home) -> None:
    (home.at / "house").write_text("another+12345678+AAAA\n")
    with pytest.raises(errors.TargetOfAnother):
        home.create()
    assert sorted(p.name for p in home.at.rglob("*") if p.is_file()) == ["house"]


def test_an_older_archive_is_not_served_as_the_newest(home: Home) -> None:
    home.create()
    home.create()
    name = "manifests/000002.json"
    home.target().remove(name)
    with pytest.raises(errors.BackupOlder):
        chosen(home.target(), home.signer.vkey, None, made=2)
    assert chosen(home.target(), home.signer.vkey, 1, made=2).number == 1
    found = check(home.target(), home.signer.vkey, made=2)
    assert found.sound == [1] and isinstance(found.faults[2], errors.BackupOlder)


def test_what_another_key_signed_is_refused(home: Home) -> None:
    home.create()
    with pytest.raises(errors.BackupForged):
        chosen(home.target(), home.signer.vkey.replace("valclair", "elsewhere"), None)
    path = home.at / "manifests" / "000001.json"
    path.write_bytes(path.read_bytes().replace(b'"files": ', b'"files": 1'))
    with pytest.raises(errors.BackupForged):
        chosen(home.target(), home.signer.vkey, None)


def test_damage_found_by_a_check_is_sent_again_by_the_next_backup(home: Home, tmp_path: Path) -> None:
    from demeure.backup.creating import note_damaged

    page = home.create()
    for pack in page.packs:
        path = home.at / "packs" / pack.name
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.write_bytes(bytes(data))
    found = check(home.target(), home.signer.vkey)
    assert found.damaged == {pack.name for pack in page.packs} and not found.sound
    note_damaged(home.folder, "coffre", found.damaged)
    home.create()
    assert check(home.target(), home.signer.vkey).sound == [2]
    restored(home, tmp_path / "again", number=2)


def test_words_of_a_key_come_back_and_a_slip_is_placed() -> None:
    key = made()
    assert parsed(" \n".join(key.rows).upper()) == key == parsed(f"# age\n{key.secret}\n")
    rows = [row.split() for row in key.rows]
    rows[2][1] = "babab" if rows[2][1] != "babab" else "dabab"
    with pytest.raises(errors.RecoveryRowWrong) as told:
        parsed("\n".join(" ".join(row) for row in rows))
    assert told.value.params["row"] == 3


def test_a_space_whose_key_was_rotated_is_backed_up_where_it_now_lies(home: Home, tmp_path: Path) -> None:
    keys = Keys(read_house_key(home.folder), keys_folder(home.folder))
    rekey(home.folder, keys, "mairie", SystemClock())
    keys.prepare("mairie", "2026-11-26T10:00:00.000000Z")  # another one began
    home.create()
    again = restored(home, tmp_path / "again")
    assert not list(again.rglob("*.next"))
    keys = Keys(read_house_key(again), keys_folder(again))
    space = open_space(again, keys, "mairie")
    with space.read() as db:
        assert db.exec_driver_sql("SELECT text FROM passages WHERE document = 'budget.txt'").scalar() == WORDS
    space.close()
    digest = hashlib.sha256(WORDS.encode()).hexdigest()
    assert b"".join(open_blobs(again, keys, "mairie").open(digest)) == WORDS.encode()
    found = opened(home.target(), chosen(home.target(), home.signer.vkey, None), home.keys[0])
    assert len(restore_part(found, Wanted(space="mairie"), tmp_path / "part")) == 2


def test_pieces_that_follow_each_other_are_written_as_one() -> None:
    one, other = Path("/a"), Path("/b")
    wanted = [(30, 5, one, 20), (10, 10, one, 10), (0, 10, one, 0), (35, 5, other, 25), (40, 5, other, 0)]
    assert list(_runs(wanted)) == [(0, 20, one, 0), (30, 5, one, 20), (40, 5, other, 0), (35, 5, other, 25)]
    assert list(_runs([])) == []
