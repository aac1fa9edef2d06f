"""Which model each engine role runs, from ``models/chosen/active.json``: the only file the supervisor reads at
run time.

``{"chat": {"id", "file", "sha256", "kind", "context", "slots"}, "embed": {…}}``; an absent file or key: no engine.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from demeure.confinement import Profile
from demeure.logs import note
from demeure.settings import Settings

SOCKET = "s.sock"
"""Short on purpose: ``embed/s.sock`` is 12 bytes, an address of 15, and the supervisor's filter lets connect(2)
have no more (an IPv4 address has 16). The suffix tells llama.cpp that it is a Unix socket."""

_LIMIT = 1 << 16
_TEXT = ("id", "file", "sha256", "kind")
_NUMBERS = ("context", "slots")


def read_specs(instance: Path, settings: Settings, profiles: Mapping[str, Profile]) -> dict[str, dict[str, Any]]:
    """Engine role → its ``Birth.spec``; roles without a model are absent. Never raises: a bad file is noted."""
    active = chosen(instance)
    specs = {}
    for profile in profiles.values():
        entry = active.get(profile.engine) if profile.engine else None
        if entry is None:
            continue
        spec = _spec(entry, instance, profile.engine)
        if spec is None:
            note("supervisor", f"models/active.json: “{profile.engine}” is not usable")
            continue
        if settings.engine_command:
            spec["command"] = settings.engine_command
        specs[profile.role] = spec
    return specs


def chosen(instance: Path) -> dict[str, Any]:
    """What was chosen; beside the models in instances made before the choice had a folder of its own."""
    return _read(instance / "models" / "chosen" / "active.json") or _read(instance / "models" / "active.json")


def _read(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            content = json.loads(file.read(_LIMIT))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as problem:
        note("supervisor", f"models/active.json cannot be read: {type(problem).__name__}")
        return {}
    return content if isinstance(content, dict) else {}


def _spec(entry: Any, instance: Path, key: str) -> dict[str, Any] | None:
    if not isinstance(entry, dict) or not all(isinstance(entry.get(name), str) for name in _TEXT):
        return None
    if any(not isinstance(entry.get(name, 0), int) for name in _NUMBERS):
        return None
    name = entry["file"]
    if not name or name != Path(name).name or name.startswith("."):
        return None
    return {**entry, "model": str(instance / "models" / name), "socket": f"{key}/{SOCKET}"}
