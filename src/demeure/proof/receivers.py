"""The ears of the run: sockets, pipes and a terminal outside every box. What they hear is what left."""

import contextlib
import os
import pty
import re
import selectors
import socket
import stat
import struct
import tty
from collections.abc import Callable
from pathlib import Path
from typing import Any

_BODY = 2048
ADDRESS, ADDRESS6 = "192.0.2.1", "2001:db8::1"
"""Kept for documentation: only the network of ``elsewhere`` has them."""


class Receivers:
    """Listeners on this machine's loopback, Unix sockets, a named pipe, a terminal. ``heard``: (role, probe) whose
    canary arrived. ``names``, ``numbers``: where they are, for the probes. What this machine lacks (IPv6, a
    protocol) is left out: the controls then say so."""

    def __init__(self, nonce: str, folder: Path, shared: Path) -> None:
        self.nonce, self.folder = nonce, folder
        self.heard: set[tuple[str, str]] = set()
        self.names: dict[str, str] = {}
        self.numbers: dict[str, int] = {}
        self.labels: dict[str, tuple[str, str]] = {}
        self.selector = selectors.DefaultSelector()
        self._token = re.compile(rf"{nonce}\|([^|\s]+)\|([^|\s]+)\|")
        self._kept: list[socket.socket] = []
        self._descriptors: list[int] = []
        self._internet()
        self._internet_of_root()
        self._unix(shared)
        self._others()

    # --- where they listen

    def _internet(self) -> None:
        tcp = self._listen(socket.AF_INET, ("127.0.0.1", 0), "tcp")
        port = self.numbers["tcp"]
        self._listen(socket.AF_INET, ("127.77.0.9", port))
        self._listen(socket.AF_INET6, ("::1", 0), "tcp6")
        self._listen(socket.AF_INET, ("127.0.0.1", port), protocol=132)
        self._hear(socket.AF_INET, ("127.0.0.1", 0), "udp")
        self._hear(socket.AF_INET6, ("::1", 0), "udp6")
        self._hear(socket.AF_INET, ("127.0.0.1", 0), "udplite", protocol=136)
        self._hear(socket.AF_INET, ("127.255.255.255", 0), "broadcast")
        self._hear(socket.AF_INET, ("127.0.0.1", 0), "dns", reply=True)
        for address, family, number in ((ADDRESS, socket.AF_INET, "4"), (ADDRESS6, socket.AF_INET6, "6")):
            self._listen(family, (address, 0), f"tcp{number}-address")
            self._hear(family, (address, 0), f"udp{number}-address")
        self._hear(socket.AF_INET, (ADDRESS, 0), "dns-address", reply=True)
        group = self._hear(socket.AF_INET, ("239.255.255.250", 0), "multicast")
        if group is not None:
            member = socket.inet_aton("239.255.255.250") + socket.inet_aton("127.0.0.1")
            with contextlib.suppress(OSError):  # a loopback that is down: no probe gets out, the proof says so
                group.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, member)
        assert tcp is not None
        with contextlib.suppress(OSError):
            tcp.setsockopt(socket.IPPROTO_TCP, socket.TCP_FASTOPEN, 16)

    def _internet_of_root(self) -> None:
        """Raw and packet sockets, where this user may have them."""
        for family, kind, protocol, address in (
            (socket.AF_INET, socket.SOCK_RAW, 253, ("127.0.0.1", 0)),
            (socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP, ("127.0.0.1", 0)),
            (socket.AF_PACKET, socket.SOCK_DGRAM, 0x88B5, ("lo", 0x88B5)),
            (socket.AF_NETLINK, socket.SOCK_RAW, 2, (0, 0)),
        ):
            with contextlib.suppress(OSError):
                made = socket.socket(family, kind, protocol)
                made.bind(address)
                self._watch(made, self._datagram)
                if family == socket.AF_NETLINK:
                    self.numbers["netlink"] = made.getsockname()[0]

    def _unix(self, shared: Path) -> None:
        self.names["abstract"] = f"{self.nonce}-a"
        self.names["abstract-datagram"] = f"{self.nonce}-d"
        self._listen(socket.AF_UNIX, "\0" + self.names["abstract"])
        self._hear(socket.AF_UNIX, "\0" + self.names["abstract-datagram"])
        for name, place in (("stream", self.folder / "s"), ("stream-shm", shared / f"{self.nonce}-s")):
            if self._listen(socket.AF_UNIX, str(place)) is not None:
                self.names[name] = str(place)
        self.names["datagram"], self.names["sequence"] = str(self.folder / "d"), str(self.folder / "q")
        self.names["deputy"] = str(self.folder / "p")
        self._hear(socket.AF_UNIX, self.names["datagram"])
        self._listen(socket.AF_UNIX, self.names["sequence"], kind=socket.SOCK_SEQPACKET)
        self._listen(socket.AF_UNIX, self.names["deputy"], serve=self._deputy)

    def _others(self) -> None:
        fifo = self.folder / "fifo"
        os.mkfifo(fifo, 0o600)
        self.watch_descriptor(os.open(fifo, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC))
        with contextlib.suppress(OSError):
            master, slave = pty.openpty()
            tty.setraw(slave)
            self.names["terminal"] = os.ttyname(slave)
            for end in (master, slave):
                os.set_blocking(end, False)
                self.watch_descriptor(end)

    def _listen(
        self,
        family: int,
        address: Any,
        name: str = "",
        *,
        kind: int = socket.SOCK_STREAM,
        protocol: int = 0,
        serve: Callable[[socket.socket], None] | None = None,
    ) -> socket.socket | None:
        try:
            made = socket.socket(family, kind, protocol)
            made.bind(address)
            made.listen(64)
        except OSError:
            return None
        if name:
            self.numbers[name] = made.getsockname()[1]
        self._watch(made, serve or self._accept)
        return made

    def _hear(
        self, family: int, address: Any, name: str = "", *, protocol: int = 0, reply: bool = False
    ) -> socket.socket | None:
        try:
            made = socket.socket(family, socket.SOCK_DGRAM, protocol)
            made.bind(address)
        except OSError:
            return None
        if name:
            self.numbers[name] = made.getsockname()[1]
        self._watch(made, self._name_server if reply else self._datagram)
        return made

    def _watch(self, made: socket.socket, serve: Callable[[socket.socket], None]) -> None:
        made.setblocking(False)
        self._kept.append(made)
        self.selector.register(made, selectors.EVENT_READ, lambda: serve(made))

    def watch_descriptor(self, descriptor: int) -> None:
        """Hear whatever is written at the other end. Closed with the receivers."""
        self._descriptors.append(descriptor)
        before = bytearray()

        def read() -> None:
            try:
                data = os.read(descriptor, _BODY)
            except OSError:
                data = b""
            before.extend(data)  # what is typed comes one character at a time
            self.note(bytes(before))
            del before[:-_BODY]
            if not data and not stat.S_ISCHR(os.fstat(descriptor).st_mode):
                self.selector.unregister(descriptor)

        self.selector.register(descriptor, selectors.EVENT_READ, read)

    def way(self, number: int, *, datagrams: bool) -> int:
        """One more receiver on the loopback; its port. OSError: none could be made."""
        name = f"way-{number}"
        make = self._hear if datagrams else self._listen
        if make(socket.AF_INET, ("127.0.0.1", 0), name) is None:
            raise OSError(98, "no receiver")
        return self.numbers[name]

    # --- what they hear

    def turn(self, seconds: float) -> None:
        """Hear what comes within ``seconds``."""
        for key, _ in self.selector.select(seconds):
            key.data()

    def note(self, data: bytes) -> None:
        """Find the canaries in ``data``, plain or as a DNS name."""
        text = data.decode("utf-8", "replace")
        for role, probe in self._token.findall(text):
            self.heard.add((role, probe))
        if self.nonce in text:
            for label, who in self.labels.items():
                if label in text:
                    self.heard.add(who)

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            connection, _ = listener.accept()
            connection.setblocking(False)
            self.selector.register(connection, selectors.EVENT_READ, lambda: self._connected(connection))

    def _connected(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            self.note(connection.recv(_BODY))
            connection.send(b"seen")
        self.selector.unregister(connection)
        connection.close()

    def _datagram(self, made: socket.socket) -> None:
        with contextlib.suppress(OSError):
            self.note(made.recv(_BODY))

    def _name_server(self, made: socket.socket) -> None:
        with contextlib.suppress(OSError, struct.error):
            asked, who = made.recvfrom(_BODY)
            self.note(asked)
            made.sendto(asked[:2] + b"\x81\x83" + asked[4:6] + bytes(6) + asked[12:], who)

    def _deputy(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            connection, _ = listener.accept()
            with connection, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as given:
                socket.send_fds(connection, [b"x"], [given.fileno()])

    def close(self) -> None:
        """Stop hearing."""
        for made in self._kept:
            made.close()
        for descriptor in self._descriptors:
            with contextlib.suppress(OSError):
                os.close(descriptor)
        self.selector.close()
        with contextlib.suppress(OSError, KeyError):
            Path(self.names["stream-shm"]).unlink()
