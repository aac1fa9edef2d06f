"""The picture a job gives back, checked to the last byte before anyone is shown it. Pure: bytes in, a page out.

A job has a stranger's file in its hands: what it calls a PNG must be nothing but a plain PNG of the announced size.
"""

import math
import struct
import zlib
from dataclasses import dataclass
from typing import Any

from demeure.workshop.answers import AnswerInvalid

NARROWEST, WIDEST, HIGHEST = 64, 2400, 8000
PIXELS = 20_000_000
PNG_BYTES = 16 << 20
WORDS = 8_000
"""Most words of one page that are placed: the frame that tells them holds 1 MiB."""

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_HEAD = struct.Struct(">IIBBBBB")
_CHANNELS = {0: 1, 2: 3, 3: 1}  # grey, colours, palette
_STEP = 1 << 18


@dataclass(frozen=True)
class PageImage:
    """``png``: the picture. ``width``, ``height``: the page in points as shown, the unit of
    ``Part.boxes``. ``pages``: of the file. ``words``: x0, y0, x1, y1 of each word of a PDF."""

    png: bytes
    width: float
    height: float
    pages: int
    words: tuple[tuple[float, float, float, float], ...] = ()


def checked_image(png: bytes, end: Any, page: int, asked: int) -> PageImage:
    """What was received for ``page`` at ``asked`` pixels. Raises AnswerInvalid."""
    if not isinstance(end, dict) or end.keys() != {"size", "pixels", "pages", "bytes", "words"}:
        raise AnswerInvalid("fields")
    if end["bytes"] != len(png):
        raise AnswerInvalid("bytes")
    if type(end["pages"]) is not int or not page <= end["pages"] <= 1_000_000:
        raise AnswerInvalid("pages")
    wide, high = _pair(end["pixels"], "pixels", int)
    if not (wide <= asked and high <= HIGHEST and wide * high <= 1.01 * PIXELS + wide):
        raise AnswerInvalid("pixels")
    width, height = _pair(end["size"], "size", (int, float))
    if not 0.9 < (width / height) / (wide / high) < 1.12 and min(wide, high) > 20:
        raise AnswerInvalid("size")
    check_png(png, (int(wide), int(high)))
    return PageImage(png, float(width), float(height), end["pages"], _words(end["words"]))


def check_png(png: bytes, pixels: tuple[int, int]) -> None:
    """Eight bits, not interlaced, no chunk but IHDR, PLTE, IDAT and IEND, each intact, and exactly the lines that
    ``pixels`` asks for. Raises AnswerInvalid."""
    if len(png) > PNG_BYTES or not png.startswith(_SIGNATURE):
        raise AnswerInvalid("signature")
    names: list[bytes] = []
    data: list[bytes] = []
    head = b""
    at = len(_SIGNATURE)
    while at + 12 <= len(png):
        (length,) = struct.unpack_from(">I", png, at)
        name, content = png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        if (
            at + 12 + length > len(png)
            or zlib.crc32(png[at + 4 : at + 8 + length]).to_bytes(4) != (png[at + 8 + length : at + 12 + length])
        ):
            raise AnswerInvalid("chunk")
        if name == b"IDAT":
            data.append(content)
        elif name == b"IHDR":
            head = content
        if name != b"IDAT" or names[-1:] != [name]:
            names.append(name)
        at += 12 + length
    channels = _channels(head, names, pixels)
    if at != len(png):
        raise AnswerInvalid("chunk")
    _check_lines(data, pixels[1] * (1 + channels * pixels[0]))


def _channels(head: bytes, names: list[bytes], pixels: tuple[int, int]) -> int:
    if len(head) != _HEAD.size:
        raise AnswerInvalid("head")
    width, height, depth, colours, packing, filtering, interlace = _HEAD.unpack(head)
    plain = (depth, packing, filtering, interlace) == (8, 0, 0, 0)
    palette = [b"PLTE"] if colours == 3 else []
    if (width, height) != pixels or not plain or colours not in _CHANNELS:
        raise AnswerInvalid("head")
    if names != [b"IHDR", *palette, b"IDAT", b"IEND"]:
        raise AnswerInvalid("chunk")
    return _CHANNELS[colours]


def _check_lines(data: list[bytes], expected: int) -> None:
    """Inflated by steps: what is too long is noticed without being held."""
    inflate, size = zlib.decompressobj(), 0
    try:
        for piece in data:
            waiting = piece
            while waiting:
                size += len(inflate.decompress(waiting, _STEP))
                waiting = inflate.unconsumed_tail
                if size > expected:
                    raise AnswerInvalid("lines")
        size += len(inflate.flush())
    except zlib.error as problem:
        raise AnswerInvalid("lines") from problem
    if size != expected or not inflate.eof or inflate.unused_data:
        raise AnswerInvalid("lines")


def _words(value: Any) -> tuple[tuple[float, float, float, float], ...]:
    if not isinstance(value, list) or len(value) > WORDS:
        raise AnswerInvalid("words")
    found = []
    for box in value:
        if not isinstance(box, list) or len(box) != 4:
            raise AnswerInvalid("words")
        for side in box:
            if type(side) not in (int, float) or not abs(side) <= 1e6:
                raise AnswerInvalid("words")
        found.append((float(box[0]), float(box[1]), float(box[2]), float(box[3])))
    return tuple(found)


def _pair(value: Any, what: str, kinds: Any) -> tuple[float, float]:
    if not isinstance(value, list) or len(value) != 2:
        raise AnswerInvalid(what)
    for side in value:
        if isinstance(side, bool) or not isinstance(side, kinds) or not math.isfinite(side) or not 1 <= side <= 1e6:
            raise AnswerInvalid(what)
    return value[0], value[1]
