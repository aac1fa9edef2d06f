"""What runs, from which bundle, what there is to go back to: a small page in the instance, that the house shows.
No call asks whether something newer exists: the age is all there is."""

import json
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from demeure.install.points import Point, write_json

FOLDER, PAGE, READY = "release", "standing.json", "ready.json"


@dataclass(frozen=True)
class Release:
    """``version``; ``created``: of its bundle (empty: from sources), ``installed``: when it came; UTC, ISO 8601.
    ``former``: the version to go back to (empty: none), ``former_data``: has it data of its own? ``ready``: the
    version of a bundle that ``demeure update --look`` found good for this machine (empty: none, or it runs),
    ``ready_made``: of that bundle, ``ready_looked``: when. ``aside``: folders of data that were gone back from."""

    version: str
    created: str
    installed: str
    former: str = ""
    former_data: bool = False
    ready: str = ""
    ready_made: str = ""
    ready_looked: str = ""
    aside: tuple[str, ...] = ()


def note_ready(instance: Path, version: str, made: str, looked: str) -> None:
    """A bundle was verified, and would do here. Raises OSError."""
    folder = instance / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    write_json(folder / READY, {"ready": version, "ready_made": made, "ready_looked": looked}, 0o600)


def write(instance: Path, point: Point, before: Point | None, aside: tuple[str, ...] = ()) -> None:
    """Raises OSError."""
    folder = instance / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    told = Release(
        version=point.version,
        created=point.created,
        installed=point.made,
        former=before.version if before else "",
        former_data=bool(before and before.data != point.data),
        aside=aside,
    )
    write_json(folder / PAGE, asdict(told), 0o600)


def nothing_installed() -> Release | None:
    """Of a house that no installation wrote anything of."""
    return None


def read(instance: Path) -> Release | None:
    """None where nothing was installed by ``demeure install``, or the page cannot be read."""
    try:
        told = json.loads((instance / FOLDER / PAGE).read_bytes())
        known = [one.name for one in fields(Release) if one.name != "aside" and not one.name.startswith("ready")]
        found = Release(**{name: told[name] for name in known}, aside=tuple(map(str, told.get("aside", ()))))
        return replace(found, **_ready(instance, found))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _ready(instance: Path, now: Release) -> dict[str, Any]:
    """What was found good, unless it is what runs, or older."""
    try:
        told = json.loads((instance / FOLDER / READY).read_bytes())
        found = {name: str(told[name]) for name in ("ready", "ready_made", "ready_looked")}
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return found if found["ready_made"] > now.created else {}
