"""A provider that nobody here wrote (npm oidc-provider, certified), of ``make clients``: its pages are filled
in, the code comes back, its tokens are verified through the airlock."""

import asyncio
import re
import shutil
import ssl
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from airlock_ends import Authority
from ldap_ends import certificate
from provider_ends import CLIENT, SECRET, Scripted
from test_provider_lies import HERE, HOST, Town, town

from demeure.gateway.provider_room import OUT
from demeure.providers import SignInDeclined, SignInOver, keep, remove

ROOT = Path(__file__).resolve().parents[2]
MODULES = ROOT / "cache" / "clients" / "node_modules"
NODE = shutil.which("node")
pytestmark = pytest.mark.skipif(
    NODE is None or not (MODULES / "oidc-provider").is_dir(), reason="no Node or no oidc-provider (make clients)"
)
MORE = 'create = true\n[[groups]]\nvalue = "urba"\nname = "Urbanisme"\n'


def browse(authority: Authority, port: int, address: str) -> dict[str, str]:
    """What a browser does: the provider's pages, filled in; what it brings back to the house."""
    context = ssl.create_default_context(cadata=authority.pem)
    headers = {"Host": f"{HOST}:{port}"}
    with httpx.Client(
        verify=context, base_url=f"https://127.0.0.1:{port}", headers=headers, trust_env=False
    ) as client:
        said = {"extensions": {"sni_hostname": HOST}}
        target, form = address, None
        for _ in range(12):
            parts = urlsplit(target)
            path = f"{parts.path}?{parts.query}" if parts.query else parts.path
            method = "POST" if form else "GET"
            answer = client.request(method, path, data=form, **said)
            form = None
            if answer.is_redirect:
                target = answer.headers["location"]
                if target.startswith(HERE):
                    return {key: values[0] for key, values in parse_qs(urlsplit(target).query).items()}
                continue
            assert answer.status_code == 200, answer.text
            (prompt,) = re.findall(r'name="prompt" value="(\w+)"', answer.text)
            (target,) = re.findall(r'<form[^>]*action="([^"]+)"', answer.text)
            form = {"prompt": prompt, "login": "anne", "password": "anything"}
    raise AssertionError("it never comes back")


def sign_out(authority: Authority, port: int, address: str) -> dict[str, str]:
    """What a browser does at the end of a session there, and what it brings back to the house."""
    context = ssl.create_default_context(cadata=authority.pem)
    said = {"extensions": {"sni_hostname": HOST}}
    with httpx.Client(
        verify=context, base_url=f"https://127.0.0.1:{port}", headers={"Host": f"{HOST}:{port}"}, trust_env=False
    ) as client:
        parts = urlsplit(address)
        assert parts.netloc == f"{HOST}:{port}"
        page = client.get(f"{parts.path}?{parts.query}", **said)
        assert page.status_code == 200, page.text
        (action,) = re.findall(r'<form[^>]*action="([^"]+)"', page.text)
        (xsrf,) = re.findall(r'name="xsrf" value="([^"]+)"', page.text)
        done = client.post(urlsplit(action).path, data={"xsrf": xsrf, "logout": "yes"}, **said)
        assert done.is_redirect and done.headers["location"].startswith(f"{HERE}/connexion/retour?"), done.text
        return {key: values[0] for key, values in parse_qs(urlsplit(done.headers["location"]).query).items()}


@pytest.fixture(params=["plain", "signed"])
def real(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Authority, int, str]]:
    authority = Authority()
    pem = tmp_path / "server.pem"
    pem.write_bytes(certificate(authority, HOST))
    words = [
        str(NODE),
        str(Path(__file__).with_name("real_provider.mjs")),
        str(MODULES),
        str(pem),
        HOST,
        CLIENT,
        SECRET,
    ]
    process = subprocess.Popen(
        [*words, f"{HERE}/connexion/retour", request.param], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, process.stderr.read().decode() if process.stderr else ""
        yield authority, int(line), request.param
    finally:
        process.terminate()
        process.wait(10)
        for end in (process.stdout, process.stderr):
            if end is not None:
                end.close()


def test_a_real_provider_lets_somebody_in(real: tuple[Authority, int, str], tmp_path: Path) -> None:
    authority, port, kind = real

    async def law(there: Town) -> None:
        there.clock.moment = datetime.now(UTC)  # its clock is the machine's
        issuer = f"https://{HOST}:{port}"
        told = f'route = "far"\nclass = "interne"\nissuer = "{issuer}"\nlabel = "Vrai"\n'
        more = 'userinfo = "signed"\n' if kind == "signed" else ""
        remove(there.home.instance, "pro")  # the town's own, of another issuer
        keep(there.home.instance, "pro", told + more + MORE)
        address, secret = await there.room.begin("pro", "/documents", HERE)
        said = await asyncio.to_thread(browse, authority, port, address)
        assert said["iss"] == issuer
        token, back = await there.room.finish(said, secret, "Firefox", "203.0.113.7")
        actor = there.people.session(token)
        assert actor is not None and actor.name == "Anne Petit" and back == "/documents"
        assert [e.object for e in there.journal.named("signed-in-closed")] == ["pro made changed"]
        away = await there.room.leaving(await there.room.way_of(token), HERE)
        gone = await asyncio.to_thread(sign_out, authority, port, away)
        assert gone.keys() == {"state"} and gone["state"].startswith(OUT), "it knows that return"
        with pytest.raises(SignInOver):
            await there.room.finish(said, secret, "Firefox", "203.0.113.7")
        address, secret = await there.room.begin("pro", "/", HERE)
        fresh = parse_qs(urlsplit(address).query)
        with pytest.raises(SignInDeclined, match="invalid_grant"):  # a code that was spent, in another sign-in
            await there.room.finish({"state": fresh["state"][0], "code": said["code"]}, secret, "", "")

    async def go() -> None:
        async with town(tmp_path, port, authority, Scripted()) as there:
            await law(there)

    asyncio.run(go())
