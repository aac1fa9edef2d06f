"""Listens where an engine would, on its own Unix socket, behind the engine's allow-list."""

import os
import socket
from pathlib import Path

from demeure.supervisor import Birth, BlockingDoors


def main(birth: Birth) -> None:
    path = birth.spec["socket"]
    Path(path).unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(path)
        listener.listen(8)
        model = Path(birth.spec["model"]).read_text()
        BlockingDoors(birth).ready()
        while True:
            connection, _ = listener.accept()
            with connection:
                said = connection.recv(100).decode()
                connection.sendall(f"{os.getpid()} {model} {birth.spec['id']} {said}".encode())
