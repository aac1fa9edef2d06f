"""What the kernel says of the twins, as probes: read from outside, and compared with what it says of ourselves, who
have no walls (the control)."""

import os
from collections.abc import Mapping
from typing import Any

from demeure.confinement import PROFILES, House, differences, expected_layers
from demeure.confinement import facts as kernel_facts
from demeure.confinement.profiles import CAPABILITIES, LANDLOCK, NAMESPACES, SECCOMP
from demeure.confinement.sockets import read_tables
from demeure.proof.roles import APART
from demeure.proof.scene import BIRTH
from demeure.proof.verdict import INCONCLUSIVE, Result, judged

FACTS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "fact-privileges": (CAPABILITIES, ("privileges",)),
    "fact-capabilities": (CAPABILITIES, ("capabilities",)),
    "fact-filter": (SECCOMP, ("filter",)),
    "fact-namespaces": (NAMESPACES, ("space", "interface")),
    "fact-file-list": (LANDLOCK, ("landlock",)),
    "fact-descriptors": (BIRTH, ("descriptor", "unreadable")),
}
"""Name → wall, and the codes of the differences that speak of it (confinement/facts.py)."""


def control(instance: Any, ladder: str) -> set[str]:
    """The codes of what sets a process without walls, ours, apart from the profile of a role."""
    spaces = kernel_facts.spaces_of("self")
    house = House(supervisor=os.getppid(), launcher_spaces=spaces, instance=instance, ladder=ladder, nested=False)
    seen = kernel_facts.read(os.getpid(), house, read_tables(["self"]))
    return {difference.code for difference in differences(PROFILES["scribe"], seen, house)}


def died(status: Mapping[str, Any]) -> bool:
    """Has a twin ended, that was not born again since? What it did not answer is not for want of time."""
    return any(process.get("failure") for process in status.get("processes", []))


def results(status: Mapping[str, Any], ladder: str, bare: set[str]) -> list[Result]:
    """One result for each fact of each twin. ``bare``: the control."""
    found = []
    for process in status.get("processes", []):
        profile = {**PROFILES, **APART}.get(process["role"])
        if profile is None:
            continue
        codes = {difference["code"] for difference in process["differences"]}
        for name, (layer, mine) in FACTS.items():
            differs, told = bool(codes & set(mine)), bool(bare & set(mine))
            verdict, why = judged(differs, told, "read" if process["facts"] else "")
            if layer != BIRTH and layer not in expected_layers(profile, ladder):
                verdict, why = INCONCLUSIVE, f"level {ladder}"
            seen = [one["en"] for one in process["differences"] if one["code"] in mine]
            how = "; ".join(seen)[:300] or "as declared"
            found.append(Result(name, process["role"], "facts", verdict, told, (layer,), how, why))
    return found
