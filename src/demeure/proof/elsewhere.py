"""Probes to an address that is not the loopback's, in a network of their own: it has no way to anywhere.

The whole run (receivers, control, twins) lives in a namespace whose only interface carries addresses kept for
documentation. A packet that gets out of a box arrives there; none can leave the machine.
"""

import contextlib
import json
import os
import signal
import socket
import struct
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from demeure.airlock import Route
from demeure.confinement import kernel
from demeure.proof.beside import end_in_order
from demeure.proof.catalogue import APART, PROBES
from demeure.proof.receivers import ADDRESS, ADDRESS6
from demeure.proof.roles import roles_of
from demeure.proof.run import run
from demeure.proof.verdict import INCONCLUSIVE, Result
from demeure.settings import Settings

_NEWADDR, _NEWLINK = 20, 16
_REQUEST = 1 | 4  # NLM_F_REQUEST, NLM_F_ACK
_ERROR = 2
_UP = 1
_NO_DUPLICATE_CHECK = 2  # IFA_F_NODAD: usable at once
SECONDS = 60


def results(
    settings: Settings, change: Callable[[], None] | None = None, routes: Sequence[Route] = ()
) -> list[Result]:
    """Every probe of APART in every role; « non concluant ici » where no such network can be made. ``change``: a
    mutation; ``routes``: those that are open. Needs one thread."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        _child(settings, change, routes, writing)
    os.close(writing)
    try:
        with os.fdopen(reading, "rb") as said:
            told = said.read()
    except BaseException:  # interrupted: it removes what it made before we go
        os.kill(pid, signal.SIGTERM)
        raise
    finally:
        os.waitpid(pid, 0)
    try:
        return [Result(**{**row, "layer": tuple(row["layer"])}) for row in json.loads(told)]
    except ValueError:
        return [_unknown(role, name) for role in roles_of(kinds=[route.kind for route in routes]) for name in APART]


def _unknown(role: str, name: str) -> Result:
    probe = PROBES[name]
    return Result(name, role, probe.family, INCONCLUSIVE, False, probe.layers, "", "no network of its own")


def _child(
    settings: Settings, change: Callable[[], None] | None, routes: Sequence[Route], writing: int
) -> NoReturn:
    try:
        end_in_order()
        signal.alarm(SECONDS)
        kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGTERM)
        enter()
        found, _ = run(settings, names=APART, change=change, routes=routes)
        rows = [vars(result) for result in found.results if result.name in APART]
        with os.fdopen(writing, "w") as file:
            json.dump(rows, file)
    except OSError:
        pass  # no such namespace here: nothing said is « inconclusive »
    finally:
        os._exit(0)


def enter() -> None:
    """A network namespace of our own, its loopback interface up and carrying ADDRESS and ADDRESS6. OSError."""
    uid, gid = os.geteuid(), os.getegid()
    try:
        kernel.unshare(kernel.CLONE_NEWNET)
    except OSError:
        kernel.unshare(kernel.CLONE_NEWUSER | kernel.CLONE_NEWNET)
        for name, line in (("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1")):
            descriptor = os.open(f"/proc/self/{name}", os.O_WRONLY | os.O_CLOEXEC)
            with os.fdopen(descriptor, "w") as file:
                file.write(line)
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as way:
        index = socket.if_nametoindex("lo")
        _told(way, _NEWLINK, struct.pack("=BxHiII", 0, 0, index, _UP, _UP))
        _told(way, _NEWADDR, _address(socket.AF_INET, ADDRESS, 32, index))
        with contextlib.suppress(OSError):  # a kernel without IPv6
            _told(way, _NEWADDR, _address(socket.AF_INET6, ADDRESS6, 128, index))


def _address(family: int, address: str, prefix: int, index: int) -> bytes:
    """struct ifaddrmsg and its two attributes, both the address."""
    raw = socket.inet_pton(family, address)
    attribute = struct.pack("=HH", 4 + len(raw), 1) + raw + struct.pack("=HH", 4 + len(raw), 2) + raw
    return struct.pack("=BBBBi", family, prefix, _NO_DUPLICATE_CHECK, 0, index) + attribute


def _told(way: socket.socket, kind: int, body: bytes) -> None:
    """One request to the kernel, and its word. OSError."""
    way.send(struct.pack("=IHHII", 16 + len(body), kind, _REQUEST, 1, 0) + body)
    answer: Any = way.recv(4096)
    (told,) = struct.unpack_from("=H", answer, 4)
    (code,) = struct.unpack_from("=i", answer, 16)
    if told == _ERROR and code:
        raise OSError(-code, os.strerror(-code))
