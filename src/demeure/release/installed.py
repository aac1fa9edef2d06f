"""What is installed beside what the release lists: its bill of materials (sbom.py), left in the environment
that was built from the bundle (carried.py)."""

import json
import re
from importlib.metadata import distributions
from pathlib import Path
from sysconfig import get_path

from demeure.release.carried import BILL

_PYPI = "pkg:pypi/"
_TOOLS = frozenset(("pip",))
"""In the bundle to install it, not in the environment."""


def differences(prefix: str) -> int | None:
    """How many libraries are missing, not listed, or of another version than in the bill of the environment
    ``prefix``; None where there is none (a source checkout), or where the box of who asks refuses it. One that
    cannot be read differs by 1. Blocking."""
    try:
        bill = json.loads((Path(prefix) / BILL).read_text(encoding="utf-8"))
    except (FileNotFoundError, PermissionError):
        return None
    except (OSError, ValueError):
        return 1
    try:
        parts = [*bill["components"], bill["metadata"]["component"]]
        listed = {
            (_plain(part["name"]), str(part["version"]))
            for part in parts
            if str(part.get("purl") or part.get("bom-ref") or "").startswith(_PYPI)
        }
    except (KeyError, TypeError, AttributeError):
        return 1
    site = get_path("purelib", "venv", {"base": prefix, "platbase": prefix})  # not looked for: a box lists it alone
    found = {(_plain(str(one.metadata["Name"])), one.version) for one in distributions(path=[site])}
    return len({name for name, _ in listed ^ found} - _TOOLS)


def _plain(name: str) -> str:
    """As PEP 503 compares names."""
    return re.sub(r"[-_.]+", "-", name).lower()
