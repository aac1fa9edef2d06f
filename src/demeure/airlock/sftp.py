"""A backup target at the end of a route: a server by SFTP, on a connection that the door opened. The server is
known by its host key, declared with the route, and by nothing else; no file of this machine (known hosts,
agent, settings) is looked at, no name is looked up, nothing is forwarded.

A file is written beside its name, synced where the server can, then renamed: whole or absent.
"""

import asyncio
import ctypes.util
import hashlib
import hmac
import os
import posixpath
import secrets
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any, TypeVar

from demeure.airlock.connecting import Dialler
from demeure.airlock.errors import RouteFailed, RouteNotItself, RouteRefused, TargetMissing
from demeure.airlock.route import Route

if TYPE_CHECKING:
    import asyncssh

T = TypeVar("T")
_NOBODY = {"LOGNAME": "demeure", "HOME": "/nonexistent"}
"""The library asks who runs it and where that person's files are, even when it is told to read none."""
_HANDSHAKE = 20.0
_PIECE = 32 << 10
_MOST, _DEEP = 200_000, 4
"""Names listed, and folders under the declared one: a server that lies does not fill the memory."""
_FULL = (14, 15)
"""SFTP: no space on the file system, quota exceeded."""
_ABSENT = (2, 10)
KINDS = ("curve25519-sha256", "curve25519-sha256@libssh.org", "ecdh-sha2-nistp256", "ecdh-sha2-nistp384")


class SftpTarget:
    """As ``target.Target``, for one request. ``secret``: a password, or a private key (OpenSSH)."""

    def __init__(self, dialler: Dialler, route: Route, secret: str, counted: list[int]) -> None:
        self._dialler, self._route, self._secret, self._counted = dialler, route, secret, counted

    async def put(self, name: str, size: int, digest: str, content: AsyncIterator[bytes]) -> None:
        """``content``: ``size`` bytes of SHA-256 ``digest``, or the name is never given. Raises RouteFailed and its
        kinds, RouteRefused."""
        path = self._path(name)
        aside = f"{path}.{secrets.token_hex(4)}.new"
        async with self._session() as sftp:
            await self._said(sftp.makedirs(posixpath.dirname(path), exist_ok=True))
            try:
                await self._said(self._written(sftp, aside, size, digest, content), self._route.limits.seconds)
                await self._said(sftp.posix_rename(aside, path))
            except BaseException:
                with suppress(Exception):
                    await asyncio.wait_for(sftp.remove(aside), self._route.limits.silence)
                raise

    async def _written(self, sftp: Any, aside: str, size: int, digest: str, content: AsyncIterator[bytes]) -> None:
        seen, hashed = 0, hashlib.sha256()
        async with sftp.open(aside, "wb", block_size=_PIECE, max_requests=16) as file:
            async for piece in content:
                seen += len(piece)
                hashed.update(piece)
                if seen > size:
                    break
                async with asyncio.timeout(self._route.limits.silence):
                    await file.write(piece)
            if seen == size and hmac.compare_digest(hashed.hexdigest(), digest):
                with suppress(self._unsupported()):
                    await file.fsync()
                found = (await sftp.stat(aside)).size
                if found == size:
                    return
                raise _failed(self._route, f"il n’a gardé que {found} octets", f"it kept {found} bytes only")
        fr = "Ce qui devait sortir n’est pas ce qui a été annoncé."
        en = "What was to leave is not what was announced."
        raise RouteRefused(route=self._route.id, rule="malformed", detail=fr, detail_en=en)

    async def get(self, name: str) -> AsyncGenerator[bytes]:
        """Its bytes as they come, as many as the route lets come back. Raises TargetMissing, RouteFailed."""
        limit, size = self._route.limits.answer, 0
        async with self._session() as sftp:
            file: Any = await self._said(sftp.open(self._path(name), "rb"))
            try:
                while piece := bytes(await self._said(file.read(256 << 10))):
                    size += len(piece)
                    self._counted.append(len(piece))
                    if size > limit:
                        raise _failed(self._route, f"plus de {limit} octets", f"more than {limit} bytes")
                    yield piece
            finally:
                with suppress(Exception):
                    await file.close()

    async def remove(self, name: str) -> None:
        """Nothing when it is not there. Raises RouteFailed."""
        async with self._session() as sftp:
            with suppress(TargetMissing):
                await self._said(sftp.remove(self._path(name)))

    async def names(self, prefix: str) -> list[tuple[str, int]]:
        """(name, bytes) of the whole files under ``prefix``. Raises RouteFailed."""
        found: list[tuple[str, int]] = []
        async with self._session() as sftp:
            await self._walk(sftp, "", prefix, found, _DEEP)
        return sorted(found)

    async def _walk(self, sftp: Any, folder: str, prefix: str, found: list[tuple[str, int]], deep: int) -> None:
        import asyncssh

        try:
            entries = await self._said(sftp.readdir(self._path(folder) or "."))
        except TargetMissing:
            return
        for entry in entries:
            name = f"{folder}/{entry.filename}" if folder else str(entry.filename)
            if entry.filename in (".", "..") or name.endswith(".new"):
                continue
            inside = name.startswith(prefix) or prefix.startswith(f"{name}/")
            if entry.attrs.type == asyncssh.FILEXFER_TYPE_DIRECTORY and inside and deep:
                await self._walk(sftp, name, prefix, found, deep - 1)
            elif entry.attrs.type == asyncssh.FILEXFER_TYPE_REGULAR and name.startswith(prefix):
                found.append((name, int(entry.attrs.size or 0)))
                if len(found) > _MOST:
                    raise _failed(self._route, "trop de fichiers", "too many files")

    def _path(self, name: str) -> str:
        """Under the declared folder; from where the account begins when the path is « /~… » or empty."""
        above = self._route.path.removeprefix("/~").strip("/")
        root = "" if self._route.path.startswith("/~") or not self._route.path else "/"
        return root + "/".join(part for part in (above, name) if part)

    async def _said(self, work: Awaitable[T], seconds: float | None = None) -> T:
        """Within the route's silence, or ``seconds``; problems in the airlock's words."""
        import asyncssh

        try:
            async with asyncio.timeout(seconds or self._route.limits.silence):
                return await work
        except TimeoutError as problem:
            raise _failed(self._route, "il se tait", "it is silent") from problem
        except asyncssh.SFTPError as problem:
            if problem.code in _ABSENT:
                raise TargetMissing(route=self._route.id) from problem
            if problem.code in _FULL or "no space" in str(problem.reason).lower():
                raise _failed(self._route, "507 il est plein", "507 it is full") from problem
            told = f"SFTP {problem.code}"
            raise _failed(self._route, f"{told} il refuse", f"{told} it refuses") from problem
        except (asyncssh.Error, OSError) as problem:
            told = type(problem).__name__
            raise _failed(self._route, f"connexion rompue ({told})", f"broken connection ({told})") from problem

    @asynccontextmanager
    async def _session(self) -> AsyncIterator["asyncssh.SFTPClient"]:
        async with connected(self._dialler, self._route, self._secret) as connection:
            sftp = await self._said(connection.start_sftp_client())
            try:
                yield sftp
            finally:
                sftp.exit()

    @staticmethod
    def _unsupported() -> type[Exception]:
        import asyncssh

        return asyncssh.SFTPError


def _none(_name: str) -> None:
    return


def loaded() -> None:
    """Import the library, once, as walls allow. It looks for two C libraries that it can do without by running a
    compiler, which needs a folder for temporary files: here there is none, and no program runs."""
    for name, value in _NOBODY.items():
        os.environ.setdefault(name, value)
    looked = ctypes.util.find_library
    ctypes.util.find_library = _none  # type: ignore[assignment]
    try:
        import asyncssh  # noqa: F401
    finally:
        ctypes.util.find_library = looked


@asynccontextmanager
async def connected(dialler: Dialler, route: Route, secret: str) -> AsyncIterator["asyncssh.SSHClientConnection"]:
    """Raises RouteUnreachable, RouteNotItself (another host key), RouteFailed (it refuses the account)."""
    loaded()
    import asyncssh

    sock = await dialler.connected(route)
    keyed = secret.startswith("-----BEGIN")
    try:
        host = asyncssh.import_public_key(route.authority)
        options: dict[str, Any] = {
            "username": route.account,
            "known_hosts": ([host], [], []),
            "server_host_key_algs": "default",
            "client_keys": [asyncssh.import_private_key(secret)] if keyed else None,
            "password": None if keyed else secret,
            "config": None,
            "agent_path": None,
            "kex_algs": KINDS,
            "compression_algs": None,
            "gss_host": None,
            "x509_trusted_certs": None,
            "x509_trusted_cert_paths": [],
            "connect_timeout": _HANDSHAKE,
            "login_timeout": _HANDSHAKE,
            "keepalive_interval": 0,
        }
        async with asyncio.timeout(_HANDSHAKE):
            connection = await asyncssh.connect(route.host, route.port, sock=sock, **options)
    except (asyncssh.HostKeyNotVerifiable, asyncssh.KeyExchangeFailed) as problem:
        sock.close()
        raise RouteNotItself(route=route.id, detail=f"SSH, {type(problem).__name__}") from problem
    except asyncssh.PermissionDenied as problem:
        sock.close()
        fr, en = "la clé d’accès est refusée", "the credential is refused"
        raise RouteFailed(route=route.id, detail=fr, detail_en=en) from problem
    except (asyncssh.Error, asyncssh.KeyImportError, OSError, TimeoutError) as problem:
        sock.close()
        told = f"SSH, {type(problem).__name__}"
        raise RouteFailed(route=route.id, detail=told, detail_en=told) from problem
    try:
        yield connection
    finally:
        connection.abort()


async def agreed(dialler: Dialler, route: Route, secret: str) -> dict[str, Any]:
    """Connect, be let in, leave: what was agreed upon."""
    async with connected(dialler, route, secret) as connection:
        told, host = connection.get_extra_info, connection.get_server_host_key()
        return {
            "address": told("peername")[0],
            "tls": "SSH",
            "cipher": str(told("send_cipher")),
            "pin": host.get_fingerprint() if host else "",
            "ends": "",
        }


def _failed(route: Route, fr: str, en: str) -> RouteFailed:
    return RouteFailed(route=route.id, detail=fr, detail_en=en)
