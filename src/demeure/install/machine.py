"""What the doctor asks of the machine: its clock, its kernel's features, the port of the pages. Reads, changes
nothing."""

import ctypes
import socket
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from demeure.clock import SystemClock
from demeure.errors import system_words

Row = tuple[str, bool | None, str, str]
"""(name, ok, French, English); ok None: only told."""
UNSYNC, ERROR = 0x40, 5
LANDLOCK_WANTED = 4
CLOCK_BACK_SECONDS = 300


class _Timex(ctypes.Structure):
    """``struct timex`` of the kernel, as far as we read it; the rest is room."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("room", ctypes.c_char * 256),
    )


def synchronised() -> bool | None:
    """Does something hold this machine's clock right, as the kernel knows it? None: it does not say."""
    told = _Timex()
    state = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(told))
    if state < 0:
        return None
    return state != ERROR and not told.status & UNSYNC


def clock_check(known: float = 0.0) -> tuple[bool | None, str, str]:
    """(ok, French, English). ``known``: a moment that is past for sure (Unix seconds)."""
    late = known - SystemClock().now().timestamp()
    if late > CLOCK_BACK_SECONDS:
        past = datetime.fromtimestamp(known, UTC)
        moment = f"{past:%Y-%m-%d %H:%M}"
        fr = f"L’horloge retarde : elle est avant le {past:%d/%m/%Y %H:%M} UTC, où le journal était déjà. "
        fr += "Remettez-la à l’heure."
        en = f"The clock is behind: it is before {moment} UTC, where the journal already was. Set it right."
        return False, fr, en
    held = synchronised()
    if held:
        return True, "L’horloge est synchronisée.", "The clock is synchronised."
    fr = "Rien ne tient l’horloge à l’heure : donnez-lui un serveur de temps de votre réseau (systemd-timesyncd, "
    fr += "chrony), ou réglez-la à la main chaque mois."
    en = "Nothing keeps the clock right: give it a time server of your network (systemd-timesyncd, chrony), or set "
    return None, fr, en + "it by hand every month."


def clock(instance: Path) -> Row:
    """The journal's head is a moment that is past."""
    try:
        known = (instance / "journal" / "checkpoint").stat().st_mtime
    except OSError:
        known = 0.0
    return ("clock", *clock_check(known))


def kernel_features() -> list[Row]:
    """Each feature the walls are made of; what to do where one is missing."""
    from demeure.confinement import landlock

    version = landlock.abi()
    ok = version >= LANDLOCK_WANTED
    fr, en = f"Landlock : version {version}", f"Landlock: version {version}"
    if not ok:
        more = "un noyau 6.7 ou plus récent, et « landlock » dans lsm= au démarrage"
        fr = f"{fr} — il faut la version {LANDLOCK_WANTED} : {more}"
        en = f"{en} — version {LANDLOCK_WANTED} is needed: a kernel 6.7 or later, and “landlock” in lsm= at boot"
    rows: list[Row] = [("landlock", ok, f"{fr}.", f"{en}.")]
    for place, wanted, fr, en in _SWITCHES:
        try:
            found = Path(place).read_text(encoding="ascii").strip()
        except OSError:
            continue  # this kernel has no such switch
        if not wanted(found):
            name = place.removeprefix("/proc/sys/").replace("/", ".")
            rows.append((f"kernel-{name.rpartition('.')[2]}", None, fr.format(name=name), en.format(name=name)))
    return rows


_SWITCHES = (
    (
        "/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
        lambda found: found == "0",
        "{name} = 1 : les espaces de noms sont restreints ; sysctl {name}=0, ou un profil AppArmor pour Demeure.",
        "{name} = 1: namespaces are restricted; sysctl {name}=0, or an AppArmor profile for Demeure.",
    ),
    (
        "/proc/sys/kernel/unprivileged_userns_clone",
        lambda found: found == "1",
        "{name} = 0 : les espaces de noms sont refusés ; sysctl {name}=1 les rend.",
        "{name} = 0: namespaces are refused; sysctl {name}=1 gives them back.",
    ),
    (
        "/proc/sys/user/max_user_namespaces",
        lambda found: int(found) >= 64,
        "{name} est trop petit : sysctl {name}=1024.",
        "{name} is too small: sysctl {name}=1024.",
    ),
    (
        "/proc/sys/kernel/yama/ptrace_scope",
        lambda found: found != "0",
        "{name} = 0 : un programme du même utilisateur peut lire la mémoire des autres ; sysctl {name}=1.",
        "{name} = 0: a program of the same user may read the memory of others; sysctl {name}=1.",
    ),
)


LIBRARY = "libgomp.so.1"
"""The one library of the system that the engine wants and a bare Debian lacks."""


def engine_library() -> Row:
    """Can the engine be loaded at all?"""
    try:
        ctypes.CDLL(LIBRARY)
    except OSError:
        fr = f"Le moteur ne se charge pas : {LIBRARY} manque. Installez le paquet libgomp1 (un lot peut le porter)."
        en = f"The engine cannot be loaded: {LIBRARY} is missing. Install libgomp1; a bundle may carry it."
        return ("engine-library", False, fr, en)
    return ("engine-library", True, "Le moteur trouve ses bibliothèques.", "The engine finds its libraries.")


def port(host: str, number: int, *, served: tuple[str, int] | None = None) -> Row:
    """Are the pages served, or could they be? ``served``: where the open house serves them; None: asked by binding
    ``host`` and ``number``, of the settings."""
    where = f"{host}:{number}"
    if served is not None:
        real = f"{served[0]}:{served[1]}"
        fr, en = f"Port des pages : {real}, servi par la maison", f"Port of the pages: {real}, served"
        if number not in (0, served[1]):
            fr, en = f"{fr} (demeure.toml dit {number})", f"{en} (demeure.toml says {number})"
        return ("port", True, f"{fr}.", f"{en}.")
    if number == 0:
        return ("port", True, "Port des pages : choisi par le système.", "Port of the pages: chosen by the system.")
    host = {"localhost": "127.0.0.1"}.get(host, host)
    with closing(socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)) as asking:
        asking.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            asking.bind((host, number))
        except OSError as problem:
            return _port_refused(where, number, problem)
    return ("port", True, f"Port des pages : {where}, libre.", f"Port of the pages: {where}, free.")


def _port_refused(where: str, number: int, problem: OSError) -> Row:
    detail, detail_en = system_words(problem)
    fr, en = (
        f"Port des pages : {where} ne se prend pas ({detail})",
        f"Port of the pages: {where} refused ({detail_en})",
    )
    if isinstance(problem, PermissionError):
        fr, en = (
            f"{fr} : demeure install le fait tenir par systemd.",
            f"{en}: demeure install lets systemd hold it.",
        )
        return ("port", None, fr, en)
    if Path("/run/systemd/system").is_dir() and Path("/etc/systemd/system/demeure.socket").exists():
        return (
            "port",
            True,
            f"Port des pages : {where}, tenu par systemd.",
            f"Port of the pages: {where}, by systemd.",
        )
    fr += f" : ss -ltnp 'sport = :{number}' dit par qui ; ou port = … dans demeure.toml."
    en += f": ss -ltnp 'sport = :{number}' says by whom; or port = … in demeure.toml."
    return ("port", False, fr, en)
