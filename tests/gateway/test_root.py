"""The page by which a computer comes to trust the house, and what a TLS house adds to every answer."""

import ssl
from collections.abc import Callable
from datetime import UTC, datetime

import httpx
import pytest

from demeure.gateway.threshold import Threshold
from demeure.testing.gateway import FakeRooms
from demeure.testing.people import CHOICE
from demeure.tls import facts_of, make_root, names_of, sign_server

from .conftest import Live

NOW = datetime.now(UTC)  # OpenSSL's own clock is the machine's
NAMES = names_of(["demeure.mairie.lan", "localhost"], ["127.0.0.1"])
ROOT, ROOT_KEY = make_root(NAMES, "Mairie de Saint-Aubin", NOW)


def threshold(*, own: bool = True) -> Threshold:
    return Threshold(*sign_server(ROOT, ROOT_KEY, NAMES, NOW), ROOT if own else b"")


@pytest.fixture
def safe(serve: Callable[..., Live]) -> Live:
    return serve(FakeRooms(), threshold=threshold())


def test_a_visitor_reads_how_to_install_and_downloads_the_root(safe: Live) -> None:
    fingerprint = facts_of(ROOT).fingerprint.upper()
    with safe.client(None) as client:
        page = client.get("/racine").text
        crt, pem = client.get("/racine/demeure-racine.crt"), client.get("/racine/demeure-racine.pem")
        assert client.get("/racine/demeure-racine.key").status_code == 404
    assert "".join(f"<span>{fingerprint[at : at + 4]}</span>" for at in range(0, 64, 4)) in page
    assert "demeure.mairie.lan" in page and "PRIVATE" not in page
    for system in ("Windows", "macOS", "Linux", "Android", "iPhone", "Firefox"):
        assert system in page
    assert crt.headers["content-type"] == "application/x-x509-ca-cert"
    assert ssl.DER_cert_to_PEM_cert(crt.content).strip().encode() == ROOT.strip() == pem.content.strip()
    with safe.client(None, **{"Accept-Language": "en"}) as client:
        assert "First, compare" in client.get("/racine").text


def test_there_is_nothing_to_install_otherwise(serve: Callable[..., Live]) -> None:
    given = serve(FakeRooms(), threshold=threshold(own=False))
    given.verify = ssl.create_default_context(cadata=ROOT.decode())
    with given.client(None) as client:
        assert "certificat donné par votre organisation" in client.get("/racine").text
        assert client.get("/racine/demeure-racine.crt").status_code == 404
    with serve(FakeRooms()).client(None) as client:
        assert "demeure tls init" in client.get("/racine").text


def test_over_tls_cookies_are_host_only_and_clear_text_is_not_forgotten(safe: Live) -> None:
    with safe.client(None) as client:
        answer = client.post("/lien/premier-lien", data=CHOICE)
        (cookie,) = answer.headers.get_list("set-cookie")
        assert cookie.startswith("__Host-demeure=") and "secure" in cookie.lower()
        assert answer.headers["strict-transport-security"].startswith("max-age=")
        named = {"Host": f"localhost:{safe.port}"}
        assert "strict-transport-security" not in client.get("/connexion", headers=named).headers
        for host, status in (
            (f"demeure.mairie.lan:{safe.port}", 200),
            (f"DEMEURE.mairie.lan:{safe.port}", 200),
            ("demeure.mairie.lan", 421),
            (f"autre.mairie.lan:{safe.port}", 421),
            (f"demeure.mairie.lan.evil.example:{safe.port}", 421),
            (f":{safe.port}", 421),
        ):
            assert client.get("/racine", headers={"Host": host}).status_code == status, host


def test_in_clear_the_answer_says_what_to_type(safe: Live) -> None:
    with httpx.Client(trust_env=False) as client:
        for path in ("/", "/lien/premier-lien"):
            answer = client.get(f"http://127.0.0.1:{safe.port}{path}")
            assert answer.status_code == 400
            assert "Cette page demande https://" in answer.text and "needs https://" in answer.text
            assert "strict-transport-security" not in answer.headers
    assert safe.rooms.reception.used == set(), "a link that travelled in clear was not even looked at"


def test_silent_and_broken_callers_do_not_keep_others_out(safe: Live) -> None:
    callers = [safe.connect() for _ in range(60)]
    for caller in callers[:30]:
        caller.sendall(b"\x16\x03\x01\x02\x00\x01")  # the beginning of a hello, and nothing more
    with safe.client() as client:
        assert client.get("/").status_code == 200
    for caller in callers:
        caller.close()
    with safe.client() as client:
        assert client.get("/").status_code == 200
