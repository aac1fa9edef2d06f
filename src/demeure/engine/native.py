"""The mark left beside an engine built here: which version, for which processor. A foreign build is not loaded."""

import hashlib
import json
import platform
import re
from dataclasses import asdict, dataclass
from pathlib import Path

MARK = "build.json"


@dataclass(frozen=True)
class Mark:
    """``version`` of xllamacpp, ``processor``: digest of the instruction sets at build, ``python``: its ABI."""

    version: str
    processor: str
    python: str

    def usable(self, installed: str) -> bool:
        """True for the installed version, on the processor and Python it was built for."""
        return self == Mark(installed, processor(), python())


def read_mark(folder: Path) -> Mark | None:
    """None when there is no (readable) mark."""
    try:
        return Mark(**json.loads((folder / MARK).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def write_mark(folder: Path, version: str) -> None:
    """Written last, once the build is whole."""
    (folder / MARK).write_text(json.dumps(asdict(Mark(version, processor(), python()))), encoding="utf-8")


def processor(cpuinfo: Path = Path("/proc/cpuinfo")) -> str:
    """Digest of the machine and of its instruction sets (x86 ``flags``, ARM ``Features``)."""
    try:
        text = cpuinfo.read_text(encoding="utf-8", errors="replace")
    except OSError:
        text = ""
    found = re.search(r"^(?:flags|Features)\s*:\s*(.*)$", text, re.MULTILINE)
    words = " ".join(sorted((found[1] if found else "").split()))
    return hashlib.sha256(f"{platform.machine()} {words}".encode()).hexdigest()[:16]


def python() -> str:
    """``cp311``-like."""
    return "cp" + "".join(platform.python_version_tuple()[:2])
