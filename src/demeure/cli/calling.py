"""One operation of the control door, from a command; nothing heavy is imported before it is called."""

import asyncio
import contextlib
from collections.abc import Mapping
from typing import Any


def call(obj: Mapping[str, Any], op: str, args: Mapping[str, Any], *, create: bool = False) -> dict[str, Any]:
    """Its answer. ``create``: make what is absent. Raises as ``house.reach``, and what the house refuses."""

    async def go() -> dict[str, Any]:
        from demeure.cli.house import reach

        async with reach(obj["instance"], obj["language"], create=create) as door:
            return dict((await door.call(op, dict(args))).data)

    return asyncio.run(go())


def tell_if_open(obj: Mapping[str, Any], op: str, args: Mapping[str, Any]) -> None:
    """An open house notes what a command found by itself. A closed one is not opened for that, and one that refuses
    changes nothing of what was found."""

    async def go() -> None:
        from demeure.cli.door import Door, HouseDown
        from demeure.errors import DemeureError

        with contextlib.suppress(HouseDown, DemeureError):
            async with Door(obj["instance"]) as door:
                await door.call(op, dict(args))

    asyncio.run(go())
