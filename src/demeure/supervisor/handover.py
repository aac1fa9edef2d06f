"""Who gets a connection to whom: the table decides, the supervisor makes both ends and gives them away."""

import socket
from collections.abc import Mapping
from typing import Any

from demeure.confinement import AIRLOCK, ANTIVIRUS, PROFILES, READER
from demeure.supervisor.errors import ModelNotChosen
from demeure.supervisor.outside import connected
from demeure.supervisor.roles import DOWN, STARTING, WAITING, Role, told

_ID = 32
BUFFER = 1 << 20
"""Both directions of a handed pair hold this much (the kernel's default is 208 KiB): fewer switches for large
bodies."""


def hand_peer(
    asker: Role, number: int, message: Mapping[str, Any], roles: Mapping[str, Role], launcher: socket.socket
) -> None:
    """Answer ``{"id": number, "ask": "peer", "name": …}``. ``launcher``: gives birth to what is apart."""
    name = str(message.get("name"))
    if name == READER.role:
        hand_reader(asker, number, str(message.get("folder")), launcher)
    elif name == AIRLOCK.role:
        hand_airlock(asker, number, roles, launcher)
    else:
        hand_over(asker, number, name, roles)


def hand_over(asker: Role, number: int, name: str, roles: Mapping[str, Role]) -> None:
    """Answer ``{"id": number, "ask": "peer", "name": name}``."""
    if name not in asker.profile.peers:
        asker.send({"id": number, "error": "forbidden"})
        return
    target, end = roles.get(name), connected() if name == ANTIVIRUS else None
    if target is not None and target.alive and target.state not in (DOWN, WAITING):
        end = _engine_connection(target) if target.profile.engine else _pair(asker, target)
    if end is None:
        error = "starting" if target is not None and _loading(target) else "down"
        asker.send({"id": number, "error": error, "failure": target.reason if target else _absent(name)})
        return
    end.setblocking(True)
    asker.send({"id": number, "ok": True}, end)


def _loading(target: Role) -> bool:
    """An engine that is on its way, and that nothing known keeps from serving: its model is being read."""
    return bool(target.profile.engine) and target.reason is None and target.state in (STARTING, WAITING)


def _absent(name: str) -> Mapping[str, str] | None:
    """Why a role of the table is not in this house: engines are there for their models."""
    return told(ModelNotChosen()) if name in PROFILES and PROFILES[name].engine else None


def _pair(asker: Role, target: Role) -> socket.socket | None:
    """One end goes to ``target`` with the name of the asker; the other is returned."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    for end in (ours, theirs):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER)
    if target.send({"event": "peer", "from": asker.profile.role}, theirs):
        return ours
    ours.close()
    return None


def hand_reader(asker: Role, number: int, folder: str, launcher: socket.socket) -> None:
    """Answer ``{"id": number, "ask": "peer", "name": "reader", "folder": id}``: the launcher, which gives birth to
    readers, is handed the other end."""
    if READER.role not in asker.profile.peers:
        asker.send({"id": number, "error": "forbidden"})
        return
    if not (len(folder) == _ID and folder.isascii() and folder.isalnum()):
        asker.send({"id": number, "error": "down", "failure": None})
        return
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    with theirs:
        for end in (ours, theirs):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER)
        try:
            socket.send_fds(launcher, [f"read {folder}".encode()], [theirs.fileno()], socket.MSG_DONTWAIT)
        except OSError:
            ours.close()
            asker.send({"id": number, "error": "down", "failure": None})
            return
    asker.send({"id": number, "ok": True}, ours)


def hand_airlock(asker: Role, number: int, roles: Mapping[str, Role], launcher: socket.socket) -> None:
    """Answer ``{"id": number, "ask": "peer", "name": "airlock"}``: the launcher, which gives birth to it, is handed
    its end of the asker's connection and of one to each role that its profile names."""
    scribe = roles.get(AIRLOCK.peers[0])
    if AIRLOCK.role not in asker.profile.peers:
        asker.send({"id": number, "error": "forbidden"})
        return
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    mine, scribes = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    with theirs, mine:
        for end in (ours, theirs, mine, scribes):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER)
        written = scribe is not None and scribe.send({"event": "peer", "from": AIRLOCK.role}, scribes)
        try:
            if not written:
                raise OSError
            handed = [theirs.fileno(), mine.fileno()]
            socket.send_fds(launcher, [AIRLOCK.role.encode()], handed, socket.MSG_DONTWAIT)
        except OSError:
            ours.close()
            asker.send({"id": number, "error": "down", "failure": None})
            return
    asker.send({"id": number, "ok": True}, ours)


def hand_bytes(target: Role, who: str, content: bytes) -> None:
    """``content`` as a connection from ``who`` that says it and ends. It waits in the pair: 128 KiB at most."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    with ours:
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER)
        ours.setblocking(False)
        ours.sendall(content)
        target.send({"event": "peer", "from": who}, theirs)


def _engine_connection(target: Role) -> socket.socket | None:
    """A socket connected to the engine's, by its short name relative to run/engine. None: it does not answer
    yet."""
    return connect_engine(target.spec)


def connect_engine(spec: Mapping[str, Any]) -> socket.socket | None:
    """Never waits: a full queue or no listener is the same as down."""
    return connected(str(spec["socket"]))
