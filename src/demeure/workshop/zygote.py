"""The workshop role: imports the readers, never calls them, and forks one job for each connection it is handed.

A library that has been used may hold threads and locks that a fork would break; one that is only imported does not
(checked at birth: one thread). A job that crashes, hangs or swells costs its asker a named error, and nothing else.
"""

import gc
import importlib
import math
import mmap
import os
import selectors
import signal
import socket
import struct
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from demeure.confinement import Board, hook
from demeure.errors import DemeureError
from demeure.logs import note
from demeure.supervisor.birth import Birth
from demeure.wire.frame import Frame, encode
from demeure.workshop.errors import JobDied, JobTooBig, JobTooLong, WorkshopBusy

JOBS = 3
"""Jobs at the same time; the worker may use all but two of them, so that a person never waits behind an
ingestion, nor behind a recording that is being heard."""

WAITING = 64
RECEIVE_SECONDS = 120.0
"""A job whose file has not arrived by then is killed: its asker is gone or stuck."""

LONGEST_SECONDS = 900.0
"""Nothing a job writes on its board keeps it alive longer."""

_TICK = 0.2
_PATIENT = 10
_SWOLLEN, _REFUSED = 0.7, 0.3
"""Share of its memory that a job held when it died of asking for more. A library that ends by itself (abort, trap)
was refused at once the double of what it held."""

_OWN_END = (signal.SIGABRT, signal.SIGTRAP, signal.SIGILL)


class Doors(Protocol):
    """The role's channel to the supervisor (supervisor/doors.py)."""

    def receive(self) -> tuple[str, socket.socket] | None:
        """(role that connected, its socket), or None when the supervisor is gone."""
        ...

    def ready(self) -> None: ...

    def fileno(self) -> int: ...


Serve = Callable[[socket.socket, "SharedBoard", int], None]
Tighten = Callable[[], None]


class ThreadsBeforeFork(DemeureError):
    """The workshop found {threads} threads where one is allowed: a library starts threads when it is imported."""

    fr = "L’atelier a trouvé {threads} fils d’exécution au lieu d’un : une bibliothèque en crée dès son import."


class SharedBoard:
    """One page of memory shared between the zygote and one job. The job may write nonsense: the zygote believes
    nothing it would be harmed by."""

    _LAYOUT = struct.Struct("<?xxxxxxxQdId")

    def __init__(self) -> None:
        self._page = mmap.mmap(-1, mmap.PAGESIZE)
        self._torn, self._call, self._seconds, self._memory, self._deadline = False, 0, 0.0, 0, 0.0
        self._store()

    def announce(self, call: int, seconds: float, memory_mb: int) -> None:
        self._call, self._seconds, self._memory = call, seconds, memory_mb
        self._store()

    def begin(self, deadline: float) -> None:
        self._deadline = deadline
        self._store()

    def writing(self, now: bool) -> None:
        self._page[0] = int(now)
        self._torn = now

    def read(self) -> tuple[bool, int, float, int, float]:
        """(a frame may be half sent, call, seconds, memory_mb, deadline or 0)."""
        torn, call, seconds, memory, deadline = self._LAYOUT.unpack_from(self._page)
        finite = deadline if math.isfinite(deadline) else 0.0
        return bool(torn), call, seconds if math.isfinite(seconds) else 0.0, memory, finite

    def keep_from_children(self) -> None:
        """Jobs forked from now on do not have this page."""
        self._page.madvise(mmap.MADV_DONTFORK)

    def close(self) -> None:
        self._page.close()

    def _store(self) -> None:
        self._LAYOUT.pack_into(self._page, 0, self._torn, self._call, self._seconds, self._memory, self._deadline)


@dataclass
class Job:
    """A living child. ``refused``: what it counts itself; ``late``: killed by the zygote for its time."""

    pid: int
    role: str
    sock: socket.socket
    board: SharedBoard
    refused: Board
    started: float
    late: bool = False

    def deadline(self) -> float:
        asked = self.board.read()[4]
        return min(asked or self.started + RECEIVE_SECONDS, self.started + LONGEST_SECONDS)


class Zygote:
    """``serve`` runs in the child, once; ``tighten`` closes the job's own box there first; ``held``: bytes of
    address space of the zygote."""

    def __init__(self, doors: Doors, serve: Serve, tighten: Tighten, *, held: int = 0, jobs: int = JOBS) -> None:
        self._doors, self._serve, self._tighten, self._held, self._most = doors, serve, tighten, held, max(jobs, 1)
        self._jobs: dict[int, Job] = {}
        self._waiting: deque[tuple[str, socket.socket]] = deque()

    def run(self) -> None:
        """Until the supervisor leaves; then every job is ended."""
        alarm, bell = socket.socketpair()
        for end in (alarm, bell):
            end.setblocking(False)
        previous = signal.set_wakeup_fd(bell.fileno(), warn_on_full_buffer=False)
        handler = signal.signal(signal.SIGCHLD, lambda *_: None)
        try:
            with selectors.DefaultSelector() as selector:
                selector.register(self._doors, selectors.EVENT_READ, "doors")
                selector.register(alarm, selectors.EVENT_READ, "alarm")
                self._doors.ready()
                while self._turn(selector, alarm):
                    pass
        finally:
            signal.set_wakeup_fd(previous)
            signal.signal(signal.SIGCHLD, handler)
            self._end_all()
            alarm.close()
            bell.close()

    def _turn(self, selector: selectors.BaseSelector, alarm: socket.socket) -> bool:
        for key, _ in selector.select(_TICK if self._jobs else None):
            if key.data == "alarm":
                with suppress(BlockingIOError):
                    alarm.recv(4096)
                continue
            handed = self._doors.receive()
            if handed is None:
                return False
            self._queue(*handed)
        self._reap()
        self._kill_late()
        self._start_waiting()
        return True

    def _queue(self, role: str, sock: socket.socket) -> None:
        if len(self._waiting) < WAITING:
            self._waiting.append((role, sock))
            return
        with sock:
            _say(sock, 1, WorkshopBusy())

    def _start_waiting(self) -> None:
        while len(self._jobs) < self._most and self._waiting:
            at = self._next()
            if at is None:
                return
            role, sock = self._waiting[at]
            del self._waiting[at]
            self._start(role, sock)

    def _next(self) -> int | None:
        """People before the worker; the worker leaves two places free when there are several."""
        for at, (role, _) in enumerate(self._waiting):
            if role != "worker":
                return at
        busy = sum(job.role == "worker" for job in self._jobs.values())
        return 0 if busy < max(self._most - 2, 1) else None

    def _start(self, role: str, sock: socket.socket) -> None:
        board, refused = SharedBoard(), Board()
        try:
            pid = os.fork()
        except OSError as problem:
            note("workshop", f"fork: {problem.strerror}")
            with sock:
                _say(sock, 1, JobDied(detail="fork"))
            board.close()
            refused.close()
            return
        if pid == 0:
            hook.redirect(refused)
            self._child(role, sock, board)
        for page in (board, refused):
            page.keep_from_children()
        self._jobs[pid] = Job(pid, role, sock, board, refused, time.monotonic())

    def _child(self, role: str, sock: socket.socket, board: SharedBoard) -> None:
        """Never returns."""
        status = 1
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            keep = sock.fileno()
            os.closerange(3, keep)
            os.closerange(keep + 1, max(4096, keep + 1))
            if role == "worker":
                with suppress(OSError):
                    os.nice(_PATIENT)
            self._tighten()
            self._serve(sock, board, self._held)
            status = 0
        except OSError:
            pass  # the asker left, or the kernel refused the box: no answer is the answer
        finally:
            os._exit(status)

    def _reap(self) -> None:
        while self._jobs:
            try:
                pid, status, usage = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            job = self._jobs.pop(pid, None)
            if job is not None:
                self._close(job, status, usage.ru_maxrss << 10)

    def _close(self, job: Job, status: int, resident: int) -> None:
        """Ends the exchange of a dead job: when it left without an end, its asker is told why."""
        torn, call, seconds, memory, _ = job.board.read()
        signalled = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
        with job.sock:
            if signalled and not torn:
                _say(job.sock, call or 1, _cause(job, signalled, seconds, memory, resident))
        for row in job.refused.read():
            hook.count(row.kind, row.library, row.first, row.count)
        job.board.close()
        job.refused.close()
        if signalled:
            note("workshop", f"job {job.pid} ended by signal {signalled}{' (late)' if job.late else ''}")

    def _kill_late(self) -> None:
        now = time.monotonic()
        for job in self._jobs.values():
            if not job.late and now > job.deadline():
                job.late = True
                with suppress(ProcessLookupError):
                    os.kill(job.pid, signal.SIGKILL)

    def _end_all(self) -> None:
        for _, sock in self._waiting:
            sock.close()
        for job in self._jobs.values():
            with suppress(ProcessLookupError):
                os.kill(job.pid, signal.SIGKILL)
        for job in self._jobs.values():
            with suppress(ChildProcessError):
                os.waitpid(job.pid, 0)
            job.sock.close()
            job.board.close()
            job.refused.close()
        self._jobs.clear()
        self._waiting.clear()


def main(birth: Birth) -> None:
    """The role. The box is already closed; libraries are imported here, inside it."""
    from demeure.supervisor.doors import BlockingDoors
    from demeure.workshop import jobs

    import_everything()
    held, tighten, seal = tightening(birth)
    refuse_threads()
    gc.collect()
    gc.freeze()  # what is shared stays shared: a collection in a child would touch, and copy, every page
    models = birth.instance / "models"
    serve = partial(jobs.serve, data=models / "ocr", speech=models / "speech", seal=seal)
    Zygote(BlockingDoors(birth), serve, tighten, held=held, jobs=int(birth.spec.get("jobs", JOBS))).run()


def tightening(birth: Birth) -> tuple[int, Tighten, Tighten]:
    """Bytes of address space of the calling zygote, what closes the box of each of its jobs, and what takes threads
    away too, before the document."""
    from demeure.confinement import JobLimits, address_space, seal_job, tighten_job
    from demeure.workshop import jobs

    parent, held = os.getpid(), address_space()
    ceiling = JobLimits(memory=jobs.CEILING.memory_mb << 20, cpu=int(LONGEST_SECONDS))

    def tighten() -> None:
        try:
            tighten_job(ceiling, parent=parent, held=held, preparing=True)
        except OSError:
            if not birth.accepted_unconfined:
                raise

    def seal() -> None:
        try:
            seal_job()
        except OSError:
            if not birth.accepted_unconfined:
                raise

    return held, tighten, seal


def import_everything() -> None:
    """Codecs and tables that the readers would load at first use: loaded once here, shared by every job."""
    import codecs
    import unicodedata

    from demeure import personal
    from demeure.workshop.sniff import ENCODINGS

    for encoding in ("utf-8-sig", "raw-unicode-escape", *sorted(ENCODINGS)):
        codecs.lookup(encoding)
    for module in ("email.parser", "email.feedparser", "email.header", "email.generator"):
        importlib.import_module(module)  # loaded at the first message otherwise
    unicodedata.category("a")
    personal.prepare()


def refuse_threads() -> None:
    """Raises ThreadsBeforeFork when this process has more than one thread."""
    threads = len(list(Path("/proc/self/task").iterdir()))
    if threads != 1:
        raise ThreadsBeforeFork(threads=threads)


def _cause(job: Job, signalled: int, seconds: float, memory: int, resident: int) -> DemeureError:
    if job.late or signalled == signal.SIGXCPU:
        return JobTooLong(seconds=round(seconds or RECEIVE_SECONDS))
    share = _REFUSED if signalled in _OWN_END else _SWOLLEN
    if memory and resident > share * (memory << 20):
        return JobTooBig(memory_mb=memory)
    return JobDied(detail=f"signal {signalled}")


def _say(sock: socket.socket, call: int, problem: DemeureError) -> None:
    """One error frame, never waiting: an asker that does not read loses it."""
    params: dict[str, Any] = dict(problem.params)
    with suppress(OSError):
        sock.send(encode(Frame(call, "error", {"code": problem.code(), "params": params})), socket.MSG_DONTWAIT)
