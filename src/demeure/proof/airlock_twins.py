"""The code of the airlock's two twins, in the boxes of the product: the door first tries every probe itself, then
is the product's own door; the airlock says what is declared by each route, then tries everything else.

Imported before the fork, as ``inside``: behind its box the door reads no file at all.
"""

import json
import os
import socket
from dataclasses import replace
from typing import Any

from demeure.airlock import door as product_door
from demeure.confinement import AIRLOCK, AIRLOCK_DOOR
from demeure.proof import ways
from demeure.proof.inside import Stage, attempt_all, here, peer, say
from demeure.proof.roles import OF_ROUTES
from demeure.proof.scene import Scene


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
        say(role=role, done=True)
    return held


def main(stage: Stage, birth: Any) -> int:
    """Which of the two this is, its role says."""
    return _door(stage, birth) if birth.role == AIRLOCK_DOOR.role else _airlock(stage, birth)


def _door(stage: Stage, birth: Any) -> int:
    channel = socket.socket(fileno=birth.channel)
    part = int(channel.recv(16) or b"-1")
    scene = Scene(stage.world, birth.role, stage.profiles[birth.role])
    due = stage.due(scene.profile)
    killing = [probe for probe in due if probe.kills]
    for probe in [p for p in due if not p.kills] if part == 0 else [killing[part - 1]]:
        here(stage, replace(scene, probe=probe.name), probe)
    channel.send(b".")
    channel.detach()
    product_door.main(birth)
    return 0


def _airlock(stage: Stage, birth: Any) -> int:
    caller = socket.socket(fileno=birth.channel)
    door: int = birth.spec["door"]
    part = int(json.loads(caller.recv(1 << 12))["part"])
    with socket.socket(fileno=os.dup(door)) as channel:
        channel.send(str(part).encode())
        tried = channel.recv(16)  # nothing when a probe killed it
    if part == 0 and tried:
        scene = Scene(stage.world, birth.role, stage.profiles[birth.role], door=door)
        for number, route in enumerate(birth.spec["routes"]):
            ways.speak(ways.ask(door, number), replace(scene, probe=ways.name_of(route.id)).canary())
        attempt_all(stage, scene)
    caller.send(b".")
    while caller.recv(1 << 12):
        pass
    return 0
