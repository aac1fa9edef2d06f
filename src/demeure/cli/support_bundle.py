"""``demeure doctor --bundle FILE``: what whoever helps from afar needs to know, and not one word of content.

Everything is taken by name from a list of what may leave: numbers, states, versions, codes. No sentence, no path,
no name of a person, a space, a document, a place or a host: a text that was not foreseen is left out, not cleaned.
"""

import json
import os
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from demeure.errors import DemeureError

if TYPE_CHECKING:
    from demeure.cli.doctor_cmd import Check

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
    from demeure.confinement import expected_ladder
    from demeure.contractors import bundle
    from demeure.settings import load
    from demeure.supervisor.health import read_status

    return {
        "checks": lambda: {check.name: check.ok for check in checks if bundle.WORD.fullmatch(check.name)},
        "machine": lambda: bundle.machine(expected_ladder()),
        "packages": bundle.packages,
        "processes": lambda: bundle.processes(read_status(instance)["processes"]),
        "settings": lambda: bundle.settings(load(instance / "demeure.toml")),
        "house": lambda: _house(instance),
        "disk": lambda: _disk(instance),
        "journal": lambda: _journal(instance),
        "backups": lambda: _backups(instance),
        "logs": lambda: _logs(instance),
        "metrics": lambda: _metrics(instance),
    }


def _asked(ask: Callable[[], Any]) -> Any:
    try:
        return ask()
    except DemeureError as problem:
        return {"error": problem.code()}
    except Exception as problem:  # noqa: BLE001 - whatever is broken is what the bundle is for
        return {"error": type(problem).__name__}


def _house(instance: Path) -> dict[str, Any]:
    from demeure.contractors import bundle
    from demeure.store import Keys, keys_folder, read_house_key
    from demeure.store.database import Database

    keys = Keys(read_house_key(instance), keys_folder(instance))
    house = Database(instance / "house" / "house.db", keys.house.database_key())
    try:
        return bundle.counts(house) | {"spaces_with_a_key": len(keys.spaces())}
    finally:
        house.close()


def _disk(instance: Path) -> dict[str, int]:
    """Bytes, by kind of file."""
    kinds = {
        "house": "house/*",
        "bases": "spaces/**/space.db*",
        "originals": "spaces/**/blobs/*",
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
    from demeure.contractors import bundle
    from demeure.settings import load

    settings = load(instance / "demeure.toml")
    return bundle.backups(stand(instance, SystemClock().now(), settings.backup_late_days, settings.drill_late_days))


def _logs(instance: Path) -> dict[str, Any]:
    from demeure.cli.logs_cmd import read
    from demeure.contractors import bundle
    from demeure.gateway.app import ways
    from demeure.supervisor.log_keeper import kept

    def rows() -> Iterator[dict[str, Any]]:
        for path in kept(instance):
            with path.open("rb") as file:
                yield from read(file)

    return bundle.logs(rows(), frozenset(f"{way.method} {way.path}" for way in ways()))


def _metrics(instance: Path) -> dict[str, Any]:
    from demeure.clock import SystemClock
    from demeure.contractors import bundle
    from demeure.supervision import FOLDER, Kept, Supervision

    seen = Supervision(SystemClock())
    seen.restore(Kept(instance / FOLDER).load())
    return bundle.metrics(seen)
