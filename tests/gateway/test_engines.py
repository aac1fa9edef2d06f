"""The journal names the model that the supervisor runs, also after another one was chosen."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from demeure.assistant import Assistant
from demeure.gateway.engines import Following, chat_model
from demeure.identity import Membership
from demeure.library import DocumentUnknown
from demeure.settings import Settings
from demeure.testing.administration import process
from demeure.testing.doors import FakeDoors
from demeure.testing.house import AGENT, NoLease, small_house


def test_a_reload_changes_the_name_written_in_the_journal(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            await house.add("Cantine.txt", "Le prix du repas de la cantine est de 3 euros par enfant.")

            assistant = Assistant(
                searcher=house.searcher,
                engine=house.engine,
                journal=house.journal,
                conversations=house.conversations,
                rights=Membership(house.instance.house),
                lease=NoLease(),
                settings=Settings(),
                model=chat_model(running("petit")),
            )
            doors = FakeDoors(status=running("petit"))
            nudged: list[str] = []
            porter = Following(doors, assistant.use, nudge=lambda: nudged.append("worker"))

            async def ask() -> None:
                _ = [e async for e in assistant.ask(AGENT, "Quel est le prix de la cantine ?", ["mairie"])]

            await ask()
            doors.state = running("grand")
            await ask()  # chosen, not loaded yet: the former one still answers
            await porter.reload_engines()
            await ask()
            doors.state = running("petit")
            await porter.reload_engines()
            await ask()
            await assistant.drain()
            called = [e.object for e in house.journal.named("model-called")]
            assert called == ["petit", "petit", "grand", "petit"]
            assert nudged == ["worker", "worker"], "documents may have to be embedded again"

    asyncio.run(go())


def test_chosen_documents_are_refused_where_none_can_be_read_whole(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            row = await house.add("Cantine.txt", "Le prix du repas de la cantine est de 3 euros par enfant.")
            assistant = Assistant(
                searcher=house.searcher,
                engine=house.engine,
                journal=house.journal,
                conversations=house.conversations,
                rights=Membership(house.instance.house),
                lease=NoLease(),
                settings=Settings(),
            )
            with pytest.raises(DocumentUnknown):
                _ = [e async for e in assistant.ask(AGENT, "Quel prix ?", ["mairie"], documents=[row.id])]
            assert not house.journal.named("question-asked")

    asyncio.run(go())


def running(model: str) -> dict[str, Any]:
    return {"processes": [process("gateway", 1, 0, model=None), process("engine-chat", 2, 0, model=model)]}


def test_without_a_chat_model_there_is_no_name() -> None:
    assert chat_model({"processes": [process("engine-embed", 2, 0, model="e5")]}) == "none"
    assert chat_model({"processes": [process("engine-chat", 2, 0, model=None)]}) == "none"
