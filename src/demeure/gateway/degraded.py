"""What is missing at this moment, and what still works without it: one line for each way of being diminished.

Pure: from the supervisor's status, the journal's state and the room left.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

CHAT, EMBED, WORKER, WORKSHOP, DISK, JOURNAL = "chat", "embed", "worker", "workshop", "disk", "journal"
_ROLES = {CHAT: "engine-chat", EMBED: "engine-embed", WORKER: "worker", WORKSHOP: "workshop"}
_SERVES = ("running", "ready", "starting")


@dataclass(frozen=True)
class Missing:
    """``what``: one of the names above; ``lost``, ``works``: keys of its sentences."""

    what: str

    @property
    def lost(self) -> str:
        return LOST[self.what]

    @property
    def works(self) -> str:
        return WORKS[self.what]


LOST = {
    CHAT: "degraded.chat",
    EMBED: "degraded.embed",
    WORKER: "degraded.worker",
    WORKSHOP: "degraded.workshop",
    DISK: "degraded.disk",
    JOURNAL: "degraded.journal",
}
WORKS = {
    CHAT: "degraded.chat_works",
    EMBED: "degraded.embed_works",
    WORKER: "degraded.worker_works",
    WORKSHOP: "degraded.workshop_works",
    DISK: "degraded.disk_works",
    JOURNAL: "degraded.journal_works",
}


def missing(status: Mapping[str, Any] | None, journal: str, *, disk_full: bool) -> list[Missing]:
    """``status``: None when the supervisor does not answer (nothing is then said of roles). ``journal``: ok,
    reserve or silent. The journal comes first: without it nothing else matters."""
    found = [Missing(JOURNAL)] if journal == "silent" else []
    if disk_full or journal == "reserve":
        found.append(Missing(DISK))
    if status is not None:
        states = {str(row.get("role")): str(row.get("state")) for row in status.get("processes", [])}
        found += [Missing(what) for what, role in _ROLES.items() if states.get(role) not in _SERVES]
    return found
