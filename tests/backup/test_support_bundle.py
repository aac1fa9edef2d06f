"""The support bundle: not one word of content, a canary in every place where there is one."""

import json
import zipfile
from pathlib import Path

from backup_home import Home
from sqlalchemy import insert

from demeure.backup.plan import Holder, Place, Plan, write_plan
from demeure.cli.doctor_cmd import Check, examine
from demeure.cli.support_bundle import written
from demeure.store.tables import people

CANARY = "Zyxoquarnel"


def planted(home: Home) -> None:
    (home.folder / "demeure.toml").write_text(f'organisation = "{CANARY}"\nhosted_by = "{CANARY}"\nport = 8421\n')
    home.write_document(f"{CANARY}.txt", f"{CANARY} dans le texte".encode())
    with home.instance.house.write() as db:
        db.exec_driver_sql("UPDATE spaces SET name = ?", (CANARY,))
        db.exec_driver_sql(
            "UPDATE documents SET reason = ?, format = ?", (json.dumps({"code": f"{CANARY} x"}), "a b")
        )
        row = {"id": "p", "name": CANARY, "login": CANARY.lower(), "created_at": "2026", "role": "agent"}
        db.execute(insert(people).values(**row))
    write_plan(home.folder, Plan((Holder(CANARY, "age1", "2026"),), (Place("nas", f"/{CANARY}"),)))


def test_no_word_of_content_is_in_it_and_what_helps_is(home: Home, tmp_path: Path) -> None:
    planted(home)
    checks = [
        *examine(home.folder),
        Check(f"{CANARY} !", False, CANARY, CANARY),
        Check("house", True, CANARY, CANARY),
    ]
    told = written(tmp_path / "bundle.zip", home.folder, checks)
    with zipfile.ZipFile(tmp_path / "bundle.zip") as archive:
        whole = b"".join(name.encode() + archive.read(name) for name in archive.namelist())
    assert CANARY.casefold().encode() not in whole.lower()
    assert str(home.folder).encode() not in whole and str(tmp_path).encode() not in whole
    assert told["house"]["documents_by_state"] == {"ready": 3}
    assert told["house"]["people_by_role"] == {"agent": 1}
    assert told["settings"]["port"] == 8421 and told["settings"]["organisation"] == {"default": False}
    assert told["journal"] == {"size": 300, "more": 3, "open": told["journal"]["open"]}
    assert told["packages"]["cryptography"] and told["backups"]["backup"] == "never"
    assert [name for name, part in told.items() if "error" in part] == []


def test_what_is_broken_says_its_code_and_the_rest_is_told(home: Home, tmp_path: Path) -> None:
    (home.folder / "keys" / "house.key").unlink()
    told = written(tmp_path / "bundle.zip", home.folder, [])
    assert told["house"] == {"error": "KeyMissing"} and told["machine"]["demeure"]
