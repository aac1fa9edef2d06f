"""Groups and spaces: the highest right counts, is fresh, and somebody always manages a space."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from demeure.identity import (
    GroupNameTaken,
    Groups,
    GroupUnknown,
    LastAdministrator,
    LastReferent,
    LoginInvalid,
    LoginTaken,
    Membership,
    NameUnusable,
    People,
    PersonUnknown,
    RoleManagesNone,
    SpaceManaged,
    SpaceUnknown,
)
from demeure.policy import Right, Role
from demeure.testing.clock import StillClock
from demeure.testing.store import Instance, add_space, make_instance


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[Instance]:
    made = make_instance(tmp_path)
    add_space(made.folder, made.keys, made.house, "ecole")
    yield made
    made.close()


@pytest.fixture
def people(instance: Instance) -> People:
    return People(instance.house, StillClock())


@pytest.fixture
def groups(instance: Instance) -> Groups:
    return Groups(instance.house, StillClock())


@pytest.fixture
def membership(instance: Instance) -> Membership:
    return Membership(instance.house)


def test_of_a_person_s_and_their_groups_rights_the_highest_counts(
    people: People, groups: Groups, membership: Membership
) -> None:
    anne, bruno = people.add("Anne", "anne"), people.add("Bruno", "bruno")
    readers, writers = groups.add("Lecteurs"), groups.add("Rédacteurs")
    membership.give("mairie", "person", bruno.id, Right.MANAGE)
    membership.give("mairie", "group", readers.id, Right.READ)
    membership.give("mairie", "group", writers.id, Right.CONTRIBUTE)
    assert membership.spaces(anne.actor) == []
    for group, right in ((readers, Right.READ), (writers, Right.CONTRIBUTE)):
        groups.put(group.id, anne.id)
        groups.put(group.id, anne.id)
        assert [(p.id, p.right) for p in membership.spaces(anne.actor)] == [("mairie", right)]
    membership.give("mairie", "person", anne.id, Right.READ)
    assert membership.right(anne.actor, "mairie") is Right.CONTRIBUTE, "the lower one takes nothing away"
    groups.take_out(writers.id, anne.id)
    assert membership.right(anne.actor, "mairie") is Right.READ
    groups.remove(readers.id)
    membership.give("mairie", "person", anne.id, Right.NONE)
    assert membership.spaces(anne.actor) == []
    assert membership.right(bruno.actor, "mairie") is Right.MANAGE


def test_a_space_keeps_someone_who_manages_it(people: People, groups: Groups, membership: Membership) -> None:
    anne, bruno = people.add("Anne", "anne"), people.add("Bruno", "bruno")
    membership.grant("mairie", anne.id, Right.MANAGE)
    for right in (Right.READ, Right.CONTRIBUTE, Right.NONE):
        with pytest.raises(LastReferent):
            membership.give("mairie", "person", anne.id, right)
    assert membership.right(anne.actor, "mairie") is Right.MANAGE, "nothing was changed"
    chiefs = groups.add("Chefs")
    membership.give("mairie", "group", chiefs.id, Right.MANAGE)
    with pytest.raises(LastReferent):
        membership.give("mairie", "person", anne.id, Right.NONE)  # an empty group manages nothing
    groups.put(chiefs.id, bruno.id)
    membership.give("mairie", "person", anne.id, Right.NONE)
    people.close_account(bruno.id)
    assert membership.managers()["mairie"] == ["Chefs"]
    membership.grant("mairie", anne.id, Right.MANAGE)
    with pytest.raises(LastReferent):
        membership.give("mairie", "person", anne.id, Right.READ)  # a closed account manages nothing


def test_a_space_that_nobody_manages_is_opened_and_closed_to_readers(
    people: People, groups: Groups, membership: Membership
) -> None:
    anne, team = people.add("Anne", "anne"), groups.add("Accueil")
    membership.give("mairie", "person", anne.id, Right.CONTRIBUTE)
    membership.give("mairie", "group", team.id, Right.READ)
    membership.give("mairie", "person", anne.id, Right.NONE)
    assert membership.right(anne.actor, "mairie") is Right.NONE and "mairie" in membership.unmanaged()


def test_nobody_is_given_a_right_in_what_does_not_exist(people: People, membership: Membership) -> None:
    anne = people.add("Anne", "anne")
    membership.grant("mairie", anne.id, Right.MANAGE)
    for space, kind, who in (
        ("nulle-part", "person", anne.id),
        ("mairie", "person", "personne"),
        ("mairie", "group", "aucun"),
        ("mairie", "group", anne.id),
    ):
        with pytest.raises(SpaceUnknown):
            membership.give(space, kind, who, Right.MANAGE)


def test_members_are_listed_with_what_each_may_do(people: People, groups: Groups, membership: Membership) -> None:
    anne, group = people.add("Anne", "anne"), groups.add("Voirie")
    membership.grant("mairie", anne.id, Right.MANAGE)
    membership.give("mairie", "group", group.id, Right.READ)
    people.close_account(anne.id)
    assert [(m.kind, m.name, m.right, m.open) for m in membership.members("mairie")] == [
        ("group", "Voirie", Right.READ, True),
        ("person", "Anne", Right.MANAGE, False),
    ]
    assert membership.managers() == {}
    assert membership.all_spaces() == [("ecole", "Ecole"), ("mairie", "Mairie")]


def test_groups_have_one_name_each(people: People, groups: Groups) -> None:
    group = groups.add("  État\u00a0civil ")
    assert group.name == "État civil"
    with pytest.raises(GroupNameTaken):
        groups.add("ÉTAT CIVIL")
    other = groups.add("Voirie")
    with pytest.raises(GroupNameTaken):
        groups.rename(other.id, "état civil")
    groups.rename(group.id, "ÉTAT CIVIL")
    assert [g.name for g in groups.all()] == ["Voirie", "ÉTAT CIVIL"]
    for bad in ("", "   ", "x" * 81, "\x00\x1b"):
        with pytest.raises(NameUnusable):
            groups.add(bad)
    anne = people.add("Anne", "anne")
    groups.put(group.id, anne.id)
    assert [p.name for p in groups.group(group.id)[1]] == ["Anne"]
    for work in (
        lambda: groups.put("aucun", anne.id),
        lambda: groups.rename("aucun", "X"),
        lambda: groups.remove("aucun"),
        lambda: groups.group("aucun"),
    ):
        with pytest.raises(GroupUnknown):
            work()
    with pytest.raises(PersonUnknown):
        groups.put(group.id, "personne")


def test_the_last_administrator_stays(people: People) -> None:
    first = people.ensure_administrator()
    for work in (lambda: people.close_account(first.id), lambda: people.change_role(first.id, Role.AGENT)):
        with pytest.raises(LastAdministrator):
            work()
    second = people.add("Paul", "paul", Role.ADMINISTRATOR)
    people.change_role(first.id, Role.REFERENT)
    with pytest.raises(LastAdministrator):
        people.close_account(second.id)
    people.change_role(first.id, Role.ADMINISTRATOR)
    people.close_account(second.id)
    assert people.person(second.id).open is False
    people.reopen_account(second.id)
    assert people.find("paul") is not None


def test_a_role_changes_at_the_next_request(people: People) -> None:
    anne = people.add("Anne", "anne")
    session = people.redeem(people.create_link(anne.id))
    people.change_role(anne.id, Role.ADMINISTRATOR)
    assert people.session(session.token).administers  # type: ignore[union-attr]


@pytest.mark.parametrize("login", ["", "a", "a b", "-anne", "é!", "x" * 65, "a\x00b", "a/b", "<script>"])
def test_a_login_is_something_one_can_type(people: People, login: str) -> None:
    with pytest.raises(LoginInvalid):
        people.add("Anne", login)


def test_one_login_whatever_the_capitals(people: People) -> None:
    people.add("Anne", " Anne.Martin@Mairie ")
    assert people.find("anne.martin@mairie") is not None
    assert people.find("ANNE.martin@mairie ") is not None
    with pytest.raises(LoginTaken):
        people.add("Une autre", "ANNE.MARTIN@MAIRIE")


def test_a_space_that_nobody_manages_is_given_one_person_and_only_then(
    people: People, groups: Groups, membership: Membership
) -> None:
    """Nobody: no member, accounts that are closed, a group whose people are."""
    anne, bruno, chloe = (people.add(name.title(), name) for name in ("anne", "bruno", "chloe"))
    assert "ecole" in membership.unmanaged()
    team = groups.add("Équipe")
    groups.put(team.id, anne.id)
    membership.give("ecole", "group", team.id, Right.MANAGE)
    assert "ecole" not in membership.unmanaged()
    with pytest.raises(SpaceManaged):
        membership.appoint("ecole", bruno.id)
    people.close_account(anne.id)
    assert "ecole" in membership.unmanaged()
    people.close_account(chloe.id)
    for nobody in (chloe.id, "inconnue"):
        with pytest.raises(PersonUnknown):
            membership.appoint("ecole", nobody)
    with pytest.raises(SpaceUnknown):
        membership.appoint("ailleurs", bruno.id)
    membership.appoint("ecole", bruno.id)
    assert membership.right(bruno.actor, "ecole") is Right.MANAGE and "ecole" not in membership.unmanaged()


def test_who_watches_over_data_manages_no_space(people: People, groups: Groups, membership: Membership) -> None:
    """By name, by a group, by appointment, or from before: the right to manage is never theirs, and a space that
    only they would manage is one that nobody manages."""
    dora, anne, team = people.add("Dora", "dora", Role.DPO), people.add("Anne", "anne"), groups.add("Conseil")
    membership.give("mairie", "person", anne.id, Right.MANAGE)
    for act in (
        lambda: membership.give("mairie", "person", dora.id, Right.MANAGE),
        lambda: membership.appoint("ecole", dora.id),
    ):
        with pytest.raises(RoleManagesNone):
            act()
    membership.give("mairie", "person", dora.id, Right.READ)
    groups.put(team.id, dora.id)
    membership.give("mairie", "group", team.id, Right.MANAGE)
    assert membership.right(dora.actor, "mairie") is Right.CONTRIBUTE
    groups.put(team.id, anne.id)
    assert membership.right(anne.actor, "mairie") is Right.MANAGE
    groups.take_out(team.id, anne.id)
    with pytest.raises(LastReferent):
        membership.give("mairie", "person", anne.id, Right.READ)
    people.change_role(anne.id, Role.DPO)
    assert (
        "mairie" in membership.unmanaged()
        and membership.right(people.person(anne.id).actor, "mairie") is Right.CONTRIBUTE
    )
    people.change_role(anne.id, Role.AGENT)
    assert "mairie" not in membership.unmanaged()
