"""Writing a plan, and taking it off again. Each file is written aside and renamed; done twice, it is done once."""

import base64
import contextlib
import hashlib
import json
import os
import pwd
import shlex
import shutil
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

from demeure.install.errors import (
    KeyToSealMissing,
    KeyToSealUnfit,
    NothingInstalled,
    ProgramOutOfReach,
    RootWanted,
    SealUseless,
    ToolRefused,
)
from demeure.install.layout import BUNDLE, COMING, CREDENTIALS, DATA, HIGHEST, KEYS, LAST, PROGRAM, RESUMING, Layout
from demeure.install.layout import UNITS as UNIT_FILES
from demeure.install.locking import LOCK
from demeure.install.planning import ROOT, Plan, Step

Tell = Callable[[Step, str], None]
"""(step, what became of it): one of DONE, SAME, ELSEWHERE."""
DONE, SAME, ELSEWHERE = "done", "same", "elsewhere"
_KEY_BYTES = 32
UNITS = (
    *("demeure-check.timer", "demeure-resume.timer", "demeure-resume.service"),
    *("demeure.service", "demeure.socket"),
)


def apply(plan: Plan, layout: Layout, tell: Tell = lambda _step, _what: None) -> None:
    """Do every step. What only the machine itself can do (users, units) is left out of an image, and told so.

    Raises RootWanted, ProgramOutOfReach, ToolRefused, KeyToSealMissing, OSError.
    """
    if layout.whole and os.geteuid() != 0:
        raise RootWanted()
    if layout.whole:
        _in_reach(plan)
    written: dict[str, str] = {}
    for step in plan.steps:
        tell(step, _DO[step.kind](step, layout))
        if step.kind == "file":
            written[step.path] = hashlib.sha256(step.text.encode()).hexdigest()
    told = {"format": 1, "user": plan.wanted.user, "data": plan.wanted.data, "systemd": plan.wanted.systemd}
    text = json.dumps(told | {"files": written}, indent=1) + "\n"
    _write(layout.record, text.encode(), 0o644)


def removable(layout: Layout) -> None:
    """Raises NothingInstalled, RootWanted: nothing here is to be taken off, or not by this user."""
    if not layout.record.exists():
        raise NothingInstalled(path=str(layout.record))
    if layout.whole and os.geteuid() != 0:
        raise RootWanted()


def remove(layout: Layout) -> dict[str, list[str]]:
    """Stop the house, remove what was written; data and keys of bundles stay. → {"removed", "kept"}: paths; a file
    that somebody changed is kept. Raises RootWanted, NothingInstalled, ToolRefused; AlreadyRunning, where no
    systemd stops it."""
    removable(layout)
    told = json.loads(layout.record.read_bytes())
    if layout.whole and told["systemd"] and Path("/run/systemd/system").is_dir():
        there = [name for name in UNITS if layout.at(f"{UNIT_FILES}/{name}").exists()]  # an older one had fewer
        ran(f"systemctl disable --now {' '.join(there)}")
    _closed(layout, told["data"])
    removed: list[str] = []
    kept: list[str] = []
    for path, digest in told["files"].items():
        place = layout.at(path)
        if not place.is_file():
            continue
        same = hashlib.sha256(place.read_bytes()).hexdigest() == digest
        (removed if same else kept).append(path)
        if same:
            place.unlink()
    if layout.whole and told["systemd"] and Path("/run/systemd/system").is_dir():
        ran("systemctl daemon-reload")
    data = _last_data(layout, told["data"])
    _highest(layout)
    beside = _beside(layout, data)  # before the program that runs this goes: nothing is imported after that
    removed += _program_off(layout)
    layout.record.unlink()
    sealed = [f"{CREDENTIALS}/demeure.{name}" for name in KEYS]  # without them the data open no more
    kept += [path for path in (data, *beside, DATA, LAST, HIGHEST, *sealed) if layout.at(path).exists()]
    return {"removed": removed, "kept": list(dict.fromkeys(kept))}


def _closed(layout: Layout, known: str) -> None:
    """A house that serves loses no program under it. Raises AlreadyRunning."""
    from demeure.install.points import Points
    from demeure.supervisor import AlreadyRunning
    from demeure.supervisor.health import read_status

    point = Points(layout).current()
    data = Path(point.data) if point else layout.at(known)
    if running := read_status(data)["processes"]:
        raise AlreadyRunning(instance=str(data), pid=running[0]["pid"])


def _program_off(layout: Layout) -> list[str]:
    """→ the paths removed."""
    removed = []
    for path in (layout.current, layout.points, layout.versions):
        if path.is_symlink() or path.exists():
            removed.append("/" + path.relative_to(layout.root).as_posix())
            path.unlink() if path.is_symlink() else shutil.rmtree(path)
    for name in (COMING, RESUMING, "first.json", LOCK):  # of the points that are gone
        (layout.at(PROGRAM) / name).unlink(missing_ok=True)
    shutil.rmtree(layout.at(PROGRAM) / BUNDLE, ignore_errors=True)  # of an update that a power cut ended
    with contextlib.suppress(OSError):
        layout.at(PROGRAM).rmdir()
    return removed


def _last_data(layout: Layout, known: str) -> str:
    """The instance that was in force, written down for who installs again."""
    from demeure.install.points import Points

    point, last = Points(layout).current(), layout.at(LAST)
    if point is None and last.is_file():  # cut, and run again: it was written before the point went
        return last.read_text(encoding="utf-8").strip()
    data = layout.said(point.data) if point else known
    _write(layout.at(LAST), f"{data}\n".encode(), 0o644)
    return data


def _beside(layout: Layout, data: str) -> list[str]:
    """Data of versions before, and what drills and restores left in clear. Where the instance is not in a folder of
    ours, what else is beside it is somebody else’s."""
    from demeure.backup.copies import left_behind

    place = layout.at(data)
    ours = place.parent.iterdir() if place.parent == layout.data and place.parent.is_dir() else ()
    return sorted({layout.said(str(one)) for one in (*ours, *left_behind(place)) if one.is_dir()})


def _highest(layout: Layout) -> None:
    """Of the bundles of all points, and of those of an earlier installation; nothing where no bundle ever came."""
    from demeure.install.points import Points, highest, write_json

    newest = max(Points(layout).all().values(), key=lambda point: point.sequence, default=None)
    if newest is not None and newest.sequence > highest(layout):
        told = {"id": Path(newest.program).name, "sequence": newest.sequence, "created": newest.created}
        write_json(layout.at(HIGHEST), told)


def _in_reach(plan: Plan) -> None:
    """Somebody else must be able to go through each folder above the program, and to read it."""
    path = Path(plan.wanted.program)
    for one in (path / "bin" / "demeure", *(path / "bin").resolve().parents, *path.parents):
        try:
            facts = one.stat()
        except OSError as problem:
            raise ProgramOutOfReach(user=plan.wanted.user, path=str(one)) from problem
        if not facts.st_mode & 0o001:
            raise ProgramOutOfReach(user=plan.wanted.user, path=str(one))


def _user(step: Step, layout: Layout) -> str:
    if not layout.whole:
        return ELSEWHERE
    with contextlib.suppress(KeyError):
        pwd.getpwnam(step.path)
        return SAME
    shell = next((one for one in ("/usr/sbin/nologin", "/sbin/nologin") if Path(one).exists()), "/bin/false")
    ran(f"useradd --system --user-group --home-dir {step.text} --no-create-home --shell {shell} {step.path}")
    return DONE


def _folder(step: Step, layout: Layout) -> str:
    place = layout.at(step.path)
    there = place.is_dir()
    place.mkdir(parents=True, exist_ok=True)
    if not there:
        _given(place, step, layout)
    elif step.owner == ROOT and layout.whole and place.stat().st_uid == _uid(layout.user):
        os.chown(place, 0, 0, follow_symlinks=False)  # a former release gave it away, and root works there
        return DONE
    return SAME if there else DONE


def _uid(user: str) -> int:
    """-1: there is no such user yet."""
    try:
        return pwd.getpwnam(user).pw_uid
    except KeyError:
        return -1


def _file(step: Step, layout: Layout) -> str:
    place = layout.at(step.path)
    data = step.text.encode()
    if place.is_file() and place.read_bytes() == data:
        return SAME
    place.parent.mkdir(parents=True, exist_ok=True)
    _write(place, data, step.mode)
    return DONE


def _point(step: Step, layout: Layout) -> str:
    """The first point of return, in force. The program is not copied: it is where ``make install`` or a bundle put
    it."""
    from demeure.install.points import Points

    points = Points(layout)
    if layout.current.is_symlink():
        return SAME
    points.first(
        layout.at(step.text) if step.text.startswith(f"{PROGRAM}/") else Path(step.text), layout.at(step.data)
    )
    return DONE


def _seal(step: Step, layout: Layout) -> str:
    clear, name = layout.at(step.text), Path(step.text).name
    if not clear.exists() and not clear.is_symlink():
        if layout.at(step.path).exists():
            return SAME
        raise KeyToSealMissing(path=step.text)
    place = layout.at(step.path)
    fresh = place.with_name(f".{place.name}.new")
    key = _key(clear, layout)
    fresh.unlink(missing_ok=True)
    try:
        ran(f"systemd-creds encrypt --with-key=auto --name={name} - {shlex.quote(str(fresh))}", key)
        opened = ran(f"systemd-creds decrypt --name={name} --transcode=hex {shlex.quote(str(fresh))} -")
    except ToolRefused:
        fresh.unlink(missing_ok=True)
        raise
    if opened.strip() != key.hex() or sealed_by(fresh) == NOTHING:
        fr, en = _USELESS[opened.strip() == key.hex()]
        fresh.unlink()
        raise SealUseless(path=step.text, detail=fr, detail_en=en)
    fresh.chmod(step.mode)
    fresh.replace(place)
    return DONE


_USELESS = {
    False: ("ne se rouvre pas à l’identique", "does not open again as it was"),
    True: ("s’ouvre pour n’importe qui", "opens for anybody"),
}
TPM, MACHINE, NOTHING = "tpm", "machine", "nothing"
_SEALED_BY = {
    "5a1c6a86df9d4096b1d5a65e0862f19a": MACHINE,
    "55b9ed1d38594d43a8319d2ebb332ac6": MACHINE,
    "0c7cc07b117645919c4b0bea08bc20fe": TPM,
    "faf7eb9341e3412ca1a436f95a29362f": TPM,
    "93a894094874449090caf2fc93cab553": TPM,
    "ef4ac13679a9480ea7db68897f9f165d": TPM,
    "af4950a849134eb1a73846304ff30c05": TPM,
    "058469daf6f54324800549da0f8ea2fb": NOTHING,
}
"""First 16 bytes of a credential of systemd: what it is sealed with. MACHINE: a file of this machine's own disk,
``/var/lib/systemd/credential.secret``, alone."""


def sealed_by(credential: Path) -> str:
    """TPM, MACHINE, NOTHING (anybody opens it); empty: unknown, or it cannot be read."""
    try:
        return _SEALED_BY.get(base64.b64decode(credential.read_bytes())[:16].hex(), "")
    except (OSError, ValueError):
        return ""


def _key(clear: Path, layout: Layout) -> bytes:
    """The 32 bytes of a key file of the house. Its folder is the house's user's, and we are root: no link is
    followed, nothing but a key of that user is sealed for it. Raises KeyToSealUnfit."""
    owner = pwd.getpwnam(layout.user).pw_uid if layout.whole else os.geteuid()
    try:
        descriptor = os.open(clear, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as problem:
        raise KeyToSealUnfit(path=str(clear), detail=problem.strerror) from problem
    try:
        facts = os.fstat(descriptor)
        key = os.read(descriptor, 64) if stat.S_ISREG(facts.st_mode) and facts.st_uid == owner else b""
    finally:
        os.close(descriptor)
    if len(key) != _KEY_BYTES:
        detail = f"uid {facts.st_uid}, {stat.filemode(facts.st_mode)}, {facts.st_size} ≠ {_KEY_BYTES}"
        raise KeyToSealUnfit(path=str(clear), detail=detail)
    return key


def _run(step: Step, layout: Layout) -> str:
    if not layout.whole or not Path("/run/systemd/system").is_dir():
        return ELSEWHERE
    ran(step.text)
    return DONE


def _given(place: Path, step: Step, layout: Layout) -> None:
    place.chmod(step.mode)
    if step.owner != ROOT and layout.whole:
        user = pwd.getpwnam(step.owner)
        os.chown(place, user.pw_uid, user.pw_gid)


def _write(place: Path, data: bytes, mode: int) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    fresh = place.with_name(f".{place.name}.new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(descriptor)
        os.fchmod(descriptor, mode)
    fresh.replace(place)


def ran(command: str, given: bytes = b"") -> str:
    """``given``: what it reads. → what it printed. Raises ToolRefused with the last words of the tool."""
    words = shlex.split(command)
    found = shutil.which(words[0], path="/usr/sbin:/usr/bin:/sbin:/bin")
    if found is None:
        raise ToolRefused(command=command, detail=f"{words[0]} ?")
    done = subprocess.run([found, *words[1:]], input=given, capture_output=True, check=False)  # noqa: S603 - as planned
    if done.returncode:
        last = (done.stderr or done.stdout).decode("utf-8", "replace").strip().splitlines()
        raise ToolRefused(command=command, detail=last[-1] if last else str(done.returncode))
    return done.stdout.decode("utf-8", "replace")


_DO: dict[str, Callable[[Step, Layout], str]] = {
    "user": _user,
    "folder": _folder,
    "file": _file,
    "point": _point,
    "seal": _seal,
    "run": _run,
}
