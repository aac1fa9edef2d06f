"""The worker's side: asks the job that reads a folder, and believes none of its answers before they are checked."""

import asyncio
import contextlib
import os
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from demeure.reader.errors import FileMoving, FileRefused, FolderUnreachable, ReaderLied
from demeure.reader.walking import LONGEST
from demeure.wire.frame import BODY_LIMIT, PREFIX, Frame, FrameInvalid, decode, encode, lengths

Connect = Callable[[str], Awaitable[socket.socket]]
"""Folder id → a fresh connected socket to a job of its own."""

PATIENCE = 60.0
"""Seconds that one answer may take: a share that hangs is unreachable."""

_PIECE = 1 << 20


@dataclass(frozen=True)
class Entry:
    """A file: its path from the root (surrogates for bytes that are not UTF-8), bytes, nanoseconds."""

    path: str
    size: int
    mtime: int


@dataclass(frozen=True)
class Listed:
    """Some of what a folder holds. ``ignored``: (path, why). ``unreadable``: (path, errno, is a folder)."""

    files: tuple[Entry, ...] = ()
    ignored: tuple[tuple[str, str], ...] = ()
    unreadable: tuple[tuple[str, str, bool], ...] = ()


@dataclass(frozen=True)
class Stated:
    """What the root looks like. ``empty``: it holds nothing at all."""

    mounted: bool
    empty: bool


class OpenFolder(Protocol):
    """A watched folder while it is read; one call at a time. Each raises FolderUnreachable when it cannot be
    reached (any more), ReaderLied; nothing of it may be believed then."""

    async def look(self) -> Stated: ...

    def walk(self, ignore: Sequence[str]) -> AsyncGenerator[Listed]:
        """Everything, in no order. Ends normally only when all of it was listed."""
        ...

    def read(self, entry: Entry) -> AsyncGenerator[bytes]:
        """The bytes of a file. Raises FileRefused, and FileMoving when its size or date are not those of ``entry``,
        before or after: what was given is then to be thrown away."""
        ...

    async def there(self, paths: Sequence[str]) -> dict[str, Entry]:
        """Those of ``paths`` that are there now; one that cannot be told is."""
        ...

    async def aclose(self) -> None:
        """End the job."""
        ...


class HandedFolder:
    """``OpenFolder`` over the socket of a job."""

    def __init__(self, sock: socket.socket, *, patience: float = PATIENCE) -> None:
        self._sock, self._patience, self._number = sock, patience, 0
        sock.setblocking(False)

    async def look(self) -> Stated:
        data = await self._one("look", {})
        mounted, empty = data.get("mounted"), data.get("empty")
        if not isinstance(mounted, bool) or not isinstance(empty, bool):
            raise ReaderLied(detail="look")
        return Stated(mounted, empty)

    async def walk(self, ignore: Sequence[str]) -> AsyncGenerator[Listed]:
        given = told = 0
        async with contextlib.aclosing(self._asked("list", {"ignore": list(ignore)})) as frames:
            async for frame in frames:
                data = frame.fields.get("data") or {}
                if frame.kind == "end":
                    told = _whole(data.get("rows"))
                    continue
                rows = data.get("rows")
                if not isinstance(rows, list):
                    raise ReaderLied(detail="rows")
                given += len(rows)
                yield _listed(rows)
        if given != told:
            raise ReaderLied(detail="rows")

    async def read(self, entry: Entry) -> AsyncGenerator[bytes]:
        size = 0
        async with contextlib.aclosing(self._asked("read", vars(entry))) as frames:
            async for frame in frames:
                if frame.body:
                    size += len(frame.body)
                    yield frame.body
        if size != entry.size:
            raise ReaderLied(detail="size")

    async def there(self, paths: Sequence[str]) -> dict[str, Entry]:
        found: dict[str, Entry] = {}
        for first in range(0, len(paths), 100):
            asked = set(paths[first : first + 100])
            rows = (await self._one("there", {"paths": paths[first : first + 100]})).get("there")
            for row in rows if isinstance(rows, list) else ():
                if not isinstance(row, list) or len(row) != 3 or row[0] not in asked:
                    raise ReaderLied(detail="there")
                found[row[0]] = Entry(row[0], _whole(row[1], -1), _whole(row[2], None))
        return found

    async def aclose(self) -> None:
        self._sock.close()

    async def _one(self, op: str, args: dict[str, Any]) -> dict[str, Any]:
        data: Any = {}
        async with contextlib.aclosing(self._asked(op, args)) as frames:
            async for frame in frames:
                data = frame.fields.get("data")
        return data if isinstance(data, dict) else {}

    async def _asked(self, op: str, args: dict[str, Any]) -> AsyncGenerator[Frame]:
        """The frames of one answer, its end included. An answer that is not heard out ends the job."""
        self._number += 1
        done = False
        try:
            await self._named(self._send(Frame(self._number, "call", {"op": op, "args": args, "more": False})))
            while True:
                frame = await self._named(self._next())
                if frame.kind == "error":
                    done = frame.fields.get("code") in ("FileRefused", "FileMoving")
                    raise _problem(frame)
                if frame.id != self._number or frame.kind not in ("item", "end"):
                    raise ReaderLied(detail=frame.kind)
                done = frame.kind == "end"
                yield frame
                if done:
                    return
        finally:
            if not done:
                self._sock.close()

    async def _named(self, work: Awaitable[Any]) -> Any:
        try:
            async with asyncio.timeout(self._patience):
                return await work
        except TimeoutError as problem:
            raise unreachable("ne répond pas", "does not answer") from problem
        except (EOFError, OSError, ValueError) as problem:
            raise unreachable("la lecture s’est interrompue", "reading broke off") from problem
        except FrameInvalid as problem:
            raise ReaderLied(detail="frame") from problem

    async def _send(self, frame: Frame) -> None:
        await asyncio.get_running_loop().sock_sendall(self._sock, encode(frame))

    async def _next(self) -> Frame:
        header, body = lengths(await self._exactly(PREFIX.size))
        if body > BODY_LIMIT:
            raise FrameInvalid(detail="body")
        return decode(await self._exactly(header), await self._exactly(body))

    async def _exactly(self, count: int) -> bytes:
        loop, data = asyncio.get_running_loop(), bytearray()
        while len(data) < count:
            piece = await loop.sock_recv(self._sock, min(count - len(data), _PIECE))
            if not piece:
                raise EOFError
            data += piece
        return bytes(data)


def unreachable(fr: str, en: str) -> FolderUnreachable:
    """With its reason in both languages."""
    return FolderUnreachable(detail=fr, detail_en=en)


def _problem(frame: Frame) -> Exception:
    params = frame.fields.get("params")
    told = str(params.get("detail")) if isinstance(params, dict) else ""
    detail = told if told.isalnum() and len(told) <= 32 else "?"
    if frame.fields.get("code") == "FileMoving":
        return FileMoving()
    if frame.fields.get("code") == "FileRefused":
        return FileRefused(detail=detail)
    return unreachable(*REASONS.get(detail, (detail, detail)))


REASONS = {
    "FolderRefused": ("son emplacement n’est plus celui qui a été déclaré", "its place is not the one declared"),
    "BoxIncomplete": ("sa lecture ne peut pas être enfermée ici", "its reading cannot be confined here"),
    "BoxLeaks": ("sa lecture ne peut pas être enfermée ici", "its reading cannot be confined here"),
    "ENOENT": ("il n’existe plus à cet endroit", "it does not exist there any more"),
    "ENOTDIR": ("ce n’est plus un dossier", "it is not a folder any more"),
    "ELOOP": ("c’est devenu un lien", "it has become a link"),
    "EACCES": ("la permission de le lire manque", "the permission to read it is missing"),
    "EPERM": ("la permission de le lire manque", "the permission to read it is missing"),
    "EIO": ("erreur de lecture du disque ou du partage", "read error of the disk or of the share"),
    "ESTALE": ("le partage a été coupé", "the share was cut off"),
    "ENOTCONN": ("le partage a été coupé", "the share was cut off"),
    "EHOSTDOWN": ("le serveur du partage ne répond pas", "the server of the share does not answer"),
    "ETIMEDOUT": ("le serveur du partage ne répond pas", "the server of the share does not answer"),
}
"""errno → (French, English)."""


def _listed(rows: list[Any]) -> Listed:
    files: list[Entry] = []
    ignored: list[tuple[str, str]] = []
    unreadable: list[tuple[str, str, bool]] = []
    for row in rows:
        match row:
            case ["f", str(path), int(size), int(mtime)] if size >= 0:
                files.append(Entry(_path(path), size, mtime))
            case ["i", str(path), str(why)]:
                ignored.append((_path(path), why[:200]))
            case ["u", str(path), str(why), bool(folder)]:
                unreadable.append((_path(path), why[:32], folder))
            case _:
                raise ReaderLied(detail="row")
    return Listed(tuple(files), tuple(ignored), tuple(unreadable))


def _path(path: str) -> str:
    """A path of the folder, and of nowhere else."""
    try:
        os.fsencode(path)
    except UnicodeEncodeError as problem:
        raise ReaderLied(detail="path") from problem
    if len(path) > LONGEST or "\0" in path or any(step in ("", ".", "..") for step in path.split("/")):
        raise ReaderLied(detail="path")
    return path


def _whole(value: Any, least: int | None = 0) -> int:
    if type(value) is not int or (least is not None and value < least):
        raise ReaderLied(detail="number")
    return value
