"""What runs, from which bundle, what there is to go back to: a small page in the instance, that the house shows.
No call asks whether something newer exists: the age is all there is."""

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from demeure.install.points import Point, write_json

FOLDER, PAGE = "release", "standing.json"


@dataclass(frozen=True)
class Release:
    """``version``; ``created``: of its bundle (empty: from sources), ``installed``: when it came; UTC, ISO 8601.
    ``former``: the version to go back to (empty: none), ``former_data``: has it data of its own?"""

    version: str
    created: str
    installed: str
    former: str = ""
    former_data: bool = False


def write(instance: Path, point: Point, before: Point | None) -> None:
    """Raises OSError."""
    folder = instance / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    told = Release(
        version=point.version,
        created=point.created,
        installed=point.made,
        former=before.version if before else "",
        former_data=bool(before and before.data != point.data),
    )
    write_json(folder / PAGE, asdict(told), 0o600)


def nothing_installed() -> Release | None:
    """Of a house that no installation wrote anything of."""
    return None


def read(instance: Path) -> Release | None:
    """None where nothing was installed by ``demeure install``, or the page cannot be read."""
    try:
        told = json.loads((instance / FOLDER / PAGE).read_bytes())
        return Release(**{field.name: told[field.name] for field in fields(Release)})
    except (OSError, ValueError, KeyError, TypeError):
        return None
