"""Every key that lies in the instance folder, told without showing any: algorithm and size from the head of its
file, when it was made and last replaced. What may not be read from here says so; what is not known is not guessed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from demeure.clock import iso
from demeure.errors import DemeureError
from demeure.store.keyfiles import KEY_BYTES
from demeure.store.keys import COMING, SpaceKey

KINDS = ("house", "journal", "space", "person", "week", "authority", "served", "route", "application", "pseudonyms")
AES, ED25519, SHA256 = "AES-256-GCM", "Ed25519", "SHA-256"
UNREAD = "unread"
"""In place of an algorithm: the file may not be read by who looks; the command of the house's owner reads it."""
KNOWN = frozenset({AES, ED25519, SHA256, "RSA", "ECDSA secp256r1", "ECDSA secp384r1", "ECDSA secp521r1"})
LEAST = {"RSA": 2048}
_HEADS = {b"dms\x01\x01": AES}
_HEAD = 5


@dataclass(frozen=True)
class KeyLine:
    """``kind``: one of KINDS; ``name``: of the space, the route…; ``count``: how many are told on this line.
    ``algorithm``: one of KNOWN, UNREAD, or what was found in its place. ``made``, ``rotated``: ISO UTC, empty when
    unknown or never. ``file``: from the instance folder, empty when it is none."""

    kind: str
    name: str = ""
    algorithm: str = AES
    bits: int = 256
    made: str = ""
    rotated: str = ""
    count: int = 1
    generation: int = 1
    file: str = ""

    @property
    def known(self) -> bool:
        """Is its algorithm one that the house vouches for? UNREAD is not a doubt: somebody else reads it."""
        return self.algorithm == UNREAD or (self.algorithm in KNOWN and self.bits >= LEAST.get(self.algorithm, 0))


def keyring(
    instance: Path, names: Mapping[str, str], held: Callable[[str], SpaceKey] | None = None
) -> list[KeyLine]:
    """Keys of the folder. ``names``: space → its name; ``held``: what a space's key file holds (store.Keys), None:
    they are told from their files alone. Blocking. Keys of persons and of weeks, many, are told together; one whose
    algorithm is another has a line of its own."""
    keys = instance / "keys"
    found = [
        _raw(instance, keys / "house.key", "house", AES),
        _raw(instance, keys / "journal.key", "journal", ED25519),
    ]
    for path in sorted((keys / "spaces").glob("*.key")):
        if path.with_suffix(".destroyed").exists():
            continue
        line = _sealed(instance, path, "space", names.get(path.stem, path.stem))
        found.append(_turned(line, path, held) if held is not None and line.known else line)
        if path.with_suffix(COMING).exists():
            found.append(_sealed(instance, path.with_suffix(COMING), "space", names.get(path.stem, path.stem)))
    for kind, folder in (("person", "people"), ("week", "payloads")):
        found += _together(instance, kind, sorted((keys / folder).glob("*.key")))
    found += [_sealed(instance, path, "route", path.stem) for path in sorted((keys / "routes").glob("*.sealed"))]
    for kind, place in (("authority", "authority/authority.sealed"), ("served", "served/server.sealed")):
        if (keys / "tls" / place).exists():
            found.append(_sealed(instance, keys / "tls" / place, kind, ""))
    return [line for line in found if line is not None]


def _turned(line: KeyLine, path: Path, held: Callable[[str], SpaceKey]) -> KeyLine:
    try:
        key = held(path.stem)
    except DemeureError:
        return KeyLine(**vars(line) | {"algorithm": "damaged", "bits": 0})
    if key.generation == 1:
        return line
    return KeyLine(**vars(line) | {"made": key.born, "rotated": key.made, "generation": key.generation})


def _together(instance: Path, kind: str, paths: list[Path]) -> list[KeyLine]:
    lines = [_sealed(instance, path, kind, "") for path in paths]
    same = [line for line in lines if line.known]
    if not same:
        return lines
    algorithm = UNREAD if any(line.algorithm == UNREAD for line in same) else AES
    made = [line.made for line in same]
    told = KeyLine(
        kind, "", algorithm, made=min(made), rotated=max(made) if kind == "week" else "", count=len(same)
    )
    return [told, *(line for line in lines if not line.known)]


def _raw(instance: Path, path: Path, kind: str, algorithm: str) -> KeyLine:
    """A key that is its own file: told by its size."""
    try:
        facts = path.stat()
    except OSError:
        return KeyLine(kind, "", "absent", 0, file=str(path.relative_to(instance)))
    whole = facts.st_size == KEY_BYTES
    named = algorithm if whole else f"? ({facts.st_size} bytes)"
    return KeyLine(kind, "", named, facts.st_size * 8, _time(facts.st_mtime), file=str(path.relative_to(instance)))


def _sealed(instance: Path, path: Path, kind: str, name: str) -> KeyLine:
    file = str(path.relative_to(instance))
    try:
        made = _time(path.stat().st_mtime)
    except OSError:
        return KeyLine(kind, name, "absent", 0, file=file)
    try:
        with path.open("rb") as opened:
            head = opened.read(_HEAD)
    except PermissionError:
        return KeyLine(kind, name, UNREAD, 256, made, file=file)
    except OSError:
        return KeyLine(kind, name, "unreadable", 0, made, file=file)
    algorithm = _HEADS.get(head)
    if algorithm is None:
        told = f"{head[3]}.{head[4]}" if len(head) == _HEAD and head[:3] == b"dms" else head.hex()
        return KeyLine(kind, name, f"? ({told})", 0, made, file=file)
    return KeyLine(kind, name, algorithm, 256, made, file=file)


def _time(seconds: float) -> str:
    return iso(datetime.fromtimestamp(seconds, UTC))
