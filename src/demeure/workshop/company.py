"""Several small plain texts in one job: what may share one, what it is told, how its answer is checked. Pure.

A job is a process and a box: 30 ms for a note that takes 2 to read. Only formats whose readers are Python alone may
share one (docs/adr/2026-11-26-reading-in-company.md); a document that is not plainly read in company is read again
alone, and only that reading says what is wrong with it.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from demeure.errors import DemeureError, InputError
from demeure.workshop.answers import AnswerInvalid, checked_part, checked_summary
from demeure.workshop.parts import Part, ReadLimits, ReadSummary

FORMATS = ("txt", "md", "csv")
"""Nothing but Python reads them: no parser in C, no picture, nothing inside that is opened in turn."""

FILE_BYTES = 64 << 10
"""Largest file that shares a job: a larger one is worth its own."""

FILES, TOGETHER_BYTES = 64, 1 << 20
"""Most files of one job, and bytes of them all."""

LIMITS = ReadLimits(seconds=120.0, memory_mb=512, characters=2 * TOGETHER_BYTES)
"""Of one job, all its files together: a third of a second of work, by a process that gives way to all others."""

_CHARACTERS = 80_000
"""Of one answer, places and headings counted: 12 bytes each at worst, in a frame whose header holds 1 MiB."""


@dataclass(frozen=True)
class Companion:
    """One file. ``format``: what its name announces, one of FORMATS."""

    name: str
    format: str
    data: bytes


@dataclass(frozen=True)
class Reading:
    """What one file says: its parts in reading order."""

    parts: tuple[Part, ...]
    summary: ReadSummary


@dataclass(frozen=True)
class Announced:
    """A file as the call announces it. ``size``: bytes."""

    name: str
    format: str
    size: int


Frames = Iterator[tuple[str, dict[str, Any]]]
Read = Callable[[bytearray, str, str], Frames]
Choose = Callable[[bytearray, str, str], str]


# -- in the job


def announced(args: dict[str, Any]) -> list[Announced]:
    """The files of a call. Raises InputError."""
    files = args.get("files")
    if not isinstance(files, list) or not 1 <= len(files) <= FILES:
        raise InputError(detail="files")
    found = [_announced(one) for one in files]
    if sum(one.size for one in found) > TOGETHER_BYTES:
        raise InputError(detail="files")
    return found


def told(body: bytearray, files: Sequence[Announced], choose: Choose, read: Read) -> Frames:
    """One item a file, in order: its parts and its end, or that it is to be read alone; then the end."""
    at = 0
    for number, one in enumerate(files):
        data, at = body[at : at + one.size], at + one.size
        yield "item", {"at": number, **_answer(data, one, choose, read)}
    yield "end", {"files": len(files)}


def _answer(data: bytearray, one: Announced, choose: Choose, read: Read) -> dict[str, Any]:
    with suppress(DemeureError, ValueError, LookupError, TypeError, RecursionError, ArithmeticError):
        if choose(data, one.name, one.format) in FORMATS:
            frames = list(read(data, one.name, one.format))
            if sum(_weight(answer) for _, answer in frames) <= _CHARACTERS:
                return {"parts": [answer for kind, answer in frames if kind == "item"], "end": frames[-1][1]}
    return {}


def _weight(answer: dict[str, Any]) -> int:
    """Characters of the strings that it holds, and a little for what is around each."""
    return sum(_size(value) for value in answer.values())


def _size(value: Any) -> int:
    if isinstance(value, str):
        return len(value) + 8
    if isinstance(value, dict):
        return 8 + sum(map(_size, value.values()))
    return 8 + (sum(map(_size, value)) if isinstance(value, list | tuple) else 0)


def _announced(one: Any) -> Announced:
    if not isinstance(one, list) or len(one) != 3:
        raise InputError(detail="files")
    name, form, size = one
    if not isinstance(name, str) or form not in FORMATS or type(size) is not int or not 0 <= size <= FILE_BYTES:
        raise InputError(detail="files")
    return Announced(name[:1024], form, size)


# -- in the asker


def checked_reading(data: Any, number: int, limits: ReadLimits) -> Reading | None:
    """An item of the answer, about file ``number``; None: that file is to be read alone. Raises AnswerInvalid."""
    if not isinstance(data, dict) or data.get("at") != number:
        raise AnswerInvalid("at")
    if data.keys() == {"at"}:
        return None
    if data.keys() != {"at", "parts", "end"} or not isinstance(data["parts"], list):
        raise AnswerInvalid("fields")
    parts = tuple(checked_part(part, limits) for part in data["parts"])
    if any(part.kind == "image" for part in parts):
        raise AnswerInvalid("kind")
    characters = sum(len(part.text) for part in parts)
    return Reading(parts, checked_summary(data["end"], limits, characters, len(parts)))
