"""« Annuaires » and the control door, over a real room and database; only the reading is given."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from demeure.cli.door import Door
from demeure.directories import (
    Answer,
    DirectoryDoubtful,
    DirectoryPartial,
    DirectoryUnknown,
    Following,
    Outside,
    keep,
)
from demeure.errors import DemeureError, InputError
from demeure.gateway.directory_room import DirectoryRoom
from demeure.identity import Groups, People
from demeure.policy import Role
from demeure.testing.clock import StillClock
from demeure.testing.gateway import FakeRooms
from demeure.testing.journal import MemoryJournal
from demeure.testing.store import make_instance

from .conftest import TOKEN, Live
from .looking import SHOTS
from .test_browser import browser, page_of
from .test_control import opened

__all__ = ["browser"]
PAGE = "/administration/annuaires"
URBA = "CN=Urbanisme,OU=groupes,DC=mairie,DC=lan"
FILE = f"""
route = "mairie-ad"
class = "interne"
kind = "active-directory"
base = "OU=agents,DC=mairie,DC=lan"
[[groups]]
dn = "{URBA}"
name = "Urbanisme"
[[roles]]
dn = "CN=Chefs,DC=mairie,DC=lan"
role = "referent"
"""


class Line:
    """A route that is open, as the page asks it."""

    def serves(self, route: str) -> bool:
        return route == "mairie-ad"


class Room(DirectoryRoom):
    """``said``: what the directory answers next, or how it fails."""

    said: Any = None

    async def _read(self, one: Any, asker: Any) -> Any:
        assert (one.id, asker.sensitivity) == ("mairie", "interne")
        if isinstance(self.said, DemeureError):
            raise self.said
        return self.said


class Town:
    def __init__(self, folder: Path) -> None:
        self.clock, self.journal = StillClock(), MemoryJournal()
        self.instance = make_instance(folder / "data", clock=self.clock)
        self.people, self.groups = People(self.instance.house, self.clock), Groups(self.instance.house, self.clock)
        self.people.add("Jean", "jean", Role.ADMINISTRATOR)
        following = Following(self.instance.house, self.clock)
        parts: Any = (following, Line(), self.journal, self.clock, lambda _: [])
        self.room = Room(folder, *parts)
        keep(folder, "mairie", FILE)

    def says(self, *logins: str, disabled: tuple[str, ...] = ()) -> None:
        people = [Outside(f"k-{one}", f"CN={one},DC=mairie", one, one.title()) for one in logins]
        inside = {URBA: frozenset(f"k-{one}" for one in logins[:1]), "CN=Chefs,DC=mairie,DC=lan": frozenset[str]()}
        self.room.said = Answer(people, frozenset(f"k-{one}" for one in disabled), inside)


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    made = Town(tmp_path)
    yield made
    made.instance.close()


def test_the_page_shows_what_would_change_and_does_it(town: Town, serve: Callable[..., Live]) -> None:
    live = serve(FakeRooms(), directories=town.room)
    town.says("anne", "bo")
    with live.client() as client:
        page = client.get(PAGE).text
        assert (
            "Jamais lu encore." in page and URBA in page and "La route «\u00a0mairie-ad\u00a0» est ouverte." in page
        )
        seen = client.post(f"{PAGE}/mairie/regarder", data={"token": TOKEN})
        assert seen.status_code == 200 and "2 comptes ajoutés, 1 entrée dans un groupe" in seen.text
        assert len(town.people.everyone()) == 1
        done = client.post(f"{PAGE}/mairie/suivre", data={"token": TOKEN, "close": "0"})
        assert "2 comptes ajoutés" in done.text and len(town.people.everyone()) == 3
        assert "Suivi" in client.get(PAGE).text
        english = client.get(PAGE, headers={"Accept-Language": "en"}).text
        assert "2 accounts added" in english and "ajouté" not in english
        assert client.post(f"{PAGE}/autre/regarder", data={"token": TOKEN}).status_code == 404
        assert client.post(f"{PAGE}/mairie/suivre", data={"token": TOKEN, "close": "-1"}).status_code == 400
        assert client.post(f"{PAGE}/mairie/suivre", data={"close": "0"}).status_code == 403


def test_the_page_asks_before_many_are_closed(town: Town, serve: Callable[..., Live]) -> None:
    live = serve(FakeRooms(), directories=town.room)
    logins = [f"agent{n}" for n in range(20)]
    town.says(*logins)
    with live.client() as client:
        client.post(f"{PAGE}/mairie/suivre", data={"token": TOKEN})
        town.says(*logins[:8], disabled=("agent0",))
        stopped = client.post(f"{PAGE}/mairie/suivre", data={"token": TOKEN})
        assert stopped.status_code == 409 and "13 comptes sur 20" in stopped.text
        assert sum(one.open for one in town.people.everyone()) == 21
        seen = client.post(f"{PAGE}/mairie/regarder", data={"token": TOKEN}).text
        assert 'name="close" value="13"' in seen and "désactivé dans l’annuaire" in seen
        assert client.post(f"{PAGE}/mairie/suivre", data={"token": TOKEN, "close": "13"}).status_code == 200
        assert sum(one.open for one in town.people.everyone()) == 8
        town.room.said = DirectoryPartial(directory="mairie", detail="limite", detail_en="limit")
        failed = client.post(f"{PAGE}/mairie/suivre", data={"token": TOKEN})
        assert failed.status_code == 502 and "qu’une partie de ses personnes" in failed.text
        assert "Pas lu" in client.get(PAGE).text


def test_a_declaration_that_serves_no_more_is_told_beside_the_others(
    town: Town, tmp_path: Path, serve: Callable[..., Live]
) -> None:
    (tmp_path / "directories" / "ancien.toml").write_text(FILE + 'x = "y"\n')
    live = serve(FakeRooms(), directories=town.room)
    town.says("anne")
    with live.client() as client:
        page = client.get(PAGE)
        assert page.status_code == 200 and "«\u00a0ancien\u00a0»" in page.text and 'id="d-mairie"' in page.text
        assert "“ancien”" in client.get(PAGE, headers={"Accept-Language": "en"}).text
        assert client.post(f"{PAGE}/mairie/suivre", data={"token": TOKEN}).status_code == 200


def test_a_house_without_directory_says_how(serve: Callable[..., Live]) -> None:
    live = serve(FakeRooms())
    with live.client() as client:
        assert "demeure directory declare" in client.get(PAGE).text
        assert client.post(f"{PAGE}/mairie/regarder", data={"token": TOKEN}).status_code == 404


async def about_directories(door: Door) -> list[dict[str, Any]]:
    """What the doctor says of them."""
    checks = (await door.call("doctor")).data["checks"]
    return [one for one in checks if one["name"].startswith("house-director")]


def test_the_control_door_has_the_same_words(town: Town, tmp_path: Path) -> None:
    async def test(door: Door, rooms: FakeRooms) -> None:
        town.says("anne")
        assert (await door.call("directory.check", {"directory": "mairie"})).data["counts"]["added"] == 1
        assert (await door.call("directory.sync", {"directory": "mairie"})).data["counts"]["added"] == 1
        (row,) = (await door.call("directory.status", {})).data["directories"]
        assert (row["open"], row["accounts"], row["runs"][0]["outcome"]) == (1, 1, "done")
        (check,) = await about_directories(door)
        assert check["ok"] is True and check["name"] == "house-directories"
        town.clock.forward(minutes=181)
        (check,) = await about_directories(door)
        assert check["ok"] is False and "«\u00a0mairie\u00a0»" in check["fr"] and "“mairie”" in check["en"]
        town.says()
        with pytest.raises(DirectoryDoubtful):
            await door.call("directory.sync", {"directory": "mairie"})
        for args in ({}, {"directory": "mairie", "close": -1}, {"directory": "mairie", "close": True}):
            with pytest.raises(InputError):
                await door.call("directory.sync", args)
        with pytest.raises(DirectoryUnknown):
            await door.call("directory.check", {"directory": "../../etc"})
        with pytest.raises(InputError):
            await door.call("directory.changed", {"directory": "mairie", "act": "released"})
        assert (await door.call("directory.release", {"login": "anne"})).data["released"] == 1
        assert (await door.call("directory.changed", {"directory": "mairie", "act": "removed"})).data[
            "released"
        ] == 0
        assert [e.name for e in town.journal.entries if e.phase != "closing"] == [
            "directory-followed",
            "directory-released",
            "directory-removed",
        ]

    (tmp_path / "control").mkdir()
    opened(tmp_path / "control", test, directories=town.room)


@pytest.mark.parametrize(("size", "theme", "language"), [("desk", "light", "fr"), ("phone", "dark", "en")])
def test_no_accessibility_violation(
    browser: Any, town: Town, serve: Callable[..., Live], size: str, theme: str, language: str
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    live = serve(FakeRooms(), directories=town.room)
    logins = [f"agent{n}" for n in range(20)]
    town.says(*logins)
    with live.client() as client:
        client.post(f"{PAGE}/mairie/suivre", data={"token": TOKEN})
        town.says(*logins[:8], "jean", "nouvelle.personne", disabled=("agent0",))
        client.post(f"{PAGE}/mairie/suivre", data={"token": TOKEN})
    page = page_of(browser, live, size, theme)
    page.context.add_cookies([{"name": "demeure-language", "value": language, "url": live.url}])
    try:
        page.goto(live.url + PAGE)
        for step in ("annuaires", "annuaires-vus"):
            SHOTS.mkdir(parents=True, exist_ok=True)
            page.screenshot(path=SHOTS / f"{step}-{language}-{size}-{theme}.png", full_page=True)
            found = Axe().run(page).response["violations"]
            assert [(v["id"], [n["html"][:120] for n in v["nodes"]]) for v in found] == []
            wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wide <= 0
            if step == "annuaires":
                page.locator("form[action$='/regarder'] button").click()
                page.wait_for_load_state()
    finally:
        page.context.close()
