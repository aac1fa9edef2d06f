"""Health of a space: each thing is counted once, shown to who manages, numbered for who administers, hidden
otherwise."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from demeure.assistant import Closed, Started
from demeure.identity import Membership, SpaceUnknown
from demeure.library.health import KINDS
from demeure.policy import Actor, Denied, Right, Role
from demeure.testing.house import ADMINISTRATOR, AGENT, SmallHouse, small_house
from demeure.workshop import DocumentCorrupt

BOSS = Actor("person", "boss", "Administratrice", frozenset({Role.ADMINISTRATOR}))


def in_the_house(tmp_path: Path, test: Callable[[SmallHouse], Awaitable[None]]) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            await test(house)

    asyncio.run(go())


async def bring(house: SmallHouse, name: str, text: str, space: str = "mairie") -> str:
    row = await house.add(name, text, space)
    return row.id if row.state == "failed" else (await house.outlined(row.id)).id


async def ask(house: SmallHouse, question: str, spaces: list[str], actor: Actor = AGENT) -> tuple[str, Closed]:
    events = [event async for event in house.assistant.ask(actor, question, spaces)]
    assert isinstance(events[0], Started) and isinstance(events[-1], Closed)
    return events[0].conversation, events[-1]


def test_each_section_holds_what_it_names(tmp_path: Path) -> None:
    async def test(house: SmallHouse) -> None:
        house.workshop._answers["cassé.txt"] = DocumentCorrupt()
        broken = await bring(house, "cassé.txt", "peu importe")
        over = await bring(house, "Tarifs piscine 2019.txt", "L’entrée de la piscine coûte deux euros.")
        old = await bring(house, "Guide 2024.txt", "On répond avant la quatrième sonnerie. On donne son prénom.")
        new = await bring(house, "Guide 2099.txt", "On répond avant la troisième sonnerie. On donne son prénom.")
        await house.tending.care(ADMINISTRATOR, [new], {"review_on": "2020-01-01", "owner": "Accueil"})
        await house.tending.care(ADMINISTRATOR, [over], {"keep_until": "2020-01-01"})
        house.engine.script = "On répond avant la troisième sonnerie [1]."
        await ask(house, "Avant quelle sonnerie répond-on ?", ["mairie"])
        report = await house.health.report(ADMINISTRATOR, "mairie")
        held = {kind: {row.document.id for row in rows} for kind, rows in report.rows.items()}
        assert held["unreadable"] == {broken} and held["over"] == {over} and held["superseded"] == {old}
        assert held["expired"] == {over} and held["review"] == {new} and held["never_cited"] == {over}
        assert report.rows["superseded"][0].newer == new and report.documents == 4
        assert all(report.counts[kind] == len(held[kind]) for kind in held) and set(report.counts) == set(KINDS)

    in_the_house(tmp_path, test)


def test_names_are_for_who_manages_numbers_for_who_administers(tmp_path: Path) -> None:
    async def test(house: SmallHouse) -> None:
        await bring(house, "CANARI Guide 2019.txt", "Un guide CANARI de l’accueil, pour tous les agents.")
        with pytest.raises(Denied):
            await house.health.report(AGENT, "mairie")
        with pytest.raises(SpaceUnknown):
            await house.health.report(AGENT, "secret")
        for space in ("mairie", "secret"):
            report = await house.health.report(BOSS, space)
            assert not report.whole and "CANARI" not in repr(report.rows) + repr(report.twins) + repr(
                report.proposed
            )
        assert (await house.health.report(BOSS, "mairie")).counts["over"] == 1
        with pytest.raises(SpaceUnknown):
            await house.health.gather(AGENT, "secret", True)
        for actor in (AGENT, BOSS):
            with pytest.raises((Denied, SpaceUnknown)):
                await house.health.gather(actor, "mairie", True)
        Membership(house.instance.house).grant("mairie", AGENT.id, Right.MANAGE)
        assert (await house.health.report(AGENT, "mairie")).rows["over"]
        seen = house.journal.named("space-health-seen")
        assert {entry.actor for entry in seen} == {"agent", "boss"}, "every look is written"

    in_the_house(tmp_path, test)


def test_questions_are_gathered_by_choice_without_names_and_leave_with_their_conversation(tmp_path: Path) -> None:
    async def gaps(house: SmallHouse, actor: Actor = ADMINISTRATOR, space: str = "mairie") -> list[tuple[str, int]]:
        return [(gap.question, gap.times) for gap in (await house.health.report(actor, space)).gaps]

    async def test(house: SmallHouse) -> None:
        await bring(house, "guide.txt", "On répond au téléphone avant la quatrième sonnerie.")
        early, closed = await ask(house, "Où se trouve le dirigeable du canton ?", ["mairie"])
        assert not closed.found
        assert await gaps(house) == [], "nobody chose it"
        await house.health.gather(ADMINISTRATOR, "mairie", True)
        assert await gaps(house) == [], "and not what was asked before"
        one, _ = await ask(house, "Où se trouve le dirigeable du canton ?", ["mairie"])
        await ask(house, "où se trouve le dirigeable du canton", ["mairie"], ADMINISTRATOR)
        both = Membership(house.instance.house)
        both.grant("secret", AGENT.id, Right.READ)
        await ask(house, "Qui a vendu l’aquarium municipal ?", ["mairie", "secret"])
        assert await gaps(house) == [("où se trouve le dirigeable du canton", 2)] or await gaps(house) == [
            ("Où se trouve le dirigeable du canton ?", 2)
        ], "one asked of another space, which did not choose it, is nobody’s"
        assert (await house.health.report(BOSS, "mairie")).gaps == ()
        assert [s.gathers for s, _ in await house.library.spaces(AGENT)] == [True, False], "whoever asks is told"
        await house.health.gather(ADMINISTRATOR, "secret", True)
        await ask(house, "Qui a repeint l’aquarium municipal ?", ["mairie", "secret"])
        assert ("Qui a repeint l’aquarium municipal ?", 1) in await gaps(house), "who manages both"
        both.grant("mairie", AGENT.id, Right.MANAGE)
        assert await gaps(house, AGENT) and "aquarium" not in repr(await gaps(house, AGENT)), (
            "who manages one of them"
        )
        await house.history.delete(AGENT, one)
        assert ("où se trouve le dirigeable du canton", 1) in await gaps(house), (
            "a deleted conversation takes it away"
        )
        await house.health.gather(ADMINISTRATOR, "mairie", False)
        assert await gaps(house) == []
        assert early

    in_the_house(tmp_path, test)
