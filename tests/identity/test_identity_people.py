"""One-time links and sliding sessions: used once, expired, garbage, raced, killed, on a full disk."""

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from demeure.identity import (
    Chosen,
    LinkExpired,
    LinkUnknown,
    LinkUsed,
    LoginTaken,
    Membership,
    People,
    PersonUnknown,
    SpaceUnknown,
    grant_in,
)
from demeure.policy import VISITOR, Right, Role, machine_actor
from demeure.store import Database, DiskFull
from demeure.store.tables import spaces
from demeure.testing.clock import StillClock
from demeure.testing.store import Instance, add_space, make_instance


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[Instance]:
    made = make_instance(tmp_path)
    yield made
    made.close()


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
def people(instance: Instance, clock: StillClock) -> People:
    return People(instance.house, clock)


def test_the_administrator_exists_once(people: People) -> None:
    first = people.ensure_administrator()
    assert people.ensure_administrator() == first
    assert first.role is Role.ADMINISTRATOR
    assert first.actor.administers


def test_only_the_account_of_the_machine_is_set_up_by_its_link(people: People) -> None:
    anne, first = people.add("Anne Petit", "anne"), people.ensure_administrator()
    hers, its = (people.create_link(one.id) for one in (anne, first))
    assert (people.look(hers).first, people.look(its).first) == (False, True)
    people.redeem(hers, chosen=Chosen("hashed", "Autre", "autre"))
    assert people.person(anne.id).name == "Anne Petit"
    people.add("Zoé Blanc", "zoe", Role.ADMINISTRATOR)
    people.change_role(first.id, Role.AGENT)
    assert not people.look(its).first, "no agent is told that the account is the administrator's"


def test_the_first_administrator_manages_what_the_machine_made_before(people: People, instance: Instance) -> None:
    """``make demo``: the sample spaces are made from the terminal, then the one-time link is opened."""
    membership = Membership(instance.house)
    anne = people.add("Anne", "anne")
    add_space(instance.folder, instance.keys, instance.house, "ecole")
    membership.grant("ecole", anne.id, Right.READ)
    first = people.ensure_administrator()
    assert [(p.id, p.right) for p in membership.spaces(first.actor)] == [("mairie", Right.MANAGE)]
    add_space(instance.folder, instance.keys, instance.house, "later")
    people.ensure_administrator()
    assert membership.right(first.actor, "later") is Right.NONE, "only once"


def test_a_link_serves_once_and_opens_a_session(people: People) -> None:
    person = people.ensure_administrator()
    token = people.create_link(person.id, minutes=10)
    session = people.redeem(token)
    assert people.session(session.token) == session.actor == person.actor
    with pytest.raises(LinkUsed):
        people.redeem(token)
    assert people.session(token) is None, "a link is not a session"


def test_a_link_ends_on_time(people: People, clock: StillClock) -> None:
    person = people.ensure_administrator()
    just, late = people.create_link(person.id, minutes=10), people.create_link(person.id, minutes=10)
    clock.forward(minutes=9, seconds=59)
    people.redeem(just)
    clock.forward(seconds=1)
    with pytest.raises(LinkExpired):
        people.redeem(late)


@pytest.mark.parametrize("garbage", ["", "x", "\x00", "é" * 50, "\ud800", "a" * 100_000])
def test_garbage_is_unknown(people: People, garbage: str) -> None:
    people.ensure_administrator()
    with pytest.raises(LinkUnknown):
        people.redeem(garbage)
    assert people.session(garbage) is None
    people.close_session(garbage)


def test_a_link_given_alone_ends_those_that_waited(people: People) -> None:
    boss = people.ensure_administrator().id
    lost, there = people.create_link(boss), people.add("Anne Petit", "anne", Role.AGENT).id
    others = people.create_link(there)
    last = people.create_link(boss, alone=True)
    with pytest.raises(LinkExpired):
        people.redeem(lost)
    assert people.redeem(others).actor.id == there, "somebody else's"
    assert people.redeem(last).actor.id == boss
    with pytest.raises(LinkUsed):
        people.redeem(last)


def test_a_link_for_another_purpose_is_not_a_sign_in(people: People) -> None:
    token = people.create_link(people.ensure_administrator().id, purpose="download")
    with pytest.raises(LinkUnknown):
        people.redeem(token)
    assert people.redeem(token, purpose="download").actor.administers


def test_a_session_lasts_twelve_hours_after_its_last_use(people: People, clock: StillClock) -> None:
    session = people.redeem(people.create_link(people.ensure_administrator().id))
    for _ in range(3):
        clock.forward(hours=11, minutes=59)
        assert people.session(session.token) is not None
    clock.forward(hours=12)
    assert people.session(session.token) is None


def test_a_session_in_constant_use_still_ends(people: People, clock: StillClock) -> None:
    session = people.redeem(people.create_link(people.ensure_administrator().id))
    for _ in range(6 * 24 + 23):
        clock.forward(hours=1)
        assert people.session(session.token) is not None
    clock.forward(minutes=59)
    assert people.session(session.token) is not None
    clock.forward(minutes=1)
    assert people.session(session.token) is None, "seven days after it began"


def test_limits_are_those_of_the_settings_and_count_for_sessions_already_open(
    instance: Instance, people: People, clock: StillClock
) -> None:
    session = people.redeem(people.create_link(people.ensure_administrator().id))
    stricter = People(instance.house, clock, idle_hours=1, hours=2)
    clock.forward(minutes=59)
    assert stricter.session(session.token) is not None  # its end is now an hour from here
    clock.forward(minutes=59)
    assert stricter.session(session.token) is not None
    clock.forward(minutes=3)
    assert stricter.session(session.token) is None, "two hours and one minute after it began"
    short = stricter.redeem(stricter.create_link(stricter.ensure_administrator().id))
    assert short.expires_at == clock.now() + timedelta(hours=1)
    clock.forward(minutes=60)
    assert stricter.session(short.token) is None
    brief = People(instance.house, clock, idle_hours=5, hours=2)
    assert brief.redeem(brief.create_link(brief.ensure_administrator().id)).expires_at == clock.now() + timedelta(
        hours=2
    )


def test_a_closed_session_and_a_closed_account_open_nothing(people: People) -> None:
    anne = people.add("Anne", "anne")
    first, second = (people.redeem(people.create_link(anne.id)) for _ in range(2))
    pending = people.create_link(anne.id)
    people.close_session(first.token)
    people.close_session(first.token)
    assert people.session(first.token) is None
    assert people.session(second.token) is not None
    people.close_account(anne.id)
    assert people.session(second.token) is None
    assert people.find("anne") is None
    with pytest.raises(LinkUnknown):
        people.redeem(pending)
    with pytest.raises(PersonUnknown):
        people.create_link(anne.id)
    with pytest.raises(PersonUnknown):
        people.close_account("nobody")


def test_a_login_belongs_to_one_person(people: People) -> None:
    anne = people.add("Anne", "anne")
    assert people.find("anne") == anne
    with pytest.raises(LoginTaken):
        people.add("Une autre", "anne")
    assert people.find("anne") == anne


def test_only_hashes_are_kept(people: People, instance: Instance) -> None:
    link = people.create_link(people.ensure_administrator().id)
    session = people.redeem(link)
    with instance.house.read() as connection:
        kept = {
            table: connection.exec_driver_sql(f"SELECT * FROM {table}").all() for table in ("links", "sessions")
        }
    assert kept["links"][0][0] == hashlib.sha256(link.encode()).digest()
    assert kept["sessions"][0][0] == hashlib.sha256(session.token.encode()).digest()
    assert link not in repr(kept) and session.token not in repr(kept)


def test_of_ten_who_race_for_a_link_one_enters(people: People) -> None:
    token = people.create_link(people.ensure_administrator().id)
    entered: list[Any] = []
    gate = threading.Barrier(10)

    def race() -> None:
        gate.wait()
        try:
            entered.append(people.redeem(token))
        except LinkUsed as refusal:
            entered.append(refusal)

    threads = [threading.Thread(target=race) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(entered) == 10
    assert sum(isinstance(item, LinkUsed) for item in entered) == 9


def test_on_a_full_disk_a_session_stays_good(people: People, clock: StillClock, monkeypatch: Any) -> None:
    session = people.redeem(people.create_link(people.ensure_administrator().id))
    clock.forward(hours=1)

    @contextmanager
    def full(_self: Database) -> Iterator[None]:
        raise DiskFull(what="house.db")
        yield

    monkeypatch.setattr(Database, "relaxed", full)
    assert people.session(session.token) == session.actor


def test_links_and_sessions_long_over_are_forgotten(people: People, clock: StillClock, instance: Instance) -> None:
    person = people.ensure_administrator()
    people.redeem(people.create_link(person.id))
    clock.forward(days=31)
    people.redeem(people.create_link(person.id))
    with instance.house.read() as connection:
        counts = [
            connection.exec_driver_sql(f"SELECT count(*) FROM {t}").scalar_one() for t in ("links", "sessions")
        ]
    assert counts == [1, 1]


def test_rights_are_given_changed_and_withdrawn(people: People, instance: Instance) -> None:
    add_space(instance.folder, instance.keys, instance.house, "ecole")
    membership, anne = Membership(instance.house), people.add("Anne", "anne")
    assert membership.spaces(anne.actor) == []
    membership.grant("mairie", anne.id, Right.CONTRIBUTE)
    membership.grant("mairie", anne.id, Right.MANAGE)
    membership.grant("ecole", anne.id, Right.READ)
    assert [(p.id, p.right) for p in membership.spaces(anne.actor)] == [("ecole", 1), ("mairie", 3)]
    assert membership.right(anne.actor, "mairie") is Right.MANAGE
    assert membership.lowest(anne.actor, ["mairie", "ecole"]) is Right.READ
    assert membership.lowest(anne.actor, ["mairie", "nowhere"]) is Right.NONE
    assert membership.lowest(anne.actor, []) is Right.NONE
    membership.grant("ecole", anne.id, Right.NONE)
    assert membership.right(anne.actor, "ecole") is Right.NONE


def test_who_sees_which_space(people: People, instance: Instance) -> None:
    membership = Membership(instance.house)
    anne = people.add("Anne", "anne")
    membership.grant("mairie", anne.id, Right.MANAGE)
    administrator = people.ensure_administrator()
    assert membership.spaces(administrator.actor) == [], "administering is not reading"
    assert membership.spaces(VISITOR) == []
    assert membership.spaces(machine_actor(7, 8, "voisin")) == []
    assert [(p.id, p.right) for p in membership.spaces(machine_actor(8, 8, "demeure"))] == [("mairie", 3)]
    with instance.house.write() as connection:
        connection.execute(spaces.update().values(deleting=True))
    assert membership.spaces(machine_actor(8, 8, "demeure")) == []


def test_no_right_in_what_does_not_exist(people: People, instance: Instance) -> None:
    anne = people.add("Anne", "anne")
    for space, person in (("nowhere", anne.id), ("mairie", "nobody")):
        with pytest.raises(SpaceUnknown), instance.house.write() as connection:
            grant_in(connection, space, person, Right.READ)
