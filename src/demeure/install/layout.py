"""Where everything lies on a machine (pure): one table of paths, under ``root``."""

from dataclasses import dataclass
from pathlib import Path

PROGRAM = "/opt/demeure"
DATA = "/var/lib/demeure"
CONFIG = "/etc/demeure"
UNITS = "/etc/systemd/system"
CREDENTIALS = "/etc/credstore.encrypted"
LAST = f"{CONFIG}/data"
"""Where the data were when the program was taken off."""
HIGHEST = f"{CONFIG}/highest.json"
"""The newest bundle that this machine had when the program was taken off: an older one is not taken after it."""
COMMAND = "/usr/local/bin/demeure"
COMING, RESUMING, BUNDLE = "coming.json", "resuming", ".bundle"
"""In the program's folder: what an update or a return has begun; a link to the program that settles it if it is
cut; what is read of a bundle meanwhile."""
KEYS = ("house.key", "journal.key")
"""The two key files that credentials may carry."""


@dataclass(frozen=True)
class Layout:
    """Paths as the machine itself says them; ``at`` puts one under ``root`` (another folder: an image of one).

    ``current`` is one link: the point of return in force, which names a program and its data; replacing it switches
    both at once.
    """

    root: Path = Path("/")
    user: str = "demeure"

    def at(self, path: str) -> Path:
        """``path`` of that machine, on this one."""
        return self.root / path.lstrip("/")

    def said(self, path: str) -> str:
        """The reverse: a path of this machine, as that machine itself says it."""
        return "/" + Path(path).relative_to(self.root).as_posix() if Path(path).is_relative_to(self.root) else path

    @property
    def whole(self) -> bool:
        """Is it this machine itself, rather than an image of one in a folder?"""
        return self.root == Path("/")

    @property
    def points(self) -> Path:
        return self.at(f"{PROGRAM}/points")

    @property
    def versions(self) -> Path:
        return self.at(f"{PROGRAM}/versions")

    @property
    def current(self) -> Path:
        return self.at(f"{PROGRAM}/current")

    @property
    def data(self) -> Path:
        return self.at(f"{DATA}/data")

    @property
    def trusted(self) -> Path:
        """Public keys whose bundles this machine takes, one a file."""
        return self.at(f"{CONFIG}/trusted")

    @property
    def record(self) -> Path:
        """What ``demeure install`` wrote, with digests: ``demeure uninstall`` removes these."""
        return self.at(f"{CONFIG}/installed.json")
