"""The page Sauvegardes and its line on Souveraineté, by standing; what the control door writes of backups."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from demeure.backup import GOOD, LATE, NEVER, UNDECLARED, Drill, Last, PlaceStanding, Standing
from demeure.backup.plan import Holder, Place, Plan
from demeure.cli.door import Door
from demeure.errors import InputError
from demeure.testing.gateway import FakeRooms

from .conftest import Live
from .test_control import opened

PAGE = "/administration/sauvegardes"
NOW = datetime.now(UTC)
PLAN = Plan((Holder("Mme Martin", "age1xyz", "2026"),), (Place("nas", "/mnt/nas"),))
LAST = Last(12, NOW - timedelta(hours=3), 40, 3_900_000, 48_000)
NAS = PlaceStanding("nas", "/mnt/nas", False, LAST)
DRILL = Drill(2, 12, NOW - timedelta(days=1), True, 7.0)
WHY = (("Cette clé n’ouvre pas.", "This key does not open it."), ("comptes différents", "counts differ"))
FAILED = replace(DRILL, ok=False, failed=("RecoveryKeyWrong", "counts"), why=WHY)
STANDINGS = [
    (Standing(PLAN, GOOD, GOOD, (NAS,), (DRILL,)), ["Sauvegardes à jour", "a réussi", "3,9\u00a0Mo", "il y a 3"]),
    (Standing(PLAN, LATE, LATE, (NAS,), ()), ["Sauvegarde en retard", "Exercice de restauration en retard"]),
    (Standing(PLAN, NEVER, NEVER, (), ()), ["Aucune sauvegarde n’a encore été faite", "rien ne dit que"]),
    (Standing(Plan(), UNDECLARED, UNDECLARED, (), ()), ["demeure backup key create", "Aucun lieu"]),
    (
        Standing(PLAN, GOOD, LATE, (NAS,), (FAILED,)),
        [
            "Échoué",
            "Cette clé n’ouvre pas\u202f; comptes différents</small>",
            '<td class="num">–</td>',
            "Une seule personne",
        ],
    ),
]


@pytest.mark.parametrize(("standing", "told"), STANDINGS)
def test_the_page_and_sovereignty_tell_what_is_late(live: Live, standing: Standing, told: list[str]) -> None:
    live.rooms.standing = standing
    with live.client() as client:
        page, walls = client.get(PAGE).text, client.get("/souverainete").text
        english = client.get(PAGE, headers={"Accept-Language": "en"}).text
    assert [words for words in told if words not in page] == []
    red = standing.backup in (LATE, NEVER) or standing.drill in (LATE, NEVER)
    assert ('data-is="stop"' in page) is red
    assert PAGE in walls and told[0].split("\u00a0")[0][:8] in page
    assert "Sauvegarde" not in english.replace("/administration/sauvegardes", "")


def test_a_rehearsal_is_not_told_as_a_drill(live: Live) -> None:
    live.rooms.standing = Standing(PLAN, GOOD, GOOD, (NAS,), (replace(DRILL, paper=False),))
    with live.client() as client:
        page, walls = client.get(PAGE).text, client.get("/souverainete").text
        english = client.get(PAGE, headers={"Accept-Language": "en"}).text
    assert "Répétition réussie" in page and "exercice de restauration a réussi" not in page + walls
    assert "sans feuille de secours" in page and "sans feuille de secours" in walls
    assert "Rehearsal succeeded" in english and "last restore drill succeeded" not in english


def test_a_first_drill_that_is_not_due_yet_is_no_alarm(live: Live) -> None:
    """Nor is a sheet that nobody tried yet said to be a year late."""
    live.rooms.standing = Standing(PLAN, GOOD, NEVER, (NAS,), (), began=NOW - timedelta(hours=3), drill_early=True)
    with live.client() as client:
        page, walls = client.get(PAGE).text, client.get("/souverainete").text
        english = client.get(PAGE, headers={"Accept-Language": "en"}).text
    assert "pas encore fait" in page and "n’a encore ouvert une sauvegarde" in page and "Depuis un an" not in page
    assert (
        'data-is="stop"' not in page and "pas encore fait" in walls and "No restore drill was made yet" in english
    )
    live.rooms.standing = replace(live.rooms.standing, began=NOW - timedelta(days=400), drill_early=False)
    with live.client() as client:
        page = client.get(PAGE).text
    assert 'data-is="stop"' in page and "Depuis un an" in page


def test_a_place_that_is_late_is_told_on_its_row(live: Live) -> None:
    old = PlaceStanding("coffre", "/mnt/coffre", False, None)
    live.rooms.standing = Standing(PLAN, GOOD, GOOD, (NAS, old), (DRILL,), ("coffre",))
    with live.client() as client:
        page, english = client.get(PAGE).text, client.get(PAGE, headers={"Accept-Language": "en"}).text
    row = next(one for one in page.split("<tr>") if "/mnt/coffre" in one)
    assert "Ce lieu est en retard" in row and page.count("Ce lieu est en retard") == 1
    assert "This place is late" in english and "Sauvegardes à jour" in page


def test_a_disk_that_is_late_is_told_to_be_plugged_in(live: Live) -> None:
    away = PlaceStanding("disque-b", "/media/b", True, replace(LAST, at=NOW - timedelta(days=20)), 15)
    live.rooms.standing = Standing(PLAN, GOOD, GOOD, (NAS, away), (DRILL,), late_disks=("disque-b",))
    with live.client() as client:
        page, english = client.get(PAGE).text, client.get(PAGE, headers={"Accept-Language": "en"}).text
    row = next(one for one in page.split("<tr>") if "/media/b" in one)
    assert "En retard (plus de 15\u00a0jours)\u00a0: branchez ce disque" in row and page.count("branchez") == 1
    assert "plug this disk in" in english


def test_a_backup_is_written_before_it_begins_and_when_it_ends(tmp_path: Path) -> None:
    async def test(door: Door, rooms: FakeRooms) -> None:
        with pytest.raises(InputError):
            await door.call("backup.end", {"outcome": "done"})
        with pytest.raises(InputError):
            await door.call("backup.begin", {"what": "anything"})
        await door.call("backup.begin", {"what": "made", "about": "nas"})
        assert [e.phase for e in rooms.journal.named("backup-made")] == ["intention"]
        await door.call("backup.end", {"outcome": "done", "about": "12 nas sha256=ab"}, b"the page")
        (closing,) = [e for e in rooms.journal.entries if e.name.startswith("backup-made") and e.phase == "closing"]
        assert (closing.outcome, closing.object) == ("done", "12 nas sha256=ab")
        assert await rooms.journal.payload(closing.index) == b"the page"
        await door.call("backup.begin", {"what": "drilled"})
        await door.call("backup.end", {"outcome": "failed", "about": "TargetFull"})
        await door.call("backup.changed", {"what": "holder", "about": "Mme Martin"})
        assert [e.object for e in rooms.journal.named("backup-holder-declared")] == ["Mme Martin"]
        assert (await door.call("status")).data["backups"]["backup"] == "undeclared"

    opened(tmp_path, test)
