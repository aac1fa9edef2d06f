"""What is kept, and what is late, by the calendar."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from backup_home import Home

from demeure.backup import GOOD, LATE, NEVER, UNDECLARED, stand
from demeure.backup.manifest import Manifest
from demeure.backup.plan import Place, read_plan, write_plan
from demeure.backup.retention import kept, remove_old
from demeure.backup.verifying import check
from demeure.clock import iso

DAY = timedelta(days=1)
BEGIN = datetime(2026, 1, 1, 2, 15, tzinfo=UTC)


def page(number: int, at: datetime) -> Manifest:
    return Manifest(number, "k", iso(at), "nas", "", 1, 1, 1, 0, "", "", "0")


def test_a_year_of_nights_keeps_the_last_ones_weeks_and_months() -> None:
    pages = [page(n + 1, BEGIN + n * DAY) for n in range(365)]
    found = sorted(kept(pages))
    assert found[-7:] == list(range(359, 366))
    assert len(found) <= 7 + 5 + 12
    months = {datetime.fromisoformat(p.at).month for p in pages if p.number in found}
    assert months == set(range(1, 13))
    assert kept(pages[:3]) == {1, 2, 3}


def test_old_backups_go_and_those_that_stay_are_whole(home: Home) -> None:
    for number in range(3):
        home.write_document(f"n{number}.txt", b"x" * (2000 + number))
        home.create()
    before = len(home.target().names("packs"))
    assert remove_old(home.target(), home.signer.vkey, 1, 1, 1) == [1, 2]
    found = check(home.target(), home.signer.vkey)
    assert found.ok and found.sound == [3]
    assert len(home.target().names("packs")) < before
    assert remove_old(home.target(), home.signer.vkey, 1, 1, 1) == []


def test_a_page_that_cannot_be_read_keeps_every_pack(home: Home) -> None:
    for number in range(3):
        home.write_document(f"n{number}.txt", b"x" * (2000 + number))
        home.create()
    (home.at / "manifests" / "000002.json").write_bytes(b"{}")
    before = home.target().names("packs")
    assert remove_old(home.target(), home.signer.vkey, 1, 1, 1) == []
    assert home.target().names("packs") == before


def drilled(folder: Path, number: int, at: datetime, ok: bool) -> None:
    told = {"drill": number, "backup": 1, "at": iso(at), "seconds": {"total": 3.0}}
    told |= {"checks": [{"name": "journal", "ok": ok, "fr": "", "en": ""}]}
    (folder / "backups" / "drills").mkdir(exist_ok=True)
    (folder / "backups" / "drills" / f"{number:06d}.json").write_text(json.dumps(told))


def test_late_is_told_to_the_day_and_a_failed_drill_at_once(home: Home) -> None:
    now = datetime.now(UTC)

    def words(when: datetime) -> tuple[str, str]:
        found = stand(home.folder, when, 2, 35)
        return found.backup, found.drill

    plan = read_plan(home.folder)
    write_plan(home.folder, replace(plan, places=()))
    assert words(now) == (UNDECLARED, UNDECLARED)
    write_plan(home.folder, replace(plan, places=(Place("coffre", str(home.at)),)))
    assert words(now) == (NEVER, NEVER)
    home.create()
    assert words(now + 1.9 * DAY) == (GOOD, NEVER)
    assert words(now + 2.1 * DAY) == (LATE, NEVER)
    drilled(home.folder, 1, now, ok=True)
    assert words(now + 34 * DAY)[1] == GOOD and words(now + 36 * DAY)[1] == LATE
    drilled(home.folder, 2, now, ok=False)
    assert words(now) == (GOOD, LATE)
