"""The code of a twin: what runs in the box of a role instead of the role. Tries every probe, says what happened.

Imported before the fork, so that a twin needs no file of its own; the stage is set by whoever starts the twins.
"""

import errno
import json
import mmap
import os
import signal
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import repeat
from typing import Any

from demeure.confinement import Profile
from demeure.proof.roles import OF_ROUTES
from demeure.proof.scene import AFTER, CONTROL, HEARD, HELD, Probe, Scene, Untried, World

SECONDS = 3
"""A probe that lasts longer is ended: refused by silence."""

_WORKED = "worked"
_LOOKED = 2.0


@dataclass(frozen=True)
class Stage:
    """What every twin of one run shares. ``seen``: one shared byte for each role and probe, set by the outside once
    it has looked at what is held. ``share``: id of the folder that readers are handed.
    ``document``: what a job that reads is reading while it tries. ``airlocks``: the
    code of the airlock's twins (airlock_twins.py), while a route is open. ``aimless``: names of the probes that
    have nothing to aim at in this run (``ways.aimless``)."""

    world: World
    probes: tuple[Probe, ...]
    roles: tuple[str, ...]
    jobs: tuple[str, ...]
    profiles: dict[str, Profile]
    seen: mmap.mmap
    share: str = ""
    document: bytes = b""
    airlocks: Any = None
    aimless: frozenset[str] = frozenset()

    def index(self, role: str, probe: str) -> int:
        """Of the shared byte."""
        names = [p.name for p in self.probes]
        return self.roles.index(role) * len(names) + names.index(probe)

    def due(self, profile: Profile | None) -> list[Probe]:
        """The probes that this profile must stop; all of them without walls."""
        if profile is None:
            return list(self.probes)
        return [probe for probe in self.probes if probe.applies(profile) and probe.name not in self.aimless]


class _Set:
    stage: Stage | None = None


def prepare(stage: Stage) -> None:
    """Set the stage for the twins that this process will have."""
    _Set.stage = stage


def say(**line: Any) -> None:
    """One line to the outside: a single write, never cut."""
    os.write(1, json.dumps(line).encode() + b"\n")


def main(birth: Any) -> int:
    """``main`` of every twin: the role's birth, the role's box, and the probes instead of its work."""
    stage = _Set.stage
    assert stage is not None
    if birth.role in OF_ROUTES:
        return int(stage.airlocks.main(stage, birth))
    channel = socket.socket(fileno=birth.channel)
    if birth.role == "reader":
        return _read(stage, channel)
    listener = birth.listeners.get("public", -1)
    scene = Scene(stage.world, birth.role, stage.profiles[birth.role], listener=listener)
    if birth.role != "workshop":  # its zygote says so itself
        channel.send(b'{"ready": true}')
    attempt_all(stage, scene, skip=int(birth.spec.get("restarts", 0)))
    say(role=birth.role, done=True)
    if birth.role == "workshop":
        _give_jobs(stage, birth, channel)
        return 0
    if stage.profiles[birth.role].front:
        _ask_jobs(stage, channel)
    front = stage.profiles[birth.role].front
    airlocks = stage.airlocks.ask_airlocks(stage, channel) if front and stage.airlocks else []
    readers = _ask_readers(stage, channel) if "reader" in stage.profiles[birth.role].peers else []
    while channel.recv(1 << 16):
        pass
    for held in (*airlocks, *readers):
        held.close()
    return 0


def unconfined(stage: Stage, role: str = CONTROL) -> None:
    """The positive control: the same probes in a process without walls. AFTER: once more, those that are heard."""
    if role == AFTER:
        stage = replace(stage, probes=tuple(probe for probe in stage.probes if probe.evidence == HEARD))
    attempt_all(stage, Scene(stage.world, role, None))
    say(role=role, done=True)


def attempt_all(stage: Stage, scene: Scene, skip: int = 0) -> None:
    """One probe after the other; those that the filter answers by death come last, and in a process that cannot
    make children each of its lives (``skip``: how many it had) goes on with the next."""
    due = stage.due(scene.profile)
    if not skip:
        for probe in due:
            if not probe.kills:
                _apart(stage, replace(scene, probe=probe.name), probe)
    for number, probe in enumerate(probe for probe in due if probe.kills):
        if number >= skip:
            _apart(stage, replace(scene, probe=probe.name), probe)


def _apart(stage: Stage, scene: Scene, probe: Probe) -> None:
    """In a child when the box lets one be made: what a probe changes ends with it."""
    try:
        child = -1 if probe.own else os.fork()
    except OSError:
        child = -1
    if child < 0:
        here(stage, scene, probe)
        return
    if child == 0:
        try:
            signal.alarm(SECONDS)
            here(stage, scene, probe)
        finally:
            os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code:
        say(role=scene.role, probe=probe.name, how=f"signal {-code}", pid=child)


def here(stage: Stage, scene: Scene, probe: Probe) -> None:
    """In this very process: try, and say how it went."""
    answer: str | int | None = None
    if probe.kills:
        say(role=scene.role, probe=probe.name, how="trying", pid=os.getpid())
    try:
        answer = probe.attempt(scene)
        how = _WORKED
    except OSError as refused:
        how = errno.errorcode.get(refused.errno or 0, "refused")
    except Untried:
        how = ""
    except Exception as problem:  # noqa: BLE001 - told outside, which judges
        how = type(problem).__name__
    say(role=scene.role, probe=probe.name, how=how, answer=answer, pid=os.getpid())
    if how == _WORKED and probe.evidence == HELD:
        _wait_for_look(stage, scene)


def _wait_for_look(stage: Stage, scene: Scene) -> None:
    at, deadline = stage.index(scene.role, scene.probe), time.monotonic() + _LOOKED
    while not stage.seen[at] and time.monotonic() < deadline:
        time.sleep(0.001)


# --- jobs of the workshop: the same zygote, the same tightening, a connection handed by the supervisor


def _ask_jobs(stage: Stage, channel: socket.socket) -> None:
    """The gateway's twin asks for one job of each kind, and for one more for each probe that kills."""
    killing = [probe for probe in stage.due(stage.profiles["workshop"]) if probe.kills]
    for kind in stage.jobs:
        for part in range(len(killing) + 1):
            with peer(channel, "workshop") as job:
                job.sendall(json.dumps({"kind": kind, "part": part}).encode() + b"\n")
                while job.recv(1 << 12):
                    pass
        say(role=f"workshop:{kind}", done=True)


def _ask_readers(stage: Stage, channel: socket.socket) -> list[socket.socket]:
    """The worker's twin asks for one reader, and for one more for each probe that kills; the last is left alive, so
    that its facts are seen."""
    killing = [probe for probe in stage.due(stage.profiles["reader"]) if probe.kills]
    held = []
    for part in range(len(killing) + 1):
        reader = peer(channel, "reader", folder=stage.share)
        reader.sendall(json.dumps({"part": part}).encode() + b"\n")
        reader.recv(1)  # « . » when it is done, nothing when a probe killed it
        held.append(reader)
    say(role="reader", done=True)
    return held


def _read(stage: Stage, connection: socket.socket) -> int:
    """The reader's twin: behind its walls, in front of its folder. The first life tries what does not kill."""
    part = int(json.loads(connection.recv(1 << 12))["part"])
    scene = Scene(stage.world, "reader", stage.profiles["reader"])
    due = stage.due(scene.profile)
    killing = [probe for probe in due if probe.kills]
    for probe in [p for p in due if not p.kills] if part == 0 else [killing[part - 1]]:
        here(stage, replace(scene, probe=probe.name), probe)
    connection.send(b".")
    while connection.recv(1 << 12):
        pass
    return 0


def peer(channel: socket.socket, name: str, **more: str) -> socket.socket:
    """A connection that the supervisor hands. ConnectionError: it does not."""
    channel.send(json.dumps({"id": 1, "ask": "peer", "name": name, **more}).encode())
    while True:
        data, given, _, _ = socket.recv_fds(channel, 1 << 16, 1)
        if given:
            return socket.socket(fileno=given[0])
        if not data or b'"error"' in data:
            raise ConnectionError(name)


def _give_jobs(stage: Stage, birth: Any, channel: socket.socket) -> None:
    from demeure.supervisor.doors import BlockingDoors
    from demeure.workshop import ReadLimits, jobs
    from demeure.workshop.parts import Facts
    from demeure.workshop.zygote import Zygote, import_everything, tightening

    import_everything()
    held, tighten, seal = tightening(birth)

    def reading() -> Iterator[None]:
        """The document of the stage, part by part, over and over: each probe stands in the middle of one."""
        while True:
            parts = jobs.read(bytearray(stage.document), "document.docx", "", ReadLimits(), Facts())
            yield from (None for kind, _ in parts if kind == "item")

    def serve(sock: socket.socket, _board: object, _held: int) -> None:
        seal()  # as a real job, before its document
        asked = json.loads(sock.recv(1 << 12))
        profile = stage.profiles["workshop"]
        scene = Scene(stage.world, f"workshop:{asked['kind']}", profile)
        due = stage.due(profile)
        killing = [probe for probe in due if probe.kills]
        part = int(asked["part"])
        parts = reading() if asked["kind"] == "read" else repeat(None)
        for probe in [p for p in due if not p.kills] if part == 0 else [killing[part - 1]]:
            next(parts)
            here(stage, replace(scene, probe=probe.name), probe)

    channel.detach()
    Zygote(BlockingDoors(birth), serve, tighten, held=held).run()
