"""One operation of the control door, from a command; nothing heavy is imported before it is called."""

import asyncio
from collections.abc import Mapping
from typing import Any


def call(obj: Mapping[str, Any], op: str, args: Mapping[str, Any], *, create: bool = False) -> dict[str, Any]:
    """Its answer. ``create``: make what is absent. Raises as ``house.reach``, and what the house refuses."""

    async def go() -> dict[str, Any]:
        from demeure.cli.house import reach

        async with reach(obj["instance"], obj["language"], create=create) as door:
            return dict((await door.call(op, dict(args))).data)

    return asyncio.run(go())
