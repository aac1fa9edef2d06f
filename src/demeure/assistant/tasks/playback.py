"""A recording that was kept with its transcript, given back to its author alone.

Promise: what is listened to again is in the journal before its first byte leaves.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from uuid import uuid4

from demeure.assistant.tasks.definition import RECORDING
from demeure.assistant.tasks.errors import FileUnknown, RecordingGone
from demeure.assistant.tasks.reading import FILE
from demeure.assistant.tasks.recordings import Recording, Recordings
from demeure.assistant.tasks.rows import WorkRow
from demeure.journal import Draft, Journal
from demeure.policy import Actor

HEARD = "recording-heard"


class Playback:
    """``work``: see Tasks.work, which decides who reads it."""

    def __init__(
        self, work: Callable[[Actor, str], Awaitable[WorkRow]], recordings: Recordings, journal: Journal
    ) -> None:
        self._work, self._recordings, self._journal = work, recordings, journal

    async def has(self, actor: Actor, work: str) -> bool:
        """Whether the sound of one's own transcript is still there. Raises WorkUnknown, WorkWithdrawn."""
        try:
            recording = await self._recording(actor, work)
        except (FileUnknown, RecordingGone):
            return False
        return bool(recording.windows)

    async def sound(self, actor: Actor, work: str) -> tuple[int, AsyncIterator[bytes]]:
        """(bytes, the WAV file). Raises WorkUnknown, WorkWithdrawn, FileUnknown, RecordingGone."""
        recording = await self._recording(actor, work)
        await self._journal.record(Draft("retrieval", HEARD, chain=uuid4().hex, actor=actor.id, object=work))
        return self._recordings.wav(recording)

    async def _recording(self, actor: Actor, work: str) -> Recording:
        row = await self._work(actor, work)
        if not row.mine:
            raise FileUnknown()
        recording = await self._recordings.of(actor.id, row.fields.get(RECORDING, "").removeprefix(FILE).strip())
        if not all(one.here for one in recording.windows):
            raise RecordingGone()
        return recording
