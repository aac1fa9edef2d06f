"""Ways around the walls: new namespaces, mounts, kernel interfaces that do another call's work, shared objects."""

import contextlib
import ctypes
import fcntl
import mmap
import os
import signal
import socket
import struct
import time
from pathlib import Path
from typing import Any

from demeure.confinement import kernel
from demeure.confinement.profiles import CAPABILITIES, LANDLOCK, NAMESPACES, SECCOMP
from demeure.proof.network import inet
from demeure.proof.scene import (
    FOUND,
    HEARD,
    HELD,
    LEARNED,
    Attempt,
    Look,
    Probe,
    Scene,
    Trace,
    World,
    holds,
    other_space,
    syscall,
)

NEW_USER, NEW_NET, NEW_MOUNT, NEW_IPC = 0x10000000, 0x40000000, 0x20000, 0x08000000
_USER_KEYRING = -4
_SECONDS = 0.5
_WAITS = 3.0


def _leave(flags: int) -> Attempt:
    return lambda _scene: kernel.unshare(flags)


def _clone(_scene: Scene) -> int:
    """A child in a user namespace of its own; it waits to be looked at, not for ever: proofs are interrupted."""
    child = syscall("clone", NEW_USER | 17, 0, 0, 0, 0)
    if child == 0:
        with contextlib.suppress(BaseException):
            kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
            time.sleep(_WAITS)
        os._exit(0)
    return child


def _child_elsewhere(_world: World, trace: Trace) -> bool:
    try:
        child = Path(f"/proc/{trace.answer}/ns/user").readlink()
        return child != Path(f"/proc/{trace.pid}/ns/user").readlink()
    except OSError:
        return False
    finally:
        with contextlib.suppress(OSError, TypeError):
            os.kill(int(trace.answer or 0), 9)


def _join(kind: str, flag: int) -> Attempt:
    """The namespace of the neighbour, which is the host's."""

    def attempt(scene: Scene) -> None:
        way = os.open(f"/proc/{scene.world.numbers['neighbour']}/ns/{kind}", os.O_RDONLY)
        syscall("setns", way, flag)

    return attempt


def _joined(kind: str) -> Look:
    def look(world: World, trace: Trace) -> bool:
        return linked_space(trace.pid, kind) == linked_space(world.numbers["neighbour"], kind)

    return look


def linked_space(pid: int, kind: str) -> str:
    """Id of a namespace of ``pid``; empty when unreadable."""
    try:
        return str(Path(f"/proc/{pid}/ns/{kind}").readlink())
    except OSError:
        return ""


def _mount(scene: Scene) -> None:
    """A file system of our own, named for the probe."""
    with contextlib.suppress(OSError):
        kernel.unshare(NEW_MOUNT)
        syscall("mount", b"none\0", b"/\0", 0, 0x44000, 0)  # never shown to the host
    target = os.fsencode(scene.world.places["mounts"]) + b"\0"
    syscall("mount", scene.label().encode() + b"\0", target, b"tmpfs\0", 0, 0)


def _mounted(_world: World, trace: Trace) -> bool:
    return _in_file(f"/proc/{trace.pid}/mountinfo", "tmpfs") and _in_file(
        f"/proc/{trace.pid}/mountinfo", f"-{trace.probe}"
    )


def _in_file(path: str, word: str) -> bool:
    try:
        return word in Path(path).read_text(errors="replace")
    except OSError:
        return False


def _file_system(_scene: Scene) -> int:
    return syscall("fsopen", b"tmpfs\0", 0)


def _open_tree(_scene: Scene) -> int:
    return syscall("open_tree", -100, b"/\0", 1)


def _root(scene: Scene) -> None:
    os.chroot(scene.world.places["mounts"])


def _rooted(world: World, trace: Trace) -> bool:
    try:
        return Path(f"/proc/{trace.pid}/root").readlink() == world.places["mounts"]
    except OSError:
        return False


def _handle(scene: Scene) -> str:
    """A file by the number of its inode: no path, no list of paths."""
    handle = ctypes.create_string_buffer(struct.pack("Ii", 128, 0) + bytes(128), 136)
    number = ctypes.create_string_buffer(4)
    path = os.fsencode(scene.world.places["secret"]) + b"\0"
    syscall("name_to_handle_at", -100, path, handle, number, 0)
    mount = os.open(scene.world.places["secret"].parent, os.O_RDONLY | os.O_DIRECTORY)
    found = syscall("open_by_handle_at", mount, handle, os.O_RDONLY)
    return os.read(found, 64).decode()


def _bpf(_scene: Scene) -> int:
    return syscall("bpf", 0, struct.pack("IIII", 2, 4, 4, 1).ljust(72, b"\0"), 72)


def _perf(_scene: Scene) -> int:
    return syscall("perf_event_open", struct.pack("IIQ", 1, 112, 0).ljust(112, b"\0"), 0, -1, -1, 0)


def _uffd(_scene: Scene) -> int:
    return syscall("userfaultfd", 1)


def _memory_file(_scene: Scene) -> int:
    return os.memfd_create("probe")


def _secret_memory(_scene: Scene) -> int:
    return syscall("memfd_secret", 0)


def _fanotify(_scene: Scene) -> int:
    return syscall("fanotify_init", 0x200, 0)


def _watch(scene: Scene) -> int:
    """Be told when somebody touches a file outside."""
    way = syscall("inotify_init1", 0)
    syscall("inotify_add_watch", way, os.fsencode(scene.world.places["outside"]) + b"\0", 0xFFF)
    return way


def _watches(_world: World, trace: Trace) -> bool:
    return _in_file(f"/proc/{trace.pid}/fdinfo/{trace.answer}", "inotify wd")


def _process_descriptor(scene: Scene) -> int:
    return syscall("pidfd_open", scene.world.numbers["neighbour"], 0)


def _persona(_scene: Scene) -> None:
    syscall("personality", 0x0040000)  # addresses of memory no longer at random


def _another_persona(_world: World, trace: Trace) -> bool:
    return _in_file(f"/proc/{trace.pid}/personality", "00040000")


def _set_key(scene: Scene) -> None:
    label = scene.label().encode() + b"\0"
    syscall("add_key", b"user\0", label, b"canary", 6, _USER_KEYRING)


def _key_is_there(world: World, trace: Trace) -> bool:
    label = Scene(world, trace.role, None, trace.probe).label().encode() + b"\0"
    try:
        found = syscall("keyctl", 10, _USER_KEYRING, b"user\0", label, 0)  # KEYCTL_SEARCH
        syscall("keyctl", 9, found, _USER_KEYRING, 0, 0)  # KEYCTL_UNLINK
    except OSError:
        return False
    return True


def _read_key(scene: Scene) -> str:
    found = syscall("keyctl", 10, _USER_KEYRING, b"user\0", f"{scene.world.nonce}-key".encode() + b"\0", 0)
    buffer = ctypes.create_string_buffer(64)
    length = syscall("keyctl", 11, found, buffer, 64, 0)
    return buffer.raw[:length].decode("ascii", "replace")


def _uring(scene: Scene) -> None:
    """socket, connect and send as operations of a ring: none of those calls is made."""
    setup = ctypes.create_string_buffer(120)
    ring = syscall("io_uring_setup", 4, setup)
    told = struct.unpack("30I", setup.raw)
    asked, done = told[10:20], told[20:30]
    length = max(asked[6] + 4 * told[0], done[5] + 16 * told[1])
    queue, entries = mmap.mmap(ring, length), mmap.mmap(ring, 64 * told[0], offset=0x10000000)

    def order(operation: int, descriptor: int, address: int = 0, offset: int = 0, size: int = 0) -> int:
        entry = struct.pack("BBHiQQI", operation, 0, 0, descriptor, offset, address, size)
        entries[0:64] = entry.ljust(64, b"\0")
        (tail,) = struct.unpack_from("I", queue, asked[1])
        struct.pack_into("I", queue, asked[6] + 4 * (tail & (told[0] - 1)), 0)
        struct.pack_into("I", queue, asked[1], tail + 1)
        syscall("io_uring_enter", ring, 1, 1, 1, 0, 0)
        (head,) = struct.unpack_from("I", queue, done[0])
        result = struct.unpack_from("Qi", queue, done[5] + 16 * (head & (told[1] - 1)))[1]
        struct.pack_into("I", queue, done[0], head + 1)
        if result < 0:
            raise OSError(-result, os.strerror(-result))
        return int(result)

    way = order(45, socket.AF_INET, 0, socket.SOCK_STREAM)
    name = ctypes.create_string_buffer(inet("127.0.0.1", scene.world.numbers["tcp"]), 16)
    order(16, way, ctypes.addressof(name), 16)
    said = ctypes.create_string_buffer(scene.canary())
    order(26, way, ctypes.addressof(said), 0, len(said) - 1)
    socket.socket(fileno=way).recv(4)


def _shared_memory(scene: Scene) -> int:
    return syscall("shmget", scene.number(), 4096, 0o1600)


def _message_queue(scene: Scene) -> int:
    return syscall("msgget", scene.number(), 0o1600)


def _semaphore(scene: Scene) -> int:
    return syscall("semget", scene.number(), 1, 0o1600)


def _sysv(kind: str, remove: str, arguments: tuple[int, ...]) -> Look:
    """The key shows in the host's table; the object is then removed."""

    def look(world: World, trace: Trace) -> bool:
        number = Scene(world, trace.role, None, trace.probe).number()
        rows = [line.split() for line in Path(f"/proc/sysvipc/{kind}").read_text().splitlines()[1:]]
        found = [row for row in rows if int(row[0]) == number]
        for row in found:
            syscall(remove, int(row[1]), *arguments, 0)
        return bool(found)

    return look


def _posix_queue(scene: Scene) -> int:
    return syscall("mq_open", scene.label().encode() + b"\0", 0x42, 0o600, 0)


def _queue_is_there(world: World, trace: Trace) -> bool:
    try:
        syscall("mq_unlink", Scene(world, trace.role, None, trace.probe).label().encode() + b"\0")
    except OSError:
        return False
    return True


def _type_in(scene: Scene) -> None:
    """Characters typed in a terminal of somebody else: TIOCSTI."""
    os.setsid()
    terminal = os.open(scene.world.names["terminal"], os.O_RDWR)
    for byte in scene.canary() + b"\n":
        fcntl.ioctl(terminal, 0x5412, bytes([byte]))
    deadline = time.monotonic() + _SECONDS
    while struct.unpack("i", fcntl.ioctl(terminal, 0x541B, bytes(4)))[0] and time.monotonic() < deadline:
        time.sleep(0.001)  # our end hangs the terminal up: whoever reads it comes first


def _write_terminal(scene: Scene) -> None:
    terminal = os.open(scene.world.names["terminal"], os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK)
    os.write(terminal, scene.canary())
    os.close(terminal)


def _p(name: str, layers: tuple[str, ...], attempt: Attempt, evidence: str = HELD, **more: Any) -> Probe:
    return Probe(name, "kernel", layers, evidence, attempt, **more)


_ROOTS = (SECCOMP, CAPABILITIES)
PROBES: tuple[Probe, ...] = (
    _p("unshare-user", (SECCOMP,), _leave(NEW_USER), look=other_space("user")),
    _p("unshare-network", (SECCOMP,), _leave(NEW_USER | NEW_NET), look=other_space("net")),
    _p("unshare-mounts", (SECCOMP,), _leave(NEW_USER | NEW_MOUNT), look=other_space("mnt")),
    _p("clone-user", (SECCOMP,), _clone, look=_child_elsewhere),
    _p("join-network", (SECCOMP, LANDLOCK), _join("net", NEW_NET), look=_joined("net")),
    _p("join-ipc", (SECCOMP, LANDLOCK), _join("ipc", NEW_IPC), look=_joined("ipc")),
    _p("mount", _ROOTS, _mount, look=_mounted),
    _p("mount-by-descriptor", _ROOTS, _file_system, look=holds),
    _p("mount-copied", _ROOTS, _open_tree, look=holds),
    _p("change-root", _ROOTS, _root, look=_rooted),
    _p("file-by-handle", (SECCOMP, LANDLOCK), _handle, LEARNED, learns="secret"),
    _p("bpf", (SECCOMP,), _bpf, look=holds),
    _p("perf-event", (SECCOMP,), _perf, look=holds),
    _p("page-faults", (SECCOMP,), _uffd, look=holds),
    _p("memory-file", (SECCOMP,), _memory_file, look=holds),
    _p("memory-secret", (SECCOMP,), _secret_memory, look=holds),
    _p("watch-files", (SECCOMP,), _watch, look=_watches),
    _p("watch-file-systems", (SECCOMP,), _fanotify, look=holds),
    _p("process-descriptor", (SECCOMP,), _process_descriptor, look=holds),
    _p("persona", (SECCOMP,), _persona, look=_another_persona),
    _p("key-added", (SECCOMP,), _set_key, FOUND, look=_key_is_there),
    _p("key-read", (SECCOMP,), _read_key, LEARNED, learns="key"),
    _p("io-uring", (SECCOMP,), _uring, HEARD),
    _p("shared-memory-v", (SECCOMP, NAMESPACES), _shared_memory, FOUND, look=_sysv("shm", "shmctl", (0,))),
    _p("messages-v", (SECCOMP, NAMESPACES), _message_queue, FOUND, look=_sysv("msg", "msgctl", (0,))),
    _p("semaphore-v", (SECCOMP, NAMESPACES), _semaphore, FOUND, look=_sysv("sem", "semctl", (0, 0))),
    _p("queue-posix", (SECCOMP, NAMESPACES), _posix_queue, FOUND, look=_queue_is_there),
    _p("terminal-written", (LANDLOCK,), _write_terminal, HEARD),
    _p("terminal-typed", (SECCOMP, LANDLOCK), _type_in, HEARD),
)
