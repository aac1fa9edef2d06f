"""Asking the workshop for the sound of a recording, then for the words of that sound; every answer is checked."""

import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import asdict
from typing import Any, Protocol

from demeure.workshop.answers import AnswerInvalid, checked_said, harmless
from demeure.workshop.client import Bytes, Connect, calling, whole
from demeure.workshop.errors import JobLied
from demeure.workshop.parts import ReadLimits, SpeechModel
from demeure.workshop.recordings import MOST_SECONDS, WIDTH, WINDOW_BYTES, Said, SoundSummary, Window

SOUND_LIMITS = ReadLimits(seconds=600.0, memory_mb=1024)
HEAR_LIMITS = ReadLimits(seconds=180.0, memory_mb=4096)
TOGETHER = 12
"""Windows that one call brings; the job stops by itself after a few seconds of work."""

_MOST = MOST_SECONDS * 1000
_SEGMENTS, _CHARACTERS, _DAMAGED = 200, 2_000, 1 << 24


class Ears(Protocol):
    """Hears recordings. One call is one job in its own process; calls are independent."""

    def sound(self, stream: Bytes, *, name: str) -> AsyncIterator[Window | SoundSummary]:
        """Windows of sound in order, silence left out, then exactly one SoundSummary. Raises as
        ``Workshop.read``; what was given before is then to be thrown away."""
        ...

    def hear(
        self, windows: Sequence[bytes], *, model: SpeechModel, language: str, threads: int
    ) -> AsyncIterator[list[Said]]:
        """The words of each window, in order, each to be kept as it comes. At least one is heard; those that
        the job did not reach are left for another call. Raises a JobFailed."""
        ...


class HandedEars:
    """The workshop at the other end of a socket; ``connect`` as HandedWorkshop's."""

    def __init__(self, connect: Connect) -> None:
        self._connect = connect

    async def sound(self, stream: Bytes, *, name: str) -> AsyncGenerator[Window | SoundSummary]:
        """See Ears."""
        args = {"name": harmless(name, 1024), "limits": asdict(SOUND_LIMITS)}
        last = -1
        async with contextlib.aclosing(self._called("sound", args, stream, SOUND_LIMITS)) as answers:
            async for kind, data, body in answers:
                try:
                    if kind == "end":
                        yield _summary(data)
                        return
                    window = _window(data, body, last)
                except AnswerInvalid as problem:
                    raise JobLied(detail=str(problem)) from problem
                last = window.at
                yield window

    async def hear(
        self, windows: Sequence[bytes], *, model: SpeechModel, language: str, threads: int
    ) -> AsyncGenerator[list[Said]]:
        """See Ears."""
        args: dict[str, Any] = {"name": "", "limits": asdict(HEAR_LIMITS), "model": model.file}
        args |= {"sha256": model.sha256, "language": language, "threads": threads}
        args["windows"] = [len(one) for one in windows]
        left = list(windows)
        async with contextlib.aclosing(
            self._called("hear", args, whole(b"".join(windows)), HEAR_LIMITS)
        ) as answers:
            async for kind, data, _ in answers:
                if kind == "end":
                    return
                if not left:
                    raise JobLied(detail="windows")
                try:
                    yield checked_said(data, len(left.pop(0)), _SEGMENTS, _CHARACTERS)
                except AnswerInvalid as problem:
                    raise JobLied(detail=str(problem)) from problem

    async def _called(
        self, op: str, args: dict[str, Any], stream: Bytes, limits: ReadLimits
    ) -> AsyncGenerator[tuple[str, Any, bytes]]:
        most = WINDOW_BYTES if op == "sound" else 0
        async with contextlib.aclosing(
            calling(await self._connect(), op, args, stream, limits.seconds, most)
        ) as told:
            async for frame in told:
                if frame.kind not in ("item", "end"):
                    raise JobLied(detail=frame.kind)
                yield frame.kind, frame.fields.get("data"), frame.body


def _window(data: Any, body: bytes, last: int) -> Window:
    if not isinstance(data, dict) or data.keys() != {"at"} or type(data["at"]) is not int:
        raise AnswerInvalid("at")
    if not last < data["at"] <= _MOST or not body or len(body) % WIDTH:
        raise AnswerInvalid("at")
    return Window(data["at"], body)


def _summary(data: Any) -> SoundSummary:
    if not isinstance(data, dict) or data.keys() != {"milliseconds", "damaged"}:
        raise AnswerInvalid("fields")
    for name, most in (("milliseconds", _MOST), ("damaged", _DAMAGED)):
        if type(data[name]) is not int or not 0 <= data[name] <= most:
            raise AnswerInvalid(name)
    return SoundSummary(data["milliseconds"], data["damaged"])
