"""The signed page of one backup (pure): what it needs at the target, in the clear, and nothing of what it holds.

Whoever has the house's public key verifies it, and the packs, without any recovery key; ``ssh-keygen -Y
verify`` does too. Its SHA-256 is in the journal.
"""

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from demeure.backup.errors import BackupDamaged, BackupForged, BackupNewer
from demeure.journal import attestation

FORMAT = 1


@dataclass(frozen=True)
class PackFile:
    """``name``: SHA-256 (hexadecimal) of its ``size`` bytes. ``index``: SHA-256 of its list of pieces."""

    name: str
    size: int
    index: str


@dataclass(frozen=True)
class Manifest:
    """``number``: grows by one with each backup of the house, wherever it is kept. ``house``: the public key of its
    journal. ``at``: ISO 8601, UTC. ``root``: id (hexadecimal) of the piece where reading begins. ``weight``:
    bytes of the files; ``added``: written at the target for this one. ``checkpoint``: of the journal inside, of
    ``entries`` entries."""

    number: int
    house: str
    at: str
    place: str
    root: str
    files: int
    weight: int
    added: int
    entries: int
    checkpoint: str
    previous: str
    product: str
    holders: list[list[str]] = field(default_factory=list)
    packs: list[PackFile] = field(default_factory=list)

    def text(self) -> bytes:
        """The exact bytes that are signed."""
        told: dict[str, Any] = {"demeure-backup": FORMAT} | {
            name: value for name, value in vars(self).items() if name != "packs"
        }
        told["packs"] = [[pack.name, pack.size, pack.index] for pack in self.packs]
        return (json.dumps(told, ensure_ascii=False, indent=1) + "\n").encode()

    @property
    def sha256(self) -> str:
        """How the journal names it."""
        return hashlib.sha256(self.text()).hexdigest()


def name_of(number: int) -> str:
    """``000012.json``; its signature has ``.sig`` after it."""
    return f"{number:06d}.json"


def number_of(name: str) -> int | None:
    """None: not the name of a manifest."""
    stem = name.removesuffix(".json")
    return int(stem) if stem != name and stem.isascii() and stem.isdecimal() else None


def numbers(folder: Path) -> list[int]:
    """Of the pages kept in a folder."""
    names = (number_of(path.name) for path in folder.glob("*.json"))
    return sorted(number for number in names if number is not None)


def read(text: bytes, signature: bytes | None, vkey: str, number: int) -> Manifest:
    """The manifest, when the key ``vkey`` signed these bytes (empty: the key that it names itself). Raises
    BackupForged, BackupDamaged (not a manifest, or of another number), BackupNewer."""
    try:
        told = json.loads(text)
        found, house = told.pop("demeure-backup"), str(told["house"])
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        raise BackupDamaged(number=number, what=name_of(number)) from problem
    if signature is None or (vkey and house != vkey):
        raise BackupForged(number=number)
    if not attestation.holds(signature.decode("ascii", "replace"), hashlib.sha512(text).digest(), house):
        raise BackupForged(number=number)
    if found != FORMAT:
        raise BackupNewer(number=number, found=found)
    try:
        packs = [PackFile(str(name), int(size), str(index)) for name, size, index in told.pop("packs")]
        made = Manifest(**told, packs=packs)
    except (ValueError, TypeError, KeyError) as problem:
        raise BackupDamaged(number=number, what=name_of(number)) from problem
    if made.number != number:
        raise BackupDamaged(number=number, what=f"{name_of(number)} = {made.number}")
    return made
