"""One question to an OpenAI-compatible engine at the end of a route. Of its answer only the words come back.

No redirection is followed, no cookie kept; status, headers, sizes and silences are bounded; an engine that lies
about any of them is left at once.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, aclosing, suppress
from typing import Any

import httpcore

from demeure.airlock.connecting import CONNECT, HANDSHAKE, Dialler, Outside, broken
from demeure.airlock.errors import RouteFailed, RouteNotItself, RouteRefused, RouteUnreachable
from demeure.airlock.route import Route
from demeure.engine import Delta, legible
from demeure.engine.client import EVENT_LIMIT, GONE, STALE
from demeure.engine.connections import Connections

ROLES = ("system", "user", "assistant")
_AT_ONCE = 8
_TOKENS = 1 << 17
WORDS = 1 << 19
"""Bytes of words of one answer, names restored, whatever the route lets come back: more than was ever asked of an
engine (_TOKENS). An entry of the journal holds eight times as many: JSON may write them sixfold (control
characters), and what was checked of them is cut (assistant.work.foremost)."""
_DRAIN = 0.2
"""Seconds left to an engine to end what it said was over."""


def checked(route: Route, told: Any) -> None:
    """What was asked to be sent is messages, and texts beside them, if any, are texts. Raises RouteRefused."""
    rows = told.get("messages") if isinstance(told, dict) else None
    if not isinstance(rows, list) or not rows:
        raise _malformed(route)
    for row in rows:
        right = isinstance(row, dict) and set(row) == {"role", "content"} and row["role"] in ROLES
        if not right or not isinstance(row["content"], str):
            raise _malformed(route)
    beside = told.get("beside", [])
    if not isinstance(beside, list) or not all(isinstance(one, str) for one in beside):
        raise _malformed(route)


def beside_of(told: Mapping[str, Any]) -> list[str]:
    """Texts of which the messages quote lines: looked at with them, they do not leave."""
    return list(told.get("beside", []))


def texts_of(told: Mapping[str, Any]) -> list[str]:
    """Every text that would leave: of each message, then where the answer is to stop."""
    return [*(row["content"] for row in told["messages"]), *_stops(told)]


def examples_of(told: Mapping[str, Any]) -> frozenset[int]:
    """Which of ``texts_of`` are turns before the last thing that is asked: examples, which nobody in the house
    wrote today. An instruction (system) may hold documents: it is none."""
    roles = [row["role"] for row in told["messages"]]
    last = max((number for number, role in enumerate(roles) if role == "user"), default=0)
    return frozenset(number for number in range(last) if roles[number] != "system")


def _stops(told: Mapping[str, Any]) -> list[str]:
    stop = told.get("stop")
    if not isinstance(stop, list) or len(stop) > 4 or not all(isinstance(one, str) for one in stop):
        return []
    return list(stop)


def body_of(route: Route, told: Mapping[str, Any], texts: Sequence[str]) -> bytes:
    """The very bytes that leave: the model is the route's, the words are ``texts`` (those of ``texts_of``, as they
    may leave), the rest is bounded numbers."""
    many = len(told["messages"])
    pairs = zip(told["messages"], texts[:many], strict=True)
    rows = [{"role": row["role"], "content": text} for row, text in pairs]
    body: dict[str, Any] = {"model": route.model, "messages": rows, "stream": True}
    for name, low, high in (("max_tokens", 1, _TOKENS), ("temperature", 0, 2), ("seed", 0, 1 << 31)):
        value = told.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high:
            body[name] = value
    if texts[many:]:
        body["stop"] = list(texts[many:])
    return json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")


class Engines:
    """Connections kept to the engines of routes."""

    def __init__(self, dialler: Dialler) -> None:
        self._dialler = dialler
        self._kept: dict[str, Connections] = {}

    async def chat(self, route: Route, secret: str, body: bytes, counted: list[int]) -> AsyncGenerator[Delta]:
        """The words as they come; ``counted`` gets how many bytes each piece was. Raises RouteFailed,
        RouteUnreachable, RouteNotItself."""
        async with AsyncExitStack() as held:
            try:
                answer = await self._send(held, route, secret, body)
                await _accepted(route, answer)
                bounded = _Bounded(answer, route, counted)
                async with aclosing(_words(route, answer, bounded)) as words:
                    async for delta in words:
                        yield delta
            except httpcore.ReadTimeout as problem:
                raise _failed(route, "il se tait", "it is silent") from problem
            except (*GONE, httpcore.PoolTimeout) as problem:
                raise _failed(route, *broken(problem)) from problem
            except (ValueError, RecursionError, httpcore.LocalProtocolError) as problem:
                raise _failed(route, "ce n’est pas une réponse de moteur", "not an engine’s answer") from problem

    async def _send(self, held: AsyncExitStack, route: Route, secret: str, body: bytes) -> httpcore.Response:
        timeouts = {"read": float(route.limits.silence), "write": float(route.limits.silence)}
        request = httpcore.Request(
            "POST",
            httpcore.URL(scheme="http", host=route.id, port=80, target=f"{route.path}/chat/completions"),
            headers=_headers(route, secret, body),
            content=body,
            extensions={"timeout": timeouts},
        )
        for attempt in (1, 2):
            fresh = route.id not in self._kept
            connections = self._kept.setdefault(route.id, self._connections(route))
            try:
                return await held.enter_async_context(connections.send(request))
            except (RouteUnreachable, RouteNotItself) as problem:
                if attempt == 1:
                    raise
                # the broken connection may have taken the request: it is not said that nothing left
                fr, en = "connexion rompue, et plus aucune depuis", "broken connection, and none since"
                raise _failed(route, fr, en) from problem
            except STALE:
                if (
                    attempt == 2 or fresh
                ):  # a kept connection may have been closed meanwhile: once more, on a new one
                    raise
                await self._kept.pop(route.id).aclose()
        raise AssertionError

    def _connections(self, route: Route) -> Connections:
        backend: Any = Outside(self._dialler, route)
        return Connections(route.id, backend, most=_AT_ONCE, wait=CONNECT + HANDSHAKE)

    async def aclose(self) -> None:
        """Answers being read fail."""
        for connections in self._kept.values():
            await connections.aclose()


class _Bounded:
    """An answer whose bytes are counted, and stop at the route's limit."""

    def __init__(self, answer: httpcore.Response, route: Route, counted: list[int]) -> None:
        self._answer, self._route, self._counted = answer, route, counted

    async def aiter_stream(self) -> AsyncGenerator[bytes]:
        size = 0
        async for piece in self._answer.aiter_stream():
            size += len(piece)
            self._counted.append(len(piece))
            if size > self._route.limits.answer:
                raise too_long(self._route, self._route.limits.answer)
            yield piece


async def _words(route: Route, answer: httpcore.Response, bounded: "_Bounded") -> AsyncGenerator[Delta]:
    async with aclosing(bounded.aiter_stream()) as pieces:
        if b"text/event-stream" not in _header(answer, b"content-type"):
            told = json.loads(b"".join([piece async for piece in pieces]))
            yield _delta(route, told, "message") or Delta("", "stop")
            return
        finished = False
        async with aclosing(_events(route, pieces)) as stream:
            async for event in stream:
                delta = _delta(route, event, "delta")
                if delta is not None:
                    yield delta
                    if finished := bool(delta.finish):
                        break
        if not finished:
            raise _failed(route, "réponse interrompue", "the answer stopped short")
        with suppress(TimeoutError):  # to its very end: the connection then serves the next question
            async with asyncio.timeout(_DRAIN):
                async for _ in pieces:
                    pass


async def _events(route: Route, pieces: AsyncIterator[bytes]) -> AsyncGenerator[Any]:
    """JSON of each server-sent event up to ``[DONE]``; other fields, comments and empty lines are passed over."""
    rest, data = b"", list[bytes]()
    async for piece in pieces:
        *lines, rest = (rest + piece).split(b"\n")
        if len(rest) > EVENT_LIMIT:
            raise _failed(route, "ce n’est pas une réponse de moteur", "not an engine’s answer")
        for line in lines:
            row = line.rstrip(b"\r")
            if row.startswith(b"data:"):
                data.append(row[5:].strip())
            elif not row and data:
                event, data = b"\n".join(data), []
                if event == b"[DONE]":
                    return
                yield json.loads(event)


def _delta(route: Route, event: Any, name: str) -> Delta | None:
    """Its words. Raises RouteFailed for anything that is not an engine's answer."""
    choices = event.get("choices") if isinstance(event, dict) else None
    if not isinstance(choices, list) or not all(isinstance(one, dict) for one in choices):
        raise _failed(route, "ce n’est pas une réponse de moteur", "not an engine’s answer")
    if not choices:
        return None  # usage travels alone
    part, finish = choices[0].get(name) or {}, choices[0].get("finish_reason")
    text = part.get("content") if isinstance(part, dict) else None
    clean = legible(text) if isinstance(text, str) else ""
    whole = finish or (name == "message" and "stop")
    return Delta(clean, "length" if finish == "length" else "stop" if whole else None) if clean or whole else None


async def _accepted(route: Route, answer: httpcore.Response) -> None:
    """Raises RouteFailed for any status but 200."""
    status = answer.status
    if status == 200:
        return
    if 300 <= status < 400:
        raise _failed(
            route,
            f"HTTP {status} : il renvoie ailleurs, ce qui n’est pas suivi",
            f"HTTP {status}: it sends elsewhere, which is not followed",
        )
    told = {
        401: ("la clé d’accès est refusée", "the credential is refused"),
        403: ("la clé d’accès est refusée", "the credential is refused"),
        404: (f"pas de {route.path}/chat/completions", f"no {route.path}/chat/completions"),
        429: ("il demande d’attendre", "it asks to wait"),
    }.get(status, ("", ""))
    fr, en = (f"HTTP {status}" + (f" : {told[0]}" if told[0] else "")), f"HTTP {status} {told[1]}".rstrip()
    raise _failed(route, fr, en)


def _headers(route: Route, secret: str, body: bytes) -> list[tuple[str, str]]:
    host = f"[{route.host}]" if ":" in route.host else route.host
    named = host if route.port == (443 if route.tls else 80) else f"{host}:{route.port}"
    rows = [("Host", named), ("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    rows += [("Accept", "text/event-stream, application/json"), ("Accept-Encoding", "identity")]
    return rows + ([("Authorization", f"Bearer {secret}")] if secret else [])


def _header(answer: httpcore.Response, name: bytes) -> bytes:
    return next((value.lower() for key, value in answer.headers if key.lower() == name), b"")


def _failed(route: Route, fr: str, en: str) -> RouteFailed:
    return RouteFailed(route=route.id, detail=fr, detail_en=en)


def too_long(route: Route, limit: int) -> RouteFailed:
    """Its answer has more than ``limit`` bytes."""
    return _failed(route, f"réponse de plus de {limit} octets", f"answer of more than {limit} bytes")


def _malformed(route: Route) -> RouteRefused:
    fr, en = "La demande n’est pas une suite de messages.", "The request is not a list of messages."
    return RouteRefused(route=route.id, rule="malformed", detail=fr, detail_en=en)
