"""Ways out by files: writing where others read, reading what is not ours, marks on files that need no opening."""

import contextlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from demeure.confinement.profiles import CAPABILITIES, LANDLOCK, SECCOMP, Profile
from demeure.proof.scene import (
    FOUND,
    HEARD,
    HELD,
    LEARNED,
    Attempt,
    Look,
    Probe,
    Scene,
    Trace,
    World,
    everybody,
    holds,
    read_text,
    syscall,
)

GRANTED_NOWHERE = ("outside", "temporary", "lasting", "shared", "home")
INSTANCE = (
    *("house", "spaces/one", "keys", "keys/spaces", "keys/tls/authority", "journal", "models", "run"),
    *("sources", "routes", "keys/routes"),
)
"""Folders of the instance of the run; each holds a file ``canary`` with a secret of its own."""


def granted(profile: Profile, folder: str, writing: bool) -> bool:
    """The table gives ``folder`` to the profile."""
    lists = profile.write if writing else (*profile.write, *profile.read, *profile.sockets)
    return any(folder == path or folder.startswith(path + "/") for path in lists)


def _closed(folder: str, writing: bool) -> Callable[[Profile], bool]:
    return lambda profile: not granted(profile, folder, writing)


def _put(path: Path, said: bytes) -> None:
    made = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(made, said)
    finally:
        os.close(made)


def _write(place: str) -> Attempt:
    return lambda scene: _put(scene.world.places[place] / scene.label(), scene.canary())


def _written(place: str) -> Look:
    """The file is there; it is then removed."""

    def look(world: World, trace: Trace) -> bool:
        path = world.places[place] / Scene(world, trace.role, None, trace.probe).label()
        found = os.path.lexists(path)
        with contextlib.suppress(OSError):
            path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()
        return found

    return look


def _read(folder: str) -> Attempt:
    return lambda scene: read_text(scene.world.instance / folder / "canary")


def _key(name: str) -> Attempt:
    return lambda scene: (scene.world.instance / "keys" / name).read_bytes().hex()


def own_place(scene: Scene) -> Path:
    """Where this role may write; without walls a folder of the run."""
    if scene.profile is None:
        return scene.world.places["own"]
    return scene.world.instance / scene.profile.write[0]


def writes(profile: Profile) -> bool:
    """There is a folder of its own."""
    return bool(profile.write)


def _by_link(scene: Scene) -> str:
    link = own_place(scene) / scene.label()
    link.symlink_to(scene.world.places["secret"])
    return read_text(link)


def _by_hard_link(scene: Scene) -> str:
    link = own_place(scene) / scene.label()
    os.link(scene.world.places["secret"], link)
    return read_text(link)


def _by_parent(scene: Scene) -> str:
    """From a folder that is ours, up and elsewhere."""
    folder = os.open(own_place(scene), os.O_PATH)
    way = os.path.relpath(scene.world.places["secret"], own_place(scene))
    found = os.open(way, os.O_RDONLY, dir_fd=folder)
    return os.read(found, 64).decode()


def _move_out(scene: Scene) -> None:
    made = own_place(scene) / f"{scene.label()}.moving"
    _put(made, scene.canary())
    made.rename(scene.world.places["outside"] / scene.label())


def _folder(scene: Scene) -> None:
    (scene.world.places["outside"] / scene.label()).mkdir()


def _node(scene: Scene) -> None:
    os.mkfifo(scene.world.places["outside"] / scene.label())


def _pipe(scene: Scene) -> None:
    way = os.open(scene.world.places["fifo"], os.O_WRONLY | os.O_NONBLOCK)
    os.write(way, scene.canary())
    os.close(way)


def _list(place: str) -> Attempt:
    """A name that only whoever lists the folder learns."""
    return lambda scene: next(scene.world.places[place].glob("name-*")).name


def _cut(scene: Scene) -> None:
    os.truncate(scene.world.places["marks"] / "to-cut", 0)


def _was_cut(world: World, _trace: Trace) -> bool:
    path = world.places["marks"] / "to-cut"
    shorter = path.stat().st_size == 0
    path.write_bytes(b"whole")
    return shorter


def _append(scene: Scene) -> None:
    way = os.open(scene.world.places["marks"] / "to-append", os.O_WRONLY | os.O_APPEND)
    os.write(way, scene.canary())
    os.close(way)


def _appended(world: World, trace: Trace) -> bool:
    said = Scene(world, trace.role, None, trace.probe).canary()
    return said in (world.places["marks"] / "to-append").read_bytes()


def _remove(scene: Scene) -> None:
    (scene.world.places["marks"] / "to-remove").unlink()


def _removed(world: World, _trace: Trace) -> bool:
    path = world.places["marks"] / "to-remove"
    gone = not path.exists()
    path.touch()
    return gone


def _attribute(scene: Scene) -> None:
    """A mark of 64 KiB at most on a file that is not opened: no list of paths is asked."""
    os.setxattr(scene.world.places["marks"] / "marked", f"user.{scene.label()}", scene.canary())


def _attribute_shows(world: World, trace: Trace) -> bool:
    label = Scene(world, trace.role, None, trace.probe).label()
    return f"user.{label}" in os.listxattr(world.places["marks"] / "marked")


def _date(scene: Scene) -> int:
    os.utime(scene.world.places["marks"] / "marked", (scene.number(), scene.number()))
    return scene.number()


def _date_shows(world: World, trace: Trace) -> bool:
    return int((world.places["marks"] / "marked").stat().st_mtime) == trace.answer


def _rights(scene: Scene) -> int:
    (scene.world.places["marks"] / "marked").chmod(0o604)
    return 0o604


def _rights_show(world: World, trace: Trace) -> bool:
    path = world.places["marks"] / "marked"
    shown = path.stat().st_mode & 0o777 == trace.answer
    path.chmod(0o600)
    return shown


def _owner(scene: Scene) -> None:
    """To nobody else: a change that anybody may ask for, and that leaves a date."""
    os.chown(scene.world.places["marks"] / "owned", -1, -1)


def _owner_asked(world: World, _trace: Trace) -> bool:
    facts = (world.places["marks"] / "owned").stat()
    return facts.st_ctime_ns > world.numbers["owned"]


def _device(path: str, flags: int = os.O_RDWR) -> Attempt:
    return lambda _scene: os.open(path, flags | os.O_NONBLOCK)


def _kernel_setting(_scene: Scene) -> int:
    return os.open("/proc/sys/kernel/core_pattern", os.O_WRONLY)


def _accounts(scene: Scene) -> str:
    del scene
    return read_text("/etc/passwd")[:64]


def no_reader(profile: Profile) -> bool:
    """It is not the one job that a watched folder is handed to."""
    return not profile.apart


def _share(scene: Scene) -> str:
    """A file of the folder that the house of the run watches."""
    return read_text(scene.world.places["share"] / "canary")


def _cut_share(scene: Scene) -> None:
    os.truncate(scene.world.places["share"] / "to-cut", 0)


def _share_was_cut(world: World, _trace: Trace) -> bool:
    path = world.places["share"] / "to-cut"
    shorter = path.stat().st_size == 0
    path.write_bytes(b"whole")
    return shorter


def _open_how(scene: Scene) -> str:
    """openat2(2), the newer way to open."""
    path = os.fsencode(scene.world.places["secret"]) + b"\0"
    found = syscall("openat2", -100, path, bytes(24), 24)
    return os.read(found, 64).decode()


def _p(name: str, layers: tuple[str, ...], attempt: Attempt, evidence: str, **more: Any) -> Probe:
    return Probe(name, "files", layers, evidence, attempt, **more)


_LIST = (LANDLOCK,)
_PLACES = tuple(
    _p(f"write-{place}", _LIST, _write(place), FOUND, look=_written(place)) for place in GRANTED_NOWHERE
)
_FOLDERS = tuple(
    probe
    for folder in INSTANCE
    for probe in (
        _p(
            f"read-{folder.replace('/', '-')}",
            _LIST,
            _read(folder),
            LEARNED,
            learns=f"instance:{folder}",
            applies=_closed(folder, False),
        ),
        _p(
            f"write-{folder.replace('/', '-')}",
            _LIST,
            _write(f"instance:{folder}"),
            FOUND,
            look=_written(f"instance:{folder}"),
            applies=_closed(folder, True),
        ),
    )
)
_OTHERS: tuple[Probe, ...] = (
    _p("read-house-key", _LIST, _key("house.key"), LEARNED, learns="house-key", applies=everybody),
    _p("read-journal-key", _LIST, _key("journal.key"), LEARNED, learns="journal-key", applies=everybody),
    _p("read-accounts", _LIST, _accounts, LEARNED, learns="accounts"),
    _p("read-secret", _LIST, lambda scene: read_text(scene.world.places["secret"]), LEARNED, learns="secret"),
    _p("read-openat2", _LIST, _open_how, LEARNED, learns="secret"),
    _p("read-by-link", (SECCOMP, LANDLOCK), _by_link, LEARNED, learns="secret", applies=writes),
    _p("read-by-hard-link", _LIST, _by_hard_link, LEARNED, learns="secret", applies=writes),
    _p("read-by-parent", _LIST, _by_parent, LEARNED, learns="secret", applies=writes),
    _p("read-share", _LIST, _share, LEARNED, learns="share", applies=no_reader),
    _p("write-share", _LIST, _write("share"), FOUND, look=_written("share")),
    _p("cut-share", _LIST, _cut_share, HELD, look=_share_was_cut),
    _p("list-outside", _LIST, _list("outside"), LEARNED, learns="name"),
    _p("move-out", _LIST, _move_out, FOUND, look=_written("outside"), applies=writes),
    _p("make-folder", _LIST, _folder, FOUND, look=_written("outside")),
    _p("make-node", (SECCOMP, LANDLOCK), _node, FOUND, look=_written("outside")),
    _p("named-pipe", _LIST, _pipe, HEARD),
    _p("cut", _LIST, _cut, HELD, look=_was_cut),
    _p("append", _LIST, _append, FOUND, look=_appended),
    _p("remove", _LIST, _remove, HELD, look=_removed),
    _p("attribute", (SECCOMP,), _attribute, FOUND, look=_attribute_shows),
    _p("date", (SECCOMP,), _date, HELD, look=_date_shows),
    _p("rights", (SECCOMP,), _rights, HELD, look=_rights_show),
    _p("owner", (SECCOMP,), _owner, HELD, look=_owner_asked),
    _p("device-terminals", _LIST, _device("/dev/ptmx"), HELD, look=holds),
    _p("device-kernel-log", (LANDLOCK, CAPABILITIES), _device("/dev/kmsg"), HELD, look=holds),
    _p("device-tunnel", _LIST, _device("/dev/net/tun"), HELD, look=holds),
    _p("device-fuse", _LIST, _device("/dev/fuse"), HELD, look=holds),
    _p("kernel-setting", (LANDLOCK, CAPABILITIES), _kernel_setting, HELD, look=holds),
)
PROBES = _PLACES + _FOLDERS + _OTHERS
