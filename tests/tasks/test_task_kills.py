"""kill -9 in the middle of a work: at the next start it goes on where it was, no finished part is asked again."""

import asyncio
import signal
import subprocess
import sys
from pathlib import Path

from demeure.testing.house import AGENT, SmallHouse, compose

CHILD = """
import asyncio, sys
from pathlib import Path
from demeure.testing.house import AGENT, small_house

ONE = "{0}. La commune a dépensé {0}00 euros pour le chantier numéro {0}. "
PAGES = [ONE.format(n) + "Le conseil en a parlé. " * 120 for n in range(1, 7)]

async def go():
    async with small_house(Path(sys.argv[1])) as house:
        house.engine.script = lambda messages: "- La commune a dépensé 100 euros pour le chantier numéro 1."
        house.engine.delay = 0.02
        work = await house.tasks.tasks.start(AGENT, "resume", {"document": "\\n\\n".join(PAGES)}, "fr")
        async for event in house.tasks.tasks.follow(AGENT, work.id):
            if event["event"] == "state" and sum(p[2] == "ok" for p in event["parts"]) >= 2:
                print(work.id, flush=True)
                await asyncio.sleep(60)

asyncio.run(go())
"""


async def being_written(house: SmallHouse, work: str) -> bool:
    return (await house.tasks.tasks.work(AGENT, work)).drafts[-1].open


async def gone_on(house: SmallHouse, work: str) -> None:
    async with asyncio.timeout(20):
        while house.tasks.runner.hub.live(work) or await being_written(house, work):  # noqa: ASYNC110 - rows
            await asyncio.sleep(0.01)


def test_a_killed_work_goes_on_at_its_last_finished_part(tmp_path: Path) -> None:
    child = subprocess.Popen([sys.executable, "-c", CHILD, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    work = child.stdout.readline().strip()
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    assert work

    async def go() -> None:
        house = compose(tmp_path, fresh=False)
        try:
            row = await house.tasks.tasks.work(AGENT, work)
            draft = row.drafts[0]
            done = draft.done_parts
            assert draft.state == "drafting" and done >= 2 and "100\u202feuros" in draft.text
            house.engine.script = lambda _messages: "- La commune a dépensé 600 euros pour le chantier numéro 6."
            assert await house.tasks.tasks.take_up(lambda person: AGENT if person == AGENT.id else None) == 1
            await gone_on(house, work)
            ended = (await house.tasks.tasks.work(AGENT, work)).drafts[0]
            assert ended.state == "done" and len(house.engine.prompts) == len(draft.parts) - done
            assert [part.text for part in ended.parts][:done] == [part.text for part in draft.parts][:done]
            assert "task-resumed" in [entry.name for entry in house.journal.entries]
        finally:
            await house.tasks.runner.drain()
            house.rooms.close()
            house.worker_rooms.close()
            house.instance.close()

    asyncio.run(go())


def test_a_house_that_closes_leaves_its_works_to_the_next_start(tmp_path: Path) -> None:
    async def go() -> None:
        from demeure.testing.house import small_house

        async with small_house(tmp_path) as house:
            house.engine.script, house.engine.delay = "Objet : salle\n\n" + "Merci bien. " * 200, 0.01
            work = await house.tasks.tasks.start(AGENT, "courriel", {"notes": "merci"}, "fr")
            text = ""
            async for event in house.tasks.tasks.follow(AGENT, work.id):
                text += event.get("delta", "")
                if "Merci" in text:
                    break
            await house.tasks.runner.drain()
            row = await house.tasks.tasks.work(AGENT, work.id)
            assert row.drafts[0].state == "drafting" and "Merci" in row.drafts[0].text
            assert not await house.journal.open_intentions(), "what is told to the journal is true: it was cut"
            house.engine.script, house.engine.delay = "Objet : salle\n\nMerci.", 0.0
            await house.tasks.tasks.take_up(lambda _person: AGENT)
            await gone_on(house, work.id)
            assert (await house.tasks.tasks.work(AGENT, work.id)).drafts[0].state == "done"

    asyncio.run(go())


def test_an_author_whose_account_is_closed_has_their_work_stopped(tmp_path: Path) -> None:
    async def go() -> None:
        from demeure.testing.house import small_house

        async with small_house(tmp_path) as house:
            house.engine.delay = 0.05
            work = await house.tasks.tasks.start(AGENT, "courriel", {"notes": "merci"}, "fr")
            await asyncio.sleep(0.1)
            await house.tasks.runner.drain()
            assert await house.tasks.tasks.take_up(lambda _person: None) == 0
            row = await house.tasks.tasks.work(AGENT, work.id)
            assert row.drafts[0].state == "failed"

    asyncio.run(go())
