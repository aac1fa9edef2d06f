"""The part of BER (X.690) that LDAP speaks (RFC 4511, 5.1): definite lengths, tags of one byte. Pure and bounded:
what is longer than announced, deeper than asked for or of another form raises ValueError.
"""

from collections.abc import Iterator

INTEGER, OCTETS, ENUMERATED, BOOLEAN, SEQUENCE, SET = 0x02, 0x04, 0x0A, 0x01, 0x30, 0x31
_LONGEST_LENGTH = 4


def tlv(tag: int, *parts: bytes) -> bytes:
    """``tag``, the length, then ``parts`` one after the other."""
    content = b"".join(parts)
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + content


def number(value: int, tag: int = INTEGER) -> bytes:
    """``value``: 0 or more."""
    return tlv(tag, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def octets(text: str | bytes, tag: int = OCTETS) -> bytes:
    """UTF-8."""
    return tlv(tag, text.encode("utf-8", "replace") if isinstance(text, str) else text)


def flag(value: bool, tag: int = BOOLEAN) -> bytes:
    return tlv(tag, b"\xff" if value else b"\x00")


def header(data: bytes | bytearray, at: int = 0) -> tuple[int, int, int] | None:
    """(tag, where the content begins, its length) of what begins at ``at``; None: more bytes are needed. Raises
    ValueError."""
    if len(data) < at + 2:
        return None
    tag, first = data[at], data[at + 1]
    if tag & 0x1F == 0x1F:
        raise ValueError("a tag of several bytes")
    if first < 0x80:
        return tag, at + 2, first
    count = first & 0x7F
    if not 1 <= count <= _LONGEST_LENGTH:
        raise ValueError("a length that is not definite, or too long")
    if len(data) < at + 2 + count:
        return None
    return tag, at + 2 + count, int.from_bytes(data[at + 2 : at + 2 + count], "big")


def elements(data: bytes) -> Iterator[tuple[int, bytes]]:
    """(tag, content) of each element of ``data``, which they fill. Raises ValueError."""
    at = 0
    while at < len(data):
        found = header(data, at)
        if found is None or found[1] + found[2] > len(data):
            raise ValueError("cut short")
        tag, begins, size = found
        yield tag, data[begins : begins + size]
        at = begins + size


def whole(content: bytes, longest: int = 4) -> int:
    """An integer of at most ``longest`` bytes. Raises ValueError."""
    if not 1 <= len(content) <= longest:
        raise ValueError("a number too long")
    return int.from_bytes(content, "big", signed=True)


def expect(found: tuple[int, bytes] | None, tag: int) -> bytes:
    """The content of an element of that tag. Raises ValueError."""
    if found is None or found[0] != tag:
        raise ValueError(f"not the tag {tag:#x}")
    return found[1]
