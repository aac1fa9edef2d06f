"""What the kernel says about a live process, read from /proc by somebody else, and where it differs from its
profile.

Landlock leaves no trace in /proc: what the box reported at birth is shown apart, and says so.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from demeure.confinement.profiles import CAPABILITIES, LANDLOCK, NAMESPACES, SECCOMP, Profile
from demeure.confinement.sockets import SocketTables

SPACES = ("net", "user", "ipc")
DESCRIPTORS = "descriptors"
"""How ``Facts.unreadable`` names what a process holds."""


@dataclass(frozen=True)
class Descriptor:
    """``kind`` as in the profiles; ``target`` tells people what it is (a path inside the instance is relative)."""

    number: int
    kind: str
    target: str


@dataclass(frozen=True)
class Facts:
    """Everything read from /proc/PID at one moment. ``spaces``: id of each namespace and whether it differs from
    the launcher's and from the supervisor's. ``landlock_reported``: ABI said by the box, not read back."""

    pid: int
    started: int
    no_new_privs: int
    seccomp_mode: int
    seccomp_filters: int
    capabilities_effective: str
    capabilities_permitted: str
    capabilities_bounding: str
    uid: int
    spaces: Mapping[str, Mapping[str, Any]]
    interfaces: tuple[str, ...]
    descriptors: tuple[Descriptor, ...]
    resident_kb: int
    threads: int
    landlock_reported: int = 0
    unreadable: tuple[str, ...] = field(default=())

    def as_json(self) -> dict[str, Any]:
        """Plain data, as JSON would give it back."""
        plain = asdict(self)
        return {name: list(value) if isinstance(value, tuple) else value for name, value in plain.items()}


@dataclass(frozen=True)
class House:
    """What is needed to judge one process. ``launcher_spaces``: ids of the namespaces outside every box.

    ``nested``: children have namespaces of their own, not only the supervisor's. ``listening``: hexadecimal ports
    of our listeners. ``base_filters``: filters that the launcher itself was under (a container's, for instance).
    """

    supervisor: int
    launcher_spaces: Mapping[str, str]
    instance: Path
    ladder: str = "A"
    nested: bool = True
    listening: tuple[str, ...] = ()
    base_filters: int = 0


class Gone(Exception):
    """The process ended while it was being read."""


def start_time(pid: int) -> int:
    """Clock ticks after boot when ``pid`` started: tells a process from a later one with its number. Raises Gone,
    also for one that ended and that nobody has buried yet."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
        started = int(fields[19])
    except (OSError, IndexError) as problem:
        raise Gone(pid) from problem
    if fields[0] in _OVER:
        raise Gone(pid)
    return started


_OVER = ("Z", "X", "x")


def read(pid: int, house: House, tables: SocketTables, landlock_reported: int = 0) -> Facts:
    """Facts of ``pid``. Raises Gone. What this process may not read is named in ``unreadable``."""
    status = _status(pid)
    unreadable: list[str] = []
    return Facts(
        pid=pid,
        started=start_time(pid),
        no_new_privs=int(status.get("NoNewPrivs", "0")),
        seccomp_mode=int(status.get("Seccomp", "0")),
        seccomp_filters=int(status.get("Seccomp_filters", "0")) - house.base_filters,
        capabilities_effective=status.get("CapEff", "?"),
        capabilities_permitted=status.get("CapPrm", "?"),
        capabilities_bounding=status.get("CapBnd", "?"),
        uid=int(status.get("Uid", "-1").split()[0]),
        spaces=_spaces(pid, house, unreadable),
        interfaces=_interfaces(pid, unreadable),
        descriptors=_descriptors(pid, house, tables, unreadable),
        resident_kb=int(status.get("VmRSS", "0 kB").split()[0]),
        threads=int(status.get("Threads", "0")),
        landlock_reported=landlock_reported,
        unreadable=tuple(unreadable),
    )


def filters_of(pid: int | str) -> int:
    """How many system call filters ``pid`` is under (0 where the kernel does not tell)."""
    return int(_status(pid).get("Seccomp_filters", "0"))


def _status(pid: int | str) -> dict[str, str]:
    try:
        text = Path(f"/proc/{pid}/status").read_text(errors="replace")
    except OSError as problem:
        raise Gone(pid) from problem
    return {name: value.strip() for name, _, value in (line.partition(":") for line in text.splitlines())}


def spaces_of(pid: int | str) -> dict[str, str]:
    """Ids of the namespaces of ``pid``. Raises OSError when they may not be read."""
    return {kind: str(Path(f"/proc/{pid}/ns/{kind}").readlink()) for kind in SPACES}


def _spaces(pid: int, house: House, unreadable: list[str]) -> dict[str, dict[str, Any]]:
    seen: dict[str, dict[str, Any]] = {}
    for kind in SPACES:
        own = _link(f"/proc/{pid}/ns/{kind}")
        if own is None:
            unreadable.append(f"{kind} namespace")
            continue
        supervisor = _link(f"/proc/{house.supervisor}/ns/{kind}")
        seen[kind] = {
            "id": own,
            "differs_from_launcher": own != house.launcher_spaces[kind],
            "differs_from_supervisor": None if supervisor is None else own != supervisor,
        }
    return seen


def _link(path: str) -> str | None:
    try:
        return str(Path(path).readlink())
    except OSError:
        return None


def _interfaces(pid: int, unreadable: list[str]) -> tuple[str, ...]:
    try:
        lines = Path(f"/proc/{pid}/net/dev").read_text(errors="replace").splitlines()[2:]
    except OSError:
        unreadable.append("interfaces")
        return ()
    return tuple(line.partition(":")[0].strip() for line in lines)


def _descriptors(pid: int, house: House, tables: SocketTables, unreadable: list[str]) -> tuple[Descriptor, ...]:
    try:
        numbers = sorted(int(name) for name in os.listdir(f"/proc/{pid}/fd"))  # noqa: PTH208 - names are numbers
    except OSError:
        unreadable.append(DESCRIPTORS)
        return ()
    found = []
    for number in numbers:
        target = _link(f"/proc/{pid}/fd/{number}")
        if target is not None:
            found.append(_described(pid, number, target, house, tables))
    if not found:  # the kernel shows an empty folder, or bare numbers: the launcher, from inside the walls
        unreadable.append(DESCRIPTORS)
    return tuple(found)


_ANONYMOUS = re.compile(r"anon_inode:\[?(\w+)")
_EVENTS = {"eventpoll", "eventfd", "signalfd", "timerfd", "pidfd"}


def _described(pid: int, number: int, target: str, house: House, tables: SocketTables) -> Descriptor:
    socket_inode = re.fullmatch(r"socket:\[(\d+)\]", target)
    if socket_inode:
        seen = tables.kind(int(socket_inode[1]), house.listening)
        return Descriptor(number, seen.kind, seen.target)
    if target == "/dev/null":
        return Descriptor(number, "null", target)
    if number in (1, 2):
        return Descriptor(number, "output", target)
    anonymous = _ANONYMOUS.match(target)
    if anonymous:
        return Descriptor(number, "event" if anonymous[1] in _EVENTS else anonymous[1], target)
    return Descriptor(number, *_file(pid, number, target, house))


def _file(pid: int, number: int, target: str, house: House) -> tuple[str, str]:
    if target.startswith("/memfd:demeure-tray-"):
        return "tray", target.removeprefix("/memfd:demeure-").removesuffix(" (deleted)")
    if target.startswith("/memfd:demeure-"):
        return "secret", target.removeprefix("/memfd:").removesuffix(" (deleted)")
    if target.startswith("pipe:"):
        return "pipe", target
    if target == _link(f"/proc/{pid}/exe"):
        return "command", target
    if target == "/proc/meminfo":
        return "memory", target
    inside = _relative(target, house.instance)
    if inside == "run/lock":
        return "lock", inside
    kind = "directory" if Path(f"/proc/{pid}/fd/{number}").is_dir() else "file"
    return (kind, inside) if inside is not None else (f"{kind} outside", target)


def _relative(target: str, instance: Path) -> str | None:
    path = Path(target)
    return str(path.relative_to(instance)) if path.is_relative_to(instance) else None


@dataclass(frozen=True)
class Difference:
    """One way in which a live process is not what its profile says."""

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)

    def sentence(self, language: str = "fr") -> str:
        """For people, in ``fr`` or ``en``."""
        french, english = SENTENCES[self.code]
        return (french if language == "fr" else english).format_map(self.params)

    def as_json(self) -> dict[str, Any]:
        """Plain data with both sentences."""
        return {"code": self.code, **self.params, "fr": self.sentence("fr"), "en": self.sentence("en")}


SENTENCES = {
    "privileges": (
        "peut encore gagner des privilèges (NoNewPrivs = 0)",
        "may still gain privileges (NoNewPrivs = 0)",
    ),
    "capabilities": (
        "garde des capacités (CapEff {effective}, CapPrm {permitted}, CapBnd {bounding})",
        "still has capabilities (CapEff {effective}, CapPrm {permitted}, CapBnd {bounding})",
    ),
    "filter": (
        "n’est pas derrière ses filtres d’appels système ({found} au lieu de {expected})",
        "is not behind its system call filters ({found} instead of {expected})",
    ),
    "space": (
        "partage l’espace de noms « {kind} » de {whose}",
        "shares the “{kind}” namespace of {whose}",
    ),
    "interface": ("voit l’interface réseau {name}", "sees the network interface {name}"),
    "descriptor": (
        "tient le descripteur {number} qui n’est pas prévu : {kind} {target}",
        "holds descriptor {number}, which is not declared: {kind} {target}",
    ),
    "landlock": ("n’a pas de liste de fichiers (Landlock)", "has no list of files (Landlock)"),
    "unreadable": ("ne laisse pas lire : {what}", "does not let us read: {what}"),
    "absent": ("ne tourne pas", "is not running"),
}


def differences(profile: Profile, facts: Facts, house: House) -> list[Difference]:
    """Where ``facts`` are not what ``profile`` promises at the ladder level of the house. Empty: as declared."""
    layers = expected_layers(profile, house.ladder)
    found = [Difference("unreadable", {"what": what}) for what in facts.unreadable] if profile.layers else []
    if CAPABILITIES in layers:
        found += _privileges(facts)
    expected = 1 if profile.filter == "supervisor" or profile.apart else 2
    if SECCOMP in layers and (facts.seccomp_mode != 2 or facts.seccomp_filters < expected):
        found.append(Difference("filter", {"found": facts.seccomp_filters, "expected": expected}))
    if NAMESPACES in layers:
        found += _shared(profile, facts, house)
    if LANDLOCK in layers and not facts.landlock_reported:
        found.append(Difference("landlock"))
    if profile.layers:
        found += [
            Difference("descriptor", {"number": d.number, "kind": d.kind, "target": d.target})
            for d in facts.descriptors
            if d.kind not in profile.descriptors or not _its_own(profile, d)
        ]
    return found


def _its_own(profile: Profile, held: Descriptor) -> bool:
    """A memory file is known by its name: a role holds its trays and its secrets, never another's. The supervisor
    holds all of them, to hand them at birth."""
    named = {"tray": profile.trays, "secret": profile.secrets}.get(held.kind)
    if named is None or profile.filter == "supervisor":
        return True
    return held.target.removeprefix("tray-" if held.kind == "tray" else "demeure-") in named


def expected_layers(profile: Profile, ladder: str) -> frozenset[str]:
    """Layers that ``profile`` must have where the house could reach ``ladder``."""
    absent = {"A": set[str](), "B": {NAMESPACES}, "C": {LANDLOCK}}
    return profile.layers - absent[ladder] if ladder in absent else frozenset()


def _privileges(facts: Facts) -> list[Difference]:
    """The bounding set limits what an exec may gain. Only a process that had capabilities, root's or those of its
    own user namespace, can empty it; for another one it is dead weight: with NoNewPrivs nothing is gained."""
    found = [] if facts.no_new_privs == 1 else [Difference("privileges")]
    sets = {
        "effective": facts.capabilities_effective,
        "permitted": facts.capabilities_permitted,
        "bounding": facts.capabilities_bounding,
    }
    ours = facts.uid == 0 or facts.spaces.get("user", {}).get("differs_from_launcher", True)
    held = {name for name, bits in sets.items() if int(bits, 16)} - (set() if ours else {"bounding"})
    return [*found, Difference("capabilities", sets)] if held else found


def _shared(profile: Profile, facts: Facts, house: House) -> list[Difference]:
    found = []
    for kind, space in facts.spaces.items():
        if house.ladder == "C" and kind == "user":
            continue  # C promises an empty network; the user namespace came with it or not
        if space["differs_from_launcher"] is False:
            found.append(Difference("space", {"kind": kind, "whose": "launcher"}))
        elif house.nested and profile.filter != "supervisor" and space["differs_from_supervisor"] is False:
            found.append(Difference("space", {"kind": kind, "whose": "supervisor"}))
    found += [Difference("interface", {"name": name}) for name in facts.interfaces if name != "lo"]
    return found
