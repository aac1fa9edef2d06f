"""Which chat model answers: the supervisor runs it, and tells."""

from collections.abc import Callable
from typing import Any

from demeure.gateway.house import Porter


class Following:
    """``Porter`` over ``doors``: once engines are reloaded, ``use`` is told the chat model that they run, and the
    worker is nudged: documents may have to be embedded again."""

    def __init__(self, doors: Porter, use: Callable[[str], None], nudge: Callable[[], None]) -> None:
        self._doors, self._use, self._nudge = doors, use, nudge

    async def status(self) -> dict[str, Any]:
        return await self._doors.status()

    async def reload_engines(self) -> None:
        await self._doors.reload_engines()
        self._use(chat_model(await self._doors.status()))
        self._nudge()


def chat_model(status: dict[str, Any]) -> str:
    """Name of the chat model that the supervisor runs, or is starting, for the journal; « none » without one."""
    models = {process["role"]: process.get("model") for process in status["processes"]}
    return str(models.get("engine-chat") or "none")
