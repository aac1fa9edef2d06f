"""A small instance with a journal, two documents, two places for backups and two holders of recovery keys."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from backup_home import WORDS, Home

from demeure.backup.plan import Holder, Place, Plan, write_plan
from demeure.backup.recovery import made
from demeure.journal.checkpoint import Signer
from demeure.store import read_journal_key
from demeure.testing.store import make_instance, reopen_instance


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The instance, closed: each test has its own copy."""
    folder = tmp_path_factory.mktemp("backup") / "instance"
    instance = make_instance(folder)
    (folder / "demeure.toml").write_text('organisation = "Mairie de Valclair"\n')
    (folder / "journal").mkdir(mode=0o700)
    home = Home(instance, folder, Signer(read_journal_key(folder), "valclair.example/journal"), [], folder, Plan())
    home.write_entries(300)
    home.write_document("budget.txt", WORDS.encode())
    home.write_document("plan.txt", os.urandom(300_000))
    instance.close()
    return folder


@pytest.fixture
def home(built: Path, tmp_path: Path) -> Iterator[Home]:
    folder = tmp_path / "instance"
    shutil.copytree(built, folder)
    for name in ("coffre", "disque-b"):
        (tmp_path / name).mkdir()
    keys = [made(), made()]
    holders = (Holder("Mme Martin", keys[0].recipient, "2026"), Holder("M. Diallo", keys[1].recipient, "2026"))
    plan = Plan(holders, (Place("coffre", str(tmp_path / "coffre")),))
    write_plan(folder, plan)
    signer, instance = Signer(read_journal_key(folder), "valclair.example/journal"), reopen_instance(folder)
    yield Home(instance, folder, signer, keys, tmp_path / "coffre", plan)
    instance.close()
