"""The antivirus of the machine, when settings name one: the only door to a program that is not of the house.

Its socket is reached by a short name in run/engine, made by the launcher before any wall stands: the supervisor's
filter lets connect(2) have no longer one, and nothing of the house can make or move such a link afterwards.
"""

import os
import socket
from contextlib import suppress
from pathlib import Path

from demeure.settings import Settings

LINK = "antivirus"
"""An address of 12 bytes."""


def point(instance: Path, settings: Settings) -> None:
    """The short name of what settings say; none when they say nothing."""
    link = instance / "run" / "engine" / LINK
    with suppress(FileNotFoundError):
        link.unlink()
    if settings.antivirus_socket:
        link.symlink_to(instance / settings.antivirus_socket)


def connected(path: str = LINK) -> socket.socket | None:
    """A socket connected to it; None: nobody answers there. Never waits. The short name is for the supervisor,
    which stands in run/engine."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.setblocking(False)
    try:
        connection.connect(path)
    except OSError:
        connection.close()
        return None
    return connection


def told(instance: Path, path: str) -> dict[str, object] | None:
    """For the status: where it is, whether somebody answers there. None: settings name none."""
    if not path:
        return None
    inside = Path.cwd() == instance / "run" / "engine"
    door = connected() if inside else connected(os.fspath(instance / path))
    if door is not None:
        door.close()
    return {"socket": path, "answers": door is not None}
