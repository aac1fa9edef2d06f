"""What travels while its reader waits: events one after the other, and work that ends when the reader leaves."""

import asyncio
import json
from collections.abc import Coroutine, Mapping
from typing import Any

from starlette.types import Receive

STREAM_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]


def frame(name: str, data: Mapping[str, Any]) -> bytes:
    """One event, as it travels."""
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False, default=str)}\n\n".encode()


async def gone(receive: Receive) -> None:
    """Returns once the reader has left."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def until_left(receive: Receive, reading: Coroutine[Any, Any, None]) -> bool:
    """Do ``reading`` while its reader stays. False when they left meanwhile. Raises what it raises."""
    reader = asyncio.create_task(reading)
    leaving = asyncio.create_task(gone(receive))
    try:
        await asyncio.wait({reader, leaving}, return_when=asyncio.FIRST_COMPLETED)
        stayed = reader.done()
    finally:
        for task in (reader, leaving):
            task.cancel()
        await asyncio.gather(reader, leaving, return_exceptions=True)
    if stayed and not reader.cancelled() and (problem := reader.exception()):
        raise problem
    return stayed
