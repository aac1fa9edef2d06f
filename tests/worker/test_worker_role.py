"""What the worker serves to the gateway: nudge, progress, lease."""

import asyncio
import contextlib
from dataclasses import replace
from pathlib import Path

from demeure.engine import LeaseGate
from demeure.library import Document, Pipeline
from demeure.testing.doors import FakeDoors
from demeure.testing.house import ADMINISTRATOR, pieces, small_house
from demeure.wire import Channel, Handler, Reply, Request
from demeure.worker.role import Bulletin, _serve


def test_the_gateway_nudges_watches_and_holds_back(tmp_path: Path) -> None:
    async def go() -> None:
        bulletin, gate, doors = Bulletin(), LeaseGate(hold=0.01), FakeDoors()
        async with small_house(tmp_path, work=False) as house:
            pipeline = Pipeline(replace(house.pipeline._p, tell=bulletin.tell))

            async def nudge(_request: Request) -> Reply:
                pipeline.nudge()
                return Reply()

            handlers: dict[str, Handler] = {"nudge": nudge, "lease": gate.handler, "progress": bulletin.listen}
            serving = asyncio.create_task(_serve(doors, handlers, pipeline))  # type: ignore[arg-type]
            channel = await Channel(doors.connect("gateway"), peer="worker").start()
            progress = channel.stream("progress")
            first = asyncio.ensure_future(anext(progress))
            await asyncio.sleep(0.05)
            added = await house.library.add(ADMINISTRATOR, "mairie", "a.txt", pieces(b"Une phrase utile."))
            assert isinstance(added, Document)
            await channel.call("nudge")
            states = [(await first).data]
            async with asyncio.timeout(10):
                while states[-1]["state"] != "ready":
                    states.append((await anext(progress)).data)
            assert [s["document"] for s in states] == [added.id] * len(states)
            assert states[-1]["embedded"] == states[-1]["passages"] == 1
            lease = channel.stream("lease")
            assert (await anext(lease)).data == {"held": True} and gate.held
            await lease.aclose()
            async with asyncio.timeout(5):
                await gate.turn()
            await progress.aclose()
            await channel.close()
            await doors.close()
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait_for(serving, 5)

    asyncio.run(go())
