"""One HTTP exchange at the end of a route, for what is not an engine: bounded, nothing followed, nothing kept."""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpcore

from demeure.airlock.connecting import CONNECT, HANDSHAKE, Dialler, Outside, broken
from demeure.airlock.errors import RouteFailed
from demeure.airlock.route import Route
from demeure.engine.client import GONE
from demeure.engine.connections import Connections

Header = tuple[str, str]


@dataclass(frozen=True)
class Answered:
    """``pieces``: of the body, counted in ``counted``, up to the route's limit."""

    status: int
    headers: Sequence[tuple[bytes, bytes]]
    pieces: AsyncGenerator[bytes]

    def header(self, name: str) -> str:
        """Its value, lower case; empty without."""
        wanted = name.lower().encode()
        return next((v.decode("latin-1").lower() for k, v in self.headers if k.lower() == wanted), "")

    async def whole(self, limit: int, route: Route) -> bytes:
        """The body. Raises RouteFailed past ``limit`` bytes."""
        body = bytearray()
        async for piece in self.pieces:
            body += piece
            if len(body) > limit:
                raise _failed(route, f"réponse de plus de {limit} octets", f"answer of more than {limit} bytes")
        return bytes(body)


def host_of(route: Route) -> str:
    """As it is said in the Host header."""
    host = f"[{route.host}]" if ":" in route.host else route.host
    return host if route.port == (443 if route.tls else 80) else f"{host}:{route.port}"


@asynccontextmanager
async def exchange(
    dialler: Dialler,
    route: Route,
    method: str,
    target: str,
    headers: Sequence[Header],
    content: bytes | AsyncIterator[bytes],
    counted: list[int],
) -> AsyncGenerator[Answered]:
    """The answer, on a connection of its own that closes with it. ``headers`` say the length. Raises RouteFailed
    (a redirection too), RouteUnreachable, RouteNotItself."""
    backend: Any = Outside(dialler, route)
    connections = Connections(route.id, backend, most=1, wait=CONNECT + HANDSHAKE)
    silence = float(route.limits.silence)
    request = httpcore.Request(
        method,
        httpcore.URL(scheme="http", host=route.id, port=80, target=target),
        headers=[("Host", host_of(route)), ("Accept-Encoding", "identity"), *headers],
        content=content,
        extensions={"timeout": {"read": silence, "write": silence}},
    )
    try:
        async with connections.send(request) as answer:
            if 300 <= answer.status < 400:
                fr = f"HTTP {answer.status} : il renvoie ailleurs, ce qui n’est pas suivi"
                raise _failed(route, fr, f"HTTP {answer.status}: it sends elsewhere, which is not followed")
            async with aclosing(_bounded(answer, route, counted)) as pieces:
                yield Answered(answer.status, answer.headers, pieces)
    except httpcore.ReadTimeout as problem:
        raise _failed(route, "il se tait", "it is silent") from problem
    except (*GONE, httpcore.PoolTimeout, httpcore.LocalProtocolError) as problem:
        raise _failed(route, *broken(problem)) from problem
    finally:
        await connections.aclose()


async def _bounded(answer: httpcore.Response, route: Route, counted: list[int]) -> AsyncGenerator[bytes]:
    size, limit = 0, route.limits.answer
    async for piece in answer.aiter_stream():
        size += len(piece)
        counted.append(len(piece))
        if size > limit:
            raise _failed(route, f"réponse de plus de {limit} octets", f"answer of more than {limit} bytes")
        yield piece


def _failed(route: Route, fr: str, en: str) -> RouteFailed:
    return RouteFailed(route=route.id, detail=fr, detail_en=en)
