"""The tightest box: one workshop job, forked from the boxed zygote, with a hostile file in its hands."""

import os
import resource
from dataclasses import dataclass
from pathlib import Path

from demeure.confinement import kernel, policies, seccomp

ASSUMED_HELD = 1 << 30


@dataclass(frozen=True)
class JobLimits:
    """``memory``: bytes of address space beyond what the zygote holds. ``cpu``: seconds. ``descriptors``: highest
    number plus one."""

    memory: int = 1 << 30
    cpu: int = 60
    descriptors: int = 32


def address_space() -> int:
    """Bytes mapped by the calling process. To be asked by the zygote: a forked job may not read its own /proc
    entry."""
    return int(Path("/proc/self/statm").read_bytes().split()[0]) * resource.getpagesize()


def tighten_job(
    limits: JobLimits, *, parent: int | None = None, held: int = ASSUMED_HELD, preparing: bool = False
) -> None:
    """In the child, right after the fork, before a byte of the document is looked at.

    ``parent``: the zygote's pid, taken before the fork; ``held``: its ``address_space()``. Nothing can be written,
    no process nor thread made, no socket opened; the job dies with the zygote. ``preparing``: threads may still
    begin until ``seal_job``, which must come before the document. Raises OSError when the kernel refuses the
    filter (then the job must not run, unless the house was accepted unconfined: ``Birth.accepted_unconfined``).
    """
    kernel.die_with_parent(os.getppid() if parent is None else parent)
    for what, value in (
        (resource.RLIMIT_AS, held + limits.memory),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, limits.descriptors),
    ):
        _lower(what, value, value)
    _lower(resource.RLIMIT_CPU, limits.cpu, limits.cpu + 1)
    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
    if preparing:
        seccomp.install(policies.preparing(os.getpid()))
    else:
        seal_job()


def seal_job() -> None:
    """No thread begins any more, in any thread that has begun; for good. Raises as ``tighten_job``."""
    _lower(resource.RLIMIT_NPROC, 0, 0)
    seccomp.install(policies.job(os.getpid()))


def _lower(what: int, soft: int, hard: int) -> None:
    _, ceiling = resource.getrlimit(what)
    if ceiling != resource.RLIM_INFINITY:
        soft, hard = min(soft, ceiling), min(hard, ceiling)
    resource.setrlimit(what, (soft, hard))
