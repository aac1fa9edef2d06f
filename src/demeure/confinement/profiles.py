"""ONE table: who each process is, what it may touch, whom it may talk to. Everything else is refused.

Paths are relative to the instance folder; ``@name`` stands for a place outside it, resolved in ``paths.py``.
``demeure status`` compares live processes with this table.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

NAMESPACES, CAPABILITIES, LANDLOCK, SECCOMP = "namespaces", "capabilities", "landlock", "seccomp"
LAYERS = frozenset({NAMESPACES, CAPABILITIES, LANDLOCK, SECCOMP})

_ORDINARY = frozenset({"null", "output", "channel", "unix stream", "event", "file", "directory"})
_PYTHON = ("@python", "@self", "@zones", "@random", "@types")
"""@types: Python's ``mimetypes`` opens every list it sees and fails when refused (openpyxl imports it)."""


ANTIVIRUS = "antivirus"
"""Not a role: a program of the machine, outside every wall, that settings may name (supervisor/outside.py)."""


@dataclass(frozen=True)
class Profile:
    """One row. ``module`` has ``main(birth) -> int | None``, imported only once the box is closed.

    ``filter``: supervisor, role, engine, job, door or clock (policies.py). ``peers``: roles (and ANTIVIRUS) it may
    ask for. ``listeners``, ``secrets``: what it is born with. ``trays``: memory files it shares with the one other
    process that names them too (engine/tray.py). ``descriptors``: kinds it may hold (facts.py). ``front``: the
    house is ready when it is. ``engine``: its key in models/active.json; absent there, the role does not run.
    ``nice``: 0 to 19, higher is more patient. ``sacrifice``: 0 to 1000, how readily the kernel ends it when memory
    runs out. ``administers``: may ask for the status and for engines to be reloaded. ``layers``: walls it must have
    (all but in tests). ``apart``: born of the launcher beside the supervisor, not of it: it may read what the
    supervisor may not.
    """

    role: str
    module: str
    filter: str = "role"
    peers: tuple[str, ...] = ()
    listeners: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    trays: tuple[str, ...] = ()
    read: tuple[str, ...] = _PYTHON
    write: tuple[str, ...] = ()
    sockets: tuple[str, ...] = ()
    descriptors: frozenset[str] = _ORDINARY
    front: bool = False
    administers: bool = False
    engine: str = ""
    nice: int = 0
    sacrifice: int = 0
    layers: frozenset[str] = LAYERS
    apart: bool = False


def _table(*rows: Profile) -> Mapping[str, Profile]:
    return MappingProxyType({row.role: row for row in rows})


PROFILES: Mapping[str, Profile] = _table(
    Profile(
        role="scribe",
        module="demeure.journal.service",
        secrets=("journal", "held"),
        write=("journal",),
        descriptors=_ORDINARY | {"secret"},
    ),
    Profile(
        role="gateway",
        module="demeure.gateway.role",
        peers=("scribe", "worker", "engine-chat", "engine-embed", "workshop", "airlock"),
        listeners=("public", "control"),
        secrets=("house", "tls"),
        trays=("gateway",),
        read=(
            *(*_PYTHON, "@processors", "models", "keys/house.check", "keys/tls/served", "tasks"),
            *("routes", "directories", "airlock", "backups/plan", "backups/made", "backups/drills"),
            *("release", "host", "@sensors", "@bill"),
        ),
        write=(
            *("house", "spaces", "keys/spaces", "keys/people", "keys/payloads", "models/chosen"),
            *("supervision", "providers", "hooks"),
        ),
        descriptors=_ORDINARY | {"secret", "tray", "listener", "unix listener", "accepted", "memory"},
        front=True,
        administers=True,
        sacrifice=100,
    ),
    Profile(
        role="worker",
        module="demeure.worker.role",
        peers=("scribe", "engine-chat", "engine-embed", "workshop", "reader", ANTIVIRUS),
        secrets=("house",),
        trays=("worker",),
        read=(*_PYTHON, "@processors", "models", "keys/house.check"),
        write=(
            *("house", "spaces", "keys/spaces", "keys/people", "keys/payloads"),
            *("keys/tls/authority", "keys/tls/served"),
        ),
        descriptors=_ORDINARY | {"secret", "tray"},
        nice=5,
        sacrifice=200,
    ),
    Profile(
        role="workshop",
        module="demeure.workshop.zygote",
        read=(*_PYTHON, "models/ocr", "models/speech"),
        nice=5,
        sacrifice=700,
    ),
    Profile(
        role="engine-chat",
        module="demeure.engine.service",
        filter="engine",
        read=(*_PYTHON, "@processors", "@model", "@command", "engine"),
        sockets=("run/engine/chat",),
        trays=("gateway", "worker"),
        descriptors=_ORDINARY | {"unix listener", "command", "tray"},
        engine="chat",
        sacrifice=300,
    ),
    Profile(
        role="engine-embed",
        module="demeure.engine.service",
        filter="engine",
        read=(*_PYTHON, "@processors", "@model", "@command", "engine"),
        sockets=("run/engine/embed",),
        descriptors=_ORDINARY | {"unix listener", "command"},
        engine="embed",
        sacrifice=300,
    ),
)

SUPERVISOR = Profile(
    role="supervisor",
    module="demeure.supervisor.supervisor",
    filter="supervisor",
    read=(*_PYTHON, "@processors", "models"),
    write=("run",),
    sockets=("run/engine",),
    descriptors=_ORDINARY | {"secret", "tray", "listener", "unix listener", "lock"},
)
"""The supervisor's Landlock lists are completed with those of all its children (``paths.supervisor_lists``): a
child's box can only be smaller than the one it is born in."""

READER = Profile(
    role="reader",
    module="demeure.reader.job",
    filter="job",
    read=(*_PYTHON, "@folder"),
    descriptors=_ORDINARY | {"directory outside", "file outside"},
    nice=10,
    sacrifice=700,
    apart=True,
)
"""The job that reads one watched folder, for as long as one scan: nobody else may read it, the supervisor included
(supervisor/readers.py)."""

AIRLOCK = Profile(
    role="airlock",
    module="demeure.airlock.service",
    peers=("scribe",),
    read=(*_PYTHON, "@authorities", "routes", "keys/routes"),
    write=("airlock",),
    descriptors=_ORDINARY | {"tcp"},
    sacrifice=100,
    apart=True,
)
"""What leaves by the routes: born when one is open, ended with the last. It decides, reads, masks, writes in the
journal, encrypts and sends on connections that its door handed it; it can open none (supervisor/airlocks.py)."""

AIRLOCK_DOOR = Profile(
    role="airlock-door",
    module="demeure.airlock.door",
    filter="door",
    read=(),
    descriptors=_ORDINARY | {"tcp"},
    layers=LAYERS - {NAMESPACES},
    apart=True,
)
"""The only process of the house that may open a connection to a network, to the declared ports and addresses, which
it knows by number; it reads nothing of what passes."""

AIRLOCK_CLOCK = Profile(
    role="airlock-clock",
    module="demeure.airlock.clock",
    filter="clock",
    read=(),
    descriptors=_ORDINARY | {"udp", "udp6"},
    apart=True,
)
"""While a route to a clock (NTP) is open: it holds a UDP socket connected to each of its declared addresses, and
has no call that could name another place."""

LOG_KEEPER = Profile(role="logs", module="demeure.supervisor.log_keeper", read=(), write=("logs",), apart=True)
"""At the end of everybody's standard error: writes its folder, and opens nothing else
(supervisor/log_keeper.py)."""

LAUNCHER = Profile(role="launcher", module="demeure.supervisor.launcher", layers=frozenset())
"""The only process without walls: it opens listeners and keys, and waits."""
BUILDERS = (LAUNCHER, SUPERVISOR)
"""Those that give birth to the others."""

SECRETS = {"house": "keys/house.key", "journal": "keys/journal.key"}
"""Secret name → file of 32 bytes in the instance folder. ``tls`` is not one: a certificate and key given by the
organisation, absent otherwise (supervisor/given.py)."""

FOLDERS = (
    "keys",
    "keys/spaces",
    "keys/people",
    "keys/payloads",
    "keys/tls",
    "keys/tls/authority",
    "keys/tls/served",
    "house",
    "spaces",
    "journal",
    "models",
    "models/chosen",
    "models/ocr",
    "models/speech",
    "engine",
    "keys/routes",
    "sources",
    "routes",
    "directories",
    "providers",
    "hooks",
    "airlock",
    "tasks",
    "backups",
    "backups/plan",
    "backups/made",
    "backups/drills",
    "release",
    "logs",
    "supervision",
    "host",
    "run",
    "run/engine",
    "run/engine/chat",
    "run/engine/embed",
)
"""Made by the launcher when absent (0700): Landlock can only speak of what exists."""
