"""Which names of a watched folder are passed over, and why (pure).

A pattern is a shell pattern on one name (``*.tmp``), or on the path from the folder's root when it holds a slash
(``archives/*``); one that ends with a slash is about folders only. Neither case counts.
"""

import fnmatch
import re
from collections.abc import Iterable

from demeure.reader.errors import PatternInvalid
from demeure.reader.mail import subfolder

DEFAULTS = (
    *("~$*", "~*.tmp", "*.tmp", "*.temp", "*.part", "*.partial", "*.crdownload", "*.swp", "*.bak", "*.lock"),
    *(
        "thumbs.db",
        "ehthumbs.db",
        "desktop.ini",
        "*.lnk",
        "*.url",
        "*.msf",
        "$recycle.bin/",
        "system volume information/",
    ),
    *("lost+found/", "@eadir/", "#recycle/", "#snapshot/", "__macosx/", "node_modules/", "__pycache__/"),
)
"""Temporary files of office software and downloads, what systems and disk servers keep for themselves. Names that
begin with a dot (.git, .DS_Store, LibreOffice's locks) are passed over too."""

LONGEST, MOST = 200, 100


Rule = tuple[re.Pattern[str], str, bool]
"""What a name or a path must match, the pattern as it was given, about folders only."""


class Ignoring:
    """Why a name is passed over. ``patterns``: beside the defaults."""

    def __init__(self, patterns: Iterable[str] = (), *, defaults: bool = True) -> None:
        every = [*(DEFAULTS if defaults else ()), *patterns]
        rules: list[Rule] = [(_compiled(p.strip("/")), p, p.endswith("/")) for p in every]
        self._names = [rule for rule in rules if "/" not in rule[1].rstrip("/")]
        self._paths = [rule for rule in rules if "/" in rule[1].rstrip("/")]

    def why(self, path: str, name: str, *, folder: bool) -> str:
        """``hidden``, the pattern, or nothing."""
        if name.startswith("."):
            return "hidden"
        for rules, told in ((self._names, name), (self._paths, path)):
            low = told.casefold()
            for compiled, pattern, folders_only in rules:
                if (folder or not folders_only) and compiled.match(low):
                    return pattern
        return ""

    def passes_over(self, path: str) -> bool:
        """Is this file, or a folder on its way, passed over?"""
        steps = path.split("/")
        return any(
            self.why("/".join(steps[: n + 1]), step, folder=n < len(steps) - 1)
            for n, step in enumerate(steps)
            if not subfolder(steps, n)
        )


def checked(patterns: Iterable[str]) -> list[str]:
    """The same, once each. Raises PatternInvalid."""
    found = list(dict.fromkeys(pattern.strip() for pattern in patterns))
    for pattern in found:
        if not 1 <= len(pattern) <= LONGEST or not pattern.isprintable() or not pattern.strip("/"):
            raise PatternInvalid(pattern=pattern[:LONGEST])
    if len(found) > MOST:
        raise PatternInvalid(pattern=found[MOST])
    return found


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(fnmatch.translate(pattern.casefold()))
