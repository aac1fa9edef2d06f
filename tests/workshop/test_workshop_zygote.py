"""The zygote itself: one fork a job, limits enforced, crashes contained, people first."""

import asyncio
import os
import signal
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from demeure.errors import DemeureError, InputError
from demeure.testing.workshop import LoneDoors, LoneWorkshop
from demeure.wire import OperationUnknown
from demeure.wire import blocking as plain
from demeure.wire.frame import Frame, encode
from demeure.workshop import HandedWorkshop, JobDied, JobTooBig, JobTooLong, Part, ReadLimits, WorkshopBusy
from demeure.workshop.zygote import WAITING, SharedBoard, Zygote

USUAL = ReadLimits()
Serve = Callable[[socket.socket, SharedBoard, int], None]


def _runs(pid: int) -> bool:
    """Whether ``pid`` is a process that has not ended; one that nobody has reaped yet has ended."""
    with suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


class Scripted:
    """A zygote in a forked child of this test, its jobs doing what the test says."""

    def __init__(self, serve: Serve, jobs: int = 2) -> None:
        self._channel, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.pid = os.fork()
        if self.pid == 0:
            status = 1
            with suppress(BaseException):
                self._channel.close()
                Zygote(LoneDoors(other.detach()), serve, lambda: None, jobs=jobs).run()
                status = 0
            os._exit(status)
        other.close()
        assert self._channel.recv(99) == b'{"ready": true}'

    def __enter__(self) -> "Scripted":
        return self

    def __exit__(self, *_: object) -> None:
        jobs = self.children()
        self._channel.close()
        _, status = os.waitpid(self.pid, 0)
        assert status == 0
        assert not [job for job in jobs if _runs(job)]

    hand = LoneWorkshop.hand

    def read(self, limits: ReadLimits = USUAL, role: str = "gateway") -> list[object]:
        async def connect() -> socket.socket:
            return self.hand(role)  # type: ignore[misc]

        async def stream() -> AsyncIterator[bytes]:
            yield b"Bonjour"

        async def go() -> list[object]:
            return [answer async for answer in HandedWorkshop(connect).read(stream(), name="a.txt", limits=limits)]

        return asyncio.run(go())

    def children(self) -> list[int]:
        listed = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        return [int(pid) for pid in listed]


def received(sock: socket.socket, board: SharedBoard, seconds: float = 5.0, memory_mb: int = 1024) -> None:
    """The beginning of an ordinary job."""
    call = plain.receive_call(sock, 1 << 20)
    assert call
    board.announce(call[0].id, seconds, memory_mb)
    board.begin(time.monotonic() + seconds)


def crashes(sock: socket.socket, board: SharedBoard, held: int) -> None:
    received(sock, board)
    os.kill(os.getpid(), signal.SIGSEGV)


def crashes_in_a_frame(sock: socket.socket, board: SharedBoard, held: int) -> None:
    received(sock, board)
    board.writing(True)
    sock.sendall(encode(Frame(1, "item", {"data": {"text": "x" * 999}}))[:500])
    os.kill(os.getpid(), signal.SIGKILL)


def hangs(sock: socket.socket, board: SharedBoard, held: int) -> None:
    received(sock, board, seconds=0.3)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    while True:
        time.sleep(9)


def swells(sock: socket.socket, board: SharedBoard, held: int) -> None:
    received(sock, board, memory_mb=32)
    swollen = b"x" * (48 << 20)
    os.kill(os.getpid(), signal.SIGABRT if swollen else signal.SIGTERM)


def leaves(sock: socket.socket, board: SharedBoard, held: int) -> None:
    received(sock, board)


def lies_on_its_board(sock: socket.socket, board: SharedBoard, held: int) -> None:
    received(sock, board)
    board.announce((1 << 64) - 1, float("nan"), (1 << 32) - 1)
    board.begin(float("inf"))
    os.kill(os.getpid(), signal.SIGILL)


@pytest.mark.parametrize(
    ("serve", "error", "said"),
    [
        (crashes, JobDied, "signal 11"),
        (crashes_in_a_frame, JobDied, "connexion"),
        (hangs, JobTooLong, "0 secondes"),
        (swells, JobTooBig, "32 Mo"),
        (leaves, JobDied, "connexion"),
    ],
)
def test_a_job_that_fails_is_named_and_the_next_one_runs(
    serve: Serve, error: type[DemeureError], said: str
) -> None:
    with Scripted(serve) as zygote:
        for _ in range(2):
            started = time.monotonic()
            with pytest.raises(error) as caught:
                zygote.read()
            assert said in caught.value.sentence()
            assert time.monotonic() - started < 4
        assert not zygote.children()


def test_nonsense_on_the_board_harms_only_its_own_exchange() -> None:
    with Scripted(lies_on_its_board) as zygote:
        with pytest.raises(DemeureError):
            zygote.read()
        assert not zygote.children()


def waits_for_a_word(sock: socket.socket, board: SharedBoard, held: int) -> None:
    sock.sendall(b"here")
    sock.recv(1)


def test_people_come_before_the_worker_and_jobs_are_bounded() -> None:
    with Scripted(waits_for_a_word, jobs=2) as zygote:
        first, second = zygote.hand("worker"), zygote.hand("worker")  # type: ignore[misc]
        assert first.recv(4) == b"here"
        person = zygote.hand("gateway")  # type: ignore[misc]
        assert person.recv(4) == b"here", "the worker leaves one place free"
        assert len(zygote.children()) == 2
        second.settimeout(0.3)
        with pytest.raises(TimeoutError):
            second.recv(4)
        first.sendall(b".")
        second.settimeout(5)
        assert second.recv(4) == b"here"
        nice = [os.getpriority(os.PRIO_PROCESS, pid) for pid in zygote.children()]
        assert max(nice) - min(nice) == min(10, 19 - min(nice))
        for sock in (first, second, person):
            sock.close()


def test_too_many_waiting_is_said_at_once() -> None:
    with Scripted(waits_for_a_word, jobs=1) as zygote:
        held = [zygote.hand() for _ in range(WAITING + 1)]  # type: ignore[misc]
        held[0].recv(4)
        time.sleep(0.1)
        with pytest.raises(WorkshopBusy):
            zygote.read()
        for sock in held:
            sock.close()


def test_a_job_sees_no_descriptor_but_its_own() -> None:
    def lists(sock: socket.socket, board: SharedBoard, held: int) -> None:
        here = [fd for fd in range(3, 4096) if Path(f"/proc/self/fd/{fd}").exists()]
        sock.sendall(str(here == [sock.fileno()]).encode())

    with Scripted(lists) as zygote:
        sock = zygote.hand()  # type: ignore[misc]
        assert sock.recv(999) == b"True"
        sock.close()


def test_the_end_of_the_supervisor_ends_the_jobs() -> None:
    with Scripted(waits_for_a_word) as zygote:
        sock = zygote.hand()  # type: ignore[misc]
        sock.recv(4)
        (child,) = zygote.children()
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)
    assert sock.recv(4) == b""
    sock.close()


@pytest.fixture(scope="module")
def shop() -> Iterator[LoneWorkshop]:
    with LoneWorkshop(tight=True) as workshop:
        yield workshop


def refusal(shop: LoneWorkshop, op: str, args: object) -> Frame:
    with shop.hand() as sock:
        *_, last = plain.ask(sock, op, args, b"x")  # type: ignore[arg-type]
    return last


@pytest.mark.parametrize(
    ("op", "args", "code"),
    [
        ("paint", {}, OperationUnknown),
        ("read", {"limits": {"pages": 10**9}}, InputError),
        ("read", {"limits": {"wishes": 3}}, InputError),
        ("read", {"limits": {"seconds": True}}, InputError),
        ("read", {"limits": {"seconds": -1}}, InputError),
        ("read", {"name": 7}, InputError),
        ("read", [], InputError),
    ],
)
def test_calls_that_are_not_valid_are_refused(shop: LoneWorkshop, op: str, args: object, code: type) -> None:
    last = refusal(shop, op, args)
    assert (last.kind, last.fields["code"]) == ("error", code.__name__)


def test_garbage_costs_a_job_and_nothing_else(shop: LoneWorkshop) -> None:
    with shop.hand() as sock:
        sock.sendall(b"\xff" * 64)
        with suppress(ConnectionResetError):
            assert sock.recv(99) == b""

    async def stream() -> AsyncIterator[bytes]:
        yield b"Bonjour tout le monde."

    async def go() -> list[object]:
        return [answer async for answer in shop.asker().read(stream(), name="a.txt")]

    assert isinstance(asyncio.run(go())[0], Part)
