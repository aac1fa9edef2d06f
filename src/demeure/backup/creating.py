"""Making one backup: an instant of the house, its new pieces into packs, then the signed page that makes it exist.

Nothing at the target is ever written over. Packs come first, each under the name of its own SHA-256; the
signature, then the page: until its last rename there is no new backup, and what a kill leaves is swept by the
next one.
"""

import fcntl
import hashlib
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from demeure import __version__
from demeure.backup import catalogue, known, manifest, sealed
from demeure.backup.catalogue import Line
from demeure.backup.chunks import ID, Cut, Index, Packing, cut
from demeure.backup.errors import (
    BackupDamaged,
    BackupForged,
    BackupNewer,
    BackupRunning,
    TargetOfAnother,
    TargetRefuses,
)
from demeure.backup.fresh import works_swept
from demeure.backup.manifest import Manifest, numbers
from demeure.backup.pages_kept import bound_made
from demeure.backup.plan import FOLDER, Plan
from demeure.backup.room import room
from demeure.backup.still import Instant, Item, held
from demeure.backup.target import Target, whole_file
from demeure.clock import Clock, iso
from demeure.store.durable import make_folder, write_new
from demeure.store.errors import DiskFull
from demeure.store.keys import derive

Sign = Callable[[bytes], str]
"""The SHA-512 of a file → its signature by the house’s key, as ``ssh-keygen -Y verify`` reads it."""
Step = Callable[[str], None]


@dataclass(frozen=True)
class Asked:
    """What a backup is made from. ``vkey``: the public key of the house’s journal. ``chain``: of the journal."""

    instance: Path
    house_key: bytes
    vkey: str
    plan: Plan
    sign: Sign
    clock: Clock
    place: str = ""
    step: Step = field(default=lambda _: None)


def create(asked: Asked, target: Target) -> Manifest:
    """One more backup at ``target``, complete and read back; its page is kept in the instance too.

    Raises NoRecipient, BackupRunning, TargetOfAnother, TargetAbsent, TargetRefuses, TargetFull, BackupDamaged
    (what was just written does not read back the same), DatabaseBusy, JournalMoving, HouseDiskFull. Then there is
    no new backup, and former ones are as they were.
    """
    recipients = asked.plan.recipients()
    folder = asked.instance / FOLDER
    make_folder(folder / "made")
    with _alone(folder), room(folder):
        claim(target, asked.vkey)
        mend_pages(target, folder / "made", asked.vkey)
        former = standing(target, asked.vkey)
        asked.step("begun")
        first = sealed.first_open(asked.instance, target.name, recipients)
        index = _indexed(target, former, known_damaged(asked.instance, target.name), first)
        packing = Packing(target, recipients, derive(asked.house_key, "backup pieces"), index, asked.step)
        with held(asked.instance, asked.house_key, folder / f"work-{os.getpid()}") as instant:
            asked.step("held")
            asks = known.gathered(asked.instance, instant)
            lines = _lines(asked, instant, packing)
            root = _root(asked, instant, lines, packing, asks)
        number = _number(folder, former)
        made = _manifest(asked, number, instant, lines, packing, root)
        _publish(asked, target, made)
        _read_back(target, made, packing)
        sealed.note(asked.instance, target.name, number if first is None else first, recipients)
        asked.step("read back")
        return made


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    works_swept(folder)
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as problem:
        raise BackupRunning() from problem
    finally:
        os.close(descriptor)


def claim(target: Target, vkey: str) -> None:
    """This house’s, from now on. Raises TargetOfAnother."""
    prepare = getattr(target, "prepare", None)
    if prepare is not None:
        prepare()
    found = target.read("house")
    if found is None:
        target.write("house", f"{vkey}\n".encode())
    elif found.decode("utf-8", "replace").strip() != vkey:
        raise TargetOfAnother(name=target.name, house=found.decode("utf-8", "replace").strip()[:80])


def standing(target: Target, vkey: str) -> dict[int, Manifest]:
    """The backups at ``target`` whose page the house signed, by number; others are passed over."""
    found: dict[int, Manifest] = {}
    for name in target.names("manifests"):
        number = manifest.number_of(name)
        if number is not None:
            try:
                found[number] = read_one(target, number, vkey)
            except (BackupDamaged, BackupForged, BackupNewer):
                continue
    return found


def numbers_at(target: Target) -> list[int]:
    """Of the pages that are at ``target``, readable or not; oldest first."""
    found = (manifest.number_of(name) for name in target.names("manifests"))
    return sorted(number for number in found if number is not None)


def mend_pages(target: Target, kept: Path, vkey: str) -> None:
    """Put back, from the house’s own copy, a page of ``target`` that can no longer be read."""
    for number in numbers_at(target):
        try:
            read_one(target, number, vkey)
        except (BackupDamaged, BackupForged):
            name = manifest.name_of(number)
            try:
                text, signature = (kept / name).read_bytes(), (kept / f"{name}.sig").read_bytes()
                ours = manifest.read(text, signature, vkey, number).place == target.name
            except (OSError, BackupDamaged, BackupForged, BackupNewer):
                continue
            with suppress(TargetRefuses):  # a folder of that name is in the way: verifying names it
                if ours:
                    target.write(f"manifests/{name}.sig", signature)
                    target.write(f"manifests/{name}", text)
        except BackupNewer:
            continue


def read_one(target: Target, number: int, vkey: str) -> Manifest:
    """Raises BackupDamaged (absent too), BackupForged, BackupNewer."""
    name = manifest.name_of(number)
    text = whole_file(target, f"manifests/{name}")
    if text is None:
        raise BackupDamaged(number=number, what=name)
    return manifest.read(text, whole_file(target, f"manifests/{name}.sig"), vkey, number)


def known_damaged(instance: Path, place: str) -> set[str]:
    """Names of the packs at ``place`` that a check found damaged: their pieces are sent again."""
    try:
        return set(json.loads((instance / FOLDER / "damaged.json").read_bytes()).get(place, ()))
    except (OSError, ValueError, AttributeError, TypeError):
        return set()


def note_damaged(instance: Path, place: str, packs: set[str]) -> None:
    """What the last check of ``place`` found; durable."""
    path = instance / FOLDER / "damaged.json"
    try:
        told = dict(json.loads(path.read_bytes()))
    except (OSError, ValueError, TypeError):
        told = {}
    make_folder(path.parent)
    write_new(path, json.dumps(told | {place: sorted(packs)}).encode(), 0o600)


def _indexed(target: Target, former: dict[int, Manifest], damaged: set[str], first: int | None) -> Index:
    """The pieces that are at the target, of packs that a signed page names, page ``first`` or later: those before
    are not sealed to everybody (None: none is). Packs that no page names are swept: a killed backup left them."""
    index, seen = Index(), set()
    for number, one in former.items():
        for pack in one.packs:
            if pack.name in seen:
                continue
            seen.add(pack.name)
            if pack.name in damaged or first is None or number < first:
                continue
            listed = whole_file(target, f"packs/{pack.name}.idx")
            if listed is not None and target.size(f"packs/{pack.name}") == pack.size:
                try:
                    index.take(pack, listed)
                except ValueError:
                    continue  # damaged there: its pieces are sent again
    if len(former) == len(numbers_at(target)):  # a page that cannot be read may need any of them
        for name in target.names("packs"):
            if name.removesuffix(".idx") not in seen:
                target.remove(f"packs/{name}")
    return index


def _lines(asked: Asked, instant: Instant, packing: Packing) -> list[Line]:
    cache = asked.instance / FOLDER / "seen.json"
    seen, now = _seen(cache), {}
    lines = []
    for item in sorted(instant.items, key=lambda one: not one.base):  # what is held is let go of first
        with item.opened() as file:
            line = _remembered(seen, item, file, packing) or Line(
                item.path, item.mode, cut(file, item.piece, packing)
            )
            if item.lasting and not line.cut.grouped:
                now[item.path] = [*_facts(file), line.text()]
        if item.base and isinstance(item.source, Path):
            instant.still.let_go(item.source)
        asked.step("file")
        lines.append(line)
    with suppress(DiskFull):  # only a saving of time
        write_new(cache, json.dumps(now).encode(), 0o600)
    return lines


def _remembered(seen: dict[str, Any], item: Item, file: BinaryIO, packing: Packing) -> Line | None:
    """The line of a file that never changes, when it is the one that was read before and its pieces are there."""
    told = seen.get(item.path)
    if not item.lasting or not told or told[:3] != _facts(file):
        return None
    line = catalogue.line_from(told[3])
    return line if line.mode == item.mode and packing.known(line.cut.ids) else None


def _facts(file: BinaryIO) -> list[int]:
    facts = os.fstat(file.fileno())
    return [facts.st_ino, facts.st_size, facts.st_mtime_ns]


def _seen(cache: Path) -> dict[str, Any]:
    try:
        found = json.loads(cache.read_bytes())
    except (OSError, ValueError):
        return {}  # only a saving of time
    return found if isinstance(found, dict) else {}


def _number(folder: Path, former: dict[int, Manifest]) -> int:
    """The next one, written before it is used: a killed backup’s is not given again, at this place or another."""
    path = folder / "number"
    try:
        given = int(path.read_text())
    except (FileNotFoundError, ValueError):  # damaged: pages say more than it does
        given = 0
    number = max([*numbers(folder / "made"), *former, given]) + 1
    write_new(path, str(number).encode(), 0o600)
    return number


def _root(asked: Asked, instant: Instant, lines: list[Line], packing: Packing, asks: dict[str, Any]) -> bytes:
    asked.step("catalogue")
    told = {
        "groups": catalogue.written(lines, packing),
        "files": len(lines),
        "bytes": sum(line.cut.size for line in lines),
        "entries": instant.journal.size,
        "known": asks,
    }
    root = packing.add(json.dumps(told, ensure_ascii=False).encode(), "meta")
    packing.close()
    return root


def _manifest(
    asked: Asked, number: int, instant: Instant, lines: list[Line], packing: Packing, root: bytes
) -> Manifest:
    assert len(root) == ID
    return Manifest(
        number=number,
        house=asked.vkey,
        at=iso(asked.clock.now()),
        place=asked.place,
        root=root.hex(),
        files=len(lines),
        weight=sum(line.cut.size for line in lines),
        added=packing.added,
        entries=instant.journal.size,
        checkpoint=instant.journal.note,
        previous=_previous(asked.instance / FOLDER / "made"),
        product=__version__,
        holders=[[one.name, one.recipient] for one in asked.plan.holders],
        packs=[packing.index.packs[at] for at in sorted(packing.used)],
    )


def _previous(folder: Path) -> str:
    """SHA-256 of the page made before this one, wherever that backup is kept; empty for the first."""
    found = numbers(folder)
    return hashlib.sha256((folder / manifest.name_of(found[-1])).read_bytes()).hexdigest() if found else ""


def _publish(asked: Asked, target: Target, made: Manifest) -> None:
    text, name = made.text(), manifest.name_of(made.number)
    signature = asked.sign(hashlib.sha512(text).digest()).encode()
    asked.step("signed")
    target.write(f"manifests/{name}.sig", signature)
    asked.step("signature")
    target.write(f"manifests/{name}", text)
    asked.step("page")
    folder = asked.instance / FOLDER / "made"
    write_new(folder / f"{name}.sig", signature, 0o600)
    write_new(folder / name, text, 0o600)
    bound_made(folder)
    asked.step("kept")


def _read_back(target: Target, made: Manifest, packing: Packing) -> None:
    """What was just written, as the target gives it back. Raises BackupDamaged."""
    for pack in packing.written:
        data = target.read(f"packs/{pack.name}")
        if data is None or hashlib.sha256(data).hexdigest() != pack.name:
            raise BackupDamaged(number=made.number, what=pack.name[:16])
    if read_one(target, made.number, made.house) != made:
        raise BackupDamaged(number=made.number, what=manifest.name_of(made.number))


__all__ = [
    "Asked",
    "Cut",
    "Sign",
    "claim",
    "create",
    "known_damaged",
    "mend_pages",
    "note_damaged",
    "numbers_at",
    "read_one",
    "standing",
]
