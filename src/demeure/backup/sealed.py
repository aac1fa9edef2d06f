"""To whom the packs at a place are sealed: a recovery key that was declared since opens none of them, whatever page
names them. The first backup made for it sends everything again, and counts on nothing older."""

import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

from demeure.backup.plan import FOLDER
from demeure.store.durable import make_folder, write_new

_FILE = "sealed.json"


def first_open(instance: Path, place: str, recipients: Collection[str]) -> int | None:
    """The number from which on each page at ``place`` opens, whole, with each of ``recipients``, on whichever of
    the disks that take turns there. None: none is known to; so in a house that did not keep it, of a version
    before, or restored."""
    told = _read(instance).get(place)
    return int(told["from"]) if told is not None and set(recipients) <= set(told["recipients"]) else None


def note(instance: Path, place: str, first: int, recipients: Collection[str]) -> None:
    """Once a backup is whole: from page ``first`` on, ``recipients`` open everything at ``place``. Durable."""
    told = _read(instance) | {place: {"from": first, "recipients": sorted(recipients)}}
    make_folder(instance / FOLDER)
    write_new(instance / FOLDER / _FILE, json.dumps(told).encode(), 0o600)


def _read(instance: Path) -> dict[str, Any]:
    """What cannot be read is sent again."""
    try:
        found = json.loads((instance / FOLDER / _FILE).read_bytes())
        return {
            str(place): {"from": int(told["from"]), "recipients": [str(one) for one in told["recipients"]]}
            for place, told in found.items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}
