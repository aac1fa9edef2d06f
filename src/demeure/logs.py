"""Technical logs: one line on standard error, never content, never a name of a person.

A person at a terminal reads ``[role] sentence``. Where a keeper listens (``supervisor.log_keeper``) a line is
one JSON object instead: ``at``, ``role``, ``pid``, ``level``, ``said`` or ``event`` with its numbers, and
``id``, the same from the page that was asked to the engine that answered. Facts are numbers, switches and words
of the program.
"""

import json
import os
import re
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from uuid import uuid4

from demeure.clock import SystemClock, iso

INFO, WARNING, ERROR = "info", "warning", "error"
LEVELS = (INFO, WARNING, ERROR)
LINE = 3000
"""Bytes of a line, at most: below what a pipe takes whole, so that lines of several processes never mix."""
_ID = re.compile(r"[0-9a-f]{16}")
_WORD = re.compile(r"[A-Za-z0-9{}/_.:, <>=-]{0,160}")
_CURRENT: ContextVar[str] = ContextVar("demeure-trace", default="")
_structured = False


def structure() -> None:
    """From now on, in this process and those that it forks, a line is a JSON object: a keeper listens."""
    global _structured  # noqa: PLW0603 - one switch of the process, set before anything is born
    _structured = True


def trace() -> str:
    """The id of what is being done; empty outside a request."""
    return _CURRENT.get()


def well_formed(given: object) -> str:
    """``given`` when it may be such an id; empty otherwise."""
    return given if isinstance(given, str) and _ID.fullmatch(given) else ""


@contextmanager
def tracing(given: str = "") -> Iterator[str]:
    """What is logged in this block bears one id: ``given``, or a new one."""
    chosen = well_formed(given) or uuid4().hex[:16]
    token = _CURRENT.set(chosen)
    try:
        yield chosen
    finally:
        with suppress(ValueError):  # a generator may be closed from another context
            _CURRENT.reset(token)


def note(role: str, sentence: str, level: str = WARNING) -> None:
    """One line for the technician."""
    if _structured:
        _write({"role": role, "level": level, "said": sentence})
        return
    _print(f"[{role}] {sentence}\n")


def event(role: str, name: str, level: str = INFO, **facts: float | str | bool | None) -> None:
    """Something that happened, with its numbers; only where a keeper listens. A text that is not made of a
    program's own words is left out."""
    if _structured:
        told = {key: one for key, one in facts.items() if not isinstance(one, str) or _WORD.fullmatch(one)}
        _write({"role": role, "level": level, "event": name, **told})


def surprise(where: str, problem: BaseException) -> None:
    """An unexpected exception: its type and places only, since messages may quote contents."""
    frames = traceback.extract_tb(problem.__traceback__)[-4:]
    places = " < ".join(f"{f.name}:{f.lineno}" for f in reversed(frames))
    id_ = f" [{trace()}]" if trace() and not _structured else ""
    note(where, f"{type(problem).__name__} at {places}{id_}", ERROR)


def _write(told: dict[str, object]) -> None:
    row = {"at": iso(SystemClock().now()), "pid": os.getpid(), **({"id": trace()} if trace() else {}), **told}
    line = json.dumps(row, ensure_ascii=True, separators=(",", ":"))
    if len(line) > LINE and isinstance(told.get("said"), str):
        cut = str(told["said"])[: LINE // 6]  # each character is six at most, once escaped
        line = json.dumps({**row, "said": cut + "…"}, ensure_ascii=True, separators=(",", ":"))
    if len(line) <= LINE:
        _print(line + "\n")


def _print(line: str) -> None:
    """One write. What nobody takes (a keeper that is gone, or behind) is dropped: logs stop no work."""
    with suppress(OSError, ValueError):
        sys.stderr.write(line)
        sys.stderr.flush()
