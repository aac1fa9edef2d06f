"""The code of the airlock's twins, in the boxes of the product: its door and its clock first try every probe
themselves, then are the product's own; the airlock says what is declared by each route, then tries everything else.

Imported before the fork, as ``inside``: behind their boxes the door and the clock read no file at all.
"""

import json
import os
import socket
from dataclasses import replace
from types import ModuleType
from typing import Any

from demeure.airlock import NTP
from demeure.airlock import clock as product_clock
from demeure.airlock import door as product_door
from demeure.confinement import AIRLOCK, AIRLOCK_CLOCK, AIRLOCK_DOOR
from demeure.proof import ways
from demeure.proof.inside import Stage, attempt_all, here, peer, say
from demeure.proof.roles import OF_ROUTES
from demeure.proof.scene import Scene

PRODUCT: dict[str, ModuleType] = {AIRLOCK_DOOR.role: product_door, AIRLOCK_CLOCK.role: product_clock}


def ask_airlocks(stage: Stage, channel: socket.socket) -> list[socket.socket]:
    """The gateway's twin asks for an airlock: one for each probe that kills its door, then one that stays alive, so
    that its facts are seen."""
    killing = [probe for probe in stage.due(stage.profiles[AIRLOCK_DOOR.role]) if probe.kills]
    held = []
    for part in (*range(1, len(killing) + 1), 0):
        airlock = peer(channel, AIRLOCK.role)
        airlock.sendall(json.dumps({"part": part}).encode() + b"\n")
        airlock.recv(1)  # « . » when it is done
        held.append(airlock) if part == 0 else airlock.close()
    for role in OF_ROUTES:
        if role in stage.roles:
            say(role=role, done=True)
    return held


def main(stage: Stage, birth: Any) -> int:
    """Which of them this is, its role says."""
    return _airlock(stage, birth) if birth.role == AIRLOCK.role else _beside(stage, birth)


def _beside(stage: Stage, birth: Any) -> int:
    """The door, or the clock, which has no call but read and write."""
    part = int(os.read(birth.channel, 16) or b"-1")
    held = next((one for one in birth.spec.get("sockets", ()) if one >= 0), -1)
    scene = Scene(stage.world, birth.role, stage.profiles[birth.role], held=held)
    due = stage.due(scene.profile)
    killing = [probe for probe in due if probe.kills]
    for probe in [p for p in due if not p.kills] if part == 0 else [killing[part - 1]]:
        here(stage, replace(scene, probe=probe.name), probe)
    os.write(birth.channel, b".")
    PRODUCT[birth.role].main(birth)
    return 0


def _airlock(stage: Stage, birth: Any) -> int:
    caller = socket.socket(fileno=birth.channel)
    door, clock = birth.spec["door"], birth.spec["clock"]
    part = int(json.loads(caller.recv(1 << 12))["part"])
    tried = [_tried(one, part) for one in (door, clock) if one >= 0]
    if part == 0 and all(tried):
        scene = Scene(stage.world, birth.role, stage.profiles[birth.role], door=door)
        _declared(scene, birth.spec["routes"], door, clock)
        attempt_all(stage, scene)
    caller.send(b".")
    while caller.recv(1 << 12):
        pass
    return 0


def _tried(channel: int, part: int) -> bool:
    """Let the door, or the clock, try its own. False: a probe killed it."""
    os.write(channel, str(part).encode())
    try:
        return bool(os.read(channel, 16))
    except ConnectionError:
        return False


def _declared(scene: Scene, routes: Any, door: int, clock: int) -> None:
    """What is declared leaves by each route. The clock's answer is not waited for: the receiver gives none."""
    by_door = by_clock = 0
    for number, route in enumerate(routes):
        said = replace(scene, probe=ways.name_of(number)).canary()
        if route.kind == NTP:
            os.write(clock, product_clock.ASKED.pack(by_clock, said[: product_clock.QUERY]))
            by_clock += 1
        else:
            ways.speak(ways.ask(door, by_door), said)
            by_door += 1
