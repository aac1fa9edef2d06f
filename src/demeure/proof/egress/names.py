"""DNS messages as far as they were seen (pure): the name asked, the addresses answered. Nothing is asked here."""

import ipaddress
import json
import re
import struct
from dataclasses import dataclass

PORTS = (53, 5353)
_TYPES = {
    1: "A",
    2: "NS",
    5: "CNAME",
    12: "PTR",
    15: "MX",
    16: "TXT",
    28: "AAAA",
    33: "SRV",
    64: "SVCB",
    65: "HTTPS",
}
_A, _AAAA = 1, 28
_HEADER = struct.Struct("!HHHHHH")
_MOST_RECORDS, _MOST_LABELS = 64, 64
_RESOLVED = re.compile(
    rb'"method":"io\.systemd\.Resolve\.Resolve(?:Hostname|Record)".*?"name":("(?:[^"\\]|\\.)*")', re.DOTALL
)


@dataclass(frozen=True)
class Message:
    """``name``, ``kind``: of its first question. ``addresses``: of the answer."""

    name: str
    kind: str
    answer: bool
    addresses: tuple[str, ...] = ()


def read(data: bytes, *, stream: bool = False) -> Message | None:
    """None when it is not a DNS message. ``stream``: two bytes of length come first. A message cut short tells what
    stands before the cut."""
    if stream and len(data) > _HEADER.size + 2 and int.from_bytes(data[:2], "big") >= len(data) - 2:
        data = data[2:]
    if len(data) < _HEADER.size:
        return None
    _, flags, questions, answers, _, _ = _HEADER.unpack_from(data)
    if questions != 1 or flags & 0x7800:
        return None
    try:
        name, at = _name(data, _HEADER.size)
        (kind,) = struct.unpack_from("!H", data, at)
    except (ValueError, struct.error):
        return None
    found = _addresses(data, at + 4, min(answers, _MOST_RECORDS))
    return Message(name, _TYPES.get(kind, str(kind)), bool(flags & 0x8000), tuple(found))


def to_resolved(data: bytes) -> str:
    """The name in a question to systemd-resolved's own socket; empty when it is none."""
    found = _RESOLVED.search(data)
    if found is None:
        return ""
    try:
        return _plain(str(json.loads(found[1])).encode())
    except ValueError:
        return ""


def _addresses(data: bytes, at: int, count: int) -> list[str]:
    found = []
    try:
        for _ in range(count):
            _, at = _name(data, at)
            kind, _, _, length = struct.unpack_from("!HHIH", data, at)
            at += 10
            raw = data[at : at + length]
            if (kind, length) in ((_A, 4), (_AAAA, 16)) and len(raw) == length:
                found.append(str(ipaddress.ip_address(raw)))
            at += length
    except (ValueError, struct.error):
        pass  # cut short
    return found


def _name(data: bytes, at: int) -> tuple[str, int]:
    """(the name at ``at``, where it ends). Raises ValueError."""
    labels: list[str] = []
    end = seen = 0
    while True:
        seen += 1
        if at >= len(data) or seen > _MOST_LABELS:
            raise ValueError("a name without end")
        length = data[at]
        if length & 0xC0 == 0xC0:
            end = end or at + 2
            at = int.from_bytes(data[at : at + 2], "big") & 0x3FFF
            continue
        if length & 0xC0:
            raise ValueError("not a label")
        if length == 0:
            return ".".join(labels) or ".", end or at + 1
        label = data[at + 1 : at + 1 + length]
        if len(label) < length:
            raise ValueError("cut short")
        labels.append(_plain(label))
        at += 1 + length


def _plain(raw: bytes) -> str:
    return "".join(chr(c) if 33 <= c < 127 else f"\\{c:03d}" for c in raw)
