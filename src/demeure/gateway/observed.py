"""What is counted as it passes: requests, questions, first words, the pace of the engine. Numbers alone are
taken; what passes is looked at no further, and goes on unchanged."""

import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from demeure.assistant import Event, Text
from demeure.engine import ANY_SLOT, Delta, Engine, Progress
from demeure.gateway.house import Asking
from demeure.logs import ERROR, INFO, event, tracing
from demeure.supervision import Supervision

_LEAST_PIECES = 8
"""Fewer say nothing of a pace."""
TRACE = b"x-demeure-trace"


class Counted:
    """Outermost: each request has an id, which its logs, its answer's header and the engine's requests bear. A line
    says its way (never its address), status, seconds."""

    def __init__(self, app: ASGIApp, seen: Supervision) -> None:
        self._app, self._seen = app, seen

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or str(scope.get("path", "")).startswith("/static/"):
            await self._app(scope, receive, send)
            return
        status, began = 0, time.monotonic()
        with tracing() as id_:

            async def counted(message: Message) -> None:
                nonlocal status
                if message["type"] == "http.response.start":
                    status = int(message["status"])
                    message = {**message, "headers": [*message.get("headers", ()), (TRACE, id_.encode())]}
                await send(message)

            try:
                await self._app(scope, receive, counted)
            finally:
                self._told(scope, status, time.monotonic() - began)

    def _told(self, scope: Scope, status: int, seconds: float) -> None:
        failed = status >= 500
        self._seen.count("requests")
        if failed:
            self._seen.count("errors")
        level = ERROR if failed else INFO
        event(
            "gateway", "request-served", level, way=scope.get("way", ""), status=status, seconds=round(seconds, 3)
        )


class ObservedAssistant:
    """``Asking``, with the wait of each question for its first word."""

    def __init__(self, inner: Asking, seen: Supervision) -> None:
        self._inner, self._seen = inner, seen

    async def ask(self, *asked: Any, **how: Any) -> AsyncGenerator[Event]:
        began, waiting = time.monotonic(), True
        self._seen.count("questions")
        async with aclosing(self._inner.ask(*asked, **how)) as events:
            async for told in events:
                if waiting and isinstance(told, Text):
                    waiting, seconds = False, time.monotonic() - began
                    self._seen.observe("first_token", seconds)
                    event("gateway", "first-word", seconds=round(seconds, 3))
                yield told


class ObservedEngine:
    """``Engine``, with its pace: pieces a second of one answer, from the first to the last."""

    def __init__(self, inner: Engine, seen: Supervision) -> None:
        self._inner, self._seen = inner, seen

    async def chat(
        self,
        messages: Sequence[Mapping[str, str]],
        *,
        max_tokens: int,
        temperature: float = 0.2,
        seed: int | None = None,
        stop: Sequence[str] = (),
        slot: int = ANY_SLOT,
        progress: Callable[[Progress], None] | None = None,
    ) -> AsyncGenerator[Delta]:
        how: dict[str, Any] = {"max_tokens": max_tokens, "temperature": temperature, "seed": seed, "stop": stop}
        asked = first = last = time.monotonic()
        pieces = 0
        try:
            async with aclosing(self._inner.chat(messages, **how, slot=slot, progress=progress)) as deltas:
                async for delta in deltas:
                    last = time.monotonic()
                    first = last if not pieces else first
                    pieces += bool(delta.text)
                    yield delta
        finally:
            if pieces >= _LEAST_PIECES and last > first:
                self._seen.observe("tokens_rate", (pieces - 1) / (last - first))
            event("gateway", "engine", pieces=pieces, first=round(first - asked, 3), seconds=round(last - asked, 3))

    async def count(self, text: str) -> int:
        return await self._inner.count(text)

    async def ready(self) -> bool:
        return await self._inner.ready()


def observed(assistant: Asking, seen: Supervision) -> dict[str, Any]:
    """The assistant whose waits are measured, and where, as ``House`` names them."""
    return {"assistant": ObservedAssistant(assistant, seen), "supervision": seen}
