"""Random people, groups, spaces and documents, through the real gateway over the real library and identity: nothing
of a space one cannot read comes back, in any page, answer, source, error, count or list. Only the models are fakes,
and the engine repeats all that it was given to read."""

import asyncio
import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st

from demeure.library import Rooms
from demeure.policy import READING_ROLES, Right, Role
from demeure.store import Database

from .whole_town import GROUPS, HOLDERS, PEOPLE, SPACES, Plan, Town, apply, built

QUESTION = "Quel est le code de la porte du service ?"
RIGHTS = st.sampled_from(list(Right))


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
