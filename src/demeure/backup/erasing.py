"""The end: everything that an instance holds is destroyed here, keys first, and a signed report says what was.

The house key goes before anything else: whatever a kill leaves of encrypted files opens nothing any more. The
journal's key goes last, for it signs the report. Run again after a kill, it goes on where it was.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from demeure.backup.errors import EraseIncomplete
from demeure.backup.plan import read_plan
from demeure.backup.still import JOURNAL
from demeure.journal import attestation
from demeure.journal.checkpoint import Signer, parse
from demeure.journal.errors import NoteInvalid
from demeure.store import read_journal_key
from demeure.store.durable import overwrite_and_remove, sync_folder, write_new

MARK = "erasing.json"
"""Begun: what the instance held, written before the first key goes, so that a later run can still tell it."""
HOUSE_KEY, JOURNAL_KEY = "keys/house.key", "keys/journal.key"
NOT_DONE = (
    {
        "fr": "Les sauvegardes gardées ailleurs ne sont pas touchées : qui tient une feuille de secours les "
        "lit encore.",
        "en": "Backups kept elsewhere are not touched: whoever holds a recovery sheet still reads them.",
    },
    {
        "fr": "Les copies faites par d’autres (disque entier, machine virtuelle, export) ne sont pas connues "
        "d’ici.",
        "en": "Copies made by others (a whole disk, a virtual machine, an export) are not known here.",
    },
    {
        "fr": "Sur une mémoire flash, d’anciens blocs peuvent rester : ils sont chiffrés par une clé qui "
        "n’est plus, sauf "
        "les réglages, les noms des routes et les actes du journal, qui étaient en clair.",
        "en": "On flash storage old blocks may remain: they are encrypted by a key that is no more, but for "
        "settings, "
        "names of routes and the acts of the journal, which were in clear.",
    },
)
Step = Callable[[str], None]


@dataclass(frozen=True)
class Report:
    """``text``: JSON; ``signature``: armoured, of its SHA-512; ``vkey``: who signed."""

    text: str
    signature: str
    vkey: str

    def files(self) -> dict[str, bytes]:
        """What is left to whoever leaves: name → content."""
        return {
            "effacement.json": self.text.encode(),
            "effacement.json.sig": self.signature.encode(),
            "allowed_signers": attestation.allowed_signers(self.vkey).encode(),
        }


def held(instance: Path) -> dict[str, Any]:
    """What is there, by its first folder: files and bytes; the journal's head; places for backups."""
    if (instance / MARK).exists():
        return dict(json.loads((instance / MARK).read_bytes()))
    found: dict[str, list[int]] = {}
    for path in instance.rglob("*"):
        if path.is_file() and not path.is_symlink():
            row = found.setdefault(path.relative_to(instance).parts[0], [0, 0])
            row[0], row[1] = row[0] + 1, row[1] + path.stat().st_size
    return {
        "folders": {name: {"files": count, "bytes": size} for name, (count, size) in sorted(found.items())},
        "journal": _head(instance),
        "backups": [{"place": one.name, "path": one.path} for one in read_plan(instance).places],
        "holders": [one.name for one in read_plan(instance).holders],
    }


def erase(instance: Path, now: datetime, organisation: str, keep: Callable[[Report], None], step: Step) -> Report:
    """Destroy ``instance``; ``keep`` is given the report before the last key goes, and must make it durable. Raises
    EraseIncomplete (what could not be removed), what ``keep`` raises: then run again."""
    told = held(instance)
    signer = Signer(read_journal_key(instance), told.get("origin") or _origin(instance))
    write_new(
        instance / MARK, json.dumps(told | {"origin": signer.origin, "organisation": organisation}).encode(), 0o600
    )
    step("begun")
    _gone(instance / HOUSE_KEY)
    step("house key")
    for path in sorted((instance / "keys").rglob("*")):
        if path.is_file() and path != instance / JOURNAL_KEY:
            _gone(path)
    step("keys")
    for entry in sorted(instance.iterdir()):
        if entry.name not in ("keys", MARK):
            _removed(entry)
            step(entry.name)
    left = [str(path.relative_to(instance)) for path in instance.rglob("*") if not path.is_dir()]
    if others := [one for one in left if one not in (MARK, JOURNAL_KEY)]:
        raise EraseIncomplete(count=len(others), example=others[0])
    report = _report(signer, now, organisation, told)
    keep(report)
    step("report")
    _gone(instance / JOURNAL_KEY)
    shutil.rmtree(instance)
    sync_folder(instance.parent)
    return report


def _report(signer: Signer, now: datetime, organisation: str, told: dict[str, Any]) -> Report:
    about: dict[str, Any] = {
        "demeure-erased": 1,
        "at": now.isoformat(),
        "house": signer.vkey,
        "organisation": organisation,
        "destroyed": told["folders"],
        "keys": "overwritten, then removed, before any other file; the key that signs this, right after",
        "journal": told["journal"],
        "backups_left_elsewhere": told["backups"],
        "recovery_keys_held_by": told["holders"],
        "not_done": list(NOT_DONE),
    }
    text = json.dumps(about, ensure_ascii=False, indent=1) + "\n"
    return Report(text, attestation.sign(signer, hashlib.sha512(text.encode()).digest()), signer.vkey)


def _origin(instance: Path) -> str | None:
    with suppress(OSError):
        return (instance / JOURNAL / "vkey").read_text().split("+")[0].strip() or None
    return None


def _head(instance: Path) -> dict[str, Any]:
    """Where the journal was: a copy kept elsewhere, or a witness, can be compared with it."""
    try:
        found, _ = parse((instance / JOURNAL / "checkpoint").read_text())
    except (OSError, NoteInvalid):
        return {}
    return {"size": found.size, "root": found.root.hex()}


def _gone(path: Path) -> None:
    with suppress(FileNotFoundError):
        path.chmod(0o600)
        overwrite_and_remove(path)


def _removed(entry: Path) -> None:
    """Read-only folders too; what cannot be removed is told by ``erase``."""
    if entry.is_symlink() or not entry.is_dir():
        with suppress(OSError):
            entry.unlink()
        return
    for folder, _, _ in os.walk(entry):
        with suppress(OSError):
            Path(folder).chmod(0o700)
    shutil.rmtree(entry, ignore_errors=True)
