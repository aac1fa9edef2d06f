"""What is installed beside what is listed: the bill of materials of the release (sbom.py), that the installation
from a bundle left with the product (carried.py), or that of the locks of the sources (locked.py), left there by an
installation from them. It lies in site-packages: the boxes of the house read nothing else of the environment."""

import json
from importlib.metadata import distributions
from pathlib import Path
from sysconfig import get_path

from demeure.release.carried import BILL
from demeure.release.locked import FROM, LOCKS, bill, plain

_PYPI = "pkg:pypi/"
_TOOLS = frozenset(("pip",))
"""In the bundle to install it, not in the environment."""


def bill_of(prefix: str) -> Path | None:
    """Where the bill of the environment ``prefix`` is; None: nowhere."""
    places = [*_site(prefix).glob(f"demeure-*.dist-info/{BILL}"), Path(prefix) / BILL]
    return next((place for place in places if place.is_file()), None)


def differences(prefix: str) -> int | None:
    """How many libraries are missing, not listed, or of another version than in the bill of the environment
    ``prefix``; None where there is none, or none that this process may open. One that cannot be read differs by 1.
    Blocking."""
    place = bill_of(prefix)
    if place is None:
        return None
    try:
        known = json.loads(place.read_text(encoding="utf-8"))
        parts = [*known["components"], known["metadata"]["component"]]
        listed = {
            (plain(part["name"]), str(part["version"]))
            for part in parts
            if str(part.get("purl") or part.get("bom-ref") or "").startswith(_PYPI)
        }
    except PermissionError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return 1
    return len({name for name, _ in listed ^ set(_found(prefix).items())} - _TOOLS)


def from_locks(prefix: str) -> bool:
    """Was the bill of ``prefix`` made from the locks of the sources? Blocking."""
    place = bill_of(prefix)
    try:
        known = json.loads(place.read_text(encoding="utf-8")) if place else {}
        return {"name": FROM, "value": LOCKS} in known["metadata"]["properties"]
    except (OSError, ValueError, KeyError, TypeError):
        return False


def bill_of_locks(prefix: str, locks: Path) -> str:
    """JSON: the bill of ``locks``/runtime.lock and dev.lock, for what is in ``prefix``. Blocking."""
    texts = [(locks / f"{name}.lock").read_text(encoding="utf-8") for name in ("runtime", "dev")]
    return json.dumps(bill(texts[0], texts[1], _found(prefix)), ensure_ascii=False, indent=1) + "\n"


def _found(prefix: str) -> dict[str, str]:
    """Plain name → version of what is installed there."""
    installed = distributions(path=[str(_site(prefix))])
    return {plain(str(one.metadata["Name"])): one.version for one in installed}


def _site(prefix: str) -> Path:
    """Computed, not looked for: a box lists it and nothing above it."""
    return Path(get_path("purelib", "venv", {"base": prefix, "platbase": prefix}))
