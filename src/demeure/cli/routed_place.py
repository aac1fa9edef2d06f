"""A place for backups at the end of a declared route: the port ``Target``, over the house's control door.

Commands that make backups block; the door is asynchronous: one loop, in a thread of its own, holds one
connection for as long as the command lives, to the running house or to a private one.
"""

import asyncio
import atexit
import hashlib
import threading
from collections.abc import Coroutine, Iterator
from contextlib import AsyncExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from demeure.airlock import TargetMissing
from demeure.backup.errors import PlaceEmpty, PlaceUnreachable, TargetFull, TargetRefuses
from demeure.cli.door import Door
from demeure.errors import DemeureError

T = TypeVar("T")
SCHEME = "route:"
"""Before the route's id, instead of a folder, in the path of a place."""
_ABSENT = {
    *("NoRouteOpen", "RouteClosed", "RouteExpired", "RouteUnknown", "RouteUnreachable", "RouteInvalid"),
    "HouseDown",
}
_FULL = "507"


class RoutedTarget:
    """``route``: its id. What it holds is named as in a folder; a file is written whole or not at all by its far
    end. Raises as the port says."""

    def __init__(self, instance: Path, language: str, route: str, name: str) -> None:
        self.name, self._route = name, route
        self._instance, self._language = instance, language
        self._loop: asyncio.AbstractEventLoop | None = None
        self._held = AsyncExitStack()
        self._door: Door | None = None

    def names(self, folder: str) -> list[str]:
        return sorted(name.removeprefix(f"{folder}/") for name, _ in self._listed(f"{folder}/"))

    def read(self, name: str) -> bytes | None:
        try:
            return self._run(self._read(name))
        except TargetMissing:
            return None

    def size(self, name: str) -> int | None:
        return dict(self._listed(name)).get(name)

    def write(self, name: str, data: bytes) -> None:
        told = {"name": name, "size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        with self._somewhere():
            self._run(self._call("backup.there-write", told, data))

    def remove(self, name: str) -> None:
        with suppress(TargetMissing):
            self._run(self._call("backup.there-remove", {"name": name}))

    def _listed(self, prefix: str) -> list[tuple[str, int]]:
        with self._somewhere():
            told = self._run(self._call("backup.there-names", {"prefix": prefix}))
        return [(str(name), int(size)) for name, size in told["names"]]

    async def _read(self, name: str) -> bytes:
        door, found = await self._opened(), bytearray()
        async for item in door.stream("backup.there-read", {"route": self._route, "name": name}):
            found += item.body
        return bytes(found)

    async def _call(self, operation: str, told: dict[str, Any], body: bytes = b"") -> dict[str, Any]:
        door = await self._opened()
        return dict((await door.call(operation, {"route": self._route, **told}, body)).data)

    async def _opened(self) -> Door:
        from demeure.cli.house import reach

        if self._door is None:
            self._door = await self._held.enter_async_context(reach(self._instance, self._language))
        return self._door

    @contextmanager
    def _somewhere(self) -> Iterator[None]:
        """Where a name cannot be missing, it is the whole place that is: no such bucket, no such folder."""
        try:
            yield
        except TargetMissing as problem:
            raise PlaceEmpty(name=self.name, route=self._route) from problem

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        """Raises TargetMissing where the far end has no such file, and as the port says."""
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
            self._thread.start()
            atexit.register(self.close)
        try:
            return asyncio.run_coroutine_threadsafe(work, self._loop).result()
        except TargetMissing:
            raise
        except DemeureError as problem:
            if problem.code() in _ABSENT:
                raise PlaceUnreachable(**self._why(problem)) from problem
            if _FULL in str(problem.params.get("detail", "")):
                raise TargetFull(name=self.name) from problem
            raise TargetRefuses(**{key: said.rstrip(".") for key, said in self._why(problem).items()}) from problem

    def _why(self, problem: DemeureError) -> dict[str, str]:
        told = type(problem)(**problem.params | {"answers": False})  # nobody asked a question
        said = {"detail": told.sentence("fr"), "detail_en": told.sentence("en")}
        return {"name": self.name, "route": self._route, **said}

    def close(self) -> None:
        """Leave the house; a private one that was started for this ends. Done at the end of the command
        otherwise."""
        loop, self._loop = self._loop, None
        if loop is not None:
            asyncio.run_coroutine_threadsafe(self._held.aclose(), loop).result(20)
            loop.call_soon_threadsafe(loop.stop)
            self._thread.join(20)
            loop.close()
            atexit.unregister(self.close)


def routed(path: str) -> str:
    """The route's id of a place; empty where it is a folder."""
    return path.removeprefix(SCHEME) if path.startswith(SCHEME) else ""
