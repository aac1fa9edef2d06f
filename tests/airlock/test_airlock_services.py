"""What passes by a route besides questions and messages: timestamps, backups, streams. Nothing unwritten, nothing
that the policy keeps inside.
"""

import asyncio
import base64
import hashlib
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from airlock_ends import Authority, relay
from airlock_house import ME, House, house, policy, route
from airlock_services import SECRET, Stamping, Store, answer, directory, http, postgresql

from demeure.airlock import (
    Asker,
    RouteFailed,
    RouteInvalid,
    RouteNotItself,
    RouteRefused,
    RouteStream,
    RouteTarget,
    TargetMissing,
    made,
)
from demeure.airlock.line import asked
from demeure.airlock.target import signed
from demeure.cli.timestamps import checked
from demeure.journal.timestamp import query

OPEN = policy(interne=("yes", ["far"]), confidentiel=("pseudonymised", ["far"]), secret=("never", []))
S3 = {"kind": "backup", "path": "/coffre/mairie", "account": "AKIA", "region": "fr-par"}
BLOB = bytes(range(256)) * 800


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


async def pieces(data: bytes, size: int = 65_000) -> AsyncIterator[bytes]:
    for at in range(0, len(data), size):
        yield data[at : at + size]


def declared(home: House, port: int, authority: Authority, secret: str = "", **more: Any) -> None:
    home.declare(route(port, authority.pem, **{"model": "", **more}), secret=secret)


def test_a_timestamp_is_asked_of_an_authority_and_a_digest_alone_leaves(
    authority: Authority, tmp_path: Path
) -> None:
    stamping = Stamping(tmp_path)
    note = b"a checkpoint of the journal"
    asking = query(note)

    async def go(port: int) -> None:
        async with house(tmp_path, OPEN) as home:
            declared(home, port, authority, kind="timestamp", path="/tsr")

            async def ask(body: Any, asker: Asker = ME) -> bytes:
                return (await home.line.call("stamp", asked(asker, "far"), json.dumps(body).encode())).body

            reply = await ask({"query": base64.b64encode(asking).decode()})
            assert checked(note, reply, stamping.ca, asking).imprint == hashlib.sha256(note).digest()
            assert home.scribe.names() == ["route-request", "route-request-closed:done"]
            assert json.loads(home.scribe.payloads[0])["sha256"] == hashlib.sha256(asking).hexdigest()
            hidden = b"\x30" + bytes([asking[1] + 6]) + asking[2:] + b"\x04\x04Jean"  # a field more
            for bad in (b"Bonjour Jean", asking[:-1], asking + b"Jean", hidden, b""):
                with pytest.raises(RouteRefused, match="malformed"):
                    await ask({"query": base64.b64encode(bad).decode()})
            with pytest.raises(RouteRefused, match="malformed"):
                await ask(["x"])
            with pytest.raises(RouteRefused):
                await ask({"query": base64.b64encode(asking).decode()}, Asker(ME.person, (), "secret"))

    with http(authority.context(), stamping) as server:
        asyncio.run(go(server.port))
        assert len(server.heard) == 1 and server.heard[0].startswith(b"POST /tsr HTTP/1.1")
        assert server.heard[0].endswith(asking) and b"application/timestamp-query" in server.heard[0]


def test_an_authority_that_answers_otherwise_is_said_so(authority: Authority, tmp_path: Path) -> None:
    told = iter([answer("200 OK", b"<html>", "text/html"), answer("302 Found"), answer("500 Oops")])

    async def go(port: int) -> None:
        async with house(tmp_path, OPEN) as home:
            declared(home, port, authority, kind="timestamp")
            body = json.dumps({"query": base64.b64encode(query(b"x")).decode()}).encode()
            for word in ("not a timestamp", "elsewhere", "HTTP 500"):
                with pytest.raises(RouteFailed, match=word):
                    await home.line.call("stamp", asked(ME, "far"), body)
            assert home.scribe.names().count("route-request-closed:failed") == 3

    with http(authority.context(), lambda *_: next(told)) as server:
        asyncio.run(go(server.port))


def test_a_backup_goes_comes_back_is_listed_and_is_removed(authority: Authority, tmp_path: Path) -> None:
    store, digest = Store(), hashlib.sha256(BLOB).hexdigest()

    async def go(port: int) -> None:
        async with house(tmp_path, OPEN) as home:
            declared(home, port, authority, SECRET, **S3)
            target = RouteTarget(home.line, "far", ME)
            for name in ("2026-11-26/a.age", "2026-11-26/b.age", "2026-11-27/c.age"):
                await target.put(name, len(BLOB), digest, pieces(BLOB))
            assert b"".join([piece async for piece in target.get("2026-11-26/a.age")]) == BLOB
            every = [(name, len(BLOB)) for name in ("2026-11-26/a.age", "2026-11-26/b.age", "2026-11-27/c.age")]
            assert await target.names() == every and await target.names("2026-11-27") == every[2:]
            await target.delete("2026-11-26/a.age")
            await target.delete("2026-11-26/a.age")
            with pytest.raises(TargetMissing):
                [piece async for piece in target.get("2026-11-26/a.age")]
            told = json.loads(home.scribe.payloads[0])
            assert (told["sha256"], told["bytes"], told["name"]) == (digest, len(BLOB), "2026-11-26/a.age")
            before, entries = len(store.kept), len(home.scribe.entries)
            with pytest.raises(RouteRefused, match="announced"):
                await target.put("x", len(BLOB), digest, pieces(BLOB[:-1] + b"!"))
            for size in (len(BLOB) - 1, len(BLOB) + 1):
                with pytest.raises((RouteRefused, RouteFailed)):
                    await target.put("x", size, digest, pieces(BLOB))
            assert len(store.kept) == before, "what is not as announced is not kept"
            assert len(home.scribe.entries) == entries + 6
            for bad in ("../etc", "/x", "a//b", "", "a b", "é"):
                with pytest.raises(RouteRefused, match="malformed"):
                    await target.put(bad, len(BLOB), digest, pieces(BLOB))
            with pytest.raises(RouteRefused, match="too-large"):
                await target.put("x", 3 << 20, digest, pieces(BLOB))
            for sensitivity, rule in (("confidentiel", "cannot-mask"), ("secret", "class-leaves")):
                with pytest.raises(RouteRefused) as refused:
                    hidden = RouteTarget(home.line, "far", Asker(ME.person, (), sensitivity))
                    await hidden.put("x", len(BLOB), digest, pieces(BLOB))
                assert rule in str(refused.value) or "never" in str(refused.value)
            declared(home, port, authority, "wrong", **S3)
            with pytest.raises(RouteFailed, match="credential"):
                await RouteTarget(home.line, "far", ME).names()

    with http(authority.context(), store) as server:
        asyncio.run(go(server.port))
        assert set(store.kept) == {"/coffre/mairie/2026-11-26/b.age", "/coffre/mairie/2026-11-27/c.age"}


def test_the_signature_is_the_published_one() -> None:
    """The example « GET Bucket (List Objects) » of the documentation of S3's Signature Version 4."""
    told = S3 | {"account": "AKIAIOSFODNN7EXAMPLE", "region": "us-east-1", "host": "examplebucket.s3.amazonaws.com"}
    one, when = replace(route(443, **told), path=""), datetime(2013, 5, 24, tzinfo=UTC)
    secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
    asked_ = signed(one, secret, when, "GET", query={"max-keys": "2", "prefix": "J"})
    proof = dict(asked_.headers)["Authorization"].rpartition("Signature=")[2]
    assert proof == "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"
    assert asked_.target == "/?max-keys=2&prefix=J"


def test_bytes_pass_both_ways_once_tls_is_agreed_upon_and_are_counted(authority: Authority, tmp_path: Path) -> None:
    async def go(kind: str, port: int, folder: Path) -> None:
        async with house(folder, OPEN) as home:
            declared(home, port, authority, kind=kind, quotas={"bytes": 100_000}, limits={"request": 90_000})
            stream = RouteStream(home.line, "far", ME)
            assert (await stream.open())["tls"] == "TLSv1.3"
            assert home.scribe.names() == ["route-request"], "written before the connection"
            for said in (b"bonjour", b"x" * 70_000):
                await stream.write(said)
                heard = b""
                while len(heard) < len(said):
                    heard += await stream.read()
                assert heard == said.upper()
            await stream.write(b"adieu")
            await stream.aclose()
            await home.scribe.told("route-request-closed:done")
            out = hashlib.sha256(b"bonjour" + b"x" * 70_000 + b"adieu").hexdigest()
            assert f"out 70012 bytes sha256 {out}; back 70012 bytes" in home.scribe.entries[-1]["object"]
            greedy = RouteStream(home.line, "far", ME)
            await greedy.open()
            await greedy.write(b"y" * 40_000)
            with pytest.raises(RouteRefused, match="quota-bytes"):
                while await greedy.read():
                    pass
            with pytest.raises(RouteRefused, match="cannot-mask"):
                await RouteStream(home.line, "far", Asker(ME.person, (), "confidentiel")).open()
            with pytest.raises(RouteRefused, match="kind"):
                await home.line.call("stamp", asked(ME, "far"), b"{}")

    for kind, served in (("postgresql", postgresql), ("directory", directory)):
        (tmp_path / kind).mkdir()
        with served(authority.context()) as server:
            asyncio.run(go(kind, server.port, tmp_path / kind))
            assert b"y" not in b"".join(server.heard), "not a byte past the quota"


def test_a_server_that_refuses_tls_or_is_another_gets_nothing(authority: Authority, tmp_path: Path) -> None:
    async def go(kind: str, port: int, wrong: type[Exception], folder: Path) -> None:
        async with house(folder, OPEN) as home:
            declared(home, port, authority, kind=kind)
            with pytest.raises(wrong):
                await RouteStream(home.line, "far", ME).open()
            await home.scribe.told("route-request-closed:failed")

    ends = (
        ("postgresql", postgresql(None), RouteFailed),
        ("directory", directory(authority.context(), result=2), RouteFailed),
        ("postgresql", postgresql(authority.context("other.test")), RouteNotItself),
    )
    for at, (kind, end, wrong) in enumerate(ends):
        (tmp_path / str(at)).mkdir()
        with end as server:
            asyncio.run(go(kind, server.port, wrong, tmp_path / str(at)))
            assert not server.heard


def test_a_backup_target_says_its_key_its_region_and_its_bucket() -> None:
    for lacking in ("path", "account", "region"):
        with pytest.raises(RouteInvalid):
            route(443, **{k: v for k, v in S3.items() if k != lacking})
    assert made(vars_of(route(443, **S3))).region == "fr-par"


def vars_of(one: Any) -> dict[str, Any]:
    import tomllib

    from demeure.airlock.route import written

    return tomllib.loads(written(one))


BARE = """
import asyncio, json, socket, sys
from datetime import date, timedelta
CLOSED = ("tempfile.mkstemp", "subprocess.Popen", "os.posix_spawn", "os.fork", "socket.getaddrinfo")
closed, told = False, json.load(sys.stdin)
def wall(event, _given):
    if closed and event in CLOSED:
        raise PermissionError(event)
sys.addaudithook(wall)
handed = {kind: socket.create_connection(("127.0.0.1", port)) for kind, port in told["ports"].items()}
closed = True
from demeure.airlock import mail, made
from demeure.airlock.connecting import Dialler
from demeure.airlock.target import Target
from demeure.clock import SystemClock

class Handed(Dialler):
    def __init__(self):
        pass
    async def open(self, route, *, plain=False):
        sock = handed.pop(route.kind)
        sock.setblocking(False)
        return await self._line(route, sock, encrypted=route.tls and not plain)

def of(**more):
    return made({**told["route"], "expiry": date.today() + timedelta(days=3), **more})

async def go():
    far, relay = of(**told["s3"]), of(kind="relay", sender="a@exemple.fr")
    print(await Target(Handed(), far, told["secret"], SystemClock().now(), []).names(""))
    letter = mail.bytes_of(relay, ["b@exemple.fr"], "Été", "Le disque se remplit.", SystemClock())
    print(await mail.send(Handed(), relay, "", ["b@exemple.fr"], letter, mail.Given()))
asyncio.run(go())
"""


def test_stores_and_relays_want_nothing_that_walls_refuse(authority: Authority) -> None:
    """No program, no temporary file, no name: by a fresh program, whose libraries are imported behind walls."""
    store = Store()
    store.kept["/coffre/mairie/packs/aa"] = b"12345"
    with http(authority.context(), store) as far, relay(authority.context()) as post:
        told: dict[str, Any] = {
            "id": "far",
            "purpose": "x",
            "owner": "x",
            "contract": "x",
            "country": "x",
            "law": "x",
        }
        told |= {
            "classes": ["interne"],
            "host": "engine.test",
            "port": 8443,
            "addresses": ["127.0.0.1"],
            "model": "",
        }
        told |= {"networks": ["127.0.0.1/32"], "authority": authority.pem}
        given = {"route": told, "s3": S3, "secret": SECRET, "ports": {"backup": far.port, "relay": post.port}}
        done = subprocess.run(
            [sys.executable, "-c", BARE], input=json.dumps(given), capture_output=True, text=True, check=False
        )
    assert done.stdout.splitlines()[:1] == ["[('packs/aa', 5)]"], done.stderr[-900:]
    assert len(done.stdout.splitlines()) == 2, done.stderr[-900:]
    assert any(b"Subject:" in row for row in post.heard)
