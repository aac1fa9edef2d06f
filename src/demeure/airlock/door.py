"""The door of the airlock: the one process that may open connections. It is asked for a number of its list, begins
that connection, hands it over, and reads nothing of what passes. It never waits: who asked sees how it ends.
"""

import contextlib
import errno
import os
import socket
import struct

from demeure.supervisor.birth import Birth

ASKED = struct.Struct("!I")
TOLD = struct.Struct("!i")
_BEGUN = (0, errno.EINPROGRESS)


def main(birth: Birth) -> None:
    """Until the airlock leaves. ``spec["places"]``: (family, address, port)."""
    places = [(family, address, port) for family, address, port in birth.spec["places"]]
    with contextlib.suppress(ConnectionError), socket.socket(fileno=birth.channel) as channel:
        while asked := channel.recv(64):
            number = ASKED.unpack(asked)[0] if len(asked) == ASKED.size else len(places)
            if number >= len(places):
                channel.send(TOLD.pack(errno.EACCES))
            else:
                _open(channel, *places[number])


def _open(channel: socket.socket, family: int, address: str, port: int) -> None:
    """Numeric addresses only: nothing is looked up here."""
    try:
        connection = socket.socket(family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK, socket.IPPROTO_TCP)
    except OSError as refused:
        channel.send(TOLD.pack(refused.errno or errno.EIO))
        return
    with connection:
        code = connection.connect_ex((address, port))
        if code in _BEGUN:
            socket.send_fds(channel, [TOLD.pack(0)], [connection.fileno()])
        else:
            channel.send(TOLD.pack(code))


def told(code: int) -> str:
    """The name of an errno, for people who look for what is wrong."""
    return errno.errorcode.get(code, os.strerror(code))
