"""What a directory changes in the house: pure plans, then the same carried out in a real database."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from demeure.directories import Answer, Change, Directory, Following, Known, Outside, Plan, planned, read, told
from demeure.identity import (
    DIRECTORY_PASSWORD,
    PROVIDER_PASSWORD,
    Chosen,
    DirectoryAccount,
    Groups,
    LinkUnknown,
    People,
    Person,
)
from demeure.policy import Role
from demeure.store.account_tables import factors, provider_people
from demeure.store.tables import application_keys
from demeure.store.tables import people as rows
from demeure.testing.clock import StillClock
from demeure.testing.store import Instance, make_instance

URBA, CHIEFS = "cn=urba,ou=g", "cn=chefs,ou=g"
TEXT = f"""
route = "annuaire"
class = "interne"
base = "dc=mairie"
[[groups]]
dn = "{URBA}"
name = "Urbanisme"
"""
ROLES = f"""
[[roles]]
dn = "{CHIEFS}"
role = "referent"
"""
ONE = read("essai", TEXT)


def out(key: str, login: str = "", name: str = "") -> Outside:
    return Outside(key, f"uid={login or key},dc=mairie", login or key, name or (login or key).title())


def answer(
    *people: Outside, disabled: tuple[str, ...] = (), urba: tuple[str, ...] | None = (), **more: object
) -> Answer:
    chiefs = more.get("chiefs", ())
    inside = {URBA: None if urba is None else frozenset(urba)}
    inside |= {CHIEFS: None if chiefs is None else frozenset(chiefs)}  # type: ignore[arg-type]
    return Answer(list(people), frozenset(disabled), inside)


def known(login: str, key: str = "", **more: object) -> Known:
    return replace(Known(f"id-{login}", login, login.title(), "agent", True, key, f"uid={login},dc=mairie"), **more)  # type: ignore[arg-type]


def acts(plan: Plan) -> dict[str, str]:
    return {row["login"]: row["act"] for row in told(plan)["changes"]}


ADMIN = known("jean", role="administrator")


def test_newcomers_are_added_and_the_disabled_are_not() -> None:
    plan = planned(ONE, answer(out("k1", "Anne"), out("k2", "bo"), disabled=("k2",), urba=("k1",)), [ADMIN])
    assert acts(plan) == {"anne": "add"}
    change = plan.changes[0]
    assert change.joins == ("Urbanisme",) and change.role == "agent" and change.opens is True


def test_a_login_of_the_house_is_never_taken() -> None:
    """Whoever writes the directory does not become an account of the house by giving somebody its login."""
    there = [ADMIN, known("anne")]
    plan = planned(ONE, answer(out("k1", "jean"), out("k2", "anne")), there)
    assert not plan.changes and plan.kept == [("jean", "login-taken"), ("anne", "login-taken")]
    plan = planned(replace(ONE, adopt=True), answer(out("k1", "jean"), out("k2", "anne")), there)
    assert acts(plan) == {"anne": "adopt"} and plan.kept == [("jean", "login-taken")], "never an administrator's"
    other = [ADMIN, known("anne", elsewhere=True)]
    assert not planned(replace(ONE, adopt=True), answer(out("k2", "anne")), other).changes


def test_the_disabled_and_the_vanished_are_closed_the_last_administrator_is_not() -> None:
    there = [known("anne", "k1"), known("bo", "k2"), known("chef", "k3", role="administrator")]
    plan = planned(ONE, answer(out("k1", "anne"), disabled=("k1",)), there)
    assert acts(plan) == {"anne": "close", "bo": "close"} and plan.closings == 2
    assert {c.login: c.why for c in plan.changes} == {"anne": "disabled", "bo": "vanished"}
    assert plan.kept == [("chef", "last-administrator")]
    two = [*there, known("chef2", "k4", role="administrator")]
    plan = planned(ONE, answer(out("k1", "anne")), two)
    assert sorted(acts(plan)) in (["bo", "chef"], ["bo", "chef2"]) and len(plan.kept) == 1, "one of the two stays"


def test_who_was_closed_by_hand_stays_closed() -> None:
    there = [ADMIN, known("anne", "k1", open=False), known("bo", "k2", open=False, closed_there=True)]
    plan = planned(ONE, answer(out("k1", "anne"), out("k2", "bo")), there)
    assert acts(plan) == {"bo": "reopen"}


def test_names_logins_and_groups_follow_those_that_were_read() -> None:
    there = [ADMIN, known("anne", "k1", groups=frozenset({"Urbanisme"})), known("bo", "k2")]
    plan = planned(ONE, answer(out("k1", "anne.petit", "Anne Petit"), out("k2", "bo"), urba=("k2",)), there)
    anne, bo = plan.changes
    assert (anne.new_login, anne.name, anne.leaves) == ("anne.petit", "Anne Petit", ("Urbanisme",))
    assert bo.joins == ("Urbanisme",) and not bo.leaves
    unread = planned(ONE, answer(out("k1", "anne"), out("k2", "bo"), urba=None), there)
    assert not any(one.visible for one in unread.changes) and unread.groups_unread == (URBA,)


def test_several_groups_there_may_be_worth_one_here() -> None:
    two = read("essai", TEXT + f'[[groups]]\ndn = "{CHIEFS}"\nname = "Urbanisme"\n')
    there = [ADMIN, known("anne", "k1", groups=frozenset({"Urbanisme"}))]
    assert not planned(two, answer(out("k1", "anne"), chiefs=("k1",)), there).changes, "in the other one still"
    assert not planned(two, answer(out("k1", "anne"), chiefs=None), there).changes, "perhaps in the other one"
    assert planned(two, answer(out("k1", "anne")), there).changes[0].leaves == ("Urbanisme",)


def test_roles_are_the_houses_unless_declared() -> None:
    there = [ADMIN, known("anne", "k1", role="referent"), known("bo", "k2")]
    assert not planned(ONE, answer(out("k1", "anne"), out("k2", "bo")), there).changes
    one = read("essai", TEXT + ROLES)
    plan = planned(one, answer(out("k1", "anne"), out("k2", "bo"), chiefs=("k2",)), there)
    assert {c.login: c.role for c in plan.changes} == {"anne": "agent", "bo": "referent"}
    assert not planned(one, answer(out("k1", "anne"), out("k2", "bo"), chiefs=None), there).changes
    alone = [known("chef", "k1", role="administrator")]
    plan = planned(one, answer(out("k1", "chef")), alone)
    assert not plan.changes and plan.kept == [("chef", "last-administrator")]


def test_logins_that_cannot_serve_are_told() -> None:
    plan = planned(ONE, answer(out("k1", "a b"), out("k2", "anne"), out("k3", "ANNE")), [ADMIN])
    assert acts(plan) == {"anne": "add"}
    assert sorted(why for _, why in plan.kept) == ["login-twice", "login-unusable"]


class House:
    """A real database. ``follow``: plan and carry out, as the room does."""

    def __init__(self, instance: Instance, clock: StillClock) -> None:
        self.database, self.clock = instance.house, clock
        self.people, self.groups = People(instance.house, clock), Groups(instance.house, clock)
        self.following = Following(instance.house, clock)
        self.jean = self.people.add("Jean", "jean", Role.ADMINISTRATOR)

    def follow(self, said: Answer, one: Directory = ONE) -> Plan:
        plan = planned(one, said, self.following.accounts(one))
        assert self.following.carry_out(one, plan) == []
        return plan

    def named(self, login: str) -> Person:
        return next(person for person in self.people.everyone() if person.login == login)

    def inside(self, name: str) -> list[str]:
        found = next(group.id for group in self.groups.all() if group.name == name)
        return sorted(person.login for person in self.groups.group(found)[1])


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    clock = StillClock()
    instance = make_instance(tmp_path, clock=clock)
    yield House(instance, clock)
    instance.close()


def test_what_was_planned_is_what_is_done_and_done_once(house: House) -> None:
    said = answer(*(out(f"k{n}", f"agent{n}") for n in range(600)), urba=("k1", "k2"))
    assert len(house.follow(said).changes) == 600
    assert len(house.people.everyone()) == 601 and house.inside("Urbanisme") == ["agent1", "agent2"]
    assert house.follow(said).changes == [], "the second reading changes nothing"
    assert house.following.numbers("essai") == (600, 600)
    anne = house.named("agent1")
    assert anne.has_password and house.people.kept_password("agent1")[1] == DIRECTORY_PASSWORD + "essai"


def test_a_reading_that_was_stopped_in_the_middle_is_finished_by_the_next(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each transaction is whole; nobody is made twice, nobody is left without groups."""
    said = answer(*(out(f"k{n}", f"agent{n}") for n in range(600)), urba=tuple(f"k{n}" for n in range(600)))
    whole, done = Following._batch, list[int]()

    def stopped(self: Following, *args: object) -> list[tuple[str, str]]:
        if len(done) == 2:
            raise KeyboardInterrupt
        done.append(1)
        return whole(self, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(Following, "_batch", stopped)
    with pytest.raises(KeyboardInterrupt):
        house.follow(said)
    assert len(house.people.everyone()) == 501 and len(house.inside("Urbanisme")) == 500
    monkeypatch.undo()
    assert len(house.follow(said).changes) == 100
    assert len(house.inside("Urbanisme")) == 600 and house.follow(said).changes == []


def test_a_closed_account_loses_its_sessions_and_comes_back(house: House) -> None:
    house.follow(answer(out("k1", "anne"), out("k2", "bo")))
    anne = house.named("anne")
    tried = house.people.lockout.begin("anne", "203.0.113.9")
    session = house.people.open_session(anne, tried)
    assert house.people.session(session.token) is not None
    house.follow(answer(out("k1", "anne"), out("k2", "bo"), disabled=("k1",)))
    assert house.people.session(session.token) is None and not house.named("anne").open
    house.follow(answer(out("k1", "anne"), out("k2", "bo")))
    assert house.named("anne").open and house.people.session(session.token) is None


def test_its_password_is_the_directorys_and_no_link_replaces_it(house: House) -> None:
    house.follow(answer(out("k1", "anne")))
    anne = house.named("anne")
    for act in (lambda: house.people.create_link(anne.id), lambda: house.people.keep_password(anne.id, "x")):
        with pytest.raises(DirectoryAccount):
            act()
    assert house.following.release("essai", "anne") == [anne.id]
    assert not house.named("anne").has_password and house.people.create_link(anne.id)
    assert house.follow(answer(out("k1", "anne"))).kept == [("anne", "login-taken")]


def test_an_adopted_account_forgets_its_password_links_and_sessions(house: House) -> None:
    anne = house.people.add("Anne", "anne")
    link = house.people.create_link(anne.id)
    session = house.people.open_session(anne, house.people.lockout.begin("anne", ""))
    house.follow(answer(out("k1", "anne")), replace(ONE, adopt=True))
    assert house.people.session(session.token) is None
    with pytest.raises(LinkUnknown):
        house.people.look(link)
    assert house.people.kept_password("anne")[1] == DIRECTORY_PASSWORD + "essai"


def test_a_link_of_before_gives_no_password_of_its_own(house: House) -> None:
    apart = replace(ONE, sign_in=False)
    house.follow(answer(out("k1", "anne")), apart)
    link = house.people.create_link(house.named("anne").id)
    house.follow(answer(out("k1", "anne")))
    with pytest.raises(DirectoryAccount):
        house.people.redeem(link, chosen=Chosen("hashed", "Anne", "anne"))
    assert house.people.kept_password("anne")[1] == DIRECTORY_PASSWORD + "essai"


def test_without_signing_in_by_it_the_house_keeps_passwords(house: House) -> None:
    apart = replace(ONE, sign_in=False)
    house.follow(answer(out("k1", "anne")), apart)
    anne = house.named("anne")
    assert not anne.has_password and house.people.create_link(anne.id)
    house.people.keep_password(anne.id, "hashed")
    house.follow(answer(out("k1", "anne")), apart)
    assert house.people.kept_password("anne")[1] == "hashed"
    house.follow(answer(out("k1", "anne")))
    assert house.people.kept_password("anne")[1] == DIRECTORY_PASSWORD + "essai", "declared again: it is theirs now"
    house.follow(answer(out("k1", "anne")), apart)
    assert house.people.kept_password("anne")[1] is None


def test_a_login_given_meanwhile_and_a_last_administrator_are_kept(house: House) -> None:
    plan = planned(ONE, answer(out("k1", "anne"), out("k2", "bo")), house.following.accounts(ONE))
    house.people.add("Anne", "anne")
    assert house.following.carry_out(ONE, plan) == [("anne", "login-taken")]
    assert house.named("bo").open
    bo = house.named("bo")
    house.people.change_role(bo.id, Role.ADMINISTRATOR)
    plan = planned(ONE, answer(), house.following.accounts(ONE))
    assert plan.closings == 1
    house.people.close_account(house.jean.id)
    assert house.following.carry_out(ONE, plan) == [("bo", "last-administrator")] and house.named("bo").open


def test_who_is_erased_leaves_nothing_of_the_directory(house: House) -> None:
    house.follow(answer(out("k1", "anne")))
    anne = house.named("anne")
    house.people.anonymise(anne.id)
    assert house.following.numbers("essai") == (0, 0)
    with house.database.read() as db:
        kept = db.execute(sa.select(rows).where(rows.c.id == anne.id)).first()
    assert kept is not None and kept.password is None and kept.disabled


def test_readings_are_kept_and_old_ones_go(house: House) -> None:
    for number in range(205):
        house.following.ran("essai", "done", f'{{"n": {number}}}')
    house.following.ran("autre", "failed", "{}")
    runs = house.following.runs("essai", 500)
    assert len(runs) == 200 and runs[0][2] == '{"n": 204}' and house.following.runs("autre")[0][1] == "failed"


def test_a_change_of_place_there_is_not_shown(house: House) -> None:
    house.follow(answer(out("k1", "anne")))
    moved = replace(out("k1", "anne"), dn="uid=anne,ou=voirie,dc=mairie")
    plan = house.follow(answer(moved))
    assert [one.dn for one in plan.changes] == [moved.dn] and not told(plan)["changes"]
    assert house.following.name_of("essai", house.named("anne").id) == moved.dn
    assert Change("k", "l").visible is False


def test_an_incomplete_reading_closes_nobody_for_not_being_in_it() -> None:
    """A reference that was not followed, or an entry without a key, may be the one that is missing."""
    there = [ADMIN, known("anne", "k1"), known("bo", "k2"), known("cy", "k3")]
    said = replace(answer(out("k1", "anne"), out("k3", "cy"), disabled=("k3",)), elsewhere=1)
    plan = planned(ONE, said, there)
    assert plan.unsure and plan.losing == 2 and acts(plan) == {"bo": "close", "cy": "close"}
    careful = plan.careful()
    assert acts(careful) == {"cy": "close"} and careful.kept == [("bo", "unsure")], "who is disabled is read"
    assert not planned(ONE, said, there, usual=1).unsure, "as many as at the last good reading"
    assert planned(ONE, replace(answer(out("k1", "anne")), unusable=1), there).unsure
    named = replace(answer(out("k1", "anne")), unusable=1, unnamed=frozenset({"k2"}))
    plan = planned(ONE, named, there)
    assert not plan.unsure and acts(plan) == {"cy": "close"}, "its key says whose entry it is"
    gone = replace(named, disabled=frozenset({"k2"}))
    assert {one.login: one.why for one in planned(ONE, gone, there).changes} == {"bo": "disabled", "cy": "vanished"}


def test_exits_and_falls_count_with_the_closings() -> None:
    one = read("essai", TEXT + ROLES)
    there = [ADMIN, known("anne", "k1", role="referent"), known("bo", "k2", groups=frozenset({"Urbanisme"}))]
    there += [known("cy", "k3", role="referent", groups=frozenset({"Urbanisme"})), known("di", "k4")]
    said = answer(out("k1", "anne"), out("k2", "bo"), out("k3", "cy"), out("k4", "di"), chiefs=("k4",))
    plan = planned(one, said, there)
    assert plan.losing == 3 and plan.closings == 0, "whoever rises loses nothing"
    assert {c.login: (c.was, c.role) for c in plan.changes if c.role} == {
        "anne": ("referent", "agent"),
        "cy": ("referent", "agent"),
        "di": ("agent", "referent"),
    }


@pytest.mark.parametrize("role", ["administrator", "dpo", "auditor"])
def test_accounts_that_watch_over_the_house_are_never_adopted(role: str) -> None:
    there = [ADMIN, known("anne", role=role)]
    assert planned(replace(ONE, adopt=True), answer(out("k1", "anne")), there).kept == [("anne", "login-taken")]


def test_an_account_that_a_provider_made_is_never_adopted(house: House) -> None:
    """Whoever came first by a provider with somebody's login does not stay in their account."""
    linked, marked = house.people.add("Anne", "anne"), house.people.add("Bo", "bo")
    with house.database.write() as db:
        row = {"provider": "pro", "subject": "s", "person": linked.id, "at": "2026-01-01T00:00:00+00:00"}
        db.execute(provider_people.insert().values(**row))
        db.execute(sa.update(rows).where(rows.c.id == marked.id).values(password=PROVIDER_PASSWORD + "pro"))
    plan = house.follow(answer(out("k1", "anne"), out("k2", "bo")), replace(ONE, adopt=True))
    assert not plan.changes and sorted(plan.kept) == [("anne", "login-taken"), ("bo", "login-taken")]


def test_an_adopted_account_keeps_no_proof_and_no_key_of_before(house: House) -> None:
    anne = house.people.add("Anne", "anne")
    later = "2030-01-01T00:00:00+00:00"
    with house.database.write() as db:
        first = {"id": "f", "person": anne.id, "kind": "totp", "name": "T", "secret": b"x", "ready": True}
        db.execute(factors.insert().values(**first, created_at=later))
        key = {"name": "k", "hash": b"h", "owner": anne.id, "scopes": [], "spaces": [], "created_by": anne.id}
        db.execute(application_keys.insert().values(**key, created_at=later, expires_at=later))
    house.follow(answer(out("k1", "anne")), replace(ONE, adopt=True))
    with house.database.read() as db:
        assert db.execute(sa.select(factors)).first() is None
        assert db.execute(sa.select(application_keys.c.revoked_at)).scalar() is not None


def test_what_a_person_closes_no_reading_reopens(house: House) -> None:
    """Even an account that the directory had closed before, then somebody reopened."""
    house.follow(answer(out("k1", "anne"), disabled=()))
    house.follow(answer(out("k1", "anne"), disabled=("k1",)))
    anne = house.named("anne")
    house.people.reopen_account(anne.id)
    house.people.close_account(anne.id)
    house.follow(answer(out("k1", "anne")))
    assert not house.named("anne").open
    house.people.reopen_account(anne.id)
    house.follow(answer(out("k1", "anne"), disabled=("k1",)))
    house.people.close_account(anne.id)
    house.follow(answer(out("k1", "anne")))
    assert not house.named("anne").open, "closed by hand on top of it"
