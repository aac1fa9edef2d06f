"""Every way in declares what policy decides and what the journal keeps; every response carries the same shield."""

import re
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from demeure import gateway
from demeure.errors import InputError
from demeure.gateway.api.description import PREFIXES
from demeure.gateway.app import ways
from demeure.gateway.guard import HEADERS
from demeure.gateway.way import EVENTS, Way
from demeure.policy import PUBLIC_PAGE, Action, Decision, Reason
from demeure.testing.gateway import FakeRooms

from .conftest import TOKEN, Live

WAYS = ways()
TEMPLATES = Path(gateway.__file__).parent / "templates"
PROTECTED = [way for way in WAYS if way.resource != PUBLIC_PAGE]


def address(way: Way) -> str:
    return re.sub(r"{(\w+)}", "x", way.path)


def name(way: Way) -> str:
    return f"{way.method} {way.path}"


def test_every_address_that_a_page_writes_is_one_that_the_house_serves() -> None:
    served = [re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(way.path))) for way in WAYS]
    written, lost = 0, []
    for page in sorted(TEMPLATES.glob("*.html")):
        for said in re.findall(r'(?:href|action|formaction|src)="(/[^"]*)"', page.read_text("utf-8")):
            plain = re.sub(r"{%.*?%}", "", re.sub(r"{{.*?}}", "x", said))
            written += 1
            if not any(one.fullmatch(re.split("[?#]", plain)[0]) for one in served):
                lost.append(f"{page.name}: {said}")
    assert lost == [] and written > 200


@pytest.mark.parametrize("way", WAYS, ids=name)
def test_a_way_names_its_action_its_event_and_who_decides(way: Way) -> None:
    assert isinstance(way.action, Action)
    assert way.event in EVENTS
    assert way.decided_by in ("gate", "library", "assistant", "identity", "words", "models")
    if way.changes:
        assert way.event != "refusal", "what changes something leaves an entry"
        at_the_door = way.path in (
            *("/connexion", "/connexion/code", "/connexion/cle", "/connexion/cle-seule", "/lien/{token}"),
        )
        assert at_the_door or way.resource != PUBLIC_PAGE, "a visitor changes nothing but their being one"


def test_the_only_ways_without_sign_in_are_these() -> None:
    assert {way.path for way in WAYS if way.resource == PUBLIC_PAGE} == {
        *("/racine", "/racine/{name}"),
        *(
            "/connexion",
            "/connexion/code",
            "/connexion/cle",
            "/connexion/cle-seule",
            "/connexion/par/{provider}",
            "/connexion/retour",
            "/lien/{token}",
            "/langue/{choice}",
            "/apparence/{choice}",
        ),
        *("/api/openapi.json", "/openapi.json", "/static/{name}", "/favicon.ico"),
    }


@pytest.mark.parametrize("way", PROTECTED, ids=name)
def test_nobody_passes_without_a_session(live: Live, way: Way) -> None:
    with live.client(None) as client:
        answer = client.request(way.method, address(way))
    assert answer.status_code == 401
    assert "www-authenticate" in answer.headers
    if way.path.startswith("/v1/"):
        assert answer.json()["error"]["code"] == "invalid_api_key"
    elif way.path.startswith(PREFIXES):
        assert answer.json()["error"]["code"] == "NotSignedIn"
    else:
        assert "demeure link" in answer.text
    assert live.rooms.assistant.asked == []


@pytest.mark.parametrize("way", WAYS, ids=name)
def test_every_response_is_shielded(live: Live, way: Way) -> None:
    live.rooms.shelves.put("x")
    with live.client(**{"X-Demeure-Token": TOKEN}) as client:
        shielded(client.request(way.method, address(way), json={"question": "?"} if way.changes else None))
    with live.client(None) as client:
        shielded(client.request(way.method, address(way)))


def shielded(answer: httpx.Response) -> None:
    for header, value in HEADERS.items():
        assert answer.headers.get_list(header) == [value], header
    assert answer.headers.get_list("cache-control") in (["no-store"], ["no-cache"])
    assert "server" not in answer.headers


def test_errors_and_surprises_are_shielded_too(serve: Callable[..., Live]) -> None:
    rooms = FakeRooms()
    live = serve(rooms)
    with live.client() as client:
        shielded(client.get("/absent"))
        shielded(client.put("/documents"))
        shielded(client.post("/demander", content=b"x" * (80 << 10)))
        shielded(client.get("/", headers={"Host": "evil.example"}))
        rooms.shelves.names = None  # type: ignore[assignment] # a bug somewhere
        broken = client.get("/")
    shielded(broken)
    assert broken.status_code == 500
    assert "Rien n’a été perdu" in broken.text
    assert broken.headers["x-demeure-trace"] in broken.text, "what finds it in the log"
    assert "NoneType" not in broken.text


def test_a_surprise_tells_the_log_where_and_never_what(
    serve: Callable[..., Live], capfd: pytest.CaptureFixture[str]
) -> None:
    class Bug:
        def __getattr__(self, name: str) -> object:
            raise RuntimeError("le contenu d’un document secret")

    rooms = FakeRooms()
    rooms.shelves.names = Bug()  # type: ignore[assignment]
    with serve(rooms).client() as client:
        assert client.get("/").status_code == 500
    told = capfd.readouterr().err
    assert "RuntimeError" in told
    assert "secret" not in told


def test_a_refusal_of_policy_is_written_then_told(serve: Callable[..., Live]) -> None:
    def refuse(*_: object) -> Decision:
        return Decision(False, (Reason("lundi", "C’est fermé le lundi.", "Closed on Mondays."),), "monday")

    live = serve(decision=refuse)
    with live.client() as client:
        answer = client.get("/")
        in_english = client.get("/api/session", headers={"Accept-Language": "en"})
    assert answer.status_code == in_english.status_code == 403
    assert "C’est fermé le lundi." in answer.text
    assert in_english.json()["error"]["sentence"].endswith("Closed on Mondays.")
    entries = live.rooms.journal.named("way-refused")
    assert [(e.kind, e.actor, e.object, e.decision) for e in entries] == [
        ("filter", "p1", "GET /", "monday"),
        ("filter", "p1", "GET /api/session", "monday"),
    ]


def test_the_api_describes_itself(live: Live) -> None:
    with live.client(None) as client:
        described = client.get("/api/openapi.json").json()
    listed = {(method.upper(), path) for path, methods in described["paths"].items() for method in methods}
    assert listed == {(w.method, w.path) for w in WAYS if w.path.startswith(PREFIXES)} - {
        ("GET", "/api/openapi.json")
    }
    operations = [operation for methods in described["paths"].values() for operation in methods.values()]
    assert all(o["summary"] and o["x-policy-action"] and o["x-journal-event"] in EVENTS for o in operations)
    assert len({o["operationId"] for o in operations}) == len(operations)


def test_no_page_names_another_origin(live: Live) -> None:
    live.rooms.shelves.put("Tarifs.pdf")
    with live.client() as client:
        pages = [client.get(p).text for p in ("/", "/documents", "/maison", "/documents/d1/supprimer", "/absent")]
        pages += [
            client.get(f"/static/{name}").text
            for name in ("demeure.css", "demeure.js", "ask.js", "copy.js", "drafts.js", "windows.js")
        ]
    with live.client(None) as client:
        pages.append(client.get("/connexion").text)
    for page in pages:
        found = re.findall(r"""(?:src|href|action|url|import)\W{1,4}(?:https?:)?//[^"')\s]+""", page)
        assert found == []


def test_known_errors_reach_programs_as_json(live: Live) -> None:
    live.rooms.assistant.failure = InputError(detail="non")
    with live.client(**{"X-Demeure-Token": TOKEN}) as client:
        answer = client.post("/api/ask", json={"question": "tarif"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "InputError")
