"""Killed at every point, a link is used and its password kept and the session begun, or none of it."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "store"))
from death import every_point

from demeure.identity import Chosen, People, SignInLocked
from demeure.store import Keys, keys_folder, open_house, read_house_key
from demeure.testing.clock import StillClock
from demeure.testing.store import make_instance

LINK = "un-lien-connu-d-avance"


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    instance = make_instance(tmp_path / "instance")
    instance.close()
    yield instance.folder


def opened(folder: Path, clock: StillClock) -> tuple[Any, People]:
    database = open_house(folder, Keys(read_house_key(folder), keys_folder(folder)))
    return database, People(database, clock)


def state(folder: Path) -> tuple[Any, ...]:
    database, _ = opened(folder, StillClock())
    with database.read() as connection:
        ask = connection.exec_driver_sql
        found = (
            ask("SELECT count(*) FROM links WHERE used_at IS NOT NULL").scalar_one(),
            ask("SELECT name, login, password FROM people").one(),
            ask("SELECT count(*) FROM sessions").scalar_one(),
        )
    database.close()
    return found


def test_a_set_up_is_whole_or_has_not_begun(folder: Path) -> None:
    clock, tokens = StillClock(), []

    def prepare() -> None:
        database, people = opened(folder, clock)
        with database.write() as connection:
            for table in ("sessions", "links", "people"):
                connection.exec_driver_sql(f"DELETE FROM {table}")
        tokens.append(people.create_link(people.ensure_administrator().id))
        database.close()

    def work() -> None:
        database, people = opened(folder, clock)
        people.redeem(tokens[-1], chosen=Chosen("hash", "Claire", "claire"))
        people.everyone()  # one more point, after the commit
        database.close()

    before, after = (0, ("Administrateur", "administrateur", None), 0), (1, ("Claire", "claire", "hash"), 1)
    seen = set()
    for _point in every_point(work, prepare):
        found = state(folder)
        assert found in (before, after), found
        seen.add(found[0])
        if found == before:
            work()
            assert state(folder) == after, "the same link still opens"
    assert seen == {0, 1}


def test_a_reset_ends_the_old_sessions_with_the_old_password_or_not_at_all(folder: Path) -> None:
    clock, tokens = StillClock(), []

    def prepare() -> None:
        database, people = opened(folder, clock)
        with database.write() as connection:
            for table in ("sessions", "links", "people", "failures"):
                connection.exec_driver_sql(f"DELETE FROM {table}")
        anne = people.ensure_administrator("Anne", "anne")
        people.redeem(people.create_link(anne.id), chosen=Chosen("old", "Anne", "anne"))
        people.redeem(people.create_link(anne.id))
        tokens.append(people.create_link(anne.id))
        database.close()

    def work() -> None:
        database, people = opened(folder, clock)
        people.redeem(tokens[-1], chosen=Chosen("new"))
        database.close()

    for _point in every_point(work, prepare):
        used, person, sessions = state(folder)
        assert (used, person, sessions) in ((2, ("Anne", "anne", "old"), 2), (3, ("Anne", "anne", "new"), 1))


def test_dying_after_a_try_does_not_give_it_back(folder: Path) -> None:
    """A try is counted before the password is looked at: whoever can make the house die gains no further try."""
    clock = StillClock()

    def prepare() -> None:
        database, people = opened(folder, clock)
        with database.write() as connection:
            connection.exec_driver_sql("DELETE FROM failures")
        for _ in range(4):
            people.lockout.begin("anne", "192.0.2.7")
        database.close()

    def work() -> None:
        database, people = opened(folder, clock)
        people.lockout.begin("anne", "192.0.2.7")
        people.everyone()  # one more point, after the commit
        database.close()

    last = 0
    for _point in every_point(work, prepare):
        database, people = opened(folder, clock)
        with database.read() as connection:
            tries = set(connection.exec_driver_sql("SELECT tries FROM failures").scalars())
        assert tries in ({4}, {5}), "the account and its address together"
        if tries == {5}:
            last += 1
            with pytest.raises(SignInLocked):
                people.lockout.check("anne", "192.0.2.7")
        database.close()
    assert last, "some death came after the commit"
