"""Backups by SFTP, through the true airlock and its door, to a true SSH server on loopback: whole or absent,
whoever is slow, full, lying, gone or somebody else."""

import asyncio
import gc
import hashlib
import subprocess
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncssh
import pytest
from airlock_house import ME, House, house, policy, route

from demeure.airlock import RouteFailed, RouteInvalid, RouteNotItself, RouteRefused, RouteTarget, TargetMissing

OPEN = policy(interne=("yes", ["far"]), confidentiel=("pseudonymised", ["far"]), secret=("never", []))
BLOB = bytes(range(256)) * 3000
DIGEST = hashlib.sha256(BLOB).hexdigest()
PASSWORD = "un mot de passe"


class Peer(asyncssh.SFTPServer):
    """``manner``: what is wrong with it."""

    root, manner = Path(), ""

    def __init__(self, chan: Any) -> None:
        super().__init__(chan, chroot=str(self.root).encode())

    async def write(self, file_obj: Any, offset: int, data: bytes) -> int:  # type: ignore[override]
        if self.manner == "full" and offset >= 65536:
            raise asyncssh.SFTPError(14, "no space")
        if self.manner == "slow":
            await asyncio.sleep(30)
        if self.manner == "gone" and offset >= 65536:
            raise asyncssh.SFTPConnectionLost("gone")
        return super().write(file_obj, offset, data[:10] if self.manner == "lying" else data)  # type: ignore[return-value]


class Door(asyncssh.SSHServer):
    """One account, by password or by the key of a test."""

    keys: tuple[str, ...] = ()
    asked = 0

    def begin_auth(self, username: str) -> bool:
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return username == "demeure" and password == PASSWORD

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        return key.get_fingerprint() in self.keys

    def connection_requested(self, *_asked: Any) -> bool:
        Door.asked += 1
        return False


@contextmanager
def server(folder: Path, manner: str = "", keys: tuple[str, ...] = ()) -> Iterator[tuple[int, str]]:
    """(port, host key) of a server over ``folder``."""
    folder.mkdir(exist_ok=True)
    host = asyncssh.generate_private_key("ssh-ed25519")
    peer = type("Peer_", (Peer,), {"root": folder, "manner": manner})
    door = type("Door_", (Door,), {"keys": keys})
    loop, ready = asyncio.new_event_loop(), threading.Event()
    told: list[int] = []
    over = asyncio.Event()

    async def serve() -> None:
        options: dict[str, Any] = {"server_host_keys": [host], "sftp_factory": peer, "server_factory": door}
        async with await asyncssh.listen("127.0.0.1", 0, **options) as listener:
            told.append(listener.get_port())
            ready.set()
            await over.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    assert ready.wait(10)
    try:
        yield told[0], host.export_public_key().decode()
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join(15)
        loop.close()


def declared(home: House, port: int, host: str, secret: str = PASSWORD, **more: Any) -> RouteTarget:
    told = {"kind": "sftp", "path": "/coffre", "account": "demeure", "model": "", **more}
    home.declare(route(port, host, **told), secret=secret)
    return RouteTarget(home.line, "far", ME)


async def pieces(data: bytes = BLOB) -> Any:
    for at in range(0, len(data), 65_000):
        yield data[at : at + 65_000]


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_backup_goes_comes_back_is_listed_and_is_removed(tmp_path: Path) -> None:
    key = asyncssh.generate_private_key("ssh-ed25519")

    async def go(port: int, host: str, secret: str) -> None:
        async with house(tmp_path / "house", OPEN) as home:
            target = declared(home, port, host, secret)
            for name in ("packs/aa", "packs/bb", "manifests/000001.json"):
                await target.put(name, len(BLOB), DIGEST, pieces())
            assert b"".join([piece async for piece in target.get("packs/aa")]) == BLOB
            assert await target.names("packs/") == [("packs/aa", len(BLOB)), ("packs/bb", len(BLOB))]
            assert len(await target.names()) == 3
            await target.delete("packs/aa")
            await target.delete("packs/aa")
            with pytest.raises(TargetMissing):
                [piece async for piece in target.get("packs/aa")]
            assert home.scribe.names()[:2] == ["route-request", "route-request-closed:done"]
            with pytest.raises(RouteRefused, match="announced"):
                await target.put("packs/x", len(BLOB), DIGEST, pieces(BLOB[:-1] + b"!"))
            for bad in ("../etc", "/x", "a//b"):
                with pytest.raises(RouteRefused, match="malformed"):
                    await target.put(bad, len(BLOB), DIGEST, pieces())
            agreed = await home.line.call("test", {"route": "far", "person": "p", "chain": "0" * 32})
            assert agreed.data["tls"] == "SSH"

    for number, secret in enumerate((PASSWORD, key.export_private_key().decode())):
        folder = tmp_path / f"server-{number}"
        with server(folder, keys=(key.get_fingerprint(),)) as (port, host):
            asyncio.run(go(port, host, secret))
        assert set(files(folder)) == {"coffre/packs/bb", "coffre/manifests/000001.json"}, "nothing half-written"
    assert Door.asked == 0, "nothing was forwarded"


@pytest.mark.parametrize("manner", ["full", "lying", "gone", "slow"])
def test_a_peer_that_is_not_as_it_should_be_keeps_nothing_that_passes_for_whole(
    tmp_path: Path, manner: str
) -> None:
    async def go(port: int, host: str) -> None:
        async with house(tmp_path / "house", OPEN) as home:
            target = declared(home, port, host, limits={"silence": 2, "seconds": 8})
            with pytest.raises(RouteFailed) as problem:
                await target.put("packs/aa", len(BLOB), DIGEST, pieces())
            if manner == "full":
                assert "507" in str(problem.value.params["detail"])
            assert "route-request-closed:failed" in home.scribe.names()

    with server(tmp_path / "server", manner) as (port, host):
        asyncio.run(go(port, host))
    with (
        warnings.catch_warnings()
    ):  # asyncssh leaves the file of a connection that ended for the collector to close
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()
    assert [name for name in files(tmp_path / "server") if not name.endswith(".new")] == []


def test_another_server_or_a_wrong_password_gets_nothing(tmp_path: Path) -> None:
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()

    async def go(port: int, host: str) -> None:
        async with house(tmp_path / "house", OPEN) as home:
            with pytest.raises(RouteNotItself):
                await declared(home, port, other).names()
            with pytest.raises(RouteFailed, match="credential"):
                await declared(home, port, host, "autre").names()
            hidden = RouteTarget(home.line, "far", type(ME)(ME.person, (), "secret"))
            with pytest.raises(RouteRefused):
                await hidden.names()

    with server(tmp_path / "server") as (port, host):
        asyncio.run(go(port, host))
    assert files(tmp_path / "server") == {}


@pytest.mark.parametrize(
    "wrong", [{"authority": ""}, {"account": ""}, {"tls": False}, {"path": ""}, {"authority": "-----BEGIN"}]
)
def test_a_route_that_does_not_say_who_the_server_is_is_none(wrong: dict[str, Any]) -> None:
    host = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
    told = {"kind": "sftp", "path": "/coffre", "account": "demeure", "model": ""}
    assert route(22, host, **told).kind == "sftp"
    if wrong == {"path": ""}:
        assert route(22, host, **{**told, **wrong}).path == ""
        return
    authority = wrong.get("authority", host)
    with pytest.raises(RouteInvalid):
        route(22, authority, **{**told, **{k: v for k, v in wrong.items() if k != "authority"}})


def test_the_library_is_imported_behind_walls() -> None:
    """Its search for C libraries wants a compiler and a temporary folder: every use of SFTP of a house ended on
    an error without a name. Here each test has imported it before any wall, so it is asked of a fresh program."""
    code = """
import sys
CLOSED = ("tempfile.mkstemp", "subprocess.Popen", "os.posix_spawn", "os.fork")
def closed(event, _given):
    if event in CLOSED:
        raise PermissionError(event)
sys.addaudithook(closed)
from demeure.airlock import sftp
sftp.loaded()
print(sys.modules["asyncssh"].connect.__name__)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout == "connect\n", done.stderr[-500:]
