"""The page Version: what runs, its age, what there is to go back to; what the control door writes of a change."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from demeure.cli.door import Door
from demeure.clock import iso
from demeure.errors import InputError
from demeure.install.points import Point
from demeure.release.standing import Release, note_ready, read, write
from demeure.testing.gateway import FakeRooms

from .conftest import Live
from .test_control import opened

PAGE = "/administration/version"
NOW = datetime.now(UTC)
RELEASES = [
    (None, ["n’a pas été installé par demeure install", "Aucune version d’avant"]),
    (
        Release(
            "0.2.0", "2026-01-01T00:00:00Z", iso(NOW), ready="0.3.0", ready_made=iso(NOW), ready_looked=iso(NOW)
        ),
        ["Un lot vérifié attend", "version 0.3.0"],
    ),
    (Release("0.1.0", "", iso(NOW)), ["Installé depuis les sources", "0.1.0"]),
    (
        Release("0.2.0", iso(NOW - timedelta(days=90)), iso(NOW - timedelta(days=3)), "0.1.0", True),
        [
            "0.2.0",
            "90",
            "La version 0.1.0 est gardée",
            "demeure update --back",
            "<code>demeure update</code>",
            "jusqu’à la mise à jour suivante",
        ],
    ),
    (
        Release("0.1.0", "", iso(NOW), aside=("/var/lib/demeure/data/2",)),
        ["restées de côté", "<code>/var/lib/demeure/data/2</code>"],
    ),
]


@pytest.mark.parametrize(("release", "told"), RELEASES)
def test_the_page_tells_what_runs_and_how_old_it_is(live: Live, release: Release | None, told: list[str]) -> None:
    live.rooms.release = release
    with live.client() as client:
        page = client.get(PAGE).text
        english = client.get(PAGE, headers={"Accept-Language": "en"}).text
    assert [words for words in told if words not in page] == []
    assert "gardée" not in english and "What runs" in english
    assert "<code>demeure update</code>" in page, "the command, not a method of Python"
    assert ("restées de côté" in page) == bool(release and release.aside)


def test_what_an_update_wrote_is_read_and_what_is_damaged_is_nothing(tmp_path: Path) -> None:
    assert read(tmp_path) is None
    (tmp_path / "release").mkdir()
    (tmp_path / "release" / "standing.json").write_text('{"version": "1"}')
    assert read(tmp_path) is None


def test_what_a_former_version_wrote_is_still_read(tmp_path: Path) -> None:
    """It knew nothing of data that lie aside."""
    write(tmp_path, Point(1, "program", "data", version="0.2.0", made=iso(NOW)), None, ("/left",))
    found = read(tmp_path)
    assert found is not None and found.aside == ("/left",)
    page = tmp_path / "release" / "standing.json"
    told = json.loads(page.read_text())
    del told["aside"]
    page.write_text(json.dumps(told))
    assert read(tmp_path) == replace(found, aside=())


def test_a_change_of_version_is_in_the_journal(tmp_path: Path) -> None:
    async def test(door: Door, rooms: FakeRooms) -> None:
        with pytest.raises(InputError):
            await door.call("release.changed", {"what": "anything", "about": "x"})
        await door.call("release.changed", {"what": "updated", "about": "0.1.0 → 0.2.0"})
        assert [e.object for e in rooms.journal.named("version-updated")] == ["0.1.0 → 0.2.0"]

    opened(tmp_path, test)


def test_a_bundle_that_is_ready_is_told_until_it_runs(tmp_path: Path) -> None:
    point = Point(1, "program", "data", version="0.2.0", created="2026-05-01T00:00:00Z", made=iso(NOW))
    write(tmp_path, point, None)
    assert read(tmp_path) == Release("0.2.0", "2026-05-01T00:00:00Z", iso(NOW))
    note_ready(tmp_path, "0.3.0", "2026-06-01T00:00:00Z", iso(NOW))
    found = read(tmp_path)
    assert found is not None and (found.ready, found.ready_made) == ("0.3.0", "2026-06-01T00:00:00Z")
    write(tmp_path, replace(point, version="0.3.0", created="2026-06-01T00:00:00Z"), point)
    after = read(tmp_path)
    assert after is not None and after.version == "0.3.0" and not after.ready, "it runs"
    (tmp_path / "release" / "ready.json").write_text("{")
    assert read(tmp_path) == after
