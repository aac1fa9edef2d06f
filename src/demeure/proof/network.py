"""Ways out by the network: to receivers of the run on this machine's own loopback, which only the host has."""

import ctypes
import socket
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

from demeure.confinement.profiles import LANDLOCK, NAMESPACES, SECCOMP, Profile
from demeure.proof.receivers import ADDRESS, ADDRESS6
from demeure.proof.scene import HEARD, HELD, LEARNED, Attempt, Probe, Scene, Trace, World, holds, listed, syscall

FASTOPEN = 0x20000000
_SECONDS = 1.0
_TCP = socket.IPPROTO_TCP
"""Asked for by its number: the only socket that the door of the airlock may make."""
_ALL, _NET = (SECCOMP, NAMESPACES), (SECCOMP, NAMESPACES, LANDLOCK)


def _open(family: int, kind: int, protocol: int = 0) -> socket.socket:
    made = socket.socket(family, kind, protocol)
    made.settimeout(_SECONDS)
    return made


def stream(family: int, address: Any, said: bytes, protocol: int = 0) -> None:
    """Connect, say, wait for the receiver's word. OSError."""
    with _open(family, socket.SOCK_STREAM, protocol) as way:
        way.connect(address)
        way.sendall(said)
        way.recv(4)


def _tcp(host: str, family: int = socket.AF_INET, protocol: int = 0, port: str = "tcp") -> Attempt:
    return lambda scene: stream(family, (host, scene.world.numbers[port]), scene.canary(), protocol)


def _datagram(host: str, family: int = socket.AF_INET, protocol: int = 0, port: str = "udp") -> Attempt:
    def attempt(scene: Scene) -> None:
        with _open(family, socket.SOCK_DGRAM, protocol) as way:
            way.sendto(scene.canary(), (host, scene.world.numbers[port]))

    return attempt


def _udp_connected(scene: Scene) -> None:
    with _open(socket.AF_INET, socket.SOCK_DGRAM) as way:
        way.connect(("127.0.0.1", scene.world.numbers["udp"]))
        way.send(scene.canary())


def _udp_lite(scene: Scene) -> None:
    with _open(socket.AF_INET, socket.SOCK_DGRAM, 136) as way:
        way.connect(("127.0.0.1", scene.world.numbers["udplite"]))
        way.send(scene.canary())


def _broadcast(scene: Scene) -> None:
    with _open(socket.AF_INET, socket.SOCK_DGRAM) as way:
        way.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        way.sendto(scene.canary(), ("127.255.255.255", scene.world.numbers["broadcast"]))


def _multicast(scene: Scene) -> None:
    with _open(socket.AF_INET, socket.SOCK_DGRAM) as way:
        way.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("127.0.0.1"))
        way.sendto(scene.canary(), ("239.255.255.250", scene.world.numbers["multicast"]))


def _many_messages(scene: Scene) -> None:
    """sendmmsg(2): the batch form, easily forgotten by a filter."""
    with _open(socket.AF_INET, socket.SOCK_DGRAM) as way:
        send_many(way.fileno(), scene.canary(), ("127.0.0.1", scene.world.numbers["udp"]), 0)


def send_many(descriptor: int, said: bytes, address: tuple[str, int], flags: int) -> None:
    """One message by sendmmsg(2). OSError."""
    name = ctypes.create_string_buffer(inet(*address), 16)
    body = ctypes.create_string_buffer(said, len(said))
    vector = ctypes.create_string_buffer(struct.pack("QQ", ctypes.addressof(body), len(said)), 16)
    header = struct.pack("QIxxxxQQQQi4x", ctypes.addressof(name), 16, ctypes.addressof(vector), 1, 0, 0, 0)
    syscall("sendmmsg", descriptor, ctypes.create_string_buffer(header + bytes(8), 64), 1, flags)


def inet(host: str, port: int) -> bytes:
    """struct sockaddr_in."""
    return struct.pack("=H", socket.AF_INET) + struct.pack("!H", port) + socket.inet_aton(host) + bytes(8)


def _fast_open(send: Callable[[socket.socket, bytes, tuple[str, int]], object], protocol: int = 0) -> Attempt:
    def attempt(scene: Scene) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM, protocol) as way:
            send(way, scene.canary(), ("127.0.0.1", scene.world.numbers["tcp"]))
            way.settimeout(_SECONDS)
            way.recv(4)

    return attempt


def _serve(_scene: Scene) -> int:
    """Listen on the host's loopback and let the outside come and fetch the canary."""
    listener = _open(socket.AF_INET, socket.SOCK_STREAM)
    listener.bind(("127.0.0.1", 0))
    listener.listen(1)
    port = int(listener.getsockname()[1])
    listener.detach()  # open until the process that tries ends
    return port


def _fetched(_world: World, trace: Trace) -> bool:
    """The outside connects to the port that the probe told."""
    try:
        with socket.create_connection(("127.0.0.1", int(trace.answer or 0)), 0.5):
            return True
    except OSError:
        return False


def _raw(scene: Scene) -> None:
    with _open(socket.AF_INET, socket.SOCK_RAW, 253) as way:
        way.sendto(scene.canary(), ("127.0.0.1", 0))


def _ping(scene: Scene) -> None:
    with _open(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP) as way:
        way.sendto(b"\x08\0\0\0\0\0\0\0" + scene.canary(), ("127.0.0.1", 0))


def _frame(scene: Scene) -> None:
    with _open(socket.AF_PACKET, socket.SOCK_DGRAM, 0x88B5) as way:
        way.sendto(scene.canary(), ("lo", 0x88B5, 0, 0, b"\0" * 6))


def _netlink_message(scene: Scene) -> None:
    """From one process to another by netlink's protocol 2 (user sockets)."""
    with _open(socket.AF_NETLINK, socket.SOCK_RAW, 2) as way:
        way.bind((0, 0))
        way.sendto(scene.canary(), (scene.world.numbers["netlink"], 0))


def _netlink_links(_scene: Scene) -> str:
    """The names of the interfaces around us, by rtnetlink (RTM_GETLINK, dump)."""
    names: set[str] = set()
    with _open(socket.AF_NETLINK, socket.SOCK_RAW, 0) as way:
        way.bind((0, 0))
        way.send(struct.pack("IHHIIBxHiII", 32, 18, 0x301, 1, 0, 0, 0, 0, 0, 0))
        while True:
            data, at = way.recv(1 << 17), 0
            while at + 16 <= len(data):
                length, kind = struct.unpack_from("IH", data, at)
                if kind == 3 or length < 16:
                    return listed(names)
                names |= _link_names(data[at + 32 : at + length])
                at += (length + 3) & ~3


def _link_names(attributes: bytes) -> set[str]:
    at, found = 0, set()
    while at + 4 <= len(attributes):
        length, kind = struct.unpack_from("HH", attributes, at)
        if length < 4:
            break
        if kind == 3:
            found.add(attributes[at + 4 : at + length].rstrip(b"\0").decode("ascii", "replace"))
        at += (length + 3) & ~3
    return found


def _family(family: int, kind: int, protocol: int = 0) -> Attempt:
    """A socket of a family that no namespace contains: opening it is enough."""
    return lambda _scene: socket.socket(family, kind, protocol).detach()


def _families(_scene: Scene) -> int:
    """Any family but Unix sockets, whatever its kind."""
    refused = OSError(97, "every family is refused")
    for family in (family for family in range(2, 47) if family != socket.AF_UNIX):
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW, socket.SOCK_SEQPACKET):
            try:
                return socket.socket(family, kind).detach()
            except OSError as problem:
                refused = problem
    raise refused


def _pairs(_scene: Scene) -> int:
    """A pair of sockets of another family or of datagrams."""
    refused = OSError(97, "every pair is refused")
    for family, kind in ((socket.AF_UNIX, socket.SOCK_DGRAM), (30, socket.SOCK_SEQPACKET), (30, socket.SOCK_DGRAM)):
        try:
            return socket.socketpair(family, kind)[0].detach()
        except OSError as problem:
            refused = problem
    raise refused


def _host_table(name: str) -> Attempt:
    """The host's own socket table: an abstract socket of the run shows there."""

    def attempt(scene: Scene) -> str:
        text = Path(f"/proc/self/net/{name}").read_text(errors="replace")
        return scene.world.names["abstract"] if scene.world.names["abstract"] in text else ""

    return attempt


def _interfaces(_scene: Scene) -> str:
    lines = Path("/proc/self/net/dev").read_text(errors="replace").splitlines()[2:]
    return listed(line.partition(":")[0].strip() for line in lines)


def _question(name: str) -> bytes:
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    return struct.pack("!HHHHHH", 77, 0x100, 1, 0, 0, 0) + labels + b"\0" + struct.pack("!HH", 1, 1)


def _dns_datagram(host: str, port: str) -> Attempt:
    def attempt(scene: Scene) -> None:
        with _open(socket.AF_INET, socket.SOCK_DGRAM) as way:
            way.sendto(_question(f"{scene.label()}.invalid"), (host, scene.world.numbers[port]))

    return attempt


def _dns_stream(scene: Scene) -> None:
    asked = _question(f"{scene.label()}.invalid")
    stream(socket.AF_INET, ("127.0.0.1", scene.world.numbers["tcp"]), struct.pack("!H", len(asked)) + asked)


def _dns_resolver(scene: Scene) -> None:
    """The C library's own resolver, pointed at the run's name server: what getaddrinfo would send."""
    libc = ctypes.CDLL(None, use_errno=True)
    where, query = libc["__res_state"], libc["res_query"]
    where.restype = ctypes.c_void_p
    libc["__res_init"]()
    state = where()
    ctypes.memmove(state + 16, struct.pack("=i", 1) + inet("127.0.0.1", scene.world.numbers["dns"]), 20)
    ctypes.memmove(state, struct.pack("=ii", 1, 1), 8)
    answer = ctypes.create_string_buffer(512)
    if query(f"{scene.label()}.invalid".encode(), 1, 1, answer, 512) < 0:
        raise OSError(ctypes.get_errno() or 111, "no answer")


def _proxy(scene: Scene) -> None:
    """As an HTTP client does when its environment names a proxy."""
    asked = b"GET http://example.invalid/" + scene.canary() + b" HTTP/1.1\r\nHost: example.invalid\r\n\r\n"
    stream(socket.AF_INET, ("127.0.0.1", scene.world.numbers["tcp"]), asked)


def _sees_network(profile: Profile) -> bool:
    return NAMESPACES in profile.layers


def _p(name: str, layers: tuple[str, ...], attempt: Attempt, evidence: str = HEARD, **more: Any) -> Probe:
    return Probe(name, "network", layers, evidence, attempt, **more)


PROBES: tuple[Probe, ...] = (
    _p("tcp4", _NET, _tcp("127.0.0.1")),
    _p("tcp4-other-loopback", _NET, _tcp("127.77.0.9")),
    _p("tcp6", _NET, _tcp("::1", socket.AF_INET6, port="tcp6")),
    _p("tcp6-mapped", _NET, _tcp("::ffff:127.0.0.1", socket.AF_INET6)),
    _p("tcp4-named", _NET, _tcp("127.0.0.1", protocol=_TCP)),
    _p("tcp6-named", _NET, _tcp("::1", socket.AF_INET6, _TCP, "tcp6")),
    _p("tcp4-named-address", _NET, _tcp(ADDRESS, protocol=_TCP, port="tcp4-address"), apart=True),
    _p("tcp4-address", _NET, _tcp(ADDRESS, port="tcp4-address"), apart=True),
    _p("tcp6-address", _NET, _tcp(ADDRESS6, socket.AF_INET6, port="tcp6-address"), apart=True),
    _p("mptcp-address", _ALL, _tcp(ADDRESS, protocol=262, port="tcp4-address"), apart=True),
    _p("udp4-address", _ALL, _datagram(ADDRESS, port="udp4-address"), apart=True),
    _p("udp6-address", _ALL, _datagram(ADDRESS6, socket.AF_INET6, port="udp6-address"), apart=True),
    _p("dns-address", _ALL, _dns_datagram(ADDRESS, "dns-address"), apart=True),
    _p("mptcp", _ALL, _tcp("127.0.0.1", protocol=262)),
    _p("sctp", _ALL, _tcp("127.0.0.1", protocol=132)),
    _p("tcp-fastopen-sendto", _ALL, _fast_open(lambda s, said, to: s.sendto(said, FASTOPEN, to))),
    _p("tcp-fastopen-sendmsg", _ALL, _fast_open(lambda s, said, to: s.sendmsg([said], [], FASTOPEN, to))),
    _p("tcp-fastopen-sendmmsg", _ALL, _fast_open(lambda s, said, to: send_many(s.fileno(), said, to, FASTOPEN))),
    _p("tcp-fastopen-named", _ALL, _fast_open(lambda s, said, to: s.sendto(said, FASTOPEN, to), _TCP)),
    _p("udp4", _ALL, _datagram("127.0.0.1")),
    _p("udp6", _ALL, _datagram("::1", socket.AF_INET6, port="udp6")),
    _p("udp-connected", _ALL, _udp_connected),
    _p("udp-sendmmsg", _ALL, _many_messages),
    _p("udplite", _ALL, _udp_lite),
    _p("udp-broadcast", _ALL, _broadcast),
    _p("udp-multicast", _ALL, _multicast),
    _p("tcp-listen", _NET, _serve, HELD, look=_fetched),
    _p("icmp-ping", _ALL, _ping),
    _p("raw-ip", _ALL, _raw),
    _p("packet-frame", _ALL, _frame),
    _p("netlink-message", _ALL, _netlink_message),
    _p("netlink-interfaces", _ALL, _netlink_links, LEARNED, learns="interfaces"),
    _p("vsock", (SECCOMP,), _family(socket.AF_VSOCK, socket.SOCK_STREAM), HELD, look=holds),
    _p("kernel-crypto", (SECCOMP,), _family(socket.AF_ALG, socket.SOCK_SEQPACKET), HELD, look=holds),
    _p("xdp", (SECCOMP,), _family(44, socket.SOCK_RAW), HELD, look=holds),
    _p("bluetooth", (SECCOMP,), _family(31, socket.SOCK_RAW, 1), HELD, look=holds),
    _p("can-bus", (SECCOMP,), _family(29, socket.SOCK_RAW, 1), HELD, look=holds),
    _p("any-family", (SECCOMP,), _families, HELD, look=holds),
    _p("any-pair", (SECCOMP,), _pairs, HELD, look=holds),
    _p("dns-datagram", _ALL, _dns_datagram("127.0.0.1", "dns")),
    _p("dns-stream", _NET, _dns_stream),
    _p("dns-resolver", _ALL, _dns_resolver),
    _p("http-proxy", _NET, _proxy),
    _p(
        "host-socket-table",
        (NAMESPACES,),
        _host_table("unix"),
        LEARNED,
        learns="abstract",
        own=True,
        applies=_sees_network,
    ),
    _p(
        "host-interfaces", (NAMESPACES,), _interfaces, LEARNED, learns="interfaces", applies=_sees_network, own=True
    ),
)
