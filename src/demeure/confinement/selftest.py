"""What a role tries, once boxed and before it serves: each attempt must fail, or the role refuses to serve.

Short by design (a few milliseconds). The whole list of probes, with receivers outside, is ``demeure prove``'s.
"""

import ctypes
import errno
import os
import socket
from collections.abc import Callable
from pathlib import Path

from demeure.confinement import kernel, syscalls
from demeure.confinement.box import Enforced
from demeure.confinement.profiles import Profile

UNDECLARED = 1
Attempt = Callable[[], object]
"""Returns when the forbidden thing worked, raises OSError when it was refused."""


def attempts(profile: Profile, enforced: Enforced) -> dict[str, Attempt]:
    """The attempts that the layers in force must stop, by name."""
    chosen: dict[str, Attempt] = {}
    if enforced.seccomp:
        chosen |= _FILTERED
        if profile.filter == "door":
            del chosen["TCP socket"]
            chosen |= {"undeclared port": _undeclared_port, "other protocol": _other_protocol}
        elif profile.filter != "supervisor":
            chosen |= {"new user namespace": lambda: kernel.unshare(kernel.CLONE_NEWUSER), "connect": _connect}
        if profile.filter == "role":
            chosen["Unix socket"] = lambda: socket.socket(socket.AF_UNIX, socket.SOCK_STREAM).close()
    if enforced.landlock:
        chosen |= _CLOSED_FILES
    return chosen


def run(profile: Profile, enforced: Enforced) -> list[str]:
    """Names of the attempts that succeeded; empty: the box holds."""
    return [name for name, attempt in attempts(profile, enforced).items() if _worked(attempt)]


def _worked(attempt: Attempt) -> bool:
    try:
        attempt()
    except OSError:
        return False
    return True


def _socket(family: int, kind: int) -> Attempt:
    return lambda: socket.socket(family, kind).close()


def _connect() -> None:
    """An address nobody has: the filter answers before the address is looked at."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        _refused_as((errno.EACCES, errno.EPERM), lambda: ours.connect("nobody"))


def _undeclared_port() -> None:
    """Port 1 of this machine: only the errno of Landlock counts as a refusal. No route may be declared there."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as tried:
        _refused_as((errno.EACCES, errno.EPERM), lambda: tried.connect(("127.0.0.1", UNDECLARED)))


def _other_protocol() -> None:
    """MPTCP, which Landlock does not look at."""
    socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262).close()


def _execute() -> None:
    _refused_as((errno.EPERM,), lambda: os.execv("/nonexistent/program", ["program"]))  # noqa: S606 - must be refused


def _fast_open() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.send(b"x", 0x20000000)


def _io_uring() -> None:
    _refused_as(
        (errno.EPERM,), lambda: kernel.call(syscalls.numbers(syscalls.machine())["io_uring_setup"], 0, None)
    )


def _other_memory() -> None:
    """Zero bytes of our own memory: allowed anywhere but behind the filter."""
    number = syscalls.numbers(syscalls.machine())["process_vm_readv"]
    kernel.call(number, os.getpid(), ctypes.create_string_buffer(16), 0, ctypes.create_string_buffer(16), 0, 0)


def _refused_as(filtered: tuple[int, ...], attempt: Callable[[], object]) -> None:
    """For calls that fail anyway: only the errno of our filters counts as a refusal."""
    try:
        attempt()
    except OSError as refused:
        if refused.errno in filtered:
            raise


def _write_outside() -> None:
    Path("/tmp/demeure-selftest").touch()  # noqa: S108 - must be refused; nothing is ever written


_FILTERED: dict[str, Attempt] = {
    "TCP socket": _socket(socket.AF_INET, socket.SOCK_STREAM),
    "UDP socket": _socket(socket.AF_INET6, socket.SOCK_DGRAM),
    "netlink socket": _socket(socket.AF_NETLINK, socket.SOCK_RAW),
    "vsock socket": _socket(socket.AF_VSOCK, socket.SOCK_STREAM),
    "datagram pair": lambda: socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM),
    "fast open": _fast_open,
    "io_uring": _io_uring,
    "program": _execute,
    "memory file": lambda: os.close(os.memfd_create("selftest")),
    "memory of a process": _other_memory,
}
_CLOSED_FILES: dict[str, Attempt] = {
    "list /": lambda: list(Path("/").iterdir()),
    "read /etc/passwd": lambda: os.close(os.open("/etc/passwd", os.O_RDONLY)),
    "write in /tmp": _write_outside,
}
