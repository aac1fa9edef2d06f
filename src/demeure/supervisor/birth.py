"""What a role is given when it is born: descriptors, keys, paths, and nothing else."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from demeure.settings import Settings


@dataclass(frozen=True)
class Birth:
    """Made by the supervisor before the fork, read by ``main(birth)`` of the role after the box is closed.

    ``owner``: uid of the house's user outside any user namespace.
    ``channel``: descriptor of a SOCK_SEQPACKET socket to the supervisor (see doors.py).
    ``listeners``: name → descriptor of a listening socket (gateway: ``public`` TCP when served, ``control`` Unix).
    ``secrets``: name → descriptor of a memory file holding 32 bytes, to read once and close
    (``house``: gateway and worker; ``journal``: the scribe's Ed25519 seed), or PEM (``tls``: the certificate that
    the organisation gave, then its key: the gateway, when ``way`` is ``given``).
    ``trays``: name → descriptor of a memory file, the same number in the engine that shares it (engine/tray.py).
    ``disk``: encrypted, clear or unknown (disk.py).
    ``way``: how pages are served: ``given`` or ``house`` (TLS), or plain.
    ``spec``: role-specific facts. All: ``restarts`` (0 at the first birth), ``boot`` (id of
    the machine's boot). Engine: the entry of models/active.json
    (``id``, ``file``, ``sha256``, ``kind``, ``context``, ``slots``), ``model`` (its path), ``socket`` (where to
    listen: a name relative to the current folder, which is run/engine), and with a foreign engine ``command`` (its
    path) and ``command_fd`` (open, the only program that ``confinement.exec_only`` may become).
    """

    role: str
    instance: Path
    settings: Settings
    channel: int
    ladder: str = "A"
    accepted_unconfined: bool = False
    owner: int = field(default_factory=os.getuid)
    way: str = ""
    listeners: Mapping[str, int] = field(default_factory=dict)
    secrets: Mapping[str, int] = field(default_factory=dict)
    trays: Mapping[str, int] = field(default_factory=dict)
    disk: str = "unknown"
    spec: Mapping[str, Any] = field(default_factory=dict)
