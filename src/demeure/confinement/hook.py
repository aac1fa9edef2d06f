"""An audit hook in every role: which library asks for the network, a name or a program, all refused by its box.

Python only: what native code asks for leaves no event (the filter refuses it all the same). It never raises, and
stops nothing itself.
"""

import os
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

from demeure.confinement.refused import Board

_UNIX = 1
_DEEP, _LONGEST = 60, 60
_OURS = "demeure"
_NO_FAMILY = -1
_board: Board | None = None
_ours = frozenset({_OURS, "__main__"})
_listens = False
_installed = False


def install(board: Board, *, listens: bool, module: str = _OURS) -> None:
    """In a role, once its box is closed. ``listens``: it may bind a Unix socket (an engine). ``module``: the role's
    own code, which is no library. What the role forks has no access to ``board``, and counts nothing unless it is
    given its own (``redirect``)."""
    global _listens, _ours, _installed  # noqa: PLW0603 - an audit hook is of the whole process, and for good
    _listens, _ours = listens, _ours | {module.partition(".")[0]}
    redirect(board)
    board.keep_from_children()
    if not _installed:
        _installed = True
        sys.addaudithook(_heard)
        os.register_at_fork(after_in_child=lambda: redirect(None))


def redirect(board: Board | None) -> None:
    """In a job, first of all: its own page, since it has not its parent's. None: count nothing."""
    global _board  # noqa: PLW0603 - as above
    _board = board


def count(kind: str, library: str, first: str, number: int) -> None:
    """Add what a job counted to the page of its parent."""
    if _board is not None:
        _board.add(kind, library, first, number)


def _address(given: Any) -> str:
    if isinstance(given, tuple) and len(given) >= 2:
        return f"{given[0]}:{given[1]}"
    return os.fsdecode(given) if isinstance(given, str | bytes) else str(type(given).__name__)


def _unix(sock: Any) -> bool:
    return getattr(sock, "family", None) == _UNIX


def _connect(arguments: Any) -> str | None:
    return _address(arguments[1])


def _send(arguments: Any) -> str | None:
    return None if arguments[1] is None else _address(arguments[1])


def _bind(arguments: Any) -> str | None:
    return None if _listens and _unix(arguments[0]) else _address(arguments[1])


def _name(arguments: Any) -> str | None:
    return str(arguments[0]) if arguments[0] else "localhost"


def _socket(arguments: Any) -> str | None:
    family = int(arguments[1])
    if family in (_UNIX, _NO_FAMILY):
        return None
    frame = sys._getframe(2)
    while frame and frame.f_globals.get("__name__") == __name__:
        frame = frame.f_back  # type: ignore[assignment]
    if frame is not None and frame.f_locals.get("fileno") is not None:
        return None  # a socket that exists already is given an object: ``accept``, ``fromfd``
    return f"family {family}"


def _program(arguments: Any) -> str | None:
    given = arguments[0]
    return os.fsdecode(given) if isinstance(given, str | bytes | os.PathLike) else "?"


_EVENTS: dict[str, tuple[str, Callable[[Any], str | None]]] = {
    "socket.connect": ("connect", _connect),
    "socket.sendto": ("send", _send),
    "socket.sendmsg": ("send", _send),
    "socket.bind": ("bind", _bind),
    "socket.__new__": ("socket", _socket),
    "socket.getaddrinfo": ("name", _name),
    "socket.gethostbyname": ("name", _name),
    "socket.gethostbyaddr": ("name", _name),
    "subprocess.Popen": ("program", _program),
    "os.exec": ("program", _program),
    "os.posix_spawn": ("program", _program),
    "os.spawn": ("program", lambda arguments: _program(arguments[1:])),
    "os.system": ("program", _program),
}


def _heard(event: str, arguments: tuple[Any, ...], events: Any = _EVENTS) -> None:
    """Called for every audit event of the process: what is not ours must leave at once."""
    if event in events:
        _note(events[event], arguments)


def _note(heard: tuple[str, Callable[[Any], str | None]], arguments: tuple[Any, ...]) -> None:
    kind, wanted = heard
    try:
        first = wanted(arguments)
        if first is not None and _board is not None:
            _board.add(kind, library(sys._getframe(2)), first[:_LONGEST])
    except Exception:  # noqa: BLE001, S110 - a count that cannot be made must not change what the code does
        pass


def library(frame: FrameType | None) -> str:
    """The package that our own code, or the interpreter, called: the outermost one that is neither the standard
    library nor ours. Ours when there is none, else the standard library's nearest module."""
    found, nearest = "", ""
    for _ in range(_DEEP):
        if frame is None:
            break
        top = str(frame.f_globals.get("__name__", "?")).partition(".")[0]
        if top in _ours:
            return found or _OURS
        if top not in sys.stdlib_module_names:
            found = top
        nearest = nearest or top
        frame = frame.f_back
    return found or nearest or "?"
