"""The models room of the gateway over a real folder: choosing, verifying in the background, refusing."""

import asyncio
from pathlib import Path

import pytest
from gguf_maker import gguf

from demeure.assistant.tasks.errors import ModelUnmeasured
from demeure.assistant.tasks.measured import case_folder
from demeure.clock import SystemClock
from demeure.engine.models import ModelStore
from demeure.gateway.models_room import InstalledModels
from demeure.policy import Actor, Denied
from demeure.settings import Settings
from demeure.testing.gateway import CLAIRE
from demeure.testing.journal import MemoryJournal

AGENT = Actor("person", "p2", "Jean Agent", frozenset({"agent"}))


def test_a_real_model_is_chosen_verified_and_found_altered(tmp_path: Path) -> None:
    brought = tmp_path / "petit.gguf"
    brought.write_bytes(gguf())
    store = ModelStore(tmp_path / "models")
    model = store.import_(brought).id
    reloads: list[int] = []

    async def reload() -> None:
        reloads.append(1)

    async def go() -> None:
        journal = MemoryJournal()
        room = InstalledModels(tmp_path, Settings(), journal, SystemClock(), reload)
        await room.use(CLAIRE, "chat", model)
        assert reloads == [1] and store.active()["chat"]["id"] == model
        (line,) = [x for x in (await room.inventory()).lines if x.id == model]
        assert line.used_for == "chat" and line.needed > 0
        with pytest.raises(Denied):
            await room.use(AGENT, "chat", model)
        with pytest.raises(Denied):
            await room.verify(AGENT, model)
        for outcome in ("same", "altered"):
            await room.verify(CLAIRE, model)
            async with asyncio.timeout(10):
                await asyncio.gather(*room._tasks)
            (line,) = [x for x in (await room.inventory()).lines if x.id == model]
            assert line.looked == outcome
            file = tmp_path / "models" / f"{model}.gguf"
            data = bytearray(file.read_bytes())
            data[-1] ^= 1
            file.write_bytes(data)
        assert await journal.open_intentions() == []

    asyncio.run(go())


CASES = """[[case]]
id = "a"
task = "comparer"
facts = ["300 €"]
[case.fields]
avant = "300 €"
apres = "400 €"
"""


def test_the_organisations_cases_keep_a_model_out_until_somebody_decides(tmp_path: Path) -> None:
    store = ModelStore(tmp_path / "models")
    models = []
    for name, filler in (("ancien", b"\x01"), ("nouveau", b"\x02")):
        (tmp_path / f"{name}.gguf").write_bytes(gguf(filler=filler))
        models.append(store.import_(tmp_path / f"{name}.gguf").id)
    case_folder(tmp_path).mkdir(parents=True)
    (case_folder(tmp_path) / "nos-cas.toml").write_text(CASES, encoding="utf-8")

    async def go() -> None:
        journal = MemoryJournal()

        async def reload() -> None:
            pass

        room = InstalledModels(tmp_path, Settings(), journal, SystemClock(), reload)
        await room.use(CLAIRE, "chat", models[0])  # nothing answered before: nothing is lost
        with pytest.raises(ModelUnmeasured):
            await room.use(CLAIRE, "chat", models[1])
        assert store.active()["chat"]["id"] == models[0]
        await room.use(CLAIRE, "chat", models[1], anyway=True)
        assert store.active()["chat"]["id"] == models[1]
        (decided,) = journal.named("model-chosen-anyway")
        assert decided.actor == CLAIRE.id and decided.object == f"chat {models[1]}"
        assert any("pas été mesuré" in one.decode("utf-8", "replace") for one in journal.payloads)
        assert await journal.open_intentions() == []

    asyncio.run(go())
