"""What closes under a command, what the report says, and whose name: in process, over real tables."""

import asyncio
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from demeure.contractors import RecordingBroken, RecordingNotReported, Told, WindowClosed, cast
from demeure.gateway.locale import Sentences
from demeure.gateway.rendering import Rendering
from demeure.store.contractor_tables import contractor_frames
from demeure.testing.contractors import FIRM, Town

from .contractor_pages import page

RENDERING = Rendering(Sentences.load())


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    made = Town(tmp_path, RENDERING)
    yield made
    asyncio.run(made.aclose())


@pytest.mark.parametrize("when", ["before it is written", "once it is written"])
def test_a_window_that_closes_under_a_command_runs_nothing_and_the_report_says_all(
    town: Town, monkeypatch: Any, when: str
) -> None:
    """It was open when the line came; it closes, and is told, just before or after the line is on the disk."""
    started: list[str] = []

    async def reload() -> None:
        started.append("reload")

    async def law() -> None:
        number = await town.opened("update")
        await town.room.approve(town.roles["dpo"], number)
        monkeypatch.setattr(town.house.porter, "reload_engines", reload)
        wrote = town.room.wrote

        async def closing(window: Any, kind: str, text: str) -> Any:
            if kind == "i" and when.startswith("before"):
                await town.room.close(town.roles["dpo"], number)
            frame = await wrote(window, kind, text)
            if kind == "i" and when.startswith("once"):
                await town.room.close(town.roles["dpo"], number)
            return frame

        monkeypatch.setattr(town.room, "wrote", closing)
        with pytest.raises(WindowClosed):
            await town.typed("reload")
        assert not started and not town.journal.named("contractor-command")
        window, frames = await town.room.replay(town.roles["dpo"], number)
        typed = [frame.text for frame in frames if frame.kind == "i"]
        assert typed == (["reload"] if when.startswith("once") else [])
        told = json.loads(window.report)
        assert [one["typed"] for one in told["predicate"]["commands"]] == typed
        assert told["subject"][0]["digest"]["sha256"] == hashlib.sha256(cast(window, frames)).hexdigest()

    asyncio.run(law())


@pytest.mark.parametrize(("altered", "deleted"), [(True, False), (False, True)])
def test_the_report_is_given_whatever_became_of_the_recording(town: Town, altered: bool, deleted: bool) -> None:
    """A line altered breaks the chain; the last ones cut off leave a chain that the report does not tell."""

    async def law() -> None:
        number = await town.opened()
        await town.typed("status")
        await town.room.close(town.roles["dpo"], number)
        column = contractor_frames.c
        with town.instance.house.write() as db:
            if altered:
                db.execute(contractor_frames.update().where(column.number == 1).values(text="help"))
            if deleted:
                db.execute(contractor_frames.delete().where(column.number > 1))
        with pytest.raises(RecordingBroken if altered else RecordingNotReported):
            await town.room.replay(town.roles["dpo"], number)
        session, at = town.session("auditor"), f"/prestataires/visites/{number}"
        report = await page(town, session, f"{at}/rapport")
        assert report.status_code == 200 and report.json()["predicate"]["commands"][0]["typed"] == "status"
        assert (await page(town, session, f"{at}/signature")).status_code == 200
        assert (await page(town, session, f"{at}/enregistrement")).status_code == 409
        shown = await page(town, session, at)
        assert shown.status_code == 409 and f"{at}/rapport" in shown.text and "enregistrement de la" in shown.text
        assert "status" not in shown.text and f"{at}/enregistrement" not in shown.text

    asyncio.run(law())


def test_a_window_closes_by_itself_when_the_register_does_not_allow_it_any_more(town: Town) -> None:
    async def law() -> None:
        number = await town.opened()
        await town.room.register(town.roles["administrator"], Told(**vars(FIRM) | {"annex": ""}), town.company)
        with pytest.raises(WindowClosed):
            await town.typed("status")
        await town.room.look()
        closed, _ = await town.room.replay(town.roles["dpo"], number)
        assert closed.why == "contract" and closed.signature
        shown = await page(town, town.session("dpo"), f"/prestataires/visites/{number}")
        assert "le registre ne la permettait plus" in shown.text

    asyncio.run(law())


def test_a_contractor_does_not_choose_the_name_that_is_shown_and_signed(town: Town) -> None:
    async def law() -> None:
        link = town.session("contractor")
        town.second_proof(town.paul, link)
        assert 'action="/compte/nom"' not in (await page(town, link, "/compte")).text
        refused = await page(town, link, "/compte/nom", name="La mairie")
        assert refused.status_code == 403 and "donné par l’organisation" in refused.text
        assert town.people.person(town.paul.id).name == "Contractor"
        assert town.journal.named("account-renamed-closed")[-1].outcome == "refused"
        renamed = await page(town, town.session("agent"), "/compte/nom", name="Anne")
        assert renamed.status_code == 303 and town.people.person(town.roles["agent"].id).name == "Anne"

    asyncio.run(law())


def test_the_form_that_corrects_a_line_holds_it_and_keeps_it_when_it_is_refused(town: Town) -> None:
    async def law() -> None:
        session, chosen = town.session("administrator"), f'<option value="{town.company}" selected>'
        blank = (await page(town, session, "/prestataires")).text
        assert chosen not in blank and 'value="M-2026-12"' not in blank
        held = (await page(town, session, f"/prestataires?corriger={town.company}")).text
        assert chosen in held and 'value="M-2026-12"' in held and 'value="2027-12-31"' in held
        assert (await page(town, session, "/prestataires?corriger=nobody")).status_code == 404
        form = {**vars(FIRM), "may": FIRM.may.split(), "company": town.company, "law": ""}
        refused = await page(town, session, "/prestataires", **form)
        assert refused.status_code == 400 and chosen in refused.text
        fixed = await page(town, session, "/prestataires", **form | {"law": "belge"})
        assert fixed.status_code == 303 and (await town.room.company(town.company)).law == "belge"

    asyncio.run(law())


def test_the_home_page_says_that_a_report_waits_to_whoever_may_take_it(town: Town) -> None:
    said = "Le rapport d’un prestataire attend d’être lu."

    async def law() -> None:
        dpo, agent = town.session("dpo"), town.session("agent")
        number = await town.opened()
        assert said not in (await page(town, dpo, "/")).text
        await town.room.close(town.roles["dpo"], number)
        assert said in (await page(town, dpo, "/")).text
        assert said not in (await page(town, agent, "/")).text
        await town.room.read(town.roles["dpo"], number)
        assert said not in (await page(town, dpo, "/")).text

    asyncio.run(law())
