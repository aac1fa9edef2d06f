"""The same frames, without a loop: for forked workshop jobs and small tools that do one thing and leave."""

import socket
from collections.abc import Iterator
from typing import Any

from demeure.wire.frame import BODY_LIMIT, PREFIX, Frame, decode, encode, lengths


def receive(sock: socket.socket) -> Frame | None:
    """Next frame, or None when the peer closed. Raises FrameInvalid on garbage."""
    prefix = _exactly(sock, PREFIX.size)
    if prefix is None:
        return None
    header_length, body_length = lengths(prefix)
    header, body = _exactly(sock, header_length), _exactly(sock, body_length)
    return None if header is None or body is None else decode(header, body)


def receive_call(sock: socket.socket, limit: int) -> tuple[Frame, bytes] | None:
    """A call and its whole body (at most ``limit`` bytes, else ValueError)."""
    call = receive(sock)
    if call is None:
        return None
    body, more = bytearray(call.body), bool(call.fields.get("more"))
    while more:
        part = receive(sock)
        if part is None or part.kind != "part":
            return None
        body += part.body
        more = bool(part.fields.get("more"))
        if len(body) > limit:
            raise ValueError(len(body))
    return call, bytes(body)


def send(sock: socket.socket, frame: Frame) -> None:
    """Send one frame whole."""
    sock.sendall(encode(frame))


def ask(sock: socket.socket, op: str, args: dict[str, Any], body: bytes = b"") -> Iterator[Frame]:
    """Ask, then yield every frame of the answer up to its end or error included."""
    if len(body) <= BODY_LIMIT:
        send(sock, Frame(1, "call", {"op": op, "args": args, "more": False}, body))
    else:
        send(sock, Frame(1, "call", {"op": op, "args": args, "more": True}))
        for start in range(0, len(body), BODY_LIMIT):
            send(sock, Frame(1, "part", {"more": True}, body[start : start + BODY_LIMIT]))
        send(sock, Frame(1, "part", {"more": False}))
    while (frame := receive(sock)) is not None:
        yield frame
        if frame.kind in ("end", "error"):
            return


def _exactly(sock: socket.socket, count: int) -> bytes | None:
    data = bytearray()
    while len(data) < count:
        piece = sock.recv(min(count - len(data), 1 << 20))
        if not piece:
            return None
        data += piece
    return bytes(data)
