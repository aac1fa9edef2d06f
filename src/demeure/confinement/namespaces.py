"""Empty network, IPC and user namespaces for the calling process: no interface, no route, no neighbour to attack.

Called while the process has one thread. What could not be had is reported, never hidden: the ladder counts on it.
"""

import os
from dataclasses import dataclass, field

from demeure.confinement import kernel


@dataclass(frozen=True)
class Namespaces:
    """What was obtained. ``problems``: one short English reason per thing refused."""

    user: bool = False
    net: bool = False
    ipc: bool = False
    id_map: bool = False
    problems: tuple[str, ...] = field(default=())


def enter() -> Namespaces:
    """Leave the user, network and IPC namespaces. Without user namespaces a privileged process still leaves the two
    others. The loopback interface stays down: nothing of ours needs it."""
    uid, gid = os.geteuid(), os.getegid()
    try:
        kernel.unshare(kernel.CLONE_NEWUSER | kernel.CLONE_NEWNET | kernel.CLONE_NEWIPC)
    except OSError as refused:
        problem = f"user namespace: {refused.strerror}"
        try:
            kernel.unshare(kernel.CLONE_NEWNET | kernel.CLONE_NEWIPC)
        except OSError as also:
            return Namespaces(problems=(problem, f"network namespace: {also.strerror}"))
        return Namespaces(net=True, ipc=True, problems=(problem,))
    try:
        _identity_map(uid, gid)
    except OSError as refused:  # Ubuntu's AppArmor restriction lands here; cosmetic, we are "nobody" inside
        return Namespaces(True, True, True, False, (f"identity map: {refused.strerror}",))
    return Namespaces(True, True, True, True)


def _identity_map(uid: int, gid: int) -> None:
    """Identity rather than root: an exec then drops every capability by itself."""
    for name, value in (("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1")):
        descriptor = os.open(f"/proc/self/{name}", os.O_WRONLY | os.O_CLOEXEC)
        try:
            os.write(descriptor, value.encode())
        finally:
            os.close(descriptor)
