"""What the kernel enforces upon the house, written in the journal whenever it changes: receipts refer to it.

Looked at every ten seconds: a change is written that much later, at most, than it happened.
"""

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

from demeure.errors import DemeureError
from demeure.journal import Draft, Journal

NAME = "box-facts"
LOOK_SECONDS = 10.0
_PASSING = ("pid", "started", "uptime", "resident", "descriptors", "sockets", "threads")


async def watch(journal: Journal, status: Callable[[], Awaitable[dict[str, Any] | None]]) -> None:
    """Until cancelled."""
    known = ""
    while True:
        seen = await status()
        if seen is not None:
            told = said(seen)
            if told != known and settled(seen):
                known = await _write(journal, told, seen) or known
        await asyncio.sleep(LOOK_SECONDS)


def settled(status: dict[str, Any]) -> bool:
    """Is nothing being born?"""
    return all(process["state"] in ("running", "down") for process in status["processes"])


def said(status: dict[str, Any]) -> str:
    """The rung of the ladder, and for each process a digest of its facts and how many differ from its profile."""
    roles = [
        f"{p['role']}={_digest(p['facts'])}:{len(p['differences'])}" for p in status["processes"] if p.get("facts")
    ]
    accepted = "yes" if status["accepted_unconfined"] else "no"
    return " ".join([f"ladder={status['ladder']}", f"accepted-unconfined={accepted}", *roles])


def _digest(facts: dict[str, Any]) -> str:
    lasting = {name: value for name, value in facts.items() if not name.startswith(_PASSING)}
    return hashlib.sha256(json.dumps(lasting, sort_keys=True, default=str).encode()).hexdigest()[:16]


async def _write(journal: Journal, told: str, status: dict[str, Any]) -> str:
    facts = {p["role"]: p["facts"] for p in status["processes"]}
    payload = json.dumps(facts, default=str).encode()
    try:
        await journal.record(
            Draft("administration", NAME, chain=uuid4().hex, actor="house", object=told[:4096], payload=payload)
        )
    except DemeureError:
        return ""
    return told
