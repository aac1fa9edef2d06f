"""The one message format between processes: two lengths, a JSON header, raw bytes.

``!II`` header length, body length; then the header (UTF-8 JSON object), then the body. The header holds ``id`` (the
exchange), ``kind`` (see KINDS) and the fields of that kind. An answer whose data are too long for a header (a
directory of thousands of people) has them in its body, and a header that says so. Pure: no socket, no clock.
"""

import json
import struct
from dataclasses import dataclass, field
from typing import Any

from demeure.errors import DemeureError

PREFIX = struct.Struct("!II")
HEADER_LIMIT = 1 << 20
DATA_LIMIT = 4 << 20  # of data that travel as a body: JSON takes many times its length in memory
BODY_LIMIT = 8 << 20  # larger bodies travel as several parts or items

_LONG = "long"  # a header that says: the data are the body
_WRITTEN = json.JSONEncoder(separators=(",", ":"))
KINDS = ("call", "part", "item", "end", "error", "cancel")
"""call: a request {op, args, more}; part: more of its body {more}; item: one piece of a streamed answer {data};
end: the answer {data}; error: {code, params}; cancel: the asker left."""


class FrameInvalid(DemeureError):
    """A message between processes is malformed: {detail}."""

    fr = "Un message entre processus est mal formé : {detail}."


@dataclass(frozen=True)
class Frame:
    """One message. ``fields`` are the header's keys other than id and kind."""

    id: int
    kind: str
    fields: dict[str, Any] = field(default_factory=dict)
    body: bytes = b""


def encode(frame: Frame) -> bytes:
    """Bytes on the wire; raises FrameInvalid above the limits."""
    header = _WRITTEN.encode({"id": frame.id, "kind": frame.kind, **frame.fields}).encode()
    if len(header) > HEADER_LIMIT and not frame.body and "data" in frame.fields:
        others = {name: value for name, value in frame.fields.items() if name != "data"}
        long = _WRITTEN.encode(frame.fields["data"]).encode()
        if len(long) <= DATA_LIMIT:
            return encode(Frame(frame.id, frame.kind, others | {_LONG: True}, long))
    _check_lengths(len(header), len(frame.body))
    return PREFIX.pack(len(header), len(frame.body)) + header + frame.body


def lengths(prefix: bytes | memoryview) -> tuple[int, int]:
    """(header, body) lengths announced by the 8 first bytes; raises FrameInvalid above the limits."""
    header, body = PREFIX.unpack(prefix)
    _check_lengths(header, body)
    return header, body


def decode(header: bytes, body: bytes) -> Frame:
    """Parse what ``lengths`` announced; raises FrameInvalid when the header is not one of ours."""
    try:
        fields = json.loads(header)
        if fields.pop(_LONG, False):
            _check_lengths(len(header), len(body), DATA_LIMIT)
            fields["data"], body = json.loads(body), b""
        frame = Frame(id=fields.pop("id"), kind=fields.pop("kind"), fields=fields, body=body)
    except (ValueError, KeyError, AttributeError, RecursionError) as problem:
        raise FrameInvalid(detail=type(problem).__name__) from problem
    if type(frame.id) is not int or frame.kind not in KINDS:
        raise FrameInvalid(detail="id or kind")
    return frame


def _check_lengths(header: int, body: int, most: int = BODY_LIMIT) -> None:
    if header > HEADER_LIMIT or body > most:
        raise FrameInvalid(detail=f"{header} + {body} bytes")
