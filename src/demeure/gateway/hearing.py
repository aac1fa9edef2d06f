"""A recording that a program sends, heard at once, kept nowhere: jobs of the workshop decode and recognise it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from demeure.gateway.errors import RecordingTooLong
from demeure.workshop import TOGETHER, Ears, JobFailed, Said, SoundSummary, SpeechModel, SpeechModelMissing, Window

MOST_MINUTES = 30
_ATTEMPTS = 2
_PIECE = 256 << 10


@dataclass(frozen=True)
class Segment:
    """Words, from and to milliseconds after the beginning of the recording."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Heard:
    """``milliseconds``: of the recording, silence included. ``unheard``: windows that no job survived."""

    language: str
    milliseconds: int
    segments: tuple[Segment, ...]
    model: str
    unheard: int = 0

    @property
    def text(self) -> str:
        return " ".join(one.text.strip() for one in self.segments).strip()


class Hearing:
    """``model``: what is installed now (blocks). ``threads``: of recognition."""

    def __init__(self, ears: Ears, model: Callable[[], SpeechModel | None], threads: int) -> None:
        self._ears, self.model, self._threads = ears, model, threads

    async def heard(self, name: str, data: bytes, language: str) -> Heard:
        """Raises SpeechModelMissing, RecordingTooLong, what decoding meets (DocumentUnreadable…), a JobFailed."""
        model = await asyncio.to_thread(self.model)
        if model is None:
            raise SpeechModelMissing()
        windows, length = await self._windows(name, data)
        segments: list[Segment] = []
        at = failures = unheard = 0
        while at < len(windows):
            few = windows[at : at + (1 if failures else TOGETHER)]
            try:
                async with contextlib.aclosing(  # type: ignore[type-var] # the port says less than it gives
                    self._ears.hear(
                        [one.sound for one in few], model=model, language=language, threads=self._threads
                    )
                ) as answers:
                    async for said in answers:
                        segments += _placed(windows[at], said)
                        at, failures = at + 1, 0
            except JobFailed:
                failures += 1
                if failures > _ATTEMPTS:
                    at, failures, unheard = at + 1, 0, unheard + 1
        if windows and unheard == len(windows):
            raise JobFailed(detail="sound")
        return Heard(language, length, tuple(segments), model.id, unheard)

    async def _windows(self, name: str, data: bytes) -> tuple[list[Window], int]:
        windows: list[Window] = []
        length = 0
        async for one in self._ears.sound(_pieces(data), name=name):
            if isinstance(one, SoundSummary):
                length = one.milliseconds
            elif one.at > MOST_MINUTES * 60_000:
                raise RecordingTooLong(minutes=MOST_MINUTES)
            else:
                windows.append(one)
        return windows, length


async def _pieces(data: bytes) -> AsyncIterator[bytes]:
    for at in range(0, len(data), _PIECE):
        yield data[at : at + _PIECE]


def _placed(window: Window, said: list[Said]) -> list[Segment]:
    return [Segment(window.at + one.start, window.at + one.end, one.text) for one in said]
