"""Ways out by Unix sockets, and by what was inherited: listeners, accepted connections, descriptors that a parent
forgot, the environment."""

import ctypes
import hashlib
import os
import socket
from pathlib import Path
from typing import Any

from demeure.confinement.profiles import LANDLOCK, NAMESPACES, SECCOMP, Profile
from demeure.proof.network import FASTOPEN, inet, stream
from demeure.proof.scene import BIRTH, HEARD, LEARNED, Attempt, Probe, Scene, syscall

_SECONDS = 1.0


def _stream_to(name: str) -> Attempt:
    return lambda scene: stream(socket.AF_UNIX, scene.world.names[name], scene.canary())


def _abstract(scene: Scene) -> None:
    stream(socket.AF_UNIX, "\0" + scene.world.names["abstract"], scene.canary())


def _abstract_datagram(scene: Scene) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as way:
        way.sendto(scene.canary(), "\0" + scene.world.names["abstract-datagram"])


def _sequence(scene: Scene) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as way:
        way.settimeout(_SECONDS)
        way.connect(scene.world.names["sequence"])
        way.sendall(scene.canary())


def _datagram(scene: Scene) -> None:
    """As syslog and the system journal are written to."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as way:
        way.sendmsg([scene.canary()], [], 0, scene.world.names["datagram"])


def _pair(scene: Scene) -> None:
    """A pair needs no socket(2), and its ends may name another receiver."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with ours, theirs:
        ours.sendmsg([scene.canary()], [], 0, scene.world.names["datagram"])


def _deputy(scene: Scene) -> None:
    """A helpful process outside gives a socket of the host to whoever asks."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as way:
        way.settimeout(_SECONDS)
        way.connect(scene.world.names["deputy"])
        _, given, _, _ = socket.recv_fds(way, 8, 1)
    with socket.socket(fileno=given[0]) as theirs:
        theirs.sendto(scene.canary(), ("127.0.0.1", scene.world.numbers["udp"]))


def _to_our_receiver(scene: Scene, way: socket.socket) -> None:
    way.settimeout(_SECONDS)
    way.connect(("127.0.0.1", scene.world.numbers["tcp"]))
    way.sendall(scene.canary())
    way.recv(4)


def _listener(scene: Scene) -> socket.socket:
    """The one held from birth; without walls another, with a visitor in its queue: what is tried undoes it."""
    if scene.profile is not None:
        return socket.socket(fileno=os.dup(scene.listener))
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.bind(("127.0.0.1", 0))
    listener.listen(8)
    socket.create_connection(listener.getsockname(), _SECONDS).detach()
    return listener


def _listener_as_client(scene: Scene) -> None:
    """connect(AF_UNSPEC) undoes a listener; it then connects from the network where it was made."""
    with _listener(scene) as way:
        syscall("connect", way.fileno(), bytes(16), 16)
        _to_our_receiver(scene, way)


def _listener_fast_open(scene: Scene) -> None:
    """The same without connect(2). Asked first of the listener as it is: a filter answers EPERM, the kernel alone
    another error, and only then is the listener undone."""
    target = ("127.0.0.1", scene.world.numbers["tcp"])
    with _listener(scene) as way:
        way.setblocking(True)
        try:
            way.sendto(scene.canary(), FASTOPEN, target)
        except PermissionError:
            raise
        except OSError:
            way.shutdown(socket.SHUT_RDWR)
        way.sendto(scene.canary(), FASTOPEN, target)
        way.settimeout(_SECONDS)
        way.recv(4)


def _accepted_as_client(scene: Scene) -> None:
    """A connection that somebody made to the listener, turned elsewhere."""
    with _listener(scene) as listener:
        listener.settimeout(_SECONDS)
        way, _ = listener.accept()
    with way:
        syscall("connect", way.fileno(), bytes(16), 16)
        _to_our_receiver(scene, way)


def _forgotten_socket(scene: Scene) -> None:
    """A socket of the host that the parent left open and connected: passes every wall of the kernel."""
    os.write(scene.world.forgotten["udp"], scene.canary())


def _forgotten_connect(scene: Scene) -> None:
    """The same, not connected."""
    address = ctypes.create_string_buffer(inet("127.0.0.1", scene.world.numbers["udp"]), 16)
    said = scene.canary()
    syscall("sendto", scene.world.forgotten["udp-free"], said, len(said), 0, address, 16)


def _forgotten_pipe(scene: Scene) -> None:
    os.write(scene.world.forgotten["pipe"], scene.canary() + b"\n")


def _forgotten_folder(scene: Scene) -> str:
    found = os.open("secret", os.O_RDONLY, dir_fd=scene.world.forgotten["folder"])
    try:
        return os.read(found, 64).decode()
    finally:
        os.close(found)


def _environment(scene: Scene) -> str:
    """A variable of whoever started the house, as its digest."""
    wanted = scene.world.names["variable"]
    block = Path("/proc/self/environ").read_bytes().split(b"\0")
    block += [os.fsencode(f"{name}={value}") for name, value in os.environ.items()]
    return next((entry for entry in map(digest, block) if entry == wanted), "")


def digest(entry: bytes) -> str:
    """What stands for a variable: its value may be a secret."""
    return hashlib.sha256(entry).hexdigest()


def _listens(profile: Profile) -> bool:
    return "public" in profile.listeners


def _p(name: str, family: str, layers: tuple[str, ...], attempt: Attempt, **more: Any) -> Probe:
    return Probe(name, family, layers, more.pop("evidence", HEARD), attempt, **more)


_UNIX: tuple[Probe, ...] = (
    _p("abstract-stream", "unix", (SECCOMP, NAMESPACES, LANDLOCK), _abstract),
    _p("abstract-datagram", "unix", (SECCOMP, NAMESPACES, LANDLOCK), _abstract_datagram),
    _p("path-stream", "unix", (SECCOMP,), _stream_to("stream")),
    _p("path-stream-shared-memory", "unix", (SECCOMP,), _stream_to("stream-shm")),
    _p("path-sequence", "unix", (SECCOMP,), _sequence),
    _p("path-datagram", "unix", (SECCOMP,), _datagram),
    _p("path-datagram-by-pair", "unix", (SECCOMP,), _pair),
    _p("descriptor-of-a-deputy", "unix", (SECCOMP,), _deputy),
)
_INHERITED: tuple[Probe, ...] = (
    _p("listener-as-client", "inherited", (SECCOMP, LANDLOCK), _listener_as_client, applies=_listens),
    _p("accepted-as-client", "inherited", (SECCOMP, LANDLOCK), _accepted_as_client, applies=_listens),
    _p("listener-fastopen", "inherited", (SECCOMP,), _listener_fast_open, applies=_listens),
    _p("forgotten-socket", "inherited", (BIRTH,), _forgotten_socket),
    _p("forgotten-socket-free", "inherited", (BIRTH,), _forgotten_connect),
    _p("forgotten-pipe", "inherited", (BIRTH,), _forgotten_pipe),
    _p(
        "forgotten-folder",
        "inherited",
        (BIRTH, LANDLOCK),
        _forgotten_folder,
        evidence=LEARNED,
        learns="secret",
    ),
    _p("environment", "inherited", (BIRTH,), _environment, evidence=LEARNED, learns="variable", own=True),
)
PROBES = _UNIX + _INHERITED
