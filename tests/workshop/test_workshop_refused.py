"""A noisy reader in a real job: its attempts reach the page of the workshop, and no other job's."""

import os
import socket
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from demeure.confinement import Board, JobLimits, hook, tighten_job
from demeure.testing.workshop import LoneDoors, LoneWorkshop
from demeure.wire import blocking as plain
from demeure.wire.frame import Frame
from demeure.workshop.zygote import SharedBoard, Zygote

sys.path.insert(0, str(Path(__file__).parents[1] / "supervisor" / "fake_roles"))
import noisy_library


def noisy(sock: socket.socket, board: SharedBoard, held: int) -> None:
    call = plain.receive_call(sock, 1 << 20)
    assert call
    board.announce(call[0].id, 10.0, 1024)
    board.begin(time.monotonic() + 10)
    answers = noisy_library.phone_home(int(call[0].fields["args"]["times"]))
    plain.send(sock, Frame(call[0].id, "end", {"data": {"answers": answers}}))


class Handed:
    hand = LoneWorkshop.hand

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel


@pytest.mark.parametrize("jobs", [1, 3])
def test_the_attempts_of_jobs_are_counted_by_the_workshop(jobs: int) -> None:
    counted = Board()
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    pid = os.fork()
    if pid == 0:
        with suppress(BaseException):
            ours.close()
            hook.install(counted, listens=False, module=__name__)
            parent = os.getpid()

            def tighten() -> None:
                tighten_job(JobLimits(), parent=parent)

            Zygote(LoneDoors(theirs.detach()), noisy, tighten, jobs=2).run()
        os._exit(0)
    theirs.close()
    assert ours.recv(99) == b'{"ready": true}'
    connections = [Handed(ours).hand("gateway") for _ in range(jobs)]  # type: ignore[misc]
    for connection in connections:
        plain.send(connection, Frame(1, "call", {"op": "noise", "args": {"times": 10}, "more": False}))
    for connection in connections:
        frame = plain.receive(connection)
        assert frame is not None and "done" not in str(frame.fields)
        connection.close()
    deadline = time.monotonic() + 10
    while sum(row.count for row in counted.read() if row.kind == "name") < 10 * jobs:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    rows = {(row.library, row.kind): row.count for row in counted.read()}
    assert rows == {("noisy_library", kind): 10 * jobs for kind in ("name", "socket", "program")}
    ours.close()
    assert os.waitpid(pid, 0)[1] == 0
