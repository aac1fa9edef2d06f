"""What the worker serves to the gateway: nudge, lease."""

import asyncio
import contextlib
from pathlib import Path

from demeure.engine import LeaseGate
from demeure.library import Document
from demeure.testing.doors import FakeDoors
from demeure.testing.house import ADMINISTRATOR, pieces, small_house
from demeure.wire import Channel, Handler, Reply, Request
from demeure.worker.role import _serve


def test_the_gateway_nudges_and_holds_back(tmp_path: Path) -> None:
    async def go() -> None:
        gate, doors = LeaseGate(hold=0.01), FakeDoors()
        async with small_house(tmp_path, work=False) as house:
            pipeline = house.pipeline

            async def nudge(_request: Request) -> Reply:
                pipeline.nudge()
                return Reply()

            handlers: dict[str, Handler] = {"nudge": nudge, "lease": gate.handler}
            serving = asyncio.create_task(_serve(doors, handlers, pipeline))  # type: ignore[arg-type]
            channel = await Channel(doors.connect("gateway"), peer="worker").start()
            added = await house.library.add(ADMINISTRATOR, "mairie", "a.txt", pieces(b"Une phrase utile."))
            assert isinstance(added, Document)
            await channel.call("nudge")
            row = await house.settled(added.id)
            assert (row.state, row.embedded, row.passages) == ("ready", 1, 1)
            lease = channel.stream("lease")
            assert (await anext(lease)).data == {"held": True} and gate.held
            await lease.aclose()
            async with asyncio.timeout(5):
                await gate.turn()
            await channel.close()
            await doors.close()
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait_for(serving, 5)

    asyncio.run(go())
