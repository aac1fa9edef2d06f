"""What one probe is, and what it is given: tokens, addresses outside, the box it stands in.

Pure data: read by the twins inside their boxes, by the control outside every box, and by the judge.
"""

import ctypes
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from demeure.confinement import Profile, kernel, syscalls

BIRTH = "birth"
"""Not a wall of the kernel: descriptors and environment, put in order before the box closes."""

HEARD, FOUND, LEARNED, HELD, SIGNALLED = "heard", "found", "learned", "held", "signalled"
"""How the outside knows that a probe got out: a receiver heard its canary; its canary is found afterwards where it
must not be; it repeats a secret that only the outside had; the kernel shows, from outside, what it must not hold;
the neighbour felt a signal from the process that tried."""

CONTROL, AFTER = "control", "control-after"
"""The « roles » of the same probes without walls: before the boxes are tried, and after them, what is heard."""

Layers = tuple[str, ...]


class Untried(Exception):
    """Raised by an attempt that never came to the wall that it tries: it proves nothing."""


@dataclass(frozen=True)
class World:
    """Everything outside that a probe may aim at. ``nonce``: of this run; ``places``: folders and files by name;
    ``names``: addresses and words; ``numbers``: ports, pids, addresses in memory; ``forgotten``: descriptors that a
    careless parent leaves open, by name."""

    nonce: str
    instance: Path
    places: Mapping[str, Path] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    numbers: Mapping[str, int] = field(default_factory=dict)
    forgotten: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Scene:
    """One probe's stage. ``role``: whose twin. ``profile``: its row of the table; None without walls. ``listener``:
    a listening TCP socket held from birth (the gateway's), or -1. ``door``: where the airlock asks for connections,
    or -1. ``held``: the socket of the clock, or -1."""

    world: World
    role: str
    profile: Profile | None
    probe: str = ""
    listener: int = -1
    door: int = -1
    held: int = -1

    def canary(self) -> bytes:
        """The unique token of this probe in this role and run."""
        return f"{self.world.nonce}|{self.role}|{self.probe}|".encode()

    def label(self) -> str:
        """The same as a name for files, keys and DNS labels (at most 63 characters)."""
        return f"{self.world.nonce}-{self.role.replace(':', '-')}-{self.probe}"[:63].rstrip("-")

    def number(self) -> int:
        """The same as a number of 30 bits, for keys of System V objects."""
        value = 0
        for byte in self.canary():
            value = (value * 131 + byte) & 0x3FFFFFFF
        return value or 1


Attempt = Callable[[Scene], str | int | None]
"""Raises OSError when refused. What it returns is told outside (a secret learned; a number)."""


@dataclass(frozen=True)
class Trace:
    """What came out of a twin about one probe. ``answer``: what the attempt returned; ``pid``: the process that
    tried, alive while a HELD probe is looked at."""

    role: str
    probe: str
    pid: int = 0
    answer: str | int | None = None


Look = Callable[[World, Trace], bool]
"""From outside: did it get out?"""


@dataclass(frozen=True)
class Probe:
    """``layers``: what stops it, each alone. ``evidence``: one of the five above; ``look``: how the outside
    looks for it (a receiver by default). ``learns``: the secret of a LEARNED one.
    ``applies``: whether a profile must stop it.
    ``apart``: tried in a network of its own only (elsewhere.py).
    ``kills``: the filter ends the process rather than answer. ``own``: tried by the
    twin itself, not by a child of it (it reads its own entry of /proc)."""

    name: str
    family: str
    layers: Layers
    evidence: str
    attempt: Attempt
    look: Look | None = None
    learns: str = ""
    applies: Callable[[Profile], bool] = lambda _profile: True
    kills: bool = False
    own: bool = False
    apart: bool = False


def everybody(_profile: Profile) -> bool:
    """Every profile must stop it."""
    return True


def syscall(name: str, *arguments: int | bytes | ctypes.Array[ctypes.c_char] | None) -> int:
    """A raw system call by name. OSError as the kernel answers."""
    return kernel.call(syscalls.numbers(syscalls.machine())[name], *arguments)


def linked(pid: int, number: int | str) -> str:
    """Where /proc/PID/fd/NUMBER leads; empty when it is not there."""
    try:
        return str(Path(f"/proc/{pid}/fd/{number}").readlink())
    except OSError:
        return ""


def holds(world: World, trace: Trace) -> bool:
    """The kernel shows the descriptor whose number the probe told, in the process that tried."""
    del world
    return bool(trace.pid) and linked(trace.pid, int(trace.answer or -1)) != ""


def other_space(kind: str) -> Look:
    """The process that tried left its parent's namespace of ``kind``."""

    def look(_world: World, trace: Trace) -> bool:
        try:
            status = Path(f"/proc/{trace.pid}/stat").read_text(errors="replace")
            parent = status.rpartition(")")[2].split()[1]
            ours, theirs = (Path(f"/proc/{pid}/ns/{kind}").readlink() for pid in (trace.pid, parent))
        except OSError:
            return False
        return ours != theirs

    return look


def read_text(path: Path | str) -> str:
    """The content, however short the way to it."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        return os.read(descriptor, 4096).decode("utf-8", "replace")
    finally:
        os.close(descriptor)


def listed(value: Any) -> str:
    """One canonical text of a set of names."""
    return ",".join(sorted(str(item) for item in value))
