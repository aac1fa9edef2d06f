"""What one life of the house is made from: handed by the launcher to the supervisor across the fork."""

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from demeure.confinement import Ground, Profile
from demeure.settings import Settings
from demeure.supervisor.birth import Birth
from demeure.supervisor.given import PLAIN, Given

ERRANDS = ("prove", "backup", "rehearse", "verify")
"""Commands that a running house may have started beside itself: these words, and no argument."""


@dataclass(frozen=True)
class Plan:
    """``listeners``: name → listening socket. ``secrets``: name → descriptor of a sealed memory file. ``lock``:
    held open so that the folder stays locked while anything of the house lives. ``owner``: uid of the house's user,
    as the launcher sees it, before any user namespace. ``way``: how pages are served. ``given``: the certificate
    that the organisation gave (given.py). ``trays``: name → descriptor of a memory file that the chat engine shares
    with one role. ``disk``: is it encrypted (disk.py)?"""

    instance: Path
    settings: Settings
    profiles: Mapping[str, Profile]
    ground: Ground
    accepted_unconfined: bool
    listeners: Mapping[str, socket.socket]
    secrets: dict[str, int]
    lock: int
    way: str = PLAIN
    given: Given | None = None
    trays: Mapping[str, int] = field(default_factory=dict)
    disk: str = "unknown"
    owner: int = field(default_factory=os.getuid)

    def birth(self, role: str, channel: int, spec: Mapping[str, Any]) -> Birth:
        """Of a process that is given nothing else of the house. ``channel``: its connection."""
        return Birth(
            role=role,
            instance=self.instance,
            settings=self.settings,
            channel=channel,
            ladder=self.ground.level,
            accepted_unconfined=self.accepted_unconfined,
            owner=self.owner,
            spec=spec,
        )

    def address(self) -> tuple[str, int] | None:
        """Where the pages are served; None without a public listener."""
        public = self.listeners.get("public")
        return None if public is None else tuple(public.getsockname()[:2])
