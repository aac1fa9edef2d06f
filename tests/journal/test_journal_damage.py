"""Torn and altered files: only a torn, unacknowledged tail is repaired; the rest is refused with its index."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from scribe_house import SEED, open_log

from demeure.journal import Draft, JournalCorrupt, JournalRolledBack, NoteInvalid
from demeure.journal import verify as verifier
from demeure.journal.checkpoint import Signer
from demeure.journal.entry import Stamp, leaf
from demeure.journal.errors import JournalKeyOther
from demeure.journal.log import Log
from demeure.journal.staging import HEADER_SIZE, Record, frame, header, scan

SIZE = 600


def records(first: int, count: int, *, sealed: int = 40) -> list[Record]:
    made = []
    for n in range(first, first + count):
        stamp = Stamp(f"2026-11-24T09:30:00.{n:06d}Z", "boot", n, "gateway")
        data = leaf(Draft("request", "question-asked", chain=f"c{n}"), stamp, "a" * 64)
        made.append(Record(n.to_bytes(16, "big"), data, bytes([n % 256]) * sealed))
    return made


def fill(log: Log, first: int, count: int, step: int = 50) -> None:
    for start in range(first, first + count, step):
        log.append(records(start, min(step, first + count - start)))


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """600 published entries in three payload files and staging, and 100 more that no checkpoint covers."""
    folder = tmp_path_factory.mktemp("sound") / "journal"
    log = open_log(folder, segment=80_000)
    fill(log, 0, SIZE)
    log.publish()
    fill(log, SIZE, 100)
    log.close()
    return folder


@pytest.fixture
def folder(sound: Path, tmp_path: Path) -> Path:
    shutil.copytree(sound, tmp_path / "journal")
    return tmp_path / "journal"


def flip(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


def verify(folder: Path, *options: str) -> tuple[int, dict[str, object]]:
    """Exit code and JSON of the verifier, run as a stranger would: a lone file."""
    command = [sys.executable, verifier.__file__, str(folder), "--json", *options]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    return run.returncode, json.loads(run.stdout)


def refused(folder: Path) -> JournalCorrupt:
    with pytest.raises(JournalCorrupt) as caught:
        open_log(folder, segment=80_000)
    return caught.value


def test_a_sound_journal_opens_and_verifies(folder: Path) -> None:
    log = open_log(folder, segment=80_000)
    assert (log.size, log.waiting, log.cut) == (SIZE + 100, 100, 0)
    assert [entry.chain for entry in log.read(SIZE, 3)[0]] == ["c600", "c599", "c598"]
    assert [log.payload(n) for n in (0, 299, 650)] == [bytes([n % 256]) * 40 for n in (0, 299, 650)]
    log.close()
    code, found = verify(folder)
    assert (code, found["size"], found["more"]) == (0, SIZE, 100)


def damage_entry(folder: Path) -> int:
    data = (folder / "tile/entries/001").read_bytes()
    flip(folder / "tile/entries/001", data.index(b'"chain":"c300"') + 9)
    return 300


def damage_partial_entry(folder: Path) -> int:
    data = (folder / "tile/entries/002.p/88").read_bytes()
    flip(folder / "tile/entries/002.p/88", data.index(b'"chain":"c599"') + 9)
    return 599


def damage_length(folder: Path) -> int:
    flip(folder / "tile/entries/001", 1)
    return 256


def damage_hash(folder: Path) -> int:
    flip(folder / "tile/0/001", 32 * 7 + 3)
    return 263


def damage_upper_hash(folder: Path) -> int:
    flip(folder / "tile/1/000.p/2", 32 + 3)
    return 256


def shorten_tile(folder: Path) -> int:
    (folder / "tile/0/000").write_bytes((folder / "tile/0/000").read_bytes()[:-32])
    return 255


def lose_tile(folder: Path) -> int:
    (folder / "tile/entries/002.p/88").unlink()
    return 512


def damage_acknowledged_frame(folder: Path) -> int:
    data = (folder / "staging").read_bytes()
    flip(folder / "staging", data.index(b'"chain":"c610"') + 9)
    return 600


def lose_staging(folder: Path) -> int:
    (folder / "staging").unlink()
    return -1


DAMAGES: list[Callable[[Path], int]] = [
    damage_entry,
    damage_partial_entry,
    damage_length,
    damage_hash,
    damage_upper_hash,
    shorten_tile,
    lose_tile,
    damage_acknowledged_frame,
    lose_staging,
]


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_is_refused_and_told_where(folder: Path, damage: Callable[[Path], int]) -> None:
    index = damage(folder)
    problem = refused(folder)
    assert type(refused(folder)) is type(problem), "the folder was let go: the same refusal, not JournalLocked"
    code, found = verify(folder)
    assert code == 1
    if index >= 0:
        assert problem.params["index"] == index
        assert str(index) in problem.sentence("fr")
        assert found["index"] == index


def test_every_single_flipped_bit_of_the_published_tree_is_seen(sound: Path, tmp_path: Path) -> None:
    places = [p for p in sorted((sound / "tile").rglob("*")) if p.is_file()]
    for number, place in enumerate(places):
        target = tmp_path / str(number)
        shutil.copytree(sound, target)
        flip(target / place.relative_to(sound), (number * 7919) % place.stat().st_size)
        refused(target)
        with pytest.raises(verifier.Fault):
            verifier.verify(target, Signer(SEED).vkey, None)
        shutil.rmtree(target)


def test_a_damaged_payload_is_seen_by_the_verifier(folder: Path) -> None:
    first = min((folder / "payloads").iterdir())
    flip(first, HEADER_SIZE + 36 + 22 + len(records(0, 1)[0].leaf) + 5)
    code, found = verify(folder)
    assert (code, found["place"]) == (1, f"payloads/{first.name}")


def test_a_changed_checkpoint_is_refused(folder: Path) -> None:
    note = (folder / "checkpoint").read_text()
    (folder / "checkpoint").write_text(note.replace(f"\n{SIZE}\n", f"\n{SIZE - 1}\n"))
    with pytest.raises(NoteInvalid):
        open_log(folder, segment=80_000)
    assert verify(folder)[0] == 1


def test_a_journal_of_another_key_is_refused(folder: Path) -> None:
    with pytest.raises(JournalKeyOther) as told:
        Log(folder, Signer(b"m" * 32), reserve_bytes=0)
    assert "n’est pas en cause" in told.value.sentence("fr"), "the journal itself is sound"
    (folder / "vkey").write_bytes(b"\xff\xfe")
    Log(folder, Signer(SEED), reserve_bytes=0).close()
    assert (folder / "vkey").read_text().strip() == Signer(SEED).vkey, "its own key, and a damaged file"
    (folder / "vkey").unlink()
    with pytest.raises(NoteInvalid):
        Log(folder, Signer(b"m" * 32), reserve_bytes=0)
    (folder / "vkey").write_text(Signer(SEED).vkey + "\n")
    assert verify(folder, "--vkey", Signer(b"m" * 32).vkey)[0] == 1
    assert verify(folder, "--vkey", Signer(SEED).vkey)[0] == 0


def test_a_key_that_is_not_the_journal_s_is_said_so(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = Signer(b"m" * 32).vkey
    assert verifier.main([str(folder), "--vkey", other]) == 1
    told = capsys.readouterr().out
    assert "une autre clé" in told and other in told and Signer(SEED).vkey in told
    assert verifier.main([str(folder), "--language", "en", "--vkey", Signer(SEED).vkey[:-6]]) == 1
    assert "is no key" in capsys.readouterr().out


def test_the_author_cannot_re_sign_a_shortened_journal(folder: Path) -> None:
    """Even with the key: a third party holding an older checkpoint sees it."""
    older = folder.parent / "older"
    older.write_text((folder / "checkpoint").read_text())
    shutil.rmtree(folder)
    log = open_log(folder)
    fill(log, 0, 300)
    fill(log, 1000, 400)
    log.publish()
    log.close()
    assert verify(folder)[0] == 0, "consistent in itself"
    code, found = verify(folder, "--checkpoint", str(older))
    assert (code, found["index"], found["place"]) == (1, SIZE, "given checkpoint")


def test_an_older_checkpoint_of_the_same_journal_is_recognised(folder: Path) -> None:
    older = folder.parent / "older"
    older.write_text((folder / "checkpoint").read_text())
    log = open_log(folder, segment=80_000)
    log.publish()
    log.close()
    assert verify(folder, "--checkpoint", str(older))[0] == 0


def test_a_restored_older_staging_is_refused_not_signed_again(folder: Path, tmp_path: Path) -> None:
    """Two roots for one size: the folder goes back in time, except for what says how far signing went."""
    shutil.copytree(folder, tmp_path / "old")
    log = open_log(folder, segment=80_000)
    log.publish()
    fill(log, SIZE + 100, 20)
    log.publish()
    log.close()
    signed = (folder / "signed").read_bytes()
    shutil.rmtree(folder)
    shutil.copytree(tmp_path / "old", folder)
    (folder / "signed").write_bytes(signed)
    with pytest.raises(JournalRolledBack) as caught:
        open_log(folder, segment=80_000)
    assert caught.value.params == {"size": SIZE + 100, "signed": SIZE + 120}


def test_another_history_of_the_signed_size_is_refused(folder: Path) -> None:
    signed = json.loads((folder / "signed").read_text())
    (folder / "signed").write_text(json.dumps(signed | {"size": SIZE + 1, "root": "00" * 32}))
    problem = refused(folder)
    assert problem.params == {"index": SIZE + 1, "place": "signed"}


@pytest.mark.parametrize("lost", [1, 20, 36, 200, 5000])
def test_a_torn_tail_is_cut_and_the_rest_kept(folder: Path, lost: int) -> None:
    path = folder / "staging"
    found = scan(path.read_bytes())
    assert found
    log = open_log(folder, segment=80_000)
    log.append(records(SIZE + 100, 40))
    log.close()
    whole = path.read_bytes()
    now = scan(whole)
    assert now
    torn = whole[: now.end - lost] + bytes(len(whole) - now.end + lost)
    path.write_bytes(torn)
    log = open_log(folder, segment=80_000)
    assert log.size == SIZE + 100
    assert (log.cut > 0) is (lost < now.end - found.end)
    log.append(records(SIZE + 100, 3))
    log.close()
    log = open_log(folder, segment=80_000)
    assert (log.size, log.cut) == (SIZE + 103, 0)
    log.publish()
    log.close()
    assert verify(folder)[0] == 0


def test_pages_of_one_torn_frame_that_arrived_out_of_order_are_cut(folder: Path) -> None:
    path = folder / "staging"
    found = scan(path.read_bytes())
    assert found
    torn = bytearray(frame(found.mark, SIZE + 100, records(SIZE + 100, 60)))
    torn[:4096] = bytes(4096)
    data = path.read_bytes()
    path.write_bytes(data[: found.end] + torn + data[found.end + len(torn) :])
    log = open_log(folder, segment=80_000)
    assert log.size == SIZE + 100
    assert log.cut
    log.close()


def test_nothing_an_asker_sends_can_look_like_a_frame() -> None:
    mark = b"m" * 16
    inner = frame(b"x" * 16, 1, records(1, 1))
    data = header(0, mark) + frame(mark, 0, [Record(b"d" * 16, b"{}", inner)])
    torn = data[:-1]
    found = scan(torn)
    assert found
    assert (found.placed, found.damaged, found.rest > 0) == ([], None, True)


def test_checkpoint_lost_is_rebuilt_from_what_remains(folder: Path) -> None:
    (folder / "checkpoint").unlink()
    log = open_log(folder, segment=80_000)
    assert (log.size, log.published.tree.size) == (SIZE + 100, 0)
    log.publish()
    log.close()
    code, found = verify(folder)
    assert (code, found["size"]) == (0, SIZE + 100)


def test_the_verifier_says_it_in_both_languages(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert verifier.main([str(folder)]) == 0
    assert "Journal intact\u00a0: 600 entrées" in capsys.readouterr().out
    assert verifier.main([str(folder), "--language", "en", "--vkey", Signer(SEED).vkey]) == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith("Journal intact: 600 entries recomputed")
    damage_entry(folder)
    assert verifier.main([str(folder)]) == 1
    assert "ÉCHEC, entrée 300, tile/entries/001\u00a0: ne correspond pas" in capsys.readouterr().out
    assert verifier.main([str(folder), "--language", "en"]) == 1
    assert capsys.readouterr().out == "FAILED, entry 300, tile/entries/001: does not match its hash.\n"
    assert verifier.main([str(folder / "absent")]) == 1
    with pytest.raises(SystemExit) as caught:
        verifier.main([])
    assert caught.value.code == 2


def test_every_fault_has_its_french_sentence() -> None:
    source = Path(verifier.__file__).read_text(encoding="utf-8")
    raised = re.findall(r"""Fault\([^"]*(?:"[^"]*", )?"([^"]+)"(?:, \w+=\w+)?\)""", source)
    raised += re.findall(r"""why = "([^"]+)" if at < 0 else "([^"]+)\"""", source)[0]
    assert set(raised) == set(verifier.FRENCH)


def test_as_a_module_it_runs_too(folder: Path) -> None:
    command = [sys.executable, "-m", "demeure.journal.verify", str(folder)]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0
