"""The engines seen from the gateway and the worker: llama-server's HTTP over handed sockets.

A closed generator closes its connection, which is how llama-server learns that the reader left. A connection found
dead before its first byte of answer is asked for again once; the engine may have been restarted in between.
"""

from __future__ import annotations

import base64
import binascii
import json
import sys
import unicodedata
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from typing import TYPE_CHECKING, Any

import httpcore

from demeure.engine.connections import Connections
from demeure.engine.errors import (
    ContextTooLong,
    EngineBusy,
    EngineDown,
    EngineFailed,
    EngineLoading,
    EngineRefused,
)
from demeure.engine.handed import Connect, HandedBackend
from demeure.engine.port import ANY_SLOT, DIMENSIONS, PREFIXES, TOKENS, Delta, Embedded, Progress, TextKind, legible
from demeure.errors import DemeureError
from demeure.logs import trace
from demeure.supervisor import RoleFailed, RoleStarting

if TYPE_CHECKING:
    from demeure.engine.port import Vectors

sys.modules.setdefault("sniffio", None)  # type: ignore[arg-type]
"""httpcore looks for this absent module at each lock it makes: 16 searches of the disk a question, 15 % of its time
(measured with 60 people at once). Known to be absent, it costs nothing; the library is then taken for asyncio."""

EVENT_LIMIT = 1 << 20  # one server-sent event; llama-server's are a few hundred bytes
ANSWER_LIMIT = 64 << 20
TEXT_LIMIT = 20_000  # characters of a text to embed; 512 tokens are about 2,000
STALE = (httpcore.RemoteProtocolError, httpcore.ReadError, httpcore.WriteError)
GONE = (*STALE, httpcore.ConnectError, httpcore.ConnectTimeout, httpcore.ReadTimeout, httpcore.WriteTimeout)
SILENCE = 120.0  # llama-server sends a comment every 30 s of prefill: two minutes without a byte is a dead engine


class EngineHTTP:
    """One engine by its peer name. ``wait``: seconds to obtain a connection or to write."""

    def __init__(self, peer: str, connect: Connect, *, connections: int = 16, wait: float = 10.0) -> None:
        self.peer = peer
        self._timeouts = {"read": SILENCE, "write": wait}
        self._connections = Connections(peer, HandedBackend(connect), most=connections, wait=wait)

    async def aclose(self) -> None:
        """Close every connection; answers being read fail."""
        await self._connections.aclose()

    async def ready(self) -> bool:
        try:
            async with self.request("GET", "/health", None) as answer:
                return answer.status == 200
        except (EngineDown, EngineBusy, EngineRefused, ContextTooLong):
            return False

    async def ask(self, target: str, body: Mapping[str, Any]) -> Any:
        """POST ``body``, return the JSON answer."""
        return await self._told("POST", target, body)

    async def get(self, target: str) -> Any:
        """The JSON that ``target`` tells."""
        return await self._told("GET", target, None)

    async def _told(self, method: str, target: str, body: Mapping[str, Any] | None) -> Any:
        async with self.request(method, target, body) as answer:
            try:
                return json.loads(await _whole(answer))
            except GONE as problem:
                raise EngineDown(engine=self.peer) from problem
            except ValueError as problem:
                raise EngineRefused(engine=self.peer, status="JSON") from problem

    @asynccontextmanager
    async def request(
        self, method: str, target: str, body: Mapping[str, Any] | None
    ) -> AsyncIterator[httpcore.Response]:
        """An answer with status 200, its body still to be read. Raises EngineDown, EngineBusy, ContextTooLong…"""
        async with AsyncExitStack() as held:
            answer = await self._send(held, method, target, body)
            if answer.status != 200:
                await self._fail(answer)
            yield answer

    async def _send(
        self, held: AsyncExitStack, method: str, target: str, body: Mapping[str, Any] | None
    ) -> httpcore.Response:
        content = b"" if body is None else json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
        headers = [("Host", self.peer), ("Content-Type", "application/json"), ("Content-Length", str(len(content)))]
        headers += [("X-Request-Id", id_)] if (id_ := trace()) else []
        request = httpcore.Request(
            method,
            httpcore.URL(scheme="http", host=self.peer, port=80, target=target),
            headers=headers,
            content=content,
            extensions={"timeout": self._timeouts},
        )
        for attempt in (1, 2):
            try:
                return await held.enter_async_context(self._connections.send(request))
            except RoleFailed as problem:
                raise EngineFailed(**{**problem.params, "engine": self.peer}) from problem
            except RoleStarting as problem:
                raise EngineLoading(engine=self.peer) from problem
            except STALE as problem:
                if attempt == 2:
                    raise EngineDown(engine=self.peer) from problem
            except (httpcore.PoolTimeout, httpcore.ReadTimeout) as problem:
                raise EngineBusy(engine=self.peer) from problem  # alive, and nothing begun for two minutes
            except GONE as problem:
                raise EngineDown(engine=self.peer) from problem
        raise AssertionError

    async def _fail(self, answer: httpcore.Response) -> None:
        try:
            error = json.loads(await _whole(answer)).get("error", {})
        except GONE as problem:
            raise EngineDown(engine=self.peer) from problem
        except (ValueError, AttributeError):
            error = {}
        error = error if isinstance(error, dict) else {}
        if error.get("type") == "exceed_context_size_error":
            raise ContextTooLong(found=error.get("n_prompt_tokens", "?"), limit=error.get("n_ctx", "?"))
        if answer.status == 503:
            loading = "loading" in str(error.get("message", "")).lower()  # a llama-server of the administrator's
            raise (EngineLoading if loading else EngineDown)(engine=self.peer)
        message = str(error.get("message", ""))[:200]
        status = 400 if _of_grammar(message) else answer.status
        raise EngineRefused(engine=self.peer, status=status, message=message)


class ChatClient:
    """``Engine`` over HTTP (see port.py). ``peer`` is the name given to ``connect``. ``before``: awaited before a
    request that any place of the engine may serve."""

    def __init__(self, connect: Connect, *, peer: str = "engine-chat", connections: int = 16) -> None:
        self.http = EngineHTTP(peer, connect, connections=connections)
        self.before: Callable[[], Awaitable[None]] = _nothing

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
        body: dict[str, Any] = {
            "messages": [dict(message) for message in messages],
            "max_tokens": max_tokens,
            "temperature": temperature,
            "stream": True,
            "cache_prompt": True,
            # llama-server sees that a reader left only when it writes to him: without a word of progress after each
            # batch, and a comment every second, an abandoned prefill ran to its end (15 s measured, 1-4 with them).
            "return_progress": True,
            "sse_ping_interval": 1,
            "chat_template_kwargs": {"enable_thinking": False},
        }
        body |= {"seed": seed} if seed is not None else {}
        body |= {"stop": list(stop)} if stop else {}
        if slot == ANY_SLOT:
            await self.before()
        else:
            body["id_slot"] = slot
        async with self.http.request("POST", "/v1/chat/completions", body) as answer:
            try:
                async with aclosing(events(answer)) as stream:
                    async for event in stream:
                        delta = self._delta(event)
                        if progress is not None and (read := progress_of(event)) is not None:
                            progress(read)
                        if delta and (delta.text or delta.finish):
                            yield delta
                        if delta and delta.finish:
                            return
            except GONE as problem:
                raise EngineDown(engine=self.http.peer) from problem
        raise EngineDown(engine=self.http.peer)  # the stream ended without saying how

    async def complete(self, request: Mapping[str, Any]) -> AsyncGenerator[Mapping[str, Any]]:
        """See Completer."""
        body = {"cache_prompt": True, **request, "stream": True, "stream_options": {"include_usage": True}}
        body |= {"return_progress": True, "sse_ping_interval": 1, "timings_per_token": False}  # see chat
        body["chat_template_kwargs"] = {"enable_thinking": False}
        await self.before()
        async with self.http.request("POST", "/v1/chat/completions", body) as answer:
            try:
                async with aclosing(events(answer)) as stream:
                    async for event in stream:
                        if not isinstance(event, dict):
                            raise EngineRefused(engine=self.http.peer, status="SSE")
                        if "error" in event:
                            raise _told(self.http.peer, event["error"])
                        if (event.get("choices") or event.get("usage")) and "prompt_progress" not in event:
                            yield event
            except GONE as problem:
                raise EngineDown(engine=self.http.peer) from problem

    async def count(self, text: str) -> int:
        answer = await self.http.ask("/tokenize", {"content": text, "add_special": False})
        tokens = answer.get("tokens") if isinstance(answer, dict) else None
        if not isinstance(tokens, list):
            raise EngineRefused(engine=self.http.peer, status="/tokenize")
        return len(tokens)

    async def ready(self) -> bool:
        return await self.http.ready()

    async def aclose(self) -> None:
        await self.http.aclose()

    def _delta(self, event: Any) -> Delta | None:
        if not isinstance(event, dict):
            raise EngineRefused(engine=self.http.peer, status="SSE")
        if "error" in event:
            raise EngineDown(engine=self.http.peer)
        choices = event.get("choices") or []
        if not choices:
            return None  # usage and timings travel alone
        text = (choices[0].get("delta") or {}).get("content") or ""
        finish = choices[0].get("finish_reason")
        return Delta(legible(str(text)), "length" if finish == "length" else "stop" if finish else None)


def progress_of(event: Any) -> Progress | None:
    """What an event says of the reading of its prompt; an engine that says it otherwise says nothing."""
    told = event.get("prompt_progress") if isinstance(event, dict) else None
    try:
        return Progress(int(told["processed"]), int(told["total"]), int(told.get("cache", 0))) if told else None
    except (LookupError, TypeError, ValueError):
        return None


async def _nothing() -> None:
    pass


class EmbedClient:
    """``Embedder`` over HTTP (see port.py)."""

    def __init__(self, connect: Connect, *, peer: str = "engine-embed", connections: int = 8) -> None:
        self.http = EngineHTTP(peer, connect, connections=connections)

    async def embed(self, texts: Sequence[str], kind: TextKind) -> Vectors:
        import numpy as np

        if not texts:
            return np.empty((0, DIMENSIONS), np.float32)
        return (await self.embedded(texts, kind)).vectors

    async def embedded(self, texts: Sequence[str], kind: TextKind) -> Embedded:
        inputs: list[Any] = [prepared(text, kind) for text in texts]
        try:
            return await self._vectors(inputs)
        except (ContextTooLong, EngineRefused) as problem:
            if not _too_long(problem):
                raise
        return await self._vectors([await self._cut(text) for text in inputs])

    async def ready(self) -> bool:
        return await self.http.ready()

    async def aclose(self) -> None:
        await self.http.aclose()

    async def _cut(self, text: str) -> list[int]:
        """Tokens of ``text``, at most 512, its end mark kept."""
        answer = await self.http.ask("/tokenize", {"content": text, "add_special": True})
        tokens = [int(token) for token in answer["tokens"]]
        return tokens if len(tokens) <= TOKENS else [*tokens[: TOKENS - 1], tokens[-1]]

    async def _vectors(self, inputs: list[Any]) -> Embedded:
        import numpy as np

        answer = await self.http.ask("/v1/embeddings", {"input": inputs, "encoding_format": "base64"})
        try:
            rows = sorted(answer["data"], key=lambda row: row["index"])
            joined = b"".join(base64.b64decode(row["embedding"], validate=True) for row in rows)
            vectors = np.frombuffer(joined, "<f4").astype(np.float32).reshape(len(inputs), DIMENSIONS)
        except (KeyError, TypeError, ValueError, binascii.Error) as problem:
            raise EngineRefused(engine=self.http.peer, status="/v1/embeddings") from problem
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        if not np.isfinite(lengths).all() or not (lengths > 0).all():
            raise EngineRefused(engine=self.http.peer, status="NaN")
        tokens = int((answer.get("usage") or {}).get("prompt_tokens") or 0)
        return Embedded(str(answer.get("model", "")), np.asarray(vectors / lengths, np.float32), tokens)


def _told(peer: str, error: Any) -> DemeureError:
    """An error in the middle of a stream."""
    told = error if isinstance(error, dict) else {}
    if told.get("type") == "exceed_context_size_error":
        return ContextTooLong(found=told.get("n_prompt_tokens", "?"), limit=told.get("n_ctx", "?"))
    message = str(told.get("message", ""))[:200]
    if told.get("code") == 400 or _of_grammar(message):
        return EngineRefused(engine=peer, status=400, message=message)
    return EngineDown(engine=peer)


def _of_grammar(message: str) -> bool:
    """A grammar that llama.cpp could not follow to the end (a sign that it writes in several pieces): it says 500,
    and goes on serving."""
    return "grammar" in message.casefold()


def prepared(text: str, kind: TextKind) -> str:
    """What E5 was trained on: prefix, NFKC. A lone surrogate becomes “?”; an empty text stays a lone prefix."""
    clean = text[:TEXT_LIMIT].encode("utf-8", "replace").decode("utf-8")
    return PREFIXES[kind] + unicodedata.normalize("NFKC", clean)


async def events(answer: httpcore.Response) -> AsyncGenerator[Any]:
    """JSON of each server-sent event up to ``[DONE]``; comments, empty lines and other fields are passed over."""
    data: list[bytes] = []
    async with aclosing(_lines(answer)) as lines:
        async for line in lines:
            if line.startswith(b"data:"):
                data.append(line[5:].removeprefix(b" "))
            elif line.startswith(b"error:"):
                data.append(b'{"error":' + line[6:] + b"}")
            elif not line and data:
                event, data = b"\n".join(data), []
                if event.strip() == b"[DONE]":
                    return
                try:
                    yield json.loads(event)
                except ValueError as problem:
                    raise EngineRefused(engine="?", status="SSE") from problem


async def _lines(answer: httpcore.Response) -> AsyncGenerator[bytes]:
    """Lines ended by LF or CRLF, however the socket cut them."""
    rest = b""
    async for piece in answer.aiter_stream():
        *whole, rest = (rest + piece).split(b"\n")
        for line in whole:
            yield line.rstrip(b"\r")
        if len(rest) > EVENT_LIMIT:
            raise EngineRefused(engine="?", status="SSE")
    if rest:
        yield rest


async def _whole(answer: httpcore.Response) -> bytes:
    parts, size = [], 0
    async for part in answer.aiter_stream():
        size += len(part)
        if size > ANSWER_LIMIT:
            raise ValueError(size)
        parts.append(part)
    return b"".join(parts)


def _too_long(problem: ContextTooLong | EngineRefused) -> bool:
    return isinstance(problem, ContextTooLong) or "too large" in str(problem.params.get("message", ""))
