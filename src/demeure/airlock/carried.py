"""The gateway's side of what the airlock carries besides questions: a backup target, streams of bytes."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from typing import Any

from demeure.airlock.leaving import Asker
from demeure.airlock.line import AirlockLine, asked


class RouteTarget:
    """One declared backup target, for one person and one piece of work. What it is given should be encrypted
    already: it is counted and written, not examined. ``asker.sensitivity``: the highest class of what is in it."""

    def __init__(self, line: AirlockLine, route: str, asker: Asker) -> None:
        self._line, self._route, self._asker = line, route, asker

    async def put(self, name: str, size: int, sha256: str, content: AsyncIterator[bytes]) -> None:
        """``content``: ``size`` bytes of that SHA-256 (hexadecimal), or the target does not keep it. Names:
        letters, figures, ``._-``, parts apart by ``/``. Whole or absent. Raises NoRouteOpen and the airlock's."""
        go = asyncio.Event()

        async def once_let_out() -> AsyncIterator[bytes]:
            await go.wait()
            async for piece in content:
                yield piece

        args = asked(self._asker, self._route) | {"name": name, "size": size, "sha256": sha256}
        async with aclosing(self._line.stream("put", args, once_let_out())) as items:
            async for _ in items:
                go.set()

    async def get(self, name: str) -> AsyncGenerator[bytes]:
        """Its bytes as they come; who keeps them checks their digest. Raises TargetMissing, and as ``put``."""
        args = asked(self._asker, self._route) | {"name": name}
        async with aclosing(self._line.stream("get", args)) as items:
            async for item in items:
                yield item.body

    async def names(self, prefix: str = "") -> list[tuple[str, int]]:
        """(name, bytes) of what is there."""
        reply = await self._line.call("names", asked(self._asker, self._route) | {"prefix": prefix})
        return [(str(name), int(size)) for name, size in reply.data["names"]]

    async def delete(self, name: str) -> None:
        """Nothing when it is not there."""
        await self._line.call("remove", asked(self._asker, self._route) | {"name": name})


async def password_right(
    line: AirlockLine, route: str, asker: Asker, name: str, password: str, looks: Sequence[bytes] = ()
) -> tuple[bool, list[bytes]]:
    """Is it the password of the entry ``name`` of a directory? Kept nowhere. Then what answers each of ``looks``,
    as ``binding.right``. Raises NoRouteOpen and the airlock's."""
    told = {"name": name, "password": password, "looks": [look.hex() for look in looks]}
    answer = (await line.call("bind", asked(asker, route), json.dumps(told).encode("utf-8", "replace"))).data
    return answer["right"] is True, [bytes.fromhex(one) for one in answer["found"]]


class RouteStream:
    """Bytes to and from the end of a route (``directory``, ``postgresql``), TLS being the airlock's. One reader,
    one writer; ``aclose`` in the end."""

    def __init__(self, line: AirlockLine, route: str, asker: Asker) -> None:
        self._line, self._route, self._asker = line, route, asker
        self._said: asyncio.Queue[bytes | None] = asyncio.Queue(4)
        self._items: AsyncGenerator[Any] | None = None
        self._over = False

    async def open(self) -> dict[str, Any]:
        """What was agreed upon: address, TLS. Raises NoRouteOpen and the airlock's errors."""
        self._items = self._line.stream("stream", asked(self._asker, self._route), self._saying())
        first = await anext(self._items)
        return dict(first.data["agreed"])

    async def write(self, data: bytes) -> None:
        """Once it is on its way to the airlock, at most four pieces before."""
        if data:
            await self._said.put(data)

    async def read(self) -> bytes:
        """What came, as it came; empty once the other end has closed. Raises the airlock's errors."""
        if self._items is None or self._over:
            return b""
        item = await anext(self._items, None)
        self._over = item is None
        return bytes(item.body) if item is not None else b""

    async def cut(self) -> None:
        """At once: what is unsent does not leave."""
        if self._items is not None:
            await self._items.aclose()

    async def aclose(self) -> None:
        """All that was written leaves; what still comes is dropped."""
        if self._items is None:
            return
        await self._said.put(None)
        while await self.read():
            pass
        await self._items.aclose()

    async def _saying(self) -> AsyncIterator[bytes]:
        while (piece := await self._said.get()) is not None:
            yield piece
