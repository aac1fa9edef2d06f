"""Where a call goes (pure): the address in its arguments, or the peer that strace names beside the descriptor."""

import ipaddress
import re
from dataclasses import dataclass

from demeure.proof.egress.lines import STRINGS, clear

OUTSIDE, LOOPBACK, UNIX, OTHER = "outside", "loopback", "unix", "other"
UNREADABLE = "unreadable"
"""An address that strace could not read: the process forbids it, or gave a wrong pointer."""

_INET = re.compile(r'sin_port=htons\((\d+)\), sin_addr=inet_addr\("([^"]+)"\)')
_INET6 = re.compile(r'sin6_port=htons\((\d+)\).*?inet_pton\(AF_INET6, "([^"]+)"')
_FAMILY = re.compile(r"sa_family=(AF_\w+|0x[0-9a-f]+)")
_PATH = re.compile(rf"sun_path=(@?)({STRINGS.pattern})", re.DOTALL)
_SOCKET = re.compile(r"-?\d+<([A-Za-z][\w-]*):\[(.*)\]>", re.DOTALL)
_PEER = re.compile(r"(?:\[([0-9a-fA-F:.%\w]+)\]|([0-9.]+)):(\d+)")
_SILENT = ("AF_UNSPEC", "AF_NETLINK", "AF_ALG")
"""Families of no destination: a disconnection, the kernel itself."""
_NEVER = ("NULL", "")


@dataclass(frozen=True)
class Place:
    """``reach``: OUTSIDE, LOOPBACK, UNIX, OTHER or UNREADABLE. ``transport``: TCP, UDP, UNIX…, as strace names it;
    ``address``: of a Unix socket its path (``@name``: abstract), of another family its name."""

    reach: str
    transport: str
    address: str
    port: int = 0

    @property
    def told(self) -> str:
        """``TCP 192.0.2.1:443``."""
        host = f"[{self.address}]" if ":" in self.address and self.reach in (OUTSIDE, LOOPBACK) else self.address
        where = f"{host}:{self.port}" if self.reach in (OUTSIDE, LOOPBACK) else host
        return f"{self.transport} {where}".strip()


def transport(descriptor: str) -> str:
    """``3<TCPv6:[…]>`` → ``TCP``; the empty string when strace does not say."""
    found = _SOCKET.fullmatch(descriptor)
    return "" if found is None else found[1].upper().removesuffix("V6").replace("UNIX-", "UNIX ").strip()


def connected(descriptor: str) -> Place | None:
    """The peer that the kernel knows of a connected socket of the network."""
    found = _SOCKET.fullmatch(descriptor)
    if found is None or "->" not in found[2] or found[1].upper().startswith("UNIX"):
        return None
    peer = _PEER.fullmatch(found[2].rpartition("->")[2])
    return None if peer is None else inet(transport(descriptor), peer[1] or peer[2], int(peer[3]))


def bound(descriptor: str) -> Place | None:
    """The address that a socket listens on."""
    found = _SOCKET.fullmatch(descriptor)
    own = _PEER.fullmatch(found[2]) if found else None
    return None if own is None else inet(transport(descriptor), own[1] or own[2], int(own[3]))


def named(descriptor: str, address: str) -> Place | None:
    """The place that a struct sockaddr names; None where there is none."""
    if address in _NEVER:
        return None
    kind = transport(descriptor)
    for pattern in (_INET, _INET6):
        found = pattern.search(address)
        if found:
            return inet(kind, found[2], int(found[1]))
    path = _PATH.search(address)
    if path:
        return Place(UNIX, kind or "UNIX", path[1] + clear(path[2]).decode(errors="replace"))
    family = _FAMILY.search(address)
    if family is None:
        return Place(UNREADABLE, kind, "?")
    return None if family[1] in _SILENT or family[1] == "AF_UNIX" else Place(OTHER, kind, family[1])


def inet(kind: str, host: str, port: int) -> Place:
    """An address of the network, told apart from this machine's own loopback."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return Place(UNREADABLE, kind, host, port)
    plain = getattr(address, "ipv4_mapped", None) or address
    here = plain.is_loopback or plain.is_unspecified
    return Place(LOOPBACK if here else OUTSIDE, kind or "IP", str(plain), port)
