"""Which chat model answers: the supervisor runs it, and tells."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from demeure.assistant import NO_MODEL
from demeure.gateway.house import Porter


class Following:
    """``Porter`` over ``doors``: once engines are reloaded, ``use`` is told the chat model that they run, and its
    ``weights``; and the worker is nudged: documents may have to be embedded again."""

    def __init__(
        self,
        doors: Porter,
        use: Callable[[str, str], None],
        weights: Callable[[], str] = lambda: "",
        nudge: Callable[[], None] = lambda: None,
    ) -> None:
        self._doors, self._use, self._weights, self._nudge = doors, use, weights, nudge

    async def status(self) -> dict[str, Any]:
        return await self._doors.status()

    async def prove(self) -> None:
        await self._doors.prove()

    async def run_errand(self, errand: str) -> None:
        await self._doors.run_errand(errand)

    async def reload_engines(self) -> None:
        await self._doors.reload_engines()
        self.follow(await self._doors.status())
        self._nudge()

    def follow(self, status: dict[str, Any]) -> None:
        """The engines are those of ``status``."""
        self._use(chat_model(status), self._weights())


def chat_weights(instance: Path) -> str:
    """SHA-256 of the chat model's file, as it was verified when it was chosen; empty without one."""
    for place in ("chosen/active.json", "active.json"):  # the second: instances made before
        try:
            return str(json.loads((instance / "models" / place).read_bytes())["chat"]["sha256"])
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return ""


def chat_model(status: dict[str, Any]) -> str:
    """Name of the chat model that the supervisor runs, or is starting, for the journal; « none » without one."""
    models = {process["role"]: process.get("model") for process in status["processes"]}
    return str(models.get("engine-chat") or NO_MODEL)
