"""Property: any single bit changed in any stored file is reported, with the file it is in."""

import hashlib
import os
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scribe_house import SEED, open_log
from test_journal_damage import fill

from demeure.journal import verify as verifier
from demeure.journal.checkpoint import Signer
from demeure.journal.disk import Disk
from demeure.journal.proof import witness_request
from demeure.journal.timestamp import Stamped
from demeure.journal.witness import Witness

VKEY = Signer(SEED).vkey


@pytest.fixture(scope="module", params=["whole", "pruned"])
def stopped(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A journal at rest: 1,400 entries in tiles, payload files and staging; with and without its beginning."""
    folder = tmp_path_factory.mktemp(request.param) / "journal"
    log = open_log(folder, segment=80_000, reserve=1 << 20)
    fill(log, 0, 1300)
    if request.param == "pruned":
        log.append([pruned_entry(1300, 512)])
        log.publish()
        log.prune(512)
    fill(log, log.size, 1400 - log.size)
    log.publish()
    cosigned(folder, log.published.note)
    stamped(folder, log.published.note)
    log.close()
    assert verifier.verify(folder, VKEY, None)["size"] == 1400
    return folder


def cosigned(folder: Path, note: str) -> None:
    """A neighbour cosigned this journal, and this journal cosigned the neighbour's."""
    elsewhere = folder.parent / "neighbour"
    elsewhere.mkdir()
    neighbour = Witness(elsewhere, b"n" * 32, Disk())
    answer = neighbour.cosign(witness_request(0, [], note), VKEY, 1_800_000_000)
    (folder / "cosigned").write_text(f"{neighbour.vkey}\n{answer}")
    theirs = Signer(b"o" * 32)
    asked = witness_request(0, [], theirs.sign(5, b"r" * 32))
    Witness(folder, SEED, Disk()).cosign(asked, theirs.vkey, 1_800_000_001)


def stamped(folder: Path, note: str) -> None:
    """An authority stamped this checkpoint; its own signature is not the journal's to judge."""
    reply = b"signed by an authority: " + hashlib.sha256(note.encode()).digest()
    (folder / "stamped").write_text(Stamped(note, reply).text(Signer(SEED)))


def pruned_entry(index: int, minimum: int):  # type: ignore[no-untyped-def] # Record
    from demeure.journal import Draft
    from demeure.journal.entry import Stamp, leaf
    from demeure.journal.staging import Record

    stamp = Stamp("2026-11-24T09:31:00.000000Z", "boot", index, "scribe")
    draft = Draft("administration", "journal-pruned", object=f"minimum={minimum}")
    return Record(index.to_bytes(16, "big"), leaf(draft, stamp, None))


def found_fault(folder: Path) -> verifier.Fault | None:
    try:
        verifier.verify(folder, VKEY, None)
    except verifier.Fault as fault:
        return fault
    return None


@settings(
    max_examples=400 if os.environ.get("DEMEURE_ENDURANCE") else 40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
@pytest.mark.endurance
def test_any_single_bit_changed_in_any_file_is_reported_with_its_place(stopped: Path, data: st.DataObject) -> None:
    place = data.draw(st.sampled_from(sorted(p for p in stopped.rglob("*") if p.is_file())))
    at = data.draw(st.integers(0, place.stat().st_size - 1))
    check(stopped, place, at, data.draw(st.integers(0, 7)))


def check(folder: Path, place: Path, at: int, bit: int) -> None:
    """Change the bit in place, look, change it back."""
    with place.open("r+b") as file:
        file.seek(at)
        before = file.read(1)
        file.seek(at)
        file.write(bytes([before[0] ^ 1 << bit]))
        file.flush()
        try:
            fault = found_fault(folder)
        finally:
            file.seek(at)
            file.write(before)
    assert fault is not None, f"{place.relative_to(folder)}: byte {at}, bit {bit}"
    assert fault.place == str(place.relative_to(folder)), f"byte {at}, bit {bit}: {fault.why('en')}"


@pytest.mark.thorough
def test_bits_of_the_small_files_are_reported(stopped: Path) -> None:
    names = ["checkpoint", "signed", "vkey", "vkey-ml-dsa", "retention.txt", "cosigned", "stamped"]
    for place in [*(stopped / name for name in names), *(stopped / "witness").iterdir()]:
        for at in range(0, place.stat().st_size, 1 if place.stat().st_size < 100 else 37):
            check(stopped, place, at, at % 8)
        for at in range(max(0, place.stat().st_size - 3), place.stat().st_size):
            for bit in range(8):
                check(stopped, place, at, bit)


def test_a_lost_file_is_reported(stopped: Path, tmp_path: Path) -> None:
    for number, place in enumerate(p for p in sorted(stopped.rglob("*")) if p.is_file()):
        unpruned = place.name == "retention.txt" and "index 0\n" in place.read_text()
        if unpruned or place.name in ("reserve", "cosigned", "stamped") or place.suffix in (".seen", ".vkey"):
            continue  # a journal may live without them
        target = tmp_path / str(number)
        shutil.copytree(stopped, target)
        (target / place.relative_to(stopped)).unlink()
        assert found_fault(target) is not None, place.relative_to(stopped)
        shutil.rmtree(target)
