"""A program with a key adds documents, and takes no other way; each use is in the journal under the key's name."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from demeure.clock import SystemClock
from demeure.gateway.app import ways
from demeure.gateway.applications import EACH_MINUTE, KeyRoom
from demeure.gateway.key_forms import key_data
from demeure.gateway.rooms import LibraryCatalogue, LibraryShelves
from demeure.identity import (
    MOST_OWN,
    NO_LIMITS,
    ApplicationKeys,
    KeyForContractor,
    KeyInvalid,
    KeyOfPerson,
    KeyRefused,
    KeysTooMany,
    KeyTooFast,
    KeyUnknown,
)
from demeure.library.errors import DocumentUnknown
from demeure.policy import (
    PERSONAL_SCOPES,
    PUBLIC_PAGE,
    SCOPES,
    Action,
    Actor,
    Denied,
    Resource,
    Right,
    Role,
    decide,
)
from demeure.policy.scopes import ADD
from demeure.store.tables import people
from demeure.testing.gateway import CLAIRE, FakeRooms
from demeure.testing.house import ADMINISTRATOR, AGENT, pieces, small_house

from .conftest import TOKEN, Live

PAGE = "/administration/applications"


@pytest.fixture
def keyed(serve: Callable[..., Live]) -> tuple[Live, httpx.Client]:
    """A house, and a program that has a key of it."""
    rooms = FakeRooms()
    _, secret = asyncio.run(rooms.applications.give(CLAIRE, "courrier", "p1", ["mairie"], 30))
    live = serve(rooms)
    return live, httpx.Client(
        base_url=live.url, headers={"Authorization": f"Bearer {secret}"}, trust_env=False, timeout=10
    )


def test_nobody_gives_a_key_in_the_name_of_a_contractor(tmp_path: Path) -> None:
    async def law() -> None:
        async with small_house(tmp_path) as house:
            keys = ApplicationKeys(house.instance.house, SystemClock())
            room = KeyRoom(keys, house.journal, SystemClock())
            with house.instance.house.write() as db:
                db.execute(people.update().where(people.c.id == AGENT.id).values(role="contractor"))
            with pytest.raises(KeyForContractor):
                await room.give(ADMINISTRATOR, "robot", AGENT.id, [], 30, ["models"])
            paul = Actor("person", AGENT.id, AGENT.name, frozenset({Role.CONTRACTOR}))
            with pytest.raises(Denied):
                await room.give_own(paul, "poste", 30)
            assert await room.keys(ADMINISTRATOR) == []

    asyncio.run(law())


def test_a_program_adds_a_file_by_its_body_and_by_a_form(keyed: tuple[Live, httpx.Client]) -> None:
    live, program = keyed
    with program:
        raw = program.post("/api/documents", params={"space": "Mairie", "name": "a.txt"}, content=b"un")
        assert raw.status_code == 201 and raw.json()["documents"][0]["new"] is True
        form = program.post("/api/documents", data={"space": "mairie"}, files={"file": ("b.txt", b"deux")})
        assert form.status_code == 201
    assert {row.door for row in live.rooms.shelves.rows.values()} == {"api"}
    assert sorted(live.rooms.shelves.received.values()) == [b"deux", b"un"]


def test_tags_and_dates_are_put_on_what_is_new(keyed: tuple[Live, httpx.Client]) -> None:
    live, program = keyed
    asked = {"space": "mairie", "tags": "courrier, 2026", "owner": "Accueil", "keep_until": "2030-01-31"}
    with live.client(**{"X-Demeure-Token": TOKEN}) as person:
        sent = person.post("/api/documents", params={**asked, "name": "a.txt"}, content=b"un").json()["documents"][
            0
        ]
        assert (sent["tags"], sent["owner"], sent["keep_until"]) == (["2026", "courrier"], "Accueil", "2030-01-31")
        again = person.post("/api/documents", params={"space": "mairie", "tags": "x", "name": "b"}, content=b"un")
        assert again.status_code == 200 and again.json()["documents"][0]["tags"] == ["2026", "courrier"]
        for wrong in ({"tags": "!!!"}, {"keep_until": "demain"}, {"owner": "x" * 81}):
            refused = person.post("/api/documents", params={**asked, **wrong, "name": "c"}, content=b"trois")
            assert refused.status_code == 400, wrong
    with program:
        unruly = program.post("/api/documents", params={**asked, "name": "d.txt"}, content=b"quatre")
    assert unruly.status_code == 403, "dates are for who manages the space: the owner of this key does not"
    assert list(live.rooms.shelves.received.values()) == [b"un"], "what is refused is refused before the file"


def test_no_other_way_opens_to_a_key(keyed: tuple[Live, httpx.Client]) -> None:
    live, program = keyed
    tried = [way for way in ways() if not way.scope and "{" not in way.path]
    assert len(tried) > 60
    with program:
        for way in tried:
            answer = program.request(way.method, way.path, content=b"{}" if way.changes else None)
            wanted = (403,) if way.resource != PUBLIC_PAGE else (403, 200)
            assert answer.status_code in wanted, (way.method, way.path, answer.status_code)
    refused = [e for e in live.rooms.journal.entries if e.name == "way-refused"]
    assert {e.actor for e in refused} == {"application:courrier"}
    opened = [way for way in ways() if way.scope]
    assert [(way.method, way.path) for way in opened if way.scope == ADD] == [("POST", "/api/documents")]
    assert all(any(way.action in SCOPES[scope] for scope in way.scopes) for way in opened)


def _own(rooms: FakeRooms, scopes: frozenset[str] = PERSONAL_SCOPES) -> str:
    """The secret of a key that Claire gave to a program of hers."""
    key, secret = asyncio.run(rooms.applications.give_own(CLAIRE, "Accueil", 365))
    rooms.applications.rows[key.name] = replace(key, scopes=tuple(scopes))
    return secret


def _program(live: Live, secret: str) -> httpx.Client:
    headers = {"Authorization": f"Bearer {secret}"}
    return httpx.Client(base_url=live.url, headers=headers, trust_env=False, timeout=10)


def test_a_program_of_one_s_own_drafts_and_asks_in_one_s_name_and_takes_no_other_way(
    serve: Callable[..., Live],
) -> None:
    live = serve(FakeRooms())
    notes = {"fields": {"notes": "salle libre le 14 juin"}, "language": "fr"}
    with _program(live, _own(live.rooms)) as program:
        for way in ways():
            if way.scopes & PERSONAL_SCOPES or "{" in way.path:
                continue
            answer = program.request(way.method, way.path, content=b"{}" if way.changes else None)
            wanted = (403,) if way.resource != PUBLIC_PAGE else (403, 200)
            assert answer.status_code in wanted, (way.method, way.path, answer.status_code)
        assert live.rooms.applications.uses == [], "what is refused is no use"
        work = program.post("/api/tasks/courriel", json=notes).json()["work"]
        assert program.get(f"/api/works/{work}").status_code == 200
        assert "event: closed" in program.post("/api/ask", json={"question": "Quel tarif ?"}).text
        for verb, path in (("DELETE", ""), ("POST", "/share"), ("POST", "/edit")):
            assert program.request(verb, f"/api/works/{work}{path}", content=b"{}").status_code == 403
    with live.client() as person:
        assert work in person.get("/taches").text, "it is in her own history"
    used = [what for _, what in live.rooms.applications.uses]
    assert used == ["POST /api/tasks/{task}", "POST /api/ask"]
    (asked,) = [e for e in live.rooms.journal.entries if e.name == "task-asked" and e.phase == "intention"]
    assert asked.actor == CLAIRE.id


@pytest.mark.parametrize("scope", sorted(PERSONAL_SCOPES))
def test_a_key_opens_its_own_scope_only(serve: Callable[..., Live], scope: str) -> None:
    live = serve(FakeRooms())
    with _program(live, _own(live.rooms, frozenset({scope}))) as program:
        opened = {
            "ask": program.post("/api/ask", json={"question": "Quel tarif ?"}).status_code == 200,
            "tasks": program.post("/api/tasks/courriel", json={"fields": {"notes": "oui"}}).status_code == 201,
        }
    assert opened == {one: one == scope for one in PERSONAL_SCOPES}


def test_the_account_gives_a_key_to_a_program_once_and_withdraws_it(serve: Callable[..., Live]) -> None:
    live = serve()
    with live.client(Origin=live.url) as client:
        assert "LibreOffice" in client.get("/compte").text
        given = client.post("/compte/logiciels", data={"token": TOKEN, "device": "Accueil"}).text
        assert "demeure-secret-accueil" in given and "demeure1." in given
        again = client.get("/compte").text
        assert "demeure-secret" not in again and "demeure1." not in again and "accueil-0" in again
        assert "là où cette personne peut lire" in client.get(PAGE).text, "an administrator sees that it exists"
        extension = client.get("/compte/logiciels/demeure-libreoffice.oxt")
        assert extension.content.startswith(b"PK") and extension.headers["content-type"].endswith("extension")
        assert "ouvrent encore" in client.get("/compte?fait=mot-de-passe").text
        assert "ouvrent encore" not in client.get("/compte?fait=nom").text
        assert client.post("/compte/logiciels/paie/retirer", data={"token": TOKEN}).status_code == 404
        gone = client.post("/compte/logiciels/accueil-0/retirer", data={"token": TOKEN}, follow_redirects=True)
        assert "elle n’ouvre plus rien" in gone.text and "Retirée" in gone.text


def test_a_key_that_opens_nothing_is_told_so_and_is_no_visitor(keyed: tuple[Live, httpx.Client]) -> None:
    live, program = keyed
    program.close()
    with live.client(Authorization="Bearer demeure-fausse", **{"X-Demeure-Token": TOKEN}) as both:
        answer = both.post("/api/documents", params={"space": "mairie", "name": "a.txt"}, content=b"un")
    assert answer.status_code == 401, "a session beside it does not make it good"
    assert answer.json()["error"]["code"] == "KeyRefused"
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert live.rooms.shelves.received == {}
    assert len(live.rooms.applications.tried) == 1


def test_the_page_gives_a_key_once_and_withdraws_it(serve: Callable[..., Live]) -> None:
    live = serve()
    with live.client(Origin=live.url) as client:
        assert "Aucune clé" in client.get(PAGE).text
        asked = {"token": TOKEN, "name": "paie", "owner": "p1", "space": "mairie", "days": "90"}
        asked |= {"highest": "interne", "requests_minute": "60"}
        given = client.post(PAGE, data=asked).text
        assert "demeure-secret-paie" in given and "pour la seule fois" in given
        listed = client.get(PAGE).text
        assert "demeure-secret-paie" not in listed and "En vigueur" in listed and "Mairie" in listed
        line = listed.split('<summary class="line">', 1)[1].split("</summary>")[0]
        assert "demandes par minute : 60, jusqu’à la classe « Interne »" in line.replace("\u00a0", " "), "unfolded"
        again = client.post(PAGE, data=asked)
        assert again.status_code == 409 and 'value="paie"' in again.text
        assert client.post(PAGE, data={**asked, "name": "b", "days": "-1"}).status_code == 400
        assert client.post(f"{PAGE}/paie/retirer", data={"token": TOKEN}).status_code == 303
        assert "Retirée" in client.get(PAGE).text


def test_a_real_key_in_a_real_house(tmp_path: Path) -> None:
    """What it brings is journalled under its name; it sees and touches nothing else, and ends with its owner."""

    async def go() -> None:
        async with small_house(tmp_path, work=False) as house:
            clock, rights = SystemClock(), house.instance.house
            keys = ApplicationKeys(rights, clock)
            room = KeyRoom(keys, house.journal, clock)
            shelves, catalogue = LibraryShelves(house.library), LibraryCatalogue(house.catalogue)
            with pytest.raises(Denied):
                await room.give(AGENT, "paie", AGENT.id, ["mairie"], 30)
            _, secret = await room.give(ADMINISTRATOR, "paie", AGENT.id, ["mairie"], 30)
            actor = await room.guest(secret)
            with pytest.raises(Denied):  # its owner only reads there
                await shelves.add(actor, "mairie", "a.txt", pieces(b"un"), door="api")
            from demeure.identity import Membership

            Membership(rights).grant("mairie", AGENT.id, Right.CONTRIBUTE)
            theirs = await shelves.add(ADMINISTRATOR, "mairie", "b.txt", pieces(b"deux"), door="api")
            mine = await shelves.add(actor, "mairie", "a.txt", pieces(b"un"), door="api")
            assert await catalogue.tag(actor, [mine.document.id], ["courrier"]) == 1
            assert [row.id for row in await catalogue.shown(actor, [mine.document.id, theirs.document.id])] == [
                mine.document.id
            ]
            with pytest.raises(DocumentUnknown):
                await catalogue.tag(actor, [theirs.document.id], ["courrier"])
            for refused in (shelves.documents(actor, "mairie"), shelves.delete(actor, mine.document.id)):
                with pytest.raises((Denied, DocumentUnknown)):
                    await refused
            await room.revoke(ADMINISTRATOR, "paie")
            for _ in range(5):
                with pytest.raises(KeyRefused):
                    await room.guest(secret)
                with pytest.raises(KeyRefused):
                    await room.guest("demeure-autre")
            told = [(e.name, e.actor, e.outcome) for e in house.journal.entries]
            assert ("document-add-closed", "application:paie", "refused") in told
            assert ("document-add-closed", "application:paie", "done") in told
            assert ("documents-tag-closed", "application:paie", "done") in told
            refusals = [(e.actor, e.object, e.decision) for e in house.journal.entries if e.name == "key-refused"]
            assert refusals == [("application:paie", "paie", "revoked"), ("visitor", "unknown", "unknown")]
            assert secret.encode() not in b"".join(house.journal.payloads), "nor anywhere in the journal"
            assert {e.decision for e in house.journal.entries if e.name == "key-given"} == {
                "administrators-only",
                "machine-administrator",
            }
            assert [key.scopes for key in await room.keys(ADMINISTRATOR)] == [(ADD,)]

    asyncio.run(go())


def test_a_key_of_one_s_own_in_a_real_house(tmp_path: Path) -> None:
    """It is the person within its scopes, at a measured pace, until it is withdrawn or the account is closed."""

    async def go() -> None:
        async with small_house(tmp_path, work=False) as house:
            clock = SystemClock()
            keys = ApplicationKeys(house.instance.house, clock)
            room = KeyRoom(keys, house.journal, clock)
            key, secret = await room.give_own(AGENT, "Poste d’accueil", 30)
            assert key.name.startswith("poste-d-accueil-") and key.personal and key.actor_id == AGENT.id
            actor = await room.guest(secret)
            assert (actor.kind, actor.id, actor.roles, actor.key) == ("person", AGENT.id, AGENT.roles, key.name)
            assert (await house.library.readable(actor)) == (await house.library.readable(AGENT))
            own = Resource("account", owner=AGENT.id)
            assert not decide(actor, Action.ACCOUNT_CHANGE, own).allowed, "it gives no key in its turn"
            assert not decide(actor, Action.WORK_READ, Resource("work", "w", owner="another")).allowed
            with pytest.raises(Denied):
                await room.give_own(actor, "autre", 30)
            with pytest.raises(KeyInvalid):  # nobody gives another a key that reads
                keys.add("espion", AGENT.id, PERSONAL_SCOPES, [], 30, ADMINISTRATOR.id)
            with pytest.raises(KeyInvalid):
                keys.add("mele", AGENT.id, [ADD, *PERSONAL_SCOPES], [], 30, AGENT.id)
            for _ in range(EACH_MINUTE):
                await room.used(actor, "POST /api/ask")
            with pytest.raises(KeyTooFast):
                await room.used(actor, "POST /api/ask")
            used = [e for e in house.journal.entries if e.name == "key-used"]
            assert len(used) == EACH_MINUTE and {e.actor for e in used} == {AGENT.id}
            assert used[0].object == f"{key.name} POST /api/ask"
            other = Actor("person", "p9", "Un autre", AGENT.roles)
            with pytest.raises(KeyUnknown):
                await room.revoke_own(other, key.name)
            for refused in (
                room.limit(ADMINISTRATOR, key.name, NO_LIMITS),
                room.rotate(ADMINISTRATOR, key.name, 1),
            ):
                with pytest.raises(KeyOfPerson):  # it is in their list: it is not said to be unknown
                    await refused
            assert key_data(key, {})["quotas"] == {"requests_minute": EACH_MINUTE}, "what holds is told"
            assert await room.own(other) == [] and [one.name for one in await room.own(AGENT)] == [key.name]
            more = [(await room.give_own(AGENT, f"poste {at}", 30))[1] for at in range(MOST_OWN - 1)]
            with pytest.raises(KeysTooMany):
                await room.give_own(AGENT, "encore", 30)
            await room.revoke_own(AGENT, key.name)
            with pytest.raises(KeyRefused):
                await room.guest(secret)
            with house.instance.house.write() as db:
                db.execute(people.update().where(people.c.id == AGENT.id).values(disabled=True))
            with pytest.raises(KeyRefused):  # the account is closed: all its keys are
                await room.guest(more[0])
            assert not any(one.encode() in b"".join(house.journal.payloads) for one in (secret, *more))

    asyncio.run(go())
