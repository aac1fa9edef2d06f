"""The whole audit, part by part; a part that fails in an unforeseen way says so and stops no other."""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from demeure.host import agents, processes, system
from demeure.host.finding import UNKNOWN, Finding, Tree

PARTS = ("sshd", "vpn", "agents", "tasks", "logs", "outgoing", "clock", "updates", "kernel", "accounts")
"""In the order of the report."""


def audited(root: Path, now: datetime, house: frozenset[int] = frozenset()) -> list[Finding]:
    """Everything found under ``root``. ``now``: aware; ``house``: pids of the house's own processes."""
    tree = Tree(root)
    asked: dict[str, Callable[[], Iterator[Finding]]] = {
        "sshd": lambda: system.sshd(tree),
        "vpn": lambda: agents.vpn(tree),
        "agents": lambda: agents.agents(tree),
        "tasks": lambda: system.tasks(tree),
        "logs": lambda: agents.forwarding(tree),
        "outgoing": lambda: processes.connections(tree, house),
        "clock": lambda: system.clock(tree),
        "updates": lambda: system.updates(tree, now),
        "kernel": lambda: system.kernel(tree),
        "accounts": lambda: system.accounts(tree),
    }
    found: list[Finding] = []
    for part in PARTS:
        try:
            found += asked[part]()
        except (OSError, ValueError, IndexError) as problem:
            fr, en = f"Cette partie ne se lit pas ici ({type(problem).__name__}).", "This part cannot be read here."
            found.append(Finding(f"{part}-failed", part, UNKNOWN, fr, en))
    return found
