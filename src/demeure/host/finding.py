"""One line of the audit, and how files of a tree are read (pure reading: what is absent or refused is told
apart)."""

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

GOOD, INFO, WARN, ALARM, UNKNOWN = "good", "info", "warn", "alarm", "unknown"
"""As it should be; only told; to be looked at; could send what the house holds, or let somebody in; not
readable here."""
_MOST = 1 << 20
_HOST = re.compile(r"[A-Za-z0-9_.:\[\]/@%+?=&~#-]{1,200}")


def _at_once(name: str, flags: int) -> int:
    return os.open(name, flags | os.O_NONBLOCK)


@dataclass(frozen=True)
class Finding:
    """``about``: the part of the audit; ``where``: destinations, as the machine's files say them; ``sends_*``:
    what it could send; ``do_*``: what to do; ``seen``: the files or processes that say so."""

    id: str
    about: str
    tone: str
    fr: str
    en: str
    sends_fr: str = ""
    sends_en: str = ""
    where: tuple[str, ...] = ()
    do_fr: str = ""
    do_en: str = ""
    seen: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """To be kept and shown."""
        return {name: list(one) if isinstance(one, tuple) else one for name, one in asdict(self).items()}


class Tree:
    """A root, read only. ``refused``: what is there and could not be read."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.refused: set[str] = set()

    def at(self, path: str) -> Path:
        """``path`` (absolute, of the machine) under the root."""
        return self.root / path.lstrip("/")

    def exists(self, path: str) -> bool:
        """False too where nobody may look."""
        try:
            return self.at(path).exists()
        except OSError:
            self.refused.add(path)
            return False

    def text(self, path: str) -> str | None:
        """Its first megabyte; None when absent or refused."""
        try:
            # a pipe would be waited for without an end
            with open(self.at(path), "rb", opener=_at_once) as file:
                regular = stat.S_ISREG(os.fstat(file.fileno()).st_mode)
                return file.read(_MOST).decode("utf-8", "replace") if regular else None
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            return None
        except OSError:
            self.refused.add(path)
            return None

    def lines(self, path: str) -> list[str]:
        """Without comments and empty lines."""
        found = ((self.text(path) or "").splitlines()) if self.text(path) else []
        return [line.strip() for line in found if line.strip() and not line.strip().startswith(("#", ";"))]

    def glob(self, pattern: str) -> list[str]:
        """Paths of the machine that match, sorted."""
        try:
            return sorted("/" + str(path.relative_to(self.root)) for path in self.root.glob(pattern.lstrip("/")))
        except OSError:
            self.refused.add(pattern)
            return []


def places(found: Iterator[str] | list[str] | tuple[str, ...]) -> tuple[str, ...]:
    """Destinations, each once, in order; what is not one is left out. A password in an address is not shown."""
    kept: dict[str, None] = {}
    for one in found:
        clean = re.sub(r"(?<=://)[^/@\s]*@", "", one.strip().strip("\"',;"))
        if clean and _HOST.fullmatch(clean):
            kept[clean] = None
    return tuple(kept)
