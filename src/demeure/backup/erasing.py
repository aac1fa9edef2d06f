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
from dataclasses import asdict, dataclass
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
from demeure.supervisor.belongings import ERASING as MARK

__all__ = ["MARK", "Around", "Report", "erase", "held"]
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
KEY_ELSEWHERE = {
    "fr": "La clé de la maison n’était pas ici : elle n’est pas détruite. Qui la tient lit encore les copies, les "
    "sauvegardes et d’anciens blocs de mémoire flash.",
    "en": "The house key was not here: it is not destroyed. Whoever holds it still reads copies, backups and old "
    "blocks of flash storage.",
}
SEALED = {
    "fr": "Des clés scellées restent, à retirer en root : {paths}.",
    "en": "Sealed keys remain, to be removed as root: {paths}.",
}
LEFT = {
    "fr": "Restent, et ne sont pas touchés : {paths}.",
    "en": "These remain and were not touched: {paths}.",
}
_KEYS = "overwritten, then removed, before any other file"
_KEY_AWAY = "the house key was not here: not destroyed; those that were, overwritten, then removed"
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


@dataclass(frozen=True)
class Around:
    """Of a house that is installed on a machine. ``copies``: other folders of the same house (the data of the
    version before, those that somebody went back from): destroyed with it. ``left``, ``sealed``: what stays and is
    told: paths; key files that systemd holds."""

    copies: tuple[Path, ...] = ()
    left: tuple[str, ...] = ()
    sealed: tuple[str, ...] = ()


def held(instance: Path, around: Around = Around()) -> dict[str, Any]:
    """What is there, by its first folder: files and bytes; the journal's head; places for backups."""
    if (instance / MARK).exists():
        return dict(json.loads((instance / MARK).read_bytes()))
    everywhere = (instance, *around.copies)
    return {
        "folders": _counted(instance),
        "copies": [{"path": str(one), "folders": _counted(one)} for one in around.copies],
        "left": list(around.left),
        "sealed": list(around.sealed),
        "key_files": [
            str(one / name) for one in everywhere for name in (HOUSE_KEY, JOURNAL_KEY) if (one / name).is_file()
        ],
        "journal": _head(instance),
        "backups": [{"place": one.name, "path": one.path} for one in read_plan(instance).places],
        "holders": [one.name for one in read_plan(instance).holders],
    }


def _counted(instance: Path) -> dict[str, dict[str, int]]:
    found: dict[str, list[int]] = {}
    for path in instance.rglob("*"):
        if path.is_file() and not path.is_symlink():
            row = found.setdefault(path.relative_to(instance).parts[0], [0, 0])
            row[0], row[1] = row[0] + 1, row[1] + path.stat().st_size
    return {name: {"files": count, "bytes": size} for name, (count, size) in sorted(found.items())}


def erase(
    instance: Path,
    now: datetime,
    organisation: str,
    keep: Callable[[Report], None],
    step: Step,
    around: Around = Around(),
) -> Report:
    """Destroy ``instance`` (no link) and its copies; ``keep`` is given the report before the last key goes, and
    must make it durable. Raises EraseIncomplete (what could not be removed), what ``keep`` raises: run it again."""
    told = held(instance, around)
    if "reported" in told:  # the key that signs may be gone already
        report = Report(**told["reported"])
        keep(report)
        _ended(instance)
        return report
    signer = Signer(read_journal_key(instance), told.get("origin") or _origin(instance))
    write_new(
        instance / MARK, json.dumps(told | {"origin": signer.origin, "organisation": organisation}).encode(), 0o600
    )
    step("begun")
    copies = [Path(one["path"]) for one in told.get("copies", ())]
    _keys_gone(instance, copies, step)
    for entry in sorted(instance.iterdir()):
        if entry.name not in ("keys", MARK):
            _removed(entry)
            step(entry.name)
    for copy in copies:
        _removed(copy)
        step(copy.name)
    left = [str(path.relative_to(instance)) for path in instance.rglob("*") if not path.is_dir()]
    others = [one for one in left if one not in (MARK, JOURNAL_KEY)] + [str(one) for one in copies if one.exists()]
    if others:
        raise EraseIncomplete(count=len(others), example=others[0])
    report = _report(signer, now, organisation, told)
    keep(report)
    step("report")
    write_new(instance / MARK, json.dumps(told | {"reported": asdict(report)}).encode(), 0o600)
    _ended(instance)
    return report


def _keys_gone(instance: Path, copies: list[Path], step: Step) -> None:
    """All but the one that signs the report; in a copy it is another name of the same file, taken away later."""
    for folder in (instance, *copies):
        _gone(folder / HOUSE_KEY)
    step("house key")
    signing = instance / JOURNAL_KEY
    for folder in (instance, *copies):
        for path in sorted((folder / "keys").rglob("*")):
            if path.is_file() and not (signing.exists() and path.samefile(signing)):
                _gone(path)
    step("keys")


def _ended(instance: Path) -> None:
    """The last key, then what tells that it was begun, then the folder, where its parent lets it go."""
    _gone(instance / JOURNAL_KEY)
    (instance / MARK).unlink(missing_ok=True)
    for entry in sorted(instance.iterdir()):
        _removed(entry)
    with suppress(OSError):
        instance.rmdir()
        sync_folder(instance.parent)


def _report(signer: Signer, now: datetime, organisation: str, told: dict[str, Any]) -> Report:
    files = told.get("key_files", [])
    gone = any(path.endswith(HOUSE_KEY) for path in files)
    away = [name for name in (HOUSE_KEY, JOURNAL_KEY) if not any(path.endswith(name) for path in files)]
    not_done = [*NOT_DONE] if gone else [*NOT_DONE[:2], KEY_ELSEWHERE]
    for words, paths in ((SEALED, told.get("sealed", [])), (LEFT, told.get("left", []))):
        if paths:
            not_done.append({language: text.format(paths=", ".join(paths)) for language, text in words.items()})
    about: dict[str, Any] = {
        "demeure-erased": 1,
        "at": now.isoformat(),
        "house": signer.vkey,
        "organisation": organisation,
        "destroyed": told["folders"],
        "copies_destroyed": told.get("copies", []),
        "keys": f"{_KEYS if gone else _KEY_AWAY}; the key that signs this, right after",
        "key_files_destroyed": files,
        "key_files_not_here": away,
        "sealed_keys_left": told.get("sealed", []),
        "left": told.get("left", []),
        "journal": told["journal"],
        "backups_left_elsewhere": told["backups"],
        "recovery_keys_held_by": told["holders"],
        "not_done": not_done,
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
