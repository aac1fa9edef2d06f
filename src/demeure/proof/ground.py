"""The ground of one run: an instance of its own furnished with canaries, folders outside it, a neighbour process.

The house's own data is never touched: twins live in a folder made like the instance, by the same launcher.
"""

import contextlib
import fcntl
import io
import json
import mmap
import os
import secrets
import shutil
import signal
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from demeure.clock import SystemClock
from demeure.confinement import PROFILES
from demeure.confinement.profiles import FOLDERS, SECRETS
from demeure.proof.files import INSTANCE
from demeure.proof.neighbours import SLOT, SLOTS
from demeure.proof.receivers import Receivers
from demeure.proof.scene import World, listed, syscall
from demeure.proof.unix import digest
from demeure.supervisor.grants import grant

SHARE = "0" * 32
"""Id of the folder that the house of the run watches."""

FORGOTTEN = {"udp": 200, "udp-free": 201, "pipe": 202, "folder": 203}
"""Numbers far above those that a house opens."""

SHARED = Path("/dev/shm")  # noqa: S108 - a place that the boxes must not reach
_PREFIX, _NONCE = "demeure-prove-", "nonce"
_TIMES = 40
_DETACH = 2 | 8  # MNT_DETACH, UMOUNT_NOFOLLOW
_YOUNG = 60.0
"""Seconds: a folder that has just been made may not be locked yet."""

_KEPT = ("LANG", "LC_ALL", "LC_CTYPE", "LC_TIME", "TZ")

_NEIGHBOUR = """
import ctypes, json, os, signal, sys
ctypes.CDLL(None).prctl(0x59616D61, -1, 0, 0, 0)
ctypes.CDLL(None).prctl(1, 9, 0, 0, 0)
size, slots = int(sys.argv[1]), int(sys.argv[2])
board = ctypes.create_string_buffer(size * slots)
treasure = ctypes.create_string_buffer(sys.argv[3].encode(), 32)
kept = os.open(sys.argv[4], os.O_RDONLY)
felt = signal.SIGRTMIN + 1
signal.pthread_sigmask(signal.SIG_BLOCK, {felt, signal.SIGUSR2})
def say(**line): os.write(1, json.dumps(line).encode() + b"\\n")
say(board=ctypes.addressof(board), treasure=ctypes.addressof(treasure), file=kept)
while True:
    found = signal.sigwaitinfo({felt, signal.SIGUSR2})
    if found.si_signo == felt:
        say(signalled=found.si_pid)
        continue
    for at in range(slots):
        text = board.raw[at * size : (at + 1) * size].rstrip(b"\\0")
        if text:
            say(board_says=text.decode("ascii", "replace"))
    say(told=True)
"""


@dataclass
class Ground:
    """``world``: what probes are told. ``secrets``: what only the outside knows. ``neighbour``: a pid and the pipe
    it speaks on."""

    world: World
    receivers: Receivers
    secrets: dict[str, str] = field(default_factory=dict)
    neighbour: int = 0
    voice: int = -1
    held: int = -1
    """The lock of its folder: whoever finds it free finds what a killed proof left."""

    def close(self) -> None:
        """End the neighbour, remove what was made."""
        with contextlib.suppress(OSError):
            os.kill(self.neighbour, signal.SIGKILL)
            os.waitpid(self.neighbour, 0)
        with contextlib.suppress(OSError):
            os.close(self.voice)
        self.receivers.close()
        self._forget_key()
        for place in ("temporary", "lasting", "shared", "home"):
            for left in _left_by(self.world, place):
                with contextlib.suppress(OSError):
                    left.unlink()
        _remove(self.world.instance.parent)
        with contextlib.suppress(OSError):
            os.close(self.held)

    def _forget_key(self) -> None:
        with contextlib.suppress(OSError):
            name = f"{self.world.nonce}-key".encode() + b"\0"
            syscall("keyctl", 9, syscall("keyctl", 10, -4, b"user\0", name, 0), -4, 0, 0)


def _left_by(world: World, place: str) -> list[Path]:
    try:
        return list(world.places[place].glob(f"{world.nonce}-*"))
    except (OSError, KeyError):
        return []


def lay() -> Ground:
    """Make everything one run needs, and remove what killed ones left. OSError when there is no room for it."""
    place = Path(tempfile.gettempdir())
    forget_orphans(place, SHARED)
    folder, held = _held_folder()
    try:
        return _laid(folder, held)
    except BaseException:
        _remove(folder)
        os.close(held)
        raise


@contextlib.contextmanager
def lent_folder() -> Iterator[Path]:
    """A folder that is removed afterwards; a killed proof's, by the next one. OSError when there is no room."""
    folder, held = _held_folder()
    try:
        yield folder
    finally:
        _remove(folder)
        os.close(held)


def _held_folder() -> tuple[Path, int]:
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX)).resolve()
    held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return folder, held


def _remove(folder: Path) -> None:
    """Whoever is ending may still write there. What root mounted, where a new namespace was refused, goes first."""
    with contextlib.suppress(OSError):
        syscall("umount2", os.fsencode(folder / "mounts") + b"\0", _DETACH)
    for _ in range(_TIMES):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            break
        time.sleep(0.05)


def forget_orphans(place: Path, shared: Path) -> None:
    """Remove the folders of runs of our user that nobody holds any more (a killed proof cannot)."""
    for folder in place.glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):
            facts = folder.lstat()
            if facts.st_uid != os.geteuid() or SystemClock().now().timestamp() - facts.st_mtime < _YOUNG:
                continue
            held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                nonce = (folder / _NONCE).read_text() if (folder / _NONCE).is_file() else ""
                if nonce.isalnum():
                    (shared / f"{nonce}-s").unlink(missing_ok=True)
                _remove(folder)
            finally:
                os.close(held)


def _laid(folder: Path, held: int) -> Ground:
    nonce = secrets.token_hex(4)
    (folder / _NONCE).write_text(nonce)
    ears = folder / "r"
    ears.mkdir(mode=0o700)
    receivers = Receivers(nonce, ears, SHARED)
    known: dict[str, str] = {}
    instance = _furnish(folder / "instance", known)
    places = _places(folder, known)
    grant(instance, SHARE, places["share"])
    names = dict(receivers.names)
    names["variable"] = known["variable"] = _variable()
    known |= {"abstract": names["abstract"], "interfaces": _interfaces(), "same": "same"}
    known["accounts"] = Path("/etc/passwd").read_text(errors="replace")[:4096][:64]
    known["key"] = secrets.token_hex(8)
    with contextlib.suppress(OSError):
        syscall("add_key", b"user\0", f"{nonce}-key".encode() + b"\0", known["key"].encode(), 16, -4)
    pid, voice, told = _neighbour(folder, known)
    numbers = {**receivers.numbers, "neighbour": pid, "neighbour-file": told["file"], "board": told["board"]}
    numbers |= {"treasure": told["treasure"], "owned": (places["marks"] / "owned").stat().st_ctime_ns}
    places |= {f"instance:{name}": instance / name for name in INSTANCE}
    places["fifo"] = ears / "fifo"
    world = World(nonce, instance, places, names, numbers, FORGOTTEN)
    return Ground(world, receivers, known, pid, voice, held)


def _furnish(instance: Path, known: dict[str, str]) -> Path:
    """Folders, keys, a model for each engine, and a canary in each folder."""
    for name in (*FOLDERS, *INSTANCE):
        (instance / name).mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, path in SECRETS.items():
        key = secrets.token_bytes(32)
        (instance / path).write_bytes(key)
        (instance / path).chmod(0o400)
        known[f"{name}-key"] = key.hex()
    for name in INSTANCE:
        known[f"instance:{name}"] = secrets.token_hex(12)
        (instance / name / "canary").write_text(known[f"instance:{name}"])
    (instance / "models" / "model").touch()
    engines = [profile.engine for profile in PROFILES.values() if profile.engine]
    chosen = {name: {"id": "canary", "file": "model", "sha256": "0" * 64, "kind": name} for name in engines}
    (instance / "models" / "chosen" / "active.json").write_text(json.dumps(chosen))
    return instance


def _places(folder: Path, known: dict[str, str]) -> dict[str, Path]:
    places = {name: folder / name for name in ("outside", "own", "marks", "mounts", "kept", "share")}
    for place in places.values():
        place.mkdir(mode=0o700)
    known["secret"], known["name"] = secrets.token_hex(12), f"name-{secrets.token_hex(8)}"
    known["share"] = secrets.token_hex(12)
    (places["share"] / "canary").write_text(known["share"])
    (places["share"] / "to-cut").write_bytes(b"whole")
    (places["kept"] / "secret").write_text(known["secret"])
    (places["outside"] / known["name"]).touch()
    for name in ("marked", "owned", "to-cut", "to-append", "to-remove"):
        (places["marks"] / name).write_bytes(b"whole")
    places |= {
        "secret": places["kept"] / "secret",
        "temporary": Path("/tmp"),  # noqa: S108 - a place that the boxes must not reach
        "lasting": Path("/var/tmp"),  # noqa: S108 - same
        "shared": SHARED,
        "home": Path.home(),
    }
    return places


def _interfaces() -> str:
    """The host's; nothing when they are those of an empty box, and would prove nothing."""
    found = os.listdir("/sys/class/net") if Path("/sys/class/net").is_dir() else []  # noqa: PTH208 - names
    return listed(found) if set(found) - {"lo"} else ""


def _variable() -> str:
    """Digest of the longest variable of our environment that a role has no use for."""
    block = [entry for entry in Path("/proc/self/environ").read_bytes().split(b"\0") if entry]
    foreign = [entry for entry in block if entry.partition(b"=")[0].decode("ascii", "replace") not in _KEPT]
    return digest(max(foreign, key=len)) if foreign else ""


def _neighbour(folder: Path, known: dict[str, str]) -> tuple[int, int, dict[str, int]]:
    """A process of the same user, with secrets in its memory, its environment, its arguments and its files."""
    known |= {f"neighbour-{name}": secrets.token_hex(12) for name in ("variable", "argument", "file")}
    known["treasure"] = secrets.token_hex(8)
    path = folder / "gone"
    path.write_text(known["neighbour-file"])
    voice, theirs = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is ours to hear
            os.dup2(theirs, 1)
            os.chdir(folder / "kept")
            script = ["-I", "-S", "-c", _NEIGHBOUR, str(SLOT), str(SLOTS), known["treasure"], str(path)]
            script.append(f"ARGUMENT={known['neighbour-argument']}")
            os.execve(sys.executable, ["python", *script], {"SECRET": known["neighbour-variable"]})  # noqa: S606
        finally:
            os._exit(127)
    os.close(theirs)
    with os.fdopen(os.dup(voice)) as said:
        told = json.loads(said.readline())
    path.unlink()
    os.set_blocking(voice, False)
    return pid, voice, told


def shared_page(size: int) -> mmap.mmap:
    """Memory that children share with us."""
    return mmap.mmap(-1, max(size, mmap.PAGESIZE))


def document(sections: int = 200) -> bytes:
    """A DOCX of as many parts as there are probes, or more."""
    names = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    style, text = '<w:pPr><w:pStyle w:val="Heading1"/></w:pPr>', "<w:r><w:t>{} {}</w:t></w:r>"
    body = "".join(
        f"<w:p>{style}{text.format('Partie', n)}</w:p><w:p>{text.format('Texte de la partie', n)}</w:p>"
        for n in range(sections)
    )
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as package:
        package.writestr("word/document.xml", f'<w:document xmlns:w="{names}"><w:body>{body}</w:body></w:document>')
    return made.getvalue()
