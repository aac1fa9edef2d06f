"""Wrong passwords: they cost time, more and more, per account and per address; nobody locks the house."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from demeure.identity import Lockout, People, SignInLocked
from demeure.identity.lockout import ACCOUNT, ADDRESS
from demeure.store.tables import failures
from demeure.testing.clock import StillClock
from demeure.testing.store import Instance, make_instance

FAR = "192.0.2.7"
LOOPBACK = "127.0.0.1"


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[Instance]:
    made = make_instance(tmp_path)
    yield made
    made.close()


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
def lockout(instance: Instance, clock: StillClock) -> Lockout:
    return Lockout(instance.house, clock)


def wait(lockout: Lockout, login: str = "anne", address: str = LOOPBACK) -> int:
    """Seconds to wait, 0 when the try is let through (and counted)."""
    try:
        lockout.begin(login, address)
    except SignInLocked as problem:
        return int(str(problem.params["seconds"]))
    return 0


def test_five_tries_then_a_minute_then_twice_as_long_each_time(lockout: Lockout, clock: StillClock) -> None:
    assert [lockout.begin("anne", LOOPBACK).began for _ in range(5)] == [0, 0, 0, 0, 60]
    expected = [1, 2, 4, 8, 16, 32, 64, 120, 120]
    for minutes in expected:
        assert wait(lockout) == 60 * minutes + 1
        with pytest.raises(SignInLocked):
            lockout.check("anne", LOOPBACK)
        clock.forward(minutes=minutes)
        lockout.check("anne", LOOPBACK)
        assert wait(lockout) == 0


def test_in_a_day_an_account_is_tried_a_few_times_only(lockout: Lockout, clock: StillClock) -> None:
    tries = 0
    for _ in range(24 * 60):
        while wait(lockout) == 0:
            tries += 1
        clock.forward(minutes=1)
    assert tries <= 25
    clock.forward(days=1, minutes=1)
    assert [wait(lockout) for _ in range(4)] == [0] * 4, "a day without a try forgets everything"


def test_one_account_however_its_login_is_spelled(lockout: Lockout) -> None:
    for spelled in ("anne", "ANNE", " Anne ", "aNNe", "anne"):
        assert wait(lockout, spelled) == 0
    assert wait(lockout, "AnNe") > 0


def test_each_account_waits_for_itself_and_each_address_for_itself(lockout: Lockout) -> None:
    while wait(lockout, "anne", FAR) == 0:
        pass
    assert wait(lockout, "bruno", FAR) == 0
    assert wait(lockout, "anne", "192.0.2.8") > 0, "the account waits, wherever one comes from"
    for number in range(20):
        wait(lockout, f"invented-{number}", FAR)
    assert wait(lockout, "bruno", FAR) > 0, "this address tried too many"
    assert wait(lockout, "bruno", "192.0.2.9") == 0, "and no other pays for it"
    with pytest.raises(SignInLocked):
        lockout.check("someone-new", FAR)


def test_an_address_of_ipv6_is_a_whole_network(lockout: Lockout) -> None:
    for number in range(ADDRESS.free):
        assert wait(lockout, f"a{number}", f"2001:db8::{number + 1:x}") == 0
    assert wait(lockout, "b", "2001:db8::ffff%eth0") > 0
    assert wait(lockout, "b", "2001:db8:0:1::1") == 0


@pytest.mark.parametrize("address", [LOOPBACK, "::1", "127.9.9.9", "", "?", "testclient"])
def test_what_everybody_shares_is_not_counted(lockout: Lockout, address: str) -> None:
    for number in range(100):
        assert wait(lockout, f"login-{number}", address) == 0


def test_a_right_password_forgives_the_account_and_gives_the_address_its_try_back(
    lockout: Lockout, instance: Instance
) -> None:
    for _ in range(3):
        lockout.begin("anne", FAR)
    tried = lockout.begin("anne", FAR)
    with instance.house.write() as connection:
        lockout.forgive(connection, tried)
    with instance.house.read() as connection:
        left = {row.subject: row.tries for row in connection.execute(failures.select())}
    assert left == {f"address:{FAR}": 3}, "an attacker's own account does not clear what their address tried"


def test_what_is_counted_survives_and_holds_no_login(
    lockout: Lockout, instance: Instance, clock: StillClock
) -> None:
    for _ in range(5):
        lockout.begin("my password, typed in the wrong field", LOOPBACK)
    with pytest.raises(SignInLocked):
        Lockout(instance.house, clock).check("my password, typed in the wrong field", LOOPBACK)
    with instance.house.read() as connection:
        rows = connection.exec_driver_sql("SELECT * FROM failures").all()
    assert "password" not in repr(rows)


def test_invented_logins_do_not_fill_the_disk(
    lockout: Lockout, instance: Instance, clock: StillClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("demeure.identity.lockout.MOST_ROWS", 10)
    for number in range(30):
        clock.forward(seconds=1)
        lockout.begin(f"invented-{number}", LOOPBACK)
    with instance.house.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM failures").scalar_one() == 10
    clock.forward(days=2)
    lockout.begin("later", LOOPBACK)
    with instance.house.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM failures").scalar_one() == 1


def test_a_link_from_the_administrator_opens_a_locked_account(instance: Instance, clock: StillClock) -> None:
    from demeure.identity import Chosen

    people = People(instance.house, clock)
    anne = people.add("Anne", "anne")
    while wait(people.lockout) == 0:
        pass
    people.redeem(people.create_link(anne.id), chosen=Chosen("hash"))
    assert wait(people.lockout) == 0


def test_the_table_says_what_it_means() -> None:
    assert ACCOUNT.wait(4) == timedelta()
    assert ACCOUNT.wait(10_000) == ACCOUNT.longest
    assert ADDRESS.free > ACCOUNT.free
