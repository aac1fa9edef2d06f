"""Souveraineté: the last proof as the journal keeps it, the plan as the table says, and nothing promised beyond."""

import asyncio
import hashlib
import io
import re
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from demeure.confinement import PROFILES
from demeure.gateway.pages.sovereignty import TABLE
from demeure.gateway.plan import drawn
from demeure.identity import Person
from demeure.journal import Draft
from demeure.journal.verify_statement import look
from demeure.policy import Actor, Role
from demeure.proof import BLOCKED, INCONCLUSIVE, OPEN, Fact, Proof, Result
from demeure.proof.statement import made
from demeure.settings import Settings
from demeure.testing.administration import process
from demeure.testing.clock import StillClock
from demeure.testing.gateway import FakeRooms

from .conftest import Live

SOCKETS = [{"number": 5, "kind": "listener", "target": "127.0.0.1 8420"}, {"number": 6, "kind": "unix listener"}]


def proved(rooms: FakeRooms, clock: StillClock, *verdicts: str, ladder: str = "A") -> None:
    """A proof of that house ends now, with one probe of each verdict."""
    results = [
        Result(f"probe-{n}", "gateway", "network", verdict, verdict != INCONCLUSIVE, ("seccomp",), "EPERM")
        for n, verdict in enumerate(verdicts or (BLOCKED, BLOCKED))
    ]
    facts = [Fact("routes", BLOCKED, "Aucune route.", "No route.")]
    proof = Proof(results, ladder, facts)
    settings = Settings(organisation="Mairie de Saint-Aubin", hosted_by="Hébergeur d’Ici")
    now = clock.now()
    statement = made(proof, Path("absent"), settings, rooms.journal.signer.vkey, (now - timedelta(seconds=9), now))
    counts = " ".join(f"{name}={number}" for name, number in proof.counts().items())
    digest = hashlib.sha512(statement).hexdigest()

    async def go() -> None:
        begun = await rooms.journal.intention(Draft("administration", "walls-proved", chain="c", actor="uid:1"))
        about = f"{proof.verdict} ladder={ladder} {counts} statement={digest}"
        await rooms.journal.close(begun, "done", object=about, payload=statement)

    with ThreadPoolExecutor(1) as aside:
        aside.submit(asyncio.run, go()).result()


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
def rooms(clock: StillClock) -> FakeRooms:
    rooms = FakeRooms()
    rooms.journal._clock = clock
    gateway = rooms.porter.state["processes"][1]
    gateway["facts"] = gateway["facts"] | {"descriptors": SOCKETS}
    rooms.register.put(Person("p2", "Paul Le Gall", "paul", Role.AGENT))
    rooms.register.sessions["paul"] = Actor("person", "p2", "Paul Le Gall", frozenset({Role.AGENT}))
    return rooms


@pytest.fixture
def live(serve: Callable[..., Live], rooms: FakeRooms, clock: StillClock) -> Live:
    return serve(rooms, clock=clock)


def test_without_a_proof_nothing_is_promised(live: Live) -> None:
    with live.client() as client:
        page = client.get("/souverainete").text
        assert client.get("/souverainete/preuve").status_code == 404
    assert "Rien n’a encore été prouvé" in page and "Jamais faite" in page
    assert "Rien ne sort" not in page


def test_a_green_proof_is_said_until_it_expires(live: Live, rooms: FakeRooms, clock: StillClock) -> None:
    proved(rooms, clock)
    with live.client("paul") as paul:
        page = paul.get("/souverainete").text
        assert "Rien ne sort de la maison" in page and "Essais arrêtés\u00a0: 2. Passés\u00a0: 0." in page
        assert "Preuve de moins de 24 heures" in paul.get("/").text
        clock.forward(hours=25)
        page = paul.get("/souverainete").text
        assert "À revérifier" in page and "Rien ne sort" not in page
        assert "La dernière preuve ne vaut plus" in paul.get("/").text


@pytest.mark.parametrize(
    ("verdicts", "ladder", "told"),
    [
        ((BLOCKED, OPEN), "A", "Une sortie a réussi"),
        ((BLOCKED, BLOCKED), "B", "Enfermement partiel"),
    ],
)
def test_a_lesser_proof_is_never_told_as_a_green_one(
    live: Live, rooms: FakeRooms, clock: StillClock, verdicts: tuple[str, ...], ladder: str, told: str
) -> None:
    proved(rooms, clock, *verdicts, ladder=ladder)
    with live.client() as client:
        page = client.get("/souverainete").text
    assert told in page and "Rien ne sort" not in page


def test_the_last_proof_counts_and_an_interrupted_one_does_not(
    live: Live, rooms: FakeRooms, clock: StillClock
) -> None:
    proved(rooms, clock, BLOCKED, OPEN)
    with live.client() as client:
        assert "Une sortie a réussi" in client.get("/souverainete").text
        proved(rooms, clock)

        async def interrupted() -> None:
            begun = await rooms.journal.intention(Draft("administration", "walls-proved", chain="d"))
            await rooms.journal.close(begun, "interrupted")

        asyncio.run(interrupted())
        assert "Rien ne sort de la maison" in client.get("/souverainete").text


def test_the_evidence_is_the_statement_of_the_page_and_asking_for_it_is_written(
    live: Live, rooms: FakeRooms, clock: StillClock, tmp_path: Path
) -> None:
    proved(rooms, clock)
    with live.client() as client:
        page = client.get("/souverainete/preuve").text
        answer = client.get("/souverainete/preuve/fichier")
    assert answer.headers["content-type"] == "application/zip"
    (tmp_path / "preuve.zip").write_bytes(answer.content)
    found, vkey = look(tmp_path / "preuve.zip", rooms.journal.signer.vkey, None)
    assert found["verdict"] == "blocked" and vkey == rooms.journal.signer.vkey
    with zipfile.ZipFile(io.BytesIO(answer.content)) as packed:
        digest = hashlib.sha512(packed.read("statement.json")).hexdigest()
    assert digest in page and "Hébergeur d’Ici" in page and "hyperviseur" in page
    assert [entry.actor for entry in rooms.journal.named("evidence-asked")] == ["p1"]


def test_the_evidence_is_for_those_who_keep_the_journal(live: Live, rooms: FakeRooms, clock: StillClock) -> None:
    proved(rooms, clock)
    with live.client("paul") as paul:
        assert "Le dossier de preuve</a>" not in paul.get("/souverainete/preuve").text
        assert paul.get("/souverainete/preuve/fichier").status_code == 403
    assert rooms.journal.named("way-refused")


def test_who_came_and_what_was_refused_are_numbers_of_the_last_day(
    live: Live, rooms: FakeRooms, clock: StillClock
) -> None:
    async def go() -> None:
        await rooms.journal.record(Draft("sign-in", "signed-in", actor="p9", chain="x"))
        clock.forward(hours=30)
        for actor in ("p1", "p2", "p2"):
            await rooms.journal.record(Draft("sign-in", "signed-in", actor=actor, chain="x"))
        await rooms.journal.record(Draft("sign-in", "password-refused", actor="p2", chain="x"))
        await rooms.journal.record(Draft("filter", "way-refused", actor="p2", chain="x"))
        await rooms.journal.record(Draft("sign-in", "control-opened", actor="uid:1", chain="x"))

    asyncio.run(go())
    with live.client("paul") as paul:
        page = paul.get("/souverainete").text
    assert "2 personnes depuis 24" in page and "2 refus depuis 24" in page and "a servi 1 fois" in page
    assert 'href="/journal?genre=sign-in"' in page, "one's own lines, for those who may not read the others'"


def test_a_socket_that_the_kernel_does_not_show_is_a_wall_on_the_plan(live: Live, rooms: FakeRooms) -> None:
    with live.client() as client:
        assert "2 portes vers l’extérieur" in client.get("/souverainete").text
        rooms.porter.state["processes"][1] = process("gateway", 4101, 1000, facts={"descriptors": SOCKETS[:1]})
        live.house.pulse._status._until = 0.0
        assert "1 porte vers l’extérieur" in client.get("/souverainete").text


def test_every_pair_of_the_table_is_a_gap_of_the_plan_and_nothing_else() -> None:
    plan = drawn(TABLE, TABLE, ("public", "control"))
    pairs = {(role, peer) for role, profile in TABLE.items() for peer in profile.peers}
    assert plan.apart == ()
    assert {*plan.handed} == pairs
    walled = {name: replace(profile, peers=()) for name, profile in TABLE.items()}
    walls = drawn(walled, (), ())
    assert walls.handed == walls.entries == ()
    assert pieces(plan.inner) - pieces(walls.inner) == len(pairs), "each gap cuts one wall in two"
    assert pieces(plan.outer) - pieces(walls.outer) == 2


def test_a_pair_that_the_plan_cannot_draw_is_told() -> None:
    odd = dict(PROFILES) | {"scribe": replace(PROFILES["scribe"], peers=("engine-embed",))}
    assert drawn(odd, (), ()).apart == (("scribe", "engine-embed"),)


def pieces(path: str) -> int:
    return len(re.findall("M", path))
