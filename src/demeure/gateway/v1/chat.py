"""``/v1/chat/completions``: the chat model as it is, or the documents of the house, named ``demeure-base``."""

import contextlib
import json
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from starlette.responses import Response
from starlette.types import Send

from demeure.engine import EngineRefused
from demeure.errors import DemeureError
from demeure.gateway.asking import EventStream, Reading
from demeure.gateway.entitled import entitled
from demeure.gateway.errors import ModelCannot
from demeure.gateway.streams import STREAM_HEADERS, until_left
from demeure.gateway.v1.asked import Asked, asked, clean
from demeure.gateway.v1.based import based
from demeure.gateway.v1.forced import as_calls
from demeure.gateway.v1.models import served
from demeure.gateway.v1.shapes import error, invalid
from demeure.gateway.visit import Visit

Chunk = Mapping[str, Any]


async def completions(came: Visit) -> Response:
    """POST /v1/chat/completions."""
    body = await came.json_body()
    settings = came.house.settings
    wanted = asked(body, settings.engine_context // settings.engine_slots)
    raw = (await served(came)).chats(wanted.model)
    chunks = _drawn(came, wanted) if raw else based(came, wanted)
    if raw and wanted.must:
        chunks = as_calls(chunks)
    chunks = entitled(came, chunks)
    made = Made(wanted, int(came.house.clock.now().timestamp()))
    if wanted.stream:
        return ChunkStream(came, chunks, made)  # type: ignore[return-value] # an ASGI app
    whole = Whole()
    stayed = await until_left(came.request.receive, whole.read(chunks))
    return came.json(made.whole(whole)) if stayed else Response(status_code=400)


async def _drawn(came: Visit, wanted: Asked) -> AsyncGenerator[Chunk]:
    """Chunks of the chat model. What it cost is counted, also when the reader leaves."""
    sensitivity = wanted.own.get("class") or ""
    if not isinstance(sensitivity, str):
        raise invalid("demeure.class", "a class of the policy", "une classe de la politique")
    chunks = came.house.model_room.complete(came.actor, wanted.requests, clean(sensitivity, "demeure.class")[:40])
    pieces, spent = 0, 0
    try:
        async with contextlib.aclosing(chunks) as events:
            async for event in events:
                pieces += 1
                spent = (event.get("usage") or {}).get("total_tokens", 0)
                yield event
    except EngineRefused as problem:
        if problem.params.get("status") != 400:
            raise
        raise ModelCannot(detail=problem.params.get("message") or "HTTP 400") from problem
    finally:
        await came.house.applications.spent(came.actor, spent or pieces)


@dataclass
class Whole:
    """What the chunks of one request add up to. ``choices``: by index, message and why it ended."""

    choices: dict[int, dict[str, Any]] = field(default_factory=dict)
    usage: Mapping[str, int] = field(default_factory=dict)
    own: dict[str, Any] = field(default_factory=dict)

    async def read(self, chunks: AsyncGenerator[Chunk]) -> None:
        """To their end."""
        async with contextlib.aclosing(chunks) as events:
            async for event in events:
                self.take(event)

    def take(self, event: Chunk) -> None:
        """Add one."""
        self.usage = event.get("usage") or self.usage
        self.own |= _own(event)
        for choice in event["choices"]:
            made = self.choices.setdefault(choice["index"], {"content": "", "calls": {}, "finish": None})
            delta = choice.get("delta") or {}
            made["content"] += delta.get("content") or ""
            made["finish"] = choice.get("finish_reason") or made["finish"]
            for call in delta.get("tool_calls") or ():
                _add(made["calls"].setdefault(call.get("index", 0), _no_call()), call)


def _no_call() -> dict[str, Any]:
    return {"id": "", "type": "function", "function": {"name": "", "arguments": ""}}


def _add(made: dict[str, Any], call: Mapping[str, Any]) -> None:
    function = call.get("function") or {}
    made["id"] = made["id"] or call.get("id") or ""
    for name in ("name", "arguments"):
        made["function"][name] += function.get(name) or ""


def _own(event: Chunk) -> dict[str, Any]:
    """What the house adds of its own."""
    return {**event.get("demeure", {})} | ({"chain": event["chain"]} if event.get("chain") else {})


@dataclass
class Made:
    """The objects that are sent back for one request."""

    wanted: Asked
    created: int
    id: str = field(default_factory=lambda: f"chatcmpl-{uuid4().hex}")

    def whole(self, read: Whole) -> dict[str, Any]:
        """``chat.completion``."""
        choices = []
        for at, made in sorted(read.choices.items()):
            message: dict[str, Any] = {"role": "assistant", "content": made["content"], "refusal": None}
            if made["calls"]:
                message |= {"tool_calls": list(made["calls"].values()), "content": made["content"] or None}
            choices.append(
                {"index": at, "message": message, "finish_reason": made["finish"] or "stop", "logprobs": None}
            )
        told = self._told("chat.completion") | {"choices": choices, "usage": dict(read.usage)}
        return told | ({"demeure": read.own} if read.own else {})

    def chunk(self, event: Chunk) -> dict[str, Any] | None:
        """``chat.completion.chunk``; None of a piece that says nothing to a reader."""
        own, choices = _own(event), [self._choice(choice) for choice in event["choices"]]
        usage = event.get("usage") if self.wanted.usage and not choices else None
        shown = {"event": event["event"]} if event.get("event") else {}
        if not choices and usage is None and not event.get("demeure") and not shown:
            return None
        told = self._told("chat.completion.chunk") | {"choices": choices} | shown
        told |= {"usage": dict(usage)} if usage else {}
        return told | ({"demeure": own} if own else {})

    def _told(self, kind: str) -> dict[str, Any]:
        return {"id": self.id, "object": kind, "created": self.created, "model": self.wanted.model}

    @staticmethod
    def _choice(choice: Mapping[str, Any]) -> dict[str, Any]:
        ended = choice.get("finish_reason")
        return {
            "index": choice["index"],
            "delta": choice.get("delta") or {},
            "finish_reason": ended,
            "logprobs": None,
        }


class ChunkStream(EventStream):
    """Server-sent events as OpenAI's clients read them, ``[DONE]`` at the end."""

    def __init__(self, came: Visit, chunks: AsyncGenerator[Chunk], made: Made) -> None:
        super().__init__(came, chunks, Reading(""), came.house.patience)  # type: ignore[arg-type] # dictionaries
        self._chunks, self._made = chunks, made

    async def _write(self, send: Send) -> None:
        async with contextlib.aclosing(self._chunks) as chunks:
            first = await anext(chunks, None)  # an error before the first chunk is still an ordinary error
            await send({"type": "http.response.start", "status": 200, "headers": STREAM_HEADERS})
            try:
                if first is not None:
                    await self._tell(send, first)
                    async for event in chunks:
                        await self._tell(send, event)
            except DemeureError as problem:
                await self._send(send, _data(error(problem, self._came.language)))
            await self._send(send, b"data: [DONE]\n\n", more=False)

    async def _tell(self, send: Send, event: Chunk) -> None:
        told = self._made.chunk(event)
        if told is not None:
            await self._send(send, _data(told))


def _data(told: Mapping[str, Any]) -> bytes:
    return b"data: " + json.dumps(told, ensure_ascii=False, default=str).encode() + b"\n\n"
