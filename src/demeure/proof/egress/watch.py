"""Run a command under strace and read what it says as it comes. The command keeps its input, output and signals."""

import contextlib
import os
import shutil
import signal
import stat
import tempfile
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from demeure.proof.egress.errors import (
    CommandAbsent,
    CommandNotExecutable,
    CommandPrivileged,
    StraceMissing,
    StraceRefused,
)
from demeure.proof.egress.lines import Lines
from demeure.proof.egress.places import Place
from demeure.proof.egress.report import Process, Report

CALLS = (
    "connect,sendto,sendmsg,sendmmsg,recvfrom,recvmsg,recvmmsg,socket,bind,listen,?io_uring_setup,execve,?execveat,"
    "clone,?clone3,?fork,?vfork"
)
MORE_CALLS = ",read,write,writev"
_PASSED = (signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2)
_FROM_TERMINAL = 0x80  # SI_KERNEL: the terminal sent it to the whole group, the command has it already
_LOOK_SECONDS = 0.2
Alone = Callable[[], None]
"""Called once the command ended while processes that it left go on."""


@dataclass(frozen=True)
class Watched:
    """``report`` and the status of the command as a shell tells it: its code, or 128 and its signal."""

    report: Report
    code: int


def resolved(name: str) -> str:
    """The path of the command as a shell would find it. Raises CommandAbsent, CommandNotExecutable,
    CommandPrivileged."""
    path = name if "/" in name else shutil.which(name, mode=os.F_OK)
    if path is None or not Path(path).exists():
        raise CommandAbsent(name=name)
    if "/" not in name:
        path = shutil.which(name) or path
    facts = Path(path).stat()
    if not stat.S_ISREG(facts.st_mode) or not os.access(path, os.X_OK):
        raise CommandNotExecutable(path=path)
    if os.geteuid() != 0 and _gains(path, facts):
        raise CommandPrivileged(path=path)
    return path


def _gains(path: str, facts: os.stat_result) -> bool:
    if facts.st_mode & stat.S_ISUID and facts.st_uid != os.geteuid():
        return True
    if facts.st_mode & stat.S_ISGID and facts.st_mode & stat.S_IXGRP and facts.st_gid not in os.getgroups():
        return True
    with contextlib.suppress(OSError):
        return bool(os.getxattr(path, "security.capability"))
    return False


def watch(
    command: Sequence[str],
    *,
    thorough: bool = False,
    first: Callable[[Process, Place], None] = lambda _who, _where: None,
    alone: Alone = lambda: None,
) -> Watched:
    """Until the command and everything it started are over; once the command itself is, Ctrl-C or SIGTERM ends the
    watch and leaves the others. ``thorough``: reads and writes are looked at too, which is slow. Raises the errors
    of ``resolved``, StraceMissing, StraceRefused."""
    resolved(command[0])
    tool = shutil.which("strace")
    if tool is None:
        raise StraceMissing
    report = Report(first)
    with tempfile.TemporaryDirectory(prefix="demeure-egress-") as folder:
        pipe = Path(folder) / "calls"
        os.mkfifo(pipe, 0o600)
        traced = f"trace={CALLS}{MORE_CALLS if thorough else ''}"
        options = ["-f", "-q", "-yy", "-s", "1024", "-o", str(pipe), "-e", traced]
        code = _Run(report, pipe, alone).go([tool, *options, "--", *command])
    if report.command is None:
        raise StraceRefused(detail=f"strace {code}")
    return Watched(report, code)


class _Run:
    """One life of strace. The main thread waits for signals, another one reads."""

    def __init__(self, report: Report, pipe: Path, alone: Alone) -> None:
        self._report, self._pipe, self._alone = report, pipe, alone
        self._told = False

    def go(self, argv: list[str]) -> int:
        """The command's status."""
        waited = {*_PASSED, signal.SIGCHLD}
        former = signal.pthread_sigmask(signal.SIG_BLOCK, waited)
        reader = threading.Thread(target=self._read, name="egress")
        try:
            reader.start()
            ours = (signal.SIGPIPE, signal.SIGXFSZ)  # Python ignores them; the command must not
            pid = os.posix_spawn(argv[0], argv, os.environ, setsigmask=former, setsigdef=ours)
            status = self._wait(pid, waited)
        finally:
            with contextlib.suppress(OSError):  # a strace that never opened the pipe leaves its reader waiting
                os.close(os.open(self._pipe, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC))
            reader.join()
            signal.pthread_sigmask(signal.SIG_SETMASK, former)
        ended = self._report.ended
        if ended is not None:
            return 128 + signal.Signals[ended.signal] if ended.signal else ended.code
        return status if status >= 0 else 128 - status

    def _read(self) -> None:
        lines = Lines()
        with self._pipe.open(encoding="utf-8", errors="replace", newline="\n") as file:
            for line in file:
                seen = lines.read(line.removesuffix("\n"))
                if seen is not None:
                    self._report.see(seen)

    def _wait(self, pid: int, waited: set[signal.Signals]) -> int:
        while True:
            info = signal.sigtimedwait(waited, _LOOK_SECONDS)
            done, status = os.waitpid(pid, os.WNOHANG)
            if done:
                return os.waitstatus_to_exitcode(status)
            if self._report.ended is not None and not self._told:
                self._told = True
                self._alone()
            if info is not None and info.si_signo != signal.SIGCHLD:
                self._pass_on(pid, info)

    def _pass_on(self, pid: int, info: signal.struct_siginfo) -> None:
        """To the command. Once it ended, whoever asks for an end means the watch."""
        command = self._report.command
        if self._report.ended is not None:
            os.kill(pid, signal.SIGKILL)  # what it traced goes on, untraced
        elif command is not None and info.si_code != _FROM_TERMINAL:
            with contextlib.suppress(ProcessLookupError):
                os.kill(command, info.si_signo)
