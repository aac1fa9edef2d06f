"""The end of a contract: everything goes, keys first, a signed report stays; killed at every step, it goes on;
health files of a fleet."""

import hashlib
import json
import os
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from backup_home import WORDS, Home

from demeure.backup.erasing import MARK, Report, erase, held
from demeure.backup.errors import EraseIncomplete
from demeure.cli.health_cmd import FALSE, SIGNED, STRANGER, clean, read
from demeure.cli.main import main
from demeure.journal import attestation
from demeure.journal.checkpoint import Signer

NOW = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)


def names(folder: Path) -> list[str]:
    return [str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()]


def test_nothing_is_left_and_a_signed_report_says_what_was(home: Home, tmp_path: Path) -> None:
    home.instance.close()
    before = held(home.folder)
    kept: list[Report] = []
    made = erase(home.folder, NOW, "Mairie de Valclair", kept.append, lambda _: None)
    assert not home.folder.exists() and kept == [made]
    told = json.loads(made.text)
    assert told["destroyed"] == before["folders"] and told["destroyed"]["keys"]["files"] >= 3
    assert told["journal"]["size"] > 0 and told["recovery_keys_held_by"] == ["Mme Martin", "M. Diallo"]
    assert told["backups_left_elsewhere"][0]["place"] == "coffre" and len(told["not_done"]) == 3
    digest = hashlib.sha512(made.text.encode()).digest()
    assert attestation.holds(made.signature, digest, made.vkey)
    assert not attestation.holds(made.signature, hashlib.sha512(made.text.encode() + b" ").digest(), made.vkey)


@pytest.mark.skipif(
    shutil.which("ssh-keygen") is None, reason="no ssh-keygen here: the report was NOT verified without us"
)
def test_ssh_keygen_alone_verifies_the_report(home: Home, tmp_path: Path) -> None:
    home.instance.close()
    made = erase(home.folder, NOW, "Mairie", lambda _: None, lambda _: None)
    for name, content in made.files().items():
        (tmp_path / name).write_bytes(content)
    command = ["ssh-keygen", "-Y", "verify", "-f", "allowed_signers", "-I", "journal", "-n", attestation.NAMESPACE]
    command += ["-s", "effacement.json.sig"]
    for text, code in ((made.text, 0), (made.text.replace("Mairie", "Autre"), 255)):
        done = subprocess.run(command, input=text.encode(), cwd=tmp_path, capture_output=True, check=False)
        assert done.returncode == code, done.stderr


def test_killed_at_every_step_the_house_key_goes_first_and_a_later_run_ends_it(built: Path, tmp_path: Path) -> None:
    steps: list[str] = []
    rehearsal = tmp_path / "rehearsal"
    shutil.copytree(built, rehearsal)
    whole = held(rehearsal)["folders"]
    erase(rehearsal, NOW, "M", lambda _: None, steps.append)
    assert steps[:3] == ["begun", "house key", "keys"] and steps[-1] == "report"
    for number, stop in enumerate(steps):
        folder = tmp_path / f"house-{number}"
        shutil.copytree(built, folder)
        child = os.fork()
        if child == 0:
            seen = [0]

            def die(_step: str, seen: list[int] = seen, number: int = number) -> None:
                seen[0] += 1
                if seen[0] > number:
                    os.kill(os.getpid(), 9)

            erase(folder, NOW, "M", lambda _: None, die)
            os._exit(1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -9
        left = names(folder)
        if number > 0:
            assert "keys/house.key" not in left, stop
        assert MARK in left and "keys/journal.key" in left
        report = erase(folder, NOW, "M", lambda _: None, lambda _: None)
        assert json.loads(report.text)["destroyed"] == whole, "what it held is told by a later run too"
        assert not folder.exists()


def test_a_report_that_cannot_be_kept_leaves_the_key_that_signs_it(home: Home) -> None:
    home.instance.close()

    def refuse(_made: Report) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        erase(home.folder, NOW, "M", refuse, lambda _: None)
    assert sorted(names(home.folder)) == [MARK, "keys/journal.key"]
    assert erase(home.folder, NOW, "M", lambda _: None, lambda _: None).signature


def test_what_cannot_be_removed_is_named_and_nothing_is_signed(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    home.instance.close()
    monkeypatch.setattr(shutil, "rmtree", lambda *_a, **_k: None)
    with pytest.raises(EraseIncomplete, match="files could not"):
        erase(home.folder, NOW, "M", lambda _: None, lambda _: None)
    assert not (home.folder / "keys" / "house.key").exists()


def test_the_command_wants_the_name_and_a_place_outside(
    home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home.instance.close()

    def demeure(*words: str) -> int:
        with pytest.raises(SystemExit) as ended:
            main(["--instance", str(home.folder), "erase", *words])
        return int(ended.value.code or 0)

    assert demeure("--report", str(home.folder / "in"), "--yes", "Mairie de Valclair") == 2
    assert demeure("--report", str(tmp_path / "report"), "--yes", "Mairie d’ailleurs") == 2
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").write_text("x")
    assert demeure("--report", str(tmp_path / "full"), "--yes", "Mairie de Valclair") == 2
    assert (home.folder / "keys" / "house.key").exists(), "nothing was touched"
    assert demeure("--report", str(tmp_path / "report"), "--yes", "Mairie de Valclair") == 0
    assert not home.folder.exists()
    assert sorted(names(tmp_path / "report")) == ["allowed_signers", "effacement.json", "effacement.json.sig"]
    told = capsys.readouterr().out
    assert WORDS not in told and f"demeure verify {tmp_path / 'report'}" in told and "ssh-keygen -Y verify" in told


def verified(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    with pytest.raises(SystemExit) as ended:
        main(["--language", "en", "verify", *words])
    return int(ended.value.code or 0), capsys.readouterr().out


def test_the_report_is_verified_as_any_other_piece(
    home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home.instance.close()
    made = erase(home.folder, NOW, "Mairie de Valclair", lambda _: None, lambda _: None)
    folder = tmp_path / "report"
    folder.mkdir()
    for name, content in made.files().items():
        (folder / name).write_bytes(content)
    for target in (folder, folder / "effacement.json"):
        code, told = verified(capsys, str(target))
        assert code == 0 and "The report holds: erasure of “Mairie de Valclair”" in told and "on 2026-11-27" in told
        assert made.vkey in told, "a key read from the piece itself proves no origin"
        assert json.loads(made.text)["not_done"][0]["en"] in told
    assert made.vkey not in verified(capsys, str(folder), "--vkey", made.vkey)[1]
    other = Signer(bytes(range(32)), "a.example/journal")
    assert verified(capsys, str(folder), "--vkey", other.vkey)[0] == 1
    (folder / "effacement.json").write_text(made.text.replace("Valclair", "Autreville"))
    code, told = verified(capsys, str(folder))
    assert code == 1 and "effacement.json.sig: the signature does not hold" in told and "holds: " not in told
    (folder / "effacement.json").write_text(made.text)
    (folder / "allowed_signers").write_text(attestation.allowed_signers(other.vkey))
    assert "allowed_signers" in verified(capsys, str(folder))[1]
    (folder / "allowed_signers").unlink()
    assert verified(capsys, str(folder))[0] == 0
    (folder / "effacement.json.sig").unlink()
    code, told = verified(capsys, str(folder))
    assert code == 1 and "effacement.json.sig: missing" in told


@pytest.mark.parametrize(
    "text",
    [
        '{"demeure-erased": 1}', '{"demeure-erased": 1, "house": 3}', '{"demeure-erased": 1, "house": "a+b+c"}',
        '"demeure-erased"', '{"demeure-erased"',
    ],
)  # fmt: skip
def test_a_report_that_no_house_wrote_is_refused_in_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    (tmp_path / "effacement.json").write_text(text)
    (tmp_path / "effacement.json.sig").write_text("x")
    code, told = verified(capsys, str(tmp_path))
    assert code == 1 and told == "FAILED, effacement.json: malformed.\n"


def test_a_signed_report_that_tells_nothing_is_malformed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    signer = Signer(bytes(range(32)), "a.example/journal")
    text = json.dumps({"demeure-erased": 1, "house": signer.vkey, "destroyed": [], "at": 3})
    (tmp_path / "effacement.json").write_text(text)
    digest = hashlib.sha512(text.encode()).digest()
    (tmp_path / "effacement.json.sig").write_text(attestation.sign(signer, digest))
    assert verified(capsys, str(tmp_path)) == (1, "FAILED, effacement.json: malformed.\n")


def health(signer: Signer, **more: object) -> str:
    told = {
        "demeure-health": 1,
        "house": signer.vkey,
        "organisation": "Mairie",
        "version": "1",
        "at": "2026-11-27T09:00",
    }
    text = json.dumps(told | more, sort_keys=True)
    signature = attestation.sign(signer, hashlib.sha512(text.encode()).digest())
    return json.dumps({"health": text, "signature": signature})


def test_a_fleet_is_read_from_signed_files_and_a_false_one_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    signer = Signer(bytes(range(32)), "a.example/journal")
    paths = [tmp_path / name for name in ("good", "touched", "stranger", "noise", "void")]
    paths[0].write_text(
        health(
            signer,
            alerts=[["disk-low", "warn", "x"], ["proof-red", "stop", "y"]],
            disk={"free": 1, "size": 2},
            proof={"standing": "stale"},
            backups={"backup": "late", "drill": "never", "last": {"at": "2026-11-20T02:15"}},
        )
    )
    paths[1].write_text(health(signer).replace("Mairie", "Autre"))
    paths[2].write_text(health(Signer(bytes(32), "b.example/journal"), organisation="\x1b[31mrouge" + "x" * 900))
    paths[3].write_bytes(os.urandom(2000))
    paths[4].write_text("{}")
    states = [read(path, (signer.vkey,))[0] for path in paths]
    assert states == [SIGNED, FALSE, STRANGER, FALSE, FALSE]
    with pytest.raises(SystemExit) as ended:
        main(["health", "show", *map(str, paths), "--vkey", signer.vkey])
    out = capsys.readouterr().out
    assert ended.value.code == 4 and "2 (1!)" in out and "\x1b" not in out and "Autre" not in out
    assert "ancienne ou non" in out and "concluante" in out, "cells are folded"
    assert "EN RETARD" in out and "20/11/2026" in out and "stale" not in out, "words of French"
    assert len(clean("x" * 900)) == 60


@pytest.mark.parametrize(
    "more",
    [
        {"backups": "x"}, {"disk": {"free": "x"}}, {"disk": {"free": 1e400}}, {"alerts": 3}, {"alerts": [1]},
        {"proof": [1]}, {"backups": {"last": 5}}, {"at": {"a": 1}}, {"at": "2026-99-99"}, {"organisation": ["x"]},
    ],
)  # fmt: skip
def test_a_health_file_of_other_shapes_hides_no_other(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], more: dict[str, object]
) -> None:
    """Signed by whoever wrote it: it may hold anything. It ended the command, and no fleet was shown."""
    good, odd = Signer(bytes(range(32)), "a.example/journal"), Signer(bytes(32), "b.example/journal")
    paths = tmp_path / "good", tmp_path / "odd"
    paths[0].write_text(health(good, organisation="Valclair"))
    paths[1].write_text(health(odd, **more))
    with pytest.raises(SystemExit) as ended:
        main(["health", "show", *map(str, paths), "--vkey", good.vkey])
    assert ended.value.code in (0, 4)
    assert "Valclair" in capsys.readouterr().out
