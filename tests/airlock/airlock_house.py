"""The airlock as the launcher makes it, its two processes in their boxes, without a house around: the test is the
gateway, the scribe is a list.
"""

import asyncio
import contextlib
import os
import signal
import socket
import warnings
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from demeure.airlock import AirlockLine, Asker, Route, keep, keep_credential, made
from demeure.airlock.opening import today
from demeure.confinement import PROFILES, probe
from demeure.journal import JournalUnavailable
from demeure.journal.entry import open_envelope
from demeure.policy import Policy, read_policy
from demeure.settings import Settings
from demeure.supervisor import airlocks
from demeure.supervisor.belongings import prepare_folders
from demeure.supervisor.plan import Plan
from demeure.wire import Channel, Reply, Request

HOUSE_KEY = bytes(range(32))
ME = Asker(person="a" * 16, groups=("urbanisme",), sensitivity="interne", chain="c1")

POLICY = """version = 1
default = "interne"
approval = 1
archives = false
"""
CLASS = """
[[class]]
id = "{id}"
name = {{ fr = "{id}", en = "{id}" }}
about = {{ fr = "x", en = "x" }}
models = "any"
leaves = "{leaves}"
routes = {routes}
disk = "any"
snapshots = true
exports = "any"
keep = {{ conversations = "unlimited", documents = "unlimited" }}
journal = "contents"
approves = ["administrator"]
"""


def policy(**leaves: tuple[str, list[str]]) -> str:
    """Of these classes, from the lowest: id → (leaves, routes)."""
    return POLICY + "".join(
        CLASS.format(id=name, leaves=how, routes=routes) for name, (how, routes) in leaves.items()
    )


OPEN = policy(
    interne=("yes", ["far", "mail"]), confidentiel=("pseudonymised", ["far", "mail"]), secret=("never", [])
)


def route(port: int, authority: str = "", **more: Any) -> Route:
    """To the loopback, for the classes of OPEN."""
    told: dict[str, Any] = {"id": "far", "kind": "engine", "purpose": "essai", "owner": "DSI", "contract": "n° 12"}
    told |= {"country": "France", "law": "RGPD", "classes": ["interne", "confidentiel"], "host": "engine.test"}
    told |= {"port": port, "addresses": ["127.0.0.1"], "networks": ["127.0.0.1/32"], "model": "big"}
    told |= {"authority": authority, "expiry": date.today() + timedelta(days=3)}  # noqa: DTZ011
    return made({**told, **more})


@dataclass
class Scribe:
    """Keeps what it is told. ``pause``: seconds before it says that it has."""

    entries: list[dict[str, Any]] = field(default_factory=list)
    payloads: list[bytes] = field(default_factory=list)
    pause: float = 0.0
    dead: bool = False
    written: list[float] = field(default_factory=list)

    async def record(self, request: Request) -> Reply:
        if self.dead:
            raise JournalUnavailable
        sealed = await request.whole_body()
        await asyncio.sleep(self.pause)
        self.entries.append(dict(request.args["fields"]))
        if request.args["commitment"] is not None:
            payload = open_envelope(sealed.removeprefix(b"sealed"), request.args["commitment"])
            assert payload is not None, "another payload than the one committed to"
            self.payloads.append(payload)
        self.written.append(asyncio.get_running_loop().time())
        return Reply({"index": len(self.entries) - 1, "time": "2026-11-26T00:00:00Z", "state": "ok"})

    async def left(self, request: Request) -> Reply:
        del request
        closed = {entry["of"] for entry in self.entries}
        stamp = {
            "time": "2026-11-26T00:00:00Z",
            "boot": "b",
            "mono": 1,
            "role": "airlock",
            "commitment": None,
            "v": 1,
        }
        rows = [
            {**entry, **stamp, "index": number}
            for number, entry in enumerate(self.entries)
            if entry["phase"] == "intention" and number not in closed
        ]
        return Reply({"intentions": rows, "state": "ok"})

    async def told(self, name: str) -> None:
        """Until it was."""
        for _ in range(250):
            if name in self.names():
                return
            await asyncio.sleep(0.02)
        raise AssertionError(name)

    def names(self) -> list[str]:
        return [f"{e['name']}:{e['outcome']}" if e["outcome"] else e["name"] for e in self.entries]


@dataclass
class House:
    """``line``: as the gateway has it. ``pids``: of the airlocks that were born."""

    instance: Path
    line: AirlockLine
    scribe: Scribe
    plan: Plan
    pids: list[int]
    told: socket.socket

    def declare(self, *routes: Route, secret: str = "") -> None:
        for one in routes:
            keep(self.instance, one)
            if secret:
                keep_credential(self.instance, one.id, HOUSE_KEY, secret)

    def processes(self) -> list[dict[str, Any]]:
        """Who presented itself to the supervisor."""
        import json

        rows = []
        with contextlib.suppress(BlockingIOError):
            while True:
                rows.append(json.loads(self.told.recv(4096)))
        return rows

    def alive(self) -> list[int]:
        """Pids of the airlocks that live, the dead buried."""
        for pid in list(self.pids):
            with contextlib.suppress(ChildProcessError):
                if os.waitpid(pid, os.WNOHANG)[0]:
                    self.pids.remove(pid)
        return self.pids


@contextlib.asynccontextmanager
async def house(folder: Path, text: str = OPEN) -> AsyncIterator[House]:
    """Nothing runs in it until a route is declared and something asked."""
    instance = folder / "instance"
    prepare_folders(instance)
    (instance / "policy.toml").write_text(text)
    held = os.memfd_create("demeure-house")
    os.write(held, HOUSE_KEY)
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    theirs.setblocking(False)
    plan = Plan(instance, Settings(), PROFILES, probe(), False, {}, {"house": held}, held)
    scribe, pids, channels = Scribe(), list[int](), list[Channel]()

    async def connect() -> socket.socket:
        mine, its = socket.socketpair()
        writes, written = socket.socketpair()
        with its, writes, warnings.catch_warnings():  # the ends of routes are threads of this process
            warnings.simplefilter("ignore", DeprecationWarning)
            pids.append(airlocks.born(plan, ours, [its.fileno(), writes.fileno()]))
        handlers = {"record": scribe.record, "open-intentions": scribe.left}
        channels.append(await Channel(written, handlers, peer="airlock").start())
        return mine

    def in_force() -> Policy:
        return read_policy((instance / "policy.toml").read_text())

    line = AirlockLine(instance, connect, lambda space, actor, clear: b"sealed" + clear, in_force)
    made_ = House(instance, line, scribe, plan, pids, theirs)
    try:
        yield made_
    finally:
        await line.aclose()
        for channel in channels:
            await channel.close()
        for pid in pids:
            with contextlib.suppress(ProcessLookupError, ChildProcessError):
                os.kill(pid, signal.SIGKILL)
                await asyncio.to_thread(os.waitpid, pid, 0)
        for end in (ours, theirs):
            end.close()
        os.close(held)


__all__ = ["HOUSE_KEY", "ME", "OPEN", "House", "Scribe", "house", "policy", "route", "today"]
