"""Leaving: everything that the house holds, in open formats, in a new folder, with its journal and its verifier.

Originals under their names, rows as JSON lines, the text that was read of each document, settings as they are, the
journal as static files (C2SP tlog-tiles) beside the verifier that reads them without Demeure, and a signed list of
SHA-256. What only serves this house is left out: keys, passwords, sessions, links, vectors, indexes.
"""

import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from demeure.backup.fresh import aside, to_be_named
from demeure.backup.partial import free_name
from demeure.backup.plan import FOLDER
from demeure.backup.still import JOURNAL, Instant, held
from demeure.journal import attestation
from demeure.store import Blobs, Keys, keys_folder, open_blobs
from demeure.store.durable import make_folder, sync_folder, write_all
from demeure.store.errors import BlobCorrupt, BlobMissing

_LEFT_OUT = re.compile(
    r"session|recovery|^halves$|^links$|failure|alembic|_keys$|credential|token|factor|passkey|snapshot|^pins$"
)
_SECRET = re.compile(r"password|hash|secret|token|totp|seed|credential|challenge|sealed|lease")
"""Tables and columns that only serve this house, or open it: by name, those of later versions too."""
_TEXTS = ("parts", "terms", "texts")
"""Tables of a space that are told; the others can be made again from the originals."""
_AS_THEY_ARE = ("demeure.toml", "tasks", "routes", "directories", "providers", "hooks")
README = """\
Tout ce que la maison contenait, le {at}.
documents/   les originaux, sous leurs noms, un dossier par espace ; documents.json : leurs fiches
house/       les lignes de la base : comptes, espaces, conversations, travaux, politique (JSON, une par ligne)
spaces/      le texte lu de chaque document, par espace
settings/    réglages, tâches, routes, tels quels (sans mot de passe)
journal/     le journal entier ; sans Demeure : python3 verify.py journal --vkey "$(cat journal/vkey)"
backups/     les pages signées des sauvegardes, les rapports signés des exercices
SHA256SUMS   ssh-keygen -Y verify -f allowed_signers -I journal -n demeure-attestation
             -s SHA256SUMS.sig < SHA256SUMS   puis   sha256sum -c SHA256SUMS
Les contenus scellés du journal restent scellés. Absents, parce qu’ils ne servaient qu’ici : clés, mots de passe,
sessions, index.

Everything that the house held, on {at}.
documents/ originals by space; house/ rows of its base as JSON lines; spaces/ the text read of each document;
settings/ as they are, without passwords; journal/ the whole journal, verified without Demeure as above; backups/
signed pages of the backups and reports of the drills; SHA256SUMS is signed. Sealed contents of the journal stay
sealed. Left out, as they served here only: keys, passwords, indexes.
"""


@dataclass(frozen=True)
class Left:
    """What was written. ``missing``: documents whose original is absent or damaged; the list names them."""

    files: int
    weight: int
    documents: int
    missing: int
    entries: int
    sums: str


def export(
    instance: Path,
    house_key: bytes,
    vkey: str,
    sign: Callable[[bytes], str],
    folder: Path,
    at: str,
    *,
    step: Callable[[str], None] = lambda _: None,
) -> Left:
    """Everything, in ``folder`` (new or empty), which gets its name once all of it is written and synced. ``at``:
    told in the README. Raises RestoreOver, RestoreOnMount, RestoreRunning, RestoreStopped, DatabaseBusy,
    JournalMoving: then ``folder`` is as it was."""
    to_be_named(folder)
    make_folder(folder.parent)
    make_folder(instance / FOLDER)
    keys = Keys(house_key, keys_folder(instance))
    with (
        aside(folder) as made,
        held(instance, house_key, instance / FOLDER / f"work-{os.getpid()}") as instant,
    ):
        step("held")
        told = _rows(instance, instant, made)
        whole, missing = _documents(instance, keys, instant, made, told["spaces"])
        step("documents")
        _texts(instant, made, told["spaces"])
        _plain_files(instant, made)
        _proofs(instance, made)
        _tools(made, vkey, at)
        step("journal")
        sums = _sums(made)
        (made / "SHA256SUMS").write_bytes(sums)
        (made / "SHA256SUMS.sig").write_text(sign(hashlib.sha512(sums).digest()))
        count, weight = _synced(made)
        made.rename(folder)
        sync_folder(folder.parent)
    return Left(count, weight, whole, missing, instant.journal.size, hashlib.sha256(sums).hexdigest())


def _ask(instant: Instant, base: Path, table: str) -> Iterator[dict[str, Any]]:
    columns = [str(row[1]) for row in instant.still.ask(base, f'PRAGMA table_info("{table}")')]
    told = [name for name in columns if not _SECRET.search(name)]
    listed = ", ".join(f'"{name}"' for name in told)
    for row in instant.still.ask(base, f'SELECT {listed} FROM "{table}"'):  # noqa: S608 - names of the schema
        yield dict(zip(told, (value.hex() if isinstance(value, bytes) else value for value in row), strict=True))


def _tables(instant: Instant, base: Path) -> list[str]:
    found = instant.still.ask(base, "SELECT name, sql FROM sqlite_schema WHERE type = 'table' ORDER BY name")
    virtual = [str(name) for name, sql in found if str(sql).upper().startswith("CREATE VIRTUAL")]
    return [
        str(name)
        for name, _ in found
        if not _LEFT_OUT.search(name) and not any(name == one or name.startswith(f"{one}_") for one in virtual)
    ]


def _lines(path: Path, rows: Iterator[dict[str, Any]]) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")


def _rows(instance: Path, instant: Instant, made: Path) -> dict[str, dict[str, str]]:
    """Every table of the house’s base; {"spaces": {id: folder name}}."""
    base = instance / "house" / "house.db"
    for table in _tables(instant, base):
        if not table.startswith("sqlite_"):
            _lines(made / "house" / f"{table}.jsonl", _ask(instant, base, table))
    names: dict[str, str] = {}
    (made / "documents").mkdir()
    for space, name in instant.still.ask(base, "SELECT id, name FROM spaces ORDER BY name"):
        place = free_name(made / "documents", str(name))
        place.mkdir()
        names[str(space)] = place.name
    return {"spaces": names}


def _documents(instance: Path, keys: Keys, instant: Instant, made: Path, spaces: dict[str, str]) -> tuple[int, int]:
    """(how many are listed, how many have no original)."""
    base = instance / "house" / "house.db"
    rows = instant.still.ask(
        base, "SELECT id, name, space, sha256, path, added_at FROM documents WHERE deleting = 0"
    )
    listed = []
    for document, name, space, sha256, path, added in rows:
        told: dict[str, Any] = {"id": document, "name": name, "space": space, "sha256": sha256, "added_at": added}
        blobs = open_blobs(instance, keys, space)
        where = free_name(made / "documents" / spaces[space], str(name))
        try:
            _original(blobs, str(sha256), where)
            told["file"] = where.relative_to(made).as_posix()
        except (BlobMissing, BlobCorrupt) as problem:
            where.unlink(missing_ok=True)
            told["missing"] = problem.code()
        listed.append(told | {"came_as": path})
    (made / "documents" / "documents.json").write_text(json.dumps(listed, ensure_ascii=False, indent=1))
    return len(listed), sum("missing" in one for one in listed)


def _original(blobs: Blobs, sha256: str, where: Path) -> None:
    descriptor = os.open(where, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        for chunk in blobs.open(sha256):
            write_all(descriptor, chunk)
    finally:
        os.close(descriptor)


def _texts(instant: Instant, made: Path, spaces: dict[str, str]) -> None:
    for space, name in spaces.items():
        base = instant.bases.get(space)
        if base is not None:
            for table in set(_TEXTS) & set(_tables(instant, base)):
                _lines(made / "spaces" / name / f"{table}.jsonl", _ask(instant, base, table))


def _plain_files(instant: Instant, made: Path) -> None:
    """The journal as it was copied, and settings."""
    for item in instant.items:
        top = item.path.partition("/")[0]
        if top == JOURNAL or top in _AS_THEY_ARE:
            path = made / (item.path if top == JOURNAL else f"settings/{item.path}")
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with item.opened() as source, path.open("wb") as copy:
                shutil.copyfileobj(source, copy)


def _proofs(instance: Path, made: Path) -> None:
    """Signed pages of the backups and reports of the drills: what they prove is no longer here."""
    for kind in ("made", "drills"):
        for path in sorted((instance / FOLDER / kind).glob("*.json*")):
            copy = made / FOLDER / kind / path.name
            copy.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            shutil.copyfile(path, copy)


def _tools(made: Path, vkey: str, at: str) -> None:
    (made / "README.txt").write_text(README.format(at=at), encoding="utf-8")
    (made / "verify.py").write_bytes((files("demeure.journal") / "verify.py").read_bytes())
    (made / "allowed_signers").write_text(attestation.allowed_signers(vkey))


def _sums(made: Path) -> bytes:
    lines = []
    for path in sorted(path for path in made.rglob("*") if path.is_file()):
        with path.open("rb") as file:
            lines.append(
                f"{hashlib.file_digest(file, 'sha256').hexdigest()}  {path.relative_to(made).as_posix()}\n"
            )
    return "".join(lines).encode()


def _synced(made: Path) -> tuple[int, int]:
    count = weight = 0
    for path in made.rglob("*"):
        if path.is_dir():
            sync_folder(path)
            continue
        with path.open("rb") as file:
            os.fsync(file.fileno())
        count, weight = count + 1, weight + path.stat().st_size
    sync_folder(made)
    return count, weight
