"""Every role × every way and every command, against the published table; readings on a legal ground, in process."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from starlette.requests import Request

from demeure.cli.main import COMMANDS
from demeure.gateway import gate
from demeure.gateway.app import make_app, ways
from demeure.gateway.command_actions import COMMAND_ACTIONS, guarded
from demeure.gateway.control import OPERATIONS
from demeure.gateway.entrance import Entrance
from demeure.gateway.house import Exchange
from demeure.gateway.locale import Sentences
from demeure.gateway.pages.administration import SHOWN
from demeure.gateway.rendering import Rendering
from demeure.gateway.visit import form_token, visit
from demeure.identity import Membership, Person
from demeure.policy import (
    MATRIX,
    PUBLIC_PAGE,
    ROLES,
    Action,
    Actor,
    Cell,
    Denied,
    Resource,
    Right,
    Role,
    decide,
    machine_actor,
)
from demeure.settings import Settings
from demeure.testing.clock import StillClock
from demeure.testing.gateway import FakeRooms, make_house
from demeure.testing.identity import CHEAP
from demeure.testing.journal import MemoryJournal
from demeure.testing.store import make_instance
from demeure.wire import Reply
from demeure.wire import Request as WireRequest

DOCS = Path(__file__).parents[2] / "docs" / "rights.md"
RENDERING = Rendering(Sentences.load())


@dataclass
class Town:
    """A house of fakes whose people are real. ``sessions``: login → token."""

    entrance: Entrance
    rooms: FakeRooms
    clock: StillClock
    people: dict[str, Person]
    sessions: dict[str, str]
    app: object

    async def page(self, who: str, path: str, **form: str) -> httpx.Response:
        """GET, or POST of ``form`` with this session's token."""
        session = self.sessions[who]
        transport = httpx.ASGITransport(app=self.app)  # type: ignore[arg-type]
        cookies = {"demeure-session-8420": session}
        async with httpx.AsyncClient(
            transport=transport, base_url="http://127.0.0.1:8420", cookies=cookies
        ) as client:
            if form:
                return await client.post(path, data={"token": form_token(session), **form})
            return await client.get(path)


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    instance, clock, rooms = make_instance(tmp_path), StillClock(), FakeRooms()
    journal = MemoryJournal()
    entrance = Entrance(instance.house, clock, Settings(), journal, parameters=CHEAP)
    rooms.reception, rooms.account = entrance.reception, entrance.account  # type: ignore[assignment]
    rooms.directory, rooms.journal = entrance.directory, journal  # type: ignore[assignment]
    people = {role.value: entrance.people.add(role.value.title(), role.value, role) for role in ROLES}
    people["second"] = entrance.people.add("Second", "second", Role.DPO)
    sessions = {who: entrance.people.redeem(entrance.people.create_link(p.id)).token for who, p in people.items()}
    house = make_house(rooms, clock=clock, rendering=RENDERING, safeguards=entrance.safeguards)
    yield Town(entrance, rooms, clock, people, sessions, make_app(house))
    asyncio.run(entrance.aclose())
    instance.close()


def published(title: str) -> dict[str, dict[str, str]]:
    """A table of docs/rights.md: first column → role → what is written."""
    text = DOCS.read_text(encoding="utf-8").split(f"## {title}\n", 1)[1].split("\n## ")[0]
    rows = [
        [cell.strip(" `") for cell in line.strip("|").split("|")] for line in text.splitlines() if line[:1] == "|"
    ]
    names = rows[0]
    return {row[0]: dict(zip(names[1:], row[1:], strict=True)) for row in rows[2:]}


def test_every_role_takes_every_way_that_the_published_table_says_and_no_other() -> None:
    """The gate itself, way by way: 7 roles × all ways. A page that a room decides is open to whoever sees pages;
    what changes anything is refused at once to the roles that never do it."""
    table = published("Every way")
    house = make_house(FakeRooms(), rendering=RENDERING)
    assert set(table) == {f"{way.method} {way.path}" for way in ways()}

    async def law() -> None:
        for way in ways():
            for role in ROLES:
                scope = {"type": "http", "method": way.method, "path": "/x", "headers": [], "query_string": b""}
                came = visit(house, Request({**scope, "scheme": "http", "server": ("127.0.0.1", 8420)}))
                came.guest = Actor("person", "p1", "Anne", frozenset({role}))
                said = table[f"{way.method} {way.path}"][role.value]
                try:
                    await gate._allowed(came, way)
                    passed = True
                except Denied:
                    passed = False
                sees_pages = MATRIX[Action.PAGE_VIEW][role] is not Cell.NEVER
                shown = way.decided_by != "gate" and not way.changes and sees_pages
                opened = way.resource == PUBLIC_PAGE or shown
                assert passed is (opened or said != "–"), (way.method, way.path, role, said)

    asyncio.run(law())


def test_the_table_of_ways_is_the_matrix_of_their_actions() -> None:
    said = {Cell.NEVER: "–", Cell.HOUSE: "yes", Cell.OWN: "their own", Cell.SPACE: "by the space"}
    table = published("Every way")
    for way in ways():
        if way.resource != PUBLIC_PAGE:
            row = table[f"{way.method} {way.path}"]
            assert {role.value: row[role.value] for role in ROLES} == {
                role.value: said[MATRIX[way.action][role]] for role in ROLES
            }, way.path


def test_every_command_names_its_action_and_is_refused_to_another_user_of_the_machine() -> None:
    assert set(COMMAND_ACTIONS) == set(OPERATIONS)
    assert set(published("Every command")) == set(OPERATIONS)
    ran: list[str] = []

    async def handler(request: WireRequest) -> Reply:
        ran.append(request.op)
        return Reply()

    async def law() -> None:
        for operation in OPERATIONS:
            request = WireRequest(operation, {}, "test")
            await guarded(operation, machine_actor(990, 990, "demeure"), handler)(request)
            for stranger in (machine_actor(1001, 990, "voisin"), Actor("visitor", "visitor", "?")):
                if COMMAND_ACTIONS[operation] not in OWNED:
                    with pytest.raises(Denied):
                        await guarded(operation, stranger, handler)(request)

    asyncio.run(law())
    assert ran == list(OPERATIONS)


def test_every_role_has_every_operation_that_the_published_table_says_and_no_other() -> None:
    """Each cell, allowed and refused, by the guard of the door itself: 7 roles × all operations."""
    table = published("Every command")

    async def handler(_request: WireRequest) -> Reply:
        return Reply()

    async def passes(operation: str, role: Role) -> bool:
        person = Actor("person", "p1", "Anne", frozenset({role}))
        try:
            await guarded(operation, person, handler)(WireRequest(operation, {}, "test"))
        except Denied:
            return False
        return True

    async def law() -> None:
        for operation, action in COMMAND_ACTIONS.items():
            for role in ROLES:
                said = table[operation][role.value]
                assert await passes(operation, role) is (said in ("yes", "their own")), (operation, role, said)
                person = Actor("person", "p1", "Anne", frozenset({role}))
                asked = Resource("command", name=operation, owner="p1", right=Right.MANAGE)
                assert decide(person, action, asked).allowed is (said != "–"), (operation, role, said)

    asyncio.run(law())


def test_every_command_line_is_published_with_what_it_asks_and_gives_no_more() -> None:
    """Its cells are the least of its operations', which the test above tries one by one."""
    lines, operations = published("Every command line"), published("Every command")
    assert {line.split()[1] for line in lines} == set(COMMANDS)
    least = {"–": 0, "by the space": 1, "their own": 2, "yes": 3}
    named: set[str] = set()
    for line, row in lines.items():
        asked = re.findall(r"[a-z.-]+", row.pop("operations")) if row["operations"] != "none: files" else []
        named |= set(asked)
        for role in ROLES:
            cells = [operations[one][role.value] for one in asked] or ["–"]
            assert row[role.value] == min(cells, key=least.__getitem__), (line, role)
    assert named <= set(OPERATIONS) and len(named) > 0.95 * len(OPERATIONS), (
        "a few are asked by no command of today"
    )


def test_a_command_that_streams_still_streams_behind_the_door() -> None:
    async def handler(_request: WireRequest) -> AsyncIterator[Reply]:
        for number in range(3):
            yield Reply({"number": number})

    async def law() -> list[int]:
        guard = guarded("ask", machine_actor(990, 990, "demeure"), handler)
        answer = guard(WireRequest("ask", {}, "test"))
        assert isinstance(answer, AsyncIterator)
        return [item.data["number"] async for item in answer]

    assert asyncio.run(law()) == [0, 1, 2]


OWNED = {Action.CONVERSATION_EXPORT, Action.WORK_READ, Action.WORK_WRITE}
"""One's own: whoever asks has theirs, and the door lets in the owner of the house only."""


def test_who_controls_sees_rights_and_readings_and_nobody_else_does(town: Town) -> None:
    async def law() -> None:
        for who, sheet, legal in (
            ("administrator", 200, 200),
            ("referent", 200, 403),
            ("dpo", 200, 200),
            ("auditor", 200, 200),
            ("elected", 403, 200),
            ("contractor", 303, 303),  # asleep: to where its second proof is set up
            ("agent", 403, 403),
        ):
            assert (await town.page(who, "/droits")).status_code == sheet, who
            assert (await town.page(who, "/droits/lectures")).status_code == legal, who
            home = (await town.page(who, "/compte")).text
            assert ('href="/droits' in home) is (200 in (sheet, legal)), who
        shown = (await town.page("auditor", "/droits")).text
        assert "Administrator" in shown and "administrator" in shown and "Auditeur" in shown
        rows = (await town.page("dpo", "/api/rights")).json()["people"]
        assert {row["login"] for row in rows} == {*(role.value for role in ROLES), "second"}

    asyncio.run(law())


def test_the_sheet_of_a_large_directory_is_leafed_through_and_signed_whole(town: Town) -> None:
    """With the 5,000 people of a directory it was a page of 1.3 MB."""
    for number in range(SHOWN):
        town.entrance.people.add(f"Zélie Numéro {number}", f"z{number:03}", Role.AGENT)
    town.entrance.membership.grant("mairie", town.people["referent"].id, Right.MANAGE)

    async def law() -> None:
        async def shown(query: str) -> list[str]:
            page = (await town.page("administrator", f"/droits?{query}")).text
            return re.findall(r"<br><small>(\w+)</small>", page)

        first, second = await shown(""), await shown("page=2")
        assert (len(first), len(second)) == (SHOWN, len(town.people))
        assert len({*first, *second}) == SHOWN + len(town.people)
        assert await shown("q=ZELIE+042") == ["z042"] and await shown("q=mairie") == ["referent"]
        assert await shown("q=nobody") == []
        page = (await town.page("administrator", "/droits?q=zelie")).text
        assert (
            "La signature porte sur la feuille entière" in page and 'name="q" type="search" value="zelie"' in page
        )
        digest = re.findall(r'name="digest" value="(\w+)"', page)[0]
        signed = await town.page("administrator", "/droits/revue", digest=digest, note="Relu, page à page.")
        assert signed.status_code == 303
        told = (await town.page("administrator", "/droits?fait=signee")).text
        assert f"{SHOWN + len(town.people)} personnes" in told.split("Signée par", 1)[1]

    asyncio.run(law())


ASKED = {"ground": "Réquisition 2026/118", "motive": "Une plainte pour menaces est instruite.", "hours": "2"}


def test_an_administrator_reads_a_conversation_only_when_another_granted_it_and_for_a_time(town: Town) -> None:
    agent, memory = town.people["agent"], town.rooms.memory
    memory.keep("c1", Exchange("m1", "Une question privée ?", "Une réponse privée.", "done", ()))

    async def law() -> None:
        about = {**ASKED, "about": f"person:{agent.id}"}
        short = await town.page("administrator", "/droits/lectures", **{**about, "motive": "Non."})
        assert short.status_code == 400 and "Réquisition 2026/118" in short.text, "what was typed stays"
        assert (await town.page("agent", "/droits/lectures", **about)).status_code == 403
        assert (await town.page("administrator", "/droits/lectures", **about)).status_code == 303
        at = "/droits/lectures/1"
        for who in ("administrator", "dpo", "agent"):
            assert (await town.page(who, at)).status_code == 403, "asked is not granted"
        for who, status in (("administrator", 403), ("agent", 403), ("auditor", 403), ("elected", 303)):
            assert (await town.page(who, f"{at}/accorder", why="")).status_code == status, who
        assert (await town.page("dpo", f"{at}/refuser", why="trop tard")).status_code == 409
        listed = await town.page("administrator", at)
        assert listed.status_code == 200 and f"{at}/c1" in listed.text
        read = await town.page("administrator", f"{at}/c1")
        assert "Une réponse privée." in read.text
        for who in ("dpo", "elected", "auditor", "agent"):
            assert (await town.page(who, f"{at}/c1")).status_code == 403, "for whoever asked, and nobody else"
        assert "Réquisition" not in (await town.page("agent", "/compte")).text, "afterwards"
        town.clock.forward(hours=2, seconds=1)
        assert (await town.page("administrator", f"{at}/c1")).status_code == 403
        mine = (await town.page("agent", "/compte")).text
        assert "Réquisition 2026/118" in mine and "1 conversation ouverte" in mine
        assert "Réquisition" not in (await town.page("referent", "/compte")).text

    asyncio.run(law())
    journal = town.rooms.journal
    assert [e.object for e in journal.named("legal-opened") if e.decision == "legal-reading"][:2] == ["1", "1 c1"]
    assert {e.name for e in journal.entries} >= {"legal-asked", "legal-granted", "legal-opened", "legal-refused"}
    assert b"plainte" not in b"".join(repr((e.object, e.decision)).encode() for e in journal.entries)


def test_a_reading_ends_with_the_role_of_whoever_asked(town: Town) -> None:
    people, legal = town.entrance.people, town.entrance.safeguards.legal
    boss, membership = town.people["administrator"], town.entrance.membership
    namesake = people.add(town.people["agent"].name, "autre", Role.AGENT)
    people.add("Troisième", "troisieme", Role.ADMINISTRATOR)

    async def law() -> None:
        agent = town.people["agent"]
        motive = "Un signalement est instruit."
        one = await legal.ask(boss.actor, "person", agent.id, "Article 40", motive, 2)
        other = await legal.ask(boss.actor, "space", "mairie", "Article 40", motive, 2)
        for number in (one, other):
            await legal.decide(town.people["dpo"].actor, number, grant=True)
        assert (await town.page("administrator", f"/droits/lectures/{one}")).status_code == 200
        assert membership.right(boss.actor, "mairie") is Right.READ
        told = next(r for r in await legal.readings(town.people["dpo"].actor) if r.number == one)
        assert told.about == f"{agent.name} ({agent.login})" and namesake.name in told.about, "two have this name"
        for role in (Role.AGENT, Role.REFERENT, Role.ELECTED, Role.AUDITOR):
            people.change_role(boss.id, role)
            assert (await town.page("administrator", f"/droits/lectures/{one}")).status_code == 403, role
            assert membership.right(people.person(boss.id).actor, "mairie") is Right.NONE, role
            assert not any(r.open for r in await legal.readings(town.people["dpo"].actor)), role
        people.change_role(boss.id, Role.DPO)
        assert (await town.page("administrator", f"/droits/lectures/{one}")).status_code == 200

    asyncio.run(law())


def test_a_space_opens_by_law_and_closes_by_itself(town: Town) -> None:
    administrator = town.people["administrator"].actor
    membership: Membership = town.entrance.membership
    legal = town.entrance.safeguards.legal

    async def law() -> None:
        number = await legal.ask(administrator, "space", "mairie", "Article 40", "Un signalement est instruit.", 1)
        assert membership.right(administrator, "mairie") is Right.NONE
        await legal.decide(town.people["dpo"].actor, number, grant=True)
        assert membership.right(administrator, "mairie") is Right.READ
        assert membership.right(town.people["dpo"].actor, "mairie") is Right.NONE
        await legal.end(town.people["auditor"].actor, number)
        assert membership.right(administrator, "mairie") is Right.NONE
        other = await legal.ask(
            town.people["dpo"].actor, "space", "mairie", "Article 40", "Encore le signalement.", 1
        )
        with pytest.raises(Denied):
            await legal.decide(administrator, other, grant=True)
        await legal.decide(town.people["second"].actor, other, grant=True)
        town.clock.forward(minutes=61)
        assert membership.right(town.people["dpo"].actor, "mairie") is Right.NONE, "whatever process died meanwhile"
        membership.grant("mairie", town.people["referent"].id, Right.MANAGE)
        told = await legal.about(town.people["referent"].actor)
        assert [(one.number, one.asker) for one in told] == [(2, "Dpo"), (1, "Administrator")]

    asyncio.run(law())


def test_no_page_of_the_table_is_about_nothing() -> None:
    assert len(published("Every way")) > 200 and re.search(r"\| `POST /droits/lectures`", DOCS.read_text("utf-8"))
