"""What is kept, and what is late, by the calendar."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from backup_home import Home

from demeure.backup import GOOD, LATE, NEVER, UNDECLARED, stand
from demeure.backup.manifest import Manifest, number_of
from demeure.backup.pages_kept import bound_drills, bound_made
from demeure.backup.plan import Holder, Place, Plan, read_plan, write_plan
from demeure.backup.retention import kept, remove_old
from demeure.backup.standing import last_at
from demeure.backup.verifying import check
from demeure.cli.doctor_backup import examine_backups
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


def drilled(folder: Path, number: int, at: datetime, ok: bool, *, own: bool = False) -> None:
    told = {"drill": number, "backup": 1, "at": iso(at), "seconds": {"total": 3.0}}
    told |= {"key": "own" if own else "paper", "checks": [{"name": "journal", "ok": ok, "fr": "", "en": ""}]}
    (folder / "backups" / "drills").mkdir(exist_ok=True)
    (folder / "backups" / "drills" / f"{number:06d}.json").write_text(json.dumps(told))


def made(folder: Path, number: int, at: datetime, place: str) -> None:
    told = {"number": number, "at": iso(at), "place": place, "files": 1, "weight": 2, "added": 3, "packs": []}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{number:06d}.json").write_text(json.dumps(told))
    (folder / f"{number:06d}.json.sig").write_text("signed")


def test_a_place_used_long_ago_keeps_its_last_backup_and_is_told_late(tmp_path: Path) -> None:
    places = (Place("nas", "/mnt/nas"), Place("coffre", "/mnt/coffre"), Place("disque", "/media/d", removable=True))
    write_plan(tmp_path, Plan((Holder("A", "age1", "2026"),), places))
    folder = tmp_path / "backups" / "made"
    made(folder, 1, BEGIN, "coffre")
    made(folder, 2, BEGIN, "disque")
    for number in range(3, 103):
        made(folder, number, BEGIN + (number - 3) * DAY, "nas" if number % 2 else "rehearsal")
    found = stand(tmp_path, BEGIN + 99 * DAY, 2, 35)
    assert [place.last and place.last.number for place in found.places] == [101, 1, 2]
    assert (last_at(tmp_path, "coffre"), last_at(tmp_path, "elsewhere")) == (1, 0)
    assert (found.backup, found.late, found.late_disks) == (GOOD, ("coffre",), ("disque",))
    assert found.as_json()["late_places"] == ["coffre"] and found.as_json()["late_disks"] == ["disque"]


def test_a_place_of_any_kind_is_late_after_its_own_days(tmp_path: Path) -> None:
    """A disk in a drawer has its own time: two in turn, one a week, are not late."""
    places = (
        *(Place("nas", "/mnt/nas"), Place("coffre", "route:coffre", days=8)),
        *(Place("un", "/media/un", removable=True), Place("deux", "/media/deux", removable=True, days=40)),
    )
    write_plan(tmp_path, Plan((Holder("A", "age1", "2026"),), places))
    text = (tmp_path / "backups" / "plan" / "plan.json").read_text()
    assert text.count('"days"') == 2 and read_plan(tmp_path).places == places

    def late(after: float) -> tuple[tuple[str, ...], tuple[str, ...]]:
        found = stand(tmp_path, BEGIN + after * DAY, 2, 35)
        return found.late, found.late_disks

    assert late(0) == (("nas", "coffre"), ("un", "deux")), "never is late"
    for number, place in enumerate(places, 1):
        made(tmp_path / "backups" / "made", number, BEGIN, place.name)
    assert late(1.9) == ((), ())
    assert late(2.1) == (("nas",), ())
    assert late(8.1) == (("nas", "coffre"), ())
    assert late(14.9)[1] == () and late(15.1)[1] == ("un",) and late(40.1)[1] == ("un", "deux")
    assert stand(tmp_path, BEGIN + 25 * DAY, 30, 35).late_disks == (), "never before the places that stay"
    write_plan(tmp_path, Plan((), places))
    assert late(40.1) == ((), ()), "no key: nothing is planned yet"


def test_a_disk_just_declared_waits_one_period_from_its_declaration(tmp_path: Path) -> None:
    places = (
        Place("nas", "/mnt/nas", since=iso(BEGIN)),
        Place("un", "/media/un", removable=True, since=iso(BEGIN)),
        Place("sept", "/media/sept", removable=True, days=7, since=iso(BEGIN)),
    )
    write_plan(tmp_path, Plan((Holder("A", "age1", "2026"),), places))
    assert read_plan(tmp_path).places == places
    page = json.loads((tmp_path / "backups" / "plan" / "plan.json").read_text())
    assert all(set(one) <= {"name", "path", "removable", "days"} for one in page["places"]), (
        "read by versions before"
    )

    def late(after: float) -> tuple[tuple[str, ...], tuple[str, ...]]:
        found = stand(tmp_path, BEGIN + after * DAY, 2, 35)
        return found.late, found.late_disks

    assert late(0) == late(6.9) == (("nas",), ()), "a place that stays was to be reached this night"
    assert late(7.1) == (("nas",), ("sept",))
    assert late(15.1) == (("nas",), ("un", "sept"))
    assert late(-1) == (("nas",), ("un", "sept")), "declared by a clock that was ahead"
    made(tmp_path / "backups" / "made", 1, BEGIN + 10 * DAY, "sept")
    assert late(15.1) == (("nas",), ("un",))


def test_the_doctor_says_to_plug_the_disk_in(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    places = (Place("nas", "/mnt/nas"), Place("disque-b", "/media/b", removable=True, days=7))
    write_plan(tmp_path, Plan((Holder("A", "age1", "2026"),), places))
    now = datetime.now(UTC)
    made(tmp_path / "backups" / "made", 1, now - 6 * DAY, "disque-b")
    made(tmp_path / "backups" / "made", 2, now, "nas")
    assert "backup-disk" not in {row[0] for row in examine_backups(tmp_path)}
    made(tmp_path / "backups" / "made", 1, now - 8 * DAY, "disque-b")
    found = {row[0]: row for row in examine_backups(tmp_path)}
    _, ok, fr, en = found["backup-disk"]
    assert not ok and "branchez le disque" in fr and "disque-b" in fr and "7 jours" in fr and "plug it in" in en
    assert found["backup"][1] and "backup-place" not in found


def test_copies_of_pages_are_bounded_and_the_last_of_each_place_stays(tmp_path: Path) -> None:
    made(tmp_path, 1, BEGIN, "coffre")
    for number in range(2, 460):
        made(tmp_path, number, BEGIN, "rehearsal" if number <= 40 else "nas")
    (tmp_path / "000500.json").write_text("{")
    bound_made(tmp_path)
    left = [number_of(path.name) or 0 for path in tmp_path.glob("*.json")]
    assert sorted(left) == [1, *range(29, 41), *range(60, 460), 500]
    assert len(list(tmp_path.glob("*.sig"))) == len(left) - 1


def test_reports_are_bounded_and_the_last_sheet_is_not_forgotten(home: Home) -> None:
    for number in range(1, 450):
        drilled(home.folder, number, BEGIN + number * DAY, ok=number <= 8, own=number != 5)
    folder = home.folder / "backups" / "drills"
    found = stand(home.folder, BEGIN + 449 * DAY, 2, 35)
    assert [one.number for one in found.drills] == [*range(449, 389, -1), 8, 5]
    assert not found.paper_late(BEGIN + 360 * DAY)
    bound_drills(folder)
    left = sorted(number_of(path.name) or 0 for path in folder.glob("*.json"))
    assert left == [5, 8, *range(50, 450)]
    assert stand(home.folder, BEGIN + 449 * DAY, 2, 35).drills == found.drills


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
    assert words(now - 400 * DAY) == (LATE, LATE), "made by a clock that was ahead"


def test_the_doctor_tells_a_rehearsal_as_one_and_days_as_in_each_tongue(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    disk = Place("d", "/media/d", removable=True)
    write_plan(tmp_path, Plan((Holder("A", "age1", "2026"),), (Place("nas", "/mnt/nas"), disk)))
    now = datetime.now(UTC)
    made(tmp_path / "backups" / "made", 1, now, "nas")
    made(tmp_path / "backups" / "made", 2, now - 40 * DAY, "d")
    (tmp_path / "backups" / "drills").mkdir()
    drilled(tmp_path, 1, now, ok=True, own=True)
    rows = {row[0]: row for row in examine_backups(tmp_path)}
    french, english = (" ".join(row[at] for row in rows.values()) for at in (2, 3))
    assert (
        f"Dernière répétition de restauration, par la maison et sans feuille de secours\u00a0: {now:%d/%m/%Y}"
        in (rows["drill"][2])
    )
    assert "exercice de restauration" not in rows["drill"][2] and "rehearsal" in rows["drill"][3]
    assert f"{now:%Y-%m-%d}" not in french and f"{now:%Y-%m-%d}" in english
    assert f"{now - 40 * DAY:%d/%m/%Y}" in rows["backup-disk"][2]
    drilled(tmp_path, 2, now, ok=True)
    assert (
        "Dernier exercice de restauration\u00a0: " in {row[0]: row for row in examine_backups(tmp_path)}["drill"][2]
    )
    told = {"drill": 3, "backup": 1, "at": iso(now), "seconds": {"total": 0.2}, "key": "paper"}
    told["checks"] = [{"name": "RecoveryKeyWrong", "ok": False, "fr": "Cette clé n’ouvre pas.", "en": "Wrong key."}]
    (tmp_path / "backups" / "drills" / "000003.json").write_text(json.dumps(told))
    row = {row[0]: row for row in examine_backups(tmp_path)}["drill"]
    assert row[1] is False and "échoué (Cette clé n’ouvre pas)" in row[2] and "it failed (Wrong key)" in row[3]
    assert "RecoveryKeyWrong" not in row[2] + row[3]


def test_a_young_house_is_told_to_drill_and_is_not_late(tmp_path: Path) -> None:
    """No drill, no sheet tried: a warning until the days are over, counted from the first backup."""
    (tmp_path / "keys").mkdir()
    write_plan(tmp_path, Plan((Holder("A", "age1", iso(BEGIN)),), (Place("nas", "/mnt/nas"),)))
    assert stand(tmp_path, BEGIN + 90 * DAY, 2, 35).drill_early, "nothing to restore yet"
    now = datetime.now(UTC)
    made(tmp_path / "backups" / "made", 1, now, "nas")
    rows = {row[0]: row[1:] for row in examine_backups(tmp_path)}
    assert rows["drill"][0] is None and "pas encore" in rows["drill"][1] and "yet" in rows["drill"][2]
    assert rows["drill-sheet"][0] is None and "an" not in rows["drill-sheet"][1].split()
    assert "yet" in rows["drill-sheet"][2] and "year" not in rows["drill-sheet"][2]
    found = stand(tmp_path, now + 34 * DAY, 2, 35)
    assert (found.drill, found.drill_early) == (NEVER, True)
    assert found.paper_never(now) and not found.paper_late(now)
    found = stand(tmp_path, now + 36 * DAY, 2, 35)
    assert (found.drill, found.drill_early) == (NEVER, False)
    assert found.paper_late(now + 366 * DAY) and not found.paper_never(now + 366 * DAY)
    made(tmp_path / "backups" / "made", 1, now - 40 * DAY, "nas")
    assert {row[0]: row[1] for row in examine_backups(tmp_path)}["drill"] is False
    drilled(tmp_path, 1, now, ok=False)
    assert not stand(tmp_path, now, 2, 35).drill_early


def test_where_the_first_pages_were_taken_away_the_first_key_dates_the_beginning(tmp_path: Path) -> None:
    write_plan(tmp_path, Plan((Holder("A", "age1", iso(BEGIN)),), (Place("nas", "/mnt/nas"),)))
    made(tmp_path / "backups" / "made", 2000, BEGIN + 80 * DAY, "nas")
    found = stand(tmp_path, BEGIN + 81 * DAY, 2, 35)
    assert found.began == BEGIN and not found.drill_early
