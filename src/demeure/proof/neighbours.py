"""Ways out through another process of the same user: its memory, its descriptors, its signals, its limits."""

import contextlib
import ctypes
import os
import resource
import signal
import struct
from typing import Any

from demeure.confinement.profiles import LANDLOCK, NAMESPACES, SECCOMP
from demeure.proof.scene import (
    HEARD,
    HELD,
    LEARNED,
    SIGNALLED,
    Attempt,
    Probe,
    Scene,
    Trace,
    World,
    read_text,
    syscall,
)

SLOT, SLOTS = 128, 4096
"""The neighbour's board: each probe of each role writes its canary in a slot of its own."""

_TREASURE = 16
FELT = signal.SIGRTMIN + 1
"""The signal that the neighbour tells of: of real time, so that two senders are not taken for one."""

_ANY = (SECCOMP, NAMESPACES, LANDLOCK)
_PROC = (NAMESPACES, LANDLOCK)


def _slot(scene: Scene) -> int:
    return scene.world.numbers["board"] + SLOT * (scene.number() % SLOTS)


def _neighbour(scene: Scene) -> int:
    return scene.world.numbers["neighbour"]


def _read_memory(scene: Scene) -> str:
    buffer = ctypes.create_string_buffer(_TREASURE)
    here = ctypes.create_string_buffer(struct.pack("QQ", ctypes.addressof(buffer), _TREASURE), 16)
    there = ctypes.create_string_buffer(struct.pack("QQ", scene.world.numbers["treasure"], _TREASURE), 16)
    syscall("process_vm_readv", _neighbour(scene), here, 1, there, 1, 0)
    return buffer.raw.decode("ascii", "replace")


def _write_memory(scene: Scene) -> None:
    said = ctypes.create_string_buffer(scene.canary(), SLOT)
    here = ctypes.create_string_buffer(struct.pack("QQ", ctypes.addressof(said), SLOT), 16)
    there = ctypes.create_string_buffer(struct.pack("QQ", _slot(scene), SLOT), 16)
    syscall("process_vm_writev", _neighbour(scene), here, 1, there, 1, 0)


def _memory_file(scene: Scene, flags: int) -> int:
    return os.open(f"/proc/{_neighbour(scene)}/mem", flags)


def _read_memory_file(scene: Scene) -> str:
    memory = _memory_file(scene, os.O_RDONLY)
    try:
        return os.pread(memory, _TREASURE, scene.world.numbers["treasure"]).decode("ascii", "replace")
    finally:
        os.close(memory)


def _write_memory_file(scene: Scene) -> None:
    memory = _memory_file(scene, os.O_RDWR)
    try:
        os.pwrite(memory, scene.canary(), _slot(scene))
    finally:
        os.close(memory)


def _trace(scene: Scene) -> None:
    """Seize, stop, write one word in the neighbour's board, let go."""
    pid = _neighbour(scene)
    syscall("ptrace", 0x4206, pid, 0, 0)
    try:
        syscall("ptrace", 0x4207, pid, 0, 0)
        os.waitpid(pid, 0x40000000)  # __WALL
        said = scene.canary().ljust(SLOT, b"\0")
        for at in range(0, SLOT, 8):
            syscall("ptrace", 5, pid, _slot(scene) + at, int.from_bytes(said[at : at + 8], "little", signed=True))
    finally:
        with contextlib.suppress(OSError):
            syscall("ptrace", 17, pid, 0, 0)


def _entry(name: str, secret: str) -> Attempt:
    """A file of the neighbour's folder in /proc that holds a secret."""

    def attempt(scene: Scene) -> str:
        text = read_text(f"/proc/{_neighbour(scene)}/{name}")
        at = text.find(f"{secret}=")
        return text[at + len(secret) + 1 :].split("\0")[0] if at >= 0 else ""

    return attempt


def _file_of(way: str) -> Attempt:
    """The secret file, by the neighbour's eyes."""

    def attempt(scene: Scene) -> str:
        way_there = way.format(number=scene.world.numbers["neighbour-file"], secret=scene.world.places["secret"])
        return read_text(f"/proc/{_neighbour(scene)}/{way_there}")

    return attempt


def _steal(scene: Scene) -> str:
    theirs = syscall("pidfd_getfd", _pidfd(scene), scene.world.numbers["neighbour-file"], 0)
    try:
        return os.pread(theirs, 64, 0).decode()
    finally:
        os.close(theirs)


def _pidfd(scene: Scene) -> int:
    return syscall("pidfd_open", _neighbour(scene), 0)


def _signal(scene: Scene) -> None:
    os.kill(_neighbour(scene), FELT)


def _queued_signal(scene: Scene) -> None:
    told = struct.pack("iiiiii", FELT, 0, -1, 0, os.getpid(), os.getuid())
    syscall("rt_sigqueueinfo", _neighbour(scene), int(FELT), ctypes.create_string_buffer(told, 128))


def _thread_signal(scene: Scene) -> None:
    syscall("tgkill", _neighbour(scene), _neighbour(scene), int(FELT))


def _pidfd_signal(scene: Scene) -> None:
    syscall("pidfd_send_signal", _pidfd(scene), int(FELT), 0, 0)


def _limit(scene: Scene) -> int:
    """A number of ours as the neighbour's limit: anybody may read it in its folder of /proc."""
    told = struct.pack("QQ", scene.number(), 0xFFFFFFFFFFFFFFFF)
    syscall("prlimit64", _neighbour(scene), resource.RLIMIT_CORE, ctypes.create_string_buffer(told, 16), 0)
    return scene.number()


def _limit_shows(world: World, trace: Trace) -> bool:
    return resource.prlimit(world.numbers["neighbour"], resource.RLIMIT_CORE)[0] == trace.answer


def _niceness(scene: Scene) -> int:
    syscall("setpriority", 0, _neighbour(scene), 7)
    return 7


def _niceness_shows(world: World, trace: Trace) -> bool:
    return os.getpriority(os.PRIO_PROCESS, world.numbers["neighbour"]) == trace.answer


def _affinity(scene: Scene) -> None:
    """The set of processors on which the neighbour may run: the first one only."""
    syscall("sched_setaffinity", _neighbour(scene), 128, b"\1" + bytes(127))


def _affinity_shows(world: World, _trace: Trace) -> bool:
    return os.sched_getaffinity(world.numbers["neighbour"]) == {0}


def _scheduler(scene: Scene) -> None:
    syscall("sched_setscheduler", _neighbour(scene), 3, bytes(4))  # SCHED_BATCH


def _scheduler_shows(world: World, _trace: Trace) -> bool:
    return os.sched_getscheduler(world.numbers["neighbour"]) == os.SCHED_BATCH


def _io_priority(scene: Scene) -> None:
    syscall("ioprio_set", 1, _neighbour(scene), 2 << 13 | 6)


def _io_priority_shows(world: World, _trace: Trace) -> bool:
    return syscall("ioprio_get", 1, world.numbers["neighbour"]) == 2 << 13 | 6


def _badness(scene: Scene) -> None:
    """How readily the kernel ends the neighbour when memory runs out."""
    board = os.open(f"/proc/{_neighbour(scene)}/oom_score_adj", os.O_WRONLY)
    try:
        os.write(board, b"321")
    finally:
        os.close(board)


def _badness_shows(world: World, _trace: Trace) -> bool:
    return read_text(f"/proc/{world.numbers['neighbour']}/oom_score_adj").strip() == "321"


def _kcmp(scene: Scene) -> str:
    """Whether two processes share a descriptor: a question about the neighbour, answered with a number."""
    syscall("kcmp", _neighbour(scene), _neighbour(scene), 1, 0, 0)
    return "same"


def _p(name: str, layers: tuple[str, ...], attempt: Attempt, evidence: str, **more: Any) -> Probe:
    return Probe(name, "neighbours", layers, evidence, attempt, **more)


PROBES: tuple[Probe, ...] = (
    _p("memory-read", _ANY, _read_memory, LEARNED, learns="treasure"),
    _p("memory-write", _ANY, _write_memory, HEARD),
    _p("memory-file-read", _PROC, _read_memory_file, LEARNED, learns="treasure"),
    _p("memory-file-write", _PROC, _write_memory_file, HEARD),
    _p("ptrace", _ANY, _trace, HEARD),
    _p("environment-of-another", _PROC, _entry("environ", "SECRET"), LEARNED, learns="neighbour-variable"),
    _p("command-line-of-another", (LANDLOCK,), _entry("cmdline", "ARGUMENT"), LEARNED, learns="neighbour-argument"),
    _p("descriptor-of-another", _PROC, _file_of("fd/{number}"), LEARNED, learns="neighbour-file"),
    _p("root-of-another", _PROC, _file_of("root{secret}"), LEARNED, learns="secret"),
    _p("folder-of-another", _PROC, _file_of("cwd/secret"), LEARNED, learns="secret"),
    _p("descriptor-stolen", _ANY, _steal, LEARNED, learns="neighbour-file"),
    _p("signal", (LANDLOCK,), _signal, SIGNALLED),
    _p("signal-queued", (LANDLOCK,), _queued_signal, SIGNALLED),
    _p("signal-to-thread", (LANDLOCK,), _thread_signal, SIGNALLED),
    _p("signal-by-pidfd", (SECCOMP, LANDLOCK), _pidfd_signal, SIGNALLED),
    _p("limits-of-another", (SECCOMP,), _limit, HELD, look=_limit_shows),
    _p("priority-of-another", (SECCOMP,), _niceness, HELD, look=_niceness_shows),
    _p("processors-of-another", (SECCOMP,), _affinity, HELD, look=_affinity_shows),
    _p("scheduler-of-another", (SECCOMP,), _scheduler, HELD, look=_scheduler_shows),
    _p("io-priority-of-another", (SECCOMP,), _io_priority, HELD, look=_io_priority_shows),
    _p("memory-badness-of-another", _PROC, _badness, HELD, look=_badness_shows),
    _p("comparison-with-another", _ANY, _kcmp, LEARNED, learns="same"),
)
