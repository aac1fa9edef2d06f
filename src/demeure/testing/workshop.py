"""A workshop without processes for tests of its askers, and a real one without a house for its own tests."""

import asyncio
import json
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import TracebackType

from demeure.errors import DemeureError
from demeure.workshop import (
    Answering,
    Companion,
    DocumentCorrupt,
    DocumentEmpty,
    DocumentTooLarge,
    DocumentUnreadable,
    HandedEars,
    HandedExporter,
    HandedRenderer,
    HandedTypesetter,
    Language,
    LanguageDataAltered,
    Letter,
    Part,
    Reading,
    ReadLimits,
    ReadSummary,
    RecordingUnsupported,
    Said,
    Sheet,
    SoundSummary,
    SpeechModel,
    Window,
)
from demeure.workshop.client import HandedWorkshop
from demeure.workshop.marking import Marks
from demeure.workshop.zygote import Tighten

_USUAL = ReadLimits()


class FakeWorkshop:
    """Reads UTF-8 text, one part a file; ``answers`` by file name: parts to give, or the error to raise.
    ``pictures`` by (file name, page): what is recognised there, or the error; ``recognised``: pages done;
    ``together``: names of the files that shared a job. ``answering``: what any message says of whom to answer."""

    def __init__(self, answers: Mapping[str, Sequence[Part] | DemeureError] | None = None) -> None:
        self._answers = dict(answers or {})
        self.names: list[str] = []
        self.pictures: dict[tuple[str, int], Part | DemeureError] = {}
        self.recognised: list[tuple[str, int]] = []
        self.together: list[list[str]] = []
        self.answering: Answering | None = None

    async def read(
        self,
        stream: AsyncIterator[bytes],
        *,
        name: str,
        format: str = "",  # noqa: A002, ARG002 - the contract's word; a fake only knows text
        limits: ReadLimits = _USUAL,
    ) -> AsyncIterator[Part | ReadSummary]:
        data = b"".join([piece async for piece in stream])
        self.names.append(name)
        answer = self._answers.get(name) or self._text(data, limits)
        if isinstance(answer, DemeureError):
            raise answer
        for part in answer:
            await asyncio.sleep(0)
            yield part
        pages = [part.place["page"] for part in answer if part.place.get("kind") == "page"]
        title = answer[0].text.split("\n", 1)[0][:120]
        count = sum(len(part.text) for part in answer)
        marks = _marks(answer, limits)
        yield ReadSummary(max(pages, default=0), title, "", {}, count, answering=self.answering, personal=marks)

    async def read_together(self, files: Sequence[Companion], *, marked: bool = True) -> list[Reading | None]:
        self.together.append([one.name for one in files])
        found = [await self._in_company(one) for one in files]
        return found if marked else [one and unmarked(one) for one in found]

    async def _in_company(self, one: Companion) -> Reading | None:
        async def stream() -> AsyncIterator[bytes]:
            yield one.data

        try:
            *parts, summary = [answer async for answer in self.read(stream(), name=one.name)]
        except DocumentUnreadable:
            return None
        assert isinstance(summary, ReadSummary)
        return Reading(tuple(part for part in parts if isinstance(part, Part)), summary)

    async def recognise(
        self,
        stream: AsyncIterator[bytes],
        *,
        name: str,
        pages: Sequence[int],
        languages: Sequence[Language],
        format: str = "",  # noqa: A002, ARG002 - the contract's word; a fake has no formats
        limits: ReadLimits = _USUAL,
    ) -> AsyncIterator[Part | ReadSummary]:
        data = b"".join([piece async for piece in stream])
        if not data or not languages:
            raise LanguageDataAltered(language="?")
        done: list[Part] = []
        for page in pages:
            blank = Part({"kind": "page", "page": page, "confidence": 0}, "", "image")
            answer = self.pictures.get((name, page), blank)
            if isinstance(answer, DemeureError):
                raise answer
            await asyncio.sleep(0)
            self.recognised.append((name, page))
            done.append(answer)
            yield answer
        characters = sum(len(part.text) for part in done)
        yield ReadSummary(len(done), "", "", {}, characters, personal=_marks(done, limits))

    def _text(self, data: bytes, limits: ReadLimits) -> Sequence[Part] | DemeureError:
        try:
            text = data.decode()
        except UnicodeDecodeError:
            return DocumentCorrupt(detail="part-damaged")
        if not text.strip():
            return DocumentEmpty()
        if len(text) > limits.characters:
            return DocumentTooLarge(found=len(text), limit=limits.characters, unit="characters")
        return [Part({"kind": "lines", "from": 1, "to": text.count("\n") + 1}, text.rstrip("\n"), kind="lines")]


def unmarked(one: Reading) -> Reading:
    return replace(one, summary=replace(one.summary, personal=None))


def _marks(parts: Sequence[Part], limits: ReadLimits) -> Mapping[str, int] | None:
    """As the real thing counts them."""
    marks = Marks(limits.seconds)
    for part in parts:
        marks.look(part.text)
    return marks.told()


class FakeEars:
    """A file of text is a recording: a window a line, thirty seconds each, « ... » being silence. What is heard
    is the line. ``failures``: raised by the next calls, ``heard``: lines given so far."""

    def __init__(self) -> None:
        self.failures: list[DemeureError] = []
        self.heard: list[str] = []
        self.most = 2
        self.gate: asyncio.Event | None = None

    async def sound(self, stream: AsyncIterator[bytes], *, name: str) -> AsyncIterator[Window | SoundSummary]:
        data = b"".join([piece async for piece in stream])
        if not data:
            raise DocumentEmpty
        if name.endswith(".mov"):
            raise RecordingUnsupported(found="video")
        lines = data.decode().split("\n")
        for at, line in enumerate(lines):
            await asyncio.sleep(0)
            if line == "cut":
                raise DocumentCorrupt(detail="sound-damaged")
            if line != "...":
                yield Window(at * 30_000, line.encode("utf-16-le"))
        yield SoundSummary(len(lines) * 30_000)

    async def hear(
        self, windows: Sequence[bytes], *, model: SpeechModel, language: str, threads: int
    ) -> AsyncIterator[list[Said]]:
        assert model.sha256 and language in ("fr", "en") and threads
        if self.failures:
            raise self.failures.pop(0)
        for sound in windows[: self.most]:
            if self.gate is not None:
                await self.gate.wait()
            await asyncio.sleep(0)
            self.heard.append(sound.decode("utf-16-le"))
            yield [Said(0, 4_000, self.heard[-1])]


class FakeTypesetter:
    """Sheets are kept in ``set``; what is given looks like a PDF and holds the data of the sheet, as it is."""

    def __init__(self) -> None:
        self.set: list[Sheet] = []
        self.failure: DemeureError | None = None

    async def typeset(self, sheet: Sheet) -> bytes:
        if self.failure:
            raise self.failure
        self.set.append(sheet)
        return b"%PDF-1.7\n" + sheet.data() + b"\n%%EOF\n"


class FakeExporter:
    """Letters are kept in ``written``; what is given is the letter's data, as it is."""

    def __init__(self) -> None:
        self.written: list[tuple[Letter, str]] = []
        self.failure: DemeureError | None = None

    async def export(self, letter: Letter, kind: str) -> bytes:
        if self.failure:
            raise self.failure
        self.written.append((letter, kind))
        return letter.data()


class LoneDoors:
    """The workshop's end of a channel, without a supervisor behind it. ``channel``: SOCK_SEQPACKET descriptor."""

    def __init__(self, channel: int) -> None:
        self._sock = socket.socket(fileno=channel)

    def receive(self) -> tuple[str, socket.socket] | None:
        """(role, socket), or None at the end."""
        message, descriptors, _, _ = socket.recv_fds(self._sock, 4096, 1)
        if not message or not descriptors:
            return None
        return json.loads(message)["from"], socket.socket(fileno=descriptors[0])

    def ready(self) -> None:
        """Says that jobs may come."""
        self._sock.send(b'{"ready": true}')

    def fileno(self) -> int:
        return self._sock.fileno()


class LoneWorkshop:
    """A real zygote in a fresh process, handed connections by this one. ``tight``: each job closes its own box
    (confinement.tighten_job). ``data``: folder of the models. Leaving the context ends all of it."""

    def __init__(self, *, jobs: int = 2, tight: bool = False, data: Path | None = None) -> None:
        self._jobs, self._tight, self._data = jobs, tight, data

    def __enter__(self) -> "LoneWorkshop":
        self._channel, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with other:
            arguments = f"{other.fileno()}, {self._jobs}, {self._tight}, {str(self._data or '')!r}"
            code = f"from demeure.testing.workshop import run_zygote; run_zygote({arguments})"
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter, our own code
                [sys.executable, "-c", code], pass_fds=(other.fileno(),), stdin=subprocess.DEVNULL
            )
        self._channel.settimeout(30)
        try:
            ready = self._channel.recv(4096) == b'{"ready": true}'
        except TimeoutError:
            ready = False
        if not ready:
            self.__exit__()
            raise RuntimeError("the zygote did not start")
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._channel.close()
        try:
            self._process.wait(timeout=10)
        finally:
            self._process.kill()  # nothing when it has ended
            self._process.wait()

    @property
    def pid(self) -> int:
        return self._process.pid

    def hand(self, role: str = "gateway") -> socket.socket:
        """A connected socket whose other end the zygote has been given."""
        mine, theirs = socket.socketpair()
        with theirs:
            socket.send_fds(
                self._channel, [json.dumps({"event": "peer", "from": role}).encode()], [theirs.fileno()]
            )
        return mine

    def asker(self, role: str = "gateway") -> HandedWorkshop:
        """The port, as ``role`` sees it."""

        async def connect() -> socket.socket:
            return self.hand(role)

        return HandedWorkshop(connect)

    def renderer(self, role: str = "gateway") -> HandedRenderer:
        """The port that draws pages, as ``role`` sees it."""

        async def connect() -> socket.socket:
            return self.hand(role)

        return HandedRenderer(connect)

    def typesetter(self, role: str = "gateway") -> HandedTypesetter:
        """The port that sets sheets, as ``role`` sees it."""

        async def connect() -> socket.socket:
            return self.hand(role)

        return HandedTypesetter(connect)

    def ears(self, role: str = "gateway") -> HandedEars:
        """The port that hears recordings, as ``role`` sees it."""

        async def connect() -> socket.socket:
            return self.hand(role)

        return HandedEars(connect)

    def exporter(self, role: str = "gateway") -> HandedExporter:
        """The port that writes letters as files, as ``role`` sees it."""

        async def connect() -> socket.socket:
            return self.hand(role)

        return HandedExporter(connect)


def run_zygote(channel: int, jobs: int, tight: bool, data: str = "") -> None:
    """The child's side of LoneWorkshop: as ``zygote.main``, without a birth."""
    from demeure.workshop import jobs as work
    from demeure.workshop.zygote import Zygote, import_everything, refuse_threads

    import_everything()
    refuse_threads()
    tighten, seal, held = _box(tight)
    ocr, speech = (Path(data) / "ocr", Path(data) / "speech") if data else (None, None)
    serve = partial(work.serve, data=ocr, speech=speech, seal=seal)
    Zygote(LoneDoors(channel), serve, tighten, held=held, jobs=jobs).run()


def _box(tight: bool) -> tuple[Tighten, Tighten, int]:
    from demeure.confinement import JobLimits, address_space, seal_job, tighten_job

    parent, held = os.getpid(), address_space()

    def tighten() -> None:
        if tight:
            tighten_job(JobLimits(memory=4 << 30, cpu=900), parent=parent, held=held, preparing=True)

    def seal() -> None:
        if tight:
            seal_job()

    return tighten, seal, held
