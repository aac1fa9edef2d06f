"""``demeure doctor --bundle FILE``: what whoever helps from afar needs to know, and not one word of content.

Everything is taken by name from a list of what may leave: numbers, states, versions, codes. No sentence, no path,
no name of a person, a space, a document, a place or a host: a text that was not foreseen is left out, not cleaned.
"""

import json
import os
import platform
import re
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from demeure.errors import DemeureError

if TYPE_CHECKING:
    from demeure.cli.doctor_cmd import Check

_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_ROLES = re.compile(r"[a-z][a-z-]{0,31}")
_PROCESS = ("state", "restarts", "resident_kb", "uptime_s")
_COUNTS = {
    "documents_by_state": "SELECT state, count(*) FROM documents GROUP BY 1",
    "documents_by_format": "SELECT format, count(*) FROM documents GROUP BY 1",
    "documents_by_failure": (
        "SELECT json_extract(reason, '$.code'), count(*) FROM documents WHERE reason NOT NULL GROUP BY 1"
    ),
    "people_by_role": "SELECT role, count(*) FROM people GROUP BY 1",
    "tables": "SELECT 'spaces', count(*) FROM spaces UNION ALL SELECT 'conversations', count(*) FROM conversations",
}
README = """\
Demeure, support bundle. Numbers, states, versions and codes only: no text of yours, no name, no path. Read it
before you send it; nothing sends it for you.
Dossier d’assistance de Demeure. Des nombres, des états, des versions et des codes : aucun texte de chez vous, aucun
nom, aucun chemin. Relisez-le avant de l’envoyer ; rien ne l’envoie à votre place.
"""


def written(path: Path, instance: Path, checks: Sequence["Check"]) -> dict[str, Any]:
    """The bundle, in a new file; what it holds. A part that cannot be read says the code of its error alone."""
    told = {name: _asked(ask) for name, ask in _parts(instance, checks).items()}
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("README.txt", README)
        for name, part in told.items():
            archive.writestr(f"{name}.json", json.dumps(part, indent=1, sort_keys=True))
    return told


def _parts(instance: Path, checks: Sequence["Check"]) -> dict[str, Callable[[], Any]]:
    return {
        "checks": lambda: {check.name: check.ok for check in checks if _WORD.fullmatch(check.name)},
        "machine": _machine,
        "packages": _packages,
        "processes": lambda: _processes(instance),
        "settings": lambda: _settings(instance),
        "house": lambda: _house(instance),
        "disk": lambda: _disk(instance),
        "journal": lambda: _journal(instance),
        "backups": lambda: _backups(instance),
    }


def _asked(ask: Callable[[], Any]) -> Any:
    try:
        return ask()
    except DemeureError as problem:
        return {"error": problem.code()}
    except Exception as problem:  # noqa: BLE001 - whatever is broken is what the bundle is for
        return {"error": type(problem).__name__}


def _machine() -> dict[str, Any]:
    from demeure import __version__
    from demeure.confinement import expected_ladder
    from demeure.delivery import delivered

    found = delivered(compiled=False)
    return {
        "demeure": __version__,
        "files_as_delivered": None if found is None else found.same,
        "python": platform.python_version(),
        "kernel": _plain(platform.release()),
        "processor": _plain(platform.machine()),
        "cores": len(os.sched_getaffinity(0)),
        "memory_mib": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 20,
        "ladder": expected_ladder(),
    }


def _packages() -> dict[str, str]:
    """Those that Demeure declares, with their versions."""
    from importlib.metadata import PackageNotFoundError, requires, version

    found = {}
    for line in requires("demeure") or ():
        name = re.split(r"[^A-Za-z0-9_.-]", line)[0]
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "absent"
    return found


def _processes(instance: Path) -> dict[str, Any]:
    from demeure.supervisor.health import read_status

    rows = read_status(instance)["processes"]
    return {
        role: {name: row.get(name) for name in _PROCESS}
        | {
            "failure": _plain((row.get("failure") or {}).get("code")),
            "differences": [_plain(one.get("code")) for one in row["differences"]],
            "refused": [
                [_plain(one.get("library")), _plain(one.get("kind")), one["count"]] for one in row["refused"]
            ],
        }
        for row in rows
        if _ROLES.fullmatch(role := str(row["role"]))
    }


def _settings(instance: Path) -> dict[str, Any]:
    """Numbers and switches, those that are texts by whether they are the default: their words stay here."""
    from demeure.settings import load

    found = load(instance / "demeure.toml")
    told: dict[str, Any] = {}
    for one in fields(found):
        value = getattr(found, one.name)
        told[one.name] = value if isinstance(value, bool | int | float) else {"default": value == one.default}
    return told


def _house(instance: Path) -> dict[str, Any]:
    from demeure.store import Keys, keys_folder, read_house_key
    from demeure.store.database import Database

    keys = Keys(read_house_key(instance), keys_folder(instance))
    house = Database(instance / "house" / "house.db", keys.house.database_key())
    try:
        with house.read() as db:
            counts = {
                name: {_plain(word) or "-": count for word, count in db.exec_driver_sql(question)}
                for name, question in _COUNTS.items()
            }
            schema = db.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
            return counts | {"schema": schema, "spaces_with_a_key": len(keys.spaces())}
    finally:
        house.close()


def _disk(instance: Path) -> dict[str, int]:
    """Bytes, by kind of file."""
    kinds = {
        "house": "house/*",
        "bases": "spaces/*/space.db*",
        "originals": "spaces/*/blobs/*",
        "journal": "journal/**/*",
    }
    told = {
        name: sum(path.stat().st_size for path in instance.glob(pattern) if path.is_file())
        for name, pattern in kinds.items()
    }
    facts = os.statvfs(instance)
    return told | {"free": facts.f_bavail * facts.f_frsize, "total": facts.f_blocks * facts.f_frsize}


def _journal(instance: Path) -> dict[str, Any]:
    from demeure.journal import verify

    folder = instance.joinpath("journal")
    try:
        found = verify.verify_live(folder, verify.own_key(folder), None)
    except verify.Fault as fault:
        return {"fault_at": fault.index}
    return {name: found[name] for name in ("size", "more", "open")}


def _backups(instance: Path) -> dict[str, Any]:
    from demeure.backup import stand
    from demeure.clock import SystemClock
    from demeure.settings import load

    settings = load(instance / "demeure.toml")
    found = stand(instance, SystemClock().now(), settings.backup_late_days, settings.drill_late_days)
    told = {"backup": found.backup, "drill": found.drill, "holders": len(found.plan.holders)}
    last = found.last
    return told | {"places": len(found.places), "last_bytes": last.weight if last else None}


def _plain(word: Any) -> str | None:
    """One word of a program; anything else is left out."""
    return word if isinstance(word, str) and _WORD.fullmatch(word) else None
