"""The places of a chat engine, by number: read a beginning into one, put its state on a tray, take it back, empty.

llama-server's own operations over HTTP. Whoever calls ``restore`` has checked every byte on the tray before: a
state that was cut or altered would end the engine.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from demeure.engine.client import GONE, EngineHTTP, events, progress_of
from demeure.engine.errors import EngineDown, EngineRefused
from demeure.engine.tray import Tray

_MARK = "\u2060⁂question⁂\u2060"
"""Where the question would be: the template's text before it is the beginning that all questions share."""


@dataclass(frozen=True)
class EngineFacts:
    """What a state is good for. ``model``: SHA-256 of its file; ``build``: which engine; ``context``: tokens that
    all ``slots`` share."""

    model: str
    build: str
    context: int
    slots: int

    def told(self) -> dict[str, Any]:
        """Plain data, for a binding."""
        return vars(self).copy()


class EngineSlots:
    """``tray``: the one that this process shares with the engine behind ``http``."""

    def __init__(self, http: EngineHTTP, tray: Tray) -> None:
        self._http, self.tray = http, tray

    async def facts(self) -> EngineFacts:
        """Raises EngineDown, EngineRefused."""
        about, models = await asyncio.gather(self._http.get("/props"), self._http.get("/v1/models"))
        try:
            (model,) = models["data"]
            tags = ",".join(sorted(str(tag) for tag in model.get("tags") or ()))
            return EngineFacts(
                model=str(model["id"]),
                build=f"{about['build_info']} {tags}".strip(),
                context=int(about["default_generation_settings"]["n_ctx"]),
                slots=int(about["total_slots"]),
            )
        except (LookupError, TypeError, ValueError) as problem:
            raise EngineRefused(engine=self._http.peer, status="/props") from problem

    async def beginning(self, messages: Sequence[Mapping[str, str]], head: str = "") -> str:
        """The text that the template makes of ``messages`` up to a question not asked yet. ``head``: the words that
        every question begins with; the space after them is the question's, as its first word is cut with it."""
        asked = [*[dict(message) for message in messages], {"role": "user", "content": f"{head} {_MARK}".lstrip()}]
        body = {"messages": asked, "chat_template_kwargs": {"enable_thinking": False}}
        whole = str((await self._http.ask("/apply-template", body)).get("prompt", ""))
        beginning, mark, _ = whole.partition(_MARK)
        if not mark:
            raise EngineRefused(engine=self._http.peer, status="/apply-template")
        return beginning.removesuffix(" ") if head else beginning

    async def length(self, text: str) -> int:
        """Tokens of a beginning, marks of the template included."""
        answer = await self._http.ask("/tokenize", {"content": text, "add_special": True, "parse_special": True})
        return len(answer["tokens"])

    async def read(self, beginning: str, slot: int) -> AsyncGenerator[tuple[int, int]]:
        """Have the engine read ``beginning`` in ``slot``: (tokens read, of how many) after each batch. Closing the
        generator stops it; what was read stays in the slot for another call to go on from."""
        body = {
            "prompt": beginning,
            "n_predict": 0,
            "id_slot": slot,
            "cache_prompt": True,
            "stream": True,
            "return_progress": True,
            "sse_ping_interval": 1,
        }
        async with self._http.request("POST", "/completion", body) as answer:
            try:
                async with aclosing(events(answer)) as stream:
                    async for event in stream:
                        if isinstance(event, dict) and "error" in event:
                            raise EngineDown(engine=self._http.peer)
                        if (read := progress_of(event)) is not None:
                            yield read.done, read.total
            except GONE as problem:
                raise EngineDown(engine=self._http.peer) from problem

    async def save(self, slot: int) -> int:
        """Put the state of ``slot`` on the tray; its tokens. Raises EngineDown, EngineRefused."""
        answer = await self._act(slot, "save")
        return int(answer.get("n_saved", 0))

    async def restore(self, slot: int) -> int:
        """Take the state on the tray into ``slot``; its tokens. Raises EngineDown, EngineRefused (no room)."""
        answer = await self._act(slot, "restore")
        return int(answer.get("n_restored", 0))

    async def erase(self, slot: int) -> None:
        """Nothing of what ``slot`` read stays there."""
        await self._act(slot, "erase")

    async def _act(self, slot: int, action: str) -> dict[str, Any]:
        answer = await self._http.ask(f"/slots/{slot}?action={action}", {"filename": self.tray.name})
        if not isinstance(answer, dict):
            raise EngineRefused(engine=self._http.peer, status=json.dumps(action))
        return answer
