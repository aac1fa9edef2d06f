"""The room that follows directories, without any server: what it asks, what stops it and what does not."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from demeure.clock import iso
from demeure.directories import (
    Answer,
    DirectoryAnswer,
    DirectoryBusy,
    DirectoryDoubtful,
    Following,
    Outside,
    declared_at,
    following,
    keep,
    remove,
)
from demeure.gateway import directory_room
from demeure.gateway.composing import supervising
from demeure.gateway.directory_room import DirectoryRoom
from demeure.gateway.doctor_lines import outside_lines
from demeure.gateway.entrance import Entrance
from demeure.identity import SignInRefused
from demeure.policy import THE_HOUSE, Actor, Role
from demeure.settings import Settings
from demeure.testing.clock import StillClock
from demeure.testing.identity import CHEAP
from demeure.testing.journal import MemoryJournal
from demeure.testing.store import make_instance

FILE = 'route = "far"\nclass = "interne"\nbase = "dc=mairie"\n'
TYPED = "a password of the house"


class Line:
    """Every route is open."""

    def serves(self, _route: str) -> bool:
        return True


@dataclass
class Town:
    room: DirectoryRoom
    entrance: Entrance
    following: Following
    clock: StillClock
    journal: MemoryJournal
    me: Actor
    said: list[Answer] = field(default_factory=list)
    failing: Exception | None = None


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    clock, journal = StillClock(), MemoryJournal()
    instance = make_instance(tmp_path / "data", clock=clock)
    entrance = Entrance(instance.house, clock, Settings(), journal, parameters=CHEAP)
    jean = entrance.people.add("Jean", "jean", Role.ADMINISTRATOR)
    following = Following(instance.house, clock)
    room = DirectoryRoom(tmp_path, following, Line(), journal, clock, entrance.membership.groups)  # type: ignore[arg-type]
    made = Town(room, entrance, following, clock, journal, jean.actor)

    async def read(_one: Any, _asker: Any) -> Answer:
        if made.failing is not None:
            raise made.failing
        return made.said[-1]

    monkeypatch.setattr(room, "_read", read)
    keep(tmp_path, "mairie", FILE)
    yield made
    instance.close()


def people(*keys: str, **more: Any) -> Answer:
    return Answer([Outside(key, f"uid={key}", key, key.title()) for key in keys], **more)


def test_what_is_typed_with_a_login_of_nobody_stays_here(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may be the password of an account of the house, whose login was mistyped."""
    asked = list[tuple[str, str]]()

    async def right(_line: Any, _route: str, _asker: Any, name: str, password: str, _looks: Any) -> Any:
        asked.append((name, password))
        return False, []

    monkeypatch.setattr(directory_room, "password_right", right)
    town.entrance.passwords.outside = town.room

    async def law() -> None:
        with pytest.raises(SignInRefused):
            await town.entrance.reception.sign_in("jaen", TYPED, "203.0.113.7", "")
        await town.entrance.aclose()

    asyncio.run(law())
    assert len(asked) == 1 and TYPED not in asked[0][1] and len(asked[0][1]) == 32


def test_one_directory_that_fails_keeps_no_other_from_being_followed(
    town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(tmp_path, "autre", FILE)
    tried = list[str]()

    async def follow(_actor: Actor, name: str, _closing: int = 0) -> dict[str, Any]:
        tried.append(name)
        raise ValueError("a database that is away")

    monkeypatch.setattr(town.room, "follow", follow)

    async def law() -> None:
        await town.room.due()
        await town.room.due()
        assert tried == ["autre", "mairie"], "not before their time"
        town.clock.forward(minutes=61)
        await town.room.due()
        assert tried == ["autre", "mairie"] * 2

    asyncio.run(law())


def test_a_reading_is_alone_until_it_is_carried_out(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    town.said.append(people("anne"))
    within = list[type[Exception]]()
    whole = DirectoryRoom._facts

    async def facts(self: DirectoryRoom, *args: Any) -> None:
        try:
            await self.follow(town.me, "mairie")
        except DirectoryBusy as problem:
            within.append(type(problem))
        await whole(self, *args)

    monkeypatch.setattr(DirectoryRoom, "_facts", facts)
    asyncio.run(town.room.follow(town.me, "mairie"))
    assert within == [DirectoryBusy]
    assert [outcome for _, outcome, _ in town.following.runs("mairie")] == ["done"], "nothing failed"


def test_who_vanished_of_an_incomplete_reading_is_closed_when_somebody_says_so(town: Town) -> None:
    async def law() -> None:
        town.said.append(people("anne", "bo", "cy"))
        await town.room.follow(town.me, "mairie")
        town.said.append(people("anne", "bo", elsewhere=1))
        seen = await town.room.check(town.me, "mairie")
        assert (seen["held"], seen["whole"], seen["losing"], seen["doubtful"]) == (1, 1, 0, False)
        done = await town.room.follow(THE_HOUSE, "mairie")
        assert done["counts"]["closed"] == 0 and done["kept"] == [{"login": "cy", "why": "unsure"}]
        done = await town.room.follow(THE_HOUSE, "mairie")
        assert done["counts"]["closed"] == 0, "that one was not a good reading to compare with"
        town.said.append(people("anne", elsewhere=1))
        assert (await town.room.follow(town.me, "mairie", 2))["counts"]["closed"] == 2
        town.said += [people(elsewhere=1)] * 2
        with pytest.raises(DirectoryDoubtful) as doubtful:
            await town.room.follow(town.me, "mairie")
        assert "plus personne n’y est trouvé" in doubtful.value.sentence("fr")
        seen = await town.room.check(town.me, "mairie")
        assert seen["doubtful"] and seen["why"] == "plus personne n’y est trouvé", "told before, too"

    asyncio.run(law())


def test_a_new_reference_that_hides_nobody_is_usual_from_then_on(town: Town) -> None:
    """A partition, a child domain: the readings would be unsure for ever, and who leaves would stay."""

    async def law() -> None:
        for elsewhere in (3, 4):
            town.said.append(people("anne", "bo", "cy", elsewhere=elsewhere))
            await town.room.follow(THE_HOUSE, "mairie")
        town.said.append(people("anne", "bo", elsewhere=4))
        assert (await town.room.follow(THE_HOUSE, "mairie"))["counts"]["closed"] == 1
        town.said.append(people("anne", elsewhere=5))
        assert (await town.room.follow(THE_HOUSE, "mairie"))["kept"] == [{"login": "bo", "why": "unsure"}]

    asyncio.run(law())


def test_entries_without_a_key_that_are_nobody_of_ours_are_usual_from_then_on(town: Town) -> None:
    async def law() -> None:
        for _ in range(2):
            town.said.append(people("anne", "bo", "cy", unusable=2, unnamed=frozenset({"dan"})))
            await town.room.follow(THE_HOUSE, "mairie")
        town.said.append(people("anne", "bo", unusable=3, unnamed=frozenset({"dan"})))
        assert (await town.room.follow(THE_HOUSE, "mairie"))["kept"] == [{"login": "cy", "why": "unsure"}]
        town.said.append(people("anne", "bo", unusable=2, unnamed=frozenset({"dan"})))
        assert (await town.room.follow(THE_HOUSE, "mairie"))["counts"]["closed"] == 1

    asyncio.run(law())


def test_a_long_failure_does_not_make_the_usual_references_forgotten(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "RUNS_KEPT", 6)

    async def law() -> None:
        town.said.append(people("anne", "bo", "cy", elsewhere=3))
        await town.room.follow(THE_HOUSE, "mairie")
        town.said.append(people("anne", "bo", elsewhere=4))
        await town.room.follow(THE_HOUSE, "mairie")
        for _ in range(9):
            town.following.ran("mairie", "failed", "{}")
        kept = [outcome for _, outcome, _ in town.following.runs("mairie", 20)]
        assert kept == ["failed"] * 4 + ["done"] * 2
        town.said.append(people("anne", "bo", elsewhere=3))
        assert (await town.room.follow(THE_HOUSE, "mairie"))["counts"]["closed"] == 1

    asyncio.run(law())


def test_it_is_told_since_when_who_is_missing_keeps_their_account(town: Town) -> None:
    async def since() -> str:
        return str((await town.room.listed(town.me))[0]["unsure_since"])

    async def law() -> None:
        town.said.append(people("anne", "bo", "cy"))
        await town.room.follow(THE_HOUSE, "mairie")
        town.said.append(people("anne", "bo", "cy", elsewhere=1))
        await town.room.follow(THE_HOUSE, "mairie")
        assert await since() == "", "nobody is missing"
        began = town.clock.forward(minutes=60) or iso(town.clock.now())
        for _ in range(3):
            town.said.append(people("anne", "bo", elsewhere=2))
            await town.room.follow(THE_HOUSE, "mairie")
            town.following.ran("mairie", "failed", "{}")
            town.clock.forward(minutes=60)
        assert await since() == began
        await town.room.follow(town.me, "mairie", 1)
        assert await since() == ""

    asyncio.run(law())


def test_a_whole_group_that_empties_is_doubtful(town: Town, tmp_path: Path) -> None:
    keep(
        tmp_path,
        "mairie",
        FILE + '[[groups]]\ndn = "cn=u"\nname = "U"\n[[roles]]\ndn = "cn=c"\nrole = "referent"\n',
    )
    many = [f"p{n}" for n in range(20)]

    async def law() -> None:
        every = frozenset(many)
        town.said.append(people(*many, inside={"cn=u": every, "cn=c": every}))
        await town.room.follow(town.me, "mairie")
        town.said.append(people(*many, inside={"cn=u": frozenset(), "cn=c": every}))
        with pytest.raises(DirectoryDoubtful, match="20"):
            await town.room.follow(THE_HOUSE, "mairie")
        town.said.append(people(*many, inside={"cn=u": every, "cn=c": frozenset()}))
        with pytest.raises(DirectoryDoubtful, match="20"):
            await town.room.follow(THE_HOUSE, "mairie")
        assert (await town.room.follow(town.me, "mairie", 20))["counts"]["role"] == 20
        told = [one.object for one in town.journal.entries if one.name == "person-role"]
        assert len(told) == 20 and all(one.endswith(" agent was=referent") for one in told)

    asyncio.run(law())


def test_a_directory_not_read_for_three_turns_is_late(town: Town) -> None:
    async def law() -> None:
        town.said.append(people("anne"))
        await town.room.follow(THE_HOUSE, "mairie")
        assert not (await town.room.listed(town.me))[0]["late"]
        town.clock.forward(minutes=181)
        assert (await town.room.listed(town.me))[0]["late"]

    asyncio.run(law())


def test_one_whose_file_serves_no_more_is_followed_by_nobody_and_told(town: Town, tmp_path: Path) -> None:
    town.clock.moment = declared_at(tmp_path, "mairie")
    assert town.room.unfollowed() == []
    assert [(one["name"], one["ok"]) for one in lines(town)] == [("house-directories", True)]
    (tmp_path / "directories" / "ancien.toml").write_text('base = "')
    assert (town.room.late(), town.room.unfollowed(), alarmed(town)) == ([], ["ancien"], ["ancien"])
    (one,) = lines(town)
    assert (one["name"], one["ok"]) == ("house-directory-ancien", False)
    assert "ancien" in one["fr"] and "ancien" in one["en"]
    town.clock.forward(minutes=181)
    assert [one["name"] for one in lines(town)] == ["house-directory-ancien", "house-directory-mairie"]
    assert town.room.unfollowed() == ["mairie", "ancien"]
    remove(tmp_path, "mairie")
    assert [one["name"] for one in lines(town)] == ["house-directory-ancien"]


def alarmed(town: Town) -> list[str]:
    """What the supervision of a house counts."""
    parts = ["pulse", "queue", "proofs", "backups", "threshold", "safeguards", "ways_out", "supervision"]
    house: Any = SimpleNamespace(directories=town.room, **dict.fromkeys(parts))
    birth: Any = SimpleNamespace(instance=Path("absent"), settings=Settings())
    shelf: Any = SimpleNamespace(states=dict)
    return list(supervising(house, birth, shelf)._sources.directories())


def lines(town: Town) -> list[dict[str, Any]]:
    """What the doctor says of directories."""
    house: Any = SimpleNamespace(directories=town.room, providers=None, hooks=None)
    return outside_lines(house)


def test_one_that_is_not_read_for_three_of_its_turns_is_told(town: Town, tmp_path: Path) -> None:
    town.clock.moment = declared_at(tmp_path, "mairie")  # it was declared now
    assert town.room.late() == []
    town.clock.forward(minutes=3 * 60 + 1)
    assert town.room.late() == ["mairie"], "a route that never opened leaves no trace"
    me, broken = town.me, DirectoryAnswer(directory="mairie", detail="coupé", detail_en="cut")

    async def law() -> None:
        town.said.append(people("anne"))
        await town.room.follow(me, "mairie")
        assert town.room.late() == []
        (row,) = await town.room.listed(me)
        assert row["good"] and not row["late"]
        town.clock.forward(minutes=3 * 60 - 1)
        assert town.room.late() == []
        town.clock.forward(minutes=2)
        assert town.room.late() == ["mairie"]
        town.failing = broken
        with pytest.raises(DirectoryAnswer):
            await town.room.follow(me, "mairie")
        assert town.room.late() == ["mairie"], "a reading that fails is no reading"
        (row,) = await town.room.listed(me)
        assert row["late"] and row["runs"][0]["outcome"] == "failed"
        town.failing = None
        await town.room.follow(me, "mairie")
        assert town.room.late() == []

    asyncio.run(law())
