"""What a socket is, from the kernel's tables: an inode number in /proc/PID/fd says nothing by itself.

Tables are per network namespace: those of the host (where listeners live) and of each role are read together.
"""

import socket
import struct
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

TABLES = (
    "tcp",
    "tcp6",
    "unix",
    "udp",
    "udp6",
    "udplite",
    "udplite6",
    "raw",
    "raw6",
    "icmp",
    "icmp6",
    "netlink",
    "packet",
)
_LISTENING = "0A"
TO = " to "
"""In the target of a connection, before its peer."""
_UNIX_KINDS = {"0001": "unix stream", "0002": "unix datagram", "0005": "channel"}
_UNIX_LISTENING = 0x10000


@dataclass(frozen=True)
class Seen:
    """One socket: ``kind`` as the profiles name it, ``target`` for people (address or path). ``peer``: who is at
    the other end of a connection, « 192.0.2.7 port 443 »."""

    kind: str
    target: str = ""
    port: str = ""
    peer: str = ""


@dataclass
class SocketTables:
    """inode → Seen, for every table fed to it."""

    found: dict[int, Seen] = field(default_factory=dict)

    def feed(self, name: str, text: str) -> None:
        """Add the text of one /proc/…/net table."""
        for line in text.splitlines()[1:]:
            row = _ROWS.get(name, _other)(line.split(), name)
            if row:
                self.found.setdefault(*row)

    def kind(self, inode: int, listening_ports: Iterable[str] = ()) -> Seen:
        """What ``inode`` is; a TCP connection on one of ``listening_ports`` was accepted there, another was not."""
        seen = self.found.get(inode, Seen("unknown socket", f"inode {inode}"))
        if seen.kind == "tcp":
            if seen.port in set(listening_ports):
                return Seen("accepted", seen.target, seen.port)
            return Seen("tcp", f"{seen.target}{TO}{seen.peer}", seen.port, seen.peer)
        return seen


def _tcp(row: list[str], name: str) -> tuple[int, Seen] | None:
    if len(row) < 10:
        return None
    address, _, port = row[1].rpartition(":")
    kind = "listener" if row[3] == _LISTENING else "tcp"
    there, _, its = row[2].rpartition(":")
    peer = f"{_address(there)} port {int(its, 16)}"
    return int(row[9]), Seen(kind, f"{name} {_address(address)} port {int(port, 16)}", port, peer)


def _udp(row: list[str], name: str) -> tuple[int, Seen] | None:
    """A connected one tells its peer; another names none."""
    if len(row) < 10 or not row[2].strip("0:"):
        return _other(row, name)
    there, _, its = row[2].rpartition(":")
    peer = f"{_address(there)} port {int(its, 16)}"
    return int(row[9]), Seen(name, f"{name}{TO}{peer}", "", peer)


def _address(told: str) -> str:
    """Of a table: hexadecimal, in the order of this processor, four bytes at a time."""
    raw = b"".join(struct.pack("=I", int(told[at : at + 8], 16)) for at in range(0, len(told), 8))
    return socket.inet_ntop(socket.AF_INET if len(raw) == 4 else socket.AF_INET6, raw)


def _unix(row: list[str], _: str) -> tuple[int, Seen] | None:
    if len(row) < 7:
        return None
    kind = _UNIX_KINDS.get(row[4], "unix other")
    if kind == "unix stream" and int(row[3], 16) & _UNIX_LISTENING:
        kind = "unix listener"
    return int(row[6]), Seen(kind, row[7].rpartition("/")[2] if len(row) > 7 else "")


def _netlink(row: list[str], name: str) -> tuple[int, Seen] | None:
    return (int(row[9]), Seen(name)) if len(row) > 9 else None


def _packet(row: list[str], name: str) -> tuple[int, Seen] | None:
    return (int(row[8]), Seen(name)) if len(row) > 8 else None


def _other(row: list[str], name: str) -> tuple[int, Seen] | None:
    return (int(row[9]), Seen(name)) if len(row) > 9 else None


_ROWS = {
    "tcp": _tcp,
    "tcp6": _tcp,
    "udp": _udp,
    "udp6": _udp,
    "unix": _unix,
    "netlink": _netlink,
    "packet": _packet,
}


def read_tables(pids: Iterable[int | str]) -> SocketTables:
    """The tables of the network namespaces of ``pids`` ("self" too); what may not be read is left out."""
    tables, done = SocketTables(), set[str]()
    for pid in pids:
        try:
            namespace = str(Path(f"/proc/{pid}/ns/net").readlink())
        except OSError:
            namespace = str(pid)  # the launcher, seen from the supervisor: its tables may be read, its links not
        if namespace not in done:
            done.add(namespace)
            for name in TABLES:
                _feed_file(tables, name, f"/proc/{pid}/net/{name}")
    return tables


def _feed_file(tables: SocketTables, name: str, path: str) -> None:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:  # noqa: PTH123 - /proc, plain and fast
            tables.feed(name, file.read())
    except OSError:
        return  # a family this kernel does not have
