"""A front role: serves its control and public listeners, one JSON answer for each line."""

import asyncio
import json
import os
import signal
import socket
from pathlib import Path
from typing import Any

from demeure.errors import DemeureError
from demeure.supervisor import Birth, Doors


def main(birth: Birth) -> None:
    asyncio.run(_live(birth))


async def _live(birth: Birth) -> None:
    doors = await Doors(birth).start()
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    secrets = {name: os.read(fd, 64).hex() for name, fd in birth.secrets.items()}

    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            try:
                answer = await _do(doors, line.decode().split(), birth, secrets)
            except DemeureError as problem:
                answer = {"error": problem.code()}
            except OSError as problem:
                answer = {"errno": problem.errno}
            writer.write(json.dumps(answer).encode() + b"\n")
            await writer.drain()
        writer.close()

    servers = []
    for name, descriptor in birth.listeners.items():
        family = {"sock": socket.socket(fileno=descriptor)}
        start = asyncio.start_unix_server if name == "control" else asyncio.start_server
        servers.append(await start(client, **family))
    doors.ready()
    await stop.wait()
    (birth.instance / "house" / "stopped").write_text("in order")


async def _do(doors: Doors, words: list[str], birth: Birth, secrets: dict[str, str]) -> Any:
    what, *rest = words
    if what == "peer":
        return await _talk(await doors.open(rest[0]), " ".join(rest[1:]) or "hello")
    if what == "post":
        return await _post(await doors.open(rest[0]), rest[1], " ".join(rest[2:]).encode())
    if what == "reason":
        try:
            (await doors.open(rest[0])).close()
        except DemeureError as problem:
            return {"code": problem.code(), "fr": problem.sentence("fr"), "en": problem.sentence("en")}
    if what == "many":
        return [await _talk(await doors.open(rest[0]), str(i)) for i in range(int(rest[1]))]
    if what == "status":
        return await doors.status()
    if what == "engines":
        return await doors.reload_engines()
    if what == "read":
        return Path(rest[0]).read_text()  # noqa: ASYNC240 - a probe of the box
    if what == "write":
        return Path(rest[0]).write_text("x")  # noqa: ASYNC240 - same
    return {
        "pid": os.getpid(),
        "secrets": secrets,
        "ladder": birth.ladder,
        "accepted": birth.accepted_unconfined,
        "spec": dict(birth.spec),
        "environment": dict(os.environ),
        "listeners": sorted(birth.listeners),
        "nice": os.nice(0),
    }


async def _talk(connection: socket.socket, text: str) -> str:
    connection.setblocking(False)
    loop = asyncio.get_running_loop()
    try:
        await loop.sock_sendall(connection, text.encode())
        return (await asyncio.wait_for(loop.sock_recv(connection, 4096), 10)).decode()
    finally:
        connection.close()


async def _post(connection: socket.socket, path: str, body: bytes) -> str:
    """The whole answer of an engine, over a handed connection."""
    head = f"POST {path} HTTP/1.1\r\nHost: engine\r\nContent-Type: application/json\r\nConnection: close\r\n"
    reader, writer = await asyncio.open_connection(sock=connection)
    writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
    answer = await reader.read()
    writer.close()
    return answer.decode("utf-8", "replace")
