"""A draft written by an engine at the end of a route: what leaves, under which class, and what is kept of it."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from task_jobs import job_of
from test_task_works import MAIL, NOTES, written

from demeure.airlock.masking import look
from demeure.assistant import Through
from demeure.assistant.tasks import WorkRow, outside
from demeure.assistant.tasks.errors import WorkBusy
from demeure.assistant.tasks.making import Job, Kept
from demeure.policy import Force, in_force, put_in_force
from demeure.store.tables import documents
from demeure.testing.house import AGENT, SmallHouse, small_house
from demeure.testing.ways import Far


def far_of(house: SmallHouse, refuses: str = "") -> Far:
    far = Far(MAIL, refuses)
    left = {"rule": "leaves", "replaced": 2}
    house.ways["far"] = Through("big", "far", far.engine, lambda: left if far.asked[-1][0] != refuses else {})
    return far


async def drafted(house: SmallHouse, task: str, given: Mapping[str, str], route: str = "far") -> WorkRow:
    started = await house.tasks.tasks.start(AGENT, task, given, "fr", route)
    return await written(house, started.id)


def test_a_draft_by_a_route_never_touches_the_house_s_model_and_says_what_left(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            far = far_of(house)
            work = await drafted(house, "courriel", NOTES)
            (draft,) = work.drafts
            assert draft.state == "done" and "La salle est libre" in draft.text and work.route == "far"
            assert not house.engine.prompts and draft.details["model"] == "big"
            assert draft.details["route"] == {"route": "far", "rule": "leaves", "replaced": 2}
            assert far.asked[0][:2] == ("interne", None), "notes typed by hand count as a new space would"
            chain = house.journal.chain(draft.chain)
            assert [e.object for e in chain if e.name == "model-called"] == ["big"]
            await house.tasks.tasks.refine(AGENT, work.id, 1, "shorter")
            again = await written(house, work.id)
            assert len(far.messages) == 2 and again.drafts[1].details["model"] == "big", "its drafts follow it"

    asyncio.run(go())


def test_what_was_typed_is_looked_at_under_the_label_of_its_field(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            far = far_of(house)
            given = {"seance": "Bureau", "presents": "Abgrall\nQuistinic", "notes": "Abgrall demande un report."}
            await drafted(house, "compte-rendu", given | {"origine": "notes"})
            beside = far.beside[-1]
            assert "Présents\u00a0:\nAbgrall\nQuistinic" in beside
            told = look(["Extrait :\nAbgrall demande un report."], replace=True, beside=beside).texts
            assert told == ("Extrait :\n[PERSONNE_1] demande un report.",)

    asyncio.run(go())


def test_what_leaves_takes_the_class_of_the_documents_read_and_the_house_can_go_on(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            far = far_of(house, refuses="tres-sensible")
            note = await house.add("note.txt", "La fontaine de la place est réparée. Le devis est de 300 €.")
            given = {"document": f"document:{note.id}"}
            work = await drafted(house, "resume", given)
            assert work.drafts[0].state == "done" and far.asked[-1][:2] == ("interne", "mairie")
            with house.instance.house.write() as db:
                raised = documents.update().where(documents.c.id == note.id)
                db.execute(raised.values(sensitivity="tres-sensible"))
            sent = len(far.messages)
            refused = await drafted(house, "resume", given)
            (draft,) = refused.drafts
            assert far.asked[-1][0] == "tres-sensible" and len(far.messages) == sent, "nothing left"
            assert draft.state == "failed" and "modèle local" in draft.reason["fr"]
            assert "route" not in draft.details
            house.engine.script = "La fontaine est réparée. Le devis est de 300 €."
            home = await house.tasks.tasks.again(AGENT, refused.id, home=True)
            assert home.route == ""
            ended = await written(house, refused.id)
            assert ended.route == "" and ended.drafts[0].state == "done" and house.engine.prompts
            with pytest.raises(WorkBusy):
                await house.tasks.tasks.resume(AGENT, ended, ended.drafts[0])

    asyncio.run(go())


def test_a_route_that_is_gone_is_told_and_nothing_is_lost(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            far_of(house)
            work = await drafted(house, "courriel", NOTES, "elsewhere")
            (draft,) = work.drafts
            assert draft.state == "failed" and draft.reason["code"] == "RouteUnknown"
            assert work.fields["notes"] == NOTES["notes"] and not await house.journal.open_intentions()

    asyncio.run(go())


class Touched:
    """Works that tell what they were asked."""

    read: set[str]

    async def touching(self, _work: str, read: set[str]) -> str:
        self.read = set(read)
        return ""


def test_a_draft_said_again_leaves_under_all_that_it_rests_on(tmp_path: Path) -> None:
    async def leaves(job: Job, spaces: Sequence[str] = ()) -> str:
        far, works = Far(MAIL), Touched()
        work = WorkRow("w", AGENT.id, "cahier", 1, "fr", "Cahier", {}, spaces, None, "", "")
        through = Through("big", "far", far.engine)
        asked, how = (work, job, "c" * 32), {"max_tokens": 9}
        _ = [delta async for delta in outside.stream(through, works, asked, [], how)]  # type: ignore[arg-type]
        assert works.read == {str(one["document_id"]) for one in job.former_sources}
        return far.asked[0][0]

    async def go() -> None:
        job = replace(job_of("cahier", {"besoin": "une chaudière"}), readings={})
        before = in_force()
        try:
            put_in_force(Force(before.policy, {"open": "public", "closed": "tres-sensible"}))
            assert await leaves(job) == await leaves(job, ["open"]) == "interne", "typed: as in a new space"
            job = replace(job, values={})
            assert await leaves(job) == "interne" and await leaves(job, ["open"]) == "public"
            assert await leaves(replace(job, wish="plus court"), ["open"]) == "interne"
            source = {"document_id": "d1", "space": "closed"}
            assert (
                await leaves(replace(job, former="Texte.", former_sources=(source,)), ["open"]) == "tres-sensible"
            )
            assert await leaves(replace(job, procedure=Kept("Achats", "…", "closed")), ["open"]) == "tres-sensible"
            field = next(one.name for one in job.task.fields if one.kind == "spaces")
            assert await leaves(replace(job, values={**job.values, field: "closed"}), ["open"]) == "tres-sensible"
        finally:
            put_in_force(before)

    asyncio.run(go())
