"""Answers every peer with its pid, the asker's name and what was said. Asks front in return when told to."""

import asyncio
import os
import socket

from demeure.errors import DemeureError
from demeure.supervisor import Birth, Doors


def main(birth: Birth) -> None:
    asyncio.run(_live(birth))


async def _live(birth: Birth) -> None:
    doors = await Doors(birth).start()
    loop = asyncio.get_running_loop()
    key = {name: os.read(fd, 64).hex() for name, fd in birth.secrets.items()}

    async def welcome(who: str, connection: socket.socket) -> None:
        connection.setblocking(False)
        while said := (await loop.sock_recv(connection, 4096)).decode():
            answer = f"{os.getpid()} {who} {said}"
            if said == "key":
                answer = ",".join(key.values())
            elif said in ("ask", "ask-status"):
                try:
                    answer = str(await (doors.status() if said == "ask-status" else doors.open("front")))
                except DemeureError as problem:
                    answer = problem.code()
            elif said.startswith("noise "):
                import noisy_library

                answer = " ".join(noisy_library.phone_home(int(said.split()[1])))
            elif said == "die":
                os._exit(3)
            await loop.sock_sendall(connection, answer.encode())
        connection.close()

    await asyncio.sleep(0.1)  # peers that came before are kept
    doors.on_peer(welcome)
    doors.ready()
    await doors.closed.wait()
