"""A person found, answered and erased in a small real house; nothing of them is left for who has every key."""

import asyncio
import io
import json
import zipfile
from datetime import date, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from demeure.clock import SystemClock
from demeure.errors import DemeureError
from demeure.gateway.locale import Sentences
from demeure.gateway.persons_told import asked_data
from demeure.gateway.register_rows import HouseRows
from demeure.identity import Membership, People, SpaceUnknown
from demeure.journal import Draft, JournalUnavailable
from demeure.library import Document
from demeure.persons.errors import (
    ExtensionRefused,
    MotiveMissing,
    NotSearched,
    PracticeErasesNothing,
    ReasonMissing,
    RequestOver,
    StillToDecide,
)
from demeure.policy import Actor, Denied, Right, Role
from demeure.store.space_tables import parts, passages, pseudonyms, vectors
from demeure.testing.canary import Canary
from demeure.testing.clock import StillClock
from demeure.testing.gateway import FakeRooms, make_house
from demeure.testing.house import ADMINISTRATOR, AGENT, SmallHouse, pieces, small_house
from demeure.testing.persons import NoPayloads, person_room

DPO = Actor("person", "dpo0", "Anne Petit", frozenset({Role.DPO}))
CHIEF = Actor("person", "chef", "Zoé Blanc", frozenset({Role.ADMINISTRATOR}))
CANARY = "Quervalouette"
WHO = f"Maëlys {CANARY}"
LETTER = f"""Madame Maëlys {CANARY.upper()}
4 rue des Lilas, 29200 Brest

M. Paul Durand (06 12 34 56 78) a reçu Mme {CANARY} le 3 mars. Il la rappelle.
"""
SENTENCES = Sentences.load()
SPACES, KINDS = ("mairie", "secret"), ("spaces", "blobs", "stems", "words")
WHY = "elle demande ce que nous savons d’elle"


class Rights:
    """The room over a small house, and the keys of persons that were destroyed."""

    def __init__(self, house: SmallHouse) -> None:
        self.payloads = NoPayloads()
        room = person_room(house, house.journal, self.payloads)
        self.files, self.finder, self.requests = room.files, room.finder, room.requests
        self.exporting, self.erasing, self.where = room.exporting, room.erasing, room.where
        self.people, self.names = People(house.instance.house, SystemClock()), room.pseudonyms

    async def gone(self, space: str, dossier: str, word: str) -> None:
        """Forget what holds ``word``."""
        await asyncio.to_thread(self.names.forget, space, dossier, lambda form: word.lower() in form.lower())


def say(key: str, **fields: object) -> str:
    return SENTENCES.say("fr", key, **fields)


async def filled(house: SmallHouse) -> dict[str, str]:
    """Documents in both spaces, a conversation about her, an entry of the journal."""
    for space in ("mairie", "secret"):
        Membership(house.instance.house).grant(space, "chef", Right.MANAGE)
    mine = await house.add("courrier.txt", LETTER)
    other = await house.add("autre.txt", "Paul Durand habite ici. La cantine ouvre à midi.")
    away = await house.add(f"dossier {WHO}.txt", f"Avis sur Maëlys {CANARY}.", "secret")
    house.engine.script = f"Mme Maëlys {CANARY} est venue [1]."
    async for _ in house.assistant.ask(AGENT, f"Qui est Maëlys {CANARY} ?", ["mairie"]):
        pass
    return {"mine": mine.id, "other": other.id, "away": away.id}


def test_found_answered_erased(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            with house.instance.house.write() as db:
                db.execute(sa.text("UPDATE people SET role = 'agent' WHERE role = 'administrator'"))
                for who, name, role in (("dpo0", "Anne Petit", "dpo"), ("chef", "Zoé Blanc", "administrator")):
                    row = {"i": who, "n": name, "l": who, "r": role}
                    added = "INSERT INTO people (id, name, login, created_at, role) VALUES (:i, :n, :l, '', :r)"
                    db.execute(sa.text(added), row)
            ids = await filled(house)
            rights = Rights(house)
            canary = Canary(tmp_path, house.instance.keys, CANARY)
            places = Canary(tmp_path, house.instance.keys, CANARY * 2, also=vectors_of(house, ids))
            before = canary.seen(house.journal)
            assert set(places.seen()) >= {"spaces/mairie-wal", "spaces/secret-wal"}, "their vectors alone"
            await found_by_whom(house, rights, ids)
            await answered(house, rights, ids)
            await erased(house, rights, ids)
            kinds = {where.removesuffix("-wal") for where in before}
            assert kinds >= {"house.db", "recall/house.db", "journal", *(f"{k}/{s}" for s in SPACES for k in KINDS)}
            assert canary.seen(None) == places.seen() == {}, "the same searches, after"
            assert house.shelf.document(ids["other"]) is not None
            assert await house.journal.open_intentions() == []

    asyncio.run(go())


def vectors_of(house: SmallHouse, ids: dict[str, str]) -> list[bytes]:
    """The bytes of the vectors of what is to go."""
    found: list[bytes] = []
    for space, name in (("mairie", "mine"), ("secret", "away")):
        query = sa.select(vectors.c.vector).join(passages).where(passages.c.document == ids[name])
        with house.rooms.database(space).read() as db:
            found += db.execute(query).scalars()
    assert len(found) >= 2
    return found


async def found_by_whom(house: SmallHouse, rights: Rights, ids: dict[str, str]) -> None:
    with pytest.raises(MotiveMissing):
        await rights.finder.find(DPO, [WHO], " ")
    with pytest.raises(Denied):
        await rights.finder.find(AGENT, [WHO], WHY)
    report = await rights.finder.find(DPO, [WHO], WHY)
    found = {(one.kind, one.object): one for one in report.findings}
    assert found["document", ids["mine"]].whole == 1 and found["document", ids["mine"]].same == 1
    assert found["document", ids["away"]].whole >= 2, "its name and its text"
    assert ("document", ids["other"]) not in found
    assert {kind for kind, _ in found} == {"document", "conversation", "journal"}
    assert report.looked["document"] == 3 and not report.unsearched
    entry = house.journal.named("person-searched")[-1]
    told = json.loads(house.journal.payloads[entry.index])
    assert told == {"who": [WHO], "why": WHY} and CANARY not in str(entry), "sealed, never in clear"


async def answered(house: SmallHouse, rights: Rights, ids: dict[str, str]) -> None:
    places = ({"kind": "heading", "path": []}, {"kind": "heading", "path": ["Dossier de M. Paul Durand"]})
    with house.rooms.database("mairie").write() as db:  # as of a letter without a heading, of minutes with some
        for at, place in enumerate(places, 90):
            row = {"document": ids["mine"], "ordinal": at, "place": place, "text": f"Vu avec {WHO}."}
            db.execute(parts.insert().values(**row))
    with pytest.raises(ReasonMissing):
        await rights.requests.open(DPO, "access", [WHO], " ")
    one = await rights.requests.open(CHIEF, "access", [WHO], "courrier du 2, carte vue")
    with pytest.raises(NotSearched):
        await rights.exporting.export(DPO, one.number, "fr", say)
    await rights.requests.search(CHIEF, one.number)
    with pytest.raises(Denied):
        await rights.exporting.export(CHIEF, one.number, "fr", say)
    made = await rights.exporting.export(DPO, one.number, "fr", say)
    with zipfile.ZipFile(io.BytesIO(made.data)) as packed:
        texts = {name: packed.read(name).decode() for name in packed.namelist()}
    whole = "\n".join(texts.values())
    assert CANARY.upper() in whole and "Durand" not in whole and "06 12 34 56 78" not in whole
    assert "[PERSONNE_1]" in whole and "[TELEPHONE_1]" in whole
    index = json.loads(texts["index.json"])
    assert index["format"] == "demeure.person/1" and {row["kind"] for row in index["found"]} >= {
        "document",
        "journal",
    }
    later = await rights.requests.extend(DPO, one.number, "beaucoup de dossiers")
    assert later.due_on > one.due_on
    with pytest.raises(ExtensionRefused):
        await rights.requests.extend(DPO, one.number, "encore")
    over = await rights.requests.close(DPO, one.number)
    assert over.state == "done" and not over.said and not over.note
    with pytest.raises(RequestOver):
        await rights.requests.search(DPO, one.number)
    refused = await rights.requests.open(DPO, "erasure", [WHO], "courriel")
    assert (await rights.requests.refuse(DPO, refused.number, "public-archive", "registre")).state == "refused"
    with house.instance.house.write() as db:  # it keeps whom it was about: taken out, for what this test looks for
        db.execute(sa.text("DELETE FROM person_requests WHERE number = :n"), {"n": refused.number})
        assert not db.execute(sa.text("SELECT count(*) FROM person_findings WHERE request = 1")).scalar()


async def erased(house: SmallHouse, rights: Rights, ids: dict[str, str]) -> None:
    one = await rights.requests.open(DPO, "erasure", [WHO], "courrier du 3")
    with pytest.raises(NotSearched):
        await rights.erasing.erase(DPO, one.number)
    await rights.requests.search(DPO, one.number)
    with pytest.raises(StillToDecide):
        await rights.erasing.erase(DPO, one.number)
    _, found = await rights.requests.request(DPO, one.number)
    await rights.requests.choose(DPO, one.number, {f.id: "erase" for f in found})
    stopped = await killed_in_the_middle(house, rights, one.number)
    assert stopped, "the second step did not come"
    after = await rights.erasing.erase(DPO, one.number)
    states = {f.finding.object: f.state for f in (await rights.requests.request(DPO, one.number))[1]}
    assert after.state == "open" and states[ids["mine"]] == states[ids["away"]] == "told", "no manager of these"
    assert rights.payloads.erased == [], "what others said stays sealed for them"
    told = next(f.id for f in rights.files.findings(one.number) if f.finding.object == ids["away"])
    for choice in ("keep", "erase"):  # what was told is decided anew: the request is not stuck on others
        await rights.requests.choose(DPO, one.number, {told: choice})
        again = {f.id: (f.state, f.choice) for f in rights.files.findings(one.number)}
        assert again[told] == ("found", choice)
    await rights.erasing.erase(DPO, one.number)
    for document in (ids["mine"], ids["away"]):
        await house.library.delete(CHIEF, document)
    await rights.requests.search(DPO, one.number)
    left = [f for f in (await rights.requests.request(DPO, one.number))[1] if f.state in ("found", "told")]
    await rights.requests.choose(DPO, one.number, {f.id: "keep" for f in left})
    over = await rights.erasing.erase(DPO, one.number)
    assert over.state == "done" and over.ended and len(over.ended["entries"]) == 2 and not over.said
    assert CANARY not in " ".join(entry.object for entry in house.journal.entries)


async def killed_in_the_middle(house: SmallHouse, rights: Rights, number: int) -> bool:
    """The journal stops answering after the first step: what is done stays done, the rest is still to be done."""
    house.journal.fail_after(2, JournalUnavailable())
    with pytest.raises(DemeureError):
        await rights.erasing.erase(DPO, number)
    house.journal._passes = house.journal._later = None
    for intention in await house.journal.open_intentions():
        await house.journal.close(intention, "interrupted")
    _, found = await rights.requests.request(DPO, number)
    return any(f.state == "found" for f in found)


def test_an_answer_that_came_late_counts_for_a_year_after_the_request_is_closed(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            rights, clock = Rights(house), SystemClock()
            rows = HouseRows(house.instance.house, clock, 31, 72)
            today = clock.now().astimezone().date()
            days = {"late": 58, "later": 75, "in time": 5, "an exercise": 58}
            for name, ago in days.items():
                came = (today - timedelta(days=ago)).isoformat()
                await rights.requests.open(
                    DPO, "access", [WHO], name, received_on=came, practice=name == "an exercise"
                )
            assert rows.read().values["requests_late"] == 2, "they wait"
            for number in (1, 3, 4):
                await rights.requests.search(DPO, number)
                await rights.requests.close(DPO, number)
            await rights.requests.refuse(DPO, 2, "identity", "rien ne l’établit")
            assert rows.read().values["requests_late"] == 2, "closed and refused, after the day"
            assert rows.read().values["requests_open"] == 0
            pages = make_house(FakeRooms())
            ends = [(await rights.requests.request(DPO, number))[0] for number in (1, 3)]
            first, third = (asked_data(pages, "fr", one) for one in ends)
            assert first["left"] is None and first["late"] == (today - date.fromisoformat(first["due_on"])).days > 0
            assert third["late"] == 0
            after = StillClock()
            after.moment = clock.now() + timedelta(days=367)
            assert HouseRows(house.instance.house, after, 31, 72).read().values["requests_late"] == 0

    asyncio.run(go())


def test_an_exercise_goes_the_same_way_erases_nothing_and_counts_nowhere(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            with house.instance.house.write() as db:
                added = "INSERT INTO people (id, name, login, created_at, role) VALUES (:i, 'Zoé', :i, '', 'agent')"
                db.execute(sa.text(added), {"i": "chef"})
            ids = await filled(house)
            rights = Rights(house)
            rows = HouseRows(house.instance.house, SystemClock(), 31, 72)
            one = await rights.requests.open(DPO, "erasure", [WHO], "exercice de printemps", practice=True)
            assert one.practice and one.due_on > one.received_on, "its clock runs as any other's"
            assert rows.read().values["requests_open"] == 0, "it is nobody's request"
            real = await rights.requests.open(DPO, "erasure", [WHO], "exercice de printemps")
            assert real.number != one.number and not real.practice
            assert rows.read().values["requests_open"] == 1
            await rights.requests.search(DPO, one.number)
            _, found = await rights.requests.request(DPO, one.number)
            assert ids["mine"] in {f.finding.object for f in found}
            await rights.requests.choose(DPO, one.number, {f.id: "erase" for f in found})
            with pytest.raises(PracticeErasesNothing):
                await rights.erasing.erase(DPO, one.number)
            assert house.shelf.document(ids["mine"]) is not None
            over = await rights.requests.close(DPO, one.number)
            assert over.state == "done" and over.practice and not over.said, "who it was about is forgotten"
            assert any("practice" in entry.object for entry in house.journal.entries)

    asyncio.run(go())


def test_an_account_leaves_with_all_it_wrote(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path, work=False) as house:
            rights = Rights(house)
            person = rights.people.add(WHO, "maelys", Role.AGENT)
            rights.people.add("Zoé Blanc", "zoe", Role.ADMINISTRATOR)
            Membership(house.instance.house).grant("mairie", person.id, Right.READ)
            async for _ in house.assistant.ask(person.actor, "Où est la clé ?", ["mairie"]):
                pass
            await house.journal.record(
                Draft("administration", "x", chain="c", actor=person.id, payload=WHO.encode())
            )
            held = await house.library.add(ADMINISTRATOR, "mairie", f"{WHO}.txt", pieces(b"x"))
            assert isinstance(held, Document)
            house.shelf.update(held.id, keep_until="2999-01-01")
            one = await rights.requests.open(DPO, "erasure", [WHO], "au guichet")
            await rights.requests.search(DPO, one.number)
            _, found = await rights.requests.request(DPO, one.number)
            assert [f.finding.kind for f in found] == ["account", "own", "document", "journal", "journal"]
            told = [one.holder for one in await rights.where(DPO, [f.finding for f in found[:2]])]
            assert told == [f"{WHO} (maelys)"] * 2, "two people may bear one name"
            await rights.requests.choose(DPO, one.number, {f.id: "erase" for f in found})
            waits = await rights.erasing.erase(ADMINISTRATOR, one.number)
            states = [(f.finding.holder, f.state, f.reason) for f in rights.files.findings(one.number)]
            mine, machine = (person.id, "done", ""), ADMINISTRATOR.id
            assert states[:2] == [mine, mine] and states[2] == (machine, "held", "keep-until"), "its card says so"
            assert sorted(states[3:]) == sorted([mine, (machine, "kept", "others")]), (
                "the file's name, as it was added"
            )
            assert waits.state == "open" and house.shelf.document(held.id)
            house.shelf.update(held.id, keep_until="2020-01-01")
            over = await rights.erasing.erase(ADMINISTRATOR, one.number)
            assert over.state == "done" and set(rights.payloads.erased) == {person.id}
            assert not await house.history.recent(person.actor)
            gone = rights.people.person(person.id)
            assert not gone.open and CANARY not in gone.name and gone.login != "maelys"
            assert Canary(tmp_path, house.instance.keys, CANARY).seen(None) == {}

    asyncio.run(go())


def test_pseudonyms_are_the_same_in_a_dossier_come_back_and_are_forgotten(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path, work=False) as house:
            rights = Rights(house)
            names = rights.names
            first, second = await names.hide(
                AGENT, "mairie", "bail 12", [LETTER, f"Maëlys {CANARY} loue à Paul Durand."]
            )
            assert CANARY.casefold() not in (first + second).casefold() and "Durand" not in first + second
            (third,) = await names.hide(AGENT, "mairie", "bail 12", ["Paul Durand rappelle."])
            assert third.split()[0] in second, "the same in the whole dossier"
            (other,) = await names.hide(AGENT, "mairie", "", ["Zoé Blanc puis Paul Durand."])
            answer = f"Oui, {third.split()[0].lower()} rappellera."
            assert await names.restore(AGENT, "mairie", "bail 12", answer) == "Oui, Paul Durand rappellera."
            assert await names.restore(AGENT, "mairie", "bail 12", first) == LETTER
            with pytest.raises(SpaceUnknown):
                await names.hide(AGENT, "secret", "", ["x"])
            house.journal.failure = JournalUnavailable()
            with pytest.raises(JournalUnavailable):
                await names.hide(AGENT, "mairie", "", ["Paul Durand"])
            house.journal.failure = None
            assert CANARY in await names.restore(AGENT, "mairie", "bail 12", second)
            await rights.gone("mairie", "bail 12", CANARY)
            assert "[" in await names.restore(AGENT, "mairie", "bail 12", second), "its token stands for nobody"
            assert await names.restore(AGENT, "mairie", "", other) == "Zoé Blanc puis Paul Durand."
            await names.hide(AGENT, "mairie", f"bail de {WHO}", ["Paul Durand"])
            await rights.gone("mairie", f"bail de {WHO}", CANARY)
            with house.rooms.database("mairie").read() as db:
                named = set(db.execute(sa.select(pseudonyms.c.dossier)).scalars())
            (renamed,) = named - {"bail 12", "commun"}
            assert CANARY not in renamed, "a dossier may be named by who it is about"
            assert await names.restore(AGENT, "mairie", renamed, "[PERSONNE_1]") == "Paul Durand", "others stay"

    asyncio.run(go())
