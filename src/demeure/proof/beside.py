"""What is looked at in a process of its own while the boxes are tried: a browser takes its time, and threads that
the launcher does not allow."""

import contextlib
import json
import os
import signal
from collections.abc import Callable, Iterator
from typing import NoReturn

from demeure.confinement import kernel
from demeure.proof.house_facts import Fact

Look = Callable[[], list[Fact]]
_ENDS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGALRM)


@contextlib.contextmanager
def beside(look: Look) -> Iterator[Look]:
    """Begin ``look`` apart; what is given waits for its facts. Interrupted, it ends in order. Needs one thread."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        _child(look, writing)
    os.close(writing)
    over = False

    def facts() -> list[Fact]:
        nonlocal over
        with os.fdopen(os.dup(reading), "rb") as said:
            told = said.read()
        os.waitpid(pid, 0)
        over = True
        try:
            return [Fact(**row) for row in json.loads(told)]
        except ValueError:
            return look()  # whatever ended it there is told here

    try:
        yield facts
    finally:
        os.close(reading)
        if not over:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
            os.waitpid(pid, 0)


def end_in_order() -> None:
    """Whoever ends this process (Ctrl-C, a service, a terminal that closes) has it remove what it made; asked
    twice, it goes on doing so. Under nohup a terminal may close."""
    for number in _ENDS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _end)


def _end(*_: object) -> None:
    for number in _ENDS:
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def _child(look: Look, writing: int) -> NoReturn:
    try:
        end_in_order()
        kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGTERM)
        told = json.dumps([vars(fact) for fact in look()])
        with os.fdopen(writing, "w") as file:
            file.write(told)
    finally:
        os._exit(0)
