"""Recordings at rest: windows of sound kept until their words are, then the times alone.

Promise: a recording is whole or is not there; what a kill left half received, and what nobody used within a day, is
gone at the next start.
"""

import asyncio
import struct
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from demeure.assistant.tasks.errors import FileUnknown
from demeure.assistant.tasks.rows import FileRow
from demeure.clock import Clock, iso
from demeure.store import Database, GroupWriter
from demeure.store.work_tables import recording_windows, recordings, work_files
from demeure.workshop import RATE, WIDTH, SoundSummary, Window

SOUND = "sound"
"""Format of a file that is a recording."""

WAITING = 3
"""Recordings that one person brought and has not used: the oldest go."""

UNUSED = timedelta(days=1)
_HEAD = struct.Struct("<4sI4s4sIHHIIHH4sI")


@dataclass(frozen=True)
class Stretch:
    """A window as its transcript knows it: times in milliseconds. ``here``: its sound still is."""

    at: int
    milliseconds: int
    here: bool


@dataclass(frozen=True)
class Recording:
    """``milliseconds``: silence included; ``damaged``: pieces that could not be read."""

    file: str
    milliseconds: int
    damaged: int
    windows: tuple[Stretch, ...]


class Recordings:
    """Rows of ``house.db``. Methods return when the rows survive kill -9."""

    def __init__(self, house: Database, clock: Clock) -> None:
        self._house, self._clock = house, clock
        self._writer = GroupWriter(house)

    async def keep(
        self, person: str, file: str, name: str, form: str, answers: AsyncIterator[Window | SoundSummary]
    ) -> FileRow:
        """A recording as it is decoded; nothing of it stays when that fails. Raises what the decoding meets."""
        await self._writer.write(lambda db: self._begin(db, person, file, name))
        ordinal, minutes = 0, 0
        try:
            async for answer in answers:
                if isinstance(answer, SoundSummary):
                    minutes = -(-answer.milliseconds // 60_000)
                    await self._whole(file, answer, minutes)
                else:
                    await self._window(file, ordinal, answer)
                    ordinal += 1
        except BaseException:
            await asyncio.shield(self._drop(file))
            raise
        return FileRow(file, name, form, minutes, ())

    def _begin(self, db: sa.Connection, person: str, file: str, name: str) -> None:
        c = work_files.c
        waiting = sa.select(c.id).where(c.person == person, c.work.is_(None), c.format == SOUND)
        old = list(db.scalars(waiting.order_by(c.created_at.desc(), c.id).offset(WAITING - 1)))
        db.execute(work_files.delete().where(c.id.in_(old)))
        row = {"id": file, "person": person, "name": name, "format": SOUND, "pages": 0, "parts": []}
        db.execute(work_files.insert(), row | {"created_at": iso(self._clock.now())})
        db.execute(recordings.insert(), {"file": file, "milliseconds": None})

    async def _window(self, file: str, ordinal: int, window: Window) -> None:
        row = {"file": file, "ordinal": ordinal, "at": window.at, "milliseconds": window.milliseconds}
        row |= {"sound": window.sound}
        await self._writer.write(lambda db: db.execute(recording_windows.insert(), row))

    async def _whole(self, file: str, told: SoundSummary, minutes: int) -> None:
        def write(db: sa.Connection) -> None:
            c = recordings.c
            mine = recordings.update().where(c.file == file)
            db.execute(mine.values(milliseconds=told.milliseconds, damaged=told.damaged))
            db.execute(work_files.update().where(work_files.c.id == file).values(pages=minutes))

        await self._writer.write(write)

    async def _drop(self, file: str) -> None:
        await self._writer.write(lambda db: db.execute(work_files.delete().where(work_files.c.id == file)))

    async def of(self, person: str, file: str) -> Recording:
        """Raises FileUnknown, also for another person's, or one that is still being received."""
        return await asyncio.to_thread(self._of, person, file)

    def _of(self, person: str, file: str) -> Recording:
        w = recording_windows.c
        query = sa.select(recordings).join(work_files, work_files.c.id == recordings.c.file)
        query = query.where(recordings.c.file == file, work_files.c.person == person)
        here = sa.select(w.at, w.milliseconds, w.sound.is_not(None).label("here"))
        with self._house.read() as db:
            row = db.execute(query).first()
            if row is None or row.milliseconds is None:
                raise FileUnknown()
            told = db.execute(here.where(w.file == file).order_by(w.ordinal)).all()
        return Recording(
            file, row.milliseconds, row.damaged, tuple(Stretch(r.at, r.milliseconds, bool(r.here)) for r in told)
        )

    async def sounds(self, file: str, ordinals: Sequence[int]) -> list[bytes]:
        """The sound of those windows, in order. Raises FileUnknown when it is not there any more."""

        def read() -> list[bytes]:
            w = recording_windows.c
            query = sa.select(w.sound).where(w.file == file, w.ordinal.in_(list(ordinals)), w.sound.is_not(None))
            with self._house.read() as db:
                found: list[bytes] = [bytes(sound) for sound in db.scalars(query.order_by(w.ordinal))]
            if len(found) != len(ordinals):
                raise FileUnknown()
            return found

        return await asyncio.to_thread(read)

    def wav(self, recording: Recording) -> tuple[int, AsyncIterator[bytes]]:
        """(bytes, pieces) of the whole as a WAV file; the silence that was left out is silence again."""
        frames = recording.milliseconds * RATE // 1000
        size = frames * WIDTH
        return _HEAD.size + size, self._wav(recording, size)

    async def _wav(self, recording: Recording, size: int) -> AsyncIterator[bytes]:
        rate = RATE * WIDTH
        yield _HEAD.pack(
            b"RIFF", size + 36, b"WAVE", b"fmt ", 16, 1, 1, RATE, rate, WIDTH, 8 * WIDTH, b"data", size
        )
        at = 0
        for ordinal, one in enumerate(recording.windows):
            (sound,) = await self.sounds(recording.file, [ordinal])
            start = min(one.at * RATE // 1000 * WIDTH, size)
            while at < start:
                yield bytes(min(start - at, 1 << 16))
                at += min(start - at, 1 << 16)
            piece = sound[max(0, at - start) : size - start]
            at += len(piece)
            yield piece
        while at < size:
            yield bytes(min(size - at, 1 << 16))
            at += min(size - at, 1 << 16)

    async def forget(self, file: str) -> None:
        """The sound is gone, from the file of the house too; the times stay."""
        w = recording_windows.c
        gone = recording_windows.update().where(w.file == file).values(sound=None)
        await self._writer.write(lambda db: db.execute(gone).rowcount)

    async def sweep(self) -> int:
        """At a start, before anything is received: what is half there, or unused for a day. Returns how many."""
        before = iso(self._clock.now() - UNUSED)

        def write(db: sa.Connection) -> int:
            c = work_files.c
            half = sa.select(recordings.c.file).where(recordings.c.milliseconds.is_(None))
            unused = sa.and_(c.work.is_(None), c.format == SOUND, c.created_at < before)
            return int(db.execute(work_files.delete().where(sa.or_(c.id.in_(half), unused))).rowcount)

        return await self._writer.write(write)
