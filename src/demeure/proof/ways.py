"""Twins of the airlock: open routes as they are declared, but for the place where they lead, which is a receiver of
the run; and what only these processes could try: other places than the declared ones.
"""

import contextlib
import errno
import os
import socket
import struct
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from demeure.airlock import ENGINE, NTP, Route, keep, made
from demeure.airlock.declared import serving
from demeure.airlock.opening import today
from demeure.confinement import AIRLOCK, AIRLOCK_CLOCK, Profile, landlock
from demeure.confinement.landlock import PORTS
from demeure.confinement.profiles import LANDLOCK, SECCOMP
from demeure.proof.network import FASTOPEN, send_many
from demeure.proof.receivers import Receivers
from demeure.proof.scene import BIRTH, HEARD, Probe, Scene, Untried, syscall

ASKED, REFUSED = struct.Struct("!I"), struct.Struct("!i")
_HERE = "127.0.0.1"
_SECONDS = 1.0
_BEYOND = 4096
"""More places than any list holds."""
_WAY = "way-"


def open_routes(instance: Path) -> tuple[Route, ...]:
    """Those that the house serves today; none where the kernel knows no port: no airlock is born there."""
    return tuple(serving(instance, today())) if landlock.abi() >= PORTS and instance.is_dir() else ()


def made_up() -> tuple[Route, ...]:
    """A route to an engine and one to a clock, for a house that has none and whose airlock is to lose a wall."""
    told: dict[str, Any] = dict.fromkeys(("purpose", "owner", "contract", "country", "law"), "-")
    told |= {"classes": ["interne"], "host": "localhost", "port": 443, "model": "-"}
    told |= {"addresses": [_HERE], "networks": [f"{_HERE}/32"]}
    engine, clock = {"id": "made-up", "kind": ENGINE}, {"id": "made-up-clock", "kind": NTP, "tls": False}
    return (made(told | engine), made(told | clock)) if landlock.abi() >= PORTS else ()


def declare(instance: Path, routes: Iterable[Route], receivers: Receivers) -> None:
    """Their files in the instance of the run, each to a receiver of its own. OSError."""
    for number, route in enumerate(routes):
        port, networks = receivers.way(number, datagrams=route.kind == NTP), (f"{_HERE}/32",)
        keep(instance, replace(route, addresses=(_HERE,), networks=networks, port=port))


def name_of(number: int) -> str:
    """Under what name the receiver of a route, by its place among them, hears its twin: no probe has it."""
    return f"{_WAY}{number}"


def ask(door: int, number: int) -> int:
    """The connection that the door hands for this number. OSError as the door, or the kernel, answers."""
    with socket.socket(fileno=door) as channel:
        try:
            channel.settimeout(_SECONDS)
            channel.send(ASKED.pack(number))
            told, handed, _, _ = socket.recv_fds(channel, 64, 1)
        finally:
            channel.detach()
    if not handed:
        code = REFUSED.unpack(told)[0] if len(told) == REFUSED.size else 111
        raise OSError(code, "the door refused")
    return handed[0]


def speak(connection: int, said: bytes) -> None:
    """Say it once the connection is made, and wait for the receiver's word. OSError."""
    with socket.socket(fileno=connection) as way:
        way.settimeout(_SECONDS)
        way.sendall(said)
        way.recv(4)


def _to_the_receiver(scene: Scene) -> socket.socket:
    """What the door handed; without walls a connection of one's own, to the same receiver as every probe's. Raises
    Untried: the door handed nothing, so there is nothing to turn elsewhere."""
    if scene.profile is not None:
        try:
            return socket.socket(fileno=ask(scene.door, 0))
        except OSError as problem:
            raise Untried from problem
    return socket.create_connection((_HERE, scene.world.numbers["tcp"]), _SECONDS)


def _another_number(scene: Scene) -> None:
    """Numbers that the list of the door does not hold: it answers EACCES, and anything else that it says proves
    nothing. An address that is not in the list cannot be asked for at all: a request holds a number alone."""
    if scene.profile is None:
        with _to_the_receiver(scene) as way:
            speak(way.detach(), scene.canary())
        return
    for number in (_BEYOND, 0xFFFFFFFF):
        try:
            speak(ask(scene.door, number), scene.canary())
        except OSError as said:
            if said.errno != errno.EACCES:
                raise Untried from said
    raise PermissionError(errno.EACCES, "the door refused")


def _handed_elsewhere(scene: Scene) -> None:
    """A connection made outside, in the network of this machine, undone and turned to another place."""
    with _to_the_receiver(scene) as way:
        way.settimeout(_SECONDS)
        syscall("connect", way.fileno(), bytes(16), 16)
        way.connect((_HERE, scene.world.numbers["tcp"]))
        way.sendall(scene.canary())
        way.recv(4)


def _handed_fast_open(scene: Scene) -> None:
    """The same, without connect(2)."""
    target = (_HERE, scene.world.numbers["tcp"])
    with _to_the_receiver(scene) as way:
        way.settimeout(_SECONDS)
        with contextlib.suppress(OSError):
            syscall("connect", way.fileno(), bytes(16), 16)
        way.setblocking(True)
        way.sendto(scene.canary(), FASTOPEN, target)
        way.settimeout(_SECONDS)
        way.recv(4)


def _datagrams(scene: Scene) -> socket.socket:
    """The clock's own socket; without walls another, connected to a receiver."""
    if scene.profile is not None:
        return socket.socket(fileno=os.dup(scene.held))
    way = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    way.connect((_HERE, scene.world.numbers["udp"]))
    return way


def _clock_sends(scene: Scene) -> None:
    """A connected socket may still name another place, datagram by datagram."""
    with _datagrams(scene) as way:
        way.sendto(scene.canary(), (_HERE, scene.world.numbers["udp"]))


def _clock_sends_many(scene: Scene) -> None:
    with _datagrams(scene) as way:
        send_many(way.fileno(), scene.canary(), (_HERE, scene.world.numbers["udp"]), 0)


def _clock_turned(scene: Scene) -> None:
    """Connected anew, then written."""
    with _datagrams(scene) as way:
        way.connect((_HERE, scene.world.numbers["udp"]))
        os.write(way.fileno(), scene.canary())


def aimless(kinds: Iterable[str]) -> frozenset[str]:
    """The probes that have nothing to aim at while clocks alone are open: their door has no list. ``kinds``: of the
    open routes."""
    opened = set(kinds)
    asking = (probe.name for probe in PROBES if probe.applies is _asks_the_door)
    return frozenset(asking) if opened == {NTP} else frozenset()


def _is_the_clock(profile: Profile) -> bool:
    return profile.role == AIRLOCK_CLOCK.role


def _asks_the_door(profile: Profile) -> bool:
    return profile.role == AIRLOCK.role


PROBES: tuple[Probe, ...] = (
    Probe("door-another-number", "inherited", (BIRTH,), HEARD, _another_number, applies=_asks_the_door),
    Probe("handed-elsewhere", "inherited", (SECCOMP, LANDLOCK), HEARD, _handed_elsewhere, applies=_asks_the_door),
    Probe("handed-fastopen", "inherited", (SECCOMP,), HEARD, _handed_fast_open, applies=_asks_the_door),
    Probe("clock-sends-elsewhere", "inherited", (SECCOMP,), HEARD, _clock_sends, applies=_is_the_clock),
    Probe("clock-sends-many", "inherited", (SECCOMP,), HEARD, _clock_sends_many, applies=_is_the_clock),
    Probe("clock-turned", "inherited", (SECCOMP,), HEARD, _clock_turned, applies=_is_the_clock),
)
