"""From the names of the profiles table to the paths of this machine."""

import mimetypes
import os
import struct
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from demeure.confinement.landlock import Lists
from demeure.confinement.profiles import Profile

ZONES = ("/etc/localtime", "/usr/share/zoneinfo")
PROCESSORS = ("/sys/devices/system/cpu", "/sys/devices/system/node", "/proc/cpuinfo", "/proc/meminfo")
AUTHORITIES = (
    *("/etc/ssl/certs", "/usr/share/ca-certificates", "/usr/local/share/ca-certificates", "/usr/lib/ssl"),
    *("/etc/pki/tls", "/etc/pki/ca-trust/extracted", "/etc/ca-certificates/extracted"),
)
"""Where systems keep the certificates of public authorities."""
SENSORS = (
    *("/sys/devices/virtual/thermal", "/sys/devices/platform/coretemp.0"),
    "/sys/devices/pci0000:00/0000:00:18.3",
)
"""Where Linux tells temperatures: thermal zones, Intel's and AMD's processors."""
BILL = "sbom.cdx.json"
"""What the release says is installed, at the root of the environment built from it (release/carried.py)."""
LIBRARIES = ("/lib64", "/usr/lib64", "/etc/ld.so.cache", "/etc/ssl/openssl.cnf")


def role_lists(profile: Profile, instance: Path, spec: Mapping[str, Any]) -> Lists:
    """What the role may open. ``spec["model"]``: the engine's file; ``spec["command"]``: the binary it becomes;
    ``spec["folder"]``: the watched folder of a reader."""
    outside = {
        "@python": python(),
        "@self": ("/proc/self",),
        "@random": ("/dev/urandom",),
        "@zones": ZONES,
        "@types": tuple(str(path) for path in mimetypes.knownfiles),
        "@processors": (*PROCESSORS, *cgroup_limits()),
        "@authorities": AUTHORITIES,
        "@sensors": SENSORS,
        "@bill": (str(Path(sys.prefix) / BILL),),
        "@model": tuple(str(Path(p).resolve()) for p in _given(spec, "model")),
        "@folder": _given(spec, "folder"),
        "@command": tuple(str(Path(p).resolve().parent) for p in _given(spec, "command")),
    }
    read: list[str] = []
    for name in profile.read:
        read.extend(outside[name] if name.startswith("@") else (str(instance / name),))
    return Lists(
        read=tuple(read),
        write=tuple(str(instance / name) for name in profile.write),
        execute=tuple(executables(path) for path in _given(spec, "command")) + interpreters(spec),
        sockets=tuple(str(instance / name) for name in profile.sockets),
        overwrite=("/dev/null",),
        ports=tuple(spec.get("ports", ())),
    )


def supervisor_lists(
    supervisor: Profile, children: Iterable[tuple[Profile, Mapping[str, Any]]], instance: Path
) -> Lists:
    """Everything any child may open, its own folder, and /proc (facts of the children, their identity maps)."""
    lists = role_lists(supervisor, instance, {}) | Lists(overwrite=("/proc",))
    for profile, spec in children:
        lists |= role_lists(profile, instance, spec)
    return lists


def python() -> tuple[str, ...]:
    """Standard library, installed packages, this package, shared libraries: read, never executed."""
    places = [str(Path(os.__file__).resolve().parent), str(Path(__file__).resolve().parent.parent)]
    places += [entry for entry in sys.path if entry.endswith("-packages")]
    multiarch = getattr(
        sys.implementation, "_multiarch", ""
    )  # x86_64-linux-gnu; empty where libraries are in lib64
    places += [f"{root}/{multiarch}" for root in ("/lib", "/usr/lib") if multiarch]
    return tuple(dict.fromkeys((*places, *LIBRARIES)))


def cgroup_limits() -> tuple[str, ...]:
    """Where cgroup v2 says how much memory and processor this process may use: those files, not the whole tree."""
    try:
        entry = Path("/proc/self/cgroup").read_text(encoding="utf-8").partition("0::/")[2].splitlines()
    except OSError:
        return ()
    group = Path("/sys/fs/cgroup", entry[0] if entry else "")
    folders = [group, *(parent for parent in group.parents if parent.is_relative_to("/sys/fs/cgroup"))]
    return tuple(str(folder / name) for folder in folders for name in ("memory.max", "cpu.max"))


def executables(path: str) -> str:
    """The file itself, links followed."""
    return str(Path(path).resolve())


def interpreters(spec: Mapping[str, Any]) -> tuple[str, ...]:
    """The dynamic loader a declared binary asks for (PT_INTERP), if any."""
    found = [elf_interpreter(Path(path)) for path in _given(spec, "command")]
    return tuple(executables(path) for path in found if path)


def elf_interpreter(path: Path) -> str | None:
    """PT_INTERP of a 64-bit little-endian ELF file; None when static or not such a file."""
    with path.open("rb") as file:
        header = file.read(64)
        if len(header) < 64 or header[:6] != b"\x7fELF\x02\x01":
            return None
        (table,) = struct.unpack_from("<Q", header, 32)
        size, count = struct.unpack_from("<HH", header, 54)
        for index in range(count):
            file.seek(table + index * size)
            entry = file.read(56)
            if len(entry) == 56 and struct.unpack_from("<I", entry)[0] == 3:
                offset, length = struct.unpack_from("<Q", entry, 8)[0], struct.unpack_from("<Q", entry, 32)[0]
                file.seek(offset)
                return file.read(min(length, 4096)).rstrip(b"\0").decode("utf-8", "surrogateescape")
    return None


def _given(spec: Mapping[str, Any], name: str) -> tuple[str, ...]:
    value = spec.get(name)
    return (str(value),) if value else ()
