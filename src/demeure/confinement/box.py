"""Close the box around the calling process, layer by layer, and say honestly what was obtained.

Called by a forked child with one thread, before it imports anything of its own.
"""

import errno
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from demeure.confinement import kernel, landlock, namespaces, policies, seccomp
from demeure.confinement.profiles import CAPABILITIES, LANDLOCK, NAMESPACES, SECCOMP, Profile


@dataclass(frozen=True)
class Enforced:
    """What holds now. ``shared``: the namespaces are the supervisor's, not the process's own. ``landlock``: ABI, 0
    without. ``seccomp``: instructions of the filter, 0 without. ``problems``: why something is missing."""

    closed: int = 0
    user: bool = False
    net: bool = False
    ipc: bool = False
    id_map: bool = False
    shared: bool = False
    capabilities: bool = False
    no_new_privs: bool = False
    landlock: int = 0
    seccomp: int = 0
    problems: tuple[str, ...] = field(default=())

    def as_json(self) -> dict[str, Any]:
        """Plain data, for the channel and for status."""
        return asdict(self)

    def missing(self) -> tuple[str, ...]:
        """Layers that do not hold, by name."""
        held = {
            NAMESPACES: self.net and self.user,
            CAPABILITIES: self.capabilities,
            LANDLOCK: bool(self.landlock),
            SECCOMP: bool(self.seccomp) and self.no_new_privs,
        }
        return tuple(name for name, holds in held.items() if not holds)


def ladder(enforced: Enforced) -> str:
    """A: namespaces, Landlock and filter. B: Landlock and filter (user namespaces refused: same probes stopped). C:
    filter and network namespace, files open. D: not enough to keep anything inside."""
    if not (enforced.seccomp and enforced.no_new_privs and enforced.capabilities):
        return "D"
    if enforced.landlock:
        return "A" if enforced.net and enforced.user else "B"
    return "C" if enforced.net else "D"


def box(
    profile: Profile,
    lists: landlock.Lists,
    keep: Iterable[int],
    *,
    outer: Enforced | None = None,
    executes: int | None = None,
    children_execute: bool = False,
) -> Enforced:
    """Close every descriptor but ``keep`` (and 0, 1, 2), then the layers of the profile.

    ``outer``: what already holds around us (the supervisor's box): namespaces are then shared when new ones are
    refused. ``executes``: the descriptor of the one binary this process may become. ``children_execute``: for the
    supervisor.
    """
    closed = kernel.close_others({0, 1, 2, *keep})
    problems: list[str] = []
    spaces = namespaces.enter() if NAMESPACES in profile.layers else namespaces.Namespaces(problems=("not asked",))
    problems += spaces.problems
    shared = outer is not None and outer.net and not spaces.net
    dropped, sealed = _give_up(profile, problems)
    abi = _landlock(profile, lists, problems)
    length = _seccomp(profile, executes, children_execute, problems)
    return Enforced(
        closed=closed,
        user=spaces.user or (outer is not None and outer.user),
        net=spaces.net or shared,
        ipc=spaces.ipc or shared,
        id_map=spaces.id_map or (shared and outer is not None and outer.id_map),
        shared=shared,
        capabilities=dropped,
        no_new_privs=sealed,
        landlock=abi,
        seccomp=length,
        problems=tuple(problems),
    )


def _give_up(profile: Profile, problems: list[str]) -> tuple[bool, bool]:
    """Capabilities and the right to ever gain privileges. Dumpable, so that the house's own user can read our
    facts."""
    if CAPABILITIES not in profile.layers:
        problems.append("capabilities: not asked")
    else:
        try:
            kernel.drop_capabilities()
            kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
            kernel.prctl(kernel.PR_SET_DUMPABLE, 1)
        except OSError as refused:
            problems.append(f"capabilities: {refused.strerror}")
    return kernel.capabilities() == 0, kernel.prctl(kernel.PR_GET_NO_NEW_PRIVS) == 1


def _landlock(profile: Profile, lists: landlock.Lists, problems: list[str]) -> int:
    if LANDLOCK not in profile.layers:
        problems.append("Landlock: not asked")
        return 0
    try:
        version = landlock.restrict(lists)
    except OSError as refused:
        problems.append(f"Landlock: {refused.strerror}")
        return 0
    if not version:
        problems.append("Landlock: absent from this kernel, or refused")
    return version


def _seccomp(profile: Profile, executes: int | None, children_execute: bool, problems: list[str]) -> int:
    if SECCOMP not in profile.layers:
        problems.append("system call filter: not asked")
        return 0
    try:
        return seccomp.install(policy_of(profile, executes, children_execute))
    except (OSError, KeyError) as refused:
        reason = refused.strerror if isinstance(refused, OSError) else os.strerror(errno.ENOTSUP)
        problems.append(f"system call filter: {reason}")
        return 0


def policy_of(profile: Profile, executes: int | None = None, children_execute: bool = False) -> seccomp.Policy:
    """The filter that goes with a profile, for the calling process."""
    if profile.filter == "supervisor":
        return policies.supervisor(children_execute)
    if profile.filter == "engine":
        return policies.engine(os.getpid(), executes)
    if profile.filter == "job":
        return policies.job(os.getpid())
    if profile.filter == "door":
        return policies.door(os.getpid())
    if profile.filter == "clock":
        return policies.clock(os.getpid())
    return policies.role()


def exec_only(descriptor: int, argv: list[str], environment: dict[str, str]) -> None:
    """Become the declared binary, open as ``descriptor`` (``Birth.spec["command_fd"]``). Returns only by raising
    OSError."""
    kernel.execveat(descriptor, argv, environment)
