"""RFC 3161 by exchange of files (pure): a request for a timestamp, what a reply says, the last one kept.

What a reply says is worth what its signature is worth: that is for ``openssl ts`` and the authority's certificate.
"""

import base64
import hashlib
import os
from dataclasses import dataclass
from datetime import UTC, datetime

from demeure.journal.checkpoint import Signer, invalid, signed_text
from demeure.journal.errors import TimestampInvalid

FILE = "stamped"
REPLY_LIMIT = 256 << 10
_SHA256 = bytes.fromhex("0609608648016503040201")
_SIGNED_DATA, _TST_INFO = bytes.fromhex("06092a864886f70d010702"), bytes.fromhex("060b2a864886f70d0109100104")
_COMMON_NAME = bytes.fromhex("0603550403")
_INTEGER, _OCTETS, _SEQUENCE, _TIME = 0x02, 0x04, 0x30, 0x18


@dataclass(frozen=True)
class Query:
    """``imprint``: SHA-256 of what is to be stamped. ``nonce``: the random number of the request."""

    imprint: bytes
    nonce: int | None


@dataclass(frozen=True)
class Stamp:
    """What an authority says: these bytes (``imprint``) existed at ``moment``. ``authority``: the name it gives
    itself, or nothing. ``serial``: of the stamp."""

    imprint: bytes
    nonce: int | None
    moment: datetime
    serial: int
    authority: str


def query(document: bytes) -> bytes:
    """A request (DER) for ``document``: its SHA-256, a random number, the certificate wanted."""
    imprint = bytes.fromhex("3031300d060960864801650304020105000420") + hashlib.sha256(document).digest()
    number = bytes([os.urandom(1)[0] & 0x7F | 0x40]) + os.urandom(7)
    body = b"\x02\x01\x01" + imprint + b"\x02\x08" + number + b"\x01\x01\xff"
    return b"\x30" + bytes([len(body)]) + body


def read_query(data: bytes) -> Query:
    """Raises TimestampInvalid."""
    parts = _inside(_only(data, _SEQUENCE))
    if len(parts) < 2:
        raise _malformed()
    numbers = [_number(value) for tag, value in parts[2:] if tag == _INTEGER]
    return Query(_imprint(parts[1]), numbers[0] if numbers else None)


def read_reply(data: bytes) -> Stamp:
    """What a reply says, unverified. Raises TimestampInvalid: the authority refused, or this is no reply."""
    if len(data) > REPLY_LIMIT:
        raise _malformed()
    reply = _inside(_only(data, _SEQUENCE))
    status = _inside(_of(reply, 0, _SEQUENCE))
    if _number(_of(status, 0, _INTEGER)) > 1:  # 0 granted, 1 granted with modifications
        raise TimestampInvalid(detail="l’autorité a refusé", detail_en="the authority refused")
    signed = _inside(_of(_tagged(_token(reply)), 0, _SEQUENCE))
    return _stamp(_content(signed))


def _token(reply: list[tuple[int, bytes]]) -> list[tuple[int, bytes]]:
    """The parts of ContentInfo, of SignedData only."""
    found = _inside(_of(reply, 1, _SEQUENCE))
    if len(found) != 2 or found[0] != (0x06, _SIGNED_DATA[2:]):
        raise _malformed()
    return found


def _tagged(found: list[tuple[int, bytes]]) -> list[tuple[int, bytes]]:
    return _inside(_of(found, 1, 0xA0))


def _content(signed: list[tuple[int, bytes]]) -> list[tuple[int, bytes]]:
    """The parts of TSTInfo."""
    wrapped = _inside(_of(signed, 2, _SEQUENCE))
    if len(wrapped) != 2 or wrapped[0] != (0x06, _TST_INFO[2:]):
        raise _malformed()
    octets = _of(_tagged(wrapped), 0, _OCTETS)
    return _inside(_only(octets, _SEQUENCE))


def _stamp(info: list[tuple[int, bytes]]) -> Stamp:
    if len(info) < 5:
        raise _malformed()
    rest = info[5:]
    nonces = [_number(value) for tag, value in rest if tag == _INTEGER]
    names = [_common_name(value) for tag, value in rest if tag == 0xA0]
    return Stamp(
        _imprint(info[2]),
        nonces[0] if nonces else None,
        _moment(_of(info, 4, _TIME)),
        _number(_of(info, 3, _INTEGER)),
        names[0] if names else "",
    )


def _imprint(part: tuple[int, bytes]) -> bytes:
    """Of MessageImprint, in SHA-256 only."""
    if part[0] != _SEQUENCE:
        raise _malformed()
    parts = _inside(part[1])
    algorithm, octets = _of(parts, 0, _SEQUENCE), _of(parts, 1, _OCTETS)
    if not algorithm.startswith(_SHA256) or len(octets) != 32:
        raise TimestampInvalid(detail="une autre empreinte que SHA-256", detail_en="another digest than SHA-256")
    return octets


def _moment(value: bytes) -> datetime:
    text = value.decode("ascii", "replace")
    try:
        return datetime.strptime(text[:14] + text[-1:], "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)
    except ValueError as problem:
        raise _malformed() from problem


def _common_name(value: bytes) -> str:
    at = value.find(_COMMON_NAME)
    told = value[at + len(_COMMON_NAME) :]
    if at < 0 or len(told) < 2 or told[1] > 0x7F:
        return ""
    text = told[2 : 2 + told[1]].decode("utf-8", "replace")
    return "".join(letter for letter in text if letter.isprintable())[:120]


def _inside(data: bytes) -> list[tuple[int, bytes]]:
    """(tag, value) of each element. Raises TimestampInvalid."""
    found: list[tuple[int, bytes]] = []
    at = 0
    while at < len(data):
        tag, value, at = _element(data, at)
        found.append((tag, value))
        if len(found) > 64:
            raise _malformed()
    return found


def _element(data: bytes, at: int) -> tuple[int, bytes, int]:
    """(tag, value, where the next one begins)."""
    if at + 2 > len(data) or data[at] & 0x1F == 0x1F:
        raise _malformed()
    tag, length, at = data[at], data[at + 1], at + 2
    if length & 0x80:
        more = length & 0x7F
        if not 1 <= more <= 4 or at + more > len(data):
            raise _malformed()
        length, at = int.from_bytes(data[at : at + more], "big"), at + more
    if at + length > len(data):
        raise _malformed()
    return tag, data[at : at + length], at + length


def _only(data: bytes, wanted: int) -> bytes:
    """The value of the one element that ``data`` is."""
    tag, value, end = _element(data, 0)
    if tag != wanted or end != len(data):
        raise _malformed()
    return value


def _of(parts: list[tuple[int, bytes]], at: int, wanted: int) -> bytes:
    if at >= len(parts) or parts[at][0] != wanted:
        raise _malformed()
    return parts[at][1]


def _number(value: bytes) -> int:
    if not 1 <= len(value) <= 32:
        raise _malformed()
    return int.from_bytes(value, "big", signed=True)


def _malformed() -> TimestampInvalid:
    return TimestampInvalid(detail="mal formé", detail_en="malformed")


@dataclass(frozen=True)
class Stamped:
    """A checkpoint of this journal (``note``), and the authority's ``reply`` for its exact bytes. Empty: none."""

    note: str
    reply: bytes

    def text(self, signer: Signer) -> str:
        """The file ``stamped``: a signed note, so that no bit of it changes unseen."""
        lines = (base64.b64encode(data).decode() for data in (self.note.encode(), self.reply))
        return signer.note(f"{signer.origin} timestamp\n" + "".join(f"{line}\n" for line in lines))

    def stamp(self) -> Stamp:
        """What the authority says of it. Raises TimestampInvalid, for other bytes too."""
        found = read_reply(self.reply)
        if found.imprint != hashlib.sha256(self.note.encode()).digest():
            raise TimestampInvalid(
                detail="il horodate d’autres octets que ce point de contrôle",
                detail_en="it stamps other bytes than this checkpoint",
            )
        return found


def read_stamped(text: str, vkey: str) -> Stamped:
    """What the file holds, once ``vkey`` signed it. Raises NoteInvalid."""
    lines = signed_text(text, vkey).split("\n")
    try:
        note, reply = (base64.b64decode(line, validate=True) for line in lines[1:3])
        return Stamped(note.decode(), reply)
    except ValueError as problem:
        raise invalid("shape") from problem
