"""What the launcher takes hold of before anything runs: the folder's lock, the listeners, the keys."""

import errno
import fcntl
import os
import socket
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from demeure.confinement import Ground, NotConfined, Profile, probe
from demeure.confinement.profiles import FOLDERS, SECRETS
from demeure.errors import system_words
from demeure.logs import note
from demeure.settings import Settings
from demeure.supervisor import disk
from demeure.supervisor.errors import (
    AddressTaken,
    AddressUnusable,
    AlreadyRunning,
    BeingErased,
    HeldUnreadable,
    HouseDown,
    InstanceFolderUnusable,
    KeyUnusable,
    ListenerElsewhere,
)
from demeure.supervisor.given import GIVEN, PLAIN, Given, way_in
from demeure.supervisor.outside import point
from demeure.supervisor.plan import Plan

KEY_LENGTH = 32
_FIRST_HANDED = 3  # SD_LISTEN_FDS_START
_NEVER_RUN = 8  # MFD_NOEXEC_SEAL, absent from Python 3.11
CONTROL, STATE = "control.sock", "house.json"
ERASING = "erasing.json"
"""In a house whose erasure has begun: what it held, written before the first key goes, so that a later run can
still tell it."""
_WHILE_RUNNING = (CONTROL, STATE, "house.new", "engine/chat/s.sock", "engine/embed/s.sock", "engine/antivirus")
"""In run/: what only a running house has."""


@contextmanager
def taken(
    instance: Path, settings: Settings, profiles: Mapping[str, Profile], public: bool, accept_unconfined: bool
) -> Iterator[Plan]:
    """Everything the house is made from; given back at the end. Raises every refusal of ``launcher.start``."""
    not_erasing(instance)
    way = way_in(instance, settings) if public else PLAIN
    prepare_folders(instance)
    with ExitStack() as held:
        lock = take_lock(instance)
        held.callback(os.close, lock)
        not_erasing(instance)
        ground = probe()
        announce(ground, accept_unconfined, settings.language)
        secrets = read_keys(instance, {name for profile in profiles.values() for name in profile.secrets})
        given = Given(instance, settings, lambda pem: _sealed("demeure-tls", pem)) if way == GIVEN else None
        if given:
            secrets["tls"] = given.read()
        if settings.journal_held:
            secrets["held"] = _sealed("demeure-held", read_held(instance / settings.journal_held))
        trays = make_trays({name for profile in profiles.values() for name in profile.trays})
        for descriptor in (*secrets.values(), *trays.values()):
            held.callback(os.close, descriptor)
        point(instance, settings)
        for name in _WHILE_RUNNING:
            held.callback((instance / "run" / name).unlink, missing_ok=True)
        listeners = {"control": held.enter_context(control_listener(instance))}
        if public:
            listeners["public"] = held.enter_context(public_listener(settings))
        made = (instance, settings, profiles, ground, accept_unconfined, listeners, secrets, lock, way, given)
        yield Plan(*made, trays=trays, disk=disk.state(instance / "spaces"))


def not_erasing(instance: Path) -> None:
    """Raises BeingErased."""
    if (instance / ERASING).exists():
        raise BeingErased(instance=str(instance))


def read_held(path: Path) -> bytes:
    """A checkpoint of the journal kept elsewhere; the scribe compares it. Raises HeldUnreadable."""
    try:
        if not 0 < path.stat().st_size <= 1 << 20:
            raise OSError(0, "0 < … ≤ 1048576")
        return path.read_bytes()
    except OSError as problem:
        fr, en = system_words(problem)
        raise HeldUnreadable(path=str(path), detail=fr, detail_en=en) from problem


def announce(ground: Ground, accepted: bool, language: str) -> None:
    """Never silent below A; refuse D unless it was accepted."""
    if ground.level == "A":
        return
    reasons = ", ".join(ground.reasons)
    if ground.level == "D" and not accepted:
        raise NotConfined(reasons=reasons)
    french = f"confinement de niveau {ground.level} au lieu de A ({reasons})"
    note("launcher", french if language == "fr" else f"confinement of level {ground.level}, not A ({reasons})")


def prepare_folders(instance: Path) -> None:
    """Make what is absent, for our user only. Raises InstanceFolderUnusable."""
    try:
        for name in FOLDERS:
            (instance / name).mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as problem:
        fr, en = system_words(problem)
        raise InstanceFolderUnusable(instance=str(instance), detail=fr, detail_en=en) from problem


def take_lock(instance: Path) -> int:
    """Descriptor of the exclusive lock on the folder; it holds as long as any process keeps it open (the supervisor
    inherits it). Raises AlreadyRunning with the holder's pid."""
    descriptor = os.open(instance / "run" / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as held:
        pid = os.pread(descriptor, 20, 0).decode("ascii", "replace").strip() or "?"
        os.close(descriptor)
        raise AlreadyRunning(instance=str(instance), pid=pid) from held
    os.ftruncate(descriptor, 0)
    with suppress(OSError):  # a courtesy for whoever finds it locked: on a full disk it goes without saying
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
    return descriptor


def public_listener(settings: Settings) -> socket.socket:
    """The pages' TCP listener. Made with IPPROTO_TCP said aloud: asyncio sets TCP_NODELAY only then (40 ms a
    request otherwise). Raises AddressTaken, AddressUnusable."""
    host = {"localhost": "127.0.0.1"}.get(settings.host, settings.host)
    if (handed := handed_listener(host, settings.port)) is not None:
        return handed
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        socket.inet_pton(family, host)  # a name would be looked up, here of all places
        listener.bind((host, settings.port))
        listener.listen(256)
    except (OSError, OverflowError) as problem:
        listener.close()
        if isinstance(problem, OSError) and problem.errno == errno.EADDRINUSE:
            raise AddressTaken(host=settings.host, port=settings.port) from problem
        fr, en = system_words(problem) if isinstance(problem, OSError) else (str(problem), str(problem))
        raise AddressUnusable(host=settings.host, port=settings.port, detail=fr, detail_en=en) from problem
    return listener


def handed_listener(host: str, port: int) -> socket.socket | None:
    """The listening socket that systemd holds for us (sd_listen_fds: LISTEN_PID, LISTEN_FDS), when it is where the
    settings say; it goes on listening when we end. None when there is none. Raises ListenerElsewhere: whether pages
    may be in clear is decided of the settings' address."""
    told = {name: os.environ.pop(name, "") for name in ("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES")}
    if told["LISTEN_PID"] != str(os.getpid()) or told["LISTEN_FDS"] != "1":
        return None
    listener = socket.socket(fileno=_FIRST_HANDED)
    listener.set_inheritable(False)
    found = listener.getsockname()[:2]
    if not listener.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN) or found != (host, port or found[1]):
        listener.close()
        raise ListenerElsewhere(found=f"{found[0]}:{found[1]}", host=host, port=port)
    return listener


def control_listener(instance: Path) -> socket.socket:
    """``run/control.sock``, 0600. Bound by its short name from inside run/: a Unix address is 107 bytes at most, a
    path is not; and the address it keeps must not be another file's by chance (asyncio looks it up since 3.13)."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    here = os.open(".", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    mask = os.umask(0o177)
    try:
        os.chdir(instance / "run")
        Path(CONTROL).unlink(missing_ok=True)
        listener.bind(CONTROL)
        listener.listen(64)
    finally:
        os.fchdir(here)
        os.umask(mask)
        os.close(here)
    return listener


def connect_control(instance: Path) -> socket.socket:
    """A connected socket to the control door of the house running on ``instance``. Raises HouseDown."""
    door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        folder = os.open(instance / "run", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            door.connect(f"/proc/self/fd/{folder}/{CONTROL}")
        finally:
            os.close(folder)
    except OSError as problem:
        door.close()
        raise HouseDown(instance=str(instance)) from problem
    return door


def read_keys(instance: Path, names: Iterable[str]) -> dict[str, int]:
    """Each key in a sealed memory file of its own: name → descriptor. Raises KeyUnusable."""
    held = {}
    for name in SECRETS.keys() & set(names):
        file = SECRETS[name]
        try:
            key = _key_file(instance / file).read_bytes()
        except OSError as problem:
            raise KeyUnusable(file=file) from problem
        if len(key) != KEY_LENGTH:
            raise KeyUnusable(file=file)
        held[name] = _sealed(f"demeure-{name}", key)
    return held


def _key_file(path: Path) -> Path:
    """``path``, or what systemd hands in its stead when it is not there (LoadCredentialEncrypted)."""
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    return Path(folder, path.name) if folder and not path.exists() else path


def make_trays(names: Iterable[str]) -> dict[str, int]:
    """An empty memory file for each name. Here, because no process behind walls may make one; what is put in it can
    never be run where the kernel knows how to say so (Linux 6.3)."""
    made = {}
    for name in sorted(names):
        try:
            made[name] = os.memfd_create(f"demeure-tray-{name}", os.MFD_CLOEXEC | _NEVER_RUN)
        except OSError:
            made[name] = os.memfd_create(f"demeure-tray-{name}", os.MFD_CLOEXEC)
    return made


def _sealed(name: str, content: bytes) -> int:
    descriptor = os.memfd_create(name, os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    os.write(descriptor, content)  # a new memory file takes all of it
    fcntl.fcntl(
        descriptor,
        fcntl.F_ADD_SEALS,
        fcntl.F_SEAL_SEAL | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE,
    )
    return descriptor
