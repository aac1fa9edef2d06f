"""Landlock: explicit lists of what may be read, written, executed; no TCP port; no abstract socket, no signal
outside.

The ruleset is for the calling thread and what it forks later: called while the process has one thread.
"""

import os
import stat
import struct
from collections.abc import Iterable
from dataclasses import dataclass

from demeure.confinement import kernel

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446  # the same on every architecture

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1, 2, 4, 8
REMOVE_DIR, REMOVE_FILE = 16, 32
MAKE_CHAR, MAKE_DIR, MAKE_REG, MAKE_SOCK, MAKE_FIFO, MAKE_BLOCK, MAKE_SYM = 64, 128, 256, 512, 1024, 2048, 4096
REFER, TRUNCATE, IOCTL_DEV = 8192, 16384, 32768
_HANDLED = {1: 0x1FFF, 2: 0x3FFF, 3: 0x7FFF, 4: 0x7FFF}
_ALL = 0xFFFF

CONNECT_TCP = 2
PORTS = 4
"""The version that knows of TCP ports (Linux 6.7)."""

READ = READ_FILE | READ_DIR
WRITE = READ | WRITE_FILE | REMOVE_DIR | REMOVE_FILE | MAKE_DIR | MAKE_REG | REFER | TRUNCATE
SOCKETS = READ | MAKE_SOCK | REMOVE_FILE
OVERWRITE = READ | WRITE_FILE
"""For devices and /proc: open existing files for writing, make nothing."""
_ON_A_FILE = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV


@dataclass(frozen=True)
class Lists:
    """Paths by right. A path that does not exist is left out: nothing can be done there anyway."""

    read: tuple[str, ...] = ()
    write: tuple[str, ...] = ()
    execute: tuple[str, ...] = ()
    sockets: tuple[str, ...] = ()
    overwrite: tuple[str, ...] = ()
    ports: tuple[int, ...] = ()
    """TCP ports that may be connected to (ABI 4 and later; the kernel looks at the port, not at the address)."""

    def __or__(self, other: "Lists") -> "Lists":
        return Lists(
            self.read + other.read,
            self.write + other.write,
            self.execute + other.execute,
            self.sockets + other.sockets,
            self.overwrite + other.overwrite,
            self.ports + other.ports,
        )


def abi() -> int:
    """Landlock's version on this kernel; 0: absent or refused."""
    try:
        return kernel.call(CREATE_RULESET, 0, 0, 1)
    except OSError:
        return 0


def restrict(lists: Lists) -> int:
    """Apply ``lists`` and refuse everything else for good. Returns the ABI used; 0: not available. OSError:
    refused.

    ABI 4 adds TCP ports (none but ``lists.ports`` can be connected, none bound), 6 abstract sockets and signals.
    """
    version = abi()
    if not version:
        return 0
    handled = _HANDLED.get(version, _ALL)
    attributes = struct.pack("QQQ", handled, 3 if version >= 4 else 0, 3 if version >= 6 else 0)
    attributes = attributes[: 8 if version < 4 else 16 if version < 6 else 24]
    ruleset = kernel.call(CREATE_RULESET, attributes, len(attributes), 0)
    try:
        for paths, access in _rules(lists):
            for path in paths:
                _allow(ruleset, path, access & handled)
        for port in lists.ports if version >= PORTS else ():
            kernel.call(ADD_RULE, ruleset, 2, struct.pack("QQ", CONNECT_TCP, port), 0)
        kernel.call(RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)
    return version


def _rules(lists: Lists) -> Iterable[tuple[tuple[str, ...], int]]:
    return (
        (lists.read, READ),
        (lists.write, WRITE),
        (lists.execute, READ | EXECUTE),
        (lists.sockets, SOCKETS),
        (lists.overwrite, OVERWRITE),
    )


def _allow(ruleset: int, path: str, access: int) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return  # absent, or out of our reach already
    try:
        if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
            access &= _ON_A_FILE
        kernel.call(ADD_RULE, ruleset, 1, struct.pack("=Qi", access, descriptor), 0)
    finally:
        os.close(descriptor)
