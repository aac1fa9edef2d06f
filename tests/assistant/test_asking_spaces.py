"""A rule about a class holds for each space that is asked: a higher one beside it opens nothing, nor closes all."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from demeure.assistant import Closed, Sources, Started
from demeure.identity import Membership
from demeure.library.errors import SpaceShut
from demeure.policy import (
    Denied,
    Force,
    Resource,
    Right,
    decide,
    default_policy_text,
    in_force,
    put_in_force,
    read_policy,
)
from demeure.policy.decision import Action
from demeure.testing.house import AGENT, SmallHouse, small_house

RULE = """
[[rule]]
name = "no-question"
roles = ["agent"]
actions = ["ask"]
classes = ["{refused}"]
why = {{ fr = "Pas de question ici.", en = "No question here." }}
"""
WHAT = "Combien coûte le repas de la cantine ?"


@contextmanager
def refusing(sensitivity: str) -> Iterator[None]:
    before = in_force()
    classes = {"mairie": "interne", "secret": "confidentiel"}
    put_in_force(Force(read_policy(default_policy_text() + RULE.format(refused=sensitivity)), classes))
    try:
        yield
    finally:
        put_in_force(before)


async def filled(house: SmallHouse) -> None:
    await house.add("cantine.txt", "Le repas de la cantine coûte 3,20 euros.")
    await house.add("paie.txt", "Le repas de la cantine des agents coûte 7,77 euros.", "secret")
    Membership(house.instance.house).grant("secret", AGENT.id, Right.READ)


async def answered(house: SmallHouse, chosen: list[str] | None = None) -> tuple[set[str], Started]:
    house.engine.script = "Le repas coûte le prix écrit [1]."
    spaces = chosen or ["mairie", "secret"]
    events = [one async for one in house.assistant.ask(AGENT, WHAT, spaces, None, chosen=chosen or [])]
    started, sources, closed = events[0], events[1], events[-1]
    assert isinstance(started, Started) and isinstance(sources, Sources) and isinstance(closed, Closed)
    assert list(closed.details["left_out"] if started.left_out else []) == list(started.left_out)
    assert closed.details.get("shut", {}) == started.shut, "it is said again when the conversation is opened again"
    return {one.document for one in sources.items}, started


@pytest.mark.parametrize(
    ("refused", "left", "names"), [("interne", "mairie", "paie.txt"), ("confidentiel", "secret", "cantine.txt")]
)
def test_all_ones_spaces_are_asked_but_for_those_that_the_policy_refuses(
    tmp_path: Path, refused: str, left: str, names: str
) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            await filled(house)
            assert (await answered(house))[0] == {"cantine.txt", "paie.txt"}
            with refusing(refused):
                found, started = await answered(house)
                assert found == {names} and started.left_out == (left,)
                page = await house.finder.find(AGENT, "cantine")
                assert {one.shown.document.name for one in page.documents} == {"cantine.txt", "paie.txt"}, (
                    "one may read them"
                )

    asyncio.run(go())


@pytest.mark.parametrize(("refused", "named"), [("interne", "mairie"), ("confidentiel", "secret")])
def test_spaces_that_were_chosen_are_refused_together_and_the_cause_is_named(
    tmp_path: Path, refused: str, named: str
) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            await filled(house)
            name = dict(Membership(house.instance.house).all_spaces())[named]
            with refusing(refused):
                with pytest.raises(Denied) as told:
                    await answered(house, ["mairie", "secret"])
                said = told.value.sentence("fr")
                assert "Pas de question ici." in said and name in said and "sans lui" in said
                with pytest.raises(Denied):
                    await house.searcher.search(AGENT, WHAT, ["mairie", "secret"], 5)
                other = next(one for one in ("mairie", "secret") if one != named)
                assert (await answered(house, [other]))[1].left_out == ()

    asyncio.run(go())


def unkeyed(house: SmallHouse) -> None:
    """The key of « secret » is of a format that nobody knows, and its database is opened anew."""
    house.rooms.forget("secret")
    key = house.instance.folder / "keys" / "spaces" / "secret.key"
    sealed = bytearray(key.read_bytes())
    sealed[4] = 9
    key.chmod(0o600)
    key.write_bytes(sealed)


def cut(house: SmallHouse) -> None:
    house.rooms.forget("secret")
    house.worker_rooms.forget("secret")
    base = house.instance.folder / "spaces" / "secret" / "space.db"
    base.write_bytes(b"\0" * base.stat().st_size)


@pytest.mark.parametrize(("damage", "why"), [(unkeyed, "Mettez Demeure à jour."), (cut, "La base space.db")])
@pytest.mark.parametrize("chosen", [None, ["mairie", "secret"]])
def test_a_space_that_does_not_open_is_left_out_and_named_and_the_others_answer(
    tmp_path: Path, damage: Callable[[SmallHouse], None], why: str, chosen: list[str] | None
) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            await filled(house)
            name = dict(Membership(house.instance.house).all_spaces())["secret"]
            damage(house)
            found, started = await answered(house, chosen)
            assert found == {"cantine.txt"} and list(started.shut) == ["secret"] and not started.left_out
            assert why in started.shut["secret"]["fr"]
            page = await house.finder.find(AGENT, "cantine", chosen or [])
            assert {one.shown.document.name for one in page.documents} == {"cantine.txt"}
            assert list(page.shut) == [name] and why in page.shut[name]["fr"]
            for alone in (answered(house, ["secret"]), house.finder.find(AGENT, "cantine", ["secret"])):
                with pytest.raises(SpaceShut) as told:
                    await alone
                said = told.value.sentence("fr")
                assert f"«\u00a0{name}\u00a0»" in said and why in said and "keys list" in said

    asyncio.run(go())


def test_what_binds_several_spaces_is_what_binds_each() -> None:
    both = Resource("spaces", "secret,mairie", right=Right.READ)
    for sensitivity in ("interne", "confidentiel"):
        with refusing(sensitivity):
            assert decide(AGENT, Action.ASK, both).rule == "policy:no-question"
    with refusing("tres-sensible"):
        assert decide(AGENT, Action.ASK, both).allowed
