"""A message answered in a terminal by the engine at the end of a route."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from demeure.cli import house, mail_path


class Door:
    """Tells what it is asked to run."""

    def __init__(self) -> None:
        self.ran: list[dict[str, Any]] = []

    async def call(self, op: str, _args: dict[str, Any], body: Any = None) -> Any:
        if body is not None:
            _ = [piece async for piece in body]
        fields = [{"name": "recu", "kind": "message"}]
        return SimpleNamespace(data={"task": {"fields": fields}} if op == "tasks.show" else {"file": "f1"})

    async def stream(self, _op: str, asked: dict[str, Any]) -> AsyncIterator[Any]:
        self.ran.append(asked)
        draft = {"state": "done", "text": "Bonjour."}
        yield SimpleNamespace(data={"event": "closed", "work": "w1", "drafts": [draft]})


@pytest.mark.parametrize("route", ["", "loin"])
def test_the_route_that_was_asked_for_answers_the_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, route: str
) -> None:
    door, waited = Door(), list[str]()

    @asynccontextmanager
    async def reach(*_: Any) -> AsyncIterator[Door]:
        yield door

    async def ready(*_: Any) -> None:
        waited.append("engines")

    monkeypatch.setattr(house, "reach", reach)
    monkeypatch.setattr(house, "engines_ready", ready)
    eml = tmp_path / "m.eml"
    eml.write_text("Subject: x\n\nBonjour")
    obj = {"instance": tmp_path, "language": "fr"}
    code = asyncio.run(mail_path.answered(obj, "reponse", ("dossier=oui",), eml, None, True, route))
    assert code == 0 and [one["route"] for one in door.ran] == [route]
    assert door.ran[0]["fields"] == {"dossier": "oui", "recu": "file:f1"}
    assert waited == ([] if route else ["engines"]), "the house's own model is not waited for"
