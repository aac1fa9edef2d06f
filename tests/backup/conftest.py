"""A small instance with a journal, two documents, two places for backups and two holders of recovery keys."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from backup_home import WORDS, Home

from demeure.backup.plan import Holder, Place, Plan, write_plan
from demeure.backup.recovery import made
from demeure.journal.checkpoint import Signer
from demeure.store import read_journal_key
from demeure.testing.store import make_instance


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    instance = make_instance(tmp_path / "instance")
    folder = instance.folder
    (folder / "demeure.toml").write_text('organisation = "Mairie de Valclair"\n')
    (folder / "journal").mkdir(mode=0o700)
    signer = Signer(read_journal_key(folder), "valclair.example/journal")
    keys = [made(), made()]
    for name in ("coffre", "disque-b"):
        (tmp_path / name).mkdir()
    plan = Plan(
        (Holder("Mme Martin", keys[0].recipient, "2026"), Holder("M. Diallo", keys[1].recipient, "2026")),
        (Place("coffre", str(tmp_path / "coffre")),),
    )
    write_plan(folder, plan)
    made_home = Home(instance, folder, signer, keys, tmp_path / "coffre", plan)
    made_home.write_entries(300)
    made_home.write_document("budget.txt", WORDS.encode())
    made_home.write_document("plan.txt", os.urandom(300_000))
    yield made_home
    instance.close()
