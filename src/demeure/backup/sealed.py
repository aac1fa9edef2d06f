"""To whom the packs at a place are sealed: a recovery key that was declared since opens none of them, whatever page
names them. The first backup made for it sends everything again, and counts on nothing older."""

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from demeure.backup.manifest import Manifest
from demeure.backup.plan import FOLDER
from demeure.store.durable import make_folder, write_new

_FILE = "sealed.json"


def first_open(instance: Path, place: str, former: Mapping[int, Manifest], recipients: Collection[str]) -> int:
    """The number from which on each page at ``place`` opens, whole, with each of ``recipients``; one more than the
    last page: none does. ``former``: those that are there."""
    wanted, after = set(recipients), max(former, default=0) + 1
    told = _read(instance).get(place)
    if told is not None:
        return int(told["from"]) if wanted <= set(told["recipients"]) else after
    if not former:
        return after
    oldest = former[min(former)]  # made before this was kept: its own packs are sealed to those that it names
    alone = oldest.added >= sum(pack.size for pack in oldest.packs)
    all_named = all(wanted <= {key for _, key in page.holders} for page in former.values())
    return oldest.number if alone and all_named else after


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
