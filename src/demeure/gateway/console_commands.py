"""What each command of the contractors' console shows: numbers, states, versions and codes, in plain text.

Nothing here opens a document, a conversation, a key or the policy. Of the journal, ``verified`` alone reads the
entries of one name, ``backup-checked-closed``, and shows their dates, outcomes and two counts.
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from demeure import __version__
from demeure.contractors import SCOPES, Typed, Window, bundle, offered
from demeure.gateway.contractor_room import ContractorRoom
from demeure.policy import Actor

if TYPE_CHECKING:
    from demeure.gateway.house import House

WATCH_SECONDS = 5.0
ERRANDS = {"verify": "verified", "rehearse": "backups"}
"""Commands that the launcher carries out beside the house → the one that tells what it came to."""
_VERIFIED, _COUNTED = timedelta(days=40), re.compile(r"\b(sound|faults)=(\d+)")


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
        lines = (
            f"{one.name:10} {one.fr if language == 'fr' else one.en}{_words(one.words)}\n"
            for one in offered(window.scopes)
        )
        yield "".join(lines)
    elif name == "bundle":
        parts = await _bundle(house, room)
        for name, part in parts.items():
            if typed.word in ("", name):
                yield f"[{name}]\n{_shown(part)}"
    elif name in _ASKED:
        yield _shown(await _ASKED[name](house))
    elif name != "exit":
        yield _shown(await _of_window(house, room, actor, window, typed, language))


async def _of_window(
    house: "House", room: ContractorRoom, actor: Actor, window: Window, typed: Typed, language: str
) -> Any:
    """What asks the contractors' own room."""
    name = typed.command.name
    if name in ERRANDS:
        return await _errand(house, room, name)
    if name == "counts":
        return await room.counts()
    if name == "request":
        if typed.word:
            await room.request(actor, window, typed.word)
        may = [word for one in offered(window.scopes) if one.name == name for word in one.words]
        told: dict[str, Any] = {"asked": [one.what for one in await room.requests_of(window)], "may": may}
        if typed.word == "update":  # left all the same: whoever runs the machine may bring the bundle
            told["bundle_ready"] = (await _release(house)).get("ready")
        return told
    now = await room.window(actor)  # as it is now: it may have been extended
    return {
        "number": now.number,
        "scope": [SCOPES[one][language != "fr"] for one in sorted(now.scopes)],
        "minutes_left": int(now.left(house.clock) // 60),
    }


def _words(words: tuple[str, ...]) -> str:
    return f" ({', '.join(words)})" if words else ""


async def _errand(house: "House", room: ContractorRoom, name: str) -> dict[str, Any]:
    """Work that the launcher does beside the house, outside its boxes; what it came to is looked at later."""
    wait = room.waits(name)
    if wait:
        return {"asked": False, "again_in_minutes": wait}
    try:
        await house.porter.run_errand(name)
    except BaseException:  # it was refused, or never arrived: the half hour is not spent
        room.not_begun(name)
        raise
    return {"asked": True, "see": ERRANDS[name]}


def _shown(found: Any) -> str:
    """One line for each name, and what is under it; nothing of what is empty there."""
    if not isinstance(found, dict):
        return _flat(found) + "\n"
    return "".join(f"{name:16} {_flat(found[name])}\n" for name in sorted(found))


def _flat(value: Any) -> str:
    """A text with control signs escaped, names with theirs (``state running  restarts 0``), the rest as JSON."""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)[1:-1]
    if isinstance(value, dict):
        kept = {name: one for name, one in value.items() if one not in (None, "", [], {})}
        return "  ".join(f"{name} {_flat(one)}" for name, one in kept.items()) or "-"
    return json.dumps(value, ensure_ascii=False)


async def _status(house: "House") -> dict[str, Any]:
    return bundle.processes((await house.porter.status())["processes"])


async def _checks(house: "House") -> dict[str, Any]:
    supervised = await house.pulse.status()
    standing = house.told.standing
    return {"journal": await house.pulse.journal(), "supervisor": supervised is not None, "proof": standing}


async def _disk(house: "House") -> dict[str, Any]:
    return house.pulse.disk()


async def _queue(house: "House") -> Any:
    return house.queue.state() if house.queue else None


async def _proof(house: "House") -> dict[str, Any]:
    last = await house.proofs.refresh()
    standing = house.told.standing
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


async def _points(house: "House") -> dict[str, Any]:
    found = await asyncio.to_thread(house.backups)
    rows = [
        {
            "number": one.number,
            "at": one.at.isoformat(),
            "bytes": one.weight,
            "files": one.files,
            "place": one.place,
        }
        for one in found.made
    ]
    return {"points": rows, "late_places": len(found.late)}


async def _verified(house: "House") -> dict[str, Any]:
    """Readings of backups in the last weeks, from the journal, without the names of places."""
    since = (house.clock.now() - _VERIFIED).date().isoformat()
    page = await house.journal.read(limit=40, name="backup-checked-closed", since=since)
    rows = []
    for entry in page.entries:
        counts = {word: int(number) for word, number in _COUNTED.findall(entry.object)}
        rows.append({"at": entry.time, "outcome": entry.outcome, **counts})
    return {"verified": rows[:10]}


async def _release(house: "House") -> dict[str, Any]:
    """Versions and dates; nothing asks outside whether a newer one exists."""
    found = await asyncio.to_thread(house.release)
    if found is None:
        return {"version": __version__, "installed": None}
    told: dict[str, Any] = {"version": found.version, "created": found.created or None}
    told |= {"installed": found.installed}
    told |= {"former": found.former or None, "former_data": found.former_data}
    ready = {"version": found.ready, "created": found.ready_made, "looked_at": found.ready_looked}
    return told | {"ready": ready if found.ready else None}


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
        "metrics": bundle.metrics(house.supervision),
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
    "points": _points,
    "verified": _verified,
    "release": _release,
}
"""Command → what it asks of the house."""
