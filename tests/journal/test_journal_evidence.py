"""Proofs, signatures, cosignatures, exports and receipts, read by tools that are not ours."""

import asyncio
import errno
import hashlib
import json
import resource
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import scribe_house
from aics import agrees, needs_aics
from authority import Authority
from scribe_house import SEED, open_log
from test_journal_damage import fill, records

from demeure.gateway.proofs import Proofs
from demeure.journal import By, Draft, EntryUnknown, ScribeJournal, stranger
from demeure.journal import receipt as receipts
from demeure.journal import verify as verifier
from demeure.journal.attestation import allowed_signers, public_pem, sign
from demeure.journal.checkpoint import Signer, parse, plain
from demeure.journal.checkpoint import verify as verify_note
from demeure.journal.disk import Disk
from demeure.journal.errors import (
    EntryPruned,
    JournalForked,
    NoteInvalid,
    ProofInvalid,
    PruningRefused,
    TimestampInvalid,
    WitnessRefused,
)
from demeure.journal.evidence import Proven
from demeure.journal.export import Export
from demeure.journal.paper import code_svg
from demeure.journal.proof import Proof, read, witness_request
from demeure.journal.timestamp import Stamped, query
from demeure.journal.witness import Witness, check_cosignature, trust_policy

VKEY = Signer(SEED).vkey
SPICY, OPENSSL, SSH = (shutil.which(name) for name in ("spicy-litetlog", "openssl", "ssh-keygen"))
needs_spicy = pytest.mark.skipif(SPICY is None, reason="oracle spicy-litetlog absent: Debian package litetlog")
needs_openssl = pytest.mark.skipif(OPENSSL is None, reason="oracle openssl absent")
needs_ssh = pytest.mark.skipif(SSH is None, reason="oracle ssh-keygen absent: Debian package openssh-client")
BY = By("p-1", "c-1")


def run(*command: str, cwd: Path | None = None, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(command, cwd=cwd, input=given, capture_output=True, check=False)


async def answered(journal: ScribeJournal, chain: str = "c1") -> None:
    """The entries of one answer, and of the house around it."""
    await journal.record(Draft("administration", "box-facts", object="ladder=A gateway=0011:0"))
    asked = await journal.intention(
        Draft(
            "request",
            "question-asked",
            chain=chain,
            actor="p-1",
            object="policy=ab12",
            payload=b'{"question": "?"}',
        )
    )
    found = {"object": f"s/1={'a' * 64} s/2={'b' * 64}", "actor": "p-1"}
    await journal.record(Draft("retrieval", "passages-found", chain=chain, **found))  # type: ignore[arg-type]
    called = Draft("extension", "model-called", chain=chain, actor="p-1", object=f"small sha256={'c' * 64}")
    await journal.record(called)
    opened = await journal.intention(Draft("answer", "answer-opened", chain=chain, actor="p-1"))
    await journal.close(opened, "done", payload=b'{"text": "oui"}')
    await journal.close(asked, "done", name="question-closed")


def in_a_house(folder: Path, go) -> None:  # type: ignore[no-untyped-def] # a coroutine function
    async def inside() -> None:
        async with scribe_house.house(folder) as house:
            await go(house.journal())

    asyncio.run(inside())


@needs_spicy
def test_a_proof_from_the_scribe_is_accepted_by_debian_s_verifier(tmp_path: Path) -> None:
    async def go(journal: ScribeJournal) -> None:
        for number in range(300):
            await journal.record(Draft("request", "question-asked", chain=f"c{number}"))
        for proof in (await journal.prove([0, 255, 256, 299])).proofs:
            event = tmp_path / f"event-{proof.index}"
            event.write_bytes(proof.extra)
            (tmp_path / f"event-{proof.index}.spicy").write_text(proof.spicy())
            assert run(str(SPICY), "-verify", VKEY, str(event)).returncode == 0
            event.write_bytes(proof.extra.replace(b"question-asked", b"question-asket"))
            assert run(str(SPICY), "-verify", VKEY, str(event)).returncode == 1

    in_a_house(tmp_path / "journal", go)


def test_a_proof_says_what_it_proves_and_nothing_else(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async def go(journal: ScribeJournal) -> None:
        await answered(journal)
        first = await journal.prove([2])
        proof = read(first.proofs[0].text())
        assert proof == first.proofs[0]
        assert proof.check(proof.extra, VKEY).size == first.size
        assert read(proof.spicy()).path == proof.path
        with pytest.raises(ProofInvalid):
            proof.check(proof.extra + b" ", VKEY)
        with pytest.raises(NoteInvalid):
            proof.check(proof.extra, Signer(b"m" * 32).vkey)
        await answered(journal, "c2")
        older = await journal.prove([1], Proven(first.size, first.note, ()))
        assert older.proofs[0].check(older.proofs[0].extra, VKEY).size == first.size
        with pytest.raises(EntryUnknown):
            await journal.prove([10_000])
        file = tmp_path / "one.tlog-proof"
        file.write_text(proof.text())
        assert stranger.main([str(file), "--vkey", VKEY]) == 0
        said = json.loads(proof.extra)
        assert f"Entrée 2, {said['time']}\u00a0: {said['name']}" in capsys.readouterr().out, "what it is about"
        assert stranger.main([str(file), "--vkey", Signer(b"m" * 32).vkey]) == 1
        capsys.readouterr()
        assert stranger.main([str(file)]) == 1 and "ne porte pas de clé" in capsys.readouterr().out

    in_a_house(tmp_path / "journal", go)


@pytest.mark.parametrize(
    "text", ["", "index 0\n\n", "index -1\n\nx", "c2sp.org/tlog-proof@v1\nindex 01\n\nx", "index 0\n!!\n\nx"]
)
def test_what_is_no_proof_is_said_so(text: str) -> None:
    with pytest.raises((ProofInvalid, NoteInvalid)):
        read(text)


@needs_openssl
def test_openssl_reads_the_signature_and_the_key(tmp_path: Path) -> None:
    note = plain(Signer(SEED).sign(7, b"r" * 32))
    text, _, line = note.rpartition("\n\n")
    import base64

    (tmp_path / "text").write_text(text + "\n")
    (tmp_path / "sig").write_bytes(base64.b64decode(line.split(" ")[2])[4:])
    (tmp_path / "key").write_text(public_pem(VKEY))
    check = ("openssl", "pkeyutl", "-verify", "-pubin", "-inkey", "key", "-rawin", "-in", "text", "-sigfile", "sig")
    assert run(*check, cwd=tmp_path).returncode == 0
    (tmp_path / "text").write_text(text + " \n")
    assert run(*check, cwd=tmp_path).returncode == 1


def test_the_second_signature_is_verified_by_another_reading(tmp_path: Path) -> None:
    from demeure.journal.verify import Fault, check_signature

    signer = Signer(SEED)
    assert signer.second, "the locked library knows ML-DSA-44"
    note = signer.sign(7, b"r" * 32)
    assert check_signature(note.encode(), signer.vkey, signer.second, whole=True)[1] == 7
    assert parse(note)[1][1][1][:4] != parse(note)[1][0][1][:4]
    lines = note.split("\n")
    lines[5] = lines[5][:90] + ("A" if lines[5][90] != "A" else "B") + lines[5][91:]
    with pytest.raises(Fault):
        check_signature("\n".join(lines).encode(), signer.vkey, signer.second, whole=True)
    assert verify_note("\n".join(lines), signer.vkey).size == 7, "who knows the first key only ignores the other"


@needs_ssh
def test_ssh_keygen_reads_an_attestation(tmp_path: Path) -> None:
    content = b"a list\n"
    (tmp_path / "signers").write_text(allowed_signers(VKEY))
    (tmp_path / "sig").write_text(sign(Signer(SEED), hashlib.sha512(content).digest()))
    check = (
        "ssh-keygen",
        "-Y",
        "verify",
        "-f",
        "signers",
        "-I",
        "journal",
        "-n",
        "demeure-attestation",
        "-s",
        "sig",
    )
    assert run(*check, cwd=tmp_path, given=content).returncode == 0
    assert run(*check, cwd=tmp_path, given=b"another list\n").returncode != 0


async def exported(journal: ScribeJournal, path: Path) -> None:
    await answered(journal)
    proven = await journal.prove(list(range((await journal.head(fresh=True)).size)))
    with Export(path, proven.note, VKEY) as export:
        opening = await journal.opening(1)
        export.add(proven.proofs[:3], {1: opening})
        export.add(proven.proofs[3:])
        digest = hashlib.sha512(export.sums()).hexdigest()
        export.sign(await journal.attest(digest, "export", BY))


@needs_openssl
@needs_ssh
def test_an_export_is_verified_without_demeure(tmp_path: Path) -> None:
    async def go(journal: ScribeJournal) -> None:
        await exported(journal, tmp_path / "x")
        await exported(journal, tmp_path / "x.zip")
        with pytest.raises(FileExistsError):
            await exported(journal, tmp_path / "x")

    in_a_house(tmp_path / "journal", go)
    folder = tmp_path / "x"
    how = [line.strip() for line in (folder / "VERIFIER.txt").read_text().splitlines() if line.startswith("   ")]
    assert len(how) == 4
    for command in how:
        alone = command.replace("python3", f"{sys.executable} -I -S")
        done = run("sh", "-c", alone, cwd=folder)
        assert done.returncode == 0, (command, done.stdout, done.stderr)
    assert stranger.main([str(tmp_path / "x.zip")]) == 0
    events = [json.loads(line) for line in (folder / "ocsf.jsonl").read_text().splitlines()]
    assert {"class_uid", "time", "metadata", "actor"} <= events[0].keys()
    assert not list(tmp_path.glob("*.new"))


def test_whatever_is_changed_in_an_export_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    in_a_house(tmp_path / "journal", lambda journal: exported(journal, tmp_path / "x"))
    for place in sorted((tmp_path / "x").iterdir()):
        target = tmp_path / "changed"
        shutil.copytree(tmp_path / "x", target)
        data = bytearray((target / place.name).read_bytes())
        data[len(data) // 2] ^= 1
        (target / place.name).write_bytes(data)
        assert stranger.main([str(target), "--vkey", VKEY]) == 1, place.name
        told = capsys.readouterr().out
        assert place.name in told or place.name == "SHA256SUMS", told
        shutil.rmtree(target)
    (tmp_path / "x" / "more").write_text("")
    assert stranger.main([str(tmp_path / "x")]) == 1


@pytest.fixture
def full() -> Iterator[Callable[[], None]]:
    """Once called, no file grows beyond ten bytes: what a full disk does, for one process."""
    former = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (10, former[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, former)


@pytest.mark.parametrize("late", [False, True], ids=["while it writes", "while it packs"])
def test_an_export_that_meets_a_full_disk_leaves_nothing(
    late: bool, full: Callable[[], None], tmp_path: Path
) -> None:
    signer = Signer(SEED)
    proof = Proof(0, (), "", records(0, 1)[0].leaf)
    made = Export(tmp_path / "x.zip", signer.sign(1, bytes(32)), signer.vkey)
    with pytest.raises(OSError, match="large"), made as export:
        export.add([proof])
        if not late:
            full()
        export.sums()
        full()
        export.sign("short")
    assert list(tmp_path.iterdir()) == []


def packed(target: Path, files: dict[str, bytes], kind: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(target, "w", kind) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return target


def test_an_archive_made_to_fill_the_disk_or_to_leave_its_folder_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(zipfile.ZipFile, "extractall", lambda *_: pytest.fail("unpacked"))
    told = {
        "bomb": {"SHA256SUMS": b"", "entries.jsonl": bytes(1 << 22)},
        "crowd": {f"file-{number}": b"x" for number in range(100)},
        "path": {"../entries.jsonl": b"x", "SHA256SUMS": b"x"},
        "folder": {"inside/entries.jsonl": b"x"},
    }
    for name, files in told.items():
        assert stranger.main([str(packed(tmp_path / f"{name}.zip", files))]) == 1
        assert f"{name}.zip" in capsys.readouterr().out


def test_a_damaged_archive_is_refused_with_its_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole = packed(tmp_path / "x.zip", {"entries.jsonl": b"some entries " * 30, "vkey": b"k"}).read_bytes()
    at = whole.index(b"entries.jsonl") + 13
    for change in (6, 8, at + 5, at + 40, len(whole) // 2):  # flags (encrypted), method, data
        data = bytearray(whole)
        data[change] ^= 0x41
        (tmp_path / "x.zip").write_bytes(bytes(data))
        assert stranger.main([str(tmp_path / "x.zip")]) == 1, change
        assert "ÉCHEC" in capsys.readouterr().out


def test_a_forger_with_the_list_cannot_sign_it(tmp_path: Path) -> None:
    in_a_house(tmp_path / "journal", lambda journal: exported(journal, tmp_path / "x"))
    folder = tmp_path / "x"
    lines = (folder / "entries.jsonl").read_text().replace("done", "fail")
    (folder / "entries.jsonl").write_text(lines)
    names = sorted(p.name for p in folder.iterdir() if not p.name.startswith("SHA256SUMS"))
    sums = "".join(f"{hashlib.sha256((folder / n).read_bytes()).hexdigest()}  {n}\n" for n in names)
    (folder / "SHA256SUMS").write_text(sums)
    assert stranger.main([str(folder), "--vkey", VKEY]) == 1


def test_a_receipt_says_in_short_what_its_entries_say(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = {}

    async def go(journal: ScribeJournal) -> None:
        await answered(journal)
        proven = await journal.prove(list(range(7)))
        made["receipt"] = receipts.made("c1", proven, VKEY)
        made["code"] = receipts.code(proven.proofs)

    in_a_house(tmp_path / "journal", go)
    told = made["receipt"]["summary"]
    assert (told["model"], told["model_sha256"]) == ("small", "c" * 64)
    assert [p["id"] for p in told["passages"]] == ["s/1", "s/2"]
    assert (told["policy"], told["box"], told["outcome"]) == ("ab12", "ladder=A gateway=0011:0", "done")
    file = tmp_path / "receipt.json"
    file.write_text(json.dumps(made["receipt"]))
    assert stranger.main([str(file), "--vkey", VKEY]) == 0
    for change in (("small", "large"), ("ladder=A", "ladder=B"), ("done", "lost"), ('"index": 3', '"index": 4')):
        file.write_text(json.dumps(made["receipt"]).replace(*change))
        assert stranger.main([str(file), "--vkey", VKEY]) == 1, change
        assert "ÉCHEC" in capsys.readouterr().out
    for change in (('"index": 3', '"index": 1e999'), ('"entries": [', '"entries": [5, ')):
        file.write_text(json.dumps(made["receipt"]).replace(*change))
        assert stranger.main([str(file), "--vkey", VKEY]) == 1, change
        assert "mal formé" in capsys.readouterr().out
    assert read(made["code"]).check(read(made["code"]).extra, VKEY)
    assert len(made["code"].encode()) < 2953, "one code holds it"
    assert code_svg(made["code"]).startswith("<svg")


def test_a_proof_among_a_million_still_fits_one_code() -> None:
    leaf = json.dumps({"name": "answer-closed", "actor": "p" * 16, "rest": "x" * 480}).encode()
    note = plain(Signer(SEED).sign(1_000_000, b"r" * 32))
    code = receipts.code([Proof(617, tuple(bytes([n]) * 32 for n in range(20)), note, leaf)])
    assert len(code.encode()) < 2953
    code_svg(code)


# -- witnesses ----------------------------------------------------------------------------------------------------


def test_a_neighbour_cosigns_what_only_grew_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "neighbour").mkdir()
    neighbour = Witness(tmp_path / "neighbour", b"n" * 32, Disk())
    log = open_log(tmp_path / "journal")
    fill(log, 0, 300)
    log.publish()
    asked = witness_request(0, [], log.published.note)
    note = neighbour.cosign(asked, VKEY, 1_800_000_000)
    found, seconds = check_cosignature(note, neighbour.vkey)
    assert (found.size, seconds) == (300, 1_800_000_000)
    with pytest.raises(WitnessRefused):
        neighbour.cosign(asked, VKEY, 1_800_000_001)
    fill(log, 300, 77)
    log.publish()
    grown = witness_request(300, log.consistency(300), log.published.note)
    assert check_cosignature(neighbour.cosign(grown, VKEY, 1_800_000_002), neighbour.vkey)[0].size == 377
    log.close()
    forked = open_log(tmp_path / "forked")
    fill(forked, 0, 376)
    fill(forked, 400, 100)
    forked.publish()
    with pytest.raises(WitnessRefused):
        neighbour.cosign(witness_request(377, forked.consistency(377), forked.published.note), VKEY, 1)
    forked.close()
    again = Witness(tmp_path / "neighbour", b"n" * 32, Disk())
    with pytest.raises(WitnessRefused):
        again.cosign(grown, VKEY, 1_800_000_003)
    with pytest.raises(NoteInvalid):
        again.cosign(grown, Signer(b"m" * 32).vkey, 1)


@needs_aics
def test_an_independent_library_reads_our_cosignature(tmp_path: Path) -> None:
    neighbour = Witness(tmp_path, b"n" * 32, Disk())
    note = neighbour.cosign(witness_request(0, [], Signer(SEED).sign(5, b"r" * 32)), VKEY, 1_800_000_000)
    told = {"vkey": neighbour.vkey, "note": note, "size": 5, "root": (b"r" * 32).hex()}
    assert agrees("cosignature", told)
    assert not agrees("cosignature", told | {"size": 6}), "it would say so"


def test_our_own_checkpoint_cosigned_is_kept_and_exported(tmp_path: Path) -> None:
    neighbour = Witness(tmp_path, b"n" * 32, Disk())

    async def go(journal: ScribeJournal) -> None:
        await answered(journal)
        grown = await journal.consistency(0)
        note = neighbour.cosign(witness_request(0, grown.path, grown.note), VKEY, 1_800_000_000)
        assert await journal.keep_cosigned(note, neighbour.vkey, BY) == (grown.size, 1_800_000_000)
        kept = await journal.cosigned()
        assert (kept.vkey, kept.note) == (neighbour.vkey, note)
        with pytest.raises(NoteInvalid):
            await journal.keep_cosigned(grown.note, neighbour.vkey, BY)
        lines = note.split("\n")
        signed = next(at for at, line in enumerate(lines) if len(line) > 1000)
        for at in (signed, signed + 1):  # our second signature, the one of the neighbour
            changed = lines[at][:-9] + ("A" if lines[at][-9] != "A" else "B") + lines[at][-8:]
            with pytest.raises(NoteInvalid):
                await journal.keep_cosigned("\n".join([*lines[:at], changed, *lines[at + 1 :]]), neighbour.vkey, BY)
        with pytest.raises(NoteInvalid):
            await journal.keep_cosigned(f"{note}{lines[signed]}\n", neighbour.vkey, BY)
        assert (await journal.cosigned()).note == note
        names = [entry.name for entry in (await journal.read(limit=1)).entries]
        assert names == ["checkpoint-cosigned"]
        assert f"witness {neighbour.name} {neighbour.vkey}" in trust_policy(VKEY, [neighbour.vkey])
        newer = await journal.consistency(grown.size)
        later = neighbour.cosign(witness_request(grown.size, newer.path, newer.note), VKEY, 1_800_000_001)
        await journal.keep_cosigned(later, neighbour.vkey, BY)
        with pytest.raises(NoteInvalid, match="newer"):
            await journal.keep_cosigned(note, neighbour.vkey, BY)
        before = neighbour.cosign(witness_request(newer.size, [], newer.note), VKEY, 1_800_000_000)
        with pytest.raises(NoteInvalid, match="newer"):
            await journal.keep_cosigned(before, neighbour.vkey, BY)
        assert (await journal.cosigned()).note == later, "what others answer for does not go back"
        after = neighbour.cosign(witness_request(newer.size, [], newer.note), VKEY, 1_800_000_002)
        await journal.keep_cosigned(after, neighbour.vkey, BY)
        assert (await journal.cosigned()).note == after
        later = after
        for altered in (b"\xff altered", f"{neighbour.vkey}\n{later}".replace("time", "tame").encode()[:-9]):
            (tmp_path / "journal" / "cosigned").write_bytes(altered)
            assert (await journal.cosigned()).note == "", "nobody answers for it"
        await journal.keep_cosigned(note, neighbour.vkey, BY)

    in_a_house(tmp_path / "journal", go)


def test_a_cosignature_on_a_full_disk_takes_from_the_reserve(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written, full = Disk.write_file, [True]

    def write_file(self: Disk, path: Path, data: bytes) -> None:
        if path.suffix == ".seen" and full:
            full.clear()
            raise OSError(errno.ENOSPC, "no space left (injected)")
        written(self, path, data)

    async def go() -> None:
        asked = witness_request(0, [], Signer(b"o" * 32).sign(5, b"r" * 32))
        async with scribe_house.house(tmp_path / "journal", reserve=1 << 20) as it:
            monkeypatch.setattr(Disk, "write_file", write_file)
            assert "/witness " in await it.journal().cosign(asked, Signer(b"o" * 32).vkey, BY)
        assert not full

    scribe_house.run(go())


@needs_openssl
def test_our_own_checkpoint_stamped_is_kept_and_verified_with_the_journal(tmp_path: Path) -> None:
    (tmp_path / "authority").mkdir()
    authority = Authority(tmp_path / "authority", "Horodatage du Canton")

    async def go(journal: ScribeJournal) -> None:
        assert await journal.stamped() == Stamped("", b"")
        await answered(journal)
        note = (await journal.head(fresh=True)).checkpoint
        kept = Stamped(note, authority.stamp(query(note.encode())))
        size, seconds = await journal.keep_stamped(kept, BY)
        assert (size, seconds) == (parse(note)[0].size, int(kept.stamp().moment.timestamp()))
        assert await journal.stamped() == kept
        with pytest.raises(TimestampInvalid):
            await journal.keep_stamped(Stamped(note, authority.stamp(query(b"other"))), BY)
        foreign = Signer(b"o" * 32).sign(1, b"r" * 32)
        with pytest.raises(NoteInvalid):
            await journal.keep_stamped(Stamped(foreign, authority.stamp(query(foreign.encode()))), BY)
        newer = (await journal.head(fresh=True)).checkpoint
        early = Stamped(newer, authority.stamp(query(newer.encode())))
        await asyncio.sleep(1.1)  # an authority tells seconds
        later = Stamped(newer, authority.stamp(query(newer.encode())))
        await journal.keep_stamped(later, BY)
        with pytest.raises(NoteInvalid, match="newer"):
            await journal.keep_stamped(kept, BY)
        assert await journal.stamped() == later
        with pytest.raises(NoteInvalid, match="newer"):
            await journal.keep_stamped(early, BY)
        assert await journal.stamped() == later, "of the same checkpoint, the one that was stamped last"
        for altered in (b"\xff", b"altered\n", later.text(Signer(SEED)).replace("timestamp", "timestamq").encode()):
            (tmp_path / "journal" / "stamped").write_bytes(altered)
            assert await journal.stamped() == Stamped("", b"")
        await journal.keep_stamped(kept, BY)
        forked = Signer(SEED).sign(size, b"r" * 32)
        with pytest.raises(JournalForked):
            await journal.keep_stamped(Stamped(forked, authority.stamp(query(forked.encode()))), BY)
        (entry,) = (await journal.read(limit=1)).entries
        assert entry.name == "checkpoint-stamped" and entry.object.startswith(f"size={size} time={seconds} sha256=")

    in_a_house(tmp_path / "journal", go)
    assert verifier.verify(tmp_path / "journal", VKEY, None)


# -- pruning by the scribe ----------------------------------------------------------------------------------------


def test_a_proof_of_the_walls_is_kept_and_goes_with_the_journal(tmp_path: Path) -> None:
    async def proved(journal: ScribeJournal, verdict: str) -> int:
        begun = await journal.intention(Draft("administration", "walls-proved", chain=f"w-{verdict}"))
        told = json.dumps({"predicate": {"demeure": {"said": verdict}}}).encode()
        return (await journal.close(begun, "done", object=f"{verdict} ladder=A", payload=told)).index

    async def go(journal: ScribeJournal) -> None:
        old = await proved(journal, "open")
        for number in range(600):
            await journal.record(Draft("request", "question-asked", chain=f"c{number}"))
        new, proofs = await proved(journal, "blocked"), Proofs(journal)
        assert [one.verdict for one in await proofs.history(9)] == ["blocked", "open"]
        assert [one.index for one in await proofs.history(1)] == [new]
        assert json.loads(await journal.payload(old)), "its statement is sealed with it"
        await journal.prune("2999-01-01T00:00:00Z", BY)
        assert [one.verdict for one in await proofs.history(9)] == ["blocked"]
        last = await proofs.refresh()
        assert last is not None and last.told == {"said": "blocked"}
        with pytest.raises(EntryPruned):
            await journal.payload(old)

    in_a_house(tmp_path / "journal", go)


def test_only_what_is_due_and_closed_is_pruned(tmp_path: Path) -> None:
    async def go(journal: ScribeJournal) -> None:
        with pytest.raises(PruningRefused):
            await journal.prune("2999-01-01T00:00:00Z", BY)
        for number in range(520):
            await journal.record(Draft("request", "question-asked", chain=f"c{number}"))
        opened = await journal.intention(Draft("answer", "answer-opened", chain="z"))
        await journal.head(fresh=True)
        with pytest.raises(PruningRefused):
            await journal.prune("2000-01-01T00:00:00Z", BY)
        assert await journal.prune("2999-01-01T00:00:00Z", BY) == 512
        await journal.close(opened, "done")
        assert (await journal.read(limit=2)).entries[1].name == "journal-pruned"
        assert (await journal.read(start=511)).entries == []

    in_a_house(tmp_path / "journal", go)
    from demeure.journal import verify

    assert verify.verify(tmp_path / "journal", VKEY, None)["minimum"] == 512
