"""Processes and their connections, from a tree’s ``/proc``: which other programs speak to the outside, and to
whom."""

import ipaddress
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from demeure.errors import counted
from demeure.host.finding import GOOD, UNKNOWN, WARN, Finding, Tree

_ESTABLISHED, _LISTEN, _SYN_SENT = "01", "0A", "02"
_INODE = re.compile(r"socket:\[(\d+)\]")


@dataclass(frozen=True)
class Connection:
    """``program``: of the process that holds it, empty when nobody here may know."""

    program: str
    pid: int
    remote: str
    port: int
    protocol: str


def names(tree: Tree) -> dict[str, list[int]]:
    """Name of each process → its pids."""
    found: dict[str, list[int]] = {}
    for path in tree.glob("/proc/[0-9]*/comm"):
        if (name := (tree.text(path) or "").strip()) != "":
            found.setdefault(name, []).append(int(path.split("/")[2]))
    return found


def outgoing(tree: Tree, house: frozenset[int] = frozenset()) -> tuple[list[Connection], int]:
    """Connections begun here towards elsewhere, those of ``house`` left out; how many have an unknown holder."""
    rows = [row for kind in ("tcp", "tcp6", "udp", "udp6") for row in _table(tree, kind)]
    listening = {port for _, state, port, _, _, _ in rows if state == _LISTEN}
    holders = _holders(tree)
    found, unknown = [], 0
    for kind, state, local, remote, port, inode in rows:
        if (
            state not in (_ESTABLISHED, _SYN_SENT)
            or (local in listening and state != _SYN_SENT)
            or not _elsewhere(remote)
        ):
            continue
        pid = holders.get(inode, 0)
        if pid in house:
            continue
        unknown += not pid
        name = (tree.text(f"/proc/{pid}/comm") or "").strip() if pid else ""
        found.append(Connection(name, pid, remote, port, kind[:3]))
    return found, unknown


def connections(tree: Tree, house: frozenset[int]) -> Iterator[Finding]:
    """One line for each program that speaks to the outside."""
    if tree.text("/proc/net/tcp") is None:
        fr, en = "Les connexions ne se lisent pas ici.", "Connections cannot be read here."
        yield Finding("outgoing-unknown", "outgoing", UNKNOWN, fr, en)
        return
    found, unknown = outgoing(tree, house)
    by_program: dict[str, list[Connection]] = {}
    for one in found:
        by_program.setdefault(one.program, []).append(one)
    for program, held in sorted(by_program.items()):
        where = tuple(dict.fromkeys(f"{one.remote}:{one.port}/{one.protocol}" for one in held))
        many = counted(len(held), "connexion", "connexions"), counted(len(held), "connection", "connections")
        fr = f"{program or 'Un programme inconnu'} parle à l’extérieur ({many[0]})."
        en = f"{program or 'An unknown program'} speaks to the outside ({many[1]})."
        yield Finding(
            *(f"outgoing-{program or 'unknown'}", "outgoing", WARN, fr, en),
            "ce que ce programme peut lire",
            "what this program may read",
            where[:20],
            "demeure egress watch montre ce qu’il essaie d’atteindre.",
            "demeure egress watch shows what it tries to reach.",
            tuple(dict.fromkeys(str(one.pid) for one in held if one.pid))[:8],
        )
    if unknown:
        many = counted(unknown, "connexion", "connexions"), counted(unknown, "connection", "connections")
        fr = f"{many[0]} dont le programme ne se lit pas : relancez en tant que root."
        en = f"{many[1]} whose program cannot be read: run this again as root."
        yield Finding("outgoing-holders", "outgoing", UNKNOWN, fr, en)
    if not found:
        fr = "Aucun autre programme ne parle à l’extérieur en ce moment."
        yield Finding(
            "outgoing-none", "outgoing", GOOD, fr, "No other program speaks to the outside at this moment."
        )


def _table(tree: Tree, kind: str) -> Iterator[tuple[str, str, int, str, int, str]]:
    """(kind, state, local port, remote address, remote port, inode)."""
    for line in (tree.text(f"/proc/net/{kind}") or "").splitlines()[1:]:
        part = line.split()
        try:
            local, remote = part[1].rpartition(":"), part[2].rpartition(":")
            yield kind, part[3], int(local[2], 16), _address(remote[0]), int(remote[2], 16), part[9]
        except (IndexError, ValueError):
            continue


def _address(told: str) -> str:
    """As the kernel writes it: each 32-bit word in the machine's order (little-endian here)."""
    raw = bytes.fromhex(told)
    ordered = b"".join(raw[at : at + 4][::-1] for at in range(0, len(raw), 4))
    found = ipaddress.ip_address(ordered)
    mapped = getattr(found, "ipv4_mapped", None)
    return str(mapped or found)


def _elsewhere(address: str) -> bool:
    found = ipaddress.ip_address(address)
    return not (found.is_loopback or found.is_unspecified)


def _holders(tree: Tree) -> dict[str, int]:
    """Inode of a socket → pid; those that may be seen."""
    found: dict[str, int] = {}
    for folder in tree.glob("/proc/[0-9]*/fd"):
        try:
            entries = list(os.scandir(tree.at(folder)))
        except OSError:
            continue
        for entry in entries:
            try:
                hit = _INODE.fullmatch(str(Path(entry.path).readlink()))
            except OSError:
                continue
            if hit:
                found[hit[1]] = int(folder.split("/")[2])
    return found
