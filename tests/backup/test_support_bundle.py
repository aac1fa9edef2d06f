"""The support bundle: not one word of content, a canary in every place where there is one."""

import json
import zipfile
from pathlib import Path

from backup_home import Home
from sqlalchemy import insert

from demeure.backup.plan import Holder, Place, Plan, write_plan
from demeure.cli.doctor_cmd import Check, examine
from demeure.cli.support_bundle import written
from demeure.contractors import bundle
from demeure.store.tables import people
from demeure.supervision import Kept, Supervision
from demeure.testing.clock import StillClock

CANARY = "Zyxoquarnel"
lines_kept = ("KeyError at _given:83 < run:61 < <lambda>:4", "gateway ended, signal 9; restarting")


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
    lines: list[dict[str, object]] = [
        {"event": "request-served", "way": "GET /documents/{document}", "status": 200, "seconds": 0.25},
        {"event": "request-served", "way": f"GET /{CANARY}", "status": 404, "seconds": 0.01},
        {
            "event": "import",
            "file": f"{CANARY} budget",
            "hook": CANARY,
            f"{CANARY} x": 3,
            "code": "DiskFull",
            "raised": True,
        },
        {"said": f"TypeError at {CANARY.lower()} is not a place", "level": "error"},
        {"said": "KeyError at _given:83 < run:61 < <lambda>:4", "level": "error"},
        {"said": "gateway ended, signal 9; restarting", "level": "warning"},
        {"said": f"the share /srv/{CANARY} cannot be read"},
    ]
    (home.folder / "logs").mkdir(exist_ok=True)
    with (home.folder / "logs" / "demeure.jsonl").open("w") as file:
        for line in lines:
            at = {"at": "2026-11-28T07:06:43.129863Z", "role": "gateway", "level": "info", "pid": 4}
            file.write(json.dumps(at | line, separators=(",", ":")) + "\n")
    seen = Supervision(StillClock())
    seen.take({"first_token": 1.5})
    seen.take({"first_token": 0.5})
    (home.folder / "supervision").mkdir(exist_ok=True)
    Kept(home.folder / "supervision").save(seen.as_json() | {CANARY: CANARY})
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
    last = told["logs"]["last"]
    assert [one.get("way") for one in last[:2]] == ["GET /documents/{document}", None]
    assert last[0]["seconds"] == 0.25
    assert (last[2]["code"], last[2]["raised"], "file" in last[2]) == ("DiskFull", True, False)
    assert [one["said"] for one in last[3:]] == ["", lines_kept[0], lines_kept[1], ""]
    assert told["logs"]["lines"]["gateway info request-served"] == 2


def test_what_is_broken_says_its_code_and_the_rest_is_told(home: Home, tmp_path: Path) -> None:
    (home.folder / "keys" / "house.key").unlink()
    told = written(tmp_path / "bundle.zip", home.folder, [])
    assert told["house"] == {"error": "KeyMissing"} and told["machine"]["demeure"]


def test_the_measures_of_the_last_day_are_told_as_numbers() -> None:
    seen = Supervision(StillClock())
    for value in (1.5, 0.5):
        seen.take({"first_token": value})
    told = bundle.metrics(seen)["day"]["first_token"]
    assert told == {"count": 2, "sum": 2.0, "low": 0.5, "high": 1.5, "last": 0.5}
