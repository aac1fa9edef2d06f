"""Keys of applications: the secret is told once, nothing opens longer or wider than its owner."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from demeure.identity import (
    ApplicationKeys,
    KeyInvalid,
    KeyNameTaken,
    KeyUnknown,
    Membership,
    People,
    Person,
    PersonUnknown,
    SpaceUnknown,
)
from demeure.policy import Right, Role
from demeure.policy.scopes import ADD
from demeure.store.tables import application_keys
from demeure.testing.clock import StillClock
from demeure.testing.store import Instance, add_space, make_instance


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[Instance]:
    made = make_instance(tmp_path)
    add_space(made.folder, made.keys, made.house, "ecole")
    yield made
    made.close()


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
def keys(instance: Instance, clock: StillClock) -> ApplicationKeys:
    return ApplicationKeys(instance.house, clock)


@pytest.fixture
def anne(instance: Instance) -> Person:
    return People(instance.house, StillClock()).add("Anne", "anne")


def test_a_key_has_the_rights_of_its_owner_in_its_spaces_and_no_other(
    instance: Instance, keys: ApplicationKeys, anne: Person
) -> None:
    rights = Membership(instance.house)
    rights.grant("mairie", anne.id, Right.CONTRIBUTE)
    rights.grant("ecole", anne.id, Right.CONTRIBUTE)
    made, secret = keys.add("paie", anne.id, [ADD], ["mairie"], 30, "uid:0")
    assert secret.startswith("demeure-") and len(secret) > 40 and made.state == "open"
    held = keys.held(secret)
    assert held is not None and held.actor is not None
    actor = held.actor
    assert (actor.kind, actor.id, actor.behalf) == ("application", "application:paie", anne.id)
    assert [(place.id, place.right) for place in rights.spaces(actor)] == [("mairie", Right.CONTRIBUTE)]
    assert made.shut == ()
    rights.grant("mairie", anne.id, Right.READ)
    assert rights.right(actor, "mairie") is Right.READ, "a right withdrawn is gone at once"
    assert keys.named("paie").shut == ("mairie",), "whoever gives keys is told"
    rights.grant("mairie", anne.id, Right.NONE)
    assert rights.spaces(actor) == []


def test_the_secret_is_kept_nowhere(instance: Instance, keys: ApplicationKeys, anne: Person) -> None:
    _, secret = keys.add("paie", anne.id, [ADD], ["mairie"], 30, "uid:0")
    with instance.house.read() as db:
        row = db.execute(sa.select(application_keys)).one()
    assert secret.removeprefix("demeure-") not in str(tuple(row))
    for wrong in ("", "demeure-", secret[:-1], secret + "x", "\ud800", "0" * 200):
        assert keys.held(wrong) is None


def test_it_ends_when_it_expires_is_withdrawn_or_its_owner_leaves(
    instance: Instance, keys: ApplicationKeys, anne: Person, clock: StillClock
) -> None:
    people = People(instance.house, clock)
    people.add("Boss", "boss", Role.ADMINISTRATOR)
    _, secret = keys.add("paie", anne.id, [ADD], ["mairie"], 30, "uid:0")
    _, other = keys.add("courrier", anne.id, [ADD], ["mairie"], 60, "uid:0")

    def state(shown: str) -> str:
        held = keys.held(shown)
        assert held is not None and (held.actor is not None) is (held.state == "open")
        return held.state

    people.close_account(anne.id)
    assert (state(secret), keys.named("paie").state) == ("closed", "closed")
    people.reopen_account(anne.id)
    assert state(secret) == "open"
    clock.forward(days=31)
    assert (state(secret), state(other)) == ("expired", "open")
    keys.revoke("courrier")
    keys.revoke("courrier")
    assert state(other) == "revoked" and keys.named("courrier").revoked_at is not None
    with pytest.raises(KeyNameTaken):
        keys.add("courrier", anne.id, [ADD], ["mairie"], 30, "uid:0")
    with pytest.raises(KeyUnknown):
        keys.revoke("inconnue")


def test_its_last_use_is_known_to_the_minute(keys: ApplicationKeys, anne: Person, clock: StillClock) -> None:
    _, secret = keys.add("paie", anne.id, [ADD], ["mairie"], 30, "uid:0")
    assert keys.named("paie").used_at is None
    keys.held(secret)
    first = keys.named("paie").used_at
    assert first == clock.now()
    clock.forward(seconds=30)
    keys.held(secret)
    assert keys.named("paie").used_at == first
    clock.forward(seconds=40)
    keys.held(secret)
    assert keys.named("paie").used_at == clock.now()


@pytest.mark.parametrize(
    ("name", "scopes", "spaces", "days", "problem"),
    [
        ("Paie", [ADD], ["mairie"], 30, KeyInvalid),
        ("p", [ADD], ["mairie"], 30, KeyInvalid),
        ("-paie", [ADD], ["mairie"], 30, KeyInvalid),
        ("paie", [ADD], [], 30, KeyInvalid),
        ("paie", [], ["mairie"], 30, KeyInvalid),
        ("paie", ["documents.delete"], ["mairie"], 30, KeyInvalid),
        ("paie", [ADD], ["mairie"], 0, KeyInvalid),
        ("paie", [ADD], ["mairie"], 1101, KeyInvalid),
        ("paie", [ADD], ["mairie", "nulle-part"], 30, SpaceUnknown),
    ],
)
def test_what_a_key_cannot_be(  # type: ignore[no-untyped-def]
    keys: ApplicationKeys, anne: Person, name, scopes, spaces, days, problem
) -> None:
    with pytest.raises(problem):
        keys.add(name, anne.id, scopes, spaces, days, "uid:0")
    assert keys.all() == []


def test_nobody_answers_for_a_key_without_an_account(keys: ApplicationKeys) -> None:
    with pytest.raises(PersonUnknown):
        keys.add("paie", "personne", [ADD], ["mairie"], 30, "uid:0")
