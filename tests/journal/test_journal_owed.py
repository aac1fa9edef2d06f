"""A closing nobody could write, an intention without a receipt: neither stays open once the scribe is back."""

import asyncio
import contextlib
import socket
from pathlib import Path

import pytest
from scribe_house import House, house, masked, run

from demeure.journal import Draft, Entry, JournalUnavailable, ScribeJournal
from demeure.journal.disk import Disk

ASKED = Draft("request", "question-asked", chain="c", payload=b"quand ?")


class Line:
    """A gateway's way to the scribe, which can be cut."""

    def __init__(self, scribe: House) -> None:
        self._scribe, self._sockets, self.cut = scribe, list[socket.socket](), False
        self.journal = ScribeJournal(self._connect, masked, masked)

    async def _connect(self) -> socket.socket:
        if self.cut:
            raise ConnectionRefusedError
        self._sockets.append(self._scribe.doors.connect("gateway"))
        return self._sockets[-1]

    def break_(self) -> None:
        self.cut = True
        for sock in self._sockets:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)


async def entries(scribe: House, count: int) -> list[Entry]:
    """Oldest first, once there are ``count``."""
    reader = scribe.journal("worker")
    async with asyncio.timeout(5):
        while len(found := (await reader.read()).entries) < count:  # noqa: ASYNC110 - another process's journal
            await asyncio.sleep(0.02)
    return found[::-1]


def test_a_closing_that_could_not_be_written_is_written_later(tmp_path: Path) -> None:
    async def go() -> None:
        async with house(tmp_path / "journal") as scribe:
            line = Line(scribe)
            intention = await line.journal.intention(ASKED)
            line.break_()
            with pytest.raises(JournalUnavailable):
                await line.journal.close(intention, "done", payload=b"demain")
            await asyncio.sleep(0.5)
            assert len(await entries(scribe, 1)) == 1
            line.cut = False
            _, closing = await entries(scribe, 2)
            assert (closing.outcome, closing.of) == ("done", intention.index)
            assert await line.journal.payload(closing.index) == b"demain"
            await line.journal.aclose()

    run(go())


def test_an_intention_whose_asker_left_is_closed_as_interrupted(tmp_path: Path) -> None:
    async def go() -> None:
        async with house(tmp_path / "journal", disk=Disk(0.3)) as scribe:
            line = Line(scribe)
            asking = asyncio.create_task(line.journal.intention(ASKED))
            await asyncio.sleep(0.1)
            asking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asking
            opened, closing = await entries(scribe, 2)
            assert (opened.name, closing.outcome, closing.of) == ("question-asked", "interrupted", opened.index)
            await line.journal.aclose()

    run(go())


def test_an_intention_whose_receipt_was_lost_is_closed_as_interrupted(tmp_path: Path) -> None:
    async def go() -> None:
        async with house(tmp_path / "journal", disk=Disk(0.3)) as scribe:
            line = Line(scribe)
            asking = asyncio.create_task(line.journal.intention(ASKED))
            await asyncio.sleep(0.1)
            line.break_()
            with pytest.raises(JournalUnavailable):
                await asking
            line.cut = False
            opened, closing = await entries(scribe, 2)
            assert (opened.phase, closing.outcome, closing.of) == ("intention", "interrupted", opened.index)
            await line.journal.aclose()

    run(go())


def test_an_intention_that_never_left_is_not_written_afterwards(tmp_path: Path) -> None:
    async def go() -> None:
        async with house(tmp_path / "journal") as scribe:
            line = Line(scribe)
            line.cut = True
            with pytest.raises(JournalUnavailable):
                await line.journal.intention(ASKED)
            line.cut = False
            await asyncio.sleep(0.7)
            assert await entries(scribe, 0) == []
            await line.journal.aclose()

    run(go())
