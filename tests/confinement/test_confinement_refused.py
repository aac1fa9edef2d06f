"""The page where a box counts, and the hook that counts: bounded, believed only as far as it does no harm."""

import os
import socket
import subprocess
import sys
import textwrap
import types
from pathlib import Path
from typing import Any

import pytest

from demeure.confinement import Board, Refused, hook, summed
from demeure.confinement.refused import KINDS, MORE, ROWS


def test_rows_are_counted_by_kind_and_library_and_the_first_place_is_kept() -> None:
    board = Board()
    board.add("connect", "requests", "a.invalid:443")
    board.add("connect", "requests", "b.invalid:443", 4)
    board.add("name", "requests", "é" * 200)
    first, second = board.read()
    assert first == Refused("connect", "requests", "a.invalid:443", 5)
    assert (second.kind, second.count, second.first) == ("name", 1, "é" * 48)
    board.close()
    board.add("connect", "requests", "")
    assert board.read() == []


def test_more_libraries_than_rows_share_the_last_one() -> None:
    board = Board()
    for number in range(ROWS + 500):
        board.add("connect", f"library{number}", "x")
    rows = board.read()
    assert len(rows) == ROWS + 1
    assert rows[-1] == Refused(MORE, "", "", 500)


def test_nonsense_written_on_the_page_is_read_as_plain_words() -> None:
    board = Board()
    board._page[:] = os.urandom(len(board._page))
    for row in board.read():
        assert row.kind in KINDS and (row.library + row.first).isprintable() and 0 < row.count < 1 << 53


def test_children_do_not_have_the_page_once_it_is_kept_from_them() -> None:
    board = Board()
    board.add("connect", "mine", "")
    board.keep_from_children()
    pid = os.fork()
    if pid == 0:
        maps = Path("/proc/self/maps").read_text()
        os._exit(0 if "dev/zero" not in maps else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert board.read()[0].count == 1


def test_lives_are_added_up_within_the_same_bound() -> None:
    rows = [Refused("connect", f"l{number}", "x", 1) for number in range(ROWS)]
    both = summed(rows, [Refused("connect", "l0", "later", 2), Refused("name", "new", "x", 7)])
    assert both[0] == Refused("connect", "l0", "x", 3)
    assert both[-1] == Refused(MORE, "", "", 7) and len(both) == ROWS + 1


def frames(*modules: str) -> types.FrameType:
    """The frame of a function of the first module, called by the second, and so on."""
    caught: list[types.FrameType] = []
    call: Any = lambda: caught.append(sys._getframe(1))  # noqa: E731
    for name in modules:
        room: dict[str, Any] = {"__name__": name, "call": call}
        exec("def here(): call()", room)
        call = room["here"]
    call()
    return caught[0]


@pytest.mark.parametrize(
    ("stack", "named"),
    [
        (("socket", "urllib3.connection", "requests.api", "posthog.client", "demeure.worker.role"), "posthog"),
        (("socket", "urllib.request", "demeure.library.x", "requests"), "demeure"),
        (("socket", "http.client", "posthog.thread", "threading"), "posthog"),
    ],
)
def test_the_library_is_the_one_that_our_code_or_the_interpreter_called(
    monkeypatch: pytest.MonkeyPatch, stack: tuple[str, ...], named: str
) -> None:
    monkeypatch.setattr(hook, "_ours", {"demeure", __name__})
    assert hook.library(frames(*stack)) == named


def in_a_process(source: str) -> str:
    """What it prints: an audit hook cannot be taken away again."""
    begin = "from demeure.confinement import Board, hook\nboard = Board()\nhook.install(board, listens=False)\n"
    end = "\nprint(sorted((r.kind, r.first, r.count) for r in board.read()))"
    run = subprocess.run(
        [sys.executable, "-c", begin + textwrap.dedent(source) + end], capture_output=True, text=True, check=True
    )
    return run.stdout.strip()


def test_sockets_that_exist_already_are_no_attempt() -> None:
    source = """
    import socket, asyncio
    a, b = socket.socketpair()
    c = socket.socket(fileno=a.detach())
    listener = socket.create_server
    d = b.dup()
    asyncio.new_event_loop().close()
    """
    assert in_a_process(source) == "[]"


def test_an_accepted_connection_is_no_attempt() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        descriptor = os.dup(listener.fileno())
        os.set_inheritable(descriptor, True)
        source = f"import socket; s = socket.socket(fileno={descriptor}); print(s.accept()[1][0])"
        begin = "from demeure.confinement import Board, hook\nboard = Board()\nhook.install(board, listens=False)\n"
        with subprocess.Popen(
            [sys.executable, "-c", begin + source + "\nprint(board.read())"],
            stdout=subprocess.PIPE, text=True, pass_fds=[descriptor],
        ) as child:  # fmt: skip
            os.close(descriptor)
            with socket.create_connection(listener.getsockname()):
                assert child.stdout is not None and child.stdout.read() == "127.0.0.1\n[]\n"


def test_every_kind_of_attempt_is_heard() -> None:
    source = """
    import os, socket, subprocess
    a, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    for attempt in (
        lambda: a.connect("/nowhere"), lambda: a.sendto(b"x", "/nowhere"), lambda: a.bind("/nowhere/x"),
        lambda: socket.getaddrinfo("name.invalid", 1, flags=socket.AI_NUMERICHOST),
        lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM, 77), lambda: subprocess.run(["/nowhere"]),
        lambda: os.posix_spawn("/nowhere", ["x"], {}), lambda: os.execv("/nowhere", ["x"]),
    ):
        try:
            attempt()
        except OSError:
            pass
    """
    assert in_a_process(source) == (
        "[('bind', '/nowhere/x', 1), ('connect', '/nowhere', 1), ('name', 'name.invalid', 1), "
        "('program', '/nowhere', 3), ('send', '/nowhere', 1), ('socket', 'family 2', 1)]"
    )


def test_a_forked_child_without_a_page_of_its_own_counts_nothing_and_lives() -> None:
    source = """
    import os, socket
    def noise():
        try:
            socket.socketpair()[0].connect("/nowhere")
        except OSError:
            pass
    pid = os.fork()
    if pid == 0:
        noise()
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
    """
    assert in_a_process(source) == "0\n[]"


def test_the_page_is_shared_memory_and_no_descriptor() -> None:
    """In a process of its own: what earlier tests left behind is closed whenever it is collected."""
    source = """
    import mmap, os
    before = os.listdir("/proc/self/fd")
    board = Board()
    print(os.listdir("/proc/self/fd") == before, len(board._page) < 4 * mmap.PAGESIZE)
    """
    assert in_a_process(source) == "True True\n[]"
