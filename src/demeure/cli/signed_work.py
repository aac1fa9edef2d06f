"""A text about the house, signed by it: the running one, or a private one for the time of the command."""

import asyncio
import hashlib
from collections.abc import Callable
from typing import Any

from demeure.cli.backup_work import Work
from demeure.cli.instance import own


def signed(obj: dict[str, Any], about: str, text: Callable[[Work], str]) -> tuple[str, str]:
    """(what ``text`` gave, its armoured signature). The journal says that one was asked, and about what."""
    from demeure.cli.house import reach

    own(obj["instance"])

    async def go() -> tuple[str, str]:
        async with reach(obj["instance"], obj["language"]) as door:
            vkey = str((await door.call("journal.head")).data["vkey"])
            work = Work(obj["instance"], door, vkey, asyncio.get_running_loop())
            told = await asyncio.to_thread(text, work)
            digest = hashlib.sha512(told.encode()).digest()
            return told, await asyncio.to_thread(work.attest, digest, about)

    return asyncio.run(go())
