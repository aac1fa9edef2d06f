"""RTF as Outlook packs it inside its messages: a window of 4096 bytes that both sides start with the same words.
Pure."""

import struct
from collections.abc import Iterator

from demeure.workshop.errors import DocumentBomb, DocumentCorrupt

_START = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor "
    b"MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n"
    b"\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
)
_WINDOW = 4096
_PACKED, _PLAIN = b"LZFu", b"MELA"
_LARGEST = 64 << 20


def unpacked(data: bytes) -> bytes:
    """The RTF. Raises DocumentCorrupt on anything else, DocumentBomb on one that says too much."""
    if len(data) < 16:
        raise DocumentCorrupt(detail="rtf-damaged")
    size, kind = struct.unpack_from("<4xI4s", data)
    if kind == _PLAIN:
        return data[16 : 16 + size]
    if kind != _PACKED:
        raise DocumentCorrupt(detail="rtf-damaged")
    window = bytearray(_START.ljust(_WINDOW, b"\0"))
    said = bytearray()
    here = len(_START)
    for offset, length in _steps(data):
        if length and offset == here:
            break  # the mark of the end
        for step in range(max(length, 1)):
            byte = window[(offset + step) % _WINDOW] if length else offset
            window[here] = byte
            here = (here + 1) % _WINDOW
            said.append(byte)
        if len(said) > _LARGEST:
            raise DocumentBomb(detail="zip-size")
    return bytes(said)


def _steps(data: bytes) -> Iterator[tuple[int, int]]:
    """(byte, 0), or (place in the window, how many bytes to say again)."""
    at = 16
    while at < len(data):
        flags = data[at]
        at += 1
        for bit in range(8):
            again = flags >> bit & 1
            piece = data[at : at + 1 + again]
            at += 1 + again
            if len(piece) < 1 + again:
                return
            if again:
                offset, length = divmod(int.from_bytes(piece, "big"), 16)
                yield offset, length + 2
            else:
                yield piece[0], 0
