"""A whole, really confined house behind TLS: its own authority, a given certificate replaced while it serves, plain
HTTP told what to type, and every way of giving it something unusable."""

import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from papers_of_tls import plain, trusting

from demeure.testing.journal import published
from demeure.testing.people import CHOICE
from demeure.tls import make_root, names_of, sign_server

SECONDS = 25.0
NAME = "demeure.mairie.lan"
NOW = datetime.now(UTC)  # OpenSSL's own clock is the machine's


class House:
    def __init__(self, instance: Path, **settings: str) -> None:
        self.instance = instance
        instance.mkdir(exist_ok=True)
        lines = [f"{name} = {json.dumps(value)}" for name, value in {"language": "en", **settings}.items()]
        (instance / "demeure.toml").write_text("\n".join(lines))
        self.base = [sys.executable, "-m", "demeure.cli.main", "--instance", str(instance), "--language", "en"]
        self.log, self.port = instance.parent / "house.log", 0

    def run(self, *words: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run([*self.base, *words], capture_output=True, text=True, timeout=20, check=False)

    def tell(self, *words: str) -> str:
        done = self.run(*words)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    @contextmanager
    def opened(self) -> Iterator["House"]:
        with self.log.open("w") as sink:
            life = subprocess.Popen(
                [*self.base, "up", "--port", "0", "--accept-unconfined"], stdout=sink, stderr=subprocess.STDOUT
            )
        try:
            deadline = time.monotonic() + SECONDS
            while not (found := re.search(r"https://127\.0\.0\.1:(\d+)", self.log.read_text())):
                assert time.monotonic() < deadline and life.poll() is None, self.log.read_text()
                time.sleep(0.05)
            self.port = int(found[1])
            yield self
        finally:
            life.send_signal(signal.SIGINT)
            life.wait(SECONDS)

    def shown(self, client: ssl.SSLContext, name: str = NAME) -> bytes:
        door = socket.create_connection(("127.0.0.1", self.port), timeout=10)
        with client.wrap_socket(door, server_hostname=name) as safe:
            return safe.getpeercert(binary_form=True) or b""

    def kill_gateway(self) -> None:
        rows = json.loads(self.tell("status", "--json"))["processes"]
        os.kill(next(row["pid"] for row in rows if row["role"] == "gateway"), signal.SIGKILL)
        self.until_presented()

    def until_presented(self) -> None:
        anyone = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        anyone.check_hostname, anyone.verify_mode = False, ssl.CERT_NONE
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            try:
                self.shown(anyone)
            except OSError:
                time.sleep(0.1)
            else:
                return
        raise AssertionError(self.log.read_text())

    def client(self, root: bytes) -> httpx.Client:
        """Comes to 127.0.0.1, asks for the name of the certificate."""
        headers = {"Host": f"{NAME}:{self.port}"}
        client = httpx.Client(
            base_url=f"https://127.0.0.1:{self.port}", verify=trusting(root), trust_env=False, headers=headers
        )
        client.timeout = httpx.Timeout(20)
        return client

    def entries(self) -> list[str]:
        def size() -> int:
            return int(json.loads(self.tell("journal", "head", "--json"))["size"])

        found = [json.loads(leaf) for leaf in published(self.instance / "journal", size)]
        return [f"{e['name']} {e['outcome'] or e['phase']}" for e in found if e["name"].startswith("tls-")]


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path / "instance")


def test_init_then_a_session_in_a_host_cookie_then_a_renewal_under_open_connections(house: House) -> None:
    said = house.tell("tls", "init", "--name", NAME, "--address", "127.0.0.1")
    assert NAME in said and 'host = "0.0.0.0"' in said and str(house.instance / "demeure.toml") in said
    root = house.tell("tls", "root").encode()
    with house.opened(), house.client(root) as client:
        link = house.tell("link").strip()
        assert link.startswith(f"https://{NAME}:{house.port}/lien/")
        answer = client.post(link.partition(f":{house.port}")[2], data=CHOICE)
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith("__Host-demeure=") and "Secure" in cookie and "Path=/" in cookie
        assert "Domain" not in cookie
        session = cookie.partition(";")[0]
        page = client.get("/", headers={"Cookie": session})
        assert page.status_code == 200 and "Home" in page.text
        assert page.headers["strict-transport-security"] == "max-age=31536000"
        before = house.shown(trusting(root))
        house.tell("tls", "renew")
        deadline = time.monotonic() + SECONDS
        while house.shown(trusting(root)) == before:
            assert time.monotonic() < deadline, "the renewed certificate was never presented"
            time.sleep(0.2)
        assert client.get("/", headers={"Cookie": session}).status_code == 200
        assert client.get("/", headers={"Host": "ailleurs.lan"}).status_code == 421
        gateway, worker = (
            next(p for p in json.loads(house.tell("status", "--json"))["processes"] if p["role"] == role)
            for role in ("gateway", "worker")
        )
        assert gateway["differences"] == worker["differences"] == []
        told = plain(house.port, f"GET / HTTP/1.1\r\nHost: {NAME}\r\n\r\n".encode())
        assert told.startswith(b"HTTP/1.1 400 ") and b"demande https://" in told
        assert b"needs https://" in told and b"content-security-policy" in told
        assert plain(house.port, b"\x16\x03\x01\xff\xff" + b"\xff" * 100) != b"HTTP", "no page for a broken hello"
        os.kill(gateway["pid"], signal.SIGKILL)
        house.until_presented()
        assert client.get("/", headers={"Cookie": session}).status_code == 200
        old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
        old.set_ciphers("ALL:@SECLEVEL=0")
        with pytest.warns(DeprecationWarning):
            old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
        with pytest.raises(ssl.SSLError):
            house.shown(old)
    assert house.entries() == [
        "tls-authority-made intention",
        "tls-authority-made-closed done",
        "tls-certificate-renewed intention",
        "tls-certificate-renewed-closed done",
        "tls-certificate-presented intention",
        "tls-certificate-presented-closed done",
    ]


def given_files(folder: Path) -> tuple[Path, Path, bytes, bytes]:
    """A certificate of another authority, as an organisation would give it."""
    root, root_key = make_root(names_of([NAME], ["127.0.0.1"]), "Autorité du département", NOW)
    (folder / "chain.pem").write_bytes(b"")
    (folder / "key.pem").write_bytes(b"")
    (folder / "key.pem").chmod(0o640)
    renew_given(folder, root, root_key)
    return folder / "chain.pem", folder / "key.pem", root, root_key


def renew_given(folder: Path, root: bytes, root_key: bytes) -> None:
    chain, key = sign_server(root, root_key, names_of([NAME], ["127.0.0.1"]), NOW)
    for name, content in (("chain.pem", chain + root), ("key.pem", key)):
        (folder / f".{name}").write_bytes(content)
        (folder / f".{name}").chmod(0o640)
        (folder / f".{name}").rename(folder / name)


@pytest.mark.thorough
def test_a_given_certificate_is_read_again_when_its_files_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chain, key, root, root_key = given_files(tmp_path)
    house = House(tmp_path / "instance", tls_certificate=str(chain), tls_key=str(key))
    launcher = "import demeure.supervisor.launcher as l; l.LOOK_SECONDS = 0.3\n"
    start = launcher + "from demeure.cli.main import main; main()"
    monkeypatch.setattr(house, "base", [sys.executable, "-c", start, *house.base[3:]])
    with house.opened():
        assert house.tell("link").startswith(f"https://{NAME}:")
        before = house.shown(trusting(root))
        key.write_bytes(make_root(names_of(["x"], []), "x", NOW)[1])  # a key of something else: refused, kept
        time.sleep(1.5)
        assert house.shown(trusting(root)) == before
        house.kill_gateway()
        assert house.shown(trusting(root)) == before, "what could not be used is not given to the next gateway"
        renew_given(tmp_path, root, root_key)
        deadline = time.monotonic() + SECONDS
        while (after := house.shown(trusting(root))) == before:
            assert time.monotonic() < deadline, house.log.read_text()
            time.sleep(0.2)
        house.kill_gateway()
        assert house.shown(trusting(root)) == after, "the next gateway is born with the new one"
        checks = {c["name"]: c for c in json.loads(house.run("doctor", "--json").stdout)["checks"]}
        assert checks["tls-days"]["ok"] and checks["tls-names"]["ok"]
        with house.client(root) as client:
            assert "provided by your organisation" in client.get("/racine").text
    assert house.entries()[-2:] == ["tls-certificate-presented intention", "tls-certificate-presented-closed done"]
    assert "tls-certificate-presented-closed failed" in house.entries()


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda chain, key: chain.unlink(), "tls_certificate in demeure.toml"),
        (lambda chain, key: key.write_bytes(b""), "tls_key in demeure.toml"),
        (lambda chain, key: key.chmod(0o644), "may be read by every user"),
        (lambda chain, key: chain.write_bytes(b"garbage"), "no PEM certificate"),
        (lambda chain, key: key.write_bytes(make_root(names_of(["x"], []), "x", NOW)[1]), "do not belong together"),
        (lambda chain, key: (key.unlink(), os.mkfifo(key)), "tls_key in demeure.toml"),
    ],
)
def test_what_cannot_be_used_keeps_the_house_shut_and_says_why(tmp_path: Path, spoil, sentence: str) -> None:  # type: ignore[no-untyped-def]
    chain, key, _, _ = given_files(tmp_path)
    spoil(chain, key)
    house = House(tmp_path / "instance", tls_certificate=str(chain), tls_key=str(key))
    done = house.run("up", "--port", "0", "--accept-unconfined")
    assert done.returncode in (4, 5)
    assert sentence in done.stdout + done.stderr
    doctor = house.run("doctor")
    assert sentence in doctor.stdout and doctor.returncode == 1


def test_others_are_never_served_in_clear(tmp_path: Path) -> None:
    house = House(tmp_path / "instance", host="0.0.0.0")
    done = house.run("up", "--port", "0", "--accept-unconfined")
    assert done.returncode == 4
    assert "over TLS only" in done.stderr and "demeure tls init" in done.stderr
    half = House(tmp_path / "half", tls_key="key.pem")
    done = half.run("up", "--port", "0", "--accept-unconfined")
    assert done.returncode == 2 and "tls_certificate" in done.stderr
    missing = house.run("tls", "renew")
    assert missing.returncode == 4 and "no authority" in missing.stderr
