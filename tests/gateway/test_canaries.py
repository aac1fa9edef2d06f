"""Random people, groups, spaces and documents, through the real gateway over the real library and identity: nothing
of a space one cannot read comes back, in any page, answer, source, error, count or list. Only the models are fakes,
and the engine repeats all that it was given to read."""

import asyncio
import contextlib
import os
import tempfile
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st

from demeure.clock import SystemClock
from demeure.gateway.app import make_app
from demeure.gateway.classing import Classing
from demeure.gateway.entrance import Entrance
from demeure.gateway.locale import Sentences
from demeure.gateway.rendering import Rendering
from demeure.gateway.rooms import ConversationMemory, LibraryCatalogue, LibraryShelves
from demeure.gateway.visit import form_token
from demeure.identity import Person, Policies, grant_in
from demeure.identity.membership import grant_group_in
from demeure.library import Rooms, Viewing
from demeure.policy import READING_ROLES, Right, Role
from demeure.settings import Settings
from demeure.store import Database
from demeure.testing.gateway import FakeRooms, make_house
from demeure.testing.house import ADMINISTRATOR, SmallHouse, pieces, small_house
from demeure.testing.identity import CHEAP
from demeure.workshop import PageAbsent, PageImage

RENDERING = Rendering(Sentences.load())
PORT = 8420
SPACES, PEOPLE, GROUPS = 3, 3, 2
QUESTION = "Quel est le code de la porte du service ?"
RIGHTS = st.sampled_from(list(Right))


@dataclass
class Plan:
    """``given[space][holder]``: a right; holders are ``p0`` … and ``g0`` …; ``inside``: people of each group."""

    roles: Sequence[Role]
    documents: Sequence[int]
    inside: list[frozenset[int]]
    given: Sequence[Mapping[str, Right]]

    def right(self, space: int, person: int) -> Right:
        """Computed apart from the house: the highest of one's own and one's groups', as far as one's role goes."""
        theirs = [self.given[space][f"p{person}"]]
        theirs += [self.given[space][f"g{g}"] for g in range(GROUPS) if person in self.inside[g]]
        role = self.roles[person]  # some manage no space
        highest = Right.CONTRIBUTE if role in (Role.DPO, Role.ELECTED) else Right.MANAGE
        return min(max(theirs), highest)


HOLDERS = [f"p{n}" for n in range(PEOPLE)] + [f"g{n}" for n in range(GROUPS)]
TABLES = st.fixed_dictionaries(dict.fromkeys(HOLDERS, RIGHTS))
MEMBERS = st.lists(st.frozensets(st.integers(0, PEOPLE - 1)), min_size=GROUPS, max_size=GROUPS)
PLANS = st.builds(
    Plan,
    roles=st.lists(
        st.sampled_from(sorted(READING_ROLES)),  # of the others: test_rights
        min_size=PEOPLE,
        max_size=PEOPLE,
    ),
    documents=st.lists(st.integers(1, 2), min_size=SPACES, max_size=SPACES),
    inside=MEMBERS,
    given=st.lists(TABLES, min_size=SPACES, max_size=SPACES),
)


@dataclass
class Town:
    """A whole house with its plan applied. ``secrets[space]``: what nobody else may see; ``opened``: the space
    databases opened since it was last emptied."""

    small: SmallHouse
    entrance: Entrance
    client: httpx.AsyncClient
    spaces: list[str] = field(default_factory=list)
    titles: list[str] = field(default_factory=list)
    documents: list[list[str]] = field(default_factory=list)
    secrets: list[list[str]] = field(default_factory=list)
    people: list[Person] = field(default_factory=list)
    sessions: list[str] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    opened: set[str] = field(default_factory=set)

    async def send(self, person: int, method: str, path: str, **request: Any) -> httpx.Response:
        session = self.sessions[person]
        headers = {"Cookie": f"demeure-session-{PORT}={session}", "X-Demeure-Token": form_token(session)}
        return await self.client.request(method, path, headers=headers, **request)


class NoPicture:
    """A text has no page to draw."""

    async def render(self, *_: object, **__: object) -> PageImage:
        raise PageAbsent(page=1, pages=0)


def echo(messages: Sequence[Mapping[str, str]]) -> str:
    """Whatever reached the model reaches the reader."""
    return " ".join(message["content"] for message in messages)


@contextlib.asynccontextmanager
async def built(plan: Plan, folder: Path) -> AsyncGenerator[Town]:
    async with small_house(folder) as small:
        small.engine.script = echo
        clock = SystemClock()
        entrance = Entrance(small.instance.house, clock, Settings(), small.journal, parameters=CHEAP)
        house = replace(
            make_house(FakeRooms(), rendering=RENDERING, port=PORT),
            **entrance.ports(),
            shelves=LibraryShelves(small.library),
            catalogue=LibraryCatalogue(small.catalogue),
            tending=small.tending,
            comparing=small.comparing,
            health=small.health,
            viewer=Viewing(
                library=small.library,
                rooms=small.rooms,
                shelf=small.shelf,
                membership=entrance.membership,
                journal=small.journal,
                renderer=NoPicture(),
                clock=clock,
            ),
            assistant=small.assistant,
            memory=ConversationMemory(small.conversations, small.history, entrance.membership),
            tasks=small.tasks.tasks,
            works=small.tasks.listing,
            playback=small.tasks.playback,
            journal=small.journal,
            classing=Classing(
                Policies(small.instance.house, clock), entrance.membership, small.shelf, small.journal
            ),
        )
        transport = httpx.ASGITransport(make_app(house))
        async with httpx.AsyncClient(transport=transport, base_url=f"http://127.0.0.1:{PORT}") as client:
            town = Town(small, entrance, client)
            await furnish(town, plan)
            yield town
        await entrance.aclose()


async def furnish(town: Town, plan: Plan) -> None:
    for number, role in enumerate(plan.roles):
        person = town.entrance.people.add(f"Personne {number}", f"personne{number}", role)
        town.people.append(person)
        town.sessions.append(town.entrance.people.redeem(town.entrance.people.create_link(person.id)).token)
    for number, inside in enumerate(plan.inside):
        group = town.entrance.groups.add(f"Groupe {number}")
        town.groups.append(group.id)
        for person_number in inside:
            town.entrance.groups.put(group.id, town.people[person_number].id)
    for number, count in enumerate(plan.documents):
        title = f"Espace TITRE{number}CANARI"
        space = await town.small.library.create_space(ADMINISTRATOR, title)
        town.spaces.append(space.id)
        town.titles.append(title.split()[1])
        names = [f"NOM{number}{n}CANARI" for n in range(count)]
        codes = [f"CODE{number}{n}CANARI" for n in range(count)]
        town.secrets.append([*names, *codes])
        rows = []
        for name, code in zip(names, codes, strict=True):
            text = f"Le code de la porte du service est {code}. Réunion le mardi."
            added = await town.small.library.add(ADMINISTRATOR, space.id, f"{name}.txt", pieces(text.encode()))
            rows.append((await town.small.outlined(added.id)).id)  # type: ignore[union-attr]
        town.documents.append(rows)
    apply(town, plan)


def apply(town: Town, plan: Plan) -> None:
    for space, holder in product(range(SPACES), HOLDERS):
        right, place = plan.given[space][holder], int(holder[1:])
        with town.small.instance.house.write() as connection:
            if holder[0] == "p":
                grant_in(connection, town.spaces[space], town.people[place].id, right)
            else:
                grant_group_in(connection, town.spaces[space], town.groups[place], right)


@contextlib.contextmanager
def watched(town: Town) -> Iterator[None]:
    """Which space databases are opened meanwhile."""
    opening = Rooms.database

    def seen(self: Rooms, space: str) -> Database:
        if self is town.small.rooms:  # the worker, another process, opens them all
            town.opened.add(space)
        return opening(self, space)

    Rooms.database = seen  # type: ignore[method-assign]
    try:
        yield
    finally:
        Rooms.database = opening  # type: ignore[method-assign]


READING = (
    *("/recherche", "/recherche?q=code+porte", "/api/search?q=code+porte"),
    *("/assistant", "/assistant/historique", "/assistant/historique?q=CANARI", "/api/conversations"),
    *("/", "/documents", "/maison", "/compte", "/administration", "/administration/personnes"),
    *("/administration/groupes", "/administration/espaces", "/api/spaces", "/api/documents", "/api/session"),
    *("/api/status", "/taches", "/taches?q=CANARI", "/api/works", "/api/works?q=code"),
    *("/taches/resume", "/taches/comparer", "/taches/tableau"),
)


async def remembered(town: Town, plan: Plan, person: int) -> None:
    """One's own conversations, some of them from when one had other rights: the page of each, the API, the search.
    A question leans on what a conversation said: nothing hidden reaches the model either."""
    mine = {space for space in range(SPACES) if plan.right(space, person) >= Right.READ}
    hidden = [word for space in range(SPACES) if space not in mine for word in town.secrets[space]]

    def clean(answer: httpx.Response) -> httpx.Response:
        for word in hidden:
            assert word not in answer.text, (person, answer.request.url, word)
        assert answer.status_code < 500
        return answer

    kept = clean(await town.send(person, "GET", "/api/conversations")).json()["conversations"]
    said = ""
    for one in kept:
        told = clean(await town.send(person, "GET", f"/api/conversations/{one['conversation']}")).json()
        page = clean(await town.send(person, "GET", f"/conversation/{one['conversation']}"))
        turns = told["turns"]
        assert ("Cette réponse n’est plus montrée" in page.text) == any(turn["withdrawn"] for turn in turns)
        for turn in turns:
            assert not (turn["withdrawn"] and turn["answer"])
            said += turn["answer"]
            for source in turn["sources"]:
                at = f"/documents/{source['document_id']}?source={one['conversation']}.{turn['message']}.1"
                clean(await town.send(person, "GET", at))
        body = {"question": "Et pour la réunion ?", "conversation": one["conversation"], "spaces": []}
        clean(await town.send(person, "POST", "/api/ask", json=body))
    works = clean(await town.send(person, "GET", "/api/works")).json()
    for one in [*works["works"], *works["shared"]]:
        told = clean(await town.send(person, "GET", f"/api/works/{one['work']}"))
        assert told.status_code == (404 if one["withdrawn"] else 200)
        clean(await town.send(person, "GET", f"/travaux/{one['work']}/brouillon/1/fichier?format=md"))
    for word in hidden:
        assert (await town.send(person, "GET", f"/api/works?q={word}")).json()["works"] == []
        found = (await town.send(person, "GET", f"/api/conversations?q={word}")).json()["conversations"]
        assert found == [], "not even that it was said"
        clean(await town.send(person, "GET", f"/assistant/historique?q={word[:-2]}"))
    for word in (word for space in mine for word in town.secrets[space] if word in said):
        found = (await town.send(person, "GET", f"/api/conversations?q={word}")).json()["conversations"]
        assert found, "what one may read is found again"


async def looked_at(town: Town, plan: Plan, person: int) -> None:
    """Everything this person can reach, and everything they can only try."""
    mine = [space for space in range(SPACES) if plan.right(space, person) >= Right.READ]
    hidden = [space for space in range(SPACES) if space not in mine]
    secrets = [word for space in hidden for word in town.secrets[space]]
    titles = [town.titles[space] for space in hidden]

    def clean(answer: httpx.Response, *, named: bool = False) -> httpx.Response:
        """``named``: the request named the space by its id, or it is the list of those who administer."""
        for word in [*secrets, *([] if named else titles)]:
            assert word not in answer.text, (person, answer.request.method, answer.request.url, word)
            assert word not in str(answer.headers)
        assert answer.status_code < 500
        return answer

    await remembered(town, plan, person)
    boss = plan.roles[person] is Role.ADMINISTRATOR
    for path in READING:
        clean(await town.send(person, "GET", path), named=boss and path == "/administration/espaces")
    listed = clean(await town.send(person, "GET", "/api/spaces")).json()["spaces"]
    counts = {town.spaces[space]: plan.documents[space] for space in mine}
    assert {space["id"]: space["documents"] for space in listed} == counts
    rows = clean(await town.send(person, "GET", "/api/documents")).json()["documents"]
    assert {row["id"] for row in rows} == {document for space in mine for document in town.documents[space]}
    if boss:
        await invited_oneself(town, plan, person, clean)
        await appointed_oneself(town, plan, person, clean)
    for space in range(SPACES):
        await tried(town, plan, person, space, clean)
        await examined(town, plan, person, space, clean)
    await asked(town, person, [], mine, clean)
    for space in range(SPACES):
        await asked(town, person, [space], mine, clean)
    await asked(town, person, list(range(SPACES)), mine, clean)


async def invited_oneself(town: Town, plan: Plan, person: int, clean: Any) -> None:
    """Who administers groups opens no space to themselves."""
    for number, group in enumerate(town.groups):
        gains = any(plan.given[space][f"g{number}"] > plan.right(space, person) for space in range(SPACES))
        data = {"person": town.people[person].id}
        answer = clean(await town.send(person, "POST", f"/administration/groupes/{group}/personnes", data=data))
        assert answer.status_code == (409 if gains else 303)
        if not gains:
            plan.inside[number] |= {person}


async def appointed_oneself(town: Town, plan: Plan, person: int, clean: Any) -> None:
    """Who administers the house opens no space to themselves, be it managed by nobody."""
    for space in range(SPACES):
        path = f"/administration/espaces/{town.spaces[space]}/referent"
        answer = clean(await town.send(person, "POST", path, data={"person": town.people[person].id}), named=True)
        assert answer.status_code == 409
        me = town.people[person].actor
        assert town.entrance.membership.right(me, town.spaces[space]) is plan.right(space, person)


async def tried(town: Town, plan: Plan, person: int, space: int, clean: Any) -> None:
    """One space by its id: read it, and, without the right, change it."""
    right, id_ = plan.right(space, person), town.spaces[space]
    pages = [f"/documents?espace={id_}", f"/api/documents?space={id_}", f"/?espace={id_}", f"/espaces/{id_}"]
    for path in pages:
        answer = clean(await town.send(person, "GET", path), named=True)
        if right is Right.NONE and path != f"/?espace={id_}":
            assert answer.status_code in (403, 404), path
    for document in town.documents[space]:
        at = f"/documents/{document}"
        answers = [
            clean(await town.send(person, "GET", path))
            for path in (f"/api{at}", at, f"{at}/original", f"{at}/texte")
        ]
        assert {answer.status_code for answer in answers} == {200 if right >= Right.READ else 404}
        asked = clean(await town.send(person, "GET", f"{at}/supprimer"))
        assert asked.status_code in ((200, 403) if right >= Right.READ else (404,))
        assert right >= Right.MANAGE or asked.status_code != 200, "others added it"
        await summarised(town, person, document, right, id_, clean)
        for path in (f"{at}/page/1", f"{at}/page/1.png", f"{at}/passage/1", f"{at}/passage/2"):
            clean(await town.send(person, "GET", path))
        await tended(town, plan, person, space, document, clean)
        if right < Right.MANAGE:
            gone = clean(await town.send(person, "DELETE", f"/api/documents/{document}"), named=True)
            assert gone.status_code in (403, 404)
    if right < Right.CONTRIBUTE:
        target = f"/api/documents?space={id_}&name=x.txt"
        assert clean(await town.send(person, "POST", target, content=b"x"), named=True).status_code in (403, 404)
    if right < Right.MANAGE:
        me = f"person:{town.people[person].id}"
        for path, data in (
            (f"/espaces/{id_}/membres", {"who": me, "right": "manage"}),
            (f"/espaces/{id_}/nom", {"name": "À moi"}),
            (f"/espaces/{id_}/supprimer", {"name": f"Espace {town.titles[space]}"}),
        ):
            answer = clean(await town.send(person, "POST", path, data=data), named=True)
            assert answer.status_code in (403, 404), path


async def tended(town: Town, plan: Plan, person: int, space: int, document: str, clean: Any) -> None:
    """Versions, comparisons and care of one document, against one of every space."""
    right, at = plan.right(space, person), f"/documents/{document}"
    for path in (f"{at}/versions", f"/api{at}/versions", f"{at}/versions?q=NOM"):
        answer = clean(await town.send(person, "GET", path))
        assert answer.status_code == (200 if right >= Right.READ else 404), path
    for other in range(SPACES):
        both = right >= Right.READ and plan.right(other, person) >= Right.READ
        with_ = town.documents[other][0]
        for path in (f"{at}/comparer?avec={with_}", f"/api{at}/compare?with={with_}"):
            answer = clean(await town.send(person, "GET", path))
            assert answer.status_code == (200 if both else 404), path
        if right < Right.MANAGE or other != space:
            body = {"other": with_, "what": "replaces"}
            answer = clean(await town.send(person, "POST", f"/api{at}/versions", json=body), named=True)
            assert answer.status_code in (403, 404, 409)
    if right < Right.MANAGE:
        body = {"documents": [document], "owner": "moi", "keep_until": "2020-01-01"}
        assert clean(await town.send(person, "POST", "/api/documents/care", json=body), named=True).status_code in (
            403,
            404,
        )
        form = {"responsable": "moi", "garder": "2020-01-01"}
        assert clean(await town.send(person, "POST", f"{at}/suivi", data=form), named=True).status_code in (
            403,
            404,
        )


async def examined(town: Town, plan: Plan, person: int, space: int, clean: Any) -> None:
    """The health of one space: names for who manages it, numbers for who administers, nothing for the others."""
    right, id_ = plan.right(space, person), town.spaces[space]
    boss = plan.roles[person] is Role.ADMINISTRATOR
    for path in (f"/espaces/{id_}/sante", f"/api/spaces/{id_}/health"):
        answer = await town.send(person, "GET", path)
        if right < Right.MANAGE:
            for word in town.secrets[space]:
                assert word not in answer.text, (person, path, word)
            assert answer.status_code == 200 if boss else answer.status_code in (403, 404), path
        else:
            assert answer.status_code == 200, path  # its names, when something there needs somebody
        clean(answer, named=True)
    if right < Right.MANAGE:
        answer = await town.send(person, "POST", f"/api/spaces/{id_}/questions", json={"gather": True})
        assert clean(answer, named=True).status_code in (403, 404)


async def summarised(town: Town, person: int, document: str, right: Right, space: str, clean: Any) -> None:
    """A task reads a document: with the right to read it, and shares what it made with the right to contribute."""
    given = {"fields": {"document": f"document:{document}", "niveau": "lignes"}}
    begun = clean(await town.send(person, "POST", "/api/tasks/resume", json=given))
    assert begun.status_code == (201 if right >= Right.READ else 404)
    if right < Right.READ:
        return
    work = begun.json()["work"]
    async with asyncio.timeout(10):
        while town.small.tasks.runner.hub.live(work) is not None:  # noqa: ASYNC110 - others follow it by events
            await asyncio.sleep(0.01)
    clean(await town.send(person, "GET", f"/travaux/{work}"))
    for other in town.spaces:
        shared = clean(
            await town.send(person, "POST", f"/api/works/{work}/share", json={"space": other}), named=True
        )
        assert shared.status_code in (200, 403, 404)
    kept = await town.send(person, "POST", f"/api/works/{work}/share", json={"space": space})
    assert (kept.status_code == 200) == (right >= Right.CONTRIBUTE)


async def asked(town: Town, person: int, wanted: list[int], mine: list[int], clean: Any) -> None:
    """Ask over some spaces; only those one may read are opened, and only they answer."""
    body = {"question": QUESTION, "spaces": [town.spaces[space] for space in wanted]}
    town.opened.clear()
    with watched(town):
        answer = clean(await town.send(person, "POST", "/api/ask", json=body), named=True)
    readable = {town.spaces[space] for space in mine if not wanted or space in wanted}
    assert town.opened <= readable, "a space that one may not read was opened"
    if set(wanted) <= set(mine) and readable:
        assert any(f"CODE{space}" in answer.text for space in wanted or mine), "it does find what one may read"
    page = await town.send(person, "GET", "/")
    clean(page)


@settings(
    max_examples=6 if os.environ.get("DEMEURE_ENDURANCE") else 2,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # a whole house per example: shrinking takes minutes
)
@given(PLANS, st.lists(TABLES, min_size=SPACES, max_size=SPACES))
@pytest.mark.endurance
def test_no_canary_of_a_space_one_cannot_read(plan: Plan, later: list[dict[str, Right]]) -> None:
    async def go() -> None:
        with tempfile.TemporaryDirectory() as folder:
            async with built(plan, Path(folder)) as town:
                for person in range(PEOPLE):
                    await looked_at(town, plan, person)
                plan.given = later  # rights change while everybody is signed in: the next request knows it
                apply(town, plan)
                for person in range(PEOPLE):
                    await looked_at(town, plan, person)
                assert await town.small.journal.open_intentions() == []

    note(str(plan))
    asyncio.run(go())
