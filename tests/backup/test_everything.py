"""Leaving: everything in open formats, no secret, and a stranger verifies it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from backup_home import WORDS, Home
from sqlalchemy import insert

from demeure.backup import errors
from demeure.backup.everything import export
from demeure.cli.main import main
from demeure.journal import attestation
from demeure.store import read_house_key
from demeure.store.tables import people


def test_everything_leaves_in_clear_but_the_secrets_and_a_stranger_verifies_it(home: Home, tmp_path: Path) -> None:
    gone = home.write_document("lost.txt", b"lost")
    home.instance.blobs.delete(gone)
    with home.instance.house.write() as db:
        row = {"id": "p", "name": "Anne", "login": "anne", "created_at": "2026", "role": "agent"}
        db.execute(insert(people).values(**row, password="$argon2id$secret"))
    (home.folder / "tasks").mkdir()
    (home.folder / "tasks" / "avis.toml").write_text("name = 'avis'\n")
    (home.folder / "backups" / "drills").mkdir(parents=True, exist_ok=True)
    (home.folder / "backups" / "drills" / "x.json").write_text('{"drill": 1}')
    folder = tmp_path / "all"
    key = read_house_key(home.folder)
    left = export(
        home.folder, key, home.signer.vkey, lambda d: attestation.sign(home.signer, d), folder, "2026-11-26"
    )
    assert (left.documents, left.missing, left.entries) == (3, 1, 303)
    (place,) = [p for p in (folder / "documents").iterdir() if p.is_dir()]
    assert (place / "budget.txt").read_text() == WORDS
    listed = {row["id"]: row for row in json.loads((folder / "documents" / "documents.json").read_text())}
    assert listed["lost.txt"]["missing"] == "BlobMissing" and "file" not in listed["lost.txt"]
    (person,) = [json.loads(line) for line in (folder / "house" / "people.jsonl").read_text().splitlines()]
    assert person["name"] == "Anne"
    assert json.loads((folder / "backups" / "drills" / "x.json").read_text()) == {"drill": 1}
    assert (folder / "settings" / "tasks" / "avis.toml").exists() and (
        folder / "settings" / "demeure.toml"
    ).exists()
    whole = b"".join(p.read_bytes() for p in folder.rglob("*") if p.is_file())
    assert b"argon2id" not in whole and key not in whole and not list(folder.rglob("*.key"))
    assert not (folder / "house" / "sessions.jsonl").exists()
    check = ["-Y", "verify", "-f", "allowed_signers", "-I", "journal", "-n", "demeure-attestation"]
    with (folder / "SHA256SUMS").open("rb") as sums:
        command = ["ssh-keygen", *check, "-s", "SHA256SUMS.sig"]
        assert subprocess.run(command, cwd=folder, stdin=sums, capture_output=True, check=False).returncode == 0
    sums_check = ["sha256sum", "--quiet", "-c", "SHA256SUMS"]
    run = subprocess.run(sums_check, cwd=folder, capture_output=True, check=False)
    assert run.returncode == 0, run.stdout
    run = subprocess.run(
        [sys.executable, "-I", "verify.py", "journal", "--vkey", home.signer.vkey],
        cwd=folder,
        capture_output=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout
    with pytest.raises(errors.RestoreOver):
        export(home.folder, key, home.signer.vkey, lambda _: "", folder, "2026-11-26")


@pytest.mark.parametrize("words", [("export", "everything", "--to"), ("backup", "restore")])
def test_nothing_in_clear_is_written_in_the_house_itself(
    home: Home, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    """It would leave with the next backup, or stay when the copy is thought to be elsewhere."""
    before = sorted(home.folder.rglob("*"))
    with pytest.raises(SystemExit) as ended:
        main(["--instance", str(home.folder), *words, str(home.folder / "tout")])
    assert ended.value.code == 2 and "dans le dossier de la maison" in capsys.readouterr().err
    assert sorted(home.folder.rglob("*")) == before


def test_what_is_lacking_or_already_there_is_told_in_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for words, told in ((("everything",), "il manque --to"), (("ID", "--to", str(tmp_path)), f"{tmp_path}")):
        with pytest.raises(SystemExit) as ended:
            main(["--instance", str(tmp_path), "export", *words])
        said = capsys.readouterr().err
        assert ended.value.code and told in said and "rien de tel" not in said
