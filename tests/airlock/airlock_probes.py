"""What is tried from inside the two boxes, in the place of their modules: each attempt, and how the kernel took it.
Imported before the boxes are closed: behind them these files cannot be read.
"""

import errno
import json
import os
import socket
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

from demeure.confinement import kernel
from demeure.supervisor.birth import Birth

PORTS: dict[str, int] = {}
"""Set by the test before the birth: declared, other."""


def airlock(birth: Birth) -> None:
    """Tries, then writes what came of it on the gateway's connection."""
    door = socket.socket(fileno=birth.spec["door"])
    handed = _ask(door, 0)
    told = _tried(
        {
            "number out of the list": lambda: _ask(door, 7),
            "the handed connection elsewhere": lambda: handed.connect(("127.0.0.1", PORTS["other"])),
            "fast open": lambda: handed.sendto(b"x", 0x20000000, ("127.0.0.1", PORTS["other"])),
            "house key": lambda: Path(birth.instance, "keys/house.key").read_bytes(),
            "key of a space": lambda: list(Path(birth.instance, "keys/spaces").iterdir()),
            "a route of one's own": lambda: Path(birth.instance, "routes/mine.toml").write_text("x"),
            "the policy": lambda: Path(birth.instance, "policy.toml").write_text("x"),
            "credentials": lambda: Path(birth.instance, "keys/routes/mine.sealed").write_text("x"),
        },
    )
    with socket.socket(fileno=birth.channel) as back:
        back.sendall(json.dumps(told).encode())


def door(birth: Birth) -> None:
    """Serves one good question as the real one would, after its own attempts, which it sends before the answer."""
    told = _tried({"an undeclared port": _connect("127.0.0.1", PORTS["other"])})
    told["declared (control)"] = _how(_connect("127.0.0.1", PORTS["declared"]))
    told["open a file"] = _how(lambda: os.open("/proc/self/status", os.O_RDONLY))
    told["fork"] = _how(os.fork)
    with socket.socket(fileno=birth.channel) as channel:
        channel.recv(64)
        connection = socket.socket(socket.AF_INET, socket.SOCK_STREAM | socket.SOCK_NONBLOCK, socket.IPPROTO_TCP)
        connection.connect_ex(("127.0.0.1", PORTS["declared"]))
        socket.send_fds(channel, [json.dumps(told).encode()], [connection.fileno()])
        channel.recv(64)
        channel.send(struct.pack("!i", errno.EACCES))


def _ask(channel: socket.socket, number: int) -> socket.socket:
    channel.send(struct.pack("!I", number))
    data, handed, _, _ = socket.recv_fds(channel, 1 << 16, 1)
    if not handed:
        raise OSError(struct.unpack("!i", data)[0], "door")
    SAID.update({f"door: {name}": how for name, how in json.loads(data).items()})
    return socket.socket(fileno=handed[0])


SAID: dict[str, str] = {}


def _tried(more: dict[str, Callable[[], Any]]) -> dict[str, str]:
    every: dict[str, Callable[[], Any]] = {
        "UDP": lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM),
        "UDP 6": lambda: socket.socket(socket.AF_INET6, socket.SOCK_DGRAM),
        "MPTCP": lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262),
        "SCTP": lambda: socket.socket(socket.AF_INET, socket.SOCK_SEQPACKET),
        "raw": lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1),
        "Unix socket": lambda: socket.socket(socket.AF_UNIX, socket.SOCK_STREAM),
        "netlink": lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW),
        "name looked up": lambda: socket.getaddrinfo("example.org", 443),
        "program": lambda: os.execv("/bin/true", ["true"]),
        "namespace": lambda: kernel.unshare(kernel.CLONE_NEWUSER),
        "file of the system": lambda: os.open("/etc/passwd", os.O_RDONLY),
        "file outside": lambda: os.open("/tmp/airlock-probe", os.O_WRONLY | os.O_CREAT),
        "TCP to the other port": _connect("127.0.0.1", PORTS["other"]),
        **more,
    }
    return {name: _how(attempt) for name, attempt in every.items()} | SAID


def _connect(address: str, port: int) -> Callable[[], None]:
    def go() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as tried:
            tried.connect((address, port))

    return go


def _how(attempt: Callable[[], Any]) -> str:
    try:
        attempt()
    except OSError as refused:
        return errno.errorcode.get(refused.errno or 0, type(refused).__name__)
    return "worked"


def main(birth: Birth) -> None:
    """Which of the two this is, its role says."""
    (airlock if birth.role == "airlock" else door)(birth)
