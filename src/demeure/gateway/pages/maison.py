"""La maison: what runs at this moment, and the confinement the kernel reports for it."""

import asyncio
from collections.abc import Callable
from typing import Any

from starlette.responses import Response

from demeure.confinement import BUILDERS
from demeure.errors import DemeureError
from demeure.gateway.degraded import missing
from demeure.gateway.locale import LADDERS
from demeure.gateway.proofs import LastProof
from demeure.gateway.visit import Visit
from demeure.policy import Action, Resource

ROLES = {
    "launcher": "maison.role_launcher",
    "supervisor": "maison.role_supervisor",
    "gateway": "maison.role_gateway",
    "worker": "maison.role_worker",
    "workshop": "maison.role_workshop",
    "scribe": "maison.role_scribe",
    "reader": "maison.role_reader",
    "antivirus": "maison.antivirus",
    "airlock": "maison.role_airlock",
    "airlock-door": "maison.role_airlock_door",
    "airlock-clock": "maison.role_airlock_clock",
    "engine-chat": "maison.role_engine_chat",
    "engine-embed": "maison.role_engine_embed",
}
_POWERS = {"capabilities_effective", "capabilities_permitted"}
PLAIN: tuple[tuple[str, Callable[[dict[str, Any]], bool]], ...] = (
    ("state.no_gain", lambda f: f.get("no_new_privs") == 1),
    ("state.filtered", lambda f: f.get("seccomp_mode") == 2 and f.get("seccomp_filters", 0) > 0),
    ("state.files", lambda f: f.get("landlock_reported", 0) > 0),
    ("state.powers", lambda f: bool(_POWERS & f.keys()) and not any(_set(f.get(name)) for name in _POWERS)),
    ("state.network", lambda f: f.get("interfaces") == ["lo"]),
)
"""Each sentence is told only where the fact behind it was read and holds: an unknown fact says nothing."""
_OPEN_AIR = frozenset(one.role for one in BUILDERS if not one.layers)
"""Those that are declared without walls: they build them."""
RUNNING = ("running", "ready")
MINE = {
    "question": "queue.mine_question",
    "task": "queue.mine_task",
    "program": "queue.mine_program",
    "part": "queue.mine_part",
}


async def maison(came: Visit) -> Response:
    """GET /maison: answers even when the journal does not write, since it says so."""
    status, journal, figures, proven = await asyncio.gather(  # each waits for what may be silent: together, once
        came.house.pulse.status(), _journal(came), _for_administrators(came), _proven(came)
    )
    rows = [_row(came, process) for process in (status or {}).get("processes", [])]
    differences = sum(len(row["differences"]) for row in rows)
    ladder = str((status or {}).get("ladder", came.house.ladder))
    return came.page(
        "maison.html",
        known=status is not None,
        rows=rows,
        level=ladder,
        ladder_sentence=came.t(LADDERS.get(ladder, "maison.ladder_d")),
        differences=differences,
        memory=sum(row["memory"] for row in rows),
        journal=journal,
        proven=proven,
        missing=missing(status, journal, disk_full=bool(came.house.pulse.disk()["full"])),
        queue=came.house.queue.state() if came.house.queue else None,
        mine=_mine(came),
        **figures,
        now=came.house.clock.now(),
    )


def _mine(came: Visit) -> list[dict[str, Any]]:
    """What whoever looks waits for in the model's queue: ``what``, ``ahead``."""
    rows = came.house.queue.standing(came.actor.id) if came.house.queue else []
    return [{"what": came.t(MINE[row["kind"]]), "ahead": row["ahead"]} for row in rows]


async def _for_administrators(came: Visit) -> dict[str, Any]:
    """Room, sizes, journal, certificate: for those whom policy lets administer, and nothing of it for others."""
    if not came.house.decide(came.actor, Action.HOUSE_ADMINISTER, Resource("house")).allowed:
        return {"figures": None}
    held = came.house.threshold
    return {
        "figures": await came.house.gauge.read(),
        "facts": held.facts if held else None,
        "days": held.facts.days_left(came.house.clock.now()) if held else 0,
        "own": bool(held and held.root),
        "verify": "demeure journal verify",
    }


async def _journal(came: Visit) -> str:
    try:
        return await came.house.pulse.journal()
    except DemeureError:
        return "silent"


async def _proven(came: Visit) -> LastProof | None:
    """The last proof that came to its end; none is told where the journal does not answer."""
    try:
        return await came.house.proofs.refresh()
    except DemeureError:
        return came.house.proofs.last


def _row(came: Visit, process: dict[str, Any]) -> dict[str, Any]:
    """One process; what the supervisor leaves out is shown as unknown, never as good."""
    role, state = str(process.get("role", "?")), str(process.get("state", ""))
    known = ROLES.get(role)
    differences, failure = process.get("differences") or [], process.get("failure")
    return {
        "role": role,
        "name": came.t(known) if known else role,
        "walled": role not in _OPEN_AIR,
        "pid": process.get("pid"),
        "running": bool(process.get("pid")) and state in RUNNING,
        "starting": state == "starting",
        "memory": int(process.get("resident_kb") or 0) * 1024,
        "restarts": int(process.get("restarts") or 0),
        "uptime": process.get("uptime_s"),
        "differences": [_told(d, came.language) for d in differences],
        "failure": _told(failure, came.language) if failure else "",
        "plain": [came.t(key) for key, holds in PLAIN if holds(process.get("facts") or {})],
        "facts": [(str(name), _fact(value)) for name, value in (process.get("facts") or {}).items()],
    }


def _set(mask: Any) -> bool:
    """A capability mask in hexadecimal with any bit set; what cannot be read counts as set."""
    try:
        return int(str(mask), 16) != 0
    except ValueError:
        return True


def _told(found: Any, language: str) -> str:
    return str(found.get(language, found)) if isinstance(found, dict) else str(found)


def _fact(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{k} {v}" for k, v in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(_fact(v) for v in value) or "–"
    return str(value)
