"""What stands before every way, errors included: headers, names, sizes. Plain ASGI: streams stay streams."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from demeure.errors import DemeureError
from demeure.gateway.errors import BodyTooLarge, BodyTooSlow, HostUnknown
from demeure.gateway.locale import size
from demeure.logs import surprise

Answer = Callable[[Scope, DemeureError], Awaitable[ASGIApp]]
"""Turns an error into a response for that request."""

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "x-dns-prefetch-control": "off",
    "x-robots-tag": "noindex, nofollow",
    "permissions-policy": (
        "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), microphone=(), midi=(), "
        "payment=(), usb=(), clipboard-write=(self)"
    ),
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-embedder-policy": "require-corp",
    "cross-origin-resource-policy": "same-origin",
}
STRICT = {"strict-transport-security": "max-age=31536000"}


class Shield:
    """Outermost: security headers on every response, ``no-store`` unless the response says otherwise, and a plain
    page instead of an unexpected exception (whose message may hold contents: it is neither shown nor logged)."""

    def __init__(self, app: ASGIApp, answer: Callable[[Scope, BaseException], Awaitable[ASGIApp]]) -> None:
        self._app, self._answer = app, answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        started = False

        async def shielded(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                ours = HEADERS | ({} if scope["scheme"] == "http" else _only_tls(scope))
                message = {**message, "headers": _with_ours(message.get("headers", []), ours)}
            await send(message)

        try:
            await self._app(scope, receive, shielded)
        except DemeureError as problem:
            if not started:
                await (await self._answer(scope, problem))(scope, receive, shielded)
        except Exception as problem:  # noqa: BLE001 - the last line of defence: a page must say something
            surprise("gateway", problem)
            if not started:
                await (await self._answer(scope, problem))(scope, receive, shielded)


def _only_tls(scope: Scope) -> dict[str, str]:
    """Never come back in clear. Not said to loopback names: browsers would hold every other program of this machine
    to it."""
    host = next((value for name, value in scope["headers"] if name == b"host"), b"")
    return {} if host.partition(b":")[0].lower() == b"localhost" else STRICT


def _with_ours(headers: Any, ours: dict[str, str]) -> list[tuple[bytes, bytes]]:
    kept = [(bytes(name), bytes(value)) for name, value in headers]
    present = {name.lower() for name, _ in kept}
    ours = ours if b"cache-control" in present else ours | {"cache-control": "no-store"}
    return kept + [(name.encode(), value.encode()) for name, value in ours.items() if name.encode() not in present]


class KnownNames:
    """Refuses a Host header that is not one of the house's own: a foreign name that resolves here (DNS rebinding)
    would otherwise give another site's scripts our pages. ``also``: does the certificate say this name (without the
    port)? ``port``: what must follow it."""

    def __init__(
        self, app: ASGIApp, names: frozenset[str], port: int, also: Callable[[str], bool] = lambda _: False
    ) -> None:
        self._app, self._names, self._also = app, names, also
        self._ends = (f":{port}", "") if port in (80, 443) else (f":{port}",)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        hosts = [value for name, value in scope["headers"] if name == b"host"]
        if len(hosts) != 1 or not self._ours(hosts[0].decode("latin-1").lower()):
            raise HostUnknown()
        await self._app(scope, receive, send)

    def _ours(self, host: str) -> bool:
        if host in self._names:
            return True
        name, _, port = host.rpartition(":")
        bare = (host, "") if not name or host.endswith("]") else (name, f":{port}")
        return bare[1] in self._ends and self._also(bare[0])


class Measured:
    """Stops a body that is too large or too slow, whoever reads it. ``limit(scope)``: bytes."""

    def __init__(self, app: ASGIApp, limit: Callable[[Scope], int], patience: float) -> None:
        self._app, self._limit, self._patience = app, limit, patience

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        limit = self._limit(scope)
        for name, value in scope["headers"]:
            if name == b"content-length" and value.isdigit() and int(value) > limit:
                raise _too_large(limit)
        received = 0
        over = False

        async def measured() -> Message:
            nonlocal received, over
            if over:  # only the end of the connection can still come, and that may take as long as the answer does
                return await receive()
            try:
                async with asyncio.timeout(self._patience):
                    message = await receive()
            except TimeoutError as problem:
                raise BodyTooSlow(seconds=int(self._patience)) from problem
            if message["type"] == "http.request":
                received += len(message.get("body", b""))
                over = not message.get("more_body", False)
                if received > limit:
                    raise _too_large(limit)
            return message

        await self._app(scope, measured, send)


def _too_large(limit: int) -> BodyTooLarge:
    return BodyTooLarge(limit=size("fr", limit), limit_en=size("en", limit))


def own_names(host: str, port: int) -> frozenset[str]:
    """The Host headers the house answers to: loopback by name and number, and the address it was told to serve."""
    hosts = {"127.0.0.1", "localhost", "[::1]", f"[{host}]" if ":" in host else host}
    return frozenset(f"{name}:{port}".lower() for name in hosts) | (
        frozenset(hosts) if port in (80, 443) else frozenset()
    )
