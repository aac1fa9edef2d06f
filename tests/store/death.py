"""Die at a chosen point: a forked child counts its calls to the system and kills itself at the n-th one."""

import os
import signal
from collections.abc import Callable, Iterator
from typing import Any

import sqlalchemy as sa

POINTS = ("open", "write", "pwrite", "fsync", "rename", "unlink", "mkdir", "rmdir")


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class _Countdown:
    def __init__(self, point: int) -> None:
        self.left = point

    def step(self) -> bool:
        self.left -= 1
        return self.left == 0


def _arm(point: int) -> None:
    """Patch the calls the store makes; a write dies half-way, everything else dies just before."""
    countdown = _Countdown(point)

    def guard(call: Callable[..., Any], half: bool) -> Callable[..., Any]:
        def guarded(*args: Any, **named: Any) -> Any:
            if countdown.step():
                if half and len(args[1]) > 1:
                    call(args[0], bytes(args[1])[: len(args[1]) // 2], *args[2:])
                _die()
            return call(*args, **named)

        return guarded

    for name in POINTS:
        setattr(os, name, guard(getattr(os, name), half=name in ("write", "pwrite")))

    @sa.event.listens_for(sa.Engine, "before_cursor_execute")
    def _statement(*_args: Any) -> None:
        if countdown.step():
            _die()

    @sa.event.listens_for(sa.Engine, "commit")
    def _commit(_connection: sa.Connection) -> None:
        if countdown.step():
            _die()


def dies_at(point: int, work: Callable[[], object]) -> bool:
    """Run ``work`` in a child that dies at its ``point``-th call; False when it finished before."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            _arm(point)
            work()
            status = 0
        finally:
            os._exit(status)
    _pid, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return True
    assert os.WEXITSTATUS(status) == 0, "the child failed before it could die"
    return False


def every_point(work: Callable[[], object], prepare: Callable[[], object]) -> Iterator[int]:
    """Yield after a death at the first point, the second … until ``work`` finishes; ``prepare`` before each."""
    point = 1
    while True:
        prepare()
        if not dies_at(point, work):
            assert point > 1, "nothing was ever interrupted"
            return
        yield point
        point += 1
