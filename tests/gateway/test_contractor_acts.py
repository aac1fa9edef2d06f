"""Windows for an update or a restore: points, verification, rehearsal, a bundle that is ready; what needs root is
asked of whoever runs the machine, in the journal, the recording and the report."""

import asyncio
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from demeure.backup import GOOD, Made, Standing
from demeure.backup.plan import Plan
from demeure.contractors import CommandOutOfScope, CommandUnknown, offered
from demeure.gateway.locale import Sentences
from demeure.gateway.rendering import Rendering
from demeure.journal import Draft
from demeure.release.standing import Release
from demeure.testing.contractors import Town

from .contractor_pages import page

RENDERING = Rendering(Sentences.load())


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    made = Town(tmp_path, RENDERING)
    yield made
    asyncio.run(made.aclose())


async def opened(town: Town, scope: str) -> int:
    number = await town.opened(scope)
    await town.room.approve(town.roles["dpo"], number)
    return number


def read(shown: str) -> dict[str, Any]:
    """What a command shows, name → value; the text itself where it is no JSON."""
    told: dict[str, Any] = {}
    for line in shown.splitlines():
        name, _, value = line.partition(" ")
        try:
            told[name] = json.loads(value)
        except ValueError:
            told[name] = value.strip()
    return told


def asked_errands(town: Town, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    asked = list[str]()

    async def errand(name: str) -> None:
        asked.append(name)

    monkeypatch.setattr(town.house.porter, "run_errand", errand)
    return asked


def test_a_restore_window_lists_points_verifies_and_rehearses(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    errands = asked_errands(town, monkeypatch)
    at = town.clock.now() - timedelta(hours=9)
    standing = Standing(Plan(), GOOD, GOOD, (), (), made=(Made(42, at, 1000, 7, 1), Made(41, at, 900, 7, 0)))
    object.__setattr__(town.house, "backups", lambda: standing)

    async def law() -> None:
        number = await opened(town, "restore")
        points = read(await town.typed("points"))["points"]
        assert [(one["number"], one["bytes"], one["place"]) for one in points] == [(42, 1000, 1), (41, 900, 0)]
        assert read(await town.typed("verify")) == {"asked": True, "see": "verified"}
        assert read(await town.typed("rehearse")) == {"asked": True, "see": "backups"}
        assert errands == ["verify", "rehearse"]
        again = read(await town.typed("verify"))
        assert again == {"asked": False, "again_in_minutes": 30} or again["again_in_minutes"] <= 31
        assert errands == ["verify", "rehearse"], "each reads everything: not one after the other"
        town.clock.forward(minutes=31)
        await town.typed("verify")
        assert errands == ["verify", "rehearse", "verify"]
        draft = Draft("administration", "backup-checked", chain="c", actor="machine")
        begun = await town.journal.intention(draft)
        await town.journal.close(begun, "done", object="coffre-de-jean sound=3 faults=1")
        shown = await town.typed("verified")
        (row,) = read(shown)["verified"]
        assert (row["outcome"], row["sound"], row["faults"]) == ("done", 3, 1) and "coffre" not in shown
        for line in ("release", "reload", "request update", "request back", "bundle"):
            with pytest.raises(CommandOutOfScope):
                await town.typed(line)
        for line in ("request", "request restore"):
            assert read(await town.typed(line))["may"] == ["restore"]
        with pytest.raises(CommandUnknown):
            await town.typed("request 42")
        assert [one.object for one in town.journal.named("contractor-requested")] == [f"{number} restore"]
        await town.room.close(town.roles["dpo"], number)
        window, _ = await town.room.replay(town.roles["dpo"], number)
        told = json.loads(window.report)["predicate"]
        assert "request: restore" in [one["said"] for one in told["marks"]]
        assert "rehearse" in [one["typed"] for one in told["commands"]]

    asyncio.run(law())


def test_work_that_the_launcher_refuses_may_be_asked_for_again_at_once(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refused(_name: str) -> None:
        raise ConnectionError("the launcher is away")

    async def law() -> None:
        await opened(town, "restore")
        monkeypatch.setattr(town.house.porter, "run_errand", refused)
        with pytest.raises(ConnectionError):
            await town.typed("verify")
        errands = asked_errands(town, monkeypatch)
        assert read(await town.typed("verify")) == {"asked": True, "see": "verified"}
        assert errands == ["verify"] and read(await town.typed("verify"))["asked"] is False

    asyncio.run(law())


def test_an_update_window_sees_what_is_ready_and_asks(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    errands = asked_errands(town, monkeypatch)
    now = town.clock.now().isoformat()
    known = Release("0.2.0", "2026-09-01", now, "0.1.0", True, "0.3.0", "2026-11-01", now)
    object.__setattr__(town.house, "release", lambda: known)

    async def law() -> None:
        number = await opened(town, "update")
        told = read(await town.typed("release"))
        assert (told["version"], told["former"]) == ("0.2.0", "0.1.0") and "version 0.3.0" in told["ready"]
        object.__setattr__(town.house, "release", lambda: None)
        assert read(await town.typed("release"))["installed"] is None
        await town.typed("verify")
        assert errands == ["verify"]
        with pytest.raises(CommandOutOfScope):
            await town.typed("rehearse")
        with pytest.raises(CommandOutOfScope):
            await town.typed("request restore")
        assert read(await town.typed("request update"))["asked"] == ["update"]
        chief, agent = town.session("administrator"), town.session("agent")
        shown = await page(town, chief, "/prestataires")
        assert "Mettre à jour la maison" in shown.text and f"fenêtre {number}" in shown.text
        assert (await page(town, agent, "/prestataires")).status_code == 403
        await town.room.close(town.roles["dpo"], number)
        assert "Mettre à jour la maison" in (await page(town, chief, "/prestataires")).text
        town.clock.forward(days=8)
        chief = town.session("administrator")
        assert "Mettre à jour la maison" not in (await page(town, chief, "/prestataires")).text

    asyncio.run(law())


def test_other_windows_have_none_of_it() -> None:
    acts = {"points", "verify", "verified", "rehearse", "release", "request"}
    for scope in ("supervision", "diagnosis"):
        assert not acts & {one.name for one in offered(frozenset({scope}))}
    both = {one.name: one.words for one in offered(frozenset({"update", "restore"}))}
    assert both["request"] == ("restore", "update", "back")
    assert {one.name: one.words for one in offered(frozenset({"update"}))}["request"] == ("update", "back")
