"""A connection to the end of a route: asked of the door, encrypted here, refused unless who answers is who was
declared. No proxy, no name looked up, no address but the declared ones.
"""

import asyncio
import base64
import contextlib
import errno
import hashlib
import hmac
import os
import socket
import ssl
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import httpcore

from demeure.airlock.asking import Questions
from demeure.airlock.door import ASKED, TOLD
from demeure.airlock.errors import RouteNotItself, RouteUnreachable
from demeure.airlock.opening import Place, places_of
from demeure.airlock.route import Route
from demeure.engine.handed import HandedStream

CONNECT, HANDSHAKE = 10.0, 10.0
"""Seconds, for one address."""
_UNKNOWN = ("une autorité que la route ne connaît pas", "an authority that the route does not know")
_OTHER = ("un certificat pour un autre nom", "a certificate for another name")
_CERTIFICATES = {
    9: ("un certificat qui ne vaut pas encore", "a certificate that is not valid yet"),
    10: ("un certificat expiré", "a certificate that has expired"),
    **dict.fromkeys((7, 18, 19, 20, 21), _UNKNOWN),
    **dict.fromkeys((62, 64), _OTHER),
}
"""Why OpenSSL refuses a certificate (X509_V_ERR_…) → in words; others as it says them."""
_NO_WAY = ("aucun chemin du réseau n’y mène", "no way of the network leads there")
_CUT = ("la connexion a été coupée", "the connection was cut")
_SYSTEM = {
    "ECONNREFUSED": ("rien n’écoute à cette adresse et à ce port", "nothing listens at that address and port"),
    "ETIMEDOUT": ("aucune réponse à temps", "no answer in time"),
    **dict.fromkeys(("ENETUNREACH", "EHOSTUNREACH"), _NO_WAY),
    **dict.fromkeys(("ECONNRESET", "EPIPE"), _CUT),
}
"""Why the system could not connect → in words, its own name behind them; others by their name alone."""


@dataclass
class Line:
    """An open connection. ``sock``: under the TLS that ``reader`` and ``writer`` hide."""

    sock: socket.socket
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    def close(self) -> None:
        """At once: what is unsent does not leave."""
        self.writer.transport.abort()

    def told(self) -> dict[str, Any]:
        """What was agreed upon: address, version and cipher of TLS, who answered and until when."""
        inner: ssl.SSLObject | None = self.writer.get_extra_info("ssl_object")
        told: dict[str, Any] = {"address": self.writer.get_extra_info("peername")[0]}
        if inner is None:
            return told | {"tls": ""}
        certificate = inner.getpeercert() or {}
        return told | {
            "tls": inner.version(),
            "cipher": (inner.cipher() or ("",))[0],
            "ends": certificate.get("notAfter", ""),
            "pin": pin_of(inner.getpeercert(binary_form=True) or b""),
        }


class Dialler:
    """``door``: the channel to the door. ``places``: its list, in its order. ``gone``: called when the door is."""

    def __init__(self, door: socket.socket, places: Sequence[Place], gone: Callable[[], None]) -> None:
        self._gone = gone
        self._door, self._numbers = Questions(door), {place: number for number, place in enumerate(places)}

    async def open(self, route: Route, *, plain: bool = False) -> Line:
        """To the first of its addresses that answers. ``plain``: TLS will begin later, on this line (SMTP). Raises
        RouteUnreachable, RouteNotItself."""
        problem: Exception = OSError(errno.ENETUNREACH, "")
        for place in places_of(route):
            if place not in self._numbers:
                continue  # declared after this process was born: another one has it
            try:
                sock = await self._connected(self._numbers[place])
            except OSError as refused:
                problem = refused
                continue
            return await self._line(route, sock, encrypted=route.tls and not plain)
        raise unreachable(route, problem) from problem

    async def connected(self, route: Route) -> socket.socket:
        """A bare connection, for a protocol that encrypts by itself (SSH). Raises RouteUnreachable."""
        problem: Exception = OSError(errno.ENETUNREACH, "")
        for place in places_of(route):
            if place in self._numbers:
                try:
                    return await self._connected(self._numbers[place])
                except OSError as refused:
                    problem = refused
        raise unreachable(route, problem) from problem

    async def encrypt(self, route: Route, line: Line) -> None:
        """Begin TLS on a line that was plain. Raises as ``open``."""
        try:
            await line.writer.start_tls(context(route), server_hostname=route.host, ssl_handshake_timeout=HANDSHAKE)
            _pinned(route, line)
        except (OSError, EOFError) as problem:
            line.close()
            raise _handshake(route, problem) from problem
        if await heard(line):
            line.close()
            fr, en = "des mots en clair avant TLS", "words in clear before TLS"
            raise RouteNotItself(route=route.id, detail=fr, detail_en=en)

    async def _line(self, route: Route, sock: socket.socket, *, encrypted: bool) -> Line:
        more: dict[str, Any] = {}
        if encrypted:
            more = {"ssl": context(route), "server_hostname": route.host, "ssl_handshake_timeout": HANDSHAKE}
        try:
            line = Line(sock, *await asyncio.open_connection(sock=sock, **more))
        except (OSError, EOFError) as problem:
            sock.close()
            raise _handshake(route, problem) from problem
        if encrypted:
            _pinned(route, line)
        return line

    async def _connected(self, number: int) -> socket.socket:
        """Raises OSError (TimeoutError)."""
        try:
            code, sock = await self._answer(number)
        except OSError:
            self._gone()
            raise
        if sock is None:
            raise OSError(code, os.strerror(code))
        try:
            async with asyncio.timeout(CONNECT):
                await _writable(sock)
            if code := sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
                raise OSError(code, os.strerror(code))
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except BaseException:
            sock.close()
            raise
        return sock

    async def _answer(self, number: int) -> tuple[int, socket.socket | None]:
        data, handed = await self._door.ask(ASKED.pack(number), 64)
        if len(data) != TOLD.size:
            raise OSError(errno.EPIPE, "door")
        sock = socket.socket(fileno=handed[0]) if handed else None
        if sock is not None:
            sock.setblocking(False)
        return TOLD.unpack(data)[0], sock


class Outside(httpcore.AsyncNetworkBackend):
    """HTTP on such connections: the library believes it speaks in clear to a name, and dials nothing."""

    def __init__(self, dialler: Dialler, route: Route) -> None:
        self._dialler, self._route = dialler, route

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        del host, port, timeout, local_address, socket_options
        line = await self._dialler.open(self._route)
        return HandedStream(line.sock, line.reader, line.writer)


async def heard(line: Line) -> bool:
    """Did it say anything that nobody read yet? Asked once TLS has begun: what came in clear before, even late,
    stays in the reader, and would be taken for words said under TLS. No server speaks first under it."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(0):
            return bool(await line.reader.read(1))
    return False


def context(route: Route) -> ssl.SSLContext:
    """TLS 1.2 or later, the name verified, the authorities given or the system's."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    if route.authority:
        made.load_verify_locations(cadata=route.authority)
    else:
        made.load_default_certs()
    return made


def pin_of(certificate: bytes) -> str:
    """``sha256/…`` of the public key: a certificate made again for the same key keeps it."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
    from cryptography.x509 import load_der_x509_certificate

    key = load_der_x509_certificate(certificate).public_key()
    digest = hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).digest()
    return "sha256/" + base64.b64encode(digest).decode()


def _pinned(route: Route, line: Line) -> None:
    if not route.pin:
        return
    inner: ssl.SSLObject = line.writer.get_extra_info("ssl_object")
    found = pin_of(inner.getpeercert(binary_form=True) or b"")
    if not hmac.compare_digest(found, route.pin):
        line.close()
        raise RouteNotItself(route=route.id, detail=f"pin {found}")


def unreachable(route: Route, problem: Exception) -> RouteUnreachable:
    """In words, the system's own name behind them."""
    number = problem.errno if isinstance(problem, OSError) else None
    named = "ETIMEDOUT" if isinstance(problem, TimeoutError) else errno.errorcode.get(number or 0, str(problem))
    fr, en = (f"{said} ({named})" if said else named for said in _SYSTEM.get(named, ("", "")))
    return RouteUnreachable(route=route.id, detail=fr, detail_en=en)


def broken(problem: Exception) -> tuple[str, str]:
    """Why HTTP went no further, French and English: not what the library says of it, which is in English and may
    quote the peer."""
    if isinstance(problem, httpcore.RemoteProtocolError) and "disconnected" not in str(problem):
        return "ce qu’il dit n’est pas du HTTP", "what it says is not HTTP"
    if isinstance(problem, httpcore.LocalProtocolError):
        return "la demande ne peut pas s’écrire en HTTP", "the request cannot be written in HTTP"
    if isinstance(problem, httpcore.PoolTimeout):
        return "toutes ses connexions sont prises", "all its connections are taken"
    if isinstance(problem, httpcore.WriteTimeout):
        return "il ne prend plus ce qui lui est envoyé", "it no longer takes what it is sent"
    return "connexion rompue", "broken connection"


def _handshake(route: Route, problem: Exception) -> RouteNotItself | RouteUnreachable:
    if isinstance(problem, ssl.SSLCertVerificationError):
        fr, en = _CERTIFICATES.get(problem.verify_code, (problem.verify_message.rstrip(".") or str(problem),) * 2)
        return RouteNotItself(route=route.id, detail=fr, detail_en=en)
    if isinstance(problem, ssl.SSLError):
        return RouteNotItself(route=route.id, detail=f"TLS, {problem.reason or problem}")
    if isinstance(
        problem, ConnectionError | EOFError | TimeoutError
    ):  # asyncio's own words for a handshake cut short
        fr, en = _SYSTEM["ETIMEDOUT"] if isinstance(problem, TimeoutError) else _CUT
        more = f"(TLS, {type(problem).__name__})"
        return RouteUnreachable(route=route.id, detail=f"{fr} {more}", detail_en=f"{en} {more}")
    return unreachable(route, problem)


async def _writable(sock: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    done = asyncio.Event()
    loop.add_writer(sock, done.set)
    try:
        await done.wait()
    finally:
        loop.remove_writer(sock)
