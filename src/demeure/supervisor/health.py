"""The state of the house: ``run/house.json`` (who runs, since when) joined with facts read from /proc at that
moment.

``{"processes": [{"role", "pid", "state", "uptime_s", "restarts", "resident_kb", "model", "failure", "refused",
"facts", "differences"}], "ladder", "accepted_unconfined",
"antivirus": {"socket", "answers"} or null}``. ``model``: what an engine runs; ``failure``: why a
role is not running, {code, fr, en}; ``refused``: what it tried since the house opened, [{kind, library, first,
count}]; a reader also has ``folder``. Works from the supervisor and from any process of the same user, the gateway
down or not.
"""

import json
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from demeure.confinement import (
    AIRLOCK,
    AIRLOCK_CLOCK,
    AIRLOCK_DOOR,
    LAUNCHER,
    PROFILES,
    READER,
    SUPERVISOR,
    Gone,
    House,
    Profile,
    differences,
)
from demeure.confinement import facts as kernel_facts
from demeure.confinement.sockets import SocketTables, read_tables
from demeure.supervisor import outside
from demeure.supervisor.belongings import STATE

_AGAIN = 3


def write_state(instance: Path, state: Mapping[str, Any]) -> bool:
    """Replace run/house.json whole. False: the disk is full, the former one is left."""
    path = instance / "run" / STATE
    fresh = path.with_suffix(".new")
    try:
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with open(descriptor, "w", encoding="utf-8") as file:  # noqa: PTH123 - a descriptor
            json.dump(state, file)
        fresh.replace(path)
    except OSError:
        fresh.unlink(missing_ok=True)
        return False
    return True


def row(role: str, pid: int, started: int, state: str, **more: Any) -> dict[str, Any]:
    """One process in run/house.json."""
    shown = {"role": role, "pid": pid, "started": started, "state": state, "restarts": 0, "landlock": 0}
    return {**shown, "model": None, "failure": None, "refused": [], **more}


def lives(process: Mapping[str, Any]) -> bool:
    """It is the one that was born then, and it has not ended."""
    try:
        return bool(kernel_facts.start_time(process["pid"]) == process["started"])
    except Gone:
        return False


def read_status(instance: Path, profiles: Mapping[str, Profile] = PROFILES) -> dict[str, Any]:
    """The status, read from outside by a process of the same user. A house that does not run has no processes."""
    instance = instance.resolve()

    def look() -> dict[str, Any]:
        state = running_state(instance)
        if state is None:
            return {"processes": [], "ladder": None, "accepted_unconfined": False}
        pids = [int(p["pid"]) for p in state["roles"] if p["pid"]]
        return describe(state, instance, read_tables(["self", *pids]), profiles)

    return seen_again(look, 0.1)


def from_inside(
    state: Callable[[], dict[str, Any]], instance: Path, pids: list[int | str], profiles: Mapping[str, Profile]
) -> dict[str, Any]:
    """The same by the supervisor, whose own ``state`` it is. ``pids``: whose networks hold its sockets."""
    return seen_again(lambda: describe(state(), instance, read_tables(pids), profiles), 0.02)


def seen_again(look: Callable[[], dict[str, Any]], pause: float) -> dict[str, Any]:
    """What ``look`` sees. A connection comes or goes, a socket changes hands, between two lines of /proc:
    differences are looked at three times, ``pause`` seconds apart, and those that were there each time are told (on
    a loaded machine each look meets another that passes)."""
    status = look()
    for _ in range(_AGAIN - 1):
        if not any(process["differences"] for process in status["processes"]):
            break
        time.sleep(pause)
        before, status = _differing(status), look()
        for process in status["processes"]:
            held = before.get(process["role"], [])
            process["differences"] = [one for one in process["differences"] if one in held]
    return status


def _differing(status: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Role → what was seen of its processes."""
    found: dict[str, list[Any]] = {}
    for process in status["processes"]:
        found.setdefault(process["role"], []).extend(process["differences"])
    return found


def running_state(instance: Path) -> dict[str, Any] | None:
    """run/house.json of a house whose launcher is alive; None otherwise."""
    try:
        state = json.loads((instance / "run" / STATE).read_text(encoding="utf-8"))
        launcher = state["roles"][0]
        alive = kernel_facts.start_time(int(launcher["pid"])) == launcher["started"]
    except (OSError, ValueError, LookupError, TypeError, Gone):
        return None
    return state if alive and isinstance(state, dict) else None


def describe(
    state: Mapping[str, Any], instance: Path, tables: SocketTables, profiles: Mapping[str, Profile] = PROFILES
) -> dict[str, Any]:
    """The status of ``state`` with the socket ``tables`` of the house's networks."""
    known = {**profiles, "launcher": LAUNCHER, "supervisor": SUPERVISOR}
    known |= {profile.role: profile for profile in (READER, AIRLOCK, AIRLOCK_DOOR, AIRLOCK_CLOCK)}
    house = House(
        supervisor=state["roles"][1]["pid"],
        launcher_spaces=state["launcher_spaces"],
        instance=instance,
        ladder=state["ladder"],
        nested=state["nested"],
        listening=tuple(state["listening"]),
        base_filters=state["base_filters"],
    )
    found = [_process(row, known[row["role"]], house, tables) for row in state["roles"] if row["role"] in known]
    return {
        # a reader that is over is not missed
        "processes": [process for process in found if process["facts"] or not known[process["role"]].apart],
        "ladder": state["ladder"],
        "accepted_unconfined": state["accepted_unconfined"],
        "antivirus": outside.told(instance, str(state.get("antivirus") or "")),
    }


def _process(row: Mapping[str, Any], profile: Profile, house: House, tables: SocketTables) -> dict[str, Any]:
    shown = {name: row.get(name) for name in ("role", "state", "restarts", "model", "failure")}
    shown |= {"folder": row["folder"]} if "folder" in row else {}
    shown["pid"], shown["refused"] = row["pid"] or None, row.get("refused") or []
    try:
        if not row["pid"] or kernel_facts.start_time(row["pid"]) != row["started"]:
            raise Gone(row["pid"])
        facts = kernel_facts.read(row["pid"], house, tables, row["landlock"])
    except Gone:
        absent = [] if row["state"] == "starting" else [kernel_facts.Difference("absent").as_json()]
        return {**shown, "uptime_s": None, "resident_kb": 0, "facts": {}, "differences": absent}
    found = [] if row["state"] == "starting" and not row["landlock"] else differences(profile, facts, house)
    if profile.apart and os.getpid() == house.supervisor:  # its walls stop us too: read from outside, all is seen
        found = [difference for difference in found if difference.code != "unreadable"]
    return {
        **shown,
        "uptime_s": round(_uptime(facts.started), 1),
        "resident_kb": facts.resident_kb,
        "facts": facts.as_json(),
        "differences": [difference.as_json() for difference in found],
    }


def _uptime(started: int) -> float:
    return time.clock_gettime(time.CLOCK_BOOTTIME) - started / os.sysconf("SC_CLK_TCK")
