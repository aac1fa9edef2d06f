"""The world outside the box, held by the test: what these receivers hear is what left. Nothing else decides."""

import contextlib
import secrets
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

_VICTIM = """
import ctypes, os, sys, time
treasure = ctypes.create_string_buffer(b"treasure")
print(ctypes.addressof(treasure), flush=True)
uid = int(sys.argv[1])
if uid >= 0:
    os.setgroups([]); os.setresgid(uid, uid, uid); os.setresuid(uid, uid, uid)
    ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)
print("ready", flush=True)
time.sleep(600)
"""


class Outside:
    """Listeners, a secret, a folder, and a process of the same user worth attacking. ``uid``: None to stay who we
    are."""

    def __init__(self, folder: Path, uid: int | None) -> None:
        self.folder, self.uid = folder, uid
        self.token = secrets.token_hex(6)
        self.heard: set[str] = set()
        self._sockets: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._over = threading.Event()
        self.inside, self.outside = folder / "inside", folder / "outside"
        self.secret = self.outside / "secret"
        for place in (self.inside, self.outside):
            place.mkdir()
            place.chmod(0o777)
        folder.chmod(0o755)
        self.secret.write_text(self.token)
        self.secret.chmod(0o666)

    def __enter__(self) -> "Outside":
        tcp = self._socket(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 0))
        tcp.setsockopt(socket.IPPROTO_TCP, socket.TCP_FASTOPEN, 16)
        self.port = tcp.getsockname()[1]
        self.udp_port = self._socket(socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", 0)).getsockname()[1]
        self.abstract = f"outside-{self.token}"
        self._socket(socket.AF_UNIX, socket.SOCK_STREAM, "\0" + self.abstract)
        # short paths: a Unix address holds 107 bytes
        Path(f"/tmp/d{self.token}").symlink_to(self.folder)
        self.stream_path, self.datagram_path = f"/tmp/d{self.token}/s", f"/tmp/d{self.token}/d"
        self._socket(socket.AF_UNIX, socket.SOCK_STREAM, self.stream_path)
        self._socket(socket.AF_UNIX, socket.SOCK_DGRAM, self.datagram_path)
        for path in (self.stream_path, self.datagram_path):
            Path(path).chmod(0o777)
        self.victim = subprocess.Popen(
            [sys.executable, "-c", _VICTIM, str(-1 if self.uid is None else self.uid)], stdout=subprocess.PIPE
        )
        assert self.victim.stdout is not None
        self.victim_address = int(self.victim.stdout.readline())
        assert self.victim.stdout.readline() == b"ready\n"
        return self

    def __exit__(self, *_: object) -> None:
        self.victim.send_signal(signal.SIGKILL)
        self.victim.communicate()
        Path(f"/tmp/d{self.token}").unlink()
        self._over.set()
        for listening in self._threads:
            listening.join()
        for s in self._sockets:
            s.close()

    def _socket(self, family: int, kind: int, address: Any) -> socket.socket:
        s = socket.socket(family, kind)
        s.bind(address)
        self._sockets.append(s)
        if kind == socket.SOCK_STREAM:
            s.listen(32)
        s.settimeout(0.1)
        hear = self._accept if kind == socket.SOCK_STREAM else self._receive
        self._threads.append(threading.Thread(target=hear, args=(s,)))
        self._threads[-1].start()
        return s

    def _accept(self, listener: socket.socket) -> None:
        while not self._over.is_set():
            with contextlib.suppress(OSError):
                connection, _ = listener.accept()
                with connection:
                    connection.settimeout(3)
                    self._note(connection.recv(200))
                    connection.sendall(b"seen")

    def _receive(self, s: socket.socket) -> None:
        while not self._over.is_set():
            with contextlib.suppress(OSError):
                self._note(s.recv(200))

    def _note(self, data: bytes) -> None:
        token, _, name = data.decode().partition(":")
        if token == self.token:
            self.heard.add(name)

    def setting(self, **more: Any) -> dict[str, Any]:
        """What the child needs to know to try."""
        return {
            "uid": self.uid,
            "token": self.token,
            "port": self.port,
            "udp_port": self.udp_port,
            "abstract": self.abstract,
            "stream_path": self.stream_path,
            "datagram_path": self.datagram_path,
            "secret": str(self.secret),
            "inside": str(self.inside),
            "outside": str(self.outside),
            "victim": self.victim.pid,
            "victim_address": self.victim_address,
            "layers": None,
            "profile": "gateway",
            **more,
        }
