"""A real browser over TLS: it accepts `__Host-` cookies, keeps the session, and refuses what the root may not sign.

The certificate is named to Chromium by its key alone (a list of SPKI): every other one is still refused.
"""

import base64
import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from demeure.gateway.threshold import Threshold
from demeure.testing.gateway import FakeRooms
from demeure.testing.people import CHOICE

from .conftest import Live
from .looking import SHOTS
from .test_browser import CHROMIUM, FLAGS, WIDTHS
from .test_root import threshold

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here: the pages were NOT opened in a browser"),
]
HELD = threshold()


def spki(held: Threshold) -> str:
    der = x509.load_der_x509_certificate(certificate(held)).public_key()
    raw = der.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(hashlib.sha256(raw).digest()).decode()


def certificate(held: Threshold) -> bytes:
    import ssl

    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname, client.verify_mode = False, ssl.CERT_NONE
    ours = held.context.wrap_bio(to_server, to_client, server_side=True)
    theirs = client.wrap_bio(to_client, to_server)
    for side in (theirs, ours, theirs, ours):
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            continue
    return theirs.getpeercert(binary_form=True) or b""


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    flags = [*FLAGS, f"--ignore-certificate-errors-spki-list={spki(HELD)}"]
    with sync_playwright() as playwright:
        folder = tmp_path_factory.mktemp("profile")  # that list asks for a profile of its own
        context = playwright.chromium.launch_persistent_context(
            folder, executable_path=CHROMIUM, args=flags, locale="fr-FR", viewport={"width": 1440, "height": 900}
        )
        context.set_default_timeout(10_000)
        yield context
        context.close()


def test_a_session_lives_in_a_host_cookie_from_the_link_to_the_end(
    chromium: Any, serve: Callable[..., Live]
) -> None:
    live = serve(FakeRooms(), threshold=HELD)
    page = chromium.new_page()
    page.goto(f"{live.url}/lien/premier-lien")
    for field in ("password", "again"):
        page.fill(f"#{field}", CHOICE[field])
    page.keyboard.press("Enter")
    page.wait_for_selector("#question")
    assert page.url == f"{live.url}/"
    (cookie,) = [c for c in chromium.cookies() if "demeure" in c["name"] and c["httpOnly"] and c["path"] == "/"]
    assert cookie["name"] == "__Host-demeure"
    assert cookie["secure"] and cookie["sameSite"] == "Strict"
    page.fill("#question", "Quel tarif ?")
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-answer] .cite .vh", state="attached")
    page.reload()
    assert page.locator(".turns .prose").count() >= 1
    page.click("details.me summary")
    page.click("form[action='/deconnexion'] button")
    page.wait_for_url("**/connexion")
    assert [c for c in chromium.cookies() if c["name"] == "__Host-demeure"] == []
    page.goto(f"{live.url}/documents")
    assert "Se connecter" in page.title()
    page.close()


def test_a_certificate_of_someone_else_is_not_let_in(chromium: Any, serve: Callable[..., Live]) -> None:
    from playwright.sync_api import Error

    other = serve(FakeRooms(), threshold=threshold())
    page = chromium.new_page()
    with pytest.raises(Error, match="ERR_CERT_AUTHORITY_INVALID"):
        page.goto(other.url)
    page.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", WIDTHS)
def test_the_page_of_the_root_reads_and_prints(
    chromium: Any, serve: Callable[..., Live], size: str, theme: str
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    live = serve(FakeRooms(), threshold=HELD)
    page = chromium.new_page()
    width, height = WIDTHS[size]
    page.set_viewport_size({"width": width, "height": height})
    page.emulate_media(color_scheme=theme)
    page.goto(f"{live.url}/racine")
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SHOTS / f"racine-{size}-{theme}.png", full_page=True)
    found = Axe().run(page).response["violations"]
    assert [(v["id"], [n["html"][:120] for n in v["nodes"]]) for v in found] == []
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    if (size, theme) == ("desk", "light"):
        with page.expect_download() as download:
            page.click("a.primary")
        assert Path(download.value.path()).read_bytes()[:1] == b"\x30"
        page.emulate_media(media="print")
        assert not page.is_visible("a.primary") and page.is_visible(".fingerprint")
        page.screenshot(path=SHOTS / "racine-paper.png", full_page=True)
    page.close()
