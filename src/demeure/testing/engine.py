"""A scripted chat model and a hashing embedding model: the law of the ports, no model file, no waiting."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import re
import unicodedata
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from demeure.engine import (
    DIMENSIONS,
    ContextTooLong,
    Delta,
    Embedded,
    EngineDown,
    EngineFacts,
    EngineLoading,
    EngineRefused,
    Progress,
    TextKind,
    Tray,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Sleep = Callable[[float], Awaitable[Any]]


@dataclass
class FakeEngine:
    """Answers with ``script``: one text for every question, or a function of the messages.

    ``delay`` seconds pass before each piece, through ``sleep`` (a fake clock's, so that tests own time). After
    ``dies_after`` pieces the engine disappears. ``context`` is in words. The first ``loading``
    questions find it loading. ``places``: what its places hold is not read again. To look at: ``prompts``
    received, answers ``active`` now, answers ``closed`` before their end.
    """

    script: str | Callable[[Sequence[Mapping[str, str]]], str] = "Voici la réponse [1]."
    delay: float = 0.0
    sleep: Sleep = asyncio.sleep
    dies_after: int | None = None
    context: int = 4096
    up: bool = True
    loading: int = 0
    places: FakeSlots | None = None
    prompts: list[list[dict[str, str]]] = field(default_factory=list)
    active: int = 0
    closed: int = 0

    async def chat(
        self,
        messages: Sequence[Mapping[str, str]],
        *,
        max_tokens: int,
        temperature: float = 0.2,
        seed: int | None = None,
        stop: Sequence[str] = (),
        slot: int = -1,
        progress: Callable[[Progress], None] | None = None,
    ) -> AsyncGenerator[Delta]:
        del temperature, seed
        self.prompts.append([dict(message) for message in messages])
        length = sum([await self.count(message["content"]) for message in messages])
        if not self.up:
            raise EngineDown(engine="fake")
        if self.loading:
            self.loading -= 1
            raise EngineLoading(engine="fake")
        if length > self.context:
            raise ContextTooLong(found=length, limit=self.context)
        self.active += 1
        finished = False
        try:
            if progress is not None:
                await self._read(messages, slot, progress)
            async for delta in self._pieces(self._answer(messages, stop), max_tokens):
                finished = delta.finish is not None
                yield delta
        finally:
            self.active -= 1
            self.closed += not finished

    async def count(self, text: str) -> int:
        if not self.up:
            raise EngineDown(engine="fake")
        return len(re.findall(r"\w+|[^\w\s]", text))

    async def ready(self) -> bool:
        return self.up

    async def _read(
        self, messages: Sequence[Mapping[str, str]], slot: int, progress: Callable[[Progress], None]
    ) -> None:
        """As llama-server says it: what the place holds at once, then the rest."""
        prompt, held = (
            "\n".join(m["content"] for m in messages),
            self.places.held.get(slot, "") if self.places else "",
        )
        total, spared = len(prompt.split()), len(held.split()) if prompt.startswith(held) else 0
        progress(Progress(spared, total, spared))
        for part in range(1, 5):
            if total - spared > spared:
                await (self.places.pause() if self.places else _at_once())
            progress(Progress(spared + part * (total - spared) // 4, total, spared))

    def _answer(self, messages: Sequence[Mapping[str, str]], stop: Sequence[str]) -> str:
        answer = self.script if isinstance(self.script, str) else self.script(messages)
        for mark in stop:
            answer = answer.partition(mark)[0]
        return answer

    async def _pieces(self, answer: str, max_tokens: int) -> AsyncGenerator[Delta]:
        words = re.findall(r"\s*\S+", answer)
        for number, word in enumerate(words[:max_tokens]):
            if not self.up or (self.dies_after is not None and number >= self.dies_after):
                raise EngineDown(engine="fake")
            await self.sleep(self.delay)
            yield Delta(word)
        yield Delta("", "length" if len(words) > max_tokens else "stop")


@dataclass
class FakeCompleter:
    """Obeys Completer: says ``words`` one by one, ``delay`` seconds before each; with tools in the request it calls
    the first; with a format it answers ``formed``; a ``pattern`` in the schema is refused as llama.cpp refuses.
    To look at: ``requests``, answers ``active`` now and ``most`` at once, ``left`` by their reader."""

    words: Sequence[str] = ("Bonjour", " de", " la", " maison", ".")
    formed: str = '{"reponse": "oui"}'
    delay: float = 0.0
    up: bool = True
    requests: list[dict[str, Any]] = field(default_factory=list)
    active: int = 0
    most: int = 0
    left: int = 0

    async def complete(self, request: Mapping[str, Any]) -> AsyncGenerator[Mapping[str, Any]]:
        if not self.up:
            raise EngineDown(engine="fake")
        if "pattern" in str(request.get("response_format")):
            raise EngineRefused(engine="fake", status=400, message="failed to parse grammar")
        self.requests.append(dict(request))
        self.active += 1
        self.most = max(self.most, self.active)
        whole = False
        try:
            async for event in self._events(request):
                yield event
            whole = True
        finally:
            self.active -= 1
            self.left += not whole

    async def _events(self, request: Mapping[str, Any]) -> AsyncGenerator[Mapping[str, Any]]:
        yield _chunk({"role": "assistant", "content": None})
        finish, said = "stop", 0
        if request.get("tools") and request.get("tool_choice") != "none":
            finish = "tool_calls"
            name = request["tools"][0]["function"]["name"]
            yield _chunk({"tool_calls": [_call(name, "")]})
            for piece in ('{"lieu":', '"Saint-Aubin"}'):
                yield _chunk({"tool_calls": [_call(None, piece)]})
                said += 1
        else:
            formed = self._formed(request["response_format"]) if "response_format" in request else ""
            words = [formed[:4], formed[4:]] if formed else list(self.words)
            for word in words[: request["max_tokens"]]:
                await asyncio.sleep(self.delay)
                yield _chunk({"content": word})
                said += 1
            finish = "length" if said < len(words) else "stop"
        yield _chunk({}, finish)
        asked = sum([await self.count(str(one["content"])) for one in request["messages"]])
        yield {"choices": [], "usage": {"prompt_tokens": asked, "completion_tokens": said}}

    def _formed(self, wanted: Mapping[str, Any]) -> str:
        """Of a schema of a call, a call."""
        schema = wanted.get("json_schema", {}).get("schema", {})
        name = schema.get("properties", {}).get("name", {}).get("const")
        if name is None:
            return self.formed
        return json.dumps({"name": name, "arguments": {"lieu": "Saint-Aubin"}})

    async def count(self, text: str) -> int:
        if not self.up:
            raise EngineDown(engine="fake")
        return len(text.split())


def _chunk(delta: Mapping[str, Any], finish: str | None = None) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": dict(delta), "finish_reason": finish}]}


def _call(name: str | None, arguments: str) -> dict[str, Any]:
    told: dict[str, Any] = {"index": 0, "function": {"arguments": arguments}}
    return (
        told
        | ({"id": "call1", "type": "function"} if name else {})
        | ({"function": {"name": name, "arguments": arguments}} if name else {})
    )


class FakeSlots:
    """The places of an engine that keeps no state but the beginnings it read: saving puts one on the tray, in
    clear. To look at: ``read_`` beginnings, ``restored`` bytes, ``erased`` places; ``held``: what each place
    holds now. ``pause``: waited for after each tenth of a reading."""

    def __init__(self, model: str = "fake", slots: int = 2) -> None:
        self.tray = Tray(os.memfd_create("fake-tray"))
        self.model, self.count, self.up, self.padding = model, slots, True, 3 << 20
        self.read_: list[str] = []
        self.restored: list[bytes] = []
        self.erased: list[int] = []
        self.held: dict[int, str] = {}
        self.pause: Callable[[], Awaitable[Any]] = _at_once

    async def facts(self) -> EngineFacts:
        if not self.up:
            raise EngineDown(engine="fake")
        return EngineFacts(self.model, "fake 1", 4096, self.count)

    async def beginning(self, messages: Sequence[Mapping[str, str]], head: str = "") -> str:
        return "\n".join([*(message["content"] for message in messages), *filter(None, [head])])

    async def length(self, text: str) -> int:
        return len(text.split())

    async def read(self, beginning: str, slot: int) -> AsyncGenerator[tuple[int, int]]:
        tokens = len(beginning.split())
        for tenth in range(1, 11):
            await self.pause()
            yield tenth * tokens // 10, tokens
        self.read_.append(beginning)
        self.held[slot] = beginning

    async def save(self, slot: int) -> int:
        held = self.held.get(slot, "")
        state = held.encode() + bytes(self.padding)
        self.tray.room(len(state))(0, state)
        return len(held.split())

    async def restore(self, slot: int) -> int:
        with self.tray.content() as content:
            self.restored.append(content[:])
        self.held[slot] = self.restored[-1].rstrip(b"\0").decode()
        return len(self.held[slot].split())

    async def erase(self, slot: int) -> None:
        self.erased.append(slot)
        self.held.pop(slot, None)


async def _at_once() -> None:
    await asyncio.sleep(0)


@dataclass
class FakeEmbedder:
    """Texts that share words have close vectors; the same text always has the same one, for one
    ``model``. ``calls``: batches seen."""

    delay: float = 0.0
    sleep: Sleep = asyncio.sleep
    up: bool = True
    model: str = "fake"
    calls: list[list[str]] = field(default_factory=list)

    async def embed(self, texts: Sequence[str], kind: TextKind) -> NDArray[np.float32]:
        import numpy as np

        if not self.up:
            raise EngineDown(engine="fake")
        self.calls.append(list(texts))
        await self.sleep(self.delay)
        vectors = np.zeros((len(texts), DIMENSIONS), np.float32)
        for row, text in enumerate(texts):
            for word in [kind, *_words(text)[:510]]:
                digest = hashlib.blake2b(word.encode(), digest_size=8, person=self._kind).digest()
                place = int.from_bytes(digest[:4], "little") % DIMENSIONS
                # the kind weighs little: a question and its passage stay close
                vectors[row, place] += (1.0 if digest[4] & 1 else -1.0) * (0.1 if word == kind else 1.0)
            if not vectors[row].any():
                vectors[row, 0] = 1.0
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)

    @property
    def _kind(self) -> bytes:
        """What tells the vectors of « fake-b » from those of « fake »."""
        return self.model.removeprefix("fake").encode()[:16]

    async def embedded(self, texts: Sequence[str], kind: TextKind) -> Embedded:
        model = self.model
        return Embedded(model, await self.embed(texts, kind), sum(len(_words(text)) for text in texts))

    async def ready(self) -> bool:
        return self.up


def _words(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).encode("utf-8", "replace").decode())
    return re.findall(r"\w+", "".join(c for c in plain if not unicodedata.combining(c)).lower())
