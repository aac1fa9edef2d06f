"""Souveraineté: the last proof as the journal keeps it, the plan as the table says, and nothing promised beyond."""

import asyncio
import hashlib
import html
import io
import re
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from authority import Authority

from demeure.airlock import Route, keep
from demeure.confinement import ANTIVIRUS, PROFILES
from demeure.gateway.exits import Exits, OpenRoute, Socket
from demeure.gateway.pages.sovereignty import TABLE
from demeure.gateway.plan import drawn
from demeure.gateway.proofs import RED
from demeure.gateway.ways_out import WaysOut
from demeure.host import WARN, Audit, Finding
from demeure.identity import Person
from demeure.journal import Draft
from demeure.journal.timestamp import Stamped, query
from demeure.journal.verify_statement import look
from demeure.policy import Actor, Role, RouteTerms
from demeure.proof import BLOCKED, INCONCLUSIVE, OPEN, Fact, Proof, Result
from demeure.proof.mending import MENDS
from demeure.proof.statement import made
from demeure.settings import Settings
from demeure.testing.administration import process
from demeure.testing.clock import StillClock
from demeure.testing.gateway import FakeRooms
from demeure.testing.journal import MemoryJournal
from demeure.workshop import SheetNotSet

from .conftest import Live

STRAY = {"number": 9, "kind": "tcp", "target": "tcp to 192.0.2.9 port 443"}


def sockets(live: Live) -> list[dict[str, Any]]:
    """Of its gateway, as the kernel shows them."""
    listener = {"number": 5, "kind": "listener", "target": f"on 127.0.0.1 port {live.port}"}
    return [listener, {"number": 6, "kind": "unix listener"}]


@pytest.fixture(autouse=True)
def two_probes_are_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """These proofs hold two made-up probes; which twenty are needed is for tests/proof to say."""
    monkeypatch.setattr("demeure.journal.verify_statement.LEAST", 0)


@mock.patch("demeure.proof.verdict.CORE", ())
def proved(
    rooms: FakeRooms, clock: StillClock, *verdicts: str, ladder: str = "A", reds: tuple[Fact, ...] = ()
) -> None:
    """A proof of that house ends now, with one probe of each verdict, and these facts beside a green one."""
    results = [
        Result(f"probe-{n}", "gateway", "network", verdict, verdict != INCONCLUSIVE, ("seccomp",), "EPERM")
        for n, verdict in enumerate(verdicts or (BLOCKED, BLOCKED))
    ]
    facts = [Fact("routes", BLOCKED, "Aucune route.", "No route."), *reds]
    recorded(rooms, clock, Proof(results, ladder, facts))


def recorded(rooms: FakeRooms, clock: StillClock, proof: Proof) -> None:
    """As the command writes it."""
    settings = Settings(organisation="Mairie de Saint-Aubin", hosted_by="Hébergeur d’Ici")
    now = clock.now()
    statement = made(proof, Path("absent"), settings, rooms.journal.signer.vkey, (now - timedelta(seconds=9), now))
    counts = " ".join(f"{name}={number}" for name, number in proof.counts().items())
    digest = hashlib.sha512(statement).hexdigest()

    async def go() -> None:
        begun = await rooms.journal.intention(Draft("administration", "walls-proved", chain="c", actor="uid:1"))
        about = f"{proof.verdict} ladder={proof.ladder} {counts} statement={digest}"
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
    rooms.register.put(Person("p2", "Paul Le Gall", "paul", Role.AGENT))
    rooms.register.sessions["paul"] = Actor("person", "p2", "Paul Le Gall", frozenset({Role.AGENT}))
    return rooms


@pytest.fixture
def live(serve: Callable[..., Live], rooms: FakeRooms, clock: StillClock) -> Live:
    return holding(serve(rooms, clock=clock))


def holding(live: Live, *more: dict[str, Any]) -> Live:
    """Its gateway holds its two listeners, and ``more``."""
    gateway = live.rooms.porter.state["processes"][1]
    gateway["facts"] = gateway["facts"] | {"descriptors": [*sockets(live), *more]}
    return live


def route(instance: Path, name: str) -> None:
    """One of that name is declared, and serves."""
    terms = RouteTerms(name, "engine", "essai", "dsi", "n° 12", "France", "RGPD", frozenset({"public"}))
    keep(instance, Route(terms, "engine.test", 8443, ("10.0.0.7",), ("10.0.0.0/8",), model="m"))


PHRASES = {
    "fr": (
        "Rien ne sort",
        ("Rien ne sort, sauf par 1 route ouverte", "Rien ne sort, sauf par 2 routes ouvertes"),
        "Une connexion que personne n’a déclarée",
    ),
    "en": (
        "Nothing leaves",
        ("Nothing leaves, except by 1 open route", "Nothing leaves, except by 2 open routes"),
        "A connection that nobody declared",
    ),
}
"""Language → « nothing leaves », but for one route or two, the alarm."""


@pytest.mark.parametrize("language", ["fr", "en"])
def test_nothing_leaves_is_told_by_no_page_while_something_may(
    serve: Callable[..., Live], rooms: FakeRooms, clock: StillClock, tmp_path: Path, language: str
) -> None:
    """Closed, by one route, by two, and while a socket lives that nobody declared: every page says the same."""
    line: Any = None  # nobody is asked anything
    ways = WaysOut(tmp_path, line, MemoryJournal(), lambda _actor: [])
    live = holding(serve(rooms, clock=clock, ways_out=ways))
    proved(rooms, clock)
    leaves, but, alarm = PHRASES[language]

    def pages() -> list[str]:
        with live.client(**{"accept-language": language}) as client:
            return [client.get(at).text for at in ("/souverainete", "/souverainete/preuve", "/", "/maison")]

    told = pages()
    assert all(leaves in page for page in told)
    assert not any(but[0] in page or alarm in page for page in told)
    route(tmp_path, "lan")
    for page in (told := pages()):
        assert f"<b>{leaves}</b>" not in page and f"{leaves}." not in page and 'data-door="warn"' in page
    assert but[0] in told[0] and "engine.test:8443" in told[0] and "engine.test:8443" in told[1]
    route(tmp_path, "far")
    assert but[1] in pages()[0]
    holding(live, STRAY)
    for page in (told := pages()):
        assert leaves not in page and 'data-door="stop"' in page
    assert alarm in told[0] and alarm in told[1] and "192.0.2.9 port 443" in told[0]
    holding(live)
    assert alarm not in pages()[0]


def test_the_certificate_of_a_proof_made_with_open_routes_says_so(
    live: Live, rooms: FakeRooms, clock: StillClock
) -> None:
    way = Fact("routes", INCONCLUSIVE, "OUVERTE par l’organisation, 1 route.", "OPEN by the organisation, 1 route.")
    proved(rooms, clock, reds=(way,))
    with live.client() as client:
        client.get("/souverainete/preuve/page")
    (sheet,) = rooms.typesetter.set
    assert (sheet.tone, sheet.verdict) == ("warn", "Aucun essai n’est sorti\u202f; des routes sont ouvertes.")
    assert any("OUVERTE" in line for part in sheet.parts for line in part.lines)


def test_an_alarm_is_told_before_what_a_proof_found() -> None:
    exits, way = Exits(), OpenRoute("lan", "engine.test", 8443)
    proof = ("proven", "partial", "stale", "unproven", "red", "loose")
    assert [exits.told(one, ()).standing for one in proof] == [*proof]
    assert [exits.told(one, [way]).standing for one in proof] == ["routed", *proof[1:]]
    exits.seen([Socket("worker", "tcp to 192.0.2.9 port 443")])
    assert {exits.told(one, [way]).standing for one in proof} == {"undeclared"} and exits.told("stale", ()).alarm


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


def test_the_house_page_no_longer_says_that_nothing_is_proven_once_it_is(
    live: Live, rooms: FakeRooms, clock: StillClock
) -> None:
    with live.client() as client:
        assert "pas encore une preuve" in client.get("/maison").text
        proved(rooms, clock)
        page = client.get("/maison").text
    assert "pas encore" not in page and "La dernière preuve est du" in page
    assert '<a href="/souverainete/preuve">Voir la preuve</a>' in page


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


def unanswered(rooms: FakeRooms, clock: StillClock, why: str = "silent", *, problem: str = "") -> None:
    """A proof of which a core probe did not answer, on a machine that was too busy; or for another reason."""
    silent = Result("probe-0", "gateway", "network", INCONCLUSIVE, False, ("seccomp",), "", why)
    with mock.patch("demeure.proof.verdict.CORE", ("probe-0",)):
        recorded(rooms, clock, Proof([silent], "A", [], problem=problem, late=why == "silent" and not problem))


def test_a_proof_that_a_busy_machine_stopped_says_nothing_against_the_one_before(
    live: Live, rooms: FakeRooms, clock: StillClock
) -> None:
    unanswered(rooms, clock)
    with live.client() as client:
        alone = client.get("/souverainete").text
        assert "À revérifier" in alone and "une preuve plus récente" not in alone.lower()
        proved(rooms, clock)
        clock.forward(minutes=8)
        unanswered(rooms, clock)
        unanswered(rooms, clock)
        page = client.get("/souverainete").text
        assert "Rien ne sort de la maison" in page and "n’a pas répondu à temps" in page
        assert "Elle sera refaite." in page and "Refaites-la." not in page
        for _ in range(22):
            clock.forward(hours=1)
            unanswered(rooms, clock)
            assert "Rien ne sort de la maison" in client.get("/souverainete").text, "however often"
        clock.forward(hours=24)
        assert "À revérifier" in client.get("/souverainete").text, "it is worth no longer than it says"
        proved(rooms, clock, BLOCKED, OPEN)
        unanswered(rooms, clock)
        assert "Une sortie a réussi" in client.get("/souverainete").text


def test_twins_that_did_not_open_are_not_told_as_a_busy_machine(
    live: Live, rooms: FakeRooms, clock: StillClock
) -> None:
    proved(rooms, clock)
    unanswered(rooms, clock, problem="La maison ne s’est pas ouverte.")
    unanswered(rooms, clock)
    with live.client() as client:
        page = client.get("/souverainete").text
    assert "À revérifier" in page and "Rien ne sort" not in page


@pytest.mark.parametrize("why", ["silent", "control", "deaf"])
def test_a_red_proof_stays_told_until_a_proof_concludes(
    live: Live, rooms: FakeRooms, clock: StillClock, why: str
) -> None:
    """However often, however long ago, and whatever kept the newer ones from concluding."""
    proved(rooms, clock)
    proved(rooms, clock, BLOCKED, OPEN)
    with live.client() as client:
        for hours in (1, 1, 1, 1, 1, 1, 1, 30):
            clock.forward(hours=hours)
            unanswered(rooms, clock, why)
            page = client.get("/souverainete").text
            assert "Une sortie a réussi" in page and "n’a rien conclu" in page
            assert live.house.proofs.standing(clock.now()) == RED, "the alarm asks this"
        assert ("n’a pas répondu à temps" in page) == (why == "silent")
        proved(rooms, clock)
        page = client.get("/souverainete").text
        assert "Rien ne sort de la maison" in page and "n’a rien conclu" not in page


def test_a_house_that_makes_no_proof_by_itself_does_not_promise_one(
    serve: Callable[..., Live], rooms: FakeRooms, clock: StillClock
) -> None:
    live = serve(rooms, clock=clock, settings=Settings(prove_hours=0))
    proved(rooms, clock)
    unanswered(rooms, clock)
    with live.client() as client:
        page = client.get("/souverainete").text
        english = client.get("/souverainete", headers={"accept-language": "en"}).text
    assert "Refaites-la." in page and "Elle sera refaite" not in page
    assert "probably too busy" in english and "Make it again." in english


@pytest.mark.parametrize(("sending", "told"), [(0, "0 peut"), (1, "1 peut"), (2, "2 peuvent")])
def test_programs_of_the_machine_that_may_send_are_counted_as_people_count(
    serve: Callable[..., Live], rooms: FakeRooms, clock: StillClock, sending: int, told: str
) -> None:
    one = Finding("p", "programs", WARN, "Un programme.", "A program.", sends_fr="des copies", sends_en="copies")
    live = serve(rooms, clock=clock, audit=lambda: Audit(clock.now(), True, (one,) * sending))
    with live.client() as client:
        assert f"0 à traiter, {sending} à regarder\u00a0; {told} envoyer" in client.get("/souverainete").text


def test_what_is_not_known_of_a_room_is_not_told_as_stopped(live: Live, rooms: FakeRooms) -> None:
    rooms.porter.state = None
    with live.client() as client:
        page = client.get("/souverainete").text
    assert "L’état de la maison n’est pas connu" in page and "à l’arrêt" not in page and "inconnu" in page


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("fr", ("Lanceur", "Sans murs\N{NO-BREAK SPACE}: il les bâtit", "et là où écrivent ceux")),
        ("en", ("Launcher", "No walls: it builds them", "and where those born of it write")),
    ],
)
def test_who_builds_the_walls_has_a_line_in_the_table(
    live: Live, rooms: FakeRooms, language: str, told: tuple[str, ...]
) -> None:
    rooms.porter.state["processes"].insert(0, process("launcher", 4099, 20_000_000))
    with live.client(**{"Accept-Language": language}) as client:
        page = client.get("/souverainete").text
    table = page.partition('aria-labelledby="tableau"')[2].partition("</table>")[0]
    assert all(words in table for words in told)
    assert table.count('<small class="muted mono">launcher') == table.count(">supervisor</small>") == 1


KEYS = Fact("keys", OPEN, "Clés lisibles par d’autres : keys (0755).", "Keys that others may read: keys (0755).")
LISTENER = Fact("listeners", OPEN, "Écoutes réelles : :80.", "Real ones: :80.")
VISITED = Fact("browser", OPEN, "Réponse hostile : 2 visite(s).", "Hostile answer: 2 visit(s).")


@pytest.mark.parametrize(
    ("facts", "threshold"),
    [
        ((KEYS,), ("Clés lisibles par d’autres", "Keys others can read")),
        ((LISTENER,), ("Écoute non déclarée", "Undeclared listener")),
        ((KEYS, LISTENER), ("La maison est à corriger", "The house needs attention")),
    ],
)
def test_a_red_fact_is_not_told_as_a_way_out(
    live: Live, rooms: FakeRooms, clock: StillClock, facts: tuple[Fact, ...], threshold: tuple[str, str]
) -> None:
    """What is red is named with what to do about it; nobody reads that something got out."""
    proved(rooms, clock, reds=facts)
    with live.client() as client:
        pages = [client.get(at).text for at in ("/souverainete", "/souverainete/preuve", "/souverainete/preuves")]
        home = client.get("/").text
        english = client.get("/souverainete", headers={"accept-language": "en"}).text
        client.get("/souverainete/preuve/page")
    for page in (*pages, home):
        assert "Une sortie a réussi" not in page and f"<b>{threshold[0]}</b>" in page
        assert 'data-door="stop"' in page and "Rien ne sort" not in page
    for fact in facts:
        assert fact.mend is not None
        assert fact.fr in pages[0] and fact.mend[0] in pages[0] and fact.mend[0] in pages[1]
        assert fact.en in english and fact.mend[1] in english
    assert "Aucun essai n’est sorti" in pages[0] and "un point est à corriger" in pages[2]
    assert f"<b>{threshold[1]}</b>" in english and "A way out worked" not in english
    assert rooms.typesetter.set[-1].verdict == "Quelque chose est ouvert."


def test_a_page_that_reached_the_canary_server_is_a_way_out(
    live: Live, rooms: FakeRooms, clock: StillClock
) -> None:
    proved(rooms, clock, reds=(VISITED, KEYS))
    with live.client() as client:
        page, home = client.get("/souverainete").text, client.get("/").text
    assert "<b>Une sortie a réussi</b>" in home and "débranchez cette machine du réseau" in page
    assert VISITED.fr in page and KEYS.fr in page


def test_a_wall_that_nobody_watched_is_named(live: Live, rooms: FakeRooms, clock: StillClock) -> None:
    told = {"probes": [], "facts": {}, "mutations": [{"fr": "sans filtre", "en": "no filter", "ok": False}]}
    proved(rooms, clock)
    with live.client() as client:
        client.get("/souverainete")
        proofs = live.house.proofs
        proofs.last = replace(proofs.last, verdict="open", told=proofs.last.told | told)
        page = client.get("/souverainete/preuve").text
    assert "<b>Un mur sans témoin</b>" in page and "sans filtre" in page and "Une sortie a réussi" not in page


def test_every_fact_that_can_be_red_says_what_to_do() -> None:
    """The facts that house_facts, headers and browser may open are those that have a line."""
    import demeure.proof

    sources = [
        (Path(demeure.proof.__file__).parent / f"{one}.py").read_text()
        for one in ("house_facts", "headers", "browser")
    ]
    able = {name for text in sources for name in re.findall(r'Fact\(\s*"([a-z-]+)",\s*OPEN', text)}
    assert able == set(MENDS)
    assert all(fr and en and fr != en for fr, en in MENDS.values())


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


def test_the_page_of_a_proof_is_made_from_its_statement_in_both_languages(
    live: Live, rooms: FakeRooms, clock: StillClock
) -> None:
    proved(rooms, clock)
    with live.client("paul") as paul:
        assert "Le certificat d’une page</a>" in paul.get("/souverainete").text
        answer = paul.get("/souverainete/preuve/page")
        assert answer.headers["content-type"] == "application/pdf"
        assert answer.headers["content-disposition"].startswith('attachment; filename="preuve-')
        assert paul.get("/souverainete/preuve/page").content == answer.content
        clock.forward(hours=30)
        assert paul.get("/souverainete/preuve/page").content == answer.content, "a dated page does not change"
        paul.cookies["demeure-language"] = "en"
        assert paul.get("/souverainete/preuve/page").content != answer.content
    french, english = rooms.typesetter.set
    assert (french.language, french.tone, french.verdict) == ("fr", "ok", "Aucun essai n’est sorti de la maison.")
    assert english.verdict == "No attempt got out of the house." and english.organisation == "Mairie de Saint-Aubin"
    assert [label for _, label in french.figures][:3] == ["essais arrêtés", "essais passés", "non concluants"]
    assert [number for number, _ in french.figures] == ["2", "0", "0", "2", "A"]
    assert len(french.steps.items) == 3 and french.steps.items[2][1].startswith("python3 -I -S verify.py")
    statement = rooms.journal.payloads[rooms.journal.named("walls-proved-closed")[0].index]
    assert french.code.told == f"sha512:{hashlib.sha512(statement).hexdigest()}"
    assert any("hyperviseur" in line for part in french.parts for line in part.lines), "it is with a provider"


@pytest.mark.parametrize(
    ("verdicts", "ladder", "tone", "said"),
    [
        ((BLOCKED, OPEN), "A", "stop", "Une sortie a réussi."),
        ((BLOCKED,), "B", "warn", "Aucun essai n’est sorti\u202f; l’enfermement est partiel."),
        ((OPEN,) * 9, "A", "stop", "Une sortie a réussi."),
    ],
)
def test_the_page_of_a_lesser_proof_says_so(
    live: Live, rooms: FakeRooms, clock: StillClock, verdicts: tuple[str, ...], ladder: str, tone: str, said: str
) -> None:
    proved(rooms, clock, *verdicts, ladder=ladder)
    with live.client() as client:
        client.get("/souverainete/preuve/page")
    (sheet,) = rooms.typesetter.set
    assert (sheet.tone, sheet.verdict) == (tone, said)
    if OPEN in verdicts:
        assert (
            sheet.parts[0].title == "Ce qui est ouvert"
            and f"probe-{verdicts.index(OPEN)} (gateway)" in sheet.parts[0].lines
        )
        assert len(sheet.parts[0].lines) <= 5
    if len(verdicts) > 5:
        assert "5\u202fautres" in sheet.parts[0].lines[-1] or "5 autres" in sheet.parts[0].lines[-1]


def test_the_pack_holds_the_page_and_a_workshop_that_fails_is_told(
    live: Live, rooms: FakeRooms, clock: StillClock, tmp_path: Path
) -> None:
    proved(rooms, clock)
    with live.client() as client:
        page = client.get("/souverainete/preuve/page").content
        pack = client.get("/souverainete/preuve/fichier").content
        (tmp_path / "p.zip").write_bytes(pack)
        assert look(tmp_path / "p.zip", rooms.journal.signer.vkey, None)[0]["page"] == "certificat.pdf"
        with zipfile.ZipFile(io.BytesIO(pack)) as packed:
            assert packed.read("certificat.pdf") == page
        proved(rooms, clock, BLOCKED)
        rooms.typesetter.failure = SheetNotSet(detail="JobDied")
        answer = client.get("/souverainete/preuve/fichier")
    assert answer.status_code == 502 and "mise en page" in answer.text


def test_proofs_are_kept_and_told_with_their_age(live: Live, rooms: FakeRooms, clock: StillClock) -> None:
    proved(rooms, clock, BLOCKED, OPEN)
    first = rooms.journal.named("walls-proved-closed")[0].index
    clock.forward(hours=23)
    proved(rooms, clock)
    clock.forward(hours=2)
    with live.client() as client:
        page = client.get("/souverainete/preuves").text
        assert "toutes les 23 heures" in page and "au journal 12 mois" in page
        rows = [re.sub(r"<[^>]+>", " ", row) for row in page.split("<tr>")[2:]]
        assert len(rows) == 2 and "2\u00a0h" in rows[0] and "Aucun essai n’est sorti" in rows[0]
        assert "1\u00a0jour" in rows[1] and "Une sortie a réussi" in rows[1]
        assert client.get(f"/souverainete/preuve/page?entree={first}").status_code == 200
        packed = client.get(f"/souverainete/preuve/fichier?entree={first}")
        assert packed.status_code == 200 and f"preuve-{first}.zip" in packed.headers["content-disposition"]
        assert client.get("/souverainete/preuve/page?entree=0").status_code == 404, "another entry"
        assert client.get("/souverainete/preuve/page?entree=x").status_code == 404
        assert client.get("/souverainete/preuve/fichier?entree=999999").status_code == 404
    with live.client("paul") as paul:
        page = paul.get("/souverainete/preuves").text
        assert f"page?entree={first}" in page and "fichier?entree" not in page
        assert paul.get(f"/souverainete/preuve/fichier?entree={first}").status_code == 403


def test_the_data_protection_officer_has_the_proof_made_and_takes_the_evidence(
    live: Live, rooms: FakeRooms, clock: StillClock
) -> None:
    from demeure.gateway.visit import form_token

    rooms.register.sessions["dora"] = rooms.register.put(Person("p3", "Dora", "dora", Role.DPO)).actor
    proved(rooms, clock)
    with live.client("dora") as dora:
        page = dora.get("/souverainete").text
        assert "Faire la preuve</button>" in page and "/souverainete/preuve/fichier" in page
        assert dora.post("/souverainete/preuve", data={"token": form_token("dora")}).status_code == 303
        assert dora.get("/souverainete/preuve/fichier").headers["content-type"] == "application/zip"
    assert [entry.actor for entry in rooms.journal.named("proof-asked")] == ["p3"]
    with live.client("paul") as paul:
        assert paul.post("/souverainete/preuve", data={"token": form_token("paul")}).status_code == 403


def test_an_authority_that_stamped_the_journal_is_named(live: Live, rooms: FakeRooms, tmp_path: Path) -> None:
    with live.client() as client:
        assert "Par aucun voisin ni aucune autorité" in client.get("/souverainete").text
        authority = Authority(tmp_path, "Horodatage du Canton")
        note = rooms.journal.signer.sign(1234, b"r" * 32)
        rooms.journal.stamp_kept = Stamped(note, authority.stamp(query(note.encode())))
        page = client.get("/souverainete").text
        assert "Horodatage du Canton a horodaté le point de contrôle de 1\u202f234 entrées" in page


def test_who_came_and_what_was_refused_are_numbers_of_the_last_day(
    live: Live, rooms: FakeRooms, clock: StillClock
) -> None:
    async def go() -> None:
        await rooms.journal.record(Draft("sign-in", "signed-in", actor="p9", chain="x"))
        clock.forward(hours=30)
        for actor in ("p1", "p2", "p2"):
            await rooms.journal.record(Draft("sign-in", "signed-in", actor=actor, chain="x"))
        for person, outcome in (("p2", "done"), ("p5", "done"), ("", "refused")):
            link = await rooms.journal.intention(Draft("sign-in", "link-presented", actor="visitor", chain="x"))
            await rooms.journal.close(link, outcome, object=person)
        await rooms.journal.record(Draft("sign-in", "password-refused", actor="p2", chain="x"))
        await rooms.journal.record(Draft("filter", "way-refused", actor="p2", chain="x"))
        await rooms.journal.record(Draft("filter", "answer-checked", actor="p2", chain="x"))
        await rooms.journal.record(Draft("sign-in", "control-opened", actor="uid:1", chain="x"))

    asyncio.run(go())
    with live.client("paul") as paul:
        page = paul.get("/souverainete").text
    assert "3 personnes depuis 24" in page, "two by their password, one of them and another by a link"
    assert "3 refus depuis 24" in page and "a servi 1 fois" in page
    assert 'href="/journal?genre=sign-in"' in page, "one's own lines, for those who may not read the others'"


def test_the_number_of_refusals_is_that_of_the_lines_it_opens(
    live: Live, rooms: FakeRooms, clock: StillClock
) -> None:
    async def go() -> None:
        await rooms.journal.record(Draft("sign-in", "password-refused", actor="visitor", chain="x"))
        clock.forward(hours=50)
        for kind, name in (
            ("sign-in", "password-refused"),
            ("sign-in", "account-waits"),
            ("sign-in", "link-refused"),
            ("sign-in", "signed-in"),
            ("filter", "way-refused"),
            ("filter", "answer-checked"),
        ):
            await rooms.journal.record(Draft(kind, name, actor="visitor", chain="x"))

    asyncio.run(go())
    with live.client() as client:
        page = client.get("/souverainete").text
        assert "4 refus depuis 24" in page and "Dont 3 à l’entrée" in page
        links = [html.unescape(link) for link in re.findall(r'href="(/journal\?genre=[^"]*q=refus[^"]*)"', page)]
        lines = {link: client.get(link).text.count("<tr><td") for link in links}
    assert {"sign-in" in link: count for link, count in lines.items()} == {True: 3, False: 1}


def test_a_socket_that_the_kernel_does_not_show_is_a_wall_on_the_plan(live: Live, rooms: FakeRooms) -> None:
    with live.client() as client:
        assert "2 portes vers l’extérieur" in client.get("/souverainete").text
        rooms.porter.state["processes"][1] = process(
            "gateway", 4101, 1000, facts={"descriptors": sockets(live)[:1]}
        )
        live.house.pulse._status._until = 0.0
        assert "1 porte vers l’extérieur" in client.get("/souverainete").text


def test_every_pair_of_the_table_is_a_gap_of_the_plan_and_nothing_else() -> None:
    plan = drawn(TABLE, TABLE, ("public", "control"))
    pairs = {(role, peer) for role, profile in TABLE.items() for peer in profile.peers if peer in TABLE}
    assert plan.apart == ()
    assert {*plan.handed} == pairs
    walled = {name: replace(profile, peers=()) for name, profile in TABLE.items()}
    walls = drawn(walled, (), ())
    assert walls.handed == walls.entries == ()
    assert pieces(plan.inner) - pieces(walls.inner) == len(pairs), "each gap cuts one wall in two"
    assert pieces(plan.outer) - pieces(walls.outer) == 2


def test_a_declared_antivirus_is_a_door_of_the_worker_and_an_undeclared_one_is_nowhere() -> None:
    walls, plan = drawn(TABLE, TABLE, ()), drawn(TABLE, TABLE, (), (ANTIVIRUS,))
    assert walls.exits == () and [name for name, _ in plan.exits] == [ANTIVIRUS]
    assert {*plan.handed} - {*walls.handed} == {("worker", ANTIVIRUS)}
    assert pieces(plan.outer) - pieces(walls.outer) == 1 and plan.inner == walls.inner
    odd = dict(TABLE) | {"scribe": replace(PROFILES["scribe"], peers=(ANTIVIRUS,))}
    assert ("scribe", ANTIVIRUS) in drawn(odd, (), (), (ANTIVIRUS,)).apart, "another room's is told"


def test_the_page_draws_and_tells_the_antivirus_that_settings_name(serve: Callable[..., Live]) -> None:
    drawn_there, said_there, told = ">Antivirus</text>", "Une porte vers l’antivirus", ", Antivirus</td>"
    for place, times in (("", 0), ("/run/clamav/clamd.ctl", 1)):
        with serve(settings=Settings(antivirus_socket=place)).client() as client:
            page = client.get("/souverainete").text
        assert [page.count(words) for words in (drawn_there, said_there, told)] == [times] * 3


def test_the_page_of_the_house_does_not_say_that_all_is_as_declared_and_no_more_during_an_alarm(
    serve: Callable[..., Live],
) -> None:
    exits = Exits()
    with serve(exits=exits).client() as client:
        assert "Connexion non déclarée" not in client.get("/maison").text
        exits.seen([Socket("worker", "tcp to 192.0.2.9 port 443")])
        page = client.get("/maison").text
    main = page[page.index("<main") :]
    assert "Connexion non déclarée" in main and 'data-tone="stop"' in main and "Voir laquelle" in main


def test_a_route_that_cannot_be_read_is_told_beside_the_doors(serve: Callable[..., Live], tmp_path: Path) -> None:
    (tmp_path / "routes").mkdir()
    (tmp_path / "routes" / "base.toml").write_text("tls = ")
    line: Any = None  # nobody is asked anything
    with serve(ways_out=WaysOut(tmp_path, line, MemoryJournal(), lambda _actor: [])).client() as client:
        page = client.get("/souverainete")
    assert page.status_code == 200 and "La route «\u00a0base\u00a0»" in page.text


def test_a_pair_that_the_plan_cannot_draw_is_told() -> None:
    odd = dict(PROFILES) | {"scribe": replace(PROFILES["scribe"], peers=("engine-embed",))}
    assert drawn(odd, (), ()).apart == (("scribe", "engine-embed"),)


def pieces(path: str) -> int:
    return len(re.findall("M", path))
