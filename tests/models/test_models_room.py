"""The models room of the gateway over a real folder: choosing, verifying in the background, refusing."""

import asyncio
import errno
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from gguf_maker import gguf

from demeure.assistant.tasks.errors import ModelUnmeasured
from demeure.assistant.tasks.measured import case_folder
from demeure.cli.main import main
from demeure.clock import SystemClock
from demeure.engine.models import ModelStore
from demeure.gateway.models_room import InstalledModels
from demeure.policy import Actor, Denied
from demeure.settings import Settings
from demeure.testing.clock import StillClock
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
        clock = StillClock()
        room = InstalledModels(tmp_path, Settings(), journal, clock, reload)
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
            assert line.looked == outcome and line.looked_at == clock.now(), "dated by its end"
            clock.forward(days=2)
            (line,) = [x for x in (await room.inventory()).lines if x.id == model]
            assert line.looked_at == clock.now() - timedelta(days=2)
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


def test_the_command_refuses_such_a_model_and_cases_are_checked_before_they_are_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*words: str) -> int:
        with pytest.raises(SystemExit) as ended:
            main(["--instance", str(tmp_path / "house"), *words])
        return int(ended.value.code or 0)

    store = ModelStore(tmp_path / "house" / "models")
    for name, filler in (("ancien", b"\x01"), ("nouveau", b"\x02")):
        (tmp_path / f"{name}.gguf").write_bytes(gguf(filler=filler))
        store.import_(tmp_path / f"{name}.gguf")
    assert run("models", "use", "chat", "ancien") == 0
    wrong, right = tmp_path / "faux.toml", tmp_path / "nos-cas.toml"
    wrong.write_text(CASES.replace("avant", "avan"), encoding="utf-8")
    right.write_text(CASES, encoding="utf-8")
    assert run("eval", "add", str(wrong)) == 2 and "avan" in capsys.readouterr().err
    assert run("eval", "add", str(right)) == 0
    assert [one.name for one in case_folder(tmp_path / "house").glob("*")] == ["nos-cas.toml"]
    assert run("models", "use", "chat", "nouveau") == 5
    told = capsys.readouterr().err
    assert "demeure eval --model ancien" in told and "--anyway" in told
    assert store.active()["chat"]["id"] == "ancien"
    assert run("eval", "list") == 0 and "a " in capsys.readouterr().out


def test_a_file_that_the_disk_does_not_give_back_is_not_told_altered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "petit.gguf").write_bytes(gguf())
    model = ModelStore(tmp_path / "models").import_(tmp_path / "petit.gguf").id

    def refused(*_: object) -> str:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr("demeure.engine.models.store.sha256_of", refused)

    async def reload() -> None: ...

    async def go() -> None:
        room = InstalledModels(tmp_path, Settings(), MemoryJournal(), StillClock(), reload)
        await room.verify(CLAIRE, model)
        async with asyncio.timeout(10):
            await asyncio.gather(*room._tasks)
        (line,) = [x for x in (await room.inventory()).lines if x.id == model]
        assert line.looked == "failed"

    asyncio.run(go())


def test_what_a_command_read_is_known_to_an_open_house(tmp_path: Path) -> None:
    models = []
    for name, filler in (("un", b"\x01"), ("deux", b"\x02"), ("trois", b"\x03")):
        (tmp_path / f"{name}.gguf").write_bytes(gguf(filler=filler))
        models.append(ModelStore(tmp_path / "models").import_(tmp_path / f"{name}.gguf"))

    async def reload() -> None: ...

    async def go() -> None:
        journal, clock = MemoryJournal(), StillClock()
        room = InstalledModels(tmp_path, Settings(), journal, clock, reload)
        found = {models[0].id: models[0].sha256, models[1].id: "00" * 32, models[2].id: "", "autre": "00" * 32}
        with pytest.raises(Denied):
            await room.read_apart(AGENT, found)
        await room.read_apart(CLAIRE, found)
        looked = {x.id: (x.looked, x.looked_at) for x in (await room.inventory()).lines if x.installed}
        outcomes = ("same", "altered", "failed")
        assert looked == {one.id: (said, clock.now()) for one, said in zip(models, outcomes, strict=True)}
        assert await journal.open_intentions() == []

    asyncio.run(go())


def test_verify_tells_an_open_house_what_it_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    house = tmp_path / "house"
    (tmp_path / "un.gguf").write_bytes(gguf())
    made = ModelStore(house / "models").import_(tmp_path / "un.gguf")
    (house / "models" / made.file).write_bytes(b"autre chose")
    told: list[tuple[str, Any]] = []
    monkeypatch.setattr("demeure.cli.models_cmd.tell_if_open", lambda _obj, op, args: told.append((op, args)))
    with pytest.raises(SystemExit) as ended:
        main(["--instance", str(house), "models", "verify"])
    assert ended.value.code == 1
    ((op, args),) = told
    assert op == "models.read" and args["found"][made.id] not in ("", made.sha256)
