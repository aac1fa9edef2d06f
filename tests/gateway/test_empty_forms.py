"""The right comes before the form: an empty one sent to every way that changes something is refused to whoever may
not, and is never « done » for anybody else."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from demeure.gateway.app import ways
from demeure.gateway.way import Way
from demeure.identity import grant_in
from demeure.policy import MATRIX, NEEDED, PUBLIC_PAGE, ROLES, Action, Cell, Right, Role

from .whole_town import HOLDERS, PEOPLE, SPACES, Plan, Town, built

SENT = [way for way in ways() if way.method == "POST" and way.resource != PUBLIC_PAGE]
PROGRAMS = ("/api/", "/v1/", "/mcp")
BUTTONS = {
    "/compte/sessions/fermer-les-autres",
    "/souverainete/preuve",
    "/espaces/{space}/questions",  # a box that is not ticked: questions are not gathered
    "/documents/{document}/pret",  # the same: not kept ready
    "/documents/{document}/supprimer",  # its own page has asked, the address says which
}
"""Ways that ask no field: their empty form says what is wanted."""
WHO = [(role, right) for role in ROLES for right in (Right.READ, Right.MANAGE)]


@pytest.fixture(scope="module")
def tried(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[tuple[str, Role, Right], httpx.Response]]:
    """Every way × every role × a mere reader and a manager of the space, in one house."""
    nobody = [dict.fromkeys(HOLDERS, Right.NONE) for _ in range(SPACES)]
    plan = Plan([Role.AGENT] * PEOPLE, [2, 1, 1], [frozenset(), frozenset()], nobody)

    async def go(folder: Path) -> dict[tuple[str, Role, Right], httpx.Response]:
        async with built(plan, folder) as town:
            return {
                (way.path, role, right): await sent(town, way, person)
                for person, (role, right) in enumerate(WHO, await came(town))
                for way in SENT
                if way.path != "/deconnexion" and not way.path.startswith("/documents/{document}/supprimer")
            }

    yield asyncio.run(go(tmp_path_factory.mktemp("town")))


async def came(town: Town) -> int:
    """The people of WHO move in; the number of the first."""
    first = len(town.people)
    for role, right in WHO:
        person = town.entrance.people.add(f"{role.value} {right.label}", f"{role.value}-{right.label}", role)
        town.people.append(person)
        town.sessions.append(town.entrance.people.redeem(town.entrance.people.create_link(person.id)).token)
        with town.small.instance.house.write() as connection:
            grant_in(connection, town.spaces[0], person.id, right)
    return first


async def sent(town: Town, way: Way, person: int) -> httpx.Response:
    path = way.path.replace("{space}", town.spaces[0]).replace("{document}", town.documents[0][0])
    path = path.replace("{task}", "resume").replace("{number}", "1")
    if way.path.startswith(PROGRAMS):
        return await town.send(person, "POST", path, json={})
    if path.endswith(("/importer", "/documents", "/fichier")):  # forms of files
        head = {"token": (None, town.token(person))}
        return await town.send(person, "POST", path, files=head)
    return await town.send(person, "POST", path, data={"x": ""})


def may(way: Way, role: Role, right: Right) -> bool | None:
    """Of this space; None: what it is about is not named by the address, the role may do it somewhere."""
    cell = MATRIX[way.action][role]
    if cell is Cell.NEVER:
        return False
    if way.action in (Action.SPACE_CLASS, Action.DOCUMENT_CLASS):  # whom a class names may lower it
        return None if role in (Role.ADMINISTRATOR, Role.REFERENT) else right >= NEEDED[way.action]
    if cell is not Cell.SPACE or not {"{space}", "{document}"} & set(way.path.split("/")):
        return None
    return right >= NEEDED[way.action]


@pytest.mark.parametrize("way", SENT, ids=lambda way: way.path)
def test_whoever_may_not_is_refused_whatever_their_form_says(
    tried: dict[tuple[str, Role, Right], httpx.Response], way: Way
) -> None:
    looked = 0
    for role, right in WHO:
        if (answer := tried.get((way.path, role, right))) is None or may(way, role, right) is not False:
            continue
        looked += 1
        unseen = role is Role.AUDITOR and "{" in way.path  # reads no contents: nothing of a space exists for them
        assert answer.status_code in ((403, 404) if unseen else (403,)), (role, right, answer.status_code)
    certain = [may(way, role, right) for role, right in WHO]
    assert looked == certain.count(False) or way.path == "/documents/{document}/supprimer"


@pytest.mark.parametrize("way", SENT, ids=lambda way: way.path)
def test_an_empty_form_is_never_told_as_done(
    tried: dict[tuple[str, Role, Right], httpx.Response], way: Way
) -> None:
    if way.path in BUTTONS:
        return
    for role, right in WHO:
        if (answer := tried.get((way.path, role, right))) is not None:
            assert answer.status_code < 500
            where = answer.headers.get("location", "")
            told = where.partition("?")[2].partition("#")[0]
            assert told in ("", "fait=rien", "suivi=rien"), (role, right, where)


def test_what_changed_nothing_says_so(tmp_path: Path) -> None:
    nobody = [dict.fromkeys(HOLDERS, Right.NONE) for _ in range(SPACES)]
    plan = Plan([Role.AGENT] * PEOPLE, [1, 1, 1], [frozenset(), frozenset()], nobody)

    async def go() -> None:
        async with built(plan, tmp_path) as town:
            town.entrance.membership.grant(town.spaces[0], town.people[0].id, Right.MANAGE)
            document, space = town.documents[0][0], town.spaces[0]
            for way in (f"/documents/{document}/suivi", f"/documents/{document}/classe", f"/espaces/{space}/garde"):
                answer = await town.send(0, "POST", way, data={"x": ""})
                page = await town.send(0, "GET", answer.headers["location"].partition("#")[0])
                assert "Rien n’a été changé" in page.text and "enregistré." not in page.text, way
            many = {"espace": space, "document": document}
            told = await town.send(0, "POST", "/documents/suivi", data=many)
            assert told.status_code == 400 and "Rien n’a été changé" in told.text
            kept = await town.send(0, "POST", f"/documents/{document}/suivi", data={"responsable": "Accueil"})
            assert kept.headers["location"].endswith("?fait#suivi")
            assert (await town.send(1, "POST", "/espaces", data={"nom": ""})).status_code == 403, "an agent"
            refused = town.small.journal.named("way-refused")
            assert [(one.object, one.actor) for one in refused] == [("POST /espaces", town.people[1].id)]

    asyncio.run(go())
