"""Births of the jobs that read watched folders (and of the airlock), beside the supervisor: its walls are of before
a folder is declared, and a child's can only be narrower. So the launcher forks them, as it forked the supervisor.

The launcher parses nothing: it hands the folder's id to the child, which finds the path that the owner granted
(grants.py), closes its box on it, and only then looks at its connection.
"""

import contextlib
import importlib
import json
import os
import socket
from typing import Any, NoReturn

import demeure.confinement
from demeure.confinement import Enforced, Profile, box, kernel
from demeure.confinement import facts as kernel_facts
from demeure.confinement.paths import role_lists
from demeure.errors import DemeureError
from demeure.logs import note, surprise
from demeure.supervisor import airlocks
from demeure.supervisor.birth import Birth
from demeure.supervisor.grants import granted
from demeure.supervisor.nursery import check, flush, settle
from demeure.supervisor.plan import Plan
from demeure.wire.blocking import receive, send
from demeure.wire.frame import Frame

WORD = b"read "
_PATIENCE = 5.0
MOST = 16
"""Of them at once: a reader a folder; an airlock, two while one replaces another."""


class Readers:
    """The launcher’s side. ``report``: its end of the channel to the supervisor, by which the newly born says
    who it is."""

    def __init__(self, plan: Plan, report: socket.socket) -> None:
        self.plan, self.report = plan, report
        self._living: dict[int, int] = {}

    def living(self) -> list[Any]:
        """A descriptor for each that lives, readable when it ends; those that ended are buried."""
        for descriptor, pid in list(self._living.items()):
            if os.waitpid(pid, os.WNOHANG)[0]:
                os.close(descriptor)
                del self._living[descriptor]
        return list(self._living)

    def heard(self, word: bytes, handed: list[int]) -> bool:
        """``read ID`` and the reader’s end of a connection: one is born; ``airlock`` and its two connections: that
        is (airlocks.py). False: the word is of something else."""
        if word == airlocks.WORD and len(handed) == 2:
            if len(self._living) < MOST:
                pid = airlocks.born(self.plan, self.report, handed)
                self._living[os.pidfd_open(pid)] = pid
            return _given(handed)
        if not word.startswith(WORD) or len(handed) != 1:
            return False
        if len(self._living) < MOST:
            parent, pid = os.getpid(), os.fork()
            if pid == 0:
                _live(self, word.removeprefix(WORD).decode("ascii", "replace"), handed[0], parent)
            self._living[os.pidfd_open(pid)] = pid
        return _given(handed)

    def close(self) -> None:
        """None is left."""
        for descriptor, pid in self._living.items():
            airlocks.ended(pid)
            os.close(descriptor)
        self._living.clear()


def _given(handed: list[int]) -> bool:
    for descriptor in handed:
        os.close(descriptor)
    return True


def _live(readers: Readers, folder: str, connection: int, parent: int) -> NoReturn:
    profile, code = demeure.confinement.READER, 70
    try:
        settle(profile, parent)
        birth = _boxed(readers, profile, folder, connection)
        kernel.die_with_parent(parent)
        code = int(importlib.import_module(profile.module).main(birth) or 0)
    except DemeureError as problem:
        note(profile.role, f"{problem.code()}: {problem.sentence('en')}")
        _tell(connection, problem)
        code = problem.exit_code
    except BaseException as problem:  # noqa: BLE001 - the last frame of a process
        surprise(profile.role, problem)
    finally:
        flush()
        os._exit(code)


def _boxed(readers: Readers, profile: Profile, folder: str, connection: int) -> Birth:
    """Raises FolderRefused, BoxIncomplete, BoxLeaks."""
    plan, report = readers.plan, readers.report
    os.setsid()
    os.umask(0o077)
    null = os.open("/dev/null", os.O_RDWR)
    os.dup2(null, 0)
    path = granted(plan.instance, folder)
    spec = {"folder": str(path)}
    enforced = box(profile, role_lists(profile, plan.instance, spec), {connection, report.fileno()})
    check(plan, profile, enforced)
    _present(report, folder, enforced)
    return plan.birth(profile.role, connection, spec)


def _present(report: socket.socket, folder: str, enforced: Enforced) -> None:
    """Who was born, to the supervisor: status shows it. Then the channel is closed: it is the launcher's."""
    told = {"folder": folder, "pid": os.getpid(), "started": kernel_facts.start_time(os.getpid())}
    with contextlib.suppress(OSError):
        report.send(json.dumps({**told, "landlock": enforced.landlock}).encode())
    os.close(report.detach())


def _tell(connection: int, problem: DemeureError) -> None:
    """The worker is told why nothing will be read, as the answer to its first call: closed with that one unread,
    the connection would lose the answer."""
    with contextlib.suppress(OSError, DemeureError), socket.socket(fileno=connection) as sock:
        sock.settimeout(_PATIENCE)
        call = receive(sock)
        told = {"code": "FolderUnreachable", "params": {"detail": problem.code()}}
        send(sock, Frame(call.id if call else 1, "error", told))
