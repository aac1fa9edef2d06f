"""Who answers follows the model in use: the supervisor says which one runs, and the journal names that one."""

from collections.abc import AsyncGenerator, Callable, Sequence
from typing import Any

from demeure.assistant import Assistant, Event
from demeure.gateway.house import Porter
from demeure.policy import Actor


class Answering:
    """``Asking``, by an assistant made for each model in turn; an answer ends with the one it began with."""

    def __init__(self, make: Callable[[str], Assistant], model: str) -> None:
        self._make = make
        self._assistants = {model: make(model)}
        self._model = model

    def use(self, model: str) -> None:
        """``model`` answers from now on."""
        if model not in self._assistants:
            self._assistants[model] = self._make(model)
        self._model = model

    def ask(
        self,
        actor: Actor,
        question: str,
        spaces: Sequence[str],
        conversation: str | None = None,
        language: str = "fr",
    ) -> AsyncGenerator[Event]:
        return self._assistants[self._model].ask(actor, question, spaces, conversation, language)

    async def drain(self) -> None:
        """Wait for the closings of readers who left (at shutdown)."""
        for assistant in self._assistants.values():
            await assistant.drain()


class Following:
    """``Porter`` over ``doors``: once engines are reloaded, ``answering`` names the model that they run."""

    def __init__(self, doors: Porter, answering: Answering) -> None:
        self._doors, self._answering = doors, answering

    async def status(self) -> dict[str, Any]:
        return await self._doors.status()

    async def reload_engines(self) -> None:
        await self._doors.reload_engines()
        self._answering.use(chat_model(await self._doors.status()))


def chat_model(status: dict[str, Any]) -> str:
    """Name of the chat model that the supervisor runs, or is starting, for the journal; « none » without one."""
    models = {process["role"]: process.get("model") for process in status["processes"]}
    return str(models.get("engine-chat") or "none")
