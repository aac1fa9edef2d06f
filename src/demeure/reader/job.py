"""The job itself: born of the launcher for one folder, behind walls that let it read that folder and nothing else.

It parses nothing that the folder holds: names, sizes, dates and bytes go to the worker as they are. It lives for
one connection.
"""

import errno
import os
import socket
from collections.abc import Callable, Iterator
from typing import Any

from demeure.reader.ignoring import Ignoring
from demeure.reader.walking import FOLDER, facts_of, open_file, walk
from demeure.supervisor.birth import Birth
from demeure.wire.blocking import receive, send
from demeure.wire.frame import Frame, FrameInvalid

PIECE = 1 << 20
ROWS, LETTERS = 1000, 60_000
"""Of one frame: its header is 1 MiB at most, and a character may take twelve bytes there."""


def main(birth: Birth) -> None:
    """Serve the connection until the worker leaves."""
    with socket.socket(fileno=birth.channel) as sock:
        try:
            serve(sock, str(birth.spec["folder"]))
        except (OSError, FrameInvalid):
            return  # the worker left: nothing is left to do


def serve(sock: socket.socket, path: str) -> None:
    """One call after the other. The root is opened once: what is mounted over it later is another folder."""
    try:
        root = os.open(path, FOLDER)
    except OSError as problem:
        if (call := receive(sock)) is not None:  # closed with a call unread, the answer would be lost with it
            _unreachable(sock, call.id, problem)
        return
    try:
        while (call := receive(sock)) is not None:
            answer = _OPERATIONS.get(str(call.fields.get("op")))
            if call.kind != "call" or answer is None:
                continue
            try:
                for frame in answer(root, call.id, dict(call.fields.get("args") or {})):
                    send(sock, frame)
            except _Unlistable as problem:
                _unreachable(sock, call.id, problem.why)
    finally:
        os.close(root)


class _Unlistable(Exception):
    def __init__(self, why: OSError) -> None:
        self.why = why


def _unreachable(sock: socket.socket, number: int, problem: OSError) -> None:
    name = errno.errorcode.get(problem.errno or 0, "EIO")
    send(sock, Frame(number, "error", {"code": "FolderUnreachable", "params": {"detail": name, "detail_en": name}}))


def _look(root: int, number: int, _args: dict[str, Any]) -> Iterator[Frame]:
    """Is it a mount point, and does it hold anything at all?"""
    try:
        facts, above = os.fstat(root), os.stat("..", dir_fd=root)
        with os.scandir(root) as listing:
            empty = next(listing, None) is None
    except OSError as problem:
        raise _Unlistable(problem) from problem
    mounted = (facts.st_dev, facts.st_ino) == (above.st_dev, above.st_ino) or facts.st_dev != above.st_dev
    yield Frame(number, "end", {"data": {"mounted": mounted, "empty": empty}})


def _list(root: int, number: int, args: dict[str, Any]) -> Iterator[Frame]:
    rows: list[Any] = []
    letters = whole = 0
    try:
        for row in walk(root, Ignoring(args.get("ignore") or ())):
            rows.append(row)
            letters += len(row[1]) + 40
            whole += 1
            if len(rows) >= ROWS or letters >= LETTERS:
                yield Frame(number, "item", {"data": {"rows": rows}})
                rows, letters = [], 0
    except OSError as problem:
        raise _Unlistable(problem) from problem
    if rows:
        yield Frame(number, "item", {"data": {"rows": rows}})
    yield Frame(number, "end", {"data": {"rows": whole}})


def _read(root: int, number: int, args: dict[str, Any]) -> Iterator[Frame]:
    """The bytes of ``path``, when it has the ``size`` and ``mtime`` that were listed, before and after."""
    expected = {"size": args.get("size"), "mtime": args.get("mtime")}
    try:
        descriptor = open_file(root, str(args.get("path")))
    except OSError as problem:
        yield _refused(number, problem)
        return
    try:
        if _facts(descriptor) != expected:
            yield _moving(number)
            return
        left = int(expected["size"] or 0)
        try:
            while left and (piece := os.read(descriptor, min(left, PIECE))):
                left -= len(piece)
                yield Frame(number, "item", {"data": {}}, piece)
        except OSError as problem:
            yield _refused(number, problem)
            return
        same = not left and _facts(descriptor) == expected
        yield Frame(number, "end", {"data": expected}) if same else _moving(number)
    finally:
        os.close(descriptor)


def _there(root: int, number: int, args: dict[str, Any]) -> Iterator[Frame]:
    """Which of ``paths`` are there now; one that cannot be told counts as there."""
    found = []
    for path in list(args.get("paths") or ()):
        try:
            facts = facts_of(root, str(path))
        except OSError:
            facts = (-1, -1)
        if facts is not None:
            found.append([path, *facts])
    yield Frame(number, "end", {"data": {"there": found}})


def _facts(descriptor: int) -> dict[str, int]:
    facts = os.fstat(descriptor)
    return {"size": facts.st_size, "mtime": facts.st_mtime_ns}


def _moving(number: int) -> Frame:
    return Frame(number, "error", {"code": "FileMoving", "params": {}})


def _refused(number: int, problem: OSError) -> Frame:
    name = errno.errorcode.get(problem.errno or 0, "EIO")
    return Frame(number, "error", {"code": "FileRefused", "params": {"detail": name}})


_OPERATIONS: dict[str, Callable[[int, int, dict[str, Any]], Iterator[Frame]]] = {
    "look": _look,
    "list": _list,
    "read": _read,
    "there": _there,
}
