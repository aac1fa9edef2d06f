"""What each command of the contractors' console shows: numbers, states, versions and codes, in plain text.

Nothing here opens a document, a conversation, a key, the policy or a line of the journal.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

from demeure.contractors import SCOPES, Typed, Window, bundle, offered
from demeure.gateway.contractor_room import ContractorRoom
from demeure.policy import Actor

if TYPE_CHECKING:
    from demeure.gateway.house import House

WATCH_SECONDS = 5.0


async def told(
    house: "House", room: ContractorRoom, actor: Actor, window: Window, typed: Typed, language: str
) -> AsyncIterator[str]:
    """The text of ``typed``, piece by piece. Raises what the house raises."""
    name = typed.command.name
    if name == "watch":
        while True:
            yield _shown(await _status(house))
            await asyncio.sleep(WATCH_SECONDS)
    if name == "help":
        yield "".join(f"{one.name:10} {one.fr if language == 'fr' else one.en}\n" for one in offered(window.scopes))
    elif name == "window":
        now = await room.window(actor)  # as it is now: it may have been extended
        yield _shown(
            {
                "number": now.number,
                "scope": [SCOPES[one][language != "fr"] for one in sorted(now.scopes)],
                "minutes_left": int(now.left(house.clock) // 60),
            }
        )
    elif name == "bundle":
        parts = await _bundle(house, room)
        for name, part in parts.items():
            if typed.word in ("", name):
                yield f"[{name}]\n{_shown(part)}"
    elif name == "counts":
        yield _shown(await room.counts())
    elif name != "exit":
        yield _shown(await _ASKED[name](house))


def _shown(found: Any) -> str:
    """One line for each name; what is under it as JSON."""
    if not isinstance(found, dict):
        return json.dumps(found, ensure_ascii=False) + "\n"
    return "".join(f"{name:16} {json.dumps(found[name], ensure_ascii=False)}\n" for name in sorted(found))


async def _status(house: "House") -> dict[str, Any]:
    return bundle.processes((await house.porter.status())["processes"])


async def _checks(house: "House") -> dict[str, Any]:
    supervised = await house.pulse.status()
    standing = house.proofs.standing(house.clock.now())
    return {"journal": await house.pulse.journal(), "supervisor": supervised is not None, "proof": standing}


async def _disk(house: "House") -> dict[str, Any]:
    return house.pulse.disk()


async def _queue(house: "House") -> Any:
    return house.queue.state() if house.queue else None


async def _proof(house: "House") -> dict[str, Any]:
    last = await house.proofs.refresh()
    standing = house.proofs.standing(house.clock.now())
    if last is None:
        return {"standing": standing}
    return {"standing": standing, "at": last.time.isoformat(), "counts": last.counts, "ladder": last.ladder}


async def _journal(house: "House") -> dict[str, Any]:
    head = await house.journal.head()
    return {"size": head.size, "state": head.state}


async def _backups(house: "House") -> dict[str, Any]:
    found = await asyncio.to_thread(house.backups)
    drills = [{"at": one.at.isoformat(), "ok": one.ok, "seconds": one.seconds} for one in found.drills[:5]]
    return bundle.backups(found) | {"drills": drills}


async def _version(house: "House") -> dict[str, Any]:
    return await asyncio.to_thread(bundle.machine, house.ladder)


async def _reload(house: "House") -> dict[str, Any]:
    await house.porter.reload_engines()
    return {"reloaded": True}


async def _bundle(house: "House", room: ContractorRoom) -> dict[str, Any]:
    return {
        "checks": await _checks(house),
        "house": await room.counts(),
        "machine": await _version(house),
        "packages": await asyncio.to_thread(bundle.packages),
        "processes": await _status(house),
        "settings": bundle.settings(house.settings),
    }


_ASKED: Mapping[str, Callable[["House"], Awaitable[Any]]] = {
    "status": _status,
    "checks": _checks,
    "disk": _disk,
    "queue": _queue,
    "proof": _proof,
    "journal": _journal,
    "backups": _backups,
    "version": _version,
    "reload": _reload,
}
"""Command → what it asks of the house."""
