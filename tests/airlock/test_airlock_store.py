"""Whole backups at the end of a route, over the control door and the true airlock: an S3-compatible server that
is not ours (moto), signatures compared with another library's (botocore); one that fails, lies or is gone; the
former backup restores."""

import asyncio
import contextlib
import os
import signal
import socket
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import pytest
from airlock_ends import Authority
from airlock_house import house, policy, route

from demeure.airlock import RouteFailed, RouteUnreachable
from demeure.airlock.target import signed
from demeure.backup.creating import create
from demeure.backup.errors import BackupDamaged, PlaceEmpty, TargetAbsent, TargetRefuses
from demeure.backup.plan import Holder, Plan
from demeure.backup.recovery import Recovery, made
from demeure.backup.restoring import opened, restore
from demeure.backup.verifying import check, chosen
from demeure.cli.routed_place import RoutedTarget, routed
from demeure.gateway.control import ControlDoor
from demeure.gateway.ways_out import WaysOut
from demeure.journal.checkpoint import Signer
from demeure.store import read_journal_key
from demeure.testing.gateway import FakeRooms, make_house
from demeure.testing.journal import MemoryJournal
from demeure.testing.store import make_instance

sys.path.insert(0, str(Path(__file__).parents[1] / "backup"))

from backup_home import WORDS, Home

T = TypeVar("T")
pytest.importorskip("moto", reason="moto is not installed: no true S3-compatible server was tried")
OPEN = policy(interne=("yes", ["far", "gone"]), **{"tres-sensible": ("yes", ["far", "gone"])})
S3 = {
    "kind": "backup",
    "host": "localhost",
    "path": "/coffre/mairie",
    "account": "AKIA",
    "region": "fr-par",
    "model": "",
}
WIDE = {"request": 20_000_000, "answer": 20_000_000, "silence": 10, "seconds": 60}


@dataclass
class Peer:
    """A true S3-compatible server. ``left``: PUTs that it still takes; ``flips``: it gives other bytes back;
    ``meets``: called when a PUT is there."""

    port: int = 0
    left: int = 1 << 30
    flips: bool = False
    meets: Callable[[], None] = lambda: None

    def around(self, app: Callable[..., Any]) -> Callable[..., Any]:
        def serve(environ: dict[str, Any], start: Callable[..., Any]) -> Any:
            if environ["REQUEST_METHOD"] == "PUT" and environ["PATH_INFO"].count("/") > 1:
                self.meets()
                self.left -= 1
                if self.left < 0:
                    start("503 Slow Down", [("Content-Length", "0")])
                    return [b""]
            body = b"".join(app(environ, start))
            pack = "/packs/" in environ["PATH_INFO"] and environ["REQUEST_METHOD"] == "GET"
            return [bytes([body[0] ^ 1]) + body[1:]] if self.flips and pack and len(body) > 100 else [body]

        return serve


@contextmanager
def s3(authority: Authority) -> Iterator[Peer]:
    from moto.server import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import make_server
    from werkzeug.test import Client

    peer, app = Peer(), DomainDispatcherApplication(create_backend_app)
    Client(app).put("/coffre", base_url="http://localhost")
    context = authority.context("localhost")
    server = make_server("127.0.0.1", 0, peer.around(app), threaded=True, ssl_context=context)  # type: ignore[arg-type]
    peer.port = server.server_port
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield peer
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()


@pytest.fixture
def home(tmp_path: Path) -> Iterator[tuple[Home, Recovery]]:
    folder, key = tmp_path / "home", made()
    instance = make_instance(folder)
    (folder / "demeure.toml").write_text('organisation = "Mairie"\n')
    (folder / "journal").mkdir(mode=0o700)
    plan = Plan((Holder("Mme Martin", key.recipient, "2026"),))
    signer = Signer(read_journal_key(folder), "valclair.example/journal")
    built = Home(instance, folder, signer, [key], folder, plan)
    built.write_entries(60)
    built.write_document("budget.txt", WORDS.encode())
    yield built, key
    instance.close()


@asynccontextmanager
async def served(tmp_path: Path, home: Home, peer: Peer, authority: Authority) -> AsyncIterator[Any]:
    """The airlock with one route, and a control door in the instance of ``home``."""
    async with house(tmp_path / "airlock", OPEN) as far:
        told = {**S3, "path": f"/coffre/{uuid4().hex}", "classes": ["tres-sensible"], "limits": WIDE}
        far.declare(route(peer.port, authority.pem, **told), secret="s3cret")
        far.declare(route(peer.port, authority.pem, **{**told, "id": "gone", "path": "/absent"}), secret="s3cret")
        ways = WaysOut(far.instance, far.line, MemoryJournal(), lambda _actor: [])
        path = home.folder / "run" / "control.sock"
        path.parent.mkdir()
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind(str(path))
        path.chmod(0o600)
        listener.listen()
        door = ControlDoor(make_house(FakeRooms(), ways_out=ways), path, owner=os.getuid())
        task = asyncio.create_task(door.serve(listener))
        try:
            yield far
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            listener.close()


def run(tmp_path: Path, home: Home, work: Callable[[RoutedTarget, Peer, Any], None]) -> None:
    """``work`` in a thread, as a command; the house around it."""
    authority = Authority()

    async def go(peer: Peer) -> None:
        async with served(tmp_path, home, peer, authority) as far:
            target = RoutedTarget(home.folder, "en", "far", "coffre")
            try:
                await asyncio.to_thread(work, target, peer, far)
            finally:
                with contextlib.suppress(Exception):
                    await asyncio.to_thread(target.close)

    with s3(authority) as peer:
        asyncio.run(go(peer))


def test_a_house_backs_up_to_a_true_store_verifies_and_comes_back(
    tmp_path: Path, home: tuple[Home, Recovery]
) -> None:
    ours, key = home

    def work(target: RoutedTarget, peer: Peer, far: Any) -> None:
        first = create(ours.asked(), target)
        second = create(ours.asked(), target)
        assert second.number == first.number + 1 and second.added < first.added / 2, "what did not change stays"
        assert check(target, ours.signer.vkey, made=second.number).sound == [first.number, second.number]
        page = chosen(target, ours.signer.vkey, None, second.number)
        restore(opened(target, page, key), tmp_path / "again")
        assert (tmp_path / "again" / "demeure.toml").read_text() == 'organisation = "Mairie"\n'
        elsewhere = RoutedTarget(ours.folder, "en", "gone", "coffre")
        with pytest.raises(TargetAbsent):  # no such bucket: nothing is said to be written
            elsewhere.write("packs/x", b"x")
        with pytest.raises(PlaceEmpty) as absent:
            elsewhere.names("packs")
        assert "--path" in absent.value.sentence("fr")
        assert elsewhere.read("packs/x") is None
        elsewhere.close()
        assert target.size("house") and target.size("packs/none") is None and target.read("packs/none") is None
        assert "route-request-closed:done" in far.scribe.names(), "each file is in the journal before it leaves"

    run(tmp_path, ours, work)


@pytest.mark.thorough
def test_a_store_that_stops_in_the_middle_leaves_the_former_backup_whole(
    tmp_path: Path, home: tuple[Home, Recovery]
) -> None:
    ours, key = home

    def work(target: RoutedTarget, peer: Peer, far: Any) -> None:
        first = create(ours.asked(), target)
        for taken in range(4):
            ours.write_document(f"plan-{taken}.txt", os.urandom(40_000))
            peer.left = taken
            with pytest.raises(TargetRefuses) as refused:
                create(ours.asked(), target)
            assert ".." not in refused.value.sentence("fr") + refused.value.sentence("en")
            peer.left = 1 << 30
            page = chosen(target, ours.signer.vkey, None, first.number)
            assert page.number == first.number
        restore(opened(target, page, key), tmp_path / "again")
        assert create(ours.asked(), target).number > first.number

    run(tmp_path, ours, work)


def test_a_store_that_lies_is_found_out_and_a_closed_route_is_absent(
    tmp_path: Path, home: tuple[Home, Recovery]
) -> None:
    ours, _ = home

    def work(target: RoutedTarget, peer: Peer, far: Any) -> None:
        from dataclasses import replace

        from demeure.airlock import find, keep

        create(ours.asked(), target)
        peer.flips = True
        found = check(target, ours.signer.vkey)
        assert not found.ok and found.damaged
        ours.write_document("neuf.txt", os.urandom(40_000))
        with pytest.raises(BackupDamaged):
            create(ours.asked(), target)
        peer.flips = False
        keep(far.instance, replace(find(far.instance, "far"), open=False))
        with pytest.raises(TargetAbsent) as absent:
            target.names("packs")
        assert "is closed" in absent.value.sentence("en"), "why, not a disk that is unplugged"
        assert "disque" not in absent.value.sentence("fr")

    run(tmp_path, ours, work)


def test_an_airlock_that_is_killed_in_the_middle_is_told_and_another_serves(
    tmp_path: Path, home: tuple[Home, Recovery]
) -> None:
    """The command waited for ever: nobody told it that the airlock behind the gateway had ended."""
    ours, _ = home

    def work(target: RoutedTarget, peer: Peer, far: Any) -> None:
        peer.meets = lambda: os.kill(far.pids[-1], signal.SIGKILL)
        with ThreadPoolExecutor(1) as pool, pytest.raises(TargetRefuses) as told:
            pool.submit(target.write, "packs/x", b"x" * 40_000).result(20)
        assert "le sas s’est arrêté" in told.value.sentence("fr")
        assert "the airlock stopped" in told.value.sentence("en")
        peer.meets = lambda: None
        target.write("packs/x", b"x" * 40_000)
        assert target.size("packs/x") == 40_000

    run(tmp_path, ours, work)


@pytest.mark.parametrize("more", [{}, {"answers": False}])
def test_a_place_that_does_not_answer_is_told_by_what_the_airlock_met(
    tmp_path: Path, more: dict[str, bool]
) -> None:
    async def silent(problem: Exception) -> None:
        raise problem

    away, met = (
        RoutedTarget(tmp_path, "fr", "nas", "nuit"),
        {"route": "nas", "detail": "délai", "detail_en": "late"},
    )
    try:
        with pytest.raises(TargetAbsent) as absent:
            away._run(silent(RouteUnreachable(**met, **more)))
        told = absent.value.sentence("fr").replace("\u00a0", " ")
        assert told.startswith(
            "Le lieu de sauvegarde « nuit » n’a pas pu être joint. La route « nas » est injoignable"
        )
        assert "délai" in told and "demeure routes test nas" in told and "disque" not in told
        assert "modèle local" not in told, "nobody asked a question"
        with pytest.raises(TargetRefuses) as refused:
            away._run(silent(RouteFailed(**met, **more)))
        assert "(late)" not in (told := refused.value.sentence("en")) and "late." in told and ".." not in told
        assert "local model" not in told
    finally:
        away.close()


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
@pytest.mark.parametrize("name", ["packs/ab.idx", "manifests/000001.json", ""])
def test_signatures_are_those_of_another_library(method: str, name: str) -> None:
    auth = pytest.importorskip("botocore.auth")
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    now = datetime(2026, 11, 27, 9, 30, tzinfo=UTC)
    one = route(443, "", **{**S3, "host": "s3.example.fr"})
    query = {"list-type": "2", "prefix": "mairie/packs/é"} if not name else None
    ready = signed(one, "s3cret", now, method, name, query)
    headers = dict(ready.headers)
    request = AWSRequest(method, f"https://s3.example.fr{ready.target}", headers={"Host": "s3.example.fr"})
    for told in ("x-amz-content-sha256", "x-amz-date"):
        request.headers[told] = headers[told]
    request.context["timestamp"] = headers["x-amz-date"]
    theirs = auth.S3SigV4Auth(Credentials("AKIA", "s3cret"), "s3", "fr-par")
    text = theirs.string_to_sign(request, theirs.canonical_request(request))
    assert headers["Authorization"].endswith(f"Signature={theirs.signature(text, request)}")


def test_a_place_is_a_folder_or_a_route() -> None:
    assert (routed("route:far"), routed("/mnt/nas")) == ("far", "")
